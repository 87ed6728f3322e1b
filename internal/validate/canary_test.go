package validate

import (
	"math"
	"strings"
	"testing"
)

// cheat ranks by the outcomes that it is judged by: with shuffled ones it finds
// them all the same.
type cheat struct{ left *[]bool }

func (c cheat) Forecast(train, test View) Forecast {
	out := Forecast{Risk: make([]float64, len(test.Rows)), P: make([]float64, len(test.Rows))}
	known := map[int32]bool{}
	for i, r := range train.Rows {
		known[r] = train.Left[i]
	}
	for i, r := range test.Rows {
		out.Risk[i], out.P[i] = float64(r%7)/100, math.NaN()
		// It trains on the test rows, as a fit on all data would.
		if (*c.left)[r] {
			out.Risk[i]++
		}
	}
	return out
}

func sample() *Dataset {
	d, _ := made{accounts: 300, cutOffs: 6, intercept: -3, slope: 1, noise: .5, seed: 11}.data()
	return d
}

// TestCanariesFire plants one leak after another: each stops the report, and the
// report says which and why.
func TestCanariesFire(t *testing.T) {
	fired := func(name, key, says string, r *Report) {
		t.Helper()
		lint(t, r)
		if r.Status != StatusStopped || r.Verdict != VerdictNone || r.Metrics.AUC.Value != nil || len(r.Bands) != 0 {
			t.Errorf("%s: the report goes on: %s %s", name, r.Status, r.Headline)
			return
		}
		for _, c := range r.Canaries {
			if (c.State == Fired) != (c.Key == key) {
				t.Errorf("%s: canary %s is %s: %s", name, c.Key, c.State, c.Words)
			}
		}
		if !strings.Contains(r.Refusal, says) {
			t.Errorf("%s says %q, want %q in it", name, r.Refusal, says)
		}
	}

	d := sample()
	d.Proof.Planted.Compare("Acme", d.Plan.CutOffs[0], 70, 3)
	fired("a builder that sees what became known later", "planted", "Acme", Run(d, HandScore{}))

	d = sample()
	d.Proof.Rebuilt.Compare("Acme", d.Plan.CutOffs[0], 70, 71)
	fired("a rewritten past", "rebuilt", "The past was rewritten", Run(d, HandScore{}))

	d = sample()
	for i := range d.Rows {
		// Nearly the outcome: churn flag with a little noise.
		if d.Rows[i].Left {
			d.X[i] += 6
		}
	}
	fired("an input that is the outcome", "feature", "outcome under another name", Run(d, HandScore{}))

	d = sample()
	for _, g := range d.allDepartures() {
		for w := d.weekAt(g.at); w >= 0 && g.at.Sub(d.Plan.Weeks[w]) < 21*Day; w-- {
			d.Weekly[w][g.account] = 0
		}
	}
	fired("a score that falls when the account leaves", "lead", "knows of the departure", Run(d, HandScore{}))

	d = sample()
	for i := range d.Rows {
		d.Rows[i].Score = 50 + float64(i%13)
	}
	var current []bool
	c := permuted(d, shuffleAware{cheat{&current}, d, &current}, Walk(d, HandScore{}, nil).pool())
	if c.State != Fired {
		t.Errorf("a forecaster that sees the outcomes it is judged by: %s %s", c.State, c.Words)
	}
}

// shuffleAware lets a cheat know the shuffled outcomes of the walk at hand, as a
// fit on training and test rows together would. It recovers the shuffle from the
// training outcomes.
type shuffleAware struct {
	cheat
	d    *Dataset
	left *[]bool
}

func (s shuffleAware) Forecast(train, test View) Forecast {
	for k := range uint64(permutations) {
		left := shuffled(s.d, k)
		same := len(train.Rows) > 0
		for i, r := range train.Rows {
			same = same && left[r] == train.Left[i]
		}
		if same {
			return cheat{&left}.Forecast(train, test)
		}
	}
	return HandScore{}.Forecast(train, test)
}

// TestCanariesHold: on clean data none fires, time after time.
func TestCanariesHold(t *testing.T) {
	for seed := range uint64(25) {
		d, _ := made{accounts: 120, cutOffs: 6, intercept: -2.6, slope: 1, noise: .6, seed: 100 + seed}.data()
		for _, c := range Run(d, HandScore{}).Canaries {
			if c.State != Held {
				t.Errorf("seed %d: %s is %s: %s", seed, c.Key, c.State, c.Words)
			}
		}
	}
}

// TestRecordedPast: what was recorded does not change when the past is rewritten.
func TestRecordedPast(t *testing.T) {
	d := sample()
	d.Spec.History = Recorded
	d.Proof.Rebuilt.Compare("Acme", d.Plan.CutOffs[0], 70, 71)
	if r := Run(d, HandScore{}); r.Status != StatusOK {
		t.Errorf("a validation of recorded scores is %s: %s", r.Status, r.Refusal)
	}
}
