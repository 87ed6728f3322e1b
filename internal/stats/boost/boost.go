package boost

import (
	"math"
	"slices"

	"kept/internal/stats/num"
)

// Options shape the trees. The zero value means the defaults in brackets.
type Options struct {
	Depth    int     // of a tree (3), at most 8
	Trees    int     // (200)
	Rate     float64 // learning rate (0.1)
	MinLeaf  int     // rows in a leaf (20)
	Ridge    float64 // added to the second derivative of a leaf (0)
	Bins     int     // values a column is cut into (255), at most 255
	Monotone []int   // per column: +1 the outcome may only rise with it, −1 only fall, 0 free; nil: all free
}

func (o Options) withDefaults() Options {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.Depth, 3)
	def(&o.Trees, 200)
	def(&o.MinLeaf, 20)
	def(&o.Bins, 255)
	if o.Rate == 0 {
		o.Rate = 0.1
	}
	return o
}

// Model is a sum of trees on the log-odds scale.
type Model struct {
	p     int
	base  float64
	trees []tree
	edges [][]float64
}

// tree is its nodes; node 0 is the root.
type tree []node

// node is a split on column ≤ edge, or a leaf (left 0).
type node struct {
	column      int
	at          uint8 // largest bin that goes left
	edge        float64
	left, right int
	value       float64
}

// Fit boosts trees for a 0/1 outcome with logistic loss; x is n×p row-major.
func Fit(x, y []float64, n, p int, o Options) (*Model, error) {
	if err := num.CheckDesign(x, y, n, p); err != nil {
		return nil, err
	}
	if err := num.CheckBinary("y", y); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	switch {
	case p < 1:
		return nil, num.Invalid("x", "there are no columns")
	case o.Depth < 1 || o.Depth > 8 || o.Trees < 1 || o.MinLeaf < 1 || o.Bins < 2 || o.Bins > 255 || !(o.Rate > 0 && o.Rate <= 1) || !(o.Ridge >= 0):
		return nil, num.Invalid("options", "depth %d, %d trees, %d rows a leaf, %d bins, rate %v, ridge %v: want 1–8, ≥1, ≥1, 2–255, 0–1, ≥0",
			o.Depth, o.Trees, o.MinLeaf, o.Bins, o.Rate, o.Ridge)
	case o.Monotone != nil && len(o.Monotone) != p:
		return nil, num.Invalid("monotone", "%d directions for %d columns", len(o.Monotone), p)
	}
	m := &Model{p: p, base: num.Logit(num.Mean(y)), edges: make([][]float64, p)}
	g := newGrower(x, n, p, o, m)
	eta := make([]float64, n)
	for i := range eta {
		eta[i] = m.base
	}
	for range o.Trees {
		for i, v := range y {
			q := num.Expit(eta[i])
			g.gradient[i] = float32(q - v)
			g.hessian[i] = float32(q * (1 - q))
		}
		m.trees = append(m.trees, g.grow(eta))
	}
	return m, nil
}

// Predict returns the probabilities of n rows.
func (m *Model) Predict(x []float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		eta, row := m.base, x[i*m.p:(i+1)*m.p]
		for _, t := range m.trees {
			at := 0
			for t[at].left != 0 {
				if row[t[at].column] <= t[at].edge {
					at = t[at].left
				} else {
					at = t[at].right
				}
			}
			eta += t[at].value
		}
		out[i] = num.Expit(eta)
	}
	return out
}

// cut returns the upper edges of the bins of a column: the midpoints of its values
// when there are few, otherwise quantiles.
func cut(column []float64, bins int) []float64 {
	s := slices.Clone(column)
	slices.Sort(s)
	distinct := slices.Compact(slices.Clone(s))
	var edges []float64
	if len(distinct) <= bins {
		for i := 1; i < len(distinct); i++ {
			edges = append(edges, middle(distinct[i-1], distinct[i]))
		}
		return edges
	}
	for k := 1; k < bins; k++ {
		edges = append(edges, num.QuantileSorted(s, float64(k)/float64(bins)))
	}
	return slices.Compact(edges)
}

func middle(a, b float64) float64 {
	m := a + (b-a)/2
	if math.IsInf(m, 0) || !(m < b) {
		return a
	}
	return m
}
