package ingest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/ingest"
	"kept/internal/model"
)

// TestExampleModel checks the model that comes with the mapping.
func TestExampleModel(t *testing.T) {
	paths, err := filepath.Glob("../../examples/ravenstack/model/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no model files", err)
	}
	var files []model.File
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, model.File{Path: filepath.Base(path), Data: text})
	}
	m, err := model.Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Metrics) < 20 || len(m.Scorecards) != 1 || len(m.Segments) != 4 {
		t.Errorf("%d metrics, %d scorecards, %d segments", len(m.Metrics), len(m.Scorecards), len(m.Segments))
	}
}

// TestGuide parses every example of the guide, so that it cannot go stale.
func TestGuide(t *testing.T) {
	text, err := os.ReadFile("../../docs/guides/import.md")
	if err != nil {
		t.Fatal(err)
	}
	const head = "kept: 1\nsource: s\nfiles:\n"
	parsed := 0
	for i, block := range strings.Split(string(text), "```yaml\n") {
		block, _, closed := strings.Cut(block, "```")
		if i == 0 || !closed {
			continue
		}
		switch {
		case strings.HasPrefix(block, "- {target"):
			block = head + "  - path: x.csv\n    rows:\n" + strings.ReplaceAll("\n"+block, "\n- ", "\n      - ")
		case strings.HasPrefix(block, "checks:"):
			row := ".csv, rows: [{target: product, id: i, key: k}]}\n"
			block = head + "  - {path: accounts" + row + "  - {path: subscriptions" + row + block
		}
		if _, err := ingest.Parse("guide.yaml", []byte(block)); err != nil {
			t.Errorf("%v\n%s", err, block)
		}
		parsed++
	}
	if parsed != 4 {
		t.Errorf("%d examples, want 4", parsed)
	}
}
