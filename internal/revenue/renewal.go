package revenue

import (
	"cmp"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/money"
)

// Outcome is what became of a term that ends.
type Outcome string

// The outcomes of a renewal.
const (
	Open    Outcome = "open"    // it has not ended, and nothing follows it yet
	Renewed Outcome = "renewed" // another term follows
	Lost    Outcome = "lost"    // it has ended, and nothing followed
)

// Due is a term that ends: the money that is up for renewal, and what became of it.
// Amounts are annual, in minor units of the reporting currency.
type Due struct {
	Account      int             `json:"-"` // index
	Subscription id.Subscription `json:"subscription_id"`
	Product      id.Product      `json:"product_id,omitempty"`
	At           time.Time       `json:"at"` // the first instant that is no longer paid for
	AutoRenew    bool            `json:"auto_renew"`
	DueMinor     int64           `json:"due_minor"` // available to renew: ARR at the end of the term
	Outcome      Outcome         `json:"outcome"`
	// RenewedMinor is what the next term pays at its start.
	RenewedMinor int64           `json:"renewed_minor"`
	Next         id.Subscription `json:"next_id,omitempty"`
	// ClosedAt is when the outcome became known; zero while it is open.
	ClosedAt time.Time `json:"closed_at,omitzero"`
	// GapDays is how long nothing was paid before the next term began.
	GapDays int    `json:"gap_days"`
	Reason  string `json:"reason,omitempty"` // of the source
}

// DueBetween lists the terms that end in [from, to), by date, with what was known
// of them at an instant; a policy with KnownAt knows that instead. Terms that end
// because the next one replaces them early stand at their own end.
func DueBetween(accounts [][]customer.Subscription, from, to, known time.Time, p Policy, rates *Rates) ([]Due, error) {
	if !to.After(from) {
		return nil, fault.At("to", "%s does not come after from, %s", to.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	if err := p.check(rates); err != nil {
		return nil, err
	}
	if p.KnownAt.IsZero() {
		p.KnownAt = known
	}
	var err error
	if p.Currency, err = p.currency(accounts, []time.Time{from, to.Add(-1)}); err != nil {
		return nil, err
	}
	d := dueFinder{counter: counter{Policy: p, rates: rates, fixed: from}, from: from, to: to, now: known}
	for a, subs := range accounts {
		for i := range subs {
			d.terms(a, subs, i)
		}
	}
	if d.sum.overflow {
		return nil, fault.New(fault.Invalid, "an amount is larger than Kept can hold")
	}
	slices.SortStableFunc(d.out, func(a, b Due) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(b.DueMinor, a.DueMinor), cmp.Compare(a.Subscription, b.Subscription))
	})
	return d.out, nil
}

type dueFinder struct {
	counter
	from, to, now time.Time
	sum           sum
	out           []Due
}

// terms finds the terms of one subscription that end in the period.
func (d *dueFinder) terms(a int, subs []customer.Subscription, i int) {
	s := &subs[i]
	rows := d.known(s)
	for n := range rows {
		r := &rows[n]
		last := n+1 == len(rows)
		if r.End.IsZero() || r.End.Before(d.from) || !r.End.Before(d.to) || !d.pays(r) {
			continue
		}
		if !last && rows[n+1].Start.Before(r.End) {
			continue // changed inside the term: the next revision says when it ends
		}
		due := Due{Account: a, Subscription: s.ID, Product: s.ProductID, At: r.End, AutoRenew: r.AutoRenew, Reason: r.EndReason, DueMinor: d.convert(r.ARR, r.End, &d.sum), Outcome: Open}
		if last {
			d.follow(&due, subs)
		} else {
			d.renewed(&due, s.ID, &rows[n+1])
		}
		if due.Outcome == Open && !d.now.Before(r.End) {
			due.Outcome, due.ClosedAt = Lost, r.End
		}
		d.out = append(d.out, due)
	}
}

// known returns the revisions that were known, one for each ValidFrom, in order.
func (d *dueFinder) known(s *customer.Subscription) []customer.Revision {
	var out []customer.Revision
	for _, r := range s.Revisions {
		if !r.KnownAt.After(d.KnownAt) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b customer.Revision) int {
		return cmp.Or(a.ValidFrom.Compare(b.ValidFrom), b.KnownAt.Compare(a.KnownAt))
	})
	return slices.CompactFunc(out, func(a, b customer.Revision) bool { return a.ValidFrom.Equal(b.ValidFrom) })
}

