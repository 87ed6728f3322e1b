package survival

import (
	"fmt"
	"math"

	"kept/internal/stats/num"
)

// CoxOptions choose the model.
type CoxOptions struct {
	Breslow bool    // ties: Breslow instead of Efron
	Strata  []int   // nil: one baseline for all
	Cluster []int   // nil: no robust variance
	Ridge   float64 // objective: partial log-likelihood − Ridge/2·Σβ²
	Names   []string
}

// Cox is a fitted proportional hazards model.
type Cox struct {
	N, P, Events   int
	Coef           []float64 // log hazard ratio per unit
	Cov            []float64 // P×P, inverse of the penalised information
	Robust         []float64 // P×P sandwich, by cluster; nil without clusters
	LogLik, Null   float64   // partial log-likelihood at Coef and at zero
	LR, Score      float64   // tests that all coefficients are zero, χ² with P degrees of freedom
	Wald           float64
	Objective      float64 // LogLik − penalty
	Iterations     int
	d              Data
	x, mean        []float64
	opt            CoxOptions
	strata         []stratum
	steps          []step // event times, stratum by stratum, latest first
	from           []int  // first step of each stratum
	infoAtZero     []float64
	gradientAtZero []float64
}

// stratum is the rows of one baseline, latest exit first and latest entry first.
type stratum struct{ exit, entry []int32 }

// step is one event time within a stratum, kept for residuals and predictions.
type step struct {
	stratum   int
	time      float64
	haz, vari float64   // Σ 1/denominator, Σ 1/denominator²
	own       float64   // haz as those see it who leave at this time by the event
	mean      []float64 // average covariates of the risk sets
	hazMean   []float64 // Σ mean/denominator
	ownMean   []float64 // the same as those who leave see it
	info      []float64 // P×P
}

// maxCoxSteps ends a fit that does not converge.
const maxCoxSteps = 50

// FitCox maximises the (penalised) partial likelihood by damped Newton steps. x is
// n×p row-major. A start-stop subject has several rows; those rows need Cluster for
// a robust variance only.
func FitCox(d Data, x []float64, p int, o CoxOptions) (*Cox, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	n := len(d.Time)
	switch {
	case p < 1 || len(x) != n*p:
		return nil, num.Invalid("x", "the design has %d values, want %d rows × %d columns", len(x), n, p)
	case o.Strata != nil && len(o.Strata) != n, o.Cluster != nil && len(o.Cluster) != n:
		return nil, num.Invalid("strata", "%d strata and %d clusters for %d rows", len(o.Strata), len(o.Cluster), n)
	case !(o.Ridge >= 0) || math.IsInf(o.Ridge, 0):
		return nil, num.Invalid("ridge", "the penalty is %v, want zero or more", o.Ridge)
	}
	if err := num.CheckFinite("x", x); err != nil {
		return nil, err
	}
	c := &Cox{N: n, P: p, d: d, opt: o, mean: make([]float64, p), x: make([]float64, n*p)}
	for _, e := range d.Event {
		if e {
			c.Events++
		}
	}
	if c.Events == 0 {
		return nil, num.Invalid("event", "there is no event among %d rows: nothing can be learned", n)
	}
	for i := range n {
		for j := range p {
			c.mean[j] += x[i*p+j] / float64(n)
		}
	}
	for i := range n {
		for j := range p {
			c.x[i*p+j] = x[i*p+j] - c.mean[j]
		}
	}
	c.arrange()
	return c, c.fit()
}

func (c *Cox) arrange() {
	reverse := func(v []int32) []int32 {
		for i, j := 0, len(v)-1; i < j; i, j = i+1, j-1 {
			v[i], v[j] = v[j], v[i]
		}
		return v
	}
	exits := split(reverse(order(c.d.Time)), c.opt.Strata)
	c.strata = make([]stratum, len(exits))
	at := map[int]int{}
	for s, rows := range exits {
		c.strata[s].exit = rows
		if c.opt.Strata != nil {
			at[c.opt.Strata[rows[0]]] = s
		}
	}
	if c.d.Entry != nil {
		for _, r := range reverse(order(c.d.Entry)) {
			s := 0
			if c.opt.Strata != nil {
				s = at[c.opt.Strata[r]]
			}
			c.strata[s].entry = append(c.strata[s].entry, r)
		}
	}
}

// sums are Σ w·e^η, Σ w·e^η·x and Σ w·e^η·x·xᵀ (lower triangle) of a set of rows.
type sums struct {
	s0 float64
	s1 []float64
	s2 []float64
}

func newSums(p int) *sums { return &sums{s1: make([]float64, p), s2: make([]float64, p*p)} }

func (s *sums) clear() {
	s.s0 = 0
	clear(s.s1)
	clear(s.s2)
}

func (s *sums) add(w float64, x []float64) {
	s.s0 += w
	p := len(x)
	for a, v := range x {
		wv := w * v
		s.s1[a] += wv
		row := s.s2[a*p : a*p+a+1]
		xs := x[:len(row)]
		for b := range row {
			row[b] += wv * xs[b]
		}
	}
}

