package api

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"kept/internal/evaluate"
	"kept/internal/money"
)

// States of an account beside its bands; none is noneKey.
const (
	bandKind = "band"
	newKey   = "new"
	goneKey  = "gone"
)

// Ways from one state to another.
const (
	wentBetter = "better"
	wentWorse  = "worse"
	wentSame   = "same"
	wentOther  = "other" // to or from no score
)

// maxCompares is how many comparisons are kept: 48 bytes for each account.
const maxCompares = 16

type compareKey struct {
	chosenKey
	before    int64
	scores    string
	scorecard string
}

// comparison is a selection of accounts at two instants.
type comparison struct {
	before, after compareSide
	currency      money.Currency
	states        []CompareState
	at            map[string]uint8
	bands         int // how many of the states are bands, worst first
	pairs         []pair
}

type compareSide struct {
	AsOf     time.Time
	recorded *evaluate.RecordedScores // nil: computed
}

// pair is one account at both instants; missing scores are NaN.
type pair struct {
	row                 int32 // of the later snapshot
	from, to            uint8
	before, after       float64
	arrBefore, arrAfter int64
}

// compared returns the view as of the later instant and the comparison.
func (s *Server) compared(ctx context.Context, in *CompareSelection) (*view, *comparison, error) {
	v, err := s.viewAt(ctx, in.AsOfParam)
	if err != nil {
		return nil, nil, err
	}
	before, err := in.before(v.AsOf)
	if err != nil {
		return nil, nil, err
	}
	if in.Scorecard != "" {
		if _, ok := v.look.cards[in.Scorecard]; !ok {
			return nil, nil, noSuch("scorecard", in.Scorecard)
		}
	}
	sel := AccountSelection{AsOfParam: in.AsOfParam, Sort: "name", Filter: in.Filter, Q: in.Q, Segment: in.Segment, Owner: in.Owner}
	owner := in.Owner
	if strings.Contains(owner, meKey) {
		owner += "=" + callerOf(ctx).me()
	}
	key := compareKey{
		chosenKey: chosenKey{orderKey: v.orderKey("compare"), filter: in.Filter, q: in.Q, segment: in.Segment, owner: owner},
		before:    before.Unix(), scores: in.Scores, scorecard: in.Scorecard,
	}
	c, err := s.compares.get(key, func() (*comparison, error) {
		chosen, err := s.choose(ctx, v, &sel, "name")
		if err != nil {
			return nil, err
		}
		rows := chosen.rows
		if in.Scorecard != "" {
			rows = slices.DeleteFunc(slices.Clone(rows), func(i int32) bool { return v.Rows[i].Scorecard != in.Scorecard })
		}
		return v.compare(ctx, rows, before, in)
	})
	return v, c, err
}

func (v *view) compare(ctx context.Context, rows []int32, before time.Time, in *CompareSelection) (*comparison, error) {
	then, err := v.engine.Plain(ctx, before)
	if err != nil {
		return nil, err
	}
	c := &comparison{before: compareSide{AsOf: then.AsOf}, after: compareSide{AsOf: v.AsOf}, currency: v.currency(rows), at: map[string]uint8{}}
	if in.Scores != "recomputed" && v.known != evaluate.AsCorrected {
		if c.before.recorded, err = v.engine.RecordedBefore(ctx, before); err != nil {
			return nil, err
		}
		if in.AsOf != "" {
			if c.after.recorded, err = v.engine.RecordedBefore(ctx, v.AsOf); err != nil {
				return nil, err
			}
		}
	}
	c.name(v)
	c.pairs = make([]pair, 0, len(rows))
	for _, i := range rows {
		now := &v.Rows[i]
		p := pair{row: i, before: math.NaN(), after: math.NaN(), from: c.at[newKey], to: c.at[goneKey]}
		if !gone(now, v.AsOf) {
			p.to, p.after, p.arrAfter = c.stand(now, &c.after)
		}
		if k, ok := then.Find(now.Account.ID); ok && !gone(&then.Rows[k], then.AsOf) {
			p.from, p.before, p.arrBefore = c.stand(&then.Rows[k], &c.before)
		}
		if p.from == c.at[newKey] && p.to == c.at[goneKey] {
			continue // no customer at either instant
		}
		c.pairs = append(c.pairs, p)
	}
	return c, nil
}

func gone(r *evaluate.Row, at time.Time) bool {
	return !r.Account.ChurnedAt.IsZero() && !r.Account.ChurnedAt.After(at)
}

