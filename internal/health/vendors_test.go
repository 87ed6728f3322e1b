package health_test

import (
	"math"
	"strings"
	"testing"

	"kept/internal/health"
)

// The semantics of the known products, one test each. "Published" numbers are
// those of the product's own documentation; the others follow from its published
// rule and are ours. The rules are those of product-semantics.md §3.1 and §3.2.

// check compares the score in the scorecard's own scale.
func check(t *testing.T, def health.Scorecard, s health.Subject, want float64, band string) health.Result {
	t.Helper()
	card := compile(t, def)
	s.AsOf = asOf
	r := card.Score(s)
	if r.Score == nil {
		t.Fatalf("no score: %s", r.Reason)
	}
	if got := card.Shown(*r.Score); math.Abs(got-want) > 1e-9 || band != "" && r.Band != band {
		t.Errorf("%v %s, want %v %s", got, r.Band, want, band)
	}
	if points(r) != r.ScorePico {
		t.Errorf("the points add up to %d, the score is %d", points(r), r.ScorePico)
	}
	return r
}

func of(vals ...any) health.Subject {
	var in []*float64
	for _, v := range vals {
		switch v := v.(type) {
		case nil:
			in = append(in, nil)
		case int:
			in = append(in, new(float64(v)))
		case float64:
			in = append(in, &v)
		}
	}
	return health.Subject{AgeDays: 1000, Inputs: known(in)}
}

func group(key string, weight float64, measures ...health.Measure) health.Group {
	return health.Group{Key: key, Weight: weight, Measures: measures}
}

func curve10(name string, weight float64, corners ...health.Point) health.Measure {
	return health.Measure{Key: name, Metric: name, Weight: weight, Points: corners}
}

// Gainsight: raw weights, normalised; upper bounds inclusive. Published: 20 × 47,
// 15 × 59 and 22 × 21 are 40.12.
func TestGainsight(t *testing.T) {
	def := health.Scorecard{
		Key: "gainsight", MinCoverage: new(0.0), BandBounds: health.UpperInclusive,
		Bands:  []health.Band{{Key: "red"}, {Key: "yellow", Min: 50}, {Key: "green", Min: 75}},
		Groups: []health.Group{group("all", 1, identity("a", 20), identity("b", 15), identity("c", 22))},
	}
	check(t, def, of(47, 59, 21), 2287.0/57, "red")
	check(t, def, of(50, 50, 50), 50, "red")
	check(t, def, of(75, 75, 75), 75, "yellow")
	// The newer kind: per cent within the group, and of the whole for groups and
	// lone measures.
	def.WeightsSum = new(100.0)
	def.Groups = []health.Group{group("usage", 60, identity("a", 70), identity("b", 30)), group("alone", 40, identity("c", 100))}
	check(t, def, of(80, 60, 50), 0.6*(0.7*80+0.3*60)+0.4*50, "yellow")
	// A weight without a value goes to the others of its group, a whole group's to
	// the other groups.
	check(t, def, of(80, nil, 50), 0.6*80+0.4*50, "yellow")
	check(t, def, of(nil, nil, 50), 50, "red")
	def.Groups[1].Weight = 30
	if _, err := health.Compile([]health.Scorecard{def}, options()); err == nil || !strings.Contains(err.Error(), "add up to 90") {
		t.Errorf("groups of 90 %%: %v", err)
	}
	def.WeightsSum, def.Weights = nil, health.OfOverall
	def.Groups = []health.Group{group("usage", 0, identity("a", 42), identity("b", 18)), group("alone", 0, identity("c", 40))}
	check(t, def, of(80, 60, 50), 0.42*80+0.18*60+0.4*50, "yellow")
}

