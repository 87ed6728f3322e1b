package duckstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"kept/internal/fault"
)

// migrations are applied in the order of their names; a file once released
// never changes.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema to the newest version, one transaction a step.
func (s *Store) migrate(ctx context.Context) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return fault.Wrap(err, "list the migrations of the event store")
	}
	slices.Sort(names)
	if err := s.writer.exec(ctx, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, applied_at TIMESTAMP NOT NULL)"); err != nil {
		return fault.Wrap(err, "create the version table of the event store")
	}
	var at int
	if err := s.db.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM schema_version").Scan(&at); err != nil {
		return fault.Wrap(err, "read the version of the event store")
	}
	if at > len(names) {
		return fault.New(fault.Conflict, "the event store is at version %d, and this Kept knows only %d: install the newer Kept again, or restore a backup made with this one", at, len(names))
	}
	for i := at; i < len(names); i++ {
		text, err := migrations.ReadFile(names[i])
		if err != nil {
			return fault.Wrap(err, "read a migration of the event store")
		}
		err = s.inTx(ctx, func(w *rawConn) error {
			if err := w.exec(ctx, string(text)); err != nil {
				return err
			}
			return w.exec(ctx, fmt.Sprintf("INSERT INTO schema_version VALUES (%d, make_timestamp(%d))", i+1, s.clock.Now().UnixMicro()))
		}, nil)
		if err != nil {
			return fault.Wrap(err, "apply "+names[i])
		}
	}
	return nil
}
