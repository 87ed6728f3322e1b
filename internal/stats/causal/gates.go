package causal

import (
	"fmt"
	"math"
	"time"

	"kept/internal/stats/glm"
	"kept/internal/stats/num"
)

// Gate names a condition under which no lift is shown.
type Gate string

// The gates.
const (
	Separation    Gate = "separation"     // treatment or outcome can be told from the columns without error
	Events        Gate = "events"         // too few events in an arm
	ESS           Gate = "ess"            // a handful of controls carries the weight
	Overlap       Gate = "overlap"        // accounts that could only ever be treated, or never
	Balance       Gate = "balance"        // the groups still differ after weighting
	Pretrend      Gate = "pretrend"       // the groups diverged before the programme
	PostTreatment Gate = "post_treatment" // a column that the programme may have changed
	ScoreAssigned Gate = "score_assigned" // the score itself decided who was treated
)

// The limits of the gates.
const (
	MinEvents     = 10   // per arm
	MinESS        = 30   // of the weighted controls
	MinESSShare   = 0.10 // of all accounts
	MaxOutside    = 0.10 // share of accounts with a propensity outside the clip
	MaxSMD        = 0.10 // absolute standardised mean difference after weighting
	PretrendLevel = 0.05
	MaxScoreAUC   = 0.95 // how well the score may tell who was treated
)

// Check is the outcome of one gate.
type Check struct {
	Gate    Gate
	Refused bool
	Value   float64 // what was measured; NaN when the gate is a yes or no
	Limit   float64 // what it is compared with
	Reason  string  // one sentence with the numbers, for the page
}

// Refused returns the checks that refuse.
func Refused(checks []Check) []Check {
	var out []Check
	for _, c := range checks {
		if c.Refused {
			out = append(out, c)
		}
	}
	return out
}

// GateSeparation refuses when the columns tell y (treatment, or a yes/no outcome
// within an arm) apart without error. what names y in the sentence.
func GateSeparation(what string, x, y []float64, n, p int, names []string) (Check, error) {
	c := Check{Gate: Separation, Value: math.NaN(), Limit: math.NaN()}
	s, err := glm.DetectSeparation(x, y, n, p, names)
	if err != nil {
		return c, err
	}
	c.Refused = s.Separated
	c.Reason = fmt.Sprintf("no column or combination of columns tells %s without error", what)
	if s.Separated {
		c.Reason = fmt.Sprintf("%s is told without error by the columns (%s): there is nobody to compare with", what, s.Reason)
	}
	return c, nil
}

// GateEvents refuses below ten events in an arm. The event of a yes/no outcome is
// its rarer value; for any other outcome every account counts.
func GateEvents(y, treat []float64) Check {
	var ones, n [2]int
	binary := isBinary(y)
	for i, v := range y {
		a := int(treat[i])
		n[a]++
		if v == 1 {
			ones[a]++
		}
	}
	least, arm := math.MaxInt, 0
	rareIsZero := 2*(ones[0]+ones[1]) > n[0]+n[1]
	for a := range 2 {
		k := n[a]
		if binary {
			if k = ones[a]; rareIsZero {
				k = n[a] - ones[a]
			}
		}
		if k < least {
			least, arm = k, a
		}
	}
	name := [2]string{"without", "with"}[arm]
	return Check{
		Gate: Events, Value: float64(least), Limit: MinEvents, Refused: least < MinEvents,
		Reason: fmt.Sprintf("%d events in the arm %s the programme; at least %d are needed", least, name, MinEvents),
	}
}

// GateESS refuses when the effective number of controls, (Σw)²/Σw², is below 30 or
// below a tenth of all n accounts.
func GateESS(controlWeights []float64, n int) Check {
	limit := max(MinESS, MinESSShare*float64(n))
	v := EffectiveSize(controlWeights)
	return Check{
		Gate: ESS, Value: v, Limit: limit, Refused: !(v >= limit),
		Reason: fmt.Sprintf("the weighted controls are worth %.1f accounts; at least %.1f are needed for %d accounts", v, limit, n),
	}
}

// EffectiveSize returns (Σw)²/Σw², 0 for no weight at all.
func EffectiveSize(w []float64) float64 {
	s, q := 0.0, 0.0
	for _, v := range w {
		s, q = s+v, q+v*v
	}
	if q == 0 {
		return 0
	}
	return s * s / q
}

// GateOverlap refuses when more than a tenth of the accounts has a propensity
// outside [lo, hi], .05 and .95 as a rule.
func GateOverlap(propensity []float64, lo, hi float64) Check {
	out := 0
	for _, e := range propensity {
		if !(e >= lo && e <= hi) {
			out++
		}
	}
	v := float64(out) / float64(max(len(propensity), 1))
	return Check{
		Gate: Overlap, Value: v, Limit: MaxOutside, Refused: v > MaxOutside || len(propensity) == 0,
		Reason: fmt.Sprintf("%.0f %% of the accounts (%d) were almost sure to be treated, or almost sure not to be (propensity outside %.2f–%.2f); at most %.0f %% may be", 100*v, out, lo, hi, 100*MaxOutside),
	}
}

