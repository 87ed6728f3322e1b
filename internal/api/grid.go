package api

import (
	"cmp"
	"context"

	"kept/internal/fault"
	"kept/internal/health"
)

// grid shows accounts × measures of one scorecard. Accounts that another
// scorecard scores have empty cells that say so.
func (s *Server) grid(ctx context.Context, in *gridInput) (Grid, error) {
	var out Grid
	v, at, next, c, err := s.selectPage(ctx, &in.AccountSelection, in.Paged, "grid", "score,name")
	if err != nil {
		return out, err
	}
	key := in.Scorecard
	if key == "" {
		key = v.commonest(c.rows)
	}
	card, ok := v.look.cards[key]
	if !ok {
		return out, fault.At("scorecard", "there is no scorecard %.60q", key)
	}
	out.Stamp, out.Total, out.NextCursor = v.stamp(), int64(len(c.rows)), next
	out.Scorecard = KeyTitle{Key: card.Key, Title: titleOr(card.Title, card.Key)}
	out.Measures, out.Items = []GridMeasure{}, []GridRow{}
	for _, g := range card.Groups {
		for i := range g.Measures {
			title := g.Measures[i].Title
			if def := v.metricDef(g.Measures[i].Metric); title == "" && def != nil {
				title = def.Title
			}
			out.Measures = append(out.Measures, GridMeasure{Key: g.Measures[i].Key, Title: titleOr(title, g.Measures[i].Key), Group: titleOr(g.Title, g.Key)})
		}
	}
	rows := v.rows(at)
	if err := v.decorate(at, rows, &in.AccountSelection); err != nil {
		return out, err
	}
	for i := range rows {
		row := GridRow{Account: rows[i], Cells: []GridCell{}}
		h, err := v.engine.Health(ctx, rows[i].ID, v.AsOf)
		if err != nil {
			return out, err
		}
		row.Cells = cells(&card, &h.Result, out.Measures)
		out.Items = append(out.Items, row)
	}
	return out, nil
}

func cells(card *health.Scorecard, r *health.Result, measures []GridMeasure) []GridCell {
	byKey := map[string]*health.Contribution{}
	if r.Scorecard == card.Key {
		for i := range r.Contributions {
			byKey[r.Contributions[i].Measure] = &r.Contributions[i]
		}
	}
	out := make([]GridCell, len(measures))
	for i, m := range measures {
		out[i] = GridCell{Measure: m.Key}
		c := byKey[m.Key]
		if c == nil {
			out[i].Why = "scored by another scorecard: " + cmp.Or(r.Scorecard, "none")
			continue
		}
		out[i].Score, out[i].Value, out[i].Why, out[i].Stale = c.Score, c.Value, c.Why, c.Stale
		if c.Score != nil {
			out[i].Band = bandOf(card, *c.Score)
		}
	}
	return out
}

// bandOf returns the band in which a measure's own score would be.
func bandOf(card *health.Scorecard, score float64) string {
	band := ""
	for i, b := range card.Bands {
		if i == 0 || score > b.Min || score == b.Min && card.BandBounds != health.UpperInclusive {
			band = b.Key
		}
	}
	return band
}

// commonest returns the scorecard of most rows; the first of the model without any.
func (v *view) commonest(rows []int32) string {
	count := map[string]int{}
	for _, i := range rows {
		count[v.Rows[i].Scorecard]++
	}
	best := ""
	for _, card := range v.model.Model.Scorecards {
		if best == "" || count[card.Key] > count[best] {
			best = card.Key
		}
	}
	return best
}
