package sqlsource

import (
	"context"
	"crypto/tls"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"kept/internal/connector"
	"kept/internal/fault"
)

// engine is one kind of database.
type engine struct {
	name, title, example string
	placeholder          string
	options              *sql.TxOptions
	open                 func(address string, local bool) (*sql.DB, error)
	// moments is how the database reads a text as an instant; "" for RFC 3339.
	moments string
	// refused says in words why a statement failed; "" for what it does not know.
	refused func(err error) (fault.Kind, string)
}

// What an address looks like.
const (
	examplePostgres   = "postgres://reader:secret@db.example:5432/shop?sslmode=require"
	exampleMySQL      = "mysql://reader:secret@db.example:3306/shop?tls=true"
	exampleClickHouse = "clickhouse://reader:secret@db.example:9440/shop?secure=true"
)

var engines = []engine{
	{
		name: "postgres", title: "PostgreSQL", example: examplePostgres,
		placeholder: "$1", options: &sql.TxOptions{ReadOnly: true}, open: openPostgres, refused: refusedPostgres,
	},
	{
		name: "mysql", title: "MySQL or MariaDB", example: exampleMySQL,
		placeholder: "?", moments: spaced, options: &sql.TxOptions{ReadOnly: true}, open: openMySQL, refused: refusedMySQL,
	},
	{
		// It has no transactions: the setting readonly=1 of the connection does the same.
		name: "clickhouse", title: "ClickHouse", example: exampleClickHouse,
		placeholder: "?", moments: spaced, options: nil, open: openClickHouse, refused: refusedClickHouse,
	},
}

const place = "config.address"

// spaced is an instant in UTC as MySQL and ClickHouse write it.
const spaced = "2006-01-02 15:04:05.999999"

// cursor writes the cell of a cursor column so that the database reads it again.
func (e *engine) cursor(text string) string {
	if e.moments == "" || !strings.Contains(text, "T") {
		return text
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return at.UTC().Format(e.moments)
}

// address reads the address of a database. It is a secret: no message repeats it.
func address(text, scheme, example string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" && u.Query().Get("host") == "" && u.Query().Get("socket") == "" || u.Scheme != scheme && (scheme != "postgres" || u.Scheme != "postgresql") {
		return nil, fault.At(place, "is not an address of this kind of database: use %s", example)
	}
	return u, nil
}

func openPostgres(text string, local bool) (*sql.DB, error) {
	cfg, err := configPostgres(text, local)
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*cfg), nil
}

func configPostgres(text string, local bool) (*pgx.ConnConfig, error) {
	u, err := address(text, "postgres", examplePostgres)
	if err != nil {
		return nil, err
	}
	for name := range u.Query() {
		if filesOfServer[name] && !local {
			return nil, fault.At(place, "names a file of Kept's machine (%s): %s", name, notLocal)
		}
	}
	cfg, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, fault.At(place, "is not an address of PostgreSQL: use %s", examplePostgres)
	}
	cfg.ConnectTimeout = 10 * time.Second
	cfg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "unix" && !local {
			return nil, fault.At(place, "is a socket of Kept's machine: %s", notLocal)
		}
		return connector.DatabaseDialer(local).DialContext(ctx, network, address)
	}
	if _, given := u.User.Password(); !given && u.Query().Get("password") == "" {
		cfg.Password = "" // never the one of Kept's own environment
	}
	cfg.RuntimeParams["application_name"] = "kept"
	cfg.RuntimeParams["default_transaction_read_only"] = "on"
	// Without prepared types: the cursor is a text whose type the comparison gives.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	return cfg, nil
}

// filesOfServer are parameters of PostgreSQL that name files of the machine.
var filesOfServer = map[string]bool{"passfile": true, "servicefile": true, "service": true, "sslkey": true, "sslcert": true, "sslrootcert": true}

const notLocal = "set KEPT_ALLOW_LOCAL_TARGETS=true when that is meant"

func openMySQL(text string, local bool) (*sql.DB, error) {
	u, err := address(text, "mysql", exampleMySQL)
	if err != nil {
		return nil, err
	}
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	if u.Port() == "" {
		cfg.Addr += ":3306"
	}
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Timeout, cfg.ReadTimeout = 10*time.Second, queryTimeout
	cfg.ParseTime, cfg.Loc = false, time.UTC
	q := u.Query()
	if socket := q.Get("socket"); socket != "" {
		if !local {
			return nil, fault.At(place, "is a socket of Kept's machine: %s", notLocal)
		}
		cfg.Net, cfg.Addr = "unix", socket
	}
	cfg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		return connector.DatabaseDialer(local).DialContext(ctx, network, address)
	}
	switch q.Get("tls") {
	case "true":
		cfg.TLS = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	case "", "false":
	default:
		return nil, fault.At(place, "tls is true or false")
	}
	dial, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fault.At(place, "is not an address of MySQL: use %s", exampleMySQL)
	}
	return sql.OpenDB(dial), nil
}

