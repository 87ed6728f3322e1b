package duckstore

import (
	"errors"
	"strconv"
	"strings"
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
	if err == nil || !strings.Contains(err.Error(), "here") {
		t.Errorf("stream: %v after %d rows, want the query's error", err, n)
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
