package evaluate

import (
	"context"
	"math"
	"time"

	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/metric"
)

// AccountHealth is the health of one account at one instant, opened up.
type AccountHealth struct {
	AsOf         time.Time
	ModelVersion int64
	Row          Row
	SegmentWhy   string
	// Card is nil when no scorecard applies.
	Card   *health.Card
	Result health.Result
	// Values holds every account metric that has a value, by name.
	Values map[string]float64
	// Relationships are its lives with products, where scorecards score them.
	Relationships []RelationshipHealth
}

// Health evaluates one account as of an instant (zero: live). NotFound when the
// account does not exist then.
func (e *Engine) Health(ctx context.Context, account id.Account, asOf time.Time) (AccountHealth, error) {
	return e.HealthBy(ctx, account, "", asOf)
}

// HealthBy is Health under a scorecard of accounts of one's choice, whether it
// applies or not; an empty key is the one that applies.
func (e *Engine) HealthBy(ctx context.Context, account id.Account, card string, asOf time.Time) (AccountHealth, error) {
	s, asOf, err := e.ready(asOf)
	if err != nil {
		return AccountHealth{}, err
	}
	d, err := s.find(account, asOf)
	if err != nil {
		return AccountHealth{}, err
	}
	var forced *health.Card
	if card != "" {
		forced = s.model.Scorecards.Card(card)
		if forced == nil || forced.Definition().Per != "" {
			return AccountHealth{}, fault.At("scorecard", "there is no scorecard of accounts called %.60q", card)
		}
	}
	return s.pass(1).health(ctx, s.version, d, forced, asOf)
}

func (s *state) find(account id.Account, asOf time.Time) (*dossier, error) {
	at, ok := s.book.index[account]
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no account %s", account)
	}
	d := s.book.dossiers[at]
	if !d.exists(asOf) {
		return nil, fault.New(fault.NotFound, "%s was not a customer on %s: it became one on %s",
			d.account.Name, asOf.Format(time.DateOnly), d.account.Since.Format(time.DateOnly))
	}
	return d, nil
}

func (p *pass) health(ctx context.Context, version int64, d *dossier, forced *health.Card, asOf time.Time) (AccountHealth, error) {
	all, family := p.withKin([]*dossier{d})
	values, err := p.measure(ctx, all, nil, []time.Time{asOf})
	if err != nil {
		return AccountHealth{}, err
	}
	sc := p.scorer(values, family)
	sc.forced = forced
	o := sc.score(d, 0, 0, asOf)
	h := AccountHealth{
		AsOf: asOf, ModelVersion: version, Row: rowOf(d, o), SegmentWhy: o.why, Card: o.card, Result: o.result,
		Values: map[string]float64{}, Relationships: sc.relationships(false),
	}
	for i, name := range values.Metrics {
		if v := values.Row(0, 0)[i]; !math.IsNaN(v) {
			h.Values[name] = v
		}
	}
	return h, nil
}

// Comparison is an account's health at two instants and what moved between them.
type Comparison struct {
	After AccountHealth
	// Before is nil when the account did not exist then.
	Before *AccountHealth
	Change *health.Change
}

// Compare explains the change of an account's score from one instant to another.
func (e *Engine) Compare(ctx context.Context, account id.Account, before, asOf time.Time) (Comparison, error) {
	return e.CompareBy(ctx, account, "", before, asOf)
}

// CompareBy is Compare under a scorecard of one's choice at both instants.
func (e *Engine) CompareBy(ctx context.Context, account id.Account, card string, before, asOf time.Time) (Comparison, error) {
	after, err := e.HealthBy(ctx, account, card, asOf)
	if err != nil {
		return Comparison{}, err
	}
	then, err := e.HealthBy(ctx, account, card, before)
	if fault.Is(err, fault.NotFound) {
		return Comparison{After: after}, nil
	}
	if err != nil {
		return Comparison{}, err
	}
	change := health.Explain(then.Result, after.Result)
	return Comparison{After: after, Before: &then, Change: &change}, nil
}

