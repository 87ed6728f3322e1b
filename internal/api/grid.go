package api

import (
	"cmp"
	"context"
	"strings"

	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
)

// grid shows accounts × measures of one scorecard. Accounts that another
// scorecard scores have empty cells that say so.
func (s *Server) grid(ctx context.Context, in *gridInput) (Grid, error) {
	var out Grid
	v, err := s.viewAt(ctx, in.AsOfParam)
	if err != nil {
		return out, err
	}
	sel := in.AccountSelection
	if sel.Sort, err = v.measureSort(sel.Sort, in.Scorecard); err != nil {
		return out, err
	}
	c, err := s.choose(ctx, v, &sel, "score,name")
	if err != nil {
		return out, err
	}
	var at []int32
	var next string
	switch {
	case in.Offset > 0 && in.Cursor != "":
		return out, fault.At("offset", "cannot be given together with cursor: use one of them")
	case in.Offset > 0:
		from := min(in.Offset, len(c.rows))
		at = c.rows[from:min(from+limitOf(in.Paged), len(c.rows))]
	default:
		if at, next, err = cut(c.rows, in.Paged, sel.query("grid")); err != nil {
			return out, err
		}
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
	ids := make([]id.Account, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	results, err := v.engine.HealthOf(ctx, ids, v.AsOf)
	if err != nil {
		return out, err
	}
	for i := range rows {
		r := results[rows[i].ID]
		if r == nil { // it was removed while the page was made
			r = &health.Result{}
		}
		rows[i].Spark = []*float64{} // the grid has no column for it, and it would be a quarter of the bytes
		out.Items = append(out.Items, GridRow{Account: rows[i], Cells: cells(&card, r, out.Measures)})
	}
	return out, nil
}

// measureSort gives keys of the form measure:KEY the scorecard of the grid.
func (v *view) measureSort(sort, card string) (string, error) {
	keys, err := split("sort", sort, 5)
	if err != nil {
		return "", err
	}
	for i, key := range keys {
		name, desc := strings.CutPrefix(key, "-")
		ref, ok := strings.CutPrefix(name, "measure:")
		if !ok || strings.Contains(ref, "/") {
			continue
		}
		if card == "" {
			return "", fault.At("sort", "%.60q says not of which scorecard: give scorecard, or measure:SCORECARD/MEASURE", key)
		}
		keys[i] = "measure:" + card + "/" + ref
		if desc {
			keys[i] = "-" + keys[i]
		}
	}
	return strings.Join(keys, ","), nil
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
