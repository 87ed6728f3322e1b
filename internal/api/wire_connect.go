package api

import (
	"time"

	"kept/internal/connector"
	"kept/internal/id"
)

// ConnectorRow is a system that Kept can read.
type ConnectorRow struct {
	Kind         string            `json:"kind"`
	Title        string            `json:"title"`
	Help         string            `json:"help"`
	Guide        string            `json:"guide" doc:"The name of its page in the guides."`
	Fields       []connector.Field `json:"fields"`
	Mapping      string            `json:"mapping,omitempty" doc:"The mapping that ships; absent when you write it."`
	EverySeconds int64             `json:"every_seconds" doc:"The interval that is proposed."`
	Webhooks     bool              `json:"webhooks" doc:"Whether it can send changes by itself."`
}

// ConnectionRow is a connected system.
type ConnectionRow struct {
	ID           id.Connection      `json:"id"`
	Name         string             `json:"name"`
	Kind         string             `json:"kind"`
	Title        string             `json:"title" doc:"The kind in words."`
	Config       map[string]string  `json:"config" doc:"The settings without secrets."`
	Secrets      []string           `json:"secrets" doc:"The secrets that are stored; they are never shown again."`
	SecretSetAt  time.Time          `json:"secret_set_at,omitzero"`
	Mapping      string             `json:"mapping" doc:"The mapping in force."`
	OwnMapping   bool               `json:"own_mapping" doc:"Whether the mapping was edited."`
	EverySeconds int64              `json:"every_seconds"`
	State        string             `json:"state" enum:"running,ok,failing,paused,new,manual"`
	Paused       bool               `json:"paused"`
	NextRunAt    time.Time          `json:"next_run_at,omitzero"`
	LastRunAt    time.Time          `json:"last_run_at,omitzero"`
	LastOKAt     time.Time          `json:"last_ok_at,omitzero"`
	Failures     int                `json:"failures" doc:"Failed runs in a row."`
	LastError    string             `json:"last_error,omitempty"`
	Waiting      int64              `json:"waiting" doc:"Rows that refer to something that has not arrived."`
	WebhookPath  string             `json:"webhook_path,omitempty" doc:"Where the system sends changes to."`
	Cursors      []connector.Cursor `json:"cursors" doc:"How far each stream was read; only when one connection is read."`
	Running      *ConnectionRunRow  `json:"running,omitempty"`
	CreatedAt    time.Time          `json:"created_at"`
}

// ConnectionRunRow is one reading of a connection.
type ConnectionRunRow struct {
	ID           id.Run        `json:"id"`
	ConnectionID id.Connection `json:"connection_id"`
	State        string        `json:"state" enum:"running,done,failed,cancelled"`
	Cause        string        `json:"cause" enum:"schedule,hand,message"`
	By           string        `json:"by,omitempty"`
	Stream       string        `json:"stream,omitempty" doc:"What is being read."`
	StartedAt    time.Time     `json:"started_at"`
	FinishedAt   time.Time     `json:"finished_at,omitzero"`
	Pages        int64         `json:"pages"`
	RowsRead     int64         `json:"rows_read"`
	RowsRejected int64         `json:"rows_rejected"`
	RowsWaiting  int64         `json:"rows_waiting"`
	Message      string        `json:"message,omitempty"`
	Report       *ImportReport `json:"report,omitempty" doc:"Only when one run is read."`
}

// ConnectionTest is what a system answered.
type ConnectionTest struct {
	Says string `json:"says"`
}

// ConnectionPreview is what a mapping would make of the start of each stream.
type ConnectionPreview struct {
	Samples []StreamSample  `json:"samples"`
	Report  *ImportReport   `json:"report"`
	Rejects []PreviewReject `json:"rejects"`
	Mapping string          `json:"mapping"`
}

// StreamSample is the start of a stream.
type StreamSample struct {
	Stream string           `json:"stream"`
	Mapped bool             `json:"mapped"`
	Rows   []map[string]any `json:"rows"`
}

// PreviewReject is a row that the mapping would refuse.
type PreviewReject struct {
	Stream string `json:"stream"`
	ID     string `json:"id"`
	Column string `json:"column"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// WaitingRow is a row that refers to something that has not arrived.
type WaitingRow struct {
	Stream  string    `json:"stream"`
	ID      string    `json:"id"`
	Reason  string    `json:"reason"`
	Tries   int       `json:"tries"`
	FirstAt time.Time `json:"first_at"`
	LastAt  time.Time `json:"last_at"`
}

// HookAnswer acknowledges a webhook.
type HookAnswer struct {
	Received  bool `json:"received"`
	Duplicate bool `json:"duplicate"`
}
