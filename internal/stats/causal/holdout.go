package causal

import (
	"math"

	"kept/internal/stats/linear"
	"kept/internal/stats/meta"
	"kept/internal/stats/num"
	"kept/internal/stats/prop"
)

// Holdout is the analysis of a randomised holdout, by intention to treat.
type Holdout struct {
	Plain             *Means
	Theta             float64 // CUPED slope of outcome on pre-value
	CUPED             *Means  // the plain comparison of outcomes adjusted by Theta
	VarianceReduction float64 // 1 − var(adjusted)/var(outcome), ρ² of the pooled data
	Lin               LinEffect
}

// LinEffect is the coefficient of treatment in y on treatment, centred pre-value
// and their product (Lin 2013).
type LinEffect struct {
	Effect         // SE is HC2, the one to show
	SEHC3  float64 // for comparison
}

// AnalyseHoldout compares the arms of a randomised holdout three ways. pre is the
// same measure before the assignment; with pre nil only Plain is filled. The
// answer to show is Lin's when there is a pre-value.
func AnalyseHoldout(y, pre, treat []float64, level float64) (*Holdout, error) {
	plain, err := DifferenceInMeans(y, treat, level)
	if err != nil {
		return nil, err
	}
	h := &Holdout{Plain: plain, Theta: math.NaN(), VarianceReduction: math.NaN()}
	if pre == nil {
		return h, nil
	}
	if len(pre) != len(y) {
		return nil, num.Invalid("pre", "%d pre-values for %d outcomes", len(pre), len(y))
	}
	if err := num.CheckFinite("pre", pre); err != nil {
		return nil, err
	}
	adj, theta, err := CUPED(y, pre)
	if err != nil {
		return nil, err
	}
	h.Theta = theta
	if h.CUPED, err = DifferenceInMeans(adj, treat, level); err != nil {
		return nil, err
	}
	if v := num.Variance(y); v > 0 {
		h.VarianceReduction = 1 - num.Variance(adj)/v
	}
	h.Lin, err = lin(y, pre, treat, level)
	return h, err
}

// CUPED returns y − θ(pre − mean) with θ = cov(y, pre)/var(pre) of all accounts
// together (Deng et al. 2013): the part of the outcome that was there before.
func CUPED(y, pre []float64) (adjusted []float64, theta float64, err error) {
	mx, my := num.Mean(pre), num.Mean(y)
	sxx, sxy := 0.0, 0.0
	for i, v := range pre {
		sxx += (v - mx) * (v - mx)
		sxy += (v - mx) * (y[i] - my)
	}
	if !(sxx > 1e-24*mx*mx*float64(len(pre))) || sxx == 0 {
		return nil, 0, num.Invalid("pre", "the pre-value is the same for all accounts: it explains nothing; leave it out")
	}
	theta = sxy / sxx
	adjusted = make([]float64, len(y))
	for i, v := range y {
		adjusted[i] = v - theta*(pre[i]-mx)
	}
	return adjusted, theta, nil
}

func lin(y, pre, treat []float64, level float64) (LinEffect, error) {
	n := len(y)
	m := num.Mean(pre)
	x := make([]float64, 0, 3*n)
	for i, a := range treat {
		x = append(x, a, pre[i]-m, a*(pre[i]-m))
	}
	f, err := linear.OLS(x, y, n, 3, linear.Options{Names: []string{"treatment", "pre-value", "treatment × pre-value"}})
	if err != nil {
		return LinEffect{}, err
	}
	v2, err := f.HC(linear.HC2)
	if err != nil {
		return LinEffect{}, err
	}
	v3, err := f.HC(linear.HC3)
	if err != nil {
		return LinEffect{}, err
	}
	return LinEffect{NewEffect(f.Coef[1], f.SE(v2)[1], level, n), f.SE(v3)[1]}, nil
}

// Segments is the comparison of a lift across segments or tiers.
type Segments struct {
	Q, QP    float64 // Cochran's test that all segments have the same lift
	Pool     *meta.Result
	Shrunk   []meta.Shrunk // each lift pulled towards the whole (DerSimonian–Laird)
	Contrast meta.Pooled   // middle − mean of the ends; zero when there are not three segments or more
}

// CompareSegments tests whether lifts differ by segment, in the order of the
// segments (low risk to high). Without significant heterogeneity the page says "no
// evidence that tiers differ" and ranks nothing. The contrast is the middle segment
// less the mean of the first and the last.
func CompareSegments(lifts []Effect, level float64) (*Segments, error) {
	var y, v []float64
	for i, e := range lifts {
		if !(e.SE > 0) {
			return nil, num.Invalid("segment", "segment %d has no standard error: nothing varies in it", i)
		}
		y, v = append(y, e.Estimate), append(v, e.SE*e.SE)
	}
	pool, err := meta.Pool(y, v, level)
	if err != nil {
		return nil, err
	}
	s := &Segments{Q: pool.Q, QP: pool.QP, Pool: pool}
	if s.Shrunk, err = meta.Shrink(y, v, pool.DL, level); err != nil {
		return nil, err
	}
	if k := len(y); k >= 3 {
		c := make([]float64, k)
		c[0], c[k-1] = -0.5, -0.5
		if k%2 == 1 {
			c[k/2] = 1
		} else {
			c[k/2-1] += 0.5
			c[k/2] += 0.5
		}
		s.Contrast, err = meta.Contrast(c, y, v, level)
	}
	return s, err
}

// Renewal compares the share of renewals (or any yes/no outcome) of the arms, with
// Newcombe's interval; y is 0 or 1.
func Renewal(y, treat []float64, level float64) (*prop.Diff, error) {
	if _, _, err := checkArms(y, treat); err != nil {
		return nil, err
	}
	var x, n [2]int
	for i, v := range y {
		if v != 0 && v != 1 {
			return nil, num.Invalid("y", "value %d is %v, want 0 or 1", i, v)
		}
		n[int(treat[i])]++
		x[int(treat[i])] += int(v)
	}
	return prop.Compare(x[1], n[1], x[0], n[0], level)
}
