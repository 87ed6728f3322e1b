package ingest_test

import (
	"strings"
	"testing"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/ingest"
	"kept/internal/usage"
)

const lookupMapping = `kept: 1
source: crm
lookups:
  kinds: {path: kinds.csv, key: code, value: word, delimiter: ";"}
files:
  - path: accounts.csv
    rows: [{target: account, id: id, name: id, since: {const: 2026-01-01}}]
  - path: events.csv
    rows:
      - {target: event, duplicates: keep, account: account, at: at, name: {column: kind, lookup: kinds}}
  - path: subs.csv
    rows:
      - {target: subscription, id: [account, start], duplicates: keep, account: account, mrr: mrr, start: start}
`

func lookupFiles() map[string]string {
	return map[string]string{
		"accounts.csv": "id\na\n",
		"kinds.csv":    "code;word\n0;post\n1;like\n1;like\n",
		"events.csv":   "account,at,kind\na,2026-02-01,0\na,2026-02-01,1\na,2026-02-01,1\na,2026-02-01,7\n",
		// Two equal rows and one that differs in what is no part of the id.
		"subs.csv": "account,start,mrr\na,2026-02-01,10\na,2026-02-01,10\na,2026-02-01,12\n",
	}
}

func TestLookup(t *testing.T) {
	d := deps(t)
	for i, want := range []ingest.Counts{{Read: 4, Created: 3, Rejected: 1}, {Read: 4, Unchanged: 3, Rejected: 1}} {
		rep, rejects, err := importTexts(t, d, lookupMapping, lookupFiles(), ingest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := counts(rep, "events"); got != want {
			t.Errorf("run %d: events %+v, want %+v", i, got, want)
		}
		if !strings.Contains(rejects, "events.csv,5,kind,7,\"the value is not in the mapping's lookup kinds") {
			t.Errorf("rejects:\n%s", rejects)
		}
		if n := finding(rep, "file_not_mapped"); n > 0 {
			t.Error("the file of the lookup counts as not mapped")
		}
	}
	page, err := d.Events.List(t.Context(), usage.ListQuery{Name: "like"})
	if err != nil || page.Total != 2 {
		t.Errorf("%d likes, want 2: each row counts; %v", page.Total, err)
	}
	// Three rows are three subscriptions, in both runs the same ones.
	subs, err := d.Records.Subscriptions(t.Context(), customer.Filter{Page: customer.Page{Limit: customer.Everything}})
	var minor int64
	for i := range subs {
		minor += subs[i].Revisions[len(subs[i].Revisions)-1].ARR.Minor
		if len(subs[i].Revisions) != 1 {
			t.Errorf("the second import changed a subscription: %+v", subs[i])
		}
	}
	if err != nil || len(subs) != 3 || minor != 32*1200 {
		t.Errorf("%d subscriptions of %d in all, %v", len(subs), minor, err)
	}
}

func TestLookupErrors(t *testing.T) {
	for _, c := range []struct{ replace, by, kinds, want string }{
		{"lookup: kinds", "lookup: kidns", "", `10:76: there is no lookup "kidns"`},
		{"lookup: kinds", "lookup: kinds, map: {a: b}", "", "say either map or lookup"},
		{"key: code, ", "", "", `"key" is missing`},
		{"value: word", "value: word, rows: []", "", `"rows" is not known here`},
		{"key: code", "key: cod", "code;word\n", `4:3: kinds.csv has no column "cod"`},
		{"kinds.csv", "sorts.csv", "", "4:3: the lookup kinds reads sorts.csv, and no such file is given"},
		{"", "", "code;word\n1;like\n1;post\n", `kinds.csv:3: "1" stands for "post" here and for "like" before`},
	} {
		text := strings.Replace(lookupMapping, c.replace, c.by, 1)
		files := lookupFiles()
		if c.kinds != "" {
			files["kinds.csv"] = c.kinds
		}
		_, err := ingest.Parse("m.yaml", []byte(text))
		if err == nil {
			_, _, err = importTexts(t, deps(t), text, files, ingest.Options{})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: error %v, want …%s…", c.by, err, c.want)
		}
	}
}
