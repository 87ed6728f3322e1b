package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/simulate"
	"kept/internal/usage"
)

// pgEvents is the same events in one PostgreSQL table, integer-coded, which is
// kinder to it than text would be, with an index on (account, at).
type pgEvents struct {
	*pgx.Conn
	accounts []id.Account
	names    map[string]int32
	products map[string]int32
}

// pgRows feeds COPY from the simulated company.
type pgRows struct {
	events chan []any
	next   []any
}

func (r *pgRows) Next() bool {
	row, ok := <-r.events
	r.next = row
	return ok
}
func (r *pgRows) Values() ([]any, error) { return r.next, nil }
func (r *pgRows) Err() error             { return nil }

func loadPostgres(ctx context.Context, t *table, url string, c *simulate.Company) (*pgEvents, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	p := &pgEvents{Conn: conn, names: map[string]int32{}, products: map[string]int32{"": 0}}
	_, err = conn.Exec(ctx, `DROP TABLE IF EXISTS event;
		CREATE UNLOGGED TABLE event (account integer NOT NULL, at bigint NOT NULL, name integer NOT NULL, product integer NOT NULL, actor text, value double precision)`)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	rows := &pgRows{events: make(chan []any, 4096)}
	produced := make(chan error, 1)
	go func() {
		defer close(rows.events)
		produced <- p.produce(c, rows.events)
	}()
	n, err := conn.CopyFrom(ctx, pgx.Identifier{"event"}, []string{"account", "at", "name", "product", "actor", "value"}, rows)
	if err != nil {
		return nil, err
	}
	if err := <-produced; err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, `CREATE INDEX event_account_at ON event (account, at)`); err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, `VACUUM ANALYZE event`); err != nil {
		return nil, err
	}
	var bytes int64
	if err := conn.QueryRow(ctx, `SELECT pg_total_relation_size('event')`).Scan(&bytes); err != nil {
		return nil, err
	}
	t.row("PostgreSQL: load, index, vacuum", "", short(time.Since(start)), "")
	t.row("PostgreSQL: table and index", "", fmt.Sprintf("%s (%.0f bytes an event)", megabytes(bytes), float64(bytes)/float64(n)), "")
	return p, nil
}

func (p *pgEvents) produce(c *simulate.Company, out chan<- []any) error {
	for i, a := range c.Accounts() {
		p.accounts = append(p.accounts, a.ID)
		err := c.Events(i, func(e usage.Event) error {
			var value, actor any
			if e.HasValue {
				value = e.Value
			}
			if e.Actor != "" {
				actor = e.Actor
			}
			out <- []any{int32(i), e.At.UnixMicro(), code(p.names, e.Name), code(p.products, e.Product), actor, value} //nolint:gosec // few
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func code(m map[string]int32, s string) int32 {
	n, ok := m[s]
	if !ok {
		n = int32(len(m)) //nolint:gosec // a few dozen
		m[s] = n
	}
	return n
}

// measure runs one statement per instant, each computing every metric in one
// pass with FILTER, and returns the median time of all instants together.
func (p *pgEvents) measure(ctx context.Context, aggregates []usage.Aggregate, set *metric.Set, instants []time.Time, times int) (time.Duration, []usage.Cell, error) {
	var cells []usage.Cell
	took, err := median(times, func() error {
		cells = cells[:0]
		for i, at := range instants {
			rows, err := p.Query(ctx, p.sql(aggregates, at))
			if err != nil {
				return err
			}
			err = p.collect(rows, i, set.Len(), &cells)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return took, cells, err
}

func (p *pgEvents) collect(rows pgx.Rows, instant, width int, cells *[]usage.Cell) error {
	defer rows.Close()
	values := make([]*float64, width)
	into := make([]any, 0, width+1)
	var account int32
	into = append(into, &account)
	for i := range values {
		into = append(into, &values[i])
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			if v != nil && !math.IsNaN(*v) {
				*cells = append(*cells, usage.Cell{Account: p.accounts[account], Instant: instant, Aggregate: i, Value: *v})
			}
		}
	}
	return rows.Err()
}

func (p *pgEvents) sql(aggregates []usage.Aggregate, at time.Time) string {
	const dayMicros = 86_400_000_000
	var columns []string
	longest := 0
	for _, a := range aggregates {
		to := at.UnixMicro() - int64(a.Offset)*dayMicros
		where := fmt.Sprintf("at < %d", to)
		if a.Days > 0 {
			where += fmt.Sprintf(" AND at >= %d", to-int64(a.Days)*dayMicros)
			longest = max(longest, a.Days+a.Offset)
		} else {
			longest = math.MaxInt32
		}
		if len(a.Names) > 0 {
			var codes []string
			for _, n := range a.Names {
				codes = append(codes, strconv.Itoa(int(code(p.names, n))))
			}
			where += " AND name IN (" + strings.Join(codes, ",") + ")"
		}
		if a.Product != "" {
			where += fmt.Sprintf(" AND product = %d", code(p.products, a.Product))
		}
		columns = append(columns, pgColumn(a.Kind, where, at.UnixMicro()))
	}
	where := fmt.Sprintf("at < %d", at.UnixMicro())
	if longest < math.MaxInt32 {
		where += fmt.Sprintf(" AND at >= %d", at.UnixMicro()-int64(longest)*dayMicros)
	}
	return "SELECT account, " + strings.Join(columns, ",\n") + " FROM event WHERE " + where + " GROUP BY account"
}

func pgColumn(kind usage.Kind, where string, at int64) string {
	filter := " FILTER (WHERE " + where + ")"
	switch kind {
	case usage.Count:
		return "nullif(count(*)" + filter + ", 0)::float8"
	case usage.Sum:
		return "sum(value)" + filter
	case usage.Mean:
		return "avg(value)" + filter
	case usage.DistinctActors:
		return "nullif(count(DISTINCT actor)" + filter + ", 0)::float8"
	case usage.ActiveDays:
		return "nullif(count(DISTINCT at / 86400000000)" + filter + ", 0)::float8"
	case usage.Recency:
		// Kept counts from the second in which the event fell.
		return fmt.Sprintf("(%d - max(at / 1000000)%s) / 86400.0::float8", at/1_000_000, filter)
	case usage.Latest:
		return "(array_agg(value ORDER BY at DESC, value DESC)" + strings.Replace(filter, "WHERE ", "WHERE value IS NOT NULL AND ", 1) + ")[1]"
	}
	return "NULL::float8"
}
