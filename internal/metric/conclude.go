package metric

import "kept/internal/usage"

// conclude turns what a selector has seen in each bucket into its features.
func (w *sweep) conclude(r *usage.Run, s int) {
	a := &w.accs[s]
	for b := 1; b < len(a.n); b++ {
		a.n[b] += a.n[b-1]
	}
	for b := 1; b < len(a.sum); b++ {
		a.valued[b] += a.valued[b-1]
		a.sum[b] = a.sum[b].add(a.sum[b-1])
	}
	for b := 1; b < len(a.last); b++ {
		a.last[b] = max(a.last[b], a.last[b-1])
		a.lastV[b] = max(a.lastV[b], a.lastV[b-1])
	}
	w.dirty = append(w.dirty, w.selectors[s].features...)
	for _, u := range []*union{a.actors, a.days} {
		if u != nil {
			u.settle()
			for k, fi := range u.features {
				w.counts(fi, u.steps[k*(len(w.instants)+1):])
				w.uncount(r, fi)
			}
		}
	}
	for _, fi := range w.selectors[s].features {
		switch w.features[fi].kind {
		case DistinctActors, ActiveDays:
		case Recency:
			w.latest(r, fi, a.last)
		case Latest:
			w.latest(r, fi, a.lastV)
		default:
			w.sums(r, fi, a)
		}
	}
}

// counts sums up steps.
func (w *sweep) counts(fi int, steps []int32) {
	out, n := w.out[fi], int32(0)
	for i := range out {
		n += steps[i]
		if n > 0 {
			out[i] = float64(n)
		}
	}
}

// sums takes differences of running sums: window = up to its end less up to its
// beginning.
func (w *sweep) sums(r *usage.Run, fi int, a *accumulator) {
	f, out := &w.features[fi], w.out[fi]
	var late []uint32
	var lateSum []exact
	if len(w.lateRows) > 0 {
		late, lateSum = w.lessLate(r, fi)
	}
	for i := range out {
		lo, hi := f.loEdge[i], f.hiEdge[i]
		if f.kind == Count {
			n := a.n[hi]
			if lo >= 0 {
				n -= a.n[lo]
			}
			if late != nil {
				n -= late[i]
			}
			if n > 0 {
				out[i] = float64(n)
			}
			continue
		}
		n, sum := a.valued[hi], a.sum[hi]
		if lo >= 0 {
			n, sum = n-a.valued[lo], sum.minus(a.sum[lo])
		}
		if late != nil {
			n, sum = n-late[i], sum.minus(lateSum[i])
		}
		if n == 0 {
			continue
		}
		out[i] = sum.number()
		if f.kind == Mean {
			out[i] /= float64(n)
		}
	}
}

// latest looks at the last row before the end of each window; rows are counted
// from 1.
func (w *sweep) latest(r *usage.Run, fi int, rows []int32) {
	f := &w.features[fi]
	for i := range w.out[fi] {
		row := int(rows[f.hiEdge[i]])
		if len(w.lateRows) > 0 {
			row = w.earlier(r, fi, i, row)
		}
		if row > 0 {
			w.lastRow(r, fi, i, row-1)
		}
	}
}

// lastRow sets a Latest or Recency from the row it rests on, unless that lies
// before the window.
func (w *sweep) lastRow(r *usage.Run, fi, i, row int) {
	f, t := &w.features[fi], r.Time[row]
	if int64(t) < f.lo[i] {
		return
	}
	w.when[fi][i] = t
	if f.kind == Recency {
		w.out[fi][i] = days(w.instants[i] - int64(t))
		return
	}
	if v, ok := r.Number(row); ok {
		w.out[fi][i] = v
	}
}

// days converts seconds into days.
func days(seconds int64) float64 { return float64(seconds) / secondsPerDay }
