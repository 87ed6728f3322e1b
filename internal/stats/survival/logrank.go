package survival

import (
	"math"

	"kept/internal/stats/num"
)

// LogRank is a test that k groups have the same survival.
type LogRank struct {
	ChiSq              float64
	DF                 int
	P                  float64
	N                  []int // rows per group
	Observed, Expected []float64
	Var                []float64 // k×k
}

// LogRankTest compares the groups (0 … groups−1) within strata (nil: one). rho 0
// is the log-rank test, rho 1 Peto–Peto's: events are weighted by S(t−)^rho
// (Harrington & Fleming 1982). Weights of the data are not used.
func LogRankTest(d Data, group []int, groups int, strata []int, rho float64) (*LogRank, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	n := len(d.Time)
	if len(group) != n || strata != nil && len(strata) != n {
		return nil, num.Invalid("group", "%d groups and %d strata for %d rows", len(group), len(strata), n)
	}
	if groups < 2 {
		return nil, num.Invalid("group", "there is one group: nothing to compare")
	}
	k := groups
	out := &LogRank{N: make([]int, k), Observed: make([]float64, k), Expected: make([]float64, k), Var: make([]float64, k*k)}
	for i, g := range group {
		if g < 0 || g >= k {
			return nil, num.Invalid("group", "row %d has group %d, want 0 to %d", i, g, k-1)
		}
		out.N[g]++
	}
	exit := order(d.Time)
	var entry []int32
	if d.Entry != nil {
		entry = order(d.Entry)
	}
	for _, s := range split(exit, strata) {
		var en []int32
		for _, e := range entry {
			if strata == nil || strata[e] == strata[s[0]] {
				en = append(en, e)
			}
		}
		out.stratum(d, group, s, en, rho)
	}
	return out, out.test()
}

// split parts rows in order into one list per stratum, keeping the order.
func split(rows []int32, strata []int) [][]int32 {
	if strata == nil {
		return [][]int32{rows}
	}
	at := map[int]int{}
	var out [][]int32
	for _, r := range rows {
		j, ok := at[strata[r]]
		if !ok {
			j = len(out)
			at[strata[r]] = j
			out = append(out, nil)
		}
		out[j] = append(out[j], r)
	}
	return out
}

func (l *LogRank) stratum(d Data, group []int, exit, entry []int32, rho float64) {
	k := len(l.N)
	risk, dead, gone := make([]float64, k), make([]float64, k), make([]float64, k)
	total := 0.0
	if entry == nil {
		for _, r := range exit {
			risk[group[r]]++
			total++
		}
	}
	surv, in := 1.0, 0
	for i := 0; i < len(exit); {
		t := d.Time[exit[i]]
		for ; in < len(entry) && d.Entry[entry[in]] < t; in++ {
			risk[group[entry[in]]]++
			total++
		}
		clear(dead)
		clear(gone)
		ev, left := 0.0, 0.0
		for ; i < len(exit) && d.Time[exit[i]] == t; i++ {
			g := group[exit[i]]
			gone[g]++
			left++
			if d.Event[exit[i]] {
				dead[g]++
				ev++
			}
		}
		if ev > 0 {
			w := 1.0
			if rho != 0 {
				w = math.Pow(surv, rho)
			}
			f := 0.0
			if total > 1 {
				f = w * w * ev * (total - ev) / (total - 1)
			}
			for a := range k {
				l.Observed[a] += w * dead[a]
				l.Expected[a] += w * ev * risk[a] / total
				pa := risk[a] / total
				for b := range k {
					v := -pa * risk[b] / total
					if a == b {
						v += pa
					}
					l.Var[a*k+b] += f * v
				}
			}
			surv *= 1 - ev/total
		}
		for g := range k {
			risk[g] -= gone[g]
		}
		total -= left
	}
}

// test drops the groups that were never at risk at an event, then one more.
func (l *LogRank) test() error {
	k := len(l.N)
	var use []int
	for g := range k {
		if l.Expected[g] > 0 {
			use = append(use, g)
		}
	}
	l.DF = len(use) - 1
	if l.DF < 1 {
		return num.Invalid("group", "fewer than two groups were at risk when events happened")
	}
	use = use[1:]
	u, v := make([]float64, l.DF), make([]float64, l.DF*l.DF)
	for a, i := range use {
		u[a] = l.Observed[i] - l.Expected[i]
		for b, j := range use {
			v[a*l.DF+b] = l.Var[i*k+j]
		}
	}
	s, err := num.SolveSym(v, u, l.DF)
	if err != nil {
		return num.Invalid("group", "the groups were never at risk together: they cannot be compared")
	}
	l.ChiSq = num.Dot(u, s)
	l.P = num.ChiSqTail(l.ChiSq, float64(l.DF))
	return nil
}
