package sqlstore

import (
	"context"
	"database/sql"

	"kept/internal/customer"
	"kept/internal/id"
)

var (
	productTable = table{
		name: "product", columns: []string{"id", "key", "name", "created_at"}, key: []string{"id"}, keep: []string{"created_at"},
	}
	relationshipTable = table{
		name: "relationship", columns: []string{"id", "account_id", "product_id", "since"}, key: []string{"id"},
	}
)

const (
	selectProduct      = "SELECT id, key, name, created_at FROM product"
	selectRelationship = "SELECT id, account_id, product_id, since FROM relationship"
)

func scanProduct(rows *sql.Rows, p *customer.Product) error {
	return rows.Scan(&p.ID, &p.Key, &p.Name, instant{&p.CreatedAt})
}

func scanRelationship(rows *sql.Rows, r *customer.Relationship) error {
	return rows.Scan(&r.ID, &r.AccountID, &r.ProductID, instant{&r.Since})
}

// Products implements customer.Reader.
func (r reader) Products(ctx context.Context) ([]customer.Product, error) {
	return collect(ctx, r, from(selectProduct+" ORDER BY id"), "read the products", scanProduct)
}

// Relationships implements customer.Reader.
func (r reader) Relationships(ctx context.Context, f customer.Filter) ([]customer.Relationship, error) {
	q, err := from(selectRelationship).add(" WHERE id > ?", f.After).accounts(r.d, "AND", "account_id", f).add(" ORDER BY id").limit(f.Page)
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the relationships", scanRelationship)
}

// PutProducts implements customer.Writer. Two products with one key are a
// Conflict.
func (tx *Tx) PutProducts(ctx context.Context, rows []customer.Product) ([]customer.Outcome, error) {
	return put(ctx, tx, kind[customer.Product]{
		list:  "products",
		table: productTable,
		id:    func(p *customer.Product) string { return string(p.ID) },
		check: func(p *customer.Product, field func(string) string) error {
			whole(&p.CreatedAt)
			if p.CreatedAt.IsZero() {
				p.CreatedAt = tx.now
			}
			return required(field("key"), p.Key, "events and mappings name the product by it")
		},
		load: func(ctx context.Context, ids []string) ([]customer.Product, error) {
			return collect(ctx, tx.reader, in(from(selectProduct), tx.d, "WHERE", "id", ids), "read the products", scanProduct)
		},
		same: func(old, p *customer.Product) bool {
			p.CreatedAt = old.CreatedAt
			return old.Key == p.Key && old.Name == p.Name
		},
		account: func(*customer.Product) id.Account { return none },
		values: func(p *customer.Product) []any {
			return []any{string(p.ID), p.Key, p.Name, micros(p.CreatedAt)}
		},
	}, rows)
}

// PutRelationships implements customer.Writer. A second relationship of one
// account with one product is a Conflict.
func (tx *Tx) PutRelationships(ctx context.Context, rows []customer.Relationship) ([]customer.Outcome, error) {
	return put(ctx, tx, kind[customer.Relationship]{
		list:  "relationships",
		table: relationshipTable,
		id:    func(r *customer.Relationship) string { return string(r.ID) },
		check: func(r *customer.Relationship, field func(string) string) error {
			whole(&r.Since)
			if err := required(field("account_id"), string(r.AccountID), needsAccount); err != nil {
				return err
			}
			return required(field("product_id"), string(r.ProductID), "a relationship is with one product")
		},
		load: func(ctx context.Context, ids []string) ([]customer.Relationship, error) {
			return collect(ctx, tx.reader, in(from(selectRelationship), tx.d, "WHERE", "id", ids), "read the relationships", scanRelationship)
		},
		same: func(old, r *customer.Relationship) bool {
			return old.AccountID == r.AccountID && old.ProductID == r.ProductID && old.Since.Equal(r.Since)
		},
		refs: []ref[customer.Relationship]{
			{"account", "account_id", func(r *customer.Relationship) string { return string(r.AccountID) }},
			{"product", "product_id", func(r *customer.Relationship) string { return string(r.ProductID) }},
		},
		account: func(r *customer.Relationship) id.Account { return r.AccountID },
		values: func(r *customer.Relationship) []any {
			return []any{string(r.ID), string(r.AccountID), string(r.ProductID), micros(r.Since)}
		},
	}, rows)
}
