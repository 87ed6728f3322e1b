package model_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/health"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/segment"
)

func TestDiff(t *testing.T) {
	from, to := defaultModel(t), defaultModel(t)
	to.Metrics[0].Title = "Revenue"
	to.Metrics = append(to.Metrics[:1:1], to.Metrics[2:]...) // seats
	to.Metrics = append(to.Metrics, metric.Definition{Name: "new_one", Kind: metric.Count})
	to.Segments[0], to.Segments[1] = to.Segments[1], to.Segments[0]
	to.Segments[2].When = "arr > 1"
	card := &to.Scorecards[0] // scorecard-default.yaml comes first
	card.MinCoverage = nil
	card.Bands[1].Min = 40
	card.Groups[0].Weight = 30
	card.Groups[0].Measures[0].Points = []health.Point{{X: 0, Score: 0}, {X: 1, Score: 100}}
	card.Groups[1].Measures = card.Groups[1].Measures[:1]
	card.Exceptions = append(card.Exceptions, health.Exception{Key: "more", When: "arr > 1", ForceBand: "green"})
	var b strings.Builder
	if err := model.Print(&b, model.Diff(from, to)); err != nil {
		t.Fatal(err)
	}
	want := `~ metric arr
    title: ARR → Revenue
+ metric new_one
- metric seats
~ segment growth
    when: employees >= 100 || arr >= 15000 → arr > 1
~ segment (order)
    order: strategic, enterprise, growth, digital → enterprise, strategic, growth, digital
~ scorecard default
    groups.deployment.weight: 20 → 30
    groups.deployment.measures.licence_utilisation.points: 0⇒0, 0.25⇒30, 0.5⇒60, 0.8⇒100 → 0⇒0, 1⇒100
    groups.engagement.measures.contacts: removed
    bands.yellow.min: 50 → 40
    min_coverage: 0.5 → (none)
    exceptions.more: added
1 added, 4 changed, 1 removed
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("the plan (-want +got):\n%s", d)
	}
	b.Reset()
	if err := model.Print(&b, model.Diff(from, from)); err != nil || b.String() != "no changes\n" {
		t.Errorf("no difference prints %q, %v", b.String(), err)
	}
}

func TestDiffIgnoresTheOrderOfMetrics(t *testing.T) {
	from, to := defaultModel(t), defaultModel(t)
	to.Metrics[0], to.Metrics[1] = to.Metrics[1], to.Metrics[0]
	if d := model.Diff(from, to); len(d) > 0 {
		t.Errorf("changes: %v", d)
	}
}

func TestDiffOfAnEmptyModel(t *testing.T) {
	to := defaultModel(t)
	got := model.Diff(&model.Model{}, to)
	if want := len(to.Attributes) + len(to.Metrics) + len(to.Segments) + len(to.Scorecards); len(got) != want {
		t.Errorf("%d changes, want %d", len(got), want)
	}
	for _, c := range got {
		if c.Kind != model.Added || c.Details != nil {
			t.Errorf("%+v", c)
		}
	}
}

// TestCompileWithoutFiles checks that a model edited elsewhere names paths.
func TestCompileWithoutFiles(t *testing.T) {
	m := &model.Model{
		Metrics:  []metric.Definition{{Name: "a", Kind: "nothing"}},
		Segments: []segment.Segment{{Key: "x", When: "a >"}, {Key: "y"}},
	}
	_, err := m.Compile()
	if err == nil || !strings.Contains(err.Error(), "metrics[0].kind: ") || !strings.Contains(err.Error(), "segments[0].when:1:") {
		t.Errorf("got %v", err)
	}
}
