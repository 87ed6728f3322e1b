package usage

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kept/internal/id"
)

// keeping is a marked store that keeps a copy in memory.
type keeping struct {
	*marked
	copied []byte
}

func (s *keeping) Stamp(_ context.Context, mark int64) (string, error) {
	var ids []string
	for _, e := range s.since(0, mark) {
		ids = append(ids, e.MessageID+" "+string(e.Account))
	}
	slices.Sort(ids)
	return fmt.Sprint(ids), nil
}

func (s *keeping) Kept(context.Context) ([]byte, error) { return s.copied, nil }

func (s *keeping) Keep(_ context.Context, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	s.copied = b.Bytes()
	return nil
}

func newKeeping(piece int) *keeping {
	fast := &chunked{MemoryStore: NewMemoryStore(), piece: piece, dict: &Dictionary{Accounts: []id.Account{""}, Names: []string{""}, Actors: []string{""}, Products: []string{""}}}
	return &keeping{marked: &marked{shuffled: &shuffled{chunked: fast}}}
}

// TestColumnsKept writes the projection down at random moments of a history and
// compares what a start makes of it, and of what came since, with a fresh load.
func TestColumnsKept(t *testing.T) {
	copies := 0
	rapid.Check(t, func(t *rapid.T) {
		s := newKeeping(rapid.IntRange(1, 5).Draw(t, "piece"))
		size := sizing{full: rapid.IntRange(1, 8).Draw(t, "full"), small: rapid.IntRange(0, 6).Draw(t, "small")}
		columns, err := loadColumns(t.Context(), s, size)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			if change(t, s.MemoryStore, &n) {
				s.rewritten = s.mark
			}
			if columns, _, err = columns.Refresh(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "keep") {
				if ok, err := columns.Keep(t.Context(), s); err != nil || !ok {
					t.Fatal(ok, err)
				}
			}
			started, err := LoadColumns(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if started.Copied() {
				copies++
			}
			fresh, err := LoadColumns(t.Context(), s.MemoryStore)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff.Diff(dump(fresh), dump(started)); d != "" {
				t.Fatalf("started from a copy (%t), the projection differs (-fresh +started):\n%s", started.Copied(), d)
			}
			if fresh.Len() != started.Len() || fresh.Mark() != started.Mark() {
				t.Fatalf("length %d, want %d; mark %d, want %d", started.Len(), fresh.Len(), started.Mark(), fresh.Mark())
			}
			if rapid.Bool().Draw(t, "restart") {
				columns = started
			}
		}
	})
	if copies == 0 {
		t.Error("no start was from a copy: the test says nothing")
	}
}

// TestColumnsKeptDamaged changes every byte of a copy, and cuts it off at every
// length: no such copy may be used.
func TestColumnsKeptDamaged(t *testing.T) {
	s := newKeeping(3)
	rapid.Check(t, func(t *rapid.T) {
		for range 5 {
			n := len(s.rows)
			if _, err := s.Append(t.Context(), []Event{drawEvent(t, n)}); err != nil {
				t.Fatal(err)
			}
			if len(s.rows) > 60 {
				return
			}
		}
	})
	columns, err := LoadColumns(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := columns.Keep(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	good := s.copied
	if c, _, err := readColumns(slices.Clone(good)); err != nil || c.Len() != columns.Len() {
		t.Fatalf("the copy itself: %v", err)
	}
	for at := range good {
		bad := slices.Clone(good)
		bad[at] ^= 0x10
		c, stamp, err := readColumns(bad)
		if err == nil && !padding(good, at) {
			t.Fatalf("byte %d of %d is wrong, and the copy is taken: %d events, %s", at, len(good), c.Len(), stamp)
		}
		if _, _, err := readColumns(slices.Clone(good[:at])); err == nil {
			t.Fatalf("the copy is cut off after %d of %d bytes, and taken", at, len(good))
		}
	}
	// Of other events, it is not used either.
	if _, err := s.Erase(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	s.rewritten = s.mark
	started, err := LoadColumns(t.Context(), s)
	if err != nil || started.Copied() {
		t.Errorf("after an erasure the copy is used: %t, %v", started.Copied(), err)
	}
}

// padding reports whether a byte is one of the zeros between parts, or of those
// of a checksum that are not used, which nobody reads.
func padding(data []byte, at int) bool {
	pos := len(fileMagic)
	for pos < len(data) {
		n := int(data[pos]) | int(data[pos+1])<<8 | int(data[pos+2])<<16
		if at >= pos+12 && at < pos+16 || at >= pos+16+n && at < pos+16+(n+7)&^7 {
			return true
		}
		pos += 16 + (n+7)&^7
	}
	return false
}
