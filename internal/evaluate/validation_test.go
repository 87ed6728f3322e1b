package evaluate_test

import (
	"context"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/usage"
	"kept/internal/validate"
)

func report(t *testing.T, h *house, spec validate.Spec) *validate.Report {
	t.Helper()
	r, err := h.engine.Validate(t.Context(), spec, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func canary(t *testing.T, r *validate.Report, key string) validate.Canary {
	t.Helper()
	for _, c := range r.Canaries {
		if c.Key == key {
			return c
		}
	}
	t.Fatalf("the report has no canary %q: %s %s", key, r.Status, r.Refusal)
	return validate.Canary{}
}

// TestOutcomesAreTrue: departures are those of the company's truth, as far as
// their grace has passed or they are marked.
func TestOutcomesAreTrue(t *testing.T) {
	h := buildMonths(t, 300, 20)
	d, err := h.engine.Dataset(t.Context(), validate.Spec{Scorecard: "default"})
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string][]time.Time{}
	for _, a := range h.company.Truth().Accounts {
		truth[string(a.ID)] = a.Churned
	}
	n := 0
	for _, a := range d.Accounts {
		if !slices.EqualFunc(a.Life.Departures, truth[string(a.ID)], time.Time.Equal) {
			t.Errorf("%s left at %v, in truth at %v", a.Name, a.Life.Departures, truth[string(a.ID)])
		}
		n += len(a.Life.Departures)
	}
	if n < 20 {
		t.Errorf("only %d departures: the sample says nothing", n)
	}
	if len(d.Rows) == 0 || len(d.X) != len(d.Rows)*len(d.Features) {
		t.Fatalf("%d rows, %d features, %d values", len(d.Rows), len(d.Features), len(d.X))
	}
}

// TestDatasetAgrees: a row of the data set is what the account's page says of
// that instant.
func TestDatasetAgrees(t *testing.T) {
	h := buildMonths(t, 60, 14)
	d, err := h.engine.Dataset(t.Context(), validate.Spec{Scorecard: "default"})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(d.Rows); i += 11 {
		r := &d.Rows[i]
		one, err := h.engine.Health(t.Context(), d.Accounts[r.Account].ID, d.Plan.CutOffs[r.CutOff])
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case one.Result.Score == nil && !math.IsNaN(r.Score), one.Result.Score != nil && *one.Result.Score != r.Score:
			t.Errorf("%s on %s: row %v, page %v", d.Accounts[r.Account].Name, d.Plan.CutOffs[r.CutOff], r.Score, one.Result.Score)
		case r.Band >= 0 && d.Bands[r.Band].Key != one.Result.Band:
			t.Errorf("%s: band %s, page %s", d.Accounts[r.Account].Name, d.Bands[r.Band].Key, one.Result.Band)
		case one.Row.ARR.Major() != r.ARR:
			t.Errorf("%s: ARR %v, page %v", d.Accounts[r.Account].Name, r.ARR, one.Row.ARR.Major())
		}
	}
}

// TestSampleCompany: on a company whose truth is known, the report runs, its
// canaries hold, and the AUC's interval holds that of a far larger company.
func TestSampleCompany(t *testing.T) {
	large := report(t, buildSeed(t, 1500, 20, 70), validate.Spec{Scorecard: "default"})
	truth := *large.Metrics.AUC.Value
	covered := 0
	for seed := range uint64(5) {
		r := report(t, buildSeed(t, 250, 20, 71+seed), validate.Spec{Scorecard: "default"})
		if r.Status != validate.StatusOK {
			t.Errorf("seed %d: %s %s", seed, r.Status, r.Refusal)
			continue
		}
		for _, c := range r.Canaries {
			if c.State == validate.Fired {
				t.Errorf("seed %d: %s fired: %s", seed, c.Key, c.Words)
			}
		}
		if *r.Metrics.AUC.Low <= truth && truth <= *r.Metrics.AUC.High {
			covered++
		}
	}
	if covered < 4 {
		t.Errorf("%d of 5 intervals hold the AUC of the large company, %.3f", covered, truth)
	}
	if large.Verdict != validate.VerdictPredicts || large.Ladder.State == validate.CountsOnly {
		t.Errorf("the large company: %s %s", large.Verdict, large.Headline)
	}
}

// TestBrokenBuilder: a snapshot builder that uses what became known later fails
// its canary, and the report stops.
func TestBrokenBuilder(t *testing.T) {
	h := buildMonths(t, 80, 14)
	if c := canary(t, report(t, h, validate.Spec{Scorecard: "default"}), "planted"); c.State != validate.Held {
		t.Fatalf("the builder as it is: %s %s", c.State, c.Words)
	}
	h = buildMonths(t, 80, 14)
	h.engine.Leak()
	r := report(t, h, validate.Spec{Scorecard: "default"})
	if c := canary(t, r, "planted"); c.State != validate.Fired || r.Status != validate.StatusStopped {
		t.Errorf("a broken builder: %s, %s %s", c.State, r.Status, c.Words)
	}
}

