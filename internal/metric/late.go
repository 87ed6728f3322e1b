package metric

import (
	"cmp"
	"math"
	"slices"

	"kept/internal/usage"
)

// lateRow is an event that became known only after an instant that it precedes:
// at the instants [from, to) it had happened and nobody knew.
type lateRow struct{ row, from, to int }

// findLate lists the late rows of an account, and reports whether these are so
// many that the account is better computed from intervals altogether.
func (w *sweep) findLate(r *usage.Run) (many bool) {
	w.lateRows = w.lateRows[:0]
	if !w.knownOnly || r.Known == nil {
		return false
	}
	end, unknown := 0, 0
	for k, t := range w.instants {
		start := end // rows before the previous instant were looked at there
		end += before(r.Time[end:], t)
		for i := end - 1; i >= start && int64(r.Time[i])+int64(r.MaxLate) > t; i-- {
			if known := int64(r.Known[i]); known > t {
				n, _ := slices.BinarySearch(w.instants[k:], known)
				w.lateRows = append(w.lateRows, lateRow{i, k, k + n})
				unknown += n
			}
		}
	}
	return unknown*8 > r.Len()+64
}

// affected calls fn for each late row that a feature has counted, and each
// instant at which it must not.
func (w *sweep) affected(r *usage.Run, fi int, fn func(row, instant int)) {
	f := &w.features[fi]
	for _, l := range w.lateRows {
		if !w.selects(r, f.selector, l.row) {
			continue
		}
		t := int64(r.Time[l.row])
		for i := l.from; i < l.to; i++ {
			if f.lo[i] <= t && t < f.hi[i] {
				fn(l.row, i)
			}
		}
	}
}

func (w *sweep) selects(r *usage.Run, selector, row int) bool {
	return slices.Contains(w.classes[w.classOf[r.Code(row)]].selectors, selector)
}

// lessLate takes the late rows out of sums: n rows and sum at each instant.
func (w *sweep) lessLate(r *usage.Run, fi int) (n []uint32, sum []exact) {
	n, sum = make([]uint32, len(w.instants)), make([]exact, len(w.instants))
	kind := w.features[fi].kind
	w.affected(r, fi, func(row, i int) {
		v, ok := r.Number(row)
		if ok || kind == Count {
			n[i]++
		}
		if ok {
			sum[i] = sum[i].plus(v)
		}
	})
	return n, sum
}

// uncount takes an actor or day away where only late rows have named it. Of
// several the last does it.
func (w *sweep) uncount(r *usage.Run, fi int) {
	f, out := &w.features[fi], w.out[fi]
	thing := func(row int) uint32 {
		if f.kind == ActiveDays {
			return r.Time[row] / secondsPerDay
		}
		if r.Actor == nil {
			return 0
		}
		return r.Actor[row]
	}
	w.affected(r, fi, func(row, i int) {
		what := thing(row)
		if f.kind == DistinctActors && what == 0 {
			return
		}
		mine := false
		for k := before(r.Time, f.hi[i]) - 1; k >= 0 && int64(r.Time[k]) >= f.lo[i]; k-- {
			if f.kind == ActiveDays && r.Time[k]/secondsPerDay < what {
				break
			}
			if thing(k) != what || !w.selects(r, f.selector, k) {
				continue
			}
			known := int64(r.Known[k]) <= w.instants[i]
			if known || !mine && k != row {
				return
			}
			mine = true
		}
		if out[i]--; out[i] == 0 {
			out[i] = math.NaN()
		}
	})
}

// earlier returns the last row up to the given one that a Latest or Recency may
// rest on at an instant; rows are counted from 1, and 0 is none.
func (w *sweep) earlier(r *usage.Run, fi, i, row int) int {
	f := &w.features[fi]
	for ; row > 0 && int64(r.Time[row-1]) >= f.lo[i]; row-- {
		if int64(r.Known[row-1]) > w.instants[i] || !w.selects(r, f.selector, row-1) {
			continue
		}
		if _, ok := r.Number(row - 1); ok || f.kind == Recency {
			return row
		}
	}
	return 0
}

