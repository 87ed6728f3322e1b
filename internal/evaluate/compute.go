package evaluate

import (
	"context"
	"math"
	"slices"
	"time"

	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/model"
)

// snapshot evaluates every account that exists at asOf.
func (e *Engine) snapshot(ctx context.Context, s *state, asOf time.Time) (*Snapshot, error) {
	p := s.pass(e.workers)
	snap, err := e.patched(ctx, p, s, asOf)
	if err == nil && snap == nil {
		snap, err = p.rows(ctx, asOf)
	}
	if err != nil {
		return nil, err
	}
	snap.ModelVersion, snap.Generation = s.version, s.generation
	snap.weekly, err = e.trend(ctx, s, asOf)
	if err != nil {
		return nil, err
	}
	snap.addTrend()
	return snap, nil
}

// rows evaluates without the trend.
func (p *pass) rows(ctx context.Context, asOf time.Time) (*Snapshot, error) {
	var accounts []*dossier
	var positions []int32
	for i, d := range p.book.dossiers {
		if d.exists(asOf) {
			accounts = append(accounts, d)
			positions = append(positions, int32(i)) //nolint:gosec // accounts are far fewer than 2^31
		}
	}
	return p.rowsOf(ctx, accounts, positions, asOf)
}

// rowsOf evaluates some accounts, which are at the positions of the book.
func (p *pass) rowsOf(ctx context.Context, accounts []*dossier, positions []int32, asOf time.Time) (*Snapshot, error) {
	all, family := p.withKin(accounts)
	values, err := p.measure(ctx, all, nil, []time.Time{asOf})
	if err != nil {
		return nil, err
	}
	snap := &Snapshot{
		AsOf: asOf, Rows: make([]Row, len(accounts)), Metrics: values.Metrics, model: p.model, book: p.book,
		positions: positions, index: make(map[id.Account]int32, len(accounts)), column: map[string]int{},
	}
	for i, name := range snap.Metrics {
		snap.column[name] = i
		column := make([]float64, len(accounts))
		for at := range accounts {
			column[at] = values.Row(at, 0)[i]
		}
		snap.values = append(snap.values, column)
	}
	for at, d := range accounts {
		snap.index[d.account.ID] = int32(at) //nolint:gosec // as above
	}
	return snap, p.each(len(accounts), func(from, to int) error {
		sc := p.scorer(values, family)
		for at := from; at < to; at++ {
			if at%256 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			snap.Rows[at] = rowOf(accounts[at], sc.score(accounts[at], at, 0, asOf))
		}
		return nil
	})
}

func rowOf(d *dossier, o outcome) Row {
	r := Row{
		Account: &d.account, Owner: o.standing.owner, Stage: o.standing.stage, Status: o.standing.status, Segment: o.segment,
		Scorecard: o.result.Scorecard, Score: orNaN(o.result.Score), Computed: orNaN(o.result.ComputedScore),
		Band: o.result.Band, Coverage: o.result.Coverage, Delta30: math.NaN(), Delta90: math.NaN(),
		Overridden: o.result.Overridden != nil, Active: o.standing.active,
		ARR: o.standing.arr, Seats: o.standing.seats, RenewalAt: o.standing.renewalAt,
	}
	for i := range o.result.Contributions {
		r.Stale = r.Stale || o.result.Contributions[i].Stale
	}
	return r
}

func orNaN(f *float64) float64 {
	if f == nil {
		return math.NaN()
	}
	return *f
}

// scores computes only score and band, for positions of the book at instants:
// out[instant][i]. It works in batches, so that memory stays flat.
func (p *pass) scores(ctx context.Context, positions []int32, instants []time.Time, put func(instant, i int, score float64, band uint8)) error {
	const batch = 1024
	bands := bandCodes(p.model)
	metrics := scoringMetrics(p.model)
	own := *p // spare is nobody else's
	p = &own
	alone := !p.model.Metrics.Populated(metrics)
	for start := 0; start < len(positions); start += batch {
		part := positions[start:min(start+batch, len(positions))]
		accounts := make([]*dossier, len(part))
		for i, at := range part {
			accounts[i] = p.book.dossiers[at]
		}
		all, family := p.withKin(accounts)
		values, err := p.measure(ctx, all, metrics, instants)
		if err != nil {
			return err
		}
		if alone {
			p.spare = values // the next batch takes their place
		}
		err = p.each(len(part), func(from, to int) error {
			sc := p.scorer(values, family)
			for i := from; i < to; i++ {
				for t, asOf := range instants {
					if !accounts[i].exists(asOf) {
						put(t, start+i, math.NaN(), absent)
						continue
					}
					score, band := sc.number(accounts[i], i, t, asOf)
					put(t, start+i, score, bands.code(band))
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// scoringMetrics names the metrics that decide scores: those of the measures and
// those that conditions ask for. It is never nil, which would mean all.
func scoringMetrics(m *model.Compiled) []string {
	out := []string{}
	for _, card := range append(m.Scorecards.Cards(), m.Scorecards.Lines()...) {
		out = append(out, card.Metrics()...)
	}
	for _, name := range m.Names {
		if d, ok := m.Metrics.Definition(name); ok && d.Per != metric.PerRelationship {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// absent is the band code of an account that does not exist yet, none that of
// one without a band.
const (
	none   uint8 = 0
	absent uint8 = 255
)

// bandTable numbers the bands of all scorecards from 1.
type bandTable struct {
	keys  []string
	codes map[string]uint8
}

func bandCodes(m *model.Compiled) *bandTable {
	t := &bandTable{keys: []string{""}, codes: map[string]uint8{"": none}}
	for _, card := range m.Scorecards.Cards() {
		for _, b := range card.Definition().Bands {
			if _, ok := t.codes[b.Key]; !ok && len(t.keys) < int(absent) {
				t.codes[b.Key] = uint8(len(t.keys)) //nolint:gosec // bounded in the line above
				t.keys = append(t.keys, b.Key)
			}
		}
	}
	return t
}

func (t *bandTable) code(key string) uint8 { return t.codes[key] }
