package resample

import (
	"math"
	"math/rand/v2"

	"kept/internal/stats/num"
)

// Stat computes a statistic when row i counts count[i] times. It is called from
// several goroutines at once and must not change anything they share. NaN means
// that it cannot be computed for these rows (a draw without churns, say).
type Stat func(count []int32) float64

// Options of a bootstrap.
type Options struct {
	Draws   int // B; 0: 1000
	Seed    uint64
	Cluster []int // per row, the number of its account 0…m−1: accounts are drawn with all their rows; nil: rows
}

// Boot is a bootstrap distribution.
type Boot struct {
	Theta  float64   // on the rows themselves
	Values []float64 // one per usable draw, in the order drawn
	Failed int       // draws in which the statistic could not be computed
	N      int       // units drawn: rows or accounts
	jack   []float64
	stat   Stat
	rows   [][]int32
	n      int
}

// block is the number of draws that share a random stream: fixed, so that the
// result does not depend on the number of threads.
const block = 16

func units(n int, cluster []int) ([][]int32, error) {
	if cluster == nil {
		return nil, nil
	}
	if len(cluster) != n {
		return nil, num.Invalid("cluster", "%d values for %d rows", len(cluster), n)
	}
	m := 0
	for i, c := range cluster {
		if c < 0 || c >= n {
			return nil, num.Invalid("cluster", "value %d is %d, want 0 to %d", i, c, n-1)
		}
		m = max(m, c+1)
	}
	rows := make([][]int32, m)
	for i, c := range cluster {
		rows[c] = append(rows[c], int32(i))
	}
	for c, r := range rows {
		if len(r) == 0 {
			return nil, num.Invalid("cluster", "cluster %d has no rows; number them 0…m−1", c)
		}
	}
	return rows, nil
}

// Bootstrap draws the n rows (or their accounts) with replacement.
func Bootstrap(n int, o Options, stat Stat) (*Boot, error) {
	if n <= 0 {
		return nil, num.Invalid("n", "there are no rows to draw from")
	}
	rows, err := units(n, o.Cluster)
	if err != nil {
		return nil, err
	}
	draws := o.Draws
	if draws == 0 {
		draws = 1000
	}
	if draws < 2 || draws > 1e7 {
		return nil, num.Invalid("draws", "%d draws: want 2 to ten million", draws)
	}
	b := &Boot{stat: stat, rows: rows, n: n, N: n}
	if rows != nil {
		b.N = len(rows)
	}
	b.Theta = stat(ones(n))
	all := make([]float64, draws)
	num.Blocks(draws, block, func(k, lo, hi int) {
		r := num.Rand(o.Seed, uint64(k))
		g := rand.NewPCG(r.Uint64(), r.Uint64())
		count := make([]int32, n)
		for d := lo; d < hi; d++ {
			b.draw(g, count)
			all[d] = stat(count)
		}
	})
	return b, b.keep(all)
}

// FromIndices evaluates the statistic on given draws: index[d] lists the rows
// (from 0) of draw d.
func FromIndices(n int, index [][]int, stat Stat) (*Boot, error) {
	if n <= 0 {
		return nil, num.Invalid("n", "there are no rows to draw from")
	}
	b := &Boot{stat: stat, n: n, N: n, Theta: stat(ones(n))}
	all := make([]float64, len(index))
	count := make([]int32, n)
	for d, rows := range index {
		clear(count)
		for _, i := range rows {
			if i < 0 || i >= n {
				return nil, num.Invalid("index", "draw %d names row %d of %d", d, i, n)
			}
			count[i]++
		}
		all[d] = stat(count)
	}
	return b, b.keep(all)
}

func (b *Boot) keep(all []float64) error {
	for _, v := range all {
		if v-v != 0 {
			b.Failed++
			continue
		}
		b.Values = append(b.Values, v)
	}
	if len(b.Values) < 2 || b.Theta-b.Theta != 0 {
		return num.Invalid("rows", "the statistic cannot be computed on these rows (%d of %d draws failed)", b.Failed, len(all))
	}
	return nil
}

func ones(n int) []int32 {
	c := make([]int32, n)
	for i := range c {
		c[i] = 1
	}
	return c
}

