package churn

import (
	"math"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func in(days int) time.Time { return t0.AddDate(0, 0, days) }

// term is a subscription known from its start on; end 0 runs on.
func term(product string, start, end int, auto bool) customer.Subscription {
	r := customer.Revision{ValidFrom: in(start), KnownAt: in(start), ARR: money.Amount{Minor: 1000, Currency: "USD"}, Start: in(start), AutoRenew: auto}
	if end != 0 {
		r.End = in(end)
	}
	return customer.Subscription{ProductID: id.Product("prd_" + product), Current: r, Revisions: []customer.Revision{r}}
}

func TestContract(t *testing.T) {
	signed := term("a", 30, 395, true) // signed 10 days ago, begins when the running one ends
	signed.Revisions[0].KnownAt, signed.Revisions[0].ValidFrom = in(-10), in(-10)
	late := term("a", 30, 395, true) // becomes known tomorrow
	late.Revisions[0].KnownAt, late.Revisions[0].ValidFrom = in(1), in(-10)
	trial := term("a", -5, 9, true)
	trial.Revisions[0].Trial = true
	for name, c := range map[string]struct {
		subs        []customer.Subscription
		paying      bool
		next, bound int // days; 0 for none
		term        float64
		notice      bool
		arr         int64
	}{
		"nothing":               {subs: nil},
		"one":                   {[]customer.Subscription{term("a", -335, 30, true)}, true, 30, 30, 365, false, 1000},
		"notice":                {[]customer.Subscription{term("a", -335, 30, false)}, true, 30, 30, 365, true, 1000},
		"two, one day":          {[]customer.Subscription{term("a", -335, 30, false), term("b", -100, 30, true)}, true, 30, 30, 365, false, 2000},
		"two, another runs on":  {[]customer.Subscription{term("a", -335, 30, false), term("b", -100, 265, true)}, true, 30, 265, 365, false, 1000},
		"open":                  {[]customer.Subscription{term("a", -335, 30, true), term("b", -100, 0, true)}, true, 30, 0, 0, false, 1000},
		"renewal signed":        {[]customer.Subscription{term("a", -335, 30, true), signed}, true, 30, 395, 365, false, 1000},
		"renewal not known yet": {[]customer.Subscription{term("a", -335, 30, true), late}, true, 30, 30, 365, false, 1000},
		"trial":                 {[]customer.Subscription{trial}, false, 0, 0, 0, false, 0},
		"ended":                 {[]customer.Subscription{term("a", -335, -1, true)}, false, 0, 0, 0, false, 0},
	} {
		got := ContractAt(c.subs, t0)
		day := func(at time.Time) int {
			if at.IsZero() {
				return 0
			}
			return int(at.Sub(t0).Hours() / 24)
		}
		if got.Paying != c.paying || day(got.NextEnd) != c.next || day(got.Bound) != c.bound || days(got.Term) != c.term || got.Notice != c.notice || got.NextARR.Minor != c.arr || got.Unrecorded != (c.subs == nil) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestDue(t *testing.T) {
	f := Facts{BoundIn: 45, TermDays: 30}
	for k, want := range []struct {
		due, first bool
		wait       float64
	}{{false, false, 1}, {true, true, 0}, {true, false, 0}, {true, false, 0}} {
		due, first, wait := f.due(k+1, 30)
		if due != want.due || due && first != want.first || wait != want.wait {
			t.Errorf("month %d: %v %v %v, want %v", k+1, due, first, wait, want)
		}
	}
	if due, first, _ := (&Facts{BoundIn: 30, TermDays: 365}).due(1, 30); !due || !first {
		t.Error("an end on the last day of a month falls into it")
	}
	if due, _, wait := (&Facts{BoundIn: 30.5, TermDays: 365}).due(1, 30); due || wait != 1 {
		t.Error("an end after the last day of a month does not fall into it")
	}
	if due, _, wait := (&Facts{BoundIn: math.NaN(), TermDays: math.NaN()}).due(2, 30); due || !math.IsNaN(wait) {
		t.Error("nothing binds, so nothing is due")
	}
	// A year later, the next term ends.
	if due, first, _ := (&Facts{BoundIn: 10, TermDays: 365}).due(13, 30); !due || first {
		t.Error("the term after the signed one ends in month 13")
	}
}

func TestCause(t *testing.T) {
	for reason, want := range map[string]Cause{
		"": Left, "low adoption": Left, "emergency budget cut": Left, "price": Left, "moved to another vendor": Left,
		"Acquired; systems consolidated by the new owner": Ceased, "company wound up": Ceased, "Insolvency": Ceased, "merged; the other side's tool stays": Ceased,
		"bankruptcy": Ceased, "customer went out of business": Ceased,
	} {
		if got := CauseOf(reason); got != want {
			t.Errorf("%q: %v, want %v", reason, got, want)
		}
	}
}
