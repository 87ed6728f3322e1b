package usage

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kept/internal/fault"
	"kept/internal/id"
)

// chunked is a MemoryStore that also scans column by column, in small pieces
// and with codes of its own.
type chunked struct {
	*MemoryStore
	dict  *Dictionary
	piece int
}

func code[T comparable](words *[]T, word T) uint32 {
	i := slices.Index(*words, word)
	if i < 0 {
		i = len(*words)
		*words = append(*words, word)
	}
	return uint32(i)
}

func (s *chunked) ScanColumns(ctx context.Context, accounts []id.Account, fn func(*ColumnChunk) error) error {
	if s.dict == nil {
		s.dict = &Dictionary{Accounts: []id.Account{""}, Names: []string{""}, Actors: []string{""}, Products: []string{""}}
	}
	var all []Event
	err := s.Scan(ctx, accounts, func(events []Event) error {
		all = append(all, events...)
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range all {
		code(&s.dict.Accounts, e.Account)
	}
	slices.SortStableFunc(all, func(a, b Event) int {
		return cmp.Compare(code(&s.dict.Accounts, a.Account), code(&s.dict.Accounts, b.Account))
	})
	return s.emit(all, fn)
}

// emit hands the events out piece by piece.
func (s *chunked) emit(all []Event, fn func(*ColumnChunk) error) error {
	for piece := range slices.Chunk(all, s.piece) {
		c := &ColumnChunk{Dict: s.dict}
		for _, e := range piece {
			code(&s.dict.Accounts, e.Account)
			value := math.NaN()
			if e.HasValue {
				value = e.Value
			}
			c.Account = append(c.Account, code(&s.dict.Accounts, e.Account))
			c.Time = append(c.Time, e.At.Unix())
			c.Known = append(c.Known, e.KnownAt.Add(time.Second-1).Unix())
			c.Name = append(c.Name, code(&s.dict.Names, e.Name))
			c.Actor = append(c.Actor, code(&s.dict.Actors, e.Actor))
			c.Product = append(c.Product, code(&s.dict.Products, e.Product))
			c.Value = append(c.Value, value)
			c.Micro = append(c.Micro, uint32(e.At.Nanosecond()/1000))
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

// shuffled is a chunked store that also scans without order.
type shuffled struct {
	*chunked
	seed uint64
}

func (s *shuffled) ScanUnordered(ctx context.Context, accounts []id.Account, passes int, fn func(int, *ColumnChunk) error) error {
	// The ordered scan fills the dictionary; its chunks are not looked at.
	if err := s.ScanColumns(ctx, accounts, func(*ColumnChunk) error { return nil }); err != nil {
		return err
	}
	var all []Event
	err := s.Scan(ctx, accounts, func(events []Event) error {
		all = append(all, events...)
		return nil
	})
	if err != nil {
		return err
	}
	for pass := range passes {
		s.seed++
		rng := rand.New(rand.NewPCG(s.seed, 0))
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if err := s.emit(all, func(c *ColumnChunk) error { return fn(pass, c) }); err != nil {
			return err
		}
	}
	return nil
}

// marked is a shuffled store that also tells what is new. Whatever is in meanwhile
// is stored just before the next scan up to a mark, which must leave it out.
type marked struct {
	*shuffled
	rewritten int64 // mark of the last change that was more than storing
	meanwhile []Event
}

func (s *marked) since(mark, upTo int64) []Event {
	var out []Event
	for i := range s.rows {
		if r := &s.rows[i]; r.Account != "" && r.mark > mark && r.mark <= upTo {
			out = append(out, r.Event)
		}
	}
	return out
}

func (s *marked) ScanNew(_ context.Context, since int64, fn func(*ColumnChunk) error) (int64, bool, error) {
	if since < s.rewritten {
		return s.mark, false, nil
	}
	all := s.since(since, s.mark)
	s.seed++
	rng := rand.New(rand.NewPCG(s.seed, 0))
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return s.mark, true, s.emit(all, fn)
}

func (s *marked) ScanUpTo(ctx context.Context, accounts []id.Account, mark int64, passes int, fn func(int, *ColumnChunk) error) error {
	if _, err := s.Append(ctx, s.meanwhile); err != nil {
		return err
	}
	s.meanwhile = nil
	all := slices.DeleteFunc(s.since(0, mark), func(e Event) bool { return len(accounts) > 0 && !slices.Contains(accounts, e.Account) })
	for pass := range passes {
		if err := s.emit(all, func(c *ColumnChunk) error { return fn(pass, c) }); err != nil {
			return err
		}
	}
	return nil
}

// dump writes a projection out in words: what happened, sorted, because events
// of one microsecond and value have no order, and the values in their order.
func dump(c *Columns) map[id.Account][]string {
	out := map[id.Account][]string{}
	for _, account := range c.Accounts() {
		r := c.Runs([]id.Account{account})[0]
		var values []string
		for i, t := range r.Time {
			known, actor := t, ""
			if r.Known != nil && r.Known[i] > t+1 {
				known = r.Known[i]
			}
			if r.Actor != nil {
				actor = c.Actors()[r.Actor[i]]
			}
			v, ok := r.Number(i)
			if !ok {
				v = 0
			}
			out[account] = append(out[account], fmt.Sprint(t, known-t, c.Labels()[r.Code(i)], actor, v, ok))
			values = append(values, fmt.Sprint(t, v, ok))
		}
		slices.Sort(out[account])
		out[account] = append(out[account], values...)
	}
	return out
}

func drawEvent(t *rapid.T, n int) Event {
	at := time.Unix(1_700_000_000, 0).Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "at")) * 400 * time.Millisecond)
	e := Event{
		MessageID: strconv.Itoa(n), At: at, KnownAt: at.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "late")) * time.Second),
		Account: rapid.SampledFrom([]id.Account{"", "a", "b", "c", "d", "e"}).Draw(t, "account"),
		Product: rapid.SampledFrom([]string{"", "one"}).Draw(t, "product"),
		Actor:   rapid.SampledFrom([]string{"", "u:1", "u:2"}).Draw(t, "actor"),
		Name:    rapid.SampledFrom([]string{"x", "y"}).Draw(t, "name"),
	}
	if rapid.Bool().Draw(t, "valued") {
		e.Value, e.HasValue = rapid.SampledFrom([]float64{0, -1, 2.5, 0.1}).Draw(t, "value"), true
	}
	return e
}

