package validate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"kept/internal/id"
	"kept/internal/stats/num"
)

// taught is a data set whose truth is known: parts are scores around 60, and the
// log-odds of leaving fall with the truth's weight of each, in log-odds per
// standard deviation. hand are the team's shares.
type taught struct {
	accounts, cutOffs int
	intercept         float64
	truth, hand       []float64
	missing           float64 // share of scores without a value
	seed              uint64
}

func (m taught) data() *Dataset {
	r := rand.New(rand.NewPCG(m.seed, 11))
	d := &Dataset{
		Spec:      Spec{Scorecard: "taught", Horizon: DefaultHorizon, Grace: DefaultGrace, Outcome: OutcomeLeft, History: Recomputed},
		DataStart: began, DataEnd: began.AddDate(0, 0, 91*m.cutOffs+200), Bands: []Band{{Key: "red"}, {Key: "green"}},
	}
	d.AsOf = d.DataEnd
	for k := range m.cutOffs {
		d.Plan.CutOffs = append(d.Plan.CutOffs, began.AddDate(0, 0, 60+91*k))
	}
	d.Plan.Step = 91 * Day
	for j, share := range m.hand {
		d.Parts = append(d.Parts, Part{Group: "g", Measure: fmt.Sprintf("m%d", j), Title: fmt.Sprintf("Measure %d", j), Share: share})
	}
	draw := func() (parts []float64, eta, score float64) {
		eta = m.intercept
		given := 0.0
		for j := range m.truth {
			z := r.NormFloat64()
			s := min(max(60+15*z, 0), 100)
			eta -= m.truth[j] * (s - 60) / 15
			if r.Float64() < m.missing {
				s = math.NaN()
			} else {
				score, given = score+m.hand[j]*s, given+m.hand[j]
			}
			parts = append(parts, s)
		}
		if given == 0 {
			return parts, eta, math.NaN()
		}
		return parts, eta, score / given
	}
	for a := range m.accounts {
		d.Accounts = append(d.Accounts, Account{ID: id.Account(fmt.Sprintf("acc_%d", a)), Name: fmt.Sprintf("Account %d", a)})
	}
	for k := range m.cutOffs {
		for a := range m.accounts {
			parts, eta, score := draw()
			row := Row{Account: int32(a), CutOff: int32(k), Score: score, Days: math.NaN()}
			if r.Float64() < num.Expit(eta) {
				row.Left, row.Days = true, 30
			}
			d.Rows, d.P = append(d.Rows, row), append(d.P, parts...)
		}
	}
	for a := range m.accounts {
		parts, _, score := draw()
		d.Now, d.NowP = append(d.Now, NowRow{Account: int32(a), Score: score}), append(d.NowP, parts...)
	}
	return d
}

func weightOf(t *testing.T, l *Learning, measure string) LearnedWeight {
	t.Helper()
	for _, w := range l.Weights {
		if w.Measure == measure {
			return w
		}
	}
	t.Fatalf("no weight of %s: %s", measure, l.Why)
	return LearnedWeight{}
}

// TestLearned gives the team two good weights, one that is nothing and one that is
// far too small, and wants to hear so.
func TestLearned(t *testing.T) {
	d := taught{accounts: 400, cutOffs: 9, intercept: -3.4, truth: []float64{.7, .7, 0, 1.1}, hand: []float64{.3, .3, .35, .05}, seed: 1}.data()
	l := Learn(d)
	if !l.Learned || l.Departures < 60 || l.Conflict {
		t.Fatalf("learned %t from %d departures, conflict %t: %s", l.Learned, l.Departures, l.Conflict, l.Why)
	}
	sum := 0.0
	for _, w := range l.Weights {
		sum += w.Learned
		if w.Low == nil || *w.Low > w.Learned+1e-9 || *w.High < w.Learned-1e-9 || w.Words == "" {
			t.Errorf("%s: %v in %v to %v", w.Measure, w.Learned, w.Low, w.High)
		}
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("the learned shares add up to %v", sum)
	}
	nothing, strong := weightOf(t, l, "m2"), weightOf(t, l, "m3")
	if nothing.Learned > .1 || nothing.Verdict != WeightMoved && nothing.Verdict != WeightNone {
		t.Errorf("the measure that is noise: %+v", nothing)
	}
	if strong.Verdict != WeightMoved || strong.Learned < .3 || !strings.Contains(strong.Words, "more") {
		t.Errorf("the measure that tells most: %+v", strong)
	}
	if l.Claim == nil || l.Claim.Verdict != ClaimBeats {
		t.Errorf("the claim: %+v", l.Claim)
	}
	if l.Challenger == nil || l.Challenger.Claim.Verdict == ClaimBeats {
		t.Errorf("trees beat a model that is the truth: %+v", l.Challenger)
	}
	// The probabilities are right on average, and in both halves.
	truth, said := 0.0, 0.0
	b := Walk(d, LearnedScore{}, nil)
	for _, f := range b.Folds {
		if len(f.Train) == 0 {
			continue
		}
		for i, r := range f.Test {
			if !math.IsNaN(f.P[i]) {
				said += f.P[i]
				truth += zeroOne([]bool{d.Rows[r].Left})[0]
			}
		}
	}
	if math.Abs(said/truth-1) > .2 || *l.Slope.Low > 1 || *l.Slope.High < 1 {
		t.Errorf("expected %.0f departures, %.0f came; slope %v to %v", said, truth, *l.Slope.Low, *l.Slope.High)
	}
}