func openClickHouse(text string, local bool) (*sql.DB, error) {
	if _, err := address(text, "clickhouse", exampleClickHouse); err != nil {
		return nil, err
	}
	opt, err := clickhouse.ParseDSN(text)
	if err != nil {
		return nil, fault.At(place, "is not an address of ClickHouse: use %s", exampleClickHouse)
	}
	opt.DialTimeout, opt.ReadTimeout = 10*time.Second, queryTimeout
	opt.DialContext = func(ctx context.Context, address string) (net.Conn, error) {
		raw, err := connector.DatabaseDialer(local).DialContext(ctx, "tcp", address)
		if err != nil || opt.TLS == nil {
			return raw, err //nolint:wrapcheck // the driver's own error, explained by failed
		}
		secured := opt.TLS.Clone()
		if secured.ServerName == "" {
			secured.ServerName, _, _ = net.SplitHostPort(address)
		}
		return tls.Client(raw, secured), nil
	}
	if opt.Settings == nil {
		opt.Settings = clickhouse.Settings{}
	}
	opt.Settings["readonly"] = 1
	return clickhouse.OpenDB(opt), nil
}

func refusedPostgres(err error) (fault.Kind, string) {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return "", ""
	}
	switch {
	case strings.HasPrefix(pg.Code, "28"):
		return fault.Unauthorized, "the database refused user or password"
	case pg.Code == "25006":
		return fault.Invalid, "the query changes something: it has to read only"
	case pg.Code == "42501":
		return fault.Forbidden, "the user may not read this: " + pg.Message
	case strings.HasPrefix(pg.Code, "42"), strings.HasPrefix(pg.Code, "22"), pg.Code == "3D000":
		return fault.Invalid, "the database refused the query: " + pg.Message
	}
	return "", ""
}

func refusedMySQL(err error) (fault.Kind, string) {
	var my *mysql.MySQLError
	if !errors.As(err, &my) {
		return "", ""
	}
	switch my.Number {
	case 1044, 1045, 1698:
		return fault.Unauthorized, "the database refused user or password"
	case 1142, 1143, 1227:
		return fault.Forbidden, "the user may not read this: " + my.Message
	case 1792, 1290:
		return fault.Invalid, "the query changes something: it has to read only"
	}
	return fault.Invalid, "the database refused the query: " + my.Message
}

func refusedClickHouse(err error) (fault.Kind, string) {
	var ch *clickhouse.Exception
	if !errors.As(err, &ch) {
		return "", ""
	}
	msg, _, _ := strings.Cut(ch.Message, "\n")
	switch ch.Code {
	case 192, 193, 194, 516:
		return fault.Unauthorized, "the database refused user or password"
	case 164:
		return fault.Invalid, "the query changes something: it has to read only"
	case 497:
		return fault.Forbidden, "the user may not read this"
	}
	return fault.Invalid, "the database refused the query: " + msg
}

// failed turns a driver's error into one that says what to do.
func (e *engine) failed(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return &fault.Error{Kind: fault.Unavailable, Msg: "the query did not end in time", Err: err}
	}
	if own, ok := errors.AsType[*fault.Error](err); ok {
		return own
	}
	if kind, msg := e.refused(err); kind != "" {
		return &fault.Error{Kind: kind, Msg: msg, Err: err}
	}
	return &fault.Error{Kind: fault.Unavailable, Msg: "the database cannot be reached: check its address, and that it lets this machine in", Err: err}
}

// less compares two cursors, of numbers or of instants.
func (e *engine) less(a, b string) bool {
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	if okX && okY && len(a) < 60 && len(b) < 60 {
		return x.Cmp(y) < 0
	}
	// Text is sorted by each database's own collation: only dates can be held
	// against their order here.
	for _, layout := range []string{time.RFC3339Nano, spaced, time.DateOnly} {
		x, errX := time.Parse(layout, a)
		y, errY := time.Parse(layout, b)
		if errX == nil && errY == nil {
			return x.Before(y)
		}
	}
	return false
}

// cell writes a value as text that a mapping reads: instants as RFC 3339, numbers
// with all digits; true for NULL.
func cell(v any, kind string) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, false
	case []byte:
		if strings.Contains(kind, "BLOB") || strings.Contains(kind, "BINARY") || kind == "BYTEA" || !utf8.Valid(v) {
			return hex.EncodeToString(v), false
		}
		return moment(string(v), kind), false
	case bool:
		return strconv.FormatBool(v), false
	case int64:
		return strconv.FormatInt(v, 10), false
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), false
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32), false
	case time.Time:
		if kind == "DATE" || kind == "Date" || kind == "Date32" {
			return v.Format(time.DateOnly), false
		}
		return v.UTC().Format(time.RFC3339Nano), false
	}
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer {
		if p.IsNil() {
			return "", true
		}
		return cell(p.Elem().Interface(), kind)
	}
	return fmt.Sprint(v), false
}

// moment writes what MySQL gives as a text of a time without zone as RFC 3339 in
// UTC, the session's zone.
func moment(text, kind string) string {
	if kind != "DATETIME" && kind != "TIMESTAMP" {
		return text
	}
	at, err := time.Parse("2006-01-02 15:04:05.999999", text)
	if err != nil {
		return text
	}
	return at.Format(time.RFC3339Nano)
}
