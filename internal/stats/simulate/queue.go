package simulate

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"kept/internal/stats/num"
)

// ErlangB is the chance that a request finds all servers busy and goes away, with
// load in erlangs (requests per time × time per request).
func ErlangB(load float64, servers int) (float64, error) {
	if !(load >= 0) || math.IsInf(load, 0) || servers < 1 {
		return 0, num.Invalid("servers", "%v erlangs on %d servers: want a load of zero or more and one server at least", load, servers)
	}
	b := 1.0
	for k := 1; k <= servers; k++ {
		b = load * b / (float64(k) + load*b)
	}
	return b, nil
}

// ErlangC is the chance that a request has to wait in a pooled desk; one when the
// load exceeds the servers.
func ErlangC(load float64, servers int) (float64, error) {
	b, err := ErlangB(load, servers)
	if err != nil {
		return 0, err
	}
	m := float64(servers)
	if load >= m {
		return 1, nil
	}
	return m * b / (m - load*(1-b)), nil
}

// CompoundPoisson returns the mean and variance of the hours of a Poisson number of
// events with the given mean hours and squared coefficient of variation:
// λ·m and λ·m²·(1+cv²).
func CompoundPoisson(lambda, meanHours, cv2 float64) (mean, variance float64, err error) {
	if !(lambda >= 0) || !(meanHours >= 0) || !(cv2 >= 0) {
		return 0, 0, num.Invalid("lambda", "λ = %v, mean = %v, cv² = %v: none may be negative", lambda, meanHours, cv2)
	}
	return lambda * meanHours, lambda * meanHours * meanHours * (1 + cv2), nil
}

// NegativeBinomialQuantile returns the smallest count with P(N ≤ count) ≥ p for mean
// mu and dispersion size (variance mu + mu²/size).
func NegativeBinomialQuantile(p, mu, size float64) (int, error) {
	if !(mu >= 0) || !(size > 0) {
		return 0, num.Invalid("mu", "mean %v, size %v: want a mean of zero or more and a positive size", mu, size)
	}
	return countQuantile(p, mu, mu+mu*mu/size, func(k float64) float64 {
		return mathext.RegIncBeta(size, k+1, size/(size+mu))
	})
}

// PoissonQuantile returns the smallest count with P(N ≤ count) ≥ p.
func PoissonQuantile(p, mu float64) (int, error) {
	if !(mu >= 0) {
		return 0, num.Invalid("mu", "the mean is %v, want zero or more", mu)
	}
	if mu == 0 {
		return 0, nil
	}
	return countQuantile(p, mu, mu, func(k float64) float64 { return mathext.GammaIncRegComp(k+1, mu) })
}

// countQuantile searches from a bracket around mean + z·sd.
func countQuantile(p, mean, variance float64, cdf func(float64) float64) (int, error) {
	if !(p >= 0 && p < 1) {
		return 0, num.Invalid("p", "the probability is %v, want 0 to below 1", p)
	}
	const slack = 1 - 64*2.220446e-16 // sums that fall short by rounding count as reached
	lo, hi := -1, int(mean+2*math.Sqrt(variance))+2
	for cdf(float64(hi)) < p*slack {
		lo, hi = hi, 2*hi
	}
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; cdf(float64(mid)) >= p*slack {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, nil
}
