package evaluate

import (
	"context"
	"maps"
	"runtime"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/usage"
	"kept/internal/validate"
)

// liveFor is how far the live instant moves at once: metrics have windows of days.
// It is the end of the stretch that the clock is in, so that everything that
// arrives in it is taken in as of the same instant: then nothing has to be
// computed again but the accounts that changed.
const liveFor = 5 * time.Minute

// liveAt returns the live instant at a moment.
func liveAt(now time.Time) time.Time {
	live := now.Truncate(liveFor)
	if live.Before(now) {
		live = live.Add(liveFor)
	}
	return live
}

// Options are what an Engine needs from outside.
type Options struct {
	Records   customer.Store
	Events    usage.Store
	Overrides Overrides // nil for none
	History   History   // nil when nothing is to be recorded
	Clock     clock.Clock
}

// Engine evaluates accounts. It keeps the customer record and the event
// projection in memory, follows their changes, and caches what it computed. It
// is safe for concurrent use.
type Engine struct {
	*core
	lens Lens
}

// core is what an engine shares with itself looked at through a lens.
type core struct {
	opt     Options
	workers int

	// leaky makes back-tests see what became known later. Only tests set it, to
	// prove that the canary fires.
	leaky bool

	refreshing sync.Mutex // one Refresh at a time

	mu    sync.Mutex
	state *state
	log   []touch       // newest last
	news  chan struct{} // closed, and replaced, when there is a new generation
	kept  int64         // mark of the projection that is written down
	weeks columnCache

	cache       onceCache[snapshotKey, *Snapshot]
	validations onceCache[validationKey, *validate.Report]
	learned     onceCache[validationKey, *Learned]
	recorded    struct {
		mu    sync.Mutex
		bands map[int64]map[string]int
	}
}

// state is all that an evaluation reads; it is immutable and replaced whole.
type state struct {
	generation int64
	live       time.Time
	refreshed  time.Time
	book       *book
	columns    *usage.Columns
	version    int64
	model      *model.Compiled
	facets     *facetCache
	// corrected uses what became known later as well: see Lens.
	corrected bool
}

// touch says which accounts a generation changed; nil Positions means all.
type touch struct {
	generation int64
	positions  []int32
}

// New returns an engine that knows nothing yet: set a model, then Refresh.
func New(opt Options) *Engine {
	return &Engine{core: &core{
		opt: opt, news: make(chan struct{}), workers: runtime.GOMAXPROCS(0),
		state: &state{book: &book{index: map[id.Account]int32{}}, facets: &facetCache{store: opt.Events, byID: map[string]*usage.Facet{}}},
		cache: onceCache[snapshotKey, *Snapshot]{most: keptSnapshots}, validations: onceCache[validationKey, *validate.Report]{most: keptValidations}, learned: onceCache[validationKey, *Learned]{most: keptLearned},
	}}
}

// SetModel puts a version of the model in force for every later evaluation.
func (e *Engine) SetModel(version int64, m *model.Compiled) {
	e.mu.Lock()
	defer e.mu.Unlock()
	next := *e.state
	if next.model != nil && next.generation > 0 {
		next.generation++
		e.note(touch{generation: next.generation})
	}
	next.version, next.model = version, m
	e.state = &next
	e.tell()
}

// Model returns the model in force, or that of the lens, and its version; nil
// before SetModel.
func (e *Engine) Model() (int64, *model.Compiled) {
	s := e.current()
	if e.lens.Model != nil {
		return e.lens.Version, e.lens.Model
	}
	return s.version, s.model
}

// Now returns the live instant: what "no as-of" means. It is at most a few minutes
// ahead of the clock.
func (e *Engine) Now() time.Time { return e.current().live }

func (e *Engine) current() *state {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.state
}

