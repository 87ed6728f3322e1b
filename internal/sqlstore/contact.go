package sqlstore

import (
	"context"
	"database/sql"

	"kept/internal/customer"
	"kept/internal/id"
)

var contactTable = table{
	name:    "contact",
	columns: []string{"id", "account_id", "name", "email", "title", "role", "since", "left_at", "updated_at"},
	key:     []string{"id"},
}

const selectContact = "SELECT id, account_id, name, email, title, role, since, left_at, updated_at FROM contact"

func scanContact(rows *sql.Rows, c *customer.Contact) error {
	return rows.Scan(&c.ID, &c.AccountID, &c.Name, &c.Email, &c.Title, &c.Role,
		instant{&c.Since}, instant{&c.LeftAt}, instant{&c.UpdatedAt})
}

// Contacts implements customer.Reader.
func (r reader) Contacts(ctx context.Context, f customer.Filter) ([]customer.Contact, error) {
	q, err := from(selectContact).add(" WHERE id > ?", f.After).accounts(r.d, "AND", "account_id", f).add(" ORDER BY id").limit(f.Page)
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the contacts", scanContact)
}

// PutContacts implements customer.Writer. UpdatedAt is the store's own.
func (tx *Tx) PutContacts(ctx context.Context, rows []customer.Contact) ([]customer.Outcome, error) {
	return put(ctx, tx, kind[customer.Contact]{
		list:  "contacts",
		table: contactTable,
		id:    func(c *customer.Contact) string { return string(c.ID) },
		check: func(c *customer.Contact, field func(string) string) error {
			whole(&c.Since)
			whole(&c.LeftAt)
			c.UpdatedAt = tx.now
			return required(field("account_id"), string(c.AccountID), needsAccount)
		},
		load: func(ctx context.Context, ids []string) ([]customer.Contact, error) {
			return collect(ctx, tx.reader, in(from(selectContact), tx.d, "WHERE", "id", ids), "read the contacts", scanContact)
		},
		same: func(old, c *customer.Contact) bool {
			return old.AccountID == c.AccountID && old.Name == c.Name && old.Email == c.Email && old.Title == c.Title &&
				old.Role == c.Role && old.Since.Equal(c.Since) && old.LeftAt.Equal(c.LeftAt)
		},
		refs: []ref[customer.Contact]{
			{"account", "account_id", func(c *customer.Contact) string { return string(c.AccountID) }},
		},
		account: func(c *customer.Contact) id.Account { return c.AccountID },
		values: func(c *customer.Contact) []any {
			return []any{
				string(c.ID), string(c.AccountID), c.Name, c.Email, c.Title, string(c.Role),
				micros(c.Since), micros(c.LeftAt), micros(c.UpdatedAt),
			}
		},
	}, rows)
}
