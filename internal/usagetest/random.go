package usagetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kept/internal/id"
	"kept/internal/usage"
)

// The words and times of random events are few, so that they collide often: on
// window bounds, in ties, across products and actors.
var (
	randomAccounts = []id.Account{acme, globex, umbra, ""}
	randomNames    = []string{"login", "export", "invite", "nps_answer"}
	randomActors   = []string{"app:ann", "app:bob", "crm:ann", ""}
	randomProducts = []string{"core", "extra", ""}
)

const randomDays = 120

// runRandom does the same things to the store under test and to the reference,
// and compares what they answer.
func runRandom(t *testing.T, open Opener) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		// rapid's T is no testing.TB, and a store is opened per case.
		store, reference := open(t), usage.NewMemoryStore()
		defer func() { _ = store.Close() }()
		Compare(rt, store, reference)
	})
}

// Compare applies a random history to two empty stores and reports every
// difference in their answers.
func Compare(t *rapid.T, store, reference usage.Store) {
	ctx := t.Context()
	steps := rapid.IntRange(1, 4).Draw(t, "steps")
	for range steps {
		batch := rapid.SliceOfN(rapid.Custom(randomEvent), 0, 60).Draw(t, "batch")
		got, err := store.Append(ctx, batch)
		want, wantErr := reference.Append(ctx, batch)
		same(t, "Append", got, err, want, wantErr)
		switch rapid.IntRange(0, 5).Draw(t, "change") {
		case 0:
			actor, account := rapid.SampledFrom(randomActors[:3]).Draw(t, "actor"), rapid.SampledFrom(randomAccounts[:3]).Draw(t, "account")
			got, err := store.Attribute(ctx, actor, account)
			want, wantErr := reference.Attribute(ctx, actor, account)
			same(t, "Attribute", got, err, want, wantErr)
		case 1:
			account := rapid.SampledFrom(randomAccounts[:3]).Draw(t, "account")
			got, err := store.Erase(ctx, account)
			want, wantErr := reference.Erase(ctx, account)
			same(t, "Erase", got, err, want, wantErr)
		}
		for range rapid.IntRange(1, 3).Draw(t, "queries") {
			compareAggregates(t, store, reference, randomQuery(t))
			compareLists(t, store, reference, randomList(t))
		}
	}
	gotNames, err := store.Names(ctx)
	wantNames, wantErr := reference.Names(ctx)
	same(t, "Names", gotNames, err, wantNames, wantErr)
	var got, want []usage.Event
	err = store.Scan(ctx, nil, func(e []usage.Event) error { got = append(got, e...); return nil })
	wantErr = reference.Scan(ctx, nil, func(e []usage.Event) error { want = append(want, e...); return nil })
	// Events with equal account, time and value have no order of their own.
	order := func(a, b usage.Event) int {
		if a.Account == b.Account && a.At.Equal(b.At) && a.HasValue == b.HasValue && a.Value == b.Value {
			return slices.Compare([]string{a.Name, a.Actor, a.Product, a.KnownAt.String()}, []string{b.Name, b.Actor, b.Product, b.KnownAt.String()})
		}
		return 0
	}
	for _, events := range [][]usage.Event{got, want} {
		for from := 0; from < len(events); {
			to := from + 1
			for to < len(events) && sameRank(&events[from], &events[to]) {
				to++
			}
			slices.SortFunc(events[from:to], order)
			from = to
		}
	}
	same(t, "Scan", got, err, want, wantErr)
	gotAccounts, gotMark, err := store.Touched(ctx, 0)
	wantAccounts, wantMark, wantErr := reference.Touched(ctx, 0)
	slices.Sort(gotAccounts)
	same(t, "Touched", gotAccounts, err, wantAccounts, wantErr)
	if (gotMark == 0) != (wantMark == 0) {
		t.Errorf("Touched: mark %d, reference %d", gotMark, wantMark)
	}
}

func sameRank(a, b *usage.Event) bool {
	return a.Account == b.Account && a.At.Equal(b.At) && a.HasValue == b.HasValue && a.Value == b.Value
}

func same[V any](t *rapid.T, what string, got V, err error, want V, wantErr error) {
	t.Helper()
	if err != nil || wantErr != nil {
		t.Fatalf("%s: %v; reference: %v", what, err, wantErr)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s differs from the reference (-want +got):\n%s", what, diff)
	}
}

func randomEvent(t *rapid.T) usage.Event {
	at := randomTime(t, "at")
	e := usage.Event{
		MessageID: fmt.Sprintf("m%d", rapid.IntRange(0, 400).Draw(t, "message")),
		At:        at,
		KnownAt:   at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 3600, 86400, 30 * 86400}).Draw(t, "delay")) * time.Second),
		Account:   rapid.SampledFrom(randomAccounts).Draw(t, "account"),
		Product:   rapid.SampledFrom(randomProducts).Draw(t, "product"),
		Actor:     rapid.SampledFrom(randomActors).Draw(t, "actor"),
		Name:      rapid.SampledFrom(randomNames).Draw(t, "name"),
		Source:    "app",
	}
	if rapid.Bool().Draw(t, "has value") {
		// Dyadic values of few bits: sums are exact in any order.
		e.HasValue, e.Value = true, float64(rapid.IntRange(-4000, 4000).Draw(t, "value"))/64
	}
	if rapid.IntRange(0, 9).Draw(t, "properties") == 0 {
		e.Properties = map[string]any{"s": "t", "f": 1.5, "b": true}
	}
	return e
}

