package validate

import (
	"fmt"
	"math"

	"kept/internal/stats/num"
)

// speak writes what the figures mean, for somebody who leads a team.
func (r *Report) speak(d *Dataset, p *pool) {
	h := r.Setup.HorizonDays
	first := Ahead{}
	if len(r.Ahead) > 0 {
		first = r.Ahead[0]
	}
	switch first.Left {
	case 0:
		r.Headline = fmt.Sprintf("%s within %d days of a cut-off; none has a score from %d days before it left.", left(p.events), h, h)
	default:
		r.Headline = d.warned(first)
	}
	r.Sentences = append(r.Sentences, r.answer())
	m := &r.Metrics
	rung := r.Ladder.State
	if rung.at(Descriptive) && len(r.Lift) == 2 {
		for _, l := range r.Lift {
			if l.Capture.Value == nil {
				continue
			}
			r.Sentences = append(r.Sentences, fmt.Sprintf("%s held %s of the %s (95 %%: %s to %s); chance would give %s.",
				l.Title, percent(*l.Capture.Value), left(p.events), percent(*l.Capture.Low), percent(*l.Capture.High), percent(l.ByChance/float64(countLeft(p)))))
		}
	}
	if m.Expected.Value != nil && m.Expected.Low != nil {
		switch e := m.Expected; {
		case *e.Low > 1:
			r.Sentences = append(r.Sentences, fmt.Sprintf("The probabilities are too high: %.2f times as many departures were expected as came (95 %%: %.2f to %.2f).", *e.Value, *e.Low, *e.High))
		case *e.High < 1:
			r.Sentences = append(r.Sentences, fmt.Sprintf("The probabilities are too low: only %.2f times as many departures were expected as came (95 %%: %.2f to %.2f).", *e.Value, *e.Low, *e.High))
		default:
			r.Sentences = append(r.Sentences, fmt.Sprintf("The level of the probabilities fits: %.2f times as many departures were expected as came (95 %%: %.2f to %.2f).", *e.Value, *e.Low, *e.High))
		}
	}
	if r.Lead.Left > 0 {
		r.Sentences = append(r.Sentences, r.Lead.Words)
	}
	if s := r.measuresWords(); s != "" {
		r.Sentences = append(r.Sentences, s)
	}
}

// words is the sentence that a leader reads first.
func (d *Dataset) warned(a Ahead) string {
	s := fmt.Sprintf("Of %s, %s %d days before; chance would give %s.", d.leavers(a.Left), d.wereRed(a.Red), a.Days, whole(a.ByChance))
	switch {
	case a.PValue == nil:
		s += " That is too few to say more."
	case *a.PValue > .05:
		s += " That is within the play of chance."
	}
	return s
}

// leavers names n departures: with events as the outcome, one account may have several.
func (d *Dataset) leavers(n int) string {
	if name, ok := d.Spec.Event(); ok {
		return count(n, fmt.Sprintf("%q event", name))
	}
	return count(n, "account") + " that left"
}

// wereRed says of n of them that they were in the worst band.
func (d *Dataset) wereRed(n int) string {
	if _, ok := d.Spec.Event(); ok {
		return group(n) + " came from accounts that were " + d.red()
	}
	if n == 1 {
		return "1 was " + d.red()
	}
	return group(n) + " were " + d.red()
}

// whole writes an expected count: with a digit below ten.
func whole(f float64) string {
	if f >= 9.95 {
		return group(int(math.Round(f)))
	}
	return formatFloat(math.Round(f*10) / 10)
}

func left(n int) string { return count(n, "departure") }

func countLeft(p *pool) int {
	n := 0
	for _, y := range p.y {
		if y {
			n++
		}
	}
	return max(n, 1)
}

// answer is the verdict in a sentence, with its figures.
func (r *Report) answer() string {
	a := r.Metrics.AUC
	what := ""
	if a.Value != nil {
		what = fmt.Sprintf("of a random pair of one who left and one who stayed, the score ranked the leaver lower in %s of cases (95 %%: %s to %s; %s, %s at a cut-off)",
			percent(*a.Value), percent(*a.Low), percent(*a.High), left(a.Events), count(a.N, "account"))
	}
	switch r.Verdict {
	case VerdictPredicts:
		if *a.Low < .6 {
			return "It tells leavers from stayers better than chance, though the interval reaches down to little: " + what + "."
		}
		return "It predicts: " + what + "."
	case VerdictBackwards:
		return "It points the wrong way: " + what + ". Those who look healthy leave more often."
	case VerdictNotShown:
		if *a.High < .6 {
			return "It does not predict who leaves: " + what + ". Tossing a coin gives 50 %, and with this many departures even a weak signal would have shown."
		}
		return "It has not been shown to predict: " + what + ". Tossing a coin gives 50 %." + fmt.Sprintf(" To tell a fair score (65 %%) from a coin takes about %d departures at this rate.", needed(a, .65))
	case VerdictTooFew:
		if what == "" {
			return left(r.Ladder.Events) + " with a score: too few for any figure but counts."
		}
		return "Too few departures to claim anything. As a description: " + what + "."
	case VerdictNone:
	}
	return ""
}

// needed is the number of departures at which an AUC differs from ½ with power
// 80 % at the level, by the variance of Hanley and McNeil (1982), at the
// base rate of the estimate.
func needed(a Estimate, auc float64) int {
	rate := float64(a.Events) / float64(max(a.N, 1))
	z := num.NormQuantile(1-(1-Level)/2) + num.NormQuantile(.8)
	for n := descriptiveFrom; n < 100_000; n++ {
		m, k := float64(n), float64(n)*(1-rate)/rate
		q1, q2 := auc/(2-auc), 2*auc*auc/(1+auc)
		v := (auc*(1-auc) + (m-1)*(q1-auc*auc) + (k-1)*(q2-auc*auc)) / (m * k)
		if (auc-.5)/math.Sqrt(v) >= z {
			return n
		}
	}
	return 100_000
}

func (r *Report) measuresWords() string {
	if !r.Ladder.State.at(Basic) || len(r.Measures) == 0 {
		return ""
	}
	tells := 0
	for _, m := range r.Measures {
		if m.Tells {
			tells++
		}
	}
	best := r.Measures[0]
	if best.AUC.Value == nil {
		return ""
	}
	if tells == 0 {
		return fmt.Sprintf("None of its %s tells leavers from stayers, once it is taken into account that %d were looked at. The strongest is %q: AUC %s (95 %%: %s to %s).",
			count(len(r.Measures), "input"), len(r.Measures), best.Title, figure(*best.AUC.Value), figure(*best.AUC.Low), figure(*best.AUC.High))
	}
	return fmt.Sprintf("%d of its %s tell something alone; the strongest is %q: AUC %s (95 %%: %s to %s).",
		tells, count(len(r.Measures), "input"), best.Title, figure(*best.AUC.Value), figure(*best.AUC.Low), figure(*best.AUC.High))
}
