package churn

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/validate"
)

// Status says what can be had of a forecast.
type Status string

// The statuses. Refused: the data do not carry a probability. Stopped: a leak
// check fired, so that no figure may be believed.
const (
	StatusOK      Status = "ok"
	StatusRefused Status = "refused"
	StatusStopped Status = "stopped"
)

// Model is a forecast of who leaves, with its back-test. It is immutable.
type Model struct {
	// Scorecards are those whose scores it builds on.
	Scorecards   []string  `json:"scorecards"`
	AsOf         time.Time `json:"as_of"`
	ModelVersion int64     `json:"model_version"`
	HorizonDays  int       `json:"horizon_days"`
	Months       int       `json:"months"`
	Status       Status    `json:"status"`
	// Refusal says why there are no probabilities; empty when there are.
	Refusal string `json:"refusal,omitempty"`
	// Evidence is that of every probability; empty without any.
	Evidence  validate.Evidence `json:"evidence,omitempty"`
	Headline  string            `json:"headline"`
	Sentences []string          `json:"sentences"`
	Learned   Learned           `json:"learned"`
	// BaseRate is the share of accounts that left within the horizon of a snapshot.
	BaseRate validate.Estimate `json:"base_rate"`
	// Ceased is the share of departures in which the customer itself was no more.
	Ceased   validate.Estimate `json:"ceased"`
	Weights  []Weight          `json:"weights"`
	Backtest Backtest          `json:"backtest"`

	fit *fitted
}

// Learned is what a forecast was learned from.
type Learned struct {
	Snapshots  int       `json:"snapshots" doc:"Accounts at cut-offs."`
	Accounts   int       `json:"accounts"`
	Departures int       `json:"departures" doc:"Rows that left within the horizon."`
	CutOffs    int       `json:"cut_offs"`
	From       time.Time `json:"from,omitzero"`
	To         time.Time `json:"to,omitzero"`
}

