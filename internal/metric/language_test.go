package metric

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/money"
	"kept/internal/usage"
)

// TestLanguageErrors wants the place and the fix of what is wrong with the newer keys.
func TestLanguageErrors(t *testing.T) {
	p, yes := 101.0, true
	count := Definition{Name: "logins", Kind: Count, Window: "28d"}
	arr := Definition{Name: "arr", Kind: Subscription, Field: ARR}
	tenure := Definition{Name: "tenure", Kind: Subscription, Field: Tenure}
	rel := Definition{Name: "rel", Kind: Count, Per: PerRelationship}
	for _, c := range []struct {
		name  string
		defs  []Definition
		field string
		msg   string
	}{
		{"window unit", []Definition{{Name: "a", Kind: Count, Window: "3h"}}, "metrics[0].window", "3m for months"},
		{"long months", []Definition{{Name: "a", Kind: Count, Window: "121m"}}, "metrics[0].window", "out of range"},
		{"calendar", []Definition{{Name: "a", Kind: Count, Window: "last_month"}}, "metrics[0].window", "previous_month"},
		{"zone", []Definition{{Name: "a", Kind: Count, TimeZone: "CET+1"}}, "metrics[0].time_zone", "Europe/Berlin"},
		{"includes", []Definition{{Name: "a", Kind: Count, Includes: "ends"}}, "metrics[0].includes", "start, end, both, neither"},
		{"scale without window", []Definition{{Name: "a", Kind: Count, Scale: "28d"}}, "metrics[0].scale", "needs a window"},
		{"scale of months", []Definition{{Name: "a", Kind: Count, Window: "3m", Scale: "28d"}}, "metrics[0].scale", "in days or weeks"},
		{"scale of a mean", []Definition{{Name: "a", Kind: Mean, Window: "28d", Scale: "7d"}}, "metrics[0].scale", "remove it"},
		{"no p", []Definition{{Name: "a", Kind: Percentile}}, "metrics[0].p", "which percentile"},
		{"p", []Definition{{Name: "a", Kind: Percentile, P: &p}}, "metrics[0].p", "0 to 100"},
		{"by", []Definition{{Name: "a", Kind: CurrentStreak}}, "metrics[0].by", "day, week"},
		{"open", []Definition{{Name: "a", Kind: Open, Events: []string{"x"}}}, "metrics[0].closed_by", "is missing"},
		{"open and close", []Definition{{Name: "a", Kind: Open, Events: []string{"x"}, ClosedBy: []string{"x"}}}, "metrics[0].closed_by[0]", "opens already"},
		{"where", []Definition{{Name: "a", Kind: Count, Where: "prop.plan ==\n  plan"}}, "metrics[0].where:2:3", "plan"},
		{"where of a formula", []Definition{{Name: "a", Kind: Formula, Expr: "1 + 1", Where: "value > 0.0"}}, "metrics[0].where", "remove it"},
		{"gap", []Definition{{Name: "a", Kind: Subscription, Field: Seats, Gap: "7d"}}, "metrics[0].gap", "only field: tenure"},
		{"no denominator", []Definition{count, {Name: "a", Kind: Quotient, Of: "logins"}}, "metrics[1].over", "is missing"},
		{"denominator", []Definition{count, {Name: "a", Kind: Quotient, Of: "logins", Over: "seats"}}, "metrics[1].over", `no metric "seats"`},
		{"when zero", []Definition{count, {Name: "a", Kind: Quotient, Of: "logins", Over: "logins", WhenZero: "one"}}, "metrics[1].when_zero", "neither zero nor missing"},
		{"as of a ratio", []Definition{count, {Name: "a", Kind: Quotient, Of: "logins", Over: "logins", As: Difference}}, "metrics[1].as", "ratio, percent"},
		{"circle of ratios", []Definition{count, {Name: "a", Kind: Quotient, Of: "logins", Over: "b"}, {Name: "b", Kind: Quotient, Of: "a", Over: "logins"}}, "metrics[1].over", "a -> b -> a"},
		{"circle of tenure", []Definition{{Name: "a", Kind: Count, Window: "7d", Scale: "1d", Tenure: "a"}}, "metrics[0].tenure", "a -> a"},
		{"idle tenure", []Definition{tenure, {Name: "a", Kind: Count, Tenure: "tenure"}}, "metrics[1].tenure", "scale and min_tenure only"},
		{"take", []Definition{rel, {Name: "a", Kind: Rollup, Of: "rel", Take: "average"}}, "metrics[1].take", "sum, mean"},
		{"worst", []Definition{rel, {Name: "a", Kind: Rollup, Of: "rel", Take: TakeWorst}}, "metrics[1].take", "higher_is_better"},
		{"gather accounts", []Definition{count, {Name: "a", Kind: Rollup, Of: "logins", Take: TakeSum}}, "metrics[1].of", "none per relationship"},
		{"children of relationships", []Definition{rel, {Name: "a", Kind: Rollup, Of: "rel", Take: TakeSum, From: FromChildren}}, "metrics[1].of", "none per account"},
		{"within", []Definition{count, {Name: "a", Kind: Peer, Of: "logins", As: AsRank, Within: "region"}}, "metrics[1].within", "all, segment"},
		{"peer per relationship", []Definition{count, {Name: "a", Kind: Peer, Of: "logins", As: AsRank, Per: PerRelationship}}, "metrics[1].per", "remove per"},
		{"only", []Definition{{Name: "a", Kind: Count, Only: "paying"}}, "metrics[0].only", "use active"},
		{"precision", []Definition{{Name: "a", Kind: Count, Precision: "double"}}, "metrics[0].precision", "use single"},
		{"history", []Definition{{Name: "a", Kind: Count, History: "2m"}}, "metrics[0].history", "number of days"},

		{"days and money", []Definition{arr, tenure, {Name: "a", Kind: Formula, Expr: "1 +\n  (arr + tenure)"}}, "metrics[2].expr:2:8", "currency and days cannot be added"},
		{"days against money", []Definition{arr, tenure, {Name: "a", Kind: Formula, Expr: "tenure > arr ? 1 : 0"}}, "metrics[2].expr:1:8", "days and currency cannot be compared"},
		{"instead", []Definition{arr, tenure, {Name: "a", Kind: Formula, Expr: "coalesce(arr, tenure)"}}, "metrics[2].expr:1:9", "put in place of each other"},
		{"through a metric", []Definition{arr, tenure, {Name: "daily", Kind: Formula, Expr: "arr / tenure"}, {Name: "a", Kind: Formula, Expr: "daily - arr"}}, "metrics[3].expr:1:7", "currency/days and currency"},
		{"declared", []Definition{{Name: "a", Kind: Subscription, Field: ARR, Unit: "days"}}, "metrics[0].unit", "says days, and the metric counts currency"},
		{"declared share", []Definition{arr, {Name: "a", Kind: Formula, Expr: "arr * 2", Unit: "ratio"}}, "metrics[1].unit", "counts currency"},
		{"declared ratio", []Definition{arr, {Name: "a", Kind: Quotient, Of: "arr", Over: "arr", Unit: "currency"}}, "metrics[1].unit", "counts a share"},
		{"tenure in money", []Definition{arr, {Name: "a", Kind: Count, Window: "84d", Scale: "28d", Tenure: "arr"}}, "metrics[1].tenure", "a tenure is in days"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile(c.defs)
			var errs fault.List
			if !errors.As(err, &errs) {
				t.Fatalf("error = %v, want a list", err)
			}
			if errs[0].Field != c.field || !strings.Contains(errs[0].Msg, c.msg) || errs[0].Kind != fault.Invalid {
				t.Errorf("errors:\n%v\nwant one at %s: …%s…", err, c.field, c.msg)
			}
		})
	}
	good := []Definition{arr, tenure, count, {Name: "a", Kind: Formula, Expr: "arr / tenure * 365 + min(arr, 5) - arr * 0.1", Unit: "currency"}}
	good[3].Expr = "double(arr) + double(tenure) / 10 + logins"
	good = append(good, Definition{Name: "b", Kind: Formula, Expr: "arr > 100 && tenure < 30 ? arr * 2 + 1 : -arr", Unit: "currency", HigherIsBetter: &yes})
	if _, err := Compile(good); err != nil {
		t.Errorf("good units: %v", err)
	}
}

