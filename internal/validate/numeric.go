package validate

import (
	"math"

	"kept/internal/stats/discrim"
	"kept/internal/stats/glm"
	"kept/internal/stats/num"
)

var z95 = num.ZFor(Level)

// zeroOne turns outcomes into numbers.
func zeroOne(y []bool) []float64 {
	out := make([]float64, len(y))
	for i, v := range y {
		if v {
			out[i] = 1
		}
	}
	return out
}

// platt fits P(leave) = logistic(a + b·x) with smoothed targets and b ≥ 0; a
// score that cannot be fitted gets the base rate.
func platt(x []float64, y []bool) (a, b float64) {
	ys := zeroOne(y)
	n1 := num.Sum(ys)
	n0 := float64(len(y)) - n1
	base := num.Logit((n1*(n1+1)/(n1+2) + n0/(n0+2)) / float64(len(y)))
	// Standardised, so that the fit is well scaled whatever the score's unit.
	mean, sd := moments(x)
	if !(sd > 0) {
		return base, 0
	}
	z := make([]float64, len(x))
	for i, v := range x {
		z[i] = (v - mean) / sd
	}
	f, err := discrim.FitPlatt(z, ys, true, 0)
	if err != nil {
		return base, 0
	}
	return f.B - f.A*mean/sd, f.A / sd
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

// coefficient is one coefficient with a standard error that takes accounts as
// the unit.
type coefficient struct {
	value, se float64
	ok        bool
}

// recalibration fits y ~ a + logit(p) and y ~ a + b·logit(p), and returns the
// intercept of the first (calibration in the large) and the slope of the second.
func recalibration(p []float64, y []bool, cluster []int32) (large, slope coefficient) {
	x := make([]float64, len(p))
	for i, v := range p {
		x[i] = num.Logit(min(max(v, 1e-9), 1-1e-9))
	}
	ys, labels := zeroOne(y), make([]int, len(cluster))
	for i, c := range cluster {
		labels[i] = int(c)
	}
	fit := func(design []float64, width, which int, o glm.Options) coefficient {
		f, err := glm.Logistic(design, ys, len(ys), width, o)
		if err != nil {
			return coefficient{}
		}
		cov, err := glm.RobustCov(f, design, ys, o, labels)
		if err != nil {
			return coefficient{}
		}
		k := len(f.Coef)
		se := math.Sqrt(cov[which*k+which])
		return coefficient{f.Coef[which], se, se > 0}
	}
	return fit(nil, 0, 0, glm.Options{Offset: x}), fit(x, 1, 1, glm.Options{Names: []string{"the probability"}})
}
