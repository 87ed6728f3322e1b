// Package evaluate runs one evaluation pass: measure, score, decide, for every
// account as of an instant. It joins the event projection and the customer
// record with the model, caches what it computed, and records evaluations.
package evaluate

import (
	"context"
	"time"

	"kept/internal/id"
)

// Origin says how a recorded evaluation came to be.
type Origin string

// The origins. Only Scheduled rows count as "as recorded": a backfill was
// computed later, with what was known at its instant.
const (
	Scheduled Origin = "scheduled"
	Backfill  Origin = "backfill"
)

// Record is one recorded evaluation of one account. Records are append-only.
type Record struct {
	Account      id.Account
	AsOf         time.Time
	RecordedAt   time.Time
	Origin       Origin
	ModelVersion int64
	Scorecard    string
	Segment      string
	Score        float64 // NaN when there is none
	Band         string
	Coverage     float64
	ARRMinor     int64
	// Detail is the JSON of the health.Result and the metric values used.
	Detail []byte
}

// HistoryQuery selects records of some accounts in [From, To].
type HistoryQuery struct {
	Accounts   []id.Account // empty means all
	From, To   time.Time    // zero means unbounded
	WithDetail bool
}

// History keeps recorded evaluations in the columnar engine.
type History interface {
	// Record appends rows, whole or not at all. A second row for the same
	// account, instant, model version and origin is left out.
	Record(ctx context.Context, rows []Record) (int, error)
	// Records returns rows ordered by (account, as of, recorded at).
	Records(ctx context.Context, q HistoryQuery) ([]Record, error)
	// RecordedInstants lists the instants that have records, ascending.
	RecordedInstants(ctx context.Context) ([]time.Time, error)
}
