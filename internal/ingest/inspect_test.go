package ingest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/fault"
	"kept/internal/ingest"
	"kept/internal/testfix"
)

func TestInspect(t *testing.T) {
	text := "\xEF\xBB\xBFAccount ID;Account Name;Signup Date;ARR;Industry;Trial\nA-1;Acme;2026-01-01;1200,5;Tools;yes\nA-2;Beta;2026-02-01;;Tools;no\n"
	got, err := ingest.Inspect(strings.NewReader(text), "exports/accounts.csv")
	if err != nil {
		t.Fatal(err)
	}
	want := ingest.Inspection{
		Rows: 2, Delimiter: ";", Encoding: "utf-8-bom", Format: ingest.CSV,
		Columns: []ingest.Column{
			{Name: "Account ID", Type: "text", Samples: []string{"A-1", "A-2"}},
			{Name: "Account Name", Type: "text", Samples: []string{"Acme", "Beta"}},
			{Name: "Signup Date", Type: "date", Samples: []string{"2026-01-01", "2026-02-01"}, Formats: []string{"date"}},
			{Name: "ARR", Type: "text", Samples: []string{"1200,5"}, Empty: 1},
			{Name: "Industry", Type: "text", Samples: []string{"Tools"}},
			{Name: "Trial", Type: "bool", Samples: []string{"yes", "no"}},
		},
		ProposedMapping: `# Proposed from the column names: look at every line before you import.
kept: 1
source: my_source # the system that the file comes from
time_zone: UTC
files:
  - path: "accounts.csv"
    format: csv
    encoding: utf-8-bom
    delimiter: ";"
    rows:
      - target: account
        id: "Account ID"
        name: "Account Name"
        since: "Signup Date"
        attributes:
          arr: ARR
          industry: Industry
          trial: {column: Trial, type: bool}
`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inspection (-want +got):\n%s", diff)
	}
}

func TestInspectKinds(t *testing.T) {
	for _, c := range []struct{ name, text, target string }{
		{"u.jsonl", `{"event":"login","timestamp":"2026-01-01T00:00:00Z","user_id":"u1","account_id":"a"}`, "event"},
		{"s.csv", "subscription_id,account_id,start_date,mrr\n1,2,2026-01-01,5\n", "subscription"},
		{"t.csv", "ticket_id,account_id,created_at\n1,2,2026-01-01\n", "ticket"},
		{"people.csv", "contact_id,account_id,email\n1,2,a@b.example\n", "contact"},
		{"nps_2026.csv", "account_id,score,date\n1,9,2026-01-01\n", "nps"},
		{"x.tsv", "a\tb\n1\t2\n", "account"},
	} {
		got, err := ingest.Inspect(strings.NewReader(c.text), c.name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !strings.Contains(got.ProposedMapping, "target: "+c.target+"\n") {
			t.Errorf("%s: proposed\n%s\nwant the target %s", c.name, got.ProposedMapping, c.target)
		}
		if _, err := ingest.Parse("m.yaml", []byte(got.ProposedMapping)); err != nil {
			t.Errorf("%s: the proposal does not parse: %v\n%s", c.name, err, got.ProposedMapping)
		}
	}
	for _, c := range []struct{ name, text string }{{"a.csv", ""}, {"a.parquet", "PAR1"}, {"a.csv.gz", "x"}, {"a.jsonl", "{}"}} {
		if _, err := ingest.Inspect(strings.NewReader(c.text), c.name); fault.KindOf(err) != fault.Invalid {
			t.Errorf("Inspect(%s, %q) = %v, want an Invalid fault", c.name, c.text, err)
		}
	}
}

// TestInspectRealFiles proposes mappings for exports that nobody here wrote.
func TestInspectRealFiles(t *testing.T) {
	n := 0
	err := filepath.WalkDir(testfix.Shared(t, "data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".csv") && !strings.HasSuffix(path, ".jsonl") && !strings.HasSuffix(path, ".csv.gz") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		got, err := ingest.Inspect(f, path)
		if fault.KindOf(err) == fault.Invalid {
			t.Logf("%s: %v", filepath.Base(path), err)
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := ingest.Parse("m.yaml", []byte(got.ProposedMapping)); err != nil {
			t.Errorf("%s: the proposal does not parse: %v\n%s", path, err, got.ProposedMapping)
		}
		n++
		return nil
	})
	if err != nil || n < 100 {
		t.Errorf("%d files inspected, %v; want more than 100", n, err)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"), "x.csv")
	f.Add([]byte("{\"account_id\":1}"), "y.jsonl")
	f.Add([]byte("0"), "a[b\\")
	f.Add([]byte("\xff\xfea\x00,\x00"), "z")
	f.Fuzz(func(t *testing.T, text []byte, name string) {
		got, err := ingest.Inspect(strings.NewReader(string(text)), name)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatal(err)
			}
			return
		}
		if _, err := ingest.Parse("m.yaml", []byte(got.ProposedMapping)); err != nil {
			t.Fatalf("the proposal does not parse: %v\n%s", err, got.ProposedMapping)
		}
	})
}
