package stats_test

import (
	"math"
	"testing"

	"kept/internal/stats/discrim"
	"kept/internal/stats/glm"
	"kept/internal/stats/num"
	"kept/internal/stats/survival"
)

// BenchmarkTenMillion gives each workhorse ten million rows (the ridge model five
// columns of them) and checks that the answer is near the truth that made the data:
// nothing overflows, and sums keep their digits.
func BenchmarkTenMillion(b *testing.B) {
	const n, p = 10_000_000, 5
	r := num.Rand(31)
	x, y, risk := make([]float64, n*p), make([]float64, n), make([]float64, n)
	d := survival.Data{Time: make([]float64, n), Event: make([]bool, n)}
	for i := range n {
		eta := -2.9
		for j := range p {
			v := r.NormFloat64()
			x[i*p+j] = v
			eta += .3 * v
		}
		risk[i] = num.Expit(eta)
		if r.Float64() < risk[i] {
			y[i] = 1
		}
		t := r.ExpFloat64() * 1000
		d.Event[i] = t <= 730
		d.Time[i] = math.Ceil(min(t, 730))
	}
	near := func(b *testing.B, what string, got, want, within float64) {
		b.Helper()
		if !(math.Abs(got-want) <= within) { // NaN too
			b.Fatalf("%s is %v, want %v ± %v", what, got, want, within)
		}
	}
	b.Run("ridge", func(b *testing.B) {
		for b.Loop() {
			f, err := glm.Logistic(x, y, n, p, glm.Options{PriorSD: []float64{1}})
			if err != nil {
				b.Fatal(err)
			}
			for j := 1; j <= p; j++ {
				near(b, "a coefficient", f.Coef[j], .3, .01)
			}
		}
	})
	b.Run("Kaplan-Meier", func(b *testing.B) {
		for b.Loop() {
			km, err := survival.KaplanMeier(d)
			if err != nil {
				b.Fatal(err)
			}
			near(b, "a year's survival", km.At(365, .95).Surv, math.Exp(-.365), .001)
		}
	})
	b.Run("AUC", func(b *testing.B) {
		for b.Loop() {
			a, err := discrim.NewAUC(y, risk)
			if err != nil {
				b.Fatal(err)
			}
			near(b, "the AUC", a.AUC, .68, .01)
			near(b, "its standard error", math.Sqrt(a.Var), .0003, .0002)
		}
	})
	b.Run("isotonic", func(b *testing.B) {
		for b.Loop() {
			f, err := discrim.FitIsotonic(risk, y, nil)
			if err != nil {
				b.Fatal(err)
			}
			near(b, "the curve at .1", f.Predict(.1), .1, .01)
		}
	})
	b.Run("concordance", func(b *testing.B) {
		for b.Loop() {
			c, err := survival.Concord(d, risk, nil, nil, survival.Uno)
			if err != nil {
				b.Fatal(err)
			}
			near(b, "the C of an unrelated risk", c.C, .5, .002)
		}
	})
}
