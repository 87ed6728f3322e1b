package revenue

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/money"
)

func day(n int) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

// sub is a subscription over days [from, to), to 0 for no end.
func sub(from, to int, minor int64) customer.Subscription {
	r := customer.Revision{ValidFrom: day(from), KnownAt: day(from), Start: day(from), ARR: money.Amount{Minor: minor, Currency: "USD"}}
	if to != 0 {
		r.End = day(to)
	}
	return customer.Subscription{Revisions: []customer.Revision{r}}
}

func list(subs ...customer.Subscription) []customer.Subscription { return subs }

func TestRetention(t *testing.T) {
	trial := sub(0, 0, 45)
	trial.Revisions[0].Trial = true
	accounts := [][]customer.Subscription{
		list(sub(0, 0, 100)),                  // stays
		list(sub(0, 10, 100), sub(5, 0, 250)), // 350 → 250
		list(sub(0, 0, 100), sub(12, 0, 40)),  // 100 → 140
		list(sub(0, 20, 100)),                 // ends on the last day: gone
		list(sub(0, 12, 100), sub(15, 0, 60)), // left and is back, smaller
		list(sub(10, 0, 70)),                  // begins on the first day: in the opening
		list(sub(11, 0, 80)),                  // new
		list(trial),                           // pays nothing
		list(sub(0, 10, 500)),                 // ended on the first day
		list(),                                // never paid
		list(sub(0, 11, 30), sub(9, 21, 20), sub(20, 0, 1)), // 50 → 21
		list(sub(0, 0, 10), sub(0, 0, 10), sub(0, 20, 10)),  // three at once: 30 → 20
		list(sub(19, 20, 1000), sub(10, 11, 5)),             // there only at the first end
	}
	m, err := Retention(accounts, day(10), day(20), Policy{})
	if err != nil {
		t.Fatal(err)
	}
	if m.AccountsOpening != 9 || m.AccountsChurned != 2 || m.AccountsNew != 1 {
		t.Errorf("accounts %d, churned %d, new %d", m.AccountsOpening, m.AccountsChurned, m.AccountsNew)
	}
	// Opening: 100 + 250 + 100 + 100 + 100 + 70 + 50 + 30 + 5.
	if m.OpeningMinor != 805 || m.RetainedMinor != 100+250+140+60+70+21+20 || m.LostMinor != 105 || m.NewMinor != 80 {
		t.Errorf("opening %d, retained %d, lost %d, new %d", m.OpeningMinor, m.RetainedMinor, m.LostMinor, m.NewMinor)
	}
	if m.ContractionMinor != 40+29+10 || m.ExpansionMinor != 40 {
		t.Errorf("contraction %d, expansion %d", m.ContractionMinor, m.ExpansionMinor)
	}
	if *m.NRR != 661.0/805 || *m.GRR != 621.0/805 || *m.LogoRetention != 7.0/9 || m.Policy.Currency != "USD" {
		t.Errorf("NRR %v, GRR %v, logos %v", *m.NRR, *m.GRR, *m.LogoRetention)
	}
	if m, err = Retention(accounts, day(10), day(20), Policy{Trials: true}); err != nil || m.AccountsOpening != 10 || m.OpeningMinor != 850 {
		t.Errorf("with trials: %d accounts, %d, %v", m.AccountsOpening, m.OpeningMinor, err)
	}
}

