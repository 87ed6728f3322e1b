package api

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/metric"
)

type accountHealthInput struct {
	AccountPath
	AsOfParam
	CompareTo string `query:"compare_to" maxLength:"40" doc:"The instant to compare with; absent means 30 days before as_of."`
}

func (s *Server) accountHealthRoutes() {
	get(s, endpoint{id: "get-account-health", method: http.MethodGet, path: "/accounts/{id}/health", tag: "accounts", need: canRead, summary: "An account's score, explained"}, s.accountHealth)
}

// historyWeeks is how many weekly points a score's history has.
const historyWeeks = 52

func (s *Server) accountHealth(ctx context.Context, in *accountHealthInput) (AccountHealth, error) {
	var out AccountHealth
	v, at, err := s.locate(ctx, in.ID, in.AsOfParam)
	if err != nil {
		return out, err
	}
	before, err := parseInstant("compare_to", in.CompareTo)
	if err != nil {
		return out, err
	}
	if before.IsZero() {
		before = v.AsOf.Add(-30 * day)
	}
	if !before.Before(v.AsOf) {
		return out, fault.At("compare_to", "is not before as_of: choose an earlier day")
	}
	account := v.Rows[at].Account
	both, err := v.engine.Compare(ctx, account.ID, before, v.AsOf)
	if err != nil {
		return out, err
	}
	out.Stamp, out.CompareTo = v.stamp(), before
	out.Result, out.Sentence = v.result(&both.After.Result), v.sentence(&both)
	out.Relationships = v.relationships(&both.After)
	if both.Before != nil {
		r := v.result(&both.Before.Result)
		out.Before = &r
	}
	if out.Corrections, err = v.corrections(account.ID); err != nil {
		return out, err
	}
	out.Change = v.change(both.Change, &both.After.Result)
	out.Scorecard = v.scorecardHead(&both.After.Result)
	if err := s.healthHistory(ctx, v, account, &out); err != nil {
		return out, err
	}
	return out, s.annotate(ctx, v, account.ID, &out)
}

func (v *view) scorecardHead(r *health.Result) ScorecardHead {
	card := v.look.cards[r.Scorecard]
	head := ScorecardHead{Key: r.Scorecard, Title: titleOr(card.Title, r.Scorecard), Why: r.Why, Bands: []BandEdge{}}
	compiled := v.model.Scorecards.Card(r.Scorecard)
	if compiled == nil {
		return head
	}
	for _, b := range compiled.Bands() { // from 0 to 100, as scores are
		head.Bands = append(head.Bands, BandEdge{BandChip: chipOf(b), Min: b.Min})
	}
	return head
}

// result adds titles and words to a result.
func (v *view) result(r *health.Result) HealthResult {
	out := HealthResult{
		Scorecard: r.Scorecard, Why: r.Why, Score: r.Score, Band: r.Band, ComputedScore: r.ComputedScore, ComputedBand: r.ComputedBand,
		Coverage: r.Coverage, Contributions: []Contribution{}, Adjustments: orEmpty(r.Adjustments), Reason: r.Reason,
		Overridden: v.override(r.Overridden), Notes: r.Notes,
		Scale: r.Scale, Combine: r.Combine, Rolled: r.Rolled, Redistribution: []health.Redistributed{},
	}
	if card := v.model.Scorecards.Card(r.Scorecard); card != nil {
		words := v.wording(r.Scorecard)
		out.Words, out.Redistribution = card.InWords(r, words), card.Redistribution(r, words)
		if r.Score != nil {
			out.Shown = finite(card.Shown(*r.Score))
		}
	} else {
		out.Words = "No score: " + r.Reason + "."
	}
	for _, c := range r.Contributions {
		group, measure := v.measure(r.Scorecard, c.Measure)
		wide := Contribution{Contribution: c, Title: titleOr("", c.Measure), GroupTitle: titleOr("", c.Group), MetricTitle: titleOr("", c.Metric)}
		if measure != nil {
			wide.GroupTitle, wide.Curve = titleOr(group.Title, group.Key), curveInWords(measure)
		}
		if def := v.metricDef(c.Metric); def != nil {
			wide.MetricTitle, wide.Unit, wide.Formula = titleOr(def.Title, def.Name), def.Unit, inWords(def)
			wide.Title = wide.MetricTitle
		}
		if measure != nil && measure.Title != "" {
			wide.Title = measure.Title
		}
		out.Contributions = append(out.Contributions, wide)
	}
	return out
}

