package duckstore

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"kept/internal/id"
	"kept/internal/usage"
)

var _ usage.PropertyScanner = (*Store)(nil)

// ScanProperties implements usage.PropertyScanner; fn must not call the store.
func (s *Store) ScanProperties(ctx context.Context, names []string, accounts []id.Account, fn func([]usage.Event) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	where, some := s.accountFilter(accounts)
	if !some {
		return nil
	}
	if len(names) > 0 {
		var codes []string
		for _, name := range names {
			if code, ok := s.words.code(wordName, name); ok {
				codes = append(codes, strconv.FormatUint(uint64(code), 10))
			}
		}
		if len(codes) == 0 {
			return nil
		}
		where += " AND name IN (" + strings.Join(codes, ", ") + ")"
	}
	const room = 1024
	events := make([]usage.Event, 0, room)
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT message_id, epoch_us(happened_at), epoch_us(known_at), account, product, actor, name, source, value, properties
			FROM (SELECT * FROM event WHERE `+where+`) e JOIN (SELECT code, row_number() OVER (ORDER BY text) AS rank FROM account) a ON a.code = e.account
			ORDER BY a.rank, happened_at, value NULLS FIRST`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			e, err := s.event(rows)
			if err != nil {
				return err
			}
			if events = append(events, e); len(events) < room {
				continue
			}
			if err := fn(events); err != nil {
				return err
			}
			events = events[:0]
		}
		if err := rows.Err(); err != nil || len(events) == 0 {
			return err
		}
		return fn(events)
	})
	return failed(ctx, err, "scan the properties of events")
}
