package customer

import (
	"context"
	"time"

	"kept/internal/id"
)

// ExternalRef names an object in an outside system. Several refs may lead to
// one object; one ref never leads to two.
type ExternalRef struct {
	Source   string `json:"source"`   // "salesforce", "ravenstack"
	Kind     string `json:"kind"`     // "account", "contact", "product", "subscription", "ticket", "activity"
	External string `json:"external"` // the source's own identifier
	ObjectID string `json:"object_id"`
}

// Page is how much of a list to read: a stable order by id.
type Page struct {
	After string // the last id of the previous page (of facts: its Seq); empty for the first
	Limit int    // 1 to 10,000; 0 means 100; Everything means no limit
}

// Everything as a Page's Limit reads the whole list: for evaluation and export,
// never for a request from outside.
const Everything = -1

// Filter narrows a list to some accounts; a nil Accounts means all.
type Filter struct {
	Accounts []id.Account
	Page
}

// Reader reads the customer record. Lists are ordered by id unless said
// otherwise. NotFound is a fault of that kind.
type Reader interface {
	Account(ctx context.Context, ref id.Account) (Account, error)
	Accounts(ctx context.Context, f Filter) ([]Account, error)
	CountAccounts(ctx context.Context) (int, error)
	Products(ctx context.Context) ([]Product, error)
	Relationships(ctx context.Context, f Filter) ([]Relationship, error)
	Contacts(ctx context.Context, f Filter) ([]Contact, error)
	// Subscriptions come with all their revisions.
	Subscriptions(ctx context.Context, f Filter) ([]Subscription, error)
	// Tickets are ordered newest first within an account.
	Tickets(ctx context.Context, f Filter) ([]Ticket, error)
	// Activities are ordered newest first within an account.
	Activities(ctx context.Context, f Filter) ([]Activity, error)
	// Facts are in SortFacts order.
	Facts(ctx context.Context, f Filter) ([]Fact, error)
	AttributeDefs(ctx context.Context) ([]AttributeDef, error)
	// Resolve returns the object ids of external ids of one source and kind; a
	// missing one is absent from the map.
	Resolve(ctx context.Context, source, kind string, externals []string) (map[string]string, error)
	// ExternalRefs returns the refs of the objects.
	ExternalRefs(ctx context.Context, kind string, objectIDs []string) ([]ExternalRef, error)
	// Changes returns the accounts touched by any write with a sequence above
	// since, and the newest sequence; the evaluation cache follows it.
	Changes(ctx context.Context, since int64) (accounts []id.Account, latest int64, err error)
}

// Writer changes the customer record. Put methods insert or replace by id and
// report what happened per row; they take many rows because imports have many.
type Writer interface {
	PutAccounts(ctx context.Context, rows []Account) ([]Outcome, error)
	PutProducts(ctx context.Context, rows []Product) ([]Outcome, error)
	PutRelationships(ctx context.Context, rows []Relationship) ([]Outcome, error)
	PutContacts(ctx context.Context, rows []Contact) ([]Outcome, error)
	// PutSubscriptions stores the subscription and adds the revisions that
	// differ from what is stored; it never removes one.
	PutSubscriptions(ctx context.Context, rows []Subscription) ([]Outcome, error)
	PutTickets(ctx context.Context, rows []Ticket) ([]Outcome, error)
	PutActivities(ctx context.Context, rows []Activity) ([]Outcome, error)
	// AddFacts appends the facts that change something: one equal in value to
	// what already holds at its ValidFrom, as known at its KnownAt, with the same ValidTo, is Unchanged.
	AddFacts(ctx context.Context, rows []Fact) ([]Outcome, error)
	PutAttributeDefs(ctx context.Context, rows []AttributeDef) error
	// PutExternalRefs stores refs; a ref that leads elsewhere already is a Conflict.
	PutExternalRefs(ctx context.Context, refs []ExternalRef) error
	// MarkChurned sets or clears (zero time) an account's churn instant.
	MarkChurned(ctx context.Context, account id.Account, at time.Time) error
}

// Outcome says what a write did to one row.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
)

// Tx is the record inside one transaction.
type Tx interface {
	Reader
	Writer
}

// Store is the customer record. Reads outside a transaction see committed data.
type Store interface {
	Reader
	// InTx runs fn in one transaction: committed when fn returns nil, rolled
	// back otherwise. fn must use only the Tx it is given.
	InTx(ctx context.Context, fn func(Tx) error) error
}
