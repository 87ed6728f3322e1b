// Package duckstore keeps events and recorded evaluations in one DuckDB file.
// It is the embedded implementation of usage.Store, usage.ColumnScanner and
// evaluate.History, and the only package that links DuckDB.
package duckstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	bindings "github.com/duckdb/duckdb-go-bindings"
	"github.com/duckdb/duckdb-go/v2"

	"kept/internal/clock"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/usage"
)

// FileName is the name of the database within its directory.
const FileName = "events.duckdb"

// DefaultMemoryLimit is what DuckDB may hold unless Options says otherwise:
// evaluating 50 million events under 1 GiB took as long as without a limit,
// because DuckDB then spills to the temporary directory.
const DefaultMemoryLimit = 1 << 30

// Options configure a store; the zero value is a good default.
type Options struct {
	MemoryLimit int64 // bytes DuckDB may hold; 0 means DefaultMemoryLimit, at least 128 MiB
	Threads     int   // 0 means one per processor
	Clock       clock.Clock
}

// Store is the embedded event store. It is safe for concurrent use: writes take
// turns, reads run beside them on a consistent snapshot.
type Store struct {
	dir   string
	clock clock.Clock
	lock  *os.File
	raw   bindings.Database // the same instance as db, for the hot paths
	db    *sql.DB
	words *words

	// write is held by whatever changes the file.
	write  sync.Mutex
	writer *rawConn
	seen   *seen // nil until the first Append needs it
	mark   int64
	// The changes after storedFrom up to storedTo stored events and nothing else.
	storedFrom, storedTo int64

	attach sync.Mutex // held while a backup has its file attached

	// open guards the handles against Close: every call holds it for reading.
	open   sync.RWMutex
	closed bool
}

var (
	_ usage.Store         = (*Store)(nil)
	_ usage.ChangeScanner = (*Store)(nil)
	_ usage.Keeper        = (*Store)(nil)
	_ evaluate.History    = (*Store)(nil)
)

// Open opens or creates the store in a directory, which it creates too. Only one
// process can have it open: a second gets an Unavailable fault. A file of a newer
// Kept is a Conflict.
func Open(ctx context.Context, dir string, opts Options) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fault.Wrap(err, "find the data directory")
	}
	// The driver reads the path as a URL.
	if strings.ContainsAny(abs, "?%#") {
		return nil, fault.At("data", "%s holds one of ? %% #, which the event store cannot open: choose another directory", abs)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Field: "data", Msg: abs + " cannot be created: choose a directory that you may write to", Err: err}
	}
	s := &Store{dir: abs, clock: opts.Clock}
	if s.clock == nil {
		s.clock = clock.System()
	}
	if err := s.start(ctx, opts); err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context, opts Options) error {
	var err error
	if s.lock, err = lockFile(filepath.Join(s.dir, FileName+".lock")); err != nil {
		return err
	}
	if err := s.openDatabase(filepath.Join(s.dir, FileName)); err != nil {
		return err
	}
	if s.writer, err = connectRaw(s.raw); err != nil {
		return fault.Wrap(err, "connect to the event store")
	}
	if err := s.configure(ctx, opts); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if s.words, err = loadWords(ctx, s.writer); err != nil {
		return fault.Wrap(err, "read the words of the event store")
	}
	err = s.db.QueryRowContext(ctx, `SELECT greatest(
		(SELECT coalesce(max(mark), 0) FROM event), (SELECT coalesce(max(mark), 0) FROM erasure))`).Scan(&s.mark)
	s.storedFrom, s.storedTo = s.mark, s.mark
	return fault.Wrap(err, "read the newest mark of the event store")
}

