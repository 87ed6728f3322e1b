package duckstore_test

import (
	"slices"
	"testing"
	"time"

	"kept/internal/duckstore"
	"kept/internal/usage"
)

func TestKnown(t *testing.T) {
	s, err := duckstore.Open(t.Context(), t.TempDir(), duckstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	one := func(mid string, shift time.Duration) usage.Event {
		return usage.Event{MessageID: mid, At: at.Add(shift), KnownAt: at, Name: "n"}
	}
	if _, err := s.Append(t.Context(), []usage.Event{one("a", 0), one("b", time.Hour)}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Known(t.Context(), []usage.Event{one("c", 0), one("a", 9*time.Hour), one("b", 0), one("d", 0)})
	if want := []bool{false, true, true, false}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Known = %v, %v, want %v", got, err, want)
	}
	// Asking does not make an event known.
	if res, err := s.Append(t.Context(), []usage.Event{one("c", 0)}); err != nil || res.Stored != 1 {
		t.Errorf("Append after Known = %+v, %v, want one stored", res, err)
	}
}