// TestColumnsFollowStore appends, attributes and erases at random, and compares
// every refreshed snapshot with a fresh load on the other way of scanning, and
// the older snapshots with what they were.
func TestColumnsFollowStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := sizing{full: rapid.IntRange(1, 8).Draw(t, "full"), small: rapid.IntRange(0, 6).Draw(t, "small")}
		memory := NewMemoryStore()
		fast := &chunked{MemoryStore: memory, piece: rapid.IntRange(1, 5).Draw(t, "piece")}
		fast.dict = &Dictionary{Accounts: []id.Account{""}, Names: []string{""}, Actors: []string{""}, Products: []string{""}}
		telling := &marked{shuffled: &shuffled{chunked: fast}}
		stores := rapid.Permutation([]Store{memory, fast, &shuffled{chunked: fast}, telling}).Draw(t, "stores")
		store, other := stores[0], stores[1]
		columns, err := loadColumns(t.Context(), store, size)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			before, old := dump(columns), columns
			if change(t, memory, &n) {
				telling.rewritten = memory.mark
			}
			if rapid.Bool().Draw(t, "meanwhile") {
				n++
				telling.meanwhile = []Event{drawEvent(t, n)}
			}
			next, _, err := columns.Refresh(t.Context(), store)
			if err != nil {
				t.Fatal(err)
			}
			telling.meanwhile = nil
			if next, _, err = next.Refresh(t.Context(), store); err != nil {
				t.Fatal(err)
			}
			fresh, err := LoadColumns(t.Context(), other)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff.Diff(dump(fresh), dump(next)); d != "" {
				t.Fatalf("the refreshed projection differs from a fresh one (-fresh +refreshed):\n%s", d)
			}
			if d := diff.Diff(before, dump(old)); d != "" {
				t.Fatalf("an older snapshot changed:\n%s", d)
			}
			if next.Len() != fresh.Len() || next.Mark() != fresh.Mark() {
				t.Fatalf("length %d, want %d; mark %d, want %d", next.Len(), fresh.Len(), next.Mark(), fresh.Mark())
			}
			if garbage := stored(next); garbage > 2*next.Len()+size.small {
				t.Fatalf("%d rows are kept for %d events", garbage, next.Len())
			}
			columns = next
		}
	})
}

