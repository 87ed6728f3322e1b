// Package collect takes in events over HTTP: it opens what product-analytics
// clients send, keeps every request in a durable spool before it is
// acknowledged, and turns the spool into events, accounts, people and their
// attributes, each exactly once in effect. Its README has the vocabulary.
package collect

import (
	"context"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// Entry is one request in the spool: what a client sent, decoded as far as
// needed to know that it can be read.
type Entry struct {
	ID         int64     // ascending in the order of acknowledgement; the spool gives it
	Source     string    // whose write key it came with
	ReceivedAt time.Time // our clock
	// Kind is the type that the path names ("track", …); empty for a batch.
	Kind string
	// Messages is how many messages the body holds.
	Messages int
	// Body is the JSON text.
	Body []byte
}

// Spool keeps requests until their content is stored elsewhere.
type Spool interface {
	// Append stores an entry and returns when it survives a power cut. Overload,
	// a full disk and a locked file are Unavailable.
	Append(ctx context.Context, e Entry) error
	// Next returns the oldest entries after an id, as many as fit in about size
	// bytes and at least one, without removing them. An entry that cannot be read
	// is set aside in the spool, with the reason.
	Next(ctx context.Context, after int64, size int) ([]Entry, error)
	// Done removes entries whose content is stored elsewhere.
	Done(ctx context.Context, ids []int64) error
	// Backlog says what waits.
	Backlog() Backlog
}

// Backlog is what waits in a spool.
type Backlog struct {
	Entries  int64 `json:"entries"`
	Messages int64 `json:"messages"`
	Bytes    int64 `json:"bytes"`
	// Aside are entries that could not be read and are kept.
	Aside int64 `json:"aside"`
}

// Actor is what is known of one user of a source.
type Actor struct {
	Source string
	// Key is the source's user id, or AnonymousPrefix and its anonymous id.
	Key string
	// Canonical is the key of the actor that this one was merged into.
	Canonical string
	Account   id.Account
	// How says how the account became known: see the How constants.
	How       string
	Contact   id.Contact
	Email     string
	Name      string
	Title     string
	FirstSeen time.Time
	UpdatedAt time.Time
}

// How an actor's account became known.
const (
	HowGroup  = "group"  // the source said so
	HowDomain = "domain" // the e-mail's domain is the account's, or a rule's
	HowRule   = "rule"   // a rule about this very actor
)

// AnonymousPrefix marks the key of an actor that has only an anonymous id.
const AnonymousPrefix = "anon:"

// ActorRef names an actor.
type ActorRef struct{ Source, Key string }

// String returns the actor as events name it.
func (r ActorRef) String() string { return r.Source + ":" + r.Key }

// Trait is one value of an actor's attribute over time.
type Trait struct {
	Source    string         `json:"source"`
	Actor     string         `json:"actor"`
	Key       string         `json:"key"`
	Value     customer.Value `json:"value"`
	ValidFrom time.Time      `json:"valid_from"`
	KnownAt   time.Time      `json:"known_at"`
}

// RuleKind is what a rule goes by.
type RuleKind string

// The kinds of rules.
const (
	RuleActor  RuleKind = "actor"  // a user of a source
	RuleGroup  RuleKind = "group"  // a group id of a source
	RuleDomain RuleKind = "domain" // the domain of people's e-mail addresses, in any source
)

// Rule attributes events that say nothing of an account that Kept knows.
type Rule struct {
	ID        string     `json:"id"`
	Kind      RuleKind   `json:"kind"`
	Source    string     `json:"source"` // empty for a domain
	Value     string     `json:"value"`
	AccountID id.Account `json:"account_id"`
	Author    string     `json:"author"`
	CreatedAt time.Time  `json:"created_at"`
}

// TaskKind is a kind of Task.
type TaskKind string

// The kinds of tasks.
const (
	TaskActor TaskKind = "actor" // attribute an actor's events
	TaskGroup TaskKind = "group" // attribute a group's events
	TaskMerge TaskKind = "merge" // rename an actor
)

// Task is a correction of stored events that a change of the record demands. It
// is written in the transaction of that change and removed when it is done.
type Task struct {
	Seq    int64
	Kind   TaskKind
	Source string
	Value  string // an actor's key, or a group
	Target string // an account, or an actor's key
}

// Reject is a message that cannot become anything, kept with the reason.
type Reject struct {
	ID         string    `json:"id"`
	Source     string    `json:"source"`
	ReceivedAt time.Time `json:"received_at"`
	Reason     string    `json:"reason"`
	Body       string    `json:"body"`
}

// Tally is what one flush adds to a source's counters.
type Tally struct {
	Source     string
	Messages   int64
	Events     int64
	Duplicates int64
	Rejected   int64
	Flagged    int64
	// FirstAt and LastAt are when its first and last requests came; NewestEvent is
	// when the newest of its events happened.
	FirstAt, LastAt, NewestEvent time.Time
	// Hours counts messages by the hour in which they came, and the longest pause
	// before one of them.
	Hours map[time.Time]Hour
}

// Hour is what came from a source in one hour.
type Hour struct {
	Messages int64
	Longest  time.Duration // pause before a request of this hour
}

// Record is the part of the record store that collecting works on.
type Record interface {
	customer.Reader
	// Actors returns the actors that are known, of one source.
	Actors(ctx context.Context, source string, keys []string) ([]Actor, error)
	// ActorsByDomain returns the actors without an account whose e-mail has the domain.
	ActorsByDomain(ctx context.Context, domain string) ([]Actor, error)
	Rules(ctx context.Context) ([]Rule, error)
	Tasks(ctx context.Context, limit int) ([]Task, error)
	DropTasks(ctx context.Context, upTo int64) error
	// CollectTx runs fn in one write transaction.
	CollectTx(ctx context.Context, fn func(RecordTx) error) error
}

// RecordTx is a transaction of the record store.
type RecordTx interface {
	customer.Tx
	PutActors(ctx context.Context, rows []Actor) error
	AddTraits(ctx context.Context, rows []Trait) error
	AddTasks(ctx context.Context, rows []Task) error
	AddRejects(ctx context.Context, rows []Reject) error
	AddTallies(ctx context.Context, rows []Tally) error
	Setting(ctx context.Context, key string) (string, bool, error)
	PutSetting(ctx context.Context, key, value string) error
}
