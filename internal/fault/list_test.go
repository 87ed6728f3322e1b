package fault

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestList(t *testing.T) {
	var l List
	if l.Err() != nil {
		t.Error("an empty list is an error")
	}
	l.Add("a[0]", "bad %d", 1)
	l.Append(List{At("b", "worse")})
	l.Append(fmt.Errorf("read: %w", At("c", "worst")))
	l.Append(nil)
	if got, want := l.Error(), "a[0]: bad 1\nb: worse\nc: worst"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	err := Wrap(l.Err(), "compile")
	if !Is(err, Invalid) {
		t.Errorf("KindOf = %s, want invalid", KindOf(err))
	}
	var back List
	if !errors.As(err, &back) || len(back) != 3 {
		t.Errorf("errors.As found %d entries, want 3", len(back))
	}
	l.Append(io.EOF)
	if !errors.Is(l, io.EOF) || l[3].Kind != Internal {
		t.Error("a foreign error is lost or misjudged")
	}
}
