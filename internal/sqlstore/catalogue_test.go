package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/clock"
	"kept/internal/testfix"
)

// catalogue is a database's shape, one sorted line per table, column, index and
// foreign key, in words that both engines share.
type catalogue []string

// TestParity compares what the two folders of migrations make of an empty
// database, after every step.
func TestParity(t *testing.T) {
	lite, post := openEmpty(t, filepath.Join(t.TempDir(), "kept.db")), openEmpty(t, testfix.Postgres(t))
	liteUp, err := lite.provider()
	if err != nil {
		t.Fatal(err)
	}
	postUp, err := post.provider()
	if err != nil {
		t.Fatal(err)
	}
	names := func(d *dialect) (list []string) {
		entries, err := migrations.ReadDir("migrations/" + d.name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			list = append(list, e.Name())
		}
		return list
	}
	if diff := cmp.Diff(names(lite.d), names(post.d)); diff != "" {
		t.Fatalf("the folders have different migrations (-sqlite +postgres):\n%s", diff)
	}
	for _, name := range names(lite.d) {
		if _, err := liteUp.UpByOne(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := postUp.UpByOne(t.Context()); err != nil {
			t.Fatal(err)
		}
		a, b := readSQLite(t, lite.writer), readPostgres(t, post.writer)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatalf("after %s the engines differ (-sqlite +postgres):\n%s", name, diff)
		}
		if len(a) < 60 {
			t.Fatalf("after %s the catalogue has only %d lines: it is not read right", name, len(a))
		}
	}
}

// TestParityCanFail doctors a migrated database in every way that the
// catalogue is about, and expects each to show.
func TestParityCanFail(t *testing.T) {
	for what, doctor := range map[string]string{
		"a missing table":         "DROP TABLE setting",
		"another column":          "ALTER TABLE product ADD COLUMN extra TEXT",
		"another type":            "ALTER TABLE account RENAME COLUMN since TO gone; ALTER TABLE account ADD COLUMN since TEXT",
		"nullability":             "ALTER TABLE setting DROP COLUMN value; ALTER TABLE setting ADD COLUMN value TEXT",
		"a missing index":         "DROP INDEX contact_email",
		"an index that is unique": "DROP INDEX contact_email; CREATE UNIQUE INDEX contact_email ON contact (email)",
		"the order of an index":   "DROP INDEX ticket_order; CREATE INDEX ticket_order ON ticket (account_id, opened_at, id DESC)",
		"the columns of an index": "DROP INDEX audit_object; CREATE INDEX audit_object ON audit (object_id, object_kind, seq)",
		"a missing foreign key":   "DROP TABLE credential; CREATE TABLE credential (id TEXT PRIMARY KEY NOT NULL)",
	} {
		t.Run(what, func(t *testing.T) {
			s := openEmpty(t, filepath.Join(t.TempDir(), "kept.db"))
			if _, err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			before := readSQLite(t, s.writer)
			if _, err := s.writer.ExecContext(t.Context(), doctor); err != nil {
				t.Fatal(err)
			}
			if cmp.Equal(before, readSQLite(t, s.writer)) {
				t.Error("the catalogue does not show it")
			}
		})
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		s := openEmpty(t, testfix.Postgres(t))
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, doctor := range []string{
			"ALTER TABLE account ALTER COLUMN since SET NOT NULL",
			"ALTER TABLE account ALTER COLUMN name TYPE VARCHAR(20) COLLATE \"en-x-icu\"",
			"ALTER TABLE contact DROP CONSTRAINT contact_account_id_fkey",
			"ALTER TABLE account ALTER CONSTRAINT account_parent_id_fkey NOT DEFERRABLE",
			"DROP INDEX contact_email",
			"DROP INDEX ticket_order; CREATE INDEX ticket_order ON ticket (account_id, opened_at, id DESC)",
		} {
			before := readPostgres(t, s.writer)
			if _, err := s.writer.ExecContext(t.Context(), doctor); err != nil {
				t.Fatal(err)
			}
			if cmp.Equal(before, readPostgres(t, s.writer)) {
				t.Errorf("the catalogue does not show %q", doctor)
			}
		}
	})
}

