package duckstore

import (
	"context"
	"errors"
	"runtime"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// This file is the thin layer below database/sql that the hot paths use. The
// driver materialises every result before the first row and boxes every value;
// here a result streams chunk by chunk and a column is a slice over DuckDB's
// own memory: 50 million rows pass in seconds and in constant memory.

// rawConn is one native connection. It is not safe for concurrent use.
type rawConn struct{ c bindings.Connection }

// connectRaw opens a connection to the database.
func connectRaw(db bindings.Database) (*rawConn, error) {
	r := &rawConn{}
	if bindings.Connect(db, &r.c) == bindings.StateError {
		return nil, errors.New("duckdb: cannot connect")
	}
	return r, nil
}

func (r *rawConn) close() { bindings.Disconnect(&r.c) }

// interruptOn stops what the connection is doing when ctx ends, until the
// returned function is called; that function waits for an interrupt under way.
func (r *rawConn) interruptOn(ctx context.Context) func() {
	fired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		bindings.Interrupt(r.c)
		close(fired)
	})
	return func() {
		if !stop() {
			<-fired
		}
	}
}

// exec runs a statement and forgets its result.
func (r *rawConn) exec(ctx context.Context, query string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer r.interruptOn(ctx)()
	var res bindings.Result
	defer bindings.DestroyResult(&res)
	if bindings.Query(r.c, query, &res) == bindings.StateError {
		return cancelled(ctx, errors.New(bindings.ResultError(&res)))
	}
	return nil
}

