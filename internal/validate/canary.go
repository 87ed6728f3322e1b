package validate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"kept/internal/stats/num"
	"kept/internal/stats/resample"
)

// Thresholds of the canaries. The .95 is that of statistics.md §3.3; the others
// are our own choice: a false alarm stops a report, so it takes three and a third
// standard errors, and a jump that is large as well.
const (
	permutations   = 12
	alarm          = 3.29 // two-sided 1 in 1,000
	suspiciousAUC  = .95
	suspiciousJump = .15
)

// canaries looks for leaks. They run in every validation.
func canaries(d *Dataset, f Forecaster, p *pool) []Canary {
	return []Canary{
		permuted(d, f, p),
		compared("planted", "A planted column that became known after the outcome is invisible", d.Proof.Planted,
			"The snapshot builder saw it: it uses what became known only after the cut-off."),
		rebuilt(d),
		leadCanary(d),
		featureCanary(d),
	}
}

// permuted runs the whole forecaster on outcomes that were shuffled within each
// cut-off: nothing is left to find, so an AUC away from ½ means that the
// forecaster sees the outcomes it is judged by.
func permuted(d *Dataset, f Forecaster, p *pool) Canary {
	c := Canary{Key: "permuted", Title: "With shuffled outcomes nothing is found", State: NotChecked}
	if p.events < descriptiveFrom || len(p.rows)-p.events < descriptiveFrom {
		c.Words = fmt.Sprintf("Too few departures (%d) to shuffle.", p.events)
		return c
	}
	aucs := make([]float64, permutations)
	se := 0.0
	var group sync.WaitGroup
	room := make(chan struct{}, 2)
	for k := range aucs {
		group.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			left := shuffled(d, uint64(k)) //nolint:gosec // a small index
			walk := Walk(d, f, left)
			auc, s := stratified(walk, func(r int32) bool { return left[r] })
			aucs[k] = auc
			if k == 0 {
				se = s
			}
		})
	}
	group.Wait()
	mean := 0.0
	for _, a := range aucs {
		mean += a / permutations
	}
	if math.IsNaN(mean) {
		c.Words = "The outcomes could not be shuffled within the cut-offs: each has one outcome only."
		return c
	}
	half := alarm * se / math.Sqrt(permutations)
	c.State = Held
	c.Words = fmt.Sprintf("AUC %s over %d shuffles; by chance it lies between %s and %s.", precise(mean), permutations, precise(.5-half), precise(.5+half))
	if math.Abs(mean-.5) > half {
		c.State = Fired
		c.Words += " The forecast sees the outcomes that it is judged by."
	}
	return c
}

// shuffled permutes the outcomes within each cut-off.
func shuffled(d *Dataset, k uint64) []bool {
	left := make([]bool, len(d.Rows))
	for i := range d.Rows {
		left[i] = d.Rows[i].Left
	}
	r := rand.New(rand.NewPCG(seed+1, k)) //nolint:gosec // a shuffle is no secret
	for from := 0; from < len(left); {
		to := from
		for to < len(left) && d.Rows[to].CutOff == d.Rows[from].CutOff {
			to++
		}
		part := left[from:to]
		r.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		from = to
	}
	return left
}

func compared(key, title string, c Comparison, bad string) Canary {
	out := Canary{Key: key, Title: title, State: Held, Words: c.Note}
	switch {
	case c.Compared == 0:
		out.State = NotChecked
		if out.Words == "" {
			out.Words = "There was nothing to compare."
		}
	case c.Different > 0:
		out.State = Fired
		out.Words = fmt.Sprintf("%s %d of %s differ, for example %s.", c.Note, c.Different, count(c.Compared, "score"), c.Example)
		if bad != "" {
			out.Words += " " + bad
		}
	default:
		out.Words = fmt.Sprintf("%s All %s are the same to the last bit.", c.Note, count(c.Compared, "score"))
	}
	return out
}

func rebuilt(d *Dataset) Canary {
	c := compared("rebuilt", "An old snapshot rebuilt today is the same", d.Proof.Rebuilt,
		"The past was rewritten: data were imported or edited with a date on which they were not known. Validate with the scores as recorded (history recorded), or, after a deliberate back-fill, compare only what was recorded since (past from).")
	if c.State == Fired && d.Spec.History == Recorded {
		// Recorded scores do not change when the past does.
		c.State = Held
		c.Words = fmt.Sprintf("%s %d of %s differ today. The scores judged here are those recorded at the time, which this does not touch.", d.Proof.Rebuilt.Note, d.Proof.Rebuilt.Different, count(d.Proof.Rebuilt.Compared, "score"))
	}
	return c
}

// leadCanary compares how well the score ranks leavers a week before they go
// with how well it does five weeks before: a jump means that the data know of
// the departure already.
func leadCanary(d *Dataset) Canary {
	c := Canary{Key: "lead", Title: "The ranking does not jump in the last weeks", State: NotChecked}
	late, early := d.placements(7), d.placements(35)
	var diff []float64
	sumLate, sumEarly := 0.0, 0.0
	for g, v := range late {
		if u, ok := early[g]; ok {
			diff = append(diff, v-u)
		}
	}
	if len(diff) < 2*descriptiveFrom {
		c.Words = fmt.Sprintf("Needs %d departures followed over five weeks; there are %d.", 2*descriptiveFrom, len(diff))
		return c
	}
	for _, g := range sortedKeys(late) {
		if u, ok := early[g]; ok {
			sumLate += late[g]
			sumEarly += u
		}
	}
	n := float64(len(diff))
	slices.Sort(diff)
	mean, sd := moments(diff)
	se := sd / math.Sqrt(n)
	c.State = Held
	c.Words = fmt.Sprintf("AUC %s a week before leaving, %s five weeks before (%s). A leak would show as a jump of more than %s.", figure(sumLate/n), figure(sumEarly/n), count(len(diff), "departure"), figure(suspiciousJump))
	if mean > suspiciousJump && mean > alarm*se {
		c.State = Fired
		c.Words += " The score falls at once when an account leaves: one of its inputs knows of the departure."
	}
	return c
}

