package health

import (
	"fmt"
	"math"
	"strconv"
)

// mean combines scores by weight, and where the scorecard says so by the worst
// or the best. The sum is taken in floating point, whose error (below 1e-13)
// vanishes in the rounding to 1e-12; the points are then rounded by the largest
// remainder, so that they add up to the score as integers and a score that is 50
// on paper is exactly 50. A rounding of groups is a part of its own.
func (c *Card) mean(r *Result, w *Scratch) {
	exact := w.floats(len(r.Contributions) + len(c.groups)) // measures, then what rounding moves in each group
	shares := w.floats(len(c.groups))
	if !c.shares(r, exact, shares, w) {
		r.Reason = "no measure with a weight above 0 has a value"
		return
	}
	score := 0.0
	for i := range r.Contributions {
		k := &r.Contributions[i]
		if !k.counts() {
			continue
		}
		k.Effective = exact[i]
		exact[i] *= *k.Score
		k.Loss = k.Effective * (100 - *k.Score)
		score += exact[i]
	}
	rounding := exact[len(r.Contributions):]
	if c.def.Rounding == EachLevel {
		for g := range c.groups {
			if shares[g] > 0 {
				rounding[g] = shares[g] * (c.whole(r.groups[g]) - r.groups[g])
				score += rounding[g]
			}
		}
	}
	r.ScorePico = min(max(int64(math.Round(score*pico)), 0), 100*pico)
	r.Score = w.number(float64(r.ScorePico) / pico)
	if w.brief {
		return
	}
	points := apportion(exact, r.ScorePico)
	for i := range r.Contributions {
		r.Contributions[i].PointsPico = points[i]
		r.Contributions[i].Points = float64(points[i]) / pico
	}
	for g, p := range points[len(r.Contributions):] {
		if p != 0 {
			r.Adjustments = append(r.Adjustments, Adjustment{
				Kind: AdjustRounding, Key: "group." + c.groups[g].key, PointsPico: p, Points: float64(p) / pico,
				Why: c.groups[g].title + ": " + c.rounded(r.groups[g]),
			})
		}
	}
}

// shares fills the share of the whole of each measure (out) and of each group,
// and the groups' scores where they are wanted. It is false when nothing counts.
func (c *Card) shares(r *Result, out, ofGroup []float64, w *Scratch) bool {
	ks := r.Contributions
	live := w.floats(len(c.groups)) // live weight inside each group
	for i := range ks {
		if ks[i].counts() {
			live[c.measures[i].group] += c.measures[i].def.Weight
		}
	}
	inner := w.floats(len(ks)) // shares of the group
	for i := range ks {
		if m := &c.measures[i]; ks[i].counts() && live[m.group] > 0 {
			inner[i] = m.def.Weight / live[m.group]
		}
	}
	for g := range c.groups {
		if k := c.groups[g].combine; k == WorstOf || k == BestOf {
			c.extremeMeasure(ks, g, k == WorstOf, inner)
		}
	}
	if c.byGroup || len(c.excs) > 0 {
		r.groups = w.floats(len(c.groups))
		for g := range r.groups {
			if !(live[g] > 0) {
				r.groups[g] = math.NaN()
			}
		}
		for i := range ks {
			if inner[i] > 0 {
				r.groups[c.measures[i].group] += inner[i] * *ks[i].Score
			}
		}
	}
	total := c.groupShares(ks, live, ofGroup, r.groups)
	if total == 0 {
		return false
	}
	for i := range ks {
		m := &c.measures[i]
		switch {
		case !ks[i].counts():
		case c.overAll:
			out[i] = m.nominal / total
		case live[m.group] > 0:
			out[i] = ofGroup[m.group] * inner[i]
		}
	}
	return true
}

// groupShares fills the groups' shares of the whole. It returns the sum of the
// weights that count, by which over_all divides.
func (c *Card) groupShares(ks []Contribution, live, ofGroup, scores []float64) float64 {
	total := 0.0
	switch {
	case c.overAll:
		for i := range ks {
			if ks[i].counts() {
				total += c.measures[i].nominal
			}
		}
		return total
	case c.def.Combine == WorstOf || c.def.Combine == BestOf:
		best, ties := math.NaN(), 0.0
		for g := range c.groups {
			if live[g] > 0 && c.groups[g].weight > 0 {
				best, ties = extreme(best, ties, c.atLevel(scores[g]), c.def.Combine == WorstOf)
			}
		}
		for g := range c.groups {
			if live[g] > 0 && c.groups[g].weight > 0 && c.atLevel(scores[g]) == best {
				ofGroup[g] = 1 / ties
			}
		}
		return ties
	}
	for g, l := range live {
		if l > 0 {
			total += c.groups[g].weight
		}
	}
	if total > 0 {
		for g, l := range live {
			if l > 0 {
				ofGroup[g] = c.groups[g].weight / total
			}
		}
	}
	return total
}

