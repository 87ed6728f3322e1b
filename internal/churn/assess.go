package churn

import (
	"fmt"
	"math"
	"time"

	"kept/internal/money"
	"kept/internal/validate"
)

// State says what can be said of an account.
type State string

// The states. Calculating: the forecast is not there yet. NoCustomer: there is
// nothing to leave.
const (
	StateReady       State = "ready"
	StateCalculating State = "calculating"
	StateRefused     State = "refused"
	StateStopped     State = "stopped"
	StateNoCustomer  State = "no_customer"
)

// Assessment is the probability that one account leaves, with what it rests on.
type Assessment struct {
	State State `json:"state" enum:"ready,calculating,refused,stopped,no_customer"`
	// Refusal says why there is no probability; empty when there is.
	Refusal     string            `json:"refusal,omitempty"`
	HorizonDays int               `json:"horizon_days"`
	Probability validate.Estimate `json:"probability"`
	// Ceased is the part of it in which the customer itself is no more.
	Ceased  *float64 `json:"ceased"`
	Months  []Month  `json:"months"`
	Effects []Effect `json:"effects"`
	// Renewal is the next end of a subscription; absent when none ends.
	Renewal *Renewal `json:"renewal,omitempty"`
}

// Renewal is the next end of a subscription, and the probability that the account
// leaves by it.
type Renewal struct {
	At   time.Time     `json:"at"`
	Days int           `json:"days"`
	ARR  *money.Amount `json:"arr,omitempty"`
	// BoundUntil is how far other subscriptions run on, when they do.
	BoundUntil  time.Time         `json:"bound_until,omitzero"`
	Notice      bool              `json:"notice" doc:"What ends then will not renew by itself."`
	Probability validate.Estimate `json:"probability"`
}

const methodHazard = "discrete-time hazard, by account"

// Assess says how probable it is that an account leaves. m is nil while the
// forecast is calculated. t is the snapshot at which facts and contract were known.
func Assess(m *Model, horizon time.Duration, f Facts, c Contract, t time.Time) Assessment {
	a := Assessment{HorizonDays: int(horizon / validate.Day), Months: []Month{}, Effects: []Effect{}}
	a.renewal(c, t)
	switch {
	case !c.Paying && !c.Unrecorded:
		return a.without(StateNoCustomer, "No paid subscription is in force: there is nothing to leave.")
	case m == nil:
		return a.without(StateCalculating, "The forecast is being calculated.")
	case m.Status == StatusStopped:
		return a.without(StateStopped, m.Refusal)
	case m.Status != StatusOK:
		return a.without(StateRefused, m.Refusal)
	}
	p, ok := m.Predict(f)
	if !ok {
		return a.without(StateRefused, "The probability cannot be computed from what is known of this account.")
	}
	a.State = StateReady
	a.Probability = m.estimate(p.Left, p.Low, p.High)
	a.Ceased, a.Months, a.Effects = pointer(p.Ceased), p.Months, p.Effects
	if a.Renewal == nil {
		return a
	}
	by, within := p.By(days(a.Renewal.At.Sub(t)))
	if !within {
		a.Renewal.Probability.Why = fmt.Sprintf("The renewal lies beyond the %d days of the forecast.", a.HorizonDays)
		return a
	}
	a.Renewal.Probability = m.estimate(by.Left, by.Low, by.High)
	return a
}

func (a *Assessment) renewal(c Contract, t time.Time) {
	if c.NextEnd.IsZero() {
		return
	}
	r := &Renewal{At: c.NextEnd, Days: int(math.Ceil(days(c.NextEnd.Sub(t)))), Probability: validate.Estimate{Level: Level}}
	if c.NextARR.Currency != "" {
		r.ARR = &c.NextARR
	}
	switch {
	case c.Bound.After(c.NextEnd):
		r.BoundUntil = c.Bound
	case !c.Bound.IsZero():
		r.Notice = c.Notice
	}
	a.Renewal = r
}

func (a Assessment) without(state State, why string) Assessment {
	a.State, a.Refusal = state, why
	a.Probability = validate.Estimate{Level: Level, Why: why}
	if a.Renewal != nil {
		a.Renewal.Probability.Why = why
	}
	return a
}

func (m *Model) estimate(p, low, high float64) validate.Estimate {
	return validate.Estimate{
		Value: pointer(p), Low: pointer(low), High: pointer(high), Level: Level, N: m.Learned.Snapshots, Events: m.Learned.Departures,
		Method: methodHazard, Evidence: m.Evidence,
	}
}
