package causal

import (
	"fmt"
	"math"
	"slices"

	"kept/internal/stats/num"
)

// average is Σw·ATT over cells with weights from group shares w = p_g/Σp_g; the
// influence values include that the shares are estimated.
func (r *Rollout) average(p *panel, at int, pick func(Cell) bool, level float64) (Aggregate, bool) {
	n := len(p.first)
	var cells []Cell
	var share []float64
	total := 0.0
	for _, c := range r.ATT {
		if !pick(c) {
			continue
		}
		k := 0.0
		for _, g := range p.first {
			if g == c.Group {
				k++
			}
		}
		cells, share = append(cells, c), append(share, k/float64(n))
		total += k / float64(n)
	}
	if len(cells) == 0 {
		return Aggregate{}, false
	}
	a := Aggregate{At: at, phi: make([]float64, n)}
	est, measured := 0.0, false
	for j, c := range cells {
		est += share[j] / total * c.Estimate
		measured = measured || c.phi != nil
	}
	for i, g := range p.first {
		sum := 0.0 // Σ over cells of 1{G=g} − p_g
		for j, c := range cells {
			v := -share[j]
			if g == c.Group {
				v++
			}
			sum += v
			if c.phi != nil {
				a.phi[i] += share[j] / total * c.phi[i]
			}
			a.phi[i] += v / total * c.Estimate
		}
		a.phi[i] -= sum / total * est
	}
	a.Effect = influence(est, a.phi, level)
	if !measured { // only a universal base period
		a.phi = nil
		a.Effect = Effect{Estimate: est, SE: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Z: math.NaN(), P: math.NaN(), N: n}
	}
	return a, true
}

// plain is the unweighted mean of aggregates.
func plain(list []Aggregate, pick func(Aggregate) bool, n int, level float64) Effect {
	phi, est, k := make([]float64, n), 0.0, 0.0
	for _, a := range list {
		if pick(a) {
			k++
		}
	}
	if k == 0 {
		return Effect{Estimate: math.NaN(), SE: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Z: math.NaN(), P: math.NaN()}
	}
	for _, a := range list {
		if !pick(a) {
			continue
		}
		est += a.Estimate / k
		for i, v := range a.phi {
			phi[i] += v / k
		}
	}
	return influence(est, phi, level)
}

// since is the event time of a cell: periods of the panel's own unit since the
// start.
func (c Cell) since() int { return c.Time - c.Group }

func (r *Rollout) aggregate(p *panel, level float64) {
	n := len(p.first)
	if a, ok := r.average(p, 0, func(c Cell) bool { return c.Time >= c.Group }, level); ok {
		r.Overall = a.Effect
	}
	var events []int
	for _, c := range r.ATT {
		events = append(events, c.since())
	}
	slices.Sort(events)
	for _, e := range slices.Compact(events) {
		if a, ok := r.average(p, e, func(c Cell) bool { return c.since() == e }, level); ok {
			r.ByEvent = append(r.ByEvent, a)
		}
	}
	r.Dynamic = plain(r.ByEvent, func(a Aggregate) bool { return a.At >= 0 }, n, level)
	for _, g := range p.groups {
		// All cells of a group have its size, so that their mean is unweighted.
		if a, ok := r.average(p, g, func(c Cell) bool { return c.Group == g && c.Time >= g }, level); ok {
			a.phi = sumPhi(r.ATT, g, n)
			a.Effect = influence(a.Estimate, a.phi, level)
			r.ByGroup = append(r.ByGroup, a)
		}
	}
	// The overall effect of groups weights them by size: each group as one cell.
	byGroup := &Rollout{}
	for _, a := range r.ByGroup {
		byGroup.ATT = append(byGroup.ATT, Cell{Group: a.At, Time: a.At, Effect: a.Effect, phi: a.phi})
	}
	if a, ok := byGroup.average(p, 0, func(Cell) bool { return true }, level); ok {
		r.GroupOverall = a.Effect
	}
	for _, t := range p.times {
		if a, ok := r.average(p, t, func(c Cell) bool { return c.Time == t && t >= c.Group }, level); ok {
			r.ByTime = append(r.ByTime, a)
		}
	}
	r.TimeOverall = plain(r.ByTime, func(Aggregate) bool { return true }, n, level)
}

func sumPhi(cells []Cell, g, n int) []float64 {
	phi, k := make([]float64, n), 0.0
	for _, c := range cells {
		if c.Group != g || c.Time < g {
			continue
		}
		k++
		for i, v := range c.phi {
			phi[i] += v
		}
	}
	for i := range phi {
		phi[i] /= k
	}
	return phi
}

// pretrend tests jointly that every cell before its start is zero (Wald).
func (r *Rollout) pretrend() {
	var pre []Cell
	for _, c := range r.ATT {
		if c.Time < c.Group && c.phi != nil {
			pre = append(pre, c)
		}
	}
	k := len(pre)
	if k == 0 {
		return
	}
	v, est := make([]float64, k*k), make([]float64, k)
	n := float64(r.N)
	for a := range pre {
		est[a] = pre[a].Estimate
		for b := range a + 1 {
			s := num.Dot(pre[a].phi, pre[b].phi) / (n * n)
			v[a*k+b], v[b*k+a] = s, s
		}
	}
	c, _, ok := num.NewCholesky(v, k)
	if !ok {
		return // too few accounts for so many cells: there is no test
	}
	r.PreWald, r.PreDF = num.Dot(est, c.Solve(est)), k
	r.PreP = num.ChiSqTail(r.PreWald, float64(k))
}

// Band returns the multiplier of the standard errors that makes the intervals of
// all event times hold at once (multiplier bootstrap by account with Mammen's
// two-point weights), where 1.96 makes each hold alone.
func (r *Rollout) Band(draws int, seed uint64, level float64) (float64, error) {
	if err := num.CheckLevel(level); err != nil {
		return math.NaN(), err
	}
	if draws < 99 || draws > 1e6 {
		return math.NaN(), num.Invalid("draws", "%d draws: want 99 to a million", draws)
	}
	var use []Aggregate
	for _, a := range r.ByEvent {
		if a.phi != nil && a.SE > 0 {
			use = append(use, a)
		}
	}
	if len(use) == 0 {
		return math.NaN(), num.Invalid("events", "no event time has a standard error")
	}
	top := make([]float64, draws)
	hi := (1 + math.Sqrt(5)) / 2
	lo := 1 - hi
	pHi := -lo / math.Sqrt(5) // mean 0, variance 1, third moment 1
	num.Blocks(draws, 16, func(b, from, to int) {
		g := num.Rand(seed, uint64(b))
		w := make([]float64, r.N)
		for d := from; d < to; d++ {
			for i := range w {
				if w[i] = lo; g.Float64() < pHi {
					w[i] = hi
				}
			}
			for _, a := range use {
				top[d] = max(top[d], math.Abs(num.Dot(a.phi, w))/(float64(r.N)*a.SE))
			}
		}
	})
	return num.Quantile(top, level), nil
}

// Gate judges the pre-trend of the roll-out.
func (r *Rollout) Gate() Check {
	c := GatePretrend(r.PreP)
	if !math.IsNaN(r.PreP) {
		c.Reason += fmt.Sprintf(", %d comparisons of %d accounts", r.PreDF, r.N)
	}
	return c
}
