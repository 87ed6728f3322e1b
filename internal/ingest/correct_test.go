package ingest_test

import (
	"strings"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/ingest"
)

// TestCorrection: an imported history is known from when it held; what restates
// it later is known from the import on, and a repetition adds nothing.
func TestCorrection(t *testing.T) {
	mapping := head + `  - path: accounts.csv
    rows: [{target: account, id: id, name: name, since: since}]
  - path: facts.csv
    rows:
      - {target: attribute, account: account, key: key, value: {column: value, type: number}, valid_from: from, known_at: known}
`
	files := map[string]string{
		"accounts.csv": "id,name,since\n1,Acme,2025-01-01\n",
		"facts.csv":    "account,key,value,from,known\n1,mood,4,2025-06-01,\n1,mood,3,2025-09-01,\n",
	}
	d := deps(t)
	run := func(facts string) ingest.Counts {
		files["facts.csv"] = "account,key,value,from,known\n" + facts
		rep, rejects, err := importTexts(t, d, mapping, files, ingest.Options{})
		if err != nil || strings.Count(rejects, "\n") > 1 {
			t.Fatalf("%v %s", err, rejects)
		}
		return counts(rep, "attributes")
	}
	const history = "1,mood,4,2025-06-01,\n1,mood,3,2025-09-01,\n"
	run(history)
	first := read(t, d)
	if len(first) != 2 || !first[0].KnownAt.Equal(first[0].ValidFrom) || !first[1].KnownAt.Equal(first[1].ValidFrom) {
		t.Fatalf("the first import: %+v", first)
	}
	if c := run(history); c.Unchanged != 2 {
		t.Errorf("again: %+v", c)
	}
	// A correction, something new, and one that says itself when it was known.
	run("1,mood,2,2025-06-01,\n1,mood,5,2025-12-01,\n1,calm,1,2025-06-01,2025-06-20\n")
	now := d.Clock.Now()
	for _, f := range read(t, d) {
		switch {
		case f.Value.Num == 2 && !f.KnownAt.Equal(now.Truncate(time.Microsecond)):
			t.Errorf("the correction is known from %s, want the import at %s", f.KnownAt, now)
		case f.Value.Num == 5 && !f.KnownAt.Equal(f.ValidFrom):
			t.Errorf("what continues the history is known from %s", f.KnownAt)
		case f.Key == "calm" && f.KnownAt.Format(time.DateOnly) != "2025-06-20":
			t.Errorf("what says when it was known is known from %s", f.KnownAt)
		}
	}
	old := time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)
	var mood []customer.Fact
	for _, f := range read(t, d) {
		if f.Key == "mood" {
			mood = append(mood, f)
		}
	}
	if f, ok := customer.Holds(mood, old); !ok || f.Value.Num != 4 {
		t.Errorf("as known in July the mood is %+v, want 4", f.Value)
	}
	if c := run("1,mood,2,2025-06-01,\n"); c.Unchanged != 1 {
		t.Errorf("the correction again: %+v", c)
	}
}

func read(t *testing.T, d ingest.Deps) []customer.Fact {
	t.Helper()
	facts, err := d.Records.Facts(t.Context(), customer.Filter{Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		t.Fatal(err)
	}
	var out []customer.Fact
	for _, f := range facts {
		if f.Key == "mood" || f.Key == "calm" {
			out = append(out, f)
		}
	}
	return out
}
