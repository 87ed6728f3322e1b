package health_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"kept/internal/health"
)

// TestReweigh wants weights with two places that add up to 100, close to the
// shares that were asked for.
func TestReweigh(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := health.Scorecard{Key: "c"}
		if rapid.Bool().Draw(t, "overall") {
			def.Weights = health.OfOverall
		}
		var shares []float64
		total := 0.0
		for g := range rapid.IntRange(1, 4).Draw(t, "groups") {
			group := health.Group{Key: string(rune('a' + g)), Weight: 1}
			for m := range rapid.IntRange(1, 4).Draw(t, "measures") {
				group.Measures = append(group.Measures, health.Measure{Key: string(rune('a'+g)) + string(rune('a'+m)), Weight: 7})
				s := rapid.Float64Range(0, 1).Draw(t, "share")
				if rapid.IntRange(0, 3).Draw(t, "nothing") == 0 {
					s = 0
				}
				shares, total = append(shares, s), total+s
			}
			def.Groups = append(def.Groups, group)
		}
		out, ok := health.Reweigh(def, shares)
		if ok != (total > 0) {
			t.Fatalf("reweighed: %t", ok)
		}
		if !ok {
			return
		}
		at, groups := 0, 0.0
		for g := range out.Groups {
			group := &out.Groups[g]
			groups += group.Weight
			inside := 0.0
			for m := range group.Measures {
				w := group.Measures[m].Weight
				inside += w
				got := w / 100
				if def.Weights != health.OfOverall {
					got = group.Weight / 100 * w / 100
				}
				if group.Weight > 0 && math.Abs(got-shares[at]/total) > 2e-4 {
					t.Fatalf("measure %d has %v, asked for %v", at, got, shares[at]/total)
				}
				at++
			}
			if def.Weights != health.OfOverall && group.Weight > 0 && math.Abs(inside-100) > 1e-9 {
				t.Fatalf("the weights of a group add up to %v", inside)
			}
			if def.Groups[g].Measures[0].Weight != 7 {
				t.Fatal("the scorecard that was given has changed")
			}
		}
		if def.Weights != health.OfOverall && math.Abs(groups-100) > 1e-9 {
			t.Fatalf("the groups add up to %v", groups)
		}
	})
	sum := 10.0
	one := []health.Group{{Key: "g", Weight: 1, Measures: []health.Measure{{Key: "m", Weight: 1}}}}
	for name, def := range map[string]health.Scorecard{
		"points":    {Combine: health.AddPoints, Groups: one},
		"worst":     {Groups: []health.Group{{Key: "g", Weight: 1, Combine: health.WorstOf, Measures: one[0].Measures}}},
		"other sum": {WeightsSum: &sum, Groups: one},
	} {
		if _, ok := health.Reweigh(def, []float64{1}); ok {
			t.Errorf("%s is reweighed", name)
		}
	}
	for name, shares := range map[string][]float64{"too many": {1, 1}, "nothing": {0}, "negative": {-1}, "NaN": {math.NaN()}, "Inf": {math.Inf(1)}} {
		if _, ok := health.Reweigh(health.Scorecard{Groups: one}, shares); ok {
			t.Errorf("shares %s are taken", name)
		}
	}
}
