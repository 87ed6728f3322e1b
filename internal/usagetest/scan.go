package usagetest

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kept/internal/id"
	"kept/internal/usage"
)

func scanExamples() []Example {
	return []Example{
		{"scan streams in order", scanOrder},
		{"scan ends with the callback's error", scanError},
		{"columns hold what scan does", scanColumns},
		{"scans order long ties", scanTies},
		{"a scan with properties holds the events of some names", scanProperties},
		{"columns without order hold the same in every pass", scanUnordered},
	}
}

// scanData is unsorted in every respect, with ties and microseconds.
func scanData() []usage.Event {
	return []usage.Event{
		event("1", "x", noon, of(globex), worth(2)),
		event("2", "y", noon.Add(-time.Hour), on(""), knownAt(noon.Add(time.Microsecond))),
		event("3", "x", noon, worth(-1), by("")),
		event("4", "x", noon, by("app:bob")),
		event("5", "x", noon.Add(-time.Microsecond), worth(5)),
		event("6", "x", noon, of("")),
		event("7", "x", noon, worth(-3), on("extra")),
		event("8", "x", noon.Add(-900*day), of(umbra), with(map[string]any{"a": "b"})),
		event("9", "z", noon.Add(time.Microsecond), knownAt(noon.Add(999999*time.Microsecond))),
	}
}

// scanWant returns the accounts' events as a scan must give them.
func scanWant(data []usage.Event, accounts ...id.Account) []usage.Event {
	var out []usage.Event
	for _, e := range data {
		if e.Account != "" && (len(accounts) == 0 || slices.Contains(accounts, e.Account)) {
			e.MessageID, e.Source, e.Properties = "", "", nil
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b usage.Event) int {
		switch {
		case a.Account != b.Account:
			return cmpBool(a.Account < b.Account)
		case !a.At.Equal(b.At):
			return a.At.Compare(b.At)
		case a.HasValue != b.HasValue:
			return cmpBool(!a.HasValue)
		}
		return cmpBool(a.Value < b.Value)
	})
	return out
}

func cmpBool(less bool) int {
	if less {
		return -1
	}
	return 1
}

func scan(t TB, s usage.Store, accounts ...id.Account) []usage.Event {
	t.Helper()
	var got []usage.Event
	err := s.Scan(t.Context(), accounts, func(events []usage.Event) error {
		if len(events) == 0 {
			t.Errorf("Scan called back with nothing")
		}
		got = append(got, events...)
		return nil
	})
	if err != nil {
		t.Fatalf("Scan: %v", err)
	}
	return got
}

func scanOrder(t TB, s usage.Store) {
	if got := scan(t, s); len(got) != 0 {
		t.Errorf("Scan of an empty store: %v", got)
	}
	put(t, s, scanData()...)
	for _, accounts := range [][]id.Account{nil, {acme}, {umbra, acme}, {id.Derive[id.Account]("usagetest", "nobody")}} {
		if diff := cmp.Diff(scanWant(scanData(), accounts...), scan(t, s, accounts...)); diff != "" {
			t.Errorf("Scan of %v (-want +got):\n%s", accounts, diff)
		}
	}
}

var errEnough = errors.New("enough")

func scanError(t TB, s usage.Store) {
	put(t, s, scanData()...)
	calls := 0
	err := s.Scan(t.Context(), nil, func([]usage.Event) error { calls++; return errEnough })
	if !errors.Is(err, errEnough) || calls != 1 {
		t.Errorf("Scan: %v after %d calls, want the callback's error after 1", err, calls)
	}
	if got := scan(t, s, acme); len(got) != 6 {
		t.Errorf("Scan after a broken one: %d events, want 6", len(got))
	}
}