// openDatabase opens the file twice: both handles are of one instance.
func (s *Store) openDatabase(path string) error {
	var config bindings.Config
	defer bindings.DestroyConfig(&config)
	if bindings.CreateConfig(&config) == bindings.StateError ||
		bindings.SetConfig(config, "duckdb_api", "go") == bindings.StateError { // as the driver has it
		return fault.New(fault.Internal, "cannot configure the event store")
	}
	var msg string
	if bindings.GetOrCreateFromCache(duckdb.GetInstanceCache(), path, &s.raw, config, &msg) == bindings.StateError {
		return &fault.Error{
			Kind: fault.Unavailable, Field: "data",
			Msg: path + " cannot be opened: another program has it open, or it may not be read, or it is damaged; close that program, check the permissions, or restore the last backup",
			Err: errors.New(msg),
		}
	}
	connector, err := duckdb.NewConnector(path, nil)
	if err != nil {
		return fault.Wrap(err, "open the event store")
	}
	s.db = sql.OpenDB(connector)
	return nil
}

// configure bounds what DuckDB may use and reach: nothing outside the directory,
// nothing from the network, no extension but the built-in ones.
func (s *Store) configure(ctx context.Context, opts Options) error {
	limit := max(cmp.Or(opts.MemoryLimit, DefaultMemoryLimit), 128<<20)
	tmp := filepath.Join(s.dir, "tmp")
	// A process that was killed leaves files behind; the lock says that they are
	// nobody's.
	if err := errors.Join(os.RemoveAll(tmp), os.MkdirAll(tmp, 0o700)); err != nil {
		return fault.Wrap(err, "create the temporary directory")
	}
	settings := []string{
		fmt.Sprintf("SET memory_limit = '%dB'", limit),
		"SET temp_directory = " + quote(tmp),
		"SET preserve_insertion_order = false",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allowed_directories = [" + quote(s.dir+string(filepath.Separator)) + "]",
		"SET enable_external_access = false",
	}
	if opts.Threads > 0 {
		settings = append(settings, fmt.Sprintf("SET threads = %d", opts.Threads))
	}
	// The configuration is not locked: COPY FROM DATABASE needs to change one
	// setting. External access cannot be switched on again in any case.
	for _, set := range settings {
		if err := s.writer.exec(ctx, set); err != nil {
			return fault.Wrap(err, "configure the event store")
		}
	}
	return nil
}

// Close ends the store; calls under way finish first.
func (s *Store) Close() error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.release()
}

// release closes what start opened, as far as it came.
func (s *Store) release() error {
	var errs []error
	if s.writer != nil {
		s.writer.close()
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.raw.Ptr != nil {
		bindings.Close(&s.raw)
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return fault.Wrap(errors.Join(errs...), "close the event store")
}

// begin marks a call as under way; end must follow unless it fails.
func (s *Store) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.open.RLock()
	if s.closed {
		s.open.RUnlock()
		return fault.New(fault.Unavailable, "the event store is closed")
	}
	return nil
}

func (s *Store) end() { s.open.RUnlock() }

// inTx runs fn in one transaction of the writer and published right after its
// commit, while no reader can look up words: a reader that sees a committed row
// also finds its words. The caller holds s.write; published may be nil.
func (s *Store) inTx(ctx context.Context, fn func(*rawConn) error, published func()) error {
	if err := s.writer.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	// From here on the caller's going away must not leave the transaction open,
	// nor interrupt a commit, which would leave its outcome unknown.
	sure := context.WithoutCancel(ctx)
	if err := fn(s.writer); err != nil {
		return errors.Join(err, s.writer.exec(sure, "ROLLBACK"))
	}
	if published != nil {
		s.words.mu.Lock()
		defer s.words.mu.Unlock()
	}
	// A commit that fails has ended the transaction.
	if err := s.writer.exec(sure, "COMMIT"); err != nil {
		return err
	}
	if published != nil {
		published()
	}
	return nil
}

// rawRead runs fn with a connection of its own.
func (s *Store) rawRead(fn func(*rawConn) error) error {
	r, err := connectRaw(s.raw)
	if err != nil {
		return err
	}
	defer r.close()
	return fn(r)
}

// quote returns s as an SQL string literal.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// failed says what was being done when err came; a caller that went away gets
// its own reason rather than the engine's "interrupted".
func failed(ctx context.Context, err error, doing string) error {
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fault.Wrap(err, doing)
}
