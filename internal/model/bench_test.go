package model_test

import (
	"testing"
	"time"

	"kept/internal/health"
	"kept/internal/model"
)

// BenchmarkAccount is segment, scorecard and score of one account.
func BenchmarkAccount(b *testing.B) {
	c, err := defaultModel(b).Compile()
	if err != nil {
		b.Fatal(err)
	}
	values := map[string]any{"employees": 400.0, "arr": 30000.0, "days_since_login": 2.0}
	segment := ""
	env := func(name string) (any, bool) {
		if name == "segment" {
			return segment, true
		}
		v, ok := values[name]
		return v, ok
	}
	inputs := make([]health.Input, 50)
	for i := range inputs {
		inputs[i] = health.Input{Value: float64(i), Has: true, AgeDays: -1}
	}
	at := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		segment = c.Segments.Assign(env).Key
		card, why := c.Scorecards.Choose(env)
		if r := card.Score(health.Subject{AsOf: at, AgeDays: 400, Inputs: inputs, Env: env, Why: why}); r.Score == nil {
			b.Fatal(r.Reason)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	files := defaultFiles(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := model.Parse(files); err != nil {
			b.Fatal(err)
		}
	}
}
