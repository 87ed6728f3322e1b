package duckstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kept/internal/id"
	"kept/internal/usage"
)

// timestamp returns an instant, cut to the microsecond, as an SQL expression.
func timestamp(t time.Time) string {
	return "make_timestamp(" + strconv.FormatInt(t.UnixMicro(), 10) + ")"
}

// List implements usage.Store.
func (s *Store) List(ctx context.Context, q usage.ListQuery) (usage.ListPage, error) {
	if err := q.Check(); err != nil {
		return usage.ListPage{}, err
	}
	var args []any
	after := "true"
	if q.Cursor != "" {
		p, err := usage.ParseCursor(q.Cursor)
		if err != nil {
			return usage.ListPage{}, err
		}
		after = fmt.Sprintf("(happened_at < %[1]s OR happened_at = %[1]s AND message_id > ?)", timestamp(p.At))
		args = append(args, p.MessageID)
	}
	if err := s.begin(ctx); err != nil {
		return usage.ListPage{}, err
	}
	defer s.end()
	where, some := s.condition(&q)
	if !some {
		return usage.ListPage{}, nil
	}
	limit := q.Limit
	if limit == 0 {
		limit = usage.DefaultPageSize
	}
	var page usage.ListPage
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM event WHERE "+where).Scan(&page.Total); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT message_id, epoch_us(happened_at), epoch_us(known_at), account, product, actor, name, source, value, properties
			FROM event WHERE `+where+" AND "+after+" ORDER BY happened_at DESC, message_id LIMIT "+strconv.Itoa(limit+1), args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			e, err := s.event(rows)
			if err != nil {
				return err
			}
			page.Events = append(page.Events, e)
		}
		return rows.Err()
	})
	if err != nil {
		return usage.ListPage{}, failed(ctx, err, "list events")
	}
	if len(page.Events) > limit {
		page.Events = page.Events[:limit]
		last := &page.Events[limit-1]
		page.Next = usage.Position{At: last.At, MessageID: last.MessageID}.Cursor()
	}
	return page, nil
}

// condition returns the query's filter, and false when nothing can pass it.
func (s *Store) condition(q *usage.ListQuery) (string, bool) {
	parts := []string{"true"}
	for _, w := range []struct {
		kind int
		text string
	}{{wordAccount, string(q.Account)}, {wordProduct, q.Product}, {wordActor, q.Actor}, {wordName, q.Name}} {
		if w.text == "" {
			continue
		}
		code, ok := s.words.code(w.kind, w.text)
		if !ok {
			return "", false
		}
		parts = append(parts, fmt.Sprintf("%s = %d", wordTables[w.kind], code))
	}
	if q.Attributed != nil {
		parts = append(parts, map[bool]string{true: "account <> 0", false: "account = 0"}[*q.Attributed])
	}
	if !q.From.IsZero() {
		parts = append(parts, "happened_at >= "+timestampUp(q.From))
	}
	if !q.To.IsZero() {
		parts = append(parts, "happened_at < "+timestampUp(q.To))
	}
	if !q.KnownBy.IsZero() {
		parts = append(parts, "known_at <= "+timestamp(q.KnownBy))
	}
	return strings.Join(parts, " AND "), true
}

// timestampUp is timestamp rounded up: stored times are whole microseconds, so
// a bound between two of them excludes the lower one.
func timestampUp(t time.Time) string { return timestamp(t.Add(time.Microsecond - 1)) }

func (s *Store) event(rows *sql.Rows) (usage.Event, error) {
	var e usage.Event
	var at, known int64
	var account, product, actor, name, source uint32
	var value sql.NullFloat64
	var properties sql.NullString
	if err := rows.Scan(&e.MessageID, &at, &known, &account, &product, &actor, &name, &source, &value, &properties); err != nil {
		return e, err
	}
	e.At, e.KnownAt = time.UnixMicro(at).UTC(), time.UnixMicro(known).UTC()
	e.Account = id.Account(s.words.all(wordAccount)[account])
	e.Product, e.Actor = s.words.all(wordProduct)[product], s.words.all(wordActor)[actor]
	e.Name, e.Source = s.words.all(wordName)[name], s.words.all(wordSource)[source]
	e.Value, e.HasValue = value.Float64, value.Valid
	if properties.Valid {
		if err := json.Unmarshal([]byte(properties.String), &e.Properties); err != nil {
			return e, fmt.Errorf("properties of event %q: %w", e.MessageID, err)
		}
	}
	return e, nil
}

// snapshot runs fn in a transaction that only reads: it sees one state.
func (s *Store) snapshot(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Names implements usage.Store; the names are in ascending order.
func (s *Store) Names(ctx context.Context) ([]usage.NameStat, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	rows, err := s.db.QueryContext(ctx, `SELECT n.text, e.n, e.first, e.last FROM (
			SELECT name, count(*) AS n, epoch_us(min(happened_at)) AS first, epoch_us(max(happened_at)) AS last FROM event GROUP BY name) e
		JOIN name n ON n.code = e.name ORDER BY n.text`)
	if err != nil {
		return nil, failed(ctx, err, "list event names")
	}
	defer func() { _ = rows.Close() }()
	out := []usage.NameStat{}
	for rows.Next() {
		var n usage.NameStat
		var first, last int64
		if err := rows.Scan(&n.Name, &n.Count, &first, &last); err != nil {
			return nil, failed(ctx, err, "list event names")
		}
		n.First, n.Last = time.UnixMicro(first).UTC(), time.UnixMicro(last).UTC()
		out = append(out, n)
	}
	return out, failed(ctx, rows.Err(), "list event names")
}

// Touched implements usage.Store.
func (s *Store) Touched(ctx context.Context, since int64) ([]id.Account, int64, error) {
	if err := s.begin(ctx); err != nil {
		return nil, 0, err
	}
	defer s.end()
	var accounts []id.Account
	var mark int64
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT greatest(
			(SELECT coalesce(max(mark), 0) FROM event), (SELECT coalesce(max(mark), 0) FROM erasure))`).Scan(&mark)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT text FROM account WHERE code IN (
				SELECT account FROM event WHERE mark > $1 UNION SELECT account FROM erasure WHERE mark > $1 AND $1 > 0)
			ORDER BY text`, since)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var a id.Account
			if err := rows.Scan((*string)(&a)); err != nil {
				return err
			}
			accounts = append(accounts, a)
		}
		return rows.Err()
	})
	return accounts, mark, failed(ctx, err, "find the accounts that changed")
}

// Bounds implements usage.Store.
func (s *Store) Bounds(ctx context.Context) (n int64, first, last time.Time, err error) {
	if err := s.begin(ctx); err != nil {
		return 0, time.Time{}, time.Time{}, err
	}
	defer s.end()
	var lo, hi sql.NullInt64
	err = s.db.QueryRowContext(ctx, "SELECT count(*), epoch_us(min(happened_at)), epoch_us(max(happened_at)) FROM event").Scan(&n, &lo, &hi)
	if err != nil {
		return 0, time.Time{}, time.Time{}, failed(ctx, err, "count events")
	}
	if lo.Valid {
		first, last = time.UnixMicro(lo.Int64).UTC(), time.UnixMicro(hi.Int64).UTC()
	}
	return n, first, last, nil
}
