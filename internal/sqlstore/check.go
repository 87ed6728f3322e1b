package sqlstore

import (
	"slices"
	"time"

	"kept/internal/fault"
)

const needsAccount = "the row belongs to an account"

// required refuses an empty text.
func required(field, value, why string) error {
	if value == "" {
		return fault.At(field, "is missing: %s", why)
	}
	return nil
}

// requiredAt refuses a zero instant.
func requiredAt(field string, value time.Time, why string) error {
	if value.IsZero() {
		return fault.At(field, "is missing: %s", why)
	}
	return nil
}

// oneOf refuses a word that is not in the enumeration.
func oneOf[T ~string](field string, value T, allowed ...T) error {
	if !slices.Contains(allowed, value) {
		return fault.At(field, "%q is not known: use one of %q", string(value), allowed)
	}
	return nil
}

// float returns an optional number as a column's value.
func float(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

func sameFloat(a, b *float64) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}
