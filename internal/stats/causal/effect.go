package causal

import (
	"math"

	"kept/internal/stats/num"
)

// Effect is an estimated difference, in the unit of the outcome.
type Effect struct {
	Estimate, SE float64
	Lo, Hi       float64 // normal interval at the level asked for
	Z, P         float64 // two-sided
	N            int     // accounts used
}

// NewEffect makes an effect with its normal interval.
func NewEffect(est, se, level float64, n int) Effect {
	h := num.ZFor(level) * se
	e := Effect{Estimate: est, SE: se, Lo: est - h, Hi: est + h, N: n, Z: math.NaN(), P: math.NaN()}
	if se > 0 {
		e.Z = est / se
		e.P = num.NormTwoSided(e.Z)
	}
	return e
}

// influence makes an effect from one influence value per account (mean zero):
// SE = √Σφ²/n.
func influence(est float64, phi []float64, level float64) Effect {
	s := 0.0
	for _, v := range phi {
		s += v * v
	}
	n := float64(len(phi))
	return NewEffect(est, math.Sqrt(s)/n, level, len(phi))
}

// checkArms checks an outcome and a 0/1 treatment, both arms with at least two
// accounts.
func checkArms(y, treat []float64) (n0, n1 int, err error) {
	if len(y) != len(treat) {
		return 0, 0, num.Invalid("treat", "%d treatments for %d outcomes", len(treat), len(y))
	}
	if err := num.CheckFinite("y", y); err != nil {
		return 0, 0, err
	}
	for i, a := range treat {
		switch a {
		case 0:
			n0++
		case 1:
			n1++
		default:
			return 0, 0, num.Invalid("treat", "value %d is %v, want 0 or 1", i, a)
		}
	}
	if n0 < 2 || n1 < 2 {
		return 0, 0, num.Invalid("treat", "%d accounts with the programme and %d without: each arm needs at least two", n1, n0)
	}
	return n0, n1, nil
}

// arm returns the values of v where treat is a.
func arm(v, treat []float64, a float64) []float64 {
	var out []float64
	for i, t := range treat {
		if t == a {
			out = append(out, v[i])
		}
	}
	return out
}

// Means is a plain comparison of two means.
type Means struct {
	Effect
	Mean1, Mean0 float64
	N1, N0       int
	DF           float64 // Welch's
}

// DifferenceInMeans compares the arms with unequal variances (Welch 1947); limits
// and p come from Student's t.
func DifferenceInMeans(y, treat []float64, level float64) (*Means, error) {
	n0, n1, err := checkArms(y, treat)
	if err != nil {
		return nil, err
	}
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	y1, y0 := arm(y, treat, 1), arm(y, treat, 0)
	m := &Means{Mean1: num.Mean(y1), Mean0: num.Mean(y0), N1: n1, N0: n0}
	a, b := num.Variance(y1)/float64(n1), num.Variance(y0)/float64(n0)
	m.Effect = NewEffect(m.Mean1-m.Mean0, math.Sqrt(a+b), level, n0+n1)
	if m.SE > 0 {
		m.DF = (a + b) * (a + b) / (a*a/float64(n1-1) + b*b/float64(n0-1))
		h := num.TQuantile(0.5+level/2, m.DF) * m.SE
		m.Lo, m.Hi = m.Estimate-h, m.Estimate+h
		m.P = num.TTwoSided(m.Z, m.DF)
	}
	return m, nil
}

// EValue is how strong an unmeasured cause would have to be.
type EValue struct {
	Point float64 // of the estimate
	Limit float64 // of the limit nearer to no effect; 1 when the interval includes it
}

// NewEValue returns RR + √(RR(RR−1)) for a risk ratio and its interval
// (VanderWeele & Ding 2017): an unmeasured cause would have to be tied to both
// treatment and outcome by a risk ratio of that size to explain the result away.
func NewEValue(rr, lo, hi float64) (EValue, error) {
	for what, v := range map[string]float64{"risk ratio": rr, "lower limit": lo, "upper limit": hi} {
		if !(v > 0) || math.IsInf(v, 0) {
			return EValue{}, num.Invalid("rr", "the %s is %v, want a positive number", what, v)
		}
	}
	e := EValue{Point: eValue(rr), Limit: 1}
	switch {
	case rr > 1 && lo > 1:
		e.Limit = eValue(lo)
	case rr < 1 && hi < 1:
		e.Limit = eValue(hi)
	}
	return e, nil
}

func eValue(rr float64) float64 {
	if rr < 1 {
		rr = 1 / rr
	}
	return rr + math.Sqrt(rr*(rr-1))
}

// NegativeControl is the same estimator run on an outcome that the programme
// cannot change.
type NegativeControl struct {
	Effect
	Passed bool // the interval includes zero
	Reason string
}

// JudgeNegativeControl says what an effect on a negative-control outcome means.
func JudgeNegativeControl(e Effect) NegativeControl {
	c := NegativeControl{Effect: e, Passed: e.Lo <= 0 && 0 <= e.Hi}
	if c.Passed {
		c.Reason = "no effect on an outcome that the programme cannot change"
	} else {
		c.Reason = "an \"effect\" on an outcome that the programme cannot change: the groups differ in something that was not measured"
	}
	return c
}

// Posterior is a lift seen with a sceptical prior.
type Posterior struct {
	Mean, SD, Lo, Hi float64
	Above            float64 // P(lift > break-even)
}

// Sceptical combines an estimate with the prior N(0, priorSD²), such as three
// points for renewal: small trials cannot then report large lifts.
func Sceptical(est, se, priorSD, breakEven, level float64) (Posterior, error) {
	if !(se > 0) || !(priorSD > 0) || math.IsInf(se+priorSD, 0) || math.IsNaN(est) || math.IsNaN(breakEven) {
		return Posterior{}, num.Invalid("se", "standard error %v, prior sd %v: both must be positive", se, priorSD)
	}
	if err := num.CheckLevel(level); err != nil {
		return Posterior{}, err
	}
	w := 1/(se*se) + 1/(priorSD*priorSD)
	p := Posterior{Mean: est / (se * se) / w, SD: 1 / math.Sqrt(w)}
	h := num.ZFor(level) * p.SD
	p.Lo, p.Hi = p.Mean-h, p.Mean+h
	p.Above = num.NormCDF((p.Mean - breakEven) / p.SD)
	return p, nil
}
