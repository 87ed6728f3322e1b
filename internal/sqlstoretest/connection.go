package sqlstoretest

import (
	"encoding/json"
	"testing"
	"time"

	"kept/internal/connector"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/jobs"
	"kept/internal/sqlstore"
)

func testConnections(t *testing.T, e *env) {
	ctx := t.Context()
	c := connector.Connection{
		ID: "cnx_1", Name: "Support", Kind: "zendesk", Config: map[string]string{"subdomain": "acme"}, Sealed: "k1:x:y", SecretSetAt: start,
		Mapping: "kept: 1", Every: 15 * time.Minute, NextRunAt: start, CreatedAt: start, UpdatedAt: start,
	}
	if err := e.PutConnection(ctx, c); err != nil {
		t.Fatal(err)
	}
	same(t, "connection", must(e.Connection(ctx, c.ID))(t), c)
	twin := c
	twin.ID = "cnx_2"
	if err := e.PutConnection(ctx, twin); !fault.Is(err, fault.Conflict) || fieldOf(err) != "name" {
		t.Errorf("a second connection with one name: %v", err)
	}
	for field, spoil := range map[string]func(*connector.Connection){
		"id":   func(c *connector.Connection) { c.ID = "" },
		"name": func(c *connector.Connection) { c.Name = "" },
		"kind": func(c *connector.Connection) { c.Kind = "" },
	} {
		bad := c
		spoil(&bad)
		if err := e.PutConnection(ctx, bad); !fault.Is(err, fault.Invalid) || fieldOf(err) != field {
			t.Errorf("a connection with a bad %s: %v", field, err)
		}
	}
	// A run's outcome moves the schedule, unless a person changed the connection meanwhile.
	ran := c
	ran.NextRunAt, ran.LastRunAt, ran.LastOKAt, ran.Failures, ran.LastError = start.Add(time.Hour), start, start, 2, "busy"
	if err := e.SetOutcome(ctx, ran); err != nil {
		t.Fatal(err)
	}
	same(t, "after a run", must(e.Connection(ctx, c.ID))(t), ran)
	e.clk.hour()
	changed := ran
	changed.NextRunAt, changed.Paused = time.Time{}, true
	if err := e.PutConnection(ctx, changed); err != nil {
		t.Fatal(err)
	}
	if err := e.SetOutcome(ctx, ran); err != nil {
		t.Fatal(err)
	}
	if got := must(e.Connection(ctx, c.ID))(t); !got.NextRunAt.IsZero() || !got.Paused {
		t.Errorf("a run's end undid a person's change: %+v", got)
	}
	testCursors(t, e, c.ID)
	testRuns(t, e, c.ID)
	testWaiting(t, e, c.ID)
	if err := e.DeleteConnection(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if err := e.DeleteConnection(ctx, c.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("deleting twice: %v", err)
	}
	if got := must(e.Connections(ctx))(t); len(got) != 0 {
		t.Errorf("connections after deleting: %v", got)
	}
}

func testCursors(t *testing.T, e *env, ref id.Connection) {
	ctx := t.Context()
	for _, c := range []connector.Cursor{{Stream: "b", Text: "1", Rows: 5}, {Stream: "a", Text: "x", Rows: 1}, {Stream: "b", Text: "2", Rows: 9}} {
		if err := e.PutCursor(ctx, ref, c); err != nil {
			t.Fatal(err)
		}
	}
	now := e.clk.Now()
	same(t, "cursors", must(e.Cursors(ctx, ref))(t), []connector.Cursor{{Stream: "a", Text: "x", Rows: 1, UpdatedAt: now}, {Stream: "b", Text: "2", Rows: 9, UpdatedAt: now}})
	if err := e.ResetCursors(ctx, ref, "a"); err != nil {
		t.Fatal(err)
	}
	if got := must(e.Cursors(ctx, ref))(t); len(got) != 1 || got[0].Stream != "b" {
		t.Errorf("after resetting one stream: %v", got)
	}
	if err := e.ResetCursors(ctx, ref, ""); err != nil {
		t.Fatal(err)
	}
	if got := must(e.Cursors(ctx, ref))(t); len(got) != 0 {
		t.Errorf("after resetting all: %v", got)
	}
}

func testRuns(t *testing.T, e *env, ref id.Connection) {
	ctx := t.Context()
	for i, name := range []id.Run{"run_1", "run_2", "run_3"} {
		r := connector.Run{ID: name, ConnectionID: ref, State: connector.Running, Cause: connector.ByHand, UserID: "usr_1", StartedAt: start.Add(time.Duration(i/2) * time.Hour)}
		if err := e.PutRun(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if got := must(e.UnfinishedRuns(ctx))(t); len(got) != 3 {
		t.Errorf("%d unfinished runs, want 3", len(got))
	}
	one := must(e.Run(ctx, "run_1"))(t)
	one.State, one.FinishedAt, one.Pages, one.RowsRead, one.RowsRejected, one.RowsWaiting = connector.Succeeded, start.Add(time.Minute), 2, 30, 4, 5
	one.Report = json.RawMessage(`{"rejects": 4}`)
	if err := e.PutRun(ctx, one); err != nil {
		t.Fatal(err)
	}
	same(t, "run", must(e.Run(ctx, "run_1"))(t), one)
	var order []id.Run
	after := id.Run("")
	for range 5 {
		page := must(e.Runs(ctx, ref, after, 1))(t)
		if len(page) == 0 {
			break
		}
		order, after = append(order, page[0].ID), page[0].ID
	}
	same(t, "order of runs", order, []id.Run{"run_3", "run_2", "run_1"})
	if _, err := e.Run(ctx, "run_none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a missing run: %v", err)
	}
	bad := one
	bad.Report = json.RawMessage("{")
	if err := e.PutRun(ctx, bad); !fault.Is(err, fault.Invalid) {
		t.Errorf("a broken report: %v", err)
	}
}

func testWaiting(t *testing.T, e *env, ref id.Connection) {
	ctx := t.Context()
	row := func(external string, tries int, last time.Time) connector.Waiting {
		return connector.Waiting{Stream: "tickets", External: external, Row: `{"id": 1}`, Reason: "no account", Tries: tries, FirstAt: start, LastAt: last}
	}
	a, b := row("a", 1, start), row("b", 2, start.Add(time.Hour))
	if err := e.SetWaiting(ctx, ref, []connector.Waiting{b, a}, nil); err != nil {
		t.Fatal(err)
	}
	same(t, "waiting", must(e.Waiting(ctx, ref, "tickets", time.Time{}, 0, 0))(t), []connector.Waiting{a, b})
	if got := must(e.Waiting(ctx, ref, "", start.Add(time.Minute), 0, 0))(t); len(got) != 1 || got[0].External != "a" {
		t.Errorf("waiting since before: %v", got)
	}
	if got := must(e.Waiting(ctx, ref, "tickets", time.Time{}, 2, 0))(t); len(got) != 1 || got[0].External != "a" {
		t.Errorf("waiting with few tries: %v", got)
	}
	again := row("a", 2, start.Add(2*time.Hour))
	again.FirstAt = start.Add(time.Hour) // stays what it was
	if err := e.SetWaiting(ctx, ref, []connector.Waiting{again}, []connector.Waiting{{Stream: "tickets", External: "b"}, {Stream: "other", External: "a"}}); err != nil {
		t.Fatal(err)
	}
	again.FirstAt = start
	same(t, "waiting", must(e.Waiting(ctx, ref, "", time.Time{}, 0, 0))(t), []connector.Waiting{again})
	if n := must(e.CountWaiting(ctx, ref))(t); n != 1 {
		t.Errorf("%d rows wait, want 1", n)
	}
}

func testMessages(t *testing.T, e *env) {
	ctx := t.Context()
	if err := e.PutConnection(ctx, connector.Connection{ID: "cnx_1", Name: "Billing", Kind: "stripe"}); err != nil {
		t.Fatal(err)
	}
	job := jobs.Job{ID: "job_1", Kind: "k", Payload: json.RawMessage(`{}`), Key: "cus_1"}
	if fresh := must(e.Accept(ctx, "cnx_1", connector.Message{ID: "evt_1", Kind: "customer.updated"}, job))(t); !fresh {
		t.Error("the first message is not fresh")
	}
	job.ID = "job_2"
	if fresh := must(e.Accept(ctx, "cnx_1", connector.Message{ID: "evt_1", Kind: "customer.updated"}, job))(t); fresh {
		t.Error("a repeated message is fresh")
	}
	if fresh := must(e.Accept(ctx, "cnx_1", connector.Message{ID: "evt_2", Kind: "customer.updated"}, job))(t); !fresh {
		t.Error("another message is not fresh")
	}
	got := must(e.LeaseJobs(ctx, []string{"k"}, e.clk.Now(), time.Minute, 10))(t)
	if len(got) != 1 || got[0].ID != "job_1" {
		t.Errorf("jobs of two messages about one object: %v, want the first", got)
	}
	if err := e.SweepMessages(ctx, e.clk.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if fresh := must(e.Accept(ctx, "cnx_1", connector.Message{ID: "evt_1"}, job))(t); !fresh {
		t.Error("a message that was swept is still known")
	}
}

func testJobs(t *testing.T, e *env) {
	ctx := t.Context()
	row := func(ref, kind string, at time.Time) jobs.Job {
		return jobs.Job{ID: id.Job(ref), Kind: kind, Payload: json.RawMessage(`{"n": 1}`), RunAt: at, MaxAttempts: 3}
	}
	later, other, due := row("job_1", "a", start.Add(time.Hour)), row("job_2", "b", start), row("job_3", "a", start)
	if err := e.Enqueue(ctx, later, other, due); err != nil {
		t.Fatal(err)
	}
	taken := must(e.LeaseJobs(ctx, []string{"a"}, e.clk.Now(), time.Minute, 10))(t)
	due.State, due.LeaseUntil, due.CreatedAt = jobs.Running, start.Add(time.Minute), start
	same(t, "taken", taken, []jobs.Job{due})
	if got := must(e.LeaseJobs(ctx, []string{"a"}, e.clk.Now(), time.Minute, 10))(t); len(got) != 0 {
		t.Errorf("a leased job was taken again: %v", got)
	}
	if got := must(e.LeaseJobs(ctx, []string{"a"}, start.Add(time.Minute), time.Minute, 10))(t); len(got) != 1 {
		t.Errorf("a job whose lease has ended was not taken: %v", got)
	}
	done := taken[0]
	done.State, done.FinishedAt, done.LeaseUntil, done.Attempts = jobs.Done, start, time.Time{}, 1
	if err := e.FinishJob(ctx, done); err != nil {
		t.Fatal(err)
	}
	same(t, "done", must(e.Job(ctx, done.ID))(t), done)
	if err := e.SweepJobs(ctx, start.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Job(ctx, done.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a swept job: %v", err)
	}
	// A job of a transaction that fails does not exist.
	err := e.Write(ctx, func(tx *sqlstore.Tx) error {
		if err := tx.Enqueue(ctx, row("job_9", "a", start)); err != nil {
			return err
		}
		return fault.New(fault.Conflict, "no")
	})
	if _, missing := e.Job(ctx, "job_9"); !fault.Is(err, fault.Conflict) || !fault.Is(missing, fault.NotFound) {
		t.Errorf("a rolled back job: %v, %v", err, missing)
	}
	for field, spoil := range map[string]func(*jobs.Job){
		"id":      func(j *jobs.Job) { j.ID = "" },
		"kind":    func(j *jobs.Job) { j.Kind = "" },
		"payload": func(j *jobs.Job) { j.Payload = nil },
	} {
		bad := row("job_8", "a", start)
		spoil(&bad)
		e.refused(t, fault.Invalid, field, func(tx *sqlstore.Tx) error { return tx.Enqueue(ctx, bad) })
	}
}
