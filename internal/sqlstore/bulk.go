package sqlstore

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

// table describes a table for bulk writes.
type table struct {
	name    string
	columns []string
	// key lists the columns that name a row: a second row with them replaces
	// the first. Empty for tables that only grow.
	key []string
	// keep lists columns that a replacement leaves as they are.
	keep []string
}

// insert writes the rows with as long statements as the engine likes; the one
// for a full batch is prepared once.
func (tx *Tx) insert(ctx context.Context, t table, rows [][]any) error {
	doing := "store " + t.name
	size := max(1, tx.d.maxParams/len(t.columns))
	if len(rows) > 4*size {
		full, err := tx.q.PrepareContext(ctx, t.sql(size))
		if err != nil {
			return tx.d.fail(err, doing)
		}
		defer full.Close() //nolint:errcheck // the transaction ends it too
		for ; len(rows) >= size; rows = rows[size:] {
			args := slices.Concat(rows[:size]...)
			if err := checkText(doing, args); err != nil {
				return err
			}
			if _, err := full.ExecContext(ctx, args...); err != nil {
				return tx.broke(err, doing)
			}
		}
	}
	for ; len(rows) > 0; rows = rows[min(size, len(rows)):] {
		n := min(size, len(rows))
		if _, err := tx.exec(ctx, doing, t.sql(n), slices.Concat(rows[:n]...)...); err != nil {
			return err
		}
	}
	return nil
}

// sql returns the statement that inserts or replaces n rows.
func (t table) sql(n int) string {
	var b strings.Builder
	b.Grow(64 + n*len(t.columns)*6)
	b.WriteString("INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES ")
	param := 0
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range t.columns {
			if j > 0 {
				b.WriteByte(',')
			}
			param++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(param))
		}
		b.WriteByte(')')
	}
	if len(t.key) == 0 {
		return b.String()
	}
	b.WriteString(" ON CONFLICT (" + strings.Join(t.key, ", ") + ") DO UPDATE SET ")
	sep := ""
	for _, c := range t.columns {
		if slices.Contains(t.key, c) || slices.Contains(t.keep, c) {
			continue
		}
		b.WriteString(sep + c + " = excluded." + c)
		sep = ", "
	}
	return b.String()
}

// ref is a column that names a row of another table.
type ref[T any] struct {
	table, column string
	of            func(*T) string
}

// kind says how rows of one type are put.
type kind[T any] struct {
	list  string // the name of the list in messages: "accounts"
	table table
	id    func(*T) string
	// check normalises a row and refuses a bad one.
	check func(row *T, field func(column string) string) error
	load  func(ctx context.Context, ids []string) ([]T, error)
	// same compares a stored row with a new one, after carrying over to the new
	// one what a replacement keeps.
	same func(old, row *T) bool
	// created, if set, sees a row that is not stored yet.
	created func(row *T)
	refs    []ref[T]
	account func(*T) id.Account
	values  func(*T) []any
}

// put inserts or replaces rows by id. Everything is checked before the first
// write, so that a refused Put leaves no trace even if its caller goes on.
func put[T any](ctx context.Context, tx *Tx, k kind[T], rows []T) ([]customer.Outcome, error) {
	rows = append([]T(nil), rows...)
	for i := range rows {
		if err := checkID(rowField(k.list, i, "id"), k.id(&rows[i])); err != nil {
			return nil, err
		}
		if err := k.check(&rows[i], func(column string) string { return rowField(k.list, i, column) }); err != nil {
			return nil, err
		}
		if err := checkTextAt(k.values(&rows[i]), k.table.columns, k.list, i); err != nil {
			return nil, err
		}
	}
	stored, err := loadAll(ctx, k, rows)
	if err != nil {
		return nil, err
	}
	if err := checkRefs(ctx, tx, k, rows); err != nil {
		return nil, err
	}
	outcomes := make([]customer.Outcome, len(rows))
	changed := map[string]int{} // id → its newest row
	for i := range rows {
		row := &rows[i]
		old, exists := stored[k.id(row)]
		switch {
		case !exists:
			outcomes[i] = customer.Created
			if k.created != nil {
				k.created(row)
			}
		case k.same(old, row):
			outcomes[i] = customer.Unchanged
			continue
		default:
			outcomes[i] = customer.Updated
			tx.touch(k.account(old))
		}
		tx.touch(k.account(row))
		stored[k.id(row)] = row
		changed[k.id(row)] = i
	}
	values := make([][]any, 0, len(changed))
	for i := range rows {
		if at, ok := changed[k.id(&rows[i])]; ok && at == i {
			values = append(values, k.values(&rows[i]))
		}
	}
	return outcomes, tx.insert(ctx, k.table, values)
}

func loadAll[T any](ctx context.Context, k kind[T], rows []T) (map[string]*T, error) {
	stored := make(map[string]*T, len(rows))
	for len(rows) > 0 {
		n := min(len(rows), chunkIDs)
		wanted := make([]string, n)
		for i := range n {
			wanted[i] = k.id(&rows[i])
		}
		found, err := k.load(ctx, wanted)
		if err != nil {
			return nil, err
		}
		for i := range found {
			stored[k.id(&found[i])] = &found[i]
		}
		rows = rows[n:]
	}
	return stored, nil
}

// checkRefs refuses a row that refers to something that is neither stored nor
// among the rows: the engines would say so too, but not which row, and SQLite
// not even which column.
func checkRefs[T any](ctx context.Context, tx *Tx, k kind[T], rows []T) error {
	for _, r := range k.refs {
		wanted := map[string]struct{}{}
		for i := range rows {
			if to := r.of(&rows[i]); to != "" {
				wanted[to] = struct{}{}
			}
		}
		if r.table == k.table.name {
			for i := range rows {
				delete(wanted, k.id(&rows[i]))
			}
		}
		lost, err := tx.missing(ctx, r.table, wanted)
		if err != nil {
			return err
		}
		if len(lost) == 0 {
			continue
		}
		for i := range rows {
			to := r.of(&rows[i])
			if _, ok := lost[to]; ok {
				return errRow(k.list, i, r.column, "there is no %s %q: store it first", r.table, to)
			}
		}
	}
	return nil
}

// checkText refuses text that an engine cannot hold: PostgreSQL takes neither
// NUL nor broken UTF-8, and SQLite would take them silently; a NaN would become
// NULL in SQLite.
func checkText(field string, values []any) error {
	for _, v := range values {
		if why := unfit(v); why != "" {
			return fault.At(field, "%s", why)
		}
	}
	return nil
}

func checkTextAt(values []any, columns []string, list string, i int) error {
	for j, v := range values {
		if why := unfit(v); why != "" {
			return errRow(list, i, columns[j], "%s", why)
		}
	}
	return nil
}

func unfit(v any) string {
	switch v := v.(type) {
	case string:
		if strings.IndexByte(v, 0) >= 0 {
			return "the text holds a NUL character: remove it"
		}
		if !utf8.ValidString(v) {
			return "the text is not valid UTF-8: convert it"
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "the number is not finite: leave it out instead"
		}
	}
	return ""
}

func rowField(list string, i int, column string) string {
	return list + "[" + strconv.Itoa(i) + "]." + column
}
