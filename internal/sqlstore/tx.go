package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

// Tx is one write transaction: every read and write of the store. Its reads see
// its own writes.
type Tx struct {
	reader
	now     time.Time // one instant for the whole transaction
	touched map[id.Account]struct{}
	// broken is the first error of a statement. PostgreSQL refuses to go on
	// after one, so neither engine may.
	broken error
}

var _ customer.Tx = (*Tx)(nil)

// InTx implements customer.Store.
func (s *Store) InTx(ctx context.Context, fn func(customer.Tx) error) error {
	return s.Write(ctx, func(tx *Tx) error { return fn(tx) })
}

// Write runs fn in one transaction: committed when fn returns nil and no
// statement failed, rolled back otherwise. Writers run one after another, so
// keep the work short; an import commits in batches.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	raw, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.d.fail(err, "begin a transaction")
	}
	// After a commit it does nothing; it also runs when fn panics.
	defer raw.Rollback()
	if s.d.lock != "" {
		if _, err := raw.ExecContext(ctx, s.d.lock); err != nil {
			return s.d.fail(err, "wait for the other writers")
		}
	}
	now := s.clk.Now()
	whole(&now)
	tx := &Tx{now: now, touched: map[id.Account]struct{}{}}
	tx.reader = reader{q: watched{raw, tx}, d: s.d}
	if err := fn(tx); err != nil {
		if why := ctx.Err(); why != nil && !errors.Is(err, why) {
			// The driver rolled back on its own and fn met a closed transaction.
			return s.d.fail(why, "run the transaction")
		}
		return err
	}
	if tx.broken == nil {
		err = tx.recordChanges(ctx)
	}
	if err := errors.Join(tx.broken, err); err != nil {
		return s.d.fail(err, "a statement of the transaction failed, nothing was stored")
	}
	return s.d.fail(raw.Commit(), "commit")
}

// View runs fn on one unchanging state of the record, for reads that must agree
// with each other.
func (s *Store) View(ctx context.Context, fn func(customer.Reader) error) error {
	opts := s.d.snapshot
	raw, err := s.pool.BeginTx(ctx, &opts)
	if err != nil {
		return s.d.fail(err, "begin a read")
	}
	defer raw.Rollback()
	return fn(reader{q: raw, d: s.d})
}

// watched remembers the first failure of a transaction's statements.
type watched struct {
	*sql.Tx
	tx *Tx
}

func (w watched) note(err error) error {
	if err != nil && w.tx.broken == nil {
		w.tx.broken = err
	}
	return err
}

// broke notes that a prepared statement failed.
func (tx *Tx) broke(err error, doing string) error {
	if tx.broken == nil {
		tx.broken = err
	}
	return tx.d.fail(err, doing)
}

// PrepareContext prepares a statement; whoever runs it calls broke.
func (w watched) PrepareContext(ctx context.Context, text string) (*sql.Stmt, error) {
	stmt, err := w.Tx.PrepareContext(ctx, text)
	return stmt, w.note(err)
}

// ExecContext runs a statement.
func (w watched) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	res, err := w.Tx.ExecContext(ctx, text, args...)
	return res, w.note(err)
}

// QueryContext runs a query.
func (w watched) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	rows, err := w.Tx.QueryContext(ctx, text, args...)
	return rows, w.note(err)
}

// touch notes that an account's record changed.
func (tx *Tx) touch(account id.Account) {
	if account != none {
		tx.touched[account] = struct{}{}
	}
}

// exec runs a statement and returns how many rows it changed.
func (tx *Tx) exec(ctx context.Context, doing, text string, args ...any) (int64, error) {
	if err := checkText(doing, args); err != nil {
		return 0, err
	}
	res, err := tx.q.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, tx.d.fail(err, doing)
	}
	n, err := res.RowsAffected()
	return n, tx.d.fail(err, doing)
}

// Changes implements customer.Reader.
func (r reader) Changes(ctx context.Context, since int64) (accounts []id.Account, latest int64, err error) {
	type change struct {
		seq     int64
		account id.Account
	}
	rows, err := collect(ctx, r, from("SELECT seq, account_id FROM change").add(" WHERE seq > ? ORDER BY seq", since),
		"read the changes", func(rows *sql.Rows, c *change) error { return rows.Scan(&c.seq, &c.account) })
	if err != nil {
		return nil, 0, err
	}
	if len(rows) == 0 {
		// A write between the two queries must not be skipped: never go beyond
		// since. A store that was restored from a backup may be behind it.
		newest, err := scalar[int64](ctx, r, "read the changes", "SELECT COALESCE(MAX(seq), 0) FROM change")
		return nil, min(since, newest), err
	}
	for _, c := range rows {
		accounts = append(accounts, c.account)
	}
	return accounts, rows[len(rows)-1].seq, nil
}

// recordChanges gives every touched account a new sequence. One row per account
// is enough for a follower, and keeps the table as small as the record.
func (tx *Tx) recordChanges(ctx context.Context) error {
	rows := make([][]any, 0, len(tx.touched))
	accounts := make([]id.Account, 0, len(tx.touched))
	for account := range tx.touched {
		rows = append(rows, []any{string(account), tx.now.UnixMicro()})
		accounts = append(accounts, account)
	}
	for len(accounts) > 0 {
		n := min(len(accounts), chunkIDs)
		q := in(from("DELETE FROM change"), tx.d, "WHERE", "account_id", accounts[:n])
		if _, err := tx.exec(ctx, "record the changes", q.text.String(), q.args...); err != nil {
			return err
		}
		accounts = accounts[n:]
	}
	return tx.insert(ctx, table{name: "change", columns: []string{"account_id", "at"}}, rows)
}

// errRow says which row of a Put was refused.
func errRow(list string, i int, column, format string, args ...any) error {
	return fault.At(rowField(list, i, column), format, args...)
}