// Catalyst: 1 to 10; text is at risk 1, healthy 10, else 5; numbers run from 1 to
// 3, 4 to 7 and 8 to 10 between thresholds; nothing at all gives nothing.
func TestCatalyst(t *testing.T) {
	text := health.Measure{
		Key: "status", Weight: 1, Otherwise: new(5.0),
		Cases: []health.Case{{When: "false", Score: 1}, {When: "false", Score: 10}},
	}
	number := curve10("logins", 1, health.Point{X: 0, Score: 1}, health.Point{X: 10, Score: 3}, health.Point{X: 11, Score: 4}, health.Point{X: 30, Score: 7}, health.Point{X: 31, Score: 8}, health.Point{X: 60, Score: 10})
	def := health.Scorecard{
		Key: "catalyst", Scale: &health.Scale{Min: 1, Max: 10}, MinCoverage: new(0.0),
		Bands:  []health.Band{{Key: "at_risk", Min: 1}, {Key: "neutral", Min: 4}, {Key: "healthy", Min: 8}},
		Groups: []health.Group{group("data", 50, number), group("people", 50, text)},
	}
	check(t, def, of(20.5), (5.5+5)/2, "neutral")
	def.Groups[1].Measures[0].Cases[0].When = "true"
	check(t, def, of(60), (10+1)/2.0, "neutral")
	def.Groups[1].Measures[0].Cases[0].When = "unknown"
	r := check(t, def, of(60), 10, "healthy")
	if r.Contributions[1].Why == "" {
		t.Error("a case that cannot be said is left out without a reason")
	}
	if r := score(t, def, []*float64{nil}); r.Score != nil {
		t.Errorf("all null scores %v", *r.Score)
	}
	// Before October 2024 a null counted as neutral.
	def.Groups[0].Measures[0].OnNull, def.Groups[0].Measures[0].NullScore = health.Fixed, new(5.0)
	def.Groups[1].Measures[0].Cases[0].When = "true"
	if r := check(t, def, of(nil), 3, "at_risk"); r.Contributions[0].Assumed != health.Fixed || r.Coverage != 0.5 {
		t.Errorf("assumed %q, coverage %v", r.Contributions[0].Assumed, r.Coverage)
	}
}

func goodAveragePoor(name string, weight float64) health.Measure {
	return health.Measure{
		Key: name, Metric: name, Weight: weight, Below: new(0.0),
		Steps: []health.Step{{From: 1, Score: 60}, {From: 2, Score: 100}},
	}
}

// Totango's dimensions: good 100, average 60, poor 0; both levels are rounded to
// whole numbers, and both levels of weights add up to 100.
func TestTotangoDimensions(t *testing.T) {
	def := health.Scorecard{
		Key: "totango", Rounding: health.EachLevel, WeightsSum: new(100.0), Bands: threeBands(),
		Groups: []health.Group{
			group("adoption", 55, goodAveragePoor("a", 33), goodAveragePoor("b", 33), goodAveragePoor("c", 34)),
			group("support", 45, goodAveragePoor("d", 75), goodAveragePoor("e", 25)),
		},
	}
	// 33 + 19.8 + 0 = 52.8 → 53; 75 + 15 = 90; 29.15 + 40.5 = 69.65 → 70.
	r := check(t, def, of(2, 1, 0, 2, 1), 70, "yellow")
	if len(r.Adjustments) != 2 || r.Adjustments[0].Key != "group.adoption" || r.Adjustments[1].Key != "score" ||
		math.Abs(r.Adjustments[0].Points-0.55*0.2) > 1e-9 || math.Abs(r.Adjustments[1].Points-0.35) > 1e-9 {
		t.Errorf("roundings: %+v", r.Adjustments)
	}
	// Half is rounded up: 100 × 0.5 + 0 → 50, and 62.5 → 63.
	def.WeightsSum = nil
	def.Groups = []health.Group{group("g", 1, identity("x", 1), identity("y", 1))}
	check(t, def, of(60, 65), 63, "yellow")
}

// Totango's account colour: any poor is poor, all good is good, and otherwise
// average; what is missing is left out.
func TestTotangoColour(t *testing.T) {
	def := health.Scorecard{
		Key: "colour", Combine: health.WorstOf, MinCoverage: new(0.0),
		Bands:  []health.Band{{Key: "poor"}, {Key: "average", Min: 60}, {Key: "good", Min: 100}},
		Groups: []health.Group{group("a", 1, goodAveragePoor("a", 1)), group("b", 1, goodAveragePoor("b", 1)), group("c", 1, goodAveragePoor("c", 1))},
	}
	check(t, def, of(2, 2, 2), 100, "good")
	check(t, def, of(2, 1, 2), 60, "average")
	check(t, def, of(2, 1, 0), 0, "poor")
	check(t, def, of(2, nil, 2), 100, "good")
	r := check(t, def, of(1, 2, 1), 60, "average")
	if r.Contributions[0].Effective != 0.5 || r.Contributions[1].Effective != 0 {
		t.Errorf("the worst share the score: %+v", r.Contributions)
	}
}

