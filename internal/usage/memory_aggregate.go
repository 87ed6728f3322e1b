package usage

import (
	"context"
	"slices"
	"time"

	"kept/internal/id"
)

const (
	day           = 24 * time.Hour
	secondsPerDay = 86400
)

// subject is what a cell is about.
type subject struct {
	account id.Account
	product string
}

// Aggregate implements Store: for every aggregate and instant it walks over all
// events. The cells come in no particular order.
func (s *MemoryStore) Aggregate(ctx context.Context, q AggregateQuery) ([]Cell, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var cells []Cell
	for a := range q.Aggregates {
		for i, instant := range q.Instants {
			groups := map[subject][]*Event{}
			for r := range s.rows {
				e := &s.rows[r].Event
				if q.counts(e, &q.Aggregates[a], instant) {
					sub := subject{account: e.Account}
					if q.PerProduct {
						sub.product = e.Product
					}
					groups[sub] = append(groups[sub], e)
				}
			}
			for sub, events := range groups {
				if v, ok := condense(q.Aggregates[a].Kind, events, instant); ok {
					cells = append(cells, Cell{Account: sub.account, Product: sub.product, Instant: i, Aggregate: a, Value: v})
				}
			}
		}
	}
	return cells, nil
}

// counts reports whether an event belongs to an aggregate at an instant.
func (q *AggregateQuery) counts(e *Event, a *Aggregate, instant time.Time) bool {
	if e.Account == "" || q.PerProduct && e.Product == "" {
		return false
	}
	if q.KnownOnly && e.KnownAt.After(instant) {
		return false
	}
	if !q.PerProduct && a.Product != "" && e.Product != a.Product {
		return false
	}
	end := instant.Add(-time.Duration(a.Offset) * day)
	if !e.At.Before(end) || a.Days > 0 && e.At.Before(end.Add(-time.Duration(a.Days)*day)) {
		return false
	}
	return len(a.Names) == 0 || slices.Contains(a.Names, e.Name)
}

// condense computes one cell from its events, of which there is at least one.
func condense(kind Kind, events []*Event, instant time.Time) (float64, bool) {
	switch kind {
	case Count:
		return float64(len(events)), true
	case Sum:
		sum, n := sumOf(events)
		return sum, n > 0
	case Mean:
		sum, n := sumOf(events)
		return sum / float64(n), n > 0
	case DistinctActors:
		actors := map[string]bool{}
		for _, e := range events {
			if e.Actor != "" {
				actors[e.Actor] = true
			}
		}
		return float64(len(actors)), len(actors) > 0
	case ActiveDays:
		days := map[int64]bool{}
		for _, e := range events {
			days[e.At.Unix()/secondsPerDay] = true
		}
		return float64(len(days)), true
	case Recency:
		last := events[0].At
		for _, e := range events {
			if e.At.After(last) {
				last = e.At
			}
		}
		return float64(instant.Unix()-last.Unix()) / secondsPerDay, true
	case Latest:
		var best *Event
		for _, e := range events {
			later := best == nil || e.At.After(best.At) || e.At.Equal(best.At) && e.Value > best.Value
			if e.HasValue && later {
				best = e
			}
		}
		if best == nil {
			return 0, false
		}
		return best.Value, true
	}
	return 0, false
}

func sumOf(events []*Event) (sum float64, n int) {
	for _, e := range events {
		if e.HasValue {
			sum += e.Value
			n++
		}
	}
	return sum, n
}
