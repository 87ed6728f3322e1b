package health

import (
	"fmt"
	"math"
)

// settings checks what a scorecard says about itself and fixes its scale.
func (c *compiler) settings(path string, card *Card) {
	def := &card.def
	oneOf(c.errs, path+".per", string(def.Per), string(PerRelationship))
	oneOf(c.errs, path+".combine", string(def.Combine), string(WeightedMean), string(AddPoints), string(WorstOf), string(BestOf))
	oneOf(c.errs, path+".weights", string(def.Weights), string(OfGroup), string(OfOverall))
	oneOf(c.errs, path+".rounding", string(def.Rounding), string(DisplayOnly), string(RoundScore), string(EachLevel))
	c.scale, c.points = Scale{Max: 100}, def.Combine == AddPoints
	if s := def.Scale; s != nil {
		if !finite(s.Min) || !finite(s.Max) || !(s.Max > s.Min) || s.Max-s.Min > 1e6 {
			c.errs.Add(path+".scale", "goes from %v to %v: it goes from the worst score to a higher one, for example {min: 0, max: 10}", s.Min, s.Max)
		} else {
			c.scale = *s
		}
	}
	card.scale = c.scale
	if def.Product != "" && def.Per != PerRelationship {
		c.errs.Add(path+".product", "goes with per: relationship only")
	}
	if def.Per == PerRelationship && (def.Relationships != nil || def.Hierarchy != nil) {
		c.errs.Add(path, "is a scorecard per relationship: relationships and hierarchy belong to scorecards of accounts")
	}
	if def.Start != nil {
		if !c.points {
			c.errs.Add(path+".start", "goes with combine: points only")
		}
		card.start = c.score(path+".start", *def.Start)
	}
	if card.overAll && card.byGroup {
		c.errs.Add(path+".redistribution", "is over_all, where groups have no scores of their own: leave out rounding: each_level and combine: %s", def.Combine)
	}
	if card.overAll && c.points {
		c.errs.Add(path+".redistribution", "does not go with combine: points: a missing measure adds nothing, and nobody inherits its weight")
	}
}

// score checks a score of the scorecard's scale and returns it from 0 to 100.
func (c *compiler) score(path string, s float64) float64 {
	if !(s >= c.scale.Min && s <= c.scale.Max) {
		c.errs.Add(path, "is %v: scores go from %v to %v", s, c.scale.Min, c.scale.Max)
		return 0
	}
	return c.scale.inside(s)
}

// measured is score for what a measure gives: a score, or points.
func (c *compiler) measured(path string, s float64) float64 {
	if !c.points {
		return c.score(path, s)
	}
	span := c.scale.Max - c.scale.Min
	if !(math.Abs(s) <= 100*span) {
		c.errs.Add(path, "is %v points: the limit is %v on this scale", s, 100*span)
		return 0
	}
	return s / span * 100
}

// inside turns a score of the scale into one from 0 to 100; shown turns it back.
func (s Scale) inside(v float64) float64 {
	if s == (Scale{Max: 100}) {
		return v
	}
	return (v - s.Min) / (s.Max - s.Min) * 100
}

func (s Scale) shown(v float64) float64 {
	if s == (Scale{Max: 100}) {
		return v
	}
	return s.Min + v*(s.Max-s.Min)/100
}

// Shown turns a score from 0 to 100 into the scorecard's scale.
func (c *Card) Shown(score float64) float64 { return c.scale.shown(score) }

// Bands returns the bands with their bounds from 0 to 100, worst first.
func (c *Card) Bands() []Band { return append([]Band{}, c.bands...) }

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func (c *compiler) bands(path string, bands []Band) []Band {
	if len(bands) == 0 {
		c.errs.Add(path, "there are no bands: list at least one, worst first, the first with min: %v", c.scale.Min)
	}
	seen := map[string]bool{}
	out := make([]Band, len(bands))
	for i, b := range bands {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.key(at+".key", b.Key)
		if seen[b.Key] {
			c.errs.Add(at+".key", "the band %q is listed twice", b.Key)
		}
		seen[b.Key] = true
		oneOf(c.errs, at+".color", b.Color, "red", "orange", "yellow", "lime", "green", "grey")
		switch {
		case i == 0 && b.Min != c.scale.Min:
			c.errs.Add(at+".min", "is %v: the first band starts at %v, so that every score has a band", b.Min, c.scale.Min)
		case i > 0 && !(b.Min > bands[i-1].Min):
			c.errs.Add(at+".min", "is %v, not above the %v of the band before: list the bands worst first", b.Min, bands[i-1].Min)
		case !(b.Min <= c.scale.Max):
			c.errs.Add(at+".min", "is %v: scores end at %v", b.Min, c.scale.Max)
		}
		out[i] = b
		out[i].Min = c.scale.inside(b.Min)
	}
	return out
}

