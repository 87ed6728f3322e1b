package sqlstore

import (
	"context"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"kept/internal/fault"
)

// Two folders with equal names: a test compares what they make of an empty
// database.
//
//go:embed migrations
var migrations embed.FS

// Migrate brings the schema to the newest version and returns that version.
// PostgreSQL servers that several processes migrate at once take turns.
func (s *Store) Migrate(ctx context.Context) (int64, error) {
	p, err := s.provider()
	if err != nil {
		return 0, err
	}
	if _, err := p.Up(ctx); err != nil {
		return 0, s.d.fail(err, "migrate the database")
	}
	return newest(p), nil
}

// Schema returns the version of the database's schema and the newest that this
// program knows; they are equal after Migrate.
func (s *Store) Schema(ctx context.Context) (current, known int64, err error) {
	p, err := s.provider()
	if err != nil {
		return 0, 0, err
	}
	current, err = p.GetDBVersion(ctx)
	return current, newest(p), s.d.fail(err, "read the database's schema version")
}

// CheckMigrated is Unavailable when the schema is older than this program's:
// for commands that use a database and do not migrate it.
func (s *Store) CheckMigrated(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	pending, err := p.HasPending(ctx)
	if err != nil || !pending {
		return s.d.fail(err, "read the database's schema version")
	}
	current, err := p.GetDBVersion(ctx)
	if err != nil {
		return s.d.fail(err, "read the database's schema version")
	}
	return fault.New(fault.Unavailable, "the database's schema is version %d and this program brings others, up to %d: run kept migrate", current, newest(p))
}

func (s *Store) provider() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations/"+s.d.name)
	if err != nil {
		return nil, fault.Wrap(err, "read the migrations")
	}
	// Parts of the program number their migrations in ranges of their own, so that a
	// later release may bring lower numbers: each has to stand on 0003 and on those of
	// its range alone.
	opts := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true)}
	if s.d == postgresDialect {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fault.Wrap(err, "prepare the migrations' lock")
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(s.d.goose, s.writer, dir, opts...)
	return p, fault.Wrap(err, "read the migrations")
}

func newest(p *goose.Provider) (version int64) {
	for _, source := range p.ListSources() {
		version = max(version, source.Version)
	}
	return version
}

func (s *Store) checkSchema(ctx context.Context) error {
	current, known, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	if current > known {
		return fault.New(fault.Conflict, "the database was written by a newer Kept: its schema is version %d and this program knows %d; "+
			"install that newer version, or restore a backup made before the upgrade", current, known)
	}
	return nil
}
