package health_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/health"
)

func TestCurves(t *testing.T) {
	line := curve("m", 1, health.Point{X: 10, Score: 100}, health.Point{X: 20, Score: 50}, health.Point{X: 40, Score: 50}, health.Point{X: 50, Score: 0})
	huge := curve("m", 1, health.Point{X: -math.MaxFloat64, Score: 0}, health.Point{X: math.MaxFloat64, Score: 100})
	steps := health.Measure{
		Key: "m", Metric: "m", Weight: 1, Below: new(7.0),
		Steps: []health.Step{{From: 1, Score: 30}, {From: 5, Score: 80}},
	}
	for _, c := range []struct {
		m    health.Measure
		x, y float64
	}{
		{line, -5, 100},
		{line, 10, 100},
		{line, 15, 75},
		{line, 20, 50},
		{line, 30, 50},
		{line, 45, 25},
		{line, 50, 0},
		{line, 1e9, 0},
		{line, math.Inf(1), 0},
		{line, math.Inf(-1), 100},
		{huge, 0, 50},
		{steps, 0.99, 7},
		{steps, 1, 30},
		{steps, 4.99, 30},
		{steps, 5, 80},
		{steps, math.Inf(1), 80},
		{steps, math.Inf(-1), 7},
	} {
		def := health.Scorecard{Key: "c", Bands: threeBands(), Groups: []health.Group{{Key: "g", Weight: 1, Measures: []health.Measure{c.m}}}}
		if got := *score(t, def, []*float64{&c.x}).Score; got != c.y {
			t.Errorf("the curve at %v is %v, want %v", c.x, got, c.y)
		}
	}
}

func TestMissing(t *testing.T) {
	in := func(v, age float64) health.Input { return health.Input{Value: v, Has: true, AgeDays: age} }
	for _, c := range []struct {
		name   string
		change func(*health.Measure)
		input  health.Input
		age    float64
		score  any // of the measure
		total  float64
		cover  float64
		why    string
		stale  bool
	}{
		{name: "known", input: in(40, -1), age: 10, score: 40.0, total: 60, cover: 1},
		{name: "missing", input: health.Input{}, age: 10, total: 80, cover: 0.5, why: "no value"},
		{name: "not a number", input: in(math.NaN(), -1), age: 10, total: 80, cover: 0.5, why: "no value"},
		{name: "neutral", change: func(m *health.Measure) { m.OnNull = health.Neutral }, input: health.Input{}, age: 10, score: 50.0, total: 65, cover: 0.5},
		{name: "worst", change: func(m *health.Measure) { m.OnNull = health.Worst }, input: health.Input{}, age: 10, score: 0.0, total: 40, cover: 0.5},
		{name: "at its expiry", change: func(m *health.Measure) { m.ExpiresAfter = "90d" }, input: in(40, 90), age: 10, score: 40.0, total: 60, cover: 1},
		{name: "expired", change: func(m *health.Measure) { m.ExpiresAfter = "90d" }, input: in(40, 90.01), age: 10, total: 80, cover: 0.5, why: "expires after 90 days"},
		{name: "expired and worst", change: func(m *health.Measure) { m.ExpiresAfter, m.OnNull = "90d", health.Worst }, input: in(40, 91), age: 10, score: 0.0, total: 40, cover: 0.5},
		{name: "does not age", change: func(m *health.Measure) { m.ExpiresAfter = "90d" }, input: in(40, -1), age: 10, score: 40.0, total: 60, cover: 1},
		{name: "stale", change: func(m *health.Measure) { m.StaleAfter = "30d" }, input: in(40, 31), age: 10, score: 40.0, total: 60, cover: 1, stale: true},
		{name: "new account", change: func(m *health.Measure) { m.GraceNew, m.OnNull = "30d", health.Worst }, input: in(40, -1), age: 29.9, total: 80, cover: 0.5, why: "younger than 30 days"},
		{name: "no longer new", change: func(m *health.Measure) { m.GraceNew = "30d" }, input: in(40, -1), age: 30, score: 40.0, total: 60, cover: 1},
		{name: "age unknown", change: func(m *health.Measure) { m.GraceNew = "30d" }, input: in(40, -1), age: -1, score: 40.0, total: 60, cover: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			def := health.Scorecard{Key: "c", Bands: threeBands(), Groups: []health.Group{{Key: "g", Weight: 1, Measures: []health.Measure{identity("m", 1), identity("n", 1)}}}}
			if c.change != nil {
				c.change(&def.Groups[0].Measures[0])
			}
			r := compile(t, def).Score(health.Subject{AsOf: asOf, AgeDays: c.age, Inputs: []health.Input{c.input, in(80, -1)}})
			k := r.Contributions[0]
			var got any
			if k.Score != nil {
				got = *k.Score
			}
			if got != c.score || *r.Score != c.total || r.Coverage != c.cover || k.Stale != c.stale {
				t.Errorf("measure %v, score %v, coverage %v, stale %v", got, *r.Score, r.Coverage, k.Stale)
			}
			if (k.Why == "") != (c.why == "") || !strings.Contains(k.Why, c.why) {
				t.Errorf("why: %q, want %q", k.Why, c.why)
			}
		})
	}
}

