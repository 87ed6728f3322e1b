package usage

import (
	"sync"
	"time"

	"kept/internal/id"
)

// Columns is the columnar projection of the event stream: every attributed
// event as a few integers in flat arrays, sorted by account and time. It is
// disposable (an event store rebuilds it) and immutable: Refresh and Replace
// return a new snapshot that shares what did not change, so that readers are
// never blocked and never see half an update.
//
// An event takes 10 bytes (time 4, actor 4, label 2), 2 more where its segment
// has values, of which there are mostly few different ones (4 or 8 where there are
// many), and 4 more where its segment has events that became known later than
// they happened.
type Columns struct {
	dict   *dictionary
	labels []Label
	actors []string
	// spans says where the events of an account are, by its number in dict.
	spans  []span
	segs   []liveSegment
	mark   int64
	rows   int
	size   sizing
	copied bool // see Copied
}

// Label is what an event is called and the product it belongs to.
type Label struct {
	Name    string
	Product string
}

// Run is the events of one account in the order of (second, microsecond, value
// with none first). The slices are shared: read only.
type Run struct {
	// Time is when, in Unix seconds rounded down. Comparing it with instants that
	// are whole seconds is exact.
	Time []uint32
	// Known is when it became known, in Unix seconds rounded up; nil when every
	// event of the segment was known within the second in which it happened, so
	// that "known at the instant" never leaves one out.
	Known []uint32
	// MaxLate is an upper bound of Known − Time.
	MaxLate uint32
	// Actor is 0 for none and else an index into Columns.Actors; nil when no
	// event of the segment names one.
	Actor []uint32
	// Label indexes Columns.Labels; WideLabel replaces it in a segment that needs
	// more than 65,536 labels.
	Label     []uint16
	WideLabel []uint32
	// Value is NaN for none; Wide replaces it in a segment with a value that is
	// not exact in single precision. Both are nil when no event has a value, and
	// where Coded is there instead: the place of the value in Table, whose first
	// is none. Number reads whichever it is.
	Value []float32
	Wide  []float64
	Coded []uint16
	Table []float64
	// Whole says that the values of the segment are whole numbers, and so few and
	// small that no sum of any of them is beyond 2⁵³: float64 adds them exactly.
	Whole bool
	// Has are the codes of the labels that occur, ascending; nil when nobody has
	// looked.
	Has []uint32
}

// span is the events [from, to) of a segment; a nil segment has none.
type span struct {
	seg      *segment
	from, to uint32
	more     *more
}

// more is what is known of a span beside its rows.
type more struct {
	has []uint32 // see Run.Has
	// edge are the microseconds of the rows of the last second, as far as these
	// have been merged in one by one; nil when they are not known.
	edge []uint32
}

// segment holds the events of some whole accounts. It never changes.
type segment struct {
	Run
	owners []uint32 // the accounts whose events it was made of
}

// liveSegment counts the events of a segment that some account still points to.
type liveSegment struct {
	seg  *segment
	live int
}

// dictionary gives numbers to words. It only ever grows, and is shared by the
// snapshots that descend from one load.
type dictionary struct {
	mu       sync.RWMutex
	accounts map[id.Account]uint32
	ids      []id.Account
	labels   []Label
	labelOf  map[Label]uint32
	actors   []string
	actorOf  map[string]uint32
}

func newDictionary() *dictionary {
	return &dictionary{
		accounts: map[id.Account]uint32{}, labelOf: map[Label]uint32{},
		actors: []string{""}, actorOf: map[string]uint32{"": 0},
	}
}

func (d *dictionary) account(account id.Account) uint32 {
	n, ok := d.accounts[account]
	if !ok {
		n = uint32(len(d.ids)) //nolint:gosec // fewer accounts than 2³²
		d.accounts[account] = n
		d.ids = append(d.ids, account)
	}
	return n
}

func (d *dictionary) label(l Label) uint32 {
	n, ok := d.labelOf[l]
	if !ok {
		n = uint32(len(d.labels)) //nolint:gosec // fewer labels than events
		d.labelOf[l] = n
		d.labels = append(d.labels, l)
	}
	return n
}

