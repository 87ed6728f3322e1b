package evaluate

import (
	"context"
	"math"
	"time"

	"kept/internal/health"
	"kept/internal/id"
)

// HealthOf evaluates some accounts as of an instant (zero: live) in one pass.
// Accounts that do not exist then are left out.
func (e *Engine) HealthOf(ctx context.Context, accounts []id.Account, asOf time.Time) (map[id.Account]*health.Result, error) {
	s, asOf, err := e.ready(asOf)
	if err != nil {
		return nil, err
	}
	var some []*dossier
	for _, a := range accounts {
		if at, ok := s.book.index[a]; ok && s.book.dossiers[at].exists(asOf) {
			some = append(some, s.book.dossiers[at])
		}
	}
	out := make(map[id.Account]*health.Result, len(some))
	if len(some) == 0 {
		return out, nil
	}
	p := s.pass(e.workers)
	all, family := p.withKin(some)
	values, err := p.measure(ctx, all, scoringMetrics(p.model), []time.Time{asOf})
	if err != nil {
		return nil, err
	}
	sc := p.scorer(values, family)
	for i, d := range some {
		o := sc.score(d, i, asOf)
		out[d.account.ID] = &o.result
	}
	return out, ctx.Err()
}

// MeasureScores returns the scores of a scorecard's measures over the rows of a
// snapshot, by the measure's key: NaN where the measure does not count, and where
// another scorecard applies.
func (e *Engine) MeasureScores(ctx context.Context, snap *Snapshot, card string) (map[string][]float64, error) {
	s, _, err := e.ready(snap.AsOf)
	if err != nil {
		return nil, err
	}
	out := map[string][]float64{}
	if c := s.model.Scorecards.Card(card); c != nil {
		for _, g := range c.Definition().Groups {
			for i := range g.Measures {
				out[g.Measures[i].Key] = missing(len(snap.Rows))
			}
		}
	}
	const batch = 2048
	var some []*dossier
	var places []int
	flush := func() error {
		if len(some) == 0 {
			return nil
		}
		p := s.pass(e.workers)
		all, family := p.withKin(some)
		values, err := p.measure(ctx, all, scoringMetrics(p.model), []time.Time{snap.AsOf})
		if err != nil {
			return err
		}
		err = p.each(len(some), func(from, to int) error {
			sc := p.scorer(values, family)
			for i := from; i < to; i++ {
				o := sc.score(some[i], i, snap.AsOf)
				for k := range o.result.Contributions {
					c := &o.result.Contributions[k]
					if column := out[c.Measure]; column != nil && c.Score != nil && o.result.Scorecard == card {
						column[places[i]] = *c.Score
					}
				}
			}
			return ctx.Err()
		})
		some, places = some[:0], places[:0]
		return err
	}
	for i := range snap.Rows {
		at, ok := s.book.index[snap.Rows[i].Account.ID]
		if !ok || snap.Rows[i].Scorecard != card {
			continue
		}
		some, places = append(some, s.book.dossiers[at]), append(places, i)
		if len(some) == batch {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return out, flush()
}

func missing(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// keptPlain is how many snapshots without a trend stay in memory.
const keptPlain = 4

// Plain is At with nothing but what decides scores, for one side of a comparison:
// other metrics and changes over 30 and 90 days are missing, and Weekly and
// BandBefore must not be asked for.
func (e *Engine) Plain(ctx context.Context, asOf time.Time) (*Snapshot, error) {
	s, asOf, err := e.ready(asOf)
	if err != nil {
		return nil, err
	}
	key := snapshotKey{asOf: asOf.Unix(), generation: s.generation, version: s.version, corrected: s.corrected}
	if snap, ok := e.cache.peek(key); ok {
		return snap, nil
	}
	return e.plain.get(ctx, key, func() (*Snapshot, error) {
		snap, err := s.pass(e.workers).rows(context.WithoutCancel(ctx), scoringMetrics(s.model), asOf)
		if err != nil {
			return nil, err
		}
		snap.ModelVersion, snap.Generation = s.version, s.generation
		e.plain.forget(func(k snapshotKey) bool {
			return k.asOf == key.asOf && k.corrected == key.corrected && k.generation < key.generation
		})
		return snap, nil
	})
}

// peek returns a value that is there.
func (c *onceCache[K, V]) peek(key K) (V, bool) {
	var zero V
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok {
		return zero, false
	}
	select {
	case <-e.done:
		c.clock++
		e.used = c.clock
		return e.value, e.err == nil
	default:
		return zero, false
	}
}
