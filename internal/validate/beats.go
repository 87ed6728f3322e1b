package validate

import (
	"fmt"
	"math"

	"kept/internal/stats/discrim"
	"kept/internal/stats/num"
)

// ClaimVerdict is the outcome of a comparison of two scores.
type ClaimVerdict string

// The verdicts. Warned is the exception of statistics.md §3.5: the hand-made
// score itself is so weak that it is said from 20 departures on.
const (
	ClaimBeats      ClaimVerdict = "beats"
	ClaimNotShown   ClaimVerdict = "not_distinguishable"
	ClaimWorse      ClaimVerdict = "worse"
	ClaimHandIsWeak ClaimVerdict = "hand_score_is_weak"
)

// Condition is one part of the rule.
type Condition struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Held  bool   `json:"held"`
	Words string `json:"words"`
}

// Claim says whether a challenger beats the hand-made score, by the whole rule
// of statistics.md §3.5 and nothing less.
type Claim struct {
	Verdict    ClaimVerdict `json:"verdict"`
	Sentence   string       `json:"sentence"`
	Conditions []Condition  `json:"conditions"`
	// Gain is the paired gain in log loss per account and cut-off; its Low is the
	// one-sided 95 % bound that decides.
	Gain     Estimate `json:"gain"`
	DeltaAUC Estimate `json:"delta_auc"`
	Slope    Estimate `json:"calibration_slope"`
	Events   int      `json:"events"`
	// Needed is about how many departures it would take; 0 where that is not the
	// question.
	Needed int `json:"needed"`
	// Candidates is how many challengers were tried, this one among them: each is a test.
	Candidates int `json:"candidates"`
}

// pairs are the rows for which both forecasts have a probability.
type pairs struct {
	hand, other         []float64
	handRisk, otherRisk []float64
	y                   []bool
	cluster, fold       []int32
	events              int
}

func pair(hand, other *Backtest) *pairs {
	var out pairs
	var rows []int32
	for k := range hand.Folds {
		h, o := &hand.Folds[k], &other.Folds[k]
		for i, r := range h.Test {
			if math.IsNaN(h.P[i]) || math.IsNaN(o.P[i]) {
				continue
			}
			row := &hand.Data.Rows[r]
			rows = append(rows, r)
			out.hand, out.other = append(out.hand, h.P[i]), append(out.other, o.P[i])
			out.handRisk, out.otherRisk = append(out.handRisk, h.Risk[i]), append(out.otherRisk, o.Risk[i])
			out.y, out.cluster = append(out.y, row.Left), append(out.cluster, row.Account)
			out.fold = append(out.fold, int32(k)) //nolint:gosec // a handful
		}
	}
	all := make([]int, len(rows))
	for i := range all {
		all[i] = i
	}
	out.events = hand.Data.departures(rows, all)
	return &out
}

