// Package jobs is the durable queue: work that has to happen at least once,
// although the process may stop at any moment. A job is stored in the transaction
// of the change that caused it, taken under a lease, repeated with a growing
// pause, and kept as dead for a person to look at when it never succeeds.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/id"
)

// State is where a job stands.
type State string

// The states. Done and Dead are final; a dead one can be set to waiting again.
const (
	Waiting State = "waiting"
	Running State = "running"
	Done    State = "done"
	Dead    State = "dead"
)

// Job is one piece of work.
type Job struct {
	ID      id.Job          `json:"id"`
	Kind    string          `json:"kind"`
	Payload json.RawMessage `json:"payload"`
	// Key, if set, makes the job unique among those of its kind that wait.
	Key         string    `json:"key,omitempty"`
	State       State     `json:"state"`
	RunAt       time.Time `json:"run_at"`
	Attempts    int       `json:"attempts"`
	MaxAttempts int       `json:"max_attempts"`
	LeaseUntil  time.Time `json:"lease_until,omitzero"`
	LastError   string    `json:"last_error,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	FinishedAt  time.Time `json:"finished_at,omitzero"`
}

// Enqueuer stores jobs; a transaction of the record store is one.
type Enqueuer interface {
	// Enqueue stores the jobs; one whose kind and key wait already is left out.
	Enqueue(ctx context.Context, rows ...Job) error
}

// Store keeps jobs.
type Store interface {
	// LeaseJobs takes due jobs of the kinds, oldest first, and marks them running
	// until the lease ends. A job whose lease has ended is due again.
	LeaseJobs(ctx context.Context, kinds []string, now time.Time, lease time.Duration, limit int) ([]Job, error)
	// FinishJob stores what became of a leased job.
	FinishJob(ctx context.Context, j Job) error
	// SweepJobs deletes jobs that were done before the instant.
	SweepJobs(ctx context.Context, before time.Time) error
}

// Handler does one kind of job. Its error repeats the job later, unless Permanent.
type Handler func(ctx context.Context, j Job) error

// permanent marks an error that no repetition mends.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent wraps an error: the job is dead at once.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// after is an error with a wish when to try again.
type after struct {
	error
	wait time.Duration
}

func (a after) Unwrap() error { return a.error }

// After wraps an error with the least pause before the next attempt, such as a
// server's Retry-After.
func After(err error, wait time.Duration) error {
	if err == nil {
		return nil
	}
	return after{err, wait}
}

// Limits of the queue.
const (
	DefaultAttempts = 12
	MaxPause        = 6 * time.Hour
	firstPause      = 5 * time.Second
	lease           = 5 * time.Minute
	keepDone        = 7 * 24 * time.Hour
	maxError        = 500
)

// Backoff returns the pause after the nth failed attempt (from 1): 5 s doubling
// up to MaxPause, of which a random half is taken off so that what failed together
// does not come back together. Jitter is a number in [0, 1).
func Backoff(attempt int, jitter float64) time.Duration {
	d := firstPause
	for i := 1; i < attempt && d < MaxPause; i++ {
		d *= 2
	}
	d = min(d, MaxPause)
	return d - time.Duration(jitter*float64(d)/2)
}

// Worker runs jobs.
type Worker struct {
	Store    Store
	Clock    clock.Clock
	Log      *slog.Logger
	Handlers map[string]Handler
	// Parallel is how many jobs run at once; 0 means 4.
	Parallel int
	// Poll is how often due jobs are looked for; 0 means a second.
	Poll time.Duration
	wake chan struct{}
	once sync.Once
}

func (w *Worker) bell() chan struct{} {
	w.once.Do(func() { w.wake = make(chan struct{}, 1) })
	return w.wake
}

// Wake makes the worker look at once.
func (w *Worker) Wake() {
	select {
	case w.bell() <- struct{}{}:
	default:
	}
}

// Run works until ctx ends; running jobs end first.
func (w *Worker) Run(ctx context.Context) {
	poll := w.Poll
	if poll == 0 {
		poll = time.Second
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	swept := time.Time{}
	for {
		n, err := w.Once(ctx)
		if err != nil && ctx.Err() == nil {
			w.Log.ErrorContext(ctx, "jobs not taken", slog.Any("error", err))
		}
		if now := w.Clock.Now(); now.Sub(swept) > time.Hour {
			swept = now
			if err := w.Store.SweepJobs(ctx, now.Add(-keepDone)); err != nil && ctx.Err() == nil {
				w.Log.ErrorContext(ctx, "old jobs not deleted", slog.Any("error", err))
			}
		}
		if n > 0 && err == nil && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-w.bell():
		}
	}
}

// Once takes what is due and runs it; it returns how many jobs that were.
func (w *Worker) Once(ctx context.Context) (int, error) {
	kinds := make([]string, 0, len(w.Handlers))
	for kind := range w.Handlers {
		kinds = append(kinds, kind)
	}
	limit := w.Parallel
	if limit == 0 {
		limit = 4
	}
	rows, err := w.Store.LeaseJobs(ctx, kinds, w.Clock.Now(), lease, limit)
	if err != nil {
		return 0, err
	}
	var group sync.WaitGroup
	errs := make([]error, len(rows))
	for i := range rows {
		group.Go(func() { errs[i] = w.one(ctx, rows[i]) })
	}
	group.Wait()
	return len(rows), errors.Join(errs...)
}

// one runs a job and stores its outcome. The outcome is stored even when the
// process is stopping; a job that was cut off by it does not count as failed.
func (w *Worker) one(ctx context.Context, j Job) error {
	within, cancel := context.WithTimeout(ctx, lease-30*time.Second)
	err := w.call(within, j)
	cancel()
	now := w.Clock.Now()
	j.LeaseUntil = time.Time{}
	var p permanent
	switch {
	case err == nil:
		j.State, j.FinishedAt, j.LastError = Done, now, ""
		j.Attempts++
	case ctx.Err() != nil:
		j.State, j.RunAt = Waiting, now
	default:
		j.Attempts++
		j.LastError = short(err.Error())
		pause := Backoff(j.Attempts, rand.Float64()) //nolint:gosec // spreads load, guards nothing
		if a, ok := errors.AsType[after](err); ok {
			pause = max(pause, min(a.wait, MaxPause))
		}
		j.State, j.RunAt = Waiting, now.Add(pause)
		if errors.As(err, &p) || j.Attempts >= j.MaxAttempts {
			j.State, j.FinishedAt = Dead, now
			w.Log.WarnContext(ctx, "job is dead", slog.String("job", string(j.ID)), slog.String("kind", j.Kind), slog.Int("attempts", j.Attempts))
		}
	}
	return w.Store.FinishJob(context.WithoutCancel(ctx), j)
}

// call runs the handler; a panic is a failed attempt and not the end of Kept.
func (w *Worker) call(ctx context.Context, j Job) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = Permanent(fault.New(fault.Internal, "the handler of %s panicked: %s", j.Kind, fmt.Sprint(v)))
		}
	}()
	h := w.Handlers[j.Kind]
	if h == nil {
		return Permanent(fault.New(fault.Internal, "nobody handles jobs of kind %s", j.Kind))
	}
	return h(ctx, j)
}

func short(s string) string {
	if len(s) > maxError {
		return s[:maxError] + "…"
	}
	return s
}
