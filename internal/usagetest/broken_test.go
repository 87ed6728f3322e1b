package usagetest_test

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/id"
	"kept/internal/usage"
	"kept/internal/usagetest"
)

// broken is a store that does one thing wrong.
type broken struct {
	*usage.MemoryStore
	appended  func([]usage.Event) []usage.Event
	result    func(usage.AppendResult) usage.AppendResult
	aggregate func(*usage.AggregateQuery)
	cells     func([]usage.Cell) []usage.Cell
	list      func(*usage.ListQuery)
	page      func(usage.ListQuery, *usage.ListPage)
	scanned   func([]usage.Event)
	touched   func([]id.Account) []id.Account
	erase     bool
	attribute bool
}

func (b *broken) Append(ctx context.Context, events []usage.Event) (usage.AppendResult, error) {
	if b.appended != nil {
		events = b.appended(slices.Clone(events))
	}
	res, err := b.MemoryStore.Append(ctx, events)
	if b.result != nil {
		res = b.result(res)
	}
	return res, err
}

func (b *broken) Aggregate(ctx context.Context, q usage.AggregateQuery) ([]usage.Cell, error) {
	if b.aggregate != nil {
		q.Aggregates, q.Instants = slices.Clone(q.Aggregates), slices.Clone(q.Instants)
		b.aggregate(&q)
	}
	cells, err := b.MemoryStore.Aggregate(ctx, q)
	if b.cells != nil {
		cells = b.cells(cells)
	}
	return cells, err
}

func (b *broken) List(ctx context.Context, q usage.ListQuery) (usage.ListPage, error) {
	asked := q
	if b.list != nil {
		b.list(&q)
	}
	page, err := b.MemoryStore.List(ctx, q)
	if b.page != nil {
		b.page(asked, &page)
	}
	return page, err
}

func (b *broken) Scan(ctx context.Context, accounts []id.Account, fn func([]usage.Event) error) error {
	return b.MemoryStore.Scan(ctx, accounts, func(events []usage.Event) error {
		if b.scanned != nil {
			b.scanned(events)
		}
		return fn(events)
	})
}

func (b *broken) Touched(ctx context.Context, since int64) ([]id.Account, int64, error) {
	accounts, mark, err := b.MemoryStore.Touched(ctx, since)
	if b.touched != nil && since > 0 {
		accounts = b.touched(accounts)
	}
	return accounts, mark, err
}

func (b *broken) Erase(ctx context.Context, account id.Account) (int64, error) {
	if b.erase {
		return 0, nil
	}
	return b.MemoryStore.Erase(ctx, account)
}

func (b *broken) Attribute(ctx context.Context, actor string, account id.Account) (int64, error) {
	if b.attribute {
		return 0, nil
	}
	return b.MemoryStore.Attribute(ctx, actor, account)
}

// defects are mistakes that an engine could well make; the suite has to notice
// every one of them by its examples.
var defects = map[string]broken{
	"a message id counts with its time only": {appended: func(events []usage.Event) []usage.Event {
		for i := range events {
			events[i].MessageID += strconv.FormatInt(events[i].At.UnixNano(), 10)
		}
		return events
	}},
	"nothing is stored":      {appended: func([]usage.Event) []usage.Event { return nil }},
	"duplicates not counted": {result: func(r usage.AppendResult) usage.AppendResult { r.Duplicates = 0; return r }},
	"values are 32-bit": {appended: func(events []usage.Event) []usage.Event {
		for i := range events {
			events[i].Value = float64(float32(events[i].Value + 1e-12))
		}
		return events
	}},
	"times are whole seconds": {appended: func(events []usage.Event) []usage.Event {
		for i := range events {
			events[i].At = events[i].At.Truncate(time.Second)
		}
		return events
	}},
	"properties are lost": {appended: func(events []usage.Event) []usage.Event {
		for i := range events {
			events[i].Properties = nil
		}
		return events
	}},
	"zero is no value": {appended: func(events []usage.Event) []usage.Event {
		for i := range events {
			events[i].HasValue = events[i].Value != 0
		}
		return events
	}},
	"the window's end counts": {aggregate: func(q *usage.AggregateQuery) {
		for i := range q.Instants {
			q.Instants[i] = q.Instants[i].Add(time.Second)
		}
	}},
	"the window is a day short": {aggregate: func(q *usage.AggregateQuery) {
		for i := range q.Aggregates {
			q.Aggregates[i].Days = max(q.Aggregates[i].Days-1, 0)
		}
	}},
	"offsets are ignored": {aggregate: func(q *usage.AggregateQuery) {
		for i := range q.Aggregates {
			q.Aggregates[i].Offset = min(q.Aggregates[i].Offset, 0)
		}
	}},
	"names are ignored": {aggregate: func(q *usage.AggregateQuery) {
		for i := range q.Aggregates {
			q.Aggregates[i].Names = nil
		}
	}},
	"products are ignored": {aggregate: func(q *usage.AggregateQuery) {
		for i := range q.Aggregates {
			q.Aggregates[i].Product = ""
		}
	}},
	"what was known is ignored":  {aggregate: func(q *usage.AggregateQuery) { q.KnownOnly = false }},
	"relationships are accounts": {aggregate: func(q *usage.AggregateQuery) { q.PerProduct = false }},
	"only the first instant": {cells: func(cells []usage.Cell) []usage.Cell {
		return slices.DeleteFunc(cells, func(c usage.Cell) bool { return c.Instant > 0 })
	}},
	"zeros are left out": {cells: func(cells []usage.Cell) []usage.Cell {
		return slices.DeleteFunc(cells, func(c usage.Cell) bool { return c.Value == 0 })
	}},
	"cells come twice": {cells: func(cells []usage.Cell) []usage.Cell { return slices.Concat(cells, cells) }},
	"cells too many": {cells: func(cells []usage.Cell) []usage.Cell {
		return append(cells, usage.Cell{Account: "acc_none", Aggregate: 0})
	}},
	"the total is that of the page": {page: func(_ usage.ListQuery, p *usage.ListPage) { p.Total = int64(len(p.Events)) }},
	"a page is in the wrong order":  {page: func(_ usage.ListQuery, p *usage.ListPage) { slices.Reverse(p.Events) }},
	"a page loses its last event":   {page: func(_ usage.ListQuery, p *usage.ListPage) { p.Events = p.Events[:max(len(p.Events)-1, 0)] }},
	"the list ignores To":           {list: func(q *usage.ListQuery) { q.To = time.Time{} }},
	"the list ignores From":         {list: func(q *usage.ListQuery) { q.From = time.Time{} }},
	"the list ignores known":        {list: func(q *usage.ListQuery) { q.KnownBy = time.Time{} }},
	"the list ignores attribution":  {list: func(q *usage.ListQuery) { q.Attributed = nil }},
	"the list ignores the cursor":   {list: func(q *usage.ListQuery) { q.Cursor = "" }},
	"a scan is out of order":        {scanned: func(events []usage.Event) { slices.Reverse(events) }},
	"a scan loses when it was known": {scanned: func(events []usage.Event) {
		for i := range events {
			events[i].KnownAt = events[i].At
		}
	}},
	"touched forgets":        {touched: func([]id.Account) []id.Account { return nil }},
	"erase does nothing":     {erase: true},
	"attribute does nothing": {attribute: true},
}

