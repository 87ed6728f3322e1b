package sqlstore_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"kept/internal/clock"
	"kept/internal/sqlstore"
	"kept/internal/sqlstoretest"
	"kept/internal/testfix"
)

func TestSQLite(t *testing.T) {
	sqlstoretest.Run(t, func(t *testing.T, clk clock.Clock) *sqlstore.Store {
		return open(t, filepath.Join(t.TempDir(), "kept.db"), clk)
	})
}

func TestPostgres(t *testing.T) {
	url := testfix.Postgres(t)
	sqlstoretest.Run(t, func(t *testing.T, clk clock.Clock) *sqlstore.Store {
		s := open(t, url, clk)
		empty(t, url)
		return s
	})
}

// empty empties every table: much faster than a fresh database for each test.
func empty(t *testing.T, url string) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const text = `DO $$ BEGIN EXECUTE (
		SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY'
		FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'goose_%'
	); END $$`
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// open returns a migrated store that is closed when the test ends.
func open(t *testing.T, url string, clk clock.Clock) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), url, clk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
