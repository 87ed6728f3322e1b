package evaluate

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"kept/internal/fault"
	"kept/internal/health"
)

// RecordEvaluations evaluates every account at each instant and appends the
// outcome to the history. A repetition adds nothing. It returns how many records
// were new; progress, when given, is told how many instants are done.
func (e *Engine) RecordEvaluations(ctx context.Context, instants []time.Time, origin Origin, progress func(done, total int)) (int, error) {
	if e.opt.History == nil {
		return 0, fault.New(fault.Internal, "no history is wired")
	}
	s, _, err := e.ready(time.Time{})
	if err != nil {
		return 0, err
	}
	p := s.pass(e.workers)
	total := 0
	for done, asOf := range instants {
		rows, err := p.records(ctx, s.version, asOf.UTC().Truncate(time.Second), e.opt.Clock.Now(), origin)
		if err != nil {
			return total, err
		}
		n, err := e.opt.History.Record(ctx, rows)
		if err != nil {
			return total, fault.Wrap(err, "record evaluations")
		}
		total += n
		if progress != nil {
			progress(done+1, len(instants))
		}
	}
	return total, nil
}

// recordedDetail is what a record keeps beside the score: enough to explain it
// without the data it came from.
type recordedDetail struct {
	Result health.Result      `json:"result"`
	Values map[string]float64 `json:"values"`
}

func (p *pass) records(ctx context.Context, version int64, asOf, now time.Time, origin Origin) ([]Record, error) {
	var accounts []*dossier
	for _, d := range p.book.dossiers {
		if d.exists(asOf) {
			accounts = append(accounts, d)
		}
	}
	all, family := p.withKin(accounts)
	values, err := p.measure(ctx, all, nil, []time.Time{asOf})
	if err != nil {
		return nil, err
	}
	rows := make([]Record, len(accounts))
	return rows, p.each(len(accounts), func(from, to int) error {
		sc := p.scorer(values, family)
		for at := from; at < to; at++ {
			o := sc.score(accounts[at], at, 0, asOf)
			detail := recordedDetail{Result: o.result, Values: map[string]float64{}}
			for i, name := range values.Metrics {
				if v := values.Row(at, 0)[i]; !math.IsNaN(v) {
					detail.Values[name] = v
				}
			}
			raw, err := json.Marshal(detail)
			if err != nil {
				return fault.Wrap(err, "write an evaluation's detail")
			}
			rows[at] = Record{
				Account: accounts[at].account.ID, AsOf: asOf, RecordedAt: now, Origin: origin, ModelVersion: version,
				Scorecard: o.result.Scorecard, Segment: o.segment, Score: orNaN(o.result.Score), Band: o.result.Band,
				Coverage: o.result.Coverage, ARRMinor: o.standing.arr.Minor, Detail: raw,
			}
		}
		return ctx.Err()
	})
}