// interval is the instants [enter, leave) at which a row is in the window and
// known; thing is what is counted once: an actor or a day.
type interval struct {
	enter, leave int
	row          int
	thing        uint32
}

// lateAccount computes the features of an account with many late events, one by
// one, from the interval of instants at which each event counts.
func (w *sweep) lateAccount(r *usage.Run) {
	var rows []interval
	for fi := range w.features {
		w.dirty = append(w.dirty, fi)
		rows = w.intervals(r, fi, rows[:0])
		switch f := &w.features[fi]; f.kind {
		case DistinctActors, ActiveDays:
			w.lateUnion(fi, rows)
		case Latest, Recency:
			w.lateLatest(r, fi, rows)
		default:
			w.lateSums(r, fi, rows)
		}
	}
}

// intervals lists the rows that count for a feature at some instant.
func (w *sweep) intervals(r *usage.Run, fi int, rows []interval) []interval {
	f := &w.features[fi]
	enter, leave := 0, 0 // both only move forward, because times ascend
	for i := before(r.Time, f.lo[0]); i < r.Len(); i++ {
		t := r.Time[i]
		for enter < len(f.hi) && f.hi[enter] <= int64(t) {
			enter++
		}
		for leave < len(f.lo) && f.lo[leave] <= int64(t) {
			leave++
		}
		if enter == len(f.hi) {
			break
		}
		if !w.selects(r, f.selector, i) {
			continue
		}
		v := interval{enter: enter, leave: leave, row: i}
		if known := int64(r.Known[i]); known > w.instants[enter] {
			v.enter, _ = slices.BinarySearch(w.instants, known)
		}
		if v.enter >= v.leave {
			continue
		}
		switch f.kind {
		case DistinctActors:
			if r.Actor == nil || r.Actor[i] == 0 {
				continue
			}
			v.thing = r.Actor[i]
		case ActiveDays:
			v.thing = t / secondsPerDay
		case Sum, Mean, Latest:
			if _, ok := r.Number(i); !ok {
				continue
			}
		default: // every row counts
		}
		rows = append(rows, v)
	}
	return rows
}

// lateUnion counts things once at each instant at which one of their rows counts.
func (w *sweep) lateUnion(fi int, rows []interval) {
	slices.SortFunc(rows, func(a, b interval) int {
		return cmp.Or(cmp.Compare(a.thing, b.thing), cmp.Compare(a.enter, b.enter))
	})
	steps := make([]int32, len(w.instants)+1)
	until := 0
	for k, v := range rows {
		if k == 0 || rows[k-1].thing != v.thing {
			until = 0
		}
		if enter := max(v.enter, until); enter < v.leave {
			steps[enter]++
			steps[v.leave]--
			until = v.leave
		}
	}
	w.counts(fi, steps)
}

// lateSums adds each row at the instant it enters and takes it away at the one
// it leaves.
func (w *sweep) lateSums(r *usage.Run, fi int, rows []interval) {
	n := make([]int64, len(w.instants)+1)
	sums := make([]exact, len(w.instants)+1)
	for _, row := range rows {
		n[row.enter]++
		n[row.leave]--
		if v, ok := r.Number(row.row); ok {
			sums[row.enter] = sums[row.enter].plus(v)
			sums[row.leave] = sums[row.leave].plus(-v)
		}
	}
	var count int64
	var sum exact
	kind, out := w.features[fi].kind, w.out[fi]
	for i := range out {
		count += n[i]
		sum = sum.add(sums[i])
		switch {
		case count == 0:
		case kind == Count:
			out[i] = float64(count)
		case kind == Mean:
			out[i] = sum.number() / float64(count)
		default:
			out[i] = sum.number()
		}
	}
}

// lateLatest takes, at each instant, the last of the rows known by then.
func (w *sweep) lateLatest(r *usage.Run, fi int, rows []interval) {
	last := make([]int, len(w.instants))
	for _, v := range rows {
		last[v.enter] = max(last[v.enter], v.row+1)
	}
	best := 0
	for i := range last {
		best = max(best, last[i])
		if best > 0 {
			w.lastRow(r, fi, i, best-1)
		}
	}
}
