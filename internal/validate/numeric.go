package validate

import (
	"math"
	"slices"
)

func logistic(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

func logit(p float64) float64 { return math.Log(p) - math.Log1p(-p) }

// quantile of the standard normal distribution.
func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// normalTail is P(Z > z).
func normalTail(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

var z95 = normalQuantile(1 - (1-Level)/2)

// wilson returns Wilson's interval of a share.
func wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	p, m := float64(k)/float64(n), float64(n)
	z2 := z95 * z95
	mid := (p + z2/(2*m)) / (1 + z2/m)
	half := z95 / (1 + z2/m) * math.Sqrt(p*(1-p)/m+z2/(4*m*m))
	return max(0, mid-half), min(1, mid+half)
}

// platt fits P(leave) = logistic(a + b·x) with Platt's smoothed targets, b ≥ 0
// (Platt 1999, with the Newton method of Lin, Lin and Weng 2007).
func platt(x []float64, y []bool) (a, b float64) {
	n1 := 0
	for _, v := range y {
		if v {
			n1++
		}
	}
	n0 := len(y) - n1
	hi, lo := (float64(n1)+1)/(float64(n1)+2), 1/(float64(n0)+2)
	base := (float64(n1)*hi + float64(n0)*lo) / float64(len(y))
	// Standardised, so that the Newton steps are well scaled.
	mean, sd := moments(x)
	if sd == 0 {
		return logit(base), 0
	}
	c, s := logit(base), 0.0
	loss := func(c, s float64) float64 {
		sum := 0.0
		for i, v := range x {
			t := lo
			if y[i] {
				t = hi
			}
			eta := c + s*(v-mean)/sd
			sum += softplus(eta) - t*eta
		}
		return sum
	}
	at := loss(c, s)
	for range 50 {
		var g0, g1, h00, h01, h11 float64
		for i, v := range x {
			t := lo
			if y[i] {
				t = hi
			}
			z := (v - mean) / sd
			p := logistic(c + s*z)
			w := p * (1 - p)
			g0 += p - t
			g1 += (p - t) * z
			h00 += w
			h01 += w * z
			h11 += w * z * z
		}
		det := h00*h11 - h01*h01
		if !(det > 1e-12*h00*h11) {
			break
		}
		dc, ds := (h11*g0-h01*g1)/det, (h00*g1-h01*g0)/det
		step := 1.0
		for ; step > 1e-6; step /= 2 {
			if next := loss(c-step*dc, s-step*ds); next <= at {
				c, s, at = c-step*dc, s-step*ds, next
				break
			}
		}
		if step <= 1e-6 || math.Abs(dc)+math.Abs(ds) < 1e-9 {
			break
		}
	}
	if s <= 0 {
		return logit(base), 0
	}
	return c - s*mean/sd, s / sd
}

func softplus(x float64) float64 {
	if x > 0 {
		return x + math.Log1p(math.Exp(-x))
	}
	return math.Log1p(math.Exp(x))
}

func moments(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(len(x)))
}

// sandwich is an estimate of one coefficient with a standard error that takes
// accounts as the unit.
type sandwich struct {
	value, se float64
	ok        bool
}

// recalibration fits y ~ a + logit(p) and y ~ a + b·logit(p), and returns the
// intercept of the first (calibration in the large) and the slope of the second.
func recalibration(p []float64, y []bool, cluster []int32) (large, slope sandwich) {
	x := make([]float64, len(p))
	for i, v := range p {
		x[i] = logit(min(max(v, 1e-9), 1-1e-9))
	}
	large = logisticFit(x, y, cluster, true)
	slope = logisticFit(x, y, cluster, false)
	return large, slope
}

// logisticFit is Newton's method for two coefficients, or one with x as offset.
func logisticFit(x []float64, y []bool, cluster []int32, offset bool) sandwich {
	a, b := 0.0, 1.0
	var h00, h01, h11 float64
	converged := false
	for range 60 {
		var g0, g1 float64
		h00, h01, h11 = 0, 0, 0
		for i, v := range x {
			q := logistic(a + b*v)
			r, w := q, q*(1-q)
			if y[i] {
				r--
			}
			g0 += r
			g1 += r * v
			h00 += w
			h01 += w * v
			h11 += w * v * v
		}
		var da, db float64
		if offset {
			da = g0 / h00
		} else {
			det := h00*h11 - h01*h01
			if !(det > 1e-10*h00*h11) {
				return sandwich{}
			}
			da, db = (h11*g0-h01*g1)/det, (h00*g1-h01*g0)/det
		}
		// A bounded step keeps a nearly separated sample from running away.
		if most := max(math.Abs(da), math.Abs(db)); most > 2 {
			da, db = da*2/most, db*2/most
		}
		a, b = a-da, b-db
		if math.IsNaN(a) || math.Abs(b) > 50 {
			return sandwich{}
		}
		if math.Abs(da)+math.Abs(db) < 1e-9 {
			converged = true
			break
		}
	}
	if !converged {
		return sandwich{}
	}
	sums := map[int32][2]float64{}
	for i, v := range x {
		r := logistic(a + b*v)
		if y[i] {
			r--
		}
		s := sums[cluster[i]]
		s[0] += r
		s[1] += r * v
		sums[cluster[i]] = s
	}
	// In the order of the clusters: the last bit must not depend on a map.
	keys := make([]int32, 0, len(sums))
	for k := range sums {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var m00, m01, m11 float64
	for _, k := range keys {
		s := sums[k]
		m00 += s[0] * s[0]
		m01 += s[0] * s[1]
		m11 += s[1] * s[1]
	}
	c := float64(len(keys))
	if c < 3 {
		return sandwich{}
	}
	small := c / (c - 1)
	if offset {
		return sandwich{a, math.Sqrt(small*m00) / h00, true}
	}
	// Row 2 of the inverse Hessian times the middle times its transpose.
	det := h00*h11 - h01*h01
	u, v := -h01/det, h00/det
	return sandwich{b, math.Sqrt(small * (u*u*m00 + 2*u*v*m01 + v*v*m11)), true}
}
