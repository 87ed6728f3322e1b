package resample

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// Permutation is the result of a permutation test.
type Permutation struct {
	Observed float64
	P        float64   // (1 + draws at least as extreme)/(1 + draws): never 0
	SE       float64   // Monte-Carlo error of P
	Values   []float64 // under the null, in the order drawn
}

// Permute shuffles the rows of each stratum (nil: all together) and returns how
// often stat is at least as large as on the rows as they are; for a two-sided test
// let stat be an absolute value. perm[i] is the row whose label row i gets. stat is
// called from several goroutines.
func Permute(n, draws int, seed uint64, stratum []int, stat func(perm []int) float64) (*Permutation, error) {
	if n < 2 {
		return nil, num.Invalid("n", "%d rows cannot be shuffled", n)
	}
	if draws < 1 || draws > 1e7 {
		return nil, num.Invalid("draws", "%d draws: want 1 to ten million", draws)
	}
	if stratum != nil && len(stratum) != n {
		return nil, num.Invalid("stratum", "%d values for %d rows", len(stratum), n)
	}
	identity := make([]int, n)
	for i := range identity {
		identity[i] = i
	}
	groups := byStratum(n, stratum)
	out := &Permutation{Observed: stat(identity), Values: make([]float64, draws)}
	if math.IsNaN(out.Observed) {
		return nil, num.Invalid("rows", "the statistic cannot be computed on these rows")
	}
	num.Blocks(draws, block, func(k, lo, hi int) {
		r := num.Rand(seed, uint64(k))
		perm, held := make([]int, n), make([]int, n)
		for d := lo; d < hi; d++ {
			for _, g := range groups {
				h := held[:len(g)]
				copy(h, g)
				r.Shuffle(len(h), func(a, b int) { h[a], h[b] = h[b], h[a] })
				for j, i := range g {
					perm[i] = h[j]
				}
			}
			out.Values[d] = stat(perm)
		}
	})
	out.P, out.SE = Tail(out.Observed, out.Values)
	return out, nil
}

func byStratum(n int, stratum []int) [][]int {
	if stratum == nil {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return [][]int{all}
	}
	at := map[int]int{}
	var groups [][]int
	for i, s := range stratum {
		g, ok := at[s]
		if !ok {
			g = len(groups)
			at[s] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// Tail returns (1 + #{values ≥ observed})/(1 + #values) with its Monte-Carlo
// error; a relative slack of 1e-12 lets equal values count as equal, and NaN
// counts as extreme.
func Tail(observed float64, values []float64) (p, se float64) {
	c := 1
	at := observed - 1e-12*math.Abs(observed)
	for _, v := range values {
		if !(v < at) {
			c++
		}
	}
	n := float64(len(values) + 1)
	p = float64(c) / n
	return p, math.Sqrt(p * (1 - p) / n)
}

func sorted(x []float64) []float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	return s
}