func (c *compiler) groups(path string, card *Card) {
	def := &card.def
	if len(def.Groups) == 0 {
		// A parent account may have nothing but its children's scores.
		if def.Hierarchy == nil && def.Relationships == nil {
			c.errs.Add(path+".groups", "there are no groups: a scorecard needs at least one group with one measure")
		}
		return
	}
	groupKeys, measureKeys := map[string]bool{}, map[string]string{}
	for gi, g := range def.Groups {
		at := fmt.Sprintf("%s.groups[%d]", path, gi)
		c.key(at+".key", g.Key)
		if groupKeys[g.Key] {
			c.errs.Add(at+".key", "the group %q is listed twice", g.Key)
		}
		groupKeys[g.Key] = true
		sum := 0.0
		for mi, m := range g.Measures {
			mat := fmt.Sprintf("%s.measures[%d]", at, mi)
			if first, dup := measureKeys[m.Key]; dup {
				c.errs.Add(mat+".key", "the measure %q stands in %s already: measure keys are unique within a scorecard", m.Key, first)
			}
			measureKeys[m.Key] = mat
			sum += c.weight(mat+".weight", m.Weight)
			card.measures = append(card.measures, c.measure(mat, gi, m, card))
		}
		switch {
		case len(g.Measures) == 0:
			c.errs.Add(at+".measures", "there are no measures: add one or remove the group")
		case sum == 0:
			c.errs.Add(at+".measures", "the weights add up to 0: give at least one measure a weight above 0")
		}
		c.group(at, card, g, sum)
	}
	total := 0.0
	for _, g := range card.groups {
		total += g.weight
	}
	if total == 0 {
		c.errs.Add(path+".groups", "the weights of the groups add up to 0: give at least one group a weight above 0")
	}
	if want := def.WeightsSum; want != nil && !c.points {
		c.sums(path+".groups", "the groups", total, *want)
	}
	if len(card.measures) > MaxMeasures {
		c.errs.Add(path+".groups", "there are %d measures: the limit is %d", len(card.measures), MaxMeasures)
	}
	card.nominal(total)
}

func (c *compiler) group(at string, card *Card, g Group, sum float64) {
	def := &card.def
	oneOf(c.errs, at+".combine", string(g.Combine), string(WeightedMean), string(WorstOf), string(BestOf))
	out := group{key: g.Key, title: g.Title, weight: c.weight(at+".weight", g.Weight), sum: sum, combine: g.Combine}
	if out.title == "" {
		out.title = g.Key
	}
	switch {
	case c.points:
		if g.Weight != 0 || g.Combine != "" {
			c.errs.Add(at, "sets weight or combine, and the scorecard adds points: only measures have weights there")
		}
		out.weight = sum
	case def.Weights == OfOverall:
		if g.Weight != 0 {
			c.errs.Add(at+".weight", "is not given when weights are of_overall: it is the sum of the measures' weights")
		}
		out.weight = sum
	case def.WeightsSum != nil:
		c.sums(at+".measures", "the measures of the group", sum, *def.WeightsSum)
	}
	if (g.Combine == WorstOf || g.Combine == BestOf) && card.overAll {
		c.errs.Add(at+".combine", "does not go with redistribution: over_all, where groups have no scores of their own")
	}
	card.groups = append(card.groups, out)
}

// sums reports weights that do not add up to what the scorecard says.
func (c *compiler) sums(path, what string, sum, want float64) {
	if _, valid, _ := Weights([]float64{sum}, want); !valid {
		c.errs.Add(path, "the weights of %s add up to %v, and weights_sum says %v: mend them, or leave weights_sum out to use shares of the sum", what, sum, want)
	}
}

// nominal fills the shares of the measures before anything is missing.
func (c *Card) nominal(total float64) {
	if c.def.Combine == AddPoints {
		reach := 0.0
		for i := range c.measures {
			reach += c.measures[i].reach()
		}
		for i := range c.measures {
			c.measures[i].nominal = share(c.measures[i].reach(), reach)
		}
		return
	}
	for i := range c.measures {
		m := &c.measures[i]
		g := c.groups[m.group]
		m.nominal = share(g.weight, total) * share(m.def.Weight, g.sum)
	}
}

// reach is how far a measure that gives points can move the score.
func (m *measure) reach() float64 {
	return m.def.Weight * math.Max(math.Abs(m.least), math.Abs(m.most))
}
