package model_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"kept/internal/health"
	"kept/internal/model"
)

func exampleCard(t *testing.T, name string) *health.Card {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "scorecards", name, "model.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Parse([]model.File{{Path: name + ".yaml", Data: data}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	// What is exported is the same model.
	again, err := model.Parse([]model.File{{Path: name + ".yaml", Data: model.Marshal(m)}})
	if err != nil || len(model.Diff(m, again)) > 0 {
		t.Fatalf("%s does not survive an export: %v", name, err)
	}
	return c.Scorecards.Card(name)
}

// scoreOf scores values by metric name; conditions see the same values.
func scoreOf(card *health.Card, ageDays float64, values, ages map[string]float64) health.Result {
	env := func(name string) (any, bool) { v, ok := values[name]; return v, ok }
	return card.Score(health.Subject{AgeDays: ageDays, Env: env, Inputs: card.Inputs(func(name string) health.Input {
		in := health.Input{AgeDays: -1}
		in.Value, in.Has = values[name]
		if age, ok := ages[name]; ok {
			in.AgeDays = age
		}
		return in
	})})
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-9 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestGitLabExample scores GitLab's scorecard by its published weights and rules.
func TestGitLabExample(t *testing.T) {
	card := exampleCard(t, "gitlab")
	values := map[string]float64{
		"licence_utilisation": 0.6, "tenure": 200, "user_engagement": 0.85,
		"scm_share": 0.9, "ci_share": 0.3, "devsecops_share": 0.1, "cd_share": 0.6,
		"csm_sentiment": 3, "outcomes_365d": 1, "tickets_30d": 5, "csm_priority": 1, "since_meeting": 36, "personas": 2,
	}
	ages := map[string]float64{"csm_sentiment": 10, "personas": 10, "user_engagement": 5}
	// Product .3·60 + .1·100 + .15·(100 + 60 + 20 + 100) = 70; risk 100; outcomes 60;
	// voice 100; engagement .5·60 + .5·100 = 80.
	r := scoreOf(card, 400, values, ages)
	near(t, "all known", r.Score, 0.5*70+0.25*100+0.1*60+0.05*100+0.1*80)
	if r.Band != "green" {
		t.Errorf("band %s", r.Band)
	}
	values["csm_sentiment"] = 1
	if r = scoreOf(card, 400, values, ages); r.Band != "red" || r.ComputedBand == "red" {
		t.Errorf("a red sentiment makes it %s, computed %s", r.Band, r.ComputedBand)
	}
	ages["csm_sentiment"] = 121
	if r = scoreOf(card, 400, values, ages); r.Band == "red" || r.Contributions[6].Score != nil {
		t.Errorf("an expired sentiment still counts: %s", r.Band)
	}
	ages["csm_sentiment"] = 100
	if r = scoreOf(card, 400, values, ages); !r.Contributions[6].Stale {
		t.Error("a sentiment of 100 days is not flagged")
	}
	// For the first 30 days only the sentiment counts.
	values["csm_sentiment"] = 2
	r = scoreOf(card, 20, values, ages)
	near(t, "a new account", r.Score, 60)
	for util, want := range map[[2]float64]float64{
		{0.09, 100}: 20, {0.3, 100}: 60, {0.3, 200}: 20, {0.6, 100}: 100, {0.6, 200}: 60, {0.6, 300}: 20, {0.76, 900}: 100,
	} {
		values["licence_utilisation"], values["tenure"] = util[0], util[1]
		r := scoreOf(card, 400, values, ages)
		near(t, "licence utilisation by tenure", r.Contributions[0].Score, want)
	}
}

// TestPostHogExample scores PostHog's scorecard: thirds of a scale of 10.
func TestPostHogExample(t *testing.T) {
	card := exampleCard(t, "posthog")
	values := map[string]float64{
		"last_seen": 1, "people_trend": 0.1, "csat_90d": 4.5, "forecast_trend": -0.05,
		"analytics_trend": 0, "replay_trend": -0.15, "flags_trend": -0.5, "surveys_trend": 0.2,
	}
	r := scoreOf(card, 400, values, nil)
	want := (7.5*10 + 7.5*10 + 5*10 + 5*5 + 33*10 + 20*5 + 17*0 + 5*10) / 100
	shown := card.Shown(*r.Score)
	near(t, "of 10", &shown, want)
	if r.Band != "healthy" {
		t.Errorf("band %s", r.Band)
	}
	for seen, want := range map[float64]float64{0.5: 100, 1: 100, 1.5: 50, 5: 50, 5.1: 0} {
		values["last_seen"] = seen
		near(t, "last seen", scoreOf(card, 400, values, nil).Contributions[0].Score, want)
	}
	// A product that nobody uses is not judged.
	delete(values, "replay_trend")
	values["last_seen"] = 1
	r = scoreOf(card, 400, values, nil)
	shown = card.Shown(*r.Score)
	product := (33.0*10 + 17*0 + 5*10) / 55
	near(t, "without replay", &shown, 0.25*9+0.75*product)
}