// TestContributions wants the contributions of every account to add up to its
// score, exactly, before it is kept within 0 to 100.
func TestContributions(t *testing.T) {
	l := Learn(taught{accounts: 500, cutOffs: 6, intercept: -2.5, truth: []float64{.8, .5, .2}, hand: []float64{.5, .3, .2}, missing: .2, seed: 2}.data())
	if len(l.Accounts) < 490 {
		t.Fatalf("%d accounts: %s", len(l.Accounts), l.Why)
	}
	clamped := 0
	for i, a := range l.Accounts {
		total := int64(50 * pico)
		for j, c := range a.ContributionsPico {
			total += c
			if a.Contributions[j] != float64(c)/pico {
				t.Fatalf("%s: a contribution is shown as %v", a.Account, a.Contributions[j])
			}
		}
		want := float64(total) / pico
		if want < 0 || want > 100 {
			clamped++
			want = min(max(want, 0), 100)
		}
		if a.Score != want {
			t.Errorf("%s: score %v, its parts add up to %v", a.Account, a.Score, want)
		}
		if !(a.P > 0 && a.P < 1) || !(a.Uncertainty > 0) || i > 0 && a.P > l.Accounts[i-1].P {
			t.Errorf("%s: p %v ± %v points", a.Account, a.P, a.Uncertainty)
		}
	}
	if clamped == len(l.Accounts) {
		t.Error("every score is clamped: the test shows nothing")
	}
	if w := weightOf(t, l, "m0"); w.MissingEffect == nil || w.Missing < .1 {
		t.Errorf("missing values have no column: %+v", w)
	}
}

// TestConflict gives a score that ranks departures backwards.
func TestConflict(t *testing.T) {
	l := Learn(taught{accounts: 400, cutOffs: 8, intercept: -3, truth: []float64{-.9, -.9}, hand: []float64{.5, .5}, seed: 3}.data())
	if !l.Conflict || l.Weak < .9 || !strings.Contains(l.Headline, "does not rank") {
		t.Errorf("weak %v: %s", l.Weak, l.Headline)
	}
	for _, w := range l.Weights {
		if w.Learned < 0 {
			t.Errorf("a learned weight below zero: %+v", w)
		}
	}
}

