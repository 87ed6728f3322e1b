package usage

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// sortDrafts puts the events of every account into the order that Run promises.
func sortDrafts(ctx context.Context, drafts []*draft) error {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(drafts)) {
		group.Go(func() {
			var s rowSorter
			var c coder
			var seen labelSet
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n >= len(drafts) {
					return
				}
				for k := range drafts[n].spans {
					s.account(drafts[n], drafts[n].spans[k])
					drafts[n].spans[k].look(&seen)
				}
				drafts[n].micro = nil // the next ones need the room
				drafts[n].narrow(&c)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}

// rowSorter sorts accounts one after the other; what it holds is as large as the
// largest of them.
type rowSorter struct {
	rows, spare []keyedRow
	narrow      []uint16
	words       []uint32
	wide        []float64
}

// keyedRow is a row by its time: microseconds since the account's first event.
type keyedRow struct {
	key uint64
	row uint32
}

// account sorts the events of one account.
func (s *rowSorter) account(f *draft, of span) {
	times, micros := f.Time[of.from:of.to], f.micro[of.from:of.to]
	first, ascending, ties := times[0], true, false
	for i := 1; i < len(times); i++ {
		first = min(first, times[i])
		earlier := times[i] < times[i-1] || times[i] == times[i-1] && micros[i] < micros[i-1]
		ascending = ascending && !earlier
		ties = ties || times[i] == times[i-1] && micros[i] == micros[i-1]
	}
	if ascending && (!ties || f.Wide == nil) {
		return
	}
	s.rows = s.rows[:0]
	most := uint64(0)
	for i, t := range times {
		key := uint64(t-first)*1_000_000 + uint64(micros[i])
		most = max(most, key)
		s.rows = append(s.rows, keyedRow{key, uint32(i)}) //nolint:gosec // fewer than 2³¹ rows
	}
	if !ascending {
		s.byKey(most)
	}
	s.byValue(f, of)
	s.words = permute(part(f.Time, of), s.rows, s.words)
	s.words = permute(part(f.Known, of), s.rows, s.words)
	s.words = permute(part(f.Actor, of), s.rows, s.words)
	s.words = permute(part(f.WideLabel, of), s.rows, s.words)
	s.narrow = permute(part(f.Label, of), s.rows, s.narrow)
	s.wide = permute(part(f.Wide, of), s.rows, s.wide)
}

// The digits of the radix sort, and the number of rows from which it is faster
// than comparing.
const (
	digitBits = 11
	manyRows  = 512
)

// byKey sorts the rows by key; most is the greatest key.
func (s *rowSorter) byKey(most uint64) {
	if len(s.rows) < manyRows {
		slices.SortFunc(s.rows, func(a, b keyedRow) int {
			switch {
			case a.key < b.key:
				return -1
			case a.key > b.key:
				return 1
			}
			return 0
		})
		return
	}
	s.spare = slices.Grow(s.spare[:0], len(s.rows))[:len(s.rows)]
	for shift := 0; most>>shift > 0; shift += digitBits {
		var starts [1 << digitBits]uint32
		for _, r := range s.rows {
			starts[r.key>>shift&(1<<digitBits-1)]++
		}
		sum := uint32(0)
		for d, n := range starts {
			starts[d] = sum
			sum += n
		}
		for _, r := range s.rows {
			d := r.key >> shift & (1<<digitBits - 1)
			s.spare[starts[d]] = r
			starts[d]++
		}
		s.rows, s.spare = s.spare, s.rows
	}
}

// byValue puts rows of the same microsecond into the order of value, none first.
func (s *rowSorter) byValue(f *draft, of span) {
	if f.Wide == nil {
		return
	}
	r := of.run()
	value := func(row uint32) float64 {
		if v, ok := r.Number(int(row)); ok {
			return v
		}
		return math.Inf(-1) // no value is infinite
	}
	for from := 0; from < len(s.rows); {
		to := from + 1
		for to < len(s.rows) && s.rows[to].key == s.rows[from].key {
			to++
		}
		if to > from+1 {
			slices.SortStableFunc(s.rows[from:to], func(a, b keyedRow) int {
				v, w := value(a.row), value(b.row)
				switch {
				case v < w:
					return -1
				case v > w:
					return 1
				}
				return 0
			})
		}
		from = to
	}
}

// permute puts the rows of a column into order, with a spare column that it
// returns for the next time.
func permute[T any](column []T, rows []keyedRow, spare []T) []T {
	if column == nil {
		return spare
	}
	spare = append(spare[:0], column...)
	for i, r := range rows {
		column[i] = spare[r.row]
	}
	return spare
}
