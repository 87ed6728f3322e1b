package evaluate_test

import (
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kept/internal/churn"
	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/simulate"
)

// trueLeave is the probability, in truth, that an account that has given no notice
// by then leaves in (from, to]. Notice comes 20 to 75 days before the end of a term,
// 1 to 10 before that of a monthly one; whoever will leave and has not given it yet
// at d days has it still to come with q = P(it comes later than d before). Closing
// down is .8 % a year, and known 15 to 35 days before.
func trueLeave(a *simulate.AccountTruth, from, to time.Time, monthly bool) float64 {
	first, last := 20., 75.
	if monthly {
		first, last = 1, 10
	}
	stay := math.Exp(-.008 * (to.Sub(from).Hours()/24 - 25) / 365)
	for _, d := range a.Decisions {
		if d.At.After(from) && !d.At.After(to) {
			q := min(max((d.At.Sub(from).Hours()/24-first)/(last-first), 0), 1)
			stay *= 1 - d.Hazard*q/(1-d.Hazard+d.Hazard*q)
		}
	}
	return 1 - stay
}

// TestForecastTruth: as of a day of the past, the probabilities of a company whose
// truth is known are right on average and in each third, and rank as the truth does.
func TestForecastTruth(t *testing.T) {
	h := buildSeed(t, 1500, 24, 70)
	asOf := end.AddDate(0, 0, -100)
	truth := map[string]*simulate.AccountTruth{}
	all := h.company.Truth()
	for i := range all.Accounts {
		truth[string(all.Accounts[i].ID)] = &all.Accounts[i]
	}
	snap, err := h.engine.At(t.Context(), asOf)
	if err != nil {
		t.Fatal(err)
	}
	type pair struct{ said, low, high, was float64 }
	var pairs []pair
	known := 0
	m, err := h.engine.Forecast(t.Context(), churn.Spec{AsOf: asOf}, true)
	if err != nil {
		t.Fatal(err)
	}
	if m.Status != churn.StatusOK {
		t.Fatal(m.Refusal)
	}
	t.Logf("%d departures, AUC %.3f, expected/observed %.2f (%.2f to %.2f)", m.Learned.Departures, *m.Backtest.Metrics.AUC.Value, *m.Backtest.Metrics.Expected.Value, *m.Backtest.Metrics.Expected.Low, *m.Backtest.Metrics.Expected.High)
	if e := m.Backtest.Metrics.Expected; *e.Low > 1 || *e.High < 1 {
		t.Errorf("the back-test finds the level wrong: %.2f (%.2f to %.2f)", *e.Value, *e.Low, *e.High)
	}
	for i := range snap.Rows {
		facts, c := snap.ChurnFacts(i)
		a := truth[string(snap.Rows[i].Account.ID)]
		if !c.Paying || !a.Reactivated.IsZero() {
			continue
		}
		p, ok := m.Predict(facts)
		if !ok {
			t.Fatalf("no probability of %s", snap.Rows[i].Account.Name)
		}
		if c.Notice && !c.Bound.After(asOf.Add(churn.DefaultHorizon)) {
			// Notice was given: the truth before it is no measure of what is known now.
			if known++; p.Left < .5 {
				t.Errorf("%s has given notice: %.2f", a.External, p.Left)
			}
			continue
		}
		pairs = append(pairs, pair{p.Left, p.Low, p.High, trueLeave(a, asOf, asOf.Add(churn.DefaultHorizon), facts.TermDays < 40)})
	}
	if known < 3 || len(pairs) < 800 {
		t.Fatalf("%d with notice, %d others: too few to judge", known, len(pairs))
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		switch {
		case a.said < b.said:
			return -1
		case a.said > b.said:
			return 1
		}
		return 0
	})
	for _, part := range [][]pair{pairs, pairs[:len(pairs)/2], pairs[len(pairs)/2 : len(pairs)*9/10], pairs[len(pairs)*9/10:]} {
		said, was := 0.0, 0.0
		for _, p := range part {
			said, was = said+p.said, was+p.was
		}
		t.Logf("%4d accounts: said %.1f departures, in truth %.1f", len(part), said, was)
		if math.Abs(said-was) > 2+.3*was {
			t.Errorf("%d accounts: said %.1f departures, in truth %.1f", len(part), said, was)
		}
	}
}