// TestRewrittenPast records nights, then imports old events as if they had been
// known: the rebuilt past differs from what was recorded.
func TestRewrittenPast(t *testing.T) {
	h := buildMonths(t, 60, 14)
	history := &evaluate.MemoryHistory{}
	h.engine.WithHistory(history)
	var nights []time.Time
	for i := range 400 {
		nights = append(nights, end.AddDate(0, 0, -i))
	}
	slices.Reverse(nights)
	if _, err := h.engine.RecordEvaluations(t.Context(), nights, evaluate.Scheduled, nil); err != nil {
		t.Fatal(err)
	}
	r := report(t, h, validate.Spec{Scorecard: "default"})
	if c := canary(t, r, "rebuilt"); c.State != validate.Held || !strings.Contains(c.Words, "recorded in their own time") {
		t.Fatalf("before: %s %s", c.State, c.Words)
	}
	recorded := report(t, h, validate.Spec{Scorecard: "default", History: validate.Recorded})
	if recorded.Status == validate.StatusStopped || recorded.Setup.Scored == 0 {
		t.Errorf("as recorded: %s %s, %d scored", recorded.Status, recorded.Refusal, recorded.Setup.Scored)
	}

	a := h.company.Accounts()[0]
	var forged []usage.Event
	for i := range 400 {
		at := end.AddDate(0, 0, -i)
		for k := range 5 {
			forged = append(forged, usage.Event{MessageID: "forged-" + strconv.Itoa(i) + "-" + strconv.Itoa(k), Account: a.ID, At: at, KnownAt: at, Name: "login", Product: "analytics", Actor: "x:" + strconv.Itoa(k)})
		}
	}
	if _, err := h.events.Append(t.Context(), forged); err != nil {
		t.Fatal(err)
	}
	if _, err := h.engine.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	r = report(t, h, validate.Spec{Scorecard: "default"})
	c := canary(t, r, "rebuilt")
	if c.State != validate.Fired || r.Status != validate.StatusStopped || !strings.Contains(c.Words, a.Name) {
		t.Errorf("after: %s, %s %s", c.State, r.Status, c.Words)
	}
	if r = report(t, h, validate.Spec{Scorecard: "default", History: validate.Recorded}); r.Status == validate.StatusStopped {
		t.Errorf("as recorded, after: %s", r.Refusal)
	}
	// After a deliberate back-fill, only what is recorded from then on is compared.
	if r = report(t, h, validate.Spec{Scorecard: "default", PastFrom: end.AddDate(0, 0, 1)}); r.Status == validate.StatusStopped {
		t.Errorf("with past_from: %s", r.Refusal)
	}
}

// TestEventOutcome: churn events count when subscriptions do not say who left.
func TestEventOutcome(t *testing.T) {
	h := buildMonths(t, 60, 14)
	if r := report(t, h, validate.Spec{Scorecard: "default", Outcome: "event:ticket_opened"}); r.Setup.Outcome != "event:ticket_opened" || r.Setup.Departures < 20 {
		t.Errorf("outcome %s, %d departures", r.Setup.Outcome, r.Setup.Departures)
	}
	for name, spec := range map[string]validate.Spec{
		"outcome": {Outcome: "event:nothing"}, "scorecard": {Scorecard: "nope"}, "horizon": {Horizon: time.Hour},
	} {
		if _, err := h.engine.Validate(t.Context(), spec, time.Time{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v", spec, err)
		}
	}
	if _, err := h.engine.Validate(t.Context(), validate.Spec{Scorecard: "nope"}, time.Time{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown scorecard is %v", err)
	}
}

// TestThreeAccounts: too little is said so, in words.
func TestThreeAccounts(t *testing.T) {
	r := report(t, buildMonths(t, 3, 14), validate.Spec{Scorecard: "default"})
	if r.Verdict == validate.VerdictPredicts || r.Metrics.AUC.Value != nil || r.Headline == "" {
		t.Errorf("three accounts: %s %s", r.Verdict, r.Headline)
	}
	h := buildMonths(t, 20, 14)
	// A week into the history there is nothing to look ahead from.
	r = report(t, h, validate.Spec{Scorecard: "default", AsOf: end.AddDate(0, -13, 0)})
	if r.Status != validate.StatusRefused || !strings.Contains(r.Refusal, "needs at least") {
		t.Errorf("a short history: %s %s", r.Status, r.Refusal)
	}
}

// TestOnce: the same report serves until data or model change.
func TestOnce(t *testing.T) {
	h := buildMonths(t, 40, 14)
	first := report(t, h, validate.Spec{Scorecard: "default"})
	if again := report(t, h, validate.Spec{Scorecard: "default", Horizon: validate.DefaultHorizon}); again != first {
		t.Error("the same question was computed twice")
	}
	account := h.company.Accounts()[0].Account
	err := h.records.InTx(context.Background(), func(tx customer.Tx) error {
		_, err := tx.AddFacts(t.Context(), []customer.Fact{{AccountID: account.ID, Key: "region", Value: customer.TextValue("north"), ValidFrom: end, KnownAt: end, Source: "test"}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.engine.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := report(t, h, validate.Spec{Scorecard: "default"}); again == first {
		t.Error("a change of data did not make a new report")
	}
}

// BenchmarkValidate is a whole walk-forward validation, from the record and the
// event projection to the report, of KEPT_BENCH_ACCOUNTS accounts (default 500)
// over 104 weeks.
func BenchmarkValidate(b *testing.B) {
	accounts := 500
	if n, err := strconv.Atoi(os.Getenv("KEPT_BENCH_ACCOUNTS")); err == nil {
		accounts = n
	}
	h := buildMonths(b, accounts, 28)
	b.ReportAllocs()
	var r *validate.Report
	var built time.Duration
	n := 0
	before := processor(b)
	for b.Loop() {
		start := time.Now()
		d, err := h.engine.Dataset(b.Context(), validate.Spec{Scorecard: "default"})
		if err != nil {
			b.Fatal(err)
		}
		built += time.Since(start)
		n++
		r = validate.Run(d, validate.HandScore{})
	}
	b.ReportMetric((processor(b)-before)/float64(n), "cpu-s")
	b.ReportMetric(built.Seconds()/float64(n), "s/dataset")
	b.ReportMetric(float64(r.Setup.Weeks), "weeks")
	b.ReportMetric(float64(r.Setup.Rows), "rows")
	b.ReportMetric(float64(r.Setup.Departures), "departures")
}
