package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

// AuditEntry says who did what to what. Entries are append-only.
type AuditEntry struct {
	Seq        int64           `json:"seq"` // set by the store, ascending
	At         time.Time       `json:"at"`  // set by the store
	UserID     id.User         `json:"user_id,omitempty"`
	Action     string          `json:"action"`      // "account.update", "user.sign_in"
	ObjectKind string          `json:"object_kind"` // "account", "user", "model"
	ObjectID   string          `json:"object_id"`
	Detail     json.RawMessage `json:"detail,omitempty"` // a JSON object; no secrets, no personal data beyond need
}

var auditTable = table{
	name: "audit", columns: []string{"at", "user_id", "action", "object_kind", "object_id", "detail"},
}

// Audit appends an entry. Use the transaction's own method for a change and its
// entry to be stored together.
func (s *Store) Audit(ctx context.Context, a AuditEntry) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.Audit(ctx, a) })
}

// Audit is Store.Audit within a transaction.
func (tx *Tx) Audit(ctx context.Context, a AuditEntry) error {
	if err := required("action", a.Action, "an entry says what was done"); err != nil {
		return err
	}
	if len(a.Detail) > 0 && !json.Valid(a.Detail) {
		return fault.At("detail", "is not JSON")
	}
	return tx.insert(ctx, auditTable, [][]any{{
		tx.now.UnixMicro(), string(a.UserID), a.Action, a.ObjectKind, a.ObjectID, string(a.Detail),
	}})
}

// AuditFilter narrows the audit log; its zero value lists all of it.
type AuditFilter struct {
	ObjectKind, ObjectID string
	// Before is the Seq of the last entry of the previous page; 0 for the first.
	Before int64
	Limit  int // 1 to 10,000; 0 means 100
}

// AuditLog lists entries, newest first.
func (r reader) AuditLog(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	q := from("SELECT seq, at, user_id, action, object_kind, object_id, detail FROM audit WHERE 1 = 1")
	if f.ObjectKind != "" {
		q.add(" AND object_kind = ?", f.ObjectKind)
	}
	if f.ObjectID != "" {
		q.add(" AND object_id = ?", f.ObjectID)
	}
	if f.Before != 0 {
		q.add(" AND seq < ?", f.Before)
	}
	q, err := q.add(" ORDER BY seq DESC").limit(pageOf(f.Limit))
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the audit log", func(rows *sql.Rows, a *AuditEntry) error {
		var detail string
		err := rows.Scan(&a.Seq, instant{&a.At}, &a.UserID, &a.Action, &a.ObjectKind, &a.ObjectID, &detail)
		if detail != "" {
			a.Detail = json.RawMessage(detail)
		}
		return err
	})
}

// pageOf is the page of lists that have their own cursor.
func pageOf(limit int) customer.Page { return customer.Page{Limit: limit} }
