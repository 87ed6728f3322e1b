package validate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"kept/internal/stats/num"
	"kept/internal/stats/prop"
)

// TestCoverage draws companies whose AUC and rates are known and counts how often
// the intervals hold them: within three Monte-Carlo errors of what they promise.
func TestCoverage(t *testing.T) {
	const runs = 200
	m := made{accounts: 150, cutOffs: 5, intercept: -2.4, slope: 1, noise: .5}
	big := m
	big.accounts, big.seed = 60_000, 999
	d, _ := big.data()
	short := func(d *Dataset) { d.DataEnd = d.Plan.CutOffs[m.cutOffs-1].Add(d.Spec.Horizon + d.Spec.Lapse()) }
	short(d)
	truth := Walk(d, HandScore{}, nil).pool()
	auc := rankOf(truth.risk, truth.y, truth.cluster).auc
	timed := Report{}
	timed.timing(d, truth)
	rate := float64(countLeft(truth)) / float64(len(truth.rows))
	hits := map[string]int{}
	for seed := range uint64(runs) {
		m.seed = 1000 + seed
		d, _ := m.data()
		short(d)
		b := Walk(d, HandScore{}, nil)
		p := b.pool()
		low, high := rankOf(p.risk, p.y, p.cluster).interval()
		if low <= auc && auc <= high {
			hits["auc"]++
		}
		r := Report{}
		r.timing(d, p)
		for name, e := range map[string][2]Estimate{
			"Harrell's C":        {r.Timing.Harrell, timed.Timing.Harrell},
			"Uno's C":            {r.Timing.Uno, timed.Timing.Uno},
			"AUC in half a year": {r.Timing.Points[3].AUC, timed.Timing.Points[3].AUC},
			"AUC in thirty days": {r.Timing.Points[0].AUC, timed.Timing.Points[0].AUC},
		} {
			if truth := *e[1].Value; *e[0].Low <= truth && truth <= *e[0].High {
				hits[name]++
			}
		}
		if n := float64(len(p.rows)); prop.WilsonShare(float64(countLeft(p))/n, n, Level).Contains(rate) {
			hits["base rate"]++
		}
	}
	se := math.Sqrt(Level * (1 - Level) / runs)
	for name, n := range hits {
		got := float64(n) / runs
		t.Logf("%s: %.3f of %d intervals hold the truth (Monte-Carlo error %.3f)", name, got, runs, se)
		if math.Abs(got-Level) > 3*se {
			t.Errorf("the interval of the %s covers %.3f, promised %.2f", name, got, Level)
		}
	}
}

// challenge is a hand score and a challenger of given noises around the same risk.
func challenge(accounts int, intercept, hand, other float64, seed uint64) Claim {
	d, risk := made{accounts: accounts, cutOffs: 6, intercept: intercept, slope: 1.2, noise: hand, seed: seed}.data()
	r := rand.New(rand.NewPCG(seed, 99))
	column := make(columnForecast, len(risk))
	for i, x := range risk {
		column[i] = x + other*r.NormFloat64()
	}
	return Beats(Walk(d, HandScore{}, nil), Walk(d, column, nil), 1)
}

// TestBeats: a clear gain is claimed, a loss is called one, and under the null a
// claim is rare.
func TestBeats(t *testing.T) {
	if c := challenge(800, -2.6, 2, .1, 4); c.Verdict != ClaimBeats || len(c.Conditions) != 7 {
		t.Errorf("a clear gain: %s %s %+v", c.Verdict, c.Sentence, c.Conditions)
	}
	if c := challenge(800, -2.6, .1, 2, 4); c.Verdict != ClaimWorse {
		t.Errorf("a clear loss: %s %s", c.Verdict, c.Sentence)
	}
	if c := challenge(60, -4, 2, .1, 4); c.Verdict == ClaimBeats || c.Events >= beatsFrom {
		t.Errorf("with %d departures: %s", c.Events, c.Sentence)
	}
	if c := challenge(400, -2.6, 40, 40, 4); c.Verdict != ClaimHandIsWeak {
		t.Errorf("a useless hand score: %s %s", c.Verdict, c.Sentence)
	}
	false0 := 0
	const runs = 60
	for seed := range uint64(runs) {
		if challenge(200, -2.6, .6, .6, 500+seed).Verdict == ClaimBeats {
			false0++
		}
	}
	// P(X ≥ 8 of 60) at 5 % is .011.
	if false0 >= 8 {
		t.Errorf("%d of %d claims under the null", false0, runs)
	}
}

// BenchmarkBeats measures false claims under the null and power by simulation:
// go test ./internal/validate -run xxx -bench Beats -benchtime 1x.
func BenchmarkBeats(b *testing.B) {
	for _, c := range []struct {
		name        string
		hand, other float64
	}{{"null", .6, .6}, {"modest gain", .8, .6}, {"large gain", 1.5, .6}, {"bad hand score", 40, .6}} {
		for _, accounts := range []int{40, 80, 200, 500} {
			b.Run(fmt.Sprintf("%s/accounts=%d", c.name, accounts), func(b *testing.B) {
				const runs = 120
				for b.Loop() {
					claims, higher, loss, events := 0, 0, 0, 0
					for seed := range uint64(runs) {
						claim := challenge(accounts, -2.6, c.hand, c.other, 7000+seed)
						events += claim.Events
						if claim.Verdict == ClaimBeats {
							claims++
						}
						if claim.DeltaAUC.Value != nil && *claim.DeltaAUC.Value > 0 {
							higher++
						}
						if claim.Gain.Low != nil && *claim.Gain.Low > 0 {
							loss++
						}
					}
					b.ReportMetric(float64(events)/runs, "departures")
					b.ReportMetric(float64(higher)/runs, "auc-higher")
					b.ReportMetric(float64(loss)/runs, "log-loss-alone")
					b.ReportMetric(float64(claims)/runs, "claims")
				}
			})
		}
	}
}

// TestNeeded: the number of departures that a refusal names is the one at which
// Hanley and McNeil's variance gives the promised power.
func TestNeeded(t *testing.T) {
	n := needed(Estimate{N: 1000, Events: 100}, .65)
	if n < 25 || n > 60 {
		t.Errorf("an AUC of .65 at a rate of 10 %% needs %d departures", n)
	}
	if more := needed(Estimate{N: 1000, Events: 100}, .55); more < 5*n {
		t.Errorf("a weaker score needs %d, a fair one %d", more, n)
	}
	if z := num.ZFor(Level); math.Abs(z-1.959964) > 1e-6 {
		t.Errorf("z = %v", z)
	}
}
