package evaluate

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/model"
	"kept/internal/money"
)

// Impact says what a candidate model would change, before anyone saves it.
type Impact struct {
	AsOf     time.Time
	Accounts int
	// Rescored is how many accounts get another score. ARRMoved is the ARR of those
	// that change band, in the currency of the first.
	Rescored int
	ARRMoved money.Amount
	Moves    []BandMove
	// Moved lists the accounts that change band, those with most ARR first.
	Moved                   []MovedAccount
	BandsBefore, BandsAfter []BandTotal
	History                 []ImpactPoint
}

// BandMove counts the accounts that go from one band to another; "" is no score.
type BandMove struct {
	From, To string
	Accounts int
	ARR      money.Amount
}

// MovedAccount is one account that changes band.
type MovedAccount struct {
	Account       id.Account
	Name, Segment string
	ARR           money.Amount
	From, To      string
	ScoreBefore   float64 // NaN where there is none
	ScoreAfter    float64
}

// BandTotal is the accounts and ARR of one band.
type BandTotal struct {
	Band     string
	Accounts int
	ARR      money.Amount
}

// ImpactPoint compares the bands at one instant of the past: as recomputed under
// the model in force and under the candidate, and as recorded at the time.
type ImpactPoint struct {
	AsOf          time.Time
	Before, After map[string]int
	// Recorded is nil where nothing was recorded; it never changes.
	Recorded map[string]int
}

// ImpactWeeks is how many weeks back the history is re-drawn.
const ImpactWeeks = 26

// A preview follows the hand that drags a weight: of many accounts it re-draws
// fewer weeks, and of very many none.
const (
	fewWeeks        = 13
	manyAccounts    = 8_000
	historyAccounts = 20_000
)

// Preview is Impact over as many weeks as are computed while somebody waits.
func (e *Engine) Preview(ctx context.Context, candidate *model.Compiled, asOf time.Time) (*Impact, error) {
	weeks := ImpactWeeks
	switch n := len(e.current().book.dossiers); {
	case n > historyAccounts:
		weeks = 0
	case n > manyAccounts:
		weeks = fewWeeks
	}
	return e.Impact(ctx, candidate, asOf, weeks)
}

// Impact evaluates a candidate model as of an instant and compares it with the
// model in force, account by account, and over some weeks before. Nothing is
// recorded, and what was recorded stays.
func (e *Engine) Impact(ctx context.Context, candidate *model.Compiled, asOf time.Time, weeks int) (*Impact, error) {
	s, asOf, err := e.ready(asOf)
	if err != nil {
		return nil, err
	}
	if candidate == nil {
		return nil, fault.New(fault.Invalid, "there is no model to preview")
	}
	before, err := e.At(ctx, asOf)
	if err != nil {
		return nil, err
	}
	p := s.pass(e.workers).with(candidate)
	after, err := p.rows(ctx, asOf)
	if err != nil {
		return nil, err
	}
	impact := compareRows(before, after)
	if weeks > 0 {
		impact.History, err = e.impactHistory(ctx, s, p, weekGrid(asOf, weeks))
	}
	return impact, err
}

