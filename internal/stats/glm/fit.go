package glm

import (
	"fmt"
	"math"

	"kept/internal/stats/num"
)

// Link relates the linear predictor to the probability.
type Link int

// The links.
const (
	Logit   Link = iota // p = 1/(1+e^−η)
	CLogLog             // p = 1−exp(−e^η): proportional hazards in grouped time
)

// Options of a fit; the zero value is plain maximum likelihood.
type Options struct {
	Link        Link
	Weights     []float64 // per row, ≥ 0; nil: 1
	Offset      []float64 // per row, added to η; nil: 0
	NoIntercept bool
	// PriorMean and PriorSD centre every slope on a normal prior: the objective
	// gains ½Σ((b_j−m_j)/τ_j)². Nil means mean 0 and a flat prior; a single value
	// holds for all slopes; a PriorSD of +Inf is flat for that slope. The
	// intercept has a flat prior.
	PriorMean, PriorSD []float64
	// Lower and Upper bound the slopes (one value, or one per slope; nil: none).
	// Lower: []float64{0} keeps every weight in its healthy direction.
	Lower, Upper []float64
	Names        []string // of the columns, for messages
	MaxIter      int      // of Newton; 0: 100
}

// Fit is a fitted model.
type Fit struct {
	Link       Link
	P          int       // slopes
	Intercept  bool      // Coef[0] is the intercept
	Coef       []float64 // intercept first, then the slopes
	Cov        []float64 // inverse of the (penalised) information, len(Coef)² row-major; zero rows for coefficients at a bound
	AtBound    []bool    // per slope: held at its bound
	N          int
	Events     float64 // Σ weight·y
	NLL        float64 // Σ weight · negative log-likelihood
	Penalty    float64 // ½Σ((b−m)/τ)²
	NullNLL    float64 // of the intercept (and offset) alone
	LogDetH    float64 // log determinant of the penalised information of the free coefficients
	DF         float64 // effective degrees of freedom, trace of H⁻¹·information
	Iterations int
	Fitted     []float64 // probabilities of the rows
	Info       []float64 // unpenalised information at the estimate, len(Coef)²
}

// SE returns the standard errors, √diag(Cov).
func (f *Fit) SE() []float64 { return SE(f.Cov, len(f.Coef)) }

// SE returns the square roots of the diagonal of a k×k covariance.
func SE(cov []float64, k int) []float64 {
	out := make([]float64, k)
	for j := range out {
		out[j] = math.Sqrt(max(cov[j*k+j], 0))
	}
	return out
}

// Objective is NLL + Penalty, what the fit minimises.
func (f *Fit) Objective() float64 { return f.NLL + f.Penalty }

// AIC is 2·NLL + 2·(number of coefficients).
func (f *Fit) AIC() float64 { return 2*f.NLL + 2*float64(len(f.Coef)) }

// Linear returns η for each of n rows of a design.
func (f *Fit) Linear(x []float64, n int) []float64 {
	out := make([]float64, n)
	a, b := f.split()
	for i := range out {
		out[i] = a + dot(x[i*f.P:(i+1)*f.P], b)
	}
	return out
}

// Predict returns the probability of each of n rows of a design.
func (f *Fit) Predict(x []float64, n int) []float64 {
	out := f.Linear(x, n)
	for i, eta := range out {
		out[i] = f.Link.prob(eta)
	}
	return out
}

func (f *Fit) split() (a float64, b []float64) {
	if f.Intercept {
		return f.Coef[0], f.Coef[1:]
	}
	return 0, f.Coef
}

// LinearSE returns √(xᵀ·Cov·x) of one row: the uncertainty of its η.
func (f *Fit) LinearSE(row []float64) float64 {
	v := row
	if f.Intercept {
		v = append([]float64{1}, row...)
	}
	return math.Sqrt(max(num.QuadForm(f.Cov, v), 0))
}

func (l Link) prob(eta float64) float64 {
	if l == CLogLog {
		return -math.Expm1(-math.Exp(eta))
	}
	return num.Expit(eta)
}

// Logistic fits the n×p design x to y (0/1, or shares between) by damped Newton
// steps on the (penalised) likelihood. It refuses, naming the column, a plain fit
// whose maximum does not exist: separated, constant or collinear columns.
func Logistic(x, y []float64, n, p int, o Options) (*Fit, error) {
	m, err := newModel(x, y, n, p, o)
	if err != nil {
		return nil, err
	}
	return m.fit(m.start())
}

