package validate

import (
	"slices"
	"time"

	"kept/internal/customer"
)

// Record is what the customer record knows of one account, for outcomes.
type Record struct {
	Since, ChurnedAt time.Time
	Subscriptions    []customer.Subscription
	Stage            []customer.Fact // of customer.FactStage, in SortFacts order
}

// Span is a period in which an account paid: half-open; a zero End runs on.
type Span struct{ Start, End time.Time }

// Life is what really became of an account, by the best knowledge at the end of
// the data. It judges scores and never enters one.
type Life struct {
	Spans []Span // ascending, disjoint
	// Departures are the instants at which it left, ascending.
	Departures []time.Time
	// Contradicted: it is marked as churned while a paid subscription runs on.
	// Money is believed, and the mark is counted.
	Contradicted bool
}

// LifeOf reads spans and departures from the record.
//
// An account with a paid (not trial) subscription has left when the last one
// ended, no other began within grace, and either grace has passed or the account
// is marked as churned. One without any has left at its ChurnedAt or, failing
// that, when its lifecycle stage became churned; trials alone make no customer.
func LifeOf(r Record, grace time.Duration, dataEnd time.Time) Life {
	terms, trials := paidTerms(r.Subscriptions, dataEnd)
	marked := r.ChurnedAt
	if marked.IsZero() || marked.After(dataEnd) {
		marked = time.Time{}
		if f, ok := customer.Holds(r.Stage, dataEnd); ok && f.Value.Text == string(customer.StageChurned) {
			marked = f.ValidFrom
		}
	}
	if len(terms) == 0 {
		if trials || r.Since.After(dataEnd) {
			return Life{}
		}
		life := Life{Spans: []Span{{Start: r.Since, End: marked}}}
		if !marked.IsZero() {
			if !marked.After(r.Since) {
				return Life{}
			}
			life.Departures = []time.Time{marked}
		}
		return life
	}
	var life Life
	for _, t := range terms {
		last := len(life.Spans) - 1
		if last >= 0 && (life.Spans[last].End.IsZero() || !t.Start.After(life.Spans[last].End.Add(grace))) {
			if s := &life.Spans[last]; !s.End.IsZero() && (t.End.IsZero() || t.End.After(s.End)) {
				s.End = t.End
			}
			continue
		}
		life.Spans = append(life.Spans, t)
	}
	for i, s := range life.Spans {
		known := i < len(life.Spans)-1 || !s.End.Add(grace).After(dataEnd) || !marked.IsZero()
		if !s.End.IsZero() && !s.End.After(dataEnd) && known {
			life.Departures = append(life.Departures, s.End)
		}
	}
	last := life.Spans[len(life.Spans)-1]
	life.Contradicted = !marked.IsZero() && (last.End.IsZero() || last.End.After(dataEnd))
	return life
}

// paidTerms returns the terms paid for as known at the end of the data,
// ascending by start, and whether there are trials.
func paidTerms(subs []customer.Subscription, dataEnd time.Time) (terms []Span, trials bool) {
	for i := range subs {
		r, ok := subs[i].At(dataEnd)
		switch {
		case !ok || r.Start.After(dataEnd) || !r.End.IsZero() && !r.End.After(r.Start):
		case r.Trial:
			trials = true
		default:
			terms = append(terms, Span{r.Start, r.End})
		}
	}
	slices.SortFunc(terms, func(a, b Span) int { return a.Start.Compare(b.Start) })
	return terms, trials
}

// WithEvents makes the given instants the departures, as far as they fall into a
// time in which the account paid.
func (l Life) WithEvents(at []time.Time) Life {
	l.Departures = nil
	for _, t := range at {
		if l.covers(t) {
			l.Departures = append(l.Departures, t)
		}
	}
	slices.SortFunc(l.Departures, time.Time.Compare)
	l.Departures = slices.CompactFunc(l.Departures, time.Time.Equal)
	return l
}

func (l Life) covers(t time.Time) bool {
	for _, s := range l.Spans {
		// The end counts: an event may be the end.
		if !t.Before(s.Start) && (s.End.IsZero() || !t.After(s.End)) {
			return true
		}
	}
	return false
}

// AtRisk reports whether the account can still leave at the instant.
func (l Life) AtRisk(t time.Time) bool {
	for _, s := range l.Spans {
		if !t.Before(s.Start) && (s.End.IsZero() || t.Before(s.End)) {
			return true
		}
	}
	return false
}

// Leaves returns the first departure in (t, t+h].
func (l Life) Leaves(t time.Time, h time.Duration) (time.Time, bool) {
	for _, d := range l.Departures {
		if d.After(t) {
			return d, !d.After(t.Add(h))
		}
	}
	return time.Time{}, false
}
