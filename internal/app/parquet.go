package app

import (
	"context"
	"os"
	"strconv"
	"time"

	"kept/internal/duckstore"
	"kept/internal/tabular"
)

// parquetReader reads a Parquet file as the rows of text that a mapping reads.
type parquetReader struct {
	rows   *duckstore.ParquetRows
	header *tabular.Header
	bytes  int64
	cells  []string
}

func openParquet(ctx context.Context, path string) (tabular.Reader, error) {
	rows, err := duckstore.ReadTable(ctx, path, duckstore.ReadOptions{})
	if err != nil {
		return nil, err
	}
	r := &parquetReader{rows: rows, header: tabular.NewHeader(rows.Columns()), cells: make([]string, len(rows.Columns()))}
	if info, err := os.Stat(path); err == nil {
		r.bytes = info.Size()
	}
	return r, nil
}

// Columns returns the names of the columns.
func (r *parquetReader) Columns() []string { return r.rows.Columns() }

// Next returns the next row; the line is the number of the row.
func (r *parquetReader) Next() (tabular.Row, error) {
	values, err := r.rows.Next()
	if err != nil {
		return tabular.Row{}, err //nolint:wrapcheck // io.EOF is part of the interface
	}
	for i, v := range values {
		r.cells[i] = cellText(v)
	}
	return tabular.NewRow(int(r.rows.Read()), r.header, r.cells), nil
}

func cellText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return ""
}

// Offset estimates the bytes read from the share of rows.
func (r *parquetReader) Offset() int64 {
	if r.rows.Total() == 0 {
		return r.bytes
	}
	return int64(float64(r.bytes) * float64(r.rows.Read()) / float64(r.rows.Total()))
}

// Close frees the reader.
func (r *parquetReader) Close() error { return r.rows.Close() }
