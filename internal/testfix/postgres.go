package testfix

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver
)

// PostgresEnv names the environment variable with the URL of a server that
// tests may create databases in, instead of starting their own.
const PostgresEnv = "KEPT_TEST_POSTGRES_URL"

const noPostgres = "PostgreSQL is not installed: run make test, which installs it, or install the Debian package postgresql"

// Postgres returns the URL of a fresh, empty database that is dropped when the
// test ends. The server is the one that PostgresEnv names, or else a private
// cluster on a Unix socket, started once per test process and stopped when the
// process ends, however it ends. The database compares text by the rules of
// English where the server can, so that a query that relies on the default
// order of text fails here rather than in production. A test fails, and never
// skips, when there is no PostgreSQL.
func Postgres(t testing.TB) string {
	t.Helper()
	server, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatalf("open %s: %v", PostgresEnv, err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	name := "kept_" + strings.ToLower(rand.Text()[:16])
	ctx := context.Background() // the clean-up outlives the test's own context
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"); err != nil {
		if _, plain := admin.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'"); plain != nil {
			t.Fatalf("create a database: %v", errors.Join(err, plain))
		}
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s is not a URL: %v", PostgresEnv, err)
	}
	u.Path = "/" + name
	return u.String()
}

// theServer finds or starts the server once per process.
var theServer = sync.OnceValues(func() (string, error) {
	if given := os.Getenv(PostgresEnv); given != "" {
		return given, nil
	}
	return startCluster()
})

// keepAlive holds the write end of the guard's pipe: when this process ends, by
// whatever cause, the pipe closes and the guard stops the server.
var keepAlive *os.File

// guard runs the server and waits for its own standard input to end.
const guard = `"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
	-c synchronous_commit=off -c shared_buffers=64MB -c max_connections=200 &
pid=$!
cat >/dev/null
kill -QUIT $pid
wait $pid
rm -rf "$2"`

func startCluster() (string, error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	who, err := owner()
	if err != nil {
		return "", err
	}
	// A Unix socket's path has room for about 100 characters.
	root := os.TempDir()
	if len(root) > 40 {
		root = "/tmp"
	}
	dir, err := os.MkdirTemp(root, "kept-pg-")
	if err != nil {
		return "", fmt.Errorf("make a directory for the cluster: %w", err)
	}
	if err := who.own(dir); err != nil {
		return "", fmt.Errorf("give the cluster's directory to its user: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	//nolint:gosec // the path was found by us
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "kept", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	who.run(initdb, dir)
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb failed: %w\n%s", err, out)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return "", fmt.Errorf("make a pipe: %w", err)
	}
	log, err := os.Create(filepath.Join(dir, "log")) //nolint:gosec // the path is ours
	if err != nil {
		return "", fmt.Errorf("make the server's log: %w", err)
	}
	server := exec.Command("/bin/sh", "-c", guard, "guard", bin, dir) //nolint:gosec,noctx // it outlives every test's context
	who.run(server, dir)
	server.Stdin, server.Stdout, server.Stderr = read, log, log
	if err := server.Start(); err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	keepAlive = write
	_, _ = read.Close(), log.Close()

	at := url.URL{Scheme: "postgres", User: url.User("kept"), Path: "/postgres", RawQuery: "host=" + url.QueryEscape(dir)}
	if err := waitFor(ctx, at.String()); err != nil {
		text, _ := os.ReadFile(filepath.Join(dir, "log")) //nolint:gosec // the path is ours
		_ = keepAlive.Close()
		return "", fmt.Errorf("PostgreSQL did not start: %w\n%s", err, text)
	}
	return at.String(), nil
}

func waitFor(ctx context.Context, server string) error {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	for {
		err := db.PingContext(ctx)
		if err == nil || ctx.Err() != nil {
			return err //nolint:wrapcheck // the caller says what was being done
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// binaries finds the directory with initdb and postgres: the newest under
// Debian's versioned directories, or the one that PATH leads to.
func binaries() (string, error) {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", fmt.Errorf("look for PostgreSQL: %w", err)
	}
	slices.SortFunc(dirs, func(a, b string) int { return len(b) - len(a) + strings.Compare(b, a) })
	if found, err := exec.LookPath("postgres"); err == nil {
		if target, err := filepath.EvalSymlinks(found); err == nil {
			dirs = append(dirs, filepath.Dir(target))
		}
	}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New(noPostgres)
}
