package health_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kept/internal/health"
)

var asOf = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func key(i int) string { return fmt.Sprintf("m%d", i) }

func threeBands() []health.Band {
	return []health.Band{{Key: "red"}, {Key: "yellow", Min: 50}, {Key: "green", Min: 75}}
}

// identity is a measure whose score is its metric's value; metric and measure
// share the name.
func identity(name string, weight float64) health.Measure {
	return health.Measure{Key: name, Metric: name, Weight: weight, Points: []health.Point{{X: 0, Score: 0}, {X: 100, Score: 100}}}
}

// words is the tests' condition: "true", "false", "fails", or "band MEASURE BAND".
type words string

func (w words) Holds(env health.Lookup) (bool, error) {
	f := strings.Fields(string(w))
	switch f[0] {
	case "true":
		return true, nil
	case "band":
		v, _ := env("band")
		bands, _ := v.(map[string]any)
		return bands[f[1]] == f[2], nil
	case "fails":
		return false, fmt.Errorf("it fails")
	default:
		return false, nil
	}
}

func options() health.Options {
	parse := func(expr string) (health.Condition, error) { return words(expr), nil }
	return health.Options{HasMetric: func(name string) bool { return name != "unknown" }, When: parse, Exception: parse}
}

func compile(t testing.TB, def health.Scorecard) *health.Card {
	t.Helper()
	set, err := health.Compile([]health.Scorecard{def}, options())
	if err != nil {
		t.Fatal(err)
	}
	return set.Cards()[0]
}

func known(vals []*float64) []health.Input {
	in := make([]health.Input, len(vals))
	for i, v := range vals {
		in[i].AgeDays = -1
		if v != nil {
			in[i].Value, in[i].Has = *v, true
		}
	}
	return in
}

// score scores values given in the order of the measures; nil is missing.
func score(t testing.TB, def health.Scorecard, vals []*float64) health.Result {
	t.Helper()
	return compile(t, def).Score(health.Subject{AsOf: asOf, AgeDays: 1000, Inputs: known(vals)})
}
