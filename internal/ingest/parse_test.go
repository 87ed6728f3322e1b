package ingest_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/fault"
	"kept/internal/ingest"
)

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"m.yaml:1:1: the mapping is empty: begin it with kept: 1"}},
		{"a list", "- a\n", []string{"m.yaml:1:1: the mapping must be a mapping (key: value lines)"}},
		{"all at once", `kept: 2
source: Sales Force
sorce: x
time_zone: Mars/Olympus
decimal: ";"
files:
  - path: a.csv
    delimiter: ab
    encoding: ebcdic
    date_formats: [nonsense, "%Q"]
    rows:
      - target: account
        id: id
        nam: x
      - target: planet
`, []string{
			`m.yaml:1:7: the mapping must say "kept: 1", the version of its language`,
			`m.yaml:2:9: "Sales Force" is not a source name: use lower-case letters, digits, - and _, such as salesforce`,
			`m.yaml:3:1: "sorce" is not known here: use one of kept, source, time_zone, data_cutoff, currency, null, date_formats, decimal, products, lookups, files, checks`,
			`m.yaml:4:12: "Mars/Olympus" is not a time zone: use a name such as UTC or Europe/Berlin`,
			`m.yaml:5:10: ";" is not a decimal sign: use "." or ","`,
			`m.yaml:8:16: "ab" is not a delimiter: use one character, or tab`,
			`m.yaml:9:15: the encoding "ebcdic" is not known: use one of utf-8, utf-8-bom, latin-1, windows-1252, utf-16, utf-16le, utf-16be`,
			`m.yaml:10:20: "nonsense" is not a date format: use a name (date, datetime, datetime_minutes, eu_date, eu_datetime, iso, rfc3339, uk_date, uk_datetime, unix, unix_ms, us_date, us_datetime), a pattern such as "%d.%m.%Y", or a Go layout`,
			`m.yaml:10:30: "%Q" has a % code that is not known: use %Y %m %d %H %M %S %b %B %p %I %z %y %e %-d %-m`,
			`m.yaml:12:9: account needs "name"`,
			`m.yaml:12:9: account needs "since"`,
			`m.yaml:14:9: account has no field "nam": it has id, when, duplicates, domain, known_at, name, owner, owner_name, parent, since, stage, attributes, external`,
			`m.yaml:15:17: "planet" is not a target: use one of account, activity, attribute, churn, contact, csat, event, nps, product, relationship, subscription, ticket`,
		}},
		{"twice", "kept: 1\nkept: 1\n", []string{`m.yaml:2:1: "kept" stands here twice: remove one`}},
		{"anchors", "kept: &a 1\nsource: *a\n", []string{
			"m.yaml:1:7: an anchor (&) is not part of the mapping language: write the value out, in quotes if it is text",
		}},
		{"not text", "kept: \xff", []string{"m.yaml:1:1: the file is not UTF-8: save it as UTF-8"}},
		{"two documents", "kept: 1\n---\nkept: 1\n", []string{"m.yaml:2:1: a second document begins here: write one document a file"}},
		{"expressions and conditions", `kept: 1
source: s
files:
  - path: e.csv
    rows:
      - target: event
        name: {column: a, const: b}
        at: {column: t, typ: date}
        actor: u
        duplicates: sometimes
        when: {column: x, gt: 1, lt: 2}
      - target: event
        name: {const: x}
        at: t
        value: {column: v, times: many}
        when: [{column: x}]
`, []string{
			`m.yaml:7:16: say either column or const`,
			`m.yaml:8:25: "typ" is not known here: use one of column, const, map, lookup, else, default, times, type, format`,
			`m.yaml:10:21: duplicates is first, or for events and subscriptions also keep`,
			`m.yaml:11:34: a condition has one comparison: write a list of conditions, all of which must hold`,
			`m.yaml:12:9: event needs "account", "subscription" or "actor": whose event it is`,
			`m.yaml:15:35: times is a number`,
			`m.yaml:16:17: the condition compares nothing: add equals, not_equals, in, empty, not_empty, gt, gte, lt or lte`,
		}},
		{"checks", `kept: 1
source: s
files:
  - {path: a.csv, name: a, rows: [{target: account, id: i, name: n, since: s}]}
checks:
  - rule: r
    says: x
    what_to_do: y
    left: {file: b, by: i, column: c}
    right: {file: a, by: i, take: newest}
  - {rule: r, says: x, what_to_do: y, left: {file: a, by: i, take: count}}
`, []string{
			`m.yaml:9:18: no file above is named "b": use the "name" of one of the files`,
			`m.yaml:10:13: newest needs a column`,
			`m.yaml:10:13: newest needs order: the column that says which row is newest`,
			`m.yaml:11:6: a check has left and right, or sequence`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ingest.Parse("m.yaml", []byte(c.text))
			var list fault.List
			if !errors.As(err, &list) {
				t.Fatalf("Parse = %v, want a list of faults", err)
			}
			if diff := cmp.Diff(c.want, strings.Split(list.Error(), "\n")); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("kind = %s, want invalid", fault.KindOf(err))
			}
		})
	}
}

// TestHostileMapping gives the parser texts of the largest size that is taken;
// plainyaml has the shapes that hurt the YAML library.
func TestHostileMapping(t *testing.T) {
	const mib = 1 << 20
	for name, c := range map[string]struct{ text, want string }{
		"unknown keys":  {"files:\n" + strings.Repeat("  - {path: x, oops: 1}\n", mib/24), "more errors: mend these first"},
		"wide":          {strings.Repeat("a: b\n", mib/5), "more than 1000 keys"},
		"wide in flow":  {"{" + strings.Repeat("a: b, ", mib/6-10) + "c: d}", "more than 1000 keys"},
		"deep":          {strings.Repeat("[", mib), "deeper than 32 levels"},
		"documents":     {strings.Repeat("---\na\n", mib/6), "a second document"},
		"a long scalar": {"kept: 1\nsource: " + strings.Repeat("x", mib-20), "xx…"},
		"too long":      {strings.Repeat(" ", mib+1), "the limit is 1048576"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := ingest.Parse("m.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 100_000 {
				t.Errorf("got %.300v, want %q", err, c.want)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func FuzzMapping(f *testing.F) {
	text, err := os.ReadFile("../../examples/ravenstack/mapping.yaml")
	if err != nil {
		f.Fatal(err)
	}
	// A part is enough: the fuzzer spends a minute on making a long seed shorter.
	f.Add(text[:2000])
	f.Add([]byte("kept: 1\nsource: s\nfiles: [{path: a, rows: [{target: event}]}]\n"))
	f.Add([]byte("a: &x [*x, *x]\n? - - - : {"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ingest.Parse("m.yaml", text)
		switch {
		case err == nil && m == nil:
			t.Fatal("neither a mapping nor an error")
		case err != nil && fault.KindOf(err) == fault.Internal:
			t.Fatalf("an internal error: %v", err)
		}
	})
}
