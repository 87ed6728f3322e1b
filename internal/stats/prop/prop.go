package prop

import (
	"math"

	"kept/internal/stats/num"
)

// Interval is a pair of limits, in the unit of the estimate.
type Interval struct{ Lo, Hi float64 }

// Width returns Hi − Lo.
func (i Interval) Width() float64 { return i.Hi - i.Lo }

// Contains says whether v lies within the limits.
func (i Interval) Contains(v float64) bool { return i.Lo <= v && v <= i.Hi }

var unknown = Interval{math.NaN(), math.NaN()}

func checkCount(what string, x, n int, level float64) error {
	switch {
	case n <= 0:
		return num.Invalid(what, "there are no accounts: a share needs at least one")
	case x < 0 || x > n:
		return num.Invalid(what, "%d of %d is not a share", x, n)
	}
	return num.CheckLevel(level)
}

// Wilson returns the score interval of x in n, the one Kept shows (Wilson 1927):
// the shares that a test at the level does not reject. It stays within [0, 1].
func Wilson(x, n int, level float64) (Interval, error) {
	if err := checkCount("x", x, n, level); err != nil {
		return unknown, err
	}
	return wilson(float64(x)/float64(n), float64(n), num.ZFor(level)), nil
}

// WilsonShare is Wilson's interval of a share of n units where n need not be whole,
// such as an effective number of accounts; no units tell nothing.
func WilsonShare(share, n, level float64) Interval {
	if !(n > 0) {
		return Interval{0, 1}
	}
	return wilson(share, n, num.ZFor(level))
}

func wilson(p, n, z float64) Interval {
	z2 := z * z
	mid := (p + z2/(2*n)) / (1 + z2/n)
	half := z / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	out := Interval{max(mid-half, 0), min(mid+half, 1)}
	// Rounding must not cut the estimate itself off.
	if p == 0 {
		out.Lo = 0
	}
	if p == 1 {
		out.Hi = 1
	}
	return out
}

// ClopperPearson returns the exact interval of x in n: never below its nominal
// coverage, and wider than needed (Clopper & Pearson 1934).
func ClopperPearson(x, n int, level float64) (Interval, error) {
	if err := checkCount("x", x, n, level); err != nil {
		return unknown, err
	}
	return betaLimits(x, n, level, 0, 1), nil
}

// Jeffreys returns the equal-tailed posterior interval of x in n under the
// Beta(½, ½) prior, with the limit 0 at x = 0 and 1 at x = n (Brown, Cai &
// DasGupta 2001).
func Jeffreys(x, n int, level float64) (Interval, error) {
	if err := checkCount("x", x, n, level); err != nil {
		return unknown, err
	}
	return betaLimits(x, n, level, 0.5, 0.5), nil
}

func betaLimits(x, n int, level, own, other float64) Interval {
	k, m, tail := float64(x), float64(n-x), (1-level)/2
	out := Interval{0, 1}
	if x > 0 {
		out.Lo = num.BetaQuantile(tail, k+own, m+other)
	}
	if x < n {
		out.Hi = num.BetaQuantile(1-tail, k+other, m+own)
	}
	return out
}

// AgrestiCoull returns the Wald interval around (x + z²/2)/(n + z²). It may reach
// outside [0, 1]: it is here for comparison (Agresti & Coull 1998).
func AgrestiCoull(x, n int, level float64) (Interval, error) {
	if err := checkCount("x", x, n, level); err != nil {
		return unknown, err
	}
	z := num.ZFor(level)
	m := float64(n) + z*z
	p := (float64(x) + z*z/2) / m
	h := z * math.Sqrt(p*(1-p)/m)
	return Interval{p - h, p + h}, nil
}

// Wald returns p ± z·√(p(1−p)/n), not clipped: for comparison only, it
// undercovers at small n and has no width at 0 and n.
func Wald(x, n int, level float64) (Interval, error) {
	if err := checkCount("x", x, n, level); err != nil {
		return unknown, err
	}
	p := float64(x) / float64(n)
	h := num.ZFor(level) * math.Sqrt(p*(1-p)/float64(n))
	return Interval{p - h, p + h}, nil
}
