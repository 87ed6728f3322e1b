package connector_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/connector"
	"kept/internal/connectortest"
	"kept/internal/fault"
)

// well is a system of numbered accounts in pages of ten.
type well struct {
	mu    sync.Mutex
	rows  int
	fail  error
	block chan struct{} // closed to let a page through; nil for at once
	reads []string      // the cursors that readings began with
}

func (w *well) kind() *connector.Kind {
	return &connector.Kind{
		Name: "well", Title: "Well", Mapping: "kept: 1\nsource: well\nfiles: [{path: rows.jsonl, rows: [{target: account, id: id, name: name, since: since}]}]\n",
		Fields: []connector.Field{{Name: "password", Title: "Password", Secret: true}, {Name: "depth", Title: "Depth", Default: "1"}},
		Open:   func(connector.Config, connector.Env) (connector.System, error) { return w, nil },
	}
}

func (w *well) Check(context.Context) (string, error) { return "wet", nil }
func (w *well) Streams() []connector.Stream           { return []connector.Stream{{Name: "rows"}} }
func (w *well) Close() error                          { return nil }

func (w *well) Read(ctx context.Context, _, cursor string, emit func(connector.Page) error) error {
	w.mu.Lock()
	w.reads = append(w.reads, cursor)
	fail, block, rows := w.fail, w.block, w.rows
	w.mu.Unlock()
	at, _ := strconv.Atoi(cursor)
	for at < rows {
		var p connector.Page
		for range 10 {
			at++
			p.Rows = append(p.Rows, connector.Row{Key: strconv.Itoa(at), Data: map[string]any{"id": strconv.Itoa(at), "name": "A", "since": "2025-01-01"}})
		}
		p.Cursor = strconv.Itoa(at)
		if err := emit(p); err != nil {
			return err
		}
		if fail != nil {
			return fail
		}
		if block != nil {
			select {
			case <-block:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

func (w *well) set(fn func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fn()
}

func eventually(t *testing.T, what string, fn func() bool) {
	t.Helper()
	for range 6000 {
		if fn() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// TestSchedule lets the manager run a connection by itself, and back off.
func TestSchedule(t *testing.T) {
	w := &well{rows: 30}
	k := connectortest.New(t, w.kind())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx) }()
	c, err := k.Create(t.Context(), connector.Draft{Name: "Well", Kind: "well", Every: 10 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	state := func() connector.Connection {
		got, err := k.Store.Connection(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	k.Wake()
	eventually(t, "a first run", func() bool { return !state().LastOKAt.IsZero() })
	if next := state().NextRunAt.Sub(state().LastRunAt); next < 10*time.Minute || next > 11*time.Minute {
		t.Errorf("the next run comes after %s", next)
	}
	if got := k.Accounts("well"); len(got) != 30 {
		t.Errorf("%d accounts", len(got))
	}
	w.set(func() { w.fail, w.rows = fault.New(fault.Unavailable, "dry"), 100 })
	last := time.Duration(0)
	for n := 1; n <= 4; n++ {
		k.Hands.Move(2 * time.Hour)
		k.Wake()
		eventually(t, "a failed run", func() bool { return state().Failures == n })
		wait := state().NextRunAt.Sub(state().LastRunAt)
		if wait < time.Minute || wait > 11*time.Minute || n > 1 && wait < last/3 {
			t.Errorf("after %d failures the next run comes after %s", n, wait)
		}
		last = wait
	}
	if got := state().LastError; got != "dry" {
		t.Errorf("the error is %q", got)
	}
	if _, err := k.SetPaused(t.Context(), c.ID, true); err != nil {
		t.Fatal(err)
	}
	w.set(func() { w.fail = nil })
	before := len(w.reads)
	k.Hands.Move(24 * time.Hour)
	k.Wake()
	time.Sleep(50 * time.Millisecond)
	if len(w.reads) != before {
		t.Error("a paused connection runs")
	}
	if _, err := k.SetPaused(t.Context(), c.ID, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a run after the pause", func() bool { return state().Failures == 0 })
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestCutOff stops the process in the middle of a run: nothing is lost, nothing
// is read twice but the batch at work.
func TestCutOff(t *testing.T) {
	w := &well{rows: 5000, block: make(chan struct{}, 1_000_000)}
	for range 250 {
		w.block <- struct{}{}
	}
	k := connectortest.New(t, w.kind())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx) }()
	c, err := k.Create(t.Context(), connector.Draft{Name: "Well", Kind: "well", Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	k.Wake()
	eventually(t, "250 pages", func() bool {
		run, _, ok := k.Active(c.ID)
		return ok && run.Pages >= 250
	})
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	runs, err := k.Store.Runs(t.Context(), c.ID, "", 10)
	if err != nil || len(runs) != 1 || runs[0].State != connector.Cancelled {
		t.Fatalf("the run that was cut off: %+v, %v", runs, err)
	}
	if n := len(k.Accounts("well")); n != 2000 {
		t.Errorf("%d accounts are stored, want the whole batches", n)
	}
	// A run that a crash left open is closed at the next start.
	runs[0].State = connector.Running
	if err := k.Store.PutRun(t.Context(), runs[0]); err != nil {
		t.Fatal(err)
	}
	w.set(func() { w.block = nil })
	ctx, stop = context.WithCancel(t.Context())
	go func() { done <- k.Run(ctx) }()
	eventually(t, "the crashed run is closed", func() bool {
		got, err := k.Store.Run(t.Context(), runs[0].ID)
		return err == nil && got.State == connector.Failed
	})
	stop()
	<-done
	run, _ := k.Read(c.ID, connector.Succeeded)
	if w.reads[len(w.reads)-1] != "2000" || run.RowsRead != 3000 {
		t.Errorf("the next run began at %q and read %d rows", w.reads[len(w.reads)-1], run.RowsRead)
	}
	if n := len(k.Accounts("well")); n != 5000 {
		t.Errorf("%d accounts", n)
	}
}

func TestOneAtATime(t *testing.T) {
	w := &well{rows: 100, block: make(chan struct{})}
	k := connectortest.New(t, w.kind())
	c := k.Connect("well", nil, "")
	if _, err := k.Start(t.Context(), c.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Start(t.Context(), c.ID, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second reading: %v", err)
	}
	if !k.Stop(c.ID) {
		t.Error("it does not run")
	}
	eventually(t, "it stops", func() bool { _, _, ok := k.Active(c.ID); return !ok })
	if k.Stop(c.ID) {
		t.Error("it still runs")
	}
}

func TestExplain(t *testing.T) {
	w := &well{rows: 10, fail: errors.New("pq: password authentication failed for user root")}
	k := connectortest.New(t, w.kind())
	c := k.Connect("well", nil, "")
	if run, _ := k.Read(c.ID, connector.Failed); strings.Contains(run.Message, "password") || !strings.Contains(run.Message, "quote the code") {
		t.Errorf("an inner error is shown: %q", run.Message)
	}
}

// TestLocalAddresses makes sure that a typed address reaches no own network.
func TestLocalAddresses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	defer server.Close()
	env := connector.Env{Clock: clock.System(), Sleep: func(context.Context, time.Duration) error { return nil }}
	if _, err := (connector.Config{"u": server.URL}).URL("u", env); !fault.Is(err, fault.Invalid) {
		t.Errorf("plain http: %v", err)
	}
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	err = connector.NewClient(base, env, nil).Get(t.Context(), "/", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "own network") {
		t.Errorf("a local address is reached: %v", err)
	}
	env.Local = true
	if err := connector.NewClient(base, env, nil).Get(t.Context(), "/", nil, nil); err != nil {
		t.Errorf("a local address that is allowed: %v", err)
	}
}

// TestAnswers refuses what no client should take.
func TestAnswers(t *testing.T) {
	env := connector.Env{Clock: clock.System(), Sleep: func(context.Context, time.Duration) error { return nil }, Local: true}
	var handle http.HandlerFunc
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r) }))
	defer server.Close()
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := connector.NewClient(base, env, nil)
	for name, one := range map[string]struct {
		handle http.HandlerFunc
		kind   fault.Kind
	}{
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example", http.StatusFound)
		}, fault.Invalid},
		"too much": {func(w http.ResponseWriter, _ *http.Request) {
			for range 70 {
				_, _ = w.Write(make([]byte, 1<<20))
			}
		}, fault.TooLarge},
		"no JSON":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, fault.Invalid},
		"forbidden":     {connectortest.Status(http.StatusForbidden), fault.Forbidden},
		"nothing":       {connectortest.Status(http.StatusNotFound), fault.NotFound},
		"a long pause":  {connectortest.Status(http.StatusTooManyRequests, "Retry-After", "86400"), fault.Unavailable},
		"a broken wish": {connectortest.Status(http.StatusTooManyRequests, "Retry-After", "soon"), fault.Unavailable},
		"an empty one":  {func(http.ResponseWriter, *http.Request) {}, fault.Invalid},
	} {
		handle = one.handle
		var out map[string]any
		if err := c.Get(t.Context(), "/x", nil, &out); !fault.Is(err, one.kind) {
			t.Errorf("%s: %v, want %s", name, err, one.kind)
		}
	}
}
