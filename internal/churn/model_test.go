package churn

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/validate"
)

func TestModel(t *testing.T) {
	d, facts, cause := made(usual, 400, 8, 1)
	m := Build(d, facts, cause)
	if m.Status != StatusOK || m.Evidence != validate.OutOfTime || !m.Ready() {
		t.Fatalf("%s %s %s (%+v)", m.Status, m.Refusal, m.Evidence, m.Learned)
	}
	b := m.Backtest
	if *b.Metrics.AUC.Value < .75 || *b.Metrics.BrierSkill.Low <= 0 || len(b.Canaries) != 5 || len(b.Folds) != 8 {
		t.Errorf("back-test: AUC %v, skill %v, %d canaries, %d folds", *b.Metrics.AUC.Value, *b.Metrics.BrierSkill.Low, len(b.Canaries), len(b.Folds))
	}
	if s := b.Metrics.Slope; s.Value != nil && (*s.Low > 1 || *s.High < 1) {
		t.Errorf("a forecast of the right form is calibrated: slope %.2f (%.2f to %.2f)", *s.Value, *s.Low, *s.High)
	}
	if len(m.Sentences) < 2 || len(m.Weights) == 0 {
		t.Errorf("it says %q of %d weights", m.Sentences, len(m.Weights))
	}
	if _, err := json.Marshal(m); err != nil {
		t.Errorf("a number that JSON has not: %v", err)
	}
	again := Build(d, facts, cause)
	x, _ := json.Marshal(m)
	y, _ := json.Marshal(again)
	if string(x) != string(y) {
		t.Error("the same data give another report")
	}
}

// TestLadder: below each threshold the answer is a sentence, not a number.
func TestLadder(t *testing.T) {
	for name, c := range map[string]struct {
		accounts, cutOffs int
		h                 truth
		spoil             func(d *validate.Dataset, cause []Cause)
		status            Status
		evidence          validate.Evidence
		says              string
	}{
		"no account":   {0, 4, usual, nil, StatusRefused, "", "no paying account"},
		"no history":   {50, 0, usual, func(d *validate.Dataset, _ []Cause) { d.Plan.Why = "The data span 3 days." }, StatusRefused, "", "span 3 days"},
		"nobody left":  {200, 5, truth{base: -40}, nil, StatusRefused, "", "leaves nothing to learn from"},
		"three left":   {3, 5, truth{base: -2.4}, nil, StatusRefused, "", "From 10 departures on"},
		"all left":     {20, 5, truth{base: 40}, nil, StatusRefused, "", "Every account left"},
		"few tests":    {60, 8, truth{base: -5, score: -.9}, nil, StatusOK, validate.Described, ""},
		"never tested": {1200, 1, usual, nil, StatusRefused, "", "never tested"},
		"old data":     {300, 8, usual, func(d *validate.Dataset, _ []Cause) { d.AsOf = d.DataEnd.AddDate(0, 0, 61) }, StatusRefused, "", "Nothing is on record after"},
		"pure chance":  {500, 8, truth{base: -4}, nil, StatusRefused, "", "does not show"},
		"leak":         {300, 8, usual, func(d *validate.Dataset, _ []Cause) { d.Proof.Planted.Different = 1; d.Proof.Planted.Example = "A" }, StatusStopped, "", "snapshot builder"},
	} {
		d, facts, cause := made(c.h, c.accounts, c.cutOffs, 4)
		if c.spoil != nil {
			c.spoil(d, cause)
		}
		m := Build(d, facts, cause)
		if m.Status != c.status || m.Evidence != c.evidence || !strings.Contains(m.Refusal, c.says) {
			t.Errorf("%s: %s, %q, %q (%d departures, %d tested; AUC %v)", name, m.Status, m.Evidence, m.Refusal, m.Learned.Departures, m.Backtest.Ladder.Events, show(m.Backtest.Metrics.AUC))
		}
		if _, ok := m.Predict(Facts{Score: 50}); ok != (c.status == StatusOK) {
			t.Errorf("%s: a prediction is %v", name, ok)
		}
		if m.Status != StatusOK && (m.Refusal == "" || m.Headline == "") {
			t.Errorf("%s refuses without words", name)
		}
	}
}

// TestJudge: what the back-test finds decides how much is said.
func TestJudge(t *testing.T) {
	est := func(v, low, high float64) validate.Estimate {
		return validate.Estimate{Value: &v, Low: &low, High: &high, Events: 60}
	}
	none := validate.Estimate{Why: "Too few."}
	for name, c := range map[string]struct {
		auc, skill, expected validate.Estimate
		verdict              validate.Verdict
		status               Status
		evidence             validate.Evidence
		says                 string
	}{
		"sound":                 {est(.8, .7, .9), est(.2, .1, .3), est(1.1, .9, 1.3), validate.VerdictPredicts, StatusOK, validate.OutOfTime, "level is right"},
		"skill not shown":       {est(.8, .7, .9), est(.1, -.1, .2), est(1.1, .9, 1.3), validate.VerdictPredicts, StatusOK, validate.Described, "is not shown yet"},
		"ranks, adds nothing":   {est(.6, .52, .7), est(-.01, -.1, .02), est(.7, .6, .8), validate.VerdictPredicts, StatusRefused, "", "no better than saying the share of all"},
		"too low":               {est(.8, .7, .9), est(.2, .1, .3), est(.7, .6, .8), validate.VerdictPredicts, StatusOK, validate.Described, "too low"},
		"too high":              {est(.8, .7, .9), est(.2, .1, .3), est(1.5, 1.2, 1.8), validate.VerdictPredicts, StatusOK, validate.Described, "too high"},
		"not shown":             {est(.55, .45, .65), none, none, validate.VerdictNotShown, StatusRefused, "", "does not show"},
		"backwards":             {est(.4, .3, .45), none, none, validate.VerdictBackwards, StatusRefused, "", "does not show"},
		"few":                   {est(.8, .6, .9), none, none, validate.VerdictTooFew, StatusOK, validate.Described, "nothing is claimed"},
		"few, and surely wrong": {est(.2, .1, .4), none, none, validate.VerdictTooFew, StatusRefused, "", "thought safe left"},
	} {
		m := &Model{Status: StatusOK, BaseRate: est(.1, .05, .15)}
		r := &validate.Report{Status: validate.StatusOK, Verdict: c.verdict, Ladder: validate.LadderOf(60)}
		r.Metrics.AUC, r.Metrics.BrierSkill, r.Metrics.Expected = c.auc, c.skill, c.expected
		m.judge(r)
		if m.Status == StatusOK {
			m.speak()
		}
		if said := m.Refusal + strings.Join(m.Sentences, " "); m.Status != c.status || m.Evidence != c.evidence || !strings.Contains(said, c.says) {
			t.Errorf("%s: %s, %q: %s", name, m.Status, m.Evidence, said)
		}
	}
}

