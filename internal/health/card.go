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
	for _, c := range s.cards {
		if c.def.Key == key {
			return c
		}
	}
	return nil
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
	return bandOf(c.def.Bands, c.def.BandBounds, score)
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

// score returns the place of a value on the measure's curve, from 0 to 100.
func (m *measure) score(v float64) float64 {
	if len(m.def.Steps) > 0 {
		s := m.below
		for _, st := range m.def.Steps {
			if v < st.From {
				break
			}
			s = st.Score
		}
		return s
	}
	pts := m.def.Points
	for i, p := range pts {
		switch {
		case v == p.X:
			return p.Score
		case v < p.X && i == 0:
			return p.Score
		case v < p.X:
			a := pts[i-1]
			// The half before the difference keeps the span of two huge corners finite.
			part := (v/2 - a.X/2) / (p.X/2 - a.X/2)
			s := a.Score + part*(p.Score-a.Score)
			return min(max(s, min(a.Score, p.Score)), max(a.Score, p.Score))
		}
	}
	return pts[len(pts)-1].Score
}
