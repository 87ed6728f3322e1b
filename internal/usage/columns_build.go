package usage

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"kept/internal/fault"
)

// sizing is the number of rows at which a segment is closed at the end of an
// account, and the number under which the next update takes a segment in.
type sizing struct{ full, small int }

var usualSizing = sizing{full: 1 << 19, small: 1 << 17}

// columnBuilder collects events, account by account, into segments.
type columnBuilder struct {
	// The rows of the segment under construction.
	time, known, actor, label []uint32
	value                     []float64
	owners                    []uint32
	starts                    []uint32 // first row of each owner
	// tie is the first row of the events at the same microsecond as the last one,
	// untidy whether these are out of order.
	tie    int
	last   int64
	untidy bool

	done map[uint32]span
	segs []*segment
	full int
	seen labelSet
	// more is what is known of an account already.
	more map[uint32]*more
}

func newColumnBuilder(full int) *columnBuilder {
	return &columnBuilder{done: map[uint32]span{}, more: map[uint32]*more{}, full: full}
}

// begin starts an account; its events follow in the order of time.
func (b *columnBuilder) begin(account uint32) error {
	b.end()
	if len(b.time) >= b.full {
		b.seal()
	}
	if _, twice := b.done[account]; twice {
		return fault.New(fault.Internal, "the event store scanned an account in two pieces")
	}
	b.done[account] = span{}
	b.owners = append(b.owners, account)
	b.starts = append(b.starts, uint32(len(b.time))) //nolint:gosec // a segment is far below 2³² rows
	b.last = math.MinInt64
	return nil
}

// add appends an event at a time in microseconds (or any finer-grained order)
// that falls in the second sec and was known in the second known.
func (b *columnBuilder) add(order, sec, known int64, label, actor uint32, value float64) error {
	if order < b.last {
		return fault.New(fault.Internal, "the event store scanned events out of order")
	}
	at, from, err := seconds(sec, known)
	if err != nil {
		return err
	}
	if order != b.last {
		b.end()
		b.tie, b.last = len(b.time), order
	}
	b.time = append(b.time, at)
	b.known = append(b.known, from)
	b.actor = append(b.actor, actor)
	b.label = append(b.label, label)
	value = finite(value)
	b.value = append(b.value, value)
	// cmp.Compare puts NaN, which stands for none, before every number.
	b.untidy = b.untidy || len(b.time)-1 > b.tie && cmp.Compare(value, b.value[len(b.value)-2]) < 0
	return nil
}

// end puts the events of the last microsecond in the order of value.
func (b *columnBuilder) end() {
	if b.untidy {
		sort.Stable(tied{b, b.tie})
		b.untidy = false
	}
}

// copyRun appends the events of an account that another segment holds.
func (b *columnBuilder) copyRun(account uint32, of span) error {
	if err := b.begin(account); err != nil {
		return err
	}
	r := of.run()
	b.copyRows(&r, 0, r.Len())
	b.more[account] = of.more
	return nil
}

// copyRows appends rows [from, to) of a run, which are in order.
func (b *columnBuilder) copyRows(r *Run, from, to int) {
	n := len(b.time)
	b.time = append(b.time, r.Time[from:to]...)
	if r.Known != nil {
		b.known = append(b.known, r.Known[from:to]...)
	} else {
		b.known = append(b.known, r.Time[from:to]...)
	}
	if r.Actor != nil {
		b.actor = append(b.actor, r.Actor[from:to]...)
	} else {
		b.actor = append(b.actor, make([]uint32, to-from)...)
	}
	for i := from; i < to; i++ {
		b.label = append(b.label, r.Code(i))
		v, ok := r.Number(i)
		if !ok {
			v = math.NaN()
		}
		b.value = append(b.value, v)
	}
	b.tie, b.last = max(n, len(b.time)-1), math.MaxInt64
}

// seal closes the segment under construction, leaving out the columns that say
// nothing and narrowing those that can be.
func (b *columnBuilder) seal() {
	b.end()
	if len(b.owners) == 0 {
		return
	}
	seg := &segment{owners: slices.Clone(b.owners)}
	seg.Time = slices.Clone(b.time)
	for i, k := range b.known {
		seg.MaxLate = max(seg.MaxLate, k-b.time[i])
	}
	if seg.MaxLate > 1 {
		seg.Known = slices.Clone(b.known)
	}
	if slices.ContainsFunc(b.actor, func(a uint32) bool { return a != 0 }) {
		seg.Actor = slices.Clone(b.actor)
	}
	if len(b.label) > 0 && slices.Max(b.label) > math.MaxUint16 {
		seg.WideLabel = slices.Clone(b.label)
	} else {
		seg.Label = convert[uint16](b.label)
	}
	if slices.ContainsFunc(b.value, func(v float64) bool { return v == v }) { // NaN, for none, differs from itself
		seg.Wide = slices.Clone(b.value)
	}
	seg.narrow(&coder{})
	for i, account := range b.owners {
		to := uint32(len(b.time)) //nolint:gosec // as in begin
		if i+1 < len(b.starts) {
			to = b.starts[i+1]
		}
		if to > b.starts[i] {
			of := span{seg: seg, from: b.starts[i], to: to, more: b.more[account]}
			if of.more == nil || of.more.has == nil {
				edge := of.more
				of.look(&b.seen)
				if edge != nil {
					of.more.edge = edge.edge
				}
			}
			b.done[account] = of
		}
	}
	if len(b.time) > 0 {
		b.segs = append(b.segs, seg)
	}
	b.time, b.known, b.actor, b.label, b.value = b.time[:0], b.known[:0], b.actor[:0], b.label[:0], b.value[:0]
	b.owners, b.starts, b.tie = b.owners[:0], b.starts[:0], 0
}

func convert[To uint16 | float32, From uint32 | float64](in []From) []To {
	out := make([]To, len(in))
	for i, v := range in {
		out[i] = To(v)
	}
	return out
}

// tied sorts the rows of a builder from a row on by value, none first.
type tied struct {
	*columnBuilder
	from int
}

func (t tied) Len() int { return len(t.time) - t.from }

func (t tied) Less(i, j int) bool { return cmp.Less(t.value[t.from+i], t.value[t.from+j]) }

func (t tied) Swap(i, j int) {
	i, j = i+t.from, j+t.from
	t.time[i], t.time[j] = t.time[j], t.time[i]
	t.known[i], t.known[j] = t.known[j], t.known[i]
	t.actor[i], t.actor[j] = t.actor[j], t.actor[i]
	t.label[i], t.label[j] = t.label[j], t.label[i]
	t.value[i], t.value[j] = t.value[j], t.value[i]
}
