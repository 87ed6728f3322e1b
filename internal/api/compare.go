package api

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/money"
)

// CompareSelection are the parameters of a comparison of two instants.
type CompareSelection struct {
	AsOfParam
	CompareTo string `query:"compare_to" maxLength:"40" doc:"The instant to compare with; absent means 30 days before as_of."`
	Scores    string `query:"scores" enum:"recorded,recomputed" default:"recorded" doc:"Of the past: as they were recorded at the time, where they were, or as computed now from what was known then."`
	Scorecard string `query:"scorecard" maxLength:"100" doc:"Only accounts that this scorecard judges at as_of."`
	Filter    string `query:"filter" maxLength:"4000" doc:"CEL condition over the account and its metrics as of as_of."`
	Q         string `query:"q" maxLength:"200" doc:"Words in the name or domain."`
	Segment   string `query:"segment" maxLength:"400" doc:"Comma list of segment keys."`
	Owner     string `query:"owner" maxLength:"800" doc:"Comma list of user ids; me for the caller, none for no owner."`
}

type movesInput struct {
	Paged
	CompareSelection
	From string `query:"from" maxLength:"400" doc:"Comma list of states before: band keys, none, new."`
	To   string `query:"to" maxLength:"400" doc:"Comma list of states after: band keys, none, gone."`
	Move string `query:"move" enum:"up,down,better,worse" doc:"up and down: the score moved by a point at least; better and worse: the band did."`
	Sort string `query:"sort" enum:"delta,-delta,arr,-arr,name,-name" default:"-arr" doc:"delta: who fell the most first."`
}

func (s *Server) compareRoutes() {
	get(s, endpoint{id: "compare-portfolio", method: http.MethodGet, path: "/health/compare", tag: "portfolio", need: canRead, summary: "A portfolio at two instants: bands, who moved from which to which, and why"}, s.comparePortfolio)
	get(s, endpoint{id: "list-moves", method: http.MethodGet, path: "/health/compare/accounts", tag: "portfolio", need: canRead, summary: "The accounts behind a comparison"}, s.moves)
	get(s, endpoint{id: "get-distribution", method: http.MethodGet, path: "/health/distribution", tag: "portfolio", need: canRead, summary: "How scores spread"}, s.distribution)
}

func (s *Server) comparePortfolio(ctx context.Context, in *CompareSelection) (PortfolioComparison, error) {
	v, c, err := s.compared(ctx, in)
	if err != nil {
		return PortfolioComparison{}, err
	}
	out := c.summary(v)
	down, up := c.extremes(maxMovers)
	if out.Down, err = s.movesOf(ctx, v, c, down); err != nil {
		return out, err
	}
	out.Up, err = s.movesOf(ctx, v, c, up)
	return out, err
}

func (s *Server) moves(ctx context.Context, in *movesInput) (MovePage, error) {
	var out MovePage
	v, c, err := s.compared(ctx, &in.CompareSelection)
	if err != nil {
		return out, err
	}
	from, err := c.statesNamed("from", in.From)
	if err != nil {
		return out, err
	}
	to, err := c.statesNamed("to", in.To)
	if err != nil {
		return out, err
	}
	var chosen []int32
	out.Count = CompareCount{ARR: money.Amount{Currency: c.currency}}
	for i := range c.pairs {
		p := &c.pairs[i]
		if from != nil && !from[p.from] || to != nil && !to[p.to] || !c.fits(p, in.Move) {
			continue
		}
		chosen = append(chosen, int32(i)) //nolint:gosec // accounts are far fewer than 2^31
		out.Count.Accounts++
		if c.states[p.to].Kind == goneKey {
			out.Count.ARR.Minor += p.arrBefore
		} else {
			out.Count.ARR.Minor += p.arrAfter
		}
	}
	sortRows(chosen, c.comparer(v, in.Sort))
	query := []string{"moves", in.AsOf, in.CompareTo, in.Scores, in.Scorecard, in.Filter, in.Q, in.Segment, in.Owner, in.From, in.To, in.Move, in.Sort}
	page, next, err := cut(chosen, in.Paged, query)
	if err != nil {
		return out, err
	}
	out.Stamp, out.CompareTo, out.Total, out.NextCursor = v.stamp(), c.before.AsOf, int64(len(chosen)), next
	out.Items, err = s.movesOf(ctx, v, c, page)
	return out, err
}

// fits reports whether a pair moved as asked.
func (c *comparison) fits(p *pair, move string) bool {
	switch d := p.after - p.before; move {
	case "up":
		return d >= minMove
	case "down":
		return d <= -minMove
	case "better", "worse":
		return c.direction(p.from, p.to) == move
	}
	return true
}

func (c *comparison) comparer(v *view, sort string) func(a, b int32) int {
	name := func(i int32) string { return strings.ToLower(v.Rows[c.pairs[i].row].Account.Name) }
	key, desc := strings.CutPrefix(sort, "-")
	if key == "name" {
		column := make([]string, len(c.pairs))
		for i := range c.pairs {
			column[i] = name(int32(i)) //nolint:gosec // accounts are far fewer than 2^31
		}
		by := byText(column, desc)
		return func(a, b int32) int { return cmp.Or(by(a, b), cmp.Compare(a, b)) }
	}
	column := make([]float64, len(c.pairs))
	for i := range c.pairs {
		p := &c.pairs[i]
		if key == "delta" {
			column[i] = p.after - p.before
		} else {
			column[i] = float64(max(p.arrAfter, p.arrBefore))
		}
	}
	by := byNumber(column, desc)
	return func(a, b int32) int { return cmp.Or(by(a, b), cmp.Compare(name(a), name(b)), cmp.Compare(a, b)) }
}

