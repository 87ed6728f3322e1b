package validate

import (
	"errors"
	"fmt"

	"kept/internal/fault"
	"kept/internal/stats/discrim"
	"kept/internal/stats/survival"
)

// Timing asks whether those at higher risk leave sooner. Each account is watched from
// every cut-off for twice the horizon; where the data end before, it is censored.
type Timing struct {
	// Harrell counts pairs of accounts of one cut-off of which one was seen to leave
	// first (Harrell et al. 1996); Uno weighs them so that the answer does not depend
	// on how long accounts could be watched (Uno et al. 2011).
	Harrell Estimate    `json:"harrell_c"`
	Uno     Estimate    `json:"uno_c"`
	Points  []TimePoint `json:"points"`
}

// TimePoint judges the ranking by whether accounts left within some days.
type TimePoint struct {
	Days int `json:"days"`
	// Unseen could not be watched for so long; those that could stand for them,
	// each weighed by one over its chance of being seen (Blanche et al. 2013).
	Unseen int      `json:"unseen"`
	AUC    Estimate `json:"auc"`
	// Brier and BrierNull, what the same probability for all would get, exist at the
	// horizon, for which the probabilities are made.
	Brier     Estimate `json:"brier"`
	BrierNull *float64 `json:"brier_null"`
}

// Corner is a corner of the recalibrated curve.
type Corner struct {
	Predicted float64 `json:"predicted"`
	Observed  float64 `json:"observed"`
}

// Recalibrated is the rising curve that fits the outcomes best (isotonic, by PAVA),
// and the Brier score taken apart by it: Brier = Miscalibration − Discrimination +
// Uncertainty (Dimitriadis, Gneiting & Jordan 2021).
type Recalibrated struct {
	Curve          []Corner `json:"curve"`
	Miscalibration *float64 `json:"miscalibration"`
	Discrimination *float64 `json:"discrimination"`
	Uncertainty    *float64 `json:"uncertainty"`
	Why            string   `json:"why,omitempty" doc:"Why there is none."`
}

// beyond is added to the time of rows that did not leave: they were still there on
// the last day on which they were seen. In days.
const beyond = 1e-6

// watched returns for a row how many days it was watched, and whether it left at
// their end.
func (d *Dataset) watched(r *Row) (days float64, left bool) {
	if r.Left {
		return r.Days, true
	}
	from := d.Plan.CutOffs[r.CutOff]
	// Younger lapses than the grace may still be late renewals.
	until := d.DataEnd.Add(-d.Spec.Lapse())
	if most := from.Add(2 * d.Spec.Horizon); most.Before(until) {
		until = most
	}
	life := &d.Accounts[r.Account].Life
	if at, _ := life.Leaves(from, d.Spec.Horizon); !at.IsZero() && !at.After(until) {
		return at.Sub(from).Hours() / 24, true
	}
	for _, s := range life.Spans {
		if !from.Before(s.Start) && !s.End.IsZero() && s.End.After(from) && s.End.Before(until) {
			until = s.End // it stopped paying without the event that counts as leaving
		}
	}
	return max(until.Sub(from).Hours()/24, 0) + beyond, false
}

// timing fills the report's Timing.
func (r *Report) timing(d *Dataset, p *pool) {
	n := len(p.rows)
	data := survival.Data{Time: make([]float64, n), Event: make([]bool, n)}
	strata, cluster := make([]int, n), make([]int, n)
	all := make([]int, n)
	for i, row := range p.rows {
		data.Time[i], data.Event[i] = d.watched(&d.Rows[row])
		strata[i], cluster[i] = int(p.fold[i]), int(p.cluster[i])
		all[i] = i
	}
	left := d.departuresAt(p.rows, all, func(i int) (float64, bool) { return data.Time[i], data.Event[i] })
	rung := Climb(left)
	estimate := func(value, se float64, method, why string) Estimate {
		e := Estimate{Level: Level, N: n, Events: left, Method: method, Evidence: rung.badge()}
		switch {
		case !rung.at(Descriptive):
			e.Why = fmt.Sprintf("Needs %d departures; there are %d.", descriptiveFrom, left)
		case why != "":
			e.Why = why
		default:
			e.Value = pointer(value)
			low, high := discrim.LogitInterval(value, se*se, left, Level)
			e.Low, e.High = &low, &high
		}
		return e
	}
	concord := func(w survival.Weighting, method string) Estimate {
		c, err := survival.Concord(data, p.risk, strata, cluster, w)
		if err != nil {
			return estimate(0, 0, method, reason(err))
		}
		return estimate(c.C, c.SE, method, "")
	}
	r.Timing.Harrell = concord(survival.Harrell, "Harrell's C over twice the horizon, within cut-offs, by account, logit scale")
	r.Timing.Uno = concord(survival.Uno, "Uno's C over twice the horizon, within cut-offs, by account, logit scale")
	h := int(d.Spec.Horizon / Day)
	for _, days := range []int{(h + 2) / 3, (2*h + 2) / 3, h, 2 * h} {
		at, err := survival.JudgeAt(data, p.risk, float64(days), cluster)
		t := TimePoint{Days: days, Brier: Estimate{Level: Level, Why: "Probabilities are made for the horizon alone."}}
		if err != nil {
			t.AUC = estimate(0, 0, ipcwMethod, atNone(data, float64(days)))
		} else {
			t.AUC, t.Unseen = estimate(at.AUC, at.AUCSE, ipcwMethod, ""), at.CensoredUnjudged
		}
		if days == h {
			d.weighedBrier(&t, p, data, cluster, r.Metrics.Brier)
		}
		r.Timing.Points = append(r.Timing.Points, t)
	}
}

