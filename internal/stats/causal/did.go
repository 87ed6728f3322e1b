package causal

import (
	"math"

	"kept/internal/stats/glm"
	"kept/internal/stats/linear"
	"kept/internal/stats/num"
)

// DiD is a difference in differences of two groups over two periods.
type DiD struct {
	Effect            // SE clustered by account, CR1
	SECR0     float64 // clustered, without small-sample factor
	SEPooled  float64 // as if both periods were different accounts; for comparison
	Means     [4]float64
	N, NTreat int
}

// DiD2x2 compares the change from before to after of treated and untreated
// accounts; Means are untreated before, treated before, untreated after, treated
// after. It is right if, without the programme, both would have changed alike.
func DiD2x2(before, after, treat []float64, level float64) (*DiD, error) {
	n0, n1, err := checkArms(after, treat)
	if err != nil {
		return nil, err
	}
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	n := n0 + n1
	if len(before) != n {
		return nil, num.Invalid("before", "%d values before for %d after", len(before), n)
	}
	if err := num.CheckFinite("before", before); err != nil {
		return nil, err
	}
	d := &DiD{N: n, NTreat: n1}
	for k, v := range [][]float64{before, after} {
		d.Means[2*k], d.Means[2*k+1] = num.Mean(arm(v, treat, 0)), num.Mean(arm(v, treat, 1))
	}
	est := d.Means[3] - d.Means[1] - (d.Means[2] - d.Means[0])
	// The saturated regression of 2n rows on group, period and product, in closed
	// form: residuals are deviations from the four means.
	rss, meat := 0.0, 0.0
	size := [2]float64{float64(n0), float64(n1)}
	for i, a := range treat {
		g := int(a)
		e0, e1 := before[i]-d.Means[g], after[i]-d.Means[2+g]
		rss += e0*e0 + e1*e1
		q := (e1 - e0) / size[g]
		meat += q * q
	}
	rows := float64(2 * n)
	d.SEPooled = math.Sqrt(rss / (rows - 4) * 2 * (1/size[0] + 1/size[1]))
	d.SECR0 = math.Sqrt(meat)
	g := float64(n)
	d.Effect = NewEffect(est, d.SECR0*math.Sqrt(g/(g-1)*(rows-1)/(rows-4)), level, n)
	return d, nil
}

// DRDiD is the doubly robust difference in differences of Sant'Anna & Zhao (2020)
// for a panel: a logistic propensity and a regression of the untreated changes on
// the columns; either may be wrong. It returns the effect on the treated and one
// influence value per account.
func DRDiD(before, after, treat, x []float64, p int, names []string, level float64) (Effect, []float64, error) {
	_, _, err := checkArms(after, treat)
	if err != nil {
		return Effect{}, nil, err
	}
	if err := num.CheckLevel(level); err != nil {
		return Effect{}, nil, err
	}
	n := len(after)
	if len(before) != n {
		return Effect{}, nil, num.Invalid("before", "%d values before for %d after", len(before), n)
	}
	delta := make([]float64, n)
	for i := range delta {
		delta[i] = after[i] - before[i]
	}
	if err := num.CheckDesign(x, delta, n, p); err != nil {
		return Effect{}, nil, err
	}
	ps, err := glm.Logistic(x, treat, n, p, glm.Options{Names: names})
	if err != nil {
		return Effect{}, nil, err
	}
	c := Data{Y: delta, Treat: treat, X: x, P: p}
	cx, cy, m := c.rows(func(i int) bool { return treat[i] == 0 })
	or, err := linear.OLS(cx, cy, m, p, linear.Options{Names: names})
	if err != nil {
		return Effect{}, nil, err
	}
	res := or.Predict(x, n)
	for i := range res {
		res[i] = delta[i] - res[i]
	}
	s := &drdid{n: n, k: p + 1, x: x, treat: treat, e: ps.Fitted, res: res}
	return s.estimate(ps, or, level)
}

type drdid struct {
	n, k   int
	x      []float64
	treat  []float64
	e, res []float64
}

// row fills z with 1 and the columns of row i.
func (s *drdid) row(i int, z []float64) {
	p := s.k - 1
	z[0] = 1
	copy(z[1:], s.x[i*p:(i+1)*p])
}

// weights of row i as treated and as control.
func (s *drdid) weights(i int) (wt, wc float64) {
	a := s.treat[i]
	return a, s.e[i] * (1 - a) / (1 - s.e[i])
}

func (s *drdid) estimate(ps *glm.Fit, or *linear.Fit, level float64) (Effect, []float64, error) {
	n, k := float64(s.n), s.k
	var mt, mc, at, ac float64
	for i := range s.n {
		wt, wc := s.weights(i)
		mt, mc = mt+wt/n, mc+wc/n
		at, ac = at+wt*s.res[i]/n, ac+wc*s.res[i]/n
	}
	et, ec := at/mt, ac/mc
	// How the two models' own errors enter: derivatives in their coefficients.
	z := make([]float64, k)
	m1, m2, m3 := make([]float64, k), make([]float64, k), make([]float64, k)
	for i := range s.n {
		s.row(i, z)
		wt, wc := s.weights(i)
		for j, v := range z {
			m1[j] += wt * v / n
			m2[j] += wc * (s.res[i] - ec) * v / n
			m3[j] += wc * v / n
		}
	}
	xpx := make([]float64, k*k) // σ⁻²·Cov of the untreated regression is (XᵀX)⁻¹
	if or.Sigma > 0 {
		for i, v := range or.Cov {
			xpx[i] = v * n / (or.Sigma * or.Sigma)
		}
	}
	o1, o3 := num.MatVec(xpx, m1, k, k), num.MatVec(xpx, m3, k, k)
	p2 := num.MatVec(ps.Cov, m2, k, k)
	phi := make([]float64, s.n)
	for i := range phi {
		s.row(i, z)
		wt, wc := s.weights(i)
		var l1, l3 float64
		if s.treat[i] == 0 {
			l1, l3 = s.res[i]*num.Dot(z, o1), s.res[i]*num.Dot(z, o3)
		}
		l2 := (s.treat[i] - s.e[i]) * num.Dot(z, p2) * n
		phi[i] = (wt*(s.res[i]-et)-l1)/mt - (wc*(s.res[i]-ec)+l2-l3)/mc
	}
	return influence(et-ec, phi, level), phi, nil
}
