package linear

import (
	"fmt"
	"math"

	"kept/internal/stats/num"
)

// Fit is a least-squares fit.
type Fit struct {
	N, P      int
	Intercept bool
	Coef      []float64 // intercept first, in units of y per unit of the column
	Cov       []float64 // classical, σ²(XᵀX)⁻¹; K×K row-major
	Sigma     float64   // residual standard deviation, divisor n − K − absorbed
	RSS, TSS  float64   // TSS around the mean
	R2, AdjR2 float64
	DF        float64 // n − K − absorbed
	Residual  []float64
	Leverage  func() []float64 // of each row, computed on the first call

	x       []float64 // the centred and scaled design
	inv     []float64 // (ZᵀZ)⁻¹ of it, intercept first
	center  []float64
	scale   []float64
	lev     []float64
	absorbs int // parameters swept out before the fit
}

// K returns the number of coefficients.
func (f *Fit) K() int { return len(f.Coef) }

// Options of a fit; the zero value is plain least squares with an intercept.
type Options struct {
	NoIntercept bool
	Names       []string // of the columns, for messages
	Absorbed    int      // parameters swept out of x and y beforehand, such as n_accounts fixed effects
}

// OLS fits y on the n×p design x. A constant or collinear column is an error that
// names it; so are fewer rows than coefficients.
func OLS(x, y []float64, n, p int, o Options) (*Fit, error) {
	if err := num.CheckDesign(x, y, n, p); err != nil {
		return nil, err
	}
	f := &Fit{N: n, P: p, Intercept: !o.NoIntercept, absorbs: o.Absorbed}
	k := p
	if f.Intercept {
		k++
	}
	if k == 0 {
		return nil, num.Invalid("x", "there is nothing to fit: no columns and no intercept")
	}
	f.DF = float64(n - k - o.Absorbed)
	if f.DF < 1 {
		return nil, num.Invalid("n", "%d rows are too few for %d coefficients", n, k+o.Absorbed)
	}
	if err := f.standardise(x, o.Names); err != nil {
		return nil, err
	}
	if err := f.solve(y, o.Names); err != nil {
		return nil, err
	}
	return f, nil
}

func name(names []string, j int) string {
	if j >= 0 && j < len(names) {
		return fmt.Sprintf("column %q", names[j])
	}
	return fmt.Sprintf("column %d", j)
}

// standardise centres the columns (with an intercept) and scales them, so that
// the normal equations lose no digits to a far-off mean or an odd unit.
func (f *Fit) standardise(x []float64, names []string) error {
	n, p := f.N, f.P
	f.center, f.scale = make([]float64, p), make([]float64, p)
	if f.Intercept {
		for i := range n {
			for j, v := range x[i*p : (i+1)*p] {
				f.center[j] += v
			}
		}
		for j := range f.center {
			f.center[j] /= float64(n)
		}
	}
	top := make([]float64, p)
	for i := range n {
		for j, v := range x[i*p : (i+1)*p] {
			d := v - f.center[j]
			f.scale[j] += d * d
			top[j] = max(top[j], math.Abs(v))
		}
	}
	for j, s := range f.scale {
		f.scale[j] = math.Sqrt(s / float64(n))
		if !(f.scale[j] > 1e-13*top[j]) || math.IsInf(s, 0) {
			return num.Invalid("x", "%s is constant: it carries no information; drop it", name(names, j))
		}
	}
	f.x = make([]float64, len(x))
	inv := make([]float64, p)
	for j, s := range f.scale {
		inv[j] = 1 / s
	}
	for i := range n {
		row, out := x[i*p:(i+1)*p], f.x[i*p:(i+1)*p]
		for j, v := range row {
			out[j] = (v - f.center[j]) * inv[j]
		}
	}
	return nil
}

func (f *Fit) solve(y []float64, names []string) error {
	n, p := f.N, f.P
	mean := 0.0
	if f.Intercept {
		mean = num.Mean(y)
	}
	yc := make([]float64, n)
	for i, v := range y {
		yc[i] = v - mean
		f.TSS += yc[i] * yc[i]
	}
	b := make([]float64, p)
	if p > 0 {
		c, col, ok := num.NewCholesky(num.Gram(f.x, nil, n, p), p)
		if !ok {
			return num.Invalid("x", "%s is a combination of the columns before it; drop one of them", name(names, col))
		}
		b = c.Solve(num.XtV(f.x, yc, n, p))
		f.Residual = residual(f.x, yc, b, n, p)
		// One step of refinement removes the rounding of the normal equations.
		for j, d := range c.Solve(num.XtV(f.x, f.Residual, n, p)) {
			b[j] += d
		}
		f.inv = c.Inverse()
	}
	f.Residual = residual(f.x, yc, b, n, p)
	if f.Intercept { // centred columns are orthogonal to the intercept
		big := make([]float64, (p+1)*(p+1))
		big[0] = 1 / float64(n)
		for i := range p {
			copy(big[(i+1)*(p+1)+1:(i+2)*(p+1)], f.inv[i*p:(i+1)*p])
		}
		f.inv = big
		// Centring is exact only to rounding; what is left goes to the intercept.
		shift := num.Mean(f.Residual)
		for i := range f.Residual {
			f.Residual[i] -= shift
		}
		mean += shift
	}
	for _, e := range f.Residual {
		f.RSS += e * e
	}
	f.Sigma = math.Sqrt(f.RSS / f.DF)
	f.R2, f.AdjR2 = math.NaN(), math.NaN()
	if f.TSS > 0 {
		f.R2 = 1 - f.RSS/f.TSS
		d := float64(n)
		if f.Intercept {
			d--
		}
		f.AdjR2 = 1 - (f.RSS/f.DF)/(f.TSS/(d-float64(f.absorbs)))
	}
	z := b
	if f.Intercept {
		z = append([]float64{mean}, b...)
	}
	f.Coef = f.backCoef(z)
	f.Cov = f.backCov(f.inv)
	for i := range f.Cov {
		f.Cov[i] *= f.Sigma * f.Sigma
	}
	f.Leverage = f.leverage
	return num.CheckFinite("x", f.Coef)
}

