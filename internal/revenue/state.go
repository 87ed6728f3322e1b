package revenue

import (
	"slices"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/money"
)

// counter finds what accounts pay under a policy.
type counter struct {
	Policy
	rates *Rates
	fixed time.Time // of the rates when they are constant
}

// term is a subscription in force and paid at an instant.
type term struct {
	sub int // index
	rev *customer.Revision
}

// terms appends to out what an account pays for at an instant: in force, no trial
// unless trials count, in a currency that counts, above zero, and not replaced by
// its renewal.
func (c *counter) terms(out []term, subs []customer.Subscription, at time.Time) []term {
	first := len(out)
	renewed := false
	for i := range subs {
		r := c.state(&subs[i], at)
		if r == nil || r.Trial && !c.Trials || r.ARR.Minor <= 0 || !c.counts(r.ARR.Currency) {
			continue
		}
		renewed = renewed || subs[i].RenewalOf != ""
		out = append(out, term{i, r})
	}
	if !renewed || c.Overlap == SumOverlap {
		return out
	}
	found := slices.Clone(out[first:])
	return slices.DeleteFunc(out, func(t term) bool {
		id := subs[t.sub].ID
		return id != "" && slices.ContainsFunc(found, func(x term) bool { return subs[x.sub].RenewalOf == id && x.sub != t.sub })
	})
}

func (c *counter) counts(currency money.Currency) bool {
	if c.Exchange == OneCurrency {
		return currency == c.Currency
	}
	_, ok := c.rates.of[currency]
	return ok
}

// state returns the revision that is in force at an instant, nil for none.
func (p *Policy) state(sub *customer.Subscription, at time.Time) *customer.Revision {
	known := at
	if !p.KnownAt.IsZero() {
		known = p.KnownAt
	}
	if r := sub.Known(at, known); r != nil && r.InForce(at) {
		return r
	}
	return nil
}

// worth adds up terms at the rates of an instant.
func (c *counter) worth(terms []term, at time.Time, s *sum) int64 {
	var total int64
	for i := range terms {
		total = s.add(total, c.convert(terms[i].rev.ARR, at, s))
	}
	return total
}

func (c *counter) convert(a money.Amount, at time.Time, s *sum) int64 {
	if c.Exchange == OneCurrency || a.Currency == c.Currency {
		return a.Minor
	}
	if c.Exchange == Constant {
		at = c.fixed
	}
	q, _ := c.rates.at(a.Currency, at)
	out, ok := q.apply(a.Minor)
	s.overflow = s.overflow || !ok
	return out
}

// paidBefore reports whether an account paid at some time before an instant, as
// known at another.
func (c *counter) paidBefore(subs []customer.Subscription, before, known time.Time) bool {
	first := FirstPaid(subs, known, c.Policy)
	return !first.IsZero() && first.Before(before)
}

// changes lists the instants inside a period at which what an account pays may
// change, ascending.
func (c *counter) changes(subs []customer.Subscription, from, to time.Time) []time.Time {
	var out []time.Time
	add := func(t time.Time) {
		if t.After(from) && t.Before(to) {
			out = append(out, t)
		}
	}
	for i := range subs {
		for _, r := range subs[i].Revisions {
			add(r.ValidFrom)
			add(r.Start)
			add(r.End)
			if c.KnownAt.IsZero() {
				add(r.KnownAt)
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// currency returns the currency that the policy names, or the only one in force
// at one of the instants.
func (p *Policy) currency(accounts [][]customer.Subscription, at []time.Time) (money.Currency, error) {
	if p.Currency != "" {
		return p.Currency, nil
	}
	var met []string
	for _, subs := range accounts {
		for i := range subs {
			if oneCurrency(&subs[i], met) {
				continue
			}
			for _, t := range at {
				r := p.state(&subs[i], t)
				if r != nil && (!r.Trial || p.Trials) && r.ARR.Minor > 0 && !slices.Contains(met, string(r.ARR.Currency)) {
					met = append(met, string(r.ARR.Currency))
				}
			}
		}
	}
	slices.Sort(met)
	switch len(met) {
	case 0:
		return "", nil
	case 1:
		return money.Currency(met[0]), nil
	}
	return "", fault.At("currency", "subscriptions are in %s, which cannot be added: name one of them, or convert them", strings.Join(met, ", "))
}

// oneCurrency reports whether all revisions are in a currency that was met.
func oneCurrency(sub *customer.Subscription, met []string) bool {
	for i := range sub.Revisions {
		if !slices.Contains(met, string(sub.Revisions[i].ARR.Currency)) {
			return false
		}
	}
	return true
}

// sum adds minor units and notes when they do not fit.
type sum struct{ overflow bool }

func (s *sum) add(a, b int64) int64 {
	out := a + b // wraps around, which the signs tell
	s.overflow = s.overflow || (a >= 0) == (b >= 0) && (out >= 0) != (a >= 0)
	return out
}
