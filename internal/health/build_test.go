package health_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kept/internal/health"
)

var asOf = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)

func key(i int) string { return fmt.Sprintf("m%d", i) }

func threeBands() []health.Band {
	return []health.Band{{Key: "red"}, {Key: "yellow", Min: 50}, {Key: "green", Min: 75}}
}

// identity is a measure whose score is its metric's value; metric and measure
// share the name.
func identity(name string, weight float64) health.Measure {
	return health.Measure{Key: name, Metric: name, Weight: weight, Points: []health.Point{{X: 0, Score: 0}, {X: 100, Score: 100}}}
}

// words is the tests' condition: "true", "false", "unknown", or "band MEASURE BAND".
type words string

func (w words) Holds(env health.Lookup) (holds, known bool) {
	f := strings.Fields(string(w))
	switch f[0] {
	case "true":
		return true, true
	case "band":
		v, ok := env("band." + f[1])
		return v == f[2], ok
	case "group": // "group KEY SCORE"
		v, ok := env("group." + f[1])
		return fmt.Sprint(v) == f[2], ok
	case "unknown":
		return false, false
	default:
		return false, true
	}
}

func options() health.Options {
	return health.Options{
		HasMetric:             func(name string) bool { return name != "unknown" },
		HasRelationshipMetric: func(name string) bool { return name != "unknown" },
		When:                  func(_, expr string) (health.Condition, error) { return words(expr), nil },
		Exception:             func(_, expr string, _, _ []string) (health.Condition, error) { return words(expr), nil },
	}
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
