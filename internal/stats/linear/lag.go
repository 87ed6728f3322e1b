package linear

import (
	"math"

	"kept/internal/stats/num"
)

// Series is one account's pair of series, evenly spaced in time.
type Series struct{ X, Y []float64 }

// LagOptions of a search for the lead of X over Y.
type LagOptions struct {
	MaxLag     int // periods; lags 0…MaxLag are tried
	Difference int // order of differences taken first; 1 removes common trends, 0 only suits series without any
	Draws      int // of the permutation; 0: none
	Seed       uint64
	Level      float64 // of the Fisher intervals; 0: 0.95
}

// LagResult says at which lag X moves before Y.
type LagResult struct {
	Lags   []Lag
	Best   int     // lag of the largest |R|
	MaxP   float64 // p of the whole search: how often shifted series reach |R| of the best lag at any lag; NaN without draws
	Used   int     // accounts with enough rows and variation
	Unused int
}

// Lag is one lag of the search, pooled within accounts.
type Lag struct {
	Lag, N   int     // N pairs
	R        float64 // correlation of x[t−lag] with y[t], each account around its own means; NaN without variation
	Lo, Hi   float64 // Fisher's interval, as if the pairs were independent
	P        float64 // t test, as if independent; for series read AdjP
	AdjP     float64 // max-statistic permutation p, corrected for the search over lags; NaN without draws
	Accounts int
}

// LagCorrelation correlates x, shifted back by 0…MaxLag periods, with y. The
// permutation shifts every account's x around a circle by its own random distance:
// that keeps each series' own memory and breaks only the tie between the two; the
// largest |R| over the lags of each draw makes the p-values honest about the
// search. A positive best lag says "predicts", never "causes".
func LagCorrelation(series []Series, o LagOptions) (*LagResult, error) {
	if o.MaxLag < 0 || o.Difference < 0 || o.Draws < 0 || o.Draws > 1e6 {
		return nil, num.Invalid("lag", "max lag %d, differences %d, draws %d: none may be negative, draws at most a million", o.MaxLag, o.Difference, o.Draws)
	}
	if o.Level == 0 {
		o.Level = 0.95
	}
	if err := num.CheckLevel(o.Level); err != nil {
		return nil, err
	}
	var use []Series
	for i, s := range series {
		if len(s.X) != len(s.Y) {
			return nil, num.Invalid("series", "account %d has %d values of x and %d of y", i, len(s.X), len(s.Y))
		}
		if err := num.CheckFinite("x", s.X); err != nil {
			return nil, err
		}
		if err := num.CheckFinite("y", s.Y); err != nil {
			return nil, err
		}
		d := Series{Diff(s.X, o.Difference), Diff(s.Y, o.Difference)}
		if len(d.X) > 2 && varies(d.X) && varies(d.Y) {
			use = append(use, d)
		}
	}
	r := &LagResult{Used: len(use), Unused: len(series) - len(use), MaxP: math.NaN(), Best: -1}
	if len(use) == 0 {
		return nil, num.Invalid("series", "no account has three periods in which both series move")
	}
	best := 0.0
	all := pooledLags(use, nil, o.MaxLag)
	for l, q := range all {
		one := Lag{Lag: l, N: q.n, R: q.r(), AdjP: math.NaN(), Accounts: q.accounts}
		one.P, one.Lo, one.Hi = rTest(one.R, one.N-q.accounts+1, o.Level)
		if math.Abs(one.R) > best {
			best, r.Best = math.Abs(one.R), l
		}
		r.Lags = append(r.Lags, one)
	}
	if r.Best < 0 {
		return nil, num.Invalid("series", "the series do not move together at any lag that can be computed")
	}
	if o.Draws > 0 {
		r.permute(use, o)
	}
	return r, nil
}

