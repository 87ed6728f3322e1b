package metric

import (
	"math"
	"slices"
	"sort"

	"kept/internal/usage"
)

// sweep computes all features of one account after the other in one pass over
// its events each. It belongs to one goroutine.
type sweep struct {
	*plan
	tallies []tally // by class, for the bucket at hand
	touched []uint32
	accs    []accumulator // by selector
	active  []int         // selectors with an event of this account
	era     uint32        // distinguishes accounts in union.seen
	dirty   []int         // features with a result of the account before
	// lateRows are the rows of the account that windows hold and nobody knew yet.
	lateRows []lateRow

	// out is the result by feature and instant; NaN is missing. when is the
	// second of the event behind a Latest or Recency.
	out  [][]float64
	when [][]uint32
}

// tally is what a class has seen in one bucket.
type tally struct {
	n, valued   uint32
	last, lastV int32 // row + 1
	dayEnd      uint32
	values      bool
	sum         exact
	actors      []*union
	days        []*union
}

// accumulator is what a selector has seen in each bucket, and, once summed up,
// up to the end of each.
type accumulator struct {
	touched     bool
	n, valued   []uint32
	last, lastV []int32 // row + 1; 0 is none
	sum         []exact
	actors      *union
	days        *union
}

func newSweep(p *plan, actors int) *sweep {
	w := &sweep{plan: p, tallies: make([]tally, len(p.classes)), accs: make([]accumulator, len(p.selectors))}
	b := len(p.edges)
	for s := range p.selectors {
		sel, a := &p.selectors[s], &w.accs[s]
		a.n = make([]uint32, b)
		if sel.values {
			a.valued, a.sum = make([]uint32, b), make([]exact, b)
		}
		if sel.last {
			a.last, a.lastV = make([]int32, b), make([]int32, b)
		}
		a.actors, a.days = newUnion(p, s, DistinctActors, actors), newUnion(p, s, ActiveDays, 0)
	}
	for c := range p.classes {
		t := &w.tallies[c]
		t.values = p.classes[c].values
		for _, s := range p.classes[c].actors {
			t.actors = append(t.actors, w.accs[s].actors)
		}
		for _, s := range p.classes[c].days {
			t.days = append(t.days, w.accs[s].days)
		}
	}
	for f := range p.features {
		w.out = append(w.out, missing(len(p.instants)))
		var when []uint32
		if k := p.features[f].kind; k == Latest || k == Recency {
			when = make([]uint32, len(p.instants))
		}
		w.when = append(w.when, when)
	}
	return w
}

