package metric

import (
	"cmp"
	"math"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
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
	seats, minor            int64
	currency                money.Currency
	trial                   bool
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
			row := termRow{
				from: Nanos(r.ValidFrom), known: Nanos(r.KnownAt), start: Nanos(r.Start), end: math.MaxInt64,
				seats: r.Seats, minor: r.ARR.Minor, currency: r.ARR.Currency, trial: r.Trial,
			}
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

// farthest stands for every time too far in the future for an int64.
const farthest = math.MaxInt64 - 1

// Nanos returns the nanoseconds since 1970, cut to what an int64 holds. Compared
// with an instant between 1970 and 2105, it is on the side on which the time is.
func Nanos(t time.Time) int64 {
	switch year := t.Year(); {
	case year < 1700:
		return math.MinInt64
	case year > 2200:
		return farthest
	}
	return t.UnixNano()
}

// Moves returns the moments at which anything can change, ascending, in Nanos.
func (t *Terms) Moves() []int64 { return slices.Clone(t.breaks) }

// at sums up the subscriptions of a product (all if all is set) at an instant; it
// equals holdingOf.
func (t *Terms) at(product id.Product, all bool, now int64) holding {
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
		h.count += r.seats
		if !r.trial {
			h.mixed = h.mixed || priced != nil && priced.currency != r.currency
			h.minor += r.minor
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
		h.arr = money.Amount{Minor: h.minor, Currency: priced.currency}.Major()
	}
	h.first = first.start
	if end != nil {
		h.end, h.hasEnd = end.end, true
	}
	h.move(now)
	return h
}

// move sets what the passing of time alone changes.
func (h *holding) move(now int64) {
	if h.inForce == 0 {
		return
	}
	h.tenure = between(h.first, now).Hours() / 24
	if h.hasEnd {
		h.renewal = between(now, h.end).Hours() / 24
	}
}

// between is the time from a to b, at most the longest that there is, as of time.Sub.
func between(a, b int64) time.Duration {
	if d := b - a; a != math.MinInt64 && b != farthest && d >= 0 {
		return time.Duration(d)
	}
	return math.MaxInt64
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
	if len(instants) == 1 {
		return append(out, t.at(product, all, instants[0].UnixNano()))
	}
	next := 0 // the first of breaks after the instant at hand
	for i, asOf := range instants {
		now := asOf.UnixNano()
		same := i > 0
		for next < len(t.breaks) && t.breaks[next] <= now {
			next++
			same = false
		}
		if !same {
			out = append(out, t.at(product, all, now))
			continue
		}
		h := out[i-1]
		h.move(now)
		out = append(out, h)
	}
	return out
}