// newModel checks the input and spreads the options over the columns.
func newModel(x, y []float64, n, p int, o Options) (*model, error) {
	if err := num.CheckDesign(x, y, n, p); err != nil {
		return nil, err
	}
	m := &model{x: x, y: y, w: o.Weights, off: o.Offset, n: n, p: p, link: o.Link, names: o.Names, maxIter: o.MaxIter}
	if !o.NoIntercept {
		m.ic = 1
	}
	m.k = p + m.ic
	if m.k == 0 {
		return nil, num.Invalid("x", "there is nothing to fit: no columns and no intercept")
	}
	if m.maxIter <= 0 {
		m.maxIter = 100
	}
	for what, v := range map[string][]float64{"weights": o.Weights, "offset": o.Offset} {
		if v != nil && len(v) != n {
			return nil, num.Invalid(what, "%d values for %d rows", len(v), n)
		}
		if err := num.CheckFinite(what, v); err != nil {
			return nil, err
		}
	}
	if err := m.outcome(); err != nil {
		return nil, err
	}
	return m, m.spread(o)
}

func (m *model) outcome() error {
	total := 0.0
	for i, v := range m.y {
		if v < 0 || v > 1 {
			return num.Invalid("y", "value %d is %v, want 0, 1 or a share between", i, v)
		}
		w := 1.0
		if m.w != nil {
			w = m.w[i]
		}
		if w < 0 {
			return num.Invalid("weights", "value %d is %v, want zero or more", i, w)
		}
		total += w
		m.events += w * v
	}
	m.total = total
	if m.events <= 0 || m.events >= total {
		return num.Invalid("y", "all outcomes are the same (%v of %v): there is nothing to tell apart", m.events, total)
	}
	return nil
}

func (m *model) spread(o Options) error {
	mean, err := each("prior mean", o.PriorMean, m.p, 0)
	if err != nil {
		return err
	}
	sd, err := each("prior sd", o.PriorSD, m.p, math.Inf(1))
	if err != nil {
		return err
	}
	lower, err := each("lower", o.Lower, m.p, math.Inf(-1))
	if err != nil {
		return err
	}
	upper, err := each("upper", o.Upper, m.p, math.Inf(1))
	if err != nil {
		return err
	}
	m.mean, m.prec = make([]float64, m.k), make([]float64, m.k)
	m.lo, m.hi = make([]float64, m.k), make([]float64, m.k)
	for j := range m.ic {
		m.lo[j], m.hi[j] = math.Inf(-1), math.Inf(1)
	}
	for j := range m.p {
		if !(sd[j] > 0) {
			return num.Invalid("prior sd", "value %d is %v, want a positive number", j, sd[j])
		}
		if math.IsNaN(mean[j]) || math.IsInf(mean[j], 0) {
			return num.Invalid("prior mean", "value %d is %v, want a finite number", j, mean[j])
		}
		if lower[j] > upper[j] || math.IsNaN(lower[j]+0*upper[j]) && (math.IsNaN(lower[j]) || math.IsNaN(upper[j])) {
			return num.Invalid("bounds", "column %d: the lower bound %v is above the upper %v", j, lower[j], upper[j])
		}
		c := j + m.ic
		m.mean[c], m.prec[c] = mean[j], 1/(sd[j]*sd[j])
		m.lo[c], m.hi[c] = lower[j], upper[j]
		m.bounded = m.bounded || !math.IsInf(lower[j], -1) || !math.IsInf(upper[j], 1)
	}
	return nil
}

// each spreads nil, one value or p values over p columns.
func each(what string, v []float64, p int, def float64) ([]float64, error) {
	if len(v) == p && p > 0 {
		return v, nil
	}
	out := make([]float64, p)
	switch len(v) {
	case 0:
	case 1:
		def = v[0]
	default:
		return nil, num.Invalid(what, "%d values for %d columns", len(v), p)
	}
	for j := range out {
		out[j] = def
	}
	return out, nil
}

// name of coefficient c for a message.
func (m *model) name(c int) string {
	switch {
	case c < m.ic:
		return "the intercept"
	case c-m.ic < len(m.names):
		return fmt.Sprintf("column %q", m.names[c-m.ic])
	}
	return fmt.Sprintf("column %d", c-m.ic)
}
