package metric

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
	"kept/internal/usage"
)

// epoch is a Thursday noon: instants fall on and off midnight.
var epoch = time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)

var (
	testAccounts = []id.Account{"acc_c", "acc_a", "acc_b"}
	testProducts = map[id.Product]string{"prd_1": "one", "prd_2": "two"}
	eventNames   = []string{"login", "export", "invite"}
)

func drawTime(t *rapid.T, label string) time.Time {
	// Coarse steps make ties and exact window ends likely; some are finer.
	at := epoch.Add(time.Duration(rapid.IntRange(-80, 80).Draw(t, label)) * 6 * time.Hour)
	switch rapid.IntRange(0, 5).Draw(t, label+" fine") {
	case 0:
		at = at.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, label+" s")) * time.Second)
	case 1:
		at = at.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, label+" µs")) * 300 * time.Millisecond)
	}
	return at
}

func drawEvents(t *rapid.T) []usage.Event {
	n := rapid.IntRange(0, 60).Draw(t, "events")
	out := make([]usage.Event, n)
	for i := range out {
		at := drawTime(t, "at")
		e := usage.Event{
			MessageID: strconv.Itoa(i), At: at, KnownAt: at,
			Account: rapid.SampledFrom(testAccounts[:2]).Draw(t, "account"),
			Product: rapid.SampledFrom([]string{"", "one", "two", "three"}).Draw(t, "product"),
			Actor:   rapid.SampledFrom([]string{"", "u:1", "u:2", "u:3"}).Draw(t, "actor"),
			Name:    rapid.SampledFrom(eventNames).Draw(t, "name"),
		}
		if rapid.IntRange(0, 3).Draw(t, "late") == 0 {
			e.KnownAt = at.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "lateness")) * 6 * time.Hour)
		}
		e.Properties = map[string]any{}
		if plan := rapid.SampledFrom([]string{"", "pro", "free"}).Draw(t, "plan"); plan != "" {
			e.Properties["plan"] = plan
		}
		if key := rapid.SampledFrom([]string{"", "k1", "k2", "k3"}).Draw(t, "key"); key != "" {
			e.Properties["ticket"] = key
		}
		if rapid.Bool().Draw(t, "valued") {
			e.HasValue = true
			e.Value = rapid.SampledFrom([]float64{0, 1, -2, 0.5, 3, 4096}).Draw(t, "value")
		}
		out[i] = e
	}
	return out
}

func drawInstants(t *rapid.T) []time.Time {
	at := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Time {
		return drawTime(t, "instant").Truncate(time.Second)
	}), 1, 8).Draw(t, "instants")
	slices.SortFunc(at, time.Time.Compare)
	return slices.CompactFunc(at, time.Time.Equal)
}

// drawDefinitions draws event metrics; fancy ones are more than the event stores
// know themselves.
func drawDefinitions(t *rapid.T, fancy bool) []Definition {
	kinds := swept
	if fancy {
		kinds = aggregates
	}
	windows := []string{"", "1d", "3d", "1w", "20d"}
	if fancy {
		windows = append(windows, "1m", "1q", "this_week", "previous_month", "this_month", "previous_day")
	}
	var defs []Definition
	for i := range rapid.IntRange(1, 8).Draw(t, "metrics") {
		d := Definition{
			Name:   fmt.Sprintf("m%d", i),
			Kind:   rapid.SampledFrom(kinds).Draw(t, "kind"),
			Events: slices.Clone(rapid.SliceOfNDistinct(rapid.SampledFrom(eventNames), 0, 2, rapid.ID[string]).Draw(t, "names")),
			Window: rapid.SampledFrom(windows).Draw(t, "window"),
			Offset: rapid.SampledFrom([]string{"", "0d", "2d", "5d"}).Draw(t, "offset"),
			Empty:  rapid.SampledFrom([]Empty{"", Zero, Missing}).Draw(t, "empty"),
		}
		if rapid.IntRange(0, 2).Draw(t, "per") == 0 {
			d.Per = PerRelationship
		} else {
			d.Product = rapid.SampledFrom([]string{"", "", "one", "nowhere"}).Draw(t, "product filter")
		}
		if fancy {
			decorate(t, &d)
		}
		defs = append(defs, d)
		if slices.Contains(windowed, d.Kind) && d.Window != "" {
			defs = append(defs, Definition{
				Name: fmt.Sprintf("c%d", i), Kind: Change, Of: d.Name,
				As: rapid.SampledFrom([]As{"", Ratio, Difference}).Draw(t, "as"),
			})
		}
	}
	return defs
}

