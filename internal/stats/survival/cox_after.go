package survival

import (
	"math"
	"slices"
	"sort"

	"kept/internal/stats/num"
)

// SE returns the standard errors of the coefficients from the information.
func (c *Cox) SE() []float64 { return diagonal(c.Cov, c.P) }

// RobustSE returns the cluster-robust standard errors, nil without clusters.
func (c *Cox) RobustSE() []float64 {
	if c.Robust == nil {
		return nil
	}
	return diagonal(c.Robust, c.P)
}

func diagonal(v []float64, p int) []float64 {
	out := make([]float64, p)
	for j := range out {
		out[j] = math.Sqrt(v[j*p+j])
	}
	return out
}

// Linear returns xβ of every row that was fitted, x as given.
func (c *Cox) Linear() []float64 {
	out := make([]float64, c.N)
	base := num.Dot(c.Coef, c.mean)
	for i := range out {
		out[i] = num.Dot(c.Coef, c.x[i*c.P:(i+1)*c.P]) + base
	}
	return out
}

// part returns the steps of a stratum, latest first.
func (c *Cox) part(s int) []step { return c.steps[c.from[s]:c.from[s+1]] }

// exposure is what a row has met of the baseline: hazard and hazard × mean.
func (c *Cox) exposure(visit func(row int, haz float64, hazMean []float64)) {
	p := c.P
	for s := range c.strata {
		steps := c.part(s)
		k := len(steps)
		// Running totals, earliest first: cum[i] is the sum of the i earliest steps.
		cum, cumMean := make([]float64, k+1), make([]float64, (k+1)*p)
		times := make([]float64, k)
		for i := range k {
			st := &steps[k-1-i]
			times[i] = st.time
			cum[i+1] = cum[i] + st.haz
			for a := range p {
				cumMean[(i+1)*p+a] = cumMean[i*p+a] + st.hazMean[a]
			}
		}
		m := make([]float64, p)
		for _, r := range c.strata[s].exit {
			t := c.d.Time[r]
			hi := sort.Search(k, func(i int) bool { return times[i] > t })
			lo := 0
			if c.d.Entry != nil {
				lo = sort.Search(k, func(i int) bool { return times[i] > c.d.Entry[r] })
			}
			h := cum[hi] - cum[lo]
			for a := range p {
				m[a] = cumMean[hi*p+a] - cumMean[lo*p+a]
			}
			if c.d.Event[r] {
				st := &steps[k-hi]
				h += st.own - st.haz
				for a := range p {
					m[a] += st.ownMean[a] - st.hazMean[a]
				}
			}
			visit(int(r), h, m)
		}
	}
}

// Martingale returns the residuals event − expected events of every row.
func (c *Cox) Martingale() []float64 {
	out := make([]float64, c.N)
	c.exposure(func(r int, h float64, _ []float64) {
		out[r] = -h * math.Exp(num.Dot(c.Coef, c.x[r*c.P:(r+1)*c.P]))
		if c.d.Event[r] {
			out[r]++
		}
	})
	return out
}

// scores returns the score residuals, N×P: what each row adds to the gradient.
func (c *Cox) scores() []float64 {
	p := c.P
	out := make([]float64, c.N*p)
	c.events(func(r, i int) {
		for a := range p {
			out[r*p+a] = c.x[r*p+a] - c.steps[i].mean[a]
		}
	})
	c.exposure(func(r int, h float64, m []float64) {
		e := math.Exp(num.Dot(c.Coef, c.x[r*p:(r+1)*p]))
		w := c.d.weight(r)
		for a := range p {
			out[r*p+a] = w * (out[r*p+a] - e*(c.x[r*p+a]*h-m[a]))
		}
	})
	return out
}

// robust is the sandwich of the score residuals added up by cluster (Lin & Wei 1989).
func (c *Cox) robust() []float64 {
	p, sc := c.P, c.scores()
	sum := make([]float64, len(sc))
	for i, k := range numbered(c.opt.Cluster, c.N) {
		for a := range p {
			sum[k*p+a] += sc[i*p+a]
		}
	}
	return num.Sandwich(c.Cov, num.Gram(sum, nil, c.N, p), p)
}

// Baseline is the cumulative hazard of an account whose columns are all zero.
type Baseline struct{ Time, CumHaz []float64 }

