package churn

import (
	"math"
	"time"

	"kept/internal/fault"
	"kept/internal/validate"
)

// Bounds of the horizon. A month is the shortest period of the hazard.
const (
	DefaultHorizon = 90 * validate.Day
	MinHorizon     = 30 * validate.Day
	MaxHorizon     = 365 * validate.Day
)

// Level is that of every interval.
const Level = validate.Level

// month is the mean length of one, in days.
const month = 365.25 / 12

// Spec says what to forecast.
type Spec struct {
	Horizon time.Duration // 0 is DefaultHorizon
	AsOf    time.Time     // end of what may be known; zero is now
}

// Check fills the defaults and refuses what makes no sense. Errors name the field.
func (s Spec) Check() (Spec, error) {
	if s.Horizon == 0 {
		s.Horizon = DefaultHorizon
	}
	if s.Horizon < MinHorizon || s.Horizon > MaxHorizon {
		return s, fault.At("horizon", "%s is out of range: use 30d to 365d, such as 90d", validate.Days(s.Horizon))
	}
	return s, nil
}

// Validation is the specification of the back-test among the accounts of a scorecard.
func (s Spec) Validation(scorecard string) validate.Spec {
	return validate.Spec{Scorecard: scorecard, Horizon: s.Horizon, AsOf: s.AsOf}
}

// periods returns into how many months a horizon is cut, and their length in days.
func periods(horizon time.Duration) (k int, length float64) {
	days := horizon.Hours() / 24
	k = max(1, int(math.Round(days/month)))
	return k, days / float64(k)
}
