package glm

import (
	"math"

	"kept/internal/stats/num"
)

// Firth fits a logistic regression with the bias-reducing penalty ½·log det I
// (Firth 1993; Heinze & Schemper 2002). It is finite under separation. Cov is the
// inverse information at the estimate; NLL is without the penalty, Penalty is
// −½·log det I. Priors and bounds of the options are not used.
func Firth(x, y []float64, n, p int, o Options) (*Fit, error) {
	o.PriorMean, o.PriorSD, o.Lower, o.Upper, o.Link = nil, nil, nil, nil, Logit
	m, err := newModel(x, y, n, p, o)
	if err != nil {
		return nil, err
	}
	beta := make([]float64, m.k)
	if m.ic == 1 {
		beta[0] = num.Logit(m.events / m.total)
	}
	cur, err := m.firthAt(beta)
	if err != nil {
		return nil, err
	}
	for m.iter = 1; m.iter <= 500; m.iter++ {
		step := cur.chol.Solve(cur.score)
		size := num.QuadForm(cur.info, step)
		if size < 1e-20 {
			break
		}
		f := 1.0
		for far := maxAbs(step); f*far > 5; {
			f /= 2
		}
		next := make([]float64, m.k)
		for {
			for j := range next {
				next[j] = beta[j] + f*step[j]
			}
			at, err := m.firthAt(next)
			if err == nil && at.obj <= cur.obj+1e-13*math.Abs(cur.obj) {
				beta, cur = next, at
				break
			}
			if f /= 2; f < 1e-10 {
				return nil, m.explain(errStuck)
			}
		}
	}
	fit, err := m.result(beta, cur.info)
	if err != nil {
		return nil, err
	}
	fit.Penalty = -0.5 * cur.chol.LogDet()
	return fit, nil
}

type firthPoint struct {
	obj         float64
	score, info []float64
	chol        *num.Cholesky
}

// firthAt evaluates the modified score Xᵀ(w(y−μ) + h(½−μ)), h the leverages.
func (m *model) firthAt(beta []float64) (*firthPoint, error) {
	nll, _, grad := m.eval(beta)
	info := m.info()
	c, col, ok := num.NewCholesky(info, m.k)
	if !ok {
		return nil, m.explain(flatError{col})
	}
	inv := c.Inverse()
	pt := &firthPoint{obj: nll - 0.5*c.LogDet(), info: info, chol: c, score: make([]float64, m.k)}
	for j := range grad {
		pt.score[j] = -grad[j]
	}
	row := make([]float64, m.k)
	for i := range m.n {
		m.fill(row, i)
		a := m.wk[i] * num.QuadForm(inv, row) * (0.5 - m.mu[i])
		for j, v := range row {
			pt.score[j] += a * v
		}
	}
	return pt, nil
}

// fill writes row i with its leading one.
func (m *model) fill(row []float64, i int) {
	if m.ic == 1 {
		row[0] = 1
	}
	copy(row[m.ic:], m.x[i*m.p:(i+1)*m.p])
}

func maxAbs(x []float64) float64 {
	v := 0.0
	for _, e := range x {
		v = max(v, math.Abs(e))
	}
	return v
}
