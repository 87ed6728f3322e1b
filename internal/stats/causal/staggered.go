package causal

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// PanelData is one row per account and period.
type PanelData struct {
	ID           []int // account, 0…m−1
	Time         []int // period, such as a year or a week number
	FirstTreated []int // period the account's programme started; 0: never. The same in all rows of an account
	Y            []float64
	X            []float64 // columns from before the programme (the base period's row is used); nil: none
	P            int
	Names        []string
}

// StaggeredOptions of a roll-out.
type StaggeredOptions struct {
	NotYetTreated bool    // compare with those not treated yet as well; false: never treated only
	UniversalBase bool    // before the start compare with the period before the start; false: with the period before
	Level         float64 // 0: 0.95
}

// Cell is ATT(g, t): the effect in period Time on those who started in Group.
type Cell struct {
	Group, Time int
	Effect
	NTreated, NControl int
	phi                []float64
}

// Aggregate is an average of cells: at an event time, for a group, or in a period.
type Aggregate struct {
	At int
	Effect
	phi []float64
}

// Rollout is the analysis of a staggered roll-out.
type Rollout struct {
	ATT          []Cell
	Overall      Effect      // average over all treated cells, weighted by group size ("simple")
	ByEvent      []Aggregate // by periods since the start; before the start they are the pre-trend
	Dynamic      Effect      // mean of ByEvent from the start on
	ByGroup      []Aggregate
	GroupOverall Effect
	ByTime       []Aggregate
	TimeOverall  Effect
	PreWald      float64 // joint test that all cells before the start are zero
	PreDF        int
	PreP         float64 // NaN when there is no such cell
	N, NNever    int     // accounts seen in every period and not treated from the first on
	Dropped      int     // the others
}

// Staggered estimates a programme that reached groups of accounts at different
// times (Callaway & Sant'Anna 2021): each group is compared with accounts that the
// programme had not reached, cell by cell; no already-treated account ever serves
// as a control, which is what goes wrong in a two-way fixed-effects regression.
// Standard errors come from influence functions, √Σφ²/n, clustered by account, and
// include the estimation of the group weights.
func Staggered(d PanelData, o StaggeredOptions) (*Rollout, error) {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if err := num.CheckLevel(o.Level); err != nil {
		return nil, err
	}
	p, err := newPanel(d)
	if err != nil {
		return nil, err
	}
	r := &Rollout{N: len(p.first), Dropped: p.dropped, PreP: math.NaN(), PreWald: math.NaN()}
	for _, g := range p.first {
		if g == 0 {
			r.NNever++
		}
	}
	if r.NNever == 0 && !o.NotYetTreated {
		return nil, num.Invalid("first treated", "every account was treated at some time: there is no never-treated group; compare with those not yet treated")
	}
	for _, g := range p.groups {
		for k := range p.times {
			c, ok, err := p.cell(g, k, o)
			if err != nil {
				return nil, err
			}
			if ok {
				r.ATT = append(r.ATT, c)
			}
		}
	}
	if len(r.ATT) == 0 {
		return nil, num.Invalid("first treated", "no group has both a period before its start and accounts to compare with")
	}
	r.aggregate(p, o.Level)
	r.pretrend()
	return r, nil
}

// panel is the balanced panel: y[i][k] of account i in period times[k].
type panel struct {
	times, groups []int
	first         []int
	y             [][]float64
	x             [][]float64 // n×(periods·p)
	p             int
	names         []string
	dropped       int
}

func newPanel(d PanelData) (*panel, error) {
	n := len(d.Y)
	if len(d.ID) != n || len(d.Time) != n || len(d.FirstTreated) != n || n == 0 {
		return nil, num.Invalid("panel", "%d outcomes, %d accounts, %d periods, %d starts", n, len(d.ID), len(d.Time), len(d.FirstTreated))
	}
	if err := num.CheckFinite("y", d.Y); err != nil {
		return nil, err
	}
	if d.X == nil {
		d.P = 0
	}
	if len(d.X) != n*d.P {
		return nil, num.Invalid("x", "the design has %d values, want %d rows × %d columns", len(d.X), n, d.P)
	}
	if err := num.CheckFinite("x", d.X); err != nil {
		return nil, err
	}
	p := &panel{times: slices.Clone(d.Time), p: d.P, names: d.Names}
	slices.Sort(p.times)
	p.times = slices.Compact(p.times)
	if len(p.times) < 2 {
		return nil, num.Invalid("time", "there is only one period: nothing can change")
	}
	rows := map[int][]int{}
	var ids []int
	for i, id := range d.ID {
		if _, ok := rows[id]; !ok {
			ids = append(ids, id)
		}
		rows[id] = append(rows[id], i)
	}
	for _, id := range ids {
		if err := p.add(d, rows[id]); err != nil {
			return nil, err
		}
	}
	for _, g := range p.first {
		if g != 0 && !slices.Contains(p.groups, g) {
			p.groups = append(p.groups, g)
		}
	}
	slices.Sort(p.groups)
	if len(p.groups) == 0 {
		return nil, num.Invalid("first treated", "no account seen in every period started the programme after the first period")
	}
	return p, nil
}

