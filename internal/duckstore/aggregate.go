package duckstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kept/internal/usage"
)

const day = 24 * time.Hour

// Aggregate implements usage.Store: one pass over the events for each instant,
// or two when some windows are bounded and some reach back to the beginning, so
// that the bounded ones need not read the whole past. Cells come in no particular
// order. The columnar projection is much faster; this is what it is tested against.
func (s *Store) Aggregate(ctx context.Context, q usage.AggregateQuery) ([]usage.Cell, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	var bounded, unbounded []int
	for i := range q.Aggregates {
		if q.Aggregates[i].Days > 0 {
			bounded = append(bounded, i)
		} else {
			unbounded = append(unbounded, i)
		}
	}
	var cells []usage.Cell
	err := s.rawRead(func(r *rawConn) error {
		// One snapshot for all instants.
		if err := r.exec(ctx, "BEGIN"); err != nil {
			return err
		}
		for i := range q.Instants {
			for _, group := range [][]int{bounded, unbounded} {
				if len(group) == 0 {
					continue
				}
				if err := s.aggregatePass(ctx, r, &q, i, group, &cells); err != nil {
					return err
				}
			}
		}
		return r.exec(ctx, "COMMIT")
	})
	if err != nil {
		return nil, failed(ctx, err, "aggregate events")
	}
	return cells, nil
}

// aggregatePass computes a group of aggregates at one instant and adds their cells.
func (s *Store) aggregatePass(ctx context.Context, r *rawConn, q *usage.AggregateQuery, instant int, group []int, cells *[]usage.Cell) error {
	query := s.aggregateSQL(q, q.Instants[instant], group)
	return r.stream(ctx, query, func(c rawChunk) error {
		words := s.words.dictionary()
		account, product := column[uint32](c, 0), column[uint32](c, 1)
		for k, a := range group {
			value, valid := column[float64](c, 2+k), c.validity(2+k)
			for row := range account {
				if valid.ok(row) {
					*cells = append(*cells, usage.Cell{
						Account: words.Accounts[account[row]], Product: words.Products[product[row]],
						Instant: instant, Aggregate: a, Value: value[row],
					})
				}
			}
		}
		return nil
	})
}

// aggregateSQL returns a query with a row per subject: account, product, and a
// nullable double per aggregate of the group.
func (s *Store) aggregateSQL(q *usage.AggregateQuery, instant time.Time, group []int) string {
	var first, last time.Time // of everything that the group reads
	columns := make([]string, 0, len(group))
	for n, i := range group {
		a := &q.Aggregates[i]
		end := instant.Add(-time.Duration(a.Offset) * day)
		start := end.Add(-time.Duration(a.Days) * day)
		if n == 0 || start.Before(first) {
			first = start
		}
		if n == 0 || end.After(last) {
			last = end
		}
		conditions := []string{"happened_at < " + timestamp(end)}
		if a.Days > 0 {
			conditions = append(conditions, "happened_at >= "+timestamp(start))
		}
		if len(a.Names) > 0 {
			conditions = append(conditions, "name IN ("+codeList(s.codes(wordName, a.Names))+")")
		}
		if !q.PerProduct && a.Product != "" {
			conditions = append(conditions, "product IN ("+codeList(s.codes(wordProduct, []string{a.Product}))+") AND product <> 0")
		}
		columns = append(columns, aggregateColumn(a.Kind, strings.Join(conditions, " AND "), instant))
	}
	where := []string{"account <> 0", "happened_at < " + timestamp(last)}
	if q.Aggregates[group[0]].Days > 0 {
		where = append(where, "happened_at >= "+timestamp(first))
	}
	if q.KnownOnly {
		where = append(where, "known_at <= "+timestamp(instant))
	}
	product := "0::UINTEGER"
	by := "account"
	if q.PerProduct {
		where = append(where, "product <> 0")
		product, by = "product", "account, product"
	}
	return "SELECT account, " + product + ", " + strings.Join(columns, ", ") +
		" FROM event WHERE " + strings.Join(where, " AND ") + " GROUP BY " + by
}

// aggregateColumn is one aggregate over the events for which the condition
// holds: NULL when it has nothing to say.
func aggregateColumn(kind usage.Kind, condition string, instant time.Time) string {
	filter := " FILTER (WHERE " + condition + ")"
	switch kind {
	case usage.Count:
		return "nullif(count(*)" + filter + ", 0)::DOUBLE"
	case usage.Sum:
		return "sum(value)" + filter
	case usage.Mean:
		return "avg(value)" + filter
	case usage.DistinctActors:
		return "nullif(count(DISTINCT actor) FILTER (WHERE actor <> 0 AND " + condition + "), 0)::DOUBLE"
	case usage.ActiveDays:
		return "nullif(count(DISTINCT epoch_us(happened_at) // 86400000000)" + filter + ", 0)::DOUBLE"
	case usage.Recency:
		return fmt.Sprintf("(%d - (epoch_us(max(happened_at)%s) // 1000000)) / 86400.0::DOUBLE", instant.Unix(), filter)
	case usage.Latest:
		return "max({'t': happened_at, 'value': value}) FILTER (WHERE value IS NOT NULL AND " + condition + ").value"
	}
	return "NULL::DOUBLE"
}

// codes returns the codes of the words that events have; the others cannot match.
func (s *Store) codes(kind int, texts []string) []uint32 {
	var out []uint32
	for _, text := range texts {
		if code, ok := s.words.code(kind, text); ok && code != 0 {
			out = append(out, code)
		}
	}
	return out
}