func TestDeclines(t *testing.T) {
	good := taught{accounts: 60, cutOffs: 6, intercept: -2, truth: []float64{.8, .4}, hand: []float64{.5, .5}, seed: 4}
	change := func(edit func(*Dataset)) *Dataset {
		d := good.data()
		edit(d)
		return d
	}
	every := func(value func(r int) float64) func(*Dataset) {
		return func(d *Dataset) {
			for i := range d.P {
				d.P[i] = value(i)
			}
		}
	}
	for _, c := range []struct {
		name string
		data *Dataset
		want string // of the reason; empty: it learns
	}{
		{"as it stands", good.data(), ""},
		{"nobody left", change(func(d *Dataset) {
			for i := range d.Rows {
				d.Rows[i].Left, d.Rows[i].Days = false, math.NaN()
			}
		}), "0 departures"},
		{"everybody left", change(func(d *Dataset) {
			for i := range d.Rows {
				d.Rows[i].Left, d.Rows[i].Days = true, 5
			}
		}), "nothing to compare"},
		{"few left", taught{accounts: 60, cutOffs: 2, intercept: -3.3, truth: []float64{.3}, hand: []float64{1}, seed: 5}.data(), "it takes 10"},
		{"three accounts", taught{accounts: 3, cutOffs: 2, truth: []float64{.3}, hand: []float64{1}, seed: 6}.data(), "it takes 10"},
		{"constant", change(every(func(int) float64 { return 50 })), "same score"},
		{"all missing", change(every(func(int) float64 { return math.NaN() })), "0 departures"},
		{"recorded", change(func(d *Dataset) { d.Parts, d.P, d.NowP = nil, nil, nil }), "recorded"},
		{"one constant, one missing", change(func(d *Dataset) {
			for i := range d.P {
				if d.P[i] = 50; i%2 == 1 {
					d.P[i] = math.NaN()
				}
			}
		}), "same score"},
		{"separated", change(func(d *Dataset) {
			for r := range d.Rows {
				if d.P[2*r] = 90; d.Rows[r].Left {
					d.P[2*r] = 10
				}
			}
		}), ""},
		{"the same twice", change(func(d *Dataset) {
			for r := range d.Rows {
				d.P[2*r+1] = d.P[2*r]
			}
		}), ""},
		{"duplicated rows", change(func(d *Dataset) { d.Rows, d.P = append(d.Rows, d.Rows...), append(d.P, d.P...) }), ""},
		{"hand weights of nothing", change(func(d *Dataset) { d.Parts[0].Share, d.Parts[1].Share = 0, 0 }), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := learn(everything(c.data))
			l := Learn(c.data)
			if c.want != "" {
				if err == nil || l.Learned || !strings.Contains(l.Why, c.want) || len(l.Weights) != 0 {
					t.Errorf("learned %t: %q, want …%s…", l.Learned, l.Why, c.want)
				}
				return
			}
			if err != nil || !l.Learned {
				t.Fatal(err, l.Why)
			}
			if err := num.CheckFinite("weights", m.fit.Coef); err != nil {
				t.Error(err)
			}
			for _, a := range l.Accounts {
				if err := num.CheckFinite("account", []float64{a.P, a.Score, a.Uncertainty}); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func everything(d *Dataset) View {
	v := View{Data: d}
	for r := range d.Rows {
		v.Rows, v.Left = append(v.Rows, int32(r)), append(v.Left, d.Rows[r].Left)
	}
	return v
}

// TestUnseen keeps the weight of a measure that never had a value.
func TestUnseen(t *testing.T) {
	d := taught{accounts: 200, cutOffs: 6, intercept: -2, truth: []float64{.8, .4, 0}, hand: []float64{.5, .3, .2}, seed: 8}.data()
	for r := range d.Rows {
		d.P[3*r+2] = math.NaN()
	}
	l := Learn(d)
	w := weightOf(t, l, "m2")
	if w.Verdict != WeightUnseen || w.Learned != .2 {
		t.Errorf("%+v", w)
	}
	if sum := l.Weights[0].Learned + l.Weights[1].Learned; math.Abs(sum-.8) > 1e-9 {
		t.Errorf("the others share %v", sum)
	}
}

// TestLearnedNothingLeaks runs the learned score through the canaries: one with
// shuffled outcomes among them, which the learning has to see nothing in.
func TestLearnedNothingLeaks(t *testing.T) {
	d, _ := made{accounts: 300, cutOffs: 8, intercept: -3, slope: 1, noise: .5, seed: 9}.data()
	for r := range d.Rows {
		d.P = append(d.P, d.Rows[r].Score)
	}
	d.Parts = []Part{{Group: "g", Measure: "score", Title: "Score", Share: 1}}
	report := Run(d, LearnedScore{})
	if report.Status != StatusOK || report.Metrics.AUC.Value == nil || *report.Metrics.AUC.Low < .5 {
		t.Errorf("%s: %s %+v", report.Status, report.Refusal, report.Metrics.AUC)
	}
	for _, c := range report.Canaries {
		if c.State == Fired {
			t.Errorf("%s fired: %s", c.Key, c.Words)
		}
	}
}

// BenchmarkLearned repeats the learning on simulated companies: how often the 90 %
// intervals of weights hold the truth, how often the learned score is said to beat a
// hand-made one that is the truth, and one that is wrong in two of four weights.
func BenchmarkLearned(b *testing.B) {
	const runs = 120
	truth := []float64{.8, .6, .4, .2}
	right := []float64{.4, .3, .2, .1} // truth / sum, since the scores have one spread
	wrong := []float64{.05, .1, .35, .5}
	for b.Loop() {
		for _, c := range []struct {
			name      string
			hand      []float64
			intercept float64
		}{{"right_40", right, -4.4}, {"wrong_40", wrong, -4.4}, {"right_120", right, -3.1}, {"wrong_120", wrong, -3.1}} {
			held, weights, claimed, departures := 0, 0, 0, 0
			for seed := range uint64(runs) {
				d := taught{accounts: 300, cutOffs: 8, intercept: c.intercept, truth: truth, hand: c.hand, seed: 100 + seed}.data()
				m, err := learn(everything(d))
				if err != nil {
					continue
				}
				departures += m.events
				for j := range m.inputs {
					low, high := m.fit.Interval(j, WeightLevel)
					want := truth[m.inputs[j].part] * m.inputs[j].sd / 15
					weights++
					if low <= want && want <= high {
						held++
					}
				}
				if Beats(Walk(d, HandScore{}, nil), Walk(d, LearnedScore{}, nil), 1).Verdict == ClaimBeats {
					claimed++
				}
			}
			b.ReportMetric(float64(held)/float64(max(weights, 1)), c.name+"_coverage")
			b.ReportMetric(float64(claimed)/runs, c.name+"_claims")
			b.ReportMetric(float64(departures)/runs, c.name+"_departures")
		}
	}
}
