package usage

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// MemoryStore is the reference implementation of Store: plain slices and loops,
// slow and obvious. It defines what every engine must answer, and it serves
// tests; nothing survives it.
type MemoryStore struct {
	mu     sync.Mutex
	rows   []memoryRow
	ids    map[string]bool
	erased map[id.Account]int64       // mark of the erasure
	moves  map[string]map[string]bool // message ids by move
	mark   int64
	closed bool
}

// memoryRow is a stored event and the mark of its last change.
type memoryRow struct {
	Event
	mark int64
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{ids: map[string]bool{}, erased: map[id.Account]int64{}, moves: map[string]map[string]bool{}}
}

var _ Store = (*MemoryStore)(nil)

// Append implements Store.
func (s *MemoryStore) Append(ctx context.Context, events []Event) (AppendResult, error) {
	if err := CheckBatch(events); err != nil {
		return AppendResult{}, err
	}
	if err := s.lock(ctx); err != nil {
		return AppendResult{}, err
	}
	defer s.mu.Unlock()
	var res AppendResult
	for i := range events {
		e := events[i]
		if s.ids[e.MessageID] {
			res.Duplicates++
			continue
		}
		s.ids[e.MessageID] = true
		e.At = e.At.Truncate(time.Microsecond).UTC()
		e.KnownAt = e.KnownAt.Truncate(time.Microsecond).UTC()
		e.Properties = maps.Clone(e.Properties)
		if len(e.Properties) == 0 {
			e.Properties = nil
		}
		if !e.HasValue {
			e.Value = 0
		}
		s.rows = append(s.rows, memoryRow{Event: e, mark: s.mark + 1})
		res.Stored++
	}
	if res.Stored > 0 {
		s.mark++
	}
	return res, nil
}

// Attribute implements Store.
func (s *MemoryStore) Attribute(ctx context.Context, actor string, account id.Account) (int64, error) {
	if err := CheckAttribution(actor, account); err != nil {
		return 0, err
	}
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	var n int64
	for i := range s.rows {
		if r := &s.rows[i]; r.Account == "" && r.Actor == actor {
			r.Account, r.mark = account, s.mark+1
			n++
		}
	}
	if n > 0 {
		s.mark++
	}
	return n, nil
}

// CheckAttribution reports an empty actor or account.
func CheckAttribution(actor string, account id.Account) error {
	if actor == "" {
		return fault.At("actor", "is empty: say whose events are to be attributed")
	}
	if account == "" {
		return fault.At("account", "is empty: say to which account the actor belongs")
	}
	return nil
}

// List implements Store.
func (s *MemoryStore) List(ctx context.Context, q ListQuery) (ListPage, error) {
	if err := q.Check(); err != nil {
		return ListPage{}, err
	}
	var after *Position
	if q.Cursor != "" {
		p, err := ParseCursor(q.Cursor)
		if err != nil {
			return ListPage{}, err
		}
		after = &p
	}
	if err := s.lock(ctx); err != nil {
		return ListPage{}, err
	}
	defer s.mu.Unlock()
	var page ListPage
	for i := range s.rows {
		e := &s.rows[i].Event
		if !q.selects(e) {
			continue
		}
		page.Total++
		if after == nil || after.Before(e) {
			copied := *e
			copied.Properties = maps.Clone(e.Properties)
			page.Events = append(page.Events, copied)
		}
	}
	slices.SortFunc(page.Events, func(a, b Event) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.MessageID, b.MessageID))
	})
	limit := cmp.Or(q.Limit, DefaultPageSize)
	if len(page.Events) > limit {
		page.Events = page.Events[:limit]
		last := &page.Events[limit-1]
		page.Next = Position{At: last.At, MessageID: last.MessageID}.Cursor()
	}
	return page, nil
}

func (q *ListQuery) selects(e *Event) bool {
	switch {
	case q.Account != "" && e.Account != q.Account,
		q.Product != "" && e.Product != q.Product,
		q.Actor != "" && e.Actor != q.Actor,
		q.Name != "" && e.Name != q.Name,
		q.Attributed != nil && *q.Attributed != (e.Account != ""),
		!q.From.IsZero() && e.At.Before(q.From),
		!q.To.IsZero() && !e.At.Before(q.To),
		!q.KnownBy.IsZero() && e.KnownAt.After(q.KnownBy):
		return false
	}
	return true
}

