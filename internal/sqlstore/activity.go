package sqlstore

import (
	"context"
	"database/sql"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

var activityTable = table{
	name: "activity",
	columns: []string{
		"id", "account_id", "product_id", "contact_id", "user_id", "kind", "subject", "body", "at", "created_at",
	},
	key:  []string{"id"},
	keep: []string{"created_at"},
}

const selectActivity = "SELECT id, account_id, product_id, contact_id, user_id, kind, subject, body, at, created_at FROM activity"

func scanActivity(rows *sql.Rows, a *customer.Activity) error {
	return rows.Scan(&a.ID, &a.AccountID, maybe[id.Product]{&a.ProductID}, maybe[id.Contact]{&a.ContactID}, &a.UserID,
		&a.Kind, &a.Subject, &a.Body, instant{&a.At}, instant{&a.CreatedAt})
}

// Activities implements customer.Reader.
func (r reader) Activities(ctx context.Context, f customer.Filter) ([]customer.Activity, error) {
	q, err := r.newestFirst(ctx, selectActivity, "activity", "at", f)
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the activities", scanActivity)
}

// PutActivities implements customer.Writer. CreatedAt is kept from the first
// write.
func (tx *Tx) PutActivities(ctx context.Context, rows []customer.Activity) ([]customer.Outcome, error) {
	return put(ctx, tx, kind[customer.Activity]{
		list:  "activities",
		table: activityTable,
		id:    func(a *customer.Activity) string { return string(a.ID) },
		check: func(a *customer.Activity, field func(string) string) error {
			whole(&a.At)
			whole(&a.CreatedAt)
			if a.CreatedAt.IsZero() {
				a.CreatedAt = tx.now
			}
			if err := required(field("account_id"), string(a.AccountID), needsAccount); err != nil {
				return err
			}
			if err := requiredAt(field("at"), a.At, "an activity has a date"); err != nil {
				return err
			}
			return oneOf(field("kind"), a.Kind, customer.ActivityKinds()...)
		},
		load: func(ctx context.Context, ids []string) ([]customer.Activity, error) {
			return collect(ctx, tx.reader, in(from(selectActivity), tx.d, "WHERE", "id", ids), "read the activities", scanActivity)
		},
		same: func(old, a *customer.Activity) bool {
			a.CreatedAt = old.CreatedAt
			return old.AccountID == a.AccountID && old.ProductID == a.ProductID && old.ContactID == a.ContactID &&
				old.UserID == a.UserID && old.Kind == a.Kind && old.Subject == a.Subject && old.Body == a.Body && old.At.Equal(a.At)
		},
		refs: []ref[customer.Activity]{
			{"account", "account_id", func(a *customer.Activity) string { return string(a.AccountID) }},
			{"product", "product_id", func(a *customer.Activity) string { return string(a.ProductID) }},
			{"contact", "contact_id", func(a *customer.Activity) string { return string(a.ContactID) }},
		},
		account: func(a *customer.Activity) id.Account { return a.AccountID },
		values: func(a *customer.Activity) []any {
			return []any{
				string(a.ID), string(a.AccountID), null(a.ProductID), null(a.ContactID), string(a.UserID),
				string(a.Kind), a.Subject, a.Body, micros(a.At), micros(a.CreatedAt),
			}
		},
	}, rows)
}

// newestFirst builds the list of a table ordered by account, and newest first
// within it; a page goes on after the row with the id of After.
func (r reader) newestFirst(ctx context.Context, selects, name, at string, f customer.Filter) (*query, error) {
	q := from(selects).accounts(r.d, "WHERE", "account_id", f)
	if f.After != "" {
		word := " WHERE"
		if f.Accounts != nil {
			word = " AND"
		}
		type position struct {
			account string
			at      int64
		}
		found, err := collect(ctx, r, from("SELECT account_id, "+at+" FROM "+name).add(" WHERE id = ?", f.After), "find the page",
			func(rows *sql.Rows, p *position) error { return rows.Scan(&p.account, &p.at) })
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fault.At("cursor", "there is no %s %q to go on after: start from the first page", name, f.After)
		}
		p := found[0]
		q.add(word+" (account_id > ? OR (account_id = ? AND ("+at+" < ? OR ("+at+" = ? AND id < ?))))",
			p.account, p.account, p.at, p.at, f.After)
	}
	return q.add(" ORDER BY account_id, " + at + " DESC, id DESC").limit(f.Page)
}