// add takes an account in when it has one row in every period and was not treated
// from the first period on.
func (p *panel) add(d PanelData, rows []int) error {
	t := len(p.times)
	y, x, seen := make([]float64, t), make([]float64, t*p.p), make([]bool, t)
	count := 0
	start := d.FirstTreated[rows[0]]
	for _, i := range rows {
		if d.FirstTreated[i] != start {
			return num.Invalid("first treated", "account %d has two starts, %d and %d", d.ID[i], start, d.FirstTreated[i])
		}
		k, _ := slices.BinarySearch(p.times, d.Time[i])
		if seen[k] {
			return num.Invalid("time", "account %d has two rows in period %d", d.ID[i], d.Time[i])
		}
		seen[k] = true
		count++
		y[k] = d.Y[i]
		copy(x[k*p.p:(k+1)*p.p], d.X[i*p.p:(i+1)*p.p])
	}
	if start > p.times[t-1] {
		start = 0 // treated after the data end: not treated in them
	}
	if count < t || start != 0 && start <= p.times[0] {
		p.dropped++
		return nil
	}
	p.first, p.y, p.x = append(p.first, start), append(p.y, y), append(p.x, x)
	return nil
}

// cell estimates ATT(g, times[k]); ok is false when there is no base period, it is
// the base period itself, or nobody to compare with.
func (p *panel) cell(g, k int, o StaggeredOptions) (c Cell, ok bool, err error) {
	t := p.times[k]
	start, _ := slices.BinarySearch(p.times, g)
	base := start - 1 // the last period before the start
	if t < g && !o.UniversalBase {
		base = k - 1
	}
	if base < 0 {
		return c, false, nil
	}
	c = Cell{Group: g, Time: t}
	if base == k { // the universal base period: zero by construction
		c.Effect = Effect{SE: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Z: math.NaN(), P: math.NaN(), N: len(p.first)}
		return c, true, nil
	}
	var idx []int
	var before, after, treat, x []float64
	latest := max(t, p.times[base])
	for i, f := range p.first {
		in := f == g || f == 0 || o.NotYetTreated && f > latest
		if !in {
			continue
		}
		a := 0.0
		if f == g {
			a = 1
			c.NTreated++
		} else {
			c.NControl++
		}
		idx = append(idx, i)
		before, after, treat = append(before, p.y[i][base]), append(after, p.y[i][k]), append(treat, a)
		x = append(x, p.x[i][min(base, k)*p.p:(min(base, k)+1)*p.p]...)
	}
	if c.NTreated < 2 || c.NControl < 2 {
		return c, false, nil
	}
	var est float64
	var phi []float64
	if p.p > 0 {
		e, f, err := DRDiD(before, after, treat, x, p.p, p.names, o.Level)
		if err != nil {
			return c, false, err
		}
		est, phi = e.Estimate, f
	} else {
		est, phi = changeInfluence(before, after, treat)
	}
	n := float64(len(p.first))
	c.phi = make([]float64, len(p.first))
	for j, i := range idx {
		c.phi[i] = phi[j] * n / float64(len(idx))
	}
	c.Effect = influence(est, c.phi, o.Level)
	return c, true, nil
}

// changeInfluence is the difference of mean changes with its influence values.
func changeInfluence(before, after, treat []float64) (float64, []float64) {
	var sum, size [2]float64
	for i, a := range treat {
		sum[int(a)] += after[i] - before[i]
		size[int(a)]++
	}
	m0, m1 := sum[0]/size[0], sum[1]/size[1]
	n := float64(len(treat))
	phi := make([]float64, len(treat))
	for i, a := range treat {
		d := after[i] - before[i]
		if a == 1 {
			phi[i] = (d - m1) * n / size[1]
		} else {
			phi[i] = -(d - m0) * n / size[0]
		}
	}
	return m1 - m0, phi
}
