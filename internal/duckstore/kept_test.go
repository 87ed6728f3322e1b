package duckstore

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"kept/internal/id"
	"kept/internal/usage"
)

func manyEvents(from, n int) []usage.Event {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	out := make([]usage.Event, n)
	for i := range out {
		k := from + i
		out[i] = usage.Event{
			MessageID: strconv.Itoa(k), At: at.Add(time.Duration(k*37%4000) * 250 * time.Millisecond), Account: id.Account("acc_" + strconv.Itoa(k%7)),
			Name: "event_" + strconv.Itoa(k%3), Actor: "u:" + strconv.Itoa(k%11), Value: float64(k%5) / 10, HasValue: k%2 == 0,
		}
		out[i].KnownAt = out[i].At.Add(time.Duration(k%4) * time.Second)
	}
	return out
}

// TestKept writes the projection down, starts again with more events than it has,
// and compares it, event by event, with one that was read from the events.
func TestKept(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	open := func() *Store {
		s, err := Open(ctx, dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	load := func(s *Store, copied bool) *usage.Columns {
		t.Helper()
		c, err := usage.LoadColumns(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		if c.Copied() != copied {
			t.Errorf("from the copy: %t, want %t", c.Copied(), copied)
		}
		return c
	}
	s := open()
	if _, err := s.Append(ctx, manyEvents(0, 500)); err != nil {
		t.Fatal(err)
	}
	columns := load(s, false)
	if ok, err := columns.Keep(ctx, s); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, err := s.Append(ctx, manyEvents(500, 3)); err != nil {
		t.Fatal(err)
	}
	merged, touched, err := columns.Refresh(ctx, s)
	if err != nil || len(touched) != 3 || merged.Len() != 503 {
		t.Fatalf("refreshed: %d accounts, %d events, %v", len(touched), merged.Len(), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	started := load(s, true)
	if err := os.Rename(filepath.Join(dir, KeptName), filepath.Join(dir, "aside")); err != nil {
		t.Fatal(err)
	}
	sameRuns(t, load(s, false), started)
	sameRuns(t, started, merged)

	// A copy that is damaged is not used, and neither is one of other events.
	raw, err := os.ReadFile(filepath.Join(dir, "aside"))
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(filepath.Join(dir, KeptName), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	load(s, false)
	if _, err := started.Keep(ctx, s); err != nil {
		t.Fatal(err)
	}
	load(s, true)
	if _, err := s.Erase(ctx, "acc_1"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, KeptName)); !os.IsNotExist(err) {
		t.Errorf("the copy outlives an erasure: %v", err)
	}
	after, _, err := started.Refresh(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	sameRuns(t, load(s, false), after)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// sameRuns compares two projections in words.
func sameRuns(t *testing.T, want, got *usage.Columns) {
	t.Helper()
	if want.Len() != got.Len() {
		t.Fatalf("%d events, want %d", got.Len(), want.Len())
	}
	for _, account := range want.Accounts() {
		a, b := want.Runs([]id.Account{account})[0], got.Runs([]id.Account{account})[0]
		for i := range a.Time {
			v, ok := a.Number(i)
			w, has := b.Number(i)
			if a.Time[i] != b.Time[i] || want.Labels()[a.Code(i)] != got.Labels()[b.Code(i)] || ok != has || ok && v != w ||
				want.Actors()[a.Actor[i]] != got.Actors()[b.Actor[i]] || a.Known[i] != b.Known[i] {
				t.Fatalf("event %d of %s differs", i, account)
			}
		}
	}
}
