package churn

import (
	"math"
	"slices"

	"kept/internal/stats/num"
	"kept/internal/stats/survival"
	"kept/internal/validate"
)

// MinAtRisk is how many must be at risk for a curve to be drawn in full; below, it
// is greyed out (statistics.md §7).
const MinAtRisk = 10

// CurvePoint is a curve at the end of a month since the start.
type CurvePoint struct {
	Month int `json:"month"`
	// Stay is the share still there, Kaplan–Meier, with log-log limits.
	Stay float64 `json:"stay"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// AtRisk are those watched at that time; Thin says that they are fewer than 10.
	AtRisk int  `json:"at_risk"`
	Thin   bool `json:"thin"`
	// In the month up to it.
	Departures int `json:"departures"`
	Censored   int `json:"censored"`
	// Ended is the share that has ended by each cause, Aalen–Johansen; empty where
	// all ended by one.
	Ended []CauseShare `json:"ended,omitempty"`
}

// CauseShare is the share that has ended by one cause.
type CauseShare struct {
	Cause string  `json:"cause"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// CauseCount counts the ends of one cause.
type CauseCount struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	N     int    `json:"n"`
}

// Curve is how long the members of one group stay.
type Curve struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	N     int    `json:"n"`
	// Late entered after their start, because that lies before the data.
	Late       int          `json:"late"`
	Departures int          `json:"departures"`
	Causes     []CauseCount `json:"causes"`
	// FromMonth is where the curve begins: 0, or the first month at which 10 were
	// watched; the shares are of those that were there then.
	FromMonth float64      `json:"from_month"`
	Points    []CurvePoint `json:"points"`
	// Median months until half have left; Value null when that is not reached.
	Median validate.Estimate `json:"median_months"`
	// Mean months stayed of the first RestrictedTo months; Difference to the
	// reference group.
	Mean       validate.Estimate `json:"mean_months"`
	Difference validate.Estimate `json:"difference_months"`
	Reference  bool              `json:"reference"`
	// Refusal says why there is no curve; empty when there is.
	Refusal string `json:"refusal,omitempty"`

	rmst survival.RMST
}

// sample is the stretches of one group, as the estimators take them.
type sample struct {
	data  survival.Data
	cause []int
	from  float64 // days; rows are cut there
	late  int
}

// sampleOf cuts the stretches at the time from which at least MinAtRisk were
// watched, and false when that never happened.
func sampleOf(of []Stretch) (sample, bool) {
	s := sample{}
	for _, o := range of {
		if o.Entry > 0 {
			s.late++
		}
	}
	from, ok := firstCrowd(of)
	if !ok {
		return s, false
	}
	s.from = from
	for _, o := range of {
		if o.Exit <= from {
			continue
		}
		s.data.Time = append(s.data.Time, o.Exit)
		s.data.Event = append(s.data.Event, o.Cause != Stays)
		s.data.Entry = append(s.data.Entry, max(o.Entry, from))
		s.cause = append(s.cause, int(o.Cause))
	}
	return s, true
}

// firstCrowd is the first time just after which MinAtRisk are watched.
func firstCrowd(of []Stretch) (float64, bool) {
	entries := make([]float64, 0, len(of))
	for _, o := range of {
		entries = append(entries, o.Entry)
	}
	slices.Sort(entries)
	exits := make([]float64, 0, len(of))
	for _, o := range of {
		exits = append(exits, o.Exit)
	}
	slices.Sort(exits)
	gone := 0
	for i, at := range entries {
		for gone < len(exits) && exits[gone] <= at {
			gone++
		}
		if i+1 < len(entries) && entries[i+1] == at {
			continue
		}
		if i+1-gone >= MinAtRisk {
			return at, true
		}
	}
	return 0, false
}

// watched counts the stretches that were watched at t: entry < t ≤ exit; at the
// beginning of the curve, those that are watched from then on.
func (s *sample) watched(t float64) int {
	n := 0
	for i, exit := range s.data.Time {
		if exit >= t && (s.data.Entry[i] < t || t <= s.from && s.data.Entry[i] <= s.from) {
			n++
		}
	}
	return n
}

// curve estimates one group at the times of a grid, in days. causes names the
// ways to end, by Cause − 1.
func (c *Curve) curve(s *sample, grid []float64, causes []CauseCount) error {
	km, err := survival.KaplanMeier(s.data)
	if err != nil {
		return err
	}
	kinds := 0
	for _, k := range c.Causes {
		if k.N > 0 {
			kinds++
		}
	}
	var ends *survival.Incidence
	if kinds > 1 {
		if ends, err = survival.AalenJohansen(s.data.Time, s.cause, len(causes), s.data.Entry); err != nil {
			return err
		}
	}
	exits := num.Sorted(s.data.Time)
	at := 0
	for i, t := range grid {
		p := km.At(t, Level)
		point := CurvePoint{Month: i, Stay: p.Surv, Low: p.Lo, High: p.Hi, AtRisk: s.watched(t)}
		if t <= s.from {
			point.Low = 1 // everybody is there at the beginning
		}
		for ; at < len(exits) && exits[at].Value <= t; at++ {
			if s.data.Event[exits[at].Row] {
				point.Departures++
			} else {
				point.Censored++
			}
		}
		point.Thin = point.AtRisk < MinAtRisk
		if ends != nil {
			point.Ended = endedBy(ends, t, causes)
		}
		c.Points = append(c.Points, point)
	}
	c.median(km, s)
	return nil
}

func endedBy(a *survival.Incidence, t float64, causes []CauseCount) []CauseShare {
	share, se := a.At(t)
	out := make([]CauseShare, 0, len(causes))
	for k, cause := range causes {
		p, e := share[k+1], se[k+1]
		one := CauseShare{Cause: cause.Key, Share: p, Low: p, High: p}
		if p > 0 && p < 1 && e > 0 {
			// Log-log, like the curve: 1 − (1−p)^exp(±z·se/((1−p)·log(1−p))).
			l := math.Log1p(-p)
			h := z95 * e / ((1 - p) * -l)
			one.Low, one.High = -math.Expm1(l*math.Exp(-h)), -math.Expm1(l*math.Exp(h))
		}
		out = append(out, one)
	}
	return out
}

func (c *Curve) median(km *survival.Curve, s *sample) {
	c.Median = validate.Estimate{Level: Level, N: c.N, Events: c.Departures, Method: "Kaplan–Meier, log-log limits", Evidence: validate.Counted}
	q := km.Quantile(.5, survival.LogLog, Level)
	switch {
	case s.from > 0:
		c.Median.Why = "The group was watched from a later time on."
	case math.IsNaN(q.Time):
		c.Median.Why = "More than half are still there at the end of the data."
	case s.watched(q.Time) < MinAtRisk:
		c.Median.Why = "Fewer than 10 were watched by then."
	default:
		c.Median.Value = pointer(q.Time / month)
		c.Median.Low, c.Median.High = pointer(q.Lo/month), pointer(q.Hi/month)
	}
}

func pointer(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}
