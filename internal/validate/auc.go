package validate

import (
	"math"
	"slices"
)

// ranked is an AUC with what its variance needs.
type ranked struct {
	auc    float64
	events int // rows that left
	others int
	se     float64 // clustered by account
	// v10 and v01 are DeLong's placements by row: the share of the others that
	// rank lower (for those who left), of the leavers that rank higher (for the others).
	v []float64
}

// rankOf computes the AUC of risks for outcomes, DeLong's placements, and the
// standard error of Obuchowski (1997), which takes clusters as the unit; with
// one row a cluster it is DeLong's.
func rankOf(risk []float64, y []bool, cluster []int32) ranked {
	n := len(risk)
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i) //nolint:gosec // rows are far fewer than 2^31
	}
	slices.SortFunc(order, func(a, b int32) int {
		switch {
		case risk[a] < risk[b]:
			return -1
		case risk[a] > risk[b]:
			return 1
		}
		return int(a - b)
	})
	out := ranked{v: make([]float64, n)}
	for _, v := range y {
		if v {
			out.events++
		}
	}
	out.others = n - out.events
	if out.events == 0 || out.others == 0 {
		out.auc = math.NaN()
		return out
	}
	m, k := float64(out.events), float64(out.others)
	posBelow, negBelow, sum := 0, 0, 0.0
	for from := 0; from < n; {
		to, pos := from, 0
		for ; to < n && risk[order[to]] == risk[order[from]]; to++ {
			if y[order[to]] {
				pos++
			}
		}
		neg := to - from - pos
		for _, i := range order[from:to] {
			if y[i] {
				out.v[i] = (float64(negBelow) + float64(neg)/2) / k
				sum += out.v[i]
			} else {
				out.v[i] = (m - float64(posBelow) - float64(pos)/2) / m
			}
		}
		posBelow, negBelow, from = posBelow+pos, negBelow+neg, to
	}
	out.auc = sum / m
	out.se = math.Sqrt(clusteredVariance(out.v, y, cluster, out.auc, out.events, out.others))
	return out
}

// clusteredVariance is the variance of an AUC (or of a difference of two) from
// placements (or their differences) v.
func clusteredVariance(v []float64, y []bool, cluster []int32, auc float64, events, others int) float64 {
	most := int32(0)
	for _, c := range cluster {
		most = max(most, c)
	}
	type sums struct {
		v10, v01 float64
		m, n     int
	}
	by := make([]sums, most+1)
	for i, c := range cluster {
		if y[i] {
			by[c].v10 += v[i]
			by[c].m++
		} else {
			by[c].v01 += v[i]
			by[c].n++
		}
	}
	var s10, s01, s11 float64
	i10, i01, all := 0, 0, 0
	for _, s := range by {
		if s.m+s.n == 0 {
			continue
		}
		all++
		a, b := s.v10-float64(s.m)*auc, s.v01-float64(s.n)*auc
		if s.m > 0 {
			i10++
			s10 += a * a
		}
		if s.n > 0 {
			i01++
			s01 += b * b
		}
		s11 += a * b
	}
	m, n := float64(events), float64(others)
	scale := func(k int) float64 {
		if k < 2 {
			return 1
		}
		return float64(k) / float64(k-1)
	}
	return max(0, scale(i10)*s10/(m*m)+scale(i01)*s01/(n*n)+2*scale(all)*s11/(m*n))
}

// interval is the logit interval of an AUC (statistics.md §3.4).
func (r ranked) interval() (low, high float64) {
	if r.se == 0 || r.auc <= 0 || r.auc >= 1 {
		edge := 3 / float64(max(r.events, 1))
		if r.auc < .5 {
			return 0, min(1, edge)
		}
		return max(0, 1-edge), 1
	}
	half := z95 * r.se / (r.auc * (1 - r.auc))
	l := logit(r.auc)
	return logistic(l - half), logistic(l + half)
}

// stratified is the AUC within folds, pooled: Σ U / Σ n₁n₀, with its standard
// error when outcomes are permuted within folds.
func stratified(b *Backtest, left func(row int32) bool) (auc, nullSE float64) {
	var u, pairs, variance float64
	for k := range b.Folds {
		f := &b.Folds[k]
		risk, y, c := make([]float64, 0, len(f.Test)), make([]bool, 0, len(f.Test)), make([]int32, 0, len(f.Test))
		for i, r := range f.Test {
			if !math.IsNaN(f.Risk[i]) {
				risk, y, c = append(risk, f.Risk[i]), append(y, left(r)), append(c, int32(len(c))) //nolint:gosec // rows
			}
		}
		one := rankOf(risk, y, c)
		if math.IsNaN(one.auc) {
			continue
		}
		n := float64(one.events) * float64(one.others)
		u += one.auc * n
		pairs += n
		variance += n * (float64(one.events+one.others) + 1) / 12
	}
	if pairs == 0 {
		return math.NaN(), math.NaN()
	}
	return u / pairs, math.Sqrt(variance) / pairs
}
