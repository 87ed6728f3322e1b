package survival

import (
	"math"
	"sort"

	"kept/internal/stats/num"
)

// Curve is a Kaplan–Meier estimate, one point per distinct exit time.
type Curve struct {
	N, Events             float64 // weighted
	Time                  []float64
	AtRisk, Event, Censor []float64 // weighted counts
	Surv                  []float64
	SE                    []float64 // Greenwood, of Surv
	SELog                 []float64 // Greenwood, of log Surv; +Inf once Surv is 0
	CumHaz, SECumHaz      []float64 // Nelson–Aalen
	subjects              float64   // unweighted rows, for the limit without events
	greenwood             []float64 // steps d/(n(n−d)) of the variance of log Surv
}

// KaplanMeier estimates the survival curve.
func KaplanMeier(d Data) (*Curve, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	n := len(d.Time)
	exit := order(d.Time)
	var entry []int32
	if d.Entry != nil {
		entry = order(d.Entry)
	}
	c := &Curve{subjects: float64(n)}
	risk, in := 0.0, 0
	for i := range n {
		c.N += d.weight(i)
	}
	if d.Entry == nil {
		risk = c.N
	}
	surv, varLog, haz, varHaz := 1.0, 0.0, 0.0, 0.0
	for i := 0; i < n; {
		t := d.Time[exit[i]]
		for ; in < len(entry) && d.Entry[entry[in]] < t; in++ {
			risk += d.weight(int(entry[in]))
		}
		ev, ce := 0.0, 0.0
		for ; i < n && d.Time[exit[i]] == t; i++ {
			r := int(exit[i])
			if d.Event[r] {
				ev += d.weight(r)
			} else {
				ce += d.weight(r)
			}
		}
		step := 0.0
		if ev > 0 {
			left := risk - ev
			if left < 1e-12*risk {
				left = 0
			}
			surv *= left / risk
			haz += ev / risk
			varHaz += ev / (risk * risk)
			step = ev / (risk * left)
			varLog += step
		}
		se := surv * math.Sqrt(varLog)
		if surv == 0 {
			se = math.NaN()
		}
		c.Time = append(c.Time, t)
		c.AtRisk, c.Event, c.Censor = append(c.AtRisk, risk), append(c.Event, ev), append(c.Censor, ce)
		c.Surv, c.SE = append(c.Surv, surv), append(c.SE, se)
		c.SELog = append(c.SELog, math.Sqrt(varLog))
		c.CumHaz, c.SECumHaz = append(c.CumHaz, haz), append(c.SECumHaz, math.Sqrt(varHaz))
		c.greenwood = append(c.greenwood, step)
		c.Events += ev
		risk -= ev + ce
		if d.Weight == nil {
			continue
		}
		if risk < 1e-9*c.N && d.Entry == nil {
			risk = max(risk, 0)
		}
	}
	return c, nil
}

// Scale is the scale on which an interval is symmetric.
type Scale string

// The scales; LogLog is the one to show.
const (
	Plain      Scale = "plain"
	Log        Scale = "log"
	LogLog     Scale = "log-log"
	LogitScale Scale = "logit"
	ArcSin     Scale = "arcsin"
)

// Limits returns the pointwise band of the curve. Where the curve is still one, the
// log-log, logit and arcsine limits do not exist (NaN): see LimitsAt for what to show.
func (c *Curve) Limits(s Scale, level float64) (lo, hi []float64) {
	z := num.ZFor(level)
	lo, hi = make([]float64, len(c.Time)), make([]float64, len(c.Time))
	for i := range c.Time {
		lo[i], hi[i] = limits(s, c.Surv[i], c.SELog[i], z)
	}
	return lo, hi
}

// limits of one point; u is the standard error of log S.
func limits(s Scale, p, u, z float64) (lo, hi float64) {
	switch s {
	case Plain:
		if p == 0 {
			return math.NaN(), math.NaN()
		}
		return max(p-z*u*p, 0), min(p+z*u*p, 1)
	case Log:
		if p == 0 {
			return math.NaN(), math.NaN()
		}
		return p * math.Exp(-z*u), min(p*math.Exp(z*u), 1)
	default: // below
	}
	if p <= 0 || p >= 1 {
		return math.NaN(), math.NaN()
	}
	switch s {
	case LogLog:
		l := math.Log(p)
		h := z * u / l
		return math.Exp(-math.Exp(math.Log(-l) - h)), math.Exp(-math.Exp(math.Log(-l) + h))
	case LogitScale:
		l, h := num.Logit(p), z*u/(1-p)
		return num.Expit(l - h), num.Expit(l + h)
	default:
		a, h := math.Asin(math.Sqrt(p)), 0.5*z*u*math.Sqrt(p/(1-p))
		l, r := math.Sin(max(a-h, 0)), math.Sin(min(a+h, math.Pi/2))
		return l * l, r * r
	}
}

