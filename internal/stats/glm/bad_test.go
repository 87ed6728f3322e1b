package glm

import (
	"math"
	"strings"
	"testing"

	"kept/internal/fault"
	"kept/internal/stats/num"
)

// rows builds a design from columns.
func rows(cols ...[]float64) (x []float64, n, p int) {
	n, p = len(cols[0]), len(cols)
	x = make([]float64, n*p)
	for j, c := range cols {
		for i, v := range c {
			x[i*p+j] = v
		}
	}
	return x, n, p
}

var (
	nan  = math.NaN()
	inf  = math.Inf(1)
	yes  = []float64{0, 1, 0, 1, 0, 1, 1, 0}
	some = []float64{1, 2, 3, 4, 5, 6, 2, 4}
	also = []float64{2, 1, 1, 2, 2, 1, 1, 2}
)

func repeat(v float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestBadInput(t *testing.T) {
	for _, c := range []struct {
		name string
		cols [][]float64
		y    []float64
		o    Options
		want string // part of the message
	}{
		{"constant column", [][]float64{some, repeat(3, 8)}, yes, Options{Names: []string{"seats", "region"}}, `column "region"`},
		{"the same column twice", [][]float64{some, some}, yes, Options{}, "column 1"},
		{"one is the sum of others", [][]float64{some, also, {3, 3, 4, 6, 7, 7, 3, 6}}, yes, Options{}, "combination"},
		{"one class", [][]float64{some}, repeat(1, 8), Options{}, "all outcomes are the same"},
		{"outcome out of range", [][]float64{some}, []float64{0, 1, 2, 0, 0, 1, 1, 0}, Options{}, "value 2 is 2"},
		{"NaN", [][]float64{{1, 2, nan, 4, 5, 6, 2, 4}}, yes, Options{}, "value 2 is NaN"},
		{"Inf", [][]float64{{1, 2, inf, 4, 5, 6, 2, 4}}, yes, Options{}, "Inf"},
		{"all missing", [][]float64{repeat(nan, 8)}, yes, Options{}, "NaN"},
		{"separated", [][]float64{yes}, yes, Options{Names: []string{"left"}}, `"left" separates`},
		{"nearly separated", [][]float64{{0, 0, 0, 1, 0, 0, 0, 0}, some}, yes, Options{}, "separates"},
		{"separated together", [][]float64{{1, 2, 3, 4, 5, 6, 7, 8}, {0, 3, 2, 5, 4, 7, 8, 7}}, yes, Options{}, "separates"},
		{"separated, cloglog", [][]float64{yes}, yes, Options{Link: CLogLog}, "separates"},
		{"three rows", [][]float64{{1, 2, 3}}, []float64{0, 1, 1}, Options{}, "separates"},
		{"more columns than rows", [][]float64{{1, 2, 4}, {0, 1, 0}, {5, 1, 3}, {1, 0, 0}}, []float64{0, 1, 0}, Options{}, "separates"},
		{"negative weight", [][]float64{some}, yes, Options{Weights: []float64{1, 1, -1, 1, 1, 1, 1, 1}}, "weights"},
		{"short weights", [][]float64{some}, yes, Options{Weights: []float64{1}}, "1 values for 8 rows"},
		{"prior without width", [][]float64{some}, yes, Options{PriorSD: []float64{0}}, "prior sd"},
		{"prior of other columns", [][]float64{some}, yes, Options{PriorSD: []float64{1, 1}}, "2 values for 1 columns"},
		{"prior mean NaN", [][]float64{some}, yes, Options{PriorMean: []float64{nan}, PriorSD: []float64{1}}, "prior mean"},
		{"bounds crossed", [][]float64{some}, yes, Options{Lower: []float64{1}, Upper: []float64{0}}, "bound"},
		{"bound NaN", [][]float64{some}, yes, Options{Lower: []float64{nan}}, "bound"},
		{"nothing to fit", [][]float64{{}}, nil, Options{}, "no rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, n, p := rows(c.cols...)
			_, err := Logistic(x, c.y, n, p, c.o)
			if err == nil || !strings.Contains(err.Error(), c.want) || fault.KindOf(err) != fault.Invalid {
				t.Errorf("got %v (%s), want an invalid-input error with %q", err, fault.KindOf(err), c.want)
			}
		})
	}
}

