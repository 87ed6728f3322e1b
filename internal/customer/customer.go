// Package customer holds the record of who buys: accounts and their hierarchy,
// contacts, products, relationships, subscriptions, tickets, activities, and the
// facts about them that change over time. Its types know no storage.
package customer

import (
	"time"

	"kept/internal/id"
	"kept/internal/money"
)

// Account is a company that buys. Owner, stage and every attribute are facts
// with a history (see Fact); the fields here are what does not move.
type Account struct {
	ID       id.Account `json:"id"`
	Name     string     `json:"name"`
	ParentID id.Account `json:"parent_id,omitempty"`
	Domain   string     `json:"domain,omitempty"`
	// Since is when the company became a customer (or a trial): before it, the
	// account does not exist for any as-of instant.
	Since time.Time `json:"since"`
	// ChurnedAt is when the last subscription ended for good; zero while it stays.
	ChurnedAt time.Time `json:"churned_at,omitzero"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Contact is a person at an account.
type Contact struct {
	ID        id.Contact  `json:"id"`
	AccountID id.Account  `json:"account_id"`
	Name      string      `json:"name"`
	Email     string      `json:"email,omitempty"`
	Title     string      `json:"title,omitempty"`
	Role      ContactRole `json:"role,omitempty"`
	Since     time.Time   `json:"since"`
	LeftAt    time.Time   `json:"left_at,omitzero"`
	UpdatedAt time.Time   `json:"updated_at"`
}

// ContactRole is the part a contact plays in the account's decision.
type ContactRole string

// The roles; an unknown one stays empty.
const (
	RoleChampion  ContactRole = "champion"
	RoleSponsor   ContactRole = "sponsor"
	RoleAdmin     ContactRole = "admin"
	RoleUser      ContactRole = "user"
	RoleBilling   ContactRole = "billing"
	RoleDetractor ContactRole = "detractor"
)

// Product is a product line of ours. Key is the short name that events, metrics
// and mappings use ("analytics").
type Product struct {
	ID        id.Product `json:"id"`
	Key       string     `json:"key"`
	Name      string     `json:"name"`
	CreatedAt time.Time  `json:"created_at"`
}

// Relationship is one account's life with one product line.
type Relationship struct {
	ID        id.Relationship `json:"id"`
	AccountID id.Account      `json:"account_id"`
	ProductID id.Product      `json:"product_id"`
	Since     time.Time       `json:"since"`
}

// Subscription is what is paid for until when: one term. A renewal is a new
// subscription with RenewalOf set; a change inside the term is a new Revision.
type Subscription struct {
	ID        id.Subscription `json:"id"`
	AccountID id.Account      `json:"account_id"`
	ProductID id.Product      `json:"product_id,omitempty"`
	RenewalOf id.Subscription `json:"renewal_of,omitempty"`
	Plan      string          `json:"plan,omitempty"`
	// Current repeats the newest revision, for lists; Revisions, oldest first,
	// is the truth.
	Current   Revision   `json:"current"`
	Revisions []Revision `json:"revisions,omitempty"`
}

// Revision is the state of a subscription from an instant on. Rows are only
// ever added: a correction is a later-known row with the same ValidFrom.
type Revision struct {
	ValidFrom time.Time    `json:"valid_from"`
	KnownAt   time.Time    `json:"known_at"`
	ARR       money.Amount `json:"arr"`
	Seats     int64        `json:"seats"`
	Start     time.Time    `json:"start"`
	// End is the first instant that is no longer paid for (half-open); zero for
	// an open-ended subscription.
	End       time.Time `json:"end,omitzero"`
	AutoRenew bool      `json:"auto_renew"`
	Trial     bool      `json:"trial"`
	// EndReason says why it ended early or was not renewed; free text of the source.
	EndReason string `json:"end_reason,omitempty"`
}

// InForce reports whether the revision's term covers the instant: the start
// counts, the end does not.
func (r Revision) InForce(at time.Time) bool {
	return !at.Before(r.Start) && (r.End.IsZero() || at.Before(r.End))
}

// At returns the state of the subscription as of an instant, using only what
// was known then, and false when there was none.
func (s *Subscription) At(asOf time.Time) (Revision, bool) {
	if r := s.Known(asOf, asOf); r != nil {
		return *r, true
	}
	return Revision{}, false
}

// Known returns the revision that holds at an instant, as known at another, and
// nil when there is none: the newest ValidFrom counts, and of those with the same
// the one that became known last.
func (s *Subscription) Known(at, known time.Time) *Revision {
	var best *Revision
	for i := range s.Revisions {
		r := &s.Revisions[i]
		if r.ValidFrom.After(at) || r.KnownAt.After(known) {
			continue
		}
		if best != nil {
			if later := r.ValidFrom.Compare(best.ValidFrom); later < 0 || later == 0 && r.KnownAt.Before(best.KnownAt) {
				continue
			}
		}
		best = r
	}
	return best
}

// TicketState is where a support ticket stands.
type TicketState string

// The states of a ticket.
const (
	TicketOpen   TicketState = "open"
	TicketSolved TicketState = "solved"
)

// Ticket is a support case. Its opening, solving, escalation and rating are
// also events ("ticket_opened", "ticket_solved", "ticket_escalated", "csat").
type Ticket struct {
	ID            id.Ticket   `json:"id"`
	AccountID     id.Account  `json:"account_id"`
	ProductID     id.Product  `json:"product_id,omitempty"`
	Subject       string      `json:"subject,omitempty"`
	Priority      string      `json:"priority,omitempty"`
	State         TicketState `json:"state"`
	OpenedAt      time.Time   `json:"opened_at"`
	SolvedAt      time.Time   `json:"solved_at,omitzero"`
	FirstReplyAt  time.Time   `json:"first_reply_at,omitzero"`
	Escalated     bool        `json:"escalated"`
	Satisfaction  *float64    `json:"satisfaction,omitempty"` // the source's own scale
	RequesterName string      `json:"requester_name,omitempty"`
	UpdatedAt     time.Time   `json:"updated_at"`
}

// ActivityKind is the kind of a dated interaction.
type ActivityKind string

// The kinds of activity; each is also an event named "activity_" + kind.
const (
	ActivityCall    ActivityKind = "call"
	ActivityMeeting ActivityKind = "meeting"
	ActivityEmail   ActivityKind = "email"
	ActivityNote    ActivityKind = "note"
)

// ActivityKinds lists every kind, in the order the screens show them.
func ActivityKinds() []ActivityKind {
	return []ActivityKind{ActivityNote, ActivityCall, ActivityMeeting, ActivityEmail}
}

// Activity is a dated interaction with an account.
type Activity struct {
	ID        id.Activity  `json:"id"`
	AccountID id.Account   `json:"account_id"`
	ProductID id.Product   `json:"product_id,omitempty"`
	ContactID id.Contact   `json:"contact_id,omitempty"`
	UserID    id.User      `json:"user_id,omitempty"`
	Kind      ActivityKind `json:"kind"`
	Subject   string       `json:"subject"`
	Body      string       `json:"body,omitempty"`
	At        time.Time    `json:"at"`
	CreatedAt time.Time    `json:"created_at"`
}

// Stage is a step of the account's life with us.
type Stage string

// The lifecycle stages, in order.
const (
	StageTrial      Stage = "trial"
	StageOnboarding Stage = "onboarding"
	StageAdoption   Stage = "adoption"
	StageMature     Stage = "mature"
	StageRenewal    Stage = "renewal"
	StageChurned    Stage = "churned"
)

// Stages lists the lifecycle stages in order.
func Stages() []Stage {
	return []Stage{StageTrial, StageOnboarding, StageAdoption, StageMature, StageRenewal, StageChurned}
}
