package revenue

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/money"
)

// in is a subscription in another currency.
func in(c money.Currency, s customer.Subscription) customer.Subscription {
	for i := range s.Revisions {
		s.Revisions[i].ARR.Currency = c
	}
	return s
}

// then adds a revision from a day on.
func then(s customer.Subscription, on int, change func(*customer.Revision)) customer.Subscription {
	r := s.Revisions[len(s.Revisions)-1]
	r.ValidFrom, r.KnownAt = day(on), day(on)
	change(&r)
	s.Revisions = append(s.Revisions, r)
	return s
}

func seats(n int64, s customer.Subscription) customer.Subscription {
	s.Revisions[0].Seats = n
	return s
}

func bridge(t *testing.T, accounts [][]customer.Subscription, p Policy, rates *Rates, days ...int) *Table {
	t.Helper()
	var at []time.Time
	for _, d := range days {
		at = append(at, day(d))
	}
	out, err := Bridge(accounts, at, Everyone(), p, rates)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPolicies shows each switch in both positions on one small account.
func TestPolicies(t *testing.T) {
	rates, err := NewRates("USD", []Rate{{"EUR", day(0), "1.10"}, {"EUR", day(5), "1.20"}, {"JPY", day(0), "0.0075"}})
	if err != nil {
		t.Fatal(err)
	}
	renewed := sub(0, 10, 100)
	renewed.ID = "sub_a"
	renewal := sub(8, 0, 120)
	renewal.ID, renewal.RenewalOf = "sub_b", "sub_a"
	back := list(sub(0, 4, 100), sub(6, 0, 80))
	dearer := then(then(seats(10, sub(0, 0, 1000)), 2, func(r *customer.Revision) { r.ARR.Minor = 1100 }), 3, func(*customer.Revision) {})
	shrunk := append(list(dearer), sub(0, 5, 60))
	euro := list(in("EUR", sub(0, 0, 1000)))
	for _, c := range []struct {
		name   string
		subs   []customer.Subscription
		policy Policy
		want   Line
		nrr    float64
		grr    float64
	}{
		{"renewal replaces", list(renewed, renewal), Policy{}, Line{OpeningMinor: 100, ExpansionMinor: 20, ClosingMinor: 120, Opening: 1, Expanded: 1, Closing: 1}, 1.2, 1},
		{"renewal adds up", list(renewed, renewal), Policy{Overlap: SumOverlap}, Line{OpeningMinor: 100, ExpansionMinor: 120, ClosingMinor: 220, Opening: 1, Expanded: 1, Closing: 1}, 2.2, 1},
		{"two ends", back, Policy{}, Line{OpeningMinor: 100, ContractionMinor: 20, ClosingMinor: 80, Opening: 1, Contracted: 1, Closing: 1}, .8, .8},
		{"path", back, Policy{Returned: Path}, Line{OpeningMinor: 100, ChurnMinor: 100, ReactivationMinor: 80, ClosingMinor: 80, Opening: 1, Churned: 1, Reactivated: 1, Closing: 1}, 0, 0},
		{"price in the expansion", shrunk, Policy{}, Line{OpeningMinor: 1060, ExpansionMinor: 40, ClosingMinor: 1100, Opening: 1, Expanded: 1, Closing: 1}, 1100. / 1060, 1},
		{"price apart", shrunk, Policy{Escalators: Apart}, Line{OpeningMinor: 1060, EscalationMinor: 100, ContractionMinor: 60, ClosingMinor: 1100, Opening: 1, Contracted: 1, Closing: 1}, 1100. / 1060, 1000. / 1060},
		{"rates of the first day", euro, Policy{Currency: "USD", Exchange: Constant}, Line{OpeningMinor: 1100, ClosingMinor: 1100, Opening: 1, Closing: 1}, 1, 1},
		{"rates of each day", euro, Policy{Currency: "USD", Exchange: Reported}, Line{OpeningMinor: 1100, CurrencyMinor: 100, ClosingMinor: 1200, Opening: 1, Closing: 1}, 1200. / 1100, 1},
		{"other currency left out", append(list(sub(0, 0, 7)), euro...), Policy{Currency: "USD"}, Line{OpeningMinor: 7, ClosingMinor: 7, Opening: 1, Closing: 1}, 1, 1},
		{"yen have no cents", list(in("JPY", sub(0, 0, 1_000_000))), Policy{Currency: "USD", Exchange: Constant}, Line{OpeningMinor: 750_000, ClosingMinor: 750_000, Opening: 1, Closing: 1}, 1, 1},
		{"below zero counts for nothing", list(sub(0, 0, 10), sub(0, 0, -900)), Policy{}, Line{OpeningMinor: 10, ClosingMinor: 10, Opening: 1, Closing: 1}, 1, 1},
	} {
		row := bridge(t, [][]customer.Subscription{c.subs}, c.policy, rates, 1, 9).Total[0]
		row.Line.QuickRatio = nil
		if d := cmp.Diff(c.want, row.Line); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		if *row.Measures.NRR != c.nrr || *row.Measures.GRR != c.grr {
			t.Errorf("%s: NRR %v, GRR %v", c.name, *row.Measures.NRR, *row.Measures.GRR)
		}
	}
}

func TestNewAndReactivated(t *testing.T) {
	trial := sub(2, 4, 50)
	trial.Revisions[0].Trial = true
	accounts := [][]customer.Subscription{
		list(sub(6, 0, 10)),               // new
		list(sub(0, 2, 40), sub(7, 0, 5)), // paid before
		list(trial, sub(8, 0, 3)),         // a trial before is no payment
	}
	got := bridge(t, accounts, Policy{}, nil, 5, 9).Total[0]
	if got.Line.New != 2 || got.Line.NewMinor != 13 || got.Line.Reactivated != 1 || got.Line.ReactivationMinor != 5 || got.Line.ClosingMinor != 18 {
		t.Errorf("%+v", got.Line)
	}
	if got.Measures.NRR != nil || got.Measures.NewMinor != 13 || got.Measures.ReactivationMinor != 5 {
		t.Errorf("%+v", got.Measures)
	}
}

// TestGroups follows an account from one group to another: the bridge of each
// group closes, and retention stays with the group it was in.
func TestGroups(t *testing.T) {
	accounts := [][]customer.Subscription{
		list(then(sub(0, 0, 100), 3, func(r *customer.Revision) { r.ARR.Minor = 70 })), // small → large
		list(sub(0, 0, 50)), // large
	}
	g := Grouping{Names: []string{"small", "large"}, Of: func(a, at int) int {
		if a == 0 && at == 0 {
			return 0
		}
		return 1
	}}
	table, err := Bridge(accounts, []time.Time{day(1), day(9)}, g, Policy{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	small, large := table.Rows[0][0], table.Rows[0][1]
	small.Line.QuickRatio, large.Line.QuickRatio = nil, nil
	if d := cmp.Diff(Line{OpeningMinor: 100, Opening: 1, OutMinor: 100, Out: 1}, small.Line); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Line{OpeningMinor: 50, Opening: 1, InMinor: 100, In: 1, ContractionMinor: 30, Contracted: 1, ClosingMinor: 120, Closing: 2}, large.Line); d != "" {
		t.Error(d)
	}
	if *small.Measures.NRR != .7 || *large.Measures.NRR != 1 || *table.Total[0].Measures.NRR != 120./150 {
		t.Errorf("NRR %v, %v, %v", *small.Measures.NRR, *large.Measures.NRR, *table.Total[0].Measures.NRR)
	}
	if _, err := Bridge(accounts, []time.Time{day(1), day(9)}, Grouping{Names: []string{"a"}, Of: func(int, int) int { return 1 }}, Policy{}, nil); err == nil {
		t.Error("an account in no group is left out in silence")
	}
}

func TestBridgeErrors(t *testing.T) {
	rates, err := NewRates("USD", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		policy Policy
		rates  *Rates
		days   []int
		want   string
	}{
		{Policy{}, nil, []int{1}, "two instants"},
		{Policy{}, nil, []int{1, 5, 5}, "does not come after"},
		{Policy{Exchange: "spot", Currency: "USD"}, rates, []int{1, 2}, "not a way to convert"},
		{Policy{Exchange: Constant}, rates, []int{1, 2}, "which currency"},
		{Policy{Exchange: Constant, Currency: "USD"}, nil, []int{1, 2}, "no exchange rates"},
		{Policy{Exchange: Constant, Currency: "EUR"}, rates, []int{1, 2}, "are those to USD"},
		{Policy{Overlap: "both"}, nil, []int{1, 2}, "not a way to count overlaps"},
		{Policy{Returned: "maybe"}, nil, []int{1, 2}, "unknown"},
		{Policy{Escalators: "maybe"}, nil, []int{1, 2}, "unknown"},
	} {
		var at []time.Time
		for _, d := range c.days {
			at = append(at, day(d))
		}
		if _, err := Bridge(nil, at, Everyone(), c.policy, c.rates); err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want …%s…", c.policy, err, c.want)
		}
	}
}

// TestBridgeCloses draws histories with corrections, renewals, trials, currencies
// and groups, and wants every bridge of every group to close to the cent, to go on
// where the one before ended, and groups to add up to the total, under every policy.
func TestBridgeCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts := drawAccounts(t)
		var quotes []Rate
		for i, on := range []int{0, 4, 7} {
			quotes = append(quotes, Rate{"EUR", day(on), rapid.SampledFrom([]string{"0.9", "1.0834", "1.25", "3"}).Draw(t, "rate")}, Rate{"JPY", day(on + i), "0.0071"})
		}
		rates, err := NewRates("USD", quotes)
		if err != nil {
			t.Fatal(err)
		}
		p := Policy{
			Currency:   "USD",
			Exchange:   rapid.SampledFrom([]Exchange{OneCurrency, Constant, Reported}).Draw(t, "exchange"),
			Trials:     rapid.Bool().Draw(t, "trials"),
			Overlap:    rapid.SampledFrom([]Overlap{Successor, SumOverlap}).Draw(t, "overlap"),
			Returned:   rapid.SampledFrom([]Returned{Endpoint, Path}).Draw(t, "returned"),
			Escalators: rapid.SampledFrom([]Escalators{Included, Apart}).Draw(t, "escalators"),
		}
		if rapid.Bool().Draw(t, "corrected") {
			p.KnownAt = day(30)
		}
		names := []string{"a", "b", "c"}
		places := make([][3]int, len(accounts))
		for i := range places {
			for k := range 3 {
				places[i][k] = rapid.IntRange(0, 2).Draw(t, "group")
			}
		}
		at := []time.Time{day(3), day(6), day(10)}
		table, err := Bridge(accounts, at, Grouping{names, func(a, k int) int { return places[a][k] }}, p, rates)
		if err != nil {
			t.Fatal(err)
		}
		for period := range table.Rows {
			var opening, closing, churn, kept int64
			for g := range names {
				row := &table.Rows[period][g]
				closes(t, row)
				if period > 0 && table.Rows[period-1][g].Line.ClosingMinor != row.Line.OpeningMinor {
					t.Fatalf("group %d opens with %d after closing with %d", g, row.Line.OpeningMinor, table.Rows[period-1][g].Line.ClosingMinor)
				}
				opening += row.Line.OpeningMinor
				closing += row.Line.ClosingMinor
				churn += row.Line.ChurnMinor
				kept += row.Measures.RetainedMinor
			}
			total := &table.Total[period]
			closes(t, total)
			if opening != total.Line.OpeningMinor || closing != total.Line.ClosingMinor || churn != total.Line.ChurnMinor || kept != total.Measures.RetainedMinor {
				t.Fatalf("the groups do not add up to the total: %+v", total)
			}
			if want := payAt(accounts, p, rates, at, period+1); want != closing {
				t.Fatalf("closing %d, counted one by one %d", closing, want)
			}
		}
		// One period over both has the same ends, whatever happens between them.
		whole, err := Bridge(accounts, []time.Time{at[0], at[2]}, Everyone(), p, rates)
		if err != nil {
			t.Fatal(err)
		}
		if whole.Total[0].Line.OpeningMinor != table.Total[0].Line.OpeningMinor || whole.Total[0].Line.ClosingMinor != table.Total[1].Line.ClosingMinor {
			t.Fatalf("two periods end elsewhere than one")
		}
	})
}

