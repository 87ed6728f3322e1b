package linear

import (
	"math"

	"kept/internal/stats/num"
)

// HCType chooses a heteroscedasticity-consistent covariance.
type HCType int

// The types, by what they do to the squared residual e² of a row with leverage h.
const (
	HC0 HCType = iota // e²
	HC1               // e²·n/(n−k)
	HC2               // e²/(1−h): unbiased under equal variance; Lin's estimator uses it
	HC3               // e²/(1−h)²: the cautious one at small n
)

// HC returns the White covariance of the coefficients (MacKinnon & White 1985;
// as R's sandwich::vcovHC). A row with leverage 1 has no residual of its own:
// under HC2 and HC3 it is an error.
func (f *Fit) HC(t HCType) ([]float64, error) {
	if t < HC0 || t > HC3 {
		return nil, num.Invalid("type", "there is no HC%d; use 0 to 3", t)
	}
	k := f.K()
	w := make([]float64, f.N)
	for i, e := range f.Residual {
		w[i] = e * e
	}
	if t >= HC2 {
		for i, h := range f.leverage() {
			if h > 1-1e-10 {
				return nil, num.Invalid("x", "row %d alone decides a coefficient: HC%d does not exist; use HC1", i, t)
			}
			w[i] /= 1 - h
			if t == HC3 {
				w[i] /= 1 - h
			}
		}
	}
	meat := num.Gram(f.x, w, f.N, f.P)
	if f.Intercept {
		meat = border(meat, num.XtV(f.x, w, f.N, f.P), num.Sum(w), f.P)
	}
	v := f.backCov(num.Sandwich(f.inv, meat, k))
	if t == HC1 {
		scale(v, float64(f.N)/float64(f.N-k))
	}
	return v, nil
}

// border puts an intercept in front of a p×p matrix.
func border(m, side []float64, corner float64, p int) []float64 {
	k := p + 1
	out := make([]float64, k*k)
	out[0] = corner
	for i := range p {
		out[i+1], out[(i+1)*k] = side[i], side[i]
		copy(out[(i+1)*k+1:(i+2)*k], m[i*p:(i+1)*p])
	}
	return out
}

func scale(v []float64, s float64) {
	for i := range v {
		v[i] *= s
	}
}

// clusterCheck returns the number of clusters of codes 0…m−1.
func clusterCheck(cluster []int, n int) (int, error) {
	if len(cluster) != n {
		return 0, num.Invalid("cluster", "%d values for %d rows", len(cluster), n)
	}
	m := 0
	for i, c := range cluster {
		if c < 0 || c >= n {
			return 0, num.Invalid("cluster", "value %d is %d: number the clusters 0…m−1", i, c)
		}
		m = max(m, c+1)
	}
	if m < 2 {
		return 0, num.Invalid("cluster", "all rows are one cluster: there is nothing to compare it with")
	}
	return m, nil
}

// scores returns Σ z_i·e_i per cluster, m×k.
func (f *Fit) scores(cluster []int, m int, e []float64) []float64 {
	k := f.K()
	s, z := make([]float64, m*k), make([]float64, k)
	for i, c := range cluster {
		f.row(i, z)
		for j, v := range z {
			s[c*k+j] += e[i] * v
		}
	}
	return s
}

// Cluster returns the covariance that allows any dependence within clusters
// (codes 0…m−1, such as the account of each row; Liang & Zeger 1986). CR1 adds the
// factor G/(G−1)·(n−1)/(n−k) of Stata. Below about 30 clusters use WildCluster.
func (f *Fit) Cluster(cluster []int, cr1 bool) (cov []float64, clusters int, err error) {
	m, err := clusterCheck(cluster, f.N)
	if err != nil {
		return nil, 0, err
	}
	k := f.K()
	s := f.scores(cluster, m, f.Residual)
	v := f.backCov(num.Sandwich(f.inv, num.Gram(s, nil, m, k), k))
	if cr1 {
		g := float64(m)
		scale(v, g/(g-1)*float64(f.N-1)/float64(f.N-k))
	}
	return v, m, nil
}

// HAC are the choices of a Newey–West covariance.
type HAC struct {
	Lag      int  // autocovariances up to this lag, Bartlett weights 1 − l/(Lag+1)
	Prewhite bool // fit a first-order vector autoregression to the scores first
	Adjust   bool // times n/(n−k)
}