// decorate adds what only some definitions have.
func decorate(t *rapid.T, d *Definition) {
	d.Includes = rapid.SampledFrom([]Includes{"", "", IncludesStart, IncludesEnd, IncludesBoth, IncludesNeither}).Draw(t, "includes")
	d.TimeZone = rapid.SampledFrom([]string{"", "", "Europe/Berlin", "America/Los_Angeles"}).Draw(t, "zone")
	d.Where = rapid.SampledFrom([]string{"", "", "prop.plan == 'pro'", "value > 0.0", "actor != 'u:1' || prop.plan != 'free'"}).Draw(t, "where")
	switch d.Kind {
	case Percentile:
		p := rapid.SampledFrom([]float64{0, 10, 33.3, 50, 100}).Draw(t, "p")
		d.P = &p
	case CurrentStreak, LongestStreak:
		d.By = rapid.SampledFrom([]By{ByDay, ByWeek}).Draw(t, "by")
	case Recency:
		d.As = rapid.SampledFrom([]As{"", Days, CalendarDays}).Draw(t, "as")
	case Open:
		d.Events, d.ClosedBy, d.Window = []string{"login"}, []string{"export"}, ""
		d.Match = rapid.SampledFrom([]string{"", "ticket"}).Draw(t, "match")
	case Count:
		if d.Window == "3d" || d.Window == "20d" {
			d.Scale = rapid.SampledFrom([]string{"", "7d"}).Draw(t, "scale")
		}
	default:
	}
	d.Only = rapid.SampledFrom([]Only{"", "", OnlyActive}).Draw(t, "only")
	d.MinTenure = rapid.SampledFrom([]string{"", "", "5d"}).Draw(t, "min tenure")
	d.History = rapid.SampledFrom([]string{"", "", "7d"}).Draw(t, "history")
	d.Precision = rapid.SampledFrom([]Precision{"", Single}).Draw(t, "precision")
}

func drawFacts(t *rapid.T) []AccountFacts {
	out := make([]AccountFacts, len(testAccounts))
	for i, account := range testAccounts {
		f := &out[i]
		f.ID = account
		f.Parent = rapid.SampledFrom([]id.Account{"", "acc_c", "acc_a"}).Draw(t, "parent")
		if rapid.Bool().Draw(t, "has since") {
			f.Since = drawTime(t, "since")
		}
		for range rapid.IntRange(0, 3).Draw(t, "subscriptions") {
			s := customer.Subscription{ProductID: rapid.SampledFrom([]id.Product{"", "prd_1", "prd_2"}).Draw(t, "sub product")}
			for range rapid.IntRange(1, 3).Draw(t, "revisions") {
				r := customer.Revision{
					ValidFrom: drawTime(t, "valid from"), KnownAt: drawTime(t, "known at"), Start: drawTime(t, "start"),
					ARR:   money.Amount{Minor: rapid.Int64Range(0, 1e6).Draw(t, "minor"), Currency: rapid.SampledFrom([]money.Currency{"USD", "USD", "EUR"}).Draw(t, "currency")},
					Seats: rapid.Int64Range(0, 50).Draw(t, "seats"), Trial: rapid.IntRange(0, 4).Draw(t, "trial") == 0,
				}
				if rapid.Bool().Draw(t, "ends") {
					r.End = drawTime(t, "end")
				}
				s.Revisions = append(s.Revisions, r)
			}
			f.Subscriptions = append(f.Subscriptions, s)
		}
		for range rapid.IntRange(0, 6).Draw(t, "facts") {
			v := rapid.SampledFrom([]customer.Value{{}, customer.NumberValue(3), customer.BoolValue(true), customer.TextValue("x"), customer.DateValue(epoch)}).Draw(t, "value")
			fact := customer.Fact{
				Key: rapid.SampledFrom([]string{"size", "manual.mood"}).Draw(t, "key"), Value: v,
				ProductID: rapid.SampledFrom([]id.Product{"", "prd_1"}).Draw(t, "fact product"),
				ValidFrom: drawTime(t, "fact from"), KnownAt: drawTime(t, "fact known"),
			}
			if rapid.Bool().Draw(t, "fact ends") {
				fact.ValidTo = drawTime(t, "fact to")
			}
			f.Facts = append(f.Facts, fact)
		}
		customer.SortFacts(f.Facts)
	}
	return out
}

