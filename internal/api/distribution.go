package api

import (
	"cmp"
	"context"
	"math"
	"slices"

	"kept/internal/fault"
	"kept/internal/money"
)

type distributionInput struct {
	CompareSelection
	By    string  `query:"by" enum:"scorecard,segment" doc:"One distribution for each; absent for one of all."`
	Width float64 `query:"width" enum:"2,5,10" default:"5" doc:"Points per bin."`
}

// noSuch is the error of a key in a query that names nothing.
func noSuch(field, key string) error {
	return fault.At(field, "there is no %s %.60q", field, key)
}

// distribution shows how the scores of customers spread. Without compare_to
// nothing of the past is looked at.
func (s *Server) distribution(ctx context.Context, in *distributionInput) (ScoreDistribution, error) {
	var out ScoreDistribution
	both := in.CompareTo != ""
	if !both {
		in.Scores = "recomputed" // the past side is not shown
	}
	v, c, err := s.spread(ctx, in, both)
	if err != nil {
		return out, err
	}
	out.Stamp, out.Width, out.Groups = v.stamp(), in.Width, []DistributionGroup{}
	if both {
		at := c.before.AsOf
		out.CompareTo = &at
	}
	groups := map[string]*spreading{}
	for i := range c.pairs {
		p := &c.pairs[i]
		key := v.groupKey(in.By, int(p.row))
		g := groups[key]
		if g == nil {
			g = newSpreading(key, in.Width, c.currency)
			groups[key] = g
		}
		if c.states[p.to].Kind != goneKey {
			g.add(v.Rows[p.row].Scorecard, p.after, p.arrAfter)
		}
		if both && c.states[p.from].Kind != newKey {
			g.addBefore(p.before)
		}
	}
	for _, g := range groups {
		out.Groups = append(out.Groups, g.wire(v, in.By, both))
	}
	slices.SortFunc(out.Groups, func(a, b DistributionGroup) int {
		n := func(g *DistributionGroup) int { return g.Spread.Scored + g.Spread.Unscored }
		return cmp.Or(cmp.Compare(n(&b), n(&a)), cmp.Compare(a.Key, b.Key))
	})
	return out, nil
}

// spread is compared; without a past, only the later side is looked at.
func (s *Server) spread(ctx context.Context, in *distributionInput, both bool) (*view, *comparison, error) {
	if both {
		return s.compared(ctx, &in.CompareSelection)
	}
	v, err := s.viewAt(ctx, in.AsOfParam)
	if err != nil {
		return nil, nil, err
	}
	if _, ok := v.look.cards[in.Scorecard]; in.Scorecard != "" && !ok {
		return nil, nil, noSuch("scorecard", in.Scorecard)
	}
	sel := AccountSelection{AsOfParam: in.AsOfParam, Sort: "name", Filter: in.Filter, Q: in.Q, Segment: in.Segment, Owner: in.Owner}
	chosen, err := s.choose(ctx, v, &sel, "name")
	if err != nil {
		return nil, nil, err
	}
	c := &comparison{after: compareSide{AsOf: v.AsOf}, at: map[string]uint8{}, currency: v.currency(chosen.rows)}
	c.name(v)
	for _, i := range chosen.rows {
		r := &v.Rows[i]
		if gone(r, v.AsOf) || in.Scorecard != "" && r.Scorecard != in.Scorecard {
			continue
		}
		p := pair{row: i, before: math.NaN(), from: c.at[newKey]}
		p.to, p.after, p.arrAfter = c.stand(r, &c.after)
		c.pairs = append(c.pairs, p)
	}
	return v, c, nil
}

func (v *view) groupKey(by string, row int) string {
	switch by {
	case "scorecard":
		return cmp.Or(v.Rows[row].Scorecard, noneKey)
	case "segment":
		return cmp.Or(v.Rows[row].Segment, noneKey)
	}
	return "all"
}

// spreading collects the scores of a group.
type spreading struct {
	key           string
	bins          []ScoreBin
	arr           money.Amount
	scores, past  []float64
	missing, lost int
	card          string
	mixed         bool
}

func newSpreading(key string, width float64, currency money.Currency) *spreading {
	g := &spreading{key: key, arr: money.Amount{Currency: currency}}
	for from := 0.0; from < 100; from += width {
		g.bins = append(g.bins, ScoreBin{From: from, To: from + width, ARR: g.arr})
	}
	return g
}

func (g *spreading) bin(score float64) *ScoreBin {
	return &g.bins[min(max(int(score/(100/float64(len(g.bins)))), 0), len(g.bins)-1)]
}

func (g *spreading) add(card string, score float64, minor int64) {
	g.arr.Minor += minor
	if math.IsNaN(score) {
		g.missing++
		return
	}
	g.mixed = g.mixed || g.card != "" && card != g.card
	g.card = card
	g.scores = append(g.scores, score)
	b := g.bin(score)
	b.Accounts++
	b.ARR.Minor += minor
}

func (g *spreading) addBefore(score float64) {
	if math.IsNaN(score) {
		g.lost++
		return
	}
	g.past = append(g.past, score)
	g.bin(score).Before++
}

func (g *spreading) wire(v *view, by string, both bool) DistributionGroup {
	out := DistributionGroup{Key: g.key, ARR: g.arr, Bins: g.bins, Bands: []BandEdge{}, Spread: spreadOf(g.scores, g.missing)}
	switch by {
	case "scorecard":
		out.Title = titleOr(v.look.cards[g.key].Title, g.key)
	case "segment":
		out.Title = titleOr(v.look.segments[g.key], g.key)
	default:
		out.Title = "All accounts"
	}
	if g.key == noneKey {
		out.Title = "No " + by
	}
	if both {
		before := spreadOf(g.past, g.lost)
		out.Before = &before
	}
	if compiled := v.model.Scorecards.Card(g.card); compiled != nil && !g.mixed {
		for _, b := range compiled.Bands() {
			out.Bands = append(out.Bands, BandEdge{BandChip: chipOf(b), Min: b.Min})
		}
	}
	return out
}

// spreadOf sums up scores; quantiles are those of the sorted scores with linear
// interpolation (type 7 of Hyndman and Fan).
func spreadOf(scores []float64, unscored int) ScoreSpread {
	out := ScoreSpread{Scored: len(scores), Unscored: unscored}
	if len(scores) == 0 {
		return out
	}
	slices.Sort(scores)
	sum := 0.0
	for _, s := range scores {
		sum += s
	}
	at := func(q float64) *float64 {
		h := q * float64(len(scores)-1)
		low := int(h)
		f := scores[low]
		if low+1 < len(scores) {
			f += (h - float64(low)) * (scores[low+1] - f)
		}
		return &f
	}
	mean := sum / float64(len(scores))
	out.Mean, out.P10, out.P25, out.Median, out.P75, out.P90 = &mean, at(0.1), at(0.25), at(0.5), at(0.75), at(0.9)
	return out
}