// addRows adds the given rows of the design x, four at a time: the triangle is then
// read and written a quarter as often.
func (s *sums) addRows(rows []int32, e, x []float64) {
	p := len(s.s1)
	i := 0
	for ; i+4 <= len(rows); i += 4 {
		r := rows[i : i+4]
		x0, x1 := x[int(r[0])*p:int(r[0]+1)*p], x[int(r[1])*p:int(r[1]+1)*p]
		x2, x3 := x[int(r[2])*p:int(r[2]+1)*p], x[int(r[3])*p:int(r[3]+1)*p]
		w0, w1, w2, w3 := e[r[0]], e[r[1]], e[r[2]], e[r[3]]
		s.s0 += (w0 + w1) + (w2 + w3)
		for a := range p {
			v0, v1, v2, v3 := w0*x0[a], w1*x1[a], w2*x2[a], w3*x3[a]
			s.s1[a] += (v0 + v1) + (v2 + v3)
			row := s.s2[a*p : a*p+a+1]
			y0, y1, y2, y3 := x0[:len(row)], x1[:len(row)], x2[:len(row)], x3[:len(row)]
			for b := range row {
				row[b] += (v0*y0[b] + v1*y1[b]) + (v2*y2[b] + v3*y3[b])
			}
		}
	}
	for ; i < len(rows); i++ {
		r := int(rows[i])
		s.add(e[r], x[r*p:(r+1)*p])
	}
}

// fit runs Newton's method from zero, halving steps that do not improve.
func (c *Cox) fit() error {
	p := c.P
	beta := make([]float64, p)
	spread := make([]float64, p) // root mean squares of the centred columns
	for j := range spread {
		spread[j] = c.spread(j)
	}
	ll, grad, info := c.derive(beta, nil)
	c.Null = ll
	c.gradientAtZero, c.infoAtZero = grad, info
	obj := ll
	for c.Iterations = 1; c.Iterations <= maxCoxSteps; c.Iterations++ {
		g, h := c.penalised(beta, grad, info)
		chol, col, ok := num.NewCholesky(h, p)
		if !ok {
			return c.singular(col)
		}
		dir := chol.Solve(g)
		gain := num.Dot(dir, g)
		t := 1.0
		for {
			next := make([]float64, p)
			for j := range next {
				next[j] = beta[j] + t*dir[j]
			}
			nll, ng, ni := c.derive(next, nil)
			nobj := nll - c.opt.Ridge/2*num.Dot(next, next)
			if nobj >= obj-1e-12*math.Abs(obj) && !math.IsNaN(nobj) {
				beta, ll, grad, info, obj = next, nll, ng, ni, nobj
				break
			}
			if t /= 2; t < 1e-10 {
				return num.Invalid("x", "the fit does not improve any more: the columns are too large or too alike")
			}
		}
		if gain < 1e-16*(math.Abs(obj)+1) {
			return c.finish(beta, ll, obj, info)
		}
		for j, b := range beta {
			if math.Abs(b)*spread[j] > 25 {
				return num.Invalid("x", "%s tells events and others apart without error: its effect has no finite size", c.name(j))
			}
		}
	}
	return num.Invalid("x", "the fit did not settle within %d steps", maxCoxSteps)
}

func (c *Cox) spread(j int) float64 {
	s := 0.0
	for i := range c.N {
		v := c.x[i*c.P+j]
		s += v * v
	}
	return math.Sqrt(s / float64(c.N))
}

func (c *Cox) name(j int) string {
	if j < len(c.opt.Names) {
		return c.opt.Names[j]
	}
	return fmt.Sprintf("column %d", j+1)
}

func (c *Cox) singular(col int) error {
	return num.Invalid("x", "%s carries no information of its own among those at risk: it is constant, or a combination of other columns", c.name(col))
}

func (c *Cox) penalised(beta, grad, info []float64) (g, h []float64) {
	p := c.P
	g, h = make([]float64, p), make([]float64, p*p)
	copy(h, info)
	for j := range g {
		g[j] = grad[j] - c.opt.Ridge*beta[j]
		h[j*p+j] += c.opt.Ridge
	}
	return g, h
}

func (c *Cox) finish(beta []float64, ll, obj float64, info []float64) error {
	p := c.P
	c.Coef, c.LogLik, c.Objective = beta, ll, obj
	_, h := c.penalised(beta, c.gradientAtZero, info)
	cov, err := num.InvSym(h, p)
	if err != nil {
		return err
	}
	c.Cov = cov
	c.LR = 2 * (ll - c.Null)
	if s, err := num.SolveSym(c.infoAtZero, c.gradientAtZero, p); err == nil {
		c.Score = num.Dot(s, c.gradientAtZero)
	}
	c.Wald = num.QuadForm(h, beta)
	c.from = make([]int, len(c.strata)+1)
	c.derive(beta, func(s step) { c.steps = append(c.steps, s) })
	for _, s := range c.steps {
		c.from[s.stratum+1]++
	}
	for s := range c.strata {
		c.from[s+1] += c.from[s]
	}
	if c.opt.Cluster != nil {
		c.Robust = c.robust()
	}
	return nil
}