// Beats compares a challenger with the hand-made score on the same accounts in
// the same folds. Both have been walked over the same data set.
func Beats(hand, challenger *Backtest, candidates int) Claim {
	p := pair(hand, challenger)
	c := Claim{Events: p.events, Candidates: candidates, Verdict: ClaimNotShown, Conditions: []Condition{}}
	n := len(p.y)
	c.Gain = Estimate{Level: Level, N: n, Events: p.events, Method: "paired log loss, one-sided, by account", Evidence: OutOfTime}
	c.DeltaAUC = Estimate{Level: Level, N: n, Events: p.events, Method: "paired DeLong by account", Evidence: OutOfTime}
	c.Slope = Estimate{Level: Level, N: n, Events: p.events, Method: "logistic recalibration, sandwich by account", Evidence: OutOfTime}
	if p.events < descriptiveFrom || n-p.events < descriptiveFrom {
		c.Sentence = fmt.Sprintf("Not distinguishable: %s in common is too few to compare scores (the claim needs %d).", left(p.events), beatsFrom)
		c.Needed = beatsFrom
		return c
	}
	gain, gainSE := p.logLossGain()
	lower := gain - num.NormQuantile(Level)*gainSE
	c.Gain.Value, c.Gain.Low, c.Gain.High = pointer(gain), pointer(lower), pointer(gain+num.NormQuantile(Level)*gainSE)
	h, o := rankOf(p.handRisk, p.y, p.cluster), rankOf(p.otherRisk, p.y, p.cluster)
	delta, deltaSE := difference(o, h, p)
	c.DeltaAUC.Value, c.DeltaAUC.Low, c.DeltaAUC.High = pointer(delta), pointer(delta-z95*deltaSE), pointer(delta+z95*deltaSE)
	_, slope := recalibration(p.other, p.y, p.cluster)
	slopeOK := false
	if slope.ok {
		c.Slope.Value, c.Slope.Low, c.Slope.High = pointer(slope.value), pointer(slope.value-z95*slope.se), pointer(slope.value+z95*slope.se)
		slopeOK = slope.value >= .7 && slope.value <= 1.3 || *c.Slope.Low <= 1 && *c.Slope.High >= 1
	}
	won, folds := p.foldsWon()
	add := func(key, title string, held bool, words string) {
		c.Conditions = append(c.Conditions, Condition{key, title, held, words})
	}
	add("same_chance", "The hand-made score gets the same chance", true, "Same folds, calibrated inside each training window.")
	add("events", "Enough departures", p.events >= beatsFrom, fmt.Sprintf("%d departures, out of time, on the same accounts; the rule needs %d.", p.events, beatsFrom))
	add("gain", "The log loss is better, surely", lower > 0, fmt.Sprintf("Gain %.5f; one-sided 95 %% lower bound %.5f, by account.", gain, lower))
	add("auc", "The ranking is better", delta > 0, fmt.Sprintf("AUC %+.4f (95 %%: %+.4f to %+.4f).", delta, *c.DeltaAUC.Low, *c.DeltaAUC.High))
	words := "The calibration slope cannot be computed."
	if slope.ok {
		words = fmt.Sprintf("Calibration slope %.2f (95 %%: %.2f to %.2f).", slope.value, *c.Slope.Low, *c.Slope.High)
	}
	add("slope", "Its probabilities can be taken at their word", slopeOK, words)
	add("folds", "It gains in most folds", 2*won > folds, fmt.Sprintf("It gains in %d of %s.", won, count(folds, "fold")))
	add("logged", "Every candidate is counted", candidates >= 1, fmt.Sprintf("This is one of %s that were tried.", count(max(candidates, 1), "candidate")))
	all := true
	for _, one := range c.Conditions {
		all = all && one.Held
	}
	_, handHigh := h.interval()
	switch upper := gain + num.NormQuantile(Level)*gainSE; {
	case all:
		c.Verdict = ClaimBeats
		c.Sentence = fmt.Sprintf("It beats the hand-made score: log loss better by %.5f (at least %.5f), AUC %+.3f (%+.3f to %+.3f), %s.", gain, lower, delta, *c.DeltaAUC.Low, *c.DeltaAUC.High, left(p.events))
	case upper < 0 && p.events >= basicFrom:
		c.Verdict = ClaimWorse
		c.Sentence = fmt.Sprintf("It is worse than the hand-made score: log loss worse by %.5f, %s.", -gain, left(p.events))
	case p.events >= basicFrom && handHigh < .6:
		c.Verdict = ClaimHandIsWeak
		c.Sentence = fmt.Sprintf("The hand-made score hardly ranks who leaves (AUC %.2f, at most %.2f): look at it before anything else. %s.", h.auc, handHigh, left(p.events))
	default:
		c.Needed = p.needed(gain, gainSE)
		c.Sentence = fmt.Sprintf("Not distinguishable from the hand-made score with %s.", left(p.events))
		if c.Needed > 0 {
			c.Sentence = fmt.Sprintf("Not distinguishable from the hand-made score with %s; about %s would be needed.", left(p.events), group(c.Needed))
		}
	}
	return c
}

// logLossGain is the mean of the paired differences (hand − challenger), with a
// standard error that takes accounts as the unit.
func (p *pairs) logLossGain() (gain, se float64) {
	most := int32(0)
	for _, c := range p.cluster {
		most = max(most, c)
	}
	sums, ns := make([]float64, most+1), make([]float64, most+1)
	for i := range p.y {
		d := logLoss(p.hand[i], p.y[i]) - logLoss(p.other[i], p.y[i])
		gain += d
		sums[p.cluster[i]] += d
		ns[p.cluster[i]]++
	}
	n := float64(len(p.y))
	gain /= n
	clusters, v := 0.0, 0.0
	for c := range sums {
		if ns[c] > 0 {
			clusters++
			r := sums[c] - ns[c]*gain
			v += r * r
		}
	}
	return gain, math.Sqrt(v*clusters/max(clusters-1, 1)) / n
}

func logLoss(p float64, y bool) float64 {
	p = min(max(p, 1e-12), 1-1e-12)
	if y {
		return -math.Log(p)
	}
	return -math.Log1p(-p)
}

// difference of two AUCs on the same rows, with its clustered standard error.
func difference(a, b ranked, p *pairs) (delta, se float64) {
	return a.auc - b.auc, math.Sqrt(max(discrim.PairedClusterVar(a.delong, b.delong, a.y, p.cluster), 0))
}

func (p *pairs) foldsWon() (won, all int) {
	gains := map[int32]float64{}
	for i := range p.y {
		gains[p.fold[i]] += logLoss(p.hand[i], p.y[i]) - logLoss(p.other[i], p.y[i])
	}
	for _, g := range gains {
		all++
		if g > 0 {
			won++
		}
	}
	return won, all
}

// needed scales the departures until the gain seen would be shown with power
// 80 %; 0 when there is no gain to show.
func (p *pairs) needed(gain, se float64) int {
	if gain <= 0 || se == 0 {
		return 0
	}
	z := (num.NormQuantile(Level) + num.NormQuantile(.8)) * se / gain
	n := float64(p.events) * z * z
	if n > 1e6 {
		return 0
	}
	return max(beatsFrom, int(math.Ceil(n)))
}
