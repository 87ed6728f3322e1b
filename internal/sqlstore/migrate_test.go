package sqlstore_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/sqlstore"
)

// TestMigrateOutOfOrder: a database that has a higher migration and lacks a lower
// one, as after an upgrade, gets the lower one.
func TestMigrateOutOfOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept.db")
	s := open(t, path, clock.System())
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"DELETE FROM goose_db_version WHERE version_id = 31", "DROP TABLE webhook_delivery", "DROP TABLE outbound_band", "DROP TABLE webhook"} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = sqlstore.Open(t.Context(), path, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.CheckMigrated(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a database that lacks a migration is taken for whole: %v", err)
	}
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.CheckMigrated(t.Context()); err != nil {
		t.Error(err)
	}
}
