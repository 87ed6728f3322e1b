package duckstore

import (
	"context"
	"fmt"
)

// SetVersion pretends that the file was migrated to a version.
func SetVersion(ctx context.Context, s *Store, version int) error {
	return s.writer.exec(ctx, fmt.Sprintf("INSERT INTO schema_version VALUES (%d, make_timestamp(0))", version))
}
