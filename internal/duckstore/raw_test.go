package duckstore

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"kept/internal/usage"
)

// TestStreamError makes sure that a query that fails half-way does not look
// like one that ended: that would be missing events without an error.
func TestStreamError(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	err = s.writer.stream(t.Context(), "SELECT CASE WHEN i = 3000000 THEN error('here') ELSE i END FROM range(4000000) r(i)", func(c rawChunk) error {
		n += c.n
		return nil
	})
	// The text may be that of another thread, which the failing one interrupted.
	if err == nil {
		t.Errorf("stream: no error after %d rows", n)
	}
	if n == 0 {
		t.Errorf("stream: not a row came before the error; the test shows nothing")
	}
	for _, query := range []string{"SELEC", "SELECT * FROM nowhere", "SELECT error('at once')"} {
		if err := s.writer.stream(t.Context(), query, func(rawChunk) error { return nil }); err == nil {
			t.Errorf("%s: no error", query)
		}
	}
	// The connection is still good.
	if err := s.writer.exec(t.Context(), "SELECT 1"); err != nil {
		t.Error(err)
	}
}

// TestSeen makes sure that the set never forgets, and hardly ever errs.
func TestSeen(t *testing.T) {
	s := newSeen(0)
	hash := func(i int) uint64 { return hashID("message-" + strconv.Itoa(i)) }
	const n = 40000
	for i := range n {
		if s.full(1) {
			t.Fatalf("full at %d", i)
		}
		if s.add(hash(i * 7)) {
			t.Errorf("%d is new and was taken for known", i)
		}
	}
	for i := range n {
		if !s.add(hash(i * 7)) {
			t.Fatalf("%d was forgotten", i)
		}
	}
	if s.n != n {
		t.Errorf("n = %d, want %d", s.n, n)
	}
	if !s.full(minSlots) || s.full(minSlots/4*3-n) {
		t.Errorf("the set takes more than it has room for")
	}
	if big := newSeen(1 << 20); big.full(1 << 20) {
		t.Errorf("newSeen(n) has no room for n")
	}
}

// TestHash pins the hash: it is part of the file format.
func TestHash(t *testing.T) {
	for text, want := range map[string]uint64{"": 0xefd01f60ba992926, "m-1": 0xd6b12719e63329d0} {
		if got := hashID(text); got != want {
			t.Errorf("hashID(%q) = %#x, want %#x", text, got, want)
		}
	}
}

// TestCollision stores two ids under one hash: only the text decides.
func TestCollision(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = errors.Join(
		s.writer.exec(t.Context(), "INSERT INTO name VALUES (1, 'x')"),
		s.writer.exec(t.Context(), "INSERT INTO event SELECT 'other', "+strconv.FormatUint(hashID("mine"), 10)+", make_timestamp(0), make_timestamp(0), 0, 0, 0, 1, 0, NULL, NULL, 1"),
	)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1e9, 0)
	for _, c := range []struct {
		id     string
		stored int
	}{{"mine", 1}, {"mine", 0}, {"other", 1}, {"other", 0}} {
		// "other" is stored under a hash that is not its own, which no Append
		// does: it is found only by its hash.
		res, err := s.Append(t.Context(), []usage.Event{{MessageID: c.id, Name: "x", At: at, KnownAt: at}})
		if err != nil || res.Stored != c.stored {
			t.Errorf("Append(%q): %+v, %v; want %d stored", c.id, res, err, c.stored)
		}
	}
}

// BenchmarkSeen fills a set with 50 million hashes; an operation is one hash.
func BenchmarkSeen(b *testing.B) {
	const n = 50_000_000
	s, x := newSeen(n), uint64(1)
	for b.Loop() {
		if s.full(1) {
			s = newSeen(n)
		}
		x += 0x9e3779b97f4a7c15
		h := x
		h ^= h >> 33
		h *= 0xff51afd7ed558ccd
		h ^= h >> 33
		s.add(h)
	}
	b.ReportMetric(float64(4*len(s.slots))/n, "B/id")
}

// TestReachesNothingElse makes sure that a query, should one ever be injected,
// reads and writes nothing outside the data directory and fetches no extension.
func TestReachesNothingElse(t *testing.T) {
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, query := range []string{
		"SELECT * FROM read_csv(" + quote(secret) + ")",
		"SELECT * FROM read_csv(" + quote(dir+"/../"+filepath.Base(outside)+"/secret.csv") + ")",
		"SELECT * FROM glob(" + quote(outside+"/*") + ")",
		"COPY (SELECT 1) TO " + quote(filepath.Join(outside, "out.csv")),
		"ATTACH " + quote(filepath.Join(outside, "other.duckdb")) + " AS other",
		"INSTALL httpfs",
		"LOAD httpfs",
		"SET enable_external_access = true",
		"SET allowed_directories = ['/']",
		"SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
	} {
		if err := s.writer.exec(t.Context(), query); err == nil {
			t.Errorf("%s: succeeded", query)
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("the other directory has %v, %v; want the one file", entries, err)
	}
}

// TestMigrateFromFirstVersion opens a file that has only the first migration.
func TestMigrateFromFirstVersion(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		s.writer.exec(t.Context(), "DROP TABLE evaluation"),
		s.writer.exec(t.Context(), "DROP TABLE event_move"),
		s.writer.exec(t.Context(), "DELETE FROM schema_version WHERE version > 1"),
		os.WriteFile(filepath.Join(dir, "tmp", "left over"), nil, 0o600),
		s.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), dir, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.RecordedInstants(t.Context()); err != nil {
		t.Errorf("the second migration did not run: %v", err)
	}
	if n, err := s.writer.number(t.Context(), "SELECT count(*) FROM schema_version"); n != 3 || err != nil {
		t.Errorf("%d versions, %v; want 3", n, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "tmp", "left over")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a process left in the temporary directory is still there: %v", err)
	}
}
