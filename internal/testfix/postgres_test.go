package testfix

import (
	"database/sql"
	"os"
	"testing"
)

// TestPostgres checks that every call has a database of its own, and that the
// server keeps no open port.
func TestPostgres(t *testing.T) {
	first, second := Postgres(t), Postgres(t)
	if first == second {
		t.Fatal("two calls share a database")
	}
	db, err := sql.Open("pgx", first)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var name, listen string
	if err := db.QueryRowContext(t.Context(), "SELECT current_database(), current_setting('listen_addresses')").Scan(&name, &listen); err != nil {
		t.Fatal(err)
	}
	if os.Getenv(PostgresEnv) == "" && listen != "" {
		t.Errorf("the server of %q listens on %q, want none", name, listen)
	}
	var before bool
	if err := db.QueryRowContext(t.Context(), "SELECT 'a' < 'B'").Scan(&before); err != nil {
		t.Fatal(err)
	}
	if !before {
		t.Error("text is compared byte by byte: a query that relies on the default order would pass unnoticed")
	}
}
