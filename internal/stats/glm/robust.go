package glm

import (
	"math"

	"kept/internal/stats/num"
)

// RobustCov returns the sandwich covariance A⁻¹·B·A⁻¹ of a fit on the rows it was
// fitted to (with the options it was fitted with): B sums the outer products of
// the row scores (HC0), or of their sums per cluster, the latter times G/(G−1)
// (Liang & Zeger 1986). cluster holds any label per row; nil means HC0.
func RobustCov(f *Fit, x, y []float64, o Options, cluster []int) ([]float64, error) {
	m, err := newModel(x, y, f.N, f.P, o)
	if err != nil {
		return nil, err
	}
	if cluster != nil && len(cluster) != f.N {
		return nil, num.Invalid("cluster", "%d labels for %d rows", len(cluster), f.N)
	}
	m.eval(f.Coef)
	k := m.k
	row, meat := make([]float64, k), make([]float64, k*k)
	if cluster == nil {
		for i := range m.n {
			m.fill(row, i)
			addOuter(meat, row, m.res[i]*m.res[i])
		}
		return num.Sandwich(f.Cov, meat, k), nil
	}
	index := map[int]int{}
	var sums []float64
	for i, c := range cluster {
		g, ok := index[c]
		if !ok {
			g = len(index)
			index[c] = g
			sums = append(sums, make([]float64, k)...)
		}
		m.fill(row, i)
		for j, v := range row {
			sums[g*k+j] += m.res[i] * v
		}
	}
	g := len(index)
	if g < 2 {
		return nil, num.Invalid("cluster", "there is one cluster: the spread between clusters cannot be seen")
	}
	for c := range g {
		addOuter(meat, sums[c*k:(c+1)*k], float64(g)/float64(g-1))
	}
	return num.Sandwich(f.Cov, meat, k), nil
}

func addOuter(a, v []float64, s float64) {
	k := len(v)
	for i, x := range v {
		for j, y := range v {
			a[i*k+j] += s * x * y
		}
	}
}

// LeaveOneOut returns the sum of log p(y_i) with each row predicted by a fit
// without it, to first order around the full fit: the row's own pull,
// h_i·(y−μ)/(1−w_i·h_i) with h_i = x_iᵀH⁻¹x_i, is taken from its η. Logit only.
func LeaveOneOut(f *Fit, x, y []float64, o Options) (float64, error) {
	m, err := newModel(x, y, f.N, f.P, o)
	if err != nil {
		return math.NaN(), err
	}
	if m.link != Logit {
		return math.NaN(), num.Invalid("link", "the leave-one-out score is for the logit link")
	}
	m.eval(f.Coef)
	row, total := make([]float64, m.k), 0.0
	for i := range m.n {
		m.fill(row, i)
		h := num.QuadForm(f.Cov, row)
		eta := m.eta[i] + h*m.res[i]/(1-m.wk[i]*h)
		_, _, _, l := Logit.terms(eta, y[i])
		total -= l
	}
	return total, nil
}
