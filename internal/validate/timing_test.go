package validate

import (
	"math"
	"testing"
)

// brute counts pairs of one cut-off of which one was seen to leave first.
func brute(d *Dataset, p *pool) float64 {
	good, all := 0.0, 0.0
	for i := range p.rows {
		ti, left := d.watched(&d.Rows[p.rows[i]])
		if !left {
			continue
		}
		for j := range p.rows {
			tj, other := d.watched(&d.Rows[p.rows[j]])
			if p.fold[i] != p.fold[j] || tj < ti || tj == ti && other {
				continue
			}
			all++
			switch {
			case p.risk[i] > p.risk[j]:
				good++
			case p.risk[i] == p.risk[j]:
				good += .5
			}
		}
	}
	return good / all
}

func TestTiming(t *testing.T) {
	d, _ := made{accounts: 300, cutOffs: 6, intercept: -3.2, slope: 1.2, noise: .5, seed: 3}.data()
	d.DataEnd = d.Plan.CutOffs[5].Add(d.Spec.Horizon + d.Spec.Lapse())
	p := Walk(d, HandScore{}, nil).pool()
	r := Run(d, HandScore{})
	h := r.Timing.Harrell
	if h.Value == nil || math.Abs(*h.Value-brute(d, p)) > 1e-12 {
		t.Errorf("Harrell's C is %+v, counted %v", h, brute(d, p))
	}
	u := r.Timing.Uno
	if u.Value == nil || *u.Low >= *u.Value || *u.High <= *u.Value || math.Abs(*u.Value-*h.Value) > .05 {
		t.Errorf("Uno's C is %v (%v to %v), Harrell's %v", *u.Value, *u.Low, *u.High, *h.Value)
	}
	days := []int{}
	for _, q := range r.Timing.Points {
		days = append(days, q.Days)
		switch {
		case q.Days > r.Setup.HorizonDays:
			if q.Unseen == 0 || q.AUC.Value == nil {
				t.Errorf("twice the horizon: %+v, want rows that were not watched for so long", q)
			}
		case q.Days == r.Setup.HorizonDays:
			// The outcome of every cut-off is known at the horizon: no weights.
			if q.Unseen != 0 || math.Abs(*q.AUC.Value-*r.Metrics.AUC.Value) > 1e-9 || math.Abs(*q.Brier.Value-*r.Metrics.Brier.Value) > 1e-9 || *q.BrierNull <= *q.Brier.Value {
				t.Errorf("at the horizon: AUC %v and Brier %v, plain %v and %v", *q.AUC.Value, *q.Brier.Value, *r.Metrics.AUC.Value, *r.Metrics.Brier.Value)
			}
		case q.Unseen != 0 || q.Brier.Value != nil:
			t.Errorf("before the horizon: %+v", q)
		}
	}
	if len(days) != 4 || days[0] != 30 || days[3] != 180 {
		t.Errorf("points at %v days", days)
	}
	if r.Recalibrated.Why == "" || len(r.Recalibrated.Curve) > 0 {
		t.Errorf("isotonic with %d departures: %+v", r.Ladder.Events, r.Recalibrated)
	}
}

func TestRecalibrated(t *testing.T) {
	d, _ := made{accounts: 300, cutOffs: 6, intercept: -1.5, slope: 1.2, noise: .5, seed: 3}.data()
	r := Run(d, HandScore{})
	c := r.Recalibrated
	if c.Why != "" || len(c.Curve) < 3 {
		t.Fatalf("%d departures: %+v", r.Ladder.Events, c)
	}
	for i, q := range c.Curve {
		if i > 0 && (q.Predicted <= c.Curve[i-1].Predicted || q.Observed < c.Curve[i-1].Observed) {
			t.Errorf("the curve falls at %+v", q)
		}
	}
	if got := *c.Miscalibration - *c.Discrimination + *c.Uncertainty; math.Abs(got-*r.Metrics.Brier.Value) > 1e-12 {
		t.Errorf("the parts make %v, the Brier score is %v", got, *r.Metrics.Brier.Value)
	}
	if *c.Miscalibration < 0 || *c.Discrimination <= 0 || *c.Miscalibration > .01 {
		t.Errorf("miscalibration %v, discrimination %v", *c.Miscalibration, *c.Discrimination)
	}
}
