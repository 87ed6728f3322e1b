package linear

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// Correlation describes the tie between two columns of one length.
type Correlation struct {
	N              int
	Pearson        float64
	Lo, Hi, P      float64 // Fisher's interval and the t test of Pearson; NaN below four pairs
	Spearman, TauB float64 // of ranks, ties shared
}

// Correlate returns the three usual correlations; a constant column is an error.
func Correlate(x, y []float64, level float64) (*Correlation, error) {
	if len(x) != len(y) || len(x) < 2 {
		return nil, num.Invalid("x", "%d values of x and %d of y: at least two pairs are needed", len(x), len(y))
	}
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	for what, v := range map[string][]float64{"x": x, "y": y} {
		if err := num.CheckFinite(what, v); err != nil {
			return nil, err
		}
		if !varies(v) {
			return nil, num.Invalid(what, "all values are %v: a constant column goes with nothing", v[0])
		}
	}
	c := &Correlation{N: len(x), Pearson: within(x, y).r()}
	c.P, c.Lo, c.Hi = rTest(c.Pearson, c.N, level)
	c.Spearman = within(Ranks(x), Ranks(y)).r()
	c.TauB = TauB(x, y)
	return c, nil
}

// Ranks returns 1…n with ties sharing their mean.
func Ranks(x []float64) []float64 {
	o := num.Order(x)
	r := make([]float64, len(x))
	for i := 0; i < len(o); {
		j := i
		for j < len(o) && x[o[j]] == x[o[i]] {
			j++
		}
		for k := i; k < j; k++ {
			r[o[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return r
}

// TauB is Kendall's τ-b in n·log n (Knight 1966): concordant less discordant
// pairs, over the geometric mean of the pairs not tied in x and not tied in y.
func TauB(x, y []float64) float64 {
	n := len(x)
	o := make([]int, n)
	for i := range o {
		o[i] = i
	}
	slices.SortFunc(o, func(a, b int) int {
		for _, d := range [2]float64{x[a] - x[b], y[a] - y[b]} {
			if d < 0 {
				return -1
			} else if d > 0 {
				return 1
			}
		}
		return 0
	})
	pairs := func(same func(a, b int) bool) (t float64) {
		for i := 0; i < n; {
			j := i + 1
			for j < n && same(o[i], o[j]) {
				j++
			}
			t += float64(j-i) * float64(j-i-1) / 2
			i = j
		}
		return t
	}
	tx := pairs(func(a, b int) bool { return x[a] == x[b] })
	both := pairs(func(a, b int) bool { return x[a] == x[b] && y[a] == y[b] })
	v, held := make([]float64, n), make([]float64, n)
	for k, i := range o {
		v[k] = y[i]
	}
	swaps := mergeCount(v, held)
	ty := 0.0
	for i := 0; i < n; { // v is sorted now
		j := i
		for j < n && v[j] == v[i] {
			j++
		}
		ty += float64(j-i) * float64(j-i-1) / 2
		i = j
	}
	all := float64(n) * float64(n-1) / 2
	return (all - tx - ty + both - 2*swaps) / (math.Sqrt(all-tx) * math.Sqrt(all-ty))
}

// mergeCount sorts v and counts the exchanges of neighbours that takes.
func mergeCount(v, held []float64) float64 {
	n := len(v)
	if n < 2 {
		return 0
	}
	m := n / 2
	s := mergeCount(v[:m], held[:m]) + mergeCount(v[m:], held[m:])
	copy(held, v)
	i, j := 0, m
	for k := range v {
		if j >= n || i < m && held[i] <= held[j] {
			v[k] = held[i]
			i++
		} else {
			v[k] = held[j]
			j++
			s += float64(m - i)
		}
	}
	return s
}
