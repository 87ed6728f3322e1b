package survival

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// Data is the follow-up of n subjects or of their start-stop rows.
type Data struct {
	Time  []float64 // exit
	Event []bool    // an event at exit; otherwise censored
	Entry []float64 // delayed entry or start of the row; nil: from the beginning
	// Weight counts a row more than once, or as its ARR; nil: 1.
	Weight []float64
}

func (d Data) check() error {
	n := len(d.Time)
	switch {
	case n == 0:
		return num.Invalid("time", "there are no rows")
	case len(d.Event) != n || d.Entry != nil && len(d.Entry) != n || d.Weight != nil && len(d.Weight) != n:
		return num.Invalid("time", "%d times, %d events, %d entries, %d weights", n, len(d.Event), len(d.Entry), len(d.Weight))
	}
	for what, v := range map[string][]float64{"time": d.Time, "entry": d.Entry, "weights": d.Weight} {
		if err := num.CheckFinite(what, v); err != nil {
			return err
		}
	}
	for i, t := range d.Time {
		if d.Entry != nil && d.Entry[i] >= t {
			return num.Invalid("entry", "row %d enters at %v and leaves at %v: entry has to come before", i, d.Entry[i], t)
		}
		if d.Entry == nil && t < 0 {
			return num.Invalid("time", "row %d has time %v, want zero or more", i, t)
		}
		if d.Weight != nil && !(d.Weight[i] >= 0) {
			return num.Invalid("weights", "row %d has weight %v, want zero or more", i, d.Weight[i])
		}
	}
	return nil
}

func (d Data) weight(i int) float64 {
	if d.Weight == nil {
		return 1
	}
	return d.Weight[i]
}

// Subset returns the rows for which keep is true.
func (d Data) Subset(keep func(i int) bool) Data {
	var o Data
	for i := range d.Time {
		if !keep(i) {
			continue
		}
		o.Time, o.Event = append(o.Time, d.Time[i]), append(o.Event, d.Event[i])
		if d.Entry != nil {
			o.Entry = append(o.Entry, d.Entry[i])
		}
		if d.Weight != nil {
			o.Weight = append(o.Weight, d.Weight[i])
		}
	}
	return o
}

// order is the permutation of rows by rising value, by radix sort.
func order(v []float64) []int32 {
	type kv struct {
		k uint64
		i int32
	}
	a := make([]kv, len(v))
	for i, x := range v {
		b := math.Float64bits(x + 0)
		if b>>63 != 0 {
			b = ^b
		} else {
			b |= 1 << 63
		}
		a[i] = kv{b, int32(i)}
	}
	if len(a) < 2048 {
		slices.SortStableFunc(a, func(x, y kv) int {
			switch {
			case x.k < y.k:
				return -1
			case x.k > y.k:
				return 1
			}
			return 0
		})
	} else {
		const bits, passes = 11, 6
		var count [passes][1 << bits]int32
		for i := range a {
			for p := range passes {
				count[p][a[i].k>>(p*bits)&(1<<bits-1)]++
			}
		}
		b := make([]kv, len(a))
		for p := range passes {
			c := &count[p]
			at, one := int32(0), false
			for d := range c {
				one = one || int(c[d]) == len(a)
				c[d], at = at, at+c[d]
			}
			if one {
				continue
			}
			for _, e := range a {
				d := e.k >> (p * bits) & (1<<bits - 1)
				b[c[d]] = e
				c[d]++
			}
			a, b = b, a
		}
	}
	out := make([]int32, len(a))
	for i := range a {
		out[i] = a[i].i
	}
	return out
}