func (r *LagResult) permute(use []Series, o LagOptions) {
	top := make([]float64, o.Draws)
	num.Blocks(o.Draws, 16, func(b, lo, hi int) {
		g := num.Rand(o.Seed, uint64(b))
		shift := make([]int, len(use))
		for d := lo; d < hi; d++ {
			for i, s := range use {
				shift[i] = 1 + g.IntN(len(s.X)-1)
			}
			for _, q := range pooledLags(use, shift, o.MaxLag) {
				if v := math.Abs(q.r()); v > top[d] {
					top[d] = v
				}
			}
		}
	})
	p := func(v float64) float64 {
		c := 1
		for _, t := range top {
			if t >= v*(1-1e-12) {
				c++
			}
		}
		return float64(c) / float64(len(top)+1)
	}
	for i := range r.Lags {
		if v := math.Abs(r.Lags[i].R); !math.IsNaN(v) {
			r.Lags[i].AdjP = p(v)
		}
	}
	r.MaxP = r.Lags[r.Best].AdjP
}

func varies(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return true
		}
	}
	return false
}

// Diff returns the differences of an order: of first order x[t] − x[t−1].
func Diff(x []float64, order int) []float64 {
	out := append([]float64(nil), x...)
	for range order {
		if len(out) == 0 {
			break
		}
		for t := 0; t+1 < len(out); t++ {
			out[t] = out[t+1] - out[t]
		}
		out = out[:len(out)-1]
	}
	return out
}

// moments are within-account sums of one lag.
type moments struct {
	n, accounts   int
	xx, yy, cross float64
}

func (m moments) r() float64 {
	if !(m.xx > 0 && m.yy > 0) {
		return math.NaN()
	}
	return max(-1, min(1, m.cross/math.Sqrt(m.xx*m.yy)))
}

// pooledLags adds the sums of all accounts over the overlapping part of each lag,
// x turned by shift[i] places round its circle.
func pooledLags(use []Series, shift []int, maxLag int) []moments {
	out := make([]moments, maxLag+1)
	var turned []float64
	for i, s := range use {
		x, t := s.X, len(s.Y)
		if shift != nil {
			turned = append(append(turned[:0], x[shift[i]:]...), x[:shift[i]]...)
			x = turned
		}
		for l := 0; l <= maxLag && t-l > 2; l++ {
			a, b := x[:t-l], s.Y[l:]
			q := within(a, b)
			m := &out[l]
			m.n, m.accounts = m.n+t-l, m.accounts+1
			m.xx, m.yy, m.cross = m.xx+q.xx, m.yy+q.yy, m.cross+q.cross
		}
	}
	return out
}

func within(a, b []float64) (q moments) {
	n := float64(len(a))
	ma, mb := 0.0, 0.0
	b = b[:len(a)]
	for i, v := range a {
		ma += v
		mb += b[i]
	}
	ma, mb = ma/n, mb/n
	for i, v := range a {
		d, e := v-ma, b[i]-mb
		q.xx += d * d
		q.yy += e * e
		q.cross += d * e
	}
	return q
}

// rTest returns the two-sided t test of a correlation of n pairs and Fisher's
// interval; NaN below four pairs.
func rTest(r float64, n int, level float64) (p, lo, hi float64) {
	if n < 4 || math.IsNaN(r) {
		return math.NaN(), math.NaN(), math.NaN()
	}
	df := float64(n - 2)
	p = num.TTwoSided(r*math.Sqrt(df/((1-r)*(1+r))), df)
	z, h := math.Atanh(r), num.ZFor(level)/math.Sqrt(float64(n-3))
	return p, math.Tanh(z - h), math.Tanh(z + h)
}

// CCF returns the cross-correlations of R's ccf: cor(x[t+k], y[t]) for each lag k,
// with means and standard deviations of the whole series and divisor n. "x leads y
// by 3" stands at lag −3. x and y have equal length; NaN without variation.
func CCF(x, y []float64, lags []int) []float64 {
	q := within(x, y)
	mx, my := num.Mean(x), num.Mean(y)
	out := make([]float64, len(lags))
	for i, k := range lags {
		s := 0.0
		for t := max(0, -k); t < len(y) && t+k < len(x); t++ {
			s += (x[t+k] - mx) * (y[t] - my)
		}
		out[i] = s / math.Sqrt(q.xx*q.yy)
	}
	return out
}

// ACF returns the autocorrelations of lags 0…maxLag, divisor n.
func ACF(x []float64, maxLag int) []float64 {
	lags := make([]int, maxLag+1)
	for i := range lags {
		lags[i] = i
	}
	return CCF(x, x, lags)
}
