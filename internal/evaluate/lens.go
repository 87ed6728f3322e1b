package evaluate

import (
	"cmp"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/model"
)

// Known says which knowledge an evaluation of a past instant uses.
type Known string

// AsKnown: only what was known at the instant; the default. AsCorrected: also
// what became known later about the time up to it.
const (
	AsKnown     Known = "as_of"
	AsCorrected Known = "now"
)

// Lens says how the past is looked at. The zero Lens uses what was known at the
// instant and the model in force today.
type Lens struct {
	Known Known
	// Version and Model replace the model in force; nil Model means that one.
	Version int64
	Model   *model.Compiled
}

// Through returns the same engine, data and caches looked at through a lens.
func (e *Engine) Through(l Lens) *Engine { return &Engine{core: e.core, lens: l} }

// through applies the lens to a state.
func (s *state) through(l Lens) *state {
	if l.Known != AsCorrected && l.Model == nil {
		return s
	}
	next := *s
	if l.Known == AsCorrected {
		next.corrected, next.book = true, s.book.corrected()
	}
	if l.Model != nil {
		next.version, next.model = l.Version, l.Model
	}
	return &next
}

// corrected returns the book in which everything was known from when it holds.
// Accounts about which nothing was learned late are shared. It is made once.
func (b *book) corrected() *book {
	b.correcting.Do(func() {
		b.right = &book{seq: b.seq, dossiers: make([]*dossier, len(b.dossiers)), index: b.index, products: b.products, productKeys: b.productKeys, titles: b.titles}
		for i, d := range b.dossiers {
			b.right.dossiers[i] = d.corrected()
		}
	})
	return b.right
}

func (d *dossier) corrected() *dossier {
	late := func(f customer.Fact) bool { return f.KnownAt.After(f.ValidFrom) }
	lateTerm := func(s customer.Subscription) bool {
		return slices.ContainsFunc(s.Revisions, func(r customer.Revision) bool { return r.KnownAt.After(r.ValidFrom) })
	}
	if !slices.ContainsFunc(d.facts, late) && !slices.ContainsFunc(d.subscriptions, lateTerm) {
		return d
	}
	next := &dossier{account: d.account, relationships: d.relationships, overrides: d.overrides}
	// In their order, the row known last of those from one instant comes last, and
	// stays the one that counts when all are known from that instant on.
	next.facts = slices.Clone(d.facts)
	for i := range next.facts {
		next.facts[i].KnownAt, next.facts[i].Seq = next.facts[i].ValidFrom, int64(i)
	}
	next.subscriptions = slices.Clone(d.subscriptions)
	for i := range next.subscriptions {
		s := &next.subscriptions[i]
		s.Revisions = slices.Clone(s.Revisions)
		slices.SortStableFunc(s.Revisions, func(a, b customer.Revision) int {
			return cmp.Or(a.ValidFrom.Compare(b.ValidFrom), a.KnownAt.Compare(b.KnownAt))
		})
		for k := range s.Revisions {
			s.Revisions[k].KnownAt = s.Revisions[k].ValidFrom
		}
	}
	next.prepare()
	return next
}

// CorrectionKind is what a correction is about.
type CorrectionKind string

// The kinds.
const (
	CorrectedFact         CorrectionKind = "fact"
	CorrectedSubscription CorrectionKind = "subscription"
	CorrectedEvents       CorrectionKind = "events"
)

// Correction is something about the time up to an instant that became known
// only after it.
type Correction struct {
	Account id.Account
	Kind    CorrectionKind
	// Key is the key of a fact, the id of a subscription or the name of events.
	Key     string
	Product string // key
	// Count is how many rows or events; the instants span all of them.
	Count       int
	HeldFrom    time.Time
	KnownFirst  time.Time
	KnownLast   time.Time
	Before, Now string // the value then and as corrected, of a fact
}