// TestFrames pins windows with dates that people can check on a calendar.
func TestFrames(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		def      Definition
		at       string
		from, to string // RFC 3339
	}{
		{Definition{Window: "1m"}, "2020-03-31T10:00:00Z", "2020-02-29T10:00:00Z", "2020-03-31T10:00:00Z"},
		{Definition{Window: "1m"}, "2020-03-01T00:00:00Z", "2020-02-01T00:00:00Z", "2020-03-01T00:00:00Z"},
		{Definition{Window: "1q", Offset: "1m"}, "2020-05-31T00:00:00Z", "2020-01-31T00:00:00Z", "2020-04-30T00:00:00Z"},
		{Definition{Window: "1y"}, "2020-02-29T00:00:00Z", "2019-02-28T00:00:00Z", "2020-02-29T00:00:00Z"},
		{Definition{Window: "7d", Includes: IncludesEnd}, "2020-03-08T00:00:00Z", "2020-03-01T00:00:01Z", "2020-03-08T00:00:01Z"},
		{Definition{Window: "7d", Includes: IncludesBoth}, "2020-03-08T00:00:00Z", "2020-03-01T00:00:00Z", "2020-03-08T00:00:01Z"},
		{Definition{Window: "7d", Includes: IncludesNeither}, "2020-03-08T00:00:00Z", "2020-03-01T00:00:01Z", "2020-03-08T00:00:00Z"},
		{Definition{Window: "this_month"}, "2020-03-15T12:00:00Z", "2020-03-01T00:00:00Z", "2020-03-15T12:00:00Z"},
		{Definition{Window: "previous_month"}, "2020-03-15T12:00:00Z", "2020-02-01T00:00:00Z", "2020-03-01T00:00:00Z"},
		{Definition{Window: "previous_month"}, "2020-01-15T12:00:00Z", "2019-12-01T00:00:00Z", "2020-01-01T00:00:00Z"},
		{Definition{Window: "this_week"}, "2020-03-01T12:00:00Z", "2020-02-24T00:00:00Z", "2020-03-01T12:00:00Z"}, // a Sunday
		{Definition{Window: "previous_week"}, "2020-03-02T00:00:00Z", "2020-02-24T00:00:00Z", "2020-03-02T00:00:00Z"},
		{Definition{Window: "previous_quarter"}, "2020-02-10T00:00:00Z", "2019-10-01T00:00:00Z", "2020-01-01T00:00:00Z"},
		{Definition{Window: "this_year", Offset: "1y"}, "2020-02-29T06:00:00Z", "2019-01-01T00:00:00Z", "2019-02-28T06:00:00Z"},
		{Definition{Window: "previous_day", TimeZone: "Europe/Berlin"}, "2020-03-30T00:00:00Z", "2020-03-28T23:00:00Z", "2020-03-29T22:00:00Z"}, // 23 hours
		{Definition{Window: "previous_day", TimeZone: "Europe/Berlin", Offset: "1d"}, "2020-03-29T22:30:00Z", "2020-03-27T23:00:00Z", "2020-03-28T23:00:00Z"},
		{Definition{Window: "this_month", TimeZone: "Europe/Berlin"}, "2020-03-31T23:00:00Z", "2020-03-31T22:00:00Z", "2020-03-31T23:00:00Z"},
		{Definition{Kind: Recency, As: CalendarDays, TimeZone: "Europe/Berlin"}, "2020-10-24T22:00:00Z", "", "2020-10-25T23:00:00Z"}, // 25 hours
	} {
		d := c.def
		d.Name = "a"
		if d.Kind == "" {
			d.Kind = Count
		}
		set, err := Compile([]Definition{d})
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		lo, hi := set.metrics[0].frame.at(at.Unix())
		from := ""
		if lo != noBeginning {
			from = time.Unix(lo, 0).UTC().Format(time.RFC3339)
		}
		if to := time.Unix(hi, 0).UTC().Format(time.RFC3339); from != c.from || to != c.to {
			t.Errorf("%+v at %s: [%s, %s), want [%s, %s)", c.def, c.at, from, to, c.from, c.to)
		}
	}
	if got := civilDay(time.Date(2020, 6, 1, 23, 0, 0, 0, time.UTC).Unix(), berlin); got != civilDay(time.Date(2020, 6, 2, 5, 0, 0, 0, time.UTC).Unix(), time.UTC) {
		t.Errorf("a Berlin night is on day %d", got)
	}
}

