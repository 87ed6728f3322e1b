package connector

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/ingest"
	"kept/internal/jobs"
	"kept/internal/secret"
)

// Options are what a Manager works with.
type Options struct {
	Store Store
	Kinds Kinds
	Deps  ingest.Deps
	Box   *secret.Box
	Env   Env
	Clock clock.Clock
	Log   *slog.Logger
	Dir   string // rejects live under it, in a folder for each run
	// Stored is called after rows were stored; nil for nobody.
	Stored func(ctx context.Context)
	// Merged is told what a system made one of, by the mapping's source; nil for nobody.
	Merged func(ctx context.Context, source string, m Merged) error
	// Ended is told of each run that is over; nil for nobody.
	Ended func(ctx context.Context, c Connection, r Run)
}

// Manager runs connections: on schedule, by hand, and for messages that systems
// send. A run that is cut off goes on at its last stored cursor.
type Manager struct {
	Options
	wake  chan struct{}
	group sync.WaitGroup // runs at work

	mu     sync.Mutex
	active map[id.Connection]*activeRun
}

type activeRun struct {
	cancel context.CancelFunc
	run    Run
	stream string
}

// Limits of runs.
const (
	maxParallel  = 3
	pollEvery    = time.Second
	batchRows    = 2000
	maxWaiting   = 100_000
	maxTries     = 50
	MinEvery     = time.Minute
	MaxEvery     = 30 * 24 * time.Hour
	keepMessages = 30 * 24 * time.Hour
	// MessageJob is the kind of the jobs that work off messages.
	MessageJob = "connector.message"
)

// NewManager returns a manager whose Run has to be started.
func NewManager(opt Options) *Manager {
	if opt.Env.Sleep == nil {
		opt.Env.Sleep = Sleep
	}
	if opt.Env.Clock == nil {
		opt.Env.Clock = opt.Clock
	}
	return &Manager{Options: opt, wake: make(chan struct{}, 1), active: map[id.Connection]*activeRun{}}
}

// Run works until ctx ends, and then until what runs has stopped.
func (m *Manager) Run(ctx context.Context) error {
	if err := m.sweep(ctx); err != nil {
		return err
	}
	defer m.group.Wait()
	defer m.StopAll()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	swept := m.Clock.Now()
	for {
		if err := m.startDue(ctx); err != nil && ctx.Err() == nil {
			m.Log.ErrorContext(ctx, "connections not read", slog.Any("error", err))
		}
		if now := m.Clock.Now(); now.Sub(swept) > time.Hour {
			swept = now
			if err := m.Store.SweepMessages(ctx, now.Add(-keepMessages)); err != nil && ctx.Err() == nil {
				m.Log.ErrorContext(ctx, "old messages not deleted", slog.Any("error", err))
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-m.wake:
		}
	}
}

// sweep ends the runs that an earlier process left unfinished.
func (m *Manager) sweep(ctx context.Context) error {
	left, err := m.Store.UnfinishedRuns(ctx)
	for _, r := range left {
		r.State, r.FinishedAt, r.Message = Failed, m.Clock.Now(), "Kept stopped before the run was over; the next run goes on where this one was"
		if err := m.Store.PutRun(ctx, r); err != nil {
			return err
		}
	}
	return err
}

func (m *Manager) startDue(ctx context.Context) error {
	all, err := m.Store.Connections(ctx)
	if err != nil {
		return err
	}
	now := m.Clock.Now()
	for _, c := range all {
		if c.Paused || c.NextRunAt.IsZero() || c.NextRunAt.After(now) || m.busy() >= maxParallel {
			continue
		}
		work, r, err := m.begin(ctx, c.ID, BySchedule, "")
		if fault.Is(err, fault.Conflict) {
			continue
		}
		if err != nil {
			return err
		}
		m.group.Go(func() { m.execute(work, r) })
	}
	return nil
}

func (m *Manager) busy() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.active)
}

// Wake looks for due connections at once.
func (m *Manager) Wake() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Start makes a connection due now. One that runs already is a Conflict.
func (m *Manager) Start(ctx context.Context, ref id.Connection, user id.User) (Run, error) {
	work, r, err := m.begin(ctx, ref, ByHand, user)
	if err != nil {
		return r, err
	}
	m.group.Go(func() { m.execute(work, r) })
	return r, nil
}

// RunNow reads a connection and returns when that is over.
func (m *Manager) RunNow(ctx context.Context, ref id.Connection) (Run, error) {
	work, r, err := m.begin(ctx, ref, ByHand, "")
	if err != nil {
		return r, err
	}
	stop := context.AfterFunc(ctx, func() { m.Stop(ref) })
	defer stop()
	m.execute(work, r)
	return m.Store.Run(context.WithoutCancel(ctx), r.ID)
}

// begin stores the run and takes the connection.
func (m *Manager) begin(ctx context.Context, ref id.Connection, cause Cause, user id.User) (context.Context, Run, error) {
	c, err := m.Store.Connection(ctx, ref)
	if err != nil {
		return nil, Run{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.active[ref] != nil {
		return nil, Run{}, fault.New(fault.Conflict, "%s is being read already: wait until it is done, or stop it", c.Name)
	}
	r := Run{ConnectionID: ref, State: Running, Cause: cause, UserID: user, StartedAt: m.Clock.Now().Truncate(time.Microsecond)}
	if r.ID, err = id.New[id.Run](r.StartedAt, rand.Reader); err != nil {
		return nil, r, err
	}
	if err := m.Store.PutRun(ctx, r); err != nil {
		return nil, r, err
	}
	work := context.WithoutCancel(ctx)
	if cause == BySchedule {
		work = ctx // the process's own life
	}
	work, cancel := context.WithCancel(work)
	m.active[ref] = &activeRun{cancel: cancel, run: r}
	return work, r, nil
}

// Stop cancels the running reading of a connection; false when none runs.
func (m *Manager) Stop(ref id.Connection) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.active[ref]
	if a != nil {
		a.cancel()
	}
	return a != nil
}

// StopAll cancels everything that runs.
func (m *Manager) StopAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.active {
		a.cancel()
	}
}

