package identity

import (
	"context"
	"encoding/json"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

// Kind is what a Merge is.
type Kind string

// The kinds.
const (
	// Joined makes one account of two: what Drop had belongs to Keep.
	Joined Kind = "merge"
	// Parted takes what one system knows out of Keep: it belongs to Drop, a new account.
	Parted Kind = "split"
)

// State is where a merge stands.
type State string

// The states.
const (
	Proposed State = "proposed"
	Done     State = "done"
	Rejected State = "rejected"
	Undone   State = "undone"
)

// Merge is a proposed or made change of which accounts there are.
type Merge struct {
	ID        id.Merge   `json:"id"`
	Kind      Kind       `json:"kind"`
	Keep      id.Account `json:"keep"`
	Drop      id.Account `json:"drop"`
	Source    string     `json:"source,omitempty"` // of a split: the system whose part it is
	State     State      `json:"state"`
	Score     float64    `json:"score"` // 0 when a person found the pair
	Reasons   []Reason   `json:"reasons"`
	Moved     *Moved     `json:"-"` // what has to come back; nil until it is done
	Note      string     `json:"note,omitempty"`
	UserID    id.User    `json:"user_id,omitempty"` // empty when the system itself made one of the two
	CreatedAt time.Time  `json:"created_at"`
	DecidedAt time.Time  `json:"decided_at,omitzero"`
	UndoneAt  time.Time  `json:"undone_at,omitzero"`
}

// Moved is everything that undoing needs.
type Moved struct {
	// Dropped is the account that went away, or that a split brought.
	Dropped customer.Account `json:"dropped"`
	// Before and After are the account that stayed.
	Before customer.Account `json:"before"`
	After  customer.Account `json:"after"`
	// Rows are the ids of records by table.
	Rows map[string][]string `json:"rows,omitempty"`
	// Facts are the sequences of facts that moved; Aside are facts about what the
	// account that stayed has facts about itself; Added are the sequences of facts
	// that say which system is believed.
	Facts    []int64                 `json:"facts,omitempty"`
	Aside    []customer.Fact         `json:"aside,omitempty"`
	Added    []int64                 `json:"added,omitempty"`
	Refs     []customer.ExternalRef  `json:"refs,omitempty"`
	Children []id.Account            `json:"children,omitempty"`
	Doubles  []customer.Relationship `json:"doubles,omitempty"` // both had them
	// Claims are those of the account that went away; Seeds were noted by the merge.
	Claims []Claim `json:"claims,omitempty"`
	Seeds  []Claim `json:"seeds,omitempty"`
}

// Records is how many records moved.
func (m *Moved) Records() int {
	n := len(m.Facts)
	for _, ids := range m.Rows {
		n += len(ids)
	}
	return n
}

// MoveJob is the kind of the jobs that move events after a merge or its undoing.
const MoveJob = "identity.move"

// payload is what a job says.
type payload struct {
	Merge id.Merge `json:"merge"`
}

// JobPayload returns the payload of the job that moves the events of a merge.
func JobPayload(ref id.Merge) (json.RawMessage, error) {
	raw, err := json.Marshal(payload{ref})
	return raw, fault.Wrap(err, "queue the move of events")
}

// JobMerge reads a payload.
func JobMerge(raw json.RawMessage) (id.Merge, error) {
	var p payload
	if err := json.Unmarshal(raw, &p); err != nil || p.Merge == "" {
		return "", fault.New(fault.Internal, "a job names no merge: %w", err)
	}
	return p.Merge, nil
}

// Store keeps merges, claims and the order of systems.
type Store interface {
	Merge(ctx context.Context, ref id.Merge) (Merge, error)
	// Merges lists those of a state (empty for all), the surest first for proposals,
	// the newest first for the others.
	Merges(ctx context.Context, state State) ([]Merge, error)
	// ProposeMerges looks for pairs and stores those that nobody has decided on; it
	// forgets proposals that hold no longer. It returns how many wait for a person.
	ProposeMerges(ctx context.Context) (int, error)
	// MakeMerge merges Drop into Keep, or repeats an undone or rejected pair.
	MakeMerge(ctx context.Context, m Merge) (Merge, error)
	// RejectMerge says that the two accounts of a proposal are two.
	RejectMerge(ctx context.Context, ref id.Merge, user id.User, note string) (Merge, error)
	// SplitAccount takes what one system knows out of an account.
	SplitAccount(ctx context.Context, of id.Account, source, name string, user id.User, note string) (Merge, error)
	// UndoMerge puts everything back that is still where the merge or split put it.
	UndoMerge(ctx context.Context, ref id.Merge, user id.User) (Merge, error)

	Priorities(ctx context.Context) (Priorities, error)
	// SetPriorities replaces the orders and lets the systems that win now win.
	SetPriorities(ctx context.Context, p Priorities, user id.User) (changed int, err error)
	// Claims returns what each system says about the fields of accounts.
	Claims(ctx context.Context, accounts []id.Account) ([]Claim, error)
}

// Names of the fields of an account itself; every other field is an attribute.
const (
	FieldName   = "name"
	FieldDomain = "domain"
)
