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
	parts    []part // where the account's rows fall
	// Of lookBack: selectors, and by label whether one of these selects it.
	pending, spare []int
	wanted         []bool

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
	w := &sweep{plan: p, wanted: make([]bool, len(p.classOf)), tallies: make([]tally, len(p.classes)), accs: make([]accumulator, len(p.selectors))}
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
	start := w.split(r)
	w.lookBack(r, start)
	w.nextEra()
	for _, s := range w.everything {
		w.allRows(r, s)
	}
	if len(w.everything) < len(w.selectors) {
		for _, in := range w.parts {
			if r.WideLabel != nil {
				tallyRows(w, r, r.WideLabel, in.from, in.to, in.bucket)
			} else {
				tallyRows(w, r, r.Label, in.from, in.to, in.bucket)
			}
			w.fold(int(in.bucket))
		}
	}
	for _, s := range w.active {
		w.conclude(r, s)
	}
	w.reset()
}

// part is the rows [from, to) of the account at hand, all of one bucket.
type part struct {
	bucket   uint32
	from, to int
}

// split lists the buckets that hold rows, oldest first, and returns the first row
// that is looked at: the rows before it lie before all windows that have a beginning.
func (w *sweep) split(r *usage.Run) (start int) {
	w.parts = w.parts[:0]
	end := back(r.Time, w.edges[len(w.edges)-1])
	if 4*len(w.edges) < end {
		// The edges are few and far from each other, and mostly close to the end.
		for b := len(w.edges) - 1; end > 0 && (b > 0 || w.allTime); b-- {
			from := 0
			if b > 0 {
				from = back(r.Time[:end], w.edges[b-1])
			}
			if from < end {
				w.parts = append(w.parts, part{uint32(b), from, end}) //nolint:gosec // bounded by MaxInstants × metrics
			}
			end = from
		}
		slices.Reverse(w.parts)
		return end
	}
	if !w.allTime {
		start = before(r.Time[:end], w.edges[0])
	}
	for i, b := start, 0; i < end; {
		for w.edges[b] <= int64(r.Time[i]) {
			b++
		}
		to := i + before(r.Time[i:end], w.edges[b])
		w.parts = append(w.parts, part{uint32(b), i, to}) //nolint:gosec // as above
		i = to
	}
	return start
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

// back is before for an answer that is mostly near the end. It first walks line
// by line of the processor's cache, which the memory hands out ahead of the
// asking, and then gallops.
func back(times []uint32, instant int64) int {
	const line, walk = 16, 64
	hi := len(times)
	if hi == 0 || int64(times[hi-1]) < instant {
		return hi
	}
	step := line
	for n := 0; hi > step && int64(times[hi-step]) >= instant; n++ {
		hi -= step
		if n >= walk {
			step *= 2
		}
	}
	lo := max(0, hi-step) // times[lo] is before the instant, or lo is 0
	for lo < hi {
		mid := int(uint(lo+hi) / 2) //nolint:gosec // both are indexes
		if int64(times[mid]) < instant {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// tallyRows reads rows [from, to), all of bucket b, for the selectors of some
// events only. What it does not need for a class it skips.
func tallyRows[L uint16 | uint32](w *sweep, r *usage.Run, labels []L, from, to int, b uint32) {
	tallyOf, tallies := w.tallyOf, w.tallies
	times, actors, coded, single, wide := r.Time[:to], r.Actor, r.Coded, r.Value, r.Wide
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
			switch {
			case coded != nil:
				v = r.Table[coded[i]]
			case single != nil:
				v = float64(single[i])
			case wide != nil:
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
	if start == 0 {
		return
	}
	pending := w.pending[:0]
	for s := range w.selectors {
		latest := w.unbounded(s, Latest)
		if !latest && !w.unbounded(s, Recency) {
			continue
		}
		if w.selectors[s].all() {
			// Every row is the selector's: no need to search.
			a := w.touch(s)
			a.last[0] = int32(start) //nolint:gosec // as in tallyRows
			if latest {
				a.lastV[0] = lastValue(r, 0, start)
			}
			continue
		}
		pending = append(pending, s)
	}
	w.pending = pending
	pending = append(w.spare[:0], pending...)
	w.spare = pending
	if r.Has != nil {
		// Nothing is looked for that the account does not have.
		pending = slices.DeleteFunc(pending, func(s int) bool {
			return !meet(r.Has, w.selectors[s].labels)
		})
	}
	wanted := w.wanted
	for _, s := range pending {
		for _, label := range w.selectors[s].labels {
			wanted[label] = true
		}
	}
	for i := start - 1; i >= 0 && len(pending) > 0; i-- {
		label := r.Code(i)
		if !wanted[label] {
			continue
		}
		pending = slices.DeleteFunc(pending, func(s int) bool {
			if !w.labelIn(label, s) {
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
		if len(pending) == 0 {
			break
		}
	}
	for _, s := range w.pending {
		for _, label := range w.selectors[s].labels {
			wanted[label] = false
		}
	}
}

// meet reports whether two ascending lists have something in common.
func meet(a, b []uint32) bool {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] == b[0]:
			return true
		case a[0] < b[0]:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	return false
}

// labelIn reports whether a selector selects events of a label.
func (w *sweep) labelIn(label uint32, s int) bool {
	return slices.Contains(w.classes[w.classOf[label]].selectors, s)
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
