package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"kept/internal/clock"
	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/sqlstore"
	"kept/internal/testfix"
)

// TestNewerSchema opens a database that a later version has migrated.
func TestNewerSchema(t *testing.T) {
	for driver, url := range map[string]string{
		"sqlite": filepath.Join(t.TempDir(), "kept.db"),
		"pgx":    testfix.Postgres(t),
	} {
		s := open(t, url, clock.System())
		current, known, err := s.Schema(t.Context())
		if err != nil || current != known || known == 0 {
			t.Errorf("%s: schema %d of %d, %v", driver, current, known, err)
		}
		db, err := sql.Open(driver, url)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, $1)", true); err != nil {
			t.Fatal(err)
		}
		_, err = sqlstore.Open(t.Context(), url, clock.System())
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "version 9000") || !strings.Contains(err.Error(), "newer") {
			t.Errorf("%s: %v, want a conflict that names the versions", driver, err)
		}
	}
}

// TestMigrateTwice checks that a second migration, and one beside it, do nothing.
func TestMigrateTwice(t *testing.T) {
	url := testfix.Postgres(t)
	first, second := open(t, url, clock.System()), open(t, url, clock.System())
	for _, s := range []*sqlstore.Store{first, second} {
		if v, err := s.Migrate(t.Context()); err != nil || v == 0 {
			t.Errorf("Migrate = %d, %v", v, err)
		}
	}
}

func TestOpenRefusals(t *testing.T) {
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk.db")
	if err := os.WriteFile(junk, []byte(strings.Repeat("this is not a database\n", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, kind := range map[string]fault.Kind{
		"":                              fault.Invalid,
		"sqlite:":                       fault.Invalid,
		":memory:":                      fault.Invalid,
		"mysql://localhost/x":           fault.Invalid,
		"postgres://%zz":                fault.Invalid,
		"postgres://u:secret@[::1/x":    fault.Invalid,
		filepath.Join(dir, "no", "dir"): fault.Unavailable,
		junk:                            fault.Unavailable,
		"postgres://u:secret@127.0.0.1:1/x?connect_timeout=2": fault.Unavailable,
	} {
		_, err := sqlstore.Open(t.Context(), url, clock.System())
		if !fault.Is(err, kind) {
			t.Errorf("%q: %v, want %s", url, err, kind)
		}
		var fe *fault.Error
		if errors.As(err, &fe) && strings.Contains(fe.Msg, "secret") {
			t.Errorf("%q: the message shows the password: %s", url, fe.Msg)
		}
	}
}

// TestUnmigrated checks that a store without tables says what to do.
func TestUnmigrated(t *testing.T) {
	for _, url := range []string{filepath.Join(t.TempDir(), "kept.db"), testfix.Postgres(t)} {
		s, err := sqlstore.Open(t.Context(), url, clock.System())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.CheckMigrated(t.Context()); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "kept migrate") {
			t.Errorf("%s: %v, want unavailable and what to do", s.Engine(), err)
		}
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.CheckMigrated(t.Context()); err != nil {
			t.Errorf("%s after the migration: %v", s.Engine(), err)
		}
	}
}

// TestSQLiteFile checks a path with characters that mean something in a URL,
// and the settings that durability rests on.
func TestSQLiteFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a dir?with#odd%20 ä&names=1")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "kept.db")
	s := open(t, "sqlite:"+path, clock.System())
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	for _, file := range []string{path, path + "-wal"} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want a file that only its owner reads", file, info, err)
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		if got := s.WriterPragma(t, pragma); got != want {
			t.Errorf("the writer's %s is %s, want %s", pragma, got, want)
		}
	}
}

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "kept.db"), clock.System())
	put := func(s *sqlstore.Store, name string) {
		t.Helper()
		if err := s.InTx(t.Context(), func(tx customer.Tx) error {
			_, err := tx.PutAccounts(t.Context(), []customer.Account{testfix.Account(name)})
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	put(s, "a")
	dest := filepath.Join(dir, "it's a backup.db")
	if err := s.Backup(t.Context(), dest); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), dest); !fault.Is(err, fault.Conflict) {
		t.Errorf("a backup over a backup: %v", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(dir, "no", "dir.db")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a backup into nowhere: %v", err)
	}
	put(s, "b")
	copied := open(t, dest, clock.System())
	if n, err := copied.CountAccounts(t.Context()); err != nil || n != 1 {
		t.Errorf("the backup has %d accounts (%v), want 1", n, err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	half := filepath.Join(dir, "half.db")
	if err := s.Backup(cancelled, half); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled backup: %v", err)
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a failed backup leaves a file: %v", err)
	}
	post := open(t, testfix.Postgres(t), clock.System())
	if err := post.Backup(t.Context(), half); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("a backup of PostgreSQL: %v", err)
	}
}

const lockDirEnv = "KEPT_TEST_LOCK_DIR"

// TestLock checks the ownership of a directory against another process.
func TestLock(t *testing.T) {
	if dir := os.Getenv(lockDirEnv); dir != "" { // the other process
		if _, err := sqlstore.AcquireLock(dir); err != nil {
			t.Fatal(err)
		}
		return
	}
	dir := t.TempDir()
	other := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLock$", "-test.count=1")
		cmd.Env = append(os.Environ(), lockDirEnv+"="+dir)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	lock, err := sqlstore.AcquireLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := other(); err == nil || !strings.Contains(out, "is in use by another kept (process ") || !strings.Contains(out, "--server") {
		t.Errorf("another process takes the directory, or is not told what to do: %v\n%s", err, out)
	}
	if _, err := sqlstore.AcquireLock(dir); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same process takes it twice: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if out, err := other(); err != nil {
		t.Errorf("after the release: %v\n%s", err, out)
	}
	// The other process has ended without a release: the lock went with it.
	lock, err = sqlstore.AcquireLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
	if _, err := sqlstore.AcquireLock(filepath.Join(dir, "none")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a directory that does not exist: %v", err)
	}
}

// BenchmarkAddFacts measures a first import of five facts for each of 2,000
// accounts, and its repetition, which changes nothing.
func BenchmarkAddFacts(b *testing.B) {
	accounts := make([]customer.Account, 2000)
	var facts []customer.Fact
	for i := range accounts {
		accounts[i] = testfix.Account(strconv.Itoa(i))
		for key := range 5 {
			facts = append(facts, testfix.Fact(accounts[i].ID, strconv.Itoa(key), customer.NumberValue(float64(i)), testfix.Day(2025, 1, 1)))
		}
	}
	for _, again := range []bool{false, true} {
		b.Run(map[bool]string{false: "created", true: "unchanged"}[again], func(b *testing.B) {
			var s *sqlstore.Store
			add := func() {
				if err := s.InTx(b.Context(), func(tx customer.Tx) error {
					_, err := tx.AddFacts(b.Context(), facts)
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				b.StopTimer()
				if s == nil || !again {
					s = fresh(b, accounts)
					if again {
						add()
					}
				}
				b.StartTimer()
				add()
			}
			b.ReportMetric(float64(len(facts)*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func fresh(b *testing.B, accounts []customer.Account) *sqlstore.Store {
	b.Helper()
	s, err := sqlstore.Open(b.Context(), filepath.Join(b.TempDir(), "kept.db"), clock.System())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if _, err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := s.InTx(b.Context(), func(tx customer.Tx) error {
		_, err := tx.PutAccounts(b.Context(), accounts)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return s
}
