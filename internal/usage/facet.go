package usage

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// FacetSpec says which part of the event stream a Facet holds.
type FacetSpec struct {
	// ID tells specs apart: two with the same one select the same events.
	ID string
	// Names are the event names; empty means all.
	Names []string
	// Keep decides by the whole event, properties included; nil keeps all.
	Keep func(*Event) bool
	// Key is the property whose text each event carries; empty for none.
	Key string
}

// Facet is a part of the event stream that the projection cannot select, because
// it depends on properties: the events of some accounts, each with the text of
// one property as a key. It is immutable; Replace returns a new one.
type Facet struct {
	spec   *FacetSpec
	words  *facetWords
	labels []Label
	runs   map[id.Account]*FacetRun
	rows   int
}

// FacetRun is the events of one account, as in Columns; its codes are those of
// the facet.
type FacetRun struct {
	Run
	// Key numbers the texts of the key property; 0 for an event without it. It is
	// nil when the facet has no key.
	Key []uint32
}

// facetWords numbers labels, actors and keys; shared by the facets that descend
// from one another, of which only the newest is written to.
type facetWords struct {
	labels       map[Label]uint32
	list         []Label
	actors, keys map[string]uint32
}

// PropertyScanner is a Store that streams events with their properties, those of
// some names only (empty for all), sorted as Scan sorts them.
type PropertyScanner interface {
	ScanProperties(ctx context.Context, names []string, accounts []id.Account, fn func([]Event) error) error
}

// LoadFacet reads a part of the stream of every account. The store has to be a
// PropertyScanner.
func LoadFacet(ctx context.Context, store Store, spec *FacetSpec) (*Facet, error) {
	f := &Facet{spec: spec, runs: map[id.Account]*FacetRun{}, words: &facetWords{
		labels: map[Label]uint32{}, actors: map[string]uint32{"": 0}, keys: map[string]uint32{"": 0},
	}}
	return f, f.read(ctx, store, nil)
}

// Replace returns the facet with the events of some accounts read anew.
func (f *Facet) Replace(ctx context.Context, store Store, accounts []id.Account) (*Facet, error) {
	if len(accounts) == 0 {
		return f, nil
	}
	next := &Facet{spec: f.spec, words: f.words, runs: make(map[id.Account]*FacetRun, len(f.runs)), rows: f.rows}
	maps.Copy(next.runs, f.runs)
	for _, account := range accounts {
		if run := next.runs[account]; run != nil {
			next.rows -= run.Len()
			delete(next.runs, account)
		}
	}
	return next, next.read(ctx, store, accounts)
}

func (f *Facet) read(ctx context.Context, store Store, accounts []id.Account) error {
	scanner, ok := store.(PropertyScanner)
	if !ok {
		return fault.New(fault.Internal, "this event store cannot read the properties of events")
	}
	var run *FacetRun
	var current id.Account
	err := scanner.ScanProperties(ctx, f.spec.Names, accounts, func(events []Event) error {
		for i := range events {
			e := &events[i]
			if f.spec.Keep != nil && !f.spec.Keep(e) {
				continue
			}
			if run == nil || e.Account != current {
				current = e.Account
				run = &FacetRun{}
				f.runs[current] = run
			}
			if err := f.add(run, e); err != nil {
				return err
			}
		}
		return nil
	})
	f.labels = slices.Clip(f.words.list)
	return err
}

func (f *Facet) add(run *FacetRun, e *Event) error {
	at, known, err := seconds(e.At.Unix(), e.KnownAt.Add(time.Second-1).Unix())
	if err != nil {
		return err
	}
	v := math.NaN()
	if e.HasValue {
		v = finite(e.Value)
	}
	f.rows++
	run.Time = append(run.Time, at)
	run.Known = append(run.Known, known)
	run.MaxLate = max(run.MaxLate, known-at)
	run.Actor = append(run.Actor, number(f.words.actors, e.Actor))
	run.WideLabel = append(run.WideLabel, f.words.label(Label{e.Name, e.Product}))
	run.Wide = append(run.Wide, v)
	if f.spec.Key != "" {
		text, _ := e.Properties[f.spec.Key].(string)
		run.Key = append(run.Key, number(f.words.keys, text))
	}
	return nil
}

func (w *facetWords) label(l Label) uint32 {
	n, ok := w.labels[l]
	if !ok {
		n = uint32(len(w.list)) //nolint:gosec // fewer labels than 2³²
		w.labels[l] = n
		w.list = append(w.list, l)
	}
	return n
}

func number(words map[string]uint32, word string) uint32 {
	n, ok := words[word]
	if !ok {
		n = uint32(len(words)) //nolint:gosec // fewer words than 2³²
		words[strings.Clone(word)] = n
	}
	return n
}

// Spec returns what the facet was made of.
func (f *Facet) Spec() *FacetSpec { return f.spec }

// Run returns the events of an account; one without any is empty.
func (f *Facet) Run(account id.Account) *FacetRun {
	if run := f.runs[account]; run != nil {
		return run
	}
	return &FacetRun{}
}

// Labels are what the label codes of the runs stand for.
func (f *Facet) Labels() []Label { return f.labels }

// Len returns the number of events.
func (f *Facet) Len() int { return f.rows }

// ScanProperties implements PropertyScanner.
func (s *MemoryStore) ScanProperties(ctx context.Context, names []string, accounts []id.Account, fn func([]Event) error) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	var all []Event
	for i := range s.rows {
		e := &s.rows[i].Event
		if e.Account == "" || len(accounts) > 0 && !slices.Contains(accounts, e.Account) || len(names) > 0 && !slices.Contains(names, e.Name) {
			continue
		}
		all = append(all, *e)
	}
	s.mu.Unlock()
	slices.SortStableFunc(all, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), a.At.Compare(b.At), compareValues(&a, &b))
	})
	for chunk := range slices.Chunk(all, 1024) {
		if err := fn(chunk); err != nil {
			return err
		}
	}
	return nil
}
