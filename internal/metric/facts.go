package metric

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// AccountFacts is what the record knows of an account, as far as metrics read it.
type AccountFacts struct {
	ID id.Account
	// Parent is the account it belongs to; empty for none.
	Parent id.Account
	// Since is when the account began to exist: before it there are no values.
	// Zero means always.
	Since time.Time
	// ChurnedAt is not read by any metric: what an account did after it left is
	// still counted.
	ChurnedAt time.Time
	// Subscriptions come with their revisions.
	Subscriptions []customer.Subscription
	// Terms are PrepareTerms of Subscriptions; nil leaves that to the evaluation.
	Terms *Terms
	// Facts are in SortFacts order.
	Facts []customer.Fact
	// Relationships are the account's lives with products. Where it is silent, a
	// relationship exists with every product of a subscription or an event, from
	// Since on.
	Relationships []customer.Relationship
}

// subject is what an evaluation knows of an account's relationships.
type subject struct {
	products []string // keys, ascending
	since    []int64  // from when on each exists, in seconds
}

// subjectOf lists the relationships of an account: those of the record, and
// those that subscriptions and events speak of.
func subjectOf(a *AccountFacts, keys map[id.Product]string, events []string) subject {
	since := map[string]int64{}
	begin := unix(a.Since)
	for _, key := range events {
		since[key] = begin
	}
	for i := range a.Subscriptions {
		if key := keys[a.Subscriptions[i].ProductID]; key != "" {
			since[key] = begin
		}
	}
	for _, r := range a.Relationships {
		if key := keys[r.ProductID]; key != "" {
			since[key] = max(unix(r.Since), begin)
		}
	}
	s := subject{products: slices.Sorted(maps.Keys(since))}
	for _, key := range s.products {
		s.since = append(s.since, since[key])
	}
	return s
}

// unix returns whole seconds, rounded up, so that a comparison with an instant
// is exact; the zero time is before everything.
func unix(t time.Time) int64 {
	switch {
	case t.IsZero():
		return noBeginning
	case t.Nanosecond() > 0:
		return t.Unix() + 1
	}
	return t.Unix()
}

// stateAt returns the revision of a subscription as of an instant, as
// customer.Subscription.At does, without copying it.
func stateAt(s *customer.Subscription, asOf time.Time) *customer.Revision {
	var best *customer.Revision
	for i := range s.Revisions {
		r := &s.Revisions[i]
		if r.ValidFrom.After(asOf) || r.KnownAt.After(asOf) {
			continue
		}
		if best == nil || cmp.Or(r.ValidFrom.Compare(best.ValidFrom), r.KnownAt.Compare(best.KnownAt)) >= 0 {
			best = r
		}
	}
	return best
}

// term is a subscription and its state as of an instant.
type term struct {
	sub *customer.Subscription
	rev *customer.Revision
}

// terms lists the subscriptions of a product (all if product is empty) that
// have a state as of an instant.
func terms(a *AccountFacts, product id.Product, all bool, asOf time.Time) (out []term) {
	for i := range a.Subscriptions {
		s := &a.Subscriptions[i]
		if !all && s.ProductID != product {
			continue
		}
		if r := stateAt(s, asOf); r != nil {
			out = append(out, term{s, r})
		}
	}
	return out
}

// factsOf returns the facts of one product (empty for the account itself) and
// key, of facts in SortFacts order.
func factsOf(facts []customer.Fact, product id.Product, key string) []customer.Fact {
	order := func(f *customer.Fact) int {
		return cmp.Or(cmp.Compare(f.ProductID, product), cmp.Compare(f.Key, key))
	}
	from := sort.Search(len(facts), func(i int) bool { return order(&facts[i]) >= 0 })
	to := from + sort.Search(len(facts)-from, func(i int) bool { return order(&facts[from+i]) > 0 })
	return facts[from:to]
}

// factKey is the key under which the record keeps what the metric reads.
func factKey(m *compiled) string {
	if m.Kind == Manual {
		return customer.ManualPrefix + m.Key
	}
	return m.Key
}

// fact reads a number of the fact that holds at the instant, and its age in days.
func fact(facts []customer.Fact, asOf time.Time) (value, age float64, ok bool) {
	f, holds := customer.Holds(facts, asOf)
	if !holds {
		return 0, 0, false
	}
	v, isNumber := f.Value.Float()
	if !isNumber || v-v != 0 { // NaN and infinities are no numbers
		return 0, 0, false
	}
	return v, asOf.Sub(f.ValidFrom).Hours() / 24, true
}
