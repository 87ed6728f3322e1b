package boost

import (
	"math"
	"testing"

	"kept/internal/stats/num"
)

// xor is an outcome that no additive model can tell: only the two columns together do.
func xor(n int) (x, y []float64) {
	r := num.Rand(7)
	for range n {
		a, b := r.Float64(), r.Float64()
		v := 0.0
		if (a > .5) != (b > .5) {
			v = 1
		}
		if r.Float64() < .1 {
			v = 1 - v
		}
		x, y = append(x, a, b), append(y, v)
	}
	return x, y
}

func TestInteraction(t *testing.T) {
	x, y := xor(4000)
	m, err := Fit(x[:4000], y[:2000], 2000, 2, Options{})
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, p := range m.Predict(x[4000:], 2000) {
		if (p > .5) == (y[2000+i] == 1) {
			right++
		}
	}
	if right < 1700 {
		t.Errorf("%d of 2000 right, want most of the 1800 that can be", right)
	}
}

func TestMonotone(t *testing.T) {
	r := num.Rand(3)
	var x, y []float64
	for range 3000 {
		v := r.Float64() * 10
		p := num.Expit(v/3 - 1.5 + 1.5*math.Sin(v*2))
		hit := 0.0
		if r.Float64() < p {
			hit = 1
		}
		x, y = append(x, v), append(y, hit)
	}
	grid := make([]float64, 500)
	for i := range grid {
		grid[i] = float64(i) / 50
	}
	for _, want := range []int{1, -1} {
		m, err := Fit(x, y, 3000, 1, Options{Monotone: []int{want}})
		if err != nil {
			t.Fatal(err)
		}
		p := m.Predict(grid, len(grid))
		for i := 1; i < len(p); i++ {
			if d := float64(want) * (p[i] - p[i-1]); d < -1e-12 {
				t.Fatalf("direction %d: from %v to %v the forecast turns from %v to %v", want, grid[i-1], grid[i], p[i-1], p[i])
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	nan := math.NaN()
	for what, f := range map[string]func() error{
		"no rows":      func() error { _, err := Fit(nil, nil, 0, 1, Options{}); return err },
		"one class":    func() error { _, err := Fit([]float64{1, 2, 3}, []float64{1, 1, 1}, 3, 1, Options{}); return err },
		"not a number": func() error { _, err := Fit([]float64{1, nan, 3}, []float64{1, 0, 1}, 3, 1, Options{}); return err },
		"too deep":     func() error { _, err := Fit([]float64{1, 2}, []float64{0, 1}, 2, 1, Options{Depth: 99}); return err },
		"wrong directions": func() error {
			_, err := Fit([]float64{1, 2}, []float64{0, 1}, 2, 1, Options{Monotone: []int{1, 1}})
			return err
		},
	} {
		if f() == nil {
			t.Errorf("%s: no error", what)
		}
	}
	// A constant column and three rows: right, if dull.
	m, err := Fit([]float64{5, 5, 5}, []float64{1, 0, 0}, 3, 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := m.Predict([]float64{5}, 1)[0]; math.Abs(p-1.0/3) > .01 {
		t.Errorf("a constant column says %v, want the base rate", p)
	}
}

func BenchmarkFit(b *testing.B) {
	const n, p = 100_000, 20
	r := num.Rand(1)
	x, y := make([]float64, n*p), make([]float64, n)
	for i := range n {
		eta := -2.5
		for j := range p {
			v := r.NormFloat64()
			if j >= 10 {
				v = float64(r.IntN(2))
			}
			x[i*p+j] = v
			eta += v * .1
		}
		if r.Float64() < num.Expit(eta) {
			y[i] = 1
		}
	}
	for b.Loop() {
		if _, err := Fit(x, y, n, p, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
