package simulate

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"kept/internal/stats/num"
)

// Queue is a pooled desk: requests arrive at random, wait for one of Servers.
type Queue struct {
	Offered  float64 // load in servers' worth of work: arrivals per hour × hours each
	Servers  int
	ErlangB  float64 // share turned away if nobody could wait
	ErlangC  float64 // P(a request has to wait); 1 when Offered ≥ Servers
	Busy     float64 // utilisation, Offered/Servers; above 1 the queue grows without end
	MeanWait float64 // mean wait over all requests, in mean handling times; +Inf when Busy ≥ 1
}

// NewQueue returns Erlang's formulas (M/M/c), by the stable recursion.
func NewQueue(offered float64, servers int) (*Queue, error) {
	if !(offered >= 0) || math.IsInf(offered, 0) || servers < 1 || servers > 10_000_000 {
		return nil, num.Invalid("servers", "a load of %v on %d servers", offered, servers)
	}
	b := 1.0
	for k := 1; k <= servers; k++ {
		b = offered * b / (float64(k) + offered*b)
	}
	q := &Queue{Offered: offered, Servers: servers, ErlangB: b, ErlangC: 1, Busy: offered / float64(servers), MeanWait: math.Inf(1)}
	if c := float64(servers); offered < c {
		q.ErlangC = b / (1 - q.Busy*(1-b))
		q.MeanWait = q.ErlangC / (c - offered)
	}
	return q, nil
}

// WaitBeyond returns P(wait > t), t in mean handling times.
func (q *Queue) WaitBeyond(t float64) float64 {
	if q.Busy >= 1 {
		return 1
	}
	return q.ErlangC * math.Exp(-(float64(q.Servers)-q.Offered)*max(t, 0))
}

// ServersFor returns the smallest desk on which at most the share maxWait of the
// requests waits.
func ServersFor(offered, maxWait float64) (int, error) {
	if !(maxWait > 0 && maxWait < 1) || !(offered >= 0) || offered > 1e6 {
		return 0, num.Invalid("wait", "a load of %v with a share of %v waiting", offered, maxWait)
	}
	b := 1.0
	for k := 1; ; k++ {
		b = offered * b / (float64(k) + offered*b)
		if c := float64(k); offered < c && b/(1-offered/c*(1-b)) <= maxWait {
			return k, nil
		}
	}
}

// CompoundPoisson returns mean λ·m and variance λ·m²(1+cv²) of a Poisson number of
// tasks of mean m and squared coefficient of variation cv² (hours per month, say).
func CompoundPoisson(lambda, mean, cv2 float64) (m, v float64, err error) {
	if !(lambda >= 0) || !(mean >= 0) || !(cv2 >= 0) || math.IsInf(lambda+mean+cv2, 0) {
		return math.NaN(), math.NaN(), num.Invalid("lambda", "λ %v, mean %v, cv² %v: want zero or more", lambda, mean, cv2)
	}
	return lambda * mean, lambda * mean * mean * (1 + cv2), nil
}

// NegBinQuantile returns the smallest count k with P(X ≤ k) ≥ p for a negative
// binomial of mean mu and variance mu + mu²/size (R's mu and size): tasks per month
// that come in bursts. size = +Inf is Poisson.
func NegBinQuantile(p, mu, size float64) (int, error) {
	if !(p > 0 && p < 1) {
		return 0, num.Invalid("p", "%v is not between 0 and 1", p)
	}
	if !(mu >= 0) || mu > 1e9 || !(size > 0) {
		return 0, num.Invalid("mu", "mean %v with size %v", mu, size)
	}
	if mu == 0 {
		return 0, nil
	}
	cdf := func(k int) float64 { return mathext.RegIncBeta(size, float64(k)+1, size/(size+mu)) }
	sd := math.Sqrt(mu + mu*mu/size)
	if math.IsInf(size, 1) {
		cdf = func(k int) float64 { return mathext.GammaIncRegComp(float64(k)+1, mu) }
		sd = math.Sqrt(mu)
	}
	hi := int(mu+sd) + 1
	for cdf(hi) < p {
		hi *= 2
	}
	lo := -1 // P(X ≤ lo) < p ≤ P(X ≤ hi)
	at := p * (1 - 64*0x1p-52)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; cdf(mid) >= at {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, nil
}

// PoissonQuantile is NegBinQuantile without bursts.
func PoissonQuantile(p, mu float64) (int, error) { return NegBinQuantile(p, mu, math.Inf(1)) }
