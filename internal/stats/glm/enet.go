package glm

import (
	"math"

	"kept/internal/stats/num"
)

// ENetOptions of an elastic net. The objective is glmnet's:
// −loglik/n + λ·((1−α)/2·‖b‖² + α·‖b‖₁), the intercept free.
type ENetOptions struct {
	Alpha       float64   // 0 ridge … 1 lasso
	Standardize bool      // penalise weights per standard deviation (divisor n) of the column
	Lower       float64   // bound of every slope, ≤ 0; use -Inf for none. The zero value keeps slopes ≥ 0
	Weights     []float64 // per row; nil: 1
	Tol         float64   // largest move, in standard errors, that counts as settled; 0: 1e-9
}

// ENet is one point of an elastic-net path, on the scale of the columns.
type ENet struct {
	Lambda   float64
	Coef     []float64 // intercept first
	DevRatio float64   // share of the null deviance explained
	Nonzero  int
}

// ElasticNet fits the n×p design x to y at one λ.
func ElasticNet(x, y []float64, n, p int, lambda float64, o ENetOptions) (*ENet, error) {
	if !(lambda >= 0) || math.IsInf(lambda, 0) {
		return nil, num.Invalid("lambda", "%v, want zero or more", lambda)
	}
	e, err := newEnet(x, y, n, p, o)
	if err != nil {
		return nil, err
	}
	return e.at(lambda)
}

// ElasticNetPath fits count values of λ (0: 100), falling geometrically from the
// smallest that leaves every slope at zero to ratio (0: 1e-4) times that. Like
// glmnet it ends early once the explained deviance stops rising.
func ElasticNetPath(x, y []float64, n, p, count int, ratio float64, o ENetOptions) ([]*ENet, error) {
	if count <= 0 {
		count = 100
	}
	if ratio <= 0 || ratio >= 1 {
		ratio = 1e-4
	}
	if o.Tol == 0 {
		o.Tol = 1e-4
	}
	e, err := newEnet(x, y, n, p, o)
	if err != nil {
		return nil, err
	}
	top := e.lambdaMax()
	var path []*ENet
	for i := range count {
		l := top * math.Pow(ratio, float64(i)/float64(max(count-1, 1)))
		f, err := e.at(l)
		if err != nil {
			return nil, err
		}
		path = append(path, f)
		if i >= 5 && (f.DevRatio > 0.999 || f.DevRatio-path[i-1].DevRatio < 1e-5*f.DevRatio && f.Nonzero > 0) {
			break
		}
	}
	return path, nil
}

// enet keeps the state from one λ to the next: the weights as the next start and
// the information, which is refreshed only when it is stale.
type enet struct {
	m    *model
	o    ENetOptions
	sd   []float64 // penalty scale per column
	beta []float64
	h    []float64 // information/total of the last refresh
	nll  float64
	grad []float64
	null float64
}

func newEnet(x, y []float64, n, p int, o ENetOptions) (*enet, error) {
	if !(o.Alpha >= 0 && o.Alpha <= 1) {
		return nil, num.Invalid("alpha", "%v, want 0 (ridge) to 1 (lasso)", o.Alpha)
	}
	if o.Lower > 0 || math.IsNaN(o.Lower) {
		return nil, num.Invalid("lower", "%v, want zero or less", o.Lower)
	}
	if o.Tol <= 0 {
		o.Tol = 1e-9
	}
	m, err := newModel(x, y, n, p, Options{Weights: o.Weights})
	if err != nil {
		return nil, err
	}
	e := &enet{m: m, o: o, sd: make([]float64, p), beta: make([]float64, m.k), null: m.null()}
	scale := m.weightedScales()
	for j := range e.sd {
		e.sd[j] = 1
		if o.Standardize {
			e.sd[j] = scale[j]
		}
	}
	e.beta[0] = num.Logit(m.events / m.total)
	e.nll, _, e.grad = m.eval(e.beta)
	return e, nil
}

// weightedScales is the standard deviation with divisor n (or Σw); a constant
// column gets zero, and its slope then stays at zero.
func (m *model) weightedScales() []float64 {
	sd := make([]float64, m.p)
	mean := make([]float64, m.p)
	for i := range m.n {
		w := m.weight(i)
		for j, v := range m.x[i*m.p : (i+1)*m.p] {
			mean[j] += w * v / m.total
		}
	}
	for i := range m.n {
		w := m.weight(i)
		for j, v := range m.x[i*m.p : (i+1)*m.p] {
			d := v - mean[j]
			sd[j] += w * d * d
		}
	}
	for j := range sd {
		sd[j] = math.Sqrt(sd[j] / m.total)
		if sd[j] <= 1e-12*math.Abs(mean[j]) {
			sd[j] = 0
		}
	}
	return sd
}

