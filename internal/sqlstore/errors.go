package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"kept/internal/fault"
)

// fail translates an engine's error by its code and says what was being done.
// Errors that are a fault already keep their kind; nil stays nil.
func (d *dialect) fail(err error, doing string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return fault.Wrap(err, doing)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &fault.Error{Kind: fault.Unavailable, Msg: doing + ": the request was cancelled or ran out of time", Err: err}
	}
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) {
		return &fault.Error{Kind: fault.Unavailable, Msg: doing + ": the database connection was closed", Err: err}
	}
	kind, why := d.classify(err)
	if kind == "" {
		return fault.Wrap(err, doing)
	}
	return &fault.Error{Kind: kind, Msg: doing + ": " + why, Err: err}
}

// What the classes of error mean, in words that are safe to show.
const (
	whyUnique  = "it exists already, or another object has the same unique name"
	whyForeign = "it refers to something that does not exist"
	whyNull    = "a required value is missing"
	whyData    = "a value does not fit"
	whyBusy    = "the database is busy; try again"
	whyFull    = "the database's disk is full; free some space"
	whyReach   = "the database cannot be reached; check that it runs and that its address is right"
	whyCorrupt = "the database file is damaged or not a database of Kept; restore a backup"
	whyLarge   = "a value is larger than the database takes"
	whyOpen    = "the database file cannot be opened; check that its directory exists and may be written to"
)

func classifyPostgres(err error) (fault.Kind, string) {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		var dial *pgconn.ConnectError
		if errors.As(err, &dial) || pgconn.SafeToRetry(err) {
			return fault.Unavailable, whyReach
		}
		return "", ""
	}
	switch {
	case pg.Code == "23505":
		return fault.Conflict, whyUnique
	case pg.Code == "23503":
		return fault.Invalid, whyForeign
	case pg.Code == "23502":
		return fault.Invalid, whyNull
	case strings.HasPrefix(pg.Code, "23"), strings.HasPrefix(pg.Code, "22"):
		return fault.Invalid, whyData
	case pg.Code == "54000":
		return fault.TooLarge, whyLarge
	case pg.Code == "53100":
		return fault.Unavailable, whyFull
	case strings.HasPrefix(pg.Code, "40"), strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "55"):
		return fault.Unavailable, whyBusy
	case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "57"), strings.HasPrefix(pg.Code, "28"), pg.Code == "3D000":
		return fault.Unavailable, whyReach
	}
	return "", ""
}

func classifySQLite(err error) (fault.Kind, string) {
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return "", ""
	}
	switch lite.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return fault.Conflict, whyUnique
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fault.Invalid, whyForeign
	case sqlite3.SQLITE_CONSTRAINT_NOTNULL:
		return fault.Invalid, whyNull
	}
	switch lite.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH:
		return fault.Invalid, whyData
	case sqlite3.SQLITE_TOOBIG:
		return fault.TooLarge, whyLarge
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT:
		return fault.Unavailable, whyBusy
	case sqlite3.SQLITE_FULL:
		return fault.Unavailable, whyFull
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fault.Unavailable, whyOpen
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fault.Unavailable, whyCorrupt
	}
	return "", ""
}
