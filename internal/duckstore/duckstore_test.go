package duckstore_test

import (
	"testing"

	"kept/internal/duckstore"
	"kept/internal/usage"
	"kept/internal/usagetest"
)

func open(t testing.TB, dir string) *duckstore.Store {
	t.Helper()
	s, err := duckstore.Open(t.Context(), dir, duckstore.Options{})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	usagetest.Run(t, func(t testing.TB) usage.Store { return open(t, t.TempDir()) })
}
