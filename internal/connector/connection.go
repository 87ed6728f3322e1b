package connector

import (
	"context"
	"encoding/json"
	"time"

	"kept/internal/id"
	"kept/internal/jobs"
)

// Connection is one system that is read regularly.
type Connection struct {
	ID     id.Connection     `json:"id"`
	Name   string            `json:"name"`
	Kind   string            `json:"kind"`
	Config map[string]string `json:"config"` // without the secrets
	// Sealed are the secrets, for this connection's id alone.
	Sealed      string    `json:"-"`
	SecretSetAt time.Time `json:"secret_set_at,omitzero"`
	// Mapping is the text in force; empty for the one that ships with the kind.
	Mapping string        `json:"mapping,omitempty"`
	Every   time.Duration `json:"-"` // 0 for by hand only
	Paused  bool          `json:"paused"`
	// NextRunAt is when it runs next; zero for not by itself.
	NextRunAt time.Time `json:"next_run_at,omitzero"`
	LastRunAt time.Time `json:"last_run_at,omitzero"`
	LastOKAt  time.Time `json:"last_ok_at,omitzero"`
	// Failures is how many runs in a row failed; LastError is why the last one did.
	Failures  int       `json:"failures"`
	LastError string    `json:"last_error,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Cursor is how far one stream of a connection was read.
type Cursor struct {
	Stream    string    `json:"stream"`
	Text      string    `json:"cursor"`
	Rows      int64     `json:"rows"` // read in all
	UpdatedAt time.Time `json:"updated_at"`
}

// RunState is where a run stands.
type RunState string

// The states; the last three are final.
const (
	Running   RunState = "running"
	Succeeded RunState = "done"
	Failed    RunState = "failed"
	Cancelled RunState = "cancelled"
)

// Final reports whether the run is over.
func (s RunState) Final() bool { return s == Succeeded || s == Failed || s == Cancelled }

// Cause is why a run began.
type Cause string

// The causes.
const (
	BySchedule Cause = "schedule"
	ByHand     Cause = "hand"
	ByMessage  Cause = "message"
)

// Run is one reading of a connection.
type Run struct {
	ID           id.Run          `json:"id"`
	ConnectionID id.Connection   `json:"connection_id"`
	State        RunState        `json:"state"`
	Cause        Cause           `json:"cause"`
	UserID       id.User         `json:"user_id,omitempty"`
	StartedAt    time.Time       `json:"started_at"`
	FinishedAt   time.Time       `json:"finished_at,omitzero"`
	Pages        int64           `json:"pages"`
	RowsRead     int64           `json:"rows_read"`
	RowsRejected int64           `json:"rows_rejected"`
	RowsWaiting  int64           `json:"rows_waiting"` // for what they refer to
	Message      string          `json:"message,omitempty"`
	Report       json.RawMessage `json:"report,omitempty"` // left out of lists
}

// Waiting is a row that refers to something that has not arrived yet. It is
// tried again in later runs.
type Waiting struct {
	Stream   string    `json:"stream"`
	External string    `json:"external"`
	Row      string    `json:"row"` // JSON
	Reason   string    `json:"reason"`
	Tries    int       `json:"tries"`
	FirstAt  time.Time `json:"first_at"`
	LastAt   time.Time `json:"last_at"`
}

// Store keeps connections. NotFound and Conflict are faults of those kinds.
type Store interface {
	PutConnection(ctx context.Context, c Connection) error
	Connection(ctx context.Context, ref id.Connection) (Connection, error)
	Connections(ctx context.Context) ([]Connection, error)
	// DeleteConnection forgets a connection with its runs; what it brought stays.
	DeleteConnection(ctx context.Context, ref id.Connection) error
	// SetOutcome stores what a run changes of its connection, and nothing else.
	SetOutcome(ctx context.Context, c Connection) error

	Cursors(ctx context.Context, ref id.Connection) ([]Cursor, error)
	PutCursor(ctx context.Context, ref id.Connection, c Cursor) error
	// ResetCursors forgets the cursor of a stream, or of all when it is empty.
	ResetCursors(ctx context.Context, ref id.Connection, stream string) error

	PutRun(ctx context.Context, r Run) error
	Run(ctx context.Context, ref id.Run) (Run, error)
	Runs(ctx context.Context, of id.Connection, after id.Run, limit int) ([]Run, error)
	CountRuns(ctx context.Context, of id.Connection) (int64, error)
	UnfinishedRuns(ctx context.Context) ([]Run, error)

	// Waiting lists rows of a stream (empty for all) that were last tried before the
	// instant (zero for all) and fewer than maxTries times (0 for all), longest ago first.
	Waiting(ctx context.Context, ref id.Connection, stream string, before time.Time, maxTries, limit int) ([]Waiting, error)
	CountWaiting(ctx context.Context, ref id.Connection) (int64, error)
	// SetWaiting stores and deletes waiting rows in one transaction.
	SetWaiting(ctx context.Context, ref id.Connection, put, done []Waiting) error

	// Accept notes a message and stores the job that works it off, in one
	// transaction; false when the message was seen before.
	Accept(ctx context.Context, ref id.Connection, m Message, j jobs.Job) (bool, error)
	SweepMessages(ctx context.Context, before time.Time) error
}