func scanColumns(t TB, s usage.Store) {
	columns, ok := s.(usage.ColumnScanner)
	if !ok {
		return // the rest of the suite covers a store without columns
	}
	put(t, s, scanData()...)
	for _, accounts := range [][]id.Account{nil, {acme}, {umbra, acme}, {id.Derive[id.Account]("usagetest", "nobody")}} {
		var got []usage.Event
		seen := map[id.Account]bool{}
		var last id.Account
		err := columns.ScanColumns(t.Context(), accounts, func(c *usage.ColumnChunk) error {
			for i := range c.Len() {
				e := eventOf(c, i)
				if e.Account != last && seen[e.Account] {
					t.Errorf("ScanColumns: account %s comes twice", e.Account)
				}
				seen[e.Account], last = true, e.Account
				got = append(got, e)
			}
			return nil
		})
		if err != nil {
			t.Fatalf("ScanColumns: %v", err)
		}
		// Accounts come in the order of their codes; within one the order counts.
		slices.SortStableFunc(got, func(a, b usage.Event) int {
			if a.Account == b.Account {
				return 0
			}
			return cmpBool(a.Account < b.Account)
		})
		want := scanWant(scanData(), accounts...)
		for i := range want {
			want[i].At = want[i].At.Truncate(time.Second)
			want[i].KnownAt = want[i].KnownAt.Add(time.Second - 1).Truncate(time.Second)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ScanColumns of %v (-want +got):\n%s", accounts, diff)
		}
	}
}

func scanProperties(t TB, s usage.Store) {
	scanner, ok := s.(usage.PropertyScanner)
	if !ok {
		t.Fatalf("the store cannot scan properties: metrics with conditions over them need it")
	}
	props := func(e *usage.Event) {
		e.Properties = map[string]any{"id": "p" + e.MessageID, "n": float64(len(e.MessageID)), "yes": true}
	}
	data := scanData()
	for i := range data {
		if i%2 == 0 {
			props(&data[i])
		}
	}
	put(t, s, data...)
	for _, c := range []struct {
		names    []string
		accounts []id.Account
	}{{nil, nil}, {[]string{"x"}, nil}, {[]string{"y", "z", "nothing"}, nil}, {[]string{"x"}, []id.Account{umbra, acme}}, {[]string{"nothing"}, nil}} {
		var want []usage.Event
		for _, e := range data {
			if len(c.names) == 0 || slices.Contains(c.names, e.Name) {
				want = append(want, e)
			}
		}
		var got []usage.Event
		err := scanner.ScanProperties(t.Context(), c.names, c.accounts, func(events []usage.Event) error {
			got = append(got, events...)
			return nil
		})
		if err != nil {
			t.Fatalf("ScanProperties: %v", err)
		}
		byID := map[string]map[string]any{}
		for _, e := range want {
			byID[e.MessageID] = e.Properties
		}
		for i := range got {
			if diff := cmp.Diff(byID[got[i].MessageID], got[i].Properties, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("properties of %s (-want +got):\n%s", got[i].MessageID, diff)
			}
			got[i].MessageID, got[i].Source, got[i].Properties = "", "", nil
		}
		if diff := cmp.Diff(scanWant(want, c.accounts...), got); diff != "" {
			t.Errorf("ScanProperties of %v, %v (-want +got):\n%s", c.names, c.accounts, diff)
		}
	}
	calls := 0
	if err := scanner.ScanProperties(t.Context(), nil, nil, func([]usage.Event) error { calls++; return errEnough }); !errors.Is(err, errEnough) || calls != 1 {
		t.Errorf("ScanProperties: %v after %d calls, want the callback's error after 1", err, calls)
	}
}

