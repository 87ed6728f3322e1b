package glm

import (
	"math"

	"kept/internal/stats/num"
)

// boxStep solves the step's quadratic problem inside the bounds,
// min ½dᵀHd − rᵀd with lo ≤ beta+d ≤ hi, by coordinate descent to find which
// bounds hold and a Cholesky solve of the rest; flat is the column without
// curvature, or −1.
func boxStep(h, r, beta, lo, hi []float64, k int) (d []float64, flat int) {
	d = make([]float64, k)
	g := append([]float64(nil), r...) // r − H·d
	for j := range k {
		if !(h[j*k+j] > 0) {
			return nil, j
		}
	}
	for range 20 {
		descend(h, g, d, beta, lo, hi, k)
		held, ok := polish(h, r, d, beta, lo, hi, k)
		if ok {
			return d, -1
		}
		if held < 0 {
			break
		}
		for j := range k {
			g[j] = r[j] - num.Dot(h[j*k:(j+1)*k], d)
		}
	}
	return d, -1
}

// descend runs sweeps of coordinate descent until they move nothing.
func descend(h, g, d, beta, lo, hi []float64, k int) {
	for range 400 {
		moved := 0.0
		for j := range k {
			hj := h[j*k+j]
			next := min(max(beta[j]+d[j]+g[j]/hj, lo[j]), hi[j]) - beta[j]
			if delta := next - d[j]; delta != 0 {
				d[j] = next
				for i, v := range h[j*k : (j+1)*k] {
					g[i] -= v * delta
				}
				moved = max(moved, delta*delta*hj)
			}
		}
		if moved < 1e-22 {
			return
		}
	}
}

// polish solves exactly for the coordinates that are off their bounds and keeps
// the answer when it is inside them. held is −1 when nothing can be solved.
func polish(h, r, d, beta, lo, hi []float64, k int) (held int, ok bool) {
	var free []int
	rhs := []float64{}
	for j := range k {
		at := beta[j] + d[j]
		if at > lo[j] && at < hi[j] {
			free = append(free, j)
		}
	}
	for _, j := range free {
		v := r[j]
		for i := range k {
			at := beta[i] + d[i]
			if !(at > lo[i] && at < hi[i]) {
				v -= h[j*k+i] * d[i]
			}
		}
		rhs = append(rhs, v)
	}
	c, _, good := num.NewCholesky(sub(h, free, k), len(free))
	if !good {
		return -1, false
	}
	s := c.Solve(rhs)
	inside := true
	for q, j := range free {
		if at := beta[j] + s[q]; at < lo[j] || at > hi[j] || math.IsNaN(at) {
			inside = false
		}
	}
	if !inside {
		return len(free), false
	}
	for q, j := range free {
		d[j] = s[q]
	}
	return len(free), true
}