func load(t interface {
	Context() context.Context
	Fatal(...any)
	Helper()
}, events []usage.Event,
) (*usage.MemoryStore, *usage.Columns) {
	t.Helper()
	store := usage.NewMemoryStore()
	if _, err := store.Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	columns, err := usage.LoadColumns(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	return store, columns
}

// bySize is a segment that depends on a value.
func bySize(v *Values, account, instant int) string {
	if size, ok := v.Account("size", account, instant); ok && size > 2 {
		return "large"
	}
	return "small"
}

// facets loads what the metrics read beside the projection.
func facets(t interface {
	Context() context.Context
	Fatal(...any)
	Helper()
}, set *Set, store usage.Store,
) map[string]*usage.Facet {
	t.Helper()
	out := map[string]*usage.Facet{}
	for _, spec := range set.Facets(nil) {
		f, err := usage.LoadFacet(t.Context(), store, spec)
		if err != nil {
			t.Fatal(err)
		}
		out[spec.ID] = f
	}
	return out
}

// TestAgainstStore compares every event metric with the reference event store,
// which walks over all events for each cell.
func TestAgainstStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, defs := drawEvents(t), drawDefinitions(t, false)
		store, columns := load(t, events)
		set, err := Compile(defs)
		if err != nil {
			t.Fatal(err)
		}
		q := Query{Instants: drawInstants(t), KnownOnly: rapid.Bool().Draw(t, "known only"), Workers: 1}
		data := Data{Columns: columns, Products: testProducts}
		for _, account := range testAccounts {
			data.Accounts = append(data.Accounts, AccountFacts{ID: account})
		}
		values, err := set.Evaluate(t.Context(), data, q)
		if err != nil {
			t.Fatal(err)
		}
		for m := range set.metrics {
			if set.metrics[m].Kind != Change {
				againstStore(t, store, values, &set.metrics[m], data, q)
			}
		}
	})
}

func againstStore(t *rapid.T, store *usage.MemoryStore, values *Values, def *compiled, data Data, q Query) {
	rel := def.per == PerRelationship
	cells, err := store.Aggregate(t.Context(), usage.AggregateQuery{
		Instants: q.Instants, KnownOnly: q.KnownOnly, PerProduct: rel,
		Aggregates: []usage.Aggregate{{Kind: usage.Kind(def.Kind), Names: def.Events, Days: def.days, Offset: def.offset, Product: def.Product}},
	})
	if err != nil {
		t.Fatal(err)
	}
	type key struct {
		account id.Account
		product string
		instant int
	}
	want := map[key]float64{}
	for _, c := range cells {
		want[key{c.Account, c.Product, c.Instant}] = c.Value
	}
	for a := range data.Accounts {
		for i := range q.Instants {
			products := []string{""}
			if rel {
				products = values.Products(a)
			}
			for _, p := range products {
				got, ok := values.Account(def.Name, a, i)
				if rel {
					got, ok = values.Relationship(def.Name, a, p, i)
				}
				k := key{data.Accounts[a].ID, p, i}
				w, has := want[k]
				delete(want, k)
				if !has && def.zero {
					w, has = 0, true
				}
				if ok != has || ok && got != w {
					t.Errorf("%s %+v: got %v %t, want %v %t", def.Kind, k, got, ok, w, has)
				}
			}
		}
	}
	for k := range want {
		t.Errorf("%s: no cell for %+v", def.Kind, k)
	}
}