func scanUnordered(t TB, s usage.Store) {
	columns, ok := s.(usage.UnorderedScanner)
	if !ok {
		return // as above
	}
	put(t, s, scanData()...)
	for _, accounts := range [][]id.Account{nil, {acme}, {umbra, acme}, {id.Derive[id.Account]("usagetest", "nobody")}} {
		var got [2][]usage.Event
		err := columns.ScanUnordered(t.Context(), accounts, len(got), func(pass int, c *usage.ColumnChunk) error {
			for i := range c.Len() {
				e := eventOf(c, i)
				e.At = e.At.Add(time.Duration(c.Micro[i]) * time.Microsecond)
				got[pass] = append(got[pass], e)
			}
			return nil
		})
		if err != nil {
			t.Fatalf("ScanUnordered: %v", err)
		}
		want := scanWant(scanData(), accounts...)
		for i := range want {
			want[i].KnownAt = want[i].KnownAt.Add(time.Second - 1).Truncate(time.Second)
		}
		for pass := range got {
			if diff := cmp.Diff(want, scanWant(got[pass])); diff != "" {
				t.Errorf("ScanUnordered of %v, pass %d (-want +got):\n%s", accounts, pass, diff)
			}
		}
	}
	calls := 0
	err := columns.ScanUnordered(t.Context(), nil, 2, func(int, *usage.ColumnChunk) error { calls++; return errEnough })
	if !errors.Is(err, errEnough) || calls != 1 {
		t.Errorf("ScanUnordered: %v after %d calls, want the callback's error after 1", err, calls)
	}
	// A pass sees nothing of what comes after the first one began.
	rows, late := [2]int{}, false
	err = columns.ScanUnordered(t.Context(), nil, len(rows), func(pass int, c *usage.ColumnChunk) error {
		rows[pass] += c.Len()
		if !late {
			late = true
			done := make(chan struct{})
			go func() {
				defer close(done)
				if _, err := s.Append(t.Context(), []usage.Event{event("late", "x", noon)}); err != nil {
					t.Errorf("Append during a scan: %v", err)
				}
			}()
			<-done
		}
		return nil
	})
	if err != nil || rows[0] != rows[1] {
		t.Errorf("ScanUnordered during an Append: %d and %d events, %v", rows[0], rows[1], err)
	}
}

// scanTies has more events of one account and instant than any engine hands out
// at once, among events around them.
func scanTies(t TB, s usage.Store) {
	const n = 7000
	var batch []usage.Event
	for i := range n {
		e := event("t"+strconv.Itoa(i), "x", noon, of([]id.Account{acme, globex}[i%2]), by("app:"+strconv.Itoa(i)))
		e.At = noon.Add(time.Duration(i%5/4) * time.Microsecond)
		if i%7 > 0 {
			e.Value, e.HasValue = float64(i*7919%n), true
		}
		batch = append(batch, e)
	}
	put(t, s, batch...)
	check := func(what string, events []usage.Event) {
		t.Helper()
		if len(events) != n {
			t.Errorf("%s: %d events, want %d", what, len(events), n)
		}
		actors := map[string]bool{}
		for i := range events {
			e := &events[i]
			actors[e.Actor] = true
			k, err := strconv.Atoi(strings.TrimPrefix(e.Actor, "app:"))
			if err != nil || e.Account != batch[k].Account || e.HasValue != batch[k].HasValue || e.Value != batch[k].Value {
				t.Fatalf("%s: row %d mixes events: %+v", what, i, e)
			}
			if i == 0 || events[i-1].Account != e.Account || batch[k].At.After(noon) {
				continue // the microseconds are lost in columns: only the long ties are looked at
			}
			p := &events[i-1]
			if p.HasValue && (!e.HasValue || p.Value > e.Value) {
				t.Fatalf("%s: row %d (%v %v) after %v %v", what, i, e.HasValue, e.Value, p.HasValue, p.Value)
			}
		}
		if len(actors) != n {
			t.Errorf("%s: %d different events, want %d", what, len(actors), n)
		}
	}
	check("Scan", scan(t, s))
	if columns, ok := s.(usage.ColumnScanner); ok {
		var got []usage.Event
		err := columns.ScanColumns(t.Context(), nil, func(c *usage.ColumnChunk) error {
			for i := range c.Len() {
				got = append(got, eventOf(c, i))
			}
			return nil
		})
		if err != nil {
			t.Fatalf("ScanColumns: %v", err)
		}
		check("ScanColumns", got)
	}
}

// eventOf puts a row of a chunk back together.
func eventOf(c *usage.ColumnChunk, i int) usage.Event {
	e := usage.Event{
		Account: c.Dict.Accounts[c.Account[i]], Name: c.Dict.Names[c.Name[i]],
		Actor: c.Dict.Actors[c.Actor[i]], Product: c.Dict.Products[c.Product[i]],
		At: time.Unix(c.Time[i], 0).UTC(), KnownAt: time.Unix(c.Known[i], 0).UTC(),
	}
	if !math.IsNaN(c.Value[i]) {
		e.Value, e.HasValue = c.Value[i], true
	}
	return e
}
