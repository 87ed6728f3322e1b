package discrim

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// ROC is the curve of false against true positive rates, from (0,0) to (1,1).
// Threshold[i] is the lowest score still called positive, +Inf for the first.
type ROC struct{ FPR, TPR, Threshold []float64 }

// counts are the weighted totals at or above each distinct score, highest first.
type counts struct{ s, tp, fp []float64 }

func tally(y, s, w []float64) counts {
	a := num.Sorted(s)
	slices.Reverse(a)
	var c counts
	tp, fp := 0.0, 0.0
	for i := range a {
		q := 1.0
		if w != nil {
			q = w[a[i].Row]
		}
		if y[a[i].Row] == 1 {
			tp += q
		} else {
			fp += q
		}
		if i+1 == len(a) || a[i+1].Value != a[i].Value {
			c.s, c.tp, c.fp = append(c.s, a[i].Value), append(c.tp, tp), append(c.fp, fp)
		}
	}
	return c
}

// NewROC returns the curve with one point per distinct score; dropCollinear
// leaves out points on a straight line between their neighbours.
func NewROC(y, s, w []float64, dropCollinear bool) (*ROC, error) {
	if err := check(y, s, w); err != nil {
		return nil, err
	}
	c := tally(y, s, w)
	last := len(c.s) - 1
	r := &ROC{FPR: []float64{0}, TPR: []float64{0}, Threshold: []float64{math.Inf(1)}}
	for i := range c.s {
		if dropCollinear && i > 0 && i < last {
			// Both second differences zero: the same step before and after.
			if c.tp[i+1]-2*c.tp[i]+c.tp[i-1] == 0 && c.fp[i+1]-2*c.fp[i]+c.fp[i-1] == 0 {
				continue
			}
		}
		r.FPR = append(r.FPR, c.fp[i]/c.fp[last])
		r.TPR = append(r.TPR, c.tp[i]/c.tp[last])
		r.Threshold = append(r.Threshold, c.s[i])
	}
	return r, nil
}

// PR is the precision-recall curve, by falling score.
type PR struct{ Precision, Recall, Threshold []float64 }

// NewPR returns precision and recall at every distinct score.
func NewPR(y, s, w []float64) (*PR, error) {
	if err := check(y, s, w); err != nil {
		return nil, err
	}
	c := tally(y, s, w)
	r := &PR{Threshold: c.s}
	last := len(c.s) - 1
	for i := range c.s {
		r.Precision = append(r.Precision, ratio(c.tp[i], c.tp[i]+c.fp[i]))
		r.Recall = append(r.Recall, ratio(c.tp[i], c.tp[last]))
	}
	return r, nil
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// AveragePrecision is Σ (recall step)·precision, without interpolation; its value
// for a useless score is the base rate.
func AveragePrecision(y, s, w []float64) (float64, error) {
	r, err := NewPR(y, s, w)
	if err != nil {
		return math.NaN(), err
	}
	return r.Area(), nil
}

// Area is the average precision of the curve.
func (r *PR) Area() float64 {
	ap, before := 0.0, 0.0
	for i, v := range r.Recall {
		ap += (v - before) * r.Precision[i]
		before = v
	}
	return ap
}

// KS is the largest distance between true and false positive rates.
func (r *ROC) KS() float64 {
	v := 0.0
	for i := range r.TPR {
		v = max(v, math.Abs(r.TPR[i]-r.FPR[i]))
	}
	return v
}

// Bin is a group of rows by predicted probability.
type Bin struct {
	N             int
	Weight        float64
	Events        float64 // weighted
	MeanP, Rate   float64 // NaN when empty
	LowerP, HighP float64 // smallest and largest probability in it
}

// EqualWidth cuts [0,1] into k bins: bin = min(⌊k·p⌋, k−1).
func EqualWidth(y, p, w []float64, k int) []Bin {
	return bins(y, p, w, k, func(i int) int { return min(int(float64(k)*p[i]), k-1) })
}

// EqualWidthUpper is EqualWidth with the upper edge of a bin belonging to it, as
// reliability curves are usually drawn: a forecast of exactly .3 is in (.2, .3].
func EqualWidthUpper(y, p, w []float64, k int) []Bin {
	edge := make([]float64, k-1)
	for j := range edge {
		edge[j] = float64(j+1) * (1 / float64(k))
	}
	return bins(y, p, w, k, func(i int) int { b, _ := slices.BinarySearch(edge, p[i]); return b })
}

// EqualCount gives each of k bins the same number of rows, ties by row order:
// bin = ⌊(rank−1)·k/n⌋.
func EqualCount(y, p, w []float64, k int) []Bin {
	rank := make([]int, len(p))
	for r, a := range num.Sorted(p) {
		rank[a.Row] = r
	}
	return bins(y, p, w, k, func(i int) int { return rank[i] * k / len(p) })
}

// Quantiles cuts at the k-quantiles (type 7) of p; tied rows share a bin, the one
// that the edge closes from above. Bins may be empty.
func Quantiles(y, p, w []float64, k int) []Bin {
	s := slices.Clone(p)
	slices.Sort(s)
	edge := make([]float64, k-1)
	for j := range edge {
		edge[j] = num.QuantileSorted(s, float64(j+1)/float64(k))
	}
	return bins(y, p, w, k, func(i int) int { b, _ := slices.BinarySearch(edge, p[i]); return b })
}

func bins(y, p, w []float64, k int, of func(int) int) []Bin {
	out := make([]Bin, k)
	sum := make([]float64, k)
	for j := range out {
		out[j].LowerP, out[j].HighP = math.Inf(1), math.Inf(-1)
	}
	for i := range p {
		j := of(i)
		q := 1.0
		if w != nil {
			q = w[i]
		}
		b := &out[j]
		b.N++
		b.Weight += q
		b.Events += q * y[i]
		sum[j] += q * p[i]
		b.LowerP, b.HighP = min(b.LowerP, p[i]), max(b.HighP, p[i])
	}
	for j := range out {
		out[j].MeanP, out[j].Rate = sum[j]/out[j].Weight, out[j].Events/out[j].Weight
	}
	return out
}

// ECE is the expected calibration error, Σ share·|rate − mean p|.
func ECE(b []Bin) float64 {
	v, total := 0.0, 0.0
	for _, q := range b {
		if q.Weight > 0 {
			v += q.Weight * math.Abs(q.Rate-q.MeanP)
			total += q.Weight
		}
	}
	return v / total
}

// Lift says what the riskiest rows hold.
type Lift struct {
	N       int
	Events  float64
	Rate    float64
	Lift    float64 // Rate over the base rate
	Capture float64 // share of all events among them
}

// Top returns lift and capture of the k rows with the highest scores, ties by row
// order: k = ⌈n/10⌉ for the top decile, or what the team can handle.
func Top(y, s, w []float64, k int) Lift {
	idx := num.Order(negate(s))
	k = min(max(k, 0), len(s))
	l := Lift{N: k}
	all, weight, in := 0.0, 0.0, 0.0
	for r, i := range idx {
		q := 1.0
		if w != nil {
			q = w[i]
		}
		all += q * y[i]
		weight += q
		if r < k {
			l.Events += q * y[i]
			in += q
		}
	}
	l.Rate = ratio(l.Events, in)
	l.Lift = ratio(l.Rate, ratio(all, weight))
	l.Capture = ratio(l.Events, all)
	return l
}

func negate(s []float64) []float64 {
	out := make([]float64, len(s))
	for i, v := range s {
		out[i] = -v
	}
	return out
}
