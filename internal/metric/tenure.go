package metric

import (
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// tenureOf returns the days since the beginning of the chain of subscriptions
// that leads to those in force at an instant, and false when none is. The chain
// goes back from the earliest start among those in force to the earliest start
// among the subscriptions that began before and ended no more than gap days
// before, and so on. Time within a bridged gap counts.
func tenureOf(a *AccountFacts, product id.Product, all bool, gap int, asOf time.Time) (float64, bool) {
	var states []*customer.Revision
	var x time.Time
	for _, t := range terms(a, product, all, asOf) {
		states = append(states, t.rev)
		if t.rev.InForce(asOf) && (x.IsZero() || t.rev.Start.Before(x)) {
			x = t.rev.Start
		}
	}
	if x.IsZero() {
		return 0, false
	}
	for {
		least, first := x.AddDate(0, 0, -gap), x
		for _, r := range states {
			if r.Start.Before(x) && !r.End.IsZero() && !r.End.Before(least) && r.Start.Before(first) {
				first = r.Start
			}
		}
		if first.Equal(x) {
			return asOf.Sub(x).Hours() / 24, true
		}
		x = first
	}
}
