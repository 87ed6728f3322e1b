package metric

import "math"

// exact is a sum of two float64 that do not overlap: 106 bits of it. Sums over
// windows are differences of running sums, and with plain float64 these drift:
// after a value of 1e16 every cent is lost for good. With exact, a result is
// the true sum rounded once, whatever the order, unless running totals are more
// than 2^50 times as large as the window's own sum. (Knuth's TwoSum; Dekker 1971.)
type exact struct{ hi, lo float64 }

// plus returns e + v.
func (e exact) plus(v float64) exact {
	s := e.hi + v
	b := s - e.hi
	return exact{s, e.lo + ((e.hi - (s - b)) + (v - b))}
}

// add returns e + f, normalised.
func (e exact) add(f exact) exact {
	s := e.hi + f.hi
	b := s - e.hi
	err := (e.hi - (s - b)) + (f.hi - b) + (e.lo + f.lo)
	hi := s + err
	return exact{hi, err - (hi - s)}
}

// minus returns e − f.
func (e exact) minus(f exact) exact { return e.add(exact{-f.hi, -f.lo}) }

// number returns the sum as a float64, and NaN when it is not finite.
func (e exact) number() float64 {
	if v := e.hi + e.lo; !math.IsInf(v, 0) {
		return v
	}
	return math.NaN()
}
