package fault

import (
	"errors"
	"io"
	"testing"
)

func TestError(t *testing.T) {
	err := New(Invalid, "read %s: %w", "a.csv", io.ErrUnexpectedEOF)
	if got, want := err.Error(), "read a.csv: unexpected EOF"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if got := At("a.b", "bad").Error(); got != "a.b: bad" {
		t.Errorf("At = %q", got)
	}
	wrapped := Wrap(err, "import")
	if !Is(wrapped, Invalid) {
		t.Errorf("Wrap changed the kind to %s", KindOf(wrapped))
	}
	if Wrap(nil, "x") != nil || KindOf(nil) != "" || !Is(Wrap(io.EOF, "x"), Internal) {
		t.Error("nil or foreign errors are misjudged")
	}
}