// GateBalance refuses when a column still differs by more than a tenth of a
// standard deviation after weighting.
func GateBalance(smd []float64, names []string) Check {
	worst, at := 0.0, -1
	for j, v := range smd {
		if a := math.Abs(v); a > worst || math.IsNaN(v) {
			worst, at = a, j
		}
		if math.IsNaN(v) {
			break
		}
	}
	c := Check{Gate: Balance, Value: worst, Limit: MaxSMD, Refused: !(worst <= MaxSMD)}
	c.Reason = fmt.Sprintf("all columns agree within %.1f standard deviations after weighting", MaxSMD)
	if c.Refused {
		c.Reason = fmt.Sprintf("%s still differs by %.2f standard deviations after weighting; at most %.1f is allowed", column(names, at), worst, MaxSMD)
	}
	return c
}

func column(names []string, j int) string {
	if j >= 0 && j < len(names) {
		return names[j]
	}
	return fmt.Sprintf("column %d", j)
}

// GatePretrend refuses when the test that both groups moved alike before the
// programme rejects at 5 %. A p of NaN (no earlier period) refuses too.
func GatePretrend(p float64) Check {
	c := Check{Gate: Pretrend, Value: p, Limit: PretrendLevel, Refused: !(p >= PretrendLevel)}
	switch {
	case math.IsNaN(p):
		c.Reason = "there is no period before the programme in which to check that both groups moved alike"
	case c.Refused:
		c.Reason = fmt.Sprintf("the groups already moved apart before the programme (p = %.3f)", p)
	default:
		c.Reason = fmt.Sprintf("before the programme the groups did not move apart noticeably (p = %.3f)", p)
	}
	return c
}

// Dated is a column with the moment its value was known.
type Dated struct {
	Name    string
	KnownAt time.Time
}

// GatePostTreatment refuses when a column was known only after the assignment: the
// programme may have changed it. Value counts such columns.
func GatePostTreatment(columns []Dated, assigned time.Time) Check {
	c := Check{Gate: PostTreatment, Reason: "every column was known before the assignment"}
	for _, d := range columns {
		if d.KnownAt.After(assigned) {
			if c.Value == 0 {
				c.Reason = fmt.Sprintf("%s was known on %s, after the assignment on %s: the programme may have changed it", d.Name, d.KnownAt.Format(time.DateOnly), assigned.Format(time.DateOnly))
			}
			c.Value++
		}
	}
	c.Refused = c.Value > 0
	return c
}

// GateScoreAssigned refuses when the score decided who was treated: declared says
// so, or the score tells treated from untreated with an AUC (either direction) of
// .95 or more. Accounts chosen for a bad score get better by themselves.
func GateScoreAssigned(treat, score []float64, declared bool) (Check, error) {
	c := Check{Gate: ScoreAssigned, Value: math.NaN(), Limit: MaxScoreAUC, Refused: declared}
	if score != nil {
		if len(score) != len(treat) {
			return c, num.Invalid("score", "%d scores for %d accounts", len(score), len(treat))
		}
		if err := num.CheckFinite("score", score); err != nil {
			return c, err
		}
		if err := num.CheckBinary("treat", treat); err != nil {
			return c, err
		}
		a := area(treat, score)
		c.Value = max(a, 1-a)
		c.Refused = declared || c.Value >= MaxScoreAUC
	}
	switch {
	case declared:
		c.Reason = "the score decided who was treated: accounts picked for a bad score get better by themselves, so before and after cannot be compared"
	case c.Refused:
		c.Reason = fmt.Sprintf("the score tells who was treated almost without error (AUC %.2f): accounts picked for a bad score get better by themselves", c.Value)
	default:
		c.Reason = "the score did not decide who was treated"
	}
	return c, nil
}

// area is the AUC of score for y by ranks.
func area(y, score []float64) float64 {
	o := num.Order(score)
	below, sum, pos := 0.0, 0.0, 0.0
	for i := 0; i < len(o); {
		j, tp, tn := i, 0.0, 0.0
		for ; j < len(o) && score[o[j]] == score[o[i]]; j++ {
			if y[o[j]] == 1 {
				tp++
			} else {
				tn++
			}
		}
		sum += tp * (below + tn/2)
		below += tn
		pos += tp
		i = j
	}
	return sum / (pos * below)
}

func isBinary(y []float64) bool {
	for _, v := range y {
		if v != 0 && v != 1 {
			return false
		}
	}
	return true
}
