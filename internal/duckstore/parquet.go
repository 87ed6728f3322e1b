package duckstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"kept/internal/fault"
)

// ReadOptions configure ReadTable; the zero value is a good default.
type ReadOptions struct {
	MemoryLimit int64 // bytes for decoding; 0 means 512 MiB
}

// ParquetRows reads a Parquet file row by row, in the order of the file and in
// constant memory. It is not safe for concurrent use, and must be closed.
type ParquetRows struct {
	ctx     context.Context // of ReadTable: it bounds the whole reading, as with sql.Rows
	path    string
	db      bindings.Database
	conn    *rawConn
	rows    *rawRows
	columns []parquetColumn
	total   int64

	read   int64
	chunk  rawChunk
	values []func(row int) any // of the chunk, by column
	at     int
}

// parquetColumn is a column and how it is read.
type parquetColumn struct {
	name string
	kind valueKind
	expr string // what is selected, of a type that fits kind
}

// valueKind is the Go type that a column's values have.
type valueKind int

const (
	kindText  valueKind = iota // string
	kindInt                    // int64
	kindFloat                  // float64
	kindBool                   // bool
	kindTime                   // time.Time, UTC, whole microseconds
)

// ReadTable opens a Parquet file for import. What is wrong with the file is an
// Invalid fault with its path as the field.
//
// DuckDB reads it in a database of its own, which can reach this one file and
// nothing else. Ending ctx ends the reading.
func ReadTable(ctx context.Context, path string, opts ReadOptions) (*ParquetRows, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &fault.Error{Kind: fault.Invalid, Field: path, Msg: "there is no such file", Err: err}
	case err != nil:
		return nil, &fault.Error{Kind: fault.Invalid, Field: path, Msg: "this file cannot be read: check its permissions", Err: err}
	case !info.Mode().IsRegular():
		return nil, fault.At(path, "is not a file: name one Parquet file")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap(err, "find the file")
	}
	if strings.ContainsAny(abs, "*?[]{}") {
		return nil, fault.At(path, "the path holds one of * ? [ ] { }, which would select several files: rename it")
	}
	p := &ParquetRows{ctx: ctx, path: path}
	if err := p.open(ctx, abs, opts); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *ParquetRows) open(ctx context.Context, abs string, opts ReadOptions) error {
	var msg string
	var config bindings.Config
	defer bindings.DestroyConfig(&config)
	if bindings.CreateConfig(&config) == bindings.StateError || bindings.OpenExt("", &p.db, config, &msg) == bindings.StateError {
		return fault.Wrap(errors.New(msg), "start the Parquet reader")
	}
	var err error
	if p.conn, err = connectRaw(p.db); err != nil {
		return fault.Wrap(err, "start the Parquet reader")
	}
	limit := opts.MemoryLimit
	if limit <= 0 {
		limit = 512 << 20
	}
	for _, set := range []string{
		fmt.Sprintf("SET memory_limit = '%dB'", limit),
		"SET threads = 2",
		"SET temp_directory = ''",
		"SET TimeZone = 'UTC'",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allowed_paths = [" + quote(abs) + "]",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	} {
		if err := p.conn.exec(ctx, set); err != nil {
			return fault.Wrap(err, "start the Parquet reader")
		}
	}
	from := " FROM read_parquet(" + quote(abs) + ")"
	var list []string
	err = p.conn.stream(ctx, "DESCRIBE SELECT *"+from, func(c rawChunk) error {
		names, types := c.texts(0), c.texts(1)
		for i := range names {
			col := readColumn(names[i], types[i])
			p.columns = append(p.columns, col)
			list = append(list, col.expr)
		}
		return nil
	})
	if err != nil {
		return p.malformed(ctx, err)
	}
	err = p.conn.stream(ctx, "SELECT count(*)"+from, func(c rawChunk) error {
		p.total = column[int64](c, 0)[0]
		return nil
	})
	if err != nil {
		return p.malformed(ctx, err)
	}
	if p.rows, err = p.conn.query(ctx, "SELECT "+strings.Join(list, ", ")+from); err != nil {
		return p.malformed(ctx, err)
	}
	return nil
}

