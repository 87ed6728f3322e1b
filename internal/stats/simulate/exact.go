package simulate

import (
	"math"

	"kept/internal/fault"
	"kept/internal/stats/num"
)

// Discrete is a distribution on the multiples of Unit from zero.
type Discrete struct {
	Unit int64     // money in the smallest unit, or 1 for counts
	P    []float64 // probability of k·Unit
}

// maxCells bounds the grid of an exact distribution.
const maxCells = 50_000_000

// RetainedARR is the exact distribution of what is left of the amounts when
// account i leaves with probability churn[i], independently (a weighted Poisson
// binomial, by convolution on the grid of the amounts' greatest common divisor).
// Amounts are in the smallest unit of money. Independence makes it too narrow for
// a forecast: it is the check of the simulator.
func RetainedARR(amounts []int64, churn []float64) (*Discrete, error) {
	if len(amounts) == 0 || len(amounts) != len(churn) {
		return nil, num.Invalid("amounts", "%d amounts with %d probabilities", len(amounts), len(churn))
	}
	unit, total := int64(0), int64(0)
	for i, a := range amounts {
		if a < 0 || a > math.MaxInt64/2-total {
			return nil, num.Invalid("amounts", "amount %d is %d: want zero or more, and a sum that fits", i, a)
		}
		if !(churn[i] >= 0 && churn[i] <= 1) {
			return nil, num.Invalid("churn", "value %d is %v, want 0 to 1", i, churn[i])
		}
		unit, total = gcd(unit, a), total+a
	}
	if unit == 0 {
		return &Discrete{1, []float64{1}}, nil
	}
	if total/unit > maxCells || float64(total/unit)*float64(len(amounts)) > 5e9 {
		return nil, &fault.Error{Kind: fault.TooLarge, Field: "amounts", Msg: "too many different totals for an exact distribution: round the amounts, or simulate"}
	}
	d := &Discrete{Unit: unit, P: make([]float64, total/unit+1)}
	d.P[0] = 1
	top := int64(0)
	for i, a := range amounts {
		s, q := a/unit, churn[i]
		if s == 0 {
			continue
		}
		for k := top + s; k >= 0; k-- {
			v := 0.0
			if k <= top {
				v = q * d.P[k]
			}
			if k >= s {
				v += (1 - q) * d.P[k-s]
			}
			d.P[k] = v
		}
		top += s
	}
	return d, nil
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Mean returns the expectation.
func (d *Discrete) Mean() float64 {
	s := 0.0
	for k, p := range d.P {
		s += float64(k) * p
	}
	return s * float64(d.Unit)
}

// Var returns the variance.
func (d *Discrete) Var() float64 {
	m := d.Mean() / float64(d.Unit)
	s := 0.0
	for k, p := range d.P {
		s += (float64(k) - m) * (float64(k) - m) * p
	}
	return s * float64(d.Unit) * float64(d.Unit)
}

// CDF returns P(X ≤ x).
func (d *Discrete) CDF(x float64) float64 {
	s := 0.0
	for k, p := range d.P {
		if float64(k)*float64(d.Unit) > x*(1+1e-14) {
			break
		}
		s += p
	}
	return min(s, 1)
}

// Below returns P(X < x).
func (d *Discrete) Below(x float64) float64 {
	s := 0.0
	for k, p := range d.P {
		if float64(k)*float64(d.Unit) >= x*(1-1e-14) {
			break
		}
		s += p
	}
	return min(s, 1)
}

// Quantile returns the smallest value with P(X ≤ value) ≥ p, up to rounding.
func (d *Discrete) Quantile(p float64) float64 {
	s := 0.0
	for k, q := range d.P {
		if s += q; s >= p*(1-64*0x1p-52) && s > 0 {
			return float64(k) * float64(d.Unit)
		}
	}
	return float64(int64(len(d.P)-1) * d.Unit)
}

func checkCount(n int) error {
	if n < 0 || n > maxCells {
		return num.Invalid("n", "%d accounts", n)
	}
	return nil
}

// Binomial is the distribution of events among n alike, independent accounts.
func Binomial(n int, p float64) (*Discrete, error) {
	if err := checkCount(n); err != nil {
		return nil, err
	}
	if !(p >= 0 && p <= 1) {
		return nil, num.Invalid("p", "%v is not between 0 and 1", p)
	}
	d := &Discrete{Unit: 1, P: make([]float64, n+1)}
	fillBinomial(d.P, p)
	return d, nil
}

func fillBinomial(out []float64, p float64) {
	n := len(out) - 1
	switch p {
	case 0:
		clear(out)
		out[0] = 1
		return
	case 1:
		clear(out)
		out[n] = 1
		return
	}
	// Start at the mode and walk both ways: no underflow in between.
	mode := min(int(float64(n+1)*p), n)
	out[mode] = math.Exp(lchoose(n, mode) + float64(mode)*math.Log(p) + float64(n-mode)*math.Log1p(-p))
	odds := p / (1 - p)
	for k := mode + 1; k <= n; k++ {
		out[k] = out[k-1] * float64(n-k+1) / float64(k) * odds
	}
	for k := mode - 1; k >= 0; k-- {
		out[k] = out[k+1] * float64(k+1) / float64(n-k) / odds
	}
}

func lchoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// BetaBinomial is the distribution of events among n alike accounts when their
// rate is only known as Beta(a, b): the parameter's uncertainty is in it.
func BetaBinomial(n int, a, b float64) (*Discrete, error) {
	if err := checkCount(n); err != nil {
		return nil, err
	}
	if !(a > 0 && b > 0) || math.IsInf(a+b, 0) {
		return nil, num.Invalid("a", "Beta(%v, %v) is not a distribution", a, b)
	}
	d := &Discrete{Unit: 1, P: make([]float64, n+1)}
	base := num.LogBeta(a, b)
	for k := range d.P {
		d.P[k] = math.Exp(lchoose(n, k) + num.LogBeta(a+float64(k), b+float64(n-k)) - base)
	}
	return d, nil
}

// OneFactor is the distribution of events among n alike accounts of probability p
// whose fates share one Gaussian factor with correlation rho (Vasicek 1987): the
// exact case of a common shock.
type OneFactor struct {
	*Discrete
	Joint float64 // P(two given accounts both have the event)
}

// NewOneFactor integrates the factor out.
func NewOneFactor(n int, p, rho float64) (*OneFactor, error) {
	if n < 1 || n > 100_000 {
		return nil, num.Invalid("n", "%d accounts, want 1 to 100000", n)
	}
	if !(p > 0 && p < 1) {
		return nil, num.Invalid("p", "%v is not between 0 and 1", p)
	}
	if !(rho >= 0 && rho < 1) {
		return nil, num.Invalid("rho", "a correlation of %v, want 0 or more and below 1", rho)
	}
	o := &OneFactor{Discrete: &Discrete{Unit: 1, P: make([]float64, n+1)}}
	one := make([]float64, n+1)
	c := num.NormQuantile(p)
	// The trapezoid rule converges faster than any power for this integrand; the
	// step resolves the steepest part, of width √((1−ρ)/ρ)/√n.
	step := 1.0 / 64
	if rho > 0 {
		step = min(step, math.Sqrt((1-rho)/rho)/8, math.Sqrt((1-rho)/rho)/math.Sqrt(float64(n))*0.5)
	}
	m := int(9.5 / step)
	for i := -m; i <= m; i++ {
		z := float64(i) * step
		w := step * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
		q := num.NormCDF((c - math.Sqrt(rho)*z) / math.Sqrt(1-rho))
		o.Joint += w * q * q
		if q <= 1e-300 || q >= 1-1e-16 {
			k := 0
			if q > 0.5 {
				k = n
			}
			o.P[k] += w
			continue
		}
		fillBinomial(one, q)
		for k, v := range one {
			o.P[k] += w * v
		}
	}
	return o, nil
}

// VarExact is n·p(1−p) + n(n−1)(Joint − p²), free of the rounding of the sum over
// the distribution.
func (o *OneFactor) VarExact(n int, p float64) float64 {
	k := float64(n)
	return k*p*(1-p) + k*(k-1)*(o.Joint-p*p)
}
