package usage

import (
	"testing"
	"time"

	"kept/internal/fault"
)

// FuzzParseCursor makes sure that whatever a caller sends as a cursor is either
// one that a page could have handed out, or an Invalid fault.
func FuzzParseCursor(f *testing.F) {
	for _, s := range []string{
		"", "x", "AAAA", "AAAAAAAAAAAA", "__________________8x", "!",
		Position{At: time.Unix(1e9, 5000), MessageID: "m-1"}.Cursor(), Position{At: MinTime, MessageID: "ü"}.Cursor(),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParseCursor(s)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("ParseCursor(%q): %v, want an Invalid fault", s, err)
			}
			return
		}
		if p.MessageID == "" || p.At.Before(MinTime) || !p.At.Before(MaxTime) {
			t.Errorf("ParseCursor(%q) = %+v, which no event has", s, p)
		}
		if again, err := ParseCursor(p.Cursor()); err != nil || again != p {
			t.Errorf("ParseCursor(%q) = %+v does not survive a round trip: %+v, %v", s, p, again, err)
		}
	})
}

func TestCursorOrder(t *testing.T) {
	at := time.Unix(1e9, 0).UTC()
	p := Position{At: at, MessageID: "b"}
	for _, c := range []struct {
		e    Event
		want bool
	}{
		{Event{At: at, MessageID: "a"}, false},
		{Event{At: at, MessageID: "b"}, false},
		{Event{At: at, MessageID: "c"}, true},
		{Event{At: at.Add(-time.Microsecond), MessageID: "a"}, true},
		{Event{At: at.Add(time.Microsecond), MessageID: "c"}, false},
	} {
		if got := p.Before(&c.e); got != c.want {
			t.Errorf("%v %s after the cursor: %t, want %t", c.e.At, c.e.MessageID, got, c.want)
		}
	}
}

// TestCheckBatchNamesThePlace: a sender has to find the event that is wrong.
func TestCheckBatchNamesThePlace(t *testing.T) {
	good := Event{MessageID: "m", Name: "x", At: time.Unix(1, 0), KnownAt: time.Unix(1, 0)}
	bad := good
	bad.Properties = map[string]any{"a": map[string]any{"b": []any{"x", 1}}}
	err := CheckBatch([]Event{good, good, bad})
	const want = "events[2].properties.a.b[1]: is a int: use a string, a number (float64), true or false, or a list or object of these"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if err := CheckBatch([]Event{good}); err != nil {
		t.Errorf("a good event: %v", err)
	}
}
