package ingest_test

import (
	"os"
	"path/filepath"
	"testing"

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
