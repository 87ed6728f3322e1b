package evaluate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/clock"
	"kept/internal/evaluate"
	"kept/internal/health"
	"kept/internal/id"
)

// TestAsRecorded: what is read back of a night is what was computed in it, with
// exact points, and only of that time and not of backfills.
func TestAsRecorded(t *testing.T) {
	h := build(t, 25)
	ctx := t.Context()
	engine := evaluate.New(evaluate.Options{Records: h.records, Events: h.events, Overrides: h.overrides, History: &evaluate.MemoryHistory{}, Clock: clock.Fixed(end)})
	engine.SetModel(1, defaultModel(t))
	refresh(t, engine)
	night := time.Date(2026, 5, 25, 0, 0, 0, 0, time.UTC)
	record := func(at time.Time, origin evaluate.Origin) {
		t.Helper()
		if _, err := engine.RecordEvaluations(ctx, []time.Time{at}, origin, nil); err != nil {
			t.Fatal(err)
		}
	}
	before := func(at time.Time) *evaluate.RecordedScores {
		t.Helper()
		r, err := engine.RecordedBefore(ctx, at)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	record(night.AddDate(0, 0, 1), evaluate.Backfill)
	if r := before(night.AddDate(0, 0, 1)); r != nil {
		t.Errorf("a backfill counts as recorded: %v", r.AsOf)
	}
	record(night, evaluate.Scheduled)
	for _, at := range []time.Time{night, night.Add(30 * time.Hour)} {
		if r := before(at); r == nil || !r.AsOf.Equal(night) {
			t.Errorf("as of %v: %+v, want that of %v", at, r, night)
		}
	}
	for _, at := range []time.Time{night.Add(-time.Second), night.AddDate(0, 0, 4)} {
		if r := before(at); r != nil {
			t.Errorf("as of %v there is %v, want nothing", at, r.AsOf)
		}
	}
	var ids []id.Account
	for account := range before(night).Of {
		ids = append(ids, account)
	}
	computed, err := engine.HealthOf(ctx, ids, night)
	if err != nil || len(computed) == 0 {
		t.Fatalf("%d results, %v", len(computed), err)
	}
	recorded, err := engine.RecordedResults(ctx, ids, night)
	if err != nil {
		t.Fatal(err)
	}
	for account, want := range computed {
		got := recorded[account]
		if got == nil {
			t.Fatalf("%s was not recorded", account)
		}
		change := health.Explain(*got, *want)
		if change.DeltaPico != 0 {
			t.Errorf("%s differs by %d: %s", account, change.DeltaPico, cmp.Diff(got, want))
		}
		for _, m := range change.Measures {
			if m.PointsPico != 0 {
				t.Errorf("%s: %s differs by %d", account, m.Measure, m.PointsPico)
			}
		}
	}
}
