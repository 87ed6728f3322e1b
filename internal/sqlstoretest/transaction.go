package sqlstoretest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/sqlstore"
	"kept/internal/testfix"
)

var errStop = errors.New("stop")

func testTransactions(t *testing.T, e *env) {
	ctx := t.Context()
	e.accounts(t, "a")
	put := func(tx customer.Tx, name string) error {
		_, err := tx.PutAccounts(ctx, []customer.Account{testfix.Account(name)})
		return err
	}
	if err := e.InTx(ctx, func(tx customer.Tx) error {
		if err := put(tx, "b"); err != nil {
			return err
		}
		if n, err := tx.CountAccounts(ctx); err != nil || n != 2 {
			t.Errorf("a transaction does not see its own write: %d, %v", n, err)
		}
		return errStop
	}); !errors.Is(err, errStop) {
		t.Errorf("the error of the function is lost: %v", err)
	}
	e.count(t, 1)

	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_ = e.InTx(ctx, func(tx customer.Tx) error {
			if err := put(tx, "b"); err != nil {
				return err
			}
			panic("in a transaction")
		})
	}()
	e.count(t, 1)

	// A statement that failed dooms the transaction, on every engine, even when
	// its error is swallowed.
	err := e.InTx(ctx, func(tx customer.Tx) error {
		if err := put(tx, "b"); err != nil {
			return err
		}
		p, q := testfix.Product("x"), testfix.Product("x")
		q.ID = "prd_other"
		if _, err := tx.PutProducts(ctx, []customer.Product{p, q}); !fault.Is(err, fault.Conflict) {
			t.Errorf("two products with one key: %v", err)
		}
		return nil
	})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("a doomed transaction commits: %v", err)
	}
	e.count(t, 1)

	// A row that was refused before any statement does not.
	if err := e.InTx(ctx, func(tx customer.Tx) error {
		orphan := testfix.Account("orphan")
		orphan.ParentID = "acc_none"
		if _, err := tx.PutAccounts(ctx, []customer.Account{testfix.Account("c"), orphan}); !fault.Is(err, fault.Invalid) {
			t.Errorf("an orphan: %v", err)
		}
		return put(tx, "b")
	}); err != nil {
		t.Errorf("a refused row dooms the transaction: %v", err)
	}
	e.count(t, 2)

	cancelled, cancel := context.WithCancel(ctx)
	err = e.InTx(cancelled, func(tx customer.Tx) error {
		if err := put(tx, "c"); err != nil {
			return err
		}
		cancel()
		return put(tx, "d")
	})
	if !errors.Is(err, context.Canceled) || !fault.Is(err, fault.Unavailable) {
		t.Errorf("a cancelled transaction: %v", err)
	}
	if _, err := e.Accounts(cancelled, customer.Filter{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled read: %v", err)
	}
	e.count(t, 2)
}

func (e *env) count(t *testing.T, want int) {
	t.Helper()
	if n := must(e.CountAccounts(t.Context()))(t); n != want {
		t.Errorf("%d accounts, want %d", n, want)
	}
}

