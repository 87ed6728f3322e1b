package metric

import (
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// holding is what the subscriptions of an account, or of one of its products,
// amount to at an instant: every subscription metric is one of its fields.
type holding struct {
	inForce      int
	seats        float64
	arr          float64 // in major units
	mixed        bool    // the currencies differ, so that arr says nothing
	tenure       float64 // days since the earliest start
	renewal      float64 // days to the nearest end
	hasEnd       bool
	minor, count int64
	first, end   int64 // behind tenure and renewal; see Terms
}

// holdingOf sums up the subscriptions of a product (all if all is set).
func holdingOf(a *AccountFacts, product id.Product, all bool, asOf time.Time) holding {
	var h holding
	var first, end, priced *customer.Revision
	for i := range a.Subscriptions {
		s := &a.Subscriptions[i]
		if !all && s.ProductID != product {
			continue
		}
		r := stateAt(s, asOf)
		if r == nil {
			continue
		}
		if !r.Start.After(asOf) && (first == nil || r.Start.Before(first.Start)) {
			first = r
		}
		if r.Start.After(asOf) || !r.End.IsZero() && !asOf.Before(r.End) {
			continue // not in force; see customer.Revision.InForce
		}
		h.inForce++
		h.count += r.Seats
		if !r.Trial {
			h.mixed = h.mixed || priced != nil && priced.ARR.Currency != r.ARR.Currency
			h.minor += r.ARR.Minor
			priced = r
		}
		if !r.End.IsZero() && (end == nil || r.End.Before(end.End)) {
			end = r
		}
	}
	if h.inForce == 0 {
		return h
	}
	h.seats = float64(h.count)
	h.tenure = asOf.Sub(first.Start).Hours() / 24
	if priced != nil {
		total := priced.ARR
		total.Minor = h.minor
		h.arr = total.Major()
	}
	if end != nil {
		h.renewal, h.hasEnd = end.End.Sub(asOf).Hours()/24, true
	}
	return h
}

// read returns a field. It is missing when no subscription is in force, when
// none in force has an end (days_to_renewal), and when the currencies differ (arr).
func (h *holding) read(field Field) (float64, bool) {
	if h.inForce == 0 {
		return 0, false
	}
	switch field {
	case ARR:
		return h.arr, !h.mixed
	case Seats:
		return h.seats, true
	case Subscriptions:
		return float64(h.inForce), true
	case Tenure:
		return h.tenure, true
	case DaysToRenewal:
		return h.renewal, h.hasEnd
	}
	return 0, false
}

// holdings are those of one account and product by instant: metrics of several
// fields share them.
type holdings struct {
	account int
	product id.Product
	all     bool
	at      []holding
	terms   *Terms // of the account, when the data did not bring them
}

// holdingsOf returns the holdings of an account at all instants.
func (w *worker) holdingsOf(a int, product id.Product, all bool) []holding {
	h := &w.held
	if len(h.at) > 0 && h.account == a && h.product == product && h.all == all {
		return h.at
	}
	terms := w.data.Accounts[a].Terms
	if terms == nil {
		if h.terms == nil || h.account != a {
			h.terms = PrepareTerms(w.data.Accounts[a].Subscriptions)
		}
		terms = h.terms
	}
	h.account, h.product, h.all = a, product, all
	h.at = terms.over(product, all, w.instants, h.at)
	return h.at
}
