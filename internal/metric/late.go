package metric

import (
	"cmp"
	"slices"

	"kept/internal/usage"
)

// late reports whether an event of the account became known only after an
// instant that it precedes: then "as known at the instant" differs from "as
// known today", and the buckets cannot tell the two apart.
func (w *sweep) late(r *usage.Run) bool {
	start, end := 0, 0
	for _, t := range w.instants {
		// An event before the previous instant that is unknown now was so then.
		start, end = end, end+before(r.Time[end:], t)
		for i := end - 1; i >= start && int64(r.Time[i])+int64(r.MaxLate) > t; i-- {
			if int64(r.Known[i]) > t {
				return true
			}
		}
	}
	return false
}

// interval is the instants [enter, leave) at which a row is in the window and
// known; thing is what is counted once: an actor or a day.
type interval struct {
	enter, leave int
	row          int
	thing        uint32
}

// lateAccount computes the features of an account with late events, one by one,
// from the interval of instants at which each event counts.
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
		if !slices.Contains(w.classes[w.classOf[r.Code(i)]].selectors, f.selector) {
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
