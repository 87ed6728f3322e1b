package health_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"kept/internal/health"
)

// anyCard draws a valid scorecard of identity measures.
func anyCard(t *rapid.T) health.Scorecard {
	weight := rapid.OneOf(rapid.Float64Range(0.001, 100), rapid.Map(rapid.IntRange(1, 50), func(n int) float64 { return float64(n) }))
	card := health.Scorecard{
		Key: "c", Bands: threeBands(), MinCoverage: new(0.0),
		Redistribution: rapid.SampledFrom([]health.Redistribution{health.WithinGroup, health.OverAll}).Draw(t, "redistribution"),
		BandBounds:     rapid.SampledFrom([]health.BandBounds{"", health.UpperInclusive}).Draw(t, "bounds"),
	}
	for g := range rapid.IntRange(1, 4).Draw(t, "groups") {
		group := health.Group{Key: fmt.Sprintf("g%d", g), Weight: weight.Draw(t, "group weight")}
		for m := range rapid.IntRange(1, 4).Draw(t, "measures") {
			measure := identity(fmt.Sprintf("g%dm%d", g, m), weight.Draw(t, "weight"))
			measure.OnNull = rapid.SampledFrom([]health.OnNull{"", "", health.Ignore, health.Neutral, health.Worst}).Draw(t, "on_null")
			group.Measures = append(group.Measures, measure)
		}
		card.Groups = append(card.Groups, group)
	}
	return card
}

// anyRules draws how a card combines, rounds and rolls up, and its scale.
func anyRules(t *rapid.T, card health.Scorecard) health.Scorecard {
	if rapid.Bool().Draw(t, "scale of ten") {
		card.Scale = &health.Scale{Min: 1, Max: 11}
		card.Bands = []health.Band{{Key: "red", Min: 1}, {Key: "yellow", Min: 6}, {Key: "green", Min: 8.5}}
	}
	at := func(share float64) float64 { // of the scale
		if card.Scale == nil {
			return 100 * share
		}
		return card.Scale.Min + (card.Scale.Max-card.Scale.Min)*share
	}
	card.Combine = rapid.SampledFrom([]health.Combine{"", health.WorstOf, health.BestOf, health.AddPoints}).Draw(t, "combine")
	card.Rounding = rapid.SampledFrom([]health.Rounding{"", health.RoundScore, health.EachLevel}).Draw(t, "rounding")
	card.Redistribution = ""
	if card.Combine == health.AddPoints {
		card.Start = new(at(0.5))
	}
	for g := range card.Groups {
		group := &card.Groups[g]
		if card.Combine == health.AddPoints {
			group.Weight = 0
		} else {
			group.Combine = rapid.SampledFrom([]health.Combine{"", health.WorstOf, health.BestOf}).Draw(t, "group combine")
		}
		for m := range group.Measures {
			k := &group.Measures[m]
			k.Points = []health.Point{{X: 0, Score: at(0)}, {X: 100, Score: at(1)}}
			if card.Combine == health.AddPoints {
				k.Points = []health.Point{{X: 0, Score: -3}, {X: 100, Score: 4}}
			}
			k.Outside = rapid.SampledFrom([]health.Outside{"", health.NoScore}).Draw(t, "outside")
		}
	}
	rolling := func(name string) *health.Rolling {
		rule := rapid.SampledFrom([]health.Rollup{"", health.ARRWeightedMean, health.Minimum, health.MeanOfChildren, health.MeanWithParent, health.WorstAboveShare, health.ShareInBands}).Draw(t, name)
		switch rule {
		case "":
			return nil
		case health.WorstAboveShare:
			return &health.Rolling{Rule: rule, Above: new(0.3), Of: health.ByCount}
		case health.ShareInBands:
			return &health.Rolling{Rule: rule, Levels: []health.Level{{Bands: []string{"red"}, AtLeast: 0.4, Score: at(0)}, {Bands: []string{"green"}, AtLeast: 0.5, Score: at(1)}}, Otherwise: new(at(0.6))}
		default:
			return &health.Rolling{Rule: rule}
		}
	}
	card.Relationships, card.Hierarchy = rolling("relationships"), rolling("hierarchy")
	return card
}

func anyParts(t *rapid.T) []health.Child {
	var out []health.Child
	for i := range rapid.IntRange(0, 4).Draw(t, "parts") {
		p := health.Child{Key: fmt.Sprintf("p%d", i), ARR: float64(rapid.IntRange(0, 3).Draw(t, "arr"))}
		if rapid.IntRange(0, 3).Draw(t, "no score") > 0 {
			p.Score = new(rapid.Float64Range(0, 100).Draw(t, "score"))
			p.Band = rapid.SampledFrom([]string{"", "red", "green", "purple"}).Draw(t, "band")
		}
		out = append(out, p)
	}
	return out
}