// closes checks the arithmetic of a row.
func closes(t *rapid.T, r *Row) {
	l := &r.Line
	if l.ClosingMinor != l.OpeningMinor+l.InMinor-l.OutMinor+l.NewMinor+l.ReactivationMinor+l.ExpansionMinor+l.EscalationMinor-l.ContractionMinor-l.ChurnMinor+l.CurrencyMinor {
		t.Fatalf("the bridge does not close: %+v", *l)
	}
	if l.Closing != l.Opening+l.In-l.Out+l.New+l.Reactivated-l.Churned {
		t.Fatalf("the accounts do not add up: %+v", *l)
	}
	m := &r.Measures
	if m.RetainedMinor != m.OpeningMinor-m.LostMinor-m.ContractionMinor+m.ExpansionMinor+m.EscalationMinor+m.CurrencyMinor {
		t.Fatalf("the retention does not add up: %+v", *m)
	}
	if m.GRR != nil && (*m.GRR > 1 || m.CurrencyMinor == 0 && *m.GRR < 0) {
		t.Fatalf("GRR %v", *m.GRR)
	}
	for _, v := range []int64{l.OpeningMinor, l.NewMinor, l.ExpansionMinor, l.EscalationMinor, l.ContractionMinor, l.ChurnMinor, l.ReactivationMinor} {
		if v < 0 {
			t.Fatalf("a movement below zero: %+v", *l)
		}
	}
}

