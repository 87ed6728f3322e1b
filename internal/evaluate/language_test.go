package evaluate_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/evaluate"
	"kept/internal/health"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/usage"
)

// withLanguage returns the family model with metrics that read properties, child
// accounts and peers, and a scorecard that stands on them.
func withLanguage(t *testing.T, h *house) *model.Compiled {
	t.Helper()
	m := *withFamilies(t, h).Model
	yes := true
	m.Metrics = append(slices.Clone(m.Metrics),
		metric.Definition{Name: "open_tickets", Kind: metric.Open, Events: []string{"ticket_opened"}, ClosedBy: []string{"ticket_solved"}, Match: "ticket"},
		metric.Definition{Name: "open_urgent", Kind: metric.Open, Events: []string{"ticket_opened"}, ClosedBy: []string{"ticket_solved"}, Match: "ticket", Where: "prop.priority in ['urgent', 'high']"},
		metric.Definition{Name: "meetings_of_group", Kind: metric.Rollup, Of: "meetings_90d", From: metric.FromChildren, Take: metric.TakeSum},
		metric.Definition{Name: "best_line", Kind: metric.Rollup, Of: "product_users_28d", Take: metric.TakeMax},
		metric.Definition{Name: "logins_among_peers", Kind: metric.Peer, Of: "logins_28d", As: metric.AsPercentile, Within: metric.WithinSegment, HigherIsBetter: &yes},
		metric.Definition{Name: "login_weeks", Kind: metric.CurrentStreak, By: metric.ByWeek, Events: []string{"login"}},
		metric.Definition{Name: "old_logins", Kind: metric.Count, Events: []string{"login"}, History: "200d"},
	)
	points := []health.Point{{X: 0}, {X: 100, Score: 100}}
	m.Scorecards = slices.Clone(m.Scorecards)
	for i := range m.Scorecards {
		if m.Scorecards[i].Per == "" {
			group := health.Group{Key: "newer", Weight: 30}
			for _, name := range []string{"open_tickets", "open_urgent", "meetings_of_group", "best_line", "logins_among_peers", "login_weeks", "old_logins"} {
				group.Measures = append(group.Measures, health.Measure{Key: name, Metric: name, Weight: 1, Points: points})
			}
			m.Scorecards[i].Groups = append(slices.Clone(m.Scorecards[i].Groups), group)
		}
	}
	c, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestLanguage: the list, the page of an account and the explanation say the same
// of metrics that read properties and other accounts.
func TestLanguage(t *testing.T) {
	h := build(t, 40)
	ctx := t.Context()
	h.engine.SetModel(2, withLanguage(t, h))
	refresh(t, h.engine)
	snap := live(t, h.engine)
	some := map[string]int{}
	for i := range snap.Rows {
		r := &snap.Rows[i]
		one, err := h.engine.Health(ctx, r.Account.ID, end)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"open_tickets", "open_urgent", "meetings_of_group", "best_line", "logins_among_peers", "login_weeks"} {
			listed := snap.Metric(name)[i]
			value, has := one.Values[name]
			if has == math.IsNaN(listed) || has && value != listed {
				t.Errorf("%s of %s: the list says %v, the account %v %t", name, r.Account.Name, listed, value, has)
			}
			why, err := h.engine.Why(ctx, r.Account.ID, name, "", end)
			if err != nil {
				t.Fatal(err)
			}
			if has != (why.Value != nil) || has && *why.Value != value {
				t.Errorf("%s of %s: %v %t, explained %+v", name, r.Account.Name, value, has, why)
			}
			if value > 0 {
				some[name]++
			}
		}
	}
	for _, name := range []string{"open_tickets", "meetings_of_group", "best_line", "logins_among_peers", "login_weeks"} {
		if some[name] == 0 {
			t.Errorf("%s is 0 everywhere: the sample says nothing", name)
		}
	}
}

// TestLanguageIncremental: late events, also of properties and of other accounts,
// give what a fresh engine gives.
func TestLanguageIncremental(t *testing.T) {
	h := build(t, 30)
	ctx := t.Context()
	m := withLanguage(t, h)
	h.engine.SetModel(2, m)
	refresh(t, h.engine)
	before := live(t, h.engine)
	account := before.Rows[3].Account.ID
	first := end.AddDate(-3, 0, 0) // before all others: old_logins gets its history
	_, err := h.events.Append(ctx, []usage.Event{
		{MessageID: "n1", At: end.AddDate(0, 0, -40), KnownAt: end.AddDate(0, 0, -40), Account: account, Name: "ticket_opened", Properties: map[string]any{"ticket": "t1", "priority": "urgent"}},
		{MessageID: "n2", At: end.AddDate(0, 0, -9), KnownAt: end.AddDate(0, 0, -1), Account: account, Name: "ticket_solved", Properties: map[string]any{"ticket": "t1", "priority": "urgent"}},
		{MessageID: "n3", At: end.AddDate(0, 0, -20), KnownAt: end.AddDate(0, 0, -20), Account: account, Name: "login", Actor: "a:1"},
		{MessageID: "n4", At: first, KnownAt: first, Account: account, Name: "login", Actor: "a:1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	refresh(t, h.engine)
	fresh := evaluate.New(evaluate.Options{Records: h.records, Events: h.events, Overrides: h.overrides, Clock: clock.Fixed(end)})
	fresh.SetModel(2, m)
	refresh(t, fresh)
	got, want := live(t, h.engine), live(t, fresh)
	equalWeeks(t, got, want)
	for _, name := range want.Metrics {
		a, b := got.Metric(name), want.Metric(name)
		for i := range a {
			if a[i] != b[i] && !(math.IsNaN(a[i]) && math.IsNaN(b[i])) {
				t.Errorf("%s of %s: incremental %v, fresh %v", name, got.Rows[i].Account.Name, a[i], b[i])
			}
		}
	}
	old, err := h.engine.MetricSeries(ctx, account, []string{"open_urgent"}, []time.Time{end.AddDate(0, 0, -30), end.AddDate(0, 0, -5), end})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := old.Account("open_urgent", 0, 0)
	b, _ := old.Account("open_urgent", 0, 1)
	c, _ := old.Account("open_urgent", 0, 2)
	if b != a && b != a+1 && b < 1 || c != b-1 { // solved nine days ago, known since yesterday
		t.Errorf("open urgent tickets: %v, %v, %v", a, b, c)
	}
}