// Baseline returns it at every distinct exit time of a stratum.
func (c *Cox) Baseline(stratum int) Baseline {
	var b Baseline
	steps, rows := c.part(stratum), c.strata[stratum].exit
	h, k := 0.0, len(steps)-1
	scale := math.Exp(-num.Dot(c.Coef, c.mean))
	for _, row := range slices.Backward(rows) {
		t := c.d.Time[row]
		if len(b.Time) > 0 && b.Time[len(b.Time)-1] == t {
			continue
		}
		for k >= 0 && steps[k].time <= t {
			h += steps[k].haz
			k--
		}
		b.Time, b.CumHaz = append(b.Time, t), append(b.CumHaz, h*scale)
	}
	return b
}

// Predict returns the survival of an account with the given columns at times, and
// its standard error, in a stratum (Tsiatis 1981; Link 1984).
func (c *Cox) Predict(x []float64, stratum int, times []float64) (surv, se []float64) {
	p := c.P
	z := make([]float64, p)
	for j := range z {
		z[j] = x[j] - c.mean[j]
	}
	risk := math.Exp(num.Dot(c.Coef, z))
	steps := c.part(stratum)
	d := make([]float64, p)
	for _, t := range times {
		h, v := 0.0, 0.0
		clear(d)
		for i := len(steps) - 1; i >= 0 && steps[i].time <= t; i-- {
			h += steps[i].haz
			v += steps[i].vari
			for a := range p {
				d[a] += steps[i].haz*z[a] - steps[i].hazMean[a]
			}
		}
		s := math.Exp(-h * risk)
		surv = append(surv, s)
		se = append(se, s*risk*math.Sqrt(v+num.QuadForm(c.Cov, d)))
	}
	return surv, se
}

// PHTest is the test that an effect does not change with time.
type PHTest struct {
	ChiSq []float64 // per column, and for all of them last
	DF    []int
	P     []float64
}

// Proportional is the score test of x·g(t) beside x, with g one minus the
// Kaplan–Meier curve just before t (Grambsch & Therneau 1994; the exact score test
// of survival 3).
func (c *Cox) Proportional() (*PHTest, error) {
	p := c.P
	km, err := KaplanMeier(c.d)
	if err != nil {
		return nil, err
	}
	u, m := make([]float64, p), make([]float64, 4*p*p)
	score := make([]float64, len(c.steps)*p) // Σ events (x − mean) of every step
	c.events(func(r, i int) {
		for a := range p {
			score[i*p+a] += c.d.weight(r) * (c.x[r*p+a] - c.steps[i].mean[a])
		}
	})
	mean := 0.0
	g := make([]float64, len(c.steps))
	for i := range c.steps {
		at := sort.SearchFloat64s(km.Time, c.steps[i].time)
		if at > 0 {
			g[i] = 1 - km.Surv[at-1]
		}
		mean += g[i] / float64(len(c.steps))
	}
	for i := range c.steps {
		w := g[i] - mean
		for a := range p {
			u[a] += w * score[i*p+a]
			for b := range p {
				v := c.steps[i].info[a*p+b]
				m[a*2*p+b] += v
				m[a*2*p+p+b] += w * v
				m[(p+a)*2*p+b] += w * v
				m[(p+a)*2*p+p+b] += w * w * v
			}
		}
	}
	out := &PHTest{}
	for j := 0; j <= p; j++ {
		cols := make([]int, p, 2*p)
		for a := range cols {
			cols[a] = a
		}
		if j < p {
			cols = append(cols, p+j)
		} else {
			for a := range p {
				cols = append(cols, p+a)
			}
		}
		k := len(cols)
		sub, rhs := make([]float64, k*k), make([]float64, k)
		for a, ca := range cols {
			if ca >= p {
				rhs[a] = u[ca-p]
			}
			for b, cb := range cols {
				sub[a*k+b] = m[ca*2*p+cb]
			}
		}
		s, err := num.SolveSym(sub, rhs, k)
		if err != nil {
			return nil, num.Invalid("time", "there are too few event times to test whether effects change with time")
		}
		chi, df := num.Dot(s, rhs), k-p
		out.ChiSq, out.DF, out.P = append(out.ChiSq, chi), append(out.DF, df), append(out.P, num.ChiSqTail(chi, float64(df)))
	}
	return out, nil
}

// events visits every row that had the event, with the index of its step.
func (c *Cox) events(visit func(row, step int)) {
	for s := range c.strata {
		i := c.from[s]
		for _, r := range c.strata[s].exit {
			if !c.d.Event[r] {
				continue
			}
			for c.steps[i].time != c.d.Time[r] {
				i++
			}
			visit(int(r), i)
		}
	}
}