// Point is a recomputed score at an instant.
type Point struct {
	AsOf  time.Time
	Score float64 // NaN where there is none
	Band  string
}

// Scores recomputes the score of one account at ascending instants under the
// model in force; instants before the account existed are left out.
func (e *Engine) Scores(ctx context.Context, account id.Account, instants []time.Time) ([]Point, error) {
	s, _, err := e.ready(time.Time{})
	if err != nil {
		return nil, err
	}
	at, ok := s.book.index[account]
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no account %s", account)
	}
	bands := bandCodes(s.model)
	points := make([]Point, len(instants))
	exists := make([]bool, len(instants))
	err = s.pass(1).scores(ctx, []int32{at}, instants, func(t, _ int, score float64, band uint8) {
		if band != absent {
			points[t], exists[t] = Point{AsOf: instants[t], Score: score, Band: bands.keys[band]}, true
		}
	})
	if err != nil {
		return nil, err
	}
	out := points[:0]
	for i, p := range points {
		if exists[i] {
			out = append(out, p)
		}
	}
	return out, nil
}

// MetricSeries computes metrics (nil: all) of one account at ascending instants.
func (e *Engine) MetricSeries(ctx context.Context, account id.Account, metrics []string, instants []time.Time) (*metric.Values, error) {
	s, _, err := e.ready(time.Time{})
	if err != nil {
		return nil, err
	}
	at, ok := s.book.index[account]
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no account %s", account)
	}
	return s.pass(1).measure(ctx, []*dossier{s.book.dossiers[at]}, metrics, instants)
}

// Why says what stands behind one metric value of one account.
// product is a product's key for a metric per relationship, and empty otherwise.
func (e *Engine) Why(ctx context.Context, account id.Account, name, product string, asOf time.Time) (*metric.Why, error) {
	s, asOf, err := e.ready(asOf)
	if err != nil {
		return nil, err
	}
	d, err := s.find(account, asOf)
	if err != nil {
		return nil, err
	}
	p, accounts := s.pass(e.workers), []*dossier{d}
	if s.model.Metrics.Populated([]string{name}) {
		accounts = s.book.dossiers
	}
	data, err := p.data(ctx, accounts, []string{name})
	if err != nil {
		return nil, err
	}
	return s.model.Metrics.Why(ctx, data, metric.WhyQuery{
		Metric: name, Account: account, Product: product, Instant: asOf, KnownOnly: !s.corrected, Group: p.grouper(accounts, []time.Time{asOf}),
	})
}

// MatrixBatch is some accounts with the values of the metrics asked for.
type MatrixBatch struct {
	Accounts []id.Account
	// Exists tells for [account][instant] whether the account was one then.
	Exists func(account, instant int) bool
	Values *metric.Values
}

// Matrix computes metrics (nil: all) of every account at ascending instants, in
// batches, in the order in which Kept learned of the accounts.
func (e *Engine) Matrix(ctx context.Context, metrics []string, instants []time.Time, fn func(MatrixBatch) error) error {
	s, _, err := e.ready(time.Time{})
	if err != nil {
		return err
	}
	p := s.pass(e.workers)
	const batch = 2048
	for start := 0; start < len(s.book.dossiers); start += batch {
		part := s.book.dossiers[start:min(start+batch, len(s.book.dossiers))]
		values, err := p.measure(ctx, part, metrics, instants)
		if err != nil {
			return err
		}
		ids := make([]id.Account, len(part))
		for i, d := range part {
			ids[i] = d.account.ID
		}
		exists := func(a, t int) bool { return part[a].exists(instants[t]) }
		if err := fn(MatrixBatch{Accounts: ids, Exists: exists, Values: values}); err != nil {
			return err
		}
	}
	return nil
}