// malformed blames the file for an error of the engine, unless the caller left.
func (p *ParquetRows) malformed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &fault.Error{Kind: fault.Invalid, Field: p.path, Msg: "is not a Parquet file that can be read: it is damaged, incomplete or of another format; export it again", Err: err}
}

// readColumn decides how a column of a DuckDB type is read.
func readColumn(name, typ string) parquetColumn {
	q := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	c := parquetColumn{name: name, kind: kindText, expr: "CAST(" + q + " AS VARCHAR)"}
	base, _, _ := strings.Cut(typ, "(")
	switch base {
	case "BOOLEAN":
		c.kind, c.expr = kindBool, "CAST("+q+" AS BIGINT)"
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER":
		c.kind, c.expr = kindInt, "CAST("+q+" AS BIGINT)"
	case "FLOAT":
		// Through text, so that 0.1 stays 0.1.
		c.kind, c.expr = kindFloat, "CAST(CAST("+q+" AS VARCHAR) AS DOUBLE)"
	case "DOUBLE":
		c.kind, c.expr = kindFloat, q
	case "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE":
		c.kind, c.expr = kindTime, "epoch_us(CAST("+q+" AS TIMESTAMP))"
	}
	if strings.HasSuffix(typ, "]") || base == "STRUCT" || base == "MAP" {
		c.kind, c.expr = kindText, "CAST(to_json("+q+") AS VARCHAR)"
	}
	return c
}

// Columns returns the names of the columns, in the order of the file.
func (p *ParquetRows) Columns() []string {
	out := make([]string, len(p.columns))
	for i := range p.columns {
		out[i] = p.columns[i].name
	}
	return out
}

// Total returns the number of rows in the file; Read the number handed out.
func (p *ParquetRows) Total() int64 { return p.total }

// Read returns the number of rows that Next has returned: the number, from 1,
// of the row it returned last.
func (p *ParquetRows) Read() int64 { return p.read }

// Next returns the next row in a new slice, and io.EOF after the last. A value
// is nil, string, int64, float64, bool or time.Time (UTC, whole microseconds).
// Integers beyond 63 bits and decimals are strings, so that no digit is lost;
// lists, structs and maps are their JSON.
func (p *ParquetRows) Next() ([]any, error) {
	if p.rows == nil {
		return nil, io.EOF
	}
	if p.at == p.chunk.n {
		var err error
		p.chunk, err = p.rows.next(p.ctx)
		if err != nil {
			return nil, p.malformed(p.ctx, err)
		}
		if p.at = 0; p.chunk.n == 0 {
			return nil, io.EOF
		}
		p.values = p.values[:0]
		for i := range p.columns {
			p.values = append(p.values, p.chunk.values(i, p.columns[i].kind))
		}
	}
	row := make([]any, len(p.columns))
	for i, value := range p.values {
		row[i] = value(p.at)
	}
	p.at++
	p.read++
	return row, nil
}

// values returns a reader of a column's values.
func (c rawChunk) values(i int, kind valueKind) func(row int) any {
	valid := c.validity(i)
	var get func(row int) any
	switch kind {
	case kindText:
		texts := c.texts(i)
		get = func(row int) any { return texts[row] }
	case kindFloat:
		floats := column[float64](c, i)
		get = func(row int) any { return floats[row] }
	case kindInt, kindBool, kindTime:
		ints := column[int64](c, i)
		get = func(row int) any {
			switch kind {
			case kindBool:
				return ints[row] != 0
			case kindTime:
				return time.UnixMicro(ints[row]).UTC()
			default:
				return ints[row]
			}
		}
	}
	return func(row int) any {
		if !valid.ok(row) {
			return nil
		}
		return get(row)
	}
}

// Close frees the reader. It may be called twice.
func (p *ParquetRows) Close() error {
	if p.rows != nil {
		p.rows.close()
		p.rows = nil
	}
	if p.conn != nil {
		p.conn.close()
		p.conn = nil
	}
	if p.db.Ptr != nil {
		bindings.Close(&p.db)
	}
	return nil
}