func stored(c *Columns) (rows int) {
	for _, s := range c.segs {
		rows += len(s.seg.Time)
	}
	return rows
}

// change changes the store, and reports whether it did more than store events.
func change(t *rapid.T, s *MemoryStore, n *int) bool {
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		if _, err := s.Attribute(t.Context(), "u:1", "b"); err != nil {
			t.Fatal(err)
		}
	case 1:
		if _, err := s.Erase(t.Context(), rapid.SampledFrom([]id.Account{"a", "b"}).Draw(t, "erase")); err != nil {
			t.Fatal(err)
		}
	default:
		for range rapid.IntRange(0, 12).Draw(t, "append") {
			*n++
			if _, err := s.Append(t.Context(), []Event{drawEvent(t, *n)}); err != nil {
				t.Fatal(err)
			}
		}
		return false
	}
	return true
}

func TestColumnsNarrow(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	event := func(n int, account id.Account, value float64, late time.Duration) Event {
		return Event{MessageID: strconv.Itoa(n), At: at, KnownAt: at.Add(late), Account: account, Name: "x", Value: value, HasValue: value != 0}
	}
	for _, c := range []struct {
		name   string
		events []Event
		bytes  int
	}{
		{"no values, no actors", []Event{event(1, "a", 0, 0), event(2, "b", 0, time.Second)}, 2 * 6},
		{"single precision", []Event{event(1, "a", 0.5, 0), event(2, "b", 0, 0)}, 2 * 10},
		{"double precision", []Event{event(1, "a", 0.1, 0), event(2, "b", 0, 0)}, 2 * 14},
		{"late", []Event{event(1, "a", 0, 2*time.Second), event(2, "b", 0, 0)}, 2 * 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewMemoryStore()
			if _, err := s.Append(t.Context(), c.events); err != nil {
				t.Fatal(err)
			}
			columns, err := LoadColumns(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if got := columns.Bytes(); got != c.bytes {
				t.Errorf("Bytes() = %d, want %d", got, c.bytes)
			}
			first, last, ok := columns.Bounds()
			if !ok || !first.Equal(at) || !last.Equal(at) {
				t.Errorf("Bounds() = %v, %v, %t", first, last, ok)
			}
		})
	}
}