// TestForecastKnown: what becomes known after a day changes no probability as of it.
func TestForecastKnown(t *testing.T) {
	h := buildSeed(t, 250, 20, 70)
	asOf := end.AddDate(0, 0, -60)
	said := func() (out []churn.Prediction, m *churn.Model) {
		m, err := h.engine.Forecast(t.Context(), churn.Spec{AsOf: asOf}, true)
		if err != nil {
			t.Fatal(err)
		}
		snap, err := h.engine.At(t.Context(), asOf)
		if err != nil {
			t.Fatal(err)
		}
		for i := range snap.Rows {
			facts, _ := snap.ChurnFacts(i)
			p, _ := m.Predict(facts)
			out = append(out, p)
		}
		return out, m
	}
	before, first := said()
	if first.Status != churn.StatusOK {
		t.Fatalf("no forecast: %s", first.Refusal)
	}
	a := h.company.Accounts()[0]
	sub := a.Subscriptions[len(a.Subscriptions)-1]
	rev := sub.Current
	rev.ValidFrom, rev.KnownAt, rev.AutoRenew, rev.EndReason, rev.End = rev.Start, end, false, "insolvency", rev.Start.AddDate(0, 0, 20)
	sub.Revisions = []customer.Revision{rev}
	err := h.records.InTx(t.Context(), func(tx customer.Tx) error {
		_, err := tx.PutSubscriptions(t.Context(), []customer.Subscription{sub})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := h.engine.Refresh(t.Context()); err != nil || !changed {
		t.Fatalf("%v %v", changed, err)
	}
	after, _ := said()
	for i := range before {
		if before[i].Left != after[i].Left {
			t.Errorf("account %d: %v became %v", i, before[i].Left, after[i].Left)
		}
	}
}

// TestForecastBackground: nobody waits for a forecast who did not ask to.
func TestForecastBackground(t *testing.T) {
	h := build(t, 60)
	m, err := h.engine.Forecast(t.Context(), churn.Spec{}, false)
	if err != nil || m != nil {
		t.Fatalf("at first: %v %v", m, err)
	}
	first, err := h.engine.Forecast(t.Context(), churn.Spec{}, true)
	if err != nil || first == nil {
		t.Fatalf("waited for: %v %v", first, err)
	}
	if again, err := h.engine.Forecast(t.Context(), churn.Spec{}, false); err != nil || again != first {
		t.Errorf("it is kept: %v", err)
	}
	h.engine.SetModel(2, defaultModel(t))
	if other, err := h.engine.Forecast(t.Context(), churn.Spec{}, false); err != nil || other != nil {
		t.Errorf("another model version needs another forecast: %v %v", other, err)
	}
	if _, err := h.engine.Forecast(t.Context(), churn.Spec{Horizon: time.Hour}, true); !fault.Is(err, fault.Invalid) {
		t.Errorf("an hour ahead: %v", err)
	}
	if _, err := h.engine.Forecast(t.Context(), churn.Spec{}, true); err != nil {
		t.Error(err)
	}
}

// TestSurvivalTruth: the curve of everybody is that of the true departures.
func TestSurvivalTruth(t *testing.T) {
	h := buildSeed(t, 500, 24, 70)
	s, err := h.engine.Survival(t.Context(), churn.BySegment, time.Time{})
	if err != nil || s.Status != churn.StatusOK {
		t.Fatalf("%v %+v", err, s)
	}
	if again, _ := h.engine.Survival(t.Context(), churn.BySegment, time.Time{}); again != s {
		t.Error("it is not kept")
	}
	departures, late, n := 0, 0, 0
	for _, a := range h.company.Truth().Accounts {
		for _, left := range a.Churned {
			if !left.After(s.DataEnd) && left.After(s.DataStart) {
				departures++
			}
		}
	}
	for _, g := range s.Groups {
		n += g.N
		late += g.Late
		if g.Title == "None" {
			t.Errorf("%d accounts have no segment", g.N)
		}
	}
	if s.All.Departures != departures || n != s.All.N || late != s.All.Late || late < 200 {
		t.Errorf("%d departures, in truth %d; %d of %d in groups, %d of %d late", s.All.Departures, departures, n, s.All.N, late, s.All.Late)
	}
	products, err := h.engine.Survival(t.Context(), churn.ByProductLine, time.Time{})
	if err != nil || len(products.Groups) != 3 || products.All.Causes[0].N == 0 || products.All.Causes[1].N == 0 {
		t.Errorf("%v %+v", err, products.All.Causes)
	}
	// Analytics is what every customer has: it ends when the customer leaves.
	if g := products.Groups[0]; g.Key != "analytics" || g.N != s.All.N || g.Departures != s.All.Departures {
		t.Errorf("%s: %d lives, %d departures; accounts %d and %d", g.Key, g.N, g.Departures, s.All.N, s.All.Departures)
	}
	cohorts, err := h.engine.Survival(t.Context(), churn.ByCohort, end.AddDate(0, -6, 0))
	if err != nil || len(cohorts.Groups) < 8 || !slices.IsSortedFunc(cohorts.Groups, func(a, b churn.Curve) int { return strings.Compare(a.Key, b.Key) }) {
		t.Errorf("%v, %d cohorts", err, len(cohorts.Groups))
	}
	if !cohorts.DataEnd.Before(end.AddDate(0, -6, 0)) || cohorts.All.Departures >= s.All.Departures {
		t.Errorf("as of six months ago: up to %s, %d departures", cohorts.DataEnd, cohorts.All.Departures)
	}
}

func benchAccounts() int {
	if n, err := strconv.Atoi(os.Getenv("KEPT_BENCH_ACCOUNTS")); err == nil {
		return n
	}
	return 500
}

// BenchmarkForecast learns, tests and applies a forecast, from the projection in
// memory, for KEPT_BENCH_ACCOUNTS accounts (default 500).
func BenchmarkForecast(b *testing.B) {
	h := buildMonths(b, benchAccounts(), 24)
	version := int64(1)
	for b.Loop() {
		version++
		h.engine.SetModel(version, defaultModel(b))
		m, err := h.engine.Forecast(b.Context(), churn.Spec{}, true)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(m.Learned.Snapshots), "snapshots")
	}
}

// BenchmarkSurvival makes the curves by segment.
func BenchmarkSurvival(b *testing.B) {
	h := buildMonths(b, benchAccounts(), 24)
	version := int64(1)
	for b.Loop() {
		version++
		h.engine.SetModel(version, defaultModel(b))
		if _, err := h.engine.Survival(b.Context(), churn.BySegment, time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
}
