package resample

import (
	"math"

	"kept/internal/stats/num"
)

// Quantile returns the p-quantile of x by one of the nine definitions of Hyndman &
// Fan (1996), numbered as in R. Kept uses type 7 everywhere; the others are here
// for comparison with other tools. x need not be sorted and must not be empty.
func Quantile(x []float64, p float64, typ int) (float64, error) {
	if len(x) == 0 {
		return math.NaN(), num.Invalid("x", "there are no values")
	}
	if err := num.CheckFinite("x", x); err != nil {
		return math.NaN(), err
	}
	if !(p >= 0 && p <= 1) {
		return math.NaN(), num.Invalid("p", "%v is not between 0 and 1", p)
	}
	s := sorted(x)
	n := float64(len(s))
	const fuzz = 4 * 0x1p-52
	var j, h float64
	switch typ {
	case 1, 2, 3:
		at := n * p
		if typ == 3 {
			at -= 0.5
		}
		j = math.Floor(at + fuzz)
		above := at > j
		switch {
		case typ == 3 && (at != j || math.Mod(j, 2) == 1), typ != 3 && above:
			h = 1
		case typ == 2:
			h = 0.5
		}
	case 4, 5, 6, 7, 8, 9:
		a := []float64{0, 0.5, 0, 1, 1. / 3, 3. / 8}[typ-4]
		b := a
		if typ == 4 {
			b = 1
		}
		at := a + p*(n+1-a-b)
		j = math.Floor(at + fuzz)
		if h = at - j; math.Abs(h) < fuzz {
			h = 0
		}
	default:
		return math.NaN(), num.Invalid("type", "%d is not a type of quantile, want 1 to 9", typ)
	}
	pick := func(k float64) float64 { return s[int(min(max(k, 1), n))-1] }
	switch lo, hi := pick(j), pick(j+1); {
	case h == 0 || lo == hi:
		return lo, nil
	case h == 1:
		return hi, nil
	default:
		return (1-h)*lo + h*hi, nil
	}
}
