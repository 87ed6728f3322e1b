package health

import (
	"math"
	"slices"
)

// hundredths is how fine reweighed shares are: hundredths of a percent.
const hundredths = 10_000

// Reweigh returns a scorecard with the same measures under other shares of the
// whole, one per measure in the order of Card.Shares; they are made to add up to
// 100 with two places. A group whose measures all get nothing keeps their weights
// and loses its own. False for a scorecard that is no weighted mean, for which
// shares mean nothing.
func Reweigh(def Scorecard, shares []float64) (Scorecard, bool) {
	if def.Combine != "" && def.Combine != WeightedMean || def.WeightsSum != nil && *def.WeightsSum != 100 {
		return def, false
	}
	n := 0
	for _, g := range def.Groups {
		if g.Combine != "" && g.Combine != WeightedMean {
			return def, false
		}
		n += len(g.Measures)
	}
	total := 0.0
	for _, s := range shares {
		if !(s >= 0) || math.IsInf(s, 0) {
			return def, false
		}
		total += s
	}
	if n != len(shares) || total <= 0 {
		return def, false
	}
	out := def
	out.Groups = slices.Clone(def.Groups)
	of := make([]float64, len(out.Groups))
	at := 0
	for g := range out.Groups {
		for range out.Groups[g].Measures {
			of[g] += shares[at] / total
			at++
		}
	}
	groups := percents(of)
	at = 0
	for g := range out.Groups {
		group := &out.Groups[g]
		group.Measures = slices.Clone(group.Measures)
		inside := shares[at : at+len(group.Measures)]
		at += len(group.Measures)
		if def.Weights != OfOverall {
			group.Weight = groups[g]
		}
		if groups[g] == 0 && def.Weights != OfOverall {
			continue
		}
		weights := make([]float64, len(inside))
		if def.Weights == OfOverall {
			for i, s := range inside {
				weights[i] = math.Round(s/total*hundredths) / 100
			}
		} else {
			sum := 0.0
			for _, s := range inside {
				sum += s
			}
			for i, s := range inside {
				weights[i] = s / sum
			}
			weights = percents(weights)
		}
		for i := range weights {
			group.Measures[i].Weight = weights[i]
		}
	}
	return out, true
}

// percents turns shares that add up to 1 into weights with two places that add up
// to 100, by the largest remainder.
func percents(shares []float64) []float64 {
	parts := make([]float64, len(shares))
	for i, s := range shares {
		parts[i] = s * hundredths / pico
	}
	out := make([]float64, len(shares))
	for i, w := range apportion(parts, hundredths) {
		out[i] = float64(w) / 100
	}
	return out
}
