package fault

import (
	"errors"
	"strings"
)

// List is every mistake that was found in one input, so that a person can mend
// them in one go. As an error it is Invalid: KindOf and errors.As find its first
// entry. A List is never empty when it is returned as an error: use Err.
type List []*Error

// Add appends an Invalid error about one place in the input.
func (l *List) Add(field, format string, args ...any) {
	*l = append(*l, At(field, format, args...))
}

// Append adds err: the entries of a List, an *Error in its chain, or any other
// error as an Internal one. Nil adds nothing.
func (l *List) Append(err error) {
	var list List
	var one *Error
	switch {
	case err == nil:
	case errors.As(err, &list):
		*l = append(*l, list...)
	case errors.As(err, &one):
		*l = append(*l, one)
	default:
		*l = append(*l, &Error{Kind: Internal, Err: err})
	}
}

// Err returns the list as an error, or nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Error returns one line per entry.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the entries, for errors.As and errors.Is.
func (l List) Unwrap() []error {
	out := make([]error, len(l))
	for i, e := range l {
		out[i] = e
	}
	return out
}
