package num

import (
	"math"

	"kept/internal/fault"
)

// Invalid returns the error of bad input; what names the argument at fault.
func Invalid(what, format string, args ...any) error {
	e := fault.New(fault.Invalid, format, args...)
	e.Field = what
	return e
}

// CheckFinite refuses NaN and infinities, naming the first place.
func CheckFinite(what string, x []float64) error {
	for i, v := range x {
		// v−v is zero for every finite number and NaN for the others.
		if v-v != 0 {
			return Invalid(what, "value %d is %v: a finite number is needed; drop the row or mark it missing", i, v)
		}
	}
	return nil
}

// CheckDesign checks an n×p row-major design with its outcome.
func CheckDesign(x, y []float64, n, p int) error {
	switch {
	case n <= 0:
		return Invalid("n", "there are no rows")
	case p < 0 || len(x) != n*p:
		return Invalid("x", "the design has %d values, want %d rows × %d columns", len(x), n, p)
	case len(y) != n:
		return Invalid("y", "the outcome has %d values, want %d", len(y), n)
	}
	if err := CheckFinite("x", x); err != nil {
		return err
	}
	return CheckFinite("y", y)
}

// CheckBinary checks that every y is 0 or 1 and that both occur.
func CheckBinary(what string, y []float64) error {
	n1 := 0
	for i, v := range y {
		switch v {
		case 1:
			n1++
		case 0:
		default:
			return Invalid(what, "value %d is %v, want 0 or 1", i, v)
		}
	}
	if n1 == 0 || n1 == len(y) {
		return Invalid(what, "all %d outcomes are the same: there is nothing to tell apart", len(y))
	}
	return nil
}

// CheckLevel checks a confidence level, such as 0.95.
func CheckLevel(level float64) error {
	if !(level > 0 && level < 1) || math.IsNaN(level) {
		return Invalid("level", "the confidence level is %v, want a number between 0 and 1, such as 0.95", level)
	}
	return nil
}
