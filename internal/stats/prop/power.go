package prop

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"kept/internal/stats/num"
)

func checkShare(what string, p float64) error {
	if !(p > 0 && p < 1) {
		return num.Invalid(what, "%v is not a share between 0 and 1", p)
	}
	return nil
}

// SampleSize returns the number of accounts per arm that finds the difference
// between the shares p1 and p2 with the given power in a two-sided test at alpha,
// equal arms, normal approximation (as R's power.prop.test); round it up.
func SampleSize(p1, p2, power, alpha float64) (float64, error) {
	for _, c := range []struct {
		what string
		v    float64
	}{{"p1", p1}, {"p2", p2}, {"power", power}, {"alpha", alpha}} {
		if err := checkShare(c.what, c.v); err != nil {
			return math.NaN(), err
		}
	}
	if p1 == p2 {
		return math.NaN(), num.Invalid("p2", "both shares are %v: no number of accounts finds a difference of nothing", p1)
	}
	bar := (p1 + p2) / 2
	z := num.NormQuantile(1-alpha/2)*math.Sqrt(2*bar*(1-bar)) + num.NormQuantile(power)*math.Sqrt(p1*(1-p1)+p2*(1-p2))
	return z * z / ((p1 - p2) * (p1 - p2)), nil
}

// Power returns the chance to find the difference between p1 and p2 with n1 and
// n2 accounts in a two-sided test at alpha; the wrong tail is not counted.
func Power(p1, p2, n1, n2, alpha float64) (float64, error) {
	for _, c := range []struct {
		what string
		v    float64
	}{{"p1", p1}, {"p2", p2}, {"alpha", alpha}} {
		if err := checkShare(c.what, c.v); err != nil {
			return math.NaN(), err
		}
	}
	if !(n1 > 0 && n2 > 0) || math.IsInf(n1+n2, 0) {
		return math.NaN(), num.Invalid("n", "the arms have %v and %v accounts", n1, n2)
	}
	bar := (n1*p1 + n2*p2) / (n1 + n2)
	null := math.Sqrt(bar * (1 - bar) * (1/n1 + 1/n2))
	alt := math.Sqrt(p1*(1-p1)/n1 + p2*(1-p2)/n2)
	return num.NormCDF((math.Abs(p1-p2) - num.NormQuantile(1-alpha/2)*null) / alt), nil
}

// Detectable returns the smallest uplift over the share base (0.05: five points)
// that total accounts find with the given power when the share treat of them gets
// the programme. ok is false when even base → 1 cannot be found.
func Detectable(base, total, treat, power, alpha float64) (uplift float64, ok bool, err error) {
	if err := checkShare("treat", treat); err != nil {
		return math.NaN(), false, err
	}
	if err := checkShare("power", power); err != nil {
		return math.NaN(), false, err
	}
	if _, err := Power(base, base, total*treat, total*(1-treat), alpha); err != nil {
		return math.NaN(), false, err
	}
	short := func(d float64) bool {
		got, err := Power(base+d, base, total*treat, total*(1-treat), alpha)
		return err == nil && got < power
	}
	top := (1 - base) * (1 - 1e-12)
	if short(top) {
		return math.NaN(), false, nil
	}
	return bisect(0, top, short), true, nil
}

// PowerT returns the chance to find a difference of delta between two means of n
// accounts each, standard deviation sd, in a two-sided t test at alpha; the wrong
// tail is not counted (as R's power.t.test). With a covariate of correlation rho
// (CUPED) pass sd·√(1−ρ²).
func PowerT(n, delta, sd, alpha float64) (float64, error) {
	if !(n > 1) || !(sd > 0) || math.IsNaN(delta) || math.IsInf(n+delta+sd, 0) {
		return math.NaN(), num.Invalid("n", "n = %v, difference %v, sd %v: want n above 1 and a positive sd", n, delta, sd)
	}
	if err := checkShare("alpha", alpha); err != nil {
		return math.NaN(), err
	}
	df := 2 * (n - 1)
	return 1 - noncentralT(num.TQuantile(1-alpha/2, df), df, math.Sqrt(n/2)*math.Abs(delta)/sd), nil
}

// DetectableMean returns the smallest difference of two means that n1 and n2
// accounts find with the given power (normal approximation), in units of sd.
func DetectableMean(n1, n2, power, alpha float64) (float64, error) {
	if !(n1 > 0 && n2 > 0) {
		return math.NaN(), num.Invalid("n", "the arms have %v and %v accounts", n1, n2)
	}
	if err := checkShare("power", power); err != nil {
		return math.NaN(), err
	}
	if err := checkShare("alpha", alpha); err != nil {
		return math.NaN(), err
	}
	return (num.NormQuantile(1-alpha/2) + num.NormQuantile(power)) * math.Sqrt(1/n1+1/n2), nil
}

// noncentralT is P(T ≤ t) for t ≥ 0 by the series of Lenth (1989, AS 243).
func noncentralT(t, df, delta float64) float64 {
	cdf := num.NormCDF(-delta)
	if t <= 0 {
		return cdf
	}
	x := t * t / (t*t + df)
	half := delta * delta / 2
	if half > 700 { // the series underflows; the normal is exact to the digits left
		s := 1 - 1/(4*df)
		return num.NormCDF((t*s - delta) / math.Sqrt(1+t*t/(2*df)))
	}
	p := 0.5 * math.Exp(-half)
	q := math.Sqrt(2/math.Pi) * p * delta
	for j := range 5000 {
		i := float64(j)
		term := p*mathext.RegIncBeta(i+0.5, df/2, x) + q*mathext.RegIncBeta(i+1, df/2, x)
		cdf += term
		if i > half && term < 1e-15 {
			break
		}
		p *= half / (i + 1)
		q *= half / (i + 1.5)
	}
	return min(cdf, 1)
}
