package sqlstore

import (
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the "sqlite" driver

	"kept/internal/fault"
)

// dialect is everything in which the engines differ. SQL elsewhere in this
// package is one text for both.
type dialect struct {
	name  string
	goose goose.Dialect
	// list makes a row source out of a JSON array of strings in one parameter,
	// so that a filter takes any number of ids and has one text.
	list func(param string) string
	// maxParams is how many parameters one INSERT has at most.
	maxParams int
	// lock makes writers serial at the start of a transaction; empty when the
	// engine does so itself.
	lock string
	// overriding stands before VALUES where a row gets a sequence that it had before.
	overriding string
	// snapshot are the options of a read-only transaction that sees one state.
	snapshot sql.TxOptions
	// classify translates an engine's error code.
	classify func(error) (fault.Kind, string)
}

var sqliteDialect = &dialect{
	name: "sqlite",
	// The driver finds the value of each parameter by reading all of them, so
	// time grows with the square; a statement costs no round trip.
	maxParams: 64,
	goose:     goose.DialectSQLite3,
	list:      func(param string) string { return "SELECT value FROM json_each(" + param + ")" },
	snapshot:  sql.TxOptions{ReadOnly: true},
	classify:  classifySQLite,
}

// writeLock is the key of the advisory lock that a PostgreSQL writer holds:
// "kept" in ASCII. Serial writers give both engines the same meaning, and make
// change sequences become visible in order, so that a follower misses none.
const writeLock = "SELECT pg_advisory_xact_lock(1801810036)"

var postgresDialect = &dialect{
	name: "postgres",
	// The protocol counts parameters in 16 bits; longer statements gain nothing.
	maxParams:  6000,
	overriding: "OVERRIDING SYSTEM VALUE ",
	goose:      goose.DialectPostgres,
	list:       func(param string) string { return "SELECT jsonb_array_elements_text(" + param + "::jsonb)" },
	lock:       writeLock,
	snapshot:   sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead},
	classify:   classifyPostgres,
}

// Pool sizes. SQLite has one writer by nature; more readers than a few only
// contend for the CPU.
const (
	sqliteReaders    = 8
	postgresMaxConns = 16
)

// connection is an open database.
type connection struct {
	d            *dialect
	writer, pool *sql.DB
	dsn          string // of SQLite's writer
}

func connect(at string) (connection, error) {
	if strings.HasPrefix(at, "postgres://") || strings.HasPrefix(at, "postgresql://") {
		db, err := openPostgres(at)
		return connection{d: postgresDialect, writer: db, pool: db}, err
	}
	path := strings.TrimPrefix(strings.TrimPrefix(at, "sqlite:"), "//")
	if scheme, _, ok := strings.Cut(path, "://"); ok {
		return connection{}, fault.At("database_url", "%q is not a kind of database: use postgres://…, sqlite:PATH or a file path", scheme)
	}
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return connection{}, fault.At("database_url", "names no file: use sqlite:PATH or a file path")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return connection{}, fault.Wrap(err, "find the database file")
	}
	if err := createPrivate(path); err != nil {
		return connection{}, err
	}
	c := connection{d: sqliteDialect, dsn: sqliteDSN(path, true)}
	if c.writer, err = sql.Open("sqlite", c.dsn); err != nil {
		return connection{}, fault.Wrap(err, "open the database file")
	}
	if c.pool, err = sql.Open("sqlite", sqliteDSN(path, false)); err != nil {
		return connection{}, fault.Wrap(err, "open the database file")
	}
	c.writer.SetMaxOpenConns(1)
	c.pool.SetMaxOpenConns(sqliteReaders)
	c.pool.SetMaxIdleConns(sqliteReaders)
	return c, nil
}

// createPrivate makes a new database file that only its owner may read: SQLite
// itself would follow the umask, and give the same rights to the log beside it.
// It leaves an existing file alone; merely closing one that SQLite has open
// would drop SQLite's locks on it.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the operator names the place
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return &fault.Error{Kind: fault.Unavailable, Field: "database_url", Msg: whyOpen, Err: err}
	}
	return fault.Wrap(f.Close(), "create the database file")
}

// sqliteDSN sets the pragmas on every new connection. busy_timeout comes first,
// so that the others wait for a lock instead of failing.
func sqliteDSN(path string, write bool) string {
	q := url.Values{"_pragma": {
		"busy_timeout(10000)",
		"journal_mode(WAL)",  // readers never wait for the writer
		"foreign_keys(ON)",   // off by default, for old times' sake
		"temp_store(MEMORY)", // sorts stay out of the file system
		"cache_size(-32000)", // 32 MB a connection
	}}
	if write {
		// A commit is on the disk before it is reported: what a caller was told
		// survives a power cut.
		q.Add("_pragma", "synchronous(FULL)")
		q.Add("_pragma", "wal_autocheckpoint(4000)")
		// Take the write lock at the start: a transaction that reads first and
		// then writes would otherwise fail at once when another wrote between.
		q.Set("_txlock", "immediate")
	} else {
		q.Add("_pragma", "query_only(ON)")
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

func openPostgres(at string) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(at)
	if err != nil {
		// The driver's message would repeat the URL; it may hold a password.
		return nil, fault.At("database_url", "is not a PostgreSQL URL: use postgres://USER:PASSWORD@HOST:5432/DATABASE")
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "kept"
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(postgresMaxConns)
	db.SetMaxIdleConns(postgresMaxConns)
	return db, nil
}
