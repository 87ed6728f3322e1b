package fault

import (
	"fmt"
	"strings"
)

// List is every error found in one input, in the order of the input, so that a
// person mends a file once and not error by error. KindOf sees its first one.
type List []*Error

// Add appends an Invalid error about one place in the input.
func (l *List) Add(field, format string, args ...any) {
	*l = append(*l, &Error{Kind: Invalid, Field: field, Msg: fmt.Sprintf(format, args...)})
}

// Err returns the list as an error, and nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Error returns one error a line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors, for errors.Is and errors.As.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}
