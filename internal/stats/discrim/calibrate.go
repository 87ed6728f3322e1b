package discrim

import (
	"math"

	"kept/internal/stats/glm"
	"kept/internal/stats/num"
)

// clip keeps probabilities off 0 and 1 in logarithms.
const clip = 1e-15

func clipped(p float64) float64 { return min(max(p, clip), 1-clip) }

// checkP adds to check that the scores are probabilities.
func checkP(y, p, w []float64) error {
	if err := check(y, p, w); err != nil {
		return err
	}
	for i, v := range p {
		if v < 0 || v > 1 {
			return num.Invalid("p", "value %d is %v, want a probability between 0 and 1", i, v)
		}
	}
	return nil
}

// Brier returns the (weighted) mean of (p−y)² and its skill against the base rate,
// 1 − Brier/(q(1−q)).
func Brier(y, p, w []float64) (brier, skill float64) {
	sw, sy, s := 0.0, 0.0, 0.0
	for i := range y {
		q := 1.0
		if w != nil {
			q = w[i]
		}
		sw += q
		sy += q * y[i]
		s += q * (p[i] - y[i]) * (p[i] - y[i])
	}
	base := sy / sw
	brier = s / sw
	return brier, 1 - brier/(base*(1-base))
}

// LogLoss returns the (weighted) mean negative log-likelihood.
func LogLoss(y, p, w []float64) float64 {
	sw, s := 0.0, 0.0
	for i := range y {
		q := 1.0
		if w != nil {
			q = w[i]
		}
		c := clipped(p[i])
		l := -math.Log1p(-c)
		if y[i] == 1 {
			l = -math.Log(c)
		}
		sw += q
		s += q * l
	}
	return s / sw
}

// Calibration is the regression of the outcome on the logit of its probability.
type Calibration struct {
	Slope, SlopeSE, Intercept float64 // joint fit; a perfect model has 1 and 0
	InTheLarge, InTheLargeSE  float64 // intercept with the slope fixed at 1
}

// Calibrate fits the calibration slope and intercept. A constant probability has
// no slope: Slope and SlopeSE are then NaN.
func Calibrate(y, p, w []float64) (Calibration, error) {
	if err := checkP(y, p, w); err != nil {
		return Calibration{}, err
	}
	l := logits(p)
	c := Calibration{Slope: math.NaN(), SlopeSE: math.NaN(), Intercept: math.NaN()}
	n := len(y)
	large, err := glm.Logistic(nil, y, n, 0, glm.Options{Offset: l, Weights: w})
	if err != nil {
		return c, err
	}
	c.InTheLarge, c.InTheLargeSE = large.Coef[0], large.SE()[0]
	if num.Variance(l) == 0 {
		return c, nil
	}
	f, err := glm.Logistic(l, y, n, 1, glm.Options{Weights: w, Names: []string{"the probability"}})
	if err != nil {
		// A separated score: its slope has no finite estimate.
		return c, nil //nolint:nilerr // NaN says so
	}
	c.Slope, c.SlopeSE, c.Intercept = f.Coef[1], f.SE()[1], f.Coef[0]
	return c, nil
}

func logits(p []float64) []float64 {
	out := make([]float64, len(p))
	for i, v := range p {
		out[i] = num.Logit(clipped(v))
	}
	return out
}

// HosmerLemeshow returns the chi-square of equal-count bins with k−2 degrees of freedom.
func HosmerLemeshow(b []Bin) (chisq, p float64) {
	for _, q := range b {
		if q.N > 0 {
			n, e := q.Weight, q.Weight*q.MeanP
			if v := e * (1 - e/n); v > 0 {
				chisq += (q.Events - e) * (q.Events - e) / v
			}
		}
	}
	if len(b) < 3 {
		return chisq, math.NaN()
	}
	return chisq, num.ChiSqTail(chisq, float64(len(b)-2))
}

// Spiegelhalter returns the z statistic of Spiegelhalter (1986) for calibration.
func Spiegelhalter(y, p []float64) float64 {
	a, v := 0.0, 0.0
	for i := range y {
		a += (y[i] - p[i]) * (1 - 2*p[i])
		v += (1 - 2*p[i]) * (1 - 2*p[i]) * p[i] * (1 - p[i])
	}
	if !(v > 0) {
		return math.NaN()
	}
	return a / math.Sqrt(v)
}

// PairedBrier returns the mean difference of two models' squared errors with its
// standard error, sd/√n of the differences.
func PairedBrier(y, p1, p2 []float64) (diff, se float64) {
	d := make([]float64, len(y))
	for i := range y {
		d[i] = (p1[i]-y[i])*(p1[i]-y[i]) - (p2[i]-y[i])*(p2[i]-y[i])
	}
	return num.Mean(d), math.Sqrt(num.Variance(d) / float64(len(d)))
}

// NullECE is the ECE that a perfectly calibrated model would show on average by
// chance alone: outcomes are drawn from p, draws times. ECE is biased upwards by
// about this much when n is small.
func NullECE(p, w []float64, k, draws int, seed uint64) float64 {
	y := make([]float64, len(p))
	total := 0.0
	for d := range draws {
		r := num.Rand(seed, uint64(d))
		for i, q := range p {
			y[i] = 0
			if r.Float64() < q {
				y[i] = 1
			}
		}
		total += ECE(EqualCount(y, p, w, k))
	}
	return total / float64(draws)
}

// Platt is a calibration of a score: P(y=1) = 1/(1+exp(−(A·x+B))).
type Platt struct {
	A, B             float64
	PosGoal, NegGoal float64 // the targets in place of 1 and 0
	Fit              *glm.Fit
}

// FitPlatt fits x to y. Smoothed uses Platt's targets (n₁+1)/(n₁+2) and
// 1/(n₀+2), which matter with few events. minSlope bounds A from below
// (0 keeps the direction of the score; -Inf: no bound).
func FitPlatt(x, y []float64, smoothed bool, minSlope float64) (*Platt, error) {
	if err := check(y, x, nil); err != nil {
		return nil, err
	}
	n1 := num.Sum(y)
	n0 := float64(len(y)) - n1
	f := &Platt{PosGoal: 1, NegGoal: 0}
	if smoothed {
		f.PosGoal, f.NegGoal = (n1+1)/(n1+2), 1/(n0+2)
	}
	t := make([]float64, len(y))
	for i, v := range y {
		t[i] = f.NegGoal
		if v == 1 {
			t[i] = f.PosGoal
		}
	}
	o := glm.Options{Names: []string{"the score"}}
	if !math.IsInf(minSlope, -1) {
		o.Lower = []float64{minSlope}
	}
	g, err := glm.Logistic(x, t, len(y), 1, o)
	if err != nil {
		return nil, err
	}
	f.A, f.B, f.Fit = g.Coef[1], g.Coef[0], g
	return f, nil
}

// Apply returns the calibrated probability of a score.
func (f *Platt) Apply(x float64) float64 { return num.Expit(f.A*x + f.B) }
