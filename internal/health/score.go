package health

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// pico is how many units of Contribution.PointsPico make one point.
const pico = 1e12

// Subject is one account at one instant: what scoring may look at.
type Subject struct {
	AsOf time.Time
	// AgeDays is how long the account has been with us; negative when unknown,
	// which no grace period covers.
	AgeDays float64
	// Inputs holds what is known about each metric, in the order of Card.Metrics.
	Inputs []Input
	// Env answers the names in the conditions of exceptions: metrics, and what is
	// known of the account. "measure.KEY" and "band.KEY" are answered by Score.
	Env Lookup
	// Relationships and Children are the parts that roll up, with their scores;
	// they matter only where the scorecard says so (Card.Rolls).
	Relationships, Children []Child
	// Overrides are the account's manual decisions, in any order; those not in
	// force at AsOf are ignored. Of several in force the newest counts.
	Overrides []Override
	// Why says why this scorecard was chosen; it is passed on to the result.
	Why string
}

// Score computes the health of one account: measures, then the weighted mean of
// frameworks.md §2.3, then exceptions in listed order, then the manual override.
// It has no failure: what cannot be said is missing, with its reason.
func (c *Card) Score(s Subject) Result {
	r := Result{Scorecard: c.def.Key, Why: s.Why, Scale: c.def.Scale, Contributions: make([]Contribution, len(c.measures)), Adjustments: []Adjustment{}}
	if c.def.Combine != WeightedMean {
		r.Combine = c.def.Combine
	}
	c.judge(&r, s, &Scratch{})
	return r
}

// judge fills a result whose contributions are empty.
func (c *Card) judge(r *Result, s Subject, w *Scratch) {
	known := 0
	room := w.floats(3 * len(c.measures)) // what the contributions point to
	for i := range c.measures {
		c.contribution(&r.Contributions[i], &c.measures[i], s, room[3*i:3*i+3:3*i+3], w.brief)
		if r.Contributions[i].counts() && r.Contributions[i].Assumed == "" {
			known++
			r.Coverage += c.measures[i].nominal
		}
	}
	r.Coverage = snap(r.Coverage)
	switch {
	case known == 0 && (c.min > 0 || c.def.Combine != AddPoints):
		r.Reason = "no measure has a value"
	case r.Coverage < c.min && w.brief:
	case r.Coverage < c.min:
		r.Reason = fmt.Sprintf("only %s of the weight has a value, and the scorecard asks for %s", percent(r.Coverage), percent(c.min))
	case c.def.Combine == AddPoints:
		c.add(r, w)
	default:
		c.mean(r, w)
	}
	c.round(r, "score", w)
	c.roll(r, AdjustRelationships, c.lines, s.Relationships, w)
	c.roll(r, AdjustHierarchy, c.children, s.Children, w)
	c.conclude(r, w)
	c.except(r, s, w)
	c.override(r, s, w)
	if r.Score != nil {
		r.Score = w.number(float64(r.ScorePico) / pico)
	}
}

// snap mends the last digits of a sum of shares, so that one half is one half
// and the comparison with min_coverage is the one that people expect.
func snap(share float64) float64 { return min(math.Round(share*pico)/pico, 1) }

// contribution fills k; room takes the three numbers that it points to. In
// brief it leaves out the reasons.
func (c *Card) contribution(k *Contribution, m *measure, s Subject, room []float64, brief bool) {
	k.Group, k.Measure, k.Metric, k.Nominal = c.groups[m.group].key, m.def.Key, m.def.Metric, m.nominal
	set := func(n int, v float64) *float64 {
		room[n] = v
		return &room[n]
	}
	var in Input
	if m.input >= 0 && m.input < len(s.Inputs) {
		in = s.Inputs[m.input]
	}
	if math.IsNaN(in.Value) {
		in.Has = false
	}
	ages := in.Has && in.AgeDays >= 0
	if in.Has {
		k.Value = set(0, in.Value)
	}
	if ages {
		k.AgeDays = set(1, in.AgeDays)
	}
	switch {
	case m.grace > 0 && s.AgeDays >= 0 && s.AgeDays < m.grace:
		// A new account is not judged on this at all: no on_null policy applies.
		if !brief {
			k.Why = "the account is younger than " + days(m.grace)
		}
		return
	case len(m.cases) > 0:
		v, which, ok := m.ofCases(s.Env)
		if ok {
			k.Score, k.Case = set(2, v), which
			return
		}
		k.Why = "no case can be said to hold"
	case !in.Has:
		k.Why = "no value is known"
	case ages && in.AgeDays > m.expires && brief:
	case ages && in.AgeDays > m.expires:
		k.Why = fmt.Sprintf("the newest data are %s old, and the value expires after %s", days(math.Floor(in.AgeDays)), days(m.expires))
	default:
		v, ok := m.score(in.Value)
		if ok {
			k.Score = set(2, m.drifted(v, in.AgeDays))
			k.Stale = ages && in.AgeDays > m.stale
			return
		}
		// The curve has no effect here: that is known, and nothing is assumed.
		k.Why = "the value is outside the curve"
		return
	}
	points := c.def.Combine == AddPoints
	switch {
	case m.def.OnNull == Neutral && points:
		k.Score, k.Assumed, k.Why = set(2, 0), Neutral, ""
	case m.def.OnNull == Neutral:
		k.Score, k.Assumed, k.Why = set(2, 50), Neutral, ""
	case m.def.OnNull == Worst && points:
		k.Score, k.Assumed, k.Why = set(2, m.least), Worst, ""
	case m.def.OnNull == Worst:
		k.Score, k.Assumed, k.Why = set(2, 0), Worst, ""
	case m.def.OnNull == Fixed && m.def.NullScore != nil:
		k.Score, k.Assumed, k.Why = set(2, *m.def.NullScore), Fixed, ""
	}
}

func (k *Contribution) counts() bool { return k.Score != nil }

// apportion rounds parts to whole picos whose sum is total: each is floored, and
// what is left goes to the largest remainders (ties: the first). A part of 0
// stays 0.
func apportion(parts []float64, total int64) []int64 {
	out := make([]int64, len(parts))
	rest := make([]float64, len(parts))
	order := make([]int, 0, len(parts))
	left := total
	for i, p := range parts {
		f := math.Floor(p * pico)
		out[i], rest[i] = int64(f), p*pico-f
		left -= out[i]
		if p != 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case rest[a] > rest[b]:
			return -1
		case rest[a] < rest[b]:
			return 1
		default:
			return a - b
		}
	})
	// The remainder is at most one pico a part but for rounding of the sum, which
	// can cost or leave one more.
	for n := 0; left != 0 && len(order) > 0; n++ {
		if left > 0 {
			out[order[n%len(order)]]++
			left--
		} else {
			out[order[len(order)-1-n%len(order)]]--
			left++
		}
	}
	return out
}
