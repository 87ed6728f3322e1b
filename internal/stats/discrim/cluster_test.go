package discrim

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestClusterVar: with one row a cluster it is DeLong's variance; with every row
// doubled into one cluster it is that of the rows taken once.
func TestClusterVar(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var y, s, y2, s2 []float64
	var one, two []int32
	for i := range 300 {
		v := 0.0
		if r.Float64() < .3 {
			v = 1
		}
		x := r.NormFloat64() + v
		y, s, one = append(y, v), append(s, x), append(one, int32(i))
		y2, s2, two = append(y2, v, v), append(s2, x, x), append(two, int32(i), int32(i))
	}
	a, err := NewAUC(y, s)
	if err != nil {
		t.Fatal(err)
	}
	// An empty cross term and n/(n−1) of all clusters is all that may differ.
	if got := a.ClusterVar(y, one); math.Abs(got/a.Var-1) > 1e-9 {
		t.Errorf("one row a cluster: %g, DeLong %g", got, a.Var)
	}
	b, err := NewAUC(y2, s2)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.ClusterVar(y2, two); math.Abs(got/a.Var-1) > 1e-9 {
		t.Errorf("doubled rows: %g, want that of the rows once, %g", got, a.Var)
	}
	if b.Var > .6*a.Var {
		t.Errorf("DeLong without clusters sees %g in doubled rows, which should be about half of %g", b.Var, a.Var)
	}
	if got := PairedClusterVar(a, a, y, one); got != 0 {
		t.Errorf("a score against itself has variance %g", got)
	}
	if got := a.ClusterVar(y, make([]int32, len(y))); !math.IsNaN(got) {
		t.Errorf("one cluster gives %g, want NaN", got)
	}
}
