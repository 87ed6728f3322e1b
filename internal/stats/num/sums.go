package num

import (
	"math"
	"slices"
)

// Sum adds with Neumaier's compensation.
func Sum(x []float64) float64 {
	s, c := 0.0, 0.0
	for _, v := range x {
		t := s + v
		if math.Abs(s) >= math.Abs(v) {
			c += (s - t) + v
		} else {
			c += (v - t) + s
		}
		s = t
	}
	return s + c
}

// Mean returns Σx/n, NaN for an empty slice.
func Mean(x []float64) float64 { return Sum(x) / float64(len(x)) }

// Variance returns Σ(x−x̄)²/(n−1) in two passes; NaN below two values.
func Variance(x []float64) float64 {
	if len(x) < 2 {
		return math.NaN()
	}
	m, s, c := Mean(x), 0.0, 0.0
	for _, v := range x {
		s += (v - m) * (v - m)
		c += v - m
	}
	n := float64(len(x))
	return (s - c*c/n) / (n - 1)
}

// QuantileSorted returns the type-7 quantile (R's and numpy's default) of an
// ascending slice: linear interpolation at position (n−1)p. NaN when empty.
func QuantileSorted(x []float64, p float64) float64 {
	if len(x) == 0 || math.IsNaN(p) {
		return math.NaN()
	}
	h := float64(len(x)-1) * min(max(p, 0), 1)
	lo := int(math.Floor(h))
	hi := min(lo+1, len(x)-1)
	if x[lo] == x[hi] {
		return x[lo]
	}
	return x[lo] + (h-float64(lo))*(x[hi]-x[lo])
}

// Quantile is QuantileSorted of an unsorted slice, which stays as it is.
func Quantile(x []float64, p float64) float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	return QuantileSorted(s, p)
}