func (m *model) weight(i int) float64 {
	if m.w == nil {
		return 1
	}
	return m.w[i]
}

func (e *enet) lambdaMax() float64 {
	top := 0.0
	for j := range e.m.p {
		if e.sd[j] > 0 {
			g := -e.grad[j+1]
			if e.o.Lower < 0 {
				g = math.Abs(g)
			}
			top = max(top, g/e.sd[j]/e.m.total)
		}
	}
	return max(top, 1e-12) / max(e.o.Alpha, 1e-3)
}

func (e *enet) objective(beta []float64, nll, lambda float64) float64 {
	v := nll / e.m.total
	for j, b := range beta[1:] {
		b *= e.sd[j]
		v += lambda * ((1-e.o.Alpha)/2*b*b + e.o.Alpha*math.Abs(b))
	}
	return v
}

// at moves the fit to lambda by proximal Newton steps: the penalised quadratic of
// each is solved by coordinate descent on the information matrix.
func (e *enet) at(lambda float64) (*ENet, error) {
	m := e.m
	obj := e.objective(e.beta, e.nll, lambda)
	fresh, last := false, math.Inf(1)
	for range 200 {
		if e.h == nil {
			e.h = m.info()
			for i := range e.h {
				e.h[i] /= m.total
			}
			fresh = true
		}
		next := e.solve(lambda)
		size := 0.0
		for j := range next {
			d := next[j] - e.beta[j]
			size = max(size, d*d*e.h[j*m.k+j]*m.total)
		}
		if size <= e.o.Tol*e.o.Tol {
			return e.result(lambda), nil
		}
		// A stale information converges by a constant factor; renew it once that
		// factor is poor.
		if !fresh && size > 0.05*last {
			e.h, last = nil, math.Inf(1)
			continue
		}
		last = size
		if !e.accept(next, lambda, &obj) {
			if !fresh {
				e.h, last = nil, math.Inf(1)
				continue
			}
			if size < 1e-12 {
				return e.result(lambda), nil
			}
			return nil, m.explain(errStuck)
		}
		fresh = false
	}
	return nil, m.explain(errStuck)
}

// accept goes to next, or part of the way, if the objective falls.
func (e *enet) accept(next []float64, lambda float64, obj *float64) bool {
	from := e.beta
	for f := 1.0; f > 1e-6; f /= 4 {
		b := make([]float64, len(next))
		for j := range b {
			b[j] = from[j] + f*(next[j]-from[j])
		}
		nll, _, grad := e.m.eval(b)
		if v := e.objective(b, nll, lambda); v <= *obj+1e-14*math.Abs(*obj) {
			e.beta, e.nll, e.grad, *obj = b, nll, grad, v
			return true
		}
	}
	e.nll, _, e.grad = e.m.eval(from)
	return false
}

// solve minimises the penalised quadratic around beta.
func (e *enet) solve(lambda float64) []float64 {
	k := e.m.k
	b := append([]float64(nil), e.beta...)
	g := make([]float64, k) // −gradient/total of the quadratic at b
	for j := range g {
		g[j] = -e.grad[j] / e.m.total
	}
	l1, l2 := lambda*e.o.Alpha, lambda*(1-e.o.Alpha)
	move := func(j int) float64 {
		hj := e.h[j*k+j]
		var next float64
		if j == 0 {
			next = b[0] + g[0]/hj
		} else {
			s := e.sd[j-1]
			if s == 0 || !(hj > 0) {
				return 0
			}
			z := g[j] + hj*b[j]
			next = soft(z, l1*s) / (hj + l2*s*s)
			next = max(next, e.o.Lower)
		}
		d := next - b[j]
		if d == 0 {
			return 0
		}
		b[j] = next
		for i, v := range e.h[j*k : (j+1)*k] {
			g[i] -= v * d
		}
		return d * d * hj
	}
	tol := 1e-3 * e.o.Tol * e.o.Tol / e.m.total
	for range 2000 {
		moved := 0.0
		for j := range k {
			moved = max(moved, move(j))
		}
		if moved <= tol {
			break
		}
	}
	return b
}

func soft(z, t float64) float64 {
	switch {
	case z > t:
		return z - t
	case z < -t:
		return z + t
	}
	return 0
}

func (e *enet) result(lambda float64) *ENet {
	f := &ENet{Lambda: lambda, Coef: append([]float64(nil), e.beta...), DevRatio: 1 - e.nll/e.null}
	for _, b := range e.beta[1:] {
		if b != 0 {
			f.Nonzero++
		}
	}
	return f
}