// TestAgainstWhy compares every value of every kind with its explanation, which
// is computed on another way.
func TestAgainstWhy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		defs := drawDefinitions(t, true)
		for i, field := range fields {
			defs = append(defs, Definition{Name: "f_" + string(field), Kind: Subscription, Field: field, Product: []string{"", "one"}[i%2]},
				Definition{Name: "r_" + string(field), Kind: Subscription, Field: field, Per: PerRelationship})
		}
		defs = append(defs,
			Definition{Name: "size", Kind: Attribute, Key: "size"},
			Definition{Name: "size_rel", Kind: Attribute, Key: "size", Per: PerRelationship},
			Definition{Name: "mood", Kind: Manual, Key: "mood", Empty: Zero},
			Definition{Name: "mix", Kind: Formula, Expr: "coalesce(size, 1) / f_seats + (known(mood) ? m0x : f_tenure)"},
			Definition{Name: "m0x", Kind: Count, Window: "3d"},
			Definition{Name: "mix_rel", Kind: Formula, Per: PerRelationship, Expr: "size_rel * mix - r_arr"},
		)
		defs = append(defs,
			Definition{Name: "q", Kind: Quotient, Of: "m0x", Over: "f_seats", WhenZero: rapid.SampledFrom([]Empty{"", Zero}).Draw(t, "when zero")},
			Definition{Name: "q100", Kind: Quotient, Of: "size", Over: "m0x", As: Percent, WhenMissing: Zero, Precision: Single},
			Definition{Name: "q_rel", Kind: Quotient, Per: PerRelationship, Of: "size_rel", Over: "m0x"},
			Definition{Name: "chain", Kind: Subscription, Field: Tenure, Gap: "3d"},
			Definition{Name: "scaled", Kind: Count, Window: "20d", Scale: "7d", Tenure: "chain", MinTenure: "1d", Empty: Missing},
			Definition{Name: "drop", Kind: Change, Of: "m0x", WhenMissing: Zero, Only: OnlyActive},
		)
		better := rapid.Bool().Draw(t, "better")
		defs = append(defs,
			Definition{Name: "rel_events", Kind: Count, Per: PerRelationship, HigherIsBetter: &better},
			Definition{Name: "rolled", Kind: Rollup, Of: "rel_events", Take: rapid.SampledFrom(takings).Draw(t, "take")},
			Definition{Name: "rolled_arr", Kind: Rollup, Of: "r_tenure", Take: TakeARR},
			Definition{Name: "kids", Kind: Rollup, Of: "m0x", From: FromChildren, Take: rapid.SampledFrom(takings[:4]).Draw(t, "take kids")},
			Definition{Name: "kids_arr", Kind: Rollup, Of: "q", From: FromChildren, Take: TakeARR},
			Definition{Name: "grandkids", Kind: Rollup, Of: "kids", From: FromChildren, Take: TakeSum},
			Definition{Name: "kids_share", Kind: Quotient, Of: "kids", Over: "rolled"},
			Definition{Name: "peer", Kind: Peer, Of: "m0x", As: rapid.SampledFrom([]As{AsPercentile, AsZ, AsRank}).Draw(t, "peer as")},
			Definition{Name: "peer_in", Kind: Peer, Of: "kids_share", As: AsPercentile, Within: WithinSegment},
			Definition{Name: "peer_mix", Kind: Formula, Expr: "peer + coalesce(peer_in, 0)"},
		)
		store, columns := load(t, drawEvents(t))
		set, err := Compile(defs)
		if err != nil {
			t.Fatal(err)
		}
		if err := set.GroupBy([]string{"size"}); err != nil {
			t.Fatal(err)
		}
		q := Query{Instants: drawInstants(t), KnownOnly: rapid.Bool().Draw(t, "known only"), Workers: 2, Group: bySize}
		data := Data{Columns: columns, Products: testProducts, Accounts: drawFacts(t), Facets: facets(t, set, store)}
		values, err := set.Evaluate(t.Context(), data, q)
		if err != nil {
			t.Fatal(err)
		}
		for a := range data.Accounts {
			for i := range q.Instants {
				for _, name := range values.Metrics {
					got, ok := values.Account(name, a, i)
					againstWhy(t, set, data, q, name, a, "", i, got, ok, values.AgeDays(name, a, i))
				}
				for _, p := range values.Products(a) {
					for _, name := range values.PerRelationship {
						got, ok := values.Relationship(name, a, p, i)
						againstWhy(t, set, data, q, name, a, p, i, got, ok, values.RelationshipAgeDays(name, a, p, i))
					}
				}
			}
		}
	})
}

func againstWhy(t *rapid.T, set *Set, data Data, q Query, name string, a int, product string, i int, got float64, ok bool, age float64) {
	w, err := set.Why(t.Context(), data, WhyQuery{Metric: name, Account: data.Accounts[a].ID, Product: product, Instant: q.Instants[i], KnownOnly: q.KnownOnly, Group: q.Group})
	if err != nil {
		t.Fatal(err)
	}
	if ok != (w.Value != nil) || ok && got != *w.Value {
		t.Errorf("%s of %s %q: evaluated %v %t, explained %+v", name, data.Accounts[a].ID, product, got, ok, w)
	}
	if ok == (w.Missing != "") {
		t.Errorf("%s: value %t and reason %q", name, ok, w.Missing)
	}
	wantAge := -1.0
	if w.AgeDays != nil {
		wantAge = *w.AgeDays
	}
	if math.Abs(age-wantAge) > 1e-9 {
		t.Errorf("%s: age %v, explained %v", name, age, wantAge)
	}
}
