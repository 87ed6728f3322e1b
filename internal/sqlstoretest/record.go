package sqlstoretest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/sqlstore"
	"kept/internal/testfix"
)

func fieldOf(err error) string {
	if fe, ok := errors.AsType[*fault.Error](err); ok {
		return fe.Field
	}
	return ""
}

// outcomes checks what a Put reports.
func outcomes(t *testing.T, e *env, want []customer.Outcome, put func(tx *sqlstore.Tx) ([]customer.Outcome, error)) {
	t.Helper()
	e.write(t, func(tx *sqlstore.Tx) error {
		got, err := put(tx)
		if err == nil {
			same(t, "outcomes", got, want)
		}
		return err
	})
}

const (
	created   = customer.Created
	updated   = customer.Updated
	unchanged = customer.Unchanged
)

type results = []customer.Outcome

func testAccounts(t *testing.T, e *env) {
	a, b := testfix.Account("a"), testfix.Account("b")
	b.ParentID = a.ID
	b.Since = b.Since.Add(1500 * time.Nanosecond) // cut to the microsecond
	put := func(rows ...customer.Account) func(tx *sqlstore.Tx) ([]customer.Outcome, error) {
		return func(tx *sqlstore.Tx) ([]customer.Outcome, error) { return tx.PutAccounts(t.Context(), rows) }
	}
	outcomes(t, e, results{created, created}, put(b, a))
	outcomes(t, e, results{unchanged, unchanged}, put(a, b))
	e.clk.hour()
	b.Name = "B"
	c := testfix.Account("c")
	d := c
	d.Name = "C"
	outcomes(t, e, results{unchanged, updated, created, unchanged, updated}, put(a, b, c, c, d))

	got := must(e.Account(t.Context(), b.ID))(t)
	want := b
	want.Since = testfix.Day(2025, 1, 1).Add(time.Microsecond)
	want.CreatedAt, want.UpdatedAt = start, start.Add(time.Hour)
	same(t, "account", got, want)
	if got.Since.Location() != time.UTC {
		t.Errorf("instants are read in %s, want UTC", got.Since.Location())
	}
	if n := must(e.CountAccounts(t.Context()))(t); n != 3 {
		t.Errorf("CountAccounts = %d, want 3", n)
	}
	if _, err := e.Account(t.Context(), "acc_none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a missing account gives %v", err)
	}
	if got := must(e.Account(t.Context(), c.ID))(t); got.Name != "C" {
		t.Errorf("the last of two rows with one id must win, got %q", got.Name)
	}

	churn := testfix.Day(2025, 6, 1)
	e.write(t, func(tx *sqlstore.Tx) error { return tx.MarkChurned(t.Context(), a.ID, churn) })
	outcomes(t, e, results{unchanged}, put(a))
	if got := must(e.Account(t.Context(), a.ID))(t); !got.ChurnedAt.Equal(churn) {
		t.Errorf("ChurnedAt = %v after a Put without one, want %v", got.ChurnedAt, churn)
	}
	e.write(t, func(tx *sqlstore.Tx) error { return tx.MarkChurned(t.Context(), a.ID, time.Time{}) })
	if got := must(e.Account(t.Context(), a.ID))(t); !got.ChurnedAt.IsZero() {
		t.Errorf("ChurnedAt = %v after clearing it", got.ChurnedAt)
	}
	e.refused(t, fault.NotFound, "", func(tx *sqlstore.Tx) error { return tx.MarkChurned(t.Context(), "acc_none", churn) })
	e.refused(t, fault.Invalid, "churned_at", func(tx *sqlstore.Tx) error {
		return tx.MarkChurned(t.Context(), a.ID, testfix.Day(2001, 1, 1))
	})
	for _, c := range []struct {
		field string
		spoil func(*customer.Account)
	}{
		{"accounts[1].id", func(a *customer.Account) { a.ID = "" }},
		{"accounts[1].name", func(a *customer.Account) { a.Name = "nul\x00" }},
		{"accounts[1].domain", func(a *customer.Account) { a.Domain = "\xff" }},
		{"accounts[1].parent_id", func(a *customer.Account) { a.ParentID = "acc_none" }},
	} {
		bad := testfix.Account("bad")
		c.spoil(&bad)
		e.refused(t, fault.Invalid, c.field, func(tx *sqlstore.Tx) error {
			_, err := tx.PutAccounts(t.Context(), []customer.Account{testfix.Account("good"), bad})
			return err
		})
	}
	if n := must(e.CountAccounts(t.Context()))(t); n != 3 {
		t.Errorf("a refused Put left rows: %d accounts, want 3", n)
	}
}

