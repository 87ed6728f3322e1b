package resample

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/fault"
)

func scores(n int, seed uint64) (y, s []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		v := float64(i & 1)
		y, s = append(y, v), append(s, v+r.NormFloat64())
	}
	return y, s
}

func TestSameBytesAtAnyGOMAXPROCS(t *testing.T) {
	y, s := scores(400, 1)
	stat, err := AUC(y, s)
	if err != nil {
		t.Fatal(err)
	}
	cluster := make([]int, 400)
	for i := range cluster {
		cluster[i] = i / 4
	}
	run := func(procs int) [][]float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		rows, err := Bootstrap(400, Options{Draws: 100, Seed: 3}, stat)
		if err != nil {
			t.Fatal(err)
		}
		accounts, err := Bootstrap(400, Options{Draws: 100, Seed: 3, Cluster: cluster}, stat)
		if err != nil {
			t.Fatal(err)
		}
		perm, err := Permute(400, 99, 3, cluster, func(p []int) float64 {
			d := 0.0
			for i, j := range p {
				d += y[i] * s[j]
			}
			return d
		})
		if err != nil {
			t.Fatal(err)
		}
		return [][]float64{rows.Values, accounts.Values, perm.Values, {perm.P}}
	}
	if d := cmp.Diff(run(1), run(4)); d != "" {
		t.Error(d)
	}
}

func TestBadInput(t *testing.T) {
	y, s := scores(20, 2)
	for name, c := range map[string][2][]float64{
		"one class": {make([]float64, 20), s}, "NaN": {y, append([]float64{math.NaN()}, s[1:]...)}, "lengths": {y, s[1:]}, "empty": {nil, nil},
	} {
		if _, err := AUC(c[0], c[1]); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want an error of the kind invalid", name, err)
		}
	}
	if _, err := Bootstrap(0, Options{}, Mean(nil)); !fault.Is(err, fault.Invalid) {
		t.Errorf("no rows: %v", err)
	}
	if _, err := Bootstrap(5, Options{Draws: 50}, func([]int32) float64 { return math.NaN() }); !fault.Is(err, fault.Invalid) {
		t.Errorf("a statistic that does not exist: %v", err)
	}
	if _, err := Bootstrap(5, Options{Cluster: []int{0, 0, 2, 2, 2}}, Mean(make([]float64, 5))); !fault.Is(err, fault.Invalid) {
		t.Errorf("a cluster without rows: %v", err)
	}
	b, err := Bootstrap(5, Options{Draws: 50}, Mean([]float64{4, 4, 4, 4, 4}))
	if err != nil {
		t.Fatal(err)
	}
	if lo, hi := b.Percentile(0.95); lo != 4 || hi != 4 {
		t.Errorf("a constant has the interval %v to %v", lo, hi)
	}
	if _, err := b.BCa(0.95); !fault.Is(err, fault.Invalid) {
		t.Errorf("BCa of a constant: %v, want a refusal", err)
	}
	few := []float64{1, 0, 0, 0, 0, 0}
	stat, _ := AUC(few, []float64{3, 1, 4, 1, 5, 2})
	one, err := Bootstrap(6, Options{Draws: 200, Seed: 1}, stat)
	if err != nil || one.Failed == 0 {
		t.Fatalf("one event: %+v %v, want failed draws to be counted", one, err)
	}
	if _, err := one.BCa(0.95); !fault.Is(err, fault.Invalid) {
		t.Errorf("BCa with one event: %v, want a refusal", err)
	}
	if _, err := Adjust([]float64{0.1, 1.2}, BH); !fault.Is(err, fault.Invalid) {
		t.Errorf("a p above 1: %v", err)
	}
	if p, err := Adjust([]float64{0.01, math.NaN(), 0.04}, BH); err != nil || p[0] != 0.02 || !math.IsNaN(p[1]) || p[2] != 0.04 {
		t.Errorf("a test not made: %v %v", p, err)
	}
	if p, err := Adjust(nil, Hommel); err != nil || len(p) != 0 {
		t.Errorf("no tests: %v %v", p, err)
	}
	for _, c := range []struct {
		x   []float64
		p   float64
		typ int
	}{{nil, 0.5, 7}, {[]float64{1, math.NaN()}, 0.5, 7}, {s, 1.5, 7}, {s, 0.5, 10}} {
		if _, err := Quantile(c.x, c.p, c.typ); !fault.Is(err, fault.Invalid) {
			t.Errorf("Quantile(%v, %v, %d): %v", c.x, c.p, c.typ, err)
		}
	}
}

// TestFalseDiscoveries checks what BH promises: of the findings at .1, a share of
// at most .1·(share of nulls) is false on average.
func TestFalseDiscoveries(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const runs, tests, effects = 400, 40, 10
	sum, sq := 0.0, 0.0
	for range runs {
		p := make([]float64, tests)
		for i := range p {
			p[i] = r.Float64()
			if i < effects {
				p[i] = math.Pow(p[i], 8)
			}
		}
		adj, err := Adjust(p, BH)
		if err != nil {
			t.Fatal(err)
		}
		found, wrong := 0.0, 0.0
		for i, v := range adj {
			if v <= 0.1 {
				found++
				if i >= effects {
					wrong++
				}
			}
		}
		if found > 0 {
			sum, sq = sum+wrong/found, sq+(wrong/found)*(wrong/found)
		}
	}
	rate := sum / runs
	se := math.Sqrt((sq/runs - rate*rate) / runs)
	if want := 0.1 * (tests - effects) / tests; rate > want+3*se {
		t.Errorf("false discovery rate %.3f (± %.3f), want at most %.3f", rate, se, want)
	}
}

func BenchmarkAUC(b *testing.B) {
	y, s := scores(10_000, 4)
	for b.Loop() {
		stat, err := AUC(y, s)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Bootstrap(10_000, Options{Draws: 200, Seed: 1}, stat); err != nil {
			b.Fatal(err)
		}
	}
}
