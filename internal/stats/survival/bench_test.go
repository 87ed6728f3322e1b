package survival

import (
	"math"
	"testing"

	"kept/internal/stats/num"
)

const benchN, benchP = 100_000, 20

// bench is the follow-up of the speed table: whole days up to three years, about
// 43 % events, half normal and half binary columns.
func bench(n, p int) (d Data, x []float64) {
	r := num.Rand(11, uint64(n), uint64(p))
	x = make([]float64, n*p)
	for i := range n {
		eta := 0.0
		for j := range p {
			v := r.NormFloat64()
			if j >= p/2 {
				v = float64(r.IntN(2))
			}
			x[i*p+j] = v
			eta += 0.2 * math.Sin(float64(j)) * v
		}
		t := r.ExpFloat64() * 1200 * math.Exp(-eta)
		c := 200 + r.Float64()*1000
		d.Event = append(d.Event, t <= c && t <= 1095)
		d.Time = append(d.Time, max(1, math.Ceil(min(t, c, 1095))))
	}
	return d, x
}

// sliced cuts every follow-up into k start-stop rows.
func sliced(d Data, x []float64, p, k int) (Data, []float64) {
	var o Data
	var z []float64
	for i, t := range d.Time {
		from := 0.0
		for s := range k {
			to := math.Floor(t * float64(s+1) / float64(k))
			if to <= from {
				continue
			}
			o.Entry, o.Time = append(o.Entry, from), append(o.Time, to)
			o.Event = append(o.Event, d.Event[i] && to == t)
			z = append(z, x[i*p:(i+1)*p]...)
			from = to
		}
	}
	return o, z
}

func BenchmarkKaplanMeier(b *testing.B) {
	d, _ := bench(benchN, 1)
	for b.Loop() {
		if _, err := KaplanMeier(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLogRank(b *testing.B) {
	d, x := bench(benchN, 2)
	group := make([]int, benchN)
	for i := range group {
		group[i] = int(x[i*2+1])
	}
	for b.Loop() {
		if _, err := LogRankTest(d, group, 2, nil, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCox(b *testing.B) {
	d, x := bench(benchN, benchP)
	for b.Loop() {
		if _, err := FitCox(d, x, benchP, CoxOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCoxWithConcordance(b *testing.B) {
	d, x := bench(benchN, benchP)
	for b.Loop() {
		f, err := FitCox(d, x, benchP, CoxOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Concord(d, f.Linear(), nil, nil, Harrell); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCoxStartStop(b *testing.B) {
	d, x := bench(benchN/4, 5)
	d, x = sliced(d, x, 5, 4)
	for b.Loop() {
		if _, err := FitCox(d, x, 5, CoxOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(d.Time)), "rows")
}

func BenchmarkConcordance(b *testing.B) {
	d, x := bench(benchN, 4)
	risk := make([]float64, benchN)
	for i := range risk {
		risk[i] = x[i*4] + 0.3*x[i*4+1]
	}
	for b.Loop() {
		if _, err := Concord(d, risk, nil, nil, Harrell); err != nil {
			b.Fatal(err)
		}
	}
}
