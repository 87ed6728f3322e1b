package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

// querier is a database, or one transaction of it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// reader has every read; Store and Tx embed it.
type reader struct {
	q querier
	d *dialect
}

// query builds one SELECT: its text, and its arguments in step.
type query struct {
	text strings.Builder
	args []any
}

func from(text string) *query {
	q := &query{}
	q.text.WriteString(text)
	return q
}

// add appends text whose ? stand for the arguments in order.
func (q *query) add(text string, args ...any) *query {
	for _, arg := range args {
		before, after, _ := strings.Cut(text, "?")
		q.args = append(q.args, arg)
		q.text.WriteString(before + "$" + strconv.Itoa(len(q.args)))
		text = after
	}
	q.text.WriteString(text)
	return q
}

// in appends "word column IN (…)" for any number of values.
func in[T ~string](q *query, d *dialect, word, column string, values []T) *query {
	q.args = append(q.args, jsonList(values))
	q.text.WriteString(" " + word + " " + column + " IN (" + d.list("$"+strconv.Itoa(len(q.args))) + ")")
	return q
}

// jsonList returns the values as a JSON array of strings.
func jsonList[T ~string](values []T) string {
	if len(values) == 0 {
		return "[]"
	}
	raw, err := json.Marshal(values)
	if err != nil { // strings always marshal
		return "[]"
	}
	return string(raw)
}

// accounts narrows to the filter's accounts.
func (q *query) accounts(d *dialect, word, column string, f customer.Filter) *query {
	if f.Accounts == nil {
		return q
	}
	return in(q, d, word, column, f.Accounts)
}

// Page sizes of lists.
const (
	defaultLimit = 100
	maxLimit     = 10_000
)

// limit appends the page's LIMIT.
func (q *query) limit(p customer.Page) (*query, error) {
	switch {
	case p.Limit == customer.Everything:
		return q, nil
	case p.Limit == 0:
		return q.add(" LIMIT ?", defaultLimit), nil
	case p.Limit < 0, p.Limit > maxLimit:
		return nil, fault.At("limit", "%d is out of range: use 1 to %d", p.Limit, maxLimit)
	}
	return q.add(" LIMIT ?", p.Limit), nil
}

// newestFirst orders by a column of instants and the id, and takes a page after the
// row named, for which at returns its instant; an empty after is the first page.
func newestFirst[ID ~string](q *query, word, column, what string, after ID, at func() (time.Time, error), limit int) (*query, error) {
	if after != "" {
		last, err := at()
		if fault.Is(err, fault.NotFound) {
			return nil, fault.At("cursor", "there is no %s %q to go on after: start from the first page", what, string(after))
		}
		if err != nil {
			return nil, err
		}
		q.add(" "+word+" ("+column+", id) < (?, ?)", last.UnixMicro(), string(after))
	}
	return q.add(" ORDER BY " + column + " DESC, id DESC").limit(pageOf(limit))
}

// collect runs the query and scans every row.
func collect[T any](ctx context.Context, r reader, q *query, doing string, scan func(*sql.Rows, *T) error) ([]T, error) {
	rows, err := r.q.QueryContext(ctx, q.text.String(), q.args...)
	if err != nil {
		return nil, r.d.fail(err, doing)
	}
	defer rows.Close() //nolint:errcheck // rows.Err has what matters
	out := []T{}
	for rows.Next() {
		var row T
		if err := scan(rows, &row); err != nil {
			return nil, r.d.fail(err, doing)
		}
		out = append(out, row)
	}
	return out, r.d.fail(rows.Err(), doing)
}

// first returns the only row, or NotFound with the words.
func first[T any](rows []T, err error, notFound string, args ...any) (T, error) {
	var zero T
	switch {
	case err != nil:
		return zero, err
	case len(rows) == 0:
		return zero, fault.New(fault.NotFound, notFound, args...)
	}
	return rows[0], nil
}

// scalar runs a query that yields one value.
func scalar[T any](ctx context.Context, r reader, doing, text string, args ...any) (T, error) {
	var v T
	err := r.q.QueryRowContext(ctx, text, args...).Scan(&v)
	return v, r.d.fail(err, doing)
}

// chunkIDs is how many ids one existence or load query takes.
const chunkIDs = 5000

// missing returns those of the ids that the table does not have.
func (r reader) missing(ctx context.Context, table string, ids map[string]struct{}) (map[string]struct{}, error) {
	all := make([]string, 0, len(ids))
	for one := range ids {
		all = append(all, one)
	}
	for len(all) > 0 {
		n := min(len(all), chunkIDs)
		q := in(from("SELECT id FROM "+table), r.d, "WHERE", "id", all[:n])
		found, err := collect(ctx, r, q, "look up "+table, func(rows *sql.Rows, s *string) error { return rows.Scan(s) })
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			delete(ids, one)
		}
		all = all[n:]
	}
	return ids, nil
}

// Instants are stored as microseconds since 1970, NULL for none.

// micros returns an instant as a column's value.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// whole cuts an instant to what a column holds, in UTC; zero stays zero.
func whole(t *time.Time) {
	if !t.IsZero() {
		*t = time.UnixMicro(t.UnixMicro()).UTC()
	}
}

// instant scans a column of microseconds.
type instant struct{ to *time.Time }

// Scan implements sql.Scanner.
func (i instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*i.to = time.Time{}
	case int64:
		*i.to = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("an instant is stored as %T", v)
	}
	return nil
}

// null returns a text as a column's value, NULL for none.
func null[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// maybe scans a text column that may be NULL.
type maybe[T ~string] struct{ to *T }

// Scan implements sql.Scanner.
func (m maybe[T]) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m.to = ""
	case string:
		*m.to = T(v)
	case []byte:
		*m.to = T(v)
	default:
		return fmt.Errorf("a text is stored as %T", v)
	}
	return nil
}

// checkID refuses an empty identifier.
func checkID[T ~string](field string, v T) error {
	if v == "" {
		return fault.At(field, "is missing: every row needs its identifier")
	}
	return nil
}

// none is the zero account, for rows that belong to no account.
const none id.Account = ""