// Corrections lists what became known after an instant about the time up to it,
// of one account, by kind and key. An as-of evaluation leaves these out, and one
// as corrected counts them.
func (e *Engine) Corrections(account id.Account, asOf time.Time) ([]Correction, error) {
	s, asOf, err := e.Through(Lens{}).ready(asOf)
	if err != nil {
		return nil, err
	}
	d, err := s.find(account, asOf)
	if err != nil {
		return nil, err
	}
	return s.corrections(d, asOf), nil
}

// CorrectionTotal sums up the corrections of all accounts.
type CorrectionTotal struct {
	Accounts, Facts, Revisions, Events int
}

// CorrectionTotal counts what Corrections lists, over all accounts.
func (e *Engine) CorrectionTotal(asOf time.Time) (CorrectionTotal, error) {
	var out CorrectionTotal
	s, asOf, err := e.Through(Lens{}).ready(asOf)
	if err != nil {
		return out, err
	}
	for _, d := range s.book.dossiers {
		if !d.exists(asOf) {
			continue
		}
		found := s.corrections(d, asOf)
		if len(found) > 0 {
			out.Accounts++
		}
		for _, c := range found {
			switch c.Kind {
			case CorrectedFact:
				out.Facts += c.Count
			case CorrectedSubscription:
				out.Revisions += c.Count
			case CorrectedEvents:
				out.Events += c.Count
			}
		}
	}
	return out, nil
}

func (s *state) corrections(d *dossier, asOf time.Time) []Correction {
	var out []Correction
	add := func(kind CorrectionKind, key, product string, held, known time.Time) {
		k := slices.IndexFunc(out, func(c Correction) bool { return c.Kind == kind && c.Key == key && c.Product == product })
		if k < 0 {
			out = append(out, Correction{Account: d.account.ID, Kind: kind, Key: key, Product: product, HeldFrom: held, KnownFirst: known, KnownLast: known})
			k = len(out) - 1
		}
		c := &out[k]
		c.Count++
		if held.Before(c.HeldFrom) {
			c.HeldFrom = held
		}
		if known.Before(c.KnownFirst) {
			c.KnownFirst = known
		}
		if known.After(c.KnownLast) {
			c.KnownLast = known
		}
	}
	for i := range d.facts {
		if f := &d.facts[i]; !f.ValidFrom.After(asOf) && f.KnownAt.After(asOf) {
			add(CorrectedFact, f.Key, s.book.productKeys[f.ProductID], f.ValidFrom, f.KnownAt)
		}
	}
	right := d.corrected()
	for i := range out {
		out[i].Before, out[i].Now = valueOf(d, out[i].Key, out[i].Product, asOf), valueOf(right, out[i].Key, out[i].Product, asOf)
	}
	for i := range d.subscriptions {
		sub := &d.subscriptions[i]
		for _, r := range sub.Revisions {
			if !r.ValidFrom.After(asOf) && r.KnownAt.After(asOf) {
				add(CorrectedSubscription, string(sub.ID), s.book.productKeys[sub.ProductID], r.ValidFrom, r.KnownAt)
			}
		}
	}
	run := s.columns.Runs([]id.Account{d.account.ID})[0]
	if run.Known == nil {
		return out
	}
	labels, at := s.columns.Labels(), asOf.Unix()
	for i, t := range run.Time {
		if int64(t) < at && int64(run.Known[i]) > at {
			l := labels[run.Code(i)]
			add(CorrectedEvents, l.Name, l.Product, time.Unix(int64(t), 0).UTC(), time.Unix(int64(run.Known[i]), 0).UTC())
		}
	}
	return out
}

// valueOf is the account's own value of a key; facts of products have none here.
func valueOf(d *dossier, key, product string, asOf time.Time) string {
	if product != "" {
		return ""
	}
	f, ok := d.fact(key, asOf)
	if !ok {
		return ""
	}
	return f.Value.String()
}

// check reports a lens that the engine does not know.
func (l Lens) check() error {
	if l.Known != "" && l.Known != AsKnown && l.Known != AsCorrected {
		return fault.At("known", "%.40q is unknown: use as_of (what was known then) or now (as corrected since)", string(l.Known))
	}
	return nil
}
