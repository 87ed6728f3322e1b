package health_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/health"
	"kept/internal/testfix"
)

type vector struct {
	ID        string          `json:"id"`
	System    string          `json:"system"`
	Inputs    json.RawMessage `json:"inputs"`
	Expected  map[string]any  `json:"expected"`
	Tolerance struct {
		Abs, Rel float64
	} `json:"tolerance"`
}

type named struct {
	Name   string   `json:"name"`
	Weight float64  `json:"weight"`
	Score  *float64 `json:"score"`
	Min    float64  `json:"min"`
	Max    float64  `json:"max"`
}

type inputs struct {
	Op             string                `json:"op"`
	Weights        []float64             `json:"weights"`
	Scores         []float64             `json:"scores"`
	Groups         []named               `json:"groups"`
	Redistribution health.Redistribution `json:"redistribution"`
	GroupWeight    float64               `json:"group_weight"`
	OtherWeight    float64               `json:"other_groups_weight"`
	Measures       []named               `json:"measures"`
	Of             string                `json:"of"`
	Null           []string              `json:"null"`
	Bands          []named               `json:"bands"`
	Override       struct {
		When      struct{ Measure, Band string } `json:"when"`
		ForceBand string                         `json:"force_band"`
	} `json:"override"`
	SentimentBand  string           `json:"csm_sentiment_band"`
	Matrix         health.Migration `json:"matrix"`
	RowsFrom       []string         `json:"rows_from"`
	Churned        int              `json:"churned"`
	RedBefore      int              `json:"red_before_churn"`
	LowerInclusive []named          `json:"lower_inclusive"`
	UpperInclusive []named          `json:"upper_inclusive"`
	Parent         float64          `json:"parent"`
	Children       []float64        `json:"children"`
	MustSumTo      float64          `json:"must_sum_to"`
}

