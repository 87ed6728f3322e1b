package meta

import (
	"math"

	"kept/internal/stats/num"
)

// Pooled is one overall effect, in the unit of the estimates.
type Pooled struct {
	Effect, SE float64
	Lo, Hi     float64 // normal interval at the level
	Z, P       float64
	Tau2       float64 // between-segment variance; 0 for the fixed-effect model
}

// Result is the pooling of k segments.
type Result struct {
	K             int
	Fixed         Pooled // inverse-variance weights, one common effect
	DL            Pooled // random effects, DerSimonian & Laird (1986)
	REML          Pooled // random effects, restricted maximum likelihood
	Q             float64
	QP            float64 // p of "the segments do not differ", χ² with k−1 degrees of freedom
	Heterogeneity         // by DerSimonian & Laird's τ²

	typical float64 // sampling variance of a typical segment
}

// Heterogeneity says how much of the variation between segments is real.
type Heterogeneity struct {
	I2 float64 // share of the variation that sampling does not explain, per cent
	H2 float64 // total variation over sampling variation; 1: none is real
}

// HeterogeneityOf returns I² and H² for the τ² of one of the models (Higgins &
// Thompson 2002; as metafor for any estimator of τ²).
func (r *Result) HeterogeneityOf(p Pooled) Heterogeneity {
	if r.K < 2 {
		return Heterogeneity{H2: 1}
	}
	return Heterogeneity{I2: 100 * p.Tau2 / (p.Tau2 + r.typical), H2: 1 + p.Tau2/r.typical}
}

func check(y, v []float64) error {
	if len(y) == 0 || len(y) != len(v) {
		return num.Invalid("y", "%d estimates with %d variances", len(y), len(v))
	}
	if err := num.CheckFinite("y", y); err != nil {
		return err
	}
	for i, s := range v {
		if !(s > 0) || math.IsInf(s, 0) {
			return num.Invalid("v", "variance %d is %v, want a positive number; leave such a segment out", i, s)
		}
	}
	return nil
}

// Pool combines the estimates y with sampling variances v (squared standard
// errors). One segment gives its own estimate, Q 0 and p 1.
func Pool(y, v []float64, level float64) (*Result, error) {
	if err := check(y, v); err != nil {
		return nil, err
	}
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	r := &Result{K: len(y), QP: 1}
	df := float64(r.K - 1)
	r.Fixed = pooled(y, v, 0, level)
	var s1, s2 float64
	for i := range y {
		w, d := 1/v[i], y[i]-r.Fixed.Effect
		s1, s2 = s1+w, s2+w*w
		r.Q += w * d * d
	}
	tau2 := 0.0
	if r.K > 1 {
		r.QP = num.ChiSqTail(r.Q, df)
		tau2 = max(0, (r.Q-df)/(s1-s2/s1))
		r.typical = df * s1 / (s1*s1 - s2)
	}
	r.DL = pooled(y, v, tau2, level)
	r.Heterogeneity = r.HeterogeneityOf(r.DL)
	r.REML = pooled(y, v, reml(y, v), level)
	return r, nil
}

func pooled(y, v []float64, tau2, level float64) Pooled {
	var sw, swy float64
	for i := range y {
		w := 1 / (v[i] + tau2)
		sw, swy = sw+w, swy+w*y[i]
	}
	p := Pooled{Effect: swy / sw, SE: math.Sqrt(1 / sw), Tau2: tau2}
	p.Z = p.Effect / p.SE
	p.P = num.NormTwoSided(p.Z)
	h := num.ZFor(level) * p.SE
	p.Lo, p.Hi = p.Effect-h, p.Effect+h
	return p
}

// remlScore is the derivative of the restricted log-likelihood in τ².
func remlScore(y, v []float64, tau2 float64) float64 {
	var s1, s2, m float64
	for i := range y {
		w := 1 / (v[i] + tau2)
		s1, s2 = s1+w, s2+w*w
		m += w * y[i]
	}
	m /= s1
	q := 0.0
	for i := range y {
		w, d := 1/(v[i]+tau2), y[i]-m
		q += w * w * d * d
	}
	return 0.5 * (q - (s1 - s2/s1))
}

