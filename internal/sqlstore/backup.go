package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"kept/internal/fault"
)

// Backup writes a consistent copy of the whole SQLite database to a new file
// while the store stays in use, and verifies the copy. It never overwrites: an
// existing file is a Conflict, and a failed backup leaves no file. PostgreSQL
// has its own tool for this.
func (s *Store) Backup(ctx context.Context, dest string) (err error) {
	if s.d != sqliteDialect {
		return fault.New(fault.Invalid, "the records are in PostgreSQL: back them up with pg_dump --format=custom, and restore with pg_restore")
	}
	dest, err = filepath.Abs(dest)
	if err != nil {
		return fault.Wrap(err, "find the backup's place")
	}
	// Reserving the name first keeps two backups apart; VACUUM INTO takes an
	// empty file.
	f, err := os.OpenFile(dest, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names the place
	switch {
	case errors.Is(err, os.ErrExist):
		return fault.New(fault.Conflict, "%s exists already: choose another name or move it away", dest)
	case err != nil:
		return fault.New(fault.Invalid, "the backup cannot be written: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(dest))
		}
	}()
	if err := f.Close(); err != nil {
		return fault.Wrap(err, "prepare the backup")
	}
	if err := s.vacuumInto(ctx, dest); err != nil {
		return err
	}
	if err := verify(ctx, dest); err != nil {
		return err
	}
	return flush(dest)
}

// vacuumInto has a connection of its own: those of the readers may not write,
// and the writer has other things to do.
func (s *Store) vacuumInto(ctx context.Context, dest string) (err error) {
	db, err := sql.Open("sqlite", s.dsn)
	if err != nil {
		return fault.Wrap(err, "open the database file")
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", dest)
	return s.d.fail(err, "back up the records")
}

// verify reads the whole copy.
func verify(ctx context.Context, path string) error {
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=ro&_pragma=query_only(ON)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return fault.Wrap(err, "open the backup")
	}
	defer db.Close() //nolint:errcheck // nothing was written
	r := reader{q: db, d: sqliteDialect}
	for _, check := range []string{"PRAGMA integrity_check", "SELECT COALESCE((SELECT 'foreign keys of ' || \"table\" FROM pragma_foreign_key_check LIMIT 1), 'ok')"} {
		said, err := scalar[string](ctx, r, "verify the backup", check)
		if err != nil {
			return err
		}
		if said != "ok" {
			return fault.New(fault.Internal, "the backup is damaged (%s): check the disk, and back up again", said)
		}
	}
	return nil
}

// flush makes sure that the file and its name are on the disk.
func flush(path string) error {
	for _, name := range []string{path, filepath.Dir(path)} {
		f, err := os.Open(name) //nolint:gosec // the operator names the place
		if err != nil {
			return fault.Wrap(err, "flush the backup")
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return fault.Wrap(err, "flush the backup")
		}
	}
	return nil
}