// atNone says why a time cannot be judged.
func atNone(data survival.Data, days float64) string {
	seen := false
	for i, t := range data.Time {
		if data.Event[i] && t <= days {
			return "No account could be watched for so long without leaving."
		}
		seen = seen || t > days
	}
	if !seen {
		return "No account could be watched for so long."
	}
	return "None left so soon."
}

const ipcwMethod = "weighed by the inverse chance of being seen, by account, logit scale"

// weighedBrier judges the probabilities of calibrated rows, where the ladder allows
// their Brier score.
func (d *Dataset) weighedBrier(t *TimePoint, p *pool, all survival.Data, cluster []int, plain Estimate) {
	t.Brier = plain
	if plain.Value == nil {
		return
	}
	calibrated := survival.Data{}
	var ps []float64
	var cs []int
	for _, i := range p.calibrated {
		calibrated.Time, calibrated.Event = append(calibrated.Time, all.Time[i]), append(calibrated.Event, all.Event[i])
		ps, cs = append(ps, p.p[i]), append(cs, cluster[i])
	}
	t.Brier.Value, t.Brier.Low, t.Brier.High = nil, nil, nil
	t.Brier.Method = "weighed by the inverse chance of being seen, by account"
	at, err := survival.JudgeAt(calibrated, ps, float64(t.Days), cs)
	if err != nil {
		t.Brier.Why = reason(err)
		return
	}
	t.Brier.Value, t.Brier.Low, t.Brier.High = pointer(at.Brier), pointer(max(at.Brier-z95*at.BrierSE, 0)), pointer(min(at.Brier+z95*at.BrierSE, 1))
	t.BrierNull = pointer(at.BrierNull)
}

// recalibrate fills the report's Recalibrated from 200 departures on.
func (r *Report) recalibrate(p *pool) {
	if !Climb(p.calibratedEvents).at(Segments) {
		r.Recalibrated.Why = fmt.Sprintf("Needs %d departures in calibrated folds; there are %d.", segmentsFrom, p.calibratedEvents)
		return
	}
	ps, ys := make([]float64, len(p.calibrated)), make([]float64, len(p.calibrated))
	mean := 0.0
	for k, i := range p.calibrated {
		ps[k] = p.p[i]
		if p.y[i] {
			ys[k] = 1
			mean += 1 / float64(len(ys))
		}
	}
	fit, err := discrim.FitIsotonic(ps, ys, nil)
	if err != nil {
		r.Recalibrated.Why = reason(err)
		return
	}
	var brier, best float64
	for k, f := range fit.Fitted() {
		brier += (ps[k] - ys[k]) * (ps[k] - ys[k]) / float64(len(ys))
		best += (f - ys[k]) * (f - ys[k]) / float64(len(ys))
	}
	uncertain := mean * (1 - mean)
	r.Recalibrated.Miscalibration, r.Recalibrated.Discrimination, r.Recalibrated.Uncertainty = pointer(brier-best), pointer(uncertain-best), pointer(uncertain)
	for i, x := range fit.X {
		r.Recalibrated.Curve = append(r.Recalibrated.Curve, Corner{Predicted: x, Observed: fit.Y[i]})
	}
}

// reason is why an estimator refused, as a sentence.
func reason(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return "It cannot be computed: " + f.Msg + "."
	}
	return "It cannot be computed from these data."
}
