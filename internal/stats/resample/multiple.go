package resample

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// Method of adjusting p-values for many tests.
type Method string

// The methods. BH and BY control the expected share of false discoveries, the
// others the chance of a single one.
const (
	BH         Method = "BH" // Benjamini & Hochberg 1995
	BY         Method = "BY" // Benjamini & Yekutieli 2001, under any dependence
	Bonferroni Method = "bonferroni"
	Holm       Method = "holm" // never worse than Bonferroni
	Hochberg   Method = "hochberg"
	Hommel     Method = "hommel"
)

// Adjust returns the adjusted p-values in the order given, as R's p.adjust. A test
// is significant at level q when its adjusted p is at most q. NaN stands for a
// test that was not made: it stays NaN and does not count.
func Adjust(p []float64, m Method) ([]float64, error) {
	out := make([]float64, len(p))
	var made []int
	for i, v := range p {
		out[i] = math.NaN()
		if math.IsNaN(v) {
			continue
		}
		if v < 0 || v > 1 {
			return nil, num.Invalid("p", "value %d is %v, want 0 to 1", i, v)
		}
		made = append(made, i)
	}
	slices.SortStableFunc(made, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	s := make([]float64, len(made)) // ascending
	for k, i := range made {
		s[k] = p[i]
	}
	adj, err := adjust(s, m)
	if err != nil {
		return nil, err
	}
	for k, i := range made {
		out[i] = min(adj[k], 1)
	}
	return out, nil
}

func adjust(s []float64, m Method) ([]float64, error) {
	n := float64(len(s))
	adj := make([]float64, len(s))
	switch m {
	case Bonferroni:
		for k, v := range s {
			adj[k] = n * v
		}
	case Holm:
		top := 0.0
		for k, v := range s {
			top = max(top, (n-float64(k))*v)
			adj[k] = top
		}
	case BH, BY, Hochberg:
		sum := 1.0
		if m == BY {
			sum = 0
			for k := range s {
				sum += 1 / float64(k+1)
			}
		}
		low := math.Inf(1)
		for k := len(s) - 1; k >= 0; k-- {
			f := sum * n / float64(k+1)
			if m == Hochberg {
				f = n - float64(k)
			}
			low = min(low, f*s[k])
			adj[k] = low
		}
	case Hommel:
		return hommel(s), nil
	default:
		return nil, num.Invalid("method", "%q is not a way to adjust p-values; use BH, BY, holm, hochberg, hommel or bonferroni", m)
	}
	return adj, nil
}

// hommel follows Wright (1992), the algorithm of R.
func hommel(s []float64) []float64 {
	n := len(s)
	low := math.Inf(1)
	for k, v := range s {
		low = min(low, float64(n)*v/float64(k+1))
	}
	q, pa := make([]float64, n), make([]float64, n)
	for k := range q {
		q[k], pa[k] = low, low
	}
	for m := n - 1; m >= 2; m-- {
		split := n - m + 1 // rows before it, and the m−1 after
		q1 := math.Inf(1)
		for j := split; j < n; j++ {
			q1 = min(q1, float64(m)*s[j]/float64(j-split+2))
		}
		for j := range split {
			q[j] = min(float64(m)*s[j], q1)
		}
		for j := split; j < n; j++ {
			q[j] = q[n-m]
		}
		for j := range pa {
			pa[j] = max(pa[j], q[j])
		}
	}
	for j := range pa {
		pa[j] = max(pa[j], s[j])
	}
	return pa
}