// randomTime is near a bound of a window more often than not.
func randomTime(t *rapid.T, label string) time.Time {
	at := noon.Add(-time.Duration(rapid.IntRange(0, randomDays).Draw(t, label+" day")) * day)
	at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 12, 5}).Draw(t, label+" hour")) * time.Hour)
	return at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, -1, 999_999, 1_000_000}).Draw(t, label+" microsecond")) * time.Microsecond)
}

func randomQuery(t *rapid.T) usage.AggregateQuery {
	q := usage.AggregateQuery{
		PerProduct: rapid.Bool().Draw(t, "per product"),
		KnownOnly:  rapid.Bool().Draw(t, "known only"),
	}
	for range rapid.IntRange(1, 5).Draw(t, "instants") {
		q.Instants = append(q.Instants, randomTime(t, "instant").Truncate(time.Second))
	}
	slices.SortFunc(q.Instants, time.Time.Compare)
	q.Instants = slices.CompactFunc(q.Instants, time.Time.Equal)
	for range rapid.IntRange(1, 6).Draw(t, "aggregates") {
		q.Aggregates = append(q.Aggregates, usage.Aggregate{
			Kind:    rapid.SampledFrom(usage.Kinds()).Draw(t, "kind"),
			Names:   rapid.SliceOfNDistinct(rapid.SampledFrom(append([]string{"never"}, randomNames...)), 0, 3, rapid.ID).Draw(t, "names"),
			Days:    rapid.SampledFrom([]int{0, 1, 7, 28, 90}).Draw(t, "days"),
			Offset:  rapid.SampledFrom([]int{0, 0, 1, 28}).Draw(t, "offset"),
			Product: rapid.SampledFrom([]string{"", "", "core", "never"}).Draw(t, "of product"),
		})
	}
	return q
}

// compareAggregates compares cell by cell. The values are dyadic, so everything
// is exact but a mean or a recency, which one division rounds: alike.
func compareAggregates(t *rapid.T, store, reference usage.Store, q usage.AggregateQuery) {
	cells := func(s usage.Store) map[cellKey]float64 {
		list, err := s.Aggregate(t.Context(), q)
		if err != nil {
			t.Fatalf("Aggregate(%+v): %v", q, err)
		}
		out := map[cellKey]float64{}
		for _, c := range list {
			out[cellKey{c.Account, c.Product, c.Instant, c.Aggregate}] = c.Value
		}
		if len(out) != len(list) {
			t.Fatalf("Aggregate(%+v): the same cell twice", q)
		}
		return out
	}
	if diff := cmp.Diff(cells(reference), cells(store)); diff != "" {
		t.Fatalf("Aggregate(%+v) differs from the reference (-want +got):\n%s", q, diff)
	}
}

func randomList(t *rapid.T) usage.ListQuery {
	q := usage.ListQuery{Limit: rapid.IntRange(1, 30).Draw(t, "limit")}
	if rapid.Bool().Draw(t, "of account") {
		q.Account = rapid.SampledFrom(randomAccounts).Draw(t, "listed account")
	}
	if rapid.Bool().Draw(t, "of name") {
		q.Name = rapid.SampledFrom(randomNames).Draw(t, "listed name")
	}
	if rapid.IntRange(0, 3).Draw(t, "of actor") == 0 {
		q.Actor = rapid.SampledFrom(randomActors).Draw(t, "listed actor")
	}
	if rapid.IntRange(0, 3).Draw(t, "by attribution") == 0 {
		attributed := rapid.Bool().Draw(t, "attributed")
		q.Attributed = &attributed
	}
	if rapid.Bool().Draw(t, "bounded") {
		q.From, q.To = randomTime(t, "from"), randomTime(t, "to")
	}
	if rapid.IntRange(0, 3).Draw(t, "known") == 0 {
		q.KnownBy = randomTime(t, "known by")
	}
	return q
}

// compareLists pages through both stores, each with its own cursors.
func compareLists(t *rapid.T, store, reference usage.Store, q usage.ListQuery) {
	mine, theirs := q, q
	for {
		got, err := store.List(t.Context(), mine)
		want, wantErr := reference.List(t.Context(), theirs)
		same(t, fmt.Sprintf("List(%+v)", mine), got.Events, err, want.Events, wantErr)
		if got.Total != want.Total || (got.Next == "") != (want.Next == "") {
			t.Fatalf("List(%+v): total %d and next %q, reference %d and %q", mine, got.Total, got.Next, want.Total, want.Next)
		}
		if got.Next == "" {
			return
		}
		mine.Cursor, theirs.Cursor = got.Next, want.Next
	}
}
