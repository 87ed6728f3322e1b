package ingest_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/clock"
	"kept/internal/customer"
	"kept/internal/ingest"
	"kept/internal/sqlstore"
	"kept/internal/testfix"
	"kept/internal/usage"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// deps returns fresh stores.
func deps(t *testing.T) ingest.Deps {
	t.Helper()
	clk := clock.Fixed(now)
	path := filepath.Join(t.TempDir(), "kept.db")
	records, err := sqlstore.Open(t.Context(), path, clk)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := records.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := records.Close(); err != nil {
			t.Error(err)
		}
	})
	return ingest.Deps{Records: records, Events: usage.NewMemoryStore(), Clock: clk}
}

func readMapping(t *testing.T) *ingest.Mapping {
	t.Helper()
	path := filepath.Join("..", "..", "examples", "ravenstack", "mapping.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ingest.Parse("mapping.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func run(t *testing.T, d ingest.Deps, m *ingest.Mapping, files []string, rejects io.Writer, dry bool) ingest.Report {
	t.Helper()
	rep, err := ingest.Run(t.Context(), d, m, files, ingest.Options{DryRun: dry, Rejects: rejects})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func TestRavenStack(t *testing.T) {
	files, err := ingest.Files(testfix.Shared(t, "data", "ravenstack"))
	if err != nil {
		t.Fatal(err)
	}
	d, m := deps(t), readMapping(t)

	rehearsal := run(t, d, m, files, nil, true)
	if n, err := d.Records.CountAccounts(t.Context()); err != nil || n != 0 {
		t.Fatalf("a dry run left %d accounts, %v", n, err)
	}
	if n, _, _, err := d.Events.Bounds(t.Context()); err != nil || n != 0 {
		t.Fatalf("a dry run left %d events, %v", n, err)
	}

	var rejects bytes.Buffer
	first := run(t, d, m, files, &rejects, false)
	if diff := cmp.Diff(first.Objects, rehearsal.Objects); diff != "" {
		t.Errorf("the dry run counted otherwise (-real +dry):\n%s", diff)
	}
	if diff := cmp.Diff(first.Quality, rehearsal.Quality); diff != "" {
		t.Errorf("the dry run judged otherwise (-real +dry):\n%s", diff)
	}
	if got := rejects.String(); got != "file,line,column,value,reason,row\n" {
		t.Errorf("rejected rows of good files:\n%s", got)
	}
	created := map[string]int64{
		"products": 1, "accounts": 500, "relationships": 500, "attributes": 500 * 7, "subscriptions": 5000, "tickets": 2000,
		"churn_events": 600, "events": 57729, "derived_events": 5486 + 2*2000 + 95 + 1175,
	}
	for object, want := range created {
		if diff := cmp.Diff(ingest.Counts{Read: want, Created: want}, *first.Objects[object]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", object, diff)
		}
	}

	// Counted by an independent program over the same files.
	findings := map[string]int64{
		"usage_before_subscription": 19142, "usage_after_subscription": 290, "event_before_signup": 13198,
		"ticket_before_signup": 1077, "overlapping_subscriptions": 4492, "subscription_without_duration": 13,
		"duplicate_id_differs": 21, "first_reply_after_close": 36,
		"churn_while_subscribed": 545, "churn_before_first_subscription": 53, "reactivation_without_churn": 26,
		"churn_flag_without_event": 35, "churn_event_without_flag": 277, "churn_flag_with_subscription_in_force": 110,
		"churn_event_without_ended_subscription": 125, "ended_subscription_without_churn_event": 85,
		"seats_differ": 500, "plan_differs": 328, "trial_flag_differs": 143,
		"upgrade_flag_contradicts_plans": 344, "downgrade_flag_contradicts_plans": 156,
		"preceding_upgrade_contradicts": 39, "preceding_downgrade_contradicts": 31,
	}
	got := map[string]int64{}
	for _, f := range first.Quality {
		got[f.Rule] = f.Count
		if f.Says == "" || f.Example == "" || f.WhatToDo == "" || f.Severity == "" {
			t.Errorf("the finding %+v does not say everything", f)
		}
	}
	if diff := cmp.Diff(findings, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}

	second := run(t, d, m, files, nil, false)
	for object, c := range second.Objects {
		if c.Unchanged != c.Read || c.Read != first.Objects[object].Read {
			t.Errorf("the second run changed %s: %+v", object, *c)
		}
	}
	if diff := cmp.Diff(first.Quality, second.Quality); diff != "" {
		t.Errorf("the second run judged otherwise (-first +second):\n%s", diff)
	}
	checkMoney(t, d)
}

// checkMoney compares the ARR in force at the end of the data with the sum that
// the file gives for subscriptions without an end.
func checkMoney(t *testing.T, d ingest.Deps) {
	t.Helper()
	subs, err := d.Records.Subscriptions(t.Context(), customer.Filter{Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		t.Fatal(err)
	}
	asOf := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	var arr int64
	early := 0
	for i := range subs {
		if v, ok := subs[i].At(asOf); ok && v.InForce(asOf) {
			arr += v.ARR.Minor
		}
		// The day after its start nobody knows that a subscription will be cancelled.
		start := subs[i].Current.Start
		if v, ok := subs[i].At(start.AddDate(0, 0, 1)); ok && !v.End.IsZero() && v.End.After(start.AddDate(0, 0, 1)) {
			early++
		}
	}
	if arr != 121_915_296_00 {
		t.Errorf("ARR in force = %d cents, want 12,191,529,600", arr)
	}
	if early > 0 {
		t.Errorf("%d cancellations are known before they happen", early)
	}
	accounts, err := d.Records.Accounts(t.Context(), customer.Filter{Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range accounts {
		if !a.ChurnedAt.IsZero() {
			t.Errorf("%s counts as churned and still has a subscription in force", a.Name)
		}
	}
}
