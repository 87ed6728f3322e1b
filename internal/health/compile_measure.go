package health

import (
	"fmt"
	"math"
	"slices"

	"kept/internal/metric"
)

func (c *compiler) measure(path string, gi int, def Measure, card *Card) measure {
	m := measure{def: def, group: gi}
	c.key(path+".key", def.Key)
	oneOf(c.errs, path+".on_null", string(def.OnNull), string(Ignore), string(Neutral), string(Worst))
	switch {
	case def.Metric == "":
		c.errs.Add(path+".metric", "is missing: name the metric that this measure scores")
	case c.opt.HasMetric != nil && !c.opt.HasMetric(def.Metric):
		c.errs.Add(path+".metric", "there is no account metric %q: define it under metrics, or mend the name", def.Metric)
	}
	c.curve(path, def)
	if def.Below != nil {
		m.below = *def.Below
	}
	m.stale = c.days(path+".stale_after", def.StaleAfter, math.Inf(1))
	m.expires = c.days(path+".expires_after", def.ExpiresAfter, math.Inf(1))
	m.grace = c.days(path+".grace_new", def.GraceNew, 0)
	m.input = slices.Index(card.metrics, def.Metric)
	if m.input < 0 {
		m.input = len(card.metrics)
		card.metrics = append(card.metrics, def.Metric)
	}
	return m
}

func (c *compiler) curve(path string, def Measure) {
	if (len(def.Points) > 0) == (len(def.Steps) > 0) {
		c.errs.Add(path, "has %s: give exactly one of points (a line through corners) and steps (a score per range)",
			map[bool]string{true: "both points and steps", false: "neither points nor steps"}[len(def.Points) > 0])
		return
	}
	if n := max(len(def.Points), len(def.Steps)); n > MaxPoints {
		c.errs.Add(path, "has a curve of %d corners: the limit is %d", n, MaxPoints)
	}
	for i, p := range def.Points {
		at := fmt.Sprintf("%s.points[%d]", path, i)
		c.corner(at, "x", p.X, p.Score)
		if i > 0 && !(p.X > def.Points[i-1].X) {
			c.errs.Add(path+".points", "the x values are not ascending: %v follows %v", p.X, def.Points[i-1].X)
		}
	}
	for i, s := range def.Steps {
		at := fmt.Sprintf("%s.steps[%d]", path, i)
		c.corner(at, "from", s.From, s.Score)
		if i > 0 && !(s.From > def.Steps[i-1].From) {
			c.errs.Add(path+".steps", "the from values are not ascending: %v follows %v", s.From, def.Steps[i-1].From)
		}
	}
	switch {
	case len(def.Points) > 0 && def.Below != nil:
		c.errs.Add(path+".below", "goes with steps only: a points curve is flat before its first corner")
	case len(def.Steps) > 0 && def.Below == nil:
		c.errs.Add(path+".below", "is missing: say what a value under the first step scores, for example below: 0")
	case def.Below != nil && !inScale(*def.Below):
		c.errs.Add(path+".below", "is %v: scores go from 0 to 100", *def.Below)
	}
}

func (c *compiler) corner(path, name string, x, score float64) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		c.errs.Add(path+"."+name, "is %v: it must be a finite number", x)
	}
	if !inScale(score) {
		c.errs.Add(path+".score", "is %v: scores go from 0 to 100", score)
	}
}

func (c *compiler) weight(path string, w float64) float64 {
	if !(w >= 0 && w <= MaxWeight) {
		c.errs.Add(path, "is %v: a weight is a number from 0 to %g", w, float64(MaxWeight))
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
