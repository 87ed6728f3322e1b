package validate

import (
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestRungs(t *testing.T) {
	for n, want := range map[int]Rung{0: CountsOnly, 4: CountsOnly, 5: Descriptive, 19: Descriptive, 20: Basic, 49: Basic, 50: Full, 199: Full, 200: Segments} {
		if got := Climb(n); got != want {
			t.Errorf("%d departures: %s, want %s", n, got, want)
		}
	}
	// Each rung has data that stand on it, and shows what it may and no more.
	for _, c := range []struct {
		intercept            float64
		rung                 Rung
		auc, brier, slope    bool
		segments, predicting bool
	}{
		{-7.2, CountsOnly, false, false, false, false, false},
		{-6, Descriptive, true, false, false, false, false},
		{-4.8, Basic, true, true, false, false, true},
		{-3.6, Full, true, true, true, false, true},
		{-2, Segments, true, true, true, true, true},
	} {
		d, _ := made{accounts: 300, cutOffs: 6, intercept: c.intercept, slope: 1.2, noise: .5, seed: 3}.data()
		r := Run(d, HandScore{})
		if n := lint(t, r); n < 30 {
			t.Errorf("%s: only %d estimates were looked at", c.rung, n)
		}
		if r.Status != StatusOK || r.Ladder.State != c.rung {
			t.Errorf("%d departures: %s, rung %s, want %s (%s)", r.Ladder.Events, r.Status, r.Ladder.State, c.rung, r.Refusal)
			continue
		}
		m := r.Metrics
		if got := m.AUC.Value != nil; got != c.auc {
			t.Errorf("%s shows an AUC: %t", c.rung, got)
		}
		if got := m.Brier.Value != nil; got != c.brier {
			t.Errorf("%s shows a Brier score: %t (%s)", c.rung, got, m.Brier.Why)
		}
		if got := m.Slope.Value != nil; got != c.slope {
			t.Errorf("%s shows a slope: %t (%s)", c.rung, got, m.Slope.Why)
		}
		if got := len(r.Segments) > 0; got != c.segments {
			t.Errorf("%s shows segments: %t", c.rung, got)
		}
		if got := r.Verdict == VerdictPredicts; got != c.predicting {
			t.Errorf("%s: verdict %s", c.rung, r.Verdict)
		}
	}
}

// TestSame: the same data give the same bytes on any number of processors.
func TestSame(t *testing.T) {
	var first string
	for _, n := range []int{1, 2, 7} {
		old := runtime.GOMAXPROCS(n)
		d, _ := made{accounts: 150, cutOffs: 5, intercept: -2.5, slope: 1, noise: .5, seed: 5}.data()
		raw, err := json.Marshal(Run(d, HandScore{}))
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(raw)
		}
		if string(raw) != first {
			t.Errorf("on %d processors the report differs", n)
		}
	}
}

// TestEmbargo: no fold is trained on an outcome that was not known at its cut-off.
func TestEmbargo(t *testing.T) {
	for _, horizon := range []time.Duration{30 * Day, 90 * Day, 180 * Day, 365 * Day} {
		d, _ := made{accounts: 20, cutOffs: 8, intercept: -2, slope: 1, seed: 6}.data()
		d.Spec.Horizon = horizon
		trained := 0
		for _, f := range folds(d) {
			at := d.Plan.CutOffs[f.CutOff]
			seen := map[int32]bool{}
			for _, r := range f.Train {
				trained++
				if d.Plan.CutOffs[d.Rows[r].CutOff].Add(horizon).After(at) {
					t.Fatalf("horizon %s: a row of %s trains the fold of %s", Days(horizon), d.Plan.CutOffs[d.Rows[r].CutOff], at)
				}
			}
			for _, r := range f.Test {
				if seen[d.Rows[r].Account] {
					t.Fatalf("account %d is twice in the fold of %s", d.Rows[r].Account, at)
				}
				seen[d.Rows[r].Account] = true
			}
		}
		if trained == 0 {
			t.Errorf("horizon %s: nothing was trained on", Days(horizon))
		}
	}
}

func TestRefusals(t *testing.T) {
	small := func(change func(*Dataset)) *Dataset {
		d, _ := made{accounts: 40, cutOffs: 5, intercept: -2, slope: 1, seed: 8}.data()
		change(d)
		return d
	}
	for name, c := range map[string]struct {
		d    *Dataset
		says string
	}{
		"no account": {small(func(d *Dataset) { d.Accounts, d.Rows, d.X = nil, nil, nil }), "no paying account"},
		"no row":     {small(func(d *Dataset) { d.Rows, d.X = nil, nil }), "No account was under the scorecard"},
		"no cut-off": {small(func(d *Dataset) { d.Plan = Plan{Why: "The data span 3 days."} }), "span 3 days"},
		"no score": {small(func(d *Dataset) {
			for i := range d.Rows {
				d.Rows[i].Score, d.Rows[i].Band = math.NaN(), NoBand
			}
		}), "has a score"},
		"nobody left": {small(func(d *Dataset) {
			for i := range d.Rows {
				d.Rows[i].Left, d.Rows[i].Days = false, math.NaN()
			}
		}), "No account with a score left"},
		"everybody left": {small(func(d *Dataset) {
			for i := range d.Rows {
				d.Rows[i].Left, d.Rows[i].Days = true, 10
			}
		}), "Every account"},
	} {
		r := Run(c.d, HandScore{})
		lint(t, r)
		if r.Status != StatusRefused || !strings.Contains(r.Refusal, c.says) || r.Metrics.AUC.Value != nil || r.Verdict != VerdictNone {
			t.Errorf("%s: %s %q", name, r.Status, r.Refusal)
		}
	}
}

