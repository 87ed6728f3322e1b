package evaluate

import (
	"math"
	"sort"
	"sync"
	"time"

	"kept/internal/customer"
	"kept/internal/health"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/usage"
)

// pass is one evaluation: accounts × instants under one model, on one state of
// the data. Nothing in it is shared between passes but immutable inputs.
type pass struct {
	book    *book
	columns *usage.Columns
	model   *model.Compiled
	workers int
	facets  *facetCache
	whole   *wholeCache
	leaky   bool           // see Engine
	spare   *metric.Values // memory that measure may use again
	// corrected uses what became known later as well.
	corrected bool
}

func (s *state) pass(workers int) *pass {
	return &pass{
		book: s.book, columns: s.columns, model: s.model, workers: workers, facets: s.facets, whole: &wholeCache{}, corrected: s.corrected,
	}
}

// with returns the same pass under another model.
func (p *pass) with(m *model.Compiled) *pass {
	q := *p
	q.model, q.whole = m, &wholeCache{}
	return &q
}

func (d *dossier) metricFacts() metric.AccountFacts {
	return metric.AccountFacts{
		ID: d.account.ID, Parent: d.account.ParentID, Since: d.account.Since, ChurnedAt: d.account.ChurnedAt,
		Subscriptions: d.subscriptions, Terms: d.terms, Facts: d.facts, Relationships: d.relationships,
	}
}

// scorer turns the metric values of one account after another into scores. It is
// used by one goroutine.
type scorer struct {
	p      *pass
	values *metric.Values

	// The account and instant at hand.
	at       int // index in values
	instant  int
	asOf     time.Time
	dossier  *dossier
	standing standing
	// standing is that of stood at all instants [standFrom, standTo), in nanoseconds.
	stood              *dossier
	standFrom, standTo int64
	segment            string
	inputs             []health.Input
	lookup             health.Lookup
	// columns are the metrics of each card by their place in values; −1 for none.
	columns map[*health.Card][]int
	scratch health.Scratch

	// forced is the scorecard asked for; nil is the one that applies.
	forced *health.Card

	// kin is nil when no scorecard takes in child accounts; nested scores those
	// under the account at hand, which are depth levels down.
	kin    *kin
	nested *scorer
	depth  int
}

func (p *pass) scorer(values *metric.Values, k *kin) *scorer {
	s := &scorer{p: p, values: values, columns: map[*health.Card][]int{}, kin: k}
	s.lookup = s.find
	return s
}

// find answers the names that conditions use: metrics first, then the account.
func (s *scorer) find(name string) (any, bool) {
	if i, ok := s.values.Index(name); ok {
		v := &s.values.Row(s.at, s.instant)[i]
		return v, !math.IsNaN(*v)
	}
	switch name {
	case "name":
		return s.dossier.account.Name, true
	case "domain":
		return s.dossier.account.Domain, s.dossier.account.Domain != ""
	case "owner":
		return (*string)(&s.standing.owner), s.standing.owner != ""
	case "stage":
		return (*string)(&s.standing.stage), s.standing.stage != ""
	case "segment":
		return &s.segment, s.segment != ""
	case "arr":
		return s.standing.arr.Major(), s.standing.active
	}
	if key, ok := cutAttr(name); ok {
		return s.attribute(key)
	}
	return nil, false
}

func cutAttr(name string) (string, bool) {
	const prefix = "attr."
	if len(name) > len(prefix) && name[:len(prefix)] == prefix {
		return name[len(prefix):], true
	}
	return "", false
}

func (s *scorer) attribute(key string) (any, bool) {
	f, ok := s.dossier.fact(key, s.asOf)
	if !ok {
		return nil, false
	}
	switch f.Value.Type {
	case customer.Number:
		return f.Value.Num, true
	case customer.Bool:
		return f.Value.Num != 0, true
	case customer.Text, customer.Date:
		return f.Value.Text, f.Value.Text != ""
	}
	return nil, false
}

