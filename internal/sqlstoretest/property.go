package sqlstoretest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
	"kept/internal/sqlstore"
	"kept/internal/testfix"
)

// memory is the obvious record of facts: a list, and every question answered by
// reading all of it.
type memory struct{ facts []customer.Fact }

func (m *memory) add(f customer.Fact) customer.Outcome {
	held, holds := m.holds(f)
	switch {
	case !holds && f.Value.IsZero():
		return unchanged
	case holds && held.Value == f.Value && held.ValidTo.Equal(f.ValidTo):
		return unchanged
	}
	f.Seq = int64(len(m.facts) + 1)
	m.facts = append(m.facts, f)
	if !holds || held.Value.IsZero() {
		return created
	}
	return updated
}

// holds is the definition of customer.Fact, word for word: among the facts with
// KnownAt ≤ K and ValidFrom ≤ V < ValidTo, the latest by (ValidFrom, KnownAt, Seq).
func (m *memory) holds(at customer.Fact) (best customer.Fact, found bool) {
	for _, f := range m.facts {
		if f.AccountID != at.AccountID || f.ProductID != at.ProductID || f.Key != at.Key {
			continue
		}
		if f.KnownAt.After(at.KnownAt) || f.ValidFrom.After(at.ValidFrom) || !f.ValidTo.IsZero() && !at.ValidFrom.Before(f.ValidTo) {
			continue
		}
		if !found || compare(best, f) < 0 {
			best, found = f, true
		}
	}
	return best, found
}

func compare(a, b customer.Fact) int {
	if c := a.ValidFrom.Compare(b.ValidFrom); c != 0 {
		return c
	}
	if c := a.KnownAt.Compare(b.KnownAt); c != 0 {
		return c
	}
	return int(a.Seq - b.Seq)
}

// drawFact draws from few instants, keys and values, so that collisions are
// the rule.
func drawFact(t *rapid.T, accounts []id.Account, products []id.Product) customer.Fact {
	day := func(label string) time.Time {
		return testfix.Day(2025, 1, rapid.IntRange(1, 5).Draw(t, label))
	}
	f := customer.Fact{
		AccountID: rapid.SampledFrom(accounts).Draw(t, "account"),
		ProductID: rapid.SampledFrom(products).Draw(t, "product"),
		Key:       rapid.SampledFrom([]string{"a", "B", "ä"}).Draw(t, "key"),
		Value: rapid.SampledFrom([]customer.Value{
			{}, customer.TextValue("x"), customer.NumberValue(1.5), customer.BoolValue(true),
		}).Draw(t, "value"),
		ValidFrom: day("from"),
		KnownAt:   day("known"),
	}
	if rapid.IntRange(0, 3).Draw(t, "ends") == 0 {
		f.ValidTo = f.ValidFrom.AddDate(0, 0, rapid.IntRange(1, 3).Draw(t, "days"))
	}
	return f
}

// testFactProperty adds random facts in random batches and compares outcomes
// and content with the obvious record.
func testFactProperty(t *testing.T, e *env) {
	run, p := 0, testfix.Product("p")
	e.write(t, func(tx *sqlstore.Tx) error {
		_, err := tx.PutProducts(t.Context(), []customer.Product{p})
		return err
	})
	check(t, func(rt *rapid.T) {
		run++
		var accounts []id.Account
		for _, a := range e.accounts(t, fmt.Sprint("facts a", run), fmt.Sprint("facts b", run)) {
			accounts = append(accounts, a.ID)
		}
		ref := &memory{}
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			batch := make([]customer.Fact, rapid.IntRange(1, 8).Draw(rt, "facts"))
			want := make(results, len(batch))
			for i := range batch {
				batch[i] = drawFact(rt, accounts, []id.Product{"", p.ID})
				want[i] = ref.add(batch[i])
			}
			err := e.Write(t.Context(), func(tx *sqlstore.Tx) error {
				got, err := tx.AddFacts(t.Context(), batch)
				if diff := cmp.Diff(want, got); err == nil && diff != "" {
					rt.Errorf("outcomes (-want +got):\n%s\nbatch: %+v", diff, batch)
				}
				return err
			})
			if err != nil {
				rt.Fatal(err)
			}
		}
		got, err := e.Facts(t.Context(), customer.Filter{Accounts: accounts})
		if err != nil {
			rt.Fatal(err)
		}
		want := append([]customer.Fact{}, ref.facts...)
		customer.SortFacts(want)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(customer.Fact{}, "Seq")); diff != "" {
			rt.Fatalf("facts (-want +got):\n%s", diff)
		}
	})
}

