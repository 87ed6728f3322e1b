package health

import "math"

// Change says why a score moved between two results of one account. As
// integers, the points of Measures and Adjustments add up to DeltaPico.
type Change struct {
	Before *float64 `json:"before"`
	After  *float64 `json:"after"`
	// Delta is nil when either end has no score: then there is no change to
	// speak of, and DeltaPico counts the missing end as 0.
	Delta      *float64 `json:"delta"`
	DeltaPico  int64    `json:"-"`
	BandBefore string   `json:"band_before"`
	BandAfter  string   `json:"band_after"`
	// Redistribution is the net effect, in points, of weight that moved between
	// measures because one of them became known or unknown.
	Redistribution float64          `json:"redistribution"`
	Measures       []MeasureChange  `json:"measures"`
	Adjustments    []AdjustmentMove `json:"adjustments"`
	// CardChanged is set when the two results come from different scorecards.
	CardChanged bool `json:"card_changed,omitempty"`
	// ReasonBefore and ReasonAfter say why an end has no score.
	ReasonBefore string `json:"reason_before,omitempty"`
	ReasonAfter  string `json:"reason_after,omitempty"`
}

// MoveKind is what happened to a measure between two results.
type MoveKind string

// The kinds. Moved: it counted at both ends. Appeared and Vanished: it counts at
// one end only. Added and Removed: only one of the scorecards has it.
const (
	Moved    MoveKind = "moved"
	Appeared MoveKind = "appeared"
	Vanished MoveKind = "vanished"
	Added    MoveKind = "added"
	Removed  MoveKind = "removed"
	Absent   MoveKind = "absent" // it counts at neither end
)

// MeasureChange is the part of one measure in a change. PointsPico = ValuePico +
// WeightPico.
type MeasureChange struct {
	Group       string   `json:"group"`
	Measure     string   `json:"measure"`
	Metric      string   `json:"metric"`
	Kind        MoveKind `json:"kind"`
	ValueBefore *float64 `json:"value_before"`
	ValueAfter  *float64 `json:"value_after"`
	ScoreBefore *float64 `json:"score_before"`
	ScoreAfter  *float64 `json:"score_after"`
	// Points is the change in what the measure contributes; Value the part that
	// its score moved, Weight the part that its effective share moved.
	PointsPico int64   `json:"-"`
	ValuePico  int64   `json:"-"`
	WeightPico int64   `json:"-"`
	Points     float64 `json:"points"`
	Value      float64 `json:"value"`
	Weight     float64 `json:"weight"`
	// EffectiveBefore and EffectiveAfter are the shares of the whole.
	EffectiveBefore float64 `json:"effective_before"`
	EffectiveAfter  float64 `json:"effective_after"`
	// Why says why it does not count where it does not.
	Why string `json:"why,omitempty"`
}

// AdjustmentMove is the part of one exception or override in a change.
type AdjustmentMove struct {
	Kind       string  `json:"kind"`
	Key        string  `json:"key"`
	Why        string  `json:"why"`
	Before     bool    `json:"before"` // in force before
	After      bool    `json:"after"`
	PointsPico int64   `json:"-"`
	Points     float64 `json:"points"`
	Band       string  `json:"band,omitempty"`
}

// Explain splits the change between two results exactly. A measure that counts
// at both ends is split at the midpoint (Shapley's value for two factors): what
// its score moved at the mean share, and what its share moved at the mean score.
// So the parts do not depend on the order, and Explain(b, a) is Explain(a, b)
// with the signs turned.
func Explain(before, after Result) Change {
	ch := Change{
		Before: before.Score, After: after.Score,
		DeltaPico:  after.ScorePico - before.ScorePico,
		BandBefore: before.Band, BandAfter: after.Band,
		CardChanged:  before.Scorecard != after.Scorecard,
		ReasonBefore: before.Reason, ReasonAfter: after.Reason,
		Measures: []MeasureChange{}, Adjustments: []AdjustmentMove{},
	}
	if before.Score != nil && after.Score != nil {
		ch.Delta = new(float64(ch.DeltaPico) / pico)
	}
	old := map[string]*Contribution{}
	for i := range before.Contributions {
		old[before.Contributions[i].Measure] = &before.Contributions[i]
	}
	weight := int64(0)
	add := func(a, b *Contribution) {
		m := move(a, b)
		if m.Kind == Moved {
			weight += m.WeightPico
		}
		ch.Measures = append(ch.Measures, m)
	}
	for i := range after.Contributions {
		b := &after.Contributions[i]
		add(old[b.Measure], b)
		delete(old, b.Measure)
	}
	for i := range before.Contributions {
		if a := &before.Contributions[i]; old[a.Measure] == a {
			add(a, nil)
		}
	}
	ch.Redistribution = float64(weight) / pico
	ch.Adjustments = adjustments(before.Adjustments, after.Adjustments)
	return ch
}

func move(a, b *Contribution) MeasureChange {
	var m MeasureChange
	if a != nil {
		m.Group, m.Measure, m.Metric, m.Why = a.Group, a.Measure, a.Metric, a.Why
		m.ValueBefore, m.ScoreBefore, m.EffectiveBefore = a.Value, a.Score, a.Effective
		m.PointsPico -= a.PointsPico
	}
	if b != nil {
		m.Group, m.Measure, m.Metric, m.Why = b.Group, b.Measure, b.Metric, b.Why
		m.ValueAfter, m.ScoreAfter, m.EffectiveAfter = b.Value, b.Score, b.Effective
		m.PointsPico += b.PointsPico
	}
	was, is := a != nil && a.counts(), b != nil && b.counts()
	switch {
	case was && is:
		m.Kind = Moved
		m.ValuePico, m.WeightPico = split(a, b, m.PointsPico)
	case a == nil:
		m.Kind, m.ValuePico = Added, m.PointsPico
	case b == nil:
		m.Kind, m.ValuePico = Removed, m.PointsPico
	case is:
		m.Kind, m.ValuePico = Appeared, m.PointsPico
	case was:
		m.Kind, m.ValuePico = Vanished, m.PointsPico
	default:
		m.Kind, m.ValuePico = Absent, m.PointsPico
	}
	m.Points, m.Value, m.Weight = float64(m.PointsPico)/pico, float64(m.ValuePico)/pico, float64(m.WeightPico)/pico
	return m
}

// split divides the change of one measure's points; the rounding of a pico or
// two stays with the part that moved.
func split(a, b *Contribution, points int64) (value, weight int64) {
	switch {
	case a.Effective == b.Effective:
		return points, 0
	case *a.Score == *b.Score:
		return 0, points
	}
	value = int64(math.Round((a.Effective + b.Effective) / 2 * (*b.Score - *a.Score) * pico))
	return value, points - value
}

func adjustments(before, after []Adjustment) []AdjustmentMove {
	out := []AdjustmentMove{}
	find := func(kind, key string) *AdjustmentMove {
		for i := range out {
			if out[i].Kind == kind && out[i].Key == key {
				return &out[i]
			}
		}
		out = append(out, AdjustmentMove{Kind: kind, Key: key})
		return &out[len(out)-1]
	}
	for _, a := range before {
		m := find(a.Kind, a.Key)
		m.Before, m.Why, m.Band = true, a.Why, a.Band
		m.PointsPico -= a.PointsPico
	}
	for _, a := range after {
		m := find(a.Kind, a.Key)
		m.After, m.Why, m.Band = true, a.Why, a.Band
		m.PointsPico += a.PointsPico
	}
	for i := range out {
		out[i].Points = float64(out[i].PointsPico) / pico
	}
	return out
}
