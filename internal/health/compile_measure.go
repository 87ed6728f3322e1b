package health

import (
	"fmt"
	"math"
	"slices"

	"kept/internal/metric"
)

func (c *compiler) measure(path string, gi int, def Measure, card *Card) measure {
	m := measure{def: def, group: gi, input: -1}
	c.key(path+".key", def.Key)
	oneOf(c.errs, path+".on_null", string(def.OnNull), string(Ignore), string(Neutral), string(Worst), string(Fixed))
	oneOf(c.errs, path+".outside", string(def.Outside), string(Flat), string(NoScore))
	oneOf(c.errs, path+".step_bounds", string(def.StepBounds), string(LowerInclusive), string(UpperInclusive))
	if c.points && def.Weight == 0 {
		c.errs.Add(path+".weight", "is 0, which multiplies the points away: give 1 to use the points as they are written")
	}
	c.source(path, def, card)
	if c.curve(path, &m) {
		c.options(path, &m)
	}
	m.stale = c.days(path+".stale_after", def.StaleAfter, math.Inf(1))
	m.expires = c.days(path+".expires_after", def.ExpiresAfter, math.Inf(1))
	m.grace = c.days(path+".grace_new", def.GraceNew, 0)
	if def.Metric == "" {
		return m
	}
	m.input = slices.Index(card.metrics, def.Metric)
	if m.input < 0 {
		m.input = len(card.metrics)
		card.metrics = append(card.metrics, def.Metric)
	}
	return m
}

// source checks where a measure takes its value from.
func (c *compiler) source(path string, def Measure, card *Card) {
	switch {
	case len(def.Cases) > 0 && def.Metric != "":
		c.errs.Add(path+".metric", "goes with points or steps: cases name the metrics in their conditions")
	case len(def.Cases) > 0:
	case def.Metric == "":
		c.errs.Add(path+".metric", "is missing: name the metric that this measure scores")
	case card.def.Per == PerRelationship && c.opt.HasRelationshipMetric != nil && c.opt.HasRelationshipMetric(def.Metric):
	case c.opt.HasMetric != nil && !c.opt.HasMetric(def.Metric):
		c.errs.Add(path+".metric", "there is no account metric %q: define it under metrics, or mend the name", def.Metric)
	}
}

// curve checks the curve or the cases and turns their scores into 0 to 100.
// It is false when there is no one way to score.
func (c *compiler) curve(path string, m *measure) bool {
	def := &m.def
	given := 0
	for _, n := range []int{len(def.Points), len(def.Steps), len(def.Cases)} {
		if n > 0 {
			given++
		}
	}
	switch {
	case given == 0:
		c.errs.Add(path, "has neither points nor steps: give exactly one of points (a line through corners), steps (a score per range) and cases (a score per condition)")
		return false
	case given > 1:
		c.errs.Add(path, "has several of points, steps and cases: give exactly one of points (a line through corners), steps (a score per range) and cases (a score per condition)")
		return false
	}
	if n := max(len(def.Points), len(def.Steps), len(def.Cases)); n > MaxPoints {
		c.errs.Add(path, "has a curve of %d corners: the limit is %d", n, MaxPoints)
	}
	m.least, m.most = math.Inf(1), math.Inf(-1)
	put := func(at string, s float64) float64 {
		s = c.measured(at, s)
		m.least, m.most = math.Min(m.least, s), math.Max(m.most, s)
		return s
	}
	def.Points, def.Steps = slices.Clone(def.Points), slices.Clone(def.Steps)
	for i := range def.Points {
		p := &def.Points[i]
		at := fmt.Sprintf("%s.points[%d]", path, i)
		c.corner(at, "x", p.X)
		if i > 0 && !(p.X > def.Points[i-1].X) {
			c.errs.Add(path+".points", "the x values are not ascending: %v follows %v", p.X, def.Points[i-1].X)
		}
		p.Score = put(at+".score", p.Score)
	}
	for i := range def.Steps {
		s := &def.Steps[i]
		at := fmt.Sprintf("%s.steps[%d]", path, i)
		c.corner(at, "from", s.From)
		if i > 0 && !(s.From > def.Steps[i-1].From) {
			c.errs.Add(path+".steps", "the from values are not ascending: %v follows %v", s.From, def.Steps[i-1].From)
		}
		s.Score = put(at+".score", s.Score)
	}
	def.Cases = slices.Clone(def.Cases)
	for i := range def.Cases {
		k := &def.Cases[i]
		at := fmt.Sprintf("%s.cases[%d]", path, i)
		k.Score = put(at+".score", k.Score)
		if k.When == "" {
			c.errs.Add(at+".when", "is missing: say when this score holds, for example stage == 'onboarding'")
			continue
		}
		m.cases = append(m.cases, c.condition(at+".when", k.When, c.opt.When))
	}
	if def.Below != nil {
		m.below = put(path+".below", *def.Below)
	}
	if def.Otherwise != nil {
		m.otherwise = put(path+".otherwise", *def.Otherwise)
	}
	return true
}

// options checks the keys that go with one way of scoring only.
func (c *compiler) options(path string, m *measure) {
	def := &m.def
	steps, line := len(def.Steps) > 0, len(def.Points) > 0
	switch {
	case line && def.Below != nil:
		c.errs.Add(path+".below", "goes with steps only: a points curve is flat before its first corner")
	case steps && def.Below == nil:
		c.errs.Add(path+".below", "is missing: say what a value under the first step scores, for example below: 0")
	case !steps && def.StepBounds != "":
		c.errs.Add(path+".step_bounds", "goes with steps only")
	case !line && def.Outside != "":
		c.errs.Add(path+".outside", "goes with points only")
	case len(def.Cases) == 0 && def.Otherwise != nil:
		c.errs.Add(path+".otherwise", "goes with cases only")
	case (def.OnNull == Fixed) != (def.NullScore != nil):
		c.errs.Add(path+".null_score", "goes with on_null: fixed, and is needed there")
	}
	if def.NullScore != nil {
		def.NullScore = new(c.measured(path+".null_score", *def.NullScore))
		m.least, m.most = math.Min(m.least, *def.NullScore), math.Max(m.most, *def.NullScore)
	}
	if d := def.Drift; d != nil {
		span := c.scale.Max - c.scale.Min
		switch {
		case len(def.Cases) > 0 || c.points:
			c.errs.Add(path+".drift", "goes with a curve over a metric that ages, and not with combine: points")
		case !(d.PerDay > 0) || !(d.Most > 0) || d.PerDay > span || d.Most > span:
			c.errs.Add(path+".drift", "per_day and most are above 0 and within the scale: %v and %v are not", d.PerDay, d.Most)
		}
		m.drift = Drift{PerDay: d.PerDay / span * 100, Most: d.Most / span * 100, Pivot: c.score(path+".drift.pivot", d.Pivot)}
	}
}

func (c *compiler) corner(path, name string, x float64) {
	if !finite(x) {
		c.errs.Add(path+"."+name, "is %v: it must be a finite number", x)
	}
}

func (c *compiler) weight(path string, w float64) float64 {
	limit := float64(MaxWeight)
	if c.points {
		limit = 1000 // a multiplier: points stay whole numbers of 1e-12
	}
	if !(w >= 0 && w <= limit) {
		c.errs.Add(path, "is %v: a weight is a number from 0 to %g", w, limit)
		return 1
	}
	return w
}

func (c *compiler) days(path, s string, unset float64) float64 {
	if s == "" {
		return unset
	}
	n, msg := metric.ParseDays(s, 1)
	if msg != "" {
		c.errs.Add(path, "%s", msg)
		return unset
	}
	return float64(n)
}
