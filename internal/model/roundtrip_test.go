package model_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kept/internal/customer"
	"kept/internal/health"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/segment"
)

// anyText draws text that YAML could misread: quotes, colons, breaks, words that
// look like numbers and truth values.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"", "yes", "null", "~", "1e3", "0x1F", "- a", "a: b", "a #b", " lead", "trail ", "it's", `"q"`, "two\nlines\n", "\ttab", "\u2028", "é", "{a}", "[b]", "a, b", "%x", "@y", "`z`", "!t", "&a", "*b", "|", ">", "=", "<<", "2024-01-01", ".inf", "\x7f\u0085", "\U0001F600", "a\\b"}),
	)
}

func anyModel() *rapid.Generator[*model.Model] {
	text, num := anyText(), rapid.Float64Range(-1e18, 1e18)
	return rapid.Custom(func(t *rapid.T) *model.Model {
		m := &model.Model{}
		for i := range rapid.IntRange(0, 3).Draw(t, "attributes") {
			m.Attributes = append(m.Attributes, customer.AttributeDef{Key: fmt.Sprintf("a%d", i), Type: customer.Text, Title: text.Draw(t, "title")})
		}
		for i := range rapid.IntRange(1, 4).Draw(t, "metrics") {
			d := metric.Definition{Name: fmt.Sprintf("m%d", i), Kind: metric.Count, Title: text.Draw(t, "title"), Description: text.Draw(t, "description"), Window: "28d"}
			for range rapid.IntRange(0, 3).Draw(t, "events") {
				d.Events = append(d.Events, "e"+text.Draw(t, "event"))
			}
			if rapid.Bool().Draw(t, "has better") {
				better := rapid.Bool().Draw(t, "better")
				d.HigherIsBetter = &better
			}
			m.Metrics = append(m.Metrics, d)
		}
		if rapid.Bool().Draw(t, "segments") {
			m.Segments = []segment.Segment{{Key: "big", When: "m0 > 3 && name != \"a: #b\"", Title: text.Draw(t, "title")}, {Key: "rest"}}
		}
		if rapid.Bool().Draw(t, "scorecard") {
			x := num.Draw(t, "x")
			below := rapid.Float64Range(0, 100).Draw(t, "below")
			m.Scorecards = []health.Scorecard{{
				Key: "c", Title: text.Draw(t, "title"), Priority: rapid.IntRange(-5, 5).Draw(t, "priority"),
				Bands: []health.Band{{Key: "all", Title: text.Draw(t, "band")}},
				Groups: []health.Group{{Key: "g", Weight: 1, Measures: []health.Measure{
					{Key: "p", Metric: "m0", Weight: rapid.Float64Range(0.001, 1e9).Draw(t, "weight"), Points: []health.Point{{X: x, Score: below}}},
					{Key: "s", Metric: "m0", Weight: 1, Steps: []health.Step{{From: x, Score: below}}, Below: &below, StaleAfter: "9d"},
				}}},
				MinCoverage: func() *float64 { z := 0.0; return &z }(),
			}}
		}
		if rapid.Bool().Draw(t, "other ways") {
			m.Scorecards = append(m.Scorecards, otherWays()...)
		}
		return m
	})
}

// otherWays are scorecards that use every key.
func otherWays() []health.Scorecard {
	bands := []health.Band{{Key: "low", Min: 1}, {Key: "high", Min: 5}}
	line := []health.Point{{X: 0, Score: 1}, {X: 9, Score: 10}}
	return []health.Scorecard{
		{
			Key: "points", Scale: &health.Scale{Min: 1, Max: 10}, Combine: health.AddPoints, Start: new(5.0), Rounding: health.RoundScore, Bands: bands,
			Groups: []health.Group{{Key: "g", Measures: []health.Measure{
				{Key: "k", Weight: 1, Cases: []health.Case{{When: "m0 > 3 && segment == 'big'", Score: -2}}, Otherwise: new(0.0)},
				{Key: "o", Metric: "m0", Weight: 1, Points: []health.Point{{X: 0, Score: -1}, {X: 9, Score: 1}}, Outside: health.NoScore},
			}}},
			Hierarchy: &health.Rolling{Rule: health.ShareInBands, Of: health.ByCount, Levels: []health.Level{{Bands: []string{"low"}, AtLeast: 0.5, Score: 1}}, Otherwise: new(7.0)},
		},
		{
			Key: "worst", Scale: &health.Scale{Min: 1, Max: 10}, Combine: health.WorstOf, Weights: health.OfOverall, WeightsSum: new(100.0), Bands: bands,
			Groups: []health.Group{{Key: "g", Combine: health.BestOf, Measures: []health.Measure{
				{Key: "m", Metric: "m0", Weight: 60, Points: line, OnNull: health.Fixed, NullScore: new(4.0), Drift: &health.Drift{PerDay: 0.1, Most: 1, Pivot: 5}},
				{Key: "s", Metric: "m0", Weight: 40, Steps: []health.Step{{From: 1, Score: 3}}, Below: new(1.0), StepBounds: health.UpperInclusive},
			}}},
			Exceptions:    []health.Exception{{Key: "e", When: "group.g < 3.0", Cap: new(2.0)}},
			Relationships: &health.Rolling{Rule: health.WorstAboveShare, Above: new(0.2)},
		},
		{
			Key: "line", Per: health.PerRelationship, Product: "core", Bands: []health.Band{{Key: "all"}},
			Groups: []health.Group{{Key: "g", Weight: 1, Measures: []health.Measure{{Key: "m", Metric: "m0", Weight: 1, Points: []health.Point{{X: 0, Score: 1}}}}}},
		},
		{Key: "rest", Bands: []health.Band{{Key: "all"}}, Groups: []health.Group{{Key: "g", Weight: 1, Measures: []health.Measure{{Key: "m", Metric: "m0", Weight: 1, Points: []health.Point{{X: 0, Score: 1}}}}}}},
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyModel().Draw(t, "model")
		if _, err := m.Compile(); err != nil {
			t.Fatal(err)
		}
		text := model.Marshal(m)
		again, err := model.Parse([]model.File{{Path: "m.yaml", Data: text}})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := cmp.Diff(m, again, same); d != "" {
			t.Fatalf("the model changed (-was +is):\n%s\n%s", d, text)
		}
	})
}
