package api

import (
	"testing"

	"kept/internal/fault"
)

func TestCursorBelongsToItsQuery(t *testing.T) {
	c := encodeCursor("250", "accounts", "-score", "")
	if got, err := decodeCursor(c, "accounts", "-score", ""); err != nil || got != "250" {
		t.Fatalf("decode = %q, %v; want 250", got, err)
	}
	for _, other := range [][]string{{"accounts", "name", ""}, {"accounts", "-score"}, {"accounts-", "score", ""}} {
		if _, err := decodeCursor(c, other...); !fault.Is(err, fault.Invalid) {
			t.Errorf("a cursor of another query %q was taken: %v", other, err)
		}
	}
	if got, err := decodeCursor(""); err != nil || got != "" {
		t.Errorf("no cursor = %q, %v; want the first page", got, err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("", "q")
	f.Add(encodeCursor("10", "q"), "q")
	f.Add("AAAA", "q")
	f.Add("$$", "")
	f.Fuzz(func(t *testing.T, cursor, query string) {
		got, err := decodeCursor(cursor, query)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v is not Invalid", cursor, err)
			}
			return
		}
		if cursor != "" && encodeCursor(got, query) != cursor {
			t.Fatalf("%q decodes to %q, which encodes to something else", cursor, got)
		}
	})
}
