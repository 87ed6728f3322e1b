package discrim

import (
	"testing"

	"kept/internal/stats/num"
)

const benchN = 100_000

func bench() (y, s []float64) {
	r := num.Rand(3)
	y, s = make([]float64, benchN), make([]float64, benchN)
	for i := range y {
		eta := -2.6 + r.NormFloat64()
		s[i] = num.Expit(eta)
		if r.Float64() < s[i] {
			y[i] = 1
		}
	}
	return y, s
}

func BenchmarkArea(b *testing.B) {
	y, s := bench()
	for b.Loop() {
		if _, err := Area(y, s, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDeLong(b *testing.B) {
	y, s := bench()
	for b.Loop() {
		if _, err := NewAUC(y, s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIsotonic(b *testing.B) {
	y, s := bench()
	for b.Loop() {
		if _, err := FitIsotonic(s, y, nil); err != nil {
			b.Fatal(err)
		}
	}
}
