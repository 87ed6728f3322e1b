package validate

import (
	"math"

	"kept/internal/stats/boost"
	"kept/internal/stats/num"
)

// blackBox is the challenger: boosted trees on the same inputs, only ever
// reported. Missing scores are a value of their own below all others.
type blackBox struct{}

// missingScore stands below every score.
const missingScore = -1

// boosting is small on purpose: what interactions there are shows in a hundred
// shallow trees, and more of them only learn the noise.
func boosting() boost.Options {
	return boost.Options{Depth: 3, Trees: 100, Rate: 0.1, MinLeaf: 20, Ridge: 1}
}

// Forecast implements Forecaster.
func (blackBox) Forecast(train, test View) Forecast {
	d, p := train.Data, len(train.Data.Parts)
	var x, y []float64
	for i, r := range train.Rows {
		if parts := d.parts(int(r)); known(parts) {
			x = append(x, filled(parts)...)
			y = append(y, zeroOne(train.Left[i:i+1])...)
		}
	}
	events := num.Sum(y)
	if events < learnFrom || float64(len(y))-events < learnFrom {
		return HandScore{}.Forecast(train, test)
	}
	m, err := boost.Fit(x, y, len(y), p, boosting())
	if err != nil {
		return HandScore{}.Forecast(train, test)
	}
	out := Forecast{Risk: make([]float64, len(test.Rows)), P: make([]float64, len(test.Rows))}
	for i, r := range test.Rows {
		parts := d.parts(int(r))
		if !known(parts) {
			out.Risk[i], out.P[i] = math.NaN(), math.NaN()
			continue
		}
		q := m.Predict(filled(parts), 1)[0]
		out.Risk[i], out.P[i] = num.Logit(min(max(q, 1e-9), 1-1e-9)), q
	}
	return out
}

func filled(parts []float64) []float64 {
	out := make([]float64, len(parts))
	for i, v := range parts {
		if out[i] = v; math.IsNaN(v) {
			out[i] = missingScore
		}
	}
	return out
}
