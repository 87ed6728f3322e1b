// Package validate says whether a health score predicts who leaves. It turns
// scores of the past and what happened afterwards into a back-test that looks
// forward only: cut-offs one after another, an embargo as long as the horizon,
// figures with intervals, leak canaries that stop the report, and refusals in
// words where the data cannot answer.
package validate

import (
	"math"
	"strings"
	"time"

	"kept/internal/fault"
)

// Day is 24 hours; every duration here is a whole number of them.
const Day = 24 * time.Hour

// Defaults and bounds of a Spec. All are our own choice.
const (
	DefaultHorizon = 90 * Day
	MinHorizon     = 7 * Day
	MaxHorizon     = 730 * Day
	DefaultGrace   = 30 * Day
	// MaxWeeks bounds how far back a back-test looks.
	MaxWeeks = 104
	// WarmUp is how long data have to be there before the first cut-off: a score
	// of the first weeks measures how young the feed is.
	WarmUp = 8 * 7 * Day
	// Level is the confidence level of every interval.
	Level = 0.95
)

// NoGrace is a Spec.Grace of none at all.
const NoGrace time.Duration = -1

// Lapse returns how long a lapse may last.
func (s Spec) Lapse() time.Duration { return max(0, s.Grace) }

// History says which scores of the past are judged.
type History string

// The histories. Recomputed: today's scorecard on what was known at each
// instant. Recorded: what was said at the time, under whatever model.
const (
	Recomputed History = "recomputed"
	Recorded   History = "recorded"
)

// The outcomes. Auto is Left, unless nobody left and "account_churned" events
// are on record, which then count.
const (
	OutcomeAuto  = "auto"
	OutcomeLeft  = "left"
	outcomeEvent = "event:"
)

// Spec says what to validate.
type Spec struct {
	Scorecard string        // key; empty means the only one, or the first
	Horizon   time.Duration // how far ahead the score is asked to see; 0 is DefaultHorizon
	// Grace is how long a lapse may last before it counts as leaving: renewals
	// are signed late. 0 is DefaultGrace, NoGrace is none; read it with Lapse.
	Grace time.Duration
	// Outcome is auto, left, or event:NAME; empty is auto.
	Outcome string
	History History // empty is Recomputed
	// Capacity is how many accounts the team can look after within a horizon; 0
	// means as many as were in the worst band.
	Capacity int
	AsOf     time.Time // end of what may be known; zero is now
	// From leaves out cut-offs before it: before a change of the product, or where
	// those who left earlier are not on record. Zero takes all.
	From time.Time
	// PastFrom leaves evaluations recorded before it out of the comparison with
	// the rebuilt past, after a deliberate back-fill. Zero compares all.
	PastFrom time.Time
}

// Check fills the defaults and refuses what makes no sense. Errors name the field.
func (s Spec) Check() (Spec, error) {
	if s.Horizon == 0 {
		s.Horizon = DefaultHorizon
	}
	if s.Horizon < MinHorizon || s.Horizon > MaxHorizon {
		return s, fault.At("horizon", "%s is out of range: use 7d to 730d, such as 90d", Days(s.Horizon))
	}
	switch {
	case s.Grace == 0:
		s.Grace = DefaultGrace
	case s.Grace < 0:
		s.Grace = NoGrace
	case s.Grace > 180*Day:
		return s, fault.At("grace", "%s is out of range: use 0d to 180d", Days(s.Grace))
	}
	switch s.History {
	case "":
		s.History = Recomputed
	case Recomputed, Recorded:
	default:
		return s, fault.At("history", "%.40q is not a history: use recomputed or recorded", string(s.History))
	}
	if s.Outcome == "" {
		s.Outcome = OutcomeAuto
	}
	if name, ok := s.Event(); s.Outcome != OutcomeAuto && s.Outcome != OutcomeLeft && (!ok || name == "") {
		return s, fault.At("outcome", "%.60q is not an outcome: use auto, left or event:NAME, such as event:account_churned", s.Outcome)
	}
	if s.Capacity < 0 || s.Capacity > 1e7 {
		return s, fault.At("capacity", "%d is out of range: use the number of accounts that the team can look after within the horizon", s.Capacity)
	}
	return s, nil
}

// Event returns the name of the event that is the outcome, if one is.
func (s Spec) Event() (string, bool) { return strings.CutPrefix(s.Outcome, outcomeEvent) }

// ParseDays reads "90d" (or "90") as a duration.
func ParseDays(field, text string) (time.Duration, error) {
	digits := strings.TrimSuffix(strings.TrimSpace(text), "d")
	if digits == "" || len(digits) > 6 || strings.Trim(digits, "0123456789") != "" {
		return 0, fault.At(field, "%.40q is not a number of days: use one such as 90d", text)
	}
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	if n == 0 && field == "horizon" {
		return 0, fault.At(field, "0d is out of range: use 7d to 730d, such as 90d")
	}
	return time.Duration(n) * Day, nil
}

// Days writes a duration as days.
func Days(d time.Duration) string {
	return formatFloat(math.Round(d.Hours()/24*10)/10) + "d"
}