// TestKinds gives each of the newer kinds figures that can be checked by hand.
func TestKinds(t *testing.T) {
	val := func(n int, v float64) usage.Event {
		return usage.Event{At: day(n), Name: "rate", Value: v, HasValue: true}
	}
	events := []usage.Event{
		val(2, 4), val(3, 1), val(4, 3), val(8, 2),
		{At: day(9), Name: "rate"},
		val(10, 10),
		{At: day(5), Name: "export"},
		{At: day(6), Name: "invite"},
		{At: day(6), Name: "invite"},
	}
	p90 := 90.0
	v := evaluate(t, events, AccountFacts{}, []time.Time{day(11), day(12), day(40)},
		Definition{Name: "first", Kind: First, Events: []string{"rate"}},
		Definition{Name: "least", Kind: Min, Window: "28d"},
		Definition{Name: "most", Kind: Max, Window: "28d"},
		Definition{Name: "median", Kind: Median, Window: "28d"},
		Definition{Name: "p90", Kind: Percentile, P: &p90, Window: "28d"},
		Definition{Name: "breadth", Kind: DistinctEvents, Window: "28d"},
		Definition{Name: "now", Kind: CurrentStreak, By: ByDay},
		Definition{Name: "longest", Kind: LongestStreak, By: ByDay},
		Definition{Name: "weeks", Kind: LongestStreak, By: ByWeek},
		Definition{Name: "total", Kind: Count},
		Definition{Name: "share", Kind: Quotient, Of: "breadth", Over: "total", As: Percent},
		Definition{Name: "per_week", Kind: Count, Window: "28d", Scale: "7d"},
	)
	expect(t, v, "first", 4, 4, 4)
	expect(t, v, "least", 1, 1, none)
	expect(t, v, "most", 10, 10, none)
	expect(t, v, "median", 3, 3, none)
	expect(t, v, "p90", 7.6000000000000005, 7.6000000000000005, none) // 4 + 0.6 × (10 − 4)
	expect(t, v, "breadth", 3, 3, 0)
	expect(t, v, "now", 3, 3, 0) // 8, 9, 10; on the 12th the 11th is over, the 12th has just begun
	expect(t, v, "longest", 5, 5, 5)
	expect(t, v, "weeks", 2, 2, 2) // 2026-01-01 is a Thursday
	expect(t, v, "share", 100*3.0/9, 100*3.0/9, 0)
	expect(t, v, "per_week", 9.0/4, 9.0/4, 0)
	if age := v.AgeDays("first", 0, 0); age != 9 {
		t.Errorf("the first value is %v days old", age)
	}
}

