package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
)

// OverrideRow is a manual decision about the health of one account by one
// scorecard. Rows are append-only but for EndedAt.
type OverrideRow struct {
	ID        id.Override `json:"id"`
	AccountID id.Account  `json:"account_id"`
	Scorecard string      `json:"scorecard"`
	health.Override
}

var overrideTable = table{
	name: "health_override",
	columns: []string{
		"id", "account_id", "scorecard", "band", "score", "author", "reason", "created_at", "expires_at", "ended_at",
	},
}

const selectOverride = "SELECT id, account_id, scorecard, band, score, author, reason, created_at, expires_at, ended_at FROM health_override"

func scanOverride(rows *sql.Rows, o *OverrideRow) error {
	return rows.Scan(&o.ID, &o.AccountID, &o.Scorecard, &o.Band, &o.Score, &o.Author, &o.Reason,
		instant{&o.CreatedAt}, instant{&o.ExpiresAt}, instant{&o.EndedAt})
}

// PutOverride stores a new override. A zero CreatedAt is now. A second one with
// the same id is a Conflict.
func (s *Store) PutOverride(ctx context.Context, o OverrideRow) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.PutOverride(ctx, o) })
}

// PutOverride is Store.PutOverride within a transaction.
func (tx *Tx) PutOverride(ctx context.Context, o OverrideRow) error {
	if o.CreatedAt.IsZero() {
		o.CreatedAt = tx.now
	}
	whole(&o.CreatedAt)
	whole(&o.ExpiresAt)
	switch {
	case o.ID == "":
		return checkID("id", o.ID)
	case (o.Band == "") == (o.Score == nil):
		return fault.At("override", "sets a band or a score: give exactly one of them")
	case o.Score != nil && !(*o.Score >= 0 && *o.Score <= 100):
		return fault.At("score", "is not between 0 and 100")
	case o.Reason == "":
		return fault.At("reason", "is missing: say why the computed health is wrong")
	case o.ExpiresAt.IsZero() || !o.CreatedAt.Before(o.ExpiresAt):
		return fault.At("expires_at", "is not after the override's start: an override ends some day")
	}
	if _, err := tx.Account(ctx, o.AccountID); err != nil {
		if fault.Is(err, fault.NotFound) {
			return fault.At("account_id", "there is no account %q", string(o.AccountID))
		}
		return err
	}
	tx.touch(o.AccountID)
	return tx.insert(ctx, overrideTable, [][]any{{
		string(o.ID), string(o.AccountID), o.Scorecard, o.Band, float(o.Score), o.Author, o.Reason,
		micros(o.CreatedAt), micros(o.ExpiresAt), micros(o.EndedAt),
	}})
}

// Overrides lists every override that the accounts ever had, by account and
// oldest first; nil means all accounts.
func (r reader) Overrides(ctx context.Context, accounts []id.Account) ([]OverrideRow, error) {
	q := from(selectOverride)
	if accounts != nil {
		in(q, r.d, "WHERE", "account_id", accounts)
	}
	return collect(ctx, r, q.add(" ORDER BY account_id, created_at, id"), "read the overrides", scanOverride)
}

// EndOverride lifts an override early. One that has ended already is a Conflict.
func (s *Store) EndOverride(ctx context.Context, ref id.Override, at time.Time) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.EndOverride(ctx, ref, at) })
}

// EndOverride is Store.EndOverride within a transaction.
func (tx *Tx) EndOverride(ctx context.Context, ref id.Override, at time.Time) error {
	rows, err := collect(ctx, tx.reader, from(selectOverride).add(" WHERE id = ?", string(ref)), "read the override", scanOverride)
	o, err := first(rows, err, "there is no override %q", string(ref))
	if err != nil {
		return err
	}
	if at.Before(o.CreatedAt) {
		return fault.At("ended_at", "is before the override's start")
	}
	if !o.EndedAt.IsZero() || !at.Before(o.ExpiresAt) {
		return fault.New(fault.Conflict, "the override has ended already")
	}
	tx.touch(o.AccountID)
	_, err = tx.exec(ctx, "end the override", "UPDATE health_override SET ended_at = $1 WHERE id = $2", at.UnixMicro(), string(ref))
	return err
}
