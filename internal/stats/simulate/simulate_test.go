package simulate

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/fault"
	"kept/internal/stats/num"
)

func cohort(n int) ([]Account, []int64, []float64) {
	r := num.Rand(11)
	out, amounts, churn := make([]Account, n), make([]int64, n), make([]float64, n)
	for i := range out {
		amounts[i] = int64(1 + r.IntN(50))
		churn[i] = 0.02 + 0.3*r.Float64()
		out[i] = Account{ARR: float64(amounts[i]), LogOdds: num.Logit(churn[i]), Quarter: i % 4}
	}
	return out, amounts, churn
}

func TestAgainstExact(t *testing.T) {
	accounts, amounts, churn := cohort(60)
	exact, err := RetainedARR(amounts, churn)
	if err != nil {
		t.Fatal(err)
	}
	const draws = 20_000
	f, err := Renewals(accounts, Model{}, draws, 5)
	if err != nil {
		t.Fatal(err)
	}
	mean, sd := exact.Mean()/f.Start, math.Sqrt(exact.Var())/f.Start
	if got := num.Mean(f.GRR); math.Abs(got-mean) > 4*sd/math.Sqrt(draws) {
		t.Errorf("mean GRR %v, exact %v", got, mean)
	}
	for _, p := range []float64{.05, .25, .5, .75, .95} {
		at, below := exact.Quantile(p), 0.0
		want := exact.CDF(at)
		for _, g := range f.GRR {
			if g*f.Start <= at+1e-6 {
				below++
			}
		}
		if got := below / draws; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/draws) {
			t.Errorf("P(retained ≤ %v) = %v, exact %v", at, got, want)
		}
	}
	if c := f.Carriers(accounts, 5); len(c) != 5 || c[0].Share < c[4].Share || c[0].Share <= 0 {
		t.Errorf("carriers %+v", c)
	}
}

func TestSharedShockWidens(t *testing.T) {
	accounts, _, _ := cohort(200)
	width := func(m Model) float64 {
		f, err := Renewals(accounts, m, 4000, 1)
		if err != nil {
			t.Fatal(err)
		}
		lo, _, hi := Interval(f.GRR, 0.8)
		return hi - lo
	}
	plain, shock := width(Model{}), width(Model{Shock: 0.5})
	if shock < 1.2*plain {
		t.Errorf("80 %% width %v with a shock, %v without", shock, plain)
	}
	for i := range accounts {
		accounts[i].X = []float64{1, float64(i%5) - 2}
	}
	if param := width(Model{Cov: []float64{0.04, 0, 0, 0.01}}); param < 1.05*plain {
		t.Errorf("80 %% width %v with uncertain coefficients, %v without", param, plain)
	}
}

func TestSizes(t *testing.T) {
	accounts := []Account{{ARR: 100, LogOdds: -40}, {ARR: 300, LogOdds: -40}}
	m := Model{Sizes: []Sizes{{Contract: 0.5, Expand: 0.5, ContractLog: []float64{math.Log(0.8)}, ExpandLog: []float64{math.Log(1.5)}}}}
	f, err := Renewals(accounts, m, 20_000, 2)
	if err != nil {
		t.Fatal(err)
	}
	// Mean GRR 1 − ½·.2, mean NRR 1 + ½(.5 − .2).
	if g, n := num.Mean(f.GRR), num.Mean(f.NRR); math.Abs(g-0.9) > 0.003 || math.Abs(n-1.15) > 0.007 {
		t.Errorf("mean GRR %v, NRR %v, want .9 and 1.15", g, n)
	}
	for d, g := range f.GRR {
		if g > 1+1e-12 || f.NRR[d] < g-1e-12 {
			t.Fatalf("draw %d: GRR %v, NRR %v", d, g, f.NRR[d])
		}
	}
}

