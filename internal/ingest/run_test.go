package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/ingest"
	"kept/internal/tabular"
	"kept/internal/usage"
)

const head = "kept: 1\nsource: crm\ndata_cutoff: 2026-06-30\nproducts: [{id: p, key: p, name: P}]\nfiles:\n"

const accountsFile = `  - path: accounts.csv
    rows:
      - target: account
        id: id
        name: name
        since: since
        parent: parent
        attributes: {seats: {column: seats, type: int}}
`

const subscriptionsFile = `  - path: subs.csv
    rows:
      - target: subscription
        id: id
        account: account
        product: {const: p}
        arr: arr
        mrr: mrr
        start: start
        ended: ended
`

const eventsFile = `  - path: events.csv
    rows:
      - {target: event, duplicates: keep, account: account, actor: who, name: what, at: at, value: n}
`

// importTexts runs a mapping over files given as texts.
func importTexts(t *testing.T, d ingest.Deps, mapping string, files map[string]string, opts ingest.Options) (ingest.Report, string, error) {
	t.Helper()
	m, err := ingest.Parse("m.yaml", []byte(mapping))
	if err != nil {
		t.Fatal(err)
	}
	d.Open = func(path string) (io.ReadCloser, error) {
		text, ok := files[path]
		if !ok {
			return nil, os.ErrNotExist
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}
	var rejects bytes.Buffer
	opts.Rejects = &rejects
	rep, err := ingest.Run(t.Context(), d, m, slices.Sorted(maps.Keys(files)), opts)
	return rep, rejects.String(), err
}

func counts(rep ingest.Report, object string) ingest.Counts {
	if c := rep.Objects[object]; c != nil {
		return *c
	}
	return ingest.Counts{}
}

func finding(rep ingest.Report, rule string) int64 {
	for _, f := range rep.Quality {
		if f.Rule == rule {
			return f.Count
		}
	}
	return 0
}

func TestBadRows(t *testing.T) {
	files := map[string]string{
		"accounts.csv": "id,name,since,parent,seats\n" +
			"1,Acme,2026-01-01,,5\n" +
			"2,Beta,01/02/2026,,5\n" + // a date of an undeclared format
			"3,,2026-01-01,,5\n" +
			"4,Delta,2026-01-01,,many\n" +
			"1,Acme again,2026-01-01,,5\n" +
			"5,Echo,9999-12-31,,5\n" +
			"6,Foxtrot,2026-01-01,1,7\n" +
			"\"7,Golf,2026-01-01,,7\n" +
			"8,Hotel,2026-01-01,,1,2\n",
		"subs.csv": "id,account,arr,mrr,start,ended\n" +
			"s1,1,1200,100,2026-01-01,\n" +
			"s2,99,1200,100,2026-01-01,\n" +
			"s3,1,1000,100,2026-02-01,2026-01-01\n" +
			"s4,1,1000,100,2026-02-01,2026-03-01\n" +
			"s5,6,=1+1,,2026-02-01,\n" +
			"s6,6,,1,2026-09-01,\n",
		"events.csv": "account,who,what,at,n\n" +
			"1,ann,login,2026-03-01,\n" +
			"1,ann,login,2026-03-01,\n" +
			"77,ann,login,2026-03-01,\n" +
			",bob,login,2026-03-01,2\n" +
			",,login,2026-03-01,2\n" +
			"1,ann,,2026-03-01,2\n",
	}
	d := deps(t)
	rep, rejects, err := importTexts(t, d, head+accountsFile+subscriptionsFile+eventsFile, files, ingest.Options{BatchRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	const want = `file,line,column,value,reason,row
accounts.csv,3,since,01/02/2026,"this is not a date in a declared format; it could be us_date or uk_date: declare the one that is right, as date_formats or as format of the field","2,Beta,01/02/2026,,5"
accounts.csv,4,name,,"name is empty, and account needs it","3,,2026-01-01,,5"
accounts.csv,5,seats,many,"this is not a number: use digits with a decimal point, such as 1234.5","4,Delta,2026-01-01,,many"
accounts.csv,6,id,1,line 2 has the same id with other values; the first row is kept,"1,Acme again,2026-01-01,,5"
accounts.csv,7,since,9999-12-31,the year 9999 cannot be right: dates lie between 1970 and 2105,"5,Echo,9999-12-31,,5"
accounts.csv,9,id,"""7,Golf,2026-01-01,,7",a quote is opened and never closed,"""7,Golf,2026-01-01,,7"
accounts.csv,10,,"8,Hotel,2026-01-01,,1,2",the row has 6 cells and the header has 5 columns,"8,Hotel,2026-01-01,,1,2"
subs.csv,3,account,99,"there is no account with this id, neither in the files nor in Kept","s2,99,1200,100,2026-01-01,"
subs.csv,4,ended,2026-01-01,"the subscription ends before it starts, on 2026-02-01","s3,1,1000,100,2026-02-01,2026-01-01"
subs.csv,6,arr,'=1+1,"this is not an amount of money: use digits with a decimal point, such as 1234.50","s5,6,=1+1,,2026-02-01,"
events.csv,4,account,77,"there is no account with this id, neither in the files nor in Kept","77,ann,login,2026-03-01,"
events.csv,6,,,the row names neither an account nor an actor,",,login,2026-03-01,2"
events.csv,7,what,,"name is empty, and event needs it","1,ann,,2026-03-01,2"
`
	if diff := cmp.Diff(want, rejects); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	for object, want := range map[string]ingest.Counts{
		"accounts":      {Read: 9, Created: 2, Rejected: 7},
		"subscriptions": {Read: 6, Created: 3, Rejected: 3},
		"events":        {Read: 6, Created: 3, Rejected: 3},
	} {
		if diff := cmp.Diff(want, counts(rep, object)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", object, diff)
		}
	}
	if rep.Rejects != 13 {
		t.Errorf("rejects = %d, want 13", rep.Rejects)
	}
	for rule, want := range map[string]int64{
		"orphan_row": 2, "arr_not_12_mrr": 2, "duplicate_id_differs": 1, "date_in_future": 1, "overlapping_subscriptions": 1,
	} {
		if got := finding(rep, rule); got != want {
			t.Errorf("%s = %d, want %d", rule, got, want)
		}
	}
	page, err := d.Events.List(t.Context(), usage.ListQuery{Name: "login", Limit: 10})
	if err != nil || page.Total != 3 {
		t.Errorf("%d logins, %v: equal rows without an id have to count each", page.Total, err)
	}
}

// TestAgain runs an import again, interrupted, whole, and with changed files.
func TestAgain(t *testing.T) {
	files := map[string]string{
		"accounts.csv": "id,name,since,parent,seats\n2,Beta,2026-01-01,1,5\n1,Acme,2026-01-01,,5\n",
		"subs.csv":     "id,account,arr,mrr,start,ended\ns1,1,1200,,2026-01-01,\ns2,2,600,,2026-01-01,2026-02-01\n",
		"events.csv":   "account,who,what,at,n\n1,ann,login,2026-03-01,\n1,ann,login,2026-03-01,\n1,ann,login,2026-03-02,1\n",
	}
	mapping := head + accountsFile + subscriptionsFile + eventsFile
	d := deps(t)
	broken := d
	failing := &failingStore{Store: d.Events}
	broken.Events = failing
	if _, _, err := importTexts(t, broken, mapping, files, ingest.Options{}); !errors.Is(err, errDisk) {
		t.Fatalf("a failing store gave %v", err)
	}
	first, _, err := importTexts(t, d, mapping, files, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c := counts(first, "events"); c.Created != 3 {
		t.Errorf("after an interruption: events %+v, want 3 created", c)
	}
	n, _, _, err := d.Events.Bounds(t.Context())
	if err != nil || n != 3+3 {
		t.Errorf("%d events, %v, want 3 logins and 3 of subscriptions", n, err)
	}
	for _, dry := range []bool{false, true} {
		again, _, err := importTexts(t, d, mapping, files, ingest.Options{DryRun: dry})
		if err != nil {
			t.Fatal(err)
		}
		for object, c := range again.Objects {
			if c.Unchanged != c.Read {
				t.Errorf("dry %v: %s %+v, want all unchanged", dry, object, *c)
			}
		}
	}
	accounts, err := d.Records.Accounts(t.Context(), customer.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]customer.Account{}
	for _, a := range accounts {
		byName[a.Name] = a
	}
	if byName["Beta"].ParentID != byName["Acme"].ID {
		t.Errorf("the parent of Beta is %q, want Acme, which comes later in the file", byName["Beta"].ParentID)
	}
	if got := byName["Beta"].ChurnedAt; !got.Equal(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("Beta churned at %v, want the end of its last subscription", got)
	}

	// A later export: more seats, a cancellation, a lower price.
	files["accounts.csv"] = "id,name,since,parent,seats\n2,Beta,2026-01-01,1,5\n1,Acme,2026-01-01,,9\n"
	files["subs.csv"] = "id,account,arr,mrr,start,ended\ns1,1,1000,,2026-01-01,\ns2,2,600,,2026-01-01,2026-02-01\n"
	later, _, err := importTexts(t, d, mapping, files, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for object, want := range map[string]ingest.Counts{
		"accounts": {Read: 2, Unchanged: 2}, "attributes": {Read: 2, Unchanged: 1, Updated: 1}, "subscriptions": {Read: 2, Unchanged: 1, Updated: 1},
	} {
		if diff := cmp.Diff(want, counts(later, object)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", object, diff)
		}
	}
	facts, err := d.Records.Facts(t.Context(), customer.Filter{Accounts: []accountID{byName["Acme"].ID}})
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]float64{now.AddDate(0, -9, 0): 5, now: 9} {
		if f, ok := customer.Holds(facts, at); !ok || f.Value.Num != want {
			t.Errorf("at %v Acme has %v seats, want %v: a new export must not rewrite the past", at, f.Value, want)
		}
	}
	subs, err := d.Records.Subscriptions(t.Context(), customer.Filter{Accounts: []accountID{byName["Acme"].ID}})
	if err != nil || len(subs) != 1 {
		t.Fatal(len(subs), err)
	}
	for at, want := range map[time.Time]int64{now.AddDate(0, -9, 0): 1200_00, now: 1000_00} {
		if v, ok := subs[0].At(at); !ok || v.ARR.Minor != want {
			t.Errorf("at %v Acme pays %v, want %v", at, v.ARR, want)
		}
	}
	if page, err := d.Events.List(t.Context(), usage.ListQuery{Name: usage.EventSubContracted}); err != nil || page.Total != 1 {
		t.Errorf("%d contractions, %v, want 1", page.Total, err)
	}
	if again, _, err := importTexts(t, d, mapping, files, ingest.Options{}); err != nil || counts(again, "subscriptions").Unchanged != 2 || counts(again, "attributes").Unchanged != 2 {
		t.Errorf("again: %+v %+v, %v", counts(again, "subscriptions"), counts(again, "attributes"), err)
	}
}

type accountID = id.Account

var errDisk = errors.New("disk full")

// failingStore loses its disk at the first event of a login.
type failingStore struct{ usage.Store }

func (s *failingStore) Append(ctx context.Context, events []usage.Event) (usage.AppendResult, error) {
	if events[0].Name == "login" {
		return usage.AppendResult{}, errDisk
	}
	return s.Store.Append(ctx, events)
}

func TestRefusedRuns(t *testing.T) {
	for _, c := range []struct {
		name, mapping string
		files         map[string]string
		want          string
	}{
		{
			"a column that is not there", head + eventsFile,
			map[string]string{"events.csv": "account,who,what,time,n\n"},
			`m.yaml:8:89: events.csv has no column "at": it has account, who, what, time, n`,
		},
		{"no file", head + eventsFile, map[string]string{}, "files: no file is given: name the files or the directory that the mapping reads"},
		{"another file", head + eventsFile, map[string]string{"x.csv": ""}, "files: none of the given files is in the mapping: it reads events.csv"},
		{"empty file", head + eventsFile, map[string]string{"events.csv": ""}, "events.csv: the file is empty: it needs a header line with the names of its columns"},
		{
			"parquet", strings.ReplaceAll(head+eventsFile, "csv", "parquet"),
			map[string]string{"events.parquet": ""},
			"events.parquet: Parquet files cannot be read here: export the table as CSV or JSON lines",
		},
		{
			"not gzip", strings.ReplaceAll(head+eventsFile, "csv", "csv.gz"),
			map[string]string{"events.csv.gz": "account"},
			"events.csv.gz: the file is not gzip, although its name ends in .gz",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := importTexts(t, deps(t), c.mapping, c.files, ingest.Options{})
			if err == nil || err.Error() != c.want || fault.KindOf(err) != fault.Invalid {
				t.Errorf("Run = %v\nwant  %s", err, c.want)
			}
		})
	}
}

func TestStopped(t *testing.T) {
	var text strings.Builder
	text.WriteString("account,who,what,at,n\n")
	for range 5000 {
		text.WriteString("1,ann,login,2026-03-01,\n")
	}
	m, err := ingest.Parse("m.yaml", []byte(head+eventsFile))
	if err != nil {
		t.Fatal(err)
	}
	d := deps(t)
	d.Open = func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text.String())), nil }
	ctx, cancel := context.WithCancel(t.Context())
	opts := ingest.Options{Progress: func(p ingest.Progress) {
		if p.Read > 1000 {
			cancel()
		}
	}}
	if _, err := ingest.Run(ctx, d, m, []string{"events.csv"}, opts); err == nil {
		t.Error("a cancelled import went on")
	}
}

