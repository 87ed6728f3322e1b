// Package sqlstoretest is the conformance suite of the record store: what every
// engine behind it must do, in the same way.
package sqlstoretest

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/clock"
	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/sqlstore"
	"kept/internal/testfix"
)

// Open returns an empty, migrated store that is closed when the test ends.
type Open func(t *testing.T, clk clock.Clock) *sqlstore.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, *env)
	}{
		{"accounts", testAccounts},
		{"hierarchy", testHierarchy},
		{"products", testProducts},
		{"people", testContacts},
		{"subscriptions", testSubscriptions},
		{"tickets", testTickets},
		{"activities", testActivities},
		{"facts", testFacts},
		{"attributes", testAttributes},
		{"external refs", testExternalRefs},
		{"random facts", testFactProperty},
		{"random revisions", testRevisionProperty},
		{"transactions", testTransactions},
		{"concurrency", testConcurrency},
		{"changes", testChanges},
		{"bulk", testBulk},
		{"models", testModels},
		{"overrides", testOverrides},
		{"imports", testImports},
		{"views", testViews},
		{"drafts", testDrafts},
		{"maturity", testMaturity},
		{"audit", testAudit},
		{"settings", testSettings},
		{"users", testUsers},
		{"credentials", testCredentials},
		{"connections", testConnections},
		{"messages", testMessages},
		{"jobs", testJobs},
		{"identity", testIdentity},
		{"merges undone", testMergeUndo},
	} {
		t.Run(c.name, func(t *testing.T) {
			clk := &hands{at: start}
			c.test(t, &env{Store: open(t, clk), clk: clk})
		})
	}
}

var start = testfix.Day(2026, 1, 1)

// env is one fresh store, with the clock that it reads.
type env struct {
	*sqlstore.Store
	clk *hands
}

// hands is a clock that tests move.
type hands struct {
	mu sync.Mutex
	at time.Time
}

var _ clock.Clock = (*hands)(nil)

// Now implements clock.Clock.
func (h *hands) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

// hour moves the clock on.
func (h *hands) hour() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(time.Hour)
}

// write runs fn in a transaction that must succeed.
func (e *env) write(t *testing.T, fn func(tx *sqlstore.Tx) error) {
	t.Helper()
	if err := e.Write(t.Context(), fn); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// refused runs fn in a transaction that must fail with the kind and the field.
func (e *env) refused(t *testing.T, kind fault.Kind, field string, fn func(tx *sqlstore.Tx) error) {
	t.Helper()
	err := e.Write(t.Context(), fn)
	if fault.KindOf(err) != kind {
		t.Fatalf("error is %q (%v), want kind %s", fault.KindOf(err), err, kind)
	}
	if got := fieldOf(err); got != field {
		t.Errorf("field = %q, want %q (%v)", got, field, err)
	}
}

// accounts stores test accounts and returns them.
func (e *env) accounts(t *testing.T, names ...string) []customer.Account {
	t.Helper()
	rows := make([]customer.Account, len(names))
	for i, name := range names {
		rows[i] = testfix.Account(name)
	}
	e.write(t, func(tx *sqlstore.Tx) error {
		_, err := tx.PutAccounts(t.Context(), rows)
		return err
	})
	return rows
}

// same compares two values, instants by what they mean.
func same(t *testing.T, what string, got, want any, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// must returns the value of a call that must not fail.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
