package usage

import (
	"context"
	"math"

	"kept/internal/fault"
	"kept/internal/id"
)

// placer builds segments from a scan without order, in two passes: the first
// counts the events of every account and learns what their columns have to hold,
// the second writes each event into columns of their final size. Then every
// account is sorted by itself. That takes four bytes an event beside the segments.
type placer struct {
	translation
	slots  []uint32 // by the store's account code: place in shapes plus one, 0 for none
	shapes []shape
	places []place // by slot
	drafts []*draft
}

// shape is what the first pass learns of an account.
type shape struct {
	account     uint32
	rows        uint32
	late, label uint32 // the greatest
	actors      bool
	values      bool
}

// place is where the next event of an account goes, and where they end.
type place struct {
	*draft
	next, to uint32
}

// draft is a segment whose accounts are not sorted yet. Micro completes Time.
type draft struct {
	*segment
	micro []uint32
	spans []span // by owner
}

// scanUnordered reads the accounts' events (empty means all) into b.
func (d *dictionary) scanUnordered(ctx context.Context, store UnorderedScanner, accounts []id.Account, b *columnBuilder) error {
	p := &placer{translation: translation{dict: d}}
	d.mu.RLock()
	fresh := len(d.actors) == 1
	d.mu.RUnlock()
	err := store.ScanUnordered(ctx, accounts, 2, func(pass int, c *ColumnChunk) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		if pass == 0 {
			return p.count(c)
		}
		if p.places == nil {
			p.layOut(b.full)
		}
		return p.put(c)
	})
	if err != nil {
		return err
	}
	if len(p.places) != len(p.shapes) {
		return errDiffers()
	}
	for _, at := range p.places {
		if at.next != at.to {
			return errDiffers()
		}
	}
	if err := sortDrafts(ctx, p.drafts); err != nil {
		return err
	}
	if fresh {
		d.regroup(p.drafts)
	}
	for _, f := range p.drafts {
		b.segs = append(b.segs, f.segment)
		for k, owner := range f.owners {
			b.done[owner] = f.spans[k]
		}
	}
	return nil
}

// regroup numbers the actors again, in the order in which the accounts name them,
// so that what an evaluation remembers of the actors of one account lies close
// together. Nobody may have a snapshot yet that uses the old numbers.
func (d *dictionary) regroup(drafts []*draft) {
	d.mu.Lock()
	defer d.mu.Unlock()
	number := make([]uint32, len(d.actors))
	actors := make([]string, 1, len(d.actors))
	for _, f := range drafts {
		for i, old := range f.Actor {
			if old == 0 {
				continue
			}
			if number[old] == 0 {
				number[old] = uint32(len(actors)) //nolint:gosec // as in actor
				actors = append(actors, d.actors[old])
			}
			f.Actor[i] = number[old]
		}
	}
	d.actors, d.actorOf = actors, nil // made again when a word is looked up
}

func errDiffers() error {
	return fault.New(fault.Internal, "the event store scanned other events the second time")
}

// count is the first pass.
func (p *placer) count(c *ColumnChunk) error {
	for i, code := range c.Account {
		if int(code) >= len(p.slots) || p.slots[code] == 0 {
			p.slots = grow(p.slots, code)
			p.shapes = append(p.shapes, shape{account: p.dict.account(c.Dict.Accounts[code])})
			p.slots[code] = uint32(len(p.shapes)) //nolint:gosec // fewer accounts than 2³²
		}
		s := &p.shapes[p.slots[code]-1]
		sec, known, err := seconds(c.Time[i], c.Known[i])
		if err != nil {
			return err
		}
		if s.rows == math.MaxInt32 {
			return fault.New(fault.Internal, "an account has more than 2,147,483,647 events: the projection cannot number them")
		}
		s.rows++
		s.late = max(s.late, known-sec)
		s.label = max(s.label, p.label(c, i))
		s.actors = s.actors || c.Actor[i] != 0
		v := finite(c.Value[i])
		s.values = s.values || v == v // NaN, for none, differs from itself
	}
	return nil
}

// layOut makes the segments, each closed at the account with which it is full.
func (p *placer) layOut(full int) {
	p.places = make([]place, len(p.shapes))
	for from := 0; from < len(p.shapes); {
		var all shape
		var rows uint64
		to := from
		for to < len(p.shapes) && rows < uint64(full) { //nolint:gosec // positive
			s := &p.shapes[to]
			rows += uint64(s.rows)
			all.late, all.label = max(all.late, s.late), max(all.label, s.label)
			all.actors, all.values = all.actors || s.actors, all.values || s.values
			to++
		}
		f := newDraft(all, int(rows)) //nolint:gosec // a full segment and one account: below 2³²
		next := uint32(0)
		for slot := from; slot < to; slot++ {
			s := &p.shapes[slot]
			f.owners = append(f.owners, s.account)
			f.spans = append(f.spans, span{seg: f.segment, from: next, to: next + s.rows})
			p.places[slot] = place{f, next, next + s.rows}
			next += s.rows
		}
		p.drafts = append(p.drafts, f)
		from = to
	}
}

// newDraft allocates the columns that a segment needs, as columnBuilder.seal does.
func newDraft(of shape, rows int) *draft {
	f := &draft{segment: &segment{}, micro: make([]uint32, rows)}
	f.Time, f.MaxLate = make([]uint32, rows), of.late
	if of.late > 1 {
		f.Known = make([]uint32, rows)
	}
	if of.actors {
		f.Actor = make([]uint32, rows)
	}
	if of.label > math.MaxUint16 {
		f.WideLabel = make([]uint32, rows)
	} else {
		f.Label = make([]uint16, rows)
	}
	if of.values {
		f.Wide = make([]float64, rows) // until sortDrafts narrows them
	}
	return f
}

// put is the second pass.
func (p *placer) put(c *ColumnChunk) error {
	for i, code := range c.Account {
		if int(code) >= len(p.slots) || p.slots[code] == 0 {
			return errDiffers()
		}
		at := &p.places[p.slots[code]-1]
		sec, known, err := seconds(c.Time[i], c.Known[i])
		label, value := p.label(c, i), finite(c.Value[i])
		if err != nil || at.next == at.to || !at.fits(known-sec, label, c.Actor[i], value) {
			return errDiffers()
		}
		n := at.next
		at.next++
		at.Time[n], at.micro[n] = sec, c.Micro[i]
		if at.Known != nil {
			at.Known[n] = known
		}
		if at.Actor != nil {
			at.Actor[n] = p.actor(c, i)
		}
		if at.Label != nil {
			at.Label[n] = uint16(label) //nolint:gosec // fits has looked
		} else {
			at.WideLabel[n] = label
		}
		if at.Wide != nil {
			at.Wide[n] = value
		}
	}
	return nil
}

// fits reports whether the columns can hold an event.
func (f *draft) fits(late, label, actor uint32, value float64) bool {
	return late <= f.MaxLate && (f.Label == nil || label <= math.MaxUint16) && (f.Actor != nil || actor == 0) &&
		(f.Wide != nil || value != value)
}

// seconds narrows the times of an event; known is never before the event.
func seconds(at, known int64) (sec, from uint32, err error) {
	if at < 0 || at > math.MaxUint32 {
		return 0, 0, errYears()
	}
	return uint32(at), uint32(min(max(known, at), math.MaxUint32)), nil //nolint:gosec // bounded on both sides
}

func errYears() error {
	return fault.New(fault.Internal, "the event store scanned an event outside the years 1970 to 2106")
}

// finite returns v, and NaN, which stands for none, for an infinity.
func finite(v float64) float64 {
	if math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}