// TestExamplesCanFail runs the examples on stores with one defect each.
func TestExamplesCanFail(t *testing.T) {
	for name, defect := range defects {
		failed := 0
		for _, e := range usagetest.Examples() {
			store := defect
			store.MemoryStore = usage.NewMemoryStore()
			if rec := record(func(tb usagetest.TB) { e.Check(tb, &store) }); rec.failed {
				failed++
			}
		}
		if failed == 0 {
			t.Errorf("%s: the suite does not notice", name)
		}
	}
	for _, e := range usagetest.Examples() {
		if rec := record(func(tb usagetest.TB) { e.Check(tb, usage.NewMemoryStore()) }); rec.failed {
			t.Errorf("%s fails on the reference under the recorder:\n%s", e.Name, rec.log)
		}
	}
}

// TestRandomCanFail makes sure that the random comparison notices defects too.
func TestRandomCanFail(t *testing.T) {
	// The failures are wanted: they leave no files, and need no small example.
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "1ms"} {
		was := flag.Lookup(name).Value.String()
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = flag.Set(name, was) })
	}
	for _, name := range []string{
		"the window's end counts", "the window is a day short", "names are ignored", "what was known is ignored",
		"relationships are accounts", "times are whole seconds", "the list ignores To", "a scan is out of order", "erase does nothing",
	} {
		defect := defects[name]
		rec := record(func(tb usagetest.TB) {
			rapid.Check(rapidTB{tb.(*recorder)}, func(rt *rapid.T) {
				store := defect
				store.MemoryStore = usage.NewMemoryStore()
				usagetest.Compare(rt, &store, usage.NewMemoryStore())
			})
		})
		if !rec.failed {
			t.Errorf("%s: random queries do not notice", name)
		}
	}
}

// recorder remembers a failure instead of reporting it.
type recorder struct {
	failed bool
	log    string
}

// record runs a check under a recorder, on a goroutine of its own, because
// FailNow ends the one it is called on.
func record(check func(usagetest.TB)) *recorder {
	r := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		check(r)
	}()
	<-done
	return r
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return context.Background() }

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	r.log += fmt.Sprintf(format, args...) + "\n"
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }

// rapidTB is a recorder as rapid wants it.
type rapidTB struct{ *recorder }

func (r rapidTB) Name() string                  { return "recorded" }
func (r rapidTB) Failed() bool                  { return r.failed }
func (r rapidTB) Fail()                         { r.failed = true }
func (r rapidTB) FailNow()                      { r.Fatalf("failed") }
func (r rapidTB) Log(...any)                    {}
func (r rapidTB) Logf(string, ...any)           {}
func (r rapidTB) Error(args ...any)             { r.Errorf("%s", fmt.Sprint(args...)) }
func (r rapidTB) Skipf(format string, a ...any) { r.Fatalf(format, a...) }
func (r rapidTB) SkipNow()                      { r.Fatalf("skipped") }
func (r rapidTB) Skip(args ...any)              { r.Fatal(args...) }