// ChurnZero: factors of points that add up to 100; a table of tiers gives per cent
// of them, the top of a tier inclusive and its bottom exclusive.
func TestChurnZero(t *testing.T) {
	tiers := func(name string, weight float64) health.Measure {
		return health.Measure{
			Key: name, Metric: name, Weight: weight, StepBounds: health.UpperInclusive, Below: new(0.0),
			Steps: []health.Step{{From: 10, Score: 50}, {From: 50, Score: 100}},
		}
	}
	def := health.Scorecard{
		Key: "churnzero", WeightsSum: new(100.0), Weights: health.OfOverall, Bands: threeBands(),
		Groups: []health.Group{group("factors", 0, tiers("a", 40), tiers("b", 35), tiers("c", 25))},
	}
	check(t, def, of(10, 10.5, 50), 0+17.5+12.5, "red")
	check(t, def, of(50, 50.1, 100), 20+35+25, "green")
	def.Groups[0].Measures[2].Weight = 20
	if _, err := health.Compile([]health.Scorecard{def}, options()); err == nil || !strings.Contains(err.Error(), "add up to 95") {
		t.Errorf("factors of 95 points: %v", err)
	}
}

// Vitally: poor 0, concerning 5, healthy 10; a score is the mean of its metrics,
// the whole the weighted mean of the scores, bands are thirds.
func TestVitally(t *testing.T) {
	metric := func(name string) health.Measure {
		return health.Measure{Key: name, Metric: name, Weight: 1, Below: new(0.0), Steps: []health.Step{{From: 1, Score: 5}, {From: 2, Score: 10}}}
	}
	def := health.Scorecard{
		Key: "vitally", Scale: &health.Scale{Max: 10},
		Bands:  []health.Band{{Key: "poor"}, {Key: "concerning", Min: 10.0 / 3}, {Key: "healthy", Min: 20.0 / 3}},
		Groups: []health.Group{group("pulse", 30, metric("a")), group("technical", 15, metric("b"), metric("c")), group("use", 55, metric("d"), metric("e"), metric("f"))},
	}
	check(t, def, of(1, 2, 0, 2, 2, 1), 0.3*5+0.15*5+0.55*25/3, "healthy")
	check(t, def, of(1, 2, 0, 1, 2, 1), 0.3*5+0.15*5+0.55*20/3, "concerning")
	// An excluded metric is ignored.
	check(t, def, of(2, 2, nil, 2, 2, nil), 10, "healthy")
}

// Planhat: 0 to 10 from 5 on; a factor adds or takes away: hard, linear (held
// outside), or linear and without effect outside; the sum is held in the scale.
// A parent's health is the rounded mean of its own and its children's.
// Published: 10 with 5, 5 and 5 is 6.25, and shows as 6.
func TestPlanhat(t *testing.T) {
	hard := health.Measure{Key: "hard", Metric: "hard", Weight: 1, Below: new(0.0), Steps: []health.Step{{From: 3, Score: -2}}}
	linear := curve10("linear", 1, health.Point{X: 0, Score: -1}, health.Point{X: 100, Score: 3})
	bounded := curve10("bounded", 1, health.Point{X: 0, Score: -1}, health.Point{X: 100, Score: 3})
	bounded.Outside = health.NoScore
	def := health.Scorecard{
		Key: "planhat", Scale: &health.Scale{Max: 10}, Combine: health.AddPoints, Start: new(5.0), MinCoverage: new(0.0),
		Bands:  []health.Band{{Key: "red"}, {Key: "amber", Min: 4}, {Key: "green", Min: 7}},
		Groups: []health.Group{group("factors", 0, hard, linear, bounded)},
	}
	check(t, def, of(nil, nil, nil), 5, "amber")
	check(t, def, of(3, 50, 50), 5-2+1+1, "amber")
	check(t, def, of(0, 150, 150), 5+3, "green")
	r := check(t, def, of(0, 100, 100), 10, "green")
	if last := r.Adjustments[len(r.Adjustments)-1]; last.Kind != health.AdjustClamp || math.Abs(last.Points+10) > 1e-9 {
		t.Errorf("the clamp: %+v", r.Adjustments)
	}
	def.Rounding, def.Hierarchy = health.RoundScore, &health.Rolling{Rule: health.MeanWithParent}
	s := of(0, 100, 100)
	for range 3 {
		s.Children = append(s.Children, health.Child{Score: new(50.0), ARR: 1})
	}
	r = check(t, def, s, 6, "amber")
	if len(r.Rolled) != 1 || math.Abs(r.Rolled[0].Score-62.5) > 1e-9 || r.Rolled[0].OwnShare != 0.25 {
		t.Errorf("the mean: %+v", r.Rolled)
	}
}

