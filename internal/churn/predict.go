package churn

import (
	"cmp"
	"math"
	"slices"

	"kept/internal/stats/num"
)

// Month is one month of a prediction.
type Month struct {
	Month int     `json:"month"`
	From  float64 `json:"from_days"`
	To    float64 `json:"to_days"`
	// Due: an end of term falls into it.
	Due bool `json:"due"`
	// Hazard is the probability of leaving in it for an account that is there at
	// its beginning; Left that of having left by its end, with its interval.
	Hazard float64 `json:"hazard"`
	Left   float64 `json:"left"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Effect is what moves an account's risk away from that of the usual account:
// the factor on the odds of leaving in its riskiest month.
type Effect struct {
	Key  string  `json:"key" enum:"renewal,notice,score,tenure,segment"`
	Odds float64 `json:"odds"`
}

// Prediction is the probability that an account leaves within the horizon.
type Prediction struct {
	Left float64 `json:"left"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Ceased is the part of Left in which the customer itself is no more.
	Ceased  float64  `json:"ceased"`
	Months  []Month  `json:"months"`
	Effects []Effect `json:"effects"`
}

// By returns the probability of having left some days from the snapshot, to the
// end of the month into which that falls; false beyond the horizon.
func (p *Prediction) By(days float64) (Month, bool) {
	for _, m := range p.Months {
		if days <= m.To+1e-6 {
			return m, true
		}
	}
	return Month{}, false
}

// eta returns the log-odds of the hazard of month k, with its row and whether a
// term ends in it.
func (f *fitted) eta(row []float64, facts *Facts, k int) (eta float64, due bool) {
	due = f.fill(row, facts, k)
	eta = f.coef[0]
	for j, v := range row {
		eta += f.coef[j+1] * v
	}
	return eta, due
}

// risk is the probability of leaving within the horizon, without an interval.
func (f *fitted) risk(row []float64, facts *Facts) float64 {
	stay := 1.0
	for k := 1; k <= f.k; k++ {
		eta, _ := f.eta(row, facts, k)
		stay *= 1 - num.Expit(eta)
	}
	return 1 - stay
}

// predict adds intervals and reasons. The gradient of logit(P) is Σ h·x/P over the
// months, P = 1 − ∏(1−h).
func (f *fitted) predict(facts *Facts) Prediction {
	p := f.width()
	row, grad, scaled := make([]float64, p), make([]float64, p+1), make([]float64, p+1)
	out := Prediction{Months: make([]Month, 0, f.k)}
	z := num.ZFor(Level)
	stay, worst := 1.0, math.Inf(-1)
	var top []float64
	for k := 1; k <= f.k; k++ {
		eta, due := f.eta(row, facts, k)
		h := num.Expit(eta)
		at := 0
		if due {
			at = 1
		}
		out.Ceased += stay * h * f.ceased[at]
		stay *= 1 - h
		grad[0] += h
		for j, v := range row {
			grad[j+1] += h * v
		}
		m := Month{Month: k, From: float64(k-1) * f.length, To: float64(k) * f.length, Due: due, Hazard: h, Left: 1 - stay}
		for j, g := range grad {
			scaled[j] = g / m.Left
		}
		m.Low, m.High = around(m.Left, math.Sqrt(max(num.QuadForm(f.cov, scaled), 0)), z)
		out.Months = append(out.Months, m)
		if eta > worst {
			worst, top = eta, append(top[:0], row...)
		}
	}
	last := out.Months[len(out.Months)-1]
	out.Left, out.Low, out.High = last.Left, last.Low, last.High
	out.Effects = f.effects(top)
	return out
}

// around is the interval of a probability, symmetric in its log-odds.
func around(p, se, z float64) (low, high float64) {
	if !(p > 0) || !(p < 1) {
		return p, p
	}
	l := num.Logit(p)
	return num.Expit(l - z*se), num.Expit(l + z*se)
}

// effects sums what the columns of each effect add to the log-odds, against the mean.
func (f *fitted) effects(row []float64) []Effect {
	sum := map[effect]float64{}
	for j, v := range row {
		if e, ok := f.effect(j); ok {
			sum[e] += f.coef[j+1] * (v - f.mean[j])
		}
	}
	out := []Effect{}
	for e, v := range sum {
		if odds := math.Exp(v); odds >= 1.05 || odds <= 1/1.05 {
			out = append(out, Effect{string(e), odds})
		}
	}
	slices.SortFunc(out, func(a, b Effect) int {
		return cmp.Or(cmp.Compare(math.Abs(math.Log(b.Odds)), math.Abs(math.Log(a.Odds))), cmp.Compare(a.Key, b.Key))
	})
	return out
}
