package causal

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// MatchOrder is the order in which treated accounts choose their partner.
type MatchOrder string

// The orders: by propensity, or as the rows stand.
const (
	Largest  MatchOrder = "largest" // those hardest to match first
	Smallest MatchOrder = "smallest"
	InOrder  MatchOrder = "data"
)

// MatchOptions of nearest-neighbour matching.
type MatchOptions struct {
	Order       MatchOrder // "": Largest
	Replacement bool       // a control may serve several treated accounts
	Caliper     float64    // largest distance allowed, in units of the propensity; 0: none
	// BelowFirst takes the nearest control below whenever one is free and looks
	// above only otherwise: what MatchIt 4.5.1–4.5.3 do on systems where their
	// distances are rounded down to whole numbers (mended in 4.5.4). It is here to
	// reproduce results of those versions, not to be used.
	BelowFirst bool
}

// Matches are pairs of a treated account and its control.
type Matches struct {
	Treated, Control []int // row numbers from 0, by treated row
	Unmatched        []int // treated rows without a partner
}

// Match pairs every treated account with the nearest control by propensity, 1:1.
// Accounts stand in the order of propensity and row; of controls equally far the
// one below wins, of equal controls the one next in that order. Links over those
// already taken make it n·log n.
func Match(propensity, treat []float64, o MatchOptions) (*Matches, error) {
	if _, _, err := checkArms(propensity, treat); err != nil {
		return nil, err
	}
	if !(o.Caliper >= 0) {
		return nil, num.Invalid("caliper", "the caliper is %v, want zero (none) or more", o.Caliper)
	}
	var treated []int
	m := &matcher{e: propensity}
	for i, a := range treat {
		if a == 1 {
			treated = append(treated, i)
		} else {
			m.control = append(m.control, i)
		}
	}
	byE := func(a, b int) int {
		switch {
		case propensity[a] < propensity[b]:
			return -1
		case propensity[a] > propensity[b]:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(m.control, byE)
	queue := slices.Clone(treated)
	switch o.Order {
	case Largest, "":
		slices.SortStableFunc(queue, func(a, b int) int { return byE(b, a) })
	case Smallest:
		slices.SortStableFunc(queue, byE)
	case InOrder:
	default:
		return nil, num.Invalid("order", "%q is not an order of matching; use largest, smallest or data", o.Order)
	}
	m.link(o.BelowFirst)
	partner := map[int]int{}
	for _, i := range queue {
		k := m.nearest(i)
		if k < 0 || o.Caliper > 0 && math.Abs(propensity[m.control[k]]-propensity[i]) > o.Caliper {
			continue
		}
		partner[i] = m.control[k]
		if !o.Replacement {
			m.take(k)
		}
	}
	out := &Matches{}
	for _, i := range treated {
		if c, ok := partner[i]; ok {
			out.Treated, out.Control = append(out.Treated, i), append(out.Control, c)
		} else {
			out.Unmatched = append(out.Unmatched, i)
		}
	}
	return out, nil
}

// matcher holds the controls by propensity, ties by row. up[k] leads to the
// nearest free control at or after place k, down[k] to one more than the place of
// the nearest free one before k, 0 for none.
type matcher struct {
	e          []float64
	control    []int
	up, down   []int
	belowFirst bool
}

func (m *matcher) link(belowFirst bool) {
	m.belowFirst = belowFirst
	m.up, m.down = make([]int, len(m.control)+1), make([]int, len(m.control)+1)
	for k := range m.up {
		m.up[k], m.down[k] = k, k
	}
}

func find(p []int, k int) int {
	for p[k] != k {
		p[k] = p[p[k]]
		k = p[k]
	}
	return k
}

func (m *matcher) take(k int) {
	m.up[k] = k + 1
	m.down[k+1] = k
}

// nearest returns the place of the free control nearest to account i, −1 if none
// is free.
func (m *matcher) nearest(i int) int {
	v := m.e[i]
	at, _ := slices.BinarySearchFunc(m.control, v, func(c int, v float64) int {
		if m.e[c] < v || m.e[c] == v && c < i {
			return -1
		}
		return 1
	})
	right, left := find(m.up, at), find(m.down, at)-1
	switch {
	case right >= len(m.control):
		return left
	case left < 0:
		return right
	}
	if m.belowFirst || v-m.e[m.control[left]] <= m.e[m.control[right]]-v {
		return left
	}
	return right
}

// MatchedEffect is the comparison within pairs.
type MatchedEffect struct {
	Effect                // mean difference treated − control; SE from the pairs' differences
	SMDBefore, SMDAfter   []float64
	DistanceBefore, After float64 // the same for the propensity
}

// Compare returns the mean difference of the outcome over the pairs and the
// balance before and after, in standard deviations of all treated accounts. It is
// a picture beside the answer, not the answer.
func (m *Matches) Compare(d Data, propensity []float64, level float64) (*MatchedEffect, error) {
	if _, _, err := d.check(); err != nil {
		return nil, err
	}
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	if len(m.Treated) < 2 {
		return nil, num.Invalid("pairs", "%d pairs are too few to compare", len(m.Treated))
	}
	diff := make([]float64, len(m.Treated))
	for k, i := range m.Treated {
		diff[k] = d.Y[i] - d.Y[m.Control[k]]
	}
	se := math.Sqrt(num.Variance(diff) / float64(len(diff)))
	r := &MatchedEffect{Effect: NewEffect(num.Mean(diff), se, level, len(diff))}
	r.DistanceBefore, r.After = m.smd(propensity, d.Treat)
	col := make([]float64, len(d.Y))
	for j := range d.P {
		for i := range col {
			col[i] = d.X[i*d.P+j]
		}
		b, a := m.smd(col, d.Treat)
		r.SMDBefore, r.SMDAfter = append(r.SMDBefore, b), append(r.SMDAfter, a)
	}
	return r, nil
}

func (m *Matches) smd(v, treat []float64) (before, after float64) {
	v1, v0 := arm(v, treat, 1), arm(v, treat, 0)
	sd := math.Sqrt(num.Variance(v1))
	if isBinary(v) { // p(1−p), as MatchIt measures shares
		p := num.Mean(v1)
		sd = math.Sqrt(p * (1 - p))
	}
	var t, c float64
	for k, i := range m.Treated {
		t += v[i]
		c += v[m.Control[k]]
	}
	return ratio(num.Mean(v1)-num.Mean(v0), sd), ratio((t-c)/float64(len(m.Treated)), sd)
}
