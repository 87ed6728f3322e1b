package duckstore

import (
	"context"

	"kept/internal/fault"
	"kept/internal/usage"
)

var _ usage.Knower = (*Store)(nil)

// Known implements usage.Knower.
func (s *Store) Known(ctx context.Context, events []usage.Event) ([]bool, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	s.write.Lock()
	defer s.write.Unlock()
	if s.seen == nil {
		if err := s.loadSeen(ctx, len(events)); err != nil {
			return nil, fault.Wrap(err, "look for events that are stored already")
		}
	}
	b := batch{events: events, hashes: make([]uint64, len(events))}
	var doubtful []int
	for i := range events {
		b.hashes[i] = hashID(events[i].MessageID)
		if s.seen.has(b.hashes[i]) {
			doubtful = append(doubtful, i)
		}
	}
	out := make([]bool, len(events))
	if len(doubtful) == 0 {
		return out, nil
	}
	stored, err := s.stored(ctx, &b, doubtful)
	if err != nil {
		return nil, fault.Wrap(err, "look for events that are stored already")
	}
	for _, i := range doubtful {
		_, out[i] = stored[events[i].MessageID]
	}
	return out, nil
}
