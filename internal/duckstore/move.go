package duckstore

import (
	"context"
	"fmt"

	"kept/internal/usage"
)

var _ usage.Mover = (*Store)(nil)

// MoveEvents implements usage.Mover.
func (s *Store) MoveEvents(ctx context.Context, m usage.Move) (int64, error) {
	if err := m.Check(); err != nil {
		return 0, err
	}
	n, err := s.moving(ctx, func(w *rawConn, added *newWords) (int64, uint32, error) {
		from, ok := s.words.code(wordAccount, string(m.From))
		if !ok {
			return 0, 0, nil
		}
		where := fmt.Sprintf("account = %d", from)
		if m.Source != "" {
			source, ok := s.words.code(wordSource, m.Source)
			if !ok {
				return 0, 0, nil
			}
			where += fmt.Sprintf(" AND source = %d", source)
		}
		if err := w.exec(ctx, "INSERT INTO event_move SELECT "+quote(m.ID)+", hash, message_id FROM event WHERE "+where); err != nil {
			return 0, 0, err
		}
		n, err := s.move(ctx, w, where, func(mark string) string {
			return fmt.Sprintf("SET account = %d, %s WHERE %s", added.code(wordAccount, string(m.To)), mark, where)
		})
		return n, from, err
	})
	return n, failed(ctx, err, "move events to another account")
}

// UndoMove implements usage.Mover.
func (s *Store) UndoMove(ctx context.Context, m usage.Move) (int64, error) {
	if err := m.Check(); err != nil {
		return 0, err
	}
	n, err := s.moving(ctx, func(w *rawConn, _ *newWords) (int64, uint32, error) {
		from, okFrom := s.words.code(wordAccount, string(m.From))
		to, okTo := s.words.code(wordAccount, string(m.To))
		if !okFrom || !okTo {
			return 0, 0, nil
		}
		where := fmt.Sprintf("account = %d AND (hash, message_id) IN (SELECT (hash, message_id) FROM event_move WHERE move = %s)", to, quote(m.ID))
		n, err := s.move(ctx, w, where, func(mark string) string { return fmt.Sprintf("SET account = %d, %s WHERE %s", from, mark, where) })
		if err != nil {
			return 0, 0, err
		}
		return n, to, w.exec(ctx, "DELETE FROM event_move WHERE move = "+quote(m.ID))
	})
	return n, failed(ctx, err, "give moved events back")
}

// moving runs a change that takes events away from an account and notes that
// everything derived of that account is stale.
func (s *Store) moving(ctx context.Context, change func(*rawConn, *newWords) (n int64, stale uint32, err error)) (n int64, err error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	s.write.Lock()
	defer s.write.Unlock()
	added := s.words.adding()
	err = s.inTx(ctx, func(w *rawConn) error {
		var stale uint32
		if n, stale, err = change(w, added); err != nil || n == 0 {
			return err
		}
		if err := w.exec(ctx, fmt.Sprintf("INSERT INTO erasure VALUES (%d, %d)", stale, s.mark+1)); err != nil {
			return err
		}
		return added.store(w)
	}, added.publish)
	if err != nil {
		return 0, err
	}
	if n > 0 {
		s.mark++
	}
	return n, nil
}
