package jobs

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"kept/internal/id"
)

// memory is the least store that a worker works with.
type memory struct{ rows map[id.Job]*Job }

func (m *memory) LeaseJobs(_ context.Context, _ []string, now time.Time, lease time.Duration, limit int) ([]Job, error) {
	var out []Job
	for _, j := range m.rows {
		due := j.State == Waiting && !j.RunAt.After(now) || j.State == Running && !j.LeaseUntil.After(now)
		if due && len(out) < limit {
			j.State, j.LeaseUntil = Running, now.Add(lease)
			out = append(out, *j)
		}
	}
	return out, nil
}

func (m *memory) FinishJob(_ context.Context, j Job) error {
	m.rows[j.ID] = &j
	return nil
}

func (m *memory) SweepJobs(context.Context, time.Time) error { return nil }

type hands struct{ at time.Time }

func (h *hands) Now() time.Time { return h.at }

func TestWorker(t *testing.T) {
	clk := &hands{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	store := &memory{rows: map[id.Job]*Job{}}
	w := &Worker{Store: store, Clock: clk, Log: slog.New(slog.DiscardHandler), Parallel: 1, Handlers: map[string]Handler{
		"good":  func(context.Context, Job) error { return nil },
		"wrong": func(context.Context, Job) error { return Permanent(errors.New("no")) },
		"boom":  func(context.Context, Job) error { panic("boom") },
		"busy":  func(context.Context, Job) error { return After(errors.New("busy"), time.Hour) },
		"flaky": func(context.Context, Job) error { return errors.New("again") },
	}}
	for kind := range w.Handlers {
		store.rows[id.Job(kind)] = &Job{ID: id.Job(kind), Kind: kind, State: Waiting, RunAt: clk.at, MaxAttempts: 2}
	}
	for range len(store.rows) {
		if n, err := w.Once(t.Context()); n != 1 || err != nil {
			t.Fatalf("Once = %d, %v", n, err)
		}
	}
	if n, _ := w.Once(t.Context()); n != 0 {
		t.Errorf("%d jobs are due at once after a failure", n)
	}
	for kind, want := range map[id.Job]State{"good": Done, "wrong": Dead, "boom": Dead, "busy": Waiting, "flaky": Waiting} {
		if got := store.rows[kind]; got.State != want || got.Attempts != 1 {
			t.Errorf("%s is %s after %d attempts, want %s", kind, got.State, got.Attempts, want)
		}
	}
	if wait := store.rows["busy"].RunAt.Sub(clk.at); wait < time.Hour {
		t.Errorf("busy comes back after %s, although it asked for an hour", wait)
	}
	clk.at = clk.at.Add(time.Minute)
	if n, _ := w.Once(t.Context()); n != 1 || store.rows["flaky"].State != Dead {
		t.Errorf("flaky is %s after its last attempt", store.rows["flaky"].State)
	}
	// A job whose worker vanished comes back when its lease has ended.
	store.rows["good"].State, store.rows["good"].LeaseUntil = Running, clk.at.Add(lease)
	if n, _ := w.Once(t.Context()); n != 0 {
		t.Error("a leased job was taken again")
	}
	clk.at = clk.at.Add(lease)
	if n, _ := w.Once(t.Context()); n != 1 {
		t.Error("a job with an ended lease was not taken")
	}
	// Stopping is no failure.
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	before := store.rows["busy"].Attempts
	store.rows["busy"].RunAt = clk.at
	if _, err := w.Once(stopped); err != nil || store.rows["busy"].Attempts != before {
		t.Errorf("a stopped job counts as failed: %d attempts, %v", store.rows["busy"].Attempts, err)
	}
}

func TestBackoff(t *testing.T) {
	last := time.Duration(0)
	for n := 1; n < 30; n++ {
		d := Backoff(n, 0)
		if d < last || d > MaxPause {
			t.Errorf("pause %d is %s after %s", n, d, last)
		}
		if half := Backoff(n, 0.999); half < d/2 || half > d {
			t.Errorf("pause %d with jitter is %s of %s", n, half, d)
		}
		last = d
	}
}
