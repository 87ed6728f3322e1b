package metric

import (
	"math"
	"time"

	"kept/internal/customer"
	"kept/internal/usage"
)

// guard holds what limits and rounds the values of a metric: it is the same code
// for evaluation and explanation, so that both say the same.
type guard struct {
	def   *compiled
	begun int64 // second since which events are recorded; see Begin
}

// Begin returns the second of the first event of all accounts that Kept did not
// derive from records; math.MaxInt64 when there is none. Runs are sorted by time,
// and derived events are few, so this looks at little more than one row an account.
func Begin(c *usage.Columns) int64 {
	first := int64(math.MaxInt64)
	if c == nil {
		return first
	}
	labels := c.Labels()
	derived := make([]bool, len(labels))
	for code, l := range labels {
		derived[code] = usage.Derived(l.Name)
	}
	for _, r := range c.Runs(c.Accounts()) {
		for i, t := range r.Time {
			if int64(t) >= first {
				break
			}
			if !derived[r.Code(i)] {
				first = int64(t)
				break
			}
		}
	}
	return first
}

// The reasons why a guard leaves a value out.
const (
	outInactive = "no subscription is in force, and the metric is limited to active subjects"
	outYoung    = "the tenure is shorter than min_tenure"
	outTenure   = "the tenure is missing"
	outHistory  = "events have not been recorded for long enough (history)"
	outScale    = "a tenure of 0 days cannot be scaled"
)

// apply returns what becomes of a value, and why it is left out. tenure is that of
// the tenure metric (NaN when missing), or the days since the subject began.
func (g *guard) apply(v, tenure float64, active bool, t int64) (float64, string) {
	d := g.def
	switch {
	case d.Only == OnlyActive && !active:
		return 0, outInactive
	case d.history > 0 && t-int64(d.history)*secondsPerDay < g.begun:
		return 0, outHistory
	case (d.minTenure > 0 || d.tenure >= 0) && math.IsNaN(tenure):
		return 0, outTenure
	case d.minTenure > 0 && tenure < float64(d.minTenure):
		return 0, outYoung
	}
	if d.scale > 0 {
		over := float64(d.frame.length.days)
		if d.tenure >= 0 {
			over = min(over, tenure)
		}
		if over <= 0 {
			return 0, outScale
		}
		v = v * float64(d.scale) / over
	}
	return d.round(v), ""
}

// round applies the precision.
func (m *compiled) round(v float64) float64 {
	if m.Precision == Single {
		return float64(float32(v))
	}
	return v
}

// divide returns a quotient, rounded if the metric says so; NaN when it is not
// finite.
func (m *compiled) divide(v, by float64) float64 {
	q := m.round(v / by)
	if math.IsInf(q, 0) {
		return math.NaN()
	}
	return q
}

// quotient computes a Quotient of two values, NaN for missing; why says why there
// is none.
func (m *compiled) quotient(v, by float64) (out float64, why string) {
	switch {
	case math.IsNaN(by):
		return 0, m.Over + " is missing"
	case math.IsNaN(v) && m.WhenMissing != Zero:
		return 0, m.Of + " is missing"
	case by == 0 && m.WhenZero != Zero:
		return 0, m.Over + " is 0, and a ratio to 0 says nothing"
	case by == 0:
		return 0, ""
	case math.IsNaN(v):
		v = 0
	}
	if m.As == Percent {
		v *= 100
	}
	if out = m.divide(v, by); math.IsNaN(out) {
		return 0, "the ratio is too large to be said"
	}
	return out, ""
}

// inForce reports whether an account has a subscription in force.
func inForce(subs []customer.Subscription, of func(*customer.Subscription) bool, asOf time.Time) bool {
	for i := range subs {
		if !of(&subs[i]) {
			continue
		}
		if r := stateAt(&subs[i], asOf); r != nil && r.InForce(asOf) {
			return true
		}
	}
	return false
}

// sinceBegin returns the days from the beginning of a subject, NaN when that is
// not known: then no tenure is too short.
func sinceBegin(t, since int64) float64 {
	if since == noBeginning {
		return math.Inf(1)
	}
	return days(t - since)
}