func (d *dictionary) actor(actor string) uint32 {
	if d.actorOf == nil {
		d.actorOf = make(map[string]uint32, len(d.actors))
		for n, actor := range d.actors {
			d.actorOf[actor] = uint32(n) //nolint:gosec // fewer actors than events
		}
	}
	n, ok := d.actorOf[actor]
	if !ok {
		n = uint32(len(d.actors)) //nolint:gosec // fewer actors than events
		d.actorOf[actor] = n
		d.actors = append(d.actors, actor)
	}
	return n
}

// Len returns the number of events.
func (c *Columns) Len() int { return c.rows }

// Mark is the event store's mark up to which the projection is complete.
func (c *Columns) Mark() int64 { return c.mark }

// Copied reports whether the projection, or the one it descends from, came from a
// copy (see Keeper) and not from the events themselves.
func (c *Columns) Copied() bool { return c.copied }

// Labels lists every label by its code.
func (c *Columns) Labels() []Label { return c.labels }

// Actors lists every actor by its code; 0 is the empty one.
func (c *Columns) Actors() []string { return c.actors }

// Runs returns the events of each account, empty for an account without any.
func (c *Columns) Runs(accounts []id.Account) []Run {
	out := make([]Run, len(accounts))
	c.Fill(out, accounts)
	return out
}

// Fill sets the runs to those of the accounts.
func (c *Columns) Fill(runs []Run, accounts []id.Account) {
	c.dict.mu.RLock()
	defer c.dict.mu.RUnlock()
	for i, account := range accounts {
		runs[i] = Run{}
		if n, ok := c.dict.accounts[account]; ok && int(n) < len(c.spans) {
			runs[i] = c.spans[n].run()
		}
	}
}

// Accounts lists the accounts that have events, in no particular order.
func (c *Columns) Accounts() []id.Account {
	c.dict.mu.RLock()
	defer c.dict.mu.RUnlock()
	var out []id.Account
	for n, s := range c.spans {
		if s.seg != nil {
			out = append(out, c.dict.ids[n])
		}
	}
	return out
}

// Bytes returns the size of the event arrays, without the dictionaries.
func (c *Columns) Bytes() int {
	n := 0
	for _, s := range c.segs {
		r := &s.seg.Run
		n += 4*(len(r.Time)+len(r.Known)+len(r.Actor)+len(r.WideLabel)+len(r.Value)) + 2*(len(r.Label)+len(r.Coded)) + 8*(len(r.Wide)+len(r.Table))
	}
	return n
}

// Bounds returns the seconds of the first and the last event, and false when
// there is none.
func (c *Columns) Bounds() (first, last time.Time, ok bool) {
	lo, hi := uint32(0), uint32(0)
	for _, s := range c.spans {
		if s.seg == nil {
			continue
		}
		a, b := s.seg.Time[s.from], s.seg.Time[s.to-1]
		if !ok || a < lo {
			lo = a
		}
		if !ok || b > hi {
			hi = b
		}
		ok = true
	}
	return time.Unix(int64(lo), 0).UTC(), time.Unix(int64(hi), 0).UTC(), ok
}

// Len returns the number of events of the run.
func (r *Run) Len() int { return len(r.Time) }

// Code returns the label of event i.
func (r *Run) Code(i int) uint32 {
	if r.WideLabel != nil {
		return r.WideLabel[i]
	}
	return uint32(r.Label[i])
}

// Number returns the value of event i, and false when it has none.
func (r *Run) Number(i int) (float64, bool) {
	switch {
	case r.Value != nil:
		v := float64(r.Value[i])
		return v, v == v // NaN, for none, differs from itself
	case r.Coded != nil:
		c := r.Coded[i]
		return r.Table[c], c != 0
	case r.Wide != nil:
		v := r.Wide[i]
		return v, v == v // as above
	}
	return 0, false
}

func (s span) run() Run {
	if s.seg == nil {
		return Run{}
	}
	r := &s.seg.Run
	return Run{
		Time: r.Time[s.from:s.to], Known: part(r.Known, s), MaxLate: r.MaxLate, Actor: part(r.Actor, s),
		Label: part(r.Label, s), WideLabel: part(r.WideLabel, s), Value: part(r.Value, s), Wide: part(r.Wide, s), Whole: r.Whole,
		Coded: part(r.Coded, s), Table: r.Table, Has: s.has(),
	}
}

func (s span) has() []uint32 {
	if s.more == nil {
		return nil
	}
	return s.more.has
}

func part[T any](column []T, s span) []T {
	if column == nil {
		return nil
	}
	return column[s.from:s.to:s.to]
}
