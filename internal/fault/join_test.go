package fault

import (
	"fmt"
	"io"
	"testing"
)

func TestJoin(t *testing.T) {
	var l List
	l.Join("a", nil)
	l.Join("a", List{At("b", "one"), At("c", "two")})
	l.Join("d", fmt.Errorf("outer: %w", New(NotFound, "three")))
	l.Join("e", io.EOF)
	want := "b: one\nc: two\nd: three\ne: could not be checked: EOF"
	if got := l.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !Is(l[3], Internal) || !Is(l[2], NotFound) {
		t.Error("the kinds are lost")
	}
}
