package singer

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kept/internal/connectortest"
	"kept/internal/customer"
	"kept/internal/ingest"
)

const mapping = `kept: 1
source: tap
date_formats: [rfc3339, date]
files:
  - path: companies.jsonl
    rows:
      - {target: account, id: id, name: name, since: created}
  - path: cases.jsonl
    rows:
      - {target: ticket, id: id, account: company, subject: subject, opened_at: opened}
`

const (
	companies = `{"type": "SCHEMA", "stream": "companies", "schema": {"properties": {"id": {}, "name": {}}}, "key_properties": ["id"]}`
	cases     = `{"type": "SCHEMA", "stream": "cases", "schema": {"properties": {"id": {}}}, "key_properties": ["id"]}`
)

func run(t *testing.T, k *connectortest.Kit, in string, deps func(*ingest.Deps)) (Report, string, [][]string, error) {
	t.Helper()
	m, err := ingest.Parse("mapping.yaml", []byte(mapping))
	if err != nil {
		t.Fatal(err)
	}
	var out, rejects bytes.Buffer
	d := k.Deps
	if deps != nil {
		deps(&d)
	}
	report, err := Run(t.Context(), Options{Deps: d, Mapping: m, In: strings.NewReader(in), Out: &out, Rejects: &rejects})
	rows, cerr := csv.NewReader(&rejects).ReadAll()
	if cerr != nil {
		t.Fatal(cerr)
	}
	return report, out.String(), rows[1:], err
}

func TestRun(t *testing.T) {
	k := connectortest.New(t)
	in := strings.Join([]string{
		cases, companies,
		`{"type": "RECORD", "stream": "cases", "record": {"id": 10, "company": 1, "subject": "early", "opened": "2026-01-02"}}`,
		`{"type": "RECORD", "stream": "companies", "record": {"id": 1, "name": "Old", "created": "2025-01-01T00:00:00Z"}}`,
		`{"type": "RECORD", "stream": "companies", "record": {"id": 1, "name": "New", "created": "2025-01-01T00:00:00Z"}}`,
		`{"type": "STATE", "value": {"bookmarks": {"companies": 1}}}`,
		`{"type": "ACTIVATE_VERSION", "stream": "companies", "version": 5}`,
		`{"type": "STATE", "value": {"bookmarks": {"companies": 2}}}`,
	}, "\n")
	report, out, rejects, err := run(t, k, in, nil)
	if err != nil || len(rejects) != 0 {
		t.Fatalf("%v %v %+v", err, rejects, report)
	}
	if out != `{"bookmarks":{"companies":2}}`+"\n" || report.States != 1 || report.Records != 3 {
		t.Errorf("states: %q, %+v", out, report)
	}
	if got := k.Accounts("tap")["1"].Name; got != "New" {
		t.Errorf("the account is called %q: the last record counts", got)
	}
	if len(k.Tickets()) != 1 {
		t.Error("the case that came before its company is lost")
	}
	if rules := connectortest.Rules(&report.Report); len(rules) != 1 || rules[0] != "version_activated" {
		t.Errorf("findings: %v", rules)
	}
}

// TestStateWaits lets the store fail: the state of what was not stored stays inside.
func TestStateWaits(t *testing.T) {
	var b strings.Builder
	b.WriteString(companies + "\n")
	for i := range 3 * batchRows {
		fmt.Fprintf(&b, `{"type": "RECORD", "stream": "companies", "record": {"id": %d, "name": "C", "created": "2025-01-01"}}`+"\n", i)
		if i%500 == 499 {
			fmt.Fprintf(&b, `{"type": "STATE", "value": %d}`+"\n", i+1)
		}
	}
	k := connectortest.New(t)
	broken := errors.New("the disk is full")
	_, out, _, err := run(t, k, b.String(), func(d *ingest.Deps) { d.Records = &failing{Store: d.Records, after: 1, err: broken} })
	if !errors.Is(err, broken) {
		t.Fatalf("a failing store: %v", err)
	}
	if out != "1500\n2000\n" {
		t.Errorf("states before the failure: %q; 2,000 records were stored", out)
	}
	if n := len(k.Accounts("tap")); n != batchRows {
		t.Errorf("%d accounts", n)
	}
	_, out, _, err = run(t, k, b.String(), nil)
	if err != nil || !strings.HasSuffix(out, "\n6000\n") || len(k.Accounts("tap")) != 3*batchRows {
		t.Errorf("the repeated run: %v, states %q", err, out)
	}
}

