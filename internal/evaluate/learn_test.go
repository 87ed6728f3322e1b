package evaluate_test

import (
	"math"
	"testing"

	"kept/internal/health"
	"kept/internal/validate"
)

// TestLearn learns on the sample company, whose truth is known: usage and its
// trend drive who leaves. The proposal scores as the learned shares say, and the
// parts of the data set are what the explanation of a score shows.
func TestLearn(t *testing.T) {
	h := buildMonths(t, 400, 24)
	spec := validate.Spec{Scorecard: "default"}
	l, err := h.engine.Learn(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if !l.Learned || l.Proposal == nil || l.Departures < 10 || len(l.Accounts) == 0 {
		t.Fatalf("learned %t from %d departures: %s", l.Learned, l.Departures, l.Why)
	}
	at := 0
	for _, g := range l.Proposal.Groups {
		for _, m := range g.Measures {
			w := l.Weights[at]
			if w.Measure != m.Key || g.Weight > 0 && math.Abs(g.Weight*m.Weight/1e4-w.Learned) > 2e-4 {
				t.Errorf("%s has %v of the proposal, learned %v", m.Key, g.Weight*m.Weight/1e4, w.Learned)
			}
			at++
		}
	}
	if l.Conflict {
		t.Errorf("the hand-made score of the sample company predicts, and the alarm says that it does not (%v)", l.Weak)
	}
	again, err := h.engine.Learn(t.Context(), spec)
	if err != nil || again != l {
		t.Errorf("it is computed twice: %v", err)
	}
	d, err := h.engine.Dataset(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.P) != len(d.Rows)*len(d.Parts) || len(d.NowP) != len(d.Now)*len(d.Parts) || len(d.Now) < 50 {
		t.Fatalf("%d parts of %d rows, %d of %d now", len(d.P), len(d.Rows), len(d.NowP), len(d.Now))
	}
	for _, k := range []int{0, len(d.Rows) / 2, len(d.Rows) - 1} {
		row := d.Rows[k]
		shown, err := h.engine.Health(t.Context(), d.Accounts[row.Account].ID, d.Plan.CutOffs[row.CutOff])
		if err != nil {
			t.Fatal(err)
		}
		compareParts(t, shown.Result, d.P[k*len(d.Parts):(k+1)*len(d.Parts)])
	}
	now := d.Now[len(d.Now)/2]
	shown, err := h.engine.Health(t.Context(), d.Accounts[now.Account].ID, d.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	from := len(d.Now) / 2 * len(d.Parts)
	compareParts(t, shown.Result, d.NowP[from:from+len(d.Parts)])
	if _, err := h.engine.Learn(t.Context(), validate.Spec{Scorecard: "nope"}); err == nil {
		t.Error("an unknown scorecard is learned")
	}
}

func compareParts(t *testing.T, r health.Result, parts []float64) {
	t.Helper()
	for j, c := range r.Contributions {
		if c.Score == nil != math.IsNaN(parts[j]) || c.Score != nil && *c.Score != parts[j] {
			t.Errorf("%s: shown %v, in the data set %v", c.Measure, c.Score, parts[j])
		}
	}
}
