package duckstore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"kept/internal/id"
	"kept/internal/usage"
)

// ScanColumns implements usage.ColumnScanner; fn must not call the store.
//
// DuckDB sorts by account and time only, and carries as little as it can: at tens
// of millions of events the sort goes through the temporary directory, and its
// time is that of the bytes. Ties are put in order here.
func (s *Store) ScanColumns(ctx context.Context, accounts []id.Account, fn func(*usage.ColumnChunk) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	where, some := s.accountFilter(accounts)
	if !some {
		return nil
	}
	query := columnQuery + where + " ORDER BY account, happened_at"
	var b columnBuffer
	emit := func(n int) error {
		if n == 0 {
			return nil
		}
		chunk := b.take(n)
		// Words that were committed after the last chunk may have come with it.
		if b.dict == nil || !covers(b.dict, &chunk) {
			b.dict = s.words.dictionary()
		}
		chunk.Dict = b.dict
		err := fn(&chunk)
		b.drop(n)
		return err
	}
	err := s.rawRead(func(r *rawConn) error {
		err := r.stream(ctx, query, func(c rawChunk) error {
			b.add(c)
			return emit(b.settled())
		})
		if err != nil {
			return err
		}
		return emit(len(b.micros))
	})
	return failed(ctx, err, "scan events")
}

// columnQuery selects what the projection reads of events.
const columnQuery = `SELECT account, happened_at, ((epoch_us(known_at) + 999999) // 1000000)::UINTEGER, name, actor, product, coalesce(value, 'nan'::DOUBLE)
	FROM event WHERE `

// ScanUnordered implements usage.UnorderedScanner; fn must not call the store.
func (s *Store) ScanUnordered(ctx context.Context, accounts []id.Account, passes int, fn func(pass int, c *usage.ColumnChunk) error) error {
	return s.ScanUpTo(ctx, accounts, math.MaxInt64, passes, fn)
}

// ScanUpTo implements usage.ChangeScanner; fn must not call the store.
func (s *Store) ScanUpTo(ctx context.Context, accounts []id.Account, mark int64, passes int, fn func(pass int, c *usage.ColumnChunk) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	where, some := s.accountFilter(accounts)
	if !some {
		return nil
	}
	query := columnQuery + where
	if mark < math.MaxInt64 {
		query += " AND mark <= " + strconv.FormatInt(mark, 10)
	}
	err := s.rawRead(func(r *rawConn) error {
		if err := r.exec(ctx, "BEGIN"); err != nil {
			return err
		}
		for pass := range passes {
			if err := s.chunks(ctx, r, query, func(c *usage.ColumnChunk) error { return fn(pass, c) }); err != nil {
				return errors.Join(err, r.exec(context.WithoutCancel(ctx), "ROLLBACK"))
			}
		}
		return r.exec(ctx, "COMMIT")
	})
	return failed(ctx, err, "scan events")
}

// ScanNew implements usage.ChangeScanner; fn must not call the store.
func (s *Store) ScanNew(ctx context.Context, since int64, fn func(*usage.ColumnChunk) error) (mark int64, only bool, err error) {
	if err := s.begin(ctx); err != nil {
		return 0, false, err
	}
	defer s.end()
	s.write.Lock()
	mark, only = s.mark, s.storedTo == s.mark && since >= s.storedFrom
	s.write.Unlock()
	if !only || since >= mark {
		return mark, only, nil
	}
	query := columnQuery + fmt.Sprintf("mark > %d AND mark <= %d AND account <> 0", since, mark)
	err = s.rawRead(func(r *rawConn) error { return s.chunks(ctx, r, query, fn) })
	return mark, only, failed(ctx, err, "scan new events")
}

// appended notes that a change stored events and did nothing else. Whatever moves
// the mark without it ends the range.
func (s *Store) appended(mark int64) {
	if s.storedTo != s.mark {
		s.storedFrom = s.mark
	}
	s.mark, s.storedTo = mark, mark
}

// chunks streams the rows of a columnQuery.
func (s *Store) chunks(ctx context.Context, r *rawConn, query string, fn func(*usage.ColumnChunk) error) error {
	// The words are read before the snapshot: an account that is erased meanwhile
	// keeps its name until the next refresh drops it.
	chunk := usage.ColumnChunk{Dict: s.words.dictionary()}
	return r.stream(ctx, query, func(c rawChunk) error {
		view(&chunk, c)
		if !covers(chunk.Dict, &chunk) {
			chunk.Dict = s.words.dictionary()
		}
		return fn(&chunk)
	})
}

