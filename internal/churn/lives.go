package churn

import (
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/validate"
)

// Stretch is one life as a customer (or of one product at a customer), seen from
// Entry to Exit, in months of equal length from its start, counted as days: a term
// of twelve months ends at twelve months, whether or not a leap day lies in it.
type Stretch struct {
	Entry, Exit float64
	Cause       Cause
	Group       string // key; empty for none
}

// Window is the time that the data can tell about: lives that began before Start
// enter late, and what happens after End is unknown.
type Window struct{ Start, End time.Time }

// WindowOf returns the window of a data set: it ends as long before the data as a
// lapse may last, because one that is younger may still be a late renewal.
func WindowOf(dataStart, dataEnd time.Time, grace time.Duration) Window {
	return Window{dataStart, dataEnd.Add(-grace)}
}

// Cut returns what is seen of a span of a life within the window, and false when
// nothing is. left is the departure, zero for none.
func (w Window) Cut(start, end, left time.Time, cause Cause) (Stretch, bool) {
	s := Stretch{}
	if w.Start.After(start) {
		s.Entry = sinceStart(start, w.Start)
	}
	exit := w.End
	switch {
	case !left.IsZero() && !left.After(w.End):
		exit, s.Cause = left, cause
	case !end.IsZero() && end.Before(exit):
		exit = end
	}
	s.Exit = sinceStart(start, exit)
	return s, s.Exit > s.Entry
}

// sinceStart counts whole calendar months, and the part of the one that runs.
func sinceStart(start, t time.Time) float64 {
	start, t = start.UTC(), t.UTC()
	if !t.After(start) {
		return 0
	}
	m := (t.Year()-start.Year())*12 + int(t.Month()) - int(start.Month())
	if anniversary(start, m).After(t) {
		m--
	}
	from, to := anniversary(start, m), anniversary(start, m+1)
	part := t.Sub(from).Seconds() / to.Sub(from).Seconds()
	if part <= 0 {
		return float64(m) * month
	}
	return (float64(m) + part) * month
}

// anniversary is the same day of a month some months later; the last day of the
// month where it has no such day.
func anniversary(start time.Time, months int) time.Time {
	first := time.Date(start.Year(), start.Month()+time.Month(months), 1, start.Hour(), start.Minute(), start.Second(), 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(start.Day(), last)-1)
}

// Span is a life with its start and its departure, before it is cut.
type Span struct {
	Start, End, Left time.Time
	Cause            Cause
}

// AccountSpans reads the lives of an account as a customer: one that comes back
// begins a new one.
func AccountSpans(life *validate.Life, subs []customer.Subscription, dataEnd time.Time) []Span {
	out := make([]Span, 0, len(life.Spans))
	for _, s := range life.Spans {
		one := Span{Start: s.Start, End: s.End}
		for _, d := range life.Departures {
			if d.After(s.Start) && (s.End.IsZero() || !d.After(s.End)) {
				one.Left, one.Cause = d, CauseAt(subs, d, dataEnd)
				break
			}
		}
		out = append(out, one)
	}
	return out
}

// The ends of a product at a customer.
const (
	Dropped  Cause = 1 // given up by a customer that stays
	WithAll  Cause = 2 // the customer left
	ProdGone Cause = 3 // the customer is no more
)

// ProductSpans reads the lives of one product at an account. A gap of at most the
// grace is a late renewal.
func ProductSpans(subs []customer.Subscription, account []Span, grace time.Duration, dataEnd time.Time) []Span {
	var terms []validate.Span
	for i := range subs {
		r, ok := subs[i].At(dataEnd)
		if !ok || r.Trial || r.Start.After(dataEnd) || !r.End.IsZero() && !r.End.After(r.Start) {
			continue
		}
		terms = append(terms, validate.Span{Start: r.Start, End: r.End})
	}
	slices.SortFunc(terms, func(a, b validate.Span) int { return a.Start.Compare(b.Start) })
	var out []Span
	for _, t := range terms {
		if n := len(out); n > 0 && (out[n-1].End.IsZero() || !t.Start.After(out[n-1].End.Add(grace))) {
			if last := &out[n-1]; !last.End.IsZero() && (t.End.IsZero() || t.End.After(last.End)) {
				last.End = t.End
			}
			continue
		}
		out = append(out, Span{Start: t.Start, End: t.End})
	}
	for i := range out {
		s := &out[i]
		if s.End.IsZero() || s.End.After(dataEnd) {
			continue
		}
		s.Left, s.Cause = s.End, Dropped
		for _, a := range account {
			if !a.Left.IsZero() && a.Left.Sub(s.End).Abs() <= grace {
				s.Cause = WithAll
				if a.Cause == Ceased {
					s.Cause = ProdGone
				}
			}
		}
	}
	return out
}

// Quarter names the quarter of an instant, such as 2025-Q3.
func Quarter(t time.Time) string {
	return t.UTC().Format("2006") + "-Q" + string(rune('1'+(int(t.UTC().Month())-1)/3))
}