// Active returns the running reading of a connection as far as it is, and the
// stream that it reads.
func (m *Manager) Active(ref id.Connection) (Run, string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.active[ref]
	if a == nil {
		return Run{}, "", false
	}
	return a.run, a.stream, true
}

// RejectsPath returns where the rejected rows of a run are.
func (m *Manager) RejectsPath(ref id.Run) string {
	return filepath.Join(m.Dir, string(ref), "rejects.csv")
}

// execute runs a reading to its end and stores what became of it.
func (m *Manager) execute(ctx context.Context, r Run) {
	keep := context.WithoutCancel(ctx)
	report, err := m.read(ctx, &r)
	r.FinishedAt = m.Clock.Now().Truncate(time.Microsecond)
	if raw, merr := json.Marshal(report); merr == nil {
		r.Report = raw
	}
	r.RowsRejected = report.Rejects
	stopped := ctx.Err() != nil
	switch {
	case err == nil:
		r.State = Succeeded
	case stopped:
		r.State, r.Message = Cancelled, "stopped; what was stored stays, and the next run goes on from there"
	default:
		r.State, r.Message = Failed, m.explain(keep, err)
	}
	c, serr := m.settle(keep, &r)
	if serr != nil && !fault.Is(serr, fault.NotFound) {
		m.Log.ErrorContext(keep, "run's end not kept", slog.String("run", string(r.ID)), slog.Any("error", serr))
	}
	m.mu.Lock()
	if a := m.active[r.ConnectionID]; a != nil {
		a.cancel()
		delete(m.active, r.ConnectionID)
	}
	m.mu.Unlock()
	if serr == nil && m.Ended != nil {
		m.Ended(keep, c, r)
	}
}

// settle stores the run and when the connection runs next: after its interval,
// or, when it failed, after a pause that grows with the failures.
func (m *Manager) settle(ctx context.Context, r *Run) (Connection, error) {
	c, err := m.Store.Connection(ctx, r.ConnectionID)
	if err != nil {
		return c, err
	}
	c.LastRunAt = r.FinishedAt
	jitter := mathrand.Float64() //nolint:gosec // spreads load, guards nothing
	switch r.State {
	case Succeeded:
		c.LastOKAt, c.Failures, c.LastError = r.FinishedAt, 0, ""
	case Failed:
		c.Failures++
		c.LastError = r.Message
	case Running, Cancelled:
	}
	c.NextRunAt = time.Time{}
	if c.Every > 0 {
		wait := c.Every + time.Duration(jitter*float64(c.Every)/20)
		if r.State == Failed {
			wait = min(wait, time.Minute+jobs.Backoff(c.Failures+2, jitter))
		}
		c.NextRunAt = r.FinishedAt.Add(wait).Truncate(time.Microsecond)
	}
	return c, errors.Join(m.Store.PutRun(ctx, *r), m.Store.SetOutcome(ctx, c))
}

// explain returns what a person may see of an error.
func (m *Manager) explain(ctx context.Context, err error) string {
	if one, ok := errors.AsType[*fault.Error](err); ok && one.Kind != fault.Internal {
		if one.Field != "" {
			return one.Field + ": " + one.Msg
		}
		return one.Msg
	}
	var raw [4]byte
	_, _ = rand.Read(raw[:]) // it never fails
	code := hex.EncodeToString(raw[:])
	m.Log.ErrorContext(ctx, "reading a connection failed", slog.String("code", code), slog.Any("error", err))
	return "something went wrong in Kept: quote the code " + code + " to whoever runs it"
}

// MappingOf returns the mapping in force.
func (m *Manager) MappingOf(c *Connection, k *Kind) (*ingest.Mapping, string, error) {
	text := c.Mapping
	if text == "" {
		text = k.Mapping
	}
	if text == "" {
		return nil, "", fault.At("mapping", "is missing: %s has no mapping of its own, so say what its rows mean", k.Title)
	}
	parsed, err := ingest.Parse("mapping.yaml", []byte(text))
	return parsed, text, err
}

// Open returns the system behind a connection, with its secrets.
func (m *Manager) Open(c *Connection) (System, *Kind, error) {
	k, err := m.Kinds.Get("kind", c.Kind)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := m.settings(c)
	if err != nil {
		return nil, nil, err
	}
	if cfg, err = k.Check(cfg, false); err != nil {
		return nil, nil, err
	}
	sys, err := k.Open(cfg, m.Env)
	return sys, k, err
}

// settings returns the settings of a connection with its secrets.
func (m *Manager) settings(c *Connection) (Config, error) {
	out := Config{}
	maps.Copy(out, c.Config)
	if c.Sealed == "" {
		return out, nil
	}
	raw, err := m.Box.Open(string(c.ID), c.Sealed)
	if err != nil {
		return nil, err
	}
	secrets := map[string]string{}
	if err := json.Unmarshal(raw, &secrets); err != nil {
		return nil, fault.New(fault.Invalid, "the stored secret is damaged: enter it again")
	}
	maps.Copy(out, secrets)
	return out, nil
}

// rejects opens the file for the rejected rows of a run.
func (m *Manager) rejects(ref id.Run) (*os.File, error) {
	path := m.RejectsPath(ref)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fault.Wrap(err, "make the run's folder")
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // our own name
	return f, fault.Wrap(err, "make the rejects file")
}
