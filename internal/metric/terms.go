package metric

import (
	"cmp"
	"math"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// Terms are the subscriptions of an account, prepared so that their state at an
// instant is found by comparing a few integers. They are immutable.
type Terms struct {
	subs []termSub
	rows []termRow
	// breaks are the moments at which anything can change, ascending.
	breaks []int64
}

// termSub is one subscription: its revisions are rows [from, to).
type termSub struct {
	product  id.Product
	from, to int32
}

// termRow is a revision; times are in nanoseconds since 1970, cut to what an
// int64 holds, which is beyond every instant that can be asked for.
type termRow struct {
	from, known, start, end int64
	rev                     *customer.Revision
}

// PrepareTerms prepares subscriptions, which must not be changed afterwards.
func PrepareTerms(subscriptions []customer.Subscription) *Terms {
	t := &Terms{}
	t.set(subscriptions)
	return t
}

func (t *Terms) set(subscriptions []customer.Subscription) {
	t.subs, t.rows, t.breaks = t.subs[:0], t.rows[:0], t.breaks[:0]
	for i := range subscriptions {
		s := &subscriptions[i]
		from := len(t.rows)
		for k := range s.Revisions {
			r := &s.Revisions[k]
			row := termRow{Nanos(r.ValidFrom), Nanos(r.KnownAt), Nanos(r.Start), math.MaxInt64, r}
			if !r.End.IsZero() {
				row.end = Nanos(r.End)
			}
			t.rows = append(t.rows, row)
			t.breaks = append(t.breaks, row.from, row.known, row.start, row.end)
		}
		// The last that holds is the one in force: of equal ones the later in the list.
		slices.SortStableFunc(t.rows[from:], func(a, b termRow) int {
			return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.known, b.known))
		})
		t.subs = append(t.subs, termSub{s.ProductID, int32(from), int32(len(t.rows))}) //nolint:gosec // a record has few revisions
	}
	slices.Sort(t.breaks)
	t.breaks = slices.Compact(t.breaks)
}

// Nanos returns the nanoseconds since 1970, cut to what an int64 holds. Compared
// with an instant between 1970 and 2105, it is on the side on which the time is.
func Nanos(t time.Time) int64 {
	switch year := t.Year(); {
	case year < 1700:
		return math.MinInt64
	case year > 2200:
		return math.MaxInt64 - 1
	}
	return t.UnixNano()
}

// Moves returns the moments at which anything can change, ascending, in Nanos.
func (t *Terms) Moves() []int64 { return slices.Clone(t.breaks) }

// at sums up the subscriptions of a product (all if all is set) at an instant,
// which it also gets in nanoseconds; it equals holdingOf.
func (t *Terms) at(product id.Product, all bool, asOf time.Time, now int64) holding {
	var h holding
	var first, end, priced *termRow
	for i := range t.subs {
		s := &t.subs[i]
		if !all && s.product != product {
			continue
		}
		r := stateIn(t.rows[s.from:s.to], now)
		if r == nil {
			continue
		}
		if r.start <= now && (first == nil || r.start < first.start) {
			first = r
		}
		if r.start > now || r.end <= now {
			continue
		}
		h.inForce++
		h.count += r.rev.Seats
		if !r.rev.Trial {
			h.mixed = h.mixed || priced != nil && priced.rev.ARR.Currency != r.rev.ARR.Currency
			h.minor += r.rev.ARR.Minor
			priced = r
		}
		if r.end != math.MaxInt64 && (end == nil || r.end < end.end) {
			end = r
		}
	}
	if h.inForce == 0 {
		return h
	}
	h.seats = float64(h.count)
	if priced != nil {
		total := priced.rev.ARR
		total.Minor = h.minor
		h.arr = total.Major()
	}
	h.first = first.rev
	if end != nil {
		h.end, h.hasEnd = end.rev, true
	}
	h.move(asOf)
	return h
}

// move sets what the passing of time alone changes.
func (h *holding) move(asOf time.Time) {
	if h.inForce == 0 {
		return
	}
	h.tenure = asOf.Sub(h.first.Start).Hours() / 24
	if h.hasEnd {
		h.renewal = h.end.End.Sub(asOf).Hours() / 24
	}
}

// stateIn returns the revision in force at an instant, nil for none.
func stateIn(rows []termRow, now int64) *termRow {
	for i := len(rows) - 1; i >= 0; i-- {
		if r := &rows[i]; r.from <= now && r.known <= now {
			return r
		}
	}
	return nil
}

// over returns the holdings at ascending instants: nothing is added up again
// until something can have changed.
func (t *Terms) over(product id.Product, all bool, instants []time.Time, out []holding) []holding {
	out = out[:0]
	next := 0 // the first of breaks after the instant at hand
	for i, asOf := range instants {
		now := asOf.UnixNano()
		same := i > 0
		for next < len(t.breaks) && t.breaks[next] <= now {
			next++
			same = false
		}
		if !same {
			out = append(out, t.at(product, all, asOf, now))
			continue
		}
		h := out[i-1]
		h.move(asOf)
		out = append(out, h)
	}
	return out
}
