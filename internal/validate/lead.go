package validate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"kept/internal/stats/num"
)

// aheadDays are the distances at which the warning is looked up, besides the
// horizon itself, which comes first.
var aheadDays = []int{14, 30, 60, 90, 180}

// departure is one account leaving at an instant.
type departure struct {
	account int
	at      time.Time
}

func (d *Dataset) allDepartures() []departure {
	var out []departure
	for a := range d.Accounts {
		for _, t := range d.Accounts[a].Life.Departures {
			out = append(out, departure{a, t})
		}
	}
	return out
}

// weekAt returns the last week at or before an instant, −1 for none.
func (d *Dataset) weekAt(t time.Time) int {
	return sort.Search(len(d.Plan.Weeks), func(i int) bool { return d.Plan.Weeks[i].After(t) }) - 1
}

// ahead says how many of those who left were in the worst band some days
// before. The first is for the horizon, the others ascend.
func (d *Dataset) ahead() []Ahead {
	horizon := int(d.Spec.Horizon / Day)
	days := []int{horizon}
	for _, n := range aheadDays {
		if n != horizon {
			days = append(days, n)
		}
	}
	gone := d.allDepartures()
	// The share in the worst band, week by week: what chance would find.
	shares := make([]float64, len(d.Plan.Weeks))
	for w := range shares {
		n, red := 0, 0
		for a := range d.Accounts {
			if !math.IsNaN(d.Weekly[w][a]) {
				n++
				if d.WeeklyBand[w][a] == 0 {
					red++
				}
			}
		}
		shares[w] = float64(red) / float64(max(n, 1))
	}
	out := []Ahead{}
	for _, n := range days {
		one := Ahead{Days: n}
		var chances []float64
		for _, g := range gone {
			w := d.weekAt(g.at.Add(-time.Duration(n) * Day))
			if w < 0 || math.IsNaN(d.Weekly[w][g.account]) {
				continue
			}
			// A week older than one step says nothing about that day.
			one.Left++
			one.ByChance += shares[w]
			chances = append(chances, shares[w])
			if d.WeeklyBand[w][g.account] == 0 {
				one.Red++
			}
		}
		one.Share = share(one.Red, one.Left, Counted)
		if one.Left >= descriptiveFrom {
			one.PValue = pointer(atLeast(chances, one.Red))
		}
		out = append(out, one)
	}
	return out
}

// atLeast is P(at least k successes) of independent trials of given chances,
// exact for up to 2,000 trials, normal with a correction of ½ above.
func atLeast(chances []float64, k int) float64 {
	if len(chances) > 2000 {
		mean, variance := 0.0, 0.0
		for _, p := range chances {
			mean += p
			variance += p * (1 - p)
		}
		if variance == 0 {
			return 1
		}
		return num.NormCDF(-(float64(k) - .5 - mean) / math.Sqrt(variance))
	}
	dist := make([]float64, len(chances)+1)
	dist[0] = 1
	for i, p := range chances {
		for j := i + 1; j > 0; j-- {
			dist[j] = dist[j]*(1-p) + dist[j-1]*p
		}
		dist[0] *= 1 - p
	}
	sum := 0.0
	for j := len(dist) - 1; j >= k && j >= 0; j-- {
		sum += dist[j]
	}
	return min(sum, 1)
}

// leadWeeks is how far back a run of the worst band is followed.
const leadWeeks = 26

// lead follows each departure back through the weeks that it was in the worst band.
func (d *Dataset) lead() Lead {
	labels := []string{"not " + d.red(), "under 30 days", "30 to 59 days", "60 to 89 days", "90 to 179 days", "180 days and more"}
	counts := make([]int, len(labels))
	var l Lead
	var turned []float64
	for _, g := range d.allDepartures() {
		last := d.weekAt(g.at.Add(-time.Second))
		if last < 0 || g.at.Sub(d.Plan.Weeks[last]) > 14*Day || math.IsNaN(d.Weekly[last][g.account]) {
			continue
		}
		l.Left++
		if d.WeeklyBand[last][g.account] != 0 {
			counts[0]++
			continue
		}
		first := last
		for first > 0 && last-first < leadWeeks && d.WeeklyBand[first-1][g.account] == 0 && !math.IsNaN(d.Weekly[first-1][g.account]) {
			first--
		}
		days := g.at.Sub(d.Plan.Weeks[first]).Hours() / 24
		turned = append(turned, days)
		switch {
		case days < 30:
			counts[1]++
		case days < 60:
			counts[2]++
		case days < 90:
			counts[3]++
		case days < 180:
			counts[4]++
		default:
			counts[5]++
		}
	}
	l.Turned = len(turned)
	l.Histogram = []LeadCount{}
	for i, label := range labels {
		l.Histogram = append(l.Histogram, LeadCount{label, counts[i]})
	}
	l.Median = medianEstimate(turned, l.Left)
	switch {
	case l.Left == 0:
		l.Words = "No departure could be followed week by week."
	case l.Median.Value == nil:
		l.Words = fmt.Sprintf("Of %s, %s in the last week before.", d.leavers(l.Left), d.wereRed(l.Turned))
	default:
		l.Words = fmt.Sprintf("Of %s, %s in the last week before; half of these had been so for %.0f days or longer (95 %%: %.0f to %.0f).",
			d.leavers(l.Left), d.wereRed(l.Turned), *l.Median.Value, *l.Median.Low, *l.Median.High)
	}
	return l
}

// medianEstimate is the median with a percentile bootstrap over departures.
func medianEstimate(x []float64, n int) Estimate {
	e := Estimate{Level: Level, N: len(x), Events: n, Method: "percentile bootstrap over departures", Evidence: Counted}
	if len(x) < descriptiveFrom {
		e.Why = fmt.Sprintf("Needs %d departures that turned; there are %d.", descriptiveFrom, len(x))
		return e
	}
	slices.Sort(x)
	medians := make([]float64, Resamples)
	draw := make([]float64, len(x))
	for b := range medians {
		r := rand.New(rand.NewPCG(seed, uint64(b))) //nolint:gosec // resampling is no secret
		for i := range draw {
			draw[i] = x[r.IntN(len(x))]
		}
		slices.Sort(draw)
		medians[b] = num.QuantileSorted(draw, .5)
	}
	slices.Sort(medians)
	e.Value, e.Low, e.High = pointer(num.QuantileSorted(x, .5)), pointer(num.QuantileSorted(medians, (1-Level)/2)), pointer(num.QuantileSorted(medians, 1-(1-Level)/2))
	return e
}