// HubSpot: criteria that hold add or take away points.
func TestHubSpot(t *testing.T) {
	criterion := func(key, when string, points float64) health.Measure {
		return health.Measure{Key: key, Weight: 1, Cases: []health.Case{{When: when, Score: points}}, Otherwise: new(0.0)}
	}
	def := health.Scorecard{
		Key: "hubspot", Combine: health.AddPoints, Bands: threeBands(),
		Groups: []health.Group{group("fit", 0, criterion("a", "true", 30), criterion("b", "true", 25)), group("risk", 0, criterion("c", "true", -10), criterion("d", "false", -40))},
	}
	check(t, def, of(), 45, "red")
	def.Groups[1].Measures[0].Cases[0].When = "false"
	check(t, def, of(), 55, "yellow")
}

// Custify: the impact of a metric is low, medium or high.
func TestCustify(t *testing.T) {
	def := health.Scorecard{Key: "custify", Bands: threeBands(), Groups: []health.Group{group("g", 1, identity("low", 1), identity("medium", 2), identity("high", 3))}}
	check(t, def, of(90, 60, 30), (90+120+90)/6.0, "yellow")
}

// ClientSuccess: the pulse is set by hand; the score then grows or decays with
// the time at it. The rates are not published.
func TestClientSuccessPulse(t *testing.T) {
	pulse := identity("pulse", 1)
	pulse.Drift = &health.Drift{PerDay: 0.5, Most: 10, Pivot: 50}
	def := health.Scorecard{Key: "pulse", Bands: threeBands(), Groups: []health.Group{group("g", 1, pulse)}}
	at := func(value, age float64) health.Subject {
		return health.Subject{AgeDays: 1000, Inputs: []health.Input{{Value: value, Has: true, AgeDays: age}}}
	}
	check(t, def, at(80, 0), 80, "green")
	check(t, def, at(80, 10), 85, "green")
	check(t, def, at(80, 100), 90, "green")
	check(t, def, at(20, 10), 15, "red")
	check(t, def, at(5, 100), 0, "red")
}

// GitLab: a measure that is red forces the whole to red; the number stays.
func TestGitLabSentiment(t *testing.T) {
	def := health.Scorecard{
		Key: "gitlab", Bands: threeBands(), Groups: []health.Group{group("product", 75, identity("use", 1)), group("risk", 25, identity("sentiment", 1))},
		Exceptions: []health.Exception{{Key: "red", When: "band sentiment red", ForceBand: "red"}},
	}
	if r := check(t, def, of(100, 10), 77.5, "red"); r.ComputedBand != "green" {
		t.Errorf("computed %s", r.ComputedBand)
	}
	check(t, def, of(100, 60), 90, "green")
}

// Letters on a scale of their own: 12 ranges are allowed, as at Gainsight.
func TestLetters(t *testing.T) {
	def := health.Scorecard{
		Key:    "letters",
		Bands:  []health.Band{{Key: "f", Title: "F"}, {Key: "d", Title: "D", Min: 60}, {Key: "c", Title: "C", Min: 70}, {Key: "b", Title: "B", Min: 80}, {Key: "a", Title: "A", Min: 90}},
		Groups: []health.Group{group("g", 1, identity("x", 1))},
	}
	check(t, def, of(89.99), 89.99, "b")
	check(t, def, of(90), 90, "a")
}