// TestColumnsManyLabels makes sure that more labels than 16 bits can count are
// kept apart, before and after a refresh.
func TestColumnsManyLabels(t *testing.T) {
	s := NewMemoryStore()
	events := make([]Event, 70_000)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range events {
		events[i] = Event{MessageID: strconv.Itoa(i), At: at.Add(time.Duration(i) * time.Second), KnownAt: at.Add(time.Hour), Account: "a", Name: fmt.Sprint("page ", i)}
	}
	if _, err := s.Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	columns, err := LoadColumns(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	r := columns.Runs([]id.Account{"a"})[0]
	if r.WideLabel == nil || r.Len() != len(events) {
		t.Fatalf("%d rows, wide %t", r.Len(), r.WideLabel != nil)
	}
	for i := range r.Time {
		if got := columns.Labels()[r.Code(i)].Name; got != events[i].Name {
			t.Fatalf("row %d is called %q, want %q", i, got, events[i].Name)
		}
	}
}

// broken is a store whose scan breaks its promises.
type broken struct {
	*MemoryStore
	chunk ColumnChunk
}

func (s *broken) ScanColumns(_ context.Context, _ []id.Account, fn func(*ColumnChunk) error) error {
	return fn(&s.chunk)
}

func TestColumnsRefuseDisorder(t *testing.T) {
	dict := &Dictionary{Accounts: []id.Account{"", "a", "b"}, Names: []string{"", "x"}, Actors: []string{""}, Products: []string{""}}
	for _, c := range []struct {
		name     string
		accounts []uint32
		times    []int64
	}{
		{"times descend", []uint32{1, 1}, []int64{2, 1}},
		{"an account comes twice", []uint32{1, 2, 1}, []int64{1, 1, 1}},
		{"before 1970", []uint32{1}, []int64{-1}},
	} {
		n := len(c.accounts)
		chunk := ColumnChunk{
			Account: c.accounts, Time: c.times, Known: c.times, Name: slices.Repeat([]uint32{1}, n), Actor: make([]uint32, n),
			Product: make([]uint32, n), Value: make([]float64, n), Dict: dict,
		}
		_, err := LoadColumns(t.Context(), &broken{MemoryStore: NewMemoryStore(), chunk: chunk})
		if !fault.Is(err, fault.Internal) {
			t.Errorf("%s: error = %v, want an internal one", c.name, err)
		}
	}
}

// fickle is a store whose scans without order break their promises.
type fickle struct {
	*MemoryStore
	chunks []ColumnChunk // by pass
}

func (s *fickle) ScanColumns(context.Context, []id.Account, func(*ColumnChunk) error) error {
	return nil
}

func (s *fickle) ScanUnordered(_ context.Context, _ []id.Account, passes int, fn func(int, *ColumnChunk) error) error {
	for pass := range passes {
		if err := fn(pass, &s.chunks[pass]); err != nil {
			return err
		}
	}
	return nil
}

func TestColumnsRefuseFickleScans(t *testing.T) {
	dict := &Dictionary{Accounts: []id.Account{"", "a", "b"}, Names: []string{"", "x"}, Actors: []string{"", "u"}, Products: []string{""}}
	scan := func(edit func(*ColumnChunk), accounts ...uint32) ColumnChunk {
		n := len(accounts)
		c := ColumnChunk{
			Account: accounts, Time: make([]int64, n), Known: make([]int64, n), Name: slices.Repeat([]uint32{1}, n), Actor: make([]uint32, n),
			Product: make([]uint32, n), Value: slices.Repeat([]float64{math.NaN()}, n), Micro: make([]uint32, n), Dict: dict,
		}
		edit(&c)
		return c
	}
	same := func(*ColumnChunk) {}
	for _, c := range []struct {
		name          string
		first, second ColumnChunk
	}{
		{"before 1970", scan(func(c *ColumnChunk) { c.Time[0] = -1 }, 1), ColumnChunk{}},
		{"fewer", scan(same, 1, 2, 2), scan(same, 1, 2)},
		{"none", scan(same, 1), scan(same)},
		{"more", scan(same, 1, 2), scan(same, 1, 2, 2)},
		{"another account", scan(same, 1, 1), scan(same, 1, 2)},
		{"a value", scan(same, 1), scan(func(c *ColumnChunk) { c.Value[0] = 1 }, 1)},
		{"an actor", scan(same, 1), scan(func(c *ColumnChunk) { c.Actor[0] = 1 }, 1)},
		{"later", scan(same, 1), scan(func(c *ColumnChunk) { c.Known[0] = 9 }, 1)},
	} {
		store := &fickle{NewMemoryStore(), []ColumnChunk{c.first, c.second}}
		if _, err := LoadColumns(t.Context(), store); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: error = %v, want an internal one", c.name, err)
		}
	}
}

// TestColumnsSortLongAccounts compares the sort of accounts that are too long to
// be compared row by row with the store's own order.
func TestColumnsSortLongAccounts(t *testing.T) {
	memory := NewMemoryStore()
	rng := rand.New(rand.NewPCG(3, 4))
	var events []Event
	for i := range 20 * manyRows {
		at := time.UnixMicro(1_700_000_000_000_000 + rng.Int64N(1<<rng.IntN(45)))
		e := Event{MessageID: strconv.Itoa(i), At: at, KnownAt: at.Add(time.Duration(rng.IntN(9)) * time.Second), Account: []id.Account{"a", "b"}[i%2], Name: "x", Actor: "u:" + strconv.Itoa(rng.IntN(9))}
		if rng.IntN(2) == 0 {
			e.Value, e.HasValue = float64(rng.IntN(9))/10, true
		}
		events = append(events, e)
	}
	if _, err := memory.Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	want, err := LoadColumns(t.Context(), memory)
	if err != nil {
		t.Fatal(err)
	}
	got, err := LoadColumns(t.Context(), &shuffled{chunked: &chunked{MemoryStore: memory, piece: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(dump(want), dump(got)); d != "" {
		t.Errorf("sorted in memory (-want +got):\n%s", d)
	}
	if want.Bytes() != got.Bytes() {
		t.Errorf("%d bytes, want %d", got.Bytes(), want.Bytes())
	}
}
