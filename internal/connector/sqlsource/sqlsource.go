// Package sqlsource reads the rows of a query in PostgreSQL, MySQL or MariaDB, and
// ClickHouse: again and again from a cursor on, in read-only transactions.
package sqlsource

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/connector"
	"kept/internal/fault"
)

// Stream is the one stream: a mapping reads it as rows.jsonl.
const Stream = "rows"

// Kinds returns the systems, one for each kind of database.
func Kinds() []*connector.Kind {
	var out []*connector.Kind
	for i := range engines {
		e := &engines[i]
		out = append(out, &connector.Kind{
			Name: e.name, Title: e.title, Guide: "sql", Every: time.Hour,
			Help: "The rows of a query, by a mapping that you write.",
			Fields: []connector.Field{
				{Name: "address", Title: "Address", Required: true, Secret: true, Example: e.example, Help: "With user and password; give the user the right to read and no other"},
				{Name: "query", Title: "Query", Required: true, Long: true, Example: "SELECT id, name, updated_at FROM company WHERE updated_at >= :cursor ORDER BY updated_at", Help: "One SELECT. :cursor stands for the value from which to go on"},
				{Name: "cursor_column", Title: "Cursor column", Example: "updated_at", Help: "The column that :cursor is compared with; leave it empty to read everything each time"},
				{Name: "cursor_start", Title: "First cursor", Example: "1970-01-01", Help: "What :cursor is in the first run"},
				{Name: "key", Title: "Key columns", Example: "id", Help: "The columns that name a row, separated by commas"},
			},
			Open: func(cfg connector.Config, env connector.Env) (connector.System, error) { return open(e, cfg, env) },
		})
	}
	return out
}

// The parameter of the query.
const parameter = ":cursor"

// Limits of a query.
const (
	maxQuery     = 64 << 10
	maxCell      = 1 << 20
	pageRows     = 500
	queryTimeout = time.Hour
)

type system struct {
	engine *engine
	db     *sql.DB
	query  string // with the engine's own parameter
	column string
	start  string
	keys   []string
	params int
}

