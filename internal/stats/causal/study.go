package causal

import (
	"math"
	"time"

	"kept/internal/fault"
	"kept/internal/stats/num"
)

// StudyOptions of an observational comparison.
type StudyOptions struct {
	CrossFit
	Level         float64   // 0: 0.95
	Clip          Trim      // of the propensities; zero: [.05, .95]
	Assigned      time.Time // with Columns, for the post_treatment gate
	Columns       []Dated
	Score         []float64 // what may have decided the treatment, one per account; nil: not known
	ScoreAssigned bool      // the programme was handed out by the score
	Control       []float64 // negative-control outcome, one per account; nil: none
}

// Study is an observational comparison on the third rung of the evidence ladder.
// When a gate refuses, ATT and ATE are nil: there is no number to show.
type Study struct {
	ATT, ATE        *Effect // cross-fitted AIPW; ATT is the answer
	Checks          []Check // every gate that could be judged, in order
	Refused         []Check
	Details         *AIPWEffects // nil when the models could not be fitted
	EValue          *EValue      // of ATT
	NegativeControl *NegativeControl
}

// Observe estimates the effect of a programme that was not randomised: 5-fold
// cross-fitted AIPW with ridge nuisances and clipped propensities, behind the
// gates. A refusal is not an error.
func Observe(d Data, o StudyOptions) (*Study, error) {
	if _, _, err := d.check(); err != nil {
		return nil, err
	}
	if o.Level == 0 {
		o.Level = 0.95
	}
	if o.Clip == (Trim{}) {
		o.Clip = Trim{0.05, 0.95}
	}
	if o.Control != nil && len(o.Control) != len(d.Y) {
		return nil, num.Invalid("control", "%d values of the negative control for %d accounts", len(o.Control), len(d.Y))
	}
	s := &Study{}
	if err := s.before(d, o); err != nil {
		return nil, err
	}
	if s.Refused = Refused(s.Checks); len(s.Refused) > 0 {
		return s, nil
	}
	nu, err := CrossFitNuisances(d, o.CrossFit)
	if err != nil {
		return nil, err
	}
	s.Checks = append(s.Checks, GateOverlap(nu.E, o.Clip.Lo, o.Clip.Hi))
	nu.Clip(o.Clip.Lo, o.Clip.Hi)
	if s.Details, err = AIPW(d, nu, o.Clip, o.Level); err != nil {
		return nil, err
	}
	var w []float64
	for i, a := range d.Treat {
		if a == 0 {
			w = append(w, nu.E[i]/(1-nu.E[i]))
		}
	}
	s.Checks = append(s.Checks, GateESS(w, len(d.Y)), GateBalance(s.Details.SMDATT, d.Names))
	if s.Refused = Refused(s.Checks); len(s.Refused) > 0 {
		return s, nil
	}
	s.ATT, s.ATE = &s.Details.ATT, &s.Details.ATE
	s.EValue = eValueOf(d, *s.ATT)
	if o.Control != nil {
		c := d
		c.Y = o.Control
		cn, err := CrossFitNuisances(c, o.CrossFit)
		if err != nil {
			return nil, err
		}
		cn.Clip(o.Clip.Lo, o.Clip.Hi)
		e, err := AIPW(c, cn, o.Clip, o.Level)
		if err != nil {
			return nil, err
		}
		judged := JudgeNegativeControl(e.ATT)
		s.NegativeControl = &judged
	}
	return s, nil
}

// before runs the gates that need no model.
func (s *Study) before(d Data, o StudyOptions) error {
	if o.Columns != nil {
		s.Checks = append(s.Checks, GatePostTreatment(o.Columns, o.Assigned))
	}
	score, err := GateScoreAssigned(d.Treat, o.Score, o.ScoreAssigned)
	if err != nil {
		return err
	}
	s.Checks = append(s.Checks, score, GateEvents(d.Y, d.Treat))
	sep, err := GateSeparation("who was treated", d.X, d.Treat, len(d.Y), d.P, d.Names)
	if err != nil {
		return err
	}
	s.Checks = append(s.Checks, sep)
	if !isBinary(d.Y) {
		return nil
	}
	for a := range 2 {
		x, y, n := d.rows(func(i int) bool { return d.Treat[i] == float64(a) })
		if v := num.Sum(y); v == 0 || v == float64(n) {
			continue // the events gate has refused already
		}
		c, err := GateSeparation([2]string{"the outcome without the programme", "the outcome with the programme"}[a], x, y, n, d.P, d.Names)
		if fault.Is(err, fault.Invalid) {
			continue
		} else if err != nil {
			return err
		}
		s.Checks = append(s.Checks, c)
	}
	return nil
}

// eValueOf turns an ATT into a risk ratio: of the treated, with against without
// the programme, for 0/1 outcomes; else RR ≈ exp(0.91·d), d the effect in standard
// deviations (VanderWeele & Ding 2017). Nil when no ratio exists.
func eValueOf(d Data, att Effect) *EValue {
	var rr func(effect float64) float64
	if isBinary(d.Y) {
		p := num.Mean(arm(d.Y, d.Treat, 1))
		rr = func(v float64) float64 { return p / (p - v) }
		if v := p / (p - att.Lo); !(v > 0) {
			return nil
		}
	} else {
		sd := math.Sqrt(num.Variance(d.Y))
		rr = func(v float64) float64 { return math.Exp(0.91 * v / sd) }
	}
	lo, hi := rr(att.Lo), rr(att.Hi)
	if !(hi > 0) || math.IsInf(hi, 0) {
		hi = math.MaxFloat64 // beyond any ratio: the outcome would always occur
	}
	e, err := NewEValue(rr(att.Estimate), lo, hi)
	if err != nil {
		return nil
	}
	return &e
}
