package validate

import (
	"math"

	"kept/internal/stats/discrim"
)

// ranked is an AUC with the standard error that takes accounts as the unit.
type ranked struct {
	auc            float64 // NaN when all share one outcome
	se             float64 // 0 when it cannot be told
	events, others int     // rows
	y              []float64
	delong         *discrim.AUC
	flipped        bool
}

// rankOf computes the AUC of risks for outcomes.
func rankOf(risk []float64, y []bool, cluster []int32) ranked {
	out := ranked{auc: math.NaN(), y: zeroOne(y)}
	for _, v := range y {
		if v {
			out.events++
		}
	}
	out.others = len(y) - out.events
	if out.events == 0 || out.others == 0 {
		return out
	}
	a, err := discrim.NewAUC(out.y, risk)
	if err != nil {
		return out
	}
	out.auc, out.delong = a.AUC, a
	if v := a.ClusterVar(out.y, cluster); v > 0 {
		out.se = math.Sqrt(v)
	}
	return out
}

// interval is the logit interval of an AUC (statistics.md §3.4).
func (r ranked) interval() (low, high float64) {
	a := *r.delong
	a.Var = r.se * r.se
	low, high = a.Logit(Level)
	if r.flipped {
		return 1 - high, 1 - low
	}
	return low, high
}

// flip ranks by the opposite.
func (r ranked) flip() ranked {
	r.auc, r.flipped = 1-r.auc, !r.flipped
	return r
}

// stratified is the AUC within folds, pooled: Σ U / Σ n₁n₀, with its standard
// error when outcomes are permuted within folds.
func stratified(b *Backtest, left func(row int32) bool) (auc, nullSE float64) {
	var u, pairs, variance float64
	for k := range b.Folds {
		f := &b.Folds[k]
		risk, y, c := make([]float64, 0, len(f.Test)), make([]bool, 0, len(f.Test)), make([]int32, 0, len(f.Test))
		for i, r := range f.Test {
			if !math.IsNaN(f.Risk[i]) {
				risk, y, c = append(risk, f.Risk[i]), append(y, left(r)), append(c, int32(len(c))) //nolint:gosec // rows
			}
		}
		one := rankOf(risk, y, c)
		if math.IsNaN(one.auc) {
			continue
		}
		n := float64(one.events) * float64(one.others)
		u += one.auc * n
		pairs += n
		variance += n * (float64(one.events+one.others) + 1) / 12
	}
	if pairs == 0 {
		return math.NaN(), math.NaN()
	}
	return u / pairs, math.Sqrt(variance) / pairs
}