// Weight is one coefficient: the factor on the odds of leaving in a month.
type Weight struct {
	Key   string  `json:"key"`
	Title string  `json:"title"`
	Odds  float64 `json:"odds"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Backtest is how the forecast did on outcomes that lay ahead of all it knew.
type Backtest struct {
	Verdict     validate.Verdict      `json:"verdict"`
	Ladder      validate.Ladder       `json:"ladder"`
	Metrics     validate.Metrics      `json:"metrics"`
	Canaries    []validate.Canary     `json:"canaries"`
	Calibration []validate.Bin        `json:"calibration"`
	Lift        []validate.Lift       `json:"lift"`
	Folds       []validate.FoldResult `json:"folds"`
}

// Build learns a forecast from a data set, judges it fold by fold, and keeps it
// only as far as the evidence carries. facts and cause belong to the rows.
func Build(d *validate.Dataset, facts []Facts, cause []Cause) *Model {
	k, _ := periods(d.Spec.Horizon)
	m := &Model{
		Scorecards: cardsOf(facts), AsOf: d.AsOf, ModelVersion: d.ModelVersion,
		HorizonDays: int(d.Spec.Horizon / validate.Day), Months: k, Status: StatusOK, Sentences: []string{}, Weights: []Weight{},
	}
	m.emptyBacktest()
	m.count(d, cause)
	if why := m.tooLittle(d); why != "" {
		return m.refuse(why)
	}
	f := NewForecaster(d, facts, cause)
	all := validate.View{Data: d, Rows: make([]int32, len(d.Rows)), Left: make([]bool, len(d.Rows))}
	for i := range d.Rows {
		all.Rows[i], all.Left[i] = int32(i), d.Rows[i].Left //nolint:gosec // rows are far fewer than 2^31
	}
	fitted, err := fit(f.landmarks(all), f.k, f.len, 0)
	if err != nil {
		return m.refuse("The data do not carry a forecast: " + message(err) + ".")
	}
	m.judge(validate.Run(d, f))
	if m.Status == StatusOK {
		m.fit = fitted
		m.Weights = fitted.weights()
		m.speak()
	}
	return m
}

func cardsOf(facts []Facts) []string {
	seen := map[string]bool{}
	out := []string{}
	for i := range facts {
		if c := facts[i].Card; !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	slices.Sort(out)
	return out
}

// message is the words of an error, without its field.
func message(err error) string {
	if fe, ok := errors.AsType[*fault.Error](err); ok {
		return fe.Msg
	}
	return err.Error()
}

func (m *Model) emptyBacktest() {
	e := validate.Estimate{Level: Level, Why: "There is no back-test."}
	m.BaseRate, m.Ceased = e, e
	m.Backtest = Backtest{
		Verdict: validate.VerdictNone, Canaries: []validate.Canary{}, Calibration: []validate.Bin{}, Lift: []validate.Lift{}, Folds: []validate.FoldResult{},
		Metrics: validate.Metrics{BaseRate: e, AUC: e, AUCByARR: e, PRAUC: e, Brier: e, BrierSkill: e, LogLoss: e, LogLossBase: e, CalibrationLarge: e, Expected: e, Slope: e, ECE: e},
	}
	m.Backtest.Ladder = validate.LadderOf(0)
}

func (m *Model) count(d *validate.Dataset, cause []Cause) {
	seen := map[int32]struct{}{}
	ceased := 0
	for i := range d.Rows {
		seen[d.Rows[i].Account] = struct{}{}
		if d.Rows[i].Left {
			m.Learned.Departures++
			if cause[i] == Ceased {
				ceased++
			}
		}
	}
	m.Learned.Snapshots, m.Learned.Accounts, m.Learned.CutOffs = len(d.Rows), len(seen), len(d.Plan.CutOffs)
	if n := len(d.Plan.CutOffs); n > 0 {
		m.Learned.From, m.Learned.To = d.Plan.CutOffs[0], d.Plan.CutOffs[n-1].Add(d.Spec.Horizon)
	}
	m.BaseRate = validate.Share(m.Learned.Departures, len(d.Rows), validate.Counted)
	m.Ceased = validate.Share(ceased, m.Learned.Departures, validate.Counted)
}

// stale is how long before the snapshot the newest thing on record may lie.
const stale = 60 * validate.Day

// tooLittle says why nothing can be learned; empty when something can.
func (m *Model) tooLittle(d *validate.Dataset) string {
	l := m.Learned
	switch {
	case len(d.Accounts) == 0:
		return "There is no paying account on record: import accounts with their subscriptions first."
	case d.Plan.Why != "":
		return d.Plan.Why
	case d.AsOf.Sub(d.DataEnd) > stale:
		return fmt.Sprintf("Nothing is on record after %s: what is known as of %s is too old to forecast from. Ask as of a day up to then, or import what happened since.", d.DataEnd.UTC().Format(time.DateOnly), d.AsOf.UTC().Format(time.DateOnly))
	case l.Snapshots == 0:
		return "No account was under a scorecard and paying at any cut-off."
	case l.Departures == 0:
		return fmt.Sprintf("None of %s at %s left within %d days. That is good news, and it leaves nothing to learn from.", count(l.Accounts, "account"), count(l.CutOffs, "cut-off"), m.HorizonDays)
	case l.Departures < fewestToLearn:
		return fmt.Sprintf("%s of %s left within %d days of a cut-off. From %d departures on a probability is learned for each account; until then only the share of all can be said.", number(l.Departures), count(l.Snapshots, "snapshot"), m.HorizonDays, fewestToLearn)
	case l.Departures == l.Snapshots:
		return "Every account left within the horizon. Without accounts that stayed there is nothing to compare with."
	}
	return ""
}

func (m *Model) refuse(why string) *Model {
	m.Status, m.Refusal, m.Evidence = StatusRefused, why, ""
	m.Headline = "The data do not carry a probability for each account yet."
	return m
}

// judge takes over the back-test, and withholds the probabilities where it does
// not speak for them.
func (m *Model) judge(r *validate.Report) {
	m.Backtest = Backtest{Verdict: r.Verdict, Ladder: r.Ladder, Metrics: r.Metrics, Canaries: r.Canaries, Calibration: r.Calibration, Lift: []validate.Lift{}, Folds: r.Folds}
	for _, l := range r.Lift {
		// What the team can look after is said by the band of a score, which this has not.
		if l.Where == "top_decile" {
			m.Backtest.Lift = append(m.Backtest.Lift, l)
		}
	}
	auc, skill := r.Metrics.AUC, r.Metrics.BrierSkill
	switch {
	case r.Status == validate.StatusStopped:
		m.Status, m.Refusal = StatusStopped, r.Refusal
		m.Headline = r.Headline
	case r.Status == validate.StatusRefused, r.Ladder.State == validate.CountsOnly:
		m.refuse(fmt.Sprintf("There are %s, but hardly any after a time long enough to learn from (%d departures in tested forecasts, %d needed): a probability that was never tested is not shown.", count(m.Learned.Departures, "departure"), r.Ladder.Events, validate.LeastDepartures))
	case auc.Value == nil || auc.Low == nil:
		m.refuse("The forecast could not be tested: " + auc.Why)
	case r.Verdict == validate.VerdictNotShown || r.Verdict == validate.VerdictBackwards:
		m.refuse(fmt.Sprintf("The back-test does not show that the forecast tells those who leave from those who stay: AUC %s (%s to %s) on %s. No account gets a probability of its own; the share of all is %s.",
			two(*auc.Value), two(*auc.Low), two(*auc.High), count(auc.Events, "departure"), percent(*m.BaseRate.Value)))
	case r.Verdict == validate.VerdictTooFew && *auc.High < .5:
		m.refuse(fmt.Sprintf("In the back-test those who were thought safe left (AUC %s, %s to %s): no probability is shown.", two(*auc.Value), two(*auc.Low), two(*auc.High)))
	case skill.Value != nil && *skill.Value <= 0:
		m.refuse(fmt.Sprintf("In the back-test the probabilities were no better than saying the share of all for everybody (Brier skill %s, %s to %s; AUC %s): no account gets one of its own. The share of all is %s.",
			three(*skill.Value), three(*skill.Low), three(*skill.High), two(*auc.Value), percent(*m.BaseRate.Value)))
	case r.Verdict == validate.VerdictTooFew, skill.Low == nil || *skill.Low <= 0, m.offLevel() != "":
		m.Evidence = validate.Described
	default:
		m.Evidence = validate.OutOfTime
	}
}

// offLevel says in which direction the back-test finds the probabilities surely
// wrong on the whole; empty when it does not.
func (m *Model) offLevel() string {
	e := m.Backtest.Metrics.Expected
	switch {
	case e.Value == nil || e.Low == nil:
		return ""
	case *e.Low > 1:
		return "high"
	case *e.High < 1:
		return "low"
	}
	return ""
}

// Ready reports whether accounts have probabilities.
func (m *Model) Ready() bool { return m.fit != nil }

// Predict returns the probability that an account leaves within the horizon of the
// snapshot at which the facts were known; false where there is none.
func (m *Model) Predict(f Facts) (Prediction, bool) {
	if m.fit == nil {
		return Prediction{}, false
	}
	p := m.fit.predict(&f)
	if math.IsNaN(p.Left) || math.IsNaN(p.Low) || math.IsNaN(p.High) {
		return Prediction{}, false
	}
	return p, true
}

func (f *fitted) weights() []Weight {
	_, _, names := f.priors()
	out := []Weight{}
	k := len(f.coef)
	for j, name := range names {
		b, se := f.coef[j+1], math.Sqrt(f.cov[(j+1)*k+j+1])
		key := "segment"
		switch {
		case j < len(f.fixed):
			key = columnKeys[f.fixed[j]]
		case j >= len(f.fixed)+len(f.segments):
			key = "scorecard"
		}
		out = append(out, Weight{Key: key, Title: name, Odds: math.Exp(b), Low: math.Exp(b - z95*se), High: math.Exp(b + z95*se)})
	}
	return out
}

const z95 = 1.959963984540054