// extremeMeasure gives a group to its worst (or best) measures with a weight.
func (c *Card) extremeMeasure(ks []Contribution, g int, worst bool, inner []float64) {
	best, ties := math.NaN(), 0.0
	for i := range ks {
		if c.measures[i].group == g && ks[i].counts() && c.measures[i].def.Weight > 0 {
			best, ties = extreme(best, ties, *ks[i].Score, worst)
		}
	}
	for i := range ks {
		if c.measures[i].group == g && ks[i].counts() {
			inner[i] = 0
			if c.measures[i].def.Weight > 0 && *ks[i].Score == best {
				inner[i] = 1 / ties
			}
		}
	}
}

// extreme takes one more value into the worst or best so far, NaN at first, and
// how often it came.
func extreme(best, ties, v float64, worst bool) (float64, float64) {
	switch {
	case math.IsNaN(best) || v != best && worst == (v < best):
		return v, 1
	case v == best:
		return best, ties + 1
	}
	return best, ties
}

// atLevel is the score of a group as it is used further.
func (c *Card) atLevel(s float64) float64 {
	if c.def.Rounding == EachLevel {
		return c.whole(s)
	}
	return s
}

// whole rounds a score to a whole number of the scale, half up. What is half on
// paper is half here: the last digits of floating point do not decide.
func (c *Card) whole(s float64) float64 {
	shown := math.Round(c.scale.shown(s)*1e9) / 1e9
	return c.scale.inside(min(math.Floor(shown+0.5), c.scale.Max))
}

func (c *Card) rounded(s float64) string {
	return fmt.Sprintf("%s rounds to %s", short(c.scale.shown(s)), short(c.scale.shown(c.whole(s))))
}

func short(f float64) string {
	return strconv.FormatFloat(math.Round(f*1e4)/1e4, 'f', -1, 64)
}

// add sums points from the start on and clamps the sum to the scale.
func (c *Card) add(r *Result, w *Scratch) {
	r.ScorePico = toPico(c.start)
	if c.start != 0 && !w.brief {
		r.Adjustments = append(r.Adjustments, Adjustment{
			Kind: AdjustStart, Key: "start", PointsPico: r.ScorePico, Points: c.start,
			Why: "every account begins at " + short(c.scale.shown(c.start)),
		})
	}
	if len(c.excs) > 0 {
		r.groups = w.floats(len(c.groups))
	}
	for i := range r.Contributions {
		k, m := &r.Contributions[i], &c.measures[i]
		if !k.counts() {
			continue
		}
		k.Effective = m.def.Weight
		k.PointsPico = toPico(m.def.Weight * *k.Score)
		k.Points = float64(k.PointsPico) / pico
		k.Loss = m.def.Weight * (math.Max(m.most, 0) - *k.Score)
		r.ScorePico += k.PointsPico
		if r.groups != nil {
			r.groups[m.group] += k.Points
		}
	}
	target := min(max(r.ScorePico, 0), 100*pico)
	if target != r.ScorePico && !w.brief {
		a := Adjustment{Kind: AdjustClamp, Key: "scale", PointsPico: target - r.ScorePico}
		a.Points = float64(a.PointsPico) / pico
		a.Why = fmt.Sprintf("the points make %s, and the scale goes from %s to %s",
			short(c.scale.shown(float64(r.ScorePico)/pico)), short(c.scale.Min), short(c.scale.Max))
		r.Adjustments = append(r.Adjustments, a)
	}
	r.ScorePico = target
	r.Score = w.number(float64(target) / pico)
}

// round rounds the score to a whole number of the scale where the scorecard says
// so; key says which score it is.
func (c *Card) round(r *Result, key string, w *Scratch) {
	if r.Score == nil || c.def.Rounding != RoundScore && c.def.Rounding != EachLevel {
		return
	}
	target := toPico(c.whole(*r.Score))
	if target == r.ScorePico {
		return
	}
	if !w.brief {
		a := Adjustment{Kind: AdjustRounding, Key: key, Why: c.rounded(*r.Score), PointsPico: target - r.ScorePico}
		a.Points = float64(a.PointsPico) / pico
		r.Adjustments = append(r.Adjustments, a)
	}
	r.ScorePico = target
	r.Score = w.number(float64(target) / pico)
}

// conclude gives the computed score its band.
func (c *Card) conclude(r *Result, w *Scratch) {
	if r.Score == nil {
		return
	}
	if !w.brief {
		r.ComputedScore = new(*r.Score)
	}
	r.Band = c.Band(*r.Score)
	r.ComputedBand = r.Band
}
