package metric

import (
	"context"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/money"
	"kept/internal/usage"
)

func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

func evaluate(t *testing.T, events []usage.Event, account AccountFacts, instants []time.Time, defs ...Definition) *Values {
	t.Helper()
	set, err := Compile(defs)
	if err != nil {
		t.Fatal(err)
	}
	account.ID = "acc_a"
	for i := range events {
		events[i].Account, events[i].KnownAt, events[i].MessageID = "acc_a", events[i].At, strconv.Itoa(i)
		if events[i].Name == "" {
			events[i].Name = "x"
		}
	}
	_, columns := load(t, events)
	v, err := set.Evaluate(t.Context(), Data{Columns: columns, Accounts: []AccountFacts{account}, Products: testProducts}, Query{Instants: instants})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// expect compares a metric at all instants; NaN is missing.
func expect(t *testing.T, v *Values, metric string, want ...float64) {
	t.Helper()
	var got []float64
	for i := range v.Instants {
		x, ok := v.Account(metric, 0, i)
		if !ok {
			x = math.NaN()
		}
		got = append(got, x)
	}
	if d := cmp.Diff(want, got, cmpopts.EquateNaNs()); d != "" {
		t.Errorf("%s (-want +got):\n%s", metric, d)
	}
}

var none = math.NaN()

// TestWindow pins the half-open window: 7 days are 7 days, not 8.
func TestWindow(t *testing.T) {
	events := []usage.Event{{At: day(1)}, {At: day(8).Add(-time.Microsecond)}, {At: day(8)}}
	v := evaluate(t, events, AccountFacts{}, []time.Time{day(1), day(1).Add(time.Second), day(8), day(8).Add(time.Second), day(15), day(16)},
		Definition{Name: "n", Kind: Count, Window: "7d"},
		Definition{Name: "days", Kind: ActiveDays, Window: "1w"},
		Definition{Name: "before", Kind: Count, Window: "7d", Offset: "7d"},
		Definition{Name: "recency", Kind: Recency},
	)
	expect(t, v, "n", 0, 1, 2, 2, 1, 0)
	expect(t, v, "days", 0, 1, 2, 2, 1, 0)
	expect(t, v, "before", 0, 0, 0, 1, 2, 2)
	expect(t, v, "recency", none, 1.0/86400, 1.0/86400, 1.0/86400, 7, 8)
	if age := v.AgeDays("recency", 0, 5); age != 8 {
		t.Errorf("age = %v, want 8", age)
	}
	if age := v.AgeDays("n", 0, 5); age != -1 {
		t.Errorf("a count has the age %v", age)
	}
}

func TestSinceAndEmpty(t *testing.T) {
	at := []time.Time{day(4), day(5), day(6), day(12)}
	v := evaluate(t, []usage.Event{{At: day(5)}}, AccountFacts{Since: day(5)}, at,
		Definition{Name: "n", Kind: Count, Window: "7d"},
		Definition{Name: "n_missing", Kind: Count, Window: "7d", Empty: Missing},
		Definition{Name: "sum", Kind: Sum, Window: "7d"},
		Definition{Name: "mean", Kind: Mean, Window: "7d"},
		Definition{Name: "mean_zero", Kind: Mean, Window: "7d", Empty: Zero},
		Definition{Name: "change", Kind: Change, Of: "n"},
		Definition{Name: "diff", Kind: Change, Of: "n", As: Difference},
		Definition{Name: "formula", Kind: Formula, Expr: "n_missing + 1"},
	)
	expect(t, v, "n", none, 0, 1, 1)
	expect(t, v, "n_missing", none, none, 1, 1)
	expect(t, v, "sum", none, 0, 0, 0)
	expect(t, v, "mean", none, none, none, none)
	expect(t, v, "mean_zero", none, 0, 0, 0)
	expect(t, v, "change", none, none, none, none) // first too young, then nothing to divide by
	expect(t, v, "diff", none, none, none, 1)
	expect(t, v, "formula", none, none, 2, 2)
}

// TestExactSums adds what plain running sums would lose.
func TestExactSums(t *testing.T) {
	events := []usage.Event{{At: day(1), Value: 1e16, HasValue: true}}
	for n := range 10 {
		events = append(events, usage.Event{At: day(2 + n), Value: 0.1, HasValue: true})
	}
	v := evaluate(t, events, AccountFacts{}, []time.Time{day(12)},
		Definition{Name: "sum", Kind: Sum, Window: "10d"}, Definition{Name: "mean", Kind: Mean, Window: "10d"}, Definition{Name: "all", Kind: Sum})
	expect(t, v, "sum", 1) // plain addition gives 0.9999999999999999
	expect(t, v, "mean", 0.1)
	expect(t, v, "all", 1e16+1)
}

// TestLookBack finds the last event, and the last value, long before the window.
func TestLookBack(t *testing.T) {
	events := []usage.Event{
		{At: day(1), Value: 7, HasValue: true, Name: "nps"}, {At: day(2), Name: "nps"}, {At: day(3)}, {At: day(30)},
	}
	v := evaluate(t, events, AccountFacts{}, []time.Time{day(31)},
		Definition{Name: "latest", Kind: Latest, Events: []string{"nps"}},
		Definition{Name: "recency", Kind: Recency, Events: []string{"nps"}},
		Definition{Name: "n", Kind: Count, Window: "3d"})
	expect(t, v, "latest", 7)
	expect(t, v, "recency", 29)
	expect(t, v, "n", 1)
	if age := v.AgeDays("latest", 0, 0); age != 30 {
		t.Errorf("age = %v, want 30", age)
	}
}

func TestSubscriptionFields(t *testing.T) {
	usd := func(major int64) money.Amount { return money.Amount{Minor: 100 * major, Currency: "USD"} }
	term := func(product id.Product, from, to int, arr money.Amount, seats int64, trial bool) customer.Subscription {
		r := customer.Revision{ValidFrom: day(from), KnownAt: day(from), Start: day(from), ARR: arr, Seats: seats, Trial: trial}
		if to > 0 {
			r.End = day(to)
		}
		return customer.Subscription{ProductID: product, Revisions: []customer.Revision{r}}
	}
	facts := AccountFacts{Subscriptions: []customer.Subscription{
		term("prd_1", 1, 10, usd(1000), 5, false), term("prd_2", 5, 20, usd(500), 3, false), term("prd_2", 5, 0, usd(9), 2, true),
		term("prd_1", 22, 30, money.Amount{Minor: 1, Currency: "EUR"}, 1, false), term("prd_1", 23, 30, usd(1), 1, false),
	}}
	at := []time.Time{day(1).Add(-time.Second), day(1), day(6), day(10), day(20), day(23)}
	v := evaluate(t, nil, facts, at,
		Definition{Name: "revenue", Kind: Subscription, Field: ARR},
		Definition{Name: "one", Kind: Subscription, Field: ARR, Product: "one"},
		Definition{Name: "unknown", Kind: Subscription, Field: ARR, Product: "zzz"},
		Definition{Name: "seats", Kind: Subscription, Field: Seats},
		Definition{Name: "renewal", Kind: Subscription, Field: DaysToRenewal},
		Definition{Name: "tenure", Kind: Subscription, Field: Tenure},
		Definition{Name: "n", Kind: Subscription, Field: Subscriptions, Empty: Zero},
		Definition{Name: "by_product", Kind: Subscription, Field: Seats, Per: PerRelationship},
	)
	expect(t, v, "revenue", none, 1000, 1500, 500, 0, none)
	expect(t, v, "one", none, 1000, 1000, none, none, none)
	expect(t, v, "unknown", none, none, none, none, none, none)
	expect(t, v, "seats", none, 5, 10, 5, 2, 4)
	expect(t, v, "renewal", none, 9, 4, 10, none, 7)
	expect(t, v, "tenure", none, 0, 5, 9, 19, 22)
	expect(t, v, "n", 0, 1, 3, 2, 1, 3)
	if got, want := v.Products(0), []string{"one", "two"}; !slices.Equal(got, want) {
		t.Errorf("Products = %v, want %v", got, want)
	}
	if got, ok := v.Relationship("by_product", 0, "two", 2); got != 5 || !ok {
		t.Errorf("seats of two = %v %t, want 5", got, ok)
	}
	if _, ok := v.Account("by_product", 0, 2); ok {
		t.Error("a metric per relationship has an account value")
	}
}

func TestFacts(t *testing.T) {
	fact := func(key string, product id.Product, from, known int, v customer.Value) customer.Fact {
		return customer.Fact{Key: key, ProductID: product, ValidFrom: day(from), KnownAt: day(known), Value: v}
	}
	facts := []customer.Fact{
		fact("manual.mood", "", 2, 2, customer.NumberValue(4)),
		fact("manual.mood", "", 6, 6, customer.Value{}),  // cleared
		fact("size", "", 1, 8, customer.NumberValue(50)), // learned late
		fact("size", "prd_1", 1, 1, customer.NumberValue(7)),
		fact("vip", "", 1, 1, customer.BoolValue(true)),
		fact("word", "", 1, 1, customer.TextValue("x")),
	}
	customer.SortFacts(facts)
	v := evaluate(t, nil, AccountFacts{Facts: facts}, []time.Time{day(1), day(4), day(7), day(9)},
		Definition{Name: "mood", Kind: Manual, Key: "mood"}, Definition{Name: "size", Kind: Attribute, Key: "size"},
		Definition{Name: "vip", Kind: Attribute, Key: "vip"}, Definition{Name: "word", Kind: Attribute, Key: "word"},
		Definition{Name: "size_one", Kind: Attribute, Key: "size", Product: "one"},
		Definition{Name: "old", Kind: Formula, Expr: "coalesce(mood, 0) + vip"},
	)
	expect(t, v, "mood", none, 4, none, none)
	expect(t, v, "size", none, none, none, 50)
	expect(t, v, "vip", 1, 1, 1, 1)
	expect(t, v, "word", none, none, none, none)
	expect(t, v, "size_one", 7, 7, 7, 7)
	if age := v.AgeDays("mood", 0, 1); age != 2 {
		t.Errorf("age of mood = %v, want 2", age)
	}
	if age := v.AgeDays("old", 0, 1); age != 3 {
		t.Errorf("age of a formula = %v, want that of its oldest input, 3", age)
	}
}

// TestDeterministic makes sure that the number of goroutines does not show.
func TestDeterministic(t *testing.T) {
	columns, err := usage.LoadColumns(t.Context(), &synthetic{events: 20_000, accounts: 300, late: true})
	if err != nil {
		t.Fatal(err)
	}
	data := Data{Columns: columns}
	for a := range 300 {
		data.Accounts = append(data.Accounts, AccountFacts{ID: benchAccount(a)})
	}
	set, err := Compile(append(slices.Clone(benchMetrics), Definition{Name: "rel", Kind: DistinctActors, Window: "28d", Per: PerRelationship}))
	if err != nil {
		t.Fatal(err)
	}
	q := Query{KnownOnly: true, Workers: 1}
	for w := range 40 {
		q.Instants = append(q.Instants, benchStart.AddDate(0, 0, 100+7*w))
	}
	first, err := set.Evaluate(t.Context(), data, q)
	if err != nil {
		t.Fatal(err)
	}
	for _, q.Workers = range []int{2, 7} {
		again, err := set.Evaluate(t.Context(), data, q)
		if err != nil {
			t.Fatal(err)
		}
		same := func(a, b []float64) bool {
			return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
		}
		if !same(first.cells, again.cells) || !same(first.ages, again.ages) || !same(first.relCells, again.relCells) {
			t.Errorf("%d goroutines give another result than one", q.Workers)
		}
	}
}

func TestQueryErrors(t *testing.T) {
	set, err := Compile(benchMetrics)
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]Query{
		"no instant":     {},
		"fraction":       {Instants: []time.Time{day(1).Add(time.Millisecond)}},
		"descending":     {Instants: []time.Time{day(2), day(1)}},
		"twice":          {Instants: []time.Time{day(1), day(1)}},
		"too early":      {Instants: []time.Time{time.Unix(-1, 0)}},
		"unknown metric": {Instants: []time.Time{day(1)}, Metrics: []string{"nope"}},
	} {
		if _, err := set.Evaluate(t.Context(), Data{}, q); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: error = %v, want an invalid one", name, err)
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := set.Evaluate(stopped, Data{Accounts: make([]AccountFacts, 100)}, Query{Instants: []time.Time{day(1)}}); err == nil {
		t.Error("an evaluation goes on after its context has ended")
	}
	v, err := set.Evaluate(t.Context(), Data{}, Query{Instants: []time.Time{day(1)}, Metrics: []string{"per_actor"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := v.Metrics, []string{"count_28d", "actors_28d", "per_actor"}; !slices.Equal(got, want) {
		t.Errorf("Metrics = %v, want what was asked for and its inputs, %v", got, want)
	}
}

func TestWhy(t *testing.T) {
	set, err := Compile([]Definition{
		{Name: "logins", Kind: Count, Events: []string{"login"}, Window: "7d"},
		{Name: "growth", Kind: Change, Of: "logins"},
		{Name: "mood", Kind: Manual, Key: "mood"},
		{Name: "index", Kind: Formula, Expr: "logins * mood"},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, columns := load(t, []usage.Event{
		{MessageID: "1", Account: "acc_a", At: day(3), KnownAt: day(3), Name: "login"},
		{MessageID: "2", Account: "acc_a", At: day(9), KnownAt: day(9), Name: "login"},
		{MessageID: "3", Account: "acc_a", At: day(9), KnownAt: day(9), Name: "export"},
	})
	facts := []customer.Fact{{Key: "manual.mood", Value: customer.NumberValue(3), ValidFrom: day(5), KnownAt: day(5), Reason: "a call"}}
	data := Data{Columns: columns, Accounts: []AccountFacts{{ID: "acc_a", Facts: facts}}}
	why := func(metric string, at time.Time) *Why {
		w, err := set.Why(t.Context(), data, WhyQuery{Metric: metric, Account: "acc_a", Instant: at})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := why("index", day(15))
	if w.Value == nil || *w.Value != 3 || w.AgeDays == nil || *w.AgeDays != 10 || len(w.Inputs) != 2 {
		t.Fatalf("index = %+v", w)
	}
	in := w.Inputs[0].Window
	if !in.From.Equal(day(8)) || !in.To.Equal(day(15)) || in.Count != 1 || !in.Last.Equal(day(9)) || in.Events[0] != "login" {
		t.Errorf("window = %+v", in)
	}
	if f := w.Inputs[1].Facts; len(f) != 1 || f[0].Reason != "a call" {
		t.Errorf("facts = %+v", f)
	}
	if w := why("growth", day(15)); w.Previous.Count != 1 || *w.Value != 0 {
		t.Errorf("growth = %+v, previous %+v", w, w.Previous)
	}
	if w := why("index", day(4)); w.Value != nil || w.Missing != "mood is missing" {
		t.Errorf("index = %+v", w)
	}
	if w := why("logins", day(30)); w.Value == nil || *w.Value != 0 || !w.Assumed {
		t.Errorf("logins = %+v, want an assumed 0", w)
	}
	for _, q := range []WhyQuery{{Metric: "nope", Account: "acc_a", Instant: day(1)}, {Metric: "mood", Account: "acc_z", Instant: day(1)}} {
		if _, err := set.Why(t.Context(), data, q); !fault.Is(err, fault.NotFound) {
			t.Errorf("Why(%+v) = %v, want not found", q, err)
		}
	}
}
