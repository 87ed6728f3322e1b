package meta

import (
	"math"

	"kept/internal/stats/num"
)

// Rates is an empirical-Bayes fit of k_i events among n_i accounts per segment:
// rates follow Beta(Alpha, Beta), whose two numbers are estimated from the
// segments themselves by maximum likelihood.
type Rates struct {
	Alpha, Beta float64 // +Inf both when the segments vary no more than chance: all get the pooled rate
	Mean        float64 // Alpha/(Alpha+Beta), the rate of the whole
	LogLik      float64 // Σ log B(α+k, β+n−k) − log B(α, β), without the binomial coefficients
	Segments    []Rate
}

// Rate is one segment's rate after shrinkage, as a share.
type Rate struct {
	Raw, Mean, Lo, Hi float64 // k/n (NaN for n = 0), posterior mean and equal-tailed limits
}

// most is the prior size from which segments count as not differing at all.
const most = 1e7

// BetaBinomial fits the shared Beta distribution and shrinks every segment's rate
// towards it (Efron & Morris; the same model as R's VGAM betabinomial).
func BetaBinomial(k, n []int, level float64) (*Rates, error) {
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	if len(k) != len(n) || len(k) < 2 {
		return nil, num.Invalid("k", "%d segments with %d sizes: at least two segments are needed", len(k), len(n))
	}
	events, total := 0, 0
	for i := range k {
		if n[i] < 0 || k[i] < 0 || k[i] > n[i] {
			return nil, num.Invalid("k", "segment %d has %d events among %d accounts", i, k[i], n[i])
		}
		events, total = events+k[i], total+n[i]
	}
	if events == 0 || events == total {
		return nil, num.Invalid("k", "%d events among %d accounts: the spread of the rates cannot be estimated", events, total)
	}
	size, mean := profile(k, n)
	r := &Rates{Mean: mean, Alpha: size * mean, Beta: size * (1 - mean)}
	r.LogLik = betaLogLik(k, n, size, mean)
	pooled := size >= most*0.99
	for i := range k {
		a, b := r.Alpha+float64(k[i]), r.Beta+float64(n[i]-k[i])
		s := Rate{Raw: float64(k[i]) / float64(n[i]), Mean: a / (a + b)}
		s.Lo, s.Hi = num.BetaQuantile((1-level)/2, a, b), num.BetaQuantile(0.5+level/2, a, b)
		if pooled {
			// The only uncertainty left is that of the pooled rate.
			a, b = float64(events)+0.5, float64(total-events)+0.5
			s.Mean = mean
			s.Lo, s.Hi = num.BetaQuantile((1-level)/2, a, b), num.BetaQuantile(0.5+level/2, a, b)
		}
		r.Segments = append(r.Segments, s)
	}
	if pooled {
		r.Alpha, r.Beta = math.Inf(1), math.Inf(1)
	}
	return r, nil
}

func betaLogLik(k, n []int, size, mean float64) float64 {
	a, b, l := size*mean, size*(1-mean), 0.0
	for i := range k {
		// Rising factorials as sums of logs for short segments: the difference of
		// two log-gammas loses digits when size is large.
		l += rising(a, k[i]) + rising(b, n[i]-k[i]) - rising(a+b, n[i])
	}
	return l
}

// rising is log Γ(a+k) − log Γ(a).
func rising(a float64, k int) float64 {
	if k > 2000 {
		hi, _ := math.Lgamma(a + float64(k))
		lo, _ := math.Lgamma(a)
		return hi - lo
	}
	s, p := 0.0, 1.0
	for j := range k {
		p *= a + float64(j)
		if p > 1e250 || p < 1e-250 {
			s, p = s+math.Log(p), 1
		}
	}
	return s + math.Log(p)
}

// profile maximises over the mean for each prior size, and over log size: first a
// grid (the likelihood is flat and may have its maximum at infinity), then a
// golden-section search around the best point.
func profile(k, n []int) (size, mean float64) {
	at := func(t float64) (ll, mu float64) {
		s := math.Exp(t)
		lt := golden(-12, 12, func(l float64) float64 { return betaLogLik(k, n, s, num.Expit(l)) })
		mu = num.Expit(lt)
		return betaLogLik(k, n, s, mu), mu
	}
	lo, hi, steps := math.Log(1e-3), math.Log(most), 40
	best, where := math.Inf(-1), 0
	for i := range steps + 1 {
		if ll, _ := at(lo + (hi-lo)*float64(i)/float64(steps)); ll > best {
			best, where = ll, i
		}
	}
	if where == steps {
		_, mean = at(hi)
		return most, mean
	}
	step := (hi - lo) / float64(steps)
	mid := lo + step*float64(where)
	t := golden(mid-step, mid+step, func(t float64) float64 { ll, _ := at(t); return ll })
	_, mean = at(t)
	return math.Exp(t), mean
}

// golden returns the maximum of a unimodal f on [a, b] by golden-section search.
func golden(a, b float64, f func(float64) float64) float64 {
	const g = 0.6180339887498949
	x1, x2 := b-g*(b-a), a+g*(b-a)
	f1, f2 := f(x1), f(x2)
	for b-a > 1e-9*(1+math.Abs(a)) {
		if f1 < f2 {
			a, x1, f1 = x1, x2, f2
			x2 = a + g*(b-a)
			f2 = f(x2)
		} else {
			b, x2, f2 = x2, x1, f1
			x1 = b - g*(b-a)
			f1 = f(x1)
		}
	}
	return (a + b) / 2
}