func residual(x, y, b []float64, n, p int) []float64 {
	e := make([]float64, n)
	for i := range e {
		e[i] = y[i] - num.Dot(x[i*p:(i+1)*p], b)
	}
	return e
}

// backCoef and backCov return to the columns' own units.
func (f *Fit) backCoef(z []float64) []float64 {
	out := make([]float64, len(z))
	o := len(z) - f.P
	if o == 1 {
		out[0] = z[0]
	}
	for j := range f.P {
		out[o+j] = z[o+j] / f.scale[j]
		if o == 1 {
			out[0] -= out[1+j] * f.center[j]
		}
	}
	return out
}

func (f *Fit) backCov(v []float64) []float64 {
	o, k := 0, f.P
	if f.Intercept {
		o, k = 1, k+1
	}
	// coef = T·z, T upper triangular with −center/scale in its first row.
	t := make([]float64, k*k)
	for j := range f.P {
		t[(o+j)*k+o+j] = 1 / f.scale[j]
		if o == 1 {
			t[o+j] = -f.center[j] / f.scale[j]
		}
	}
	if o == 1 {
		t[0] = 1
	}
	tv := num.MatMul(t, v, k, k, k)
	out := make([]float64, k*k)
	for i := range k {
		for j := range k {
			out[i*k+j] = num.Dot(tv[i*k:(i+1)*k], t[j*k:(j+1)*k])
		}
	}
	for i := range k {
		for j := range i {
			m := (out[i*k+j] + out[j*k+i]) / 2
			out[i*k+j], out[j*k+i] = m, m
		}
	}
	return out
}

func (f *Fit) leverage() []float64 {
	if f.lev != nil {
		return f.lev
	}
	f.lev = make([]float64, f.N)
	row := make([]float64, f.K())
	for i := range f.lev {
		f.row(i, row)
		f.lev[i] = num.QuadForm(f.inv, row)
	}
	return f.lev
}

// row fills z with the standardised row i, intercept first.
func (f *Fit) row(i int, z []float64) {
	o := len(z) - f.P
	if o == 1 {
		z[0] = 1
	}
	copy(z[o:], f.x[i*f.P:(i+1)*f.P])
}

// Predict returns the fitted line at each of n rows of a design.
func (f *Fit) Predict(x []float64, n int) []float64 {
	out := make([]float64, n)
	o := f.K() - f.P
	for i := range out {
		out[i] = num.Dot(f.Coef[o:], x[i*f.P:(i+1)*f.P])
		if o == 1 {
			out[i] += f.Coef[0]
		}
	}
	return out
}

// SE returns the square roots of the diagonal of a covariance of the coefficients.
func (f *Fit) SE(cov []float64) []float64 {
	k := f.K()
	out := make([]float64, k)
	for j := range out {
		out[j] = math.Sqrt(max(cov[j*k+j], 0))
	}
	return out
}

// Coefficient is one row of a table of results.
type Coefficient struct {
	Estimate, SE, T, P, Lo, Hi float64
}

// Table returns t tests and intervals from a covariance, with df degrees of
// freedom: DF, or the number of clusters less one.
func (f *Fit) Table(cov []float64, df, level float64) ([]Coefficient, error) {
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	if !(df > 0) {
		return nil, num.Invalid("df", "%v degrees of freedom", df)
	}
	q := num.TQuantile(0.5+level/2, df)
	out := make([]Coefficient, f.K())
	for j, se := range f.SE(cov) {
		c := Coefficient{Estimate: f.Coef[j], SE: se, P: math.NaN(), T: math.NaN()}
		if se > 0 {
			c.T = c.Estimate / se
			c.P = num.TTwoSided(c.T, df)
		}
		c.Lo, c.Hi = c.Estimate-q*se, c.Estimate+q*se
		out[j] = c
	}
	return out, nil
}
