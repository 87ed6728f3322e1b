package causal

import (
	"math"

	"kept/internal/stats/glm"
	"kept/internal/stats/linear"
	"kept/internal/stats/num"
)

// Data is one row per account.
type Data struct {
	Y     []float64 // outcome; 0/1 outcomes get logistic models
	Treat []float64 // 0 or 1
	X     []float64 // n×P, known before the assignment
	P     int
	Names []string // of the columns, for messages
}

func (d Data) check() (n0, n1 int, err error) {
	if n0, n1, err = checkArms(d.Y, d.Treat); err != nil {
		return n0, n1, err
	}
	return n0, n1, num.CheckDesign(d.X, d.Y, len(d.Y), d.P)
}

// rows returns the design and outcomes of the rows that keep accepts.
func (d Data) rows(keep func(i int) bool) (x, y []float64, n int) {
	for i, v := range d.Y {
		if keep(i) {
			x = append(x, d.X[i*d.P:(i+1)*d.P]...)
			y = append(y, v)
			n++
		}
	}
	return x, y, n
}

// Nuisances are the models an effect is built on, evaluated at every account.
type Nuisances struct {
	E      []float64 // propensity: chance to be treated
	M1, M0 []float64 // expected outcome with and without the programme
}

// FitNuisances fits a plain logistic propensity and, in each arm, least squares
// (logistic for 0/1 outcomes), without cross-fitting and without clipping.
func FitNuisances(d Data) (*Nuisances, error) {
	if _, _, err := d.check(); err != nil {
		return nil, err
	}
	n := len(d.Y)
	ps, err := glm.Logistic(d.X, d.Treat, n, d.P, glm.Options{Names: d.Names})
	if err != nil {
		return nil, err
	}
	nu := &Nuisances{E: ps.Fitted}
	binary := isBinary(d.Y)
	for a, m := range []*[]float64{&nu.M0, &nu.M1} {
		x, y, k := d.rows(func(i int) bool { return d.Treat[i] == float64(a) })
		if binary {
			f, err := glm.Logistic(x, y, k, d.P, glm.Options{Names: d.Names})
			if err != nil {
				return nil, err
			}
			*m = f.Predict(d.X, n)
			continue
		}
		f, err := linear.OLS(x, y, k, d.P, linear.Options{Names: d.Names})
		if err != nil {
			return nil, err
		}
		*m = f.Predict(d.X, n)
	}
	return nu, nil
}

// CrossFit are the choices of cross-fitted nuisances.
type CrossFit struct {
	Folds   int // 0: 5
	Seed    uint64
	PriorSD float64 // of the ridge, per standard deviation of a column; 0: 1
}

// CrossFitNuisances predicts every account from ridge models fitted to the other
// folds, so that no account's own outcome shapes its prediction (Chernozhukov et
// al. 2018). Folds are drawn within arms (and within outcomes for 0/1 outcomes).
func CrossFitNuisances(d Data, o CrossFit) (*Nuisances, error) {
	n0, n1, err := d.check()
	if err != nil {
		return nil, err
	}
	if o.Folds == 0 {
		o.Folds = 5
	}
	if o.PriorSD == 0 {
		o.PriorSD = 1
	}
	if o.Folds < 2 || o.Folds > min(n0, n1) || !(o.PriorSD > 0) {
		return nil, num.Invalid("folds", "%d folds for arms of %d and %d accounts, prior sd %v", o.Folds, n0, n1, o.PriorSD)
	}
	n := len(d.Y)
	nu := &Nuisances{make([]float64, n), make([]float64, n), make([]float64, n)}
	binary := isBinary(d.Y)
	fold := folds(d, o.Folds, o.Seed, binary)
	for k := range o.Folds {
		train := func(i int) bool { return fold[i] != k }
		s := newScaler(d, train)
		all := s.apply(d.X)
		e := Data{Y: d.Treat, X: all, P: d.P}
		x, a, m := e.rows(train)
		pe, err := predictor(x, a, m, d.P, o.PriorSD, true)
		if err != nil {
			return nil, err
		}
		e.Y = d.Y
		var pm [2]func([]float64) float64
		for arm := range 2 {
			x, y, m := e.rows(func(i int) bool { return train(i) && d.Treat[i] == float64(arm) })
			if pm[arm], err = predictor(x, y, m, d.P, o.PriorSD, binary); err != nil {
				return nil, err
			}
		}
		for i := range n {
			if fold[i] == k {
				row := all[i*d.P : (i+1)*d.P]
				nu.E[i], nu.M0[i], nu.M1[i] = pe(row), pm[0](row), pm[1](row)
			}
		}
	}
	return nu, nil
}