// testRevisionProperty puts random revisions and checks, for every pair of
// instants, that the store says what the last revision put for that moment said.
func testRevisionProperty(t *testing.T, e *env) {
	run, acc := 0, e.accounts(t, "a")[0]
	check(t, func(rt *rapid.T) {
		run++
		sub := customer.Subscription{ID: id.Subscription(fmt.Sprint("sub_", run)), AccountID: acc.ID}
		var said []customer.Revision
		for range rapid.IntRange(1, 8).Draw(rt, "revisions") {
			day := func(label string) time.Time { return testfix.Day(2025, 1, rapid.IntRange(1, 4).Draw(rt, label)) }
			rev := customer.Revision{
				ValidFrom: day("from"), KnownAt: day("known"), Start: testfix.Day(2025, 1, 1),
				ARR: money.Amount{Minor: rapid.Int64Range(1, 3).Draw(rt, "arr"), Currency: "USD"},
			}
			sub.Revisions = []customer.Revision{rev}
			want, grows := updated, true
			if best, ok := newestFor(said, rev); ok && best.ARR == rev.ARR {
				want, grows = unchanged, false
			}
			if len(said) == 0 {
				want = created
			}
			if grows {
				said = append(said, rev)
			}
			err := e.Write(t.Context(), func(tx *sqlstore.Tx) error {
				got, err := tx.PutSubscriptions(t.Context(), []customer.Subscription{sub})
				if err == nil && got[0] != want {
					rt.Errorf("revision %+v is %s, want %s; before: %+v", rev, got[0], want, said)
				}
				return err
			})
			if err != nil {
				rt.Fatal(err)
			}
		}
		got, err := e.Subscriptions(t.Context(), customer.Filter{Page: customer.Page{Limit: customer.Everything}})
		if err != nil {
			rt.Fatal(err)
		}
		for i := range got {
			if got[i].ID == sub.ID {
				compareRevisions(rt, &got[i], said)
			}
		}
	})
}

// newestFor returns the revision that was last put for the same ValidFrom,
// among those known by then.
func newestFor(said []customer.Revision, at customer.Revision) (best customer.Revision, found bool) {
	for _, r := range said {
		if r.ValidFrom.Equal(at.ValidFrom) && !r.KnownAt.After(at.KnownAt) && (!found || !r.KnownAt.Before(best.KnownAt)) {
			best, found = r, true
		}
	}
	return best, found
}

func compareRevisions(rt *rapid.T, got *customer.Subscription, said []customer.Revision) {
	if len(got.Revisions) != len(said) {
		rt.Fatalf("%d revisions are stored, want %d", len(got.Revisions), len(said))
	}
	put := customer.Subscription{Revisions: said}
	for day := range 6 {
		asOf := testfix.Day(2025, 1, day)
		a, okA := got.At(asOf)
		b, okB := put.At(asOf)
		if okA != okB || a.ARR != b.ARR {
			rt.Fatalf("at %v the store says %+v (%t), want %+v (%t)", asOf, a, okA, b, okB)
		}
	}
}

// check runs a property few times: each run costs several transactions.
func check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	began := time.Now()
	rapid.Check(t, func(rt *rapid.T) {
		if time.Since(began) > propertyTime {
			return
		}
		property(rt)
	})
}

const propertyTime = 1500 * time.Millisecond