// failing is a store whose transactions fail after some.
type failing struct {
	customer.Store
	after int
	err   error
}

func (f *failing) InTx(ctx context.Context, fn func(customer.Tx) error) error {
	if f.after--; f.after < 0 {
		return f.err
	}
	return f.Store.InTx(ctx, fn)
}

func TestBadLines(t *testing.T) {
	ok := `{"type": "RECORD", "stream": "companies", "record": {"id": 1, "name": "A", "created": "2025-01-01"}}`
	for name, line := range map[string]string{
		"no JSON":                   `hello`,
		"a list":                    `[1]`,
		"half an object":            `{"type": "RECORD"`,
		"an unknown type":           `{"type": "PUSH"}`,
		"no type":                   `{}`,
		"a type that is a number":   `{"type": 1}`,
		"a SCHEMA without stream":   `{"type": "SCHEMA", "schema": {}}`,
		"a SCHEMA without schema":   `{"type": "SCHEMA", "stream": "x"}`,
		"a SCHEMA without its key":  `{"type": "SCHEMA", "stream": "x", "schema": {"properties": {}}, "key_properties": ["id"]}`,
		"a RECORD without SCHEMA":   `{"type": "RECORD", "stream": "nowhere", "record": {}}`,
		"a RECORD without record":   `{"type": "RECORD", "stream": "companies"}`,
		"a record that is a list":   `{"type": "RECORD", "stream": "companies", "record": []}`,
		"a record without key":      `{"type": "RECORD", "stream": "companies", "record": {"name": "x"}}`,
		"a STATE without value":     `{"type": "STATE"}`,
		"a row without its name":    `{"type": "RECORD", "stream": "companies", "record": {"id": 2, "created": "2025-01-01"}}`,
		"a row with a wrong date":   `{"type": "RECORD", "stream": "companies", "record": {"id": 2, "name": "x", "created": "soon"}}`,
		"a case of nobody":          cases + "\n" + `{"type": "RECORD", "stream": "cases", "record": {"id": 2, "company": 77, "subject": "x", "opened": "2026-01-01"}}`,
		"bytes that are no text":    "{\"type\": \"\xff\xfe\"}",
		"a line of 17 MiB":          `{"type": "RECORD", "stream": "companies", "record": {"id": 2, "name": "` + strings.Repeat("x", 17<<20) + `"}}`,
		"a name longer than a line": `{"type": "RECORD", "stream": "companies", "record": {"id": 2, "created": "2025-01-01", "name": "` + strings.Repeat("x", 2000) + `"}}`,
	} {
		k := connectortest.New(t)
		report, out, rejects, err := run(t, k, companies+"\n"+ok+"\n"+line+"\n\n"+`{"type": "STATE", "value": 1}`, nil)
		want := "3"
		if strings.HasPrefix(line, cases) {
			want = "4"
		}
		if err != nil || len(rejects) != 1 || rejects[0][0] != want || rejects[0][4] == "" || report.Rejects < 1 {
			t.Errorf("%s: %v, rejects %v", name, err, rejects)
		}
		if out != "1\n" || len(k.Accounts("tap")) != 1 {
			t.Errorf("%s: states %q, %d accounts", name, out, len(k.Accounts("tap")))
		}
	}
	if _, _, _, err := run(t, connectortest.New(t), `{"type": "BATCH", "stream": "x"}`, nil); err == nil {
		t.Error("a BATCH is accepted")
	}
}
