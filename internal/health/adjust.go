package health

import (
	"fmt"
	"math"
	"strings"
	"time"

	"kept/internal/fault"
)

// The kinds of Adjustment: first those of the computation, then exceptions and
// the override.
const (
	AdjustStart         = "start"         // where points begin
	AdjustRounding      = "rounding"      // of a group ("group.KEY"), the score, or a roll-up
	AdjustClamp         = "clamp"         // points beyond the scale
	AdjustRelationships = "relationships" // what the relationships' scores make of it
	AdjustHierarchy     = "hierarchy"     // what the child accounts' scores make of it
	AdjustCap           = "cap"
	AdjustFloor         = "floor"
	AdjustForceBand     = "force_band"
	AdjustOverrideBand  = "override_band"
	AdjustOverrideScore = "override_score"
)

// except applies the exceptions in listed order. A cap or floor that does not
// bind leaves no trace. Once a band is forced, a later cap or floor moves the
// number only: a cap must not lift a band that was forced down.
func (c *Card) except(r *Result, s Subject, w *Scratch) {
	if r.Score == nil || len(c.excs) == 0 {
		return
	}
	env := w.lookup(c, r, s.Env)
	forced := false
	for _, x := range c.excs {
		// An exception that cannot be said does not apply: no sentiment is no red one.
		if holds, _ := x.when.Holds(env); !holds {
			continue
		}
		a := Adjustment{Key: x.def.Key, Why: x.def.Title}
		if a.Why == "" {
			a.Why = x.def.When
		}
		switch {
		case x.def.ForceBand != "":
			a.Kind, a.Band = AdjustForceBand, x.def.ForceBand
			r.Band, forced = x.def.ForceBand, true
		case x.def.Cap != nil && toPico(*x.def.Cap) < r.ScorePico:
			a.Kind = AdjustCap
			c.move(r, &a, *x.def.Cap, !forced, w)
		case x.def.Floor != nil && toPico(*x.def.Floor) > r.ScorePico:
			a.Kind = AdjustFloor
			c.move(r, &a, *x.def.Floor, !forced, w)
		default:
			continue
		}
		if !w.brief {
			r.Adjustments = append(r.Adjustments, a)
		}
	}
}

// move sets the score and books the difference on the adjustment.
func (c *Card) move(r *Result, a *Adjustment, to float64, band bool, w *Scratch) {
	target := toPico(to)
	a.PointsPico = target - r.ScorePico
	a.Points = float64(a.PointsPico) / pico
	r.ScorePico = target
	r.Score = w.number(float64(target) / pico)
	if band {
		r.Band = c.Band(*r.Score)
		a.Band = r.Band
	}
}

// answer answers "measure.KEY", "band.KEY" and "group.KEY" from the contributions,
// in the scorecard's scale, and passes every other name on. A measure that does not count, or counts with an assumed
// score, has neither: an exception judges what is known.
func (c *Card) answer(r *Result, outer Lookup, name string) (any, bool) {
	kind, key, _ := strings.Cut(name, ".")
	if key != "" && kind == "group" {
		for g := range c.groups {
			if c.groups[g].key == key && g < len(r.groups) && !math.IsNaN(r.groups[g]) {
				return c.asWritten(r.groups[g]), true
			}
		}
		return nil, false
	}
	if key == "" || kind != "measure" && kind != "band" {
		if outer == nil {
			return nil, false
		}
		return outer(name)
	}
	for i := range r.Contributions {
		if k := &r.Contributions[i]; k.Measure == key && k.counts() && k.Assumed == "" {
			if kind == "band" {
				return c.Band(*k.Score), true
			}
			return c.asWritten(*k.Score), true
		}
	}
	return nil, false
}

// asWritten turns the score of a measure or group into what the scorecard writes:
// a score of its scale, or points.
func (c *Card) asWritten(s float64) float64 {
	if c.def.Combine == AddPoints && c.def.Scale != nil {
		return s / 100 * (c.scale.Max - c.scale.Min)
	}
	if c.def.Combine == AddPoints {
		return s
	}
	return c.scale.shown(s)
}

// override applies the newest manual override that is in force. It holds even
// where no score can be computed: a person may know what the data do not.
func (c *Card) override(r *Result, s Subject, w *Scratch) {
	o := current(s.Overrides, s.AsOf)
	if o == nil {
		return
	}
	if err := o.Check(c); err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("the override by %s was left out: %s", o.Author, err))
		return
	}
	a := Adjustment{Key: "override", Why: fmt.Sprintf("%s: %s", o.Author, o.Reason)}
	if o.Score != nil {
		a.Kind = AdjustOverrideScore
		c.move(r, &a, *o.Score, true, w)
	} else {
		a.Kind, a.Band = AdjustOverrideBand, o.Band
		r.Band = o.Band
	}
	r.Adjustments = append(r.Adjustments, a)
	r.Overridden = new(*o)
}

// current returns the override in force that was made last; of two made at the
// same instant the later listed.
func current(all []Override, at time.Time) *Override {
	var best *Override
	for i := range all {
		o := &all[i]
		if o.InForce(at) && (best == nil || !o.CreatedAt.Before(best.CreatedAt)) {
			best = o
		}
	}
	return best
}

// Check reports what is wrong with an override on this scorecard: it names one
// of its bands or a score from 0 to 100, not both, with author, reason and an
// expiry after its beginning.
func (o Override) Check(c *Card) error {
	switch {
	case (o.Band == "") == (o.Score == nil):
		return fault.At("band", "set exactly one of band and score")
	case o.Band != "" && c.bandIndex(o.Band) < 0:
		return fault.At("band", "the scorecard %s has no band %q", c.def.Key, o.Band)
	case o.Score != nil && !inScale(*o.Score):
		return fault.At("score", "is %v: scores go from 0 to 100", *o.Score)
	case o.Author == "":
		return fault.At("author", "is missing: an override has an owner")
	case o.Reason == "":
		return fault.At("reason", "is missing: say why the computed health is wrong")
	case !o.ExpiresAt.After(o.CreatedAt):
		return fault.At("expires_at", "must be after created_at: every override ends")
	}
	return nil
}

func toPico(score float64) int64 { return int64(math.Round(score * pico)) }
