package evaluate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/id"
	"kept/internal/validate"
)

// recordTolerance is how old a recorded evaluation may be at the instant for
// which it stands: nights are recorded, and one may have been missed.
const recordTolerance = 3 * 24 * time.Hour

// recordSample is how many accounts say when recording began.
const recordSample = 200

// recordedStart makes the history begin with the first evaluation that was
// recorded in its own time.
func (b *builder) recordedStart(ctx context.Context) error {
	// Some accounts say when recording began; all of them would be a long read.
	var some []id.Account
	every := max(1, len(b.set.Accounts)/recordSample)
	for i := 0; i < len(b.set.Accounts); i += every {
		some = append(some, b.set.Accounts[i].ID)
	}
	b.set.DataStart = b.set.DataEnd
	if len(some) == 0 || b.engine.opt.History == nil {
		return nil
	}
	rows, err := b.engine.opt.History.Records(ctx, HistoryQuery{Accounts: some, To: b.set.DataEnd})
	if err != nil {
		return err
	}
	for i := range rows {
		// Recorded scores need no warming up: the feed was as it was.
		if r := &rows[i]; r.Origin == Scheduled && r.Scorecard == b.spec.Scorecard && r.AsOf.Add(-validate.WarmUp).Before(b.set.DataStart) {
			b.set.DataStart = r.AsOf.Add(-validate.WarmUp)
		}
	}
	return nil
}

// noneRecorded says why recorded scores cannot be judged.
func (b *builder) noneRecorded() string {
	need := int((b.spec.Horizon + b.spec.Lapse()) / validate.Day)
	if b.set.DataStart.Equal(b.set.DataEnd) {
		return fmt.Sprintf("No evaluation of this scorecard was recorded in its own time yet. Each night records one; after %d days there is an outcome to judge the first. Until then, judge the scores as recomputed.", need)
	}
	first := b.set.DataStart.Add(validate.WarmUp)
	return fmt.Sprintf("Evaluations of this scorecard are recorded since %s. The first can be judged after %d days; until then, judge the scores as recomputed.", first.Format(time.DateOnly), need)
}

// recorded fills the data set with what was said at the time.
func (b *builder) recorded(ctx context.Context) error {
	b.room()
	g := newGrid(b.set.Plan, b.spec.Horizon, b.spec.AsOf)
	index := make(map[id.Account]int, len(b.set.Accounts))
	for a := range b.set.Accounts {
		index[b.set.Accounts[a].ID] = a
	}
	cells := make([][]cell, len(b.set.Accounts))
	arr := make([]map[int]float64, len(b.set.Accounts))
	segments := make([]map[int]string, len(b.set.Accounts))
	for a := range cells {
		cells[a] = make([]cell, len(g.instants))
		for i := range cells[a] {
			cells[a][i] = absentCell
		}
		arr[a], segments[a] = map[int]float64{}, map[int]string{}
	}
	versions := map[int64]bool{}
	for i, t := range g.instants {
		found, err := b.engine.opt.History.Records(ctx, HistoryQuery{From: t.Add(-recordTolerance), To: t})
		if err != nil {
			return err
		}
		// Ordered by account and instant: the last one stands.
		for k := range found {
			r := &found[k]
			a, ok := index[r.Account]
			if !ok || r.Origin != Scheduled || !b.set.Accounts[a].Life.AtRisk(t) {
				continue
			}
			if r.Scorecard != b.spec.Scorecard {
				cells[a][i] = absentCell
				continue
			}
			versions[r.ModelVersion] = true
			cells[a][i] = cell{score: r.Score, band: b.band(r.Band), on: true}
			segments[a][i] = r.Segment
			if g.cutOff[i] >= 0 {
				arr[a][i] = float64(r.ARRMinor) / 100
			}
		}
	}
	var rows []validate.Row
	for a := range b.set.Accounts {
		d := b.pass.book.dossiers[b.place[a]]
		rows = append(rows, b.take(a, &g, cells[a], func(r *validate.Row, instant int) {
			t := g.instants[instant]
			r.Segment, r.ARR = segments[a][instant], arr[a][instant]
			if now := d.stand(t); now.active {
				r.ARR = now.arr.Major()
			}
			if end := d.stand(t.Add(b.spec.Horizon)); end.active {
				r.ARRAfter = end.arr.Major()
			}
		})...)
	}
	for v := range versions {
		b.set.Versions = append(b.set.Versions, v)
	}
	slices.Sort(b.set.Versions)
	b.order(rows, nil, nil)
	b.currency()
	return ctx.Err()
}
