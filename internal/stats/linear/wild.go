package linear

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// Wild is the result of a wild cluster bootstrap test of one coefficient.
type Wild struct {
	T        float64 // CR1 t statistic
	P        float64 // two-sided
	Lo, Hi   float64 // the values of the coefficient that are not rejected; ±Inf when one side is open
	Clusters int
	Draws    int // all 2^G sign patterns when there are no more than asked for
}

// WildCluster tests Coef[j] = null with few clusters: residuals of the fit with
// the null imposed get one random sign per cluster, the studentised coefficient is
// recomputed, and the share of draws at least as extreme is the p-value (Cameron,
// Gelbach & Miller 2008). With 10 clusters or fewer the six-point weights of Webb
// (2023) replace the signs, unless all sign patterns can be listed.
func (f *Fit) WildCluster(cluster []int, j int, null float64, draws int, seed uint64, level float64) (*Wild, error) {
	m, err := clusterCheck(cluster, f.N)
	if err != nil {
		return nil, err
	}
	if j < 0 || j >= f.K() {
		return nil, num.Invalid("j", "there is no coefficient %d", j)
	}
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	if draws < 19 || draws > 1e6 {
		return nil, num.Invalid("draws", "%d draws: want 19 to a million", draws)
	}
	w := f.newWild(cluster, m, j, draws, seed)
	cov, _, err := f.Cluster(cluster, true)
	if err != nil {
		return nil, err
	}
	se := f.SE(cov)[j]
	if !(se > 0) {
		return nil, num.Invalid("y", "the residuals are zero: there is nothing to test")
	}
	out := &Wild{Clusters: m, Draws: len(w.sign) / m, T: (f.Coef[j] - null) / se}
	out.P = w.p(null)
	out.Lo, out.Hi = w.edge(se, -1, level), w.edge(se, 1, level)
	return out, nil
}

// wild holds what a draw needs: per cluster ZᵀZ, and the scores as a function of
// the null (they are linear in it), so that no draw touches the rows.
type wild struct {
	f        *Fit
	m, k, j  int
	gram     []float64 // m × k×k
	s0, s1   []float64 // scores of restricted residuals: s0 + r·s1
	sign     []float64 // draws × m
	r        []float64 // row j of the map from z-coefficients to Coef
	pull     []float64 // (ZᵀZ)⁻¹r
	variance float64   // rᵀ(ZᵀZ)⁻¹r
}

func (f *Fit) newWild(cluster []int, m, j, draws int, seed uint64) *wild {
	k := f.K()
	w := &wild{f: f, m: m, k: k, j: j, gram: make([]float64, m*k*k)}
	z := make([]float64, k)
	for i, c := range cluster {
		f.row(i, z)
		g := w.gram[c*k*k : (c+1)*k*k]
		for a := range k {
			for b := range k {
				g[a*k+b] += z[a] * z[b]
			}
		}
	}
	w.r = make([]float64, k)
	o := k - f.P
	switch {
	case o == 1 && j == 0:
		w.r[0] = 1
		for q := range f.P {
			w.r[1+q] = -f.center[q] / f.scale[q]
		}
	default:
		w.r[j] = 1 / f.scale[j-o]
	}
	w.pull = num.MatVec(f.inv, w.r, k, k)
	w.variance = num.Dot(w.r, w.pull)
	// The restricted fit moves the coefficients by −pull·(Coef_j − null)/variance:
	// its residuals are e + Z·pull·(Coef_j − null)/variance.
	s := f.scores(cluster, m, f.Residual)
	w.s0, w.s1 = make([]float64, m*k), make([]float64, m*k)
	for c := range m {
		gp := num.MatVec(w.gram[c*k*k:(c+1)*k*k], w.pull, k, k)
		for a := range k {
			w.s0[c*k+a] = s[c*k+a] + gp[a]*f.Coef[j]/w.variance
			w.s1[c*k+a] = -gp[a] / w.variance
		}
	}
	w.weights(draws, seed)
	return w
}

func (w *wild) weights(draws int, seed uint64) {
	if w.m < 20 && 1<<w.m <= draws {
		all := 1 << w.m
		w.sign = make([]float64, all*w.m)
		for d := range all {
			for c := range w.m {
				w.sign[d*w.m+c] = float64(1 - 2*(d>>c&1))
			}
		}
		return
	}
	w.sign = make([]float64, draws*w.m)
	webb := []float64{math.Sqrt(1.5), 1, math.Sqrt(.5), -math.Sqrt(.5), -1, -math.Sqrt(1.5)}
	r := num.Rand(seed)
	for i := range w.sign {
		if w.m <= 10 {
			w.sign[i] = webb[r.IntN(6)]
		} else {
			w.sign[i] = float64(1 - 2*int(r.Uint64()&1))
		}
	}
}

// p returns the two-sided p-value of Coef_j = null.
func (w *wild) p(null float64) float64 {
	k, m := w.k, w.m
	s := make([]float64, m*k)
	for i := range s {
		s[i] = w.s0[i] + null*w.s1[i]
	}
	observed := w.t(s, nil, w.f.Coef[w.j]-null)
	draws := len(w.sign) / m
	hit := make([]bool, draws)
	num.Blocks(draws, 64, func(_, lo, hi int) {
		for d := lo; d < hi; d++ {
			hit[d] = w.t(s, w.sign[d*m:(d+1)*m], math.NaN()) >= observed*(1-1e-10)
		}
	})
	c := 0
	for _, h := range hit {
		if h {
			c++
		}
	}
	if 1<<min(m, 30) == draws {
		return float64(c) / float64(draws)
	}
	return float64(c+1) / float64(draws+1)
}

// t returns |t| of a draw, up to the common small-sample factor: the step of the
// coefficients is (ZᵀZ)⁻¹Σ w·s, and the scores of the draw are w·s − G·step. With
// sign nil it is the observed statistic for the given distance from the null.
func (w *wild) t(s, sign []float64, dist float64) float64 {
	k := w.k
	total := make([]float64, k)
	for c := range w.m {
		for a := range k {
			v := s[c*k+a]
			if sign != nil {
				v *= sign[c]
			}
			total[a] += v
		}
	}
	step := num.MatVec(w.f.inv, total, k, k)
	if sign != nil {
		dist = num.Dot(w.r, step)
	}
	meat := 0.0
	for c := range w.m {
		g, u := w.gram[c*k*k:(c+1)*k*k], 0.0
		for a := range k {
			v := s[c*k+a]
			if sign != nil {
				v *= sign[c]
			}
			u += w.pull[a] * (v - num.Dot(g[a*k:(a+1)*k], step))
		}
		meat += u * u
	}
	if meat == 0 {
		return math.Inf(1)
	}
	return math.Abs(dist) / math.Sqrt(meat)
}

// edge returns the end of the interval on one side: the value from which on the
// test rejects. It looks outwards up to 50 standard errors.
func (w *wild) edge(se, side, level float64) float64 {
	alpha, at := 1-level, w.f.Coef[w.j]
	steps := []float64{1, 1.5, 2, 2.5, 3, 4, 6, 9, 14, 25, 50}
	far := slices.IndexFunc(steps, func(s float64) bool { return w.p(at+side*s*se) < alpha })
	if far < 0 {
		return math.Inf(int(side))
	}
	lo, hi := 0.0, steps[far]
	if far > 0 {
		lo = steps[far-1]
	}
	for range 24 {
		mid := (lo + hi) / 2
		if w.p(at+side*mid*se) < alpha {
			hi = mid
		} else {
			lo = mid
		}
	}
	return at + side*(lo+hi)/2*se
}