func show(e validate.Estimate) []float64 {
	if e.Value == nil {
		return nil
	}
	return []float64{*e.Value, *e.Low, *e.High}
}

// TestNull: where nothing tells leavers from stayers, probabilities of their own
// are shown for at most one company in twenty or so.
func TestNull(t *testing.T) {
	shown := 0
	const runs = 20
	for seed := range uint64(runs) {
		d, facts, cause := made(truth{base: -4.2}, 250, 7, 100+seed)
		if Build(d, facts, cause).Status == StatusOK {
			shown++
		}
	}
	if shown > 3 {
		t.Errorf("%d of %d companies without any signal get probabilities", shown, runs)
	}
}

func TestAssess(t *testing.T) {
	d, facts, cause := made(usual, 400, 8, 1)
	m := Build(d, facts, cause)
	paying := Contract{Paying: true, NextEnd: in(40), Bound: in(40), Term: 365 * validate.Day, Notice: true}
	f := FactsAt("", 30, "small", t0.AddDate(-2, 0, 0), t0, paying)
	a := Assess(m, DefaultHorizon, f, paying, t0)
	if a.State != StateReady || a.Probability.Value == nil || a.Probability.Evidence != validate.OutOfTime || a.Probability.N == 0 || a.Probability.Events == 0 || a.Renewal.Probability.Value == nil || !a.Renewal.Notice {
		t.Errorf("%+v", a)
	}
	if *a.Renewal.Probability.Value > *a.Probability.Value {
		t.Errorf("by the renewal %.3f, within the horizon %.3f", *a.Renewal.Probability.Value, *a.Probability.Value)
	}
	far := paying
	far.NextEnd, far.Bound = in(200), in(200)
	if a := Assess(m, DefaultHorizon, f, far, t0); a.Renewal.Probability.Value != nil || !strings.Contains(a.Renewal.Probability.Why, "beyond") {
		t.Errorf("a renewal beyond the horizon: %+v", a.Renewal)
	}
	longer := paying
	longer.Bound = in(300)
	if a := Assess(m, DefaultHorizon, f, longer, t0); a.Renewal.BoundUntil.IsZero() || a.Renewal.Notice {
		t.Errorf("other subscriptions run on: %+v", a.Renewal)
	}
	for _, c := range []struct {
		m     *Model
		c     Contract
		state State
	}{
		{nil, paying, StateCalculating},
		{m, Contract{}, StateNoCustomer},
		{m, Contract{Unrecorded: true}, StateReady},
		{&Model{Status: StatusRefused, Refusal: "Too few."}, paying, StateRefused},
		{&Model{Status: StatusStopped, Refusal: "A leak."}, paying, StateStopped},
	} {
		a := Assess(c.m, DefaultHorizon, f, c.c, t0)
		if a.State != c.state || (a.State != StateReady) != (a.Refusal != "") || (a.State == StateReady) != (a.Probability.Value != nil) {
			t.Errorf("%s: %+v", c.state, a)
		}
	}
	f.Tenure = math.NaN()
	if a := Assess(m, DefaultHorizon, f, paying, t0); a.State == StateReady && math.IsNaN(*a.Probability.Value) {
		t.Error("a NaN reaches the page")
	}
}

func TestSpec(t *testing.T) {
	if s, err := (Spec{}).Check(); err != nil || s.Horizon != DefaultHorizon {
		t.Errorf("%v %v", s, err)
	}
	for _, h := range []time.Duration{time.Hour, -1, 366 * validate.Day} {
		if _, err := (Spec{Horizon: h}).Check(); err == nil {
			t.Errorf("%v is accepted", h)
		}
	}
	for _, c := range []struct{ days, k int }{{30, 1}, {90, 3}, {180, 6}, {365, 12}} {
		if k, length := periods(time.Duration(c.days) * validate.Day); k != c.k || math.Abs(float64(k)*length-float64(c.days)) > 1e-9 {
			t.Errorf("%d days: %d months of %v days", c.days, k, length)
		}
	}
	if _, err := ParseBy("colour"); err == nil || !strings.Contains(err.Error(), "product_line") {
		t.Errorf("%v", err)
	}
	if !slices.Contains([]By{BySegment}, must(ParseBy(""))) {
		t.Error("by default, by segment")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// BenchmarkBuild learns and tests a forecast of 14,000 accounts at seven cut-offs.
func BenchmarkBuild(b *testing.B) {
	d, facts, cause := made(usual, 14_000, 7, 1)
	for b.Loop() {
		if m := Build(d, facts, cause); m.Status != StatusOK {
			b.Fatal(m.Refusal)
		}
	}
}
