package metric

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
)

// TestTermsEqualHoldings compares prepared subscriptions with the plain reading of
// them, over random revisions, known early and late, corrected, ended and open.
func TestTermsEqualHoldings(t *testing.T) {
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		moment := func(name string) time.Time {
			switch n := rapid.IntRange(-2, 40).Draw(t, name); n {
			case -2:
				return time.Time{}
			case -1:
				return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
			default:
				return start.Add(time.Duration(n) * 12 * time.Hour)
			}
		}
		a := AccountFacts{}
		for range rapid.IntRange(0, 4).Draw(t, "subscriptions") {
			s := customer.Subscription{ProductID: rapid.SampledFrom([]id.Product{"", "one", "two"}).Draw(t, "product")}
			for range rapid.IntRange(0, 4).Draw(t, "revisions") {
				s.Revisions = append(s.Revisions, customer.Revision{
					ValidFrom: moment("from"), KnownAt: moment("known"), Start: moment("start"), End: moment("end"),
					Seats: rapid.Int64Range(0, 9).Draw(t, "seats"), Trial: rapid.Bool().Draw(t, "trial"),
					ARR: money.Amount{Minor: rapid.Int64Range(0, 9999).Draw(t, "arr"), Currency: rapid.SampledFrom([]money.Currency{"EUR", "JPY"}).Draw(t, "currency")},
				})
			}
			a.Subscriptions = append(a.Subscriptions, s)
		}
		var instants []time.Time
		for at := start.Add(-time.Hour); len(instants) < 12; {
			at = at.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "step")) * time.Hour)
			instants = append(instants, at)
		}
		terms := PrepareTerms(a.Subscriptions)
		for _, product := range []id.Product{"", "one"} {
			for _, all := range []bool{true, false} {
				for i, got := range terms.over(product, all, instants, nil) {
					want := holdingOf(&a, product, all, instants[i])
					got.first, got.end = 0, 0
					if got != want {
						t.Fatalf("at %s of %q (all %t): prepared %+v, plain %+v", instants[i], product, all, got, want)
					}
				}
			}
		}
	})
}