func TestCoverageBelowTheMinimum(t *testing.T) {
	def := good()
	def.MinCoverage = new(0.75)
	r := score(t, def, []*float64{new(80.0), new(80.0), nil})
	if r.Score != nil || r.Band != "" || r.ComputedScore != nil || points(r) != 0 || !strings.Contains(r.Reason, "50 %") {
		t.Errorf("half of the weight: %+v", r)
	}
	if r = score(t, def, []*float64{new(80.0), nil, new(80.0)}); r.Score == nil || r.Coverage != 0.75 {
		t.Errorf("exactly the minimum: %v at a coverage of %v", r.Score, r.Coverage)
	}
	// An assumed score is no knowledge: neutral measures do not make a score.
	for i := range def.Groups {
		for j := range def.Groups[i].Measures {
			def.Groups[i].Measures[j].OnNull = health.Neutral
		}
	}
	def.MinCoverage = new(0.0)
	if r = score(t, def, []*float64{nil, nil, nil}); r.Score != nil {
		t.Errorf("a score of %v from nothing", *r.Score)
	}
}

func TestMeasureOfNoWeightGivesNoScore(t *testing.T) {
	def := good()
	def.MinCoverage = new(0.0)
	def.Groups[0].Measures[0].Weight = 0
	r := score(t, def, []*float64{new(80.0), nil, nil})
	if r.Score != nil || r.Reason == "" {
		t.Errorf("%+v", r)
	}
}

func TestExceptionsApplyInOrder(t *testing.T) {
	values := []*float64{new(90.0), new(90.0), new(90.0)}
	cap49 := health.Exception{Key: "cap", Title: "because", When: "true", Cap: new(49.0)}
	floor60 := health.Exception{Key: "floor", When: "true", Floor: new(60.0)}
	force := health.Exception{Key: "force", When: "true", ForceBand: "red"}
	for _, c := range []struct {
		name  string
		list  []health.Exception
		score float64
		band  string
		kinds []string
	}{
		{"cap", []health.Exception{cap49}, 49, "red", []string{"cap"}},
		{"cap then floor", []health.Exception{cap49, floor60}, 60, "yellow", []string{"cap", "floor"}},
		{"floor then cap", []health.Exception{floor60, cap49}, 49, "red", []string{"cap"}},
		{"force", []health.Exception{force}, 90, "red", []string{"force_band"}},
		{"a floor does not lift a forced band", []health.Exception{force, cap49, floor60}, 60, "red", []string{"force_band", "cap", "floor"}},
		{"unknown", []health.Exception{{Key: "u", When: "unknown", Cap: new(1.0)}}, 90, "green", nil},
		{"by the band of a measure", []health.Exception{{Key: "b", When: "band m green", Cap: new(70.0)}}, 70, "yellow", []string{"cap"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			def := good()
			def.Exceptions = c.list
			r := score(t, def, values)
			var kinds []string
			for _, a := range r.Adjustments {
				kinds = append(kinds, a.Kind)
			}
			if *r.Score != c.score || r.Band != c.band || cmp.Diff(c.kinds, kinds) != "" || points(r) != r.ScorePico {
				t.Errorf("score %v, band %s, adjustments %v", *r.Score, r.Band, kinds)
			}
			if *r.ComputedScore != 90 || r.ComputedBand != "green" {
				t.Errorf("the computed health became %v, %s", *r.ComputedScore, r.ComputedBand)
			}
		})
	}
}

func TestOverride(t *testing.T) {
	day := 24 * time.Hour
	byScore := health.Override{Score: new(20.0), Author: "ann", Reason: "they told me", CreatedAt: asOf.Add(-day), ExpiresAt: asOf.Add(day)}
	byBand := health.Override{Band: "yellow", Author: "bob", Reason: "wait", CreatedAt: asOf.Add(-2 * day), ExpiresAt: asOf.Add(day)}
	card := compile(t, good())
	full := known([]*float64{new(90.0), new(90.0), new(90.0)})
	at := func(in []health.Input, all ...health.Override) health.Result {
		return card.Score(health.Subject{AsOf: asOf, AgeDays: 9, Inputs: in, Overrides: all})
	}
	r := at(full, byScore, byBand)
	if *r.Score != 20 || r.Band != "red" || r.Overridden.Author != "ann" || *r.ComputedScore != 90 || points(r) != 20e12 {
		t.Errorf("the newest override: %v %s by %+v", *r.Score, r.Band, r.Overridden)
	}
	if r = at(full, byBand); *r.Score != 90 || r.Band != "yellow" || r.ComputedBand != "green" {
		t.Errorf("by band: %v %s", *r.Score, r.Band)
	}
	if r = at(nil, byScore); *r.Score != 20 || r.ComputedScore != nil || points(r) != 20e12 || r.Reason == "" {
		t.Errorf("without data: %+v", r)
	}
	ended := byScore
	ended.EndedAt = asOf
	if r = at(full, ended); r.Overridden != nil {
		t.Error("an override that was lifted holds")
	}
	byBand.Band = "purple"
	if r = at(full, byBand); r.Overridden != nil || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "purple") {
		t.Errorf("an unknown band: %+v", r.Notes)
	}
}

