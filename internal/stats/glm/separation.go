package glm

import (
	"fmt"
	"math"

	"kept/internal/stats/num"
)

// Separation says whether the columns tell the outcomes apart without error in
// some direction, so that the maximum-likelihood weights do not exist.
type Separation struct {
	Separated bool
	Complete  bool // every row is on its own side; otherwise some lie on the border
	Column    int  // the column that does it, or weighs most in the direction; −1 if none
	Alone     bool // Column does it by itself
	Reason    string
	Direction []float64 // with the intercept first: s_i·(x_i·d) ≥ 0 for every row, > 0 for some
}

// DetectSeparation looks for (quasi-)complete separation of a 0/1 outcome: first
// column by column, exactly, then in any direction, by following the likelihood
// as it runs away and checking the direction row by row, so that a positive answer
// is a proof (Albert & Anderson 1984).
func DetectSeparation(x, y []float64, n, p int, names []string) (Separation, error) {
	m, err := newModel(x, y, n, p, Options{Names: names})
	if err != nil {
		return Separation{Column: -1}, err
	}
	return m.separated(), nil
}

func (m *model) separated() Separation {
	for j := range m.p {
		if s, ok := m.alone(j); ok {
			return s
		}
	}
	return m.together()
}

// positive and negative say to which side row i binds the direction; a share
// strictly between zero and one binds it to both.
func (m *model) sides(i int) (pos, neg bool) {
	if m.w != nil && m.w[i] == 0 {
		return false, false
	}
	return m.y[i] > 0, m.y[i] < 1
}

// alone checks one column: the ranges of the two outcomes do not overlap, but
// may touch. With an offset or without an intercept the threshold is not free.
func (m *model) alone(j int) (Separation, bool) {
	if m.ic == 0 {
		return Separation{}, false
	}
	lo := [2]float64{math.Inf(1), math.Inf(1)}
	hi := [2]float64{math.Inf(-1), math.Inf(-1)}
	for i := range m.n {
		v := m.x[i*m.p+j]
		pos, neg := m.sides(i)
		for c, in := range [2]bool{neg, pos} {
			if in {
				lo[c], hi[c] = min(lo[c], v), max(hi[c], v)
			}
		}
	}
	s := Separation{Separated: true, Column: j, Alone: true, Direction: make([]float64, m.k)}
	name := m.name(j + m.ic)
	switch {
	case min(lo[0], lo[1]) >= max(hi[0], hi[1]):
		return Separation{}, false // constant
	case lo[1] >= hi[0]:
		s.Complete = lo[1] > hi[0]
		s.Direction[0], s.Direction[j+m.ic] = -(lo[1]+hi[0])/2, 1
		s.Reason = fmt.Sprintf("every row with %s above %.6g has outcome 1 and every row below has 0", name, hi[0])
	case lo[0] >= hi[1]:
		s.Complete = lo[0] > hi[1]
		s.Direction[0], s.Direction[j+m.ic] = (lo[0]+hi[1])/2, -1
		s.Reason = fmt.Sprintf("every row with %s above %.6g has outcome 0 and every row below has 1", name, hi[1])
	default:
		return Separation{}, false
	}
	return s, true
}

// together runs a plain fit without stopping. When the likelihood has its
// supremum at infinity, the Newton steps turn into the direction that separates.
func (m *model) together() Separation {
	none := Separation{Column: -1}
	f := *m
	f.eta, f.bounded = nil, false
	f.prec = make([]float64, m.k)
	sd := f.scales()
	// A whisper of a ridge keeps the system solvable along collinear directions.
	ridge := make([]float64, m.k)
	beta := make([]float64, m.k)
	for range 60 {
		_, _, grad := f.eval(beta)
		h := f.info()
		for j := range ridge {
			ridge[j] = 1e-10*h[j*m.k+j] + 1e-300
			h[j*m.k+j] += ridge[j]
			grad[j] = -grad[j]
		}
		c, _, ok := num.NewCholesky(h, m.k)
		if !ok {
			break
		}
		d := c.Solve(grad)
		if num.QuadForm(h, d) < 1e-12 && f.widest() < 15 {
			return none // a finite maximum
		}
		if s, ok := m.certify(d, sd); ok {
			return s
		}
		if s, ok := m.certify(beta, sd); ok {
			return s
		}
		// Away from the solution a long step is cut, so that η moves by three at most.
		cut := 1.0
		if far := f.longest(d); far > 3 {
			cut = 3 / far
		}
		for j := range beta {
			beta[j] += cut * d[j]
		}
	}
	return none
}

func (m *model) widest() float64 {
	v := 0.0
	for _, e := range m.eta {
		v = max(v, math.Abs(e))
	}
	return v
}

func (m *model) along(i int, d []float64) float64 {
	v := dot(m.x[i*m.p:(i+1)*m.p], d[m.ic:])
	if m.ic == 1 {
		v += d[0]
	}
	return v
}

func (m *model) longest(d []float64) float64 {
	v := 0.0
	for i := range m.n {
		v = max(v, math.Abs(m.along(i, d)))
	}
	return v
}

// certify checks that d sends every row to its own side or leaves it where it is.
func (m *model) certify(d, sd []float64) (Separation, bool) {
	far := m.longest(d)
	if !(far > 0) || math.IsInf(far, 0) {
		return Separation{}, false
	}
	s := Separation{Separated: true, Complete: true, Column: -1, Direction: append([]float64(nil), d...)}
	const slack = 1e-6
	for i := range m.n {
		v := m.along(i, d) / far
		pos, neg := m.sides(i)
		if pos && v < -slack || neg && v > slack {
			return Separation{}, false
		}
		if math.Abs(v) <= slack {
			s.Complete = false
		}
	}
	best := 0.0
	for j := range m.p {
		if v := math.Abs(d[j+m.ic]) * sd[j]; v > best {
			best, s.Column = v, j
		}
	}
	s.Reason = "together with other columns it sends every row to its own side"
	return s, s.Column >= 0
}

// scales returns the standard deviation of every column.
func (m *model) scales() []float64 {
	sd := make([]float64, m.p)
	for j := range sd {
		mean, q := 0.0, 0.0
		for i := range m.n {
			mean += m.x[i*m.p+j]
		}
		mean /= float64(m.n)
		for i := range m.n {
			d := m.x[i*m.p+j] - mean
			q += d * d
		}
		sd[j] = math.Sqrt(q / float64(m.n))
	}
	return sd
}
