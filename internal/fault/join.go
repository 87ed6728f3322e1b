package fault

import "errors"

// Join appends the errors of another check: those of a List one by one, and any
// other error as one, whose place is field where it names none.
func (l *List) Join(field string, err error) {
	var many List
	var one *Error
	switch {
	case err == nil:
	case errors.As(err, &many):
		*l = append(*l, many...)
	case errors.As(err, &one):
		e := *one
		if e.Field == "" {
			e.Field = field
		}
		*l = append(*l, &e)
	default:
		*l = append(*l, &Error{Kind: Internal, Field: field, Msg: "could not be checked", Err: err})
	}
}