// testConcurrency reads while writers write: readers see only whole
// transactions, and a follower of the changes misses none.
func testConcurrency(t *testing.T, e *env) {
	const writers, rounds = 3, 12
	ctx := t.Context()
	done := make(chan error, writers)
	for w := range writers {
		go func() {
			for i := range rounds {
				pair := []customer.Account{testfix.Account(fmt.Sprint("w", w, " i", i, " a")), testfix.Account(fmt.Sprint("w", w, " i", i, " b"))}
				err := e.Write(ctx, func(tx *sqlstore.Tx) error {
					for _, one := range pair {
						if _, err := tx.PutAccounts(ctx, []customer.Account{one}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	followed := map[id.Account]bool{}
	var since int64
	for left := writers; left > 0; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			left--
		default:
			if n := must(e.CountAccounts(ctx))(t); n%2 != 0 {
				t.Fatalf("a reader sees half a transaction: %d accounts", n)
			}
			since = e.follow(t, since, followed)
		}
	}
	e.follow(t, since, followed)
	if len(followed) != 2*writers*rounds {
		t.Errorf("the follower saw %d accounts change, want %d", len(followed), 2*writers*rounds)
	}

	// A reader is not held up by an open write transaction, and a View stays as
	// it was.
	err := e.Write(ctx, func(tx *sqlstore.Tx) error {
		if _, err := tx.PutAccounts(ctx, []customer.Account{testfix.Account("late")}); err != nil {
			return err
		}
		soon, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		n, err := e.CountAccounts(soon)
		if n != 2*writers*rounds {
			t.Errorf("a reader beside a writer sees %d accounts, want %d", n, 2*writers*rounds)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.View(ctx, func(r customer.Reader) error {
		before, err := r.CountAccounts(ctx)
		if err != nil {
			return err
		}
		e.accounts(t, "later")
		after, err := r.CountAccounts(ctx)
		if before != after {
			t.Errorf("a view moved from %d to %d accounts", before, after)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func (e *env) follow(t *testing.T, since int64, seen map[id.Account]bool) int64 {
	t.Helper()
	changed, latest, err := e.Changes(t.Context(), since)
	if err != nil {
		t.Fatal(err)
	}
	if latest < since {
		t.Fatalf("the sequence goes back from %d to %d", since, latest)
	}
	for _, a := range changed {
		seen[a] = true
	}
	return latest
}

func testChanges(t *testing.T, e *env) {
	if changed, latest, err := e.Changes(t.Context(), 0); len(changed) != 0 || latest != 0 || err != nil {
		t.Errorf("changes of an empty store: %v, %d, %v", changed, latest, err)
	}
	acc := e.accounts(t, "a", "b", "c")
	_, first, err := e.Changes(t.Context(), 0)
	if err != nil || first == 0 {
		t.Fatalf("latest = %d, %v", first, err)
	}
	// Many writes to an account in one transaction are one change.
	e.write(t, func(tx *sqlstore.Tx) error {
		for i := range 3 {
			f := testfix.Fact(acc[1].ID, "k", customer.NumberValue(float64(i)), start.AddDate(0, 0, i))
			if _, err := tx.AddFacts(t.Context(), []customer.Fact{f}); err != nil {
				return err
			}
		}
		return tx.MarkChurned(t.Context(), acc[1].ID, start)
	})
	changed, second, err := e.Changes(t.Context(), first)
	if err != nil || second <= first {
		t.Fatalf("latest = %d after %d, %v", second, first, err)
	}
	same(t, "changed", changed, []id.Account{acc[1].ID})
	if changed, latest, err := e.Changes(t.Context(), second); len(changed) != 0 || latest != second || err != nil {
		t.Errorf("no changes: %v, %d, %v", changed, latest, err)
	}
	// A follower that is ahead (the store was restored from a backup) is told so.
	if _, latest, err := e.Changes(t.Context(), second+100); latest != second || err != nil {
		t.Errorf("a follower ahead of the store: %d, %v, want %d", latest, err, second)
	}
	all, _, err := e.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "all changes", all, []id.Account{acc[0].ID, acc[1].ID, acc[2].ID}, sortAccounts)
}

// testBulk stores many rows in one transaction, filters by thousands of
// accounts, and logs how long it took.
func testBulk(t *testing.T, e *env) {
	ctx := t.Context()
	rows := make([]customer.Account, bulkRows)
	wanted := make([]id.Account, 0, bulkRows/2)
	for i := range rows {
		rows[i] = testfix.Account(fmt.Sprint("account ", i))
		if i%2 == 0 {
			wanted = append(wanted, rows[i].ID)
		}
	}
	for _, want := range []customer.Outcome{created, unchanged} {
		began := time.Now()
		e.write(t, func(tx *sqlstore.Tx) error {
			got, err := tx.PutAccounts(ctx, rows)
			for i, o := range got {
				if o != want {
					t.Fatalf("row %d is %s, want %s", i, o, want)
				}
			}
			return err
		})
		t.Logf("%d accounts %s in %s", bulkRows, want, time.Since(began).Round(time.Millisecond))
	}
	e.count(t, bulkRows)
	began := time.Now()
	found := must(e.Accounts(ctx, customer.Filter{Accounts: wanted, Page: customer.Page{Limit: customer.Everything}}))(t)
	t.Logf("%d of them read by id in %s", len(wanted), time.Since(began).Round(time.Millisecond))
	if len(found) != len(wanted) {
		t.Errorf("%d accounts by id, want %d", len(found), len(wanted))
	}
	for i := 1; i < len(found); i++ {
		if found[i-1].ID >= found[i].ID {
			t.Fatalf("accounts %d and %d are out of order", i-1, i)
		}
	}
	if n := len(must(e.Accounts(ctx, customer.Filter{}))(t)); n != 100 {
		t.Errorf("a page without a limit has %d rows, want 100", n)
	}
	for _, limit := range []int{-2, 10_001} {
		if _, err := e.Accounts(ctx, customer.Filter{Page: customer.Page{Limit: limit}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
	if facts := must(e.Facts(ctx, customer.Filter{Accounts: wanted}))(t); len(facts) != 0 {
		t.Errorf("facts out of nowhere: %v", facts)
	}
}
