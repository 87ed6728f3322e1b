package usage

import (
	"context"

	"kept/internal/id"
)

var _ Mover = (*MemoryStore)(nil)

// MoveEvents implements Mover.
func (s *MemoryStore) MoveEvents(ctx context.Context, m Move) (int64, error) {
	if err := m.Check(); err != nil {
		return 0, err
	}
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if s.moves[m.ID] == nil {
		s.moves[m.ID] = map[string]bool{}
	}
	return s.move(m.From, m.To, func(e *Event) bool {
		if m.Source != "" && e.Source != m.Source {
			return false
		}
		s.moves[m.ID][e.MessageID] = true
		return true
	}), nil
}

// UndoMove implements Mover.
func (s *MemoryStore) UndoMove(ctx context.Context, m Move) (int64, error) {
	if err := m.Check(); err != nil {
		return 0, err
	}
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	moved := s.moves[m.ID]
	delete(s.moves, m.ID)
	return s.move(m.To, m.From, func(e *Event) bool { return moved[e.MessageID] }), nil
}

func (s *MemoryStore) move(from, to id.Account, which func(*Event) bool) int64 {
	var n int64
	for i := range s.rows {
		if r := &s.rows[i]; r.Account == from && which(&r.Event) {
			r.Account, r.mark = to, s.mark+1
			n++
		}
	}
	if n > 0 {
		s.mark++
		s.erased[from] = s.mark // what was derived of it is stale
	}
	return n
}