// TestParquetRows imports rows of a typed source.
func TestParquetRows(t *testing.T) {
	mapping := "kept: 1\nsource: lake\nfiles:\n  - path: a.parquet\n    date_formats: [date]\n    rows: [{target: account, id: id, name: name, since: since}]\n"
	m, err := ingest.Parse("m.yaml", []byte(mapping))
	if err != nil {
		t.Fatal(err)
	}
	d := deps(t)
	d.Parquet = func(context.Context, string) (tabular.Reader, error) {
		rows := [][]any{{int64(7), "Acme", time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}}
		return tabular.NewValues([]string{"id", "name", "since"}, func() ([]any, error) {
			if len(rows) == 0 {
				return nil, io.EOF
			}
			row := rows[0]
			rows = rows[1:]
			return row, nil
		}, func() error { return nil }), nil
	}
	rep, err := ingest.Run(t.Context(), d, m, []string{"a.parquet"}, ingest.Options{})
	if err != nil || counts(rep, "accounts").Created != 1 {
		t.Errorf("accounts %+v, %v", counts(rep, "accounts"), err)
	}
}

func hasAccount(t *testing.T, d ingest.Deps, name string) bool {
	t.Helper()
	all, err := d.Records.Accounts(t.Context(), customer.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(all, func(a customer.Account) bool { return a.Name == name })
}