// Names implements Store; the names are in ascending order.
func (s *MemoryStore) Names(ctx context.Context) ([]NameStat, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	stats := map[string]NameStat{}
	for i := range s.rows {
		e := &s.rows[i].Event
		n, known := stats[e.Name]
		n.Name = e.Name
		n.Count++
		if !known || e.At.Before(n.First) {
			n.First = e.At
		}
		if !known || e.At.After(n.Last) {
			n.Last = e.At
		}
		stats[e.Name] = n
	}
	names := slices.Sorted(maps.Keys(stats))
	out := make([]NameStat, len(names))
	for i, name := range names {
		out[i] = stats[name]
	}
	return out, nil
}

// Scan implements Store.
func (s *MemoryStore) Scan(ctx context.Context, accounts []id.Account, fn func([]Event) error) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	var all []Event
	for i := range s.rows {
		e := &s.rows[i].Event
		if e.Account == "" || len(accounts) > 0 && !slices.Contains(accounts, e.Account) {
			continue
		}
		all = append(all, Event{
			At: e.At, KnownAt: e.KnownAt, Account: e.Account, Product: e.Product, Actor: e.Actor,
			Name: e.Name, Value: e.Value, HasValue: e.HasValue,
		})
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), a.At.Compare(b.At), compareValues(&a, &b))
	})
	for chunk := range slices.Chunk(all, 1024) {
		if err := fn(chunk); err != nil {
			return err
		}
	}
	return nil
}

// compareValues orders by value, an event without one first.
func compareValues(a, b *Event) int {
	switch {
	case a.HasValue && b.HasValue:
		return cmp.Compare(a.Value, b.Value)
	case b.HasValue:
		return -1
	case a.HasValue:
		return 1
	}
	return 0
}

// Touched implements Store.
func (s *MemoryStore) Touched(ctx context.Context, since int64) ([]id.Account, int64, error) {
	if err := s.lock(ctx); err != nil {
		return nil, 0, err
	}
	defer s.mu.Unlock()
	touched := map[id.Account]bool{}
	for i := range s.rows {
		if r := &s.rows[i]; r.Account != "" && r.mark > since {
			touched[r.Account] = true
		}
	}
	for account, mark := range s.erased {
		if since > 0 && mark > since {
			touched[account] = true
		}
	}
	return slices.Sorted(maps.Keys(touched)), s.mark, nil
}

// Bounds implements Store.
func (s *MemoryStore) Bounds(ctx context.Context) (n int64, first, last time.Time, err error) {
	if err := s.lock(ctx); err != nil {
		return 0, time.Time{}, time.Time{}, err
	}
	defer s.mu.Unlock()
	for i := range s.rows {
		at := s.rows[i].At
		if i == 0 || at.Before(first) {
			first = at
		}
		if i == 0 || at.After(last) {
			last = at
		}
	}
	return int64(len(s.rows)), first, last, nil
}

// Erase implements Store. The message ids are forgotten too: the same event,
// sent again, is stored again.
func (s *MemoryStore) Erase(ctx context.Context, account id.Account) (int64, error) {
	if account == "" {
		return 0, fault.At("account", "is empty: say whose events are to be erased")
	}
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	var kept []memoryRow
	for _, r := range s.rows {
		if r.Account == account {
			delete(s.ids, r.MessageID)
			continue
		}
		kept = append(kept, r)
	}
	n := int64(len(s.rows) - len(kept))
	if n > 0 {
		s.mark++
		s.rows, s.erased[account] = kept, s.mark
	}
	return n, nil
}

// ExportParquet implements Store by refusing: the reference writes no files.
func (s *MemoryStore) ExportParquet(context.Context, string) error {
	return fault.New(fault.Unavailable, "events kept in memory cannot be exported: use the embedded event store")
}

// Close implements Store.
func (s *MemoryStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// lock takes the lock unless the call is cancelled or the store is closed.
func (s *MemoryStore) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return fault.New(fault.Unavailable, "the event store is closed")
	}
	return nil
}
