package evaluate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"kept/internal/drivers"
	"kept/internal/fault"
	"kept/internal/validate"
)

// Limits of a search for drivers: reports kept, accounts whose series are searched
// (a sample of more), and periods looked back.
const (
	keptDrivers   = 16
	seriesSample  = 500
	seriesPeriods = 26
	seriesDays    = 28
)

// DriverQuery asks which metrics predict an outcome: "left", or a metric.
type DriverQuery struct {
	Outcome string
	AsOf    time.Time
	Horizon time.Duration // of departures; zero is the default of a validation
	// Event is what counts as leaving, as validate.Spec.Outcome has it.
	Event string
}

type driverKey struct {
	query      DriverQuery
	generation int64
	version    int64
}

// Drivers says which metrics of the model predict an outcome, and keeps the answer
// until the data or the model change. An unknown metric is Invalid.
func (e *Engine) Drivers(ctx context.Context, q DriverQuery) (*drivers.Report, error) {
	s, asOf, err := e.ready(q.AsOf)
	if err != nil {
		return nil, err
	}
	if q.AsOf.IsZero() {
		asOf = day(asOf)
	}
	q.AsOf = asOf.UTC()
	if q.Outcome == "" {
		q.Outcome = validate.OutcomeLeft
	}
	list := s.driverMetrics()
	at := slices.IndexFunc(list, func(m drivers.Metric) bool { return m.Key == q.Outcome })
	if q.Outcome != validate.OutcomeLeft && at < 0 {
		return nil, fault.At("outcome", "there is no account metric %.60q: use left, or the name of a metric", q.Outcome)
	}
	key := driverKey{query: q, generation: s.generation, version: s.version}
	return e.drivers.get(ctx, key, func() (*drivers.Report, error) {
		// A request that goes away must not spoil the work for those who wait.
		ctx := context.WithoutCancel(ctx)
		if q.Outcome == validate.OutcomeLeft {
			d, err := e.departures(ctx, s, q, list)
			if err != nil {
				return nil, err
			}
			return drivers.Departure(d, list)
		}
		series, err := e.series(ctx, s, q.AsOf, list)
		if err != nil {
			return nil, err
		}
		return drivers.Outcome(series, at)
	})
}

// driverMetrics are the metrics with a value per account.
func (s *state) driverMetrics() []drivers.Metric {
	var out []drivers.Metric
	for _, name := range s.model.Metrics.AccountNames() {
		d, _ := s.model.Metrics.Definition(name)
		title := d.Title
		if title == "" {
			title = name
		}
		out = append(out, drivers.Metric{Key: name, Title: title, Unit: d.Unit})
	}
	return out
}

// departures is a data set of every paying account, whatever its scorecard, with
// all metrics as features.
func (e *Engine) departures(ctx context.Context, s *state, q DriverQuery, list []drivers.Metric) (*validate.Dataset, error) {
	spec, err := validate.Spec{AsOf: q.AsOf, Horizon: q.Horizon, Outcome: q.Event}.Check()
	if err != nil {
		return nil, err
	}
	spec.Horizon += drivers.Ahead
	card, err := s.card("")
	if err != nil {
		return nil, err
	}
	spec.AsOf = q.AsOf
	b := &builder{engine: e, state: s, pass: s.pass(e.workers), card: card, spec: spec, everyone: true}
	for _, m := range list {
		b.wanted = append(b.wanted, m.Key)
	}
	b.set = &validate.Dataset{Spec: spec, ModelVersion: s.version, Generation: s.generation, AsOf: q.AsOf}
	if err := b.lives(); err != nil {
		return nil, err
	}
	b.set.Plan = validate.MakePlan(spec, b.set.DataStart, b.set.DataEnd)
	if b.set.Plan.Why != "" {
		return b.set, nil
	}
	// Only cut-offs matter: scores by week are not asked for.
	b.set.Plan.Weeks = nil
	return b.set, b.recomputed(ctx)
}

// series are the metrics of a sample of accounts at the ends of periods, while they
// pay, as known then.
func (e *Engine) series(ctx context.Context, s *state, asOf time.Time, list []drivers.Metric) (*drivers.Series, error) {
	b := &builder{engine: e, state: s, pass: s.pass(e.workers), spec: validate.Spec{AsOf: asOf, Grace: validate.DefaultGrace, Outcome: validate.OutcomeLeft}}
	b.set = &validate.Dataset{AsOf: asOf}
	if err := b.lives(); err != nil {
		return nil, err
	}
	out := &drivers.Series{AsOf: asOf, ModelVersion: s.version, PeriodDays: seriesDays, Metrics: list}
	first := b.set.DataStart.Add(validate.WarmUp)
	var instants []time.Time
	for t := b.set.DataEnd.Truncate(validate.Day); len(instants) < seriesPeriods && !t.Before(first); t = t.AddDate(0, 0, -seriesDays) {
		instants = append(instants, t)
	}
	slices.Reverse(instants)
	if len(instants) == 0 {
		return out, nil
	}
	names := make([]string, len(list))
	for j, m := range list {
		names[j] = m.Key
	}
	pick := rand.New(rand.NewPCG(1, uint64(len(b.place)))).Perm(len(b.place)) //nolint:gosec // a sample, the same for the same data
	pick = pick[:min(len(pick), seriesSample)]
	slices.Sort(pick)
	accounts := make([]*dossier, len(pick))
	for i, a := range pick {
		accounts[i] = b.pass.book.dossiers[b.place[a]]
	}
	values, err := b.pass.measure(ctx, accounts, names, instants)
	if err != nil {
		return nil, err
	}
	columns := make([]int, len(names))
	for j, name := range names {
		i, ok := values.Index(name)
		if !ok {
			return nil, fmt.Errorf("metric %s was not computed", name)
		}
		columns[j] = i
	}
	for i, a := range pick {
		life := &b.set.Accounts[a].Life
		var one [][]float64
		for t, at := range instants {
			if !life.AtRisk(at) {
				one = nil // a new life begins later
				continue
			}
			row := values.Row(i, t)
			cells := make([]float64, len(columns))
			for j, c := range columns {
				cells[j] = row[c]
			}
			one = append(one, cells)
		}
		if len(one) > 0 {
			out.Accounts = append(out.Accounts, one)
		}
	}
	return out, ctx.Err()
}
