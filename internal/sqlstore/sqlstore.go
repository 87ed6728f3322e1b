// Package sqlstore keeps the customer record and the product's own records in
// SQLite or PostgreSQL, with one SQL text for both. Writers are serial on both
// engines, so what a write reads stays true until it commits.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"kept/internal/clock"
	"kept/internal/customer"
	"kept/internal/fault"
)

// Store is an open record store. It is safe for concurrent use. Reads see
// committed data; see Write for changes.
type Store struct {
	reader
	writer *sql.DB // one connection on SQLite
	pool   *sql.DB // readers
	dsn    string  // of SQLite's writer
	clk    clock.Clock
}

var _ customer.Store = (*Store)(nil)

// Open opens the database at the URL: "postgres://…", "sqlite:PATH" or a plain
// file path, whose directory must exist. It refuses a database that a newer
// version of Kept has migrated, and migrates nothing itself: call Migrate.
func Open(ctx context.Context, url string, clk clock.Clock) (*Store, error) {
	c, err := connect(url)
	if err != nil {
		return nil, err
	}
	s := &Store{reader: reader{q: c.pool, d: c.d}, writer: c.writer, pool: c.pool, dsn: c.dsn, clk: clk}
	if err := s.checkSchema(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close waits for running statements and closes every connection.
func (s *Store) Close() error {
	err := s.pool.Close()
	if s.writer != s.pool {
		// The writer closes last: the last connection to close folds SQLite's
		// write-ahead log into the database.
		err = errors.Join(err, s.writer.Close())
	}
	return fault.Wrap(err, "close the database")
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.d.fail(s.pool.QueryRowContext(ctx, "SELECT 1").Scan(&one), "reach the database")
}

// Engine names the engine, "sqlite" or "postgres".
func (s *Store) Engine() string { return s.d.name }