// Point is the curve at one time.
type Point struct {
	Time, Surv, SE float64
	Lo, Hi         float64 // log-log limits
	AtRisk         float64 // at risk just before Time
}

// At returns the curve at t with log-log limits. Before the first event the lower
// limit is (α/2)^(1/n), n the subjects at risk, not one; once nobody is left, or
// before anybody was watched, Lo and Hi are 0 and 1.
func (c *Curve) At(t, level float64) Point {
	i := sort.Search(len(c.Time), func(i int) bool { return c.Time[i] > t })
	p := Point{Time: t, Surv: 1, Hi: 1}
	if j := sort.SearchFloat64s(c.Time, t); j < len(c.Time) {
		p.AtRisk = c.AtRisk[j]
	}
	u := 0.0
	if i > 0 {
		p.Surv, p.SE, u = c.Surv[i-1], c.SE[i-1], c.SELog[i-1]
	}
	switch {
	case p.Surv >= 1:
		n := c.subjects
		if i > 0 {
			n = min(n, c.AtRisk[i-1])
		} else if len(c.AtRisk) > 0 {
			n = min(n, c.AtRisk[0])
		}
		p.Lo = NoEventLower(n, level)
	case p.Surv > 0:
		p.Lo, p.Hi = limits(LogLog, p.Surv, u, num.ZFor(level))
	}
	return p
}

// NoEventLower is the lower limit of a survival of one when n subjects had no
// event: (α/2)^(1/n).
func NoEventLower(n, level float64) float64 {
	if !(n > 0) {
		return 0
	}
	return math.Pow((1-level)/2, 1/n)
}

// Quantile is a time by which a share of the subjects have had the event.
type Quantile struct{ P, Time, Lo, Hi float64 } // NaN: not reached

// same is the tolerance to which a survival counts as exactly the quantile's.
const same = 1.4901161193847656e-08

// Quantile returns the first time at which S(t) ≤ 1−p, or the middle of the flat
// stretch when S is exactly 1−p there; the limits invert the pointwise band.
// The median is Quantile(0.5, …).
func (c *Curve) Quantile(p float64, s Scale, level float64) Quantile {
	lo, hi := c.Limits(s, level)
	return Quantile{p, c.crossing(c.Surv, 1-p), c.crossing(lo, 1-p), c.crossing(hi, 1-p)}
}

func (c *Curve) crossing(y []float64, q float64) float64 {
	for i := range y {
		switch {
		case math.IsNaN(y[i]) || y[i] > q+same:
		case y[i] < q-same:
			return c.Time[i]
		default:
			for j := i + 1; j < len(y); j++ {
				if y[j] < q-same {
					return (c.Time[i] + c.Time[j]) / 2
				}
			}
			if i == len(y)-1 {
				return c.Time[i]
			}
			return (c.Time[i] + c.Time[len(y)-1]) / 2
		}
	}
	return math.NaN()
}

// RMST is the mean time lived up to Tau.
type RMST struct{ Tau, Value, SE float64 }

// RMST returns the restricted mean, the area under the curve up to tau, with
// variance Σ (area from t to tau)²·d/(n(n−d)). Beyond the last time the curve
// stays level.
func (c *Curve) RMST(tau float64) (RMST, error) {
	if !(tau > 0) || math.IsInf(tau, 0) {
		return RMST{}, num.Invalid("tau", "%v, want a positive number", tau)
	}
	r := RMST{Tau: tau}
	end := sort.Search(len(c.Time), func(i int) bool { return c.Time[i] > tau })
	next, after, v := tau, 0.0, 0.0
	for i := end - 1; i >= 0; i-- {
		after += c.Surv[i] * (next - c.Time[i])
		next = c.Time[i]
		if after > 0 {
			v += after * after * c.greenwood[i]
		}
	}
	r.Value, r.SE = after+max(next, 0), math.Sqrt(v)
	return r, nil
}

// RMSTDifference compares two restricted means: the difference, its standard error
// and two-sided p.
func RMSTDifference(a, b RMST) (diff, se, p float64) {
	diff, se = a.Value-b.Value, math.Hypot(a.SE, b.SE)
	p = 1
	if se > 0 {
		p = num.NormTwoSided(diff / se)
	}
	return diff, se, p
}
