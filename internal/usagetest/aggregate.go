package usagetest

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"kept/internal/id"
	"kept/internal/usage"
)

func aggregateExamples() []Example {
	return []Example{
		{"every aggregate has its value", everyKind},
		{"windows are half-open", halfOpen},
		{"offsets move the whole window", offsets},
		{"products limit and split", products},
		{"known only", knownOnly},
		{"many instants", manyInstants},
		{"cells with nothing to say are absent", nothingToSay},
		{"bad aggregate queries", badAggregates},
	}
}

// cellKey is what a cell is about, for comparison in any order.
type cellKey struct {
	account            id.Account
	product            string
	instant, aggregate int
}

func (k cellKey) String() string {
	return fmt.Sprintf("%s/%s at instant %d, aggregate %d", k.account, k.product, k.instant, k.aggregate)
}

func cellsOf(t TB, s usage.Store, q usage.AggregateQuery) map[cellKey]float64 {
	t.Helper()
	cells, err := s.Aggregate(t.Context(), q)
	if err != nil {
		t.Fatalf("Aggregate(%+v): %v", q, err)
	}
	out := make(map[cellKey]float64, len(cells))
	for _, c := range cells {
		k := cellKey{c.Account, c.Product, c.Instant, c.Aggregate}
		if _, twice := out[k]; twice {
			t.Errorf("%s: two cells", k)
		}
		out[k] = c.Value
	}
	return out
}

// wantCells compares cells: counts exactly, the rest to 1e-12 of the value.
func wantCells(t TB, what string, got, want map[cellKey]float64) {
	t.Helper()
	for k, w := range want {
		g, ok := got[k]
		if !ok {
			t.Errorf("%s: %s: no cell, want %v", what, k, w)
		} else if math.Abs(g-w) > 1e-12*math.Abs(w) {
			t.Errorf("%s: %s: got %v, want %v", what, k, g, w)
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: %s: got %v, want no cell", what, k, g)
		}
	}
}

func everyKind(t TB, s usage.Store) {
	put(t, s,
		event("1", "x", noon.Add(-1*day), worth(3)),
		event("2", "x", noon.Add(-1*day+time.Minute), by("app:bob"), worth(-0.5)),
		event("3", "y", noon.Add(-2*day), by("app:bob")),
		event("4", "y", noon.Add(-36*time.Hour-500*time.Microsecond), by("")),
		event("5", "x", noon.Add(-6*time.Hour+time.Millisecond), by("")),
		event("6", "x", noon.Add(-100*day), worth(1000)),
		event("7", "x", noon, worth(1000)),
		event("8", "z", noon.Add(-1*day), of(globex), worth(2)),
		event("9", "x", noon.Add(-1*day), of(""), worth(1000)),
	)
	var aggregates []usage.Aggregate
	for _, k := range usage.Kinds() {
		aggregates = append(aggregates, usage.Aggregate{Kind: k, Days: 7}, usage.Aggregate{Kind: k, Names: []string{"y", "nothing of this name"}, Days: 7})
	}
	got := cellsOf(t, s, usage.AggregateQuery{Instants: []time.Time{noon}, Aggregates: aggregates})
	want := map[cellKey]float64{}
	for kind, values := range map[usage.Kind][3]float64{ // all of acme, y of acme, all of globex
		usage.Count:          {5, 2, 1},
		usage.Sum:            {2.5, math.NaN(), 2},
		usage.Mean:           {1.25, math.NaN(), 2},
		usage.DistinctActors: {2, 1, 1},
		usage.ActiveDays:     {3, 1, 1}, // the 28th twice (at 23:59:59.9995 too), the 29th, the 30th
		usage.Recency:        {0.25, (36*3600 + 1) / 86400.0, 1},
		usage.Latest:         {-0.5, math.NaN(), 2},
	} {
		for i, k := range usage.Kinds() {
			if k != kind {
				continue
			}
			for j, key := range []cellKey{{acme, "", 0, 2 * i}, {acme, "", 0, 2*i + 1}, {globex, "", 0, 2 * i}} {
				if !math.IsNaN(values[j]) {
					want[key] = values[j]
				}
			}
		}
	}
	wantCells(t, "7 days", got, want)
	ties := event("10", "tie", noon.Add(-time.Hour), worth(7))
	put(t, s, ties, event("11", "tie", noon.Add(-time.Hour), worth(9)), event("12", "tie", noon.Add(-time.Hour), worth(8)),
		event("13", "tie", noon.Add(-time.Minute)), event("14", "tie", noon.Add(-2*time.Hour), worth(99)))
	got = cellsOf(t, s, usage.AggregateQuery{Instants: []time.Time{noon}, Aggregates: []usage.Aggregate{{Kind: usage.Latest, Names: []string{"tie"}}}})
	wantCells(t, "latest of a tie", got, map[cellKey]float64{{acme, "", 0, 0}: 9})
}

