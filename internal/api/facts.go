package api

import (
	"time"

	"kept/internal/customer"
)

// holding returns the facts of one account (in SortFacts order) about the
// account itself that hold at an instant, as known then.
func holding(facts []customer.Fact, asOf time.Time) []customer.Fact {
	var out []customer.Fact
	for from := 0; from < len(facts); {
		to := from + 1
		for to < len(facts) && facts[to].Key == facts[from].Key && facts[to].ProductID == facts[from].ProductID {
			to++
		}
		if facts[from].ProductID == "" {
			if f, ok := customer.Holds(facts[from:to], asOf); ok {
				out = append(out, f)
			}
		}
		from = to
	}
	return out
}