func testHierarchy(t *testing.T, e *env) {
	rows := e.accounts(t, "a", "b", "c", "d")
	link := func(child, parent int) error {
		row := rows[child]
		row.ParentID = rows[parent].ID
		return e.Write(t.Context(), func(tx *sqlstore.Tx) error {
			_, err := tx.PutAccounts(t.Context(), []customer.Account{row})
			return err
		})
	}
	for _, edge := range [][2]int{{1, 0}, {2, 1}, {3, 2}} {
		if err := link(edge[0], edge[1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, edge := range [][2]int{{0, 0}, {0, 1}, {0, 3}, {1, 2}} {
		err := link(edge[0], edge[1])
		if !fault.Is(err, fault.Invalid) || fieldOf(err) != "accounts[0].parent_id" {
			t.Errorf("parent of %d = %d: %v, want invalid parent_id", edge[0], edge[1], err)
		}
	}
	// Turning the chain round in one Put is sound: only the outcome counts.
	a, b := rows[0], rows[1]
	a.ParentID, b.ParentID = b.ID, ""
	e.write(t, func(tx *sqlstore.Tx) error {
		_, err := tx.PutAccounts(t.Context(), []customer.Account{a, b})
		return err
	})
	a, b = testfix.Account("x"), testfix.Account("y")
	a.ParentID, b.ParentID = b.ID, a.ID
	e.refused(t, fault.Invalid, "accounts[0].parent_id", func(tx *sqlstore.Tx) error {
		_, err := tx.PutAccounts(t.Context(), []customer.Account{a, b})
		return err
	})
}

func testProducts(t *testing.T, e *env) {
	acc := e.accounts(t, "a", "b")
	p, q := testfix.Product("analytics"), testfix.Product("billing")
	put := func(rows ...customer.Product) func(tx *sqlstore.Tx) ([]customer.Outcome, error) {
		return func(tx *sqlstore.Tx) ([]customer.Outcome, error) { return tx.PutProducts(t.Context(), rows) }
	}
	outcomes(t, e, results{created, created}, put(p, q))
	q.Name = "Billing 2"
	outcomes(t, e, results{unchanged, updated}, put(p, q))
	twin := testfix.Product("analytics")
	twin.ID = "prd_other"
	e.refused(t, fault.Conflict, "", func(tx *sqlstore.Tx) error { _, err := put(twin)(tx); return err })
	got := must(e.Products(t.Context()))(t)
	same(t, "products", got, []customer.Product{p, q}, cmpopts.IgnoreFields(customer.Product{}, "CreatedAt"),
		cmpopts.SortSlices(func(a, b customer.Product) bool { return a.ID < b.ID }))

	rel := customer.Relationship{ID: "rel_1", AccountID: acc[0].ID, ProductID: p.ID, Since: start}
	putRel := func(rows ...customer.Relationship) func(tx *sqlstore.Tx) ([]customer.Outcome, error) {
		return func(tx *sqlstore.Tx) ([]customer.Outcome, error) { return tx.PutRelationships(t.Context(), rows) }
	}
	outcomes(t, e, results{created}, putRel(rel))
	outcomes(t, e, results{unchanged}, putRel(rel))
	again := rel
	again.ID = "rel_2"
	e.refused(t, fault.Conflict, "", func(tx *sqlstore.Tx) error { _, err := putRel(again)(tx); return err })
	again.AccountID, again.ProductID = acc[1].ID, "prd_none"
	e.refused(t, fault.Invalid, "relationships[0].product_id", func(tx *sqlstore.Tx) error { _, err := putRel(again)(tx); return err })
	same(t, "relationships", must(e.Relationships(t.Context(), customer.Filter{Accounts: []id.Account{acc[0].ID}}))(t), []customer.Relationship{rel})
	if got := must(e.Relationships(t.Context(), customer.Filter{Accounts: []id.Account{}}))(t); len(got) != 0 {
		t.Errorf("an empty list of accounts means none, got %v", got)
	}
}

func testContacts(t *testing.T, e *env) {
	acc := e.accounts(t, "a", "b")
	c := testfix.Contact(acc[0].ID, "ann")
	put := func(rows ...customer.Contact) func(tx *sqlstore.Tx) ([]customer.Outcome, error) {
		return func(tx *sqlstore.Tx) ([]customer.Outcome, error) { return tx.PutContacts(t.Context(), rows) }
	}
	outcomes(t, e, results{created}, put(c))
	before := must(latest(e.Changes(t.Context(), 0)))(t)
	outcomes(t, e, results{unchanged}, put(c))
	if now := must(latest(e.Changes(t.Context(), 0)))(t); now != before {
		t.Errorf("an unchanged row moved the change sequence from %d to %d", before, now)
	}
	c.AccountID, c.LeftAt, c.Role = acc[1].ID, start, customer.RoleChampion
	outcomes(t, e, results{updated}, put(c))
	// Both the old and the new account changed.
	accounts, _, err := e.Changes(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "changed accounts", accounts, []id.Account{acc[0].ID, acc[1].ID}, sortAccounts)
	same(t, "contacts", must(e.Contacts(t.Context(), customer.Filter{}))(t), []customer.Contact{c},
		cmpopts.IgnoreFields(customer.Contact{}, "UpdatedAt"))
	c.AccountID = "acc_none"
	e.refused(t, fault.Invalid, "contacts[0].account_id", func(tx *sqlstore.Tx) error { _, err := put(c)(tx); return err })
}

var sortAccounts = cmpopts.SortSlices(func(a, b id.Account) bool { return a < b })

func latest(_ []id.Account, seq int64, err error) (int64, error) { return seq, err }

func testTickets(t *testing.T, e *env) {
	acc := e.accounts(t, "a", "b")
	var rows []customer.Ticket
	for i, name := range []string{"1", "2", "3", "4", "5", "6"} {
		rows = append(rows, testfix.Ticket(acc[i%2].ID, name, start.AddDate(0, 0, i/4)))
	}
	rows[0].Satisfaction, rows[0].SolvedAt, rows[0].State, rows[0].Escalated = new(float64), start, customer.TicketSolved, true
	put := func(rows ...customer.Ticket) func(tx *sqlstore.Tx) ([]customer.Outcome, error) {
		return func(tx *sqlstore.Tx) ([]customer.Outcome, error) { return tx.PutTickets(t.Context(), rows) }
	}
	outcomes(t, e, results{created, created, created, created, created, created}, put(rows...))
	outcomes(t, e, results{unchanged}, put(rows[0]))
	rows[0].Satisfaction = nil
	outcomes(t, e, results{updated}, put(rows[0]))
	whole := must(e.Tickets(t.Context(), customer.Filter{}))(t)
	checkNewestFirst(t, len(rows), whole, func(a customer.Ticket) (id.Account, time.Time, string) { return a.AccountID, a.OpenedAt, string(a.ID) })
	paged := pages(t, func(p customer.Page) ([]customer.Ticket, error) {
		return e.Tickets(t.Context(), customer.Filter{Page: p})
	}, func(a customer.Ticket) string { return string(a.ID) })
	same(t, "pages of tickets", paged, whole)
	one := pages(t, func(p customer.Page) ([]customer.Ticket, error) {
		return e.Tickets(t.Context(), customer.Filter{Accounts: []id.Account{acc[1].ID}, Page: p})
	}, func(a customer.Ticket) string { return string(a.ID) })
	if len(one) != 3 {
		t.Errorf("%d tickets of one account, want 3", len(one))
	}
	for field, spoil := range map[string]func(*customer.Ticket){
		"tickets[0].state":      func(a *customer.Ticket) { a.State = "closed" },
		"tickets[0].opened_at":  func(a *customer.Ticket) { a.OpenedAt = time.Time{} },
		"tickets[0].account_id": func(a *customer.Ticket) { a.AccountID = "" },
		"tickets[0].product_id": func(a *customer.Ticket) { a.ProductID = "prd_none" },
	} {
		bad := testfix.Ticket(acc[0].ID, "bad", start)
		spoil(&bad)
		e.refused(t, fault.Invalid, field, func(tx *sqlstore.Tx) error { _, err := put(bad)(tx); return err })
	}
	if _, err := e.Tickets(t.Context(), customer.Filter{Page: customer.Page{After: "tkt_none"}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a page after a missing ticket gives %v", err)
	}
}

func testActivities(t *testing.T, e *env) {
	acc := e.accounts(t, "a")
	ann := testfix.Contact(acc[0].ID, "ann")
	e.write(t, func(tx *sqlstore.Tx) error {
		_, err := tx.PutContacts(t.Context(), []customer.Contact{ann})
		return err
	})
	note, call := testfix.Activity(acc[0].ID, "1", start), testfix.Activity(acc[0].ID, "2", start)
	call.Kind, call.ContactID, call.UserID, call.Body = customer.ActivityCall, ann.ID, "usr_1", "Renewal: yes"
	put := func(rows ...customer.Activity) func(tx *sqlstore.Tx) ([]customer.Outcome, error) {
		return func(tx *sqlstore.Tx) ([]customer.Outcome, error) { return tx.PutActivities(t.Context(), rows) }
	}
	outcomes(t, e, results{created, created}, put(note, call))
	outcomes(t, e, results{unchanged, unchanged}, put(note, call))
	call.Body = "Renewal: no"
	outcomes(t, e, results{updated}, put(call))
	got := pages(t, func(p customer.Page) ([]customer.Activity, error) {
		return e.Activities(t.Context(), customer.Filter{Accounts: []id.Account{acc[0].ID}, Page: p})
	}, func(a customer.Activity) string { return string(a.ID) })
	checkNewestFirst(t, 2, got, func(a customer.Activity) (id.Account, time.Time, string) { return a.AccountID, a.At, string(a.ID) })
	for _, a := range got {
		if a.ID == call.ID {
			same(t, "call", a, call, cmpopts.IgnoreFields(customer.Activity{}, "CreatedAt"))
		}
	}
	call.ContactID = "con_none"
	e.refused(t, fault.Invalid, "activities[0].contact_id", func(tx *sqlstore.Tx) error { _, err := put(call)(tx); return err })
	call.Kind = "lunch"
	e.refused(t, fault.Invalid, "activities[0].kind", func(tx *sqlstore.Tx) error { _, err := put(call)(tx); return err })
}

func testAttributes(t *testing.T, e *env) {
	defs := []customer.AttributeDef{{Key: "tier", Title: "Tier", Type: customer.Text}, {Key: "employees", Type: customer.Number, Unit: "people"}}
	e.write(t, func(tx *sqlstore.Tx) error { return tx.PutAttributeDefs(t.Context(), defs) })
	e.write(t, func(tx *sqlstore.Tx) error {
		return tx.PutAttributeDefs(t.Context(), []customer.AttributeDef{{Key: "tier", Type: customer.Number}, defs[0]})
	})
	same(t, "attributes", must(e.AttributeDefs(t.Context()))(t), []customer.AttributeDef{defs[1], defs[0]})
	e.refused(t, fault.Invalid, "attributes[0].type", func(tx *sqlstore.Tx) error {
		return tx.PutAttributeDefs(t.Context(), []customer.AttributeDef{{Key: "x", Type: "list"}})
	})
}

func testExternalRefs(t *testing.T, e *env) {
	ref := func(source, external, object string) customer.ExternalRef {
		return customer.ExternalRef{Source: source, Kind: "account", External: external, ObjectID: object}
	}
	put := func(refs ...customer.ExternalRef) func(tx *sqlstore.Tx) error {
		return func(tx *sqlstore.Tx) error { return tx.PutExternalRefs(t.Context(), refs) }
	}
	e.write(t, put(ref("crm", "1", "acc_a"), ref("crm", "2", "acc_a"), ref("billing", "1", "acc_b"), ref("crm", "1", "acc_a")))
	e.write(t, put(ref("crm", "1", "acc_a")))
	e.refused(t, fault.Conflict, "external_refs[1].external", put(ref("crm", "3", "acc_a"), ref("crm", "2", "acc_b")))
	e.refused(t, fault.Conflict, "external_refs[1].external", put(ref("crm", "4", "acc_a"), ref("crm", "4", "acc_b")))
	e.refused(t, fault.Invalid, "external_refs[0].external", put(ref("crm", "", "acc_a")))
	same(t, "Resolve", must(e.Resolve(t.Context(), "crm", "account", []string{"1", "2", "3", "zz"}))(t),
		map[string]string{"1": "acc_a", "2": "acc_a"})
	same(t, "ExternalRefs", must(e.ExternalRefs(t.Context(), "account", []string{"acc_a"}))(t),
		[]customer.ExternalRef{ref("crm", "1", "acc_a"), ref("crm", "2", "acc_a")})
	if all := must(e.ExternalRefs(t.Context(), "account", nil))(t); len(all) != 3 {
		t.Errorf("all refs: %v, want 3", all)
	}
}

// pages reads a list two rows at a time.
func pages[T any](t *testing.T, read func(customer.Page) ([]T, error), key func(T) string) []T {
	t.Helper()
	all, after := []T{}, ""
	for range 1000 {
		page := must(read(customer.Page{After: after, Limit: 2}))(t)
		if len(page) > 2 {
			t.Fatalf("a page of 2 has %d rows", len(page))
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		after = key(page[len(page)-1])
	}
	t.Fatal("the pages do not end")
	return nil
}

func checkNewestFirst[T any](t *testing.T, n int, rows []T, key func(T) (id.Account, time.Time, string)) {
	t.Helper()
	if len(rows) != n {
		t.Fatalf("%d rows, want %d", len(rows), n)
	}
	for i := 1; i < len(rows); i++ {
		a0, t0, i0 := key(rows[i-1])
		a1, t1, i1 := key(rows[i])
		if a0 > a1 || a0 == a1 && (t0.Before(t1) || t0.Equal(t1) && i0 < i1) {
			t.Errorf("rows %d and %d are out of order: %v %v %v before %v %v %v", i-1, i, a0, t0, i0, a1, t1, i1)
		}
	}
}
