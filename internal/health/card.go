package health

import (
	"fmt"
	"slices"
	"time"
)

// Cards returns the scorecards in the order they are tried.
func (s *Set) Cards() []*Card { return slices.Clone(s.cards) }

// Card returns the scorecard of the key, or nil.
func (s *Set) Card(key string) *Card {
	for _, list := range [][]*Card{s.cards, s.lines} {
		for _, c := range list {
			if c.def.Key == key {
				return c
			}
		}
	}
	return nil
}

// Lines returns the scorecards per relationship in the order they are tried.
func (s *Set) Lines() []*Card { return slices.Clone(s.lines) }

// ChooseLine returns the scorecard of an account's life with a product, as
// Choose does, and nil when none takes it.
func (s *Set) ChooseLine(env Lookup, product string) (*Card, string) {
	undecided := ""
	for _, c := range s.lines {
		if c.def.Product != "" && c.def.Product != product {
			continue
		}
		if c.when == nil {
			return c, "it takes every relationship of its product that no other scorecard takes" + undecided
		}
		holds, known := c.when.Holds(env)
		if holds {
			return c, "its condition holds: " + c.def.When + undecided
		}
		if !known {
			undecided += fmt.Sprintf("; the condition of %s cannot be said, because a value is missing", c.def.Key)
		}
	}
	return nil, "no scorecard per relationship applies" + undecided
}

// Choose returns the scorecard of an account: among those whose condition
// holds, the one of lowest priority (ties: the first listed), and why. It
// returns nil when none matches. A condition that cannot be said, because a
// value is missing, does not match, and the reason names it.
func (s *Set) Choose(env Lookup) (*Card, string) {
	undecided := ""
	c := s.pick(env, func(c *Card) {
		undecided += fmt.Sprintf("; the condition of %s cannot be said, because a value is missing", c.def.Key)
	})
	switch {
	case c == nil:
		return nil, "no scorecard applies" + undecided
	case c.when == nil:
		return c, "it takes every account that no other scorecard takes" + undecided
	}
	return c, "its condition holds: " + c.def.When + undecided
}

// Pick is Choose without the reason.
func (s *Set) Pick(env Lookup) *Card { return s.pick(env, nil) }

// pick tells undecided, if any, of the cards whose condition cannot be said.
func (s *Set) pick(env Lookup, undecided func(*Card)) *Card {
	for _, c := range s.cards {
		if c.when == nil {
			return c
		}
		holds, known := c.when.Holds(env)
		if holds {
			return c
		}
		if !known && undecided != nil {
			undecided(c)
		}
	}
	return nil
}

// Key returns the scorecard's key.
func (c *Card) Key() string { return c.def.Key }

// Definition returns the scorecard as it was written.
func (c *Card) Definition() Scorecard { return c.def }

// Metrics returns the names of the metrics that the measures read, without
// repetition. Subject.Inputs is in this order.
func (c *Card) Metrics() []string { return slices.Clone(c.metrics) }

// Inputs arranges inputs by metric name as Subject.Inputs wants them.
func (c *Card) Inputs(of func(metric string) Input) []Input {
	in := make([]Input, len(c.metrics))
	for i, name := range c.metrics {
		in[i] = of(name)
	}
	return in
}

// Words returns what sentences about this scorecard need: the titles of its
// measures, and the units of their metrics (nil for none).
func (c *Card) Words(since time.Time, unit func(metric string) string) Words {
	return Words{Since: since, Measure: func(key string) (string, string) {
		for i := range c.measures {
			if m := &c.measures[i]; m.def.Key == key {
				u := ""
				if unit != nil {
					u = unit(m.def.Metric)
				}
				return m.title(), u
			}
		}
		return "", ""
	}}
}

// Band returns the band of a score.
func (c *Card) Band(score float64) string {
	return bandOf(c.bands, c.def.BandBounds, score)
}

// bandOf finds the band of a score: under LowerInclusive the last with Min ≤
// score; under UpperInclusive the last with Min < score, the first taking 0.
func bandOf(bands []Band, bounds BandBounds, score float64) string {
	best := 0
	for i, b := range bands {
		if score > b.Min || bounds != UpperInclusive && score == b.Min {
			best = i
		}
	}
	return bands[best].Key
}

func (c *Card) bandIndex(key string) int {
	return slices.IndexFunc(c.def.Bands, func(b Band) bool { return b.Key == key })
}

func (c *Card) bandKeys() []string {
	keys := make([]string, len(c.def.Bands))
	for i, b := range c.def.Bands {
		keys[i] = b.Key
	}
	return keys
}

// title returns the title of a measure, or its key.
func (m *measure) title() string {
	if m.def.Title != "" {
		return m.def.Title
	}
	return m.def.Key
}

// score returns the place of a value on the measure's curve, and false where the
// curve says nothing about it.
func (m *measure) score(v float64) (float64, bool) {
	if len(m.def.Steps) > 0 {
		s, upper := m.below, m.def.StepBounds == UpperInclusive
		for _, st := range m.def.Steps {
			if v < st.From || upper && v == st.From {
				break
			}
			s = st.Score
		}
		return s, true
	}
	pts := m.def.Points
	if m.def.Outside == NoScore && (v < pts[0].X || v > pts[len(pts)-1].X) {
		return 0, false
	}
	for i, p := range pts {
		switch {
		case v == p.X:
			return p.Score, true
		case v < p.X && i == 0:
			return p.Score, true
		case v < p.X:
			a := pts[i-1]
			// The half before the difference keeps the span of two huge corners finite.
			part := (v/2 - a.X/2) / (p.X/2 - a.X/2)
			s := a.Score + part*(p.Score-a.Score)
			return min(max(s, min(a.Score, p.Score)), max(a.Score, p.Score)), true
		}
	}
	return pts[len(pts)-1].Score, true
}

// drifted moves a score by the days that its value has held.
func (m *measure) drifted(s, age float64) float64 {
	if m.drift.PerDay == 0 || age < 0 {
		return s
	}
	d := min(age*m.drift.PerDay, m.drift.Most)
	if s < m.drift.Pivot {
		d = -d
	}
	return min(max(s+d, 0), 100)
}

// ofCases returns the score of the first case that holds. It is false when none
// does and there is no otherwise, or when a missing value decides.
func (m *measure) ofCases(env Lookup) (score float64, which string, ok bool) {
	if env == nil {
		env = nothing
	}
	unsaid := false
	for i, c := range m.cases {
		holds, known := c.Holds(env)
		if holds {
			return m.def.Cases[i].Score, m.def.Cases[i].When, true
		}
		unsaid = unsaid || !known
	}
	if unsaid || m.def.Otherwise == nil {
		return 0, "", false
	}
	return m.otherwise, "otherwise", true
}

// nothing is a Lookup that knows nothing.
func nothing(string) (any, bool) { return nil, false }