// draw fills count with one sample. Two picks come from each 64 random bits, by
// multiplication without rejection: the bias is below n/2³².
func (b *Boot) draw(g *rand.PCG, count []int32) {
	clear(count)
	m := uint64(b.N)
	for i := 0; i < b.N; i += 2 {
		u := g.Uint64()
		b.pick(count, (u>>32)*m>>32)
		if i+1 < b.N {
			b.pick(count, (u&0xffffffff)*m>>32)
		}
	}
}

func (b *Boot) pick(count []int32, c uint64) {
	if b.rows == nil {
		count[c]++
		return
	}
	for _, i := range b.rows[c] {
		count[i]++
	}
}

// Mean returns the mean of the draws; Mean − Theta estimates the bias.
func (b *Boot) Mean() float64 { return num.Mean(b.Values) }

// SE returns the standard deviation of the draws.
func (b *Boot) SE() float64 { return math.Sqrt(num.Variance(b.Values)) }

// Percentile returns the percentile interval (type-7 quantiles of the draws).
func (b *Boot) Percentile(level float64) (lo, hi float64) {
	return b.at((1-level)/2, 0.5+level/2)
}

// Basic returns the basic interval, 2θ − the percentile limits reversed.
func (b *Boot) Basic(level float64) (lo, hi float64) {
	l, h := b.Percentile(level)
	return 2*b.Theta - h, 2*b.Theta - l
}

func (b *Boot) at(p, q float64) (lo, hi float64) {
	s := sorted(b.Values)
	return num.QuantileSorted(s, p), num.QuantileSorted(s, q)
}

// BCa is the bias-corrected and accelerated interval with its ingredients.
type BCa struct {
	Lo, Hi       float64
	Z0           float64 // Φ⁻¹ of the share of draws below Theta
	Acceleration float64 // from the jackknife over units
	PLo, PHi     float64 // the quantiles taken
}

// BCa returns the interval of Efron (1987). It evaluates the statistic once per
// unit for the jackknife; when all draws lie on one side of Theta, or the
// statistic cannot be computed without some unit, it is an error: use Percentile.
func (b *Boot) BCa(level float64) (BCa, error) {
	if err := num.CheckLevel(level); err != nil {
		return BCa{}, err
	}
	below := 0
	for _, v := range b.Values {
		if v < b.Theta {
			below++
		}
	}
	if below == 0 || below == len(b.Values) {
		return BCa{}, num.Invalid("rows", "all draws lie on one side of the estimate: the BCa interval does not exist, use the percentile one")
	}
	out := BCa{Z0: num.NormQuantile(float64(below) / float64(len(b.Values)))}
	a, err := b.acceleration()
	if err != nil {
		return BCa{}, err
	}
	out.Acceleration = a
	z := num.ZFor(level)
	level2 := func(z float64) float64 {
		q := out.Z0 + z
		return num.NormCDF(out.Z0 + q/(1-a*q))
	}
	out.PLo, out.PHi = level2(-z), level2(z)
	out.Lo, out.Hi = b.at(out.PLo, out.PHi)
	return out, nil
}

// acceleration is Σd³/(6(Σd²)^1.5), d the jackknife mean minus each value.
func (b *Boot) acceleration() (float64, error) {
	if b.jack == nil {
		b.jack = make([]float64, b.N)
		num.Blocks(b.N, 64, func(_, lo, hi int) {
			count := ones(b.n)
			for u := lo; u < hi; u++ {
				b.leave(count, u, 0)
				b.jack[u] = b.stat(count)
				b.leave(count, u, 1)
			}
		})
	}
	if err := num.CheckFinite("rows", b.jack); err != nil {
		return 0, num.Invalid("rows", "the statistic cannot be computed without one of the accounts: too few events for BCa, use the percentile interval")
	}
	m, s2, s3 := num.Mean(b.jack), 0.0, 0.0
	for _, v := range b.jack {
		d := m - v
		s2, s3 = s2+d*d, s3+d*d*d
	}
	if s2 == 0 {
		return 0, nil
	}
	return s3 / (6 * math.Pow(s2, 1.5)), nil
}

func (b *Boot) leave(count []int32, u int, value int32) {
	if b.rows == nil {
		count[u] = value
		return
	}
	for _, i := range b.rows[u] {
		count[i] = value
	}
}
