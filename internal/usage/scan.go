package usage

import (
	"context"

	"kept/internal/id"
)

// Dictionary turns the codes of a ColumnChunk into the words they stand for.
// Code 0 is always the empty word: no actor, no product. A code never changes
// its meaning while the store is open, so that codes of a later scan can be
// used with what an earlier one filled; the slices only ever grow.
type Dictionary struct {
	Accounts []id.Account
	Names    []string
	Actors   []string
	Products []string
}

// ColumnChunk is a run of attributed events, column by column; every column has
// the same length. The chunks of one scan are ordered by (account code, time in
// microseconds, value with none first): the last event with a value in that
// order is the one that Latest takes. An account may go on in the next chunk.
// The slices are reused by the next chunk: copy what is kept.
type ColumnChunk struct {
	Account []uint32  // index into Dict.Accounts, never 0
	Time    []int64   // Unix seconds, rounded down
	Known   []int64   // Unix seconds, rounded up: known at instant t when ≤ t
	Name    []uint32  // index into Dict.Names
	Actor   []uint32  // index into Dict.Actors, 0 for none
	Product []uint32  // index into Dict.Products, 0 for none
	Value   []float64 // NaN for none
	// Micro is the microsecond within Time, and only set by ScanUnordered.
	Micro []uint32
	Dict  *Dictionary
}

// Len returns the number of events.
func (c *ColumnChunk) Len() int { return len(c.Account) }

// ColumnScanner is a Store that can hand out its events column by column, which
// is how the projection is filled. Rounding times to the second is exact for
// every aggregate, because instants are whole seconds and Recency counts from
// the second in which the event fell.
type ColumnScanner interface {
	// ScanColumns streams the attributed events of the accounts (empty means
	// all) in the order that ColumnChunk promises. An error of fn ends the scan
	// and is returned.
	ScanColumns(ctx context.Context, accounts []id.Account, fn func(*ColumnChunk) error) error
}

// UnorderedScanner is a Store that can also hand out its events in whatever order
// is fastest. Sorting tens of millions of rows goes through the disk of most
// engines; the projection sorts account by account, in memory, once it knows how
// many events each one has.
type UnorderedScanner interface {
	ColumnScanner
	// ScanUnordered streams the attributed events of the accounts (empty means
	// all) several times over, each pass (counted from 0) from the same snapshot
	// of the store and in any order. An error of fn ends the scan and is returned.
	ScanUnordered(ctx context.Context, accounts []id.Account, passes int, fn func(pass int, c *ColumnChunk) error) error
}

// ChangeScanner is a Store that tells new events from others, so that the
// projection merges them in without reading again what it has.
type ChangeScanner interface {
	UnorderedScanner
	// ScanUpTo is ScanUnordered of the events whose mark is at most the given one.
	ScanUpTo(ctx context.Context, accounts []id.Account, mark int64, passes int, fn func(pass int, c *ColumnChunk) error) error
	// ScanNew streams, in any order, the attributed events that were stored after
	// the mark, and returns the newest mark, up to which these are all. It returns
	// false, without a call of fn, when more than storing happened since, or when
	// the store does not know: then Touched says which accounts to read again.
	ScanNew(ctx context.Context, since int64, fn func(*ColumnChunk) error) (mark int64, only bool, err error)
}
