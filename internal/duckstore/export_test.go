package duckstore

import (
	"context"
	"database/sql"
	"fmt"
)

// SetVersion pretends that the file was migrated to a version.
func SetVersion(ctx context.Context, s *Store, version int) error {
	return s.writer.exec(ctx, fmt.Sprintf("INSERT INTO schema_version VALUES (%d, make_timestamp(0))", version))
}

// WriteParquet writes the rows of a query to a file, with an engine of its own.
func WriteParquet(ctx context.Context, query, path string) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "SET TimeZone = 'UTC'; COPY ("+query+") TO "+quote(path)+" (FORMAT parquet)")
	return err
}