func openEmpty(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// lines reads rows of texts.
func lines(t *testing.T, db *sql.DB, query string, args ...any) (out [][]string) {
	t.Helper()
	rows, err := db.QueryContext(context.WithoutCancel(t.Context()), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row, to := make([]string, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// typeClass is what a column holds. SQLite has no truth values: the columns
// that hold one are known by name, and must be BOOLEAN in PostgreSQL.
func typeClass(table, column, declared string) string {
	if booleans[table+"."+column] {
		if declared == "INTEGER" || declared == "boolean" {
			return "bool"
		}
		return declared + " (not bool)"
	}
	class, ok := map[string]string{
		"INTEGER": "int", "bigint": "int", "REAL": "float", "double precision": "float", "TEXT": "text", "text": "text",
	}[declared]
	if !ok {
		return declared
	}
	return class
}

var booleans = map[string]bool{
	"subscription_revision.auto_renew": true, "subscription_revision.trial": true, "ticket.escalated": true,
	"import_run.dry_run": true, "app_user.disabled": true, "connection.paused": true, "webhook.paused": true,
}

func readSQLite(t *testing.T, db *sql.DB) catalogue {
	t.Helper()
	var out catalogue
	for _, table := range lines(t, db, "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'") {
		name := table[0]
		out = append(out, "table "+name)
		identity := strings.Contains(table[1], "AUTOINCREMENT")
		var key []string
		for _, c := range lines(t, db, "SELECT name, type, \"notnull\", pk FROM pragma_table_info($1) ORDER BY pk", name) {
			line := fmt.Sprintf("column %s.%s %s notnull=%s", name, c[0], typeClass(name, c[0], c[1]), c[2])
			if c[3] != "0" {
				key = append(key, c[0])
				if identity {
					line += " identity"
				}
			}
			out = append(out, line)
		}
		if len(key) > 0 {
			out = append(out, "key "+name+" ("+strings.Join(key, ", ")+")")
		}
		for _, i := range lines(t, db, "SELECT name, \"unique\" FROM pragma_index_list($1) WHERE origin <> 'pk'", name) {
			var columns []string
			for _, c := range lines(t, db, "SELECT name, \"desc\" FROM pragma_index_xinfo($1) WHERE key = 1 ORDER BY seqno", i[0]) {
				columns = append(columns, c[0]+map[string]string{"0": "", "1": " DESC"}[c[1]])
			}
			out = append(out, fmt.Sprintf("index %s on %s unique=%s (%s)", i[0], name, i[1], strings.Join(columns, ", ")))
		}
		deferrable := deferredColumns(table[1])
		for _, f := range lines(t, db, "SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list($1)", name) {
			out = append(out, fmt.Sprintf("foreign %s.%s to %s.%s deferred=%t", name, f[0], f[1], f[2], deferrable[f[0]]))
		}
	}
	slices.Sort(out)
	return out
}

var deferredColumn = regexp.MustCompile(`(?m)^\s*(\w+) .*DEFERRABLE INITIALLY DEFERRED`)

// deferredColumns reads a table's text, because no pragma tells.
func deferredColumns(text string) map[string]bool {
	out := map[string]bool{}
	for _, m := range deferredColumn.FindAllStringSubmatch(text, -1) {
		out[m[1]] = true
	}
	return out
}

func readPostgres(t *testing.T, db *sql.DB) catalogue {
	t.Helper()
	tables := map[string]bool{}
	var out catalogue
	for _, c := range lines(t, db, `
		SELECT c.table_name, c.column_name, c.data_type, CASE c.is_nullable WHEN 'NO' THEN '1' ELSE '0' END,
		       CASE c.is_identity WHEN 'YES' THEN ' identity' ELSE '' END,
		       CASE WHEN c.data_type = 'text' AND COALESCE(c.collation_name, '') <> 'C' THEN ' COLLATION NOT C' ELSE '' END
		FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name NOT LIKE 'goose_%'`) {
		tables[c[0]] = true
		out = append(out, fmt.Sprintf("column %s.%s %s%s notnull=%s%s", c[0], c[1], typeClass(c[0], c[1], c[2]), c[5], c[3], c[4]))
	}
	for name := range maps.Keys(tables) {
		out = append(out, "table "+name)
	}
	for _, k := range lines(t, db, `
		SELECT t.relname, i.relname, CASE WHEN x.indisunique THEN '1' ELSE '0' END, CASE WHEN x.indisprimary THEN '1' ELSE '0' END,
		       (SELECT string_agg(a.attname || CASE WHEN x.indoption[k.n - 1] & 1 = 1 THEN ' DESC' ELSE '' END, ', ' ORDER BY k.n)
		        FROM unnest(x.indkey::int[]) WITH ORDINALITY AS k (attnum, n)
		        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum)
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
		JOIN pg_namespace s ON s.oid = t.relnamespace
		WHERE s.nspname = 'public' AND t.relname NOT LIKE 'goose_%'`) {
		if k[3] == "1" {
			out = append(out, "key "+k[0]+" ("+k[4]+")")
		} else {
			out = append(out, fmt.Sprintf("index %s on %s unique=%s (%s)", k[1], k[0], k[2], k[4]))
		}
	}
	for _, f := range lines(t, db, `
		SELECT t.relname, a.attname, o.relname, b.attname, CASE WHEN c.condeferred THEN 'true' ELSE 'false' END
		FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class o ON o.oid = c.confrelid
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
		JOIN pg_attribute b ON b.attrelid = o.oid AND b.attnum = c.confkey[1]
		WHERE c.contype = 'f'`) {
		out = append(out, fmt.Sprintf("foreign %s.%s to %s.%s deferred=%s", f[0], f[1], f[2], f[3], f[4]))
	}
	slices.Sort(out)
	return out
}