func halfOpen(t TB, s usage.Store) {
	tick := time.Microsecond
	put(t, s,
		event("before", "x", noon.Add(-7*day-tick), worth(1)), event("start", "x", noon.Add(-7*day), worth(2)),
		event("last", "x", noon.Add(-tick), worth(4)), event("end", "x", noon, worth(8)),
	)
	got := cellsOf(t, s, usage.AggregateQuery{
		Instants: []time.Time{noon, noon.Add(time.Second)},
		Aggregates: []usage.Aggregate{
			{Kind: usage.Sum, Days: 7}, {Kind: usage.Sum}, {Kind: usage.Recency, Days: 7}, {Kind: usage.Sum, Days: 7, Offset: 7},
		},
	})
	wantCells(t, "bounds", got, map[cellKey]float64{
		{acme, "", 0, 0}: 6, {acme, "", 0, 1}: 7, {acme, "", 0, 2}: 1 / 86400.0, {acme, "", 0, 3}: 1,
		{acme, "", 1, 0}: 12, {acme, "", 1, 1}: 15, {acme, "", 1, 2}: 1 / 86400.0, {acme, "", 1, 3}: 3,
	})
}

func offsets(t TB, s usage.Store) {
	for i := range 20 {
		put(t, s, event(strconv.Itoa(i), "x", noon.Add(-time.Duration(i)*day), worth(float64(int(1)<<i))))
	}
	got := cellsOf(t, s, usage.AggregateQuery{Instants: []time.Time{noon}, Aggregates: []usage.Aggregate{
		{Kind: usage.Sum, Days: 2},
		{Kind: usage.Sum, Days: 2, Offset: 2},
		{Kind: usage.Sum, Offset: 17},
		{Kind: usage.Recency, Days: 3, Offset: 4},
		{Kind: usage.Latest, Offset: 10},
		{Kind: usage.Count, Days: 1, Offset: 400},
	}})
	wantCells(t, "offsets", got, map[cellKey]float64{
		{acme, "", 0, 0}: 1<<1 + 1<<2, {acme, "", 0, 1}: 1<<3 + 1<<4, {acme, "", 0, 2}: 1<<18 + 1<<19,
		{acme, "", 0, 3}: 5, {acme, "", 0, 4}: 1 << 11,
	})
}

func products(t TB, s usage.Store) {
	at := noon.Add(-time.Hour)
	put(t, s,
		event("1", "x", at), event("2", "x", at, on("extra")), event("3", "y", at, on("extra"), by("app:bob")),
		event("4", "x", at, on("")), event("5", "x", at, of(globex)),
	)
	aggregates := []usage.Aggregate{{Kind: usage.Count}, {Kind: usage.Count, Product: "extra"}, {Kind: usage.Count, Product: "none such"}, {Kind: usage.DistinctActors, Days: 1}}
	got := cellsOf(t, s, usage.AggregateQuery{Instants: []time.Time{noon}, Aggregates: aggregates})
	wantCells(t, "per account", got, map[cellKey]float64{
		{acme, "", 0, 0}: 4, {acme, "", 0, 1}: 2, {acme, "", 0, 3}: 2, {globex, "", 0, 0}: 1, {globex, "", 0, 3}: 1,
	})
	got = cellsOf(t, s, usage.AggregateQuery{Instants: []time.Time{noon}, Aggregates: aggregates, PerProduct: true})
	want := map[cellKey]float64{{acme, "core", 0, 3}: 1, {acme, "extra", 0, 3}: 2, {globex, "core", 0, 3}: 1}
	for a := range 3 { // the product of the aggregate is ignored
		want[cellKey{acme, "core", 0, a}], want[cellKey{acme, "extra", 0, a}], want[cellKey{globex, "core", 0, a}] = 1, 2, 1
	}
	wantCells(t, "per product", got, want)
}