// TestVectors runs every health vector of the shared references. An operation
// that it does not know is a failure, so that a new vector cannot pass unseen.
func TestVectors(t *testing.T) {
	raw, err := os.ReadFile(testfix.Shared(t, "domain", "test-vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range all {
		if v.System != "health" {
			continue
		}
		n++
		t.Run(v.ID, func(t *testing.T) {
			var in inputs
			if err := json.Unmarshal(v.Inputs, &in); err != nil {
				t.Fatal(err)
			}
			got := answer(t, in)
			for key, want := range v.Expected {
				if key == "reject" {
					continue
				}
				have, ok := got[key]
				if !ok {
					t.Errorf("%s: no answer", key)
					continue
				}
				approx := cmp.Comparer(func(a, b float64) bool {
					return math.Abs(a-b) <= v.Tolerance.Abs+v.Tolerance.Rel*math.Abs(b)
				})
				if d := cmp.Diff(plain(t, want), plain(t, have), approx); d != "" {
					t.Errorf("%s (-want +got):\n%s", key, d)
				}
			}
		})
	}
	if n < 13 {
		t.Errorf("%d health vectors were run, want at least 13", n)
	}
}

// plain turns any value into what encoding/json makes of it.
func plain(t *testing.T, v any) any {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func answer(t *testing.T, in inputs) map[string]any {
	t.Helper()
	switch in.Op {
	case "weighted_mean":
		card := health.Scorecard{Key: "c", Groups: []health.Group{{Key: "g", Weight: 1}}, Bands: threeBands()}
		var vals []*float64
		for i, w := range in.Weights {
			card.Groups[0].Measures = append(card.Groups[0].Measures, identity(key(i), w))
			vals = append(vals, &in.Scores[i])
		}
		r := score(t, card, vals)
		return map[string]any{"score": r.Score, "display": health.Display(*r.Score)}
	case "group_score":
		card, vals := ofGroups(in)
		r := score(t, card, vals)
		effective := make([]*float64, len(r.Contributions))
		for i := range r.Contributions {
			if r.Contributions[i].Score != nil {
				effective[i] = &r.Contributions[i].Effective
			}
		}
		var band *string
		if r.Band != "" {
			band = &r.Band
		}
		return map[string]any{"score": r.Score, "coverage": r.Coverage, "effective_weights": effective, "band": band}
	case "overall_share":
		return overallShare(t, in)
	case "override":
		return forced(t, in)
	case "band":
		return map[string]any{
			"lower_inclusive": bandsOf(t, in.Scores, bandList(in.LowerInclusive), health.LowerInclusive),
			"upper_inclusive": bandsOf(t, in.Scores, fromMax(in.UpperInclusive), health.UpperInclusive),
		}
	case "migration_matrix":
		m := in.Matrix
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		return map[string]any{
			"row_sums": m.Rows(), "column_sums": m.Columns(), "churn_rate": m.ChurnRates(),
			"lift_red_over_green": m.Lift(), "recovery_rate": m.Recovery(), "degradation_rate": m.Degradation(),
			"unforecast_churn_rate": m.UnforecastChurn(), "net_green_flow": m.NetBestFlow(),
		}
	case "red_as_prediction":
		p, err := in.Matrix.Predict(len(in.Matrix) - 1)
		if err != nil {
			t.Fatal(err)
		}
		return map[string]any{"precision": p.Precision, "recall": p.Recall, "f1": p.F1}
	case "recall":
		return map[string]any{"recall": health.Recall(in.RedBefore, in.Churned)}
	case "rollup_mean_rounded":
		var children []health.Child
		for i := range in.Children {
			children = append(children, health.Child{Score: &in.Children[i]})
		}
		s, err := health.RollUp(health.MeanWithParent, &in.Parent, children)
		if err != nil {
			t.Fatal(err)
		}
		return map[string]any{"mean": s, "display": health.Display(*s)}
	case "weights_check":
		sum, valid, shares := health.Weights(in.Weights, in.MustSumTo)
		return map[string]any{"sum": sum, "valid": valid, "normalised": shares}
	default:
		t.Fatalf("unknown operation %q: teach this test to run it", in.Op)
		return nil
	}
}

func ofGroups(in inputs) (health.Scorecard, []*float64) {
	card := health.Scorecard{Key: "c", Bands: threeBands(), Redistribution: in.Redistribution}
	if in.Bands != nil {
		card.Bands = bandList(in.Bands)
	}
	var vals []*float64
	for _, g := range in.Groups {
		card.Groups = append(card.Groups, health.Group{Key: g.Name, Weight: g.Weight, Measures: []health.Measure{identity("m_"+g.Name, 1)}})
		vals = append(vals, g.Score)
	}
	return card, vals
}

func overallShare(t *testing.T, in inputs) map[string]any {
	t.Helper()
	card := health.Scorecard{
		Key: "c", Bands: threeBands(), Redistribution: in.Redistribution,
		Groups: []health.Group{
			{Key: "this", Weight: in.GroupWeight},
			{Key: "other", Weight: in.OtherWeight, Measures: []health.Measure{identity("other", 1)}},
		},
	}
	var before, after []*float64
	of := -1
	for i, m := range in.Measures {
		card.Groups[0].Measures = append(card.Groups[0].Measures, identity(m.Name, m.Weight))
		before = append(before, new(60.0))
		after = append(after, new(60.0))
		for _, n := range in.Null {
			if n == m.Name {
				after[i] = nil
			}
		}
		if m.Name == in.Of {
			of = i
		}
	}
	before, after = append(before, new(60.0)), append(after, new(60.0))
	return map[string]any{
		"share_before": score(t, card, before).Contributions[of].Effective,
		"share_after":  score(t, card, after).Contributions[of].Effective,
	}
}

func forced(t *testing.T, in inputs) map[string]any {
	t.Helper()
	card, vals := ofGroups(in)
	// The sentiment is a measure of weight 0: it is looked at and does not count.
	sentiment := in.Override.When.Measure
	card.Groups[1].Measures = append(card.Groups[1].Measures, identity(sentiment, 0))
	value := map[string]float64{"red": 10, "yellow": 60, "green": 90}[in.SentimentBand]
	vals = append(vals[:2:2], append([]*float64{&value}, vals[2:]...)...)
	card.Exceptions = []health.Exception{{Key: "red_sentiment", When: "band " + sentiment + " " + in.Override.When.Band, ForceBand: in.Override.ForceBand}}
	r := score(t, card, vals)
	return map[string]any{"score": r.Score, "band": r.Band, "computed_band": r.ComputedBand}
}

func bandsOf(t *testing.T, scores []float64, bands []health.Band, bounds health.BandBounds) []string {
	t.Helper()
	card := health.Scorecard{
		Key: "c", Bands: bands, BandBounds: bounds,
		Groups: []health.Group{{Key: "g", Weight: 1, Measures: []health.Measure{identity("m", 1)}}},
	}
	var out []string
	for _, s := range scores {
		out = append(out, score(t, card, []*float64{&s}).Band)
	}
	return out
}

func bandList(in []named) []health.Band {
	var out []health.Band
	for _, b := range in {
		out = append(out, health.Band{Key: b.Name, Min: b.Min})
	}
	return out
}

// fromMax turns upper bounds into our lower ones: a band starts where the one
// before it ends.
func fromMax(in []named) []health.Band {
	var out []health.Band
	last := 0.0
	for _, b := range in {
		out = append(out, health.Band{Key: b.Name, Min: last})
		last = b.Max
	}
	return out
}
