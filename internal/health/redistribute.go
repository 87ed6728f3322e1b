package health

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Redistributed says who took the weight of a measure that does not count.
type Redistributed struct {
	Measure string  `json:"measure"`
	Group   string  `json:"group"`
	Share   float64 `json:"share"` // of the whole
	Why     string  `json:"why"`
	To      []Heir  `json:"to"`
	// Words says it in a sentence.
	Words string `json:"words"`
}

// Heir is a measure that took a part of another's share.
type Heir struct {
	Measure string  `json:"measure"`
	Share   float64 `json:"share"`
}

// Redistribution lists the weights that were handed on, in the order of the
// measures. The shares that a measure took, with its nominal one, are its
// effective share. Only weighted means hand weights on.
func (c *Card) Redistribution(r *Result, w Words) []Redistributed {
	out := []Redistributed{}
	if r.ComputedScore == nil || c.def.Combine != WeightedMean && c.def.Combine != "" || len(r.Contributions) != len(c.measures) {
		return out
	}
	live := make([]float64, len(c.groups))
	for i := range r.Contributions {
		if g := c.measures[i].group; r.Contributions[i].counts() && c.groups[g].combine != WorstOf && c.groups[g].combine != BestOf {
			live[g] += c.measures[i].def.Weight
		}
	}
	for i := range r.Contributions {
		k := &r.Contributions[i]
		if k.counts() || k.Nominal == 0 {
			continue
		}
		one := Redistributed{Measure: k.Measure, Group: k.Group, Share: k.Nominal, Why: k.Why, To: []Heir{}}
		within := !c.overAll && live[c.measures[i].group] > 0
		for j := range r.Contributions {
			other := &r.Contributions[j]
			share := other.Effective
			if within {
				share = 0
				if other.counts() && c.measures[j].group == c.measures[i].group {
					share = c.measures[j].def.Weight / live[c.measures[i].group]
				}
			}
			if share > 0 {
				one.To = append(one.To, Heir{Measure: other.Measure, Share: k.Nominal * share})
			}
		}
		one.Words = c.inherit(&one, within, w)
		out = append(out, one)
	}
	return out
}

// inherit says a redistribution in words, the largest heirs first.
func (c *Card) inherit(one *Redistributed, within bool, w Words) string {
	heirs := slices.Clone(one.To)
	slices.SortStableFunc(heirs, func(a, b Heir) int {
		switch {
		case a.Share > b.Share+1e-12:
			return -1
		case b.Share > a.Share+1e-12:
			return 1
		}
		return 0
	})
	var names []string
	rest := 0.0
	for i, h := range heirs {
		if i < 3 || len(heirs) == 4 {
			names = append(names, fmt.Sprintf("%s (+%s)", w.title(h.Measure), percent(h.Share)))
			continue
		}
		rest += h.Share
	}
	if rest > 0 {
		names = append(names, fmt.Sprintf("%d others (+%s)", len(heirs)-3, percent(rest)))
	}
	where := "the measures of all groups"
	if within {
		where = "the others of its group"
	} else if !c.overAll {
		where = "the other groups, as its whole group is missing"
	}
	if len(names) == 0 {
		return fmt.Sprintf("The %s of %s went to nobody.", percent(one.Share), w.title(one.Measure))
	}
	why := ""
	if one.Why != "" {
		why = ", because " + one.Why
	}
	return fmt.Sprintf("The %s of %s went to %s: %s%s.", percent(math.Max(one.Share, 0)), w.title(one.Measure), where, strings.Join(names, ", "), why)
}

// InWords says a result in one or two sentences: the score, what gave and what
// cost it most, and what stands above the sum.
func (c *Card) InWords(r *Result, w Words) string {
	if r.Score == nil {
		if r.Band != "" && r.Overridden != nil {
			return fmt.Sprintf("Set to %s by hand; no score: %s.", r.Band, r.Reason)
		}
		return fmt.Sprintf("No score: %s.", r.Reason)
	}
	text := fmt.Sprintf("Scores %s, %s.", c.inScale(*r.Score), r.Band)
	best, worst := -1, -1
	for i := range r.Contributions {
		k := &r.Contributions[i]
		if k.counts() && k.Points > 0 && (best < 0 || k.Points > r.Contributions[best].Points) {
			best = i
		}
		if k.counts() && k.Loss >= 0.05 && (worst < 0 || k.Loss > r.Contributions[worst].Loss) {
			worst = i
		}
	}
	if best >= 0 {
		text += fmt.Sprintf(" Most comes from %s (%s)", w.title(r.Contributions[best].Measure), signed(c.delta(r.Contributions[best].Points)))
		if worst >= 0 && worst != best {
			text += fmt.Sprintf("; most is lost to %s (%s of a possible %s)", w.title(r.Contributions[worst].Measure),
				signed(c.delta(r.Contributions[worst].Points)), signed(c.delta(r.Contributions[worst].Points+r.Contributions[worst].Loss)))
		}
		text += "."
	}
	var said strings.Builder
	for _, a := range r.Adjustments {
		if a.Kind == AdjustStart || a.Kind == AdjustRounding {
			continue
		}
		move := AdjustmentMove{Kind: a.Kind, Band: a.Band}
		said.WriteString(" " + upperFirst(move.what()) + ": " + a.Why)
		if math.Abs(a.Points) >= 0.05 {
			fmt.Fprintf(&said, " (%s)", signed(c.delta(a.Points)))
		}
		said.WriteString(".")
	}
	text += said.String()
	return text
}

// inScale writes a score as its scale shows it; delta turns points of 100 into
// those of the scale.
func (c *Card) inScale(s float64) string {
	if c.def.Scale == nil {
		return scoreText(s)
	}
	return fmt.Sprintf("%s of %s", amountOf(c.scale.shown(s)), short(c.scale.Max))
}

func (c *Card) delta(points float64) float64 { return points * (c.scale.Max - c.scale.Min) / 100 }

func amountOf(v float64) string { return short(math.Floor(v*10+0.5) / 10) }

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
