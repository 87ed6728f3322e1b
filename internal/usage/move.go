package usage

import (
	"context"

	"kept/internal/fault"
	"kept/internal/id"
)

// Move gives the events of one account to another: all of them, or those of one
// source. ID names it, so that it can be taken back.
type Move struct {
	ID       string
	From, To id.Account
	Source   string // empty for every source
}

// Check reports what is missing.
func (m *Move) Check() error {
	switch {
	case m.ID == "":
		return fault.At("id", "is empty: a move needs a name, so that it can be taken back")
	case m.From == "" || m.To == "":
		return fault.At("account", "is empty: a move needs both accounts")
	case m.From == m.To:
		return fault.At("account", "is both where events come from and where they go")
	}
	return nil
}

// Mover is a Store whose events can be moved from account to account and back.
type Mover interface {
	// MoveEvents moves events and remembers which. A second call with the same id
	// moves what has come since. It returns how many it moved.
	MoveEvents(ctx context.Context, m Move) (int64, error)
	// UndoMove gives the events of a move back that are still where it put them,
	// and forgets it. An unknown move is no error: it moved nothing.
	UndoMove(ctx context.Context, m Move) (int64, error)
}
