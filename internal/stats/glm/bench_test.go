package glm

import (
	"math"
	"testing"

	"kept/internal/stats/num"
)

// bench is the design of the speed table: half normal, half binary columns and
// about 8 % events.
func bench(n, p int) (x, y []float64) {
	r := num.Rand(7, uint64(n), uint64(p))
	x, y = make([]float64, n*p), make([]float64, n)
	for i := range n {
		eta := -2.9
		for j := range p {
			v := r.NormFloat64()
			if j >= p/2 {
				v = float64(r.IntN(2))
			}
			x[i*p+j] = v
			eta += 0.3 * math.Sin(float64(j)) * v
		}
		if r.Float64() < num.Expit(eta) {
			y[i] = 1
		}
	}
	return x, y
}

const benchN, benchP = 100_000, 20

func BenchmarkRidge(b *testing.B) {
	x, y := bench(benchN, benchP)
	for b.Loop() {
		if _, err := Logistic(x, y, benchN, benchP, Options{PriorSD: []float64{1}}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkElasticNetPath(b *testing.B) {
	x, y := bench(benchN, benchP)
	for b.Loop() {
		path, err := ElasticNetPath(x, y, benchN, benchP, 100, 0, ENetOptions{Alpha: 0.5, Standardize: true, Lower: math.Inf(-1)})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(path)), "lambdas")
	}
}

func BenchmarkPredict(b *testing.B) {
	x, y := bench(benchN, benchP)
	f, err := Logistic(x, y, benchN, benchP, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f.Predict(x, benchN)
	}
}

func BenchmarkPriorAverage(b *testing.B) {
	x, y := bench(200, 15)
	m := make([]float64, 15)
	for j := range m {
		m[j] = 0.3
	}
	for b.Loop() {
		if _, err := PriorAverage(x, y, m, 200, 15, BMAOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
