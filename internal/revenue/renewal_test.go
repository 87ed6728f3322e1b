package revenue

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
)

// TestDue lists the terms that end, as they were known at two instants.
func TestDue(t *testing.T) {
	extended := then(sub(-300, 20, 100), 20, func(r *customer.Revision) { r.Start, r.End, r.ARR.Minor = day(20), day(400), 90 })
	extended.ID = "sub_extended"
	shortened := then(sub(-300, 80, 70), 5, func(r *customer.Revision) { r.End, r.EndReason = day(30), "price" })
	shortened.ID = "sub_shortened"
	trial := sub(0, 14, 50)
	trial.Revisions[0].Trial = true
	accounts := [][]customer.Subscription{
		ends("a", 10, 8, 100, 130), // renewed two days before
		{extended},
		{shortened},
		{trial},
		append(ends("late", 12, 25, 60, 60), sub(40, 0, 1)),
		{sub(-300, 50, 40)}, // nothing follows
	}
	accounts[4][1].Revisions[0].Start = day(19)
	accounts[4][1].Revisions[0].ValidFrom = day(19)
	accounts[5][0].ID = "sub_open"
	short := func(list []Due) []string {
		var out []string
		for _, d := range list {
			closed := ""
			if !d.ClosedAt.IsZero() {
				closed = d.ClosedAt.Format(" 01-02")
			}
			out = append(out, string(d.Subscription)+" "+d.At.Format("01-02 ")+string(d.Outcome)+closed+" "+string(d.Next)+" "+d.Reason)
		}
		return out
	}
	for _, c := range []struct {
		known int
		want  []string
	}{
		{9, []string{"a 01-11 renewed 01-09 a_next ", "late 01-13 open  ", "sub_extended 01-21 open  ", "sub_shortened 01-31 open  price", "sub_open 02-20 open  "}},
		{22, []string{"a 01-11 renewed 01-09 a_next ", "late 01-13 lost 01-13  ", "sub_extended 01-21 renewed 01-21 sub_extended ", "sub_shortened 01-31 open  price", "sub_open 02-20 open  "}},
		{90, []string{"a 01-11 renewed 01-09 a_next ", "late 01-13 renewed 01-26 late_next ", "sub_extended 01-21 renewed 01-21 sub_extended ", "sub_shortened 01-31 lost 01-31  price", "sub_open 02-20 lost 02-20  "}},
	} {
		list, err := DueBetween(accounts, day(0), day(90), day(c.known), Policy{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, short(list)); d != "" {
			t.Errorf("known on day %d (-want +got):\n%s", c.known, d)
		}
	}
	list, err := DueBetween(accounts, day(0), day(90), day(90), Policy{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := RatesOf(list, day(0), day(90), ByDue)
	due := float64(1_000_000 + 600_000 + 100 + 70 + 40)
	if r.Due != 5 || r.Renewed != 3 || r.Lost != 2 || float64(r.DueMinor) != due || *r.Gross != 1_600_090/due || *r.Net != 1_900_090/due || *r.Logo != .6 {
		t.Errorf("%+v: gross %v, net %v", r, *r.Gross, *r.Net)
	}
	if list[1].GapDays != 7 {
		t.Errorf("the late renewal left a gap of %d days", list[1].GapDays)
	}
	if empty := RatesOf(nil, day(0), day(90), ByDue); empty.Gross != nil || empty.Net != nil || empty.Logo != nil {
		t.Errorf("nothing due: %+v", empty)
	}
}

func TestSteps(t *testing.T) {
	rates, err := NewRates("USD", []Rate{{"EUR", day(0), "1"}, {"EUR", day(6), "2"}})
	if err != nil {
		t.Fatal(err)
	}
	subs := list(sub(2, 8, 100), in("EUR", sub(4, 0, 10)))
	for _, c := range []struct {
		policy Policy
		want   []Step
	}{
		{Policy{Currency: "USD"}, []Step{{day(0), 0}, {day(2), 100}, {day(8), 0}}},
		{Policy{Currency: "USD", Exchange: Constant}, []Step{{day(0), 0}, {day(2), 100}, {day(4), 110}, {day(8), 10}}},
		{Policy{Currency: "USD", Exchange: Reported}, []Step{{day(0), 0}, {day(2), 100}, {day(4), 110}, {day(6), 120}, {day(8), 20}}},
	} {
		got, err := Steps(subs, day(0), day(10), c.policy, rates)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%+v (-want +got):\n%s", c.policy, d)
		}
	}
	if _, err := Steps(subs, day(1), day(1), Policy{}, nil); err == nil {
		t.Error("an empty range has steps")
	}
}

func TestJournal(t *testing.T) {
	s := then(sub(0, 0, 100), 5, func(r *customer.Revision) { r.ARR.Minor = 150 })
	s = then(s, 5, func(r *customer.Revision) { r.ARR.Minor, r.KnownAt = 140, day(9) })
	got := Journal([][]customer.Subscription{{s}}, day(0), day(9).AddDate(0, 0, 1))
	if len(got) != 3 || got[0].Before != nil || got[1].Before.ARR.Minor != 100 || got[1].Correction || got[2].Before.ARR.Minor != 150 || !got[2].Correction || got[2].After.ARR.Minor != 140 {
		t.Errorf("%+v", got)
	}
	if later := Journal([][]customer.Subscription{{s}}, day(9), day(10)); len(later) != 1 {
		t.Errorf("%d entries of the last day", len(later))
	}
}

func TestDoubts(t *testing.T) {
	rates, err := NewRates("USD", []Rate{{"EUR", day(0), "1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	bad := []customer.Subscription{
		sub(0, 0, -5), sub(0, 0, 0), seats(-1, sub(0, 0, 5)), sub(9, 3, 5), in("XYZ", sub(0, 0, 5)),
		then(sub(0, 0, 5), 2, func(r *customer.Revision) { r.ARR.Minor = 500 }), sub(0, 0, 6), sub(0, 0, 6), sub(0, 0, 77),
	}
	for i := range bad {
		bad[i].ID = id.Subscription(rune('a' + i))
	}
	var got []string
	for _, d := range Doubts([][]customer.Subscription{bad}, day(30), Policy{Currency: "USD", Exchange: Constant}, rates) {
		word := " counts"
		if !d.Counted {
			word = ""
		}
		got = append(got, string(d.Subscription)+" "+string(d.Kind)+word)
	}
	want := []string{"a negative_amount", "b no_amount", "c negative_seats counts", "d ends_before_start", "e unknown_currency", "f jump counts", "f duplicate counts", "h duplicate counts"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestRates(t *testing.T) {
	for _, c := range []struct {
		rates []Rate
		want  string
	}{
		{[]Rate{{"USD", day(0), "1"}}, "rates[0].currency"},
		{[]Rate{{"EUR", day(0), "one"}}, "is not a number"},
		{[]Rate{{"EUR", day(0), "-1"}}, "out of range"},
		{[]Rate{{"EUR", day(0), "0"}}, "out of range"},
		{[]Rate{{"EUR", day(0), "1e9"}}, "out of range"},
		{[]Rate{{"EUR", day(0), "1.0000000000001"}}, "too many places"},
		{[]Rate{{"EUR", day(0), "1.000000000000000000000001"}}, "too long"},
		{[]Rate{{"EUR", day(0), "1"}, {"EUR", day(0), "2"}}, "rates[1].from"},
	} {
		if _, err := NewRates("USD", c.rates); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want …%s…", c.rates, err, c.want)
		}
	}
	rates, err := NewRates("USD", []Rate{{"EUR", day(5), "1.005"}, {"JPY", day(0), "0.0075"}, {"KWD", day(0), "3.25"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		currency string
		minor    int64
		want     int64
	}{{"EUR", 100, 101}, {"EUR", -100, -101}, {"EUR", 99, 99}, {"JPY", 2, 2}, {"JPY", 1, 1}, {"KWD", 1000, 325}, {"USD", 7, 7}} {
		q, ok := rates.at(money.Currency(c.currency), day(1))
		got, fits := q.apply(c.minor)
		if !ok || !fits || got != c.want {
			t.Errorf("%d %s: %d, want %d", c.minor, c.currency, got, c.want)
		}
	}
	q, _ := rates.at("KWD", day(1))
	if _, fits := q.apply(1 << 62); !fits {
		t.Error("0.325 of a large amount does not fit")
	}
	q, _ = rates.at("EUR", day(9))
	if _, fits := q.apply(1<<63 - 1); fits {
		t.Error("more than an amount can hold fits")
	}
}