// TestDegenerate: constant scores, three accounts, scores that separate.
func TestDegenerate(t *testing.T) {
	for name, change := range map[string]func(*Dataset){
		"constant": func(d *Dataset) {
			for i := range d.Rows {
				d.Rows[i].Score, d.Rows[i].Band = 50, 1
			}
		},
		"separated": func(d *Dataset) {
			for i := range d.Rows {
				d.Rows[i].Score = 80
				if d.Rows[i].Left {
					d.Rows[i].Score = 10
				}
			}
		},
		"no money": func(d *Dataset) {
			for i := range d.Rows {
				d.Rows[i].ARR, d.Rows[i].ARRAfter = 0, 0
			}
		},
		"infinite feature": func(d *Dataset) {
			for i := range d.X {
				d.X[i] = math.NaN()
			}
		},
	} {
		d, _ := made{accounts: 200, cutOffs: 5, intercept: -2, slope: 1, seed: 9}.data()
		change(d)
		r := Run(d, HandScore{})
		lint(t, r)
		switch name {
		case "constant":
			if r.Verdict != VerdictNotShown || *r.Metrics.AUC.Value != .5 {
				t.Errorf("a constant score: %s, AUC %v", r.Verdict, *r.Metrics.AUC.Value)
			}
		case "separated":
			if r.Verdict != VerdictPredicts {
				t.Errorf("a perfect score: %s (%s)", r.Verdict, r.Refusal)
			}
		}
	}
	d, _ := made{accounts: 3, cutOffs: 4, intercept: 0, slope: 1, seed: 2}.data()
	lint(t, Run(d, HandScore{}))
}

func TestSpec(t *testing.T) {
	for _, bad := range []Spec{{Horizon: Day}, {Horizon: 3650 * Day}, {Horizon: -Day}, {Grace: 400 * Day}, {Outcome: "maybe"}, {Outcome: "event:"}, {History: "imagined"}, {Capacity: -1}} {
		if _, err := bad.Check(); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	s, err := Spec{}.Check()
	if err != nil || s.Horizon != DefaultHorizon || s.Grace != DefaultGrace || s.History != Recomputed || s.Outcome != OutcomeAuto {
		t.Errorf("defaults: %+v, %v", s, err)
	}
	for _, text := range []string{"", "d", "0", "10y", "-3d", "9999999d", "1.5d"} {
		if _, err := ParseDays("horizon", text); err == nil {
			t.Errorf("%q was accepted as a horizon", text)
		}
	}
	if d, err := ParseDays("horizon", "90d"); err != nil || d != DefaultHorizon {
		t.Errorf("90d = %v, %v", d, err)
	}
}

func TestPlan(t *testing.T) {
	s, err := Spec{}.Check()
	if err != nil {
		t.Fatal(err)
	}
	end := began.AddDate(2, 0, 0)
	for _, c := range []struct {
		days, cutOffs, step int
		why                 bool
	}{{731, 7, 91, false}, {500, 4, 91, false}, {400, 9, 28, false}, {200, 4, 7, false}, {180, 1, 7, false}, {170, 0, 0, true}, {0, 0, 0, true}} {
		p := MakePlan(s, end.AddDate(0, 0, -c.days), end)
		if len(p.CutOffs) != c.cutOffs || (p.Why != "") != c.why || !c.why && int(p.Step/Day) != c.step {
			t.Errorf("%d days: %d cut-offs every %s, %q", c.days, len(p.CutOffs), Days(p.Step), p.Why)
			continue
		}
		if c.why {
			continue
		}
		last := p.CutOffs[len(p.CutOffs)-1]
		if last.Add(s.Horizon + s.Grace).After(end) {
			t.Errorf("%d days: the outcome of %s is not known at %s", c.days, last, end)
		}
		if c.cutOffs < MinCutOffs && len(p.Notes) == 0 {
			t.Errorf("%d days: too few cut-offs are not mentioned", c.days)
		}
		if len(p.Weeks) > MaxWeeks {
			t.Errorf("%d weeks", len(p.Weeks))
		}
	}
}

// TestTooMuch: what does not fit into memory is refused before it is filled.
func TestTooMuch(t *testing.T) {
	d := &Dataset{Accounts: make([]Account, 400_000)}
	d.Plan.Weeks = make([]time.Time, 100)
	if why := d.TooMuch(); why != "" {
		t.Errorf("forty million account-weeks: %s", why)
	}
	d.Plan.Weeks = make([]time.Time, 103)
	d.Plan.Why = d.TooMuch()
	if r := Run(d, HandScore{}); r.Status != StatusRefused || !strings.Contains(r.Refusal, "400,000 accounts over 103 weeks") {
		t.Errorf("%s: %s", r.Status, r.Refusal)
	}
}
