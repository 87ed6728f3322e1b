// Package usage holds the event stream: everything that happened at an instant
// and is counted, whatever system it came from, and the narrow interface to the
// engine that keeps it.
package usage

import (
	"context"
	"strings"
	"time"

	"kept/internal/id"
)

// Event is something that happened at an instant.
type Event struct {
	// MessageID makes the event idempotent: a second one with the same id is
	// not stored. Empty is an error.
	MessageID string `json:"message_id"`
	// At is when it happened; microsecond precision, UTC.
	At time.Time `json:"at"`
	// KnownAt is when Kept learned it. A back-fill of history sets it to At.
	KnownAt time.Time `json:"known_at"`
	// Account is empty while nobody knows whose event it is (unattributed).
	Account id.Account `json:"account,omitempty"`
	// Product is the product's key, empty when the event belongs to none.
	Product string `json:"product,omitempty"`
	// Actor is who did it, as "source:user id"; empty when nobody is named.
	Actor string `json:"actor,omitempty"`
	Name  string `json:"name"`
	// Value is the quantity, score or amount; HasValue tells 0 from none.
	Value    float64 `json:"value,omitempty"`
	HasValue bool    `json:"has_value,omitempty"`
	// Properties are further typed details: strings, float64 and bool.
	Properties map[string]any `json:"properties,omitempty"`
	Source     string         `json:"source,omitempty"`
}

// Names of the events that Kept itself writes for things that are also records.
const (
	EventTicketOpened    = "ticket_opened"
	EventTicketSolved    = "ticket_solved"
	EventTicketEscalated = "ticket_escalated"
	EventCSAT            = "csat_answer" // value: the rating
	EventNPS             = "nps_answer"  // value: 0 to 10
	EventActivity        = "activity_"   // + customer.ActivityKind
	EventSubStarted      = "subscription_started"
	EventSubRenewed      = "subscription_renewed"
	EventSubExpanded     = "subscription_expanded"   // value: ARR gained, major units
	EventSubContracted   = "subscription_contracted" // value: ARR lost, major units
	EventSubEnded        = "subscription_ended"
	EventAccountChurned  = "account_churned"
)

// Derived reports whether Kept itself writes events of the name, from records: they
// say nothing about since when a product's events are recorded.
func Derived(name string) bool {
	switch name {
	case EventTicketOpened, EventTicketSolved, EventTicketEscalated, EventCSAT, EventNPS, EventSubStarted, EventSubRenewed,
		EventSubExpanded, EventSubContracted, EventSubEnded, EventAccountChurned:
		return true
	}
	return strings.HasPrefix(name, EventActivity)
}

// ListQuery selects events to read row by row, newest first, ties by message id.
type ListQuery struct {
	Account    id.Account // empty for all
	Product    string
	Actor      string
	Name       string
	Attributed *bool     // nil for both; false for those without an account
	From, To   time.Time // half-open [From, To); zero for unbounded
	KnownBy    time.Time // only events known at this instant; zero for all
	Limit      int       // 1 to 1,000; 0 means 100
	Cursor     string    // opaque, from the previous page
}

// ListPage is one page of events.
type ListPage struct {
	Events []Event
	Next   string // empty on the last page
	Total  int64  // exact number of events that the query selects
}

// Kind is how an aggregate condenses the events of a window.
type Kind string

// The aggregates. The engine's SQL, the reference and the columnar projection
// must agree on every one.
const (
	Count          Kind = "count"           // events
	Sum            Kind = "sum"             // values; events without one add nothing; missing when none has one
	Mean           Kind = "mean"            // of values; missing when there are none
	DistinctActors Kind = "distinct_actors" // named actors
	ActiveDays     Kind = "active_days"     // distinct UTC days with an event
	Recency        Kind = "recency"         // days (fractional) to the instant from the second in which the last event fell; missing when none
	Latest         Kind = "latest"          // value of the last event that has one; ties: greatest message id order is not promised, the greatest value wins
)

// Aggregate is one number per subject and instant, over the events whose time
// is in [instant − Days×24 h, instant): the start counts, the end does not.
// Days 0 means since the beginning.
type Aggregate struct {
	Kind   Kind
	Names  []string // event names; empty means every event
	Days   int
	Offset int // days by which the whole window lies before the instant
	// Product limits to one product key; empty means all. Ignored when the query
	// is per relationship.
	Product string
}

// AggregateQuery asks for aggregates of many subjects at many instants.
type AggregateQuery struct {
	// Instants are whole seconds, ascending.
	Instants []time.Time
	// PerProduct makes the subject (account, product) instead of the account;
	// an event without a product then has no subject.
	PerProduct bool
	// KnownOnly counts an event only from its KnownAt on: as known at the instant.
	KnownOnly  bool
	Aggregates []Aggregate
}

// Cell is one aggregate of one subject at one instant. Cells with nothing to
// say (a count of zero, a mean of nothing) are absent.
type Cell struct {
	Account   id.Account
	Product   string // "" unless PerProduct
	Instant   int    // index into Instants
	Aggregate int    // index into Aggregates
	Value     float64
}

// AppendResult says what became of a batch.
type AppendResult struct {
	Stored     int
	Duplicates int
}

// NameStat describes one event name.
type NameStat struct {
	Name        string `json:"name"`
	Count       int64  `json:"count"`
	First, Last time.Time
}

// Store keeps events. An implementation is safe for concurrent use; Append is
// durable when it returns. duckstore is the embedded engine, MemoryStore the
// slow and obvious reference that the conformance suite compares it with.
type Store interface {
	// Append stores a batch whole or not at all, leaving out events whose
	// message id is stored already or repeats within the batch.
	Append(ctx context.Context, events []Event) (AppendResult, error)
	// Attribute sets the account of the unattributed events of an actor.
	Attribute(ctx context.Context, actor string, account id.Account) (int64, error)
	Aggregate(ctx context.Context, q AggregateQuery) ([]Cell, error)
	List(ctx context.Context, q ListQuery) (ListPage, error)
	Names(ctx context.Context) ([]NameStat, error)
	// Scan streams attributed events sorted by (account, time) with only the
	// columns the projection needs; fn sees a reused slice. Empty accounts means all.
	Scan(ctx context.Context, accounts []id.Account, fn func([]Event) error) error
	// Touched returns the accounts with events stored after the mark, and the
	// newest mark; 0 asks for all accounts that have events. Attributing an
	// event and erasing an account count as storing.
	Touched(ctx context.Context, since int64) ([]id.Account, int64, error)
	// Bounds returns the number of events and the first and last instant.
	Bounds(ctx context.Context) (n int64, first, last time.Time, err error)
	// Erase removes every event of an account, for privacy; it returns how many.
	Erase(ctx context.Context, account id.Account) (int64, error)
	// ExportParquet writes all events to one Parquet file.
	ExportParquet(ctx context.Context, path string) error
	Close() error
}
