package boost

import "math"

// cell is what a bin of a column holds within a node.
type cell struct {
	g, h float64
	n    int32
}

// grower holds the binned columns and the scratch space of one fit.
type grower struct {
	o                 Options
	n, p              int
	bin               []uint8 // column-major: bin[j*n+i]
	width             []int   // bins of a column
	from              []int   // first cell of a column
	cells             int
	edges             [][]float64
	gradient, hessian []float32
	rows, spare       []int32
}

func newGrower(x []float64, n, p int, o Options, m *Model) *grower {
	g := &grower{
		o: o, n: n, p: p, bin: make([]uint8, n*p), width: make([]int, p), from: make([]int, p), edges: m.edges,
		gradient: make([]float32, n), hessian: make([]float32, n), rows: make([]int32, n), spare: make([]int32, n),
	}
	column := make([]float64, n)
	for j := range p {
		for i := range n {
			column[i] = x[i*p+j]
		}
		edges := cut(column, o.Bins)
		m.edges[j] = edges
		g.width[j], g.from[j] = len(edges)+1, g.cells
		g.cells += len(edges) + 1
		for i, v := range column {
			lo, hi := 0, len(edges)
			for lo < hi {
				if mid := (lo + hi) / 2; v <= edges[mid] {
					hi = mid
				} else {
					lo = mid + 1
				}
			}
			g.bin[j*n+i] = uint8(lo) //nolint:gosec // at most 254 edges
		}
	}
	return g
}

// part is a node that may still be split.
type part struct {
	node, lo, hi, depth int
	g, h                float64
	hist                []cell
	floor, ceiling      float64 // limits of the leaf values under it (monotone columns)
}

// grow fits one tree to the gradients and adds it to eta.
func (g *grower) grow(eta []float64) tree {
	for i := range g.rows {
		g.rows[i] = int32(i) //nolint:gosec // fewer rows than 2³¹
	}
	root := part{lo: 0, hi: g.n, hist: g.histogram(0, g.n), floor: math.Inf(-1), ceiling: math.Inf(1)}
	for _, c := range root.hist[:g.width[0]] {
		root.g += c.g
		root.h += c.h
	}
	t := tree{{}}
	open := []part{root}
	for len(open) > 0 {
		p := open[len(open)-1]
		open = open[:len(open)-1]
		s, ok := g.best(&p)
		if !ok {
			v := g.value(p.g, p.h, &p)
			t[p.node].value = v
			for _, r := range g.rows[p.lo:p.hi] {
				eta[r] += v
			}
			continue
		}
		mid := g.divide(p.lo, p.hi, s)
		l, r := len(t), len(t)+1
		t = append(t, node{}, node{})
		t[p.node] = node{column: s.column, at: s.bin, edge: g.edges[s.column][s.bin], left: l, right: r}
		open = append(open, g.children(&p, s, mid, l, r)...)
	}
	return t
}

func (g *grower) children(p *part, s split, mid, l, r int) []part {
	left := part{node: l, lo: p.lo, hi: mid, depth: p.depth + 1, g: s.g, h: s.h, floor: p.floor, ceiling: p.ceiling}
	right := part{node: r, lo: mid, hi: p.hi, depth: p.depth + 1, g: p.g - s.g, h: p.h - s.h, floor: p.floor, ceiling: p.ceiling}
	if g.o.Monotone != nil && g.o.Monotone[s.column] != 0 {
		between := (g.value(left.g, left.h, &left) + g.value(right.g, right.h, &right)) / 2
		if g.o.Monotone[s.column] > 0 {
			left.ceiling, right.floor = between, between
		} else {
			left.floor, right.ceiling = between, between
		}
	}
	if p.depth+1 < g.o.Depth {
		// The larger child's cells are the parent's less the smaller's.
		small, large := &left, &right
		if mid-p.lo > p.hi-mid {
			small, large = large, small
		}
		small.hist = g.histogram(small.lo, small.hi)
		for i := range p.hist {
			p.hist[i].g -= small.hist[i].g
			p.hist[i].h -= small.hist[i].h
			p.hist[i].n -= small.hist[i].n
		}
		large.hist = p.hist
	}
	return []part{right, left}
}

// value is the step of a leaf, already shrunk by the learning rate.
func (g *grower) value(grad, hess float64, p *part) float64 {
	v := -g.o.Rate * grad / (hess + g.o.Ridge + 1e-12)
	return min(max(v, p.floor), p.ceiling)
}

func (g *grower) histogram(lo, hi int) []cell {
	out := make([]cell, g.cells)
	rows := g.rows[lo:hi]
	for j := range g.p {
		b := g.bin[j*g.n : (j+1)*g.n]
		h := out[g.from[j] : g.from[j]+g.width[j]]
		for _, r := range rows {
			c := &h[b[r]]
			c.g += float64(g.gradient[r])
			c.h += float64(g.hessian[r])
			c.n++
		}
	}
	return out
}

// split sends the bins up to bin of a column left.
type split struct {
	column int
	bin    uint8
	gain   float64
	g, h   float64 // of the left side
}

func (g *grower) best(p *part) (split, bool) {
	var s split
	if p.depth >= g.o.Depth || p.hi-p.lo < 2*g.o.MinLeaf {
		return s, false
	}
	found := false
	score := func(grad, hess float64) float64 { return grad * grad / (hess + g.o.Ridge + 1e-12) }
	whole := score(p.g, p.h)
	for j := range g.p {
		var lg, lh float64
		var ln int
		h := p.hist[g.from[j] : g.from[j]+g.width[j]]
		for b := 0; b+1 < len(h); b++ {
			lg += h[b].g
			lh += h[b].h
			ln += int(h[b].n)
			if ln < g.o.MinLeaf {
				continue
			}
			if p.hi-p.lo-ln < g.o.MinLeaf {
				break
			}
			gain := score(lg, lh) + score(p.g-lg, p.h-lh) - whole
			if !(gain > s.gain && gain > 1e-10) || !g.allowed(j, lg, lh, p) {
				continue
			}
			found = true
			s = split{column: j, bin: uint8(b), gain: gain, g: lg, h: lh} //nolint:gosec // at most 254 edges
		}
	}
	return s, found
}

// allowed keeps the order of the two sides that a monotone column wants.
func (g *grower) allowed(j int, lg, lh float64, p *part) bool {
	if g.o.Monotone == nil || g.o.Monotone[j] == 0 {
		return true
	}
	d := g.value(p.g-lg, p.h-lh, p) - g.value(lg, lh, p)
	return float64(g.o.Monotone[j])*d >= 0
}

// divide moves the rows of the left side to the front, keeping their order.
func (g *grower) divide(lo, hi int, s split) int {
	b := g.bin[s.column*g.n : (s.column+1)*g.n]
	at, rest := lo, 0
	for _, r := range g.rows[lo:hi] {
		if b[r] <= s.bin {
			g.rows[at] = r
			at++
		} else {
			g.spare[rest] = r
			rest++
		}
	}
	copy(g.rows[at:hi], g.spare[:rest])
	return at
}
