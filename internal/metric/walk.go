package metric

import (
	"math"
	"slices"
	"sort"
	"time"

	"kept/internal/usage"
)

// swept reports whether the sweep computes the metric: the plain kinds over plain
// windows. All other event metrics are walked.
func (m *compiled) swept() bool {
	days := m.Kind != ActiveDays || m.frame.zone == time.UTC
	return slices.Contains(swept, m.Kind) && m.frame.plain() && !m.faceted() && days
}

// faceted reports whether the metric reads properties, which the projection does
// not hold: its events come in a facet of their own.
func (m *compiled) faceted() bool { return m.Where != "" || m.Match != "" }

// walked reports whether the metric is computed by walking over an account's
// events, window by window.
func (m *compiled) walked() bool { return slices.Contains(aggregates, m.Kind) && !m.swept() }

// walker computes event metrics that the sweep does not know, one at a time: the
// rows that a metric selects, and for each instant those of its window. It
// belongs to one goroutine.
type walker struct {
	picks  map[pickKey][]bool // by label code
	named  map[string]uint32  // numbers of event names
	rows   []int32
	known  []int32
	set    tallySet
	values []float64
}

type pickKey struct {
	metric  int
	product string
}

func newWalker() *walker {
	return &walker{picks: map[pickKey][]bool{}, named: map[string]uint32{}}
}

// pick says which labels a metric selects; product overrides its own.
func (w *walker) pick(m int, def *compiled, product string, labels []usage.Label) []bool {
	key := pickKey{m, product}
	if p, ok := w.picks[key]; ok {
		return p
	}
	p := make([]bool, len(labels))
	for code, l := range labels {
		p[code] = (product == "" || l.Product == product) && (len(def.Events) == 0 || slices.Contains(def.Events, l.Name) || slices.Contains(def.ClosedBy, l.Name))
	}
	w.picks[key] = p
	return p
}

// value is one result of a walk.
type value struct {
	v, age float64 // age is negative for none
	ok     bool
}

// walk computes a metric of a product (all if empty) at every instant, in the
// windows that lie so much earlier.
func (w *walker) walk(r stream, m int, def *compiled, product string, by span, instants []int64, knownOnly bool) []value {
	pick := w.pick(m, def, product, r.labels)
	w.rows = w.rows[:0]
	for i := range r.Time {
		if pick[r.Code(i)] && (def.Kind != Latest || hasNumber(r.Run, i)) {
			w.rows = append(w.rows, int32(i)) //nolint:gosec // one account has fewer than 2³¹ events
		}
	}
	late := knownOnly && r.Known != nil
	out := make([]value, len(instants))
	for i, t := range instants {
		lo, hi := def.frame.shifted(t, by)
		rows := within(r.Run, w.rows, lo, hi)
		if late {
			w.known = w.known[:0]
			for _, row := range rows {
				if int64(r.Known[row]) <= knownBy(t, hi) {
					w.known = append(w.known, row)
				}
			}
			rows = w.known
		}
		if len(rows) == 0 {
			out[i].age = -1
			continue
		}
		out[i] = w.condense(r, def, rows, t, hi)
	}
	return out
}

func hasNumber(r *usage.Run, i int) bool { _, ok := r.Number(i); return ok }

// within returns the rows whose second lies in [lo, hi).
func within(r *usage.Run, rows []int32, lo, hi int64) []int32 {
	find := func(t int64) int {
		return sort.Search(len(rows), func(k int) bool { return int64(r.Time[rows[k]]) >= t })
	}
	from := 0
	if lo != noBeginning {
		from = find(lo)
	}
	return rows[from:max(from, find(hi))]
}

// tallySet counts distinct things.
type tallySet map[uint32]struct{}

func (s *tallySet) clear() {
	if *s == nil {
		*s = tallySet{}
	}
	clear(*s)
}

// condense turns the rows of a window, at least one, into a value.
func (w *walker) condense(r stream, def *compiled, rows []int32, t, hi int64) value {
	last := int64(r.Time[rows[len(rows)-1]])
	switch def.Kind {
	case Count:
		return value{float64(len(rows)), -1, true}
	case Recency:
		v, age := days(t-last), days(t-last)
		if def.frame.throughDay {
			v = float64(civilDay(t, def.frame.zone) - civilDay(last, def.frame.zone))
			age = max(age, 0)
		}
		return value{v, age, true}
	case Latest:
		v, ok := r.Number(int(rows[len(rows)-1]))
		return value{v, days(t - last), ok}
	case DistinctActors:
		w.set.clear()
		for _, row := range rows {
			if r.Actor != nil && r.Actor[row] != 0 {
				w.set[r.Actor[row]] = struct{}{}
			}
		}
		return value{float64(len(w.set)), -1, len(w.set) > 0}
	case ActiveDays:
		n, before := 0, int64(math.MinInt64)
		for _, row := range rows {
			if day := civilDay(int64(r.Time[row]), def.frame.zone); day != before {
				n, before = n+1, day
			}
		}
		return value{float64(n), -1, true}
	case DistinctEvents:
		w.set.clear()
		for _, row := range rows {
			w.set[w.nameOf(r.labels[r.Code(int(row))].Name)] = struct{}{}
		}
		return value{float64(len(w.set)), -1, true}
	case CurrentStreak, LongestStreak:
		return value{float64(w.streak(r, def, rows, hi)), -1, true}
	case First:
		for _, row := range rows {
			if v, ok := r.Number(int(row)); ok {
				return value{v, days(t - int64(r.Time[row])), true}
			}
		}
		return value{age: -1}
	case Min, Max, Median, Percentile:
		return w.order(r, def, rows)
	case Open:
		return value{float64(w.open(r, def, rows)), -1, true}
	default:
		var sum exact
		n := 0
		for _, row := range rows {
			if v, ok := r.Number(int(row)); ok {
				n, sum = n+1, sum.plus(v)
			}
		}
		v := sum.number()
		if def.Kind == Mean {
			v /= float64(n)
		}
		return value{v, -1, n > 0 && !math.IsNaN(v)}
	}
}