// TestEveryRuleAddsUp holds every way to combine, round and roll up to the same
// promises: the points add up to the score as integers, so do the parts of a
// roll-up and of a change, and Number says what Score says.
func TestEveryRuleAddsUp(t *testing.T) {
	var w health.Scratch
	rapid.Check(t, func(t *rapid.T) {
		def := anyRules(t, anyCard(t))
		if def.Scale == nil {
			def = withExceptions(t, def)
		}
		card := compileRapid(t, def)
		draw := func() health.Subject {
			s := anySubject(t, anyValues(t, def, true))
			s.Relationships, s.Children = anyParts(t), anyParts(t)
			return s
		}
		s := draw()
		r := card.Score(s)
		if got := points(r); got != r.ScorePico {
			t.Fatalf("points add up to %d, the score is %d: %+v", got, r.ScorePico, r.Adjustments)
		}
		if r.Score == nil && r.Reason == "" || r.Score != nil && (*r.Score < 0 || *r.Score > 100 || r.Band == "") {
			t.Fatalf("score %v, band %q, reason %q", r.Score, r.Band, r.Reason)
		}
		for _, roll := range r.Rolled {
			sum := roll.OwnPico
			for _, p := range roll.Parts {
				sum += p.PointsPico
			}
			if roll.Rule != health.ShareInBands && sum != roll.ScorePico {
				t.Fatalf("the parts of %s add up to %d of %d", roll.Rule, sum, roll.ScorePico)
			}
		}
		if def.Rounding != "" && r.ComputedScore != nil {
			if shown := card.Shown(*r.ComputedScore); math.Abs(shown-math.Round(shown)) > 1e-9 {
				t.Fatalf("the score is rounded, and %v", shown)
			}
		}
		score, band := card.Number(s, &w)
		if (r.Score == nil) != math.IsNaN(score) || r.Score != nil && *r.Score != score || band != r.Band {
			t.Fatalf("Number is %v %q, Score %v %q", score, band, r.Score, r.Band)
		}
		next := card.Score(draw())
		change, sum := health.Explain(r, next), int64(0)
		for _, m := range change.Measures {
			sum += m.ValuePico + m.WeightPico
		}
		for _, a := range change.Adjustments {
			sum += a.PointsPico
		}
		if sum != next.ScorePico-r.ScorePico {
			t.Fatalf("the parts add up to %d, the score moved by %d", sum, next.ScorePico-r.ScorePico)
		}
	})
}

func anyValues(t *rapid.T, card health.Scorecard, missing bool) []*float64 {
	var out []*float64
	for _, g := range card.Groups {
		for range g.Measures {
			v := rapid.Float64Range(-20, 120).Draw(t, "value")
			if missing && rapid.IntRange(0, 3).Draw(t, "missing") == 0 {
				out = append(out, nil)
				continue
			}
			out = append(out, &v)
		}
	}
	return out
}

// compileRapid is compile for rapid's T.
func compileRapid(t *rapid.T, def health.Scorecard) *health.Card {
	set, err := health.Compile([]health.Scorecard{def}, options())
	if err != nil {
		t.Fatal(err)
	}
	return set.Cards()[0]
}

func points(r health.Result) (sum int64) {
	for _, k := range r.Contributions {
		sum += k.PointsPico
	}
	for _, a := range r.Adjustments {
		sum += a.PointsPico
	}
	return sum
}

func withExceptions(t *rapid.T, card health.Scorecard) health.Scorecard {
	for i := range rapid.IntRange(0, 4).Draw(t, "exceptions") {
		e := health.Exception{Key: fmt.Sprintf("e%d", i), When: rapid.SampledFrom([]string{"true", "false", "unknown"}).Draw(t, "when")}
		level := rapid.Float64Range(0, 100).Draw(t, "level")
		switch rapid.IntRange(0, 2).Draw(t, "what") {
		case 0:
			e.Cap = &level
		case 1:
			e.Floor = &level
		default:
			e.ForceBand = rapid.SampledFrom([]string{"red", "yellow", "green"}).Draw(t, "force")
		}
		card.Exceptions = append(card.Exceptions, e)
	}
	return card
}

func anySubject(t *rapid.T, vals []*float64) health.Subject {
	s := health.Subject{AsOf: asOf, AgeDays: 400, Inputs: known(vals)}
	for range rapid.IntRange(0, 2).Draw(t, "overrides") {
		o := health.Override{
			Author: "ann", Reason: "she knows",
			CreatedAt: asOf.AddDate(0, 0, -rapid.IntRange(0, 60).Draw(t, "created")),
		}
		o.ExpiresAt = o.CreatedAt.AddDate(0, 0, rapid.IntRange(1, 60).Draw(t, "holds"))
		if rapid.Bool().Draw(t, "by score") {
			o.Score = new(rapid.Float64Range(0, 100).Draw(t, "override"))
		} else {
			o.Band = rapid.SampledFrom([]string{"red", "green", "purple"}).Draw(t, "override band")
		}
		s.Overrides = append(s.Overrides, o)
	}
	return s
}

func TestScoreAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := withExceptions(t, anyCard(t))
		r := compileRapid(t, def).Score(anySubject(t, anyValues(t, def, true)))
		if got := points(r); got != r.ScorePico {
			t.Fatalf("points add up to %d, the score is %d", got, r.ScorePico)
		}
		if (r.Score == nil) != (r.ScorePico == 0 && r.Score == nil) || r.Score != nil && *r.Score != float64(r.ScorePico)/1e12 {
			t.Fatalf("score %v is not %d pico", r.Score, r.ScorePico)
		}
		if r.Score == nil && r.Reason == "" {
			t.Fatal("there is no score and no reason")
		}
		if r.Score != nil && (*r.Score < 0 || *r.Score > 100 || r.Band == "") {
			t.Fatalf("score %v, band %q", *r.Score, r.Band)
		}
		if r.Coverage < 0 || r.Coverage > 1 {
			t.Fatalf("coverage %v", r.Coverage)
		}
		if r.ComputedScore == nil {
			return
		}
		effective, loss := 0.0, 0.0
		for _, k := range r.Contributions {
			effective += k.Effective
			loss += k.Loss
			if k.PointsPico < 0 || k.Score == nil && (k.PointsPico != 0 || k.Effective != 0) {
				t.Fatalf("contribution %+v", k)
			}
		}
		if math.Abs(effective-1) > 1e-9 || math.Abs(loss-(100-*r.ComputedScore)) > 1e-9 {
			t.Fatalf("shares add up to %v, losses to %v at a score of %v", effective, loss, *r.ComputedScore)
		}
	})
}

func TestExplainAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := withExceptions(t, anyCard(t)), withExceptions(t, anyCard(t))
		if rapid.Bool().Draw(t, "same scorecard") {
			b = a
		}
		x := compileRapid(t, a).Score(anySubject(t, anyValues(t, a, true)))
		y := compileRapid(t, b).Score(anySubject(t, anyValues(t, b, true)))
		there, back := health.Explain(x, y), health.Explain(y, x)
		sum := int64(0)
		for _, m := range there.Measures {
			if m.PointsPico != m.ValuePico+m.WeightPico {
				t.Fatalf("%s: %d ≠ %d + %d", m.Measure, m.PointsPico, m.ValuePico, m.WeightPico)
			}
			sum += m.PointsPico
		}
		for _, m := range there.Adjustments {
			sum += m.PointsPico
		}
		if want := y.ScorePico - x.ScorePico; sum != want || there.DeltaPico != want {
			t.Fatalf("the parts add up to %d, the score moved by %d", sum, want)
		}
		if (there.Delta == nil) != (x.Score == nil || y.Score == nil) {
			t.Fatal("delta does not match the ends")
		}
		reverse := map[string]health.MeasureChange{}
		for _, m := range back.Measures {
			reverse[m.Measure] = m
		}
		for _, m := range there.Measures {
			if r := reverse[m.Measure]; r.PointsPico != -m.PointsPico || abs(r.ValuePico+m.ValuePico) > 1 {
				t.Fatalf("%s moves by %d there and %d back", m.Measure, m.ValuePico, r.ValuePico)
			}
		}
	})
}

func TestUnmovedExplainsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := anyCard(t)
		r := compileRapid(t, def).Score(anySubject(t, anyValues(t, def, true)))
		for _, m := range health.Explain(r, r).Measures {
			if m.PointsPico != 0 || m.ValuePico != 0 || m.WeightPico != 0 {
				t.Fatalf("%+v moved", m)
			}
		}
	})
}

func TestScoreIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := anyCard(t)
		vals := anyValues(t, def, true)
		card := compileRapid(t, def)
		before := card.Score(health.Subject{AsOf: asOf, Inputs: known(vals)})
		i := rapid.IntRange(0, len(vals)-1).Draw(t, "which")
		if vals[i] == nil || before.Score == nil {
			t.Skip()
		}
		vals[i] = new(*vals[i] + rapid.Float64Range(0, 50).Draw(t, "more"))
		after := card.Score(health.Subject{AsOf: asOf, Inputs: known(vals)})
		if after.ScorePico < before.ScorePico-1 {
			t.Fatalf("more of a good thing lowered the score from %v to %v", *before.Score, *after.Score)
		}
	})
}

