package simulate

import "math"

// The programmes and their true effect on latent health.
const (
	academyKey    = "onboarding_academy"
	academyEffect = 0.5 // latent units, added in each week of the course
	academyWeeks  = 12
	academyDelay  = 14 // days from the start of the account

	sponsorKey    = "executive_sponsor"
	sponsorEffect = 0.45
	sponsorWeeks  = 26
	sponsorFrom   = 26 // weeks after the start of the history
)

// armKind is an account's arm in a programme.
type armKind string

// The arms.
const (
	armNone    armKind = ""
	armTreated armKind = "treated"
	armHoldout armKind = "holdout"
)

// assignment is an account's part in a programme: weeks [from, to).
type assignment struct {
	arm      armKind
	day      int
	from, to int
}

// assignAcademy draws the arms of the randomised programme: every account that
// starts within the history, half of them held out.
func (c *Company) assignAcademy(i int) {
	s := &c.sims[i]
	d := s.since + academyDelay
	if s.since < 0 || d >= c.days {
		return
	}
	from := (d + 6) / 7
	s.academy = assignment{arm: armHoldout, day: d, from: from, to: from + academyWeeks}
	if c.rng(streamProgram, i).chance(0.5) {
		s.academy.arm = armTreated
		s.raise(s.academy, academyEffect)
	}
}

// assignSponsor lets CSMs choose whom to give an executive sponsor: mostly big
// accounts that look unwell, so that those who have one churn more although it
// helps. The choice is made monthly, with the health that the CSM sees.
func (c *Company) assignSponsor(i int) {
	s := &c.sims[i]
	if s.segment == digital {
		return
	}
	r := c.rng(streamProgram, i+1<<24)
	size := (math.Log(float64(s.employees)) - math.Log(employeesMedian)) / employeesSD
	for w := max(sponsorFrom, s.week0+8); w < c.weeks-4; w += 4 {
		seen := s.at(w-1) + 0.5*r.NormFloat64()
		if r.chance(logistic(-5.2 + 1.1*size - 1.3*seen)) {
			s.sponsor = assignment{arm: armTreated, day: 7*w + r.IntN(5), from: w + 1, to: w + 1 + sponsorWeeks}
			s.raise(s.sponsor, sponsorEffect)
			return
		}
	}
}

// raise adds an effect to latent health over the weeks of an assignment.
func (l *latent) raise(a assignment, effect float64) {
	for w := max(a.from, l.week0); w < min(a.to, l.week0+len(l.health)); w++ {
		l.health[w-l.week0] += milli(effect)
	}
}
