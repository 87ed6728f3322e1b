package evaluate

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
)

// RecordedScores are the evaluations that were recorded in their own time at one
// instant, by account.
type RecordedScores struct {
	AsOf time.Time
	Of   map[id.Account]Record
}

// RecordedBefore returns the newest scores recorded in their own time at or before
// an instant, at most three days old (a night may have been missed); nil when there
// are none. Backfills do not count: they were computed later.
func (e *Engine) RecordedBefore(ctx context.Context, asOf time.Time) (*RecordedScores, error) {
	if e.opt.History == nil {
		return nil, nil
	}
	instants, err := e.opt.History.RecordedInstants(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "read the recorded evaluations")
	}
	for _, t := range slices.Backward(instants) {
		if t.After(asOf) {
			continue
		}
		if asOf.Sub(t) > recordTolerance {
			return nil, nil
		}
		out, err := e.recordedAt(ctx, t)
		if err != nil || out != nil {
			return out, err
		}
		// It may be recorded yet: that there is nothing is not kept.
		e.asRecorded.forget(func(at int64) bool { return at == t.UnixMicro() })
	}
	return nil, nil
}

// recordedAt reads what was recorded at an instant; it never changes, so it is kept.
func (e *Engine) recordedAt(ctx context.Context, at time.Time) (*RecordedScores, error) {
	return e.asRecorded.get(ctx, at.UnixMicro(), func() (*RecordedScores, error) {
		rows, err := e.opt.History.Records(context.WithoutCancel(ctx), HistoryQuery{From: at, To: at})
		if err != nil {
			return nil, fault.Wrap(err, "read the recorded evaluations")
		}
		out := &RecordedScores{AsOf: at, Of: make(map[id.Account]Record, len(rows))}
		for i := range rows {
			// Ordered by account and when they were recorded: the first was shown.
			if _, ok := out.Of[rows[i].Account]; !ok && rows[i].Origin == Scheduled {
				out.Of[rows[i].Account] = rows[i]
			}
		}
		if len(out.Of) == 0 {
			return nil, nil
		}
		return out, nil
	})
}

// RecordedResults returns the whole results of some accounts as they were recorded
// at an instant of RecordedBefore, with the model version of each.
func (e *Engine) RecordedResults(ctx context.Context, accounts []id.Account, at time.Time) (map[id.Account]*health.Result, error) {
	out := make(map[id.Account]*health.Result, len(accounts))
	if e.opt.History == nil || len(accounts) == 0 {
		return out, nil
	}
	rows, err := e.opt.History.Records(ctx, HistoryQuery{Accounts: accounts, From: at, To: at, WithDetail: true})
	if err != nil {
		return nil, fault.Wrap(err, "read the recorded evaluations")
	}
	for i := range rows {
		if rows[i].Origin != Scheduled || out[rows[i].Account] != nil {
			continue
		}
		r, err := recordedResult(rows[i].Detail)
		if err != nil {
			return nil, err
		}
		out[rows[i].Account] = r
	}
	return out, nil
}

// recordedResult reads the result of a record. The exact points are not written
// down: they are the written ones in whole 1e-12 points, which a float64 of that
// size holds without loss.
func recordedResult(detail []byte) (*health.Result, error) {
	var d recordedDetail
	if err := json.Unmarshal(detail, &d); err != nil {
		return nil, fault.Wrap(err, "read a recorded evaluation")
	}
	r := &d.Result
	exact := func(points float64) int64 { return int64(math.Round(points * 1e12)) }
	if r.Score != nil {
		r.ScorePico = exact(*r.Score)
	}
	for i := range r.Contributions {
		r.Contributions[i].PointsPico = exact(r.Contributions[i].Points)
	}
	for i := range r.Adjustments {
		r.Adjustments[i].PointsPico = exact(r.Adjustments[i].Points)
	}
	return r, nil
}
