package usage

import (
	"context"
	"math"
	"slices"
	"time"

	"kept/internal/id"
)

// LoadColumns reads every attributed event of a store into a projection: from the
// copy that a Keeper has, if it is good, and what came since from the events.
func LoadColumns(ctx context.Context, store Store) (*Columns, error) {
	c, err := kept(ctx, store)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return loadColumns(ctx, store, usualSizing)
	}
	c.copied = true
	touched, _, err := store.Touched(ctx, c.mark)
	if err != nil {
		return nil, err
	}
	if 2*len(touched) > len(c.spans) {
		return loadColumns(ctx, store, usualSizing) // less work than to mend the copy
	}
	next, _, err := c.Refresh(ctx, store)
	return next, err
}

func loadColumns(ctx context.Context, store Store, size sizing) (*Columns, error) {
	// The mark is read first: an event stored meanwhile is read again by the next
	// Refresh, and none is missed. A ChangeScanner leaves it out until then.
	mark, err := newest(ctx, store)
	if err != nil {
		return nil, err
	}
	c := &Columns{dict: newDictionary(), size: size}
	return c.replace(ctx, store, nil, mark)
}

// newest returns the store's newest mark.
func newest(ctx context.Context, store Store) (int64, error) {
	if fast, ok := store.(ChangeScanner); ok {
		// Asking for what comes after everything is the cheapest way.
		mark, _, err := fast.ScanNew(ctx, math.MaxInt64, func(*ColumnChunk) error { return nil })
		return mark, err
	}
	_, mark, err := store.Touched(ctx, 0)
	return mark, err
}

// Refresh returns a snapshot with everything that the store has taken in since,
// and the accounts that changed. It returns c itself when nothing did.
func (c *Columns) Refresh(ctx context.Context, store Store) (*Columns, []id.Account, error) {
	if fast, ok := store.(ChangeScanner); ok {
		next, touched, only, err := c.merge(ctx, store, fast)
		if err != nil || only {
			return next, touched, err
		}
	}
	touched, mark, err := store.Touched(ctx, c.mark)
	if err != nil {
		return nil, nil, err
	}
	if len(touched) == 0 && mark == c.mark {
		return c, nil, nil
	}
	if len(touched) == 0 {
		same := *c
		same.mark = mark
		return &same, nil, nil
	}
	next, err := c.replace(ctx, store, touched, mark)
	if err != nil {
		return nil, nil, err
	}
	return next, touched, nil
}

// Replace returns a snapshot in which the events of the accounts are read again
// from the store, and all others stay. Its mark is that of c.
func (c *Columns) Replace(ctx context.Context, store Store, accounts []id.Account) (*Columns, error) {
	if len(accounts) == 0 {
		return c, nil
	}
	return c.replace(ctx, store, accounts, c.mark)
}

// replace reads the accounts (nil means all) and splices them in.
func (c *Columns) replace(ctx context.Context, store Store, accounts []id.Account, mark int64) (*Columns, error) {
	b := newColumnBuilder(c.size.full)
	if err := c.dict.scan(ctx, store, accounts, mark, b); err != nil {
		return nil, err
	}
	touched := map[uint32]bool{}
	c.dict.mu.RLock()
	for _, account := range accounts {
		if n, ok := c.dict.accounts[account]; ok {
			touched[n] = true
		}
	}
	c.dict.mu.RUnlock()
	return c.splice(b, touched, mark)
}

// splice makes the next snapshot of the accounts that b has read. Segments that
// are small, or half of whose events nobody points to any more, are rewritten
// in passing, so that neither garbage nor fragments pile up.
func (c *Columns) splice(b *columnBuilder, touched map[uint32]bool, mark int64) (*Columns, error) {
	live := make(map[*segment]int, len(c.segs))
	for _, s := range c.segs {
		live[s.seg] = s.live
	}
	for n := range touched {
		if int(n) < len(c.spans) && c.spans[n].seg != nil {
			s := c.spans[n]
			live[s.seg] -= int(s.to - s.from)
		}
	}
	next := &Columns{dict: c.dict, size: c.size, mark: mark, copied: c.copied}
	rewrite := c.untidy(live)
	for _, s := range c.segs {
		n := live[s.seg]
		if n > 0 && !rewrite[s.seg] {
			next.segs = append(next.segs, liveSegment{s.seg, n})
			continue
		}
		for _, owner := range s.seg.owners {
			if touched[owner] || c.spans[owner].seg != s.seg {
				continue
			}
			if err := b.copyRun(owner, c.spans[owner]); err != nil {
				return nil, err
			}
		}
	}
	b.seal()
	for _, seg := range b.segs {
		next.segs = append(next.segs, liveSegment{seg, len(seg.Time)})
	}
	c.dict.mu.RLock()
	next.spans = make([]span, len(c.dict.ids))
	next.labels = slices.Clip(c.dict.labels)
	next.actors = slices.Clip(c.dict.actors)
	c.dict.mu.RUnlock()
	copy(next.spans, c.spans)
	for n := range touched {
		next.spans[n] = span{}
	}
	for n, s := range b.done {
		next.spans[n] = s
	}
	for _, s := range next.segs {
		next.rows += s.live
	}
	return next, nil
}

