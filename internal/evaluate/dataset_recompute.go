package evaluate

import (
	"context"
	"math"
	"slices"
	"time"

	"kept/internal/health"
	"kept/internal/metric"
	"kept/internal/validate"
)

// datasetBatch is how many accounts are evaluated at once: at 120 instants and
// 40 metrics, 20 MB of values.
const datasetBatch = 512

// recomputed fills the data set with today's scorecard on what was known at
// each instant.
func (b *builder) recomputed(ctx context.Context) error {
	b.room()
	g := newGrid(b.set.Plan, b.spec.Horizon, b.spec.AsOf)
	names := b.metrics()
	features := b.card.Metrics()
	titles := metricTitles(b.pass, b.card)
	for _, f := range features {
		b.set.Features = append(b.set.Features, validate.Feature{Key: f, Title: titles[f]})
	}
	for _, p := range b.card.Shares() {
		b.set.Parts = append(b.set.Parts, validate.Part(p))
	}
	var rows []validate.Row
	var x, parts []float64
	for start := 0; start < len(b.place); start += datasetBatch {
		part := b.place[start:min(start+datasetBatch, len(b.place))]
		accounts := make([]*dossier, len(part))
		for i, at := range part {
			accounts[i] = b.pass.book.dossiers[at]
		}
		all, family := b.pass.withKin(accounts)
		values, err := b.pass.measure(ctx, all, names, g.instants)
		if err != nil {
			return err
		}
		columns := make([]int, len(features))
		for f, name := range features {
			if i, ok := values.Index(name); ok {
				columns[f] = i
			} else {
				columns[f] = -1
			}
		}
		found := make([]taken, len(part))
		late := make([]int, len(part))
		err = b.pass.each(len(part), func(from, to int) error {
			sc := b.pass.scorer(values, family)
			cells := make([]cell, len(g.instants))
			for i := from; i < to; i++ {
				late[i] = b.score(sc, accounts[i], start+i, i, &g, cells)
				f := &found[i]
				f.rows = b.take(start+i, &g, cells, func(r *validate.Row, instant int) {
					b.fillRow(sc, accounts[i], i, g.instants[instant], instant, r)
					f.parts = b.measures(sc, f.parts)
				})
				if cells[g.now].on {
					var r validate.Row
					b.fillRow(sc, accounts[i], i, g.instants[g.now], g.now, &r)
					f.nowParts = b.measures(sc, nil)
					f.now = &validate.NowRow{Account: int32(start + i), Score: cells[g.now].score, Band: cells[g.now].band, Segment: r.Segment, ARR: r.ARR} //nolint:gosec // far fewer than 2^31
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		for i := range found {
			b.set.LateKnown += late[i]
			parts = append(parts, found[i].parts...)
			if now := found[i].now; now != nil {
				b.set.Now, b.set.NowP = append(b.set.Now, *now), append(b.set.NowP, found[i].nowParts...)
			}
			for _, r := range found[i].rows {
				at := slices.IndexFunc(g.cutOff, func(k int) bool { return k == int(r.CutOff) })
				for _, m := range columns {
					v := math.NaN()
					if m >= 0 {
						v = values.Row(i, at)[m]
					}
					x = append(x, v)
				}
				rows = append(rows, r)
			}
		}
	}
	b.order(rows, x, parts)
	b.currency()
	return ctx.Err()
}

// taken is what one account contributes to a data set.
type taken struct {
	rows            []validate.Row
	parts, nowParts []float64
	now             *validate.NowRow
}

// measures appends what each measure scored at the instant the scorer is turned to.
func (b *builder) measures(sc *scorer, out []float64) []float64 {
	b.card.Number(sc.subject(b.card), &sc.scratch)
	return sc.scratch.Measures(out)
}

// score evaluates an account at every instant at which it was at risk by all
// that is known and by what was known then, and returns at how many cut-offs
// only the second held.
func (b *builder) score(sc *scorer, d *dossier, a, at int, g *grid, cells []cell) (late int) {
	life := &b.set.Accounts[a].Life
	for i, t := range g.instants {
		cells[i] = absentCell
		if !d.exists(t) {
			continue
		}
		sc.turn(d, at, i, t)
		paid := sc.standing.active || len(d.subscriptions) == 0
		if !life.AtRisk(t) {
			if paid && g.cutOff[i] >= 0 && len(d.subscriptions) > 0 {
				late++
			}
			continue
		}
		if !paid {
			continue
		}
		sc.segment = b.pass.model.Segments.Key(sc.lookup)
		if b.pass.model.Scorecards.Pick(sc.lookup) != b.card {
			continue
		}
		s, band := b.card.Number(sc.subject(b.card), &sc.scratch)
		cells[i] = cell{score: s, band: b.band(band), on: true}
	}
	return late
}

func (b *builder) band(key string) int8 {
	return int8(slices.IndexFunc(b.set.Bands, func(x validate.Band) bool { return x.Key == key })) //nolint:gosec // a handful of bands
}

// fillRow adds what else was known at the cut-off, and the ARR at the end of the horizon.
func (b *builder) fillRow(sc *scorer, d *dossier, at int, t time.Time, instant int, r *validate.Row) {
	sc.turn(d, at, instant, t)
	r.Segment = b.pass.model.Segments.Key(sc.lookup)
	r.ARR = sc.standing.arr.Major()
	if end := d.stand(t.Add(b.spec.Horizon)); end.active {
		r.ARRAfter = end.arr.Major()
	}
}

// metrics names the metrics that decide scores under any card of the model that
// might claim an account: those of this card's measures and those of conditions.
func (b *builder) metrics() []string {
	out := b.card.Metrics()
	for _, name := range b.pass.model.Names {
		if d, ok := b.pass.model.Metrics.Definition(name); ok && d.Per != metric.PerRelationship {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func metricTitles(p *pass, card *health.Card) map[string]string {
	out := map[string]string{}
	for _, name := range card.Metrics() {
		out[name] = name
		if d, ok := p.model.Metrics.Definition(name); ok && d.Title != "" {
			out[name] = d.Title
		}
	}
	return out
}

// currency names the currency of the amounts: that of the first account with one.
func (b *builder) currency() {
	for _, at := range b.place {
		for i := range b.pass.book.dossiers[at].subscriptions {
			if c := b.pass.book.dossiers[at].subscriptions[i].Current.ARR.Currency; c != "" {
				b.set.Currency = string(c)
				return
			}
		}
	}
}