func TestOpen(t *testing.T) {
	one := func(n int, name, key string) usage.Event {
		e := usage.Event{At: day(n), Name: name, Account: "acc_a"}
		if key != "" {
			e.Properties = map[string]any{"ticket": key}
		}
		return e
	}
	events := []usage.Event{
		one(1, "opened", "a"), one(2, "opened", "b"), one(3, "solved", "a"), one(4, "solved", "c"), // c was never opened
		one(5, "opened", "a"), one(6, "opened", "a"), one(7, "solved", "b"), one(7, "opened", "d"), one(8, "solved", "d"), one(8, "opened", "d"),
	}
	for i := range events {
		events[i].KnownAt, events[i].MessageID = events[i].At, string(rune('a'+i))
	}
	store, columns := load(t, events)
	set, err := Compile([]Definition{
		{Name: "open", Kind: Open, Events: []string{"opened"}, ClosedBy: []string{"solved"}, Match: "ticket"},
		{Name: "net", Kind: Open, Events: []string{"opened"}, ClosedBy: []string{"solved"}},
		{Name: "only_a", Kind: Count, Events: []string{"opened"}, Where: "prop.ticket == 'a'"},
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := set.Evaluate(t.Context(), Data{Columns: columns, Accounts: []AccountFacts{{ID: "acc_a"}}, Facets: facets(t, set, store)},
		Query{Instants: []time.Time{day(1), day(2), day(3), day(4), day(5), day(6), day(7), day(8), day(9)}})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, v, "open", 0, 1, 2, 1, 1, 2, 2, 2, 1)
	expect(t, v, "net", 0, 1, 2, 1, 0, 1, 2, 2, 2)
	expect(t, v, "only_a", 0, 1, 1, 1, 1, 2, 3, 3, 3)
	if _, err := set.Evaluate(t.Context(), Data{Columns: columns, Accounts: []AccountFacts{{ID: "acc_a"}}}, Query{Instants: []time.Time{day(1)}}); fault.KindOf(err) != fault.Internal {
		t.Errorf("without its facet: %v", err)
	}
}

// TestFamily rolls up child accounts and places accounts among their peers.
func TestFamily(t *testing.T) {
	var events []usage.Event
	accounts := []AccountFacts{{ID: "acc_top"}, {ID: "acc_x", Parent: "acc_top"}, {ID: "acc_y", Parent: "acc_top"}, {ID: "acc_z", Parent: "acc_x"}}
	for i, n := range []int{1, 4, 2, 4} {
		for k := range n {
			events = append(events, usage.Event{At: day(1 + k), KnownAt: day(1 + k), Name: "x", Account: accounts[i].ID, MessageID: string(accounts[i].ID) + string(rune('a'+k))})
		}
	}
	for i, minor := range []int64{0, 300, 100} {
		accounts[i].Subscriptions = []customer.Subscription{{Revisions: []customer.Revision{{Start: day(1), ValidFrom: day(1), KnownAt: day(1), ARR: money.Amount{Minor: 100 * minor, Currency: "USD"}}}}}
	}
	_, columns := load(t, events)
	better := true
	set, err := Compile([]Definition{
		{Name: "n", Kind: Count, HigherIsBetter: &better},
		{Name: "sum", Kind: Rollup, Of: "n", From: FromChildren, Take: TakeSum},
		{Name: "weighted", Kind: Rollup, Of: "n", From: FromChildren, Take: TakeARR},
		{Name: "worst", Kind: Rollup, Of: "n", From: FromChildren, Take: TakeWorst},
		{Name: "deep", Kind: Rollup, Of: "sum", From: FromChildren, Take: TakeSum},
		{Name: "percentile", Kind: Peer, Of: "n", As: AsPercentile},
		{Name: "rank", Kind: Peer, Of: "n", As: AsRank},
		{Name: "z", Kind: Peer, Of: "n", As: AsZ},
		{Name: "inside", Kind: Peer, Of: "n", As: AsRank, Within: WithinSegment},
	})
	if err != nil {
		t.Fatal(err)
	}
	segment := func(v *Values, a, _ int) string {
		if v.Accounts[a] == "acc_top" || v.Accounts[a] == "acc_y" {
			return "small"
		}
		return "large"
	}
	v, err := set.Evaluate(t.Context(), Data{Columns: columns, Accounts: accounts}, Query{Instants: []time.Time{day(20)}, Group: segment})
	if err != nil {
		t.Fatal(err)
	}
	for metric, want := range map[string][]float64{
		"sum": {6, 4, none, none}, "weighted": {(4*300 + 2*100) / 400.0, 4, none, none}, "worst": {2, 4, none, none}, "deep": {4, none, none, none},
		"percentile": {0, 250.0 / 3, 100.0 / 3, 250.0 / 3}, "rank": {4, 1, 3, 1}, "inside": {2, 1, 1, 1},
		"z": {-1.75 / 1.5, 1.25 / 1.5, -0.75 / 1.5, 1.25 / 1.5},
	} {
		for a := range accounts {
			got, ok := v.Account(metric, a, 0)
			if ok == math.IsNaN(want[a]) || ok && math.Abs(got-want[a]) > 1e-12 {
				t.Errorf("%s of %s: %v %t, want %v", metric, accounts[a].ID, got, ok, want[a])
			}
		}
	}
	if got := v.Select([]int{2, 0}); got.Accounts[0] != "acc_y" || got.Row(0, 0)[0] != 2 || got.Row(1, 0)[0] != 1 {
		t.Errorf("selected %v", got)
	}
	if !set.Populated([]string{"deep"}) || set.Populated([]string{"n"}) || !set.Grouped(nil) || set.Compared([]string{"deep"}) {
		t.Error("the set does not know what reads other accounts")
	}
	why, err := set.Why(t.Context(), Data{Columns: columns, Accounts: accounts}, WhyQuery{Metric: "weighted", Account: "acc_top", Instant: day(20)})
	if err != nil || len(why.Inputs) != 2 || why.Inputs[0].Account != id.Account("acc_x") || *why.Inputs[0].Weight != 300 {
		t.Errorf("why: %+v, %v", why, err)
	}
	if err := set.GroupBy([]string{"inside"}); err == nil || !strings.Contains(err.Error(), "break the circle") {
		t.Errorf("a segment that depends on itself: %v", err)
	}
}
