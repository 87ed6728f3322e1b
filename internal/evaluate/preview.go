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
	// Rescored is how many accounts get another score.
	Rescored int
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

// ImpactPoint compares the bands at one instant of the past.
type ImpactPoint struct {
	AsOf          time.Time
	Before, After map[string]int
}

// impactHistory is how many instants, 30 days apart, the history is re-drawn at,
// and historyAccounts the number of accounts up to which it is: above, a preview
// would no longer follow the hand that drags a weight.
const (
	impactHistory   = 12
	historyAccounts = 20_000
)

// Preview evaluates a candidate model as of an instant and compares it with the
// model in force, account by account. Nothing is recorded.
func (e *Engine) Preview(ctx context.Context, candidate *model.Compiled, asOf time.Time) (*Impact, error) {
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
	if len(s.book.dossiers) <= historyAccounts {
		impact.History, err = e.impactHistory(ctx, s, p, asOf)
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

func (e *Engine) impactHistory(ctx context.Context, s *state, candidate *pass, asOf time.Time) ([]ImpactPoint, error) {
	instants := make([]time.Time, impactHistory)
	for i := range instants {
		instants[i] = day(asOf).AddDate(0, 0, -30*(impactHistory-1-i))
	}
	columns, err := e.columnsAt(ctx, s, instants)
	if err != nil {
		return nil, err
	}
	out := make([]ImpactPoint, len(instants))
	now, then := bandCodes(s.model), bandCodes(candidate.model)
	var positions []int32
	for t, column := range columns {
		out[t] = ImpactPoint{AsOf: instants[t], Before: map[string]int{}, After: map[string]int{}}
		for _, code := range column.band {
			if code != absent {
				out[t].Before[now.keys[code]]++
			}
		}
	}
	for i := range s.book.dossiers {
		positions = append(positions, int32(i)) //nolint:gosec // accounts are far fewer than 2^31
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
		for _, code := range codes[t] {
			if code != absent {
				out[t].After[then.keys[code]]++
			}
		}
	}
	return out, nil
}
