package survival

import (
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

// order is the permutation of rows by rising value.
func order(v []float64) []int32 {
	out := make([]int32, len(v))
	for i, r := range num.Sorted(v) {
		out[i] = r.Row
	}
	return out
}

// numbered numbers clusters 0, 1 … in the order in which they come; without
// clusters every one of n rows is its own.
func numbered(cluster []int, n int) []int {
	out := make([]int, n)
	at := map[int]int{}
	for i := range out {
		if cluster == nil {
			out[i] = i
			continue
		}
		k, ok := at[cluster[i]]
		if !ok {
			k = len(at)
			at[cluster[i]] = k
		}
		out[i] = k
	}
	return out
}
