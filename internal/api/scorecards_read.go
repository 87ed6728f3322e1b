package api

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/metric"
	"kept/internal/model"
)

func (s *Server) scorecards(ctx context.Context, in *AsOfParam) (NumberList[ScorecardRow], error) {
	var out NumberList[ScorecardRow]
	v, err := s.viewFor(ctx, in)
	if err != nil {
		return out, err
	}
	out.Stamp, out.Items = v.stamp(), []ScorecardRow{}
	for _, card := range v.model.Model.Scorecards {
		out.Items = append(out.Items, v.scorecardRow(card))
	}
	out.Total = int64(len(out.Items))
	return out, nil
}

func (s *Server) viewFor(ctx context.Context, in *AsOfParam) (*view, error) {
	return s.viewAt(ctx, *in)
}

func (v *view) scorecardRow(card health.Scorecard) ScorecardRow {
	row := ScorecardRow{Scorecard: card, Counts: map[string]int{noneKey: 0}}
	row.Groups, row.Bands = orEmpty(row.Groups), orEmpty(row.Bands)
	for _, b := range card.Bands {
		row.Counts[b.Key] = 0
	}
	for i := range v.Rows {
		if v.Rows[i].Scorecard == card.Key {
			row.Accounts++
			row.Counts[cmp.Or(v.Rows[i].Band, noneKey)]++
		}
	}
	return row
}

func (s *Server) scorecard(ctx context.Context, in *scorecardPath) (ScorecardDetail, error) {
	v, err := s.viewFor(ctx, &in.AsOfParam)
	if err != nil {
		return ScorecardDetail{}, err
	}
	card, ok := v.look.cards[in.Key]
	if !ok {
		return ScorecardDetail{}, fault.New(fault.NotFound, "there is no scorecard %.60q", in.Key)
	}
	return ScorecardDetail{Stamp: v.stamp(), ScorecardRow: v.scorecardRow(card)}, nil
}

func (s *Server) previewScorecard(ctx context.Context, in *previewInput) (Impact, error) {
	put := putScorecardInput{Key: in.Key}
	put.Body.Scorecard = in.Body.Scorecard
	candidate, err := s.withScorecard(ctx, in.Key, &put)
	if err != nil {
		return Impact{}, err
	}
	impact, err := s.opt.Engine.Preview(ctx, candidate, time.Time{})
	if err != nil {
		return Impact{}, err
	}
	return *ImpactOf(impact), nil
}

func (s *Server) saveScorecard(ctx context.Context, in *putScorecardInput) (ModelVersion, error) {
	if in.Body.BaseVersion == 0 {
		return ModelVersion{}, fault.At("base_version", "is missing: say which version the scorecard was edited from")
	}
	candidate, err := s.withScorecard(ctx, in.Key, in)
	if err != nil {
		return ModelVersion{}, err
	}
	return s.saveModel(ctx, candidate, string(model.Marshal(candidate.Model)), in.Body.BaseVersion, cmp.Or(in.Body.Note, "Scorecard "+in.Key))
}

func (s *Server) segments(ctx context.Context, in *AsOfParam) (NumberList[SegmentRow], error) {
	var out NumberList[SegmentRow]
	v, err := s.viewFor(ctx, in)
	if err != nil {
		return out, err
	}
	members := map[string][]int32{}
	for i := range v.Rows {
		key := v.Rows[i].Segment
		members[key] = append(members[key], int32(i)) //nolint:gosec // accounts are far fewer than 2^31
	}
	out.Stamp, out.Items = v.stamp(), []SegmentRow{}
	for _, seg := range v.model.Model.Segments {
		row := SegmentRow{Key: seg.Key, Title: titleOr(seg.Title, seg.Key), Description: seg.Description, When: seg.When, Accounts: len(members[seg.Key])}
		row.ARR = v.sum(members[seg.Key])
		out.Items = append(out.Items, row)
	}
	out.Total = int64(len(out.Items))
	return out, nil
}

func (s *Server) catalogue(ctx context.Context, in *AsOfParam) (NumberList[CatalogueMetric], error) {
	var out NumberList[CatalogueMetric]
	v, err := s.viewFor(ctx, in)
	if err != nil {
		return out, err
	}
	used := usedBy(v.model.Model)
	out.Stamp, out.Items = v.stamp(), []CatalogueMetric{}
	for i := range v.model.Model.Metrics {
		def := v.model.Model.Metrics[i]
		row := CatalogueMetric{Definition: def, InWords: inWords(&def), UsedBy: orEmpty(used[def.Name])}
		if column := v.Metric(def.Name); column != nil {
			row.Coverage, row.Distribution = spread(column)
		}
		out.Items = append(out.Items, row)
	}
	out.Total = int64(len(out.Items))
	return out, nil
}

// usedBy lists the scorecards and metrics that read a metric.
func usedBy(m *model.Model) map[string][]string {
	used := map[string][]string{}
	add := func(name, by string) {
		if !slices.Contains(used[name], by) {
			used[name] = append(used[name], by)
		}
	}
	for _, card := range m.Scorecards {
		for _, g := range card.Groups {
			for i := range g.Measures {
				add(g.Measures[i].Metric, "scorecard "+card.Key)
			}
		}
	}
	for i := range m.Metrics {
		if of := m.Metrics[i].Of; of != "" {
			add(of, "metric "+m.Metrics[i].Name)
		}
		if m.Metrics[i].Kind == metric.Formula {
			for k := range m.Metrics {
				if mentions(m.Metrics[i].Expr, m.Metrics[k].Name) {
					add(m.Metrics[k].Name, "metric "+m.Metrics[i].Name)
				}
			}
		}
	}
	return used
}

// mentions reports whether an expression names a metric as a whole word.
func mentions(expr, name string) bool {
	for at := 0; at+len(name) <= len(expr); at++ {
		if expr[at:at+len(name)] == name && !wordAt(expr, at-1) && !wordAt(expr, at+len(name)) {
			return true
		}
	}
	return false
}

func wordAt(s string, i int) bool {
	if i < 0 || i >= len(s) {
		return false
	}
	c := s[i]
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// spread returns the share of accounts with a value, and the quantiles of the
// values (nearest rank).
func spread(column []float64) (coverage float64, d *Distribution) {
	var values []float64
	for _, f := range column {
		if finite(f) != nil {
			values = append(values, f)
		}
	}
	if len(values) == 0 {
		return 0, nil
	}
	sort.Float64s(values)
	at := func(p float64) float64 { return values[min(len(values)-1, int(p*float64(len(values))))] }
	return float64(len(values)) / float64(len(column)), &Distribution{P5: at(.05), P25: at(.25), P50: at(.5), P75: at(.75), P95: at(.95)}
}
