package metric

import (
	"math"
	"slices"

	"kept/internal/usage"
)

// allRows reads the account's rows for a selector of every event: column by
// column, and of each only what a feature needs. This is where an evaluation
// spends its time.
func (w *sweep) allRows(r *usage.Run, s int) {
	a := w.touch(s)
	for _, in := range w.parts {
		b := in.bucket
		a.n[b] += uint32(in.to - in.from) //nolint:gosec // one account has fewer than 2³¹ events
		if a.last != nil {
			a.last[b] = int32(in.to) //nolint:gosec // as above
			if a.valued != nil {
				a.lastV[b] = max(a.lastV[b], lastValue(r, in.from, in.to))
			}
		}
		if a.valued != nil {
			n, sum := valuesOf(r, in.from, in.to)
			a.valued[b] += n
			a.sum[b] = a.sum[b].add(sum)
		}
	}
	if a.actors != nil && r.Actor != nil {
		a.actors.actorsIn(r, w.parts)
	}
	if a.days != nil {
		a.days.daysIn(r, w.parts)
	}
}

// lastValue returns the last of the rows that has a value, counted from 1; 0 is none.
func lastValue(r *usage.Run, from, to int) int32 {
	for i := to - 1; i >= from; i-- {
		if _, ok := r.Number(i); ok {
			return int32(i + 1) //nolint:gosec // one account has fewer than 2³¹ events
		}
	}
	return 0
}

// valuesOf counts and adds up the values of rows [from, to).
func valuesOf(r *usage.Run, from, to int) (n uint32, sum exact) {
	switch {
	case r.Value != nil && r.Whole:
		n, sum.hi = addWhole(r.Value[from:to])
	case r.Coded != nil:
		for _, c := range r.Coded[from:to] {
			if c != 0 {
				n++
				sum = sum.plus(r.Table[c])
			}
		}
	case r.Value != nil:
		for _, v := range r.Value[from:to] {
			if v == v { // NaN, for none, differs from itself
				n++
				sum = sum.plus(float64(v))
			}
		}
	case r.Wide != nil:
		for _, v := range r.Wide[from:to] {
			if v == v { // as above
				n++
				sum = sum.plus(v)
			}
		}
	}
	return n, sum
}

// addWhole adds values that float64 adds exactly. Whether there is a value is
// hard to predict, so it does without a branch: none is NaN, whose bits, without
// the sign, are above those of the infinity.
func addWhole(values []float32) (n uint32, sum float64) {
	const infinity = 0x7f800000
	for _, v := range values {
		bits := math.Float32bits(v)
		none := (infinity - bits&^(1<<31)) >> 31 // 1 or 0
		n += 1 - none
		sum += float64(math.Float32frombits(bits & (none - 1)))
	}
	return n, sum
}

// actorsIn marks the actors of the rows.
func (u *union) actorsIn(r *usage.Run, parts []part) {
	if !u.newest {
		for _, in := range parts {
			if !u.idle[in.bucket] {
				u.actorsOf(r.Actor[in.from:in.to], in.bucket)
			}
		}
		return
	}
	seen, token := u.ready(), u.era+1
	seen[0] = token // nobody is no news
	for _, in := range slices.Backward(parts) {
		if u.idle[in.bucket] {
			continue
		}
		// Whether it is news is hard to predict, so it does without a branch.
		fresh := uint32(0)
		for _, actor := range r.Actor[in.from:in.to] {
			differs := seen[actor] ^ token
			seen[actor] = token
			fresh += (differs | -differs) >> 31 // 1 unless it is 0
		}
		u.markNew(in.bucket, int32(fresh)) //nolint:gosec // one account has fewer than 2³¹ events
	}
}

// actorsOf marks the actors of rows of bucket b.
func (u *union) actorsOf(actors []uint32, b uint32) {
	seen, era, token := u.ready(), u.era, u.era+b+1
	for _, actor := range actors {
		if prev := seen[actor]; prev != token && actor != 0 { // mostly it is no news
			seen[actor] = token
			u.mark(b, max(prev, era)-era)
		}
	}
}

// daysIn marks the days of the rows.
func (u *union) daysIn(r *usage.Run, parts []part) {
	if !u.newest {
		for _, in := range parts {
			if !u.idle[in.bucket] {
				u.datesOf(r.Time[in.from:in.to], in.bucket)
			}
		}
		return
	}
	begin := uint32(math.MaxUint32) // of the day of the row looked at last
	for _, in := range slices.Backward(parts) {
		if u.idle[in.bucket] {
			continue
		}
		fresh := int32(0)
		for i := in.to - 1; i >= in.from; i-- {
			if t := r.Time[i]; t < begin {
				begin = t - t%secondsPerDay
				fresh++
			}
		}
		u.markNew(in.bucket, fresh)
	}
}

// datesOf marks the days of rows of bucket b.
func (u *union) datesOf(times []uint32, b uint32) {
	end := uint32(0)
	for _, t := range times {
		if t >= end {
			day := t/secondsPerDay + 1
			u.date(day, b)
			end = day * secondsPerDay
		}
	}
}