// remlLogLik is the restricted log-likelihood up to a constant.
func remlLogLik(y, v []float64, tau2 float64) float64 {
	p := pooled(y, v, tau2, 0.5)
	l := 0.5 * math.Log(p.SE*p.SE)
	for i := range y {
		w, d := 1/(v[i]+tau2), y[i]-p.Effect
		l += 0.5 * (math.Log(w) - w*d*d)
	}
	return l
}

// reml maximises the restricted likelihood over τ² ≥ 0: every interval of a grid
// in which the score falls through zero is bisected and the likeliest root, or 0,
// is taken, so that a second peak is not missed.
func reml(y, v []float64) float64 {
	if len(y) < 2 {
		return 0
	}
	lo, hi := v[0], v[0]
	for i := range v {
		lo, hi = min(lo, v[i]), max(hi, v[i])
	}
	spread := num.Variance(y)
	best, at := remlLogLik(y, v, 0), 0.0
	top := 4 * (spread*float64(len(y)) + hi)
	prev := remlScore(y, v, 0)
	from := 0.0
	const steps = 200
	for k := range steps + 1 {
		t := lo * 1e-6 * math.Pow(top/(lo*1e-6), float64(k)/steps)
		s := remlScore(y, v, t)
		if prev > 0 && s <= 0 {
			a, b := from, t
			for range 200 {
				m := a + (b-a)/2
				if m <= a || m >= b {
					break
				}
				if remlScore(y, v, m) > 0 {
					a = m
				} else {
					b = m
				}
			}
			if l := remlLogLik(y, v, a); l > best {
				best, at = l, a
			}
		}
		prev, from = s, t
	}
	return at
}

// Shrunk is one segment's estimate pulled towards the pooled one.
type Shrunk struct {
	Estimate, SE float64
	Lo, Hi       float64
	Weight       float64 // of the segment's own estimate, τ²/(τ²+v); the rest is the pool's
}

// Shrink returns the best linear prediction of each segment's effect given the
// pooled model (with its Tau2): λy + (1−λ)μ, SE² = λv + (1−λ)²·SE(μ)², as
// metafor's blup. With τ² = 0 every segment gets the pooled effect.
func Shrink(y, v []float64, pool Pooled, level float64) ([]Shrunk, error) {
	if err := check(y, v); err != nil {
		return nil, err
	}
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	z := num.ZFor(level)
	out := make([]Shrunk, len(y))
	for i := range y {
		l := pool.Tau2 / (pool.Tau2 + v[i])
		s := Shrunk{Estimate: l*y[i] + (1-l)*pool.Effect, Weight: l}
		s.SE = math.Sqrt(l*v[i] + (1-l)*(1-l)*pool.SE*pool.SE)
		s.Lo, s.Hi = s.Estimate-z*s.SE, s.Estimate+z*s.SE
		out[i] = s
	}
	return out, nil
}

// Contrast is Σ c_i·y_i of independent estimates with its standard error, such
// as middle − (low + high)/2 with c = (−½, 1, −½).
func Contrast(c, y, v []float64, level float64) (Pooled, error) {
	if err := check(y, v); err != nil {
		return Pooled{}, err
	}
	if err := num.CheckLevel(level); err != nil {
		return Pooled{}, err
	}
	if len(c) != len(y) {
		return Pooled{}, num.Invalid("c", "%d coefficients for %d estimates", len(c), len(y))
	}
	p := Pooled{}
	s := 0.0
	for i := range y {
		p.Effect += c[i] * y[i]
		s += c[i] * c[i] * v[i]
	}
	p.SE = math.Sqrt(s)
	p.P = 1
	if s > 0 {
		p.Z = p.Effect / p.SE
		p.P = num.NormTwoSided(p.Z)
	}
	h := num.ZFor(level) * p.SE
	p.Lo, p.Hi = p.Effect-h, p.Effect+h
	return p, nil
}