// name lists the states: the bands of all scorecards by where they begin on
// average, and those that were recorded and that no scorecard has any more.
func (c *comparison) name(v *view) {
	type edge struct {
		sum float64
		n   int
	}
	edges := map[string]edge{}
	for _, card := range v.look.cards {
		for i, b := range card.Bands {
			e := edges[b.Key]
			e.n++
			if i > 0 {
				e.sum += b.Min
			}
			edges[b.Key] = e
		}
	}
	chips := slices.Clone(v.look.bands)
	slices.SortStableFunc(chips, func(a, b BandChip) int {
		return cmp.Compare(edges[a.Key].sum/float64(edges[a.Key].n), edges[b.Key].sum/float64(edges[b.Key].n))
	})
	known := map[string]bool{"": true}
	for _, chip := range chips {
		known[chip.Key] = true
	}
	var former []string
	for _, side := range []*evaluate.RecordedScores{c.before.recorded, c.after.recorded} {
		if side == nil {
			continue
		}
		for _, r := range side.Of {
			if !known[r.Band] {
				known[r.Band] = true
				former = append(former, r.Band)
			}
		}
	}
	slices.Sort(former)
	for _, key := range former {
		chips = append(chips, BandChip{Key: key, Title: titleOr("", key), Color: "grey", Letter: "?"})
	}
	c.bands = len(chips)
	for _, chip := range chips {
		c.states = append(c.states, CompareState{BandChip: chip, Kind: bandKind})
	}
	c.states = append(c.states,
		CompareState{BandChip: noneChip, Kind: noneKey},
		CompareState{BandChip: BandChip{Key: newKey, Title: "Not a customer yet", Color: "grey", Letter: "+"}, Kind: newKey},
		CompareState{BandChip: BandChip{Key: goneKey, Title: "Left", Color: "grey", Letter: "×"}, Kind: goneKey},
	)
	for i := range c.states {
		c.at[c.states[i].Key] = uint8(i) //nolint:gosec // bands are few
	}
}

// stand returns the state, score and ARR of a row, as recorded where it was.
func (c *comparison) stand(r *evaluate.Row, side *compareSide) (state uint8, score float64, arr int64) {
	band := r.Band
	score = r.Score
	if side.recorded != nil {
		if rec, ok := side.recorded.Of[r.Account.ID]; ok {
			band, score = rec.Band, rec.Score
		}
	}
	if r.ARR.Currency == c.currency {
		arr = r.ARR.Minor
	}
	return c.at[cmp.Or(band, noneKey)], score, arr
}

// direction is the way from one state to another.
func (c *comparison) direction(from, to uint8) string {
	switch {
	case from == to:
		return wentSame
	case int(from) >= c.bands || int(to) >= c.bands:
		return wentOther
	case to > from:
		return wentBetter
	}
	return wentWorse
}

func (c *comparison) summary(v *view) PortfolioComparison {
	zero := money.Amount{Currency: c.currency}
	out := PortfolioComparison{
		Stamp: v.stamp(), CompareTo: c.before.AsOf, States: slices.Clone(c.states), Cells: []CompareCell{},
		Before: c.before.wire(zero), After: c.after.wire(zero),
		Better: CompareCount{ARR: zero}, Worse: CompareCount{ARR: zero}, Came: CompareCount{ARR: zero}, Left: CompareCount{ARR: zero},
	}
	for i := range out.States {
		out.States[i].Before.ARR, out.States[i].After.ARR = zero, zero
	}
	n := len(c.states)
	cells := make([]CompareCell, n*n)
	was, is := tally{}, tally{}
	for i := range c.pairs {
		p := &c.pairs[i]
		cell := &cells[int(p.from)*n+int(p.to)]
		cell.Accounts++
		cell.ARRBefore.Minor += p.arrBefore
		cell.ARRAfter.Minor += p.arrAfter
		if c.states[p.from].Kind != newKey {
			was.add(p.before, p.arrBefore)
		}
		if c.states[p.to].Kind != goneKey {
			is.add(p.after, p.arrAfter)
		}
	}
	for i := range cells {
		cell := &cells[i]
		if cell.Accounts == 0 {
			continue
		}
		from, to := uint8(i/n), uint8(i%n) //nolint:gosec // states are few
		cell.From, cell.To, cell.Direction = c.states[from].Key, c.states[to].Key, c.direction(from, to)
		cell.ARRBefore.Currency, cell.ARRAfter.Currency = c.currency, c.currency
		out.States[from].Before.add(cell.Accounts, cell.ARRBefore.Minor)
		out.States[to].After.add(cell.Accounts, cell.ARRAfter.Minor)
		switch {
		case c.states[from].Kind == newKey:
			out.Came.add(cell.Accounts, cell.ARRAfter.Minor)
		case c.states[to].Kind == goneKey:
			out.Left.add(cell.Accounts, cell.ARRBefore.Minor)
		case cell.Direction == wentBetter:
			out.Better.add(cell.Accounts, cell.ARRAfter.Minor)
		case cell.Direction == wentWorse:
			out.Worse.add(cell.Accounts, cell.ARRAfter.Minor)
		}
		out.Cells = append(out.Cells, *cell)
	}
	was.fill(&out.Before)
	is.fill(&out.After)
	out.Sentence = out.inWords()
	return out
}

