package health_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"kept/internal/fault"
	"kept/internal/health"
)

// good is a small valid scorecard for tests to break.
func good() health.Scorecard {
	return health.Scorecard{
		Key: "c", Bands: threeBands(),
		Groups: []health.Group{
			{Key: "a", Weight: 1, Measures: []health.Measure{identity("m", 1), identity("n", 1)}},
			{Key: "b", Weight: 1, Measures: []health.Measure{identity("o", 1)}},
		},
	}
}

func TestCompileErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*health.Scorecard)
		want  []string // "field: part of the message"
	}{
		{"nothing", func(*health.Scorecard) {}, nil},
		{"no groups", func(s *health.Scorecard) { s.Groups = nil }, []string{"scorecards[0].groups: no groups"}},
		{"no bands", func(s *health.Scorecard) { s.Bands = nil }, []string{"scorecards[0].bands: no bands"}},
		{"bands not from 0", func(s *health.Scorecard) { s.Bands[0].Min = 10 }, []string{"scorecards[0].bands[0].min: starts at 0"}},
		{"bands descending", func(s *health.Scorecard) { s.Bands[2].Min = 20 }, []string{"scorecards[0].bands[2].min: worst first"}},
		{"band above 100", func(s *health.Scorecard) { s.Bands[2].Min = 101 }, []string{"scorecards[0].bands[2].min: end at 100"}},
		{"band NaN", func(s *health.Scorecard) { s.Bands[1].Min = math.NaN() }, []string{"scorecards[0].bands[1].min: not above", "scorecards[0].bands[2].min: not above"}},
		{"band twice", func(s *health.Scorecard) { s.Bands[1].Key = "red" }, []string{"scorecards[0].bands[1].key: twice"}},
		{"color", func(s *health.Scorecard) { s.Bands[1].Color = "pink" }, []string{"scorecards[0].bands[1].color: red, orange"}},
		{"negative weight", func(s *health.Scorecard) { s.Groups[0].Measures[1].Weight = -1 }, []string{"scorecards[0].groups[0].measures[1].weight: -1"}},
		{"infinite weight", func(s *health.Scorecard) { s.Groups[1].Weight = math.Inf(1) }, []string{"scorecards[0].groups[1].weight: +Inf"}},
		{"zero sum in a group", func(s *health.Scorecard) { s.Groups[1].Measures[0].Weight = 0 }, []string{"scorecards[0].groups[1].measures: add up to 0"}},
		{"zero sum", func(s *health.Scorecard) { s.Groups[0].Weight, s.Groups[1].Weight = 0, 0 }, []string{"scorecards[0].groups: add up to 0"}},
		{"empty group", func(s *health.Scorecard) { s.Groups[1].Measures = nil }, []string{"scorecards[0].groups[1].measures: no measures"}},
		{"group twice", func(s *health.Scorecard) { s.Groups[1].Key = "a" }, []string{"scorecards[0].groups[1].key: twice"}},
		{"measure twice", func(s *health.Scorecard) { s.Groups[1].Measures[0].Key = "m" }, []string{"scorecards[0].groups[1].measures[0].key: unique"}},
		{"metric unknown", func(s *health.Scorecard) { s.Groups[0].Measures[1].Metric = "unknown" }, []string{`scorecards[0].groups[0].measures[1].metric: no account metric "unknown"`}},
		{"metric missing", func(s *health.Scorecard) { s.Groups[0].Measures[1].Metric = "" }, []string{"scorecards[0].groups[0].measures[1].metric: missing"}},
		{"no curve", func(s *health.Scorecard) { s.Groups[0].Measures[1].Points = nil }, []string{"scorecards[0].groups[0].measures[1]: neither"}},
		{"two curves", func(s *health.Scorecard) { s.Groups[0].Measures[1].Steps = []health.Step{{}} }, []string{"scorecards[0].groups[0].measures[1]: has several"}},
		{"points descending", func(s *health.Scorecard) {
			s.Groups[0].Measures[1].Points = []health.Point{{X: 1, Score: 0}, {X: 1, Score: 100}}
		}, []string{"scorecards[0].groups[0].measures[1].points: not ascending"}},
		{"score over 100", func(s *health.Scorecard) { s.Groups[0].Measures[1].Points[1].Score = 100.5 }, []string{"scorecards[0].groups[0].measures[1].points[1].score: from 0 to 100"}},
		{"steps without below", func(s *health.Scorecard) {
			s.Groups[0].Measures[1].Points, s.Groups[0].Measures[1].Steps = nil, []health.Step{{From: 1, Score: 5}}
		}, []string{"scorecards[0].groups[0].measures[1].below: missing"}},
		{"below with points", func(s *health.Scorecard) { s.Groups[0].Measures[1].Below = new(0.0) }, []string{"scorecards[0].groups[0].measures[1].below: steps only"}},
		{"durations", func(s *health.Scorecard) {
			m := &s.Groups[0].Measures[1]
			m.StaleAfter, m.ExpiresAfter, m.GraceNew = "90", "-5d", "1.5d"
		}, []string{
			"scorecards[0].groups[0].measures[1].stale_after: not a number of days", "scorecards[0].groups[0].measures[1].expires_after: ",
			"scorecards[0].groups[0].measures[1].grace_new: not a number of days",
		}},
		{"on_null", func(s *health.Scorecard) { s.Groups[0].Measures[1].OnNull = "zero" }, []string{"scorecards[0].groups[0].measures[1].on_null: ignore, neutral, worst"}},
		{"min_coverage", func(s *health.Scorecard) { s.MinCoverage = new(50.0) }, []string{"scorecards[0].min_coverage: from 0 to 1"}},
		{"policies", func(s *health.Scorecard) { s.Redistribution, s.BandBounds = "x", "y" }, []string{"scorecards[0].redistribution: within_group", "scorecards[0].band_bounds: lower_inclusive"}},
		{"keys", func(s *health.Scorecard) { s.Key = "Not a key" }, []string{"scorecards[0].key: lower case"}},
		{"exception with nothing", func(s *health.Scorecard) {
			s.Exceptions = []health.Exception{{Key: "x", When: "true"}}
		}, []string{"scorecards[0].exceptions[0]: sets 0"}},
		{"exception with two", func(s *health.Scorecard) {
			s.Exceptions = []health.Exception{{Key: "x", When: "true", Cap: new(1.0), Floor: new(2.0)}}
		}, []string{"scorecards[0].exceptions[0]: sets 2"}},
		{"exception details", func(s *health.Scorecard) {
			s.Exceptions = []health.Exception{{Key: "x", When: "true", ForceBand: "purple"}, {Key: "x", Cap: new(101.0)}, {Key: "y", When: "true", Floor: new(-1.0)}}
		}, []string{
			"scorecards[0].exceptions[0].force_band: red, yellow, green", "scorecards[0].exceptions[1].key: twice",
			"scorecards[0].exceptions[1].cap: 101", "scorecards[0].exceptions[1].when: missing", "scorecards[0].exceptions[2].floor: -1",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := good()
			c.spoil(&s)
			_, err := health.Compile([]health.Scorecard{s}, options())
			var list fault.List
			if errors.As(err, &list) != (len(c.want) > 0) || len(list) != len(c.want) {
				t.Fatalf("errors:\n%v\nwant %d", err, len(c.want))
			}
			for i, w := range c.want {
				field, part, _ := strings.Cut(w, ": ")
				if list[i].Field != field || !strings.Contains(list[i].Msg, part) {
					t.Errorf("got  %s\nwant %s", list[i], w)
				}
			}
		})
	}
}

func TestScorecardsHaveDistinctKeys(t *testing.T) {
	_, err := health.Compile([]health.Scorecard{good(), good()}, options())
	if err == nil || !strings.Contains(err.Error(), "scorecards[1].key") {
		t.Errorf("two scorecards of one key: %v", err)
	}
}

func TestChoose(t *testing.T) {
	a, b, c := good(), good(), good()
	a.Key, a.When, a.Priority = "a", "unknown", 1
	b.Key, b.When, b.Priority = "b", "true", 2
	c.Key = "c"
	c.Priority = 3
	set, err := health.Compile([]health.Scorecard{c, b, a}, options())
	if err != nil {
		t.Fatal(err)
	}
	card, why := set.Choose(nil)
	if card.Key() != "b" || !strings.Contains(why, "the condition of a cannot be said") {
		t.Errorf("chose %s: %s", card.Key(), why)
	}
	if set.Card("a") == nil || set.Card("x") != nil {
		t.Error("Card finds the wrong scorecards")
	}
}
