package duckstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/usage"
)

var _ usage.Attributor = (*Store)(nil)

// groupOf is the group of an event, as SQL; NULL when it has none.
const groupOf = `json_extract_string(properties, '$."` + usage.GroupProperty + `"')`

// attributeChunk is how many attributions one statement takes.
const attributeChunk = 2000

// AttributeAll implements usage.Attributor.
func (s *Store) AttributeAll(ctx context.Context, list []usage.Attribution) (int64, error) {
	for i := range list {
		if err := list[i].Check(); err != nil {
			return 0, err
		}
	}
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	s.write.Lock()
	defer s.write.Unlock()
	added := s.words.adding()
	actors, groups := map[uint32]uint32{}, map[[2]string]uint32{}
	var order []uint32
	for _, a := range list {
		if a.Actor != "" {
			code, ok := s.words.code(wordActor, a.Actor)
			if _, twice := actors[code]; ok && !twice {
				actors[code] = added.code(wordAccount, string(a.Account))
				order = append(order, code)
			}
			continue
		}
		if _, ok := s.words.code(wordSource, a.Source); ok {
			k := [2]string{a.Source, a.Group}
			if _, twice := groups[k]; !twice {
				groups[k] = added.code(wordAccount, string(a.Account))
			}
		}
	}
	if len(actors)+len(groups) == 0 {
		return 0, nil
	}
	var n int64
	err := s.inTx(ctx, func(w *rawConn) error {
		for len(order) > 0 {
			some := order[:min(len(order), attributeChunk)]
			order = order[len(some):]
			var pairs strings.Builder
			for _, code := range some {
				fmt.Fprintf(&pairs, "(%d::UINTEGER, %d::UINTEGER),", code, actors[code])
			}
			list := strings.TrimSuffix(pairs.String(), ",")
			count, err := s.move(ctx, w, "account = 0 AND actor <> 0 AND actor IN ("+codeList(some)+")", func(mark string) string {
				return "SET account = m.account, " + mark + " FROM (VALUES " + list + ") m (actor, account) WHERE event.account = 0 AND event.actor = m.actor"
			})
			if err != nil {
				return err
			}
			n += count
		}
		for k, to := range groups {
			source, _ := s.words.code(wordSource, k[0])
			where := fmt.Sprintf("account = 0 AND source = %d AND %s = %s", source, groupOf, quote(k[1]))
			count, err := s.move(ctx, w, where, func(mark string) string {
				return fmt.Sprintf("SET account = %d, %s WHERE %s", to, mark, where)
			})
			if err != nil {
				return err
			}
			n += count
		}
		return added.store(w)
	}, added.publish)
	if err != nil {
		return 0, failed(ctx, err, "attribute events")
	}
	if n > 0 {
		s.mark++
	}
	return n, nil
}

// move counts the events of a condition and, when there are any, changes them with
// what set returns: an UPDATE from its SET on, with the new mark in it. set is asked
// only then, since it may name a word that is not stored yet.
func (s *Store) move(ctx context.Context, w *rawConn, where string, set func(mark string) string) (int64, error) {
	n, err := w.number(ctx, "SELECT count(*) FROM event WHERE "+where)
	if err != nil || n == 0 {
		return 0, err
	}
	return n, w.exec(ctx, "UPDATE event "+set(fmt.Sprintf("mark = %d", s.mark+1)))
}

// MergeActors implements usage.Attributor.
func (s *Store) MergeActors(ctx context.Context, list []usage.Merge) (int64, error) {
	for _, m := range list {
		if err := m.Check(); err != nil {
			return 0, err
		}
	}
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	s.write.Lock()
	defer s.write.Unlock()
	added := s.words.adding()
	var n int64
	err := s.inTx(ctx, func(w *rawConn) error {
		for _, m := range list {
			from, ok := s.words.code(wordActor, m.From)
			if fresh, there := added.codes[wordActor][m.From]; !ok && there {
				from, ok = fresh, true
			}
			if !ok || m.From == m.To {
				continue
			}
			where := fmt.Sprintf("actor = %d", from)
			count, err := s.move(ctx, w, where, func(mark string) string {
				return fmt.Sprintf("SET actor = %d, %s WHERE %s", added.code(wordActor, m.To), mark, where)
			})
			if err != nil {
				return err
			}
			n += count
		}
		return added.store(w)
	}, added.publish)
	if err != nil {
		return 0, failed(ctx, err, "merge actors")
	}
	if n > 0 {
		s.mark++
	}
	return n, nil
}

// Unattributed implements usage.Attributor.
func (s *Store) Unattributed(ctx context.Context, limit int) ([]usage.Unattributed, int64, error) {
	if limit < 0 {
		return nil, 0, fault.At("limit", "%d is negative", limit)
	}
	if err := s.begin(ctx); err != nil {
		return nil, 0, err
	}
	defer s.end()
	only := ""
	if limit > 0 {
		only = fmt.Sprintf(" LIMIT %d", limit)
	}
	var out []usage.Unattributed
	var events int64
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `WITH u AS (
				SELECT source, actor, coalesce(`+groupOf+`, '') AS grp, count(*) AS n, epoch_us(min(happened_at)) AS first, epoch_us(max(happened_at)) AS last
				FROM event WHERE account = 0 GROUP BY source, actor, grp)
			SELECT coalesce(s.text, ''), coalesce(a.text, ''), u.grp, u.n, u.first, u.last, CAST(sum(u.n) OVER () AS BIGINT)
			FROM u LEFT JOIN source s ON s.code = u.source LEFT JOIN actor a ON a.code = u.actor
			WHERE u.actor <> 0 OR u.grp <> ''
			ORDER BY u.n DESC, 1, 2, 3`+only)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var u usage.Unattributed
			var first, last int64
			if err := rows.Scan(&u.Source, &u.Actor, &u.Group, &u.Events, &first, &last, &events); err != nil {
				return err
			}
			u.First, u.Last = time.UnixMicro(first).UTC(), time.UnixMicro(last).UTC()
			out = append(out, u)
		}
		return rows.Err()
	})
	return out, events, failed(ctx, err, "list unattributed events")
}
