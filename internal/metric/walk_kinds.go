package metric

import (
	"math"
	"slices"
)

// nameOf numbers event names.
func (w *walker) nameOf(name string) uint32 {
	n, ok := w.named[name]
	if !ok {
		n = uint32(len(w.named)) //nolint:gosec // fewer names than 2³²
		w.named[name] = n
	}
	return n
}

// unitOf numbers the days or weeks of the calendar.
func (m *compiled) unitOf(t int64) int64 {
	day := civilDay(t, m.frame.zone)
	if m.By == ByWeek {
		return floorDiv(day+3, 7) // 1970-01-01 was a Thursday
	}
	return day
}

// streak counts the units in a row with a row in them. The current streak reaches
// the window's last unit, or the one before, as that one is not over yet.
func (w *walker) streak(r stream, def *compiled, rows []int32, hi int64) int {
	longest, run := 0, 0
	last := int64(math.MinInt64)
	for _, row := range rows {
		switch unit := def.unitOf(int64(r.Time[row])); unit {
		case last:
		case last + 1:
			run, last = run+1, unit
		default:
			run, last = 1, unit
		}
		longest = max(longest, run)
	}
	switch {
	case def.Kind == LongestStreak:
		return longest
	case last >= def.unitOf(hi-1)-1:
		return run
	}
	return 0
}

// order computes what depends on the order of values.
func (w *walker) order(r stream, def *compiled, rows []int32) value {
	w.values = w.values[:0]
	for _, row := range rows {
		if v, ok := r.Number(int(row)); ok {
			w.values = append(w.values, v)
		}
	}
	if len(w.values) == 0 {
		return value{age: -1}
	}
	slices.Sort(w.values)
	return value{quantile(w.values, def.rank()), -1, true}
}

// rank is the percentile that a kind takes, as a share of 1.
func (m *compiled) rank() float64 {
	switch m.Kind {
	case Min:
		return 0
	case Max:
		return 1
	case Median:
		return 0.5
	default:
		return *m.P / 100
	}
}

// quantile returns the value at a share of the way from the first to the last of
// sorted values, in proportion between neighbours (R's type 7).
func quantile(sorted []float64, share float64) float64 {
	at := share * float64(len(sorted)-1)
	lo := int(math.Floor(at))
	if lo+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	a, b := sorted[lo], sorted[lo+1]
	return a + (b-a)*(at-float64(lo))
}

// open counts the keys whose last row opens; without a key, how many more rows
// open than close.
func (w *walker) open(r stream, def *compiled, rows []int32) int {
	opens := func(row int32) bool { return slices.Contains(def.Events, r.labels[r.Code(int(row))].Name) }
	if def.Match == "" {
		n := 0
		for _, row := range rows {
			if opens(row) {
				n++
			} else {
				n--
			}
		}
		return max(n, 0)
	}
	w.set.clear()
	for k := 0; k < len(rows); {
		// Within one second what opens comes before what closes.
		to := k
		for to < len(rows) && r.Time[rows[to]] == r.Time[rows[k]] {
			to++
		}
		for _, opening := range []bool{true, false} {
			for _, row := range rows[k:to] {
				switch {
				case opens(row) != opening:
				case opening:
					w.set[r.key[row]] = struct{}{}
				default:
					delete(w.set, r.key[row])
				}
			}
		}
		k = to
	}
	return len(w.set)
}