// folds deals the accounts of each arm and outcome out in turn after a shuffle.
func folds(d Data, k int, seed uint64, binary bool) []int {
	out := make([]int, len(d.Y))
	r := num.Rand(seed)
	next := 0
	for g := range 4 {
		var idx []int
		for i := range d.Y {
			h := int(d.Treat[i])
			if binary {
				h += 2 * int(d.Y[i])
			}
			if h == g {
				idx = append(idx, i)
			}
		}
		r.Shuffle(len(idx), func(a, b int) { idx[a], idx[b] = idx[b], idx[a] })
		for _, i := range idx {
			out[i] = next % k
			next++
		}
	}
	return out
}

// scaler standardises columns by the rows of a training set; a column that is
// constant there becomes zero.
type scaler struct{ mean, inv []float64 }

func newScaler(d Data, train func(int) bool) scaler {
	s := scaler{make([]float64, d.P), make([]float64, d.P)}
	for j := range d.P {
		var v []float64
		for i := range d.Y {
			if train(i) {
				v = append(v, d.X[i*d.P+j])
			}
		}
		s.mean[j] = num.Mean(v)
		if sd := math.Sqrt(num.Variance(v)); sd > 1e-12*math.Abs(s.mean[j]) {
			s.inv[j] = 1 / sd
		}
	}
	return s
}

func (s scaler) apply(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		j := i % len(s.mean)
		out[i] = (v - s.mean[j]) * s.inv[j]
	}
	return out
}

// predictor fits a ridge model to standardised columns: logistic with prior sd per
// column, or linear with penalty 1/sd² in units of the residual variance. An
// outcome that is the same in all rows predicts itself, shrunk by half a case.
func predictor(x, y []float64, n, p int, sd float64, logistic bool) (func([]float64) float64, error) {
	if n == 0 {
		return nil, num.Invalid("folds", "a fold leaves an arm without accounts: use fewer folds")
	}
	if logistic {
		if s := num.Sum(y); s == 0 || s == float64(n) {
			v := (s + 0.5) / (float64(n) + 1)
			return func([]float64) float64 { return v }, nil
		}
		f, err := glm.Logistic(x, y, n, p, glm.Options{PriorSD: []float64{sd}})
		if err != nil {
			return nil, err
		}
		return func(row []float64) float64 { return num.Expit(f.Coef[0] + num.Dot(row, f.Coef[1:])) }, nil
	}
	mean := make([]float64, p+1)
	for i := range n {
		for j, v := range x[i*p : (i+1)*p] {
			mean[j] += v / float64(n)
		}
		mean[p] += y[i] / float64(n)
	}
	c, yc := make([]float64, n*p), make([]float64, n)
	for i := range n {
		for j := range p {
			c[i*p+j] = x[i*p+j] - mean[j]
		}
		yc[i] = y[i] - mean[p]
	}
	g := num.Gram(c, nil, n, p)
	for j := range p {
		g[j*p+j] += 1 / (sd * sd)
	}
	b, err := num.SolveSym(g, num.XtV(c, yc, n, p), p)
	if err != nil {
		return nil, err
	}
	a := mean[p] - num.Dot(b, mean[:p])
	return func(row []float64) float64 { return a + num.Dot(row, b) }, nil
}

// Clip limits the propensities to [lo, hi] in place.
func (nu *Nuisances) Clip(lo, hi float64) {
	for i, e := range nu.E {
		nu.E[i] = min(max(e, lo), hi)
	}
}

func (nu *Nuisances) check(n int) error {
	if len(nu.E) != n || len(nu.M1) != n || len(nu.M0) != n {
		return num.Invalid("nuisances", "%d, %d and %d predictions for %d accounts", len(nu.E), len(nu.M1), len(nu.M0), n)
	}
	for i, e := range nu.E {
		if !(e > 0 && e < 1) {
			return num.Invalid("propensity", "account %d has propensity %v: nobody like it is in the other arm", i, e)
		}
	}
	return nil
}

// FitPropensity returns the chance of each account to be treated by a plain
// logistic model of the columns; the outcome is not looked at.
func FitPropensity(d Data) ([]float64, error) {
	f, err := glm.Logistic(d.X, d.Treat, len(d.Treat), d.P, glm.Options{Names: d.Names})
	if err != nil {
		return nil, err
	}
	return f.Fitted, nil
}
