package usage

import (
	"context"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// GroupProperty is the property that keeps the group (the company, as the source
// calls it) of an event whose account is not known yet.
const GroupProperty = "$group"

// Attribution gives unattributed events to an account: those of an actor, or
// those of a source that carry a group. Set Actor, or Source and Group.
type Attribution struct {
	Actor   string
	Source  string
	Group   string
	Account id.Account
}

// Check reports what is missing.
func (a *Attribution) Check() error {
	switch {
	case a.Account == "":
		return fault.At("account", "is empty: say to which account the events belong")
	case a.Actor == "" && (a.Source == "" || a.Group == ""):
		return fault.At("actor", "is empty: name an actor, or a source and a group")
	}
	return nil
}

// Merge makes the events of one actor another's: the two are one person.
type Merge struct{ From, To string }

// Check reports an empty side.
func (m Merge) Check() error {
	if m.From == "" || m.To == "" {
		return fault.At("actor", "is empty: a merge needs both actors")
	}
	return nil
}

// Unattributed are the events without an account that share source, actor and
// group.
type Unattributed struct {
	Source string    `json:"source"`
	Actor  string    `json:"actor"`
	Group  string    `json:"group"`
	Events int64     `json:"events"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
}

// Attributor is a Store whose events can be given to accounts, and whose actors
// can be merged, after they were stored: late knowledge corrects the past.
type Attributor interface {
	// AttributeAll attributes events without an account; an earlier attribution of
	// the list wins. It returns how many events it gave away.
	AttributeAll(ctx context.Context, list []Attribution) (int64, error)
	// MergeActors renames actors, in order; events keep their accounts. It returns
	// how many events changed.
	MergeActors(ctx context.Context, list []Merge) (int64, error)
	// Unattributed lists what has an actor or a group and no account, most events
	// first, at most limit rows (0 for all), and how many events those are in all.
	Unattributed(ctx context.Context, limit int) (rows []Unattributed, events int64, err error)
}
