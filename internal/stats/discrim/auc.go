package discrim

import (
	"math"

	"kept/internal/stats/num"
)

// AUC is the area under the ROC curve with DeLong's variance.
type AUC struct {
	AUC    float64
	Var    float64 // DeLong's; NaN when a class has fewer than two rows
	N, Pos int
	// Components of the variance, for paired comparisons: one per positive and
	// one per negative row, in row order.
	v10, v01 []float64
}

// check refuses scores and outcomes that cannot be ranked.
func check(y, s, w []float64) error {
	if len(y) != len(s) || w != nil && len(w) != len(y) {
		return num.Invalid("y", "%d outcomes, %d scores, %d weights", len(y), len(s), len(w))
	}
	if err := num.CheckFinite("score", s); err != nil {
		return err
	}
	for i, v := range w {
		if !(v >= 0) || math.IsInf(v, 0) {
			return num.Invalid("weights", "value %d is %v, want zero or more", i, v)
		}
	}
	return num.CheckBinary("y", y)
}

// NewAUC ranks the scores s of the outcomes y and returns the area with DeLong's
// variance (DeLong, DeLong & Clarke-Pearson 1988; midranks as in Sun & Xu 2014).
func NewAUC(y, s []float64) (*AUC, error) {
	if err := check(y, s, nil); err != nil {
		return nil, err
	}
	return delong(y, num.Sorted(s)), nil
}

func delong(y []float64, a []num.Ranked) *AUC {
	n := len(y)
	out := &AUC{N: n}
	for _, v := range y {
		if v == 1 {
			out.Pos++
		}
	}
	pos, neg := float64(out.Pos), float64(n-out.Pos)
	// place[i] is the row's position among its own class.
	v := make([]float64, n)
	below := [2]float64{} // rows of each class with a lower score
	area := 0.0
	for i := 0; i < n; {
		j, tied := i, [2]float64{}
		for ; j < n && a[j].Value == a[i].Value; j++ {
			tied[int(y[a[j].Row])]++
		}
		up := (below[0] + tied[0]/2) / neg   // of a positive: share of negatives below
		down := 1 - (below[1]+tied[1]/2)/pos // of a negative: share of positives above
		area += tied[1] * (below[0] + tied[0]/2)
		for ; i < j; i++ {
			r := a[i].Row
			if y[r] == 1 {
				v[r] = up
			} else {
				v[r] = down
			}
		}
		below[0] += tied[0]
		below[1] += tied[1]
	}
	out.AUC = area / (pos * neg)
	out.v10, out.v01 = make([]float64, 0, out.Pos), make([]float64, 0, n-out.Pos)
	for i, q := range v {
		if y[i] == 1 {
			out.v10 = append(out.v10, q)
		} else {
			out.v01 = append(out.v01, q)
		}
	}
	out.Var = cov(out.v10, out.v10, out.AUC, out.AUC)/pos + cov(out.v01, out.v01, out.AUC, out.AUC)/neg
	return out
}

// cov is the covariance with divisor n−1 around known means.
func cov(a, b []float64, ma, mb float64) float64 {
	s := 0.0
	for i := range a {
		s += (a[i] - ma) * (b[i] - mb)
	}
	if len(a) < 2 {
		return math.NaN()
	}
	return s / float64(len(a)-1)
}

// Wald returns AUC ± z·se cut to [0, 1].
func (a *AUC) Wald(level float64) (lo, hi float64) {
	h := num.ZFor(level) * math.Sqrt(a.Var)
	return max(a.AUC-h, 0), min(a.AUC+h, 1)
}

// Logit returns the interval on the logit scale, the one to show, for the events of
// the smaller class.
func (a *AUC) Logit(level float64) (lo, hi float64) {
	return LogitInterval(a.AUC, a.Var, min(a.Pos, a.N-a.Pos), level)
}

// LogitInterval is that of an AUC or a concordance of a variance:
// logit(c) ± z·se/(c(1−c)). With no variance to speak of it is [1−3/events, 1] (or
// its mirror image).
func LogitInterval(c, variance float64, events int, level float64) (lo, hi float64) {
	few := float64(events)
	if !(variance > 0) || c <= 0 || c >= 1 {
		switch {
		case math.IsNaN(variance) && c > 0 && c < 1:
			return 0, 1
		case c >= 0.5:
			return max(0, min(c, 1-3/few)), 1
		}
		return 0, min(1, max(c, 3/few))
	}
	h := num.ZFor(level) * math.Sqrt(variance) / (c * (1 - c))
	l := num.Logit(c)
	return num.Expit(l - h), num.Expit(l + h)
}

// Paired is the comparison of two scores of the same rows.
type Paired struct {
	Diff, Cov, SE, Z, P float64
	Lo, Hi              float64 // Wald interval of the difference
}

// PairedDeLong compares the areas of two scores of the same rows. Two equal
// rankings give Diff 0, Z 0 and P 1.
func PairedDeLong(a, b *AUC, level float64) (Paired, error) {
	if a.N != b.N || a.Pos != b.Pos {
		return Paired{}, num.Invalid("y", "the two areas are not of the same rows")
	}
	pos, neg := float64(a.Pos), float64(a.N-a.Pos)
	d := Paired{Diff: a.AUC - b.AUC}
	d.Cov = cov(a.v10, b.v10, a.AUC, b.AUC)/pos + cov(a.v01, b.v01, a.AUC, b.AUC)/neg
	v := a.Var + b.Var - 2*d.Cov
	d.SE = math.Sqrt(max(v, 0))
	d.P = 1
	if d.SE > 1e-12 {
		d.Z = d.Diff / d.SE
		d.P = num.NormTwoSided(d.Z)
	}
	h := num.ZFor(level) * d.SE
	d.Lo, d.Hi = d.Diff-h, d.Diff+h
	return d, nil
}

// Area returns the AUC alone, weighted when w is given: the chance that a
// positive row, drawn in proportion to its weight, outranks such a negative row.
func Area(y, s, w []float64) (float64, error) {
	if err := check(y, s, w); err != nil {
		return math.NaN(), err
	}
	a := num.Sorted(s)
	below, area, pos := 0.0, 0.0, 0.0
	for i := 0; i < len(a); {
		j, tp, tn := i, 0.0, 0.0
		for ; j < len(a) && a[j].Value == a[i].Value; j++ {
			q := 1.0
			if w != nil {
				q = w[a[j].Row]
			}
			if y[a[j].Row] == 1 {
				tp += q
			} else {
				tn += q
			}
		}
		area += tp * (below + tn/2)
		below += tn
		pos += tp
		i = j
	}
	if !(pos*below > 0) {
		return math.NaN(), num.Invalid("weights", "one of the classes has no weight")
	}
	return area / (pos * below), nil
}
