package simulate

import (
	"math"
	"time"
)

// Parameters of churn: at the end of each term an account decides by latent
// health some weeks earlier, p = logistic(intercept + segment − slope·h).
// The intercept is calibrated; a monthly term takes the twelfth root.
const (
	churnSlope    = 2.6
	decideFrom    = 14 // weeks before the end of the term
	decideTo      = 7
	closureHazard = 0.008 // a year, whatever the health: insolvency, acquisition
	reactivation  = 0.05  // share of the churned who come back
)

var churnSegment = [...]float64{-0.5, -0.2, 0, 0.4}

// decision is one end of a term at which the account may leave.
type decision struct {
	day     int
	monthly bool
	health  float64 // as decided on
	without float64 // what it would be without programmes
	hazard  float64 // probability of leaving, set by calibrate
	base    float64 // that probability without programmes
	draw    float64
}

// span is one life of an account as a customer: days [start, end).
type span struct {
	start, end int // end is never while it stays
	notice     int // day on which the end became known
	reason     string
	early      bool // ended before the term did
}

// boundary returns the day on which the k-th term after the start ends.
func (c *Company) boundary(start, months, k int) int {
	return c.dayOf(c.date(start).AddDate(0, months*k, 0))
}

func (c *Company) makeDecisions(i int) {
	s := &c.sims[i]
	r := c.rng(streamChurn, i)
	closure := never
	if d := max(0, s.since) + 40 + int(r.ExpFloat64()/closureHazard*365); d < c.days {
		closure = d
	}
	s.spans = []span{{start: s.since, end: closure}}
	for k := 1; ; k++ {
		d := c.boundary(s.since, s.term, k)
		if d >= c.days {
			break
		}
		if d <= 7 {
			continue
		}
		week := d / 7
		dec := decision{day: d, monthly: s.term == 1, draw: r.Float64()}
		for w := week - decideFrom; w <= week-decideTo; w++ {
			dec.health += s.at(w)
			dec.without += s.without(w)
		}
		dec.health /= decideFrom - decideTo + 1
		dec.without /= decideFrom - decideTo + 1
		s.decisions = append(s.decisions, dec)
	}
}

// hazard is the probability of leaving at the end of a term.
func hazard(intercept, health float64, segment int, monthly bool) float64 {
	p := logistic(intercept + churnSegment[segment] - churnSlope*health)
	if monthly {
		return 1 - math.Pow(1-p, 1.0/12)
	}
	return p
}

// calibrate finds, by bisection, the intercept at which the expected number of
// churns per account-year is the configured one. Above 4,000 accounts it uses
// the first 4,000. With very few accounts the rate may be out of reach; the
// intercept then stops at its bound.
func (c *Company) calibrate() {
	lo, hi := -12.0, 3.0
	for range 40 {
		c.intercept = (lo + hi) / 2
		if c.expectedChurn() < c.cfg.AnnualChurn {
			lo = c.intercept
		} else {
			hi = c.intercept
		}
	}
	c.intercept = math.Round(c.intercept*1e6) / 1e6
	for i := range c.sims {
		s := &c.sims[i]
		for k := range s.decisions {
			d := &s.decisions[k]
			d.hazard = hazard(c.intercept, d.health, s.segment, d.monthly)
			d.base = hazard(c.intercept, d.without, s.segment, d.monthly)
		}
	}
}

// expectedChurn returns the expected churns per account-year at the intercept.
func (c *Company) expectedChurn() float64 {
	churns, years := 0.0, 0.0
	for i := range c.sims[:min(len(c.sims), 4000)] {
		s := &c.sims[i]
		closure := s.spans[0].end
		alive, from := 1.0, max(0, s.since)
		for _, d := range s.decisions {
			if d.day >= closure {
				break
			}
			years += alive * float64(d.day-from) / 365.25
			p := hazard(c.intercept, d.health, s.segment, d.monthly)
			churns += alive * p
			alive *= 1 - p
			from = d.day
		}
		years += alive * float64(min(closure, c.days)-from) / 365.25
		if closure < c.days {
			churns += alive
		}
	}
	if years == 0 {
		return 0
	}
	return churns / years
}

// makeSpans lets the account decide at each end of a term, and rarely come back.
func (c *Company) makeSpans(i int) {
	s := &c.sims[i]
	r := c.rng(streamChurn, i+1<<24)
	first := &s.spans[0]
	if first.end < never {
		first.early = true
		first.reason = pick(r, closureReasons)
		first.notice = first.end - r.between(15, 35)
	}
	for _, d := range s.decisions {
		if d.day >= first.end {
			break
		}
		if d.draw < d.hazard {
			notice := d.day - r.between(20, 75)
			if d.monthly {
				notice = d.day - r.between(1, 10)
			}
			*first = span{start: s.since, end: d.day, notice: notice, reason: c.reasonFor(s, d.day, r)}
			break
		}
	}
	first.notice = max(first.notice, first.start+1)
	if first.end == never || first.early || !r.chance(reactivation) {
		return
	}
	back := c.termStart(first.end + r.between(100, 260))
	if back < c.days-30 {
		s.spans = append(s.spans, span{start: back, end: never})
	}
}

// reasonFor blames what happened in the year before, or low health in general.
func (c *Company) reasonFor(s *sim, at int, r rng) string {
	for _, sh := range s.shocks {
		if sh.day < at && sh.day > at-300 && sh.size < 0 && r.chance(0.6) {
			return pick(r, shockReasons[sh.kind])
		}
	}
	return pick(r, churnReasons)
}

// churned returns when the account left for good, zero while it stays.
func (c *Company) churned(s *sim) time.Time {
	last := s.spans[len(s.spans)-1]
	if last.end >= c.days {
		return time.Time{}
	}
	return c.date(last.end)
}

// active returns the span that covers a day.
func (s *sim) active(d int) (span, bool) {
	for _, sp := range s.spans {
		if d >= sp.start && d < sp.end {
			return sp, true
		}
	}
	return span{}, false
}