// maxCauses is how many causes of a move are named.
const maxCauses = 4

// movesOf opens up some pairs: what moved each of them.
func (s *Server) movesOf(ctx context.Context, v *view, c *comparison, at []int32) ([]Move, error) {
	out := []Move{}
	ids := make([]id.Account, len(at))
	for i, k := range at {
		ids[i] = v.Rows[c.pairs[k].row].Account.ID
	}
	before, err := v.resultsAt(ctx, ids, &c.before)
	if err != nil {
		return nil, err
	}
	after, err := v.resultsAt(ctx, ids, &c.after)
	if err != nil {
		return nil, err
	}
	for i, k := range at {
		p := &c.pairs[k]
		row := v.row(int(p.row))
		m := Move{
			ID: row.ID, Name: row.Name, Owner: row.Owner, Segment: row.Segment, Causes: []MoveCause{},
			Before: c.end(p.from, p.before, p.arrBefore), After: c.end(p.to, p.after, p.arrAfter), Delta: finite(p.after - p.before),
		}
		b, a := before[ids[i]], after[ids[i]]
		switch {
		case c.states[p.to].Kind == goneKey:
			m.Sentence = "No customer any more."
			if at := v.Rows[p.row].Account.ChurnedAt; !at.IsZero() {
				m.Sentence = "Left on " + at.Format("2 January 2006") + "."
			}
		case c.states[p.from].Kind == newKey:
			m.Sentence = "A customer since " + row.Since.Format("2 January 2006") + "."
		case a != nil && b != nil:
			change := health.Explain(*b, *a)
			words := v.wording(a.Scorecard)
			words.Since = c.before.AsOf
			m.Sentence, m.Causes, m.Delta = change.Sentence(words), v.causes(&change, a), change.Delta
		}
		out = append(out, m)
	}
	return out, nil
}

// resultsAt returns the results of accounts on one side, recorded where that side is.
func (v *view) resultsAt(ctx context.Context, ids []id.Account, side *compareSide) (map[id.Account]*health.Result, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	computed, err := v.engine.HealthOf(ctx, ids, side.AsOf)
	if err != nil || side.recorded == nil {
		return computed, err
	}
	recorded, err := v.engine.RecordedResults(ctx, ids, side.recorded.AsOf)
	if err != nil {
		return nil, err
	}
	maps.Copy(computed, recorded)
	return computed, nil
}

// causes are the largest parts of a change; the others are one, so that all add up.
func (v *view) causes(change *health.Change, after *health.Result) []MoveCause {
	wide := v.change(change, after)
	var all []MoveCause
	for _, m := range wide.Measures {
		all = append(all, MoveCause{Key: m.Measure, Title: m.Title, Points: m.Points})
	}
	for _, a := range wide.Adjustments {
		all = append(all, MoveCause{Key: a.Kind + " " + a.Key, Title: cmp.Or(a.Why, a.Key), Points: a.Points})
	}
	all = slices.DeleteFunc(all, func(m MoveCause) bool { return math.Abs(m.Points) < 0.005 })
	slices.SortStableFunc(all, func(a, b MoveCause) int { return cmp.Compare(math.Abs(b.Points), math.Abs(a.Points)) })
	if len(all) <= maxCauses {
		return orEmpty(all)
	}
	rest := MoveCause{Key: "rest", Title: fmt.Sprintf("%d smaller changes", len(all)-maxCauses+1)}
	for _, m := range all[maxCauses-1:] {
		rest.Points += m.Points
	}
	return append(all[:maxCauses-1], rest)
}

func (c *comparison) end(state uint8, score float64, arr int64) MoveEnd {
	st := &c.states[state]
	out := MoveEnd{State: st.Key, Score: finite(score)}
	if st.Kind == bandKind {
		chip := st.BandChip
		out.Band = &chip
	}
	if st.Kind != newKey && st.Kind != goneKey {
		out.ARR = &money.Amount{Minor: arr, Currency: c.currency}
	}
	return out
}

// statesNamed reads a list of states; nil means all.
func (c *comparison) statesNamed(field, list string) ([]bool, error) {
	keys, err := split(field, list, 50)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	out := make([]bool, len(c.states))
	for _, key := range keys {
		at, ok := c.at[key]
		if !ok {
			return nil, fault.At(field, "there is no state %.60q: use the key of a band, none, new or gone", key)
		}
		out[at] = true
	}
	return out, nil
}

// instants reads the two instants; the first is before the second.
func (in *CompareSelection) before(asOf time.Time) (time.Time, error) {
	before, err := parseInstant("compare_to", in.CompareTo)
	if err != nil {
		return before, err
	}
	if before.IsZero() {
		before = asOf.Add(-30 * day).Truncate(24 * time.Hour)
	}
	if !before.Before(asOf) {
		return before, fault.At("compare_to", "is not before as_of: choose an earlier day")
	}
	return before, nil
}
