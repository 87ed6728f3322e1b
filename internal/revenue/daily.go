package revenue

import (
	"cmp"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

// Step is what an account pays from an instant on, until the next step.
type Step struct {
	At    time.Time `json:"at"`
	Minor int64     `json:"minor"`
}

// Steps returns the ARR of one account from an instant to before another: a step
// at from, and one wherever it changes. Rates of a Reported policy move it at
// their own dates.
func Steps(subs []customer.Subscription, from, to time.Time, p Policy, rates *Rates) ([]Step, error) {
	if !to.After(from) {
		return nil, fault.At("to", "%s does not come after from, %s", to.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	if err := p.check(rates); err != nil {
		return nil, err
	}
	c := counter{Policy: p, rates: rates, fixed: from}
	at := c.changes(subs, from, to)
	var err error
	if c.Currency, err = p.currency([][]customer.Subscription{subs}, append([]time.Time{from}, at...)); err != nil {
		return nil, err
	}
	if p.Exchange == Reported {
		for _, list := range rates.of {
			for _, q := range list {
				if q.from.After(from) && q.from.Before(to) {
					at = append(at, q.from)
				}
			}
		}
		slices.SortFunc(at, time.Time.Compare)
	}
	var s sum
	var out []Step
	for _, t := range append([]time.Time{from}, at...) {
		minor := c.worth(c.terms(nil, subs, t), t, &s)
		if len(out) == 0 || out[len(out)-1].Minor != minor {
			out = append(out, Step{t, minor})
		}
	}
	if s.overflow {
		return nil, fault.New(fault.Invalid, "the sum of the revenue is larger than Kept can hold")
	}
	return out, nil
}

// Entry is one change of a subscription, for the journal.
type Entry struct {
	Account      int             `json:"-"` // index
	Subscription id.Subscription `json:"subscription_id"`
	KnownAt      time.Time       `json:"known_at"`   // when it was learnt
	ValidFrom    time.Time       `json:"valid_from"` // from when it holds
	// Correction is set where it changes what was said of the same time before.
	Correction bool               `json:"correction"`
	Before     *customer.Revision `json:"before"` // nil for the first
	After      customer.Revision  `json:"after"`
}

// Journal lists every change of the subscriptions that became known in [from, to),
// oldest first.
func Journal(accounts [][]customer.Subscription, from, to time.Time) []Entry {
	var out []Entry
	for a, subs := range accounts {
		for i := range subs {
			for _, r := range subs[i].Revisions {
				if r.KnownAt.Before(from) || !r.KnownAt.Before(to) {
					continue
				}
				e := Entry{Account: a, Subscription: subs[i].ID, KnownAt: r.KnownAt, ValidFrom: r.ValidFrom, After: r}
				// What was known before it; of what came with it, what holds before it.
				earlier := customer.Subscription{Revisions: slices.DeleteFunc(slices.Clone(subs[i].Revisions), func(x customer.Revision) bool {
					return cmp.Or(x.KnownAt.Compare(r.KnownAt), x.ValidFrom.Compare(r.ValidFrom)) >= 0
				})}
				if before := earlier.Known(r.ValidFrom, r.KnownAt); before != nil {
					e.Before, e.Correction = before, before.ValidFrom.Equal(r.ValidFrom)
				}
				out = append(out, e)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Entry) int {
		return cmp.Or(a.KnownAt.Compare(b.KnownAt), cmp.Compare(a.Subscription, b.Subscription), a.ValidFrom.Compare(b.ValidFrom))
	})
	return out
}