// stream runs a query and hands fn one chunk after the other; a chunk is valid
// until fn returns.
func (r *rawConn) stream(ctx context.Context, query string, fn func(rawChunk) error) error {
	rows, err := r.query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.close()
	for {
		c, err := rows.next(ctx)
		if err != nil || c.n == 0 {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
	}
}

// number runs a query with one row of one BIGINT.
func (r *rawConn) number(ctx context.Context, query string) (n int64, err error) {
	err = r.stream(ctx, query, func(c rawChunk) error {
		n = column[int64](c, 0)[0]
		return nil
	})
	return n, err
}

// rawRows is a streaming result: it holds one chunk at a time.
type rawRows struct {
	conn    *rawConn
	stmt    bindings.PreparedStatement
	pending bindings.PendingResult
	res     bindings.Result
	chunk   bindings.DataChunk
}

// query starts a query; its rows must be closed before the connection is used again.
func (r *rawConn) query(ctx context.Context, query string) (*rawRows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer r.interruptOn(ctx)()
	rows := &rawRows{conn: r}
	if bindings.Prepare(r.c, query, &rows.stmt) == bindings.StateError {
		return nil, rows.fail(ctx, bindings.PrepareError(rows.stmt))
	}
	if bindings.PendingPreparedStreaming(rows.stmt, &rows.pending) == bindings.StateError {
		return nil, rows.fail(ctx, bindings.PendingError(rows.pending))
	}
	if bindings.ExecutePending(rows.pending, &rows.res) == bindings.StateError {
		return nil, rows.fail(ctx, bindings.ResultError(&rows.res))
	}
	return rows, nil
}

func (rows *rawRows) fail(ctx context.Context, msg string) error {
	rows.close()
	return cancelled(ctx, errors.New(msg))
}

// next returns the next chunk, valid until the next call; n is 0 at the end.
func (rows *rawRows) next(ctx context.Context) (rawChunk, error) {
	if err := ctx.Err(); err != nil {
		return rawChunk{}, err
	}
	defer rows.conn.interruptOn(ctx)()
	bindings.DestroyDataChunk(&rows.chunk)
	rows.chunk = bindings.FetchChunk(rows.res)
	if rows.chunk.Ptr == nil {
		if msg := bindings.ResultError(&rows.res); msg != "" {
			return rawChunk{}, cancelled(ctx, errors.New(msg))
		}
		return rawChunk{}, nil
	}
	return rawChunk{chunk: rows.chunk, n: int(bindings.DataChunkGetSize(rows.chunk))}, nil //nolint:gosec // at most the vector size
}

func (rows *rawRows) close() {
	bindings.DestroyDataChunk(&rows.chunk)
	bindings.DestroyResult(&rows.res)
	bindings.DestroyPending(&rows.pending)
	bindings.DestroyPrepare(&rows.stmt)
}

// cancelled prefers the reason of the context to the engine's "interrupted".
func cancelled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// rawChunk is up to 2,048 rows of a result, or of rows to append.
type rawChunk struct {
	chunk bindings.DataChunk
	n     int
}

// column returns a column's values as a slice over the engine's memory. T must
// be the Go type of the column's physical type: it is the caller's query that
// makes sure, by casting.
func column[T int64 | uint64 | int32 | uint32 | float64 | int16 | int8](c rawChunk, i int) []T {
	vec := bindings.DataChunkGetVector(c.chunk, bindings.IdxT(i)) //nolint:gosec // a small index
	return unsafe.Slice((*T)(bindings.VectorGetData(vec)), c.n)
}

// texts returns a string column, copied; NULL is "".
func (c rawChunk) texts(i int) []string {
	vec := bindings.DataChunkGetVector(c.chunk, bindings.IdxT(i)) //nolint:gosec // a small index
	data := unsafe.Slice((*bindings.StringT)(bindings.VectorGetData(vec)), c.n)
	valid := c.validity(i)
	out := make([]string, c.n)
	for row := range data {
		if valid.ok(row) {
			out[row] = bindings.StringTData(&data[row])
		}
	}
	return out
}

// validity is the mask of a column's values that are not NULL; nil says all.
type validity []uint64

func (v validity) ok(row int) bool { return v == nil || v[row/64]>>(row%64)&1 == 1 }

func (c rawChunk) validity(i int) validity {
	vec := bindings.DataChunkGetVector(c.chunk, bindings.IdxT(i)) //nolint:gosec // a small index
	mask := bindings.VectorGetValidity(vec)
	if mask == nil {
		return nil
	}
	return unsafe.Slice((*uint64)(mask), (c.n+63)/64)
}

// rawAppender fills a table in chunks, inside the transaction of its connection.
type rawAppender struct {
	a     bindings.Appender
	types []bindings.LogicalType
	chunk bindings.DataChunk
	size  int
}

// appender opens an appender for all the columns of a table.
func (r *rawConn) appender(table string) (*rawAppender, error) {
	w := &rawAppender{size: int(bindings.VectorSize())} //nolint:gosec // 2,048
	if bindings.AppenderCreate(r.c, "main", table, &w.a) == bindings.StateError {
		err := errors.New(bindings.AppenderError(w.a))
		bindings.AppenderDestroy(&w.a)
		return nil, err
	}
	for i := range bindings.AppenderColumnCount(w.a) {
		w.types = append(w.types, bindings.AppenderColumnType(w.a, i))
	}
	w.chunk = bindings.CreateDataChunk(w.types)
	return w, nil
}

// fill appends n rows: set writes the rows [from, from+len) of the source into
// the chunk, column by column.
func (w *rawAppender) fill(n int, set func(c appendChunk, from, count int)) error {
	for from := 0; from < n; from += w.size {
		count := min(w.size, n-from)
		bindings.DataChunkReset(w.chunk)
		set(appendChunk{rawChunk{chunk: w.chunk, n: count}}, from, count)
		bindings.DataChunkSetSize(w.chunk, bindings.IdxT(count)) //nolint:gosec // positive
		if bindings.AppendDataChunk(w.a, w.chunk) == bindings.StateError {
			return errors.New(bindings.AppenderError(w.a))
		}
	}
	return nil
}

// close flushes what was appended and frees the appender.
func (w *rawAppender) close() error {
	var err error
	if bindings.AppenderFlush(w.a) == bindings.StateError {
		err = errors.New(bindings.AppenderError(w.a))
		bindings.AppenderClear(w.a)
	}
	w.destroy()
	return err
}

// abandon throws away what was not flushed and frees the appender.
func (w *rawAppender) abandon() {
	bindings.AppenderClear(w.a)
	w.destroy()
}

func (w *rawAppender) destroy() {
	bindings.DestroyDataChunk(&w.chunk)
	for i := range w.types {
		bindings.DestroyLogicalType(&w.types[i])
	}
	bindings.AppenderDestroy(&w.a)
}

// appendChunk is a chunk being filled.
type appendChunk struct{ rawChunk }

// setText writes a string.
func (c appendChunk) setText(col, row int, s string) {
	vec := bindings.DataChunkGetVector(c.chunk, bindings.IdxT(col)) //nolint:gosec // a small index
	bindings.VectorAssignStringElement(vec, bindings.IdxT(row), s)  //nolint:gosec // below the vector size
	runtime.KeepAlive(s)
}

func (c appendChunk) setNull(col, row int) {
	vec := bindings.DataChunkGetVector(c.chunk, bindings.IdxT(col)) //nolint:gosec // a small index
	bindings.VectorEnsureValidityWritable(vec)
	mask := unsafe.Slice((*uint64)(bindings.VectorGetValidity(vec)), row/64+1)
	mask[row/64] &^= 1 << (row % 64)
}
