package model_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kept/internal/model"
)

func defaultFiles(t testing.TB) []model.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "examples", "default", "model", "*.yaml"))
	if err != nil || len(paths) < 4 {
		t.Fatalf("the default model has the files %v (%v)", paths, err)
	}
	var files []model.File
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, model.File{Path: filepath.Base(p), Data: data})
	}
	return files
}

func defaultModel(t testing.TB) *model.Model {
	t.Helper()
	m, err := model.Parse(defaultFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var same = cmpopts.IgnoreUnexported(model.Model{})

func TestDefaultModel(t *testing.T) {
	m := defaultModel(t)
	if len(m.Metrics) < 40 || len(m.Segments) != 4 || len(m.Scorecards) != 2 || len(m.Attributes) != 5 {
		t.Errorf("%d metrics, %d segments, %d scorecards, %d attributes", len(m.Metrics), len(m.Segments), len(m.Scorecards), len(m.Attributes))
	}
	c, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	card, why := c.Scorecards.Choose(func(name string) (any, bool) { return "digital", name == "segment" })
	if card.Key() != "digital" {
		t.Errorf("a digital account gets %s: %s", card.Key(), why)
	}
	if card, _ = c.Scorecards.Choose(func(string) (any, bool) { return nil, false }); card.Key() != "default" {
		t.Errorf("an unknown account gets %s", card.Key())
	}
	a := c.Segments.Assign(func(name string) (any, bool) { return 20000.0, name == "arr" })
	if a.Key != "growth" || len(a.Undecided) != 2 {
		t.Errorf("an account of unknown size with an ARR of 20,000: %+v", a)
	}
}

func TestDefaultModelRoundTrip(t *testing.T) {
	m := defaultModel(t)
	text := model.Marshal(m)
	again, err := model.Parse([]model.File{{Path: "all.yaml", Data: text}})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if d := cmp.Diff(m, again, same); d != "" {
		t.Errorf("the model changed on its way through text (-was +is):\n%s", d)
	}
	if d := cmp.Diff(string(text), string(model.Marshal(again))); d != "" {
		t.Errorf("the text is not stable:\n%s", d)
	}
	if changes := model.Diff(m, again); len(changes) > 0 {
		t.Errorf("changes: %v", changes)
	}
}
