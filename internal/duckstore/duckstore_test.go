package duckstore_test

import (
	"testing"

	"kept/internal/duckstore"
	"kept/internal/usage"
	"kept/internal/usagetest"
)

func open(tb testing.TB, dir string) *duckstore.Store {
	tb.Helper()
	s, err := duckstore.Open(tb.Context(), dir, duckstore.Options{})
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	usagetest.Run(t, func(tb testing.TB) usage.Store { return open(tb, tb.TempDir()) })
}
