package glm

import (
	"errors"
	"math"

	"kept/internal/fault"
	"kept/internal/stats/num"
)

var errStuck = errors.New("no progress")

// stop is the squared Newton step, in standard errors, below which a fit is done:
// the step is then right to about the square of 1e-8.
const stop = 1e-16

// fit runs Newton's method from beta and gathers the result.
func (m *model) fit(beta []float64) (*Fit, error) {
	est, info, err := m.newton(beta, stop)
	if err == nil && m.flatPrior() && m.suspicious() {
		if s := m.separated(); s.Separated {
			return nil, m.separationError(s)
		}
	}
	if err != nil {
		return nil, m.explain(err)
	}
	return m.result(est, info)
}

// flatPrior says whether some slope has neither prior nor bound, so that its
// estimate may run away.
func (m *model) flatPrior() bool {
	for j := m.ic; j < m.k; j++ {
		if m.prec[j] == 0 {
			return true
		}
	}
	return false
}

// suspicious looks for fitted probabilities of zero or one to nine digits.
func (m *model) suspicious() bool {
	for _, w := range m.mu {
		if w < 1e-9 || w > 1-1e-9 {
			return true
		}
	}
	return false
}

func (m *model) explain(err error) error {
	s := m.separated()
	if s.Separated {
		return m.separationError(s)
	}
	if f, ok := errors.AsType[flatError](err); ok {
		return num.Invalid("x", "%s carries no information of its own: it is constant, or a combination of other columns; drop it or give it a prior", m.name(f.column))
	}
	return &fault.Error{Kind: fault.Invalid, Msg: "the fit did not settle; give the weights a prior or rescale the columns", Err: err}
}

func (m *model) separationError(s Separation) error {
	return num.Invalid("y", "%s separates the outcomes (%s): its weight has no finite estimate; use a prior or drop it", m.name(s.Column+m.ic), s.Reason)
}

func (m *model) result(est, info []float64) (*Fit, error) {
	k := m.k
	f := &Fit{
		Link: m.link, P: m.p, Intercept: m.ic == 1, Coef: est, N: m.n, Events: m.events,
		Iterations: m.iter, Info: info, AtBound: make([]bool, m.p),
	}
	// The last step moved the point: its likelihood and fitted values belong to it.
	nll, pen, _ := m.eval(est)
	f.NLL, f.Penalty = nll, pen
	f.Fitted = append([]float64(nil), m.mu...)
	f.NullNLL = m.null()
	free := make([]int, 0, k)
	for j := range k {
		if m.bounded && j >= m.ic && (est[j] <= m.lo[j] || est[j] >= m.hi[j]) {
			f.AtBound[j-m.ic] = true
			continue
		}
		free = append(free, j)
	}
	h := sub(m.penalised(info), free, k)
	c, col, ok := num.NewCholesky(h, len(free))
	if !ok {
		return nil, m.explain(flatError{free[col]})
	}
	f.LogDetH = c.LogDet()
	inv := c.Inverse()
	f.Cov = make([]float64, k*k)
	for a, ja := range free {
		for b, jb := range free {
			f.Cov[ja*k+jb] = inv[a*len(free)+b]
			f.DF += inv[a*len(free)+b] * info[jb*k+ja]
		}
	}
	for _, v := range est {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, m.explain(errStuck)
		}
	}
	return f, nil
}

// sub takes the rows and columns idx of a k×k matrix.
func sub(a []float64, idx []int, k int) []float64 {
	out := make([]float64, len(idx)*len(idx))
	for r, i := range idx {
		for c, j := range idx {
			out[r*len(idx)+c] = a[i*k+j]
		}
	}
	return out
}

// null is the negative log-likelihood without any column.
func (m *model) null() float64 {
	if m.off == nil {
		q := m.events / m.total
		if m.ic == 0 {
			q = m.link.prob(0)
		}
		return -(m.events*math.Log(q) + (m.total-m.events)*math.Log1p(-q))
	}
	z := &model{y: m.y, w: m.w, off: m.off, n: m.n, k: m.ic, ic: m.ic, link: m.link, maxIter: 50, events: m.events, total: m.total}
	z.mean, z.prec, z.lo, z.hi = make([]float64, 1), make([]float64, 1), []float64{math.Inf(-1)}, []float64{math.Inf(1)}
	if m.ic == 0 {
		nll, _, _ := z.eval(nil)
		return nll
	}
	est, _, err := z.newton(make([]float64, 1), 1e-12)
	if err != nil {
		return math.NaN()
	}
	nll, _, _ := z.eval(est)
	return nll
}