// missing returns n missing numbers.
func missing(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// account computes all features of the events of one account.
func (w *sweep) account(r *usage.Run) {
	for _, f := range w.dirty {
		for i := range w.out[f] {
			w.out[f][i] = math.NaN()
		}
	}
	w.dirty = w.dirty[:0]
	if r.Len() == 0 || len(w.features) == 0 {
		return
	}
	if w.findLate(r) {
		w.lateAccount(r)
		return
	}
	end := before(r.Time, w.edges[len(w.edges)-1])
	start := 0
	if !w.allTime {
		start = before(r.Time[:end], w.edges[0])
		w.lookBack(r, start)
	}
	w.nextEra()
	for i, b := start, 0; i < end; {
		for w.edges[b] <= int64(r.Time[i]) {
			b++
		}
		to := i + before(r.Time[i:end], w.edges[b])
		for _, s := range w.everything {
			w.allRows(r, s, i, to, b)
		}
		switch {
		case len(w.everything) == len(w.selectors): // there are no classes
		case r.WideLabel != nil:
			tallyRows(w, r, r.WideLabel, i, to, uint32(b)) //nolint:gosec // bounded by MaxInstants × metrics
			w.fold(b)
		default:
			tallyRows(w, r, r.Label, i, to, uint32(b)) //nolint:gosec // as above
			w.fold(b)
		}
		i = to
	}
	for _, s := range w.active {
		w.conclude(r, s)
	}
	w.reset()
}

// before returns how many of the ascending times lie before the instant. It
// gallops, because the answer is mostly near.
func before(times []uint32, instant int64) int {
	hi := 1
	for hi < len(times) && int64(times[hi]) < instant {
		hi *= 2
	}
	lo := hi / 2
	hi = min(hi, len(times))
	return lo + sort.Search(hi-lo, func(k int) bool { return int64(times[lo+k]) >= instant })
}

// tallyRows reads rows [from, to), all of bucket b, for the selectors of some
// events only. What it does not need for a class it skips.
func tallyRows[L uint16 | uint32](w *sweep, r *usage.Run, labels []L, from, to int, b uint32) {
	tallyOf, tallies := w.tallyOf, w.tallies
	times, actors, single, wide := r.Time[:to], r.Actor, r.Value, r.Wide
	for i, label := range labels[from:to] {
		c := tallyOf[label]
		if c == 0 {
			continue
		}
		i += from
		t := &tallies[c]
		if t.n == 0 {
			w.touched = append(w.touched, c)
		}
		t.n++
		t.last = int32(i + 1) //nolint:gosec // one account has fewer than 2³¹ events
		if t.values {
			v := math.NaN()
			if single != nil {
				v = float64(single[i])
			} else if wide != nil {
				v = wide[i]
			}
			if !math.IsNaN(v) {
				t.valued++
				t.lastV = t.last
				t.sum = t.sum.plus(v)
			}
		}
		if actors != nil {
			for _, u := range t.actors {
				u.actorsOf(actors[i:i+1], b)
			}
		}
		if t.days != nil && times[i] >= t.dayEnd {
			day := times[i]/secondsPerDay + 1
			t.dayEnd = day * secondsPerDay
			for _, u := range t.days {
				u.date(day, b)
			}
		}
	}
}

// fold adds the tallies of bucket b to the selectors of their classes.
func (w *sweep) fold(b int) {
	for _, c := range w.touched {
		t := &w.tallies[c]
		for _, s := range w.classes[c].some {
			a := w.touch(s)
			a.n[b] += t.n
			if a.valued != nil && t.valued > 0 {
				a.valued[b] += t.valued
				a.sum[b] = a.sum[b].add(t.sum)
			}
			if a.last != nil {
				a.last[b] = max(a.last[b], t.last)
				a.lastV[b] = max(a.lastV[b], t.lastV)
			}
		}
		t.n, t.valued, t.last, t.lastV, t.dayEnd, t.sum = 0, 0, 0, 0, 0, exact{}
	}
	w.touched = w.touched[:0]
}

func (w *sweep) touch(s int) *accumulator {
	a := &w.accs[s]
	if !a.touched {
		a.touched = true
		w.active = append(w.active, s)
	}
	return a
}

// lookBack finds, before the first window with a beginning, the last events that
// features without one want.
func (w *sweep) lookBack(r *usage.Run, start int) {
	var pending []int
	for s := range w.selectors {
		if w.unbounded(s, Latest) || w.unbounded(s, Recency) {
			pending = append(pending, s)
		}
	}
	for i := start - 1; i >= 0 && len(pending) > 0; i-- {
		c := w.classOf[r.Code(i)]
		if c == 0 {
			continue
		}
		pending = slices.DeleteFunc(pending, func(s int) bool {
			if !slices.Contains(w.classes[c].selectors, s) {
				return false
			}
			a := w.touch(s)
			row := int32(i + 1) //nolint:gosec // as in tallyRows
			a.last[0] = max(a.last[0], row)
			if _, ok := r.Number(i); ok {
				a.lastV[0] = max(a.lastV[0], row)
			}
			return a.lastV[0] > 0 || !w.unbounded(s, Latest)
		})
	}
}

func (w *sweep) unbounded(s int, kind Kind) bool {
	return slices.ContainsFunc(w.selectors[s].features, func(f int) bool {
		return w.features[f].kind == kind && w.features[f].loEdge[0] < 0
	})
}

// nextEra makes every mark of earlier accounts look unseen.
func (w *sweep) nextEra() {
	room := uint32(len(w.edges)) + 1 //nolint:gosec // bounded by MaxInstants × metrics
	if w.era > math.MaxUint32-2*room {
		for s := range w.accs {
			if u := w.accs[s].actors; u != nil {
				clear(u.seen)
			}
		}
		w.era = 0
	}
	w.era += room
	for s := range w.accs {
		if u := w.accs[s].actors; u != nil {
			u.era = w.era
		}
	}
}

// reset forgets the account.
func (w *sweep) reset() {
	for _, s := range w.active {
		a := &w.accs[s]
		clear(a.n)
		clear(a.valued)
		clear(a.sum)
		clear(a.last)
		clear(a.lastV)
		if a.actors != nil {
			a.actors.clear()
		}
		if a.days != nil {
			a.days.clear()
		}
		a.touched = false
	}
	w.active = w.active[:0]
}
