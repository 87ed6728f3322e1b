package prop

import (
	"math"

	"kept/internal/stats/num"
)

// Diff compares two independent shares, x1 of n1 against x2 of n2.
type Diff struct {
	X1, N1, X2, N2 int
	P1, P2         float64
	Diff           float64  // P1 − P2, as a share (0.05 is five points)
	Wald           Interval // of Diff; for comparison
	Newcombe       Interval // of Diff, the one to show: Newcombe's hybrid score (1998, method 10)
	Z, P           float64  // pooled z test and its two-sided p; NaN when both shares are 0 or both 1
	FisherP        float64  // exact two-sided p (sum of the tables no likelier than this one)
	RiskRatio      float64  // P1/P2; +Inf when only x2 is 0, NaN when both are
	RatioCI        Interval // of RiskRatio on the log scale; NaN when x1 or x2 is 0
	OddsRatio      float64  // NaN when a cell is 0
}

// Compare compares two independent shares.
func Compare(x1, n1, x2, n2 int, level float64) (*Diff, error) {
	if err := checkCount("x1", x1, n1, level); err != nil {
		return nil, err
	}
	if err := checkCount("x2", x2, n2, level); err != nil {
		return nil, err
	}
	z := num.ZFor(level)
	a, b, c, d := float64(x1), float64(n1), float64(x2), float64(n2)
	r := &Diff{X1: x1, N1: n1, X2: x2, N2: n2, P1: a / b, P2: c / d}
	r.Diff = r.P1 - r.P2
	h := z * math.Sqrt(r.P1*(1-r.P1)/b+r.P2*(1-r.P2)/d)
	r.Wald = Interval{r.Diff - h, r.Diff + h}
	w1, w2 := wilson(a/b, b, z), wilson(c/d, d, z)
	r.Newcombe = Interval{
		r.Diff - math.Hypot(r.P1-w1.Lo, w2.Hi-r.P2),
		r.Diff + math.Hypot(w1.Hi-r.P1, r.P2-w2.Lo),
	}
	pool := (a + c) / (b + d)
	r.Z, r.P = math.NaN(), math.NaN()
	if pool > 0 && pool < 1 {
		r.Z = r.Diff / math.Sqrt(pool*(1-pool)*(1/b+1/d))
		r.P = num.NormTwoSided(r.Z)
	}
	r.FisherP = fisher(x1, n1, x2, n2)
	r.RiskRatio, r.RatioCI, r.OddsRatio = r.P1/r.P2, unknown, math.NaN()
	if x1 > 0 && x2 > 0 {
		l, s := math.Log(r.RiskRatio), z*math.Sqrt(1/a-1/b+1/c-1/d)
		r.RatioCI = Interval{math.Exp(l - s), math.Exp(l + s)}
		if x1 < n1 && x2 < n2 {
			r.OddsRatio = a * (d - c) / (c * (b - a))
		}
	}
	return r, nil
}

// fisher sums the hypergeometric probabilities of the tables that are no likelier
// than the one observed, with the usual relative slack of 1e-7 for rounding.
func fisher(x1, n1, x2, n2 int) float64 {
	k := x1 + x2
	lo, hi := max(0, k-n2), min(k, n1)
	logp := make([]float64, hi-lo+1)
	top := math.Inf(-1)
	for x := lo; x <= hi; x++ {
		logp[x-lo] = lchoose(n1, x) + lchoose(n2, k-x)
		top = max(top, logp[x-lo])
	}
	total, tail, at := 0.0, 0.0, logp[x1-lo]+1e-7
	for _, l := range logp {
		e := math.Exp(l - top)
		total += e
		if l <= at {
			tail += e
		}
	}
	return min(tail/total, 1)
}

func lchoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}
