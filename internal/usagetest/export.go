package usagetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/fault"
	"kept/internal/usage"
)

// RunExport checks ExportParquet of an engine that has it: read returns the
// events of an exported file, in any order. It is apart from Run, because the
// reference writes no files and this package reads no Parquet.
func RunExport(t *testing.T, open Opener, read func(path string) ([]usage.Event, error)) {
	t.Helper()
	check := func(s usage.Store, path string) {
		t.Helper()
		if err := s.ExportParquet(t.Context(), path); err != nil {
			t.Fatalf("ExportParquet: %v", err)
		}
		got, err := read(path)
		if err != nil {
			t.Fatalf("read the export: %v", err)
		}
		byID := func(a, b usage.Event) int { return strings.Compare(a.MessageID, b.MessageID) }
		want := all(t, s, usage.ListQuery{})
		slices.SortFunc(got, byID)
		slices.SortFunc(want, byID)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("exported events (-want +got):\n%s", diff)
		}
	}
	s, dir := open(t), t.TempDir()
	path := dir + "/it's out.parquet"
	check(s, path) // of nothing
	put(t, s, scanData()...)
	put(t, s, event("full", "x", noon.Add(-9*day), worth(-0.5), on("it's \"it\""),
		with(map[string]any{"nested": map[string]any{"list": []any{"a", 1.5, nil}}})))
	check(s, path) // in place of the file that is there
	if err := s.ExportParquet(t.Context(), dir+"/no/such/dir"); !fault.Is(err, fault.Invalid) {
		t.Errorf("ExportParquet into a directory that does not exist: %v, want Invalid", err)
	}
}
