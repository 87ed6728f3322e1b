package sqlstoretest

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/sqlstore"
	"kept/internal/testfix"
)

func testSubscriptions(t *testing.T, e *env) {
	acc := e.accounts(t, "a")
	s := testfix.Subscription(acc[0].ID, "1", 120_000)
	put := func(rows ...customer.Subscription) func(tx *sqlstore.Tx) ([]customer.Outcome, error) {
		return func(tx *sqlstore.Tx) ([]customer.Outcome, error) { return tx.PutSubscriptions(t.Context(), rows) }
	}
	read := func() customer.Subscription {
		t.Helper()
		all := must(e.Subscriptions(t.Context(), customer.Filter{}))(t)
		for _, one := range all {
			if one.ID == s.ID {
				return one
			}
		}
		t.Fatalf("the subscription is not among %d", len(all))
		return customer.Subscription{}
	}
	outcomes(t, e, results{created}, put(s))
	same(t, "subscription", read(), s)
	outcomes(t, e, results{unchanged, unchanged}, put(s, s))

	// The same said later adds nothing; another thing said later does.
	later := s
	later.Revisions = []customer.Revision{s.Revisions[0]}
	later.Revisions[0].KnownAt = testfix.Day(2025, 2, 1)
	outcomes(t, e, results{unchanged}, put(later))
	later.Revisions[0].ARR.Minor = 90_000
	outcomes(t, e, results{updated, unchanged}, put(later, later))
	change := s
	change.Revisions = nil
	change.Current.ValidFrom, change.Current.KnownAt, change.Current.Seats = testfix.Day(2025, 6, 1), time.Time{}, 20
	outcomes(t, e, results{updated}, put(change))

	got := read()
	if len(got.Revisions) != 3 || got.Current != got.Revisions[2] || !got.Current.KnownAt.Equal(start) {
		t.Fatalf("revisions: %+v, want three and the newest as current", got.Revisions)
	}
	for _, c := range []struct {
		asOf time.Time
		arr  int64
	}{{testfix.Day(2025, 1, 15), 120_000}, {testfix.Day(2025, 2, 15), 90_000}, {testfix.Day(2025, 12, 1), 90_000}, {start, 120_000}} {
		if rev, ok := got.At(c.asOf); !ok || rev.ARR.Minor != c.arr {
			t.Errorf("at %v the ARR is %d (%t), want %d", c.asOf, rev.ARR.Minor, ok, c.arr)
		}
	}

	renewal := testfix.Subscription(acc[0].ID, "2", 130_000)
	renewal.RenewalOf = "sub_none"
	e.refused(t, fault.Invalid, "subscriptions[0].renewal_of", func(tx *sqlstore.Tx) error { _, err := put(renewal)(tx); return err })
	renewal.RenewalOf = s.ID
	outcomes(t, e, results{created}, put(renewal))
	for field, spoil := range map[string]func(*customer.Revision){
		"subscriptions[0].start":        func(r *customer.Revision) { r.Start = time.Time{} },
		"subscriptions[0].end":          func(r *customer.Revision) { r.End = r.Start.AddDate(-1, 0, 0) },
		"subscriptions[0].arr.currency": func(r *customer.Revision) { r.ARR.Currency = "" },
	} {
		bad := testfix.Subscription(acc[0].ID, "bad", 1)
		spoil(&bad.Revisions[0])
		e.refused(t, fault.Invalid, field, func(tx *sqlstore.Tx) error { _, err := put(bad)(tx); return err })
	}
}

func testFacts(t *testing.T, e *env) {
	acc := e.accounts(t, "a", "b")
	p := testfix.Product("analytics")
	e.write(t, func(tx *sqlstore.Tx) error {
		_, err := tx.PutProducts(t.Context(), []customer.Product{p})
		return err
	})
	add := func(rows ...customer.Fact) func(tx *sqlstore.Tx) ([]customer.Outcome, error) {
		return func(tx *sqlstore.Tx) ([]customer.Outcome, error) { return tx.AddFacts(t.Context(), rows) }
	}
	jan, feb := testfix.Day(2025, 1, 1), testfix.Day(2025, 2, 1)
	gold := testfix.Fact(acc[0].ID, "tier", customer.TextValue("gold"), jan)
	outcomes(t, e, results{created, unchanged}, add(gold, gold))
	again := gold
	again.ValidFrom, again.KnownAt = feb, time.Time{}
	outcomes(t, e, results{unchanged}, add(again))
	silver := testfix.Fact(acc[0].ID, "tier", customer.TextValue("silver"), feb)
	gone := testfix.Fact(acc[0].ID, "tier", customer.Value{}, testfix.Day(2025, 3, 1))
	outcomes(t, e, results{updated, updated, unchanged}, add(silver, gone, gone))
	other := testfix.Fact(acc[0].ID, "tier", customer.NumberValue(2.5), jan)
	other.ProductID, other.ValidTo, other.Author, other.Reason = p.ID, feb, "usr_1", "a guess"
	outcomes(t, e, results{created, unchanged}, add(other, other))
	// Clearing what was never there says nothing.
	outcomes(t, e, results{unchanged}, add(testfix.Fact(acc[1].ID, "tier", customer.Value{}, jan)))

	all := must(e.Facts(t.Context(), customer.Filter{}))(t)
	want := []customer.Fact{gold, silver, gone, other}
	same(t, "facts", all, want, cmpopts.IgnoreFields(customer.Fact{}, "Seq"))
	same(t, "pages of facts", pages(t, func(pg customer.Page) ([]customer.Fact, error) {
		return e.Facts(t.Context(), customer.Filter{Page: pg})
	}, func(f customer.Fact) string { return strconv.FormatInt(f.Seq, 10) }), all)
	for i, f := range all {
		if f.Seq <= 0 || i > 0 && f.Seq <= all[i-1].Seq {
			t.Errorf("sequences do not ascend: %d", f.Seq)
		}
	}
	for field, spoil := range map[string]func(*customer.Fact){
		"facts[0].account_id": func(f *customer.Fact) { f.AccountID = "acc_none" },
		"facts[0].product_id": func(f *customer.Fact) { f.ProductID = "prd_none" },
		"facts[0].key":        func(f *customer.Fact) { f.Key = "" },
		"facts[0].valid_from": func(f *customer.Fact) { f.ValidFrom = time.Time{} },
		"facts[0].valid_to":   func(f *customer.Fact) { f.ValidTo = f.ValidFrom },
		"facts[0].value":      func(f *customer.Fact) { f.Value = customer.Value{Type: customer.Date, Text: "soon"} },
		"facts[0].value_num":  func(f *customer.Fact) { f.Value = customer.NumberValue(nan()) },
		"facts[0].value_text": func(f *customer.Fact) { f.Value = customer.TextValue("a\x00b") },
	} {
		bad := testfix.Fact(acc[0].ID, "bad", customer.TextValue("x"), jan)
		spoil(&bad)
		e.refused(t, fault.Invalid, field, func(tx *sqlstore.Tx) error { _, err := add(bad)(tx); return err })
	}
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}