// derive returns the partial log-likelihood, its gradient and the information; with
// keep it hands over every event time.
func (c *Cox) derive(beta []float64, keep func(step)) (ll float64, grad, info []float64) {
	p := c.P
	grad, info = make([]float64, p), make([]float64, p*p)
	eta, e := make([]float64, c.N), make([]float64, c.N)
	for i := range c.N {
		eta[i] = num.Dot(beta, c.x[i*p:(i+1)*p])
		e[i] = math.Exp(eta[i]) * c.d.weight(i)
	}
	at, dead := newSums(p), newSums(p)
	for s := range c.strata {
		ll += c.deriveStratum(s, eta, e, at, dead, grad, info, keep)
	}
	for a := range p {
		for b := range a {
			info[b*p+a] = info[a*p+b]
		}
	}
	return ll, grad, info
}

func (c *Cox) deriveStratum(s int, eta, e []float64, at, dead *sums, grad, info []float64, keep func(step)) (ll float64) {
	p, rows, entry := c.P, c.strata[s].exit, c.strata[s].entry
	at.clear()
	out := 0
	mean := make([]float64, p)
	for i := 0; i < len(rows); {
		t := c.d.Time[rows[i]]
		deaths, weight, first := 0, 0.0, true
		j := i + 1
		for j < len(rows) && c.d.Time[rows[j]] == t {
			j++
		}
		at.addRows(rows[i:j], e, c.x)
		for ; i < j; i++ {
			r := rows[i]
			if !c.d.Event[r] {
				continue
			}
			x := c.x[int(r)*p : int(r+1)*p]
			if first {
				dead.clear()
				first = false
			}
			w := c.d.weight(int(r))
			deaths++
			weight += w
			dead.add(e[r], x)
			ll += w * eta[r]
			for j, v := range x {
				grad[j] += w * v
			}
		}
		for ; out < len(entry) && c.d.Entry[entry[out]] >= t; out++ {
			r := entry[out]
			at.add(-e[r], c.x[int(r)*p:int(r+1)*p])
		}
		if deaths == 0 {
			continue
		}
		ll += c.tie(s, t, deaths, weight, at, dead, mean, grad, info, keep)
	}
	return ll
}

// tie adds the events of one time. Efron removes the r-th part of the events from
// the risk set at the r-th of d events; Breslow removes none.
func (c *Cox) tie(s int, t float64, deaths int, weight float64, at, dead *sums, mean, grad, info []float64, keep func(step)) (ll float64) {
	p, d := c.P, float64(deaths)
	each := weight / d
	var st step
	if keep != nil {
		st = step{
			stratum: s, time: t, mean: make([]float64, p), hazMean: make([]float64, p), ownMean: make([]float64, p),
			info: make([]float64, p*p),
		}
	}
	// Per event the sums of the risk set change only by the share f of the events'
	// own sums, so what the events of one time add up to needs a few totals of 1/den
	// and not a pass over the matrix per event.
	var q, qf, v, vf, vff float64 // Σw/den, Σwf/den, Σw/den², Σwf/den², Σwf²/den²
	turns, repeat := deaths, 1.0
	if c.opt.Breslow {
		turns, repeat = 1, d
	}
	w := each * repeat
	for r := range turns {
		f := 0.0
		if !c.opt.Breslow {
			f = float64(r) / d
		}
		den := at.s0 - f*dead.s0
		ll -= w * math.Log(den)
		i := 1 / den
		wi := w * i
		wii := wi * i
		q += wi
		qf += wi * f
		v += wii
		vf += wii * f
		vff += wii * f * f
		if keep != nil {
			st.haz += wi
			st.vari += wii
			st.own += wi * (1 - f)
			for a := range p {
				mean[a] = (at.s1[a] - f*dead.s1[a]) / den
				st.mean[a] += mean[a] * repeat / d
				st.hazMean[a] += wi * mean[a]
				st.ownMean[a] += wi * (1 - f) * mean[a]
			}
		}
	}
	for a := range p {
		sa, da := at.s1[a], dead.s1[a]
		grad[a] -= q*sa - qf*da
		// Σ w·mean·meanᵀ, row a: the factors of S1 and of D1.
		u, z := v*sa-vf*da, vff*da-vf*sa
		row := info[a*p : a*p+a+1]
		s2, d2 := at.s2[a*p:a*p+len(row)], dead.s2[a*p:a*p+len(row)]
		s1, d1 := at.s1[:len(row)], dead.s1[:len(row)]
		for b := range row {
			x := q*s2[b] - qf*d2[b] - u*s1[b] - z*d1[b]
			row[b] += x
			if keep != nil {
				st.info[a*p+b], st.info[b*p+a] = x, x
			}
		}
	}
	if keep != nil {
		keep(st)
	}
	return ll
}
