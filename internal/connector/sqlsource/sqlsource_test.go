package sqlsource

import (
	"database/sql"
	"maps"
	"strconv"
	"strings"
	"testing"

	"kept/internal/connector"
	"kept/internal/connectortest"
	"kept/internal/fault"
	"kept/internal/testfix"
)

const mapping = `kept: 1
source: shop
date_formats: [date, rfc3339]
files:
  - path: rows.jsonl
    rows:
      - {target: account, id: id, name: name, since: since, attributes: {employees: {column: employees, type: int}, paying: {column: paying, type: bool}, mrr: {column: mrr, type: money}}}
`

const query = "SELECT id, name, since, employees, paying, mrr, updated_at FROM company WHERE updated_at >= :cursor ORDER BY updated_at, id"

// database is a server with a table of companies.
type database struct {
	kind, address string
	db            *sql.DB
	create        string
}

func (d *database) exec(t *testing.T, text string) {
	t.Helper()
	if _, err := d.db.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func dial(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestPostgreSQL(t *testing.T) {
	address := testfix.Postgres(t)
	d := &database{kind: "postgres", address: address, db: dial(t, "pgx", address)}
	d.create = "CREATE TABLE company (id BIGINT PRIMARY KEY, name TEXT, since DATE, employees INT, paying BOOLEAN, mrr NUMERIC(12,2), updated_at TIMESTAMPTZ)"
	try(t, d)
	t.Run("writing", func(t *testing.T) {
		refuses(t, d, "WITH gone AS (DELETE FROM company RETURNING id) SELECT id FROM gone", "read only")
	})
}

func TestMariaDB(t *testing.T) {
	address, dsn := connectortest.MariaDB(t)
	d := &database{kind: "mysql", address: address, db: dial(t, "mysql", dsn)}
	d.exec(t, "CREATE DATABASE shop")
	d.db = dial(t, "mysql", dsn+"shop")
	d.create = "CREATE TABLE company (id BIGINT PRIMARY KEY, name TEXT, since DATE, employees INT, paying BOOLEAN, mrr DECIMAL(12,2), updated_at DATETIME(6))"
	try(t, d)
	t.Run("writing", func(t *testing.T) {
		d.exec(t, "CREATE FUNCTION burn() RETURNS INT MODIFIES SQL DATA BEGIN DELETE FROM company; RETURN 1; END")
		refuses(t, d, "SELECT burn() AS id", "read only")
	})
}

func try(t *testing.T, d *database) {
	t.Helper()
	d.exec(t, d.create)
	var values []string
	for i := range 1200 {
		n := strconv.Itoa(i)
		values = append(values, "("+n+", 'Company "+n+"', '2024-05-06', "+n+", true, 12.50, '2026-01-01 00:00:"+strconv.Itoa(10+i/30)+"')")
	}
	d.exec(t, "INSERT INTO company VALUES "+strings.Join(values, ", "))
	k := connectortest.New(t, kindsByName(d.kind)...)
	cfg := map[string]string{"address": d.address, "query": query, "cursor_column": "updated_at", "cursor_start": "1970-01-01", "key": "id"}
	if said, err := k.Test(t.Context(), "", connector.Draft{Name: "x", Kind: d.kind, Config: cfg, Mapping: mapping}); err != nil || !strings.Contains(said, "7 columns") {
		t.Fatalf("test: %q, %v", said, err)
	}
	c := k.Connect(d.kind, cfg, mapping)
	run, report := k.Read(c.ID, connector.Succeeded)
	if report.Objects["accounts"].Created != 1200 || report.Rejects != 0 {
		t.Fatalf("the first run: %+v, %d rejects", report.Objects["accounts"], report.Rejects)
	}
	if run.Pages != 3 {
		t.Errorf("%d pages", run.Pages)
	}
	facts := map[string]string{}
	who := k.Accounts("shop")["7"]
	for _, f := range k.Facts() {
		if f.AccountID == who.ID {
			facts[f.Key] = f.Value.String()
		}
	}
	if facts["employees"] != "7" || facts["paying"] != "true" || facts["mrr"] != "12.5" || who.Since.Format("2006-01-02") != "2024-05-06" {
		t.Errorf("company 7: %v since %s", facts, who.Since)
	}
	// The next run begins with the rows of the newest cursor, and changes nothing.
	run, report = k.Read(c.ID, connector.Succeeded)
	if run.RowsRead != 30 || report.Objects["accounts"].Unchanged != 30 {
		t.Errorf("the second run read %d rows: %+v", run.RowsRead, report.Objects["accounts"])
	}
	d.exec(t, "UPDATE company SET name = 'Renamed', updated_at = '2026-02-01 00:00:00' WHERE id = 3")
	k.Read(c.ID, connector.Succeeded)
	if got := k.Accounts("shop")["3"].Name; got != "Renamed" {
		t.Errorf("company 3 is called %q", got)
	}
	if cursors, err := k.Records.Cursors(t.Context(), c.ID); err != nil || len(cursors) != 1 || !strings.HasPrefix(cursors[0].Text, "2026-02-01") {
		t.Errorf("cursors: %+v, %v", cursors, err)
	}
	for name, bad := range map[string]string{
		"an unknown table":  "SELECT id FROM nowhere WHERE updated_at >= :cursor",
		"an unknown column": "SELECT nothing FROM company WHERE updated_at >= :cursor",
		"a wrong grammar":   "SELECT id FROM company WHERE WHERE updated_at >= :cursor",
		"the wrong order":   "SELECT id, updated_at FROM company WHERE updated_at >= :cursor ORDER BY updated_at DESC",
		"no cursor column":  "SELECT id FROM company WHERE updated_at >= :cursor",
		"two of a name":     "SELECT id, name, name, updated_at FROM company WHERE updated_at >= :cursor",
	} {
		cfg["query"] = bad
		one, err := k.Create(t.Context(), connector.Draft{Name: name, Kind: d.kind, Config: cfg, Mapping: mapping})
		if err != nil {
			t.Fatal(err)
		}
		if run, _ := k.Read(one.ID, connector.Failed); run.Message == "" || strings.Contains(run.Message, "quote the code") {
			t.Errorf("%s: %q", name, run.Message)
		}
	}
}

// refuses wants that a query which changes something fails.
func refuses(t *testing.T, d *database, text, want string) {
	t.Helper()
	k := connectortest.New(t, kindsByName(d.kind)...)
	c := k.Connect(d.kind, map[string]string{"address": d.address, "query": text, "key": "id"}, mapping)
	run, _ := k.Read(c.ID, connector.Failed)
	if !strings.Contains(run.Message, want) {
		t.Errorf("%s: %q, want %q", text, run.Message, want)
	}
	var n int
	if err := d.db.QueryRowContext(t.Context(), "SELECT count(*) FROM company").Scan(&n); err != nil || n != 1200 {
		t.Errorf("%d rows are left, %v", n, err)
	}
}

func kindsByName(names ...string) []*connector.Kind {
	var out []*connector.Kind
	for _, k := range Kinds() {
		for _, name := range names {
			if k.Name == name {
				out = append(out, k)
			}
		}
	}
	return out
}

func TestSettings(t *testing.T) {
	k := connectortest.New(t, Kinds()...)
	good := map[string]string{"address": "postgres://a:b@db.example/x", "query": query, "cursor_column": "updated_at", "cursor_start": "1970-01-01", "key": "id"}
	for name, change := range map[string]map[string]string{
		"no address":              {"address": ""},
		"another database":        {"address": "mysql://a:b@db.example/x"},
		"no host":                 {"address": "postgres:///x"},
		"nonsense":                {"address": "::::"},
		"no query":                {"query": ""},
		"a deletion":              {"query": "DELETE FROM company"},
		"an update":               {"query": "UPDATE company SET name = ''"},
		"two statements":          {"query": "SELECT 1 WHERE 1 >= :cursor; DROP TABLE company"},
		"an open quotation":       {"query": "SELECT 'x FROM company WHERE a >= :cursor"},
		"a call":                  {"query": "CALL burn()"},
		"a cursor without column": {"cursor_column": ""},
		"a column without cursor": {"query": "SELECT id FROM company"},
		"no first cursor":         {"cursor_start": ""},
		"a long query":            {"query": "SELECT " + strings.Repeat("1, ", 30_000) + ":cursor"},
	} {
		cfg := maps.Clone(good)
		maps.Copy(cfg, change)
		_, err := k.Create(t.Context(), connector.Draft{Name: name, Kind: "postgres", Config: cfg, Mapping: mapping})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "a:b") {
			t.Errorf("%s: the message shows the password: %v", name, err)
		}
	}
	for name, text := range map[string]string{"no mapping": "", "a broken mapping": "kept: 2", "no YAML": "{"} {
		if _, err := k.Create(t.Context(), connector.Draft{Name: name, Kind: "postgres", Config: good, Mapping: text}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Nothing listens there.
	cfg := map[string]string{"address": "postgres://a:b@127.0.0.1:1/x", "query": "SELECT 1 AS id"}
	if _, err := k.Test(t.Context(), "", connector.Draft{Name: "x", Kind: "postgres", Config: cfg, Mapping: mapping}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an address where nothing listens: %v", err)
	}
}

func TestPrepare(t *testing.T) {
	for in, want := range map[string]string{
		"SELECT a FROM b WHERE c > :cursor;":               "SELECT a FROM b WHERE c > $1",
		"SELECT ':cursor', a::text FROM b WHERE c>:cursor": "SELECT ':cursor', a::text FROM b WHERE c>$1",
		"with x as (select 1) select * from x":             "with x as (select 1) select * from x",
		"SELECT \";\" FROM b":                              "SELECT \";\" FROM b",
	} {
		var errs fault.List
		if got, _ := prepare(in, "$1", &errs); got != want || len(errs) > 0 {
			t.Errorf("prepare(%q) = %q, %v", in, got, errs.Err())
		}
	}
}
