package survival

import (
	"cmp"
	"math"
	"slices"

	"kept/internal/stats/num"
)

// Concordance says how often of two accounts the one with the higher risk had the
// event first.
type Concordance struct {
	C, SE float64 // (concordant + half of tied risks)/comparable; infinitesimal jackknife
	// Pairs, weighted by the weights of their event times.
	Concordant, Discordant, TiedRisk, TiedTime, TiedBoth float64
}

// Weighting is how much a pair counts.
type Weighting int

const (
	// Harrell counts every comparable pair once.
	Harrell Weighting = iota
	// Uno divides by the squared chance of not being censored before the event, so
	// that the answer does not depend on the censoring (Uno et al. 2011).
	Uno
)

// fenwick counts by rank.
type fenwick []float64

func (f fenwick) add(i int, v float64) {
	for i++; i < len(f); i += i & -i {
		f[i] += v
	}
}

// below is the total of the ranks under i.
func (f fenwick) below(i int) (s float64) {
	for ; i > 0; i -= i & -i {
		s += f[i]
	}
	return s
}

// Concord compares a risk (higher: sooner) with what happened, within strata (nil:
// one). cluster (nil: every row for itself) adds up the influence of rows that belong
// together before the standard error is taken. It takes O(n log n).
func Concord(d Data, risk []float64, strata, cluster []int, w Weighting) (*Concordance, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	n := len(d.Time)
	if len(risk) != n || strata != nil && len(strata) != n || cluster != nil && len(cluster) != n {
		return nil, num.Invalid("risk", "%d risks, %d strata and %d clusters for %d rows", len(risk), len(strata), len(cluster), n)
	}
	if err := num.CheckFinite("risk", risk); err != nil {
		return nil, err
	}
	out := &Concordance{}
	up, all := make([]float64, n), make([]float64, n) // per row: concordant + half ties; comparable
	var weight func(t float64) float64
	if w == Uno {
		g := censoring(d)
		weight = func(t float64) float64 { v := g.before(t); return 1 / (v * v) }
	} else {
		weight = func(float64) float64 { return 1 }
	}
	ranks := make([]int, n)
	for _, rows := range split(order(d.Time), strata) {
		concordStratum(d, risk, rows, ranks, weight, out, up, all)
	}
	total := out.Concordant + out.Discordant + out.TiedRisk
	if total == 0 {
		return nil, num.Invalid("event", "no two accounts can be compared: there are too few events")
	}
	out.C = (out.Concordant + out.TiedRisk/2) / total
	sum, unit := make([]float64, n), numbered(cluster, n)
	for i, u := range unit {
		sum[u] += (up[i] - out.C*all[i]) / total
	}
	out.SE = math.Sqrt(num.Dot(sum, sum))
	return out, nil
}

// concordStratum fills up and all, and ranks as its scratch space, for the rows of
// one stratum, which come by time.
func concordStratum(d Data, risk []float64, rows []int32, ranks []int, weight func(float64) float64, out *Concordance, up, all []float64) {
	by := sortedBy(rows, risk)
	k := 0
	for i, r := range by {
		if i > 0 && risk[r] != risk[by[i-1]] {
			k++
		}
		ranks[r] = k
	}
	var entry []int32
	if d.Entry != nil {
		entry = sortedBy(rows, d.Entry)
	}
	asEvent(d, rows, entry, ranks, k+1, weight, out, up, all)
	asWaiting(d, rows, entry, ranks, k+1, weight, up, all)
}

// sortedBy returns rows by a rising value, ties as they come.
func sortedBy(rows []int32, value []float64) []int32 {
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b int32) int { return cmp.Compare(value[a], value[b]) })
	return out
}

// asEvent goes back in time with the rows at risk in a tree and compares each event
// with those who stayed longer.
func asEvent(d Data, rows, entry []int32, ranks []int, k int, weight func(float64) float64, out *Concordance, up, all []float64) {
	tree := make(fenwick, k+1)
	risk, gone := 0.0, len(entry)-1
	same := map[int]float64{}
	for i := len(rows) - 1; i >= 0; {
		t := d.Time[rows[i]]
		j := i
		var dead []int32
		for ; j >= 0 && d.Time[rows[j]] == t; j-- {
			if r := rows[j]; d.Event[r] {
				dead = append(dead, r)
			} else {
				tree.add(ranks[r], 1)
				risk++
			}
		}
		for ; gone >= 0 && d.Entry[entry[gone]] >= t; gone-- {
			// A row that enters at t or later is not at risk; it was added before.
			tree.add(ranks[entry[gone]], -1)
			risk--
		}
		if len(dead) > 0 {
			w := weight(t)
			clear(same)
			for _, r := range dead {
				q := ranks[r]
				lower := tree.below(q)
				tied := tree.below(q+1) - lower
				higher := risk - lower - tied
				out.Concordant += w * lower
				out.Discordant += w * higher
				out.TiedRisk += w * tied
				up[r] += w * (lower + tied/2)
				all[r] += w * risk
				same[q]++
			}
			m := float64(len(dead))
			both := 0.0
			for _, c := range same {
				both += c * (c - 1) / 2
			}
			out.TiedBoth += w * both
			out.TiedTime += w * (m*(m-1)/2 - both)
			for _, r := range dead {
				tree.add(ranks[r], 1)
				risk++
			}
		}
		i = j
	}
}

// asWaiting goes forward with the events so far in a tree and compares each row with
// the events that happened while it was at risk.
func asWaiting(d Data, rows, entry []int32, ranks []int, k int, weight func(float64) float64, up, all []float64) {
	tree := make(fenwick, k+1)
	total := 0.0
	in := 0
	take := func(r int32, sign float64) {
		q := ranks[r]
		upTo := tree.below(q + 1)
		tied := upTo - tree.below(q)
		higher := total - upTo
		up[r] += sign * (higher + tied/2)
		all[r] += sign * total
	}
	for i := 0; i < len(rows); {
		t := d.Time[rows[i]]
		for ; in < len(entry) && d.Entry[entry[in]] < t; in++ {
			take(entry[in], -1)
		}
		j := i
		for ; j < len(rows) && d.Time[rows[j]] == t; j++ {
			if d.Event[rows[j]] {
				take(rows[j], 1)
			}
		}
		w := weight(t)
		for _, r := range rows[i:j] {
			if d.Event[r] {
				tree.add(ranks[r], w)
				total += w
			}
		}
		for _, r := range rows[i:j] {
			if !d.Event[r] {
				take(r, 1)
			}
		}
		i = j
	}
}