// The roll-ups of product-semantics.md §3.2.
func TestHierarchyRules(t *testing.T) {
	part := func(score, arr float64) health.Child { return health.Child{Score: &score, ARR: arr} }
	children := []health.Child{part(20, 100), part(60, 300), part(90, 600), {ARR: 5000}}
	for _, c := range []struct {
		name     string
		rule     health.Rolling
		children []health.Child
		want     float64
	}{
		{"by ARR", health.Rolling{Rule: health.ARRWeightedMean}, children, 0.1*20 + 0.3*60 + 0.6*90},
		{"worst", health.Rolling{Rule: health.Minimum}, children, 20},
		// ChurnZero, Average Children: the parent is left out; without a child that
		// qualifies its own counts.
		{"average children", health.Rolling{Rule: health.MeanOfChildren}, children, 170.0 / 3},
		{"none qualifies", health.Rolling{Rule: health.MeanOfChildren}, []health.Child{{ARR: 5}}, 40},
		{"no children", health.Rolling{Rule: health.MeanOfChildren}, nil, 40},
		{"with the parent", health.Rolling{Rule: health.MeanWithParent}, children, 210.0 / 4},
		{"the worst band above 5 % of ARR", health.Rolling{Rule: health.WorstAboveShare, Above: new(0.05)}, children, 20},
		{"the worst band above 10 % of ARR", health.Rolling{Rule: health.WorstAboveShare, Above: new(0.1)}, children, 60},
		{"no band above 70 %", health.Rolling{Rule: health.WorstAboveShare, Above: new(0.7)}, children, 0.1*20 + 0.3*60 + 0.6*90},
		// Totango: the share of sub-accounts, or of contract value, against thresholds.
		{"share of value", totango(health.ByARR), children, 100},
		{"share of accounts", totango(health.ByCount), children, 0},
		{"neither", totango(health.ByARR), []health.Child{part(60, 500), part(90, 500)}, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			def := health.Scorecard{Key: "parent", Bands: threeBands(), Hierarchy: &c.rule, Groups: []health.Group{group("g", 1, identity("own", 1))}}
			s := of(40)
			s.Children = c.children
			check(t, def, s, c.want, "")
		})
	}
}

func totango(by health.ShareOf) health.Rolling {
	return health.Rolling{
		Rule: health.ShareInBands, Of: by, Otherwise: new(60.0),
		Levels: []health.Level{{Bands: []string{"red"}, AtLeast: 0.3, Score: 0}, {Bands: []string{"green"}, AtLeast: 0.6, Score: 100}},
	}
}

// A parent without data of its own has its children's health.
func TestParentWithoutData(t *testing.T) {
	def := health.Scorecard{Key: "parent", Bands: threeBands(), Hierarchy: &health.Rolling{Rule: health.ARRWeightedMean}}
	s := health.Subject{Children: []health.Child{{Score: new(80.0), ARR: 1}, {Score: new(40.0), ARR: 3}}}
	r := check(t, def, s, 50, "yellow")
	if r.Reason != "" || r.ComputedBand != "yellow" {
		t.Errorf("reason %q, computed %q", r.Reason, r.ComputedBand)
	}
}

// An exception may ask for the score of a group.
func TestExceptionOnGroup(t *testing.T) {
	def := health.Scorecard{
		Key: "c", Scale: &health.Scale{Max: 10}, Bands: []health.Band{{Key: "red"}, {Key: "yellow", Min: 5}, {Key: "green", Min: 7.5}},
		Groups:     []health.Group{group("a", 1, curve10("x", 1, health.Point{X: 0}, health.Point{X: 10, Score: 10}), curve10("y", 1, health.Point{X: 0}, health.Point{X: 10, Score: 10}))},
		Exceptions: []health.Exception{{Key: "low", When: "group a 5", Cap: new(4.0)}},
	}
	check(t, def, of(4, 6), 4, "red")
	check(t, def, of(6, 6), 6, "yellow")
}