func (d *dueFinder) pays(r *customer.Revision) bool {
	return r.ARR.Minor > 0 && (!r.Trial || d.Trials) && d.counts(r.ARR.Currency)
}

// follow looks for the subscriptions that renew the one that ends; the first to
// begin is the next term, and all of them together what it was renewed for.
func (d *dueFinder) follow(due *Due, subs []customer.Subscription) {
	for i := range subs {
		if subs[i].RenewalOf != due.Subscription || subs[i].ID == due.Subscription || due.Subscription == "" {
			continue
		}
		if rows := d.known(&subs[i]); len(rows) > 0 && d.pays(&rows[0]) {
			d.renewed(due, subs[i].ID, &rows[0])
		}
	}
}

func (d *dueFinder) renewed(due *Due, next id.Subscription, r *customer.Revision) {
	if !d.pays(r) {
		return
	}
	due.RenewedMinor = d.sum.add(due.RenewedMinor, d.convert(r.ARR, due.At, &d.sum))
	closed := r.KnownAt
	if due.Outcome == Renewed && !closed.Before(due.ClosedAt) {
		return
	}
	due.Outcome, due.Next, due.ClosedAt = Renewed, next, closed
	due.GapDays = max(0, int(r.Start.Sub(due.At)/(24*time.Hour)))
}

// Basis says which renewals a rate counts.
type Basis string

// The bases of a renewal rate.
const (
	ByDue    Basis = ""         // of what was due in the period, what was renewed at any time
	ByClose  Basis = "close"    // what was renewed in the period, over what was due in it
	InPeriod Basis = "inperiod" // of what was due in the period, what was renewed in it
)

// RenewalRates are the rates of terms that were due, another family than the
// retention of all accounts: never mix them. Nil where nothing was due.
type RenewalRates struct {
	DueMinor       int64    `json:"due_minor"`
	RenewedMinor   int64    `json:"renewed_minor"`   // no more than was due, per term
	ExpansionMinor int64    `json:"expansion_minor"` // above what was due
	OpenMinor      int64    `json:"open_minor"`
	Due            int      `json:"due"`
	Renewed        int      `json:"renewed"`
	Lost           int      `json:"lost"`
	Open           int      `json:"open"`
	Gross          *float64 `json:"gross"`
	Net            *float64 `json:"net"`
	Logo           *float64 `json:"logo"`
}

// RatesOf sums up terms; from and to bound the period, and the list may hold terms
// that are due before and after it (ByClose needs them).
func RatesOf(terms []Due, from, to time.Time, basis Basis) RenewalRates {
	var r RenewalRates
	inside := func(t time.Time) bool { return !t.Before(from) && t.Before(to) }
	for i := range terms {
		d := &terms[i]
		due := inside(d.At)
		if due {
			r.Due++
			r.DueMinor += d.DueMinor
			switch d.Outcome {
			case Open:
				r.Open++
				r.OpenMinor += d.DueMinor
			case Lost:
				r.Lost++
			case Renewed:
			}
		}
		counts := due
		switch basis {
		case ByClose:
			counts = inside(d.ClosedAt)
		case InPeriod:
			counts = due && inside(d.ClosedAt)
		case ByDue:
		}
		if counts && d.Outcome == Renewed {
			r.Renewed++
			r.RenewedMinor += min(d.RenewedMinor, d.DueMinor)
			r.ExpansionMinor += max(0, d.RenewedMinor-d.DueMinor)
		}
	}
	r.Gross, r.Net = Renewal(float64(r.DueMinor), float64(r.RenewedMinor), float64(r.ExpansionMinor), 0)
	if r.Due > 0 {
		r.Logo = quotient(float64(r.Renewed), float64(r.Due))
	}
	return r
}

// Renewal returns the gross and net renewal rate of amounts: renewed / due, and
// (renewed + expansion − contraction) / due. Nil where nothing was due.
func Renewal(due, renewed, expansion, contraction float64) (gross, net *float64) {
	if due <= 0 {
		return nil, nil
	}
	return quotient(renewed, due), quotient(renewed+expansion-contraction, due)
}

// ReportingCurrency returns the currency that figures of a policy are in, for
// accounts and instants; the errors are those of Bridge.
func ReportingCurrency(accounts [][]customer.Subscription, at []time.Time, p Policy) (money.Currency, error) {
	return p.currency(accounts, at)
}
