package validate

import (
	"fmt"
	"slices"
	"time"
)

// MinCutOffs is how many cut-offs a walk-forward wants.
const MinCutOffs = 4

// Plan says at which instants scores are judged.
type Plan struct {
	// CutOffs are the instants of the folds, ascending, Step apart; the outcome of
	// the last one is known at the end of the data.
	CutOffs []time.Time
	Step    time.Duration
	// Weeks are weekly instants, ascending, on the same grid as the cut-offs, from
	// the end of the warm-up to the end of the data, at most MaxWeeks.
	Weeks []time.Time
	Notes []string
	// Why says why there is no cut-off; empty when there is one.
	Why string
}

// steps are tried in turn until there are enough cut-offs; all are whole weeks.
var steps = []time.Duration{91 * Day, 28 * Day, 7 * Day}

// MakePlan places cut-offs between the first and last instants of the data. s
// has been checked.
func MakePlan(s Spec, dataStart, dataEnd time.Time) Plan {
	last := dataEnd.Add(-s.Horizon - s.Lapse()).Truncate(Day)
	first := dataStart.Add(WarmUp)
	bounded := dataEnd.Add(-(MaxWeeks - 1) * 7 * Day)
	if first.Before(bounded) {
		first = bounded
	}
	if first.Before(s.From) {
		first = s.From
	}
	var p Plan
	if last.Before(first) {
		if !last.Before(dataStart.Add(WarmUp)) && !s.From.IsZero() {
			p.Why = fmt.Sprintf("The last cut-off whose outcome is known is %s; none lies after %s.", day(last), day(s.From))
			return p
		}
		have := int(dataEnd.Sub(dataStart) / Day)
		need := int((s.Horizon + s.Lapse() + WarmUp) / Day)
		p.Why = fmt.Sprintf("The data span %d days, from %s to %s. A back-test that looks %d days ahead needs at least %d: %d to warm up, the horizon, and %d of grace until a lapse counts as leaving.",
			have, day(dataStart), day(dataEnd), int(s.Horizon/Day), need, int(WarmUp/Day), int(s.Lapse()/Day))
		return p
	}
	for _, p.Step = range steps {
		p.CutOffs = backwards(last, first, p.Step)
		if len(p.CutOffs) >= MinCutOffs {
			break
		}
	}
	switch {
	case len(p.CutOffs) < MinCutOffs:
		p.Notes = append(p.Notes, fmt.Sprintf("The history is short: it holds %s instead of the %d that a back-test wants. Read the figures as a first look.", count(len(p.CutOffs), "cut-off"), MinCutOffs))
	case p.Step < steps[0]:
		p.Notes = append(p.Notes, fmt.Sprintf("The history is too short for %d quarterly cut-offs, so they stand %d days apart.", MinCutOffs, int(p.Step/Day)))
	}
	if p.Step < s.Horizon && len(p.CutOffs) > 1 {
		p.Notes = append(p.Notes, "The horizon is longer than the step, so one departure may follow several cut-offs. It counts once as an event, and intervals take accounts as the unit.")
	}
	for t := last; !t.After(dataEnd); t = t.Add(7 * Day) {
		p.Weeks = append(p.Weeks, t)
	}
	for t := last.Add(-7 * Day); !t.Before(first); t = t.Add(-7 * Day) {
		p.Weeks = append(p.Weeks, t)
	}
	slices.SortFunc(p.Weeks, time.Time.Compare)
	return p
}

func backwards(last, first time.Time, step time.Duration) []time.Time {
	var out []time.Time
	for t := last; !t.Before(first); t = t.Add(-step) {
		out = append(out, t)
	}
	slices.Reverse(out)
	return out
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
