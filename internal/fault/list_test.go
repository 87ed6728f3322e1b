package fault

import "testing"

func TestList(t *testing.T) {
	var l List
	if l.Err() != nil {
		t.Error("an empty list is an error")
	}
	l.Add("a", "bad %d", 1)
	l.Add("b", "worse")
	if got, want := l.Error(), "a: bad 1\nb: worse"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if err := l.Err(); !Is(err, Invalid) {
		t.Errorf("kind = %q", KindOf(err))
	}
}