func knownOnly(t TB, s usage.Store) {
	put(t, s,
		event("1", "x", noon.Add(-2*day)), event("2", "x", noon.Add(-2*day), knownAt(noon)),
		event("3", "x", noon.Add(-2*day), knownAt(noon.Add(time.Microsecond))), event("4", "x", noon.Add(-2*day), knownAt(noon.Add(day))),
	)
	q := usage.AggregateQuery{
		Instants:   []time.Time{noon.Add(-day), noon, noon.Add(time.Second), noon.Add(day)},
		Aggregates: []usage.Aggregate{{Kind: usage.Count}, {Kind: usage.Count, Days: 30, Offset: 1}}, KnownOnly: true,
	}
	wantCells(t, "known only", cellsOf(t, s, q), map[cellKey]float64{
		{acme, "", 0, 0}: 1, {acme, "", 1, 0}: 2, {acme, "", 2, 0}: 3, {acme, "", 3, 0}: 4,
		{acme, "", 1, 1}: 2, {acme, "", 2, 1}: 3, {acme, "", 3, 1}: 4,
	})
	q.KnownOnly = false
	q.Aggregates = q.Aggregates[:1]
	wantCells(t, "all", cellsOf(t, s, q), map[cellKey]float64{
		{acme, "", 0, 0}: 4, {acme, "", 1, 0}: 4, {acme, "", 2, 0}: 4, {acme, "", 3, 0}: 4,
	})
}

func manyInstants(t TB, s usage.Store) {
	var batch []usage.Event
	for i := range 60 {
		batch = append(batch, event(strconv.Itoa(i), "x", noon.Add(time.Duration(i)*day)))
	}
	put(t, s, batch...)
	var instants []time.Time
	want := map[cellKey]float64{}
	for i := range 70 {
		instants = append(instants, noon.Add(time.Duration(i-5)*day))
		if n := min(i-5, 60) - max(i-5-7, 0); n > 0 {
			want[cellKey{acme, "", i, 0}] = float64(n)
		}
	}
	q := usage.AggregateQuery{Instants: instants, Aggregates: []usage.Aggregate{{Kind: usage.Count, Days: 7}}}
	wantCells(t, "one window per day", cellsOf(t, s, q), want)
}

func nothingToSay(t TB, s usage.Store) {
	var aggregates []usage.Aggregate
	for _, k := range usage.Kinds() {
		aggregates = append(aggregates, usage.Aggregate{Kind: k, Days: 1}, usage.Aggregate{Kind: k}, usage.Aggregate{Kind: k, Names: []string{"never"}})
	}
	q := usage.AggregateQuery{Instants: []time.Time{noon}, Aggregates: aggregates}
	wantCells(t, "empty store", cellsOf(t, s, q), nil)
	put(t, s, event("1", "x", noon.Add(day), worth(5)), event("2", "x", noon.Add(-day), of(""), worth(5)))
	wantCells(t, "only later and unattributed events", cellsOf(t, s, q), nil)
	wantCells(t, "no aggregates", cellsOf(t, s, usage.AggregateQuery{Instants: []time.Time{noon}}), nil)
	wantCells(t, "no instants", cellsOf(t, s, usage.AggregateQuery{Aggregates: aggregates}), nil)
	// Values that cancel out are something to say.
	put(t, s, event("3", "zero", noon.Add(-2*day), worth(5)), event("4", "zero", noon.Add(-2*day), worth(-5)))
	q.Aggregates = []usage.Aggregate{{Kind: usage.Sum, Names: []string{"zero"}}, {Kind: usage.Mean, Names: []string{"zero"}}}
	wantCells(t, "sum of zero", cellsOf(t, s, q), map[cellKey]float64{{acme, "", 0, 0}: 0, {acme, "", 0, 1}: 0})
}

func badAggregates(t TB, s usage.Store) {
	ok := usage.Aggregate{Kind: usage.Count}
	for what, q := range map[string]usage.AggregateQuery{
		"kind":          {Instants: []time.Time{noon}, Aggregates: []usage.Aggregate{{Kind: "median"}}},
		"negative days": {Instants: []time.Time{noon}, Aggregates: []usage.Aggregate{{Kind: usage.Count, Days: -1}}},
		"endless days":  {Instants: []time.Time{noon}, Aggregates: []usage.Aggregate{{Kind: usage.Count, Days: 1 << 40}}},
		"future offset": {Instants: []time.Time{noon}, Aggregates: []usage.Aggregate{{Kind: usage.Count, Offset: -1}}},
		"descending":    {Instants: []time.Time{noon, noon.Add(-day)}, Aggregates: []usage.Aggregate{ok}},
		"repeated":      {Instants: []time.Time{noon, noon}, Aggregates: []usage.Aggregate{ok}},
		"fraction":      {Instants: []time.Time{noon.Add(time.Millisecond)}, Aggregates: []usage.Aggregate{ok}},
		"no instant":    {Instants: []time.Time{{}}, Aggregates: []usage.Aggregate{ok}},
	} {
		_, err := s.Aggregate(t.Context(), q)
		wantInvalid(t, what, err)
	}
}