func open(e *engine, cfg connector.Config, env connector.Env) (connector.System, error) {
	s := &system{engine: e, column: cfg["cursor_column"], start: cfg["cursor_start"]}
	var errs fault.List
	s.query, s.params = prepare(cfg["query"], e.placeholder, &errs)
	switch {
	case s.params > 0 && s.column == "":
		errs.Add("config.cursor_column", "is missing: the query has :cursor, so name the column that it is compared with")
	case s.params == 0 && s.column != "":
		errs.Add("config.query", "has no :cursor, although there is a cursor column: write WHERE %s >= :cursor ORDER BY %s", s.column, s.column)
	case s.params > 0 && s.start == "":
		errs.Add("config.cursor_start", "is missing: say what :cursor is in the first run, such as 1970-01-01 or 0")
	}
	for part := range strings.SplitSeq(cfg["key"], ",") {
		if part = strings.TrimSpace(part); part != "" {
			s.keys = append(s.keys, part)
		}
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	var err error
	if s.db, err = e.open(cfg["address"], env.Local); err != nil {
		return nil, err
	}
	s.db.SetMaxOpenConns(1)
	return s, nil
}

// prepare checks that a text is one SELECT, and puts the engine's parameters in.
// What it cannot see the read-only transaction refuses.
func prepare(text, placeholder string, errs *fault.List) (string, int) {
	const place = "config.query"
	text = strings.TrimSuffix(strings.TrimSpace(text), ";")
	first, _, _ := strings.Cut(strings.ToUpper(strings.TrimLeft(text, "( \t\r\n")), " ")
	first = strings.TrimSpace(strings.SplitN(first, "\n", 2)[0])
	switch {
	case len(text) > maxQuery:
		errs.Add(place, "is longer than %d bytes", maxQuery)
	case first != "SELECT" && first != "WITH":
		errs.Add(place, "does not begin with SELECT or WITH: it has to be one query that reads")
	}
	var b strings.Builder
	n := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\'', '"', '`':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 {
				errs.Add(place, "has a quotation mark that is not closed")
				return text, n
			}
			b.WriteString(text[i : i+end+2])
			i += end + 1
		case ';':
			errs.Add(place, "holds several statements: it has to be one query")
			return text, n
		case ':':
			if strings.HasPrefix(text[i:], parameter) && (i == 0 || text[i-1] != ':') {
				n++
				b.WriteString(placeholder)
				i += len(parameter) - 1
				continue
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), n
}

// Close closes the connection to the database.
func (s *system) Close() error { return fault.Wrap(s.db.Close(), "close the database") }

// Streams lists the one stream.
func (s *system) Streams() []connector.Stream { return []connector.Stream{{Name: Stream}} }

// Check runs the query for its first row.
func (s *system) Check(ctx context.Context) (string, error) {
	enough := errors.New("enough")
	columns := 0
	err := s.Read(ctx, Stream, "", func(p connector.Page) error {
		if len(p.Rows) > 0 {
			columns = len(p.Rows[0].Data)
		}
		return enough
	})
	if err != nil && !errors.Is(err, enough) {
		return "", err
	}
	if columns == 0 {
		return "The database answers; the query finds no rows", nil
	}
	return fmt.Sprintf("The database answers; the query gives %d columns", columns), nil
}

// Read runs the query from the cursor on, once. Its rows have to come in the
// order of the cursor column: a cursor that is kept in between is the last one
// that no later row has, so that rows with equal cursors are not torn apart.
func (s *system) Read(ctx context.Context, _, cursor string, emit func(connector.Page) error) (err error) {
	if cursor == "" {
		cursor = s.start
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	tx, err := s.db.BeginTx(ctx, s.engine.options)
	if err != nil {
		return s.engine.failed(ctx, err)
	}
	defer tx.Rollback()
	args := make([]any, s.params)
	for i := range args {
		args[i] = cursor
	}
	rows, err := tx.QueryContext(ctx, s.query, args...)
	if err != nil {
		return s.engine.failed(ctx, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err has what matters
	w, err := newScanner(rows, s)
	if err != nil {
		return err
	}
	var page []connector.Row
	last, whole := cursor, cursor // the newest cursor, and the newest one that is complete
	for rows.Next() {
		row, at, err := w.next(rows)
		if err != nil {
			return err
		}
		if s.column != "" && at != last {
			if last != cursor && s.engine.less(at, last) {
				return fault.At("config.query", "does not sort by %s: after %.40q comes %.40q; add ORDER BY %s", s.column, last, at, s.column)
			}
			whole, last = last, at
		}
		page = append(page, row)
		if len(page) == pageRows {
			if err := emit(connector.Page{Rows: page, Cursor: s.keep(whole)}); err != nil {
				return err
			}
			page = nil
		}
	}
	if err := rows.Err(); err != nil {
		return s.engine.failed(ctx, err)
	}
	return emit(connector.Page{Rows: page, Cursor: s.keep(last)})
}

func (s *system) keep(cursor string) string {
	if s.column == "" {
		return ""
	}
	return cursor
}

// scanner reads rows as JSON values.
type scanner struct {
	engine  *engine
	columns []string
	types   []string
	cursor  int
	keys    []int
	cells   []any
	into    []any
	n       int
}

func newScanner(rows *sql.Rows, s *system) (*scanner, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, fault.Wrap(err, "read the columns")
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, fault.Wrap(err, "read the columns")
	}
	w := &scanner{engine: s.engine, columns: columns, cursor: -1, cells: make([]any, len(columns)), into: make([]any, len(columns))}
	for i := range columns {
		w.into[i] = &w.cells[i]
		w.types = append(w.types, types[i].DatabaseTypeName())
		if slices.Contains(columns[:i], columns[i]) {
			return nil, fault.At("config.query", "gives two columns the name %q: name one of them with AS", columns[i])
		}
	}
	if s.column != "" {
		if w.cursor = slices.Index(columns, s.column); w.cursor < 0 {
			return nil, fault.At("config.cursor_column", "the query gives no column %q: it gives %s", s.column, strings.Join(columns, ", "))
		}
	}
	for _, key := range s.keys {
		at := slices.Index(columns, key)
		if at < 0 {
			return nil, fault.At("config.key", "the query gives no column %q: it gives %s", key, strings.Join(columns, ", "))
		}
		w.keys = append(w.keys, at)
	}
	return w, nil
}

// next returns a row, and its cursor.
func (w *scanner) next(rows *sql.Rows) (connector.Row, string, error) {
	w.n++
	var row connector.Row
	if err := rows.Scan(w.into...); err != nil {
		return row, "", fault.New(fault.Invalid, "row %d of the query cannot be read: %w", w.n, err)
	}
	row.Data = make(map[string]any, len(w.cells))
	cursor := ""
	for i, v := range w.cells {
		text, isNull := cell(v, w.types[i])
		if len(text) > maxCell {
			return row, "", fault.New(fault.TooLarge, "row %d has more than %d bytes in the column %s: leave it out of the query", w.n, maxCell, w.columns[i])
		}
		row.Data[w.columns[i]] = text
		if isNull {
			row.Data[w.columns[i]] = nil
		}
		if i == w.cursor {
			if isNull {
				return row, "", fault.New(fault.Invalid, "row %d has no value in the cursor column %s: leave such rows out with WHERE %s IS NOT NULL", w.n, w.columns[i], w.columns[i])
			}
			cursor = w.engine.cursor(text)
		}
	}
	parts := make([]string, len(w.keys))
	for i, at := range w.keys {
		parts[i], _ = row.Data[w.columns[at]].(string)
	}
	row.Key = strings.Join(parts, "|")
	return row, cursor, nil
}