// outcome is the evaluation of one account at one instant.
type outcome struct {
	standing standing
	segment  string
	why      string
	card     *health.Card // nil when no scorecard applies
	result   health.Result
}

// score evaluates the account at position `at` of the values, at an instant.
func (s *scorer) score(d *dossier, at, instant int, asOf time.Time) outcome {
	s.turn(d, at, instant, asOf)
	assigned := s.p.model.Segments.Assign(s.lookup)
	s.segment = assigned.Key
	out := outcome{standing: s.standing, segment: assigned.Key, why: assigned.Why}
	card, why := s.p.model.Scorecards.Choose(s.lookup)
	if s.forced != nil && s.forced != card {
		applies := "none"
		if card != nil {
			applies = card.Key()
		}
		card, why = s.forced, "it was asked for; the one that applies is "+applies
	}
	if card == nil {
		out.result = health.Result{Why: why, Reason: why}
		return out
	}
	out.card = card
	subject := s.subject(card)
	subject.Why = why
	out.result = card.Score(subject)
	return out
}

// number is score for those who want no more than the score (NaN for none) and
// the band.
func (s *scorer) number(d *dossier, at, instant int, asOf time.Time) (score float64, band string) {
	s.turn(d, at, instant, asOf)
	s.segment = s.p.model.Segments.Key(s.lookup)
	card := s.p.model.Scorecards.Pick(s.lookup)
	if card == nil {
		return math.NaN(), ""
	}
	return card.Number(s.subject(card), &s.scratch)
}

// turn makes an account and instant the ones at hand.
func (s *scorer) turn(d *dossier, at, instant int, asOf time.Time) {
	s.dossier, s.at, s.instant, s.asOf, s.segment = d, at, instant, asOf, ""
	now := asOf.UnixNano()
	if s.stood == d && s.standFrom <= now && now < s.standTo {
		return // nothing that it depends on has changed since
	}
	s.standing, s.stood = d.stand(asOf), d
	// The moves before now have happened, and the next one ends it.
	next := sort.Search(len(d.moves), func(i int) bool { return d.moves[i] > now })
	s.standFrom, s.standTo = now, math.MaxInt64
	if next < len(d.moves) {
		s.standTo = d.moves[next]
	}
}

// subject is the account at hand as a scorecard wants it; it is valid until the
// next one.
func (s *scorer) subject(card *health.Card) health.Subject {
	columns, ok := s.columns[card]
	if !ok {
		for _, name := range card.Metrics() {
			m, known := s.values.Index(name)
			if !known {
				m = -1
			}
			columns = append(columns, m)
		}
		s.columns[card] = columns
	}
	s.inputs = s.inputs[:0]
	for _, m := range columns {
		in := health.Input{AgeDays: -1}
		if m >= 0 {
			in.Value, in.AgeDays = s.values.Cell(m, s.at, s.instant)
			if in.Has = !math.IsNaN(in.Value); !in.Has {
				in.Value = 0
			}
		}
		s.inputs = append(s.inputs, in)
	}
	out := health.Subject{
		AsOf: s.asOf, AgeDays: s.asOf.Sub(s.dossier.account.Since).Hours() / 24, Inputs: s.inputs,
		Env: s.lookup, Overrides: s.dossier.overridesOf(card.Key()),
	}
	s.parts(card, &out)
	return out
}

func (d *dossier) overridesOf(card string) []health.Override {
	if len(d.overrides) == 0 {
		return nil
	}
	var out []health.Override
	for _, o := range d.overrides {
		if o.Scorecard == "" || o.Scorecard == card {
			out = append(out, o.Override)
		}
	}
	return out
}

// each runs fn over [0, n) in contiguous parts, one goroutine a worker, and
// returns the first error by position.
func (p *pass) each(n int, fn func(from, to int) error) error {
	workers := max(1, min(p.workers, n/64))
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { errs[w] = fn(w*n/workers, (w+1)*n/workers) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