// view sets the columns to those of a result chunk, without copying where it can.
func view(to *usage.ColumnChunk, c rawChunk) {
	to.Account, to.Name, to.Actor, to.Product = column[uint32](c, 0), column[uint32](c, 3), column[uint32](c, 4), column[uint32](c, 5)
	to.Value = column[float64](c, 6)
	to.Time, to.Micro, to.Known = to.Time[:0], to.Micro[:0], to.Known[:0]
	for _, us := range column[int64](c, 1) {
		sec := us / 1_000_000
		to.Time = append(to.Time, sec)
		to.Micro = append(to.Micro, uint32(us-sec*1_000_000)) //nolint:gosec // below a million
	}
	for _, k := range column[uint32](c, 2) {
		to.Known = append(to.Known, int64(k))
	}
}

// columnBuffer holds rows in the order of account and time, until the rows that
// tie with the last one are all there.
type columnBuffer struct {
	account, name, actor, product []uint32
	micros, time, known           []int64 // micros is the exact time
	value                         []float64
	dict                          *usage.Dictionary
}

// add appends the rows of a result chunk.
func (b *columnBuffer) add(c rawChunk) {
	b.account = append(b.account, column[uint32](c, 0)...)
	b.micros = append(b.micros, column[int64](c, 1)...)
	for _, k := range column[uint32](c, 2) {
		b.known = append(b.known, int64(k))
	}
	b.name = append(b.name, column[uint32](c, 3)...)
	b.actor = append(b.actor, column[uint32](c, 4)...)
	b.product = append(b.product, column[uint32](c, 5)...)
	b.value = append(b.value, column[float64](c, 6)...)
}

// ties reports whether two rows have the same account and time.
func (b *columnBuffer) ties(i, j int) bool {
	return b.micros[i] == b.micros[j] && b.account[i] == b.account[j]
}

// settled returns how many rows cannot tie with one that is still to come.
func (b *columnBuffer) settled() int {
	n := len(b.micros) - 1
	for n > 0 && b.ties(n-1, n) {
		n--
	}
	return max(n, 0)
}

// take returns the first n rows, ties in order, as a chunk that is valid until drop.
func (b *columnBuffer) take(n int) usage.ColumnChunk {
	for from := 0; from < n; {
		to := from + 1
		for to < n && b.ties(from, to) {
			to++
		}
		if to > from+1 {
			sort.Sort(&tie{b: b, from: from, n: to - from})
		}
		from = to
	}
	b.time = b.time[:0]
	for _, us := range b.micros[:n] {
		b.time = append(b.time, us/1_000_000)
	}
	return usage.ColumnChunk{
		Account: b.account[:n], Time: b.time, Known: b.known[:n],
		Name: b.name[:n], Actor: b.actor[:n], Product: b.product[:n], Value: b.value[:n],
	}
}

// drop removes the first n rows.
func (b *columnBuffer) drop(n int) {
	b.account, b.name = slices.Delete(b.account, 0, n), slices.Delete(b.name, 0, n)
	b.actor, b.product = slices.Delete(b.actor, 0, n), slices.Delete(b.product, 0, n)
	b.micros, b.known = slices.Delete(b.micros, 0, n), slices.Delete(b.known, 0, n)
	b.value = slices.Delete(b.value, 0, n)
}

// tie sorts rows of one account and time by value, those without one first.
type tie struct {
	b       *columnBuffer
	from, n int
}

func (t *tie) Len() int { return t.n }

func (t *tie) Less(i, j int) bool {
	v, w := t.b.value[t.from+i], t.b.value[t.from+j]
	return v < w || math.IsNaN(v) && !math.IsNaN(w)
}

func (t *tie) Swap(i, j int) {
	i, j = t.from+i, t.from+j
	b := t.b
	b.known[i], b.known[j] = b.known[j], b.known[i]
	b.name[i], b.name[j] = b.name[j], b.name[i]
	b.actor[i], b.actor[j] = b.actor[j], b.actor[i]
	b.product[i], b.product[j] = b.product[j], b.product[i]
	b.value[i], b.value[j] = b.value[j], b.value[i]
}

// covers reports whether the dictionary has every code of the chunk.
func covers(d *usage.Dictionary, c *usage.ColumnChunk) bool {
	for i := range c.Account {
		if int(c.Account[i]) >= len(d.Accounts) || int(c.Name[i]) >= len(d.Names) ||
			int(c.Actor[i]) >= len(d.Actors) || int(c.Product[i]) >= len(d.Products) {
			return false
		}
	}
	return true
}
