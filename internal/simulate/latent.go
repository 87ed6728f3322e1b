package simulate

// Parameters of latent health h, in standard units around 0: weekly
// h ← h + reversion·(fit − h) + wobble·ε + shocks, an AR(1) process.
const (
	reversion = 0.06
	wobble    = 0.18
	entrySD   = 0.5

	championHazard = 0.12 // a year
	championJump   = -1.0
	championFit    = -0.35 // until there is a new champion
	mergerHazard   = 0.03  // a year
	outageJump     = -0.35 // times severity
)

// shockKind says what befell an account.
type shockKind string

// The shocks.
const (
	shockChampion shockKind = "champion_left"
	shockMerger   shockKind = "merger"
	shockOutage   shockKind = "outage"
)

type shock struct {
	kind shockKind
	day  int
	size float64
}

// outage is a failure of one of our products that hits everyone who uses it.
type outage struct {
	day, product int
	hours        int
	severity     float64
}

// latent is the truth about an account's health: weekly, in thousandths, from
// the week of its start on.
type latent struct {
	week0      int
	base       []int16 // without programmes
	health     []int16 // with programmes
	shocks     []shock
	champLeft  int // day on which the champion leaves, never when none
	champFound int // day on which the next one is found
	academy    assignment
	sponsor    assignment
}

// never is a day after every history.
const never = 1 << 29

// at returns latent health in a week; outside the path, its nearest end.
func (l *latent) at(week int) float64 { return path(l.health, week-l.week0) }

// without returns what latent health would be without programmes.
func (l *latent) without(week int) float64 { return path(l.base, week-l.week0) }

func path(p []int16, k int) float64 {
	if len(p) == 0 {
		return 0
	}
	return float64(p[min(max(k, 0), len(p)-1)]) / 1000
}

// makeOutages draws the failures of our products: about 0.8 a product and year.
func (c *Company) makeOutages() {
	r := c.rng(streamCompany, 3)
	for p := range numProducts {
		for d := r.between(20, 500); d < c.days; d += r.between(120, 800) {
			c.outages = append(c.outages, outage{day: d, product: p, hours: r.between(2, 30), severity: 0.5 + r.Float64()})
		}
	}
}

func (c *Company) makeLatent(i int) {
	s := &c.sims[i]
	r := c.rng(streamLatent, i)
	l := &s.latent
	first := max(0, s.since)
	l.week0 = first / 7
	l.champLeft, l.champFound = never, never
	c.drawShocks(s, r, first)
	n := c.weeks - l.week0
	l.base = make([]int16, n)
	h := s.fit + entrySD*r.NormFloat64()
	for k := range n {
		w := l.week0 + k
		fit := s.fit
		if 7*w >= l.champLeft && 7*w < l.champFound {
			fit += championFit
		}
		if k > 0 {
			h += reversion*(fit-h) + wobble*r.NormFloat64()
		}
		for _, sh := range l.shocks {
			if sh.day/7 == w {
				h += sh.size
			}
		}
		l.base[k] = milli(h)
	}
	l.health = append([]int16(nil), l.base...)
	c.assignAcademy(i)
	c.assignSponsor(i)
}

func (c *Company) drawShocks(s *sim, r rng, first int) {
	l := &s.latent
	if d := first + 30 + int(r.ExpFloat64()/championHazard*365); d < c.days {
		l.champLeft = d
		l.champFound = d + r.between(40, 150)
		l.shocks = append(l.shocks, shock{shockChampion, d, championJump * (0.6 + 0.8*r.Float64())})
	}
	if d := first + 30 + int(r.ExpFloat64()/mergerHazard*365); d < c.days {
		size := -1.2
		if r.chance(0.3) {
			size = 0.8
		}
		l.shocks = append(l.shocks, shock{shockMerger, d, size})
	}
	for _, o := range c.outages {
		// Only an outage of the core product, which everyone has, shakes the account;
		// one of the others shows in errors and tickets.
		if o.day > first && o.product == analytics {
			l.shocks = append(l.shocks, shock{shockOutage, o.day, outageJump * o.severity})
		}
	}
}