// TestScaled checks the formula with the reference's figures.
func TestScaled(t *testing.T) {
	var accounts [][]customer.Subscription
	for i := range 439 {
		end := 0
		if i < 50 {
			end = 30
		}
		accounts = append(accounts, list(sub(0, end, 1000)))
	}
	m, err := Retention(accounts, day(1), day(93), Policy{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want float64 }{{*m.AnnualLogoChurn, 0.381053990406949}, {*m.MonthlyLogoChurn, 0.0391895218974222}} {
		if math.Abs(c.got-c.want) > 1e-14 {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}

func TestNothing(t *testing.T) {
	m, err := Retention([][]customer.Subscription{list(sub(50, 0, 1))}, day(0), day(1), Policy{})
	if err != nil || m.NRR != nil || m.GRR != nil || m.LogoRetention != nil || m.AnnualLogoChurn != nil {
		t.Errorf("%+v, %v", m, err)
	}
	free, err := Retention([][]customer.Subscription{list(sub(0, 0, 0))}, day(0), day(1), Policy{})
	if err != nil || free.AccountsOpening != 0 || free.LogoRetention != nil {
		t.Errorf("free of charge: %+v, %v", free, err)
	}
}

func TestErrors(t *testing.T) {
	euro := sub(0, 0, 5)
	euro.Revisions[0].ARR.Currency = "EUR"
	huge := sub(0, 0, math.MaxInt64)
	for _, c := range []struct {
		accounts [][]customer.Subscription
		to       int
		policy   Policy
		want     string
	}{
		{nil, 0, Policy{}, "does not come after"},
		{[][]customer.Subscription{list(sub(0, 0, 5)), list(euro)}, 9, Policy{}, "EUR, USD"},
		{[][]customer.Subscription{list(huge), list(huge)}, 9, Policy{}, "larger than"},
	} {
		_, err := Retention(c.accounts, day(0), day(c.to), c.policy)
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("error %v, want …%s…", err, c.want)
		}
	}
	m, err := Retention([][]customer.Subscription{list(sub(0, 0, 5), euro), list(euro)}, day(0), day(9), Policy{Currency: "EUR"})
	if err != nil || m.OpeningMinor != 10 || m.AccountsOpening != 2 {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestKnown tells what was known then from what was learnt since.
func TestKnown(t *testing.T) {
	s := sub(0, 0, 100)
	late := s.Revisions[0]
	late.ValidFrom, late.KnownAt, late.ARR.Minor = day(2), day(30), 60
	s.Revisions = append(s.Revisions, late)
	accounts := [][]customer.Subscription{list(s)}
	then, err := Retention(accounts, day(1), day(9), Policy{})
	if err != nil || *then.NRR != 1 {
		t.Errorf("as known then: %v, %v", *then.NRR, err)
	}
	since, err := Retention(accounts, day(1), day(9), Policy{KnownAt: day(40)})
	if err != nil || *since.NRR != 0.6 {
		t.Errorf("as corrected: %v, %v", *since.NRR, err)
	}
}

// TestTwoEnds makes sure that the parts add up, whatever the subscriptions.
func TestTwoEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var accounts [][]customer.Subscription
		for range rapid.IntRange(0, 8).Draw(t, "accounts") {
			var subs []customer.Subscription
			for range rapid.IntRange(0, 4).Draw(t, "subscriptions") {
				from := rapid.IntRange(1, 12).Draw(t, "from")
				to := rapid.IntRange(0, 6).Draw(t, "days")
				if to > 0 {
					to += from
				}
				subs = append(subs, sub(from, to, rapid.Int64Range(0, 1000).Draw(t, "minor")))
			}
			accounts = append(accounts, subs)
		}
		m, err := Retention(accounts, day(5), day(9), Policy{})
		if err != nil {
			t.Fatal(err)
		}
		if m.RetainedMinor != m.OpeningMinor-m.LostMinor-m.ContractionMinor+m.ExpansionMinor {
			t.Errorf("the bridge does not add up: %+v", m)
		}
		closing, accountsAt := int64(0), 0
		for _, subs := range accounts {
			active := false
			for _, s := range subs {
				if minor := s.Revisions[0].ARR.Minor; minor > 0 && s.Revisions[0].InForce(day(9)) {
					closing, active = closing+minor, true
				}
			}
			if active {
				accountsAt++
			}
		}
		if closing != m.RetainedMinor+m.NewMinor+m.ReactivationMinor || accountsAt != m.AccountsOpening-m.AccountsChurned+m.AccountsNew+m.AccountsReactivated {
			t.Errorf("closing %d of %d accounts: %+v", closing, accountsAt, m)
		}
	})
}
