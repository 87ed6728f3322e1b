package glm

import (
	"math"

	"kept/internal/stats/num"
)

// model is a fit in the making. Vectors over coefficients have the intercept first.
type model struct {
	x, y, w, off     []float64
	n, p, k, ic      int
	link             Link
	names            []string
	mean, prec       []float64
	lo, hi           []float64
	bounded          bool
	maxIter          int
	events, total    float64
	iter             int
	scaleP           float64 // multiplies the penalty on a subsample; 0: 1
	eta, mu, wk, res []float64
}

// subsample is the number of rows on which a long fit first approaches its
// answer, and the size from which that saves time.
const (
	subsample     = 6000
	subsampleFrom = 8 * subsample
)

// start returns the starting point: the base rate, then, with many rows, the fit
// of an evenly spaced part of them, from which two or three steps are enough.
func (m *model) start() []float64 {
	beta := make([]float64, m.k)
	if m.ic == 1 && m.off == nil {
		q := m.events / m.total
		beta[0] = num.Logit(q)
		if m.link == CLogLog {
			beta[0] = math.Log(-math.Log1p(-q))
		}
	}
	for c := range beta {
		beta[c] = min(max(beta[c], m.lo[c]), m.hi[c])
	}
	if m.n < subsampleFrom {
		return beta
	}
	s := m.part()
	if s == nil {
		return beta
	}
	if b, _, err := s.newton(beta, 1e-4); err == nil {
		return b
	}
	return beta
}

// part is the model on every n/subsample-th row, or nil when it has one class only.
func (m *model) part() *model {
	s := *m
	s.n = subsample
	s.x = make([]float64, s.n*s.p)
	s.y = make([]float64, s.n)
	s.w, s.off, s.eta = make([]float64, s.n), nil, nil
	if m.off != nil {
		s.off = make([]float64, s.n)
	}
	for r := range s.n {
		i := int(int64(r) * int64(m.n) / int64(s.n))
		copy(s.x[r*s.p:(r+1)*s.p], m.x[i*m.p:(i+1)*m.p])
		s.y[r], s.w[r] = m.y[i], 1
		if m.w != nil {
			s.w[r] = m.w[i]
		}
		if m.off != nil {
			s.off[r] = m.off[i]
		}
	}
	s.events, s.total = 0, 0
	if s.outcome() != nil {
		return nil
	}
	s.scaleP = s.total / m.total
	return &s
}

func (m *model) penaltyScale() float64 {
	if m.scaleP == 0 {
		return 1
	}
	return m.scaleP
}

// dot has four chains of additions, which keeps the processor's adder busy.
func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// eval fills eta, mu, the working weights and the residual weight·dNLL/dη at
// beta, and returns the negative log-likelihood and the gradient of NLL+penalty.
func (m *model) eval(beta []float64) (nll, pen float64, grad []float64) {
	if m.eta == nil {
		m.eta, m.mu = make([]float64, m.n), make([]float64, m.n)
		m.wk, m.res = make([]float64, m.n), make([]float64, m.n)
	}
	grad = make([]float64, m.k)
	b, gb, a := beta[m.ic:], grad[m.ic:], 0.0
	if m.ic == 1 {
		a = beta[0]
	}
	g0, c := 0.0, 0.0
	p := m.p
	for i := range m.n {
		row := m.x[i*p : (i+1)*p]
		eta := a + dot(row, b)
		if m.off != nil {
			eta += m.off[i]
		}
		w := 1.0
		if m.w != nil {
			w = m.w[i]
		}
		mu, wk, r, l := m.link.terms(eta, m.y[i])
		r *= w
		m.eta[i], m.mu[i], m.wk[i], m.res[i] = eta, mu, w*wk, r
		// Neumaier's compensation: the line search compares sums of many rows.
		l *= w
		t := nll + l
		if math.Abs(nll) >= math.Abs(l) {
			c += (nll - t) + l
		} else {
			c += (l - t) + nll
		}
		nll = t
		g0 += r
		for j, v := range row {
			gb[j] += r * v
		}
	}
	nll += c
	if m.ic == 1 {
		grad[0] = g0
	}
	s := m.penaltyScale()
	for j := range grad {
		if m.prec[j] > 0 {
			d := beta[j] - m.mean[j]
			pen += s * 0.5 * m.prec[j] * d * d
			grad[j] += s * m.prec[j] * d
		}
	}
	return nll, pen, grad
}

