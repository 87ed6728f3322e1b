package discrim

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// Isotonic is a rising step fit kept as the two ends of every flat block;
// between them it is linear, outside them constant.
type Isotonic struct {
	X, Y   []float64 // thresholds, X strictly rising and Y not falling
	Blocks int       // distinct levels
	fitted []float64
	SSE    float64 // Σ w·(y − fit)²
}

// FitIsotonic pools adjacent violators (PAVA) of y on x, w the weights (nil: 1).
// Rows with the same x are averaged first.
func FitIsotonic(x, y, w []float64) (*Isotonic, error) {
	if len(x) == 0 || len(x) != len(y) || w != nil && len(w) != len(x) {
		return nil, num.Invalid("x", "%d values of x, %d of y, %d weights", len(x), len(y), len(w))
	}
	for what, v := range map[string][]float64{"x": x, "y": y, "weights": w} {
		if err := num.CheckFinite(what, v); err != nil {
			return nil, err
		}
	}
	for i, v := range w {
		if v < 0 {
			return nil, num.Invalid("weights", "value %d is %v, want zero or more", i, v)
		}
	}
	ux, uy, uw := distinct(x, y, w)
	if len(ux) == 0 {
		return nil, num.Invalid("weights", "all weights are zero")
	}
	level, end := pava(uy, uw)
	f := &Isotonic{Blocks: len(level)}
	start := 0
	for b, e := range end {
		f.X, f.Y = append(f.X, ux[start]), append(f.Y, level[b])
		if e-1 > start {
			f.X, f.Y = append(f.X, ux[e-1]), append(f.Y, level[b])
		}
		start = e
	}
	f.fitted = make([]float64, len(x))
	for i := range x {
		f.fitted[i] = f.Predict(x[i])
		q := 1.0
		if w != nil {
			q = w[i]
		}
		f.SSE += q * (y[i] - f.fitted[i]) * (y[i] - f.fitted[i])
	}
	return f, nil
}

// distinct averages the rows of each x, dropping those without weight.
func distinct(x, y, w []float64) (ux, uy, uw []float64) {
	for _, a := range num.Sorted(x) {
		q := 1.0
		if w != nil {
			q = w[a.Row]
		}
		if q == 0 {
			continue
		}
		if last := len(ux) - 1; last >= 0 && ux[last] == a.Value {
			uy[last] += q * y[a.Row]
			uw[last] += q
			continue
		}
		ux, uy, uw = append(ux, a.Value), append(uy, q*y[a.Row]), append(uw, q)
	}
	for i := range uy {
		uy[i] /= uw[i]
	}
	return ux, uy, uw
}

// pava returns the level of every block and the index after its last member.
func pava(y, w []float64) (level []float64, end []int) {
	var sum []float64 // weight per block
	for i := range y {
		l, q := y[i], w[i]
		for len(level) > 0 && level[len(level)-1] >= l {
			last := len(level) - 1
			l = (level[last]*sum[last] + l*q) / (sum[last] + q)
			q += sum[last]
			level, sum, end = level[:last], sum[:last], end[:last]
		}
		level, sum, end = append(level, l), append(sum, q), append(end, i+1)
	}
	return level, end
}

// Fitted returns the fit of each row.
func (f *Isotonic) Fitted() []float64 { return f.fitted }

// Predict interpolates between the thresholds and is constant outside them.
func (f *Isotonic) Predict(x float64) float64 {
	if math.IsNaN(x) {
		return math.NaN()
	}
	i, found := slices.BinarySearch(f.X, x)
	switch {
	case found:
		return f.Y[i]
	case i == 0:
		return f.Y[0]
	case i == len(f.X):
		return f.Y[i-1]
	case f.Y[i] == f.Y[i-1]:
		return f.Y[i]
	}
	t := (x - f.X[i-1]) / (f.X[i] - f.X[i-1])
	return f.Y[i-1] + t*(f.Y[i]-f.Y[i-1])
}
