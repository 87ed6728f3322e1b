package sqlstore_test

import (
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
	sqlstoretest.Run(t, func(t *testing.T, clk clock.Clock) *sqlstore.Store {
		return open(t, testfix.Postgres(t), clk)
	})
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
