package simulate

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// Distribution is a discrete distribution on ascending values.
type Distribution struct {
	Value, P []float64 // probabilities add up to one
}

// Mean returns Σ value·p.
func (d *Distribution) Mean() float64 { return num.Dot(d.Value, d.P) }

// Variance returns Σ (value − mean)²·p.
func (d *Distribution) Variance() float64 {
	m, v := d.Mean(), 0.0
	for i, x := range d.Value {
		v += (x - m) * (x - m) * d.P[i]
	}
	return v
}

// SD is the root of the variance.
func (d *Distribution) SD() float64 { return math.Sqrt(d.Variance()) }

// CDF returns P(X ≤ x).
func (d *Distribution) CDF(x float64) float64 {
	s := 0.0
	for i, v := range d.Value {
		if v > x {
			break
		}
		s += d.P[i]
	}
	return min(s, 1)
}

// Below returns P(X < x).
func (d *Distribution) Below(x float64) float64 {
	s := 0.0
	for i, v := range d.Value {
		if v >= x {
			break
		}
		s += d.P[i]
	}
	return min(s, 1)
}

// Quantile returns the smallest value with P(X ≤ value) ≥ p. Sums of rounded
// probabilities may fall short of p by some 1e-13, which counts as reaching it.
func (d *Distribution) Quantile(p float64) float64 {
	s := 0.0
	for i, q := range d.P {
		if s += q; s >= p-1e-12 {
			return d.Value[i]
		}
	}
	return d.Value[len(d.Value)-1]
}

// maxExactUnits bounds the table of RetainedARR.
const maxExactUnits = 50_000_000

// RetainedARR is the exact distribution of the ARR that stays when each account
// leaves independently with its own probability. ARR is in whole units (say
// thousands); the work is accounts × total units.
func RetainedARR(arr []int, churn []float64) (*Distribution, error) {
	if len(arr) == 0 || len(arr) != len(churn) {
		return nil, num.Invalid("arr", "%d amounts for %d probabilities", len(arr), len(churn))
	}
	total := 0
	for i, a := range arr {
		if a < 0 {
			return nil, num.Invalid("arr", "account %d has ARR %d, want zero or more", i, a)
		}
		if p := churn[i]; !(p >= 0 && p <= 1) {
			return nil, num.Invalid("churn", "account %d leaves with probability %v, want 0 to 1", i, p)
		}
		total += a
	}
	if total > maxExactUnits {
		return nil, num.Invalid("arr", "%d units are too many for the exact distribution: use thousands", total)
	}
	p := make([]float64, total+1)
	p[0] = 1
	top := 0
	for i, a := range arr {
		stay := 1 - churn[i]
		top += a
		for v := top; v >= 0; v-- {
			q := p[v] * churn[i]
			if v >= a {
				q += p[v-a] * stay
			}
			p[v] = q
		}
	}
	d := &Distribution{}
	for v, q := range p {
		if q > 0 {
			d.Value, d.P = append(d.Value, float64(v)), append(d.P, q)
		}
	}
	return d, nil
}

// BetaBinomial is the number of n like accounts that leave when their common rate is
// Beta(a, b): the uncertainty of the rate widens it.
func BetaBinomial(n int, a, b float64) (*Distribution, error) {
	if n < 1 || !(a > 0) || !(b > 0) {
		return nil, num.Invalid("n", "n = %d, a = %v, b = %v: all have to be positive", n, a, b)
	}
	d := &Distribution{}
	for k := 0; k <= n; k++ {
		d.Value = append(d.Value, float64(k))
		d.P = append(d.P, math.Exp(logChoose(n, k)+num.LogBeta(a+float64(k), b+float64(n-k))-num.LogBeta(a, b)))
	}
	return d, nil
}

// Binomial is the number of n accounts that leave with a known rate.
func Binomial(n int, p float64) (*Distribution, error) {
	if n < 1 || !(p >= 0 && p <= 1) {
		return nil, num.Invalid("p", "n = %d, p = %v: want n positive and p from 0 to 1", n, p)
	}
	d := &Distribution{}
	for k := 0; k <= n; k++ {
		d.Value = append(d.Value, float64(k))
		d.P = append(d.P, binomial(n, k, p))
	}
	return d, nil
}

func binomial(n, k int, p float64) float64 {
	switch {
	case p <= 0:
		return indicator(k == 0)
	case p >= 1:
		return indicator(k == n)
	}
	return math.Exp(logChoose(n, k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// OneFactor is the number of n like accounts that leave when a common shock moves
// them together: account i leaves when √ρ·Z + √(1−ρ)·ε_i < Φ⁻¹(p) (Vasicek).
type OneFactor struct {
	*Distribution
	Joint               float64 // chance that two given accounts both leave
	VarianceIndependent float64 // n·p·(1−p), without the shock
}

// factorPanels is the number of Simpson panels over the shock, ±9 standard deviations.
const factorPanels = 4000

// NewOneFactor integrates over the shock.
func NewOneFactor(n int, p, rho float64) (*OneFactor, error) {
	if n < 1 || !(p > 0 && p < 1) || !(rho >= 0 && rho < 1) {
		return nil, num.Invalid("rho", "n = %d, p = %v, rho = %v: want n positive, p between 0 and 1, rho from 0 to below 1", n, p, rho)
	}
	c := num.NormQuantile(p)
	out := &OneFactor{Distribution: &Distribution{}, VarianceIndependent: float64(n) * p * (1 - p)}
	for k := 0; k <= n; k++ {
		out.Value = append(out.Value, float64(k))
	}
	out.P = make([]float64, n+1)
	logs := make([]float64, n+1)
	for k := range logs {
		logs[k] = logChoose(n, k)
	}
	const lo, hi = -9.0, 9.0
	h := (hi - lo) / factorPanels
	for i := 0; i <= factorPanels; i++ {
		z := lo + h*float64(i)
		w := 2.0
		switch {
		case i == 0 || i == factorPanels:
			w = 1
		case i%2 == 1:
			w = 4
		}
		w *= h / 3 * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
		arg := (c - math.Sqrt(rho)*z) / math.Sqrt(1-rho)
		q, r := num.NormCDF(arg), num.NormCDF(-arg)
		out.Joint += w * q * q
		lq, lr := math.Log(q), math.Log(r)
		for k := range out.P {
			l := logs[k]
			if k > 0 {
				l += float64(k) * lq
			}
			if k < n {
				l += float64(n-k) * lr
			}
			out.P[k] += w * math.Exp(l)
		}
	}
	return out, nil
}

// Sample returns quantiles of draws, type 7; the draws stay as they are.
func Sample(draws, p []float64) []float64 {
	s := slices.Clone(draws)
	slices.Sort(s)
	out := make([]float64, len(p))
	for i, q := range p {
		out[i] = num.QuantileSorted(s, q)
	}
	return out
}