func TestPoliciesAgreeWhenNothingIsMissing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := anyCard(t)
		vals := anyValues(t, def, false)
		def.Redistribution = health.WithinGroup
		x := compileRapid(t, def).Score(health.Subject{AsOf: asOf, Inputs: known(vals)})
		def.Redistribution = health.OverAll
		y := compileRapid(t, def).Score(health.Subject{AsOf: asOf, Inputs: known(vals)})
		if abs(x.ScorePico-y.ScorePico) > 1 || x.Coverage != 1 || y.Coverage != 1 {
			t.Fatalf("within_group %v, over_all %v, coverage %v", *x.Score, *y.Score, x.Coverage)
		}
	})
}

func TestOverrideNeverSurvivesItsExpiry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := anyCard(t)
		card := compileRapid(t, def)
		s := anySubject(t, anyValues(t, def, true))
		plain := s
		plain.Overrides = nil
		for _, o := range s.Overrides {
			if o.ExpiresAt.After(s.AsOf) {
				s.AsOf = o.ExpiresAt
			}
		}
		r, want := card.Score(s), card.Score(plain)
		if r.Overridden != nil || r.Band != want.Band || r.ScorePico != want.ScorePico {
			t.Fatalf("an override holds at its expiry: %+v", r.Overridden)
		}
	})
}

func TestEvenSplitsAreExact(t *testing.T) {
	// A score that is 50 on paper is 50: seven sevenths of 50 must not be red.
	for n := 1; n <= 60; n++ {
		def := health.Scorecard{Key: "c", Bands: threeBands()}
		var vals []*float64
		for i := range n {
			def.Groups = append(def.Groups, health.Group{Key: fmt.Sprintf("g%d", i), Weight: 0.1, Measures: []health.Measure{identity(key(i), 1.0/3)}})
			vals = append(vals, new(50.0))
		}
		r := score(t, def, vals)
		if *r.Score != 50 || r.Band != "yellow" || points(r) != 50e12 {
			t.Errorf("%d measures of 50 give %v, %s, %d", n, *r.Score, r.Band, points(r))
		}
	}
}

func abs(n int64) int64 { return max(n, -n) }

func BenchmarkScore(b *testing.B) {
	def := health.Scorecard{Key: "c", Bands: threeBands()}
	var vals []*float64
	for g := range 5 {
		group := health.Group{Key: fmt.Sprintf("g%d", g), Weight: 20}
		for m := range 4 {
			group.Measures = append(group.Measures, identity(fmt.Sprintf("g%dm%d", g, m), 25))
			vals = append(vals, new(float64(10*g+m)))
		}
		def.Groups = append(def.Groups, group)
	}
	card, s := compile(b, def), health.Subject{AsOf: asOf, Inputs: known(vals)}
	b.ReportAllocs()
	for b.Loop() {
		if r := card.Score(s); r.Score == nil {
			b.Fatal("no score")
		}
	}
}

// TestNumberIsScore scores one account after the other with one Scratch and
// compares with Score.
func TestNumberIsScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w health.Scratch
		for range rapid.IntRange(1, 4).Draw(t, "accounts") {
			def := withExceptions(t, anyCard(t))
			card, s := compileRapid(t, def), anySubject(t, anyValues(t, def, true))
			s.AgeDays = rapid.Float64Range(-1, 100).Draw(t, "age")
			want := card.Score(s)
			score, band := card.Number(s, &w)
			if want.Score == nil != math.IsNaN(score) || want.Score != nil && *want.Score != score || band != want.Band {
				t.Fatalf("Number is %v %q, Score %v %q", score, band, want.Score, want.Band)
			}
		}
	})
}

// TestRedistributionAddsUp: what a measure had and what it took is what it has.
func TestRedistributionAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := anyCard(t)
		card := compileRapid(t, def)
		r := card.Score(health.Subject{AsOf: asOf, AgeDays: 400, Inputs: known(anyValues(t, def, true))})
		if r.ComputedScore == nil {
			return
		}
		has := map[string]float64{}
		for _, k := range r.Contributions {
			if k.Score != nil {
				has[k.Measure] = k.Nominal
			}
		}
		for _, one := range card.Redistribution(&r, health.Words{}) {
			if one.Words == "" || one.Why == "" {
				t.Fatalf("%+v does not say why", one)
			}
			for _, h := range one.To {
				has[h.Measure] += h.Share
			}
		}
		for _, k := range r.Contributions {
			if k.Score != nil && math.Abs(has[k.Measure]-k.Effective) > 1e-9 {
				t.Fatalf("%s has %v with what it took, and counts for %v", k.Measure, has[k.Measure], k.Effective)
			}
		}
	})
}
