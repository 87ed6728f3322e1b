package evaluate_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/health"
	"kept/internal/model"
	"kept/internal/usage"
)

// withFamilies makes the first accounts children of the one before them all, two
// levels deep, and returns the model with cards that roll up.
func withFamilies(t *testing.T, h *house) *model.Compiled {
	t.Helper()
	var accounts []customer.Account
	for _, a := range h.company.Accounts() {
		if a.ParentID == "" {
			accounts = append(accounts, a.Account)
		}
	}
	top, middle := accounts[0], accounts[1]
	rows := []customer.Account{middle, accounts[2], accounts[3], accounts[4]}
	rows[0].ParentID, rows[1].ParentID = top.ID, top.ID
	rows[2].ParentID, rows[3].ParentID = middle.ID, middle.ID
	err := h.records.InTx(t.Context(), func(tx customer.Tx) error {
		_, err := tx.PutAccounts(t.Context(), rows)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	m := *defaultModel(t).Model
	m.Scorecards = slices.Clone(m.Scorecards)
	for i := range m.Scorecards {
		m.Scorecards[i].Hierarchy = &health.Rolling{Rule: health.MeanWithParent}
		m.Scorecards[i].Relationships = &health.Rolling{Rule: health.MeanWithParent}
	}
	m.Scorecards = append(m.Scorecards, health.Scorecard{
		Key: "line", Per: health.PerRelationship, MinCoverage: new(0.0), Bands: []health.Band{{Key: "red"}, {Key: "green", Min: 50}},
		Groups: []health.Group{{Key: "use", Weight: 1, Measures: []health.Measure{
			{Key: "users", Metric: "product_users_28d", Weight: 1, Points: []health.Point{{X: 0}, {X: 20, Score: 100}}},
			{Key: "days", Metric: "active_days_28d", Weight: 1, Points: []health.Point{{X: 0}, {X: 20, Score: 100}}},
		}}},
	})
	c, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFamilies(t *testing.T) {
	h := build(t, 40)
	ctx := t.Context()
	m := withFamilies(t, h)
	h.engine.SetModel(2, m)
	if _, err := h.engine.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	snap, err := h.engine.At(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	parents, lines := 0, 0
	for i := range snap.Rows {
		r := &snap.Rows[i]
		one, err := h.engine.Health(ctx, r.Account.ID, end)
		if err != nil {
			t.Fatal(err)
		}
		if got := one.Row.Score; got != r.Score && !(math.IsNaN(got) && math.IsNaN(r.Score)) {
			t.Errorf("%s: the list says %v, the account %v", r.Account.Name, r.Score, got)
		}
		for _, roll := range one.Result.Rolled {
			for _, p := range roll.Parts {
				if roll.Axis == health.AdjustRelationships {
					lines++
					k := slices.IndexFunc(one.Relationships, func(r evaluate.RelationshipHealth) bool { return r.Product == p.Key })
					if k < 0 || *one.Relationships[k].Result.Score != *p.Score {
						t.Errorf("%s: the score of %s is not its own", r.Account.Name, p.Key)
					}
					continue
				}
				parents++
				at := slices.IndexFunc(snap.Rows, func(r evaluate.Row) bool { return string(r.Account.ID) == p.Key })
				if child := &snap.Rows[at]; child.Account.ParentID != r.Account.ID || p.Score != nil && *p.Score != child.Score || p.Band != child.Band {
					t.Errorf("%s: the part of %s is not its row: %+v", r.Account.Name, child.Account.Name, p)
				}
			}
		}
		points, err := h.engine.Scores(ctx, r.Account.ID, []time.Time{end})
		if err != nil || len(points) != 1 || points[0].Score != r.Score && !math.IsNaN(r.Score) {
			t.Errorf("%s: %v, %v", r.Account.Name, points, err)
		}
	}
	if parents < 3 || lines < 10 {
		t.Errorf("%d parts of parents and %d relationships: the sample says nothing", parents, lines)
	}
}

// TestFamilyIncremental: what changes a child changes those above it, today and
// in the weeks before.
func TestFamilyIncremental(t *testing.T) {
	h := build(t, 30)
	ctx := t.Context()
	m := withFamilies(t, h)
	h.engine.SetModel(2, m)
	refresh(t, h.engine)
	before := live(t, h.engine)
	at := slices.IndexFunc(before.Rows, func(r evaluate.Row) bool {
		p, ok := before.Find(r.Account.ParentID)
		return ok && before.Rows[p].Account.ParentID != ""
	})
	if at < 0 {
		t.Fatal("no account has a grandparent")
	}
	child := before.Rows[at].Account.ID
	var late []usage.Event
	for d := range 60 {
		when := end.AddDate(0, 0, -d-1)
		late = append(late, usage.Event{MessageID: "x" + when.Format(time.DateOnly), At: when, KnownAt: when, Account: child, Name: "ticket_escalated"})
	}
	if _, err := h.events.Append(ctx, late); err != nil {
		t.Fatal(err)
	}
	// An account that moves is missing at its former parent.
	moved := *before.Rows[at].Account
	sibling := slices.IndexFunc(before.Rows, func(r evaluate.Row) bool { return r.Account.ParentID == moved.ParentID && r.Account.ID != child })
	other := *before.Rows[sibling].Account
	other.ParentID = ""
	err := h.records.InTx(ctx, func(tx customer.Tx) error {
		_, err := tx.PutAccounts(ctx, []customer.Account{other})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	refresh(t, h.engine)
	fresh := evaluate.New(evaluate.Options{Records: h.records, Events: h.events, Overrides: h.overrides, Clock: clock.Fixed(end)})
	fresh.SetModel(2, m)
	refresh(t, fresh)
	equalWeeks(t, live(t, h.engine), live(t, fresh))
}

func refresh(t *testing.T, e *evaluate.Engine) {
	t.Helper()
	if _, err := e.Refresh(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func live(t *testing.T, e *evaluate.Engine) *evaluate.Snapshot {
	t.Helper()
	s, err := e.At(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func equalWeeks(t *testing.T, got, want *evaluate.Snapshot) {
	t.Helper()
	if len(got.Rows) != len(want.Rows) {
		t.Fatalf("%d rows, want %d", len(got.Rows), len(want.Rows))
	}
	for i := range got.Rows {
		at, _ := want.Find(got.Rows[i].Account.ID)
		a, b := got.Weekly(i), want.Weekly(at)
		for k := range a {
			if a[k] != b[k] && !(math.IsNaN(a[k]) && math.IsNaN(b[k])) {
				t.Errorf("%s week %d: incremental %v, fresh %v", got.Rows[i].Account.Name, k, a[k], b[k])
			}
		}
	}
}
