package linear

import (
	"math"

	"kept/internal/stats/num"
)

// Panel is the within regression of a panel: accounts observed over periods.
type Panel struct {
	*Fit               // of the swept columns, without intercept
	Accounts, Periods  int
	TwoWay             bool
	SEClassical        []float64
	SECluster          []float64 // by account, CR1 with the swept effects not counted
	SEClusterCR0       []float64 // by account, without small-sample factor
	WithinR2           float64
	ClusterCov         []float64 // CR1, K×K
	Singletons, Sweeps int       // accounts with one row (they carry nothing); rounds of sweeping
}

// FixedEffects regresses y on the n×p design x within accounts (codes 0…m−1), and
// within periods too when period is not nil: the effect of a change, free of
// everything that stays the same for an account or hits all in a period. Unequal
// numbers of rows are swept alternately until nothing moves, which is exact.
func FixedEffects(x, y []float64, n, p int, account, period []int, names []string) (*Panel, error) {
	if err := num.CheckDesign(x, y, n, p); err != nil {
		return nil, err
	}
	if p == 0 {
		return nil, num.Invalid("x", "there is no column to estimate")
	}
	m, err := clusterCheck(account, n)
	if err != nil {
		return nil, err
	}
	r := &Panel{Accounts: m, TwoWay: period != nil}
	absorbed := used(account, m)
	size := make([]int, m)
	for _, a := range account {
		size[a]++
	}
	for _, s := range size {
		if s == 1 {
			r.Singletons++
		}
	}
	if period != nil {
		if len(period) != n {
			return nil, num.Invalid("period", "%d values for %d rows", len(period), n)
		}
		for i, t := range period {
			if t < 0 || t >= n {
				return nil, num.Invalid("period", "value %d is %d: number the periods 0…m−1", i, t)
			}
			r.Periods = max(r.Periods, t+1)
		}
		absorbed += used(period, r.Periods) - components(account, period, m, r.Periods)
	}
	cols := make([]float64, n*(p+1))
	for i := range n {
		copy(cols[i*(p+1):], x[i*p:(i+1)*p])
		cols[i*(p+1)+p] = y[i]
	}
	spread := columnNorm(cols, n, p+1)
	if r.Sweeps, err = sweep(cols, n, p+1, account, m, period, r.Periods); err != nil {
		return nil, err
	}
	wx, wy := make([]float64, n*p), make([]float64, n)
	for i := range n {
		copy(wx[i*p:(i+1)*p], cols[i*(p+1):i*(p+1)+p])
		wy[i] = cols[i*(p+1)+p]
	}
	for j, v := range columnNorm(wx, n, p) {
		if !(v > 1e-10*spread[j]) {
			return nil, num.Invalid("x", "%s does not change within an account (beyond what all share in a period): a fixed-effects model cannot say anything about it", name(names, j))
		}
	}
	f, err := OLS(wx, wy, n, p, Options{NoIntercept: true, Names: names, Absorbed: absorbed})
	if err != nil {
		return nil, err
	}
	r.Fit, r.SEClassical, r.WithinR2 = f, f.SE(f.Cov), f.R2
	cov, _, err := f.Cluster(account, false)
	if err != nil {
		return nil, err
	}
	r.SEClusterCR0 = f.SE(cov)
	if r.ClusterCov, _, err = f.Cluster(account, true); err != nil {
		return nil, err
	}
	r.SECluster = f.SE(r.ClusterCov)
	return r, nil
}

func used(code []int, m int) int {
	seen, c := make([]bool, m), 0
	for _, v := range code {
		if !seen[v] {
			seen[v] = true
			c++
		}
	}
	return c
}

// components counts the connected parts of the account–period graph: each has one
// effect too many.
func components(account, period []int, m, t int) int {
	parent := make([]int, m+t)
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for i, a := range account {
		parent[find(a)] = find(m + period[i])
	}
	roots := map[int]bool{}
	for i, a := range account {
		roots[find(a)] = true
		roots[find(m+period[i])] = true
	}
	return len(roots)
}

func columnNorm(x []float64, n, p int) []float64 {
	s := make([]float64, p)
	for i := range n {
		for j, v := range x[i*p : (i+1)*p] {
			s[j] += v * v
		}
	}
	for j := range s {
		s[j] = math.Sqrt(s[j])
	}
	return s
}

// sweep subtracts group means until they are all zero to rounding.
func sweep(x []float64, n, p int, account []int, m int, period []int, t int) (int, error) {
	scale := columnNorm(x, n, p)
	for round := 1; round <= 10000; round++ {
		demean(x, p, account, m)
		if period == nil {
			demean(x, p, account, m)
			return 1, nil
		}
		moved := demean(x, p, period, t)
		done := true
		for j, v := range moved {
			done = done && v <= 1e-14*scale[j]
		}
		if done {
			return round, nil
		}
	}
	return 0, num.Invalid("period", "accounts and periods overlap too little to be told apart")
}

// demean subtracts the group means of every column and returns the norm of what
// it took away, per column.
func demean(x []float64, p int, code []int, m int) []float64 {
	mean, count := make([]float64, m*p), make([]float64, m)
	for i, c := range code {
		count[c]++
		for j, v := range x[i*p : (i+1)*p] {
			mean[c*p+j] += v
		}
	}
	moved := make([]float64, p)
	for c := range m {
		if count[c] == 0 {
			continue
		}
		for j := range p {
			mean[c*p+j] /= count[c]
			moved[j] += count[c] * mean[c*p+j] * mean[c*p+j]
		}
	}
	for i, c := range code {
		row := x[i*p : (i+1)*p]
		for j := range row {
			row[j] -= mean[c*p+j]
		}
	}
	for j := range moved {
		moved[j] = math.Sqrt(moved[j])
	}
	return moved
}
