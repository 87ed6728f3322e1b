package usage

import "context"

// Knower is a Store that can tell which events it has, without storing any: a
// rehearsal of an import needs it.
type Knower interface {
	// Known reports for every event whether one with its message id is stored.
	Known(ctx context.Context, events []Event) ([]bool, error)
}

var _ Knower = (*MemoryStore)(nil)

// Known implements Knower.
func (s *MemoryStore) Known(ctx context.Context, events []Event) ([]bool, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := make([]bool, len(events))
	for i := range events {
		out[i] = s.ids[events[i].MessageID]
	}
	return out, nil
}