// payAt adds up what every account pays, subscription by subscription.
func payAt(accounts [][]customer.Subscription, p Policy, rates *Rates, at []time.Time, k int) int64 {
	var out int64
	for _, subs := range accounts {
		for i := range subs {
			r := p.state(&subs[i], at[k])
			paid := func(r *customer.Revision) bool {
				return r != nil && r.ARR.Minor > 0 && (!r.Trial || p.Trials) && (p.Exchange != OneCurrency || r.ARR.Currency == p.Currency)
			}
			if !paid(r) {
				continue
			}
			replaced := false
			for j := range subs {
				if j != i && subs[j].RenewalOf == subs[i].ID && paid(p.state(&subs[j], at[k])) {
					replaced = true
				}
			}
			if replaced && p.Overlap == Successor {
				continue
			}
			on := at[k]
			if p.Exchange == Constant {
				on = at[0]
			}
			q, _ := rates.at(r.ARR.Currency, on)
			minor, _ := q.apply(r.ARR.Minor)
			out += minor
		}
	}
	return out
}

func drawAccounts(t *rapid.T) [][]customer.Subscription {
	accounts := make([][]customer.Subscription, rapid.IntRange(0, 6).Draw(t, "accounts"))
	for a := range accounts {
		for n := range rapid.IntRange(0, 4).Draw(t, "subscriptions") {
			from := rapid.IntRange(0, 10).Draw(t, "from")
			to := rapid.IntRange(0, 7).Draw(t, "days")
			if to > 0 {
				to += from
			}
			s := seats(rapid.Int64Range(0, 2).Draw(t, "seats"), sub(from, to, rapid.Int64Range(-5, 1000).Draw(t, "minor")))
			s = in(rapid.SampledFrom([]money.Currency{"USD", "EUR", "JPY"}).Draw(t, "currency"), s)
			s.Revisions[0].Trial = rapid.IntRange(0, 4).Draw(t, "trial") == 0
			s.ID = id.Subscription(rapid.SampledFrom([]string{"w", "x", "y", "z"}).Draw(t, "name") + string(rune('0'+n)))
			if n > 0 && rapid.Bool().Draw(t, "renews") {
				s.RenewalOf = accounts[a][n-1].ID
			}
			for range rapid.IntRange(0, 2).Draw(t, "revisions") {
				s = then(s, rapid.IntRange(0, 11).Draw(t, "on"), func(r *customer.Revision) {
					r.ARR.Minor = rapid.Int64Range(0, 1000).Draw(t, "later")
					r.KnownAt = r.ValidFrom.AddDate(0, 0, rapid.IntRange(0, 4).Draw(t, "late"))
				})
			}
			accounts[a] = append(accounts[a], s)
		}
	}
	return accounts
}

// TestAccounts wants the lines of accounts to add up to the bridge.
func TestAccounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts := drawAccounts(t)
		p := Policy{Currency: "USD", Returned: rapid.SampledFrom([]Returned{Endpoint, Path}).Draw(t, "returned")}
		table, err := Bridge(accounts, []time.Time{day(3), day(9)}, Everyone(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		list, err := Accounts(accounts, day(3), day(9), Everyone(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		var all cell
		s := &sum{}
		for i := range list {
			all.add(&cell{line: list[i].Line}, s)
			if i > 0 && list[i].Line.size() > list[i-1].Line.size() {
				t.Fatal("a larger movement comes later")
			}
		}
		want := table.Total[0].Line
		want.QuickRatio = nil
		if d := cmp.Diff(want, all.line); d != "" {
			t.Fatal(d)
		}
	})
}
