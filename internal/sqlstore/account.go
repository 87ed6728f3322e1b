package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

var accountTable = table{
	name:    "account",
	columns: []string{"id", "name", "parent_id", "domain", "since", "churned_at", "created_at", "updated_at"},
	key:     []string{"id"},
	keep:    []string{"created_at"},
}

const selectAccount = "SELECT id, name, parent_id, domain, since, churned_at, created_at, updated_at FROM account"

func scanAccount(rows *sql.Rows, a *customer.Account) error {
	return rows.Scan(&a.ID, &a.Name, maybe[id.Account]{&a.ParentID}, &a.Domain,
		instant{&a.Since}, instant{&a.ChurnedAt}, instant{&a.CreatedAt}, instant{&a.UpdatedAt})
}

// Account implements customer.Reader.
func (r reader) Account(ctx context.Context, ref id.Account) (customer.Account, error) {
	rows, err := collect(ctx, r, from(selectAccount).add(" WHERE id = ?", string(ref)), "read the account", scanAccount)
	return first(rows, err, "there is no account %q", string(ref))
}

// Accounts implements customer.Reader.
func (r reader) Accounts(ctx context.Context, f customer.Filter) ([]customer.Account, error) {
	q, err := from(selectAccount).add(" WHERE id > ?", f.After).accounts(r.d, "AND", "id", f).add(" ORDER BY id").limit(f.Page)
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the accounts", scanAccount)
}

// CountAccounts implements customer.Reader.
func (r reader) CountAccounts(ctx context.Context) (int, error) {
	return scalar[int](ctx, r, "count the accounts", "SELECT COUNT(*) FROM account")
}

// PutAccounts implements customer.Writer. A zero ChurnedAt leaves what is
// stored: only MarkChurned clears it. CreatedAt is kept from the first write.
func (tx *Tx) PutAccounts(ctx context.Context, rows []customer.Account) ([]customer.Outcome, error) {
	if err := tx.checkParents(ctx, rows); err != nil {
		return nil, err
	}
	return put(ctx, tx, kind[customer.Account]{
		list:  "accounts",
		table: accountTable,
		id:    func(a *customer.Account) string { return string(a.ID) },
		check: func(a *customer.Account, _ func(string) string) error {
			whole(&a.Since)
			whole(&a.ChurnedAt)
			whole(&a.CreatedAt)
			if a.CreatedAt.IsZero() {
				a.CreatedAt = tx.now
			}
			a.UpdatedAt = tx.now
			return nil
		},
		load: func(ctx context.Context, ids []string) ([]customer.Account, error) {
			return collect(ctx, tx.reader, in(from(selectAccount), tx.d, "WHERE", "id", ids), "read the accounts", scanAccount)
		},
		same: func(old, a *customer.Account) bool {
			a.CreatedAt = old.CreatedAt
			if a.ChurnedAt.IsZero() {
				a.ChurnedAt = old.ChurnedAt
			}
			return old.Name == a.Name && old.ParentID == a.ParentID && old.Domain == a.Domain &&
				old.Since.Equal(a.Since) && old.ChurnedAt.Equal(a.ChurnedAt)
		},
		refs: []ref[customer.Account]{
			{"account", "parent_id", func(a *customer.Account) string { return string(a.ParentID) }},
		},
		account: func(a *customer.Account) id.Account { return a.ID },
		values: func(a *customer.Account) []any {
			return []any{
				string(a.ID), a.Name, null(a.ParentID), a.Domain,
				micros(a.Since), micros(a.ChurnedAt), micros(a.CreatedAt), micros(a.UpdatedAt),
			}
		},
	}, rows)
}

// checkParents refuses rows that would make an account its own ancestor. It
// walks up level by level, over the rows first and the store where they end.
func (tx *Tx) checkParents(ctx context.Context, rows []customer.Account) error {
	parent := map[id.Account]id.Account{}
	unknown := map[id.Account]struct{}{}
	for _, a := range rows {
		parent[a.ID] = a.ParentID
	}
	for _, a := range rows {
		if _, given := parent[a.ParentID]; a.ParentID != none && !given {
			unknown[a.ParentID] = struct{}{}
		}
	}
	for len(unknown) > 0 {
		level := make([]id.Account, 0, len(unknown))
		for one := range unknown {
			level = append(level, one)
			parent[one] = none
		}
		clear(unknown)
		q := in(from("SELECT id, parent_id FROM account"), tx.d, " WHERE parent_id IS NOT NULL AND", "id", level)
		type edge struct{ child, parent id.Account }
		edges, err := collect(ctx, tx.reader, q, "read the account hierarchy", func(rows *sql.Rows, e *edge) error {
			return rows.Scan(&e.child, &e.parent)
		})
		if err != nil {
			return err
		}
		for _, e := range edges {
			parent[e.child] = e.parent
			if _, known := parent[e.parent]; !known {
				unknown[e.parent] = struct{}{}
			}
		}
	}
	sound := map[id.Account]bool{none: true}
	for i, a := range rows {
		var path []id.Account
		on := map[id.Account]bool{}
		for at := a.ID; !sound[at]; at = parent[at] {
			if on[at] {
				return errRow("accounts", i, "parent_id", "account %q would be its own ancestor: choose another parent", string(at))
			}
			on[at] = true
			path = append(path, at)
		}
		for _, at := range path {
			sound[at] = true
		}
	}
	return nil
}

// MarkChurned implements customer.Writer.
func (tx *Tx) MarkChurned(ctx context.Context, account id.Account, at time.Time) error {
	a, err := tx.Account(ctx, account)
	if err != nil {
		return err
	}
	whole(&at)
	if a.ChurnedAt.Equal(at) {
		return nil
	}
	if !at.IsZero() && at.Before(a.Since) {
		return fault.At("churned_at", "is before the account's start, %s", a.Since.Format(time.RFC3339))
	}
	tx.touch(account)
	_, err = tx.exec(ctx, "mark the account churned", "UPDATE account SET churned_at = $1, updated_at = $2 WHERE id = $3",
		micros(at), tx.now.UnixMicro(), string(account))
	if err != nil {
		return err
	}
	return tx.tellChurn(ctx, account, a.Name, at)
}