func (c *CompareCount) add(accounts int, minor int64) {
	c.Accounts += accounts
	c.ARR.Minor += minor
}

func (s *compareSide) wire(zero money.Amount) CompareSide {
	out := CompareSide{AsOf: s.AsOf, Origin: "recomputed", ARR: zero}
	if s.recorded != nil {
		out.Origin, out.RecordedOf = "recorded", s.recorded.AsOf
	}
	return out
}

// tally sums scores.
type tally struct {
	accounts, scored   int
	sum, weighted, arr float64
	minor              int64
}

func (t *tally) add(score float64, minor int64) {
	t.accounts++
	t.minor += minor
	if math.IsNaN(score) {
		return
	}
	t.scored++
	t.sum += score
	if minor > 0 {
		t.weighted += score * float64(minor)
		t.arr += float64(minor)
	}
}

func (t *tally) fill(side *CompareSide) {
	side.Accounts, side.Scored, side.ARR.Minor = t.accounts, t.scored, t.minor
	side.ScoreMean, side.ByARR = finite(t.sum/float64(t.scored)), finite(t.weighted/t.arr)
}

// inWords says what moved in a sentence.
func (p *PortfolioComparison) inWords() string {
	since := p.CompareTo.Format("2 January 2006")
	var parts []string
	say := func(n CompareCount, one, many string) {
		if n.Accounts == 0 {
			return
		}
		noun, verb := "accounts", many
		if n.Accounts == 1 {
			noun, verb = "account", one
		}
		parts = append(parts, fmt.Sprintf("%d %s with %s of ARR %s", n.Accounts, noun, inShort(n.ARR), verb))
	}
	say(p.Worse, "fell to a worse band", "fell to a worse band")
	say(p.Better, "rose to a better one", "rose to a better one")
	say(p.Left, "left", "left")
	say(p.Came, "came", "came")
	if len(parts) == 0 {
		return "Since " + since + " no account has changed its band, come or left."
	}
	return "Since " + since + ", " + strings.Join(parts, "; ") + "."
}

// inShort writes an amount as people say it: 1.2 M USD.
func inShort(a money.Amount) string {
	f, unit := a.Major(), ""
	switch abs := math.Abs(f); {
	case abs >= 999_500:
		f, unit = f/1e6, " M"
	case abs >= 1000:
		f, unit = f/1e3, " K"
	}
	digits := 0
	if unit == " M" || unit == " K" && math.Abs(f) < 100 {
		digits = 1
	}
	return strings.TrimSuffix(fmt.Sprintf("%.*f", digits, f), ".0") + unit + " " + string(a.Currency)
}

// extremes are the pairs that fell and rose the most.
func (c *comparison) extremes(most int) (down, up []int32) {
	var moved []int32
	for i := range c.pairs {
		if d := c.pairs[i].after - c.pairs[i].before; d >= minMove || d <= -minMove {
			moved = append(moved, int32(i)) //nolint:gosec // accounts are far fewer than 2^31
		}
	}
	delta := func(i int32) float64 { return c.pairs[i].after - c.pairs[i].before }
	sortRows(moved, func(a, b int32) int { return cmp.Or(cmp.Compare(delta(a), delta(b)), cmp.Compare(a, b)) })
	for _, i := range moved[:min(most, len(moved))] {
		if delta(i) < 0 {
			down = append(down, i)
		}
	}
	for k := len(moved) - 1; k >= 0 && len(up) < most && delta(moved[k]) > 0; k-- {
		up = append(up, moved[k])
	}
	return down, up
}
