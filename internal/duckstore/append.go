package duckstore

import (
	"context"
	"strconv"
	"strings"

	"kept/internal/usage"
)

// Append implements usage.Store in one transaction: when it returns, the batch
// is on disk. Batches of thousands are cheap, single events are not.
func (s *Store) Append(ctx context.Context, events []usage.Event) (usage.AppendResult, error) {
	if err := usage.CheckBatch(events); err != nil {
		return usage.AppendResult{}, err
	}
	if err := s.begin(ctx); err != nil {
		return usage.AppendResult{}, err
	}
	defer s.end()
	s.write.Lock()
	defer s.write.Unlock()
	b := batch{events: events, hashes: make([]uint64, len(events))}
	if err := s.deduplicate(ctx, &b); err != nil {
		return usage.AppendResult{}, failed(ctx, err, "look for events that are stored already")
	}
	if len(b.fresh) > 0 {
		if err := s.store(ctx, &b); err != nil {
			return usage.AppendResult{}, failed(ctx, err, "store events")
		}
	}
	return usage.AppendResult{Stored: len(b.fresh), Duplicates: len(events) - len(b.fresh)}, nil
}

// batch is what one Append works on.
type batch struct {
	events []usage.Event
	hashes []uint64
	fresh  []int // indices of the events to store, in order
}

// deduplicate finds the events of the batch that are not stored yet.
func (s *Store) deduplicate(ctx context.Context, b *batch) error {
	if s.seen == nil || s.seen.full(len(b.events)) {
		if err := s.loadSeen(ctx, len(b.events)); err != nil {
			return err
		}
	}
	within := make(map[string]struct{}, len(b.events))
	var doubtful []int
	for i := range b.events {
		mid := b.events[i].MessageID
		b.hashes[i] = hashID(mid)
		if _, twice := within[mid]; twice {
			continue
		}
		within[mid] = struct{}{}
		// The hash stays in the set even if the transaction fails: the set may
		// hold too many, never too few.
		if s.seen.add(b.hashes[i]) {
			doubtful = append(doubtful, i)
		}
		b.fresh = append(b.fresh, i)
	}
	if len(doubtful) == 0 {
		return nil
	}
	stored, err := s.stored(ctx, b, doubtful)
	if err != nil || len(stored) == 0 {
		return err
	}
	kept := b.fresh[:0]
	for _, i := range b.fresh {
		if _, dup := stored[b.events[i].MessageID]; !dup {
			kept = append(kept, i)
		}
	}
	b.fresh = kept
	return nil
}

// loadSeen reads the hashes of all stored events, with room for more.
func (s *Store) loadSeen(ctx context.Context, more int) error {
	n, err := s.writer.number(ctx, "SELECT count(*) FROM event")
	if err != nil {
		return err
	}
	s.seen = nil // not both at once
	set := newSeen(int(n) + more)
	err = s.writer.stream(ctx, "SELECT hash FROM event", func(c rawChunk) error {
		for _, h := range column[uint64](c, 0) {
			set.add(h)
		}
		return nil
	})
	if err == nil {
		s.seen = set
	}
	return err
}

// stored returns which of the doubtful message ids are in the file. Most
// duplicates are retries with the same timestamp, so it looks between the first
// and the last of these instants before it looks everywhere.
func (s *Store) stored(ctx context.Context, b *batch, doubtful []int) (map[string]struct{}, error) {
	found := make(map[string]struct{}, len(doubtful))
	first, last := b.events[doubtful[0]].At, b.events[doubtful[0]].At
	for _, i := range doubtful {
		at := b.events[i].At
		if at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	window := " AND happened_at BETWEEN " + timestamp(first) + " AND " + timestamp(last)
	for _, where := range []string{window, ""} {
		var list strings.Builder
		for _, i := range doubtful {
			if _, ok := found[b.events[i].MessageID]; !ok {
				list.WriteString(strconv.FormatUint(b.hashes[i], 10))
				list.WriteByte(',')
			}
		}
		if list.Len() == 0 {
			break
		}
		query := "SELECT message_id FROM event WHERE hash IN (" + strings.TrimSuffix(list.String(), ",") + ")" + where
		err := s.writer.stream(ctx, query, func(c rawChunk) error {
			for _, mid := range c.texts(0) {
				found[mid] = struct{}{}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// store writes the fresh events of the batch and the words that are new.
func (s *Store) store(ctx context.Context, b *batch) error {
	properties := make([]string, len(b.fresh))
	for row, i := range b.fresh {
		text, err := b.events[i].PropertiesJSON()
		if err != nil {
			return err
		}
		properties[row] = text
	}
	added := s.words.adding()
	mark := s.mark + 1
	err := s.inTx(ctx, func(w *rawConn) error {
		app, err := w.appender("event")
		if err != nil {
			return err
		}
		err = app.fill(len(b.fresh), func(c appendChunk, from, count int) {
			b.fill(c, added, mark, from, count, properties)
		})
		if err != nil {
			app.abandon()
			return err
		}
		if err := app.close(); err != nil {
			return err
		}
		return added.store(w)
	}, added.publish)
	if err == nil {
		s.appended(mark)
	}
	return err
}

// fill writes the fresh events [from, from+count) into a chunk of table event.
func (b *batch) fill(c appendChunk, words *newWords, mark int64, from, count int, properties []string) {
	hash, at, known := column[uint64](c.rawChunk, 1), column[int64](c.rawChunk, 2), column[int64](c.rawChunk, 3)
	account, product, actor := column[uint32](c.rawChunk, 4), column[uint32](c.rawChunk, 5), column[uint32](c.rawChunk, 6)
	name, source := column[uint32](c.rawChunk, 7), column[uint32](c.rawChunk, 8)
	value, marks := column[float64](c.rawChunk, 9), column[int64](c.rawChunk, 11)
	for row := range count {
		i := b.fresh[from+row]
		e := &b.events[i]
		c.setText(0, row, e.MessageID)
		hash[row], at[row], known[row] = b.hashes[i], e.At.UnixMicro(), e.KnownAt.UnixMicro()
		account[row] = words.code(wordAccount, string(e.Account))
		product[row] = words.code(wordProduct, e.Product)
		actor[row] = words.code(wordActor, e.Actor)
		name[row] = words.code(wordName, e.Name)
		source[row] = words.code(wordSource, e.Source)
		if e.HasValue {
			value[row] = e.Value
		} else {
			c.setNull(9, row)
		}
		if p := properties[from+row]; p != "" {
			c.setText(10, row, p)
		} else {
			c.setNull(10, row)
		}
		marks[row] = mark
	}
}