// terms returns the probability, the expected information, the derivative of the
// negative log-likelihood with respect to η, and that likelihood, of one row.
func (l Link) terms(eta, y float64) (mu, wk, res, nll float64) {
	if l == CLogLog {
		eta = min(max(eta, -700), 30)
		h := math.Exp(eta)
		mu = -math.Expm1(-h)
		if y < 1 {
			nll += (1 - y) * h
		}
		if y > 0 {
			nll -= y * math.Log(mu)
		}
		// dμ/dη = h·(1−μ); information (dμ/dη)²/(μ(1−μ)) = h²(1−μ)/μ.
		q := math.Exp(-h)
		if mu > 0 {
			wk = h * h * q / mu
			res = h * ((1 - y) - y*q/mu)
		}
		return mu, wk, res, nll
	}
	e := math.Exp(-math.Abs(eta))
	d := 1 / (1 + e)
	wk = e * d * d
	if eta >= 0 {
		mu = d
		nll = math.Log1p(e) + (1-y)*eta
		// Written so that it keeps its precision when y = 1 and μ is next to one.
		res = (1 - y) - e*d
	} else {
		mu = e * d
		nll = math.Log1p(e) - y*eta
		res = mu - y
	}
	return mu, wk, res, nll
}

// info returns the unpenalised information at the last eval.
func (m *model) info() []float64 {
	g := num.Gram(m.x, m.wk, m.n, m.p)
	if m.ic == 0 {
		return g
	}
	k := m.k
	h := make([]float64, k*k)
	s := num.XtV(m.x, m.wk, m.n, m.p)
	for _, w := range m.wk {
		h[0] += w
	}
	for j := range m.p {
		h[j+1], h[(j+1)*k] = s[j], s[j]
		copy(h[(j+1)*k+1:(j+2)*k], g[j*m.p:(j+1)*m.p])
	}
	return h
}

func (m *model) penalised(h []float64) []float64 {
	out := append([]float64(nil), h...)
	s := m.penaltyScale()
	for j := range m.k {
		out[j*m.k+j] += s * m.prec[j]
	}
	return out
}

// flatError says that the likelihood has no curvature in some direction.
type flatError struct{ column int }

func (flatError) Error() string { return "flat likelihood" }

// newton minimises from beta until the squared Newton step, in standard errors,
// is below tol, and returns the information at the last evaluated point.
func (m *model) newton(beta []float64, tol float64) (est, info []float64, err error) {
	nll, pen, grad := m.eval(beta)
	obj := nll + pen
	for iter := range m.maxIter {
		info = m.info()
		step, dec, ok := m.step(beta, grad, m.penalised(info))
		if ok >= 0 {
			return beta, info, flatError{ok}
		}
		m.iter = iter + 1
		if dec <= tol {
			// The last step is worth taking and too small to need a check.
			for j := range beta {
				step[j] += beta[j]
			}
			return step, info, nil
		}
		next := make([]float64, m.k)
		halve := 1.0
		for tries := 0; ; tries++ {
			for j := range next {
				next[j] = beta[j] + halve*step[j]
			}
			nll, pen, grad = m.eval(next)
			if v := nll + pen; v <= obj+1e-13*math.Abs(obj) {
				obj = v
				break
			}
			if tries == 40 {
				return beta, info, errStuck
			}
			halve /= 2
		}
		beta = next
	}
	return beta, info, errStuck
}

// step is the Newton step within the bounds with its squared length in the
// metric of h; the last result is the column without curvature, or −1.
func (m *model) step(beta, grad, h []float64) (step []float64, dec float64, flat int) {
	neg := make([]float64, m.k)
	for j := range neg {
		neg[j] = -grad[j]
	}
	if m.bounded {
		step, flat = boxStep(h, neg, beta, m.lo, m.hi, m.k)
	} else {
		c, col, ok := num.NewCholesky(h, m.k)
		if !ok {
			return nil, 0, col
		}
		step, flat = c.Solve(neg), -1
	}
	if flat >= 0 {
		return nil, 0, flat
	}
	return step, num.QuadForm(h, step), -1
}
