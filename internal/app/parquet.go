package app

import (
	"context"
	"os"

	"kept/internal/duckstore"
	"kept/internal/tabular"
)

// parquetReader reads a Parquet file as the rows of text that a mapping reads.
type parquetReader struct {
	*tabular.Values
	rows  *duckstore.ParquetRows
	bytes int64
}

func openParquet(ctx context.Context, path string) (tabular.Reader, error) {
	rows, err := duckstore.ReadTable(ctx, path, duckstore.ReadOptions{})
	if err != nil {
		return nil, err
	}
	r := &parquetReader{Values: tabular.NewValues(rows.Columns(), rows.Next, rows.Close), rows: rows}
	if info, err := os.Stat(path); err == nil {
		r.bytes = info.Size()
	}
	return r, nil
}

// Offset estimates the bytes read from the share of rows.
func (r *parquetReader) Offset() int64 {
	if r.rows.Total() == 0 {
		return r.bytes
	}
	return int64(float64(r.bytes) * float64(r.rows.Read()) / float64(r.rows.Total()))
}