func compareRows(before, after *Snapshot) *Impact {
	impact := &Impact{AsOf: after.AsOf, Accounts: len(after.Rows)}
	type move struct{ from, to string }
	moves := map[move]*BandMove{}
	for i := range after.Rows {
		now := &after.Rows[i]
		was := Row{Score: math.NaN()}
		if at, ok := before.Find(now.Account.ID); ok {
			was = before.Rows[at]
		}
		if was.Score != now.Score && !(math.IsNaN(was.Score) && math.IsNaN(now.Score)) {
			impact.Rescored++
		}
		if was.Band == now.Band {
			continue
		}
		key := move{was.Band, now.Band}
		if moves[key] == nil {
			moves[key] = &BandMove{From: key.from, To: key.to}
		}
		moves[key].Accounts++
		add(&moves[key].ARR, now.ARR)
		impact.Moved = append(impact.Moved, MovedAccount{
			Account: now.Account.ID, Name: now.Account.Name, Segment: now.Segment, ARR: now.ARR,
			From: was.Band, To: now.Band, ScoreBefore: was.Score, ScoreAfter: now.Score,
		})
	}
	for _, m := range moves {
		impact.Moves = append(impact.Moves, *m)
	}
	for i := range impact.Moved {
		add(&impact.ARRMoved, impact.Moved[i].ARR)
	}
	slices.SortFunc(impact.Moves, func(a, b BandMove) int {
		return cmp.Or(cmp.Compare(b.Accounts, a.Accounts), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	slices.SortFunc(impact.Moved, func(a, b MovedAccount) int {
		return cmp.Or(cmp.Compare(b.ARR.Minor, a.ARR.Minor), cmp.Compare(a.Account, b.Account))
	})
	impact.BandsBefore, impact.BandsAfter = before.BandTotals(nil), after.BandTotals(nil)
	return impact
}

// add sums amounts of one currency; those of another are left out, as in Row.ARR.
func add(sum *money.Amount, a money.Amount) {
	if sum.Currency == "" {
		sum.Currency = a.Currency
	}
	if sum.Currency == a.Currency {
		sum.Minor += a.Minor
	}
}

// BandTotals counts accounts and ARR by band over some rows (nil: all), bands in
// the order of the scorecards and "" (no score) last.
func (s *Snapshot) BandTotals(rows []int32) []BandTotal {
	table := bandCodes(s.model)
	totals := make([]BandTotal, len(table.keys))
	for i, key := range table.keys {
		totals[i].Band = key
	}
	count := func(r *Row) {
		t := &totals[table.code(r.Band)]
		t.Accounts++
		add(&t.ARR, r.ARR)
	}
	if rows == nil {
		for i := range s.Rows {
			count(&s.Rows[i])
		}
	}
	for _, i := range rows {
		count(&s.Rows[i])
	}
	return append(totals[1:], totals[0])
}

func (e *Engine) impactHistory(ctx context.Context, s *state, candidate *pass, instants []time.Time) ([]ImpactPoint, error) {
	columns, err := e.columnsAt(ctx, s, instants)
	if err != nil {
		return nil, err
	}
	out := make([]ImpactPoint, len(instants))
	now, then := bandCodes(s.model), bandCodes(candidate.model)
	for t, column := range columns {
		out[t] = ImpactPoint{AsOf: instants[t], Before: now.count(column.band)}
		if out[t].Recorded, err = e.recordedBands(ctx, instants[t]); err != nil {
			return nil, err
		}
	}
	positions := make([]int32, len(s.book.dossiers))
	for i := range positions {
		positions[i] = int32(i) //nolint:gosec // accounts are far fewer than 2^31
	}
	codes := make([][]uint8, len(instants))
	for t := range codes {
		codes[t] = make([]uint8, len(positions))
	}
	err = candidate.scores(ctx, positions, instants, func(t, i int, _ float64, band uint8) { codes[t][i] = band })
	if err != nil {
		return nil, err
	}
	for t := range codes {
		out[t].After = then.count(codes[t])
	}
	return out, nil
}

// count counts the accounts that exist by band key.
func (t *bandTable) count(codes []uint8) map[string]int {
	out := map[string]int{}
	for _, code := range codes {
		if code != absent {
			out[t.keys[code]]++
		}
	}
	return out
}

// recordedBands counts what was recorded at the time for an instant by band; nil
// when nothing was. Records never change, and so a count is kept for good.
func (e *Engine) recordedBands(ctx context.Context, at time.Time) (map[string]int, error) {
	if e.opt.History == nil {
		return nil, nil //nolint:nilnil // nothing was recorded
	}
	e.recorded.mu.Lock()
	defer e.recorded.mu.Unlock()
	if found, ok := e.recorded.bands[at.Unix()]; ok {
		return found, nil
	}
	rows, err := e.opt.History.Records(ctx, HistoryQuery{From: at, To: at})
	if err != nil {
		return nil, fault.Wrap(err, "read the recorded evaluations")
	}
	var out map[string]int
	for i := range rows {
		if rows[i].Origin != Scheduled {
			continue
		}
		if out == nil {
			out = map[string]int{}
		}
		out[rows[i].Band]++
	}
	if out != nil {
		if e.recorded.bands == nil {
			e.recorded.bands = map[int64]map[string]int{}
		}
		e.recorded.bands[at.Unix()] = out
	}
	return out, nil
}
