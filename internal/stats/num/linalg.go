package num

import (
	"math"

	"kept/internal/fault"
)

// Cholesky is the lower factor L of a symmetric positive definite matrix
// A = L·Lᵀ. Matrices are flat and row-major; only the lower triangle of A is read.
type Cholesky struct {
	n int
	l []float64
}

// singular is the smallest pivot, relative to its diagonal, that counts as
// positive: below it a column is a linear combination of those before it.
const singular = 1e-13

// NewCholesky factors the n×n matrix a, which it leaves unchanged. A matrix that
// is not positive definite gives ok = false together with the column at fault.
func NewCholesky(a []float64, n int) (c *Cholesky, column int, ok bool) {
	l := make([]float64, n*n)
	for i := range n {
		for j := 0; j <= i; j++ {
			s := a[i*n+j]
			li, lj := l[i*n:i*n+j], l[j*n:j*n+j]
			for k := range lj {
				s -= li[k] * lj[k]
			}
			if i != j {
				l[i*n+j] = s / l[j*n+j]
				continue
			}
			if !(s > singular*math.Abs(a[i*n+i])) || math.IsInf(s, 0) {
				return nil, i, false
			}
			l[i*n+i] = math.Sqrt(s)
		}
	}
	return &Cholesky{n, l}, -1, true
}

// Solve returns x with A·x = b.
func (c *Cholesky) Solve(b []float64) []float64 {
	n, l := c.n, c.l
	x := make([]float64, n)
	copy(x, b)
	for i := range n {
		for k := range i {
			x[i] -= l[i*n+k] * x[k]
		}
		x[i] /= l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= l[k*n+i] * x[k]
		}
		x[i] /= l[i*n+i]
	}
	return x
}

// Inverse returns A⁻¹, n×n row-major, exactly symmetric.
func (c *Cholesky) Inverse() []float64 {
	n := c.n
	inv := make([]float64, n*n)
	e := make([]float64, n)
	for j := range n {
		clear(e)
		e[j] = 1
		x := c.Solve(e)
		for i := j; i < n; i++ {
			inv[i*n+j], inv[j*n+i] = x[i], x[i]
		}
	}
	return inv
}

// LogDet returns log det A.
func (c *Cholesky) LogDet() float64 {
	s := 0.0
	for i := range c.n {
		s += math.Log(c.l[i*c.n+i])
	}
	return 2 * s
}

// SolveSym solves A·x = b for a symmetric positive definite n×n matrix A.
func SolveSym(a, b []float64, n int) ([]float64, error) {
	c, col, ok := NewCholesky(a, n)
	if !ok {
		return nil, Singular(col)
	}
	return c.Solve(b), nil
}

// InvSym inverts a symmetric positive definite n×n matrix.
func InvSym(a []float64, n int) ([]float64, error) {
	c, col, ok := NewCholesky(a, n)
	if !ok {
		return nil, Singular(col)
	}
	return c.Inverse(), nil
}

// Singular says that column col of a matrix depends on the columns before it.
func Singular(col int) error {
	return fault.New(fault.Invalid, "column %d carries no information of its own: it is constant, or a combination of other columns", col)
}

// Dot returns Σ a_i·b_i over the length of a.
func Dot(a, b []float64) float64 {
	s := 0.0
	b = b[:len(a)]
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// MatVec returns A·x for a rows×cols matrix.
func MatVec(a, x []float64, rows, cols int) []float64 {
	out := make([]float64, rows)
	for i := range rows {
		out[i] = Dot(a[i*cols:(i+1)*cols], x)
	}
	return out
}

// MatMul returns A·B for an n×k matrix A and a k×m matrix B.
func MatMul(a, b []float64, n, k, m int) []float64 {
	out := make([]float64, n*m)
	for i := range n {
		o := out[i*m : (i+1)*m]
		for j := range k {
			v := a[i*k+j]
			for q, w := range b[j*m : (j+1)*m] {
				o[q] += v * w
			}
		}
	}
	return out
}

// Sandwich returns A·M·A for symmetric n×n matrices A and M.
func Sandwich(a, m []float64, n int) []float64 {
	return MatMul(MatMul(a, m, n, n, n), a, n, n, n)
}

// QuadForm returns xᵀ·A·x for an n×n matrix, n = len(x).
func QuadForm(a, x []float64) float64 {
	return Dot(x, MatVec(a, x, len(x), len(x)))
}

// Gram returns XᵀWX (p×p, both triangles) of an n×p design; w nil means weights
// of one. Four rows at a time keep the triangle in registers; the order of the
// additions is fixed.
func Gram(x, w []float64, n, p int) []float64 {
	g := make([]float64, p*p)
	i := 0
	for ; i+4 <= n; i += 4 {
		w0, w1, w2, w3 := 1.0, 1.0, 1.0, 1.0
		if w != nil {
			w0, w1, w2, w3 = w[i], w[i+1], w[i+2], w[i+3]
		}
		r0, r1, r2, r3 := x[i*p:(i+1)*p], x[(i+1)*p:(i+2)*p], x[(i+2)*p:(i+3)*p], x[(i+3)*p:(i+4)*p]
		for a := range p {
			v0, v1, v2, v3 := w0*r0[a], w1*r1[a], w2*r2[a], w3*r3[a]
			out := g[a*p : a*p+a+1]
			s0, s1, s2, s3 := r0[:len(out)], r1[:len(out)], r2[:len(out)], r3[:len(out)]
			for b := range out {
				out[b] += (v0*s0[b] + v1*s1[b]) + (v2*s2[b] + v3*s3[b])
			}
		}
	}
	for ; i < n; i++ {
		wi := 1.0
		if w != nil {
			wi = w[i]
		}
		r := x[i*p : (i+1)*p]
		for a := range p {
			v := wi * r[a]
			out := g[a*p : a*p+a+1]
			for b := range out {
				out[b] += v * r[b]
			}
		}
	}
	for a := range p {
		for b := range a {
			g[b*p+a] = g[a*p+b]
		}
	}
	return g
}

// XtV returns Xᵀv (length p) of an n×p design.
func XtV(x, v []float64, n, p int) []float64 {
	out := make([]float64, p)
	for i := range n {
		vi := v[i]
		r := x[i*p : (i+1)*p]
		for j := range out {
			out[j] += vi * r[j]
		}
	}
	return out
}