func TestSameBytesAtAnyGOMAXPROCS(t *testing.T) {
	accounts, _, _ := cohort(50)
	run := func(procs int) *Forecast {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		f, err := Renewals(accounts, Model{Shock: 0.3, Shocks: []float64{.1, .2, .5}}, 700, 9)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if d := cmp.Diff(run(1), run(4)); d != "" {
		t.Error(d)
	}
}

// TestCommonRandomNumbers: saving one account changes the draws in which it left,
// and no other.
func TestCommonRandomNumbers(t *testing.T) {
	accounts, _, _ := cohort(30)
	a, _ := Renewals(accounts, Model{Shock: 0.3}, 500, 4)
	accounts[7].LogOdds = -40
	b, _ := Renewals(accounts, Model{Shock: 0.3}, 500, 4)
	step := accounts[7].ARR / a.Start
	for d := range a.GRR {
		if v := b.GRR[d] - a.GRR[d]; math.Abs(v) > 1e-12 && math.Abs(v-step) > 1e-12 {
			t.Fatalf("draw %d moved by %v, want 0 or %v", d, v, step)
		}
	}
}

func TestShockPosterior(t *testing.T) {
	prior, err := EstimateShock(nil, DefaultShockScale)
	if err != nil || math.Abs(prior.Mean-DefaultShockScale*math.Sqrt(2/math.Pi)) > 0.004 {
		t.Fatalf("prior %+v %v", prior, err)
	}
	simulate := func(sd float64) *ShockPosterior {
		r := num.Rand(3)
		past := make([]Quarter, 40)
		for q := range past {
			u := sd * r.NormFloat64()
			for range 200 {
				past[q].LogOdds = append(past[q].LogOdds, -2)
				past[q].Churned = append(past[q].Churned, r.Float64() < num.Expit(-2+u))
			}
		}
		p, err := EstimateShock(past, DefaultShockScale)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	calm, rough := simulate(0), simulate(0.6)
	if calm.Mean > 0.15 || rough.Lo > 0.6 || rough.Hi < 0.6 || math.Abs(num.Sum(rough.Weight)-1) > 1e-12 {
		t.Errorf("calm %v, rough %v (%v to %v), want below .15 and .6 inside", calm.Mean, rough.Mean, rough.Lo, rough.Hi)
	}
	if d := rough.Draws(1000); math.Abs(num.Mean(d)-rough.Mean) > 0.005 {
		t.Errorf("mean of the draws %v, of the posterior %v", num.Mean(d), rough.Mean)
	}
}

func TestBadInput(t *testing.T) {
	ok, _, _ := cohort(3)
	with := func(f func(a []Account)) []Account { a, _, _ := cohort(3); f(a); return a }
	for name, c := range map[string]struct {
		a     []Account
		m     Model
		draws int
	}{
		"empty":           {nil, Model{}, 10},
		"no draws":        {ok, Model{}, 0},
		"NaN ARR":         {with(func(a []Account) { a[1].ARR = math.NaN() }), Model{}, 10},
		"NaN log-odds":    {with(func(a []Account) { a[1].LogOdds = math.NaN() }), Model{}, 10},
		"no ARR":          {with(func(a []Account) { a[0].ARR, a[1].ARR, a[2].ARR = 0, 0, 0 }), Model{}, 10},
		"negative shock":  {ok, Model{Shock: -1}, 10},
		"shares above 1":  {ok, Model{Sizes: []Sizes{{Contract: 0.7, Expand: 0.7}}}, 10},
		"no sizes to use": {ok, Model{Sizes: []Sizes{{Contract: 0.2}}}, 10},
		"bad covariance":  {with(func(a []Account) { a[0].X, a[1].X, a[2].X = []float64{1}, []float64{1}, []float64{1} }), Model{Cov: []float64{-1}}, 10},
	} {
		if _, err := Renewals(c.a, c.m, c.draws, 1); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want an error of the kind invalid", name, err)
		}
	}
	f, err := Renewals(with(func(a []Account) { a[0].LogOdds, a[1].LogOdds = math.Inf(1), math.Inf(-1) }), Model{Shock: 1}, 50, 1)
	if err != nil || f.Churn[0] != 1 || f.Churn[1] != 0 {
		t.Errorf("sure fates: %+v %v", f, err)
	}
	if _, err := RetainedARR([]int64{1 << 60, 1}, []float64{.1, .1}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a grid that does not fit: %v", err)
	}
	if _, err := NewOneFactor(10, 0.1, 1); !fault.Is(err, fault.Invalid) {
		t.Errorf("a correlation of 1: %v", err)
	}
	if q, err := NewQueue(12, 10); err != nil || q.ErlangC != 1 || !math.IsInf(q.MeanWait, 1) {
		t.Errorf("an overloaded desk: %+v %v", q, err)
	}
	if n, err := ServersFor(10, 0.45); err != nil || n != 12 {
		t.Errorf("servers for 10 at 45 %%: %d %v, want 12", n, err)
	}
}

func ExampleCheckCoverage() {
	b, _ := CheckCoverage([]float64{.8, .82, .79}, []float64{.9, .93, .88}, []float64{.85, .95, .8})
	fmt.Printf("%d of %d quarters inside\n", b.Inside, b.Of)
	// Output: 2 of 3 quarters inside
}

func BenchmarkRenewals(b *testing.B) {
	accounts, _, _ := cohort(1000)
	sizes := []Sizes{{Contract: 0.1, Expand: 0.3, ContractLog: []float64{-.2, -.1}, ExpandLog: []float64{.05, .1, .3}}}
	for name, m := range map[string]Model{"fates": {}, "shock": {Shock: 0.3}, "sizes": {Shock: 0.3, Sizes: sizes}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Renewals(accounts, m, 10_000, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
