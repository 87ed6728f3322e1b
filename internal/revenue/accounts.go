package revenue

import (
	"cmp"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
)

// Moved is what one account contributed to a bridge.
type Moved struct {
	Account int // index
	Group   int // at the end of the period
	Line    Line
}

// Accounts lists the bridge of each account that paid at one of two instants,
// those with the largest movement first. The lines add up to those of Bridge, whose
// errors it has.
func Accounts(accounts [][]customer.Subscription, from, to time.Time, g Grouping, p Policy, rates *Rates) ([]Moved, error) {
	t, err := Bridge(nil, []time.Time{from, to}, g, p, rates)
	if err != nil {
		return nil, err
	}
	p = t.Policy
	if p.Currency, err = p.currency(accounts, t.Instants); err != nil {
		return nil, err
	}
	w := &walker{counter: counter{Policy: p, rates: rates, fixed: from}, instants: t.Instants, group: Grouping{Names: []string{""}, Of: func(int, int) int { return 0 }}, cells: make([]cell, 1)}
	var out []Moved
	for a, subs := range accounts {
		w.cells[0] = cell{}
		w.account(a, subs)
		if l := w.cells[0].line; l != (Line{}) {
			out = append(out, Moved{Account: a, Group: g.Of(a, 1), Line: l})
		}
	}
	if w.sum.overflow {
		return nil, fault.New(fault.Invalid, "the sum of the revenue is larger than Kept can hold")
	}
	slices.SortStableFunc(out, func(a, b Moved) int {
		return cmp.Or(cmp.Compare(b.Line.size(), a.Line.size()), cmp.Compare(b.Line.OpeningMinor, a.Line.OpeningMinor))
	})
	return out, nil
}

// size is how much money moved, whichever way.
func (l *Line) size() int64 {
	return l.NewMinor + l.ReactivationMinor + l.ExpansionMinor + l.EscalationMinor + l.ContractionMinor + l.ChurnMinor + max(l.CurrencyMinor, -l.CurrencyMinor)
}

// Has reports whether a line has a movement of a kind.
func (l *Line) Has(kind string) bool {
	switch kind {
	case "opening":
		return l.OpeningMinor != 0
	case "new":
		return l.NewMinor != 0
	case "reactivation":
		return l.ReactivationMinor != 0
	case "expansion":
		return l.ExpansionMinor != 0
	case "escalation":
		return l.EscalationMinor != 0
	case "contraction":
		return l.ContractionMinor != 0
	case "churn":
		return l.ChurnMinor != 0
	case "currency":
		return l.CurrencyMinor != 0
	case "closing":
		return l.ClosingMinor != 0
	}
	return false
}

// FirstPaid returns when an account first paid, as known at an instant; zero for
// one that never did.
func FirstPaid(subs []customer.Subscription, known time.Time, p Policy) time.Time {
	if !p.KnownAt.IsZero() {
		known = p.KnownAt
	}
	var first time.Time
	for i := range subs {
		for _, r := range subs[i].Revisions {
			began := r.Start
			if r.ValidFrom.After(began) {
				began = r.ValidFrom
			}
			if r.ARR.Minor > 0 && (!r.Trial || p.Trials) && !r.KnownAt.After(known) && r.InForce(began) && (first.IsZero() || began.Before(first)) {
				first = began
			}
		}
	}
	return first
}
