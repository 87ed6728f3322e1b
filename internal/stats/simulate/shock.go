package simulate

import (
	"math"

	"kept/internal/stats/num"
)

// Quarter is a past quarter: the accounts that came up for renewal, with the
// log-odds the model gave them beforehand and what happened.
type Quarter struct {
	LogOdds []float64
	Churned []bool
}

// ShockPosterior is what the past says about the sd of the shared shock.
type ShockPosterior struct {
	SD       []float64 // grid
	Weight   []float64 // posterior probabilities, sum 1
	Mean     float64
	Lo, Hi   float64 // central 90 %
	Quarters int
}

// DefaultShockScale is the scale of the half-normal prior of the shock's sd.
const DefaultShockScale = 0.35

// EstimateShock integrates a shock u ~ N(0, σ²) on the log-odds out of every
// quarter's likelihood, on a grid of σ with a half-normal prior of the given
// scale. Eight to twelve quarters say little about σ: the prior is part of the
// answer, and is shown with it. No quarter at all returns the prior.
func EstimateShock(past []Quarter, scale float64) (*ShockPosterior, error) {
	if !(scale > 0) || math.IsInf(scale, 0) {
		return nil, num.Invalid("scale", "the prior scale is %v, want a positive number", scale)
	}
	const grid, nodes = 61, 81
	p := &ShockPosterior{Quarters: len(past)}
	top := 4 * scale
	logw := make([]float64, grid)
	for g := range grid {
		sd := top * float64(g) / (grid - 1)
		p.SD = append(p.SD, sd)
		logw[g] = -sd * sd / (2 * scale * scale)
	}
	for i, q := range past {
		if len(q.LogOdds) != len(q.Churned) {
			return nil, num.Invalid("past", "quarter %d has %d probabilities for %d accounts", i, len(q.LogOdds), len(q.Churned))
		}
		if err := num.CheckFinite("log-odds", q.LogOdds); err != nil {
			return nil, err
		}
		// The likelihood on a grid of shocks serves every σ.
		reach := 6 * top
		ll := make([]float64, 0, 4*nodes+1)
		most := math.Inf(-1)
		for k := -2 * nodes; k <= 2*nodes; k++ {
			l := q.logLik(reach * float64(k) / (2 * nodes))
			ll, most = append(ll, l), max(most, l)
		}
		step := reach / (2 * nodes)
		for g, sd := range p.SD {
			if sd < 2*step { // narrower than the grid: three-point rule, exact to the fourth order
				a, b, c := q.logLik(0), q.logLik(math.Sqrt(3)*sd), q.logLik(-math.Sqrt(3)*sd)
				logw[g] += most + math.Log((4*math.Exp(a-most)+math.Exp(b-most)+math.Exp(c-most))/6)
				continue
			}
			s := 0.0
			for k, l := range ll {
				u := reach * float64(k-2*nodes) / (2 * nodes)
				s += math.Exp(l - most - u*u/(2*sd*sd))
			}
			logw[g] += most + math.Log(s*step/(sd*math.Sqrt(2*math.Pi)))
		}
	}
	p.normalise(logw)
	return p, nil
}

func (q Quarter) logLik(u float64) float64 {
	l := 0.0
	for i, eta := range q.LogOdds {
		if q.Churned[i] {
			l -= num.Log1pExp(-eta - u)
		} else {
			l -= num.Log1pExp(eta + u)
		}
	}
	return l
}

func (p *ShockPosterior) normalise(logw []float64) {
	most, total := math.Inf(-1), 0.0
	for _, l := range logw {
		most = max(most, l)
	}
	for g, l := range logw {
		w := math.Exp(l - most)
		if g == 0 || g == len(logw)-1 {
			w /= 2 // ends of the trapezoid rule
		}
		p.Weight = append(p.Weight, w)
		total += w
	}
	s := 0.0
	p.Lo, p.Hi = math.NaN(), math.NaN()
	for g := range p.Weight {
		p.Weight[g] /= total
		p.Mean += p.Weight[g] * p.SD[g]
		s += p.Weight[g]
		if math.IsNaN(p.Lo) && s >= 0.05 {
			p.Lo = p.SD[g]
		}
		if math.IsNaN(p.Hi) && s >= 0.95 {
			p.Hi = p.SD[g]
		}
	}
}

// Draws returns n values of σ in the proportions of the posterior, for
// Model.Shocks: evenly spaced quantiles, without randomness.
func (p *ShockPosterior) Draws(n int) []float64 {
	out := make([]float64, 0, n)
	g, s := 0, p.Weight[0]
	for k := range n {
		at := (float64(k) + 0.5) / float64(n)
		for s < at && g+1 < len(p.Weight) {
			g++
			s += p.Weight[g]
		}
		out = append(out, p.SD[g])
	}
	return out
}

// Backtest says how often past forecasts covered what happened.
type Backtest struct {
	Inside, Of int
	Lo, Hi     float64 // Wilson's 95 % interval of the share inside; compare it with the level promised
}

// CheckCoverage counts the outcomes within their intervals: "7 of 10 quarters
// inside the 80 % interval".
func CheckCoverage(lo, hi, outcome []float64) (Backtest, error) {
	if len(lo) != len(hi) || len(lo) != len(outcome) || len(lo) == 0 {
		return Backtest{}, num.Invalid("outcome", "%d outcomes for %d and %d limits", len(outcome), len(lo), len(hi))
	}
	b := Backtest{Of: len(lo)}
	for i, v := range outcome {
		if lo[i] <= v && v <= hi[i] {
			b.Inside++
		}
	}
	n, z := float64(b.Of), num.ZFor(0.95)
	p := float64(b.Inside) / n
	mid, half := (p+z*z/(2*n))/(1+z*z/n), z/(1+z*z/n)*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	b.Lo, b.Hi = max(mid-half, 0), min(mid+half, 1)
	return b, nil
}