// NeweyWest returns the covariance that allows residuals of neighbouring rows, in
// time order, to be related (Newey & West 1987; as R's sandwich::NeweyWest).
func (f *Fit) NeweyWest(o HAC) ([]float64, error) {
	n, k := f.N, f.K()
	if o.Lag < 0 || o.Lag >= n {
		return nil, num.Invalid("lag", "lag %d with %d rows", o.Lag, n)
	}
	u, z := make([]float64, n*k), make([]float64, k)
	for i, e := range f.Residual {
		f.row(i, z)
		for j, v := range z {
			u[i*k+j] = e * v
		}
	}
	rows := n
	var d []float64
	if o.Prewhite {
		var err error
		if u, d, err = whiten(u, n, k); err != nil {
			return nil, err
		}
		rows--
	}
	meat := num.Gram(u, nil, rows, k)
	for l := 1; l <= min(o.Lag, rows-1); l++ {
		w := 1 - float64(l)/float64(o.Lag+1)
		for i := l; i < rows; i++ {
			a, b := u[i*k:(i+1)*k], u[(i-l)*k:(i-l+1)*k]
			for r := range k {
				for c := range k {
					meat[r*k+c] += w * (a[r]*b[c] + a[c]*b[r])
				}
			}
		}
	}
	if d != nil {
		t := num.MatMul(d, meat, k, k, k)
		for r := range k {
			for c := range k {
				meat[r*k+c] = num.Dot(t[r*k:(r+1)*k], d[c*k:(c+1)*k])
			}
		}
	}
	v := f.backCov(num.Sandwich(f.inv, meat, k))
	if o.Adjust {
		scale(v, float64(n)/float64(n-k))
	}
	return v, nil
}

// whiten fits u_t = A·u_{t−1} + e_t and returns e and (I − A)⁻¹.
func whiten(u []float64, n, k int) (e, d []float64, err error) {
	past, now := u[:(n-1)*k], u[k:]
	c, _, ok := num.NewCholesky(num.Gram(past, nil, n-1, k), k)
	if !ok {
		return nil, nil, num.Invalid("prewhite", "the scores are collinear: there is nothing to prewhiten")
	}
	a := make([]float64, k*k) // row r: coefficients of component r
	for r := range k {
		v := make([]float64, n-1)
		for t := range v {
			v[t] = now[t*k+r]
		}
		copy(a[r*k:(r+1)*k], c.Solve(num.XtV(past, v, n-1, k)))
	}
	e = make([]float64, (n-1)*k)
	for t := range n - 1 {
		for r := range k {
			e[t*k+r] = now[t*k+r] - num.Dot(a[r*k:(r+1)*k], past[t*k:(t+1)*k])
		}
	}
	m := make([]float64, k*k)
	for r := range k {
		for j := range k {
			m[r*k+j] = -a[r*k+j]
		}
		m[r*k+r]++
	}
	d, ok = invert(m, k)
	if !ok {
		return nil, nil, num.Invalid("prewhite", "the scores have a unit root: difference the series instead")
	}
	return e, d, nil
}

// invert returns the inverse of a general k×k matrix by Gauss–Jordan with pivots.
func invert(m []float64, k int) ([]float64, bool) {
	a, b := append([]float64(nil), m...), make([]float64, k*k)
	for i := range k {
		b[i*k+i] = 1
	}
	for c := range k {
		p := c
		for r := c + 1; r < k; r++ {
			if math.Abs(a[r*k+c]) > math.Abs(a[p*k+c]) {
				p = r
			}
		}
		if math.Abs(a[p*k+c]) < 1e-14 {
			return nil, false
		}
		for j := range k {
			a[c*k+j], a[p*k+j] = a[p*k+j], a[c*k+j]
			b[c*k+j], b[p*k+j] = b[p*k+j], b[c*k+j]
		}
		q := a[c*k+c]
		for j := range k {
			a[c*k+j] /= q
			b[c*k+j] /= q
		}
		for r := range k {
			if f := a[r*k+c]; r != c && f != 0 {
				for j := range k {
					a[r*k+j] -= f * a[c*k+j]
					b[r*k+j] -= f * b[c*k+j]
				}
			}
		}
	}
	return b, true
}

// DurbinWatson returns Σ(e_t−e_{t−1})²/Σe²: near 2 when neighbouring residuals are
// unrelated, near 0 when they move together; NaN for a perfect fit.
func (f *Fit) DurbinWatson() float64 {
	s := 0.0
	for i := 1; i < f.N; i++ {
		d := f.Residual[i] - f.Residual[i-1]
		s += d * d
	}
	if f.RSS == 0 {
		return math.NaN()
	}
	return s / f.RSS
}