// TestFiniteUnderTrouble gives penalised fits what stops a plain one: they have an
// answer and it has to be finite.
func TestFiniteUnderTrouble(t *testing.T) {
	for name, cols := range map[string][][]float64{
		"separated":          {yes},
		"constant":           {repeat(2, 8), some},
		"the same twice":     {some, some},
		"huge":               {{1e12, 2e12, 3e12, 1e12, 5e12, 2e12, 1e12, 4e12}},
		"tiny":               {{1e-12, 2e-12, 3e-12, 1e-12, 5e-12, 2e-12, 1e-12, 4e-12}},
		"more columns":       {some, also, yes, {1, 0, 0, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0, 0}, {0, 0, 0, 0, 1, 0, 0, 0}, {0, 0, 0, 0, 0, 1, 0, 0}},
		"one far-off value":  {{0, 0, 0, 0, 0, 0, 0, 1e9}},
		"duplicated rows":    {{1, 1, 1, 1, 1, 1, 1, 2}},
		"all but one a zero": {{0, 0, 0, 1, 0, 0, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			x, n, p := rows(cols...)
			m := repeat(0.5, p)
			check := func(what string, v []float64, err error) {
				t.Helper()
				if err != nil {
					t.Errorf("%s: %v", what, err)
				}
				if err := num.CheckFinite(what, v); err != nil {
					t.Error(err)
				}
			}
			f, err := Logistic(x, yes, n, p, Options{PriorSD: []float64{1}})
			if err == nil {
				check("ridge", append(append(f.Coef, f.Cov...), f.Fitted...), nil)
			} else {
				check("ridge", nil, err)
			}
			f, err = Logistic(x, yes, n, p, Options{PriorSD: []float64{1}, Lower: []float64{0}})
			if err == nil {
				check("bounded", append(f.Coef, f.Cov...), nil)
				for j, b := range f.Coef[1:] {
					if b < 0 {
						t.Errorf("weight %d is %v, below its bound", j, b)
					}
				}
			} else {
				check("bounded", nil, err)
			}
			b, err := PriorAverage(x, yes, m, n, p, BMAOptions{})
			if err == nil {
				check("average", append(append(b.Coef, b.Cov...), b.SlopeMean, b.PWeak, b.EquivalentEvents), nil)
				lo, hi := b.Interval(0, 0.9)
				if !(lo <= hi) {
					t.Errorf("interval (%v, %v)", lo, hi)
				}
			} else if fault.KindOf(err) != fault.Invalid {
				t.Errorf("average: %v", err) // columns that are far from standardised may be refused
			}
			e, err := ElasticNet(x, yes, n, p, 0.05, ENetOptions{Alpha: 0.5, Standardize: true, Lower: math.Inf(-1)})
			if err == nil {
				check("elastic net", e.Coef, nil)
			} else {
				check("elastic net", nil, err)
			}
		})
	}
}

func TestBadPriors(t *testing.T) {
	x, n, p := rows(some, also)
	m := []float64{0.5, 0.2}
	for name, err := range map[string]error{
		"weights missing": third(PriorAverage(x, yes, m[:1], n, p, BMAOptions{})),
		"weight NaN":      third(PriorAverage(x, yes, []float64{nan, 1}, n, p, BMAOptions{})),
		"grid falls":      third(PriorAverage(x, yes, m, n, p, BMAOptions{Tau: []float64{1, 0.5}})),
		"grid empty":      third(PriorAverage(x, yes, m, n, p, BMAOptions{Tau: []float64{}})),
		"grid negative":   third(PriorAverage(x, yes, m, n, p, BMAOptions{Tau: []float64{-1, 1}})),
		"sureness zero":   third(PriorAverage(x, yes, m, n, p, BMAOptions{ScaledOptions: ScaledOptions{Sureness: []float64{0, 1}}})),
		"signs missing":   third(PriorAverage(x, yes, m, n, p, BMAOptions{SignCheck: []float64{1}})),
		"one class":       third(PriorAverage(x, repeat(0, n), m, n, p, BMAOptions{})),
		"tau zero":        third(PriorScaled(x, yes, m, n, p, 0, ScaledOptions{})),
		"lambda negative": third(ElasticNet(x, yes, n, p, -1, ENetOptions{})),
		"alpha":           third(ElasticNet(x, yes, n, p, 1, ENetOptions{Alpha: 2})),
		"lower positive":  third(ElasticNet(x, yes, n, p, 1, ENetOptions{Lower: 1})),
		"firth constant":  third(Firth(repeat(1, n), yes, n, 1, Options{})),
		"period zero":     third(Expand(some, make([]bool, n), nil, 0, 12)),
		"periods none":    third(Expand(some, make([]bool, n), nil, 1, 0)),
		"time NaN":        third(Expand([]float64{nan}, []bool{true}, nil, 1, 12)),
		"entry after all": third(Expand([]float64{5}, []bool{true}, []float64{5}, 1, 12)),
	} {
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want an invalid-input error", name, err)
		}
	}
}

