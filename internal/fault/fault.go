// Package fault is the one error type of Kept: a small set of kinds that the
// edges (HTTP, CLI) translate once, a message that says what to do, and the
// place in the input that caused it.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what class of failure an error is; the edges choose status codes
// and exit codes by it and by nothing else.
type Kind string

// The kinds. A new one means a new row in the HTTP and CLI translation tables.
const (
	Invalid      Kind = "invalid"      // the input is wrong; the sender can mend it
	Unauthorized Kind = "unauthorized" // nobody is signed in, or the credential is wrong
	Forbidden    Kind = "forbidden"    // signed in, and not allowed
	NotFound     Kind = "not_found"    // there is no such thing
	Conflict     Kind = "conflict"     // it exists already, or it changed meanwhile
	TooLarge     Kind = "too_large"    // over a published limit
	Unavailable  Kind = "unavailable"  // busy or starting; try again later
	Internal     Kind = "internal"     // our mistake; details go to the log only
)

// Error is a failure with its kind, the field or place that caused it, and a
// sentence that says what is wrong and what to do. Msg is safe to show to the
// person who sent the input; Err never is.
type Error struct {
	Kind  Kind
	Field string // JSON path, flag or "file:line:column"; empty when no single place is at fault
	Msg   string
	Err   error
}

// Error returns the field, the message and the cause, in that order.
func (e *Error) Error() string {
	s := e.Msg
	if s == "" {
		s = string(e.Kind)
	}
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if _, said := e.Err.(quiet); e.Err != nil && !said { //nolint:errorlint // quiet only ever stands directly here
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of the kind with a formatted message. A %w verb keeps
// the wrapped error as its cause.
func New(kind Kind, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Msg: wrapped.Error(), Err: noText(errors.Unwrap(wrapped))}
}

// At returns an Invalid error about one place in the input.
func At(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Msg: fmt.Sprintf(format, args...)}
}

// Wrap returns an Internal error that keeps err as its cause and says what was
// being done. It returns nil for a nil err and keeps the kind of an *Error.
func Wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return &Error{Kind: Internal, Msg: doing, Err: err}
}

// KindOf returns the kind of the first *Error in the chain, Internal for any
// other error, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if fe, ok := errors.AsType[*Error](err); ok {
		return fe.Kind
	}
	return Internal
}

// Is reports whether the error is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// quiet keeps an error in the chain without repeating its text, which the
// formatted message already has.
type quiet struct{ error }

func (q quiet) Unwrap() error { return q.error }

func noText(err error) error {
	if err == nil {
		return nil
	}
	return quiet{err}
}