func sortedKeys(m map[departure]float64) []departure {
	keys := make([]departure, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b departure) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return a.account - b.account
	})
	return keys
}

// placements returns, for each departure, the share of the accounts that stay
// which score higher than the leaver did some days before.
func (d *Dataset) placements(days int) map[departure]float64 {
	by := map[int][]departure{}
	for _, g := range d.allDepartures() {
		if w := d.weekAt(g.at.Add(-time.Duration(days) * Day)); w >= 0 && !math.IsNaN(d.Weekly[w][g.account]) {
			by[w] = append(by[w], g)
		}
	}
	out := map[departure]float64{}
	for w, gone := range by {
		var stay []float64
		for a := range d.Accounts {
			if s := d.Weekly[w][a]; !math.IsNaN(s) {
				if _, leaves := d.Accounts[a].Life.Leaves(d.Plan.Weeks[w], d.Spec.Horizon); !leaves {
					stay = append(stay, s)
				}
			}
		}
		if len(stay) == 0 {
			continue
		}
		slices.Sort(stay)
		for _, g := range gone {
			s := d.Weekly[w][g.account]
			below, _ := slices.BinarySearch(stay, s)
			upTo, _ := slices.BinarySearch(stay, math.Nextafter(s, math.Inf(1)))
			out[g] = (float64(len(stay)-upTo) + float64(upTo-below)/2) / float64(len(stay))
		}
	}
	return out
}

// featureCanary looks for an input that alone tells nearly all: in practice it
// is the outcome under another name.
func featureCanary(d *Dataset) Canary {
	c := Canary{Key: "feature", Title: "No single input tells nearly everything", State: NotChecked}
	if len(d.Features) == 0 {
		c.Words = "Recorded scores are judged without their inputs."
		return c
	}
	worst, at, n := 0.0, -1, 0
	for f, k := range d.featureRanks() {
		if k.events < descriptiveFrom || k.others < descriptiveFrom {
			continue
		}
		n++
		if v := max(k.auc, 1-k.auc); v > worst {
			worst, at = v, f
		}
	}
	if at < 0 {
		c.Words = fmt.Sprintf("Needs %d departures with a value.", descriptiveFrom)
		return c
	}
	c.State = Held
	c.Words = fmt.Sprintf("The strongest of %s alone is %q: AUC %s. Above %s it would be the outcome under another name.", count(n, "input"), d.Features[at].Title, figure(worst), figure(suspiciousAUC))
	if worst > suspiciousAUC {
		c.State = Fired
		c.Words = fmt.Sprintf("%q (%s) alone ranks leavers with AUC %s: it is the outcome under another name, or was recorded after it. Take it out of the scorecard, or mend when it became known.", d.Features[at].Title, d.Features[at].Key, precise(worst))
	}
	return c
}

// featureRanks ranks every input alone, high values as risk.
func (d *Dataset) featureRanks() []ranked {
	out := make([]ranked, len(d.Features))
	var group sync.WaitGroup
	room := make(chan struct{}, 2)
	for f := range d.Features {
		group.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			var risk []float64
			var y []bool
			var c []int32
			for r := range d.Rows {
				if v := d.At(r, f); !math.IsNaN(v) {
					risk, y, c = append(risk, v), append(y, d.Rows[r].Left), append(c, d.Rows[r].Account)
				}
			}
			out[f] = rankOf(risk, y, c)
		})
	}
	group.Wait()
	return out
}

// measures says what each input tells alone, with Holm's correction for looking
// at all of them.
func (d *Dataset) measures(rung Rung) []Measure {
	out := []Measure{}
	var ps []float64
	for f, k := range d.featureRanks() {
		m := Measure{Metric: d.Features[f].Key, Title: d.Features[f].Title, Direction: "none", Coverage: float64(k.events+k.others) / float64(max(len(d.Rows), 1))}
		flipped := k
		if k.auc < .5 {
			flipped = k.flip()
			m.Direction = "low"
		} else if k.auc > .5 {
			m.Direction = "high"
		}
		least := Climb(k.events)
		if !rung.at(least) {
			least = rung
		}
		m.AUC = aucEstimate(flipped, least, k.events)
		p := math.NaN()
		if m.AUC.Value != nil && k.se > 0 {
			p = num.NormTwoSided((k.auc - .5) / k.se)
		}
		ps = append(ps, p)
		out = append(out, m)
	}
	adjusted, _ := resample.Adjust(ps, resample.Holm) // p-values lie in [0,1]
	for i, p := range adjusted {
		out[i].PAdjusted = pointer(p)
		out[i].Tells = p < 1-Level && rung.at(Basic)
	}
	slices.SortStableFunc(out, func(a, b Measure) int {
		return cmp.Compare(value(b.AUC), value(a.AUC))
	})
	return out
}

func value(e Estimate) float64 {
	if e.Value == nil {
		return 0
	}
	return *e.Value
}

// precise writes an AUC with three digits.
func precise(f float64) string { return formatFloat(math.Round(f*1000) / 1000) }