// Refresh takes in what changed in the record and the event stream since the
// last call; the first one loads everything. It reports whether anything did.
func (e *Engine) Refresh(ctx context.Context) (bool, error) {
	e.refreshing.Lock()
	defer e.refreshing.Unlock()
	before := e.current()
	now := e.opt.Clock.Now().UTC()

	nextBook, touched, err := before.book.refreshed(ctx, e.opt.Records, e.opt.Overrides)
	if err != nil {
		return false, fault.Wrap(err, "read the customer record")
	}
	columns, all := before.columns, before.columns == nil
	if columns == nil {
		columns, err = usage.LoadColumns(ctx, e.opt.Events)
	} else {
		var accounts []id.Account
		columns, accounts, err = columns.Refresh(ctx, e.opt.Events)
		for _, a := range accounts {
			if at, ok := nextBook.index[a]; ok {
				touched = append(touched, at)
			}
		}
		if err == nil {
			err = before.facets.refresh(ctx, accounts, before.specs())
		}
	}
	if err != nil {
		return false, fault.Wrap(err, "read the event stream")
	}
	touched = withAncestors(touched, before.book, nextBook)
	// What metrics call a product is no account's own: a new name concerns them all.
	all = all || !maps.Equal(before.book.productKeys, nextBook.productKeys)
	if !all && before.model != nil && before.model.Metrics.Historical() && columns != before.columns {
		// An event older than all others can give every account a value.
		all = metric.Begin(columns) != metric.Begin(before.columns)
	}

	e.mu.Lock()
	defer e.mu.Unlock()
	next := *e.state // SetModel may have run meanwhile
	next.book, next.columns, next.refreshed = nextBook, columns, now
	changed := all || nextBook != before.book || columns != before.columns
	if changed {
		next.generation++
		if all {
			touched = nil
		} else if touched == nil {
			touched = []int32{}
		}
		e.note(touch{generation: next.generation, positions: touched})
	}
	next.live = liveAt(now)
	e.state = &next
	if changed {
		e.tell()
	}
	return changed, nil
}

// changedSince returns the positions that changed after a generation, and false
// when they are not known any more, so that everything has to be computed.
func (e *Engine) changedSince(generation int64) (map[int32]struct{}, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := map[int32]struct{}{}
	// Where accounts are compared with each other, a change of one changes them all.
	if e.state.model != nil && e.state.model.Metrics.Compared(nil) {
		return nil, e.state.generation == generation
	}
	complete := len(e.log) > 0 && e.log[0].generation <= generation+1
	for _, t := range e.log {
		if t.generation <= generation {
			continue
		}
		if t.positions == nil {
			return nil, false
		}
		for _, p := range t.positions {
			out[p] = struct{}{}
		}
	}
	return out, complete
}

// specs are the facets that the model in force reads.
func (s *state) specs() []*usage.FacetSpec {
	if s.model == nil {
		return nil
	}
	return s.model.Metrics.Facets(nil)
}

// Stats describes what the engine holds.
type Stats struct {
	Accounts     int       `json:"accounts"`
	Events       int       `json:"events"`
	ColumnBytes  int       `json:"column_bytes"`
	Generation   int64     `json:"generation"`
	Live         time.Time `json:"live"`
	RefreshedAt  time.Time `json:"refreshed_at"`
	ModelVersion int64     `json:"model_version"`
}

// Stats returns what the engine holds; all zero before the first Refresh.
func (e *Engine) Stats() Stats {
	s := e.current()
	out := Stats{Accounts: len(s.book.dossiers), Generation: s.generation, Live: s.live, RefreshedAt: s.refreshed, ModelVersion: s.version}
	if s.columns != nil {
		out.Events, out.ColumnBytes = s.columns.Len(), s.columns.Bytes()
	}
	return out
}

// ready returns the state for an evaluation as of an instant; zero means live.
// Instants are whole seconds: parts are cut off.
func (e *Engine) ready(asOf time.Time) (*state, time.Time, error) {
	s := e.current()
	if s.model == nil || s.columns == nil {
		return nil, time.Time{}, fault.New(fault.Unavailable, "Kept is still loading its data: try again in a few seconds")
	}
	if err := e.lens.check(); err != nil {
		return nil, time.Time{}, err
	}
	s = s.through(e.lens)
	if asOf.IsZero() {
		asOf = s.live
	}
	asOf = asOf.UTC().Truncate(time.Second)
	if asOf.Year() < 1970 || asOf.Year() > 2100 {
		return nil, time.Time{}, fault.At("as_of", "%s is out of range: use a date between 1970 and 2100", asOf.Format(time.DateOnly))
	}
	return s, asOf, nil
}