// manySegments is how many small segments may lie about: a change that makes one
// more has them joined, so that the cost of tidying is spread over many changes.
const manySegments = 12

// untidy says which segments are to be rewritten: those of which less than half
// is alive, and the small ones once there are many.
func (c *Columns) untidy(live map[*segment]int) map[*segment]bool {
	out, small := map[*segment]bool{}, 0
	for _, s := range c.segs {
		if n := live[s.seg]; 2*n < len(s.seg.Time) {
			out[s.seg] = true
		} else if n < c.size.small {
			small++
		}
	}
	if small < manySegments {
		return out
	}
	for _, s := range c.segs {
		if live[s.seg] < c.size.small {
			out[s.seg] = true
		}
	}
	return out
}

// manyAccounts is the number of accounts from which two passes over the events
// without order are less work than one that the store has to sort.
const manyAccounts = 64

// scan streams the accounts' events into b: column by column where the store
// can, else row by row.
func (d *dictionary) scan(ctx context.Context, store Store, accounts []id.Account, mark int64, b *columnBuilder) error {
	if fast, ok := store.(ChangeScanner); ok {
		return d.scanUnordered(ctx, upTo{fast, mark}, accounts, b)
	}
	if fast, ok := store.(UnorderedScanner); ok && (len(accounts) == 0 || len(accounts) > manyAccounts) {
		return d.scanUnordered(ctx, fast, accounts, b)
	}
	if fast, ok := store.(ColumnScanner); ok {
		t := &chunkReader{translation: translation{dict: d}, b: b}
		return fast.ScanColumns(ctx, accounts, t.read)
	}
	var current id.Account
	return store.Scan(ctx, accounts, func(events []Event) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		for i := range events {
			e := &events[i]
			if e.Account != current || current == "" {
				current = e.Account
				if err := b.begin(d.account(current)); err != nil {
					return err
				}
			}
			value := math.NaN()
			if e.HasValue {
				value = e.Value
			}
			known := e.KnownAt.Add(time.Second - 1).Unix()
			label, actor := d.label(Label{e.Name, e.Product}), d.actor(e.Actor)
			if err := b.add(e.At.UnixMicro(), e.At.Unix(), known, label, actor, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// upTo leaves out what a store has taken in after a mark.
type upTo struct {
	ChangeScanner
	mark int64
}

// ScanUnordered scans up to the mark.
func (s upTo) ScanUnordered(ctx context.Context, accounts []id.Account, passes int, fn func(pass int, c *ColumnChunk) error) error {
	return s.ScanUpTo(ctx, accounts, s.mark, passes, fn)
}

// chunkReader passes the chunks of an ordered scan on to a builder.
type chunkReader struct {
	translation
	b       *columnBuilder
	started bool
	account uint32
	row     int64
}

func (t *chunkReader) read(c *ColumnChunk) error {
	t.dict.mu.Lock()
	defer t.dict.mu.Unlock()
	for i := range c.Account {
		if !t.started || c.Account[i] != t.account {
			t.started, t.account, t.row = true, c.Account[i], 0
			if err := t.b.begin(t.dict.account(c.Dict.Accounts[t.account])); err != nil {
				return err
			}
		}
		// The store promises the order inside a second, and add checks that the
		// seconds themselves ascend through this one number.
		t.row++
		order := c.Time[i]<<30 + t.row
		if err := t.b.add(order, c.Time[i], c.Known[i], t.label(c, i), t.actor(c, i), c.Value[i]); err != nil {
			return err
		}
	}
	return nil
}

// translation turns the codes of a column scan into the projection's own, which
// outlive the store's.
type translation struct {
	dict *dictionary
	// Translations, each plus one; 0 means not yet translated.
	actors []uint32
	labels [][]uint32 // by product code, then name code
}

func (t *translation) actor(c *ColumnChunk, i int) uint32 {
	code := c.Actor[i]
	if int(code) < len(t.actors) && t.actors[code] != 0 {
		return t.actors[code] - 1
	}
	t.actors = grow(t.actors, code)
	t.actors[code] = t.dict.actor(c.Dict.Actors[code]) + 1
	return t.actors[code] - 1
}

func (t *translation) label(c *ColumnChunk, i int) uint32 {
	product, name := c.Product[i], c.Name[i]
	if int(product) < len(t.labels) {
		if of := t.labels[product]; int(name) < len(of) && of[name] != 0 {
			return of[name] - 1
		}
	}
	t.labels = grow(t.labels, product)
	t.labels[product] = grow(t.labels[product], name)
	n := t.dict.label(Label{c.Dict.Names[name], c.Dict.Products[product]})
	t.labels[product][name] = n + 1
	return n
}

// grow makes sure that code is an index of the table.
func grow[T any](table []T, code uint32) []T {
	for len(table) <= int(code) {
		table = append(table, make([]T, int(code)+1-len(table)+len(table)/2)...)
	}
	return table
}
