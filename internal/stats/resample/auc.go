package resample

import (
	"math"

	"kept/internal/stats/num"
)

// AUC returns the area under the ROC curve as a Stat. The rows are sorted once;
// every draw is then a single pass over its counts. y is 0 or 1, and both occur.
func AUC(y, score []float64) (Stat, error) {
	if len(y) != len(score) {
		return nil, num.Invalid("y", "%d outcomes for %d scores", len(y), len(score))
	}
	if err := num.CheckFinite("score", score); err != nil {
		return nil, err
	}
	if err := num.CheckBinary("y", y); err != nil {
		return nil, err
	}
	type row struct {
		i    int32
		pos  bool
		last bool // of its ties
	}
	order := num.Order(score)
	rows := make([]row, len(order))
	for k, i := range order {
		rows[k] = row{int32(i), y[i] == 1, k+1 == len(order) || score[order[k+1]] != score[i]}
	}
	return func(count []int32) float64 {
		// Twice the number of pairs in the right order, ties counted once.
		var twice, below, pos, tp, tn int64
		for _, r := range rows {
			c := int64(count[r.i])
			if r.pos {
				tp += c
			} else {
				tn += c
			}
			if r.last {
				twice += tp * (2*below + tn)
				below += tn
				pos += tp
				tp, tn = 0, 0
			}
		}
		if pos == 0 || below == 0 {
			return math.NaN()
		}
		return float64(twice) / 2 / (float64(pos) * float64(below))
	}, nil
}

// Mean returns Σ count·x/Σ count as a Stat, the mean of x over the rows drawn.
func Mean(x []float64) Stat { return Ratio(x, nil) }

// Ratio returns Σ count·a/Σ count·b as a Stat (b nil: 1), such as the retained ARR
// over the ARR at the start. NaN when the denominator is zero.
func Ratio(a, b []float64) Stat {
	return func(count []int32) float64 {
		s, t := 0.0, 0.0
		for i, c := range count {
			if c == 0 {
				continue
			}
			w := float64(c)
			s += w * a[i]
			if b == nil {
				t += w
			} else {
				t += w * b[i]
			}
		}
		if t == 0 {
			return math.NaN()
		}
		return s / t
	}
}
