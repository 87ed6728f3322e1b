package revenue

import (
	"math/rand/v2"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// BenchmarkBridge follows 100,000 accounts over 36 months in ten segments:
// bridges and retention of every month and segment.
func BenchmarkBridge(b *testing.B) {
	accounts := company(100_000)
	var at []time.Time
	for m := range 37 {
		at = append(at, time.Date(2023, time.Month(1+m), 1, 0, 0, 0, 0, time.UTC))
	}
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
	g := Grouping{names, func(a, _ int) int { return a % len(names) }}
	rates, err := NewRates("USD", []Rate{{"EUR", at[0], "1.09"}, {"EUR", at[12], "1.11"}, {"EUR", at[24], "1.04"}})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		policy Policy
	}{
		{"default", Policy{Currency: "USD"}},
		{"all_switches", Policy{Currency: "USD", Exchange: Reported, Escalators: Apart, Returned: Path}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Bridge(accounts, at, g, c.policy, rates); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// company draws subscriptions: yearly terms that are renewed, change inside the
// term, and end.
func company(n int) [][]customer.Subscription {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([][]customer.Subscription, n)
	for a := range out {
		var previous id.Subscription
		start := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(1500))
		minor := 10_000 + r.Int64N(1_000_000)
		for term := range 1 + r.IntN(4) {
			s := customer.Subscription{ID: id.Subscription(rune(term + 'a')), RenewalOf: previous}
			v := customer.Revision{ValidFrom: start, KnownAt: start, Start: start, End: start.AddDate(1, 0, 0), Seats: 1 + r.Int64N(50)}
			v.ARR.Minor, v.ARR.Currency = minor, "USD"
			if a%10 == 0 {
				v.ARR.Currency = "EUR"
			}
			s.Revisions = append(s.Revisions, v)
			if r.IntN(2) == 0 {
				v.ValidFrom = start.AddDate(0, r.IntN(11), 3)
				v.KnownAt = v.ValidFrom
				v.ARR.Minor = minor + r.Int64N(minor) - minor/3
				minor = v.ARR.Minor
				s.Revisions = append(s.Revisions, v)
			}
			out[a] = append(out[a], s)
			previous, start = s.ID, start.AddDate(1, 0, 0)
		}
	}
	return out
}
