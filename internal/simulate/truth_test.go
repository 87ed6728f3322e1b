package simulate

import (
	"slices"
	"testing"

	"kept/internal/usage"
)

// auc is the chance that a random positive has a higher score than a random
// negative (Mann-Whitney, ties half).
func auc(pos, neg []float64) float64 {
	sum := 0.0
	slices.Sort(neg)
	for _, p := range pos {
		lo, _ := slices.BinarySearch(neg, p)
		hi := lo
		for hi < len(neg) && neg[hi] == p {
			hi++
		}
		sum += float64(lo) + float64(hi-lo)/2
	}
	return sum / float64(len(pos)*len(neg))
}

// TestHealthPredictsChurn asks, at each end of a term that is not monthly, who
// leaves: latent health 90 days before must tell well, and what usage shows of it
// must tell something, but not everything.
func TestHealthPredictsChurn(t *testing.T) {
	var left, stayed, leftUse, stayedUse []float64
	for seed := range uint64(2) {
		c := company(t, Config{Seed: seed, Accounts: 600})
		for i, a := range c.Truth().Accounts {
			if len(a.Decisions) == 0 || c.sims[i].term == 1 {
				continue
			}
			daily := logins(t, c, i)
			for _, d := range a.Decisions {
				at := c.dayOf(d.At) - 90
				if at < 60 || at-c.sims[i].since < 90 {
					continue
				}
				h := -a.Health[at/7-a.Week0]
				use := 0.0
				for k := at - 30; k < at; k++ {
					use -= float64(daily[k])
				}
				use /= float64(c.sims[i].seatsOn(analytics, at))
				if d.Left {
					left, leftUse = append(left, h), append(leftUse, use)
				} else {
					stayed, stayedUse = append(stayed, h), append(stayedUse, use)
				}
			}
		}
	}
	truth, proxy := auc(left, stayed), auc(leftUse, stayedUse)
	t.Logf("%d left, %d stayed: AUC of latent health %.3f, of logins per seat %.3f", len(left), len(stayed), truth, proxy)
	if truth <= 0.8 {
		t.Errorf("latent health 90 days before: AUC %.3f, want above 0.8", truth)
	}
	if proxy < 0.65 || proxy > 0.9 {
		t.Errorf("logins per seat 90 days before: AUC %.3f, want 0.65 to 0.9", proxy)
	}
}

// logins counts logins by day.
func logins(t *testing.T, c *Company, i int) []int {
	t.Helper()
	out := make([]int, c.days)
	err := c.Events(i, func(e usage.Event) error {
		if e.Name == "login" {
			out[c.dayOf(e.At)]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestChurnIsCalibrated pools seeds, because one company of 400 has too few
// churns to tell.
func TestChurnIsCalibrated(t *testing.T) {
	for _, want := range []float64{0.06, 0.12, 0.25} {
		churns, years := 0, 0.0
		for seed := range uint64(6) {
			c := company(t, Config{Seed: 100 + seed, Accounts: 500, AnnualChurn: want})
			for i, a := range c.Truth().Accounts {
				stop := c.cfg.End
				if len(a.Churned) > 0 {
					churns++
					stop = a.Churned[0]
				}
				years += float64(c.dayOf(stop)-max(0, c.sims[i].since)) / 365.25
			}
		}
		got := float64(churns) / years
		t.Logf("%d churns in %.0f account-years: %.4f for %.2f", churns, years, got, want)
		if got < 0.85*want || got > 1.15*want {
			t.Errorf("churn %.4f a year, want %.2f within 15 %%", got, want)
		}
	}
}

// TestProgramEffects: the randomised programme's effect is the difference of the
// arms; the observational one's looks harmful although it helps.
func TestProgramEffects(t *testing.T) {
	var arms [2][]float64
	var sponsored, others []float64
	for seed := range uint64(6) {
		c := company(t, Config{Seed: 200 + seed, Accounts: 500})
		for i, a := range c.Truth().Accounts {
			done := map[string]bool{}
			for _, p := range a.Assignments {
				done[p.Program] = true
				mean := func(path []float64) float64 {
					sum, n := 0.0, 0
					for w := p.From; w < min(p.To, a.Week0+len(path)); w++ {
						sum, n = sum+path[w-a.Week0], n+1
					}
					return sum / float64(max(n, 1))
				}
				if p.Program == sponsorKey {
					sponsored = append(sponsored, mean(a.Health))
					continue
				}
				if p.To > c.weeks {
					continue
				}
				if p.Arm == string(armTreated) {
					arms[0] = append(arms[0], mean(a.Health))
				} else {
					arms[1] = append(arms[1], mean(a.Health))
					if diff := mean(a.Health) - mean(a.WithoutPrograms); !done[sponsorKey] && diff != 0 && c.sims[i].sponsor.arm == armNone {
						t.Errorf("%s is held out and gains %.3f", a.External, diff)
					}
				}
			}
			if !done[sponsorKey] && c.sims[i].segment <= growth {
				others = append(others, average(a.Health))
			}
		}
	}
	lift := average(arms[0]) - average(arms[1])
	naive := average(sponsored) - average(others)
	t.Logf("academy: %d treated, %d held out, lift %.3f (truth %.2f); sponsor: %d, naive %.3f (truth %.2f)", len(arms[0]), len(arms[1]), lift, academyEffect, len(sponsored), naive, sponsorEffect)
	if lift < academyEffect-0.15 || lift > academyEffect+0.15 {
		t.Errorf("difference of the arms is %.3f, want %.2f ± 0.15", lift, academyEffect)
	}
	if naive > sponsorEffect-0.2 {
		t.Errorf("the sponsor programme is not confounded: naive difference %.3f, truth %.2f", naive, sponsorEffect)
	}
}

func average(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}
