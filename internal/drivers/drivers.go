// Package drivers says which metrics predict a later outcome, how long before it,
// and how much: departures by what a metric adds to a forecast out of time, other
// outcomes by whether changes of the one precede changes of the other. It says
// "predicts", never "causes". No clock, no I/O.
package drivers

import (
	"cmp"
	"math"
	"slices"
	"time"

	"kept/internal/stats/num"
	"kept/internal/stats/resample"
	"kept/internal/validate"
)

// Level is the level of intervals.
const Level = 0.95

// FDR is the expected share of false discoveries among what is said to predict.
const FDR = 0.05

// Metric is a possible driver.
type Metric struct{ Key, Title, Unit string }

// Verdict says what may be said of a driver.
type Verdict string

// The verdicts.
const (
	Predicts Verdict = "predicts"
	NotShown Verdict = "not_shown"
	Unusable Verdict = "unusable" // too few values, or always the same
)

// Lag is one lag of a driver. Value is the gain in log loss for departures, and
// the correlation of changes for other outcomes.
type Lag struct {
	Days  int      `json:"days"`
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	// P is the chance of as much without any relation; Q the same after all drivers
	// and lags that were tried (Benjamini and Hochberg).
	P *float64 `json:"p"`
	Q *float64 `json:"q"`
	// N is accounts × cut-offs, or pairs of changes.
	N int `json:"n"`
}

// Driver is one metric and what it says of the outcome.
type Driver struct {
	Metric  string  `json:"metric"`
	Title   string  `json:"title"`
	Unit    string  `json:"unit,omitempty"`
	Verdict Verdict `json:"verdict"`
	Words   string  `json:"words"`
	// LagDays is the lag at which it says most; the figures are those of that lag.
	LagDays int `json:"lag_days"`
	// Effect is per interquartile change of the metric: for departures how many
	// times the odds, for other outcomes by how much they change.
	Effect validate.Estimate `json:"effect"`
	Spread *float64          `json:"interquartile_change"`
	Lags   []Lag             `json:"lags"`
}

// Report is the drivers of one outcome, those that predict first.
type Report struct {
	Outcome      string    `json:"outcome"`
	OutcomeTitle string    `json:"outcome_title"`
	AsOf         time.Time `json:"as_of"`
	ModelVersion int64     `json:"model_version"`
	HorizonDays  int       `json:"horizon_days,omitempty"`
	PeriodDays   int       `json:"period_days"`
	// Refusal says why nothing can be said; empty otherwise.
	Refusal  string   `json:"refusal,omitempty"`
	Headline string   `json:"headline"`
	Notes    []string `json:"notes"`
	Accounts int      `json:"accounts"`
	Rows     int      `json:"rows"`
	// Departures is how many are in the test sets; 0 for other outcomes.
	Departures int      `json:"departures,omitempty"`
	Tests      int      `json:"tests"` // drivers × lags that were tried
	Drivers    []Driver `json:"drivers"`
}

func pointer(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

// correct fills Q over all drivers and lags, gives the verdicts and sorts.
func (r *Report) correct(words func(*Driver) string) error {
	var p []float64
	var at []*Lag
	for i := range r.Drivers {
		for l := range r.Drivers[i].Lags {
			if lag := &r.Drivers[i].Lags[l]; lag.P != nil {
				p, at = append(p, *lag.P), append(at, lag)
			}
		}
	}
	r.Tests = len(p)
	q, err := resample.Adjust(p, resample.BH)
	if err != nil {
		return err
	}
	for i, lag := range at {
		lag.Q = pointer(q[i])
	}
	found := 0
	for i := range r.Drivers {
		d := &r.Drivers[i]
		if d.Verdict == Unusable {
			continue
		}
		best := d.best()
		if d.Verdict = NotShown; best != nil && best.Q != nil && *best.Q <= FDR && best.Value != nil {
			d.Verdict = Predicts
			found++
		}
		d.Words = words(d)
	}
	slices.SortStableFunc(r.Drivers, func(a, b Driver) int {
		return cmp.Or(cmp.Compare(rank(a.Verdict), rank(b.Verdict)), cmp.Compare(sure(&a), sure(&b)))
	})
	r.headline(found)
	return nil
}

func rank(v Verdict) int { return slices.Index([]Verdict{Predicts, NotShown, Unusable}, v) }

func sure(d *Driver) float64 {
	if b := d.best(); b != nil && b.P != nil {
		return *b.P
	}
	return 2
}

// best is the lag of the driver's figures.
func (d *Driver) best() *Lag {
	for i := range d.Lags {
		if d.Lags[i].Days == d.LagDays {
			return &d.Lags[i]
		}
	}
	return nil
}

func (r *Report) headline(found int) {
	switch {
	case r.Refusal != "":
		r.Headline = "The data cannot say what predicts " + r.OutcomeTitle + "."
	case found == 0:
		r.Headline = "No metric is shown to predict " + r.OutcomeTitle + "."
	case found == 1:
		r.Headline = "One metric predicts " + r.OutcomeTitle + "."
	default:
		r.Headline = plural(found, "metric") + " predict " + r.OutcomeTitle + "."
	}
}

// quartiles returns the interquartile range of values, or that of the outer tenths
// where the middle half is all the same; 0 when they hardly vary.
func quartiles(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	if d := num.QuantileSorted(sorted, .75) - num.QuantileSorted(sorted, .25); d > 0 {
		return d
	}
	return num.QuantileSorted(sorted, .9) - num.QuantileSorted(sorted, .1)
}