// override shows the author's name instead of the id.
func (v *view) override(o *health.Override) *health.Override {
	if o == nil {
		return nil
	}
	named := *o
	if name := v.names[id.User(o.Author)]; name != "" {
		named.Author = name
	}
	return &named
}

func (v *view) measure(scorecard, key string) (*health.Group, *health.Measure) {
	card := v.look.cards[scorecard]
	for i := range card.Groups {
		for k := range card.Groups[i].Measures {
			if card.Groups[i].Measures[k].Key == key {
				return &card.Groups[i], &card.Groups[i].Measures[k]
			}
		}
	}
	return nil, nil
}

func (v *view) metricDef(name string) *metric.Definition {
	i := slices.IndexFunc(v.model.Model.Metrics, func(d metric.Definition) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return &v.model.Model.Metrics[i]
}

// sentence says what changed, in words.
func (v *view) sentence(c *evaluate.Comparison) string {
	if c.Change == nil {
		return "A new account: there is nothing to compare with yet."
	}
	words := v.wording(c.After.Result.Scorecard)
	words.Since = c.Before.AsOf
	return c.Change.Sentence(words)
}

// wording gives sentences about a scorecard their titles and units.
func (v *view) wording(scorecard string) health.Words {
	return health.Words{Measure: func(key string) (title, unit string) {
		_, m := v.measure(scorecard, key)
		if m == nil {
			return "", ""
		}
		title = m.Title
		if def := v.metricDef(m.Metric); def != nil {
			title, unit = cmp.Or(title, def.Title), def.Unit
		}
		return title, unit
	}}
}

// change adds titles to a change; without one (the account is new) it is empty.
func (v *view) change(c *health.Change, after *health.Result) HealthChange {
	if c == nil {
		c = &health.Change{After: after.Score, BandAfter: after.Band, ReasonBefore: "the account did not exist yet"}
	}
	out := HealthChange{
		Before: c.Before, After: c.After, Delta: c.Delta, BandBefore: c.BandBefore, BandAfter: c.BandAfter,
		Redistribution: c.Redistribution, Measures: []MeasureChange{}, Adjustments: orEmpty(c.Adjustments),
		CardChanged: c.CardChanged, ReasonBefore: c.ReasonBefore, ReasonAfter: c.ReasonAfter,
	}
	for _, m := range c.Measures {
		wide := MeasureChange{MeasureChange: m, Title: titleOr("", m.Measure), GroupTitle: titleOr("", m.Group)}
		group, measure := v.measure(after.Scorecard, m.Measure)
		if def := v.metricDef(m.Metric); def != nil {
			wide.Title = titleOr(def.Title, def.Name)
		}
		if measure != nil {
			wide.GroupTitle = titleOr(group.Title, group.Key)
			if measure.Title != "" {
				wide.Title = measure.Title
			}
		}
		out.Measures = append(out.Measures, wide)
	}
	return out
}

// healthHistory puts what was recorded at the time beside what the model of
// today says of the same weeks.
func (s *Server) healthHistory(ctx context.Context, v *view, account *customer.Account, out *AccountHealth) error {
	// The starts of weeks, which serve every account and every day of a week.
	var instants []time.Time
	for _, t := range evaluate.WeekStarts(v.AsOf, historyWeeks) {
		if !t.Before(account.Since) {
			instants = append(instants, t)
		}
	}
	out.History = []HealthPoint{}
	points, err := v.engine.Scores(ctx, account.ID, instants)
	if err != nil {
		return err
	}
	for _, p := range points {
		out.History = append(out.History, HealthPoint{AsOf: p.AsOf, Score: finite(float64(p.Score)), Band: p.Band, Origin: "recomputed", ModelVersion: v.ModelVersion})
	}
	out.History = append(out.History, HealthPoint{AsOf: v.AsOf, Score: out.Result.Score, Band: out.Result.Band, Origin: "recomputed", ModelVersion: v.ModelVersion})
	if s.opt.History == nil {
		return nil
	}
	records, err := s.opt.History.Records(ctx, evaluate.HistoryQuery{Accounts: []id.Account{account.ID}, From: v.AsOf.Add(-(historyWeeks + 1) * 7 * day), To: v.AsOf})
	if err != nil {
		return err
	}
	for i := range records {
		r := &records[i]
		if r.Origin != evaluate.Scheduled {
			continue
		}
		p := HealthPoint{AsOf: r.AsOf, Score: finite(r.Score), Band: r.Band, Origin: "recorded", ModelVersion: r.ModelVersion}
		out.History = append(out.History, p)
		out.Recorded = &RecordedHealth{AsOf: r.AsOf, Score: p.Score, Band: r.Band, RecordedAt: r.RecordedAt}
	}
	slices.SortStableFunc(out.History, func(a, b HealthPoint) int { return a.AsOf.Compare(b.AsOf) })
	return nil
}

// annotate marks what may have moved the score for another reason than the customer.
func (s *Server) annotate(ctx context.Context, v *view, account id.Account, out *AccountHealth) error {
	out.Annotations = []Annotation{}
	from := v.AsOf.Add(-historyWeeks * 7 * day)
	within := func(t time.Time) bool { return !t.Before(from) && !t.After(v.AsOf) }
	versions, err := s.opt.Product.Models(ctx)
	if err != nil {
		return err
	}
	for _, m := range versions {
		if within(m.CreatedAt) {
			text := fmt.Sprintf("Model version %d", m.Version)
			if m.Note != "" {
				text += ": " + m.Note
			}
			out.Annotations = append(out.Annotations, Annotation{At: m.CreatedAt, Kind: "model", Text: text})
		}
	}
	overrides, err := s.opt.Product.Overrides(ctx, []id.Account{account})
	if err != nil {
		return err
	}
	for i := range overrides {
		o := &overrides[i]
		if within(o.CreatedAt) {
			out.Annotations = append(out.Annotations, Annotation{At: o.CreatedAt, Kind: "override", Text: "Override to " + overrideTarget(&o.Override) + ": " + o.Reason})
		}
		switch lifted := !o.EndedAt.IsZero() && o.EndedAt.Before(o.ExpiresAt); {
		case lifted && within(o.EndedAt):
			out.Annotations = append(out.Annotations, Annotation{At: o.EndedAt, Kind: "override", Text: "The override to " + overrideTarget(&o.Override) + " was lifted"})
		case !lifted && within(o.ExpiresAt):
			out.Annotations = append(out.Annotations, Annotation{At: o.ExpiresAt, Kind: "override", Text: "The override to " + overrideTarget(&o.Override) + " ran out"})
		}
	}
	out.Annotations = append(out.Annotations, bandChanges(out.History, func(band string) string {
		if chip := v.chip(out.Scorecard.Key, band); chip != nil {
			return chip.Title
		}
		return titleOr("", band)
	})...)
	slices.SortStableFunc(out.Annotations, func(a, b Annotation) int { return a.At.Compare(b.At) })
	return nil
}

// bandChanges marks the days on which an account was seen in another band than
// before: as recorded at the time where anything was, as recomputed otherwise.
func bandChanges(history []HealthPoint, title func(band string) string) []Annotation {
	origin := "recomputed"
	if slices.ContainsFunc(history, func(p HealthPoint) bool { return p.Origin == "recorded" }) {
		origin = "recorded"
	}
	out := []Annotation{}
	before := ""
	for i := range history {
		p := &history[i]
		if p.Origin != origin || p.Band == "" {
			continue
		}
		if before != "" && p.Band != before {
			out = append(out, Annotation{At: p.AsOf, Kind: "band", Text: "From " + title(before) + " to " + title(p.Band)})
		}
		before = p.Band
	}
	return out
}

func overrideTarget(o *health.Override) string {
	if o.Score != nil {
		return fmt.Sprintf("%g", math.Round(*o.Score*10)/10)
	}
	return titleOr("", o.Band)
}