func third[T any](_ T, err error) error { return err }

func TestSeparation(t *testing.T) {
	for _, c := range []struct {
		name            string
		cols            [][]float64
		y               []float64
		separated, full bool
		column          int
	}{
		{"overlapping", [][]float64{some, also}, yes, false, false, -1},
		{"a threshold", [][]float64{{1, 5, 2, 6, 3, 7, 8, 4}}, yes, true, true, 0},
		{"touching", [][]float64{also, {1, 5, 2, 6, 4, 4, 8, 4}}, yes, true, false, 1},
		{"backwards", [][]float64{{9, 1, 8, 2, 7, 3, 4, 6}}, yes, true, true, 0},
		{"constant", [][]float64{repeat(1, 8)}, yes, false, false, -1},
		{"together", [][]float64{{1, 2, 3, 4, 5, 6, 7, 8}, {0, 3, 2, 5, 4, 7, 8, 7}}, yes, true, true, -1},
		// Wide but overlapping: a large finite weight is not a separation.
		{"steep", [][]float64{{0, 100, 1, 99, 100.5, 101, 102, 1}}, yes, false, false, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, n, p := rows(c.cols...)
			s, err := DetectSeparation(x, c.y, n, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			if s.Separated != c.separated || s.Complete != c.full {
				t.Errorf("got %+v", s)
			}
			if c.column >= 0 && s.Column != c.column {
				t.Errorf("column %d, want %d", s.Column, c.column)
			}
			for i := range n {
				if !s.Separated {
					break
				}
				v := s.Direction[0] + num.Dot(x[i*p:(i+1)*p], s.Direction[1:])
				if v*(2*c.y[i]-1) < -1e-6 {
					t.Errorf("row %d lies on the wrong side: %v", i, v)
				}
			}
		})
	}
}

// TestSubsampleStart compares a long fit, which starts from part of the rows, with
// one that starts from the base rate.
func TestSubsampleStart(t *testing.T) {
	n, p := subsampleFrom+17, 6
	x, y := bench(n, p)
	m, err := newModel(x, y, n, p, Options{PriorSD: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	beta := make([]float64, p+1)
	beta[0] = num.Logit(m.events / m.total)
	want, err := m.fit(beta)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Logistic(x, y, n, p, Options{PriorSD: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	for j := range got.Coef {
		if d := math.Abs(got.Coef[j] - want.Coef[j]); d > 1e-10 {
			t.Errorf("weight %d: %v, want %v", j, got.Coef[j], want.Coef[j])
		}
	}
	if got.Iterations > want.Iterations {
		t.Errorf("%d steps from part of the rows, %d from the base rate: part of the rows misleads", got.Iterations, want.Iterations)
	}
}

// TestBoundsMatchFree checks the bounded fit by its definition: the gradient is
// zero at a free weight and points outside at a held one.
func TestBoundsMatchFree(t *testing.T) {
	x, y := bench(400, 8)
	f, err := Logistic(x, y, 400, 8, Options{PriorSD: []float64{2}, Lower: []float64{0}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := newModel(x, y, 400, 8, Options{PriorSD: []float64{2}})
	if err != nil {
		t.Fatal(err)
	}
	_, _, g := m.eval(f.Coef)
	held := 0
	for j, at := range f.AtBound {
		switch {
		case at && g[j+1] < 0:
			t.Errorf("weight %d is held at its bound and wants to leave: %v", j, g[j+1])
		case !at && math.Abs(g[j+1]) > 1e-6:
			t.Errorf("weight %d is free and has gradient %v", j, g[j+1])
		case at:
			held++
		}
	}
	if held == 0 || held == 8 {
		t.Errorf("%d of 8 weights are held: the case shows nothing", held)
	}
}
