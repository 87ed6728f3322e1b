package ingest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/ingest"
	"kept/internal/sqlstore"
	"kept/internal/usage"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// shared returns the path of a folder of data that is kept outside of the repository.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("KEPT_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the data set %s is not here: put it at %s, or say where with KEPT_SHARED", filepath.Join(parts...), path)
	}
	return path
}

// deps returns fresh stores.
func deps(t *testing.T) ingest.Deps {
	t.Helper()
	clk := clock.Fixed(now)
	path := filepath.Join(t.TempDir(), "kept.db")
	records, err := sqlstore.Open(t.Context(), path, clk)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := records.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := records.Close(); err != nil {
			t.Error(err)
		}
	})
	return ingest.Deps{Records: records, Events: usage.NewMemoryStore(), Clock: clk}
}

func readMapping(t *testing.T) *ingest.Mapping {
	t.Helper()
	path := filepath.Join("..", "..", "examples", "ravenstack", "mapping.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ingest.Parse("mapping.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func run(t *testing.T, d ingest.Deps, m *ingest.Mapping, files []string, rejects io.Writer, dry bool) ingest.Report {
	t.Helper()
	rep, err := ingest.Run(t.Context(), d, m, files, ingest.Options{DryRun: dry, Rejects: rejects})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func TestRavenStack(t *testing.T) {
	files, err := ingest.Files(shared(t, "data", "ravenstack"))
	if err != nil {
		t.Fatal(err)
	}
	d, m := deps(t), readMapping(t)
	var rejects bytes.Buffer
	rep := run(t, d, m, files, &rejects, false)
	text, err := json.MarshalIndent(rep, "", " ")
	t.Logf("%s %v\n%s", text, err, rejects.String())
}
