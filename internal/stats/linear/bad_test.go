package linear

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/fault"
)

func line(n, p int, seed uint64) (x, y []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range n {
		s := 1.0
		for j := range p {
			v := r.NormFloat64()
			x = append(x, v)
			s += v / float64(j+1)
		}
		y = append(y, s+r.NormFloat64())
	}
	return x, y
}

func TestBadInput(t *testing.T) {
	x, y := line(30, 2, 1)
	put := func(v []float64, i int, z float64) []float64 {
		w := append([]float64(nil), v...)
		w[i] = z
		return w
	}
	constant, double := append([]float64(nil), x...), append([]float64(nil), x...)
	for i := range 30 {
		constant[2*i+1], double[2*i+1] = 4e9, 3*double[2*i]+1
	}
	for name, c := range map[string]struct {
		x, y []float64
		n, p int
	}{
		"empty":        {nil, nil, 0, 2},
		"three rows":   {x[:6], y[:3], 3, 2},
		"NaN":          {put(x, 5, math.NaN()), y, 30, 2},
		"Inf outcome":  {x, put(y, 5, math.Inf(-1)), 30, 2},
		"constant":     {constant, y, 30, 2},
		"collinear":    {double, y, 30, 2},
		"wrong length": {x, y, 29, 2},
	} {
		if _, err := OLS(c.x, c.y, c.n, c.p, Options{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want an error of the kind invalid", name, err)
		}
	}
	f, err := OLS(x, make([]float64, 30), 30, 2, Options{})
	if err != nil || f.Coef[1] != 0 || f.Sigma != 0 {
		t.Errorf("an outcome that is always zero: %+v %v, want coefficients of zero", f, err)
	}
	one := make([]int, 30)
	if _, _, err := f.Cluster(one, true); !fault.Is(err, fault.Invalid) {
		t.Errorf("one cluster: %v", err)
	}
	if _, err := FixedEffects(x, y, 30, 2, one, nil, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("one account: %v", err)
	}
	half := make([]int, 30)
	for i := range half {
		half[i] = i / 15
		constant[2*i+1] = float64(half[i])
	}
	if _, err := FixedEffects(constant, y, 30, 2, half, nil, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a column that does not change within accounts: %v", err)
	}
}

func TestScaleOfColumns(t *testing.T) {
	// A far-off mean and odd units must not cost digits.
	x, y := line(200, 2, 2)
	far := make([]float64, len(x))
	for i := range 200 {
		far[2*i], far[2*i+1] = 1e9+1e3*x[2*i], 1e-6*x[2*i+1]
	}
	a, _ := OLS(x, y, 200, 2, Options{})
	b, err := OLS(far, y, 200, 2, Options{})
	if err != nil || math.Abs(b.Coef[1]*1e3-a.Coef[1]) > 1e-7 || math.Abs(b.Coef[2]*1e-6-a.Coef[2]) > 1e-9 {
		t.Errorf("%v against %v: %v", b.Coef, a.Coef, err)
	}
}

func TestTwoWayUnbalanced(t *testing.T) {
	// Sweeping must agree with dummies for every account and period.
	r := rand.New(rand.NewPCG(3, 3))
	var x, y, dummies []float64
	var id, at []int
	for i := range 6 {
		for s := range 5 {
			if r.IntN(4) == 0 {
				continue
			}
			v := r.NormFloat64() + float64(i)
			x, y = append(x, v), append(y, 2*v+float64(i*i)-float64(s)+r.NormFloat64())
			id, at = append(id, i), append(at, s)
			row := make([]float64, 1+5+4)
			row[0] = v
			if i > 0 {
				row[i] = 1
			}
			if s > 0 {
				row[5+s] = 1
			}
			dummies = append(dummies, row...)
		}
	}
	f, err := FixedEffects(x, y, len(y), 1, id, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := OLS(dummies, y, len(y), 10, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(f.Coef[0]-d.Coef[1]) > 1e-10 || math.Abs(f.SEClassical[0]-d.SE(d.Cov)[1]) > 1e-10 {
		t.Errorf("swept %v (%v), dummies %v (%v)", f.Coef[0], f.SEClassical[0], d.Coef[1], d.SE(d.Cov)[1])
	}
}

func TestWildCluster(t *testing.T) {
	x, y := line(120, 1, 4)
	cluster := make([]int, 120)
	r := rand.New(rand.NewPCG(9, 9))
	shock := make([]float64, 12)
	for g := range shock {
		shock[g] = r.NormFloat64()
	}
	for i := range cluster {
		cluster[i] = i % 12
		y[i] += shock[i%12]
	}
	f, err := OLS(x, y, 120, 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := f.WildCluster(cluster, 1, 0, 999, 1, 0.95)
	if err != nil || w.P > 0.01 || w.Lo > 1 || w.Hi < 1 {
		t.Errorf("slope 1: %+v %v, want a small p and 1 inside", w, err)
	}
	if n, err := f.WildCluster(cluster, 1, f.Coef[1], 999, 1, 0.95); err != nil || n.P < 0.99 {
		t.Errorf("the estimate itself is rejected: %+v %v", n, err)
	}
}

func TestSameBytesAtAnyGOMAXPROCS(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	series := make([]Series, 20)
	for i := range series {
		for t := range 60 {
			series[i].X = append(series[i].X, r.NormFloat64())
			v := r.NormFloat64()
			if t >= 3 {
				v += series[i].X[t-3]
			}
			series[i].Y = append(series[i].Y, v)
		}
	}
	run := func(procs int) *LagResult {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		out, err := LagCorrelation(series, LagOptions{MaxLag: 8, Draws: 199, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	a, b := run(1), run(4)
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
	if a.Best != 3 || a.MaxP > 0.01 || a.Lags[1].AdjP < 0.05 {
		t.Errorf("best lag %d (p %v), lag 1 p %v: want the planted lag 3 alone", a.Best, a.MaxP, a.Lags[1].AdjP)
	}
	for name, s := range map[string][]Series{"none": nil, "constant": {{X: make([]float64, 9), Y: make([]float64, 9)}}, "short": {{X: []float64{1}, Y: []float64{2}}}} {
		if _, err := LagCorrelation(s, LagOptions{MaxLag: 3}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkOLS(b *testing.B) {
	x, y := line(100_000, 20, 6)
	for b.Loop() {
		if _, err := OLS(x, y, 100_000, 20, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