func TestOverrideCheck(t *testing.T) {
	ok := health.Override{Band: "red", Author: "a", Reason: "r", CreatedAt: asOf, ExpiresAt: asOf.Add(time.Hour)}
	card := compile(t, good())
	if err := ok.Check(card); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*health.Override){
		"band":       func(o *health.Override) { o.Score = new(1.0) },
		"score":      func(o *health.Override) { o.Band, o.Score = "", new(101.0) },
		"author":     func(o *health.Override) { o.Author = "" },
		"reason":     func(o *health.Override) { o.Reason = "" },
		"expires_at": func(o *health.Override) { o.ExpiresAt = o.CreatedAt },
	} {
		o := ok
		spoil(&o)
		if err := o.Check(card); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRollUp(t *testing.T) {
	children := []health.Child{{Score: new(90.0), ARR: 300}, {Score: new(30.0), ARR: 100}, {Score: nil, ARR: 1000}}
	free := []health.Child{{Score: new(90.0), ARR: 0}, {Score: new(30.0), ARR: 0}}
	for _, c := range []struct {
		rule     health.Rollup
		parent   *float64
		children []health.Child
		want     any
	}{
		{health.ARRWeightedMean, nil, children, 75.0},
		{health.ARRWeightedMean, nil, free, 60.0},
		{health.ARRWeightedMean, new(5.0), nil, nil},
		{health.Minimum, new(5.0), children, 30.0},
		{health.MeanOfChildren, new(5.0), children, 60.0},
		{health.MeanOfChildren, new(5.0), []health.Child{{Score: nil, ARR: 1}}, 5.0},
		{health.MeanWithParent, new(5.0), free, 125.0 / 3},
		{health.MeanWithParent, nil, nil, nil},
	} {
		got, err := health.RollUp(c.rule, c.parent, c.children)
		if err != nil || (got == nil) != (c.want == nil) || got != nil && *got != c.want {
			t.Errorf("%s: %v, %v, want %v", c.rule, got, err, c.want)
		}
	}
	if _, err := health.RollUp("best", nil, nil); err == nil {
		t.Error("an unknown rule is accepted")
	}
}

func TestDistribute(t *testing.T) {
	got := health.Distribute([]string{"red", "green"}, []health.Holding{{"green", 300}, {"", 50}, {"amber", 100}, {"green", 50}})
	want := []health.BandShare{
		{Band: "red"},
		{Band: "green", Accounts: 2, ARRMinor: 350, OfAccounts: 0.5, OfARR: 0.7},
		{Band: "amber", Accounts: 1, ARRMinor: 100, OfAccounts: 0.25, OfARR: 0.2},
		{Accounts: 1, ARRMinor: 50, OfAccounts: 0.25, OfARR: 0.1},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got = health.Distribute([]string{"red"}, nil); got[0].OfAccounts != 0 {
		t.Errorf("an empty portfolio: %+v", got)
	}
}

func TestTrend(t *testing.T) {
	if health.Trend(nil, new(1.0)) != nil || health.Trend(new(1.0), nil) != nil || *health.Trend(new(70.0), new(72.5)) != -2.5 {
		t.Error("a trend has two ends")
	}
}

func TestMigrationEdges(t *testing.T) {
	var none health.Migration
	if none.Check() == nil || none.Lift() != nil || none.Recovery() != nil || none.Degradation() != nil || none.UnforecastChurn() != nil {
		t.Error("an empty matrix has figures")
	}
	still := health.Migration{{5, 0, 0}, {0, 5, 0}}
	if p, err := still.Predict(1); err != nil || p.Recall != nil || *p.Precision != 0 || still.Lift() != nil || still.UnforecastChurn() != nil {
		t.Errorf("without churn: %+v, %v", p, err)
	}
	if (health.Migration{{1, 2}, {1, 2, 3}}).Check() == nil || (health.Migration{{-1, 2}}).Check() == nil {
		t.Error("a crooked matrix is accepted")
	}
	if _, err := still.Predict(2); err == nil {
		t.Error("a row that is not there is accepted")
	}
}
