package simulate

import (
	"math"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// The product lines, by index.
const (
	analytics = iota
	automate
	connect
	numProducts
)

var productKeys = [numProducts]string{"analytics", "automate", "connect"}

// Segments by index; bounds are employees, half-open.
const (
	strategic = iota
	enterprise
	growth
	digital
)

var (
	segmentNames  = [...]string{"strategic", "enterprise", "growth", "digital"}
	segmentBounds = [...]int{5000, 1000, 100}
	planNames     = [...]string{"Enterprise", "Business", "Team", "Starter"}
)

// Parameters of size: the logarithm of employees is normal.
const (
	employeesMedian = 250
	employeesSD     = 1.8
	seatsPerPower   = 0.4 // seats = 0.4 × employees^0.75 × lognormal(1, 0.4)
	oldShare        = 0.55
	groupShare      = 0.08
	fitSD           = 0.6
)

// profile is what about an account does not move.
type profile struct {
	employees int
	segment   int
	industry  int
	country   int
	since     int     // day of the first subscription, negative before the history
	term      int     // months
	seats     int     // of analytics at the start
	fit       float64 // where latent health returns to
	intensity float64 // usage per seat against the average
	book      int     // index of the CSM's book
	parent    int     // index of the parent account, -1 for none
}

func (c *Company) makeProducts() {
	created := c.date(-4 * 365)
	for _, p := range []struct{ key, name string }{
		{productKeys[analytics], "Analytics"}, {productKeys[automate], "Automate"}, {productKeys[connect], "Connect"},
	} {
		c.products = append(c.products, customer.Product{ID: id.Derive[id.Product](c.namespace, p.key), Key: p.key, Name: p.name, CreatedAt: created})
	}
}

func segmentOf(employees int) int {
	for s, bound := range segmentBounds {
		if employees >= bound {
			return s
		}
	}
	return digital
}

func (c *Company) makeProfiles() {
	n := c.cfg.Accounts
	c.sims = make([]sim, n)
	c.accounts = make([]Account, n)
	for i := range n {
		c.sims[i].profile = c.makeProfile(i)
	}
	c.makeGroups()
	namer := newNamer(c.rng(streamCompany, 1))
	for i := range n {
		p := &c.sims[i].profile
		if p.parent < 0 {
			c.nameAccount(i, namer.company(p.industry))
		}
	}
	for i := range n {
		if p := &c.sims[i].profile; p.parent >= 0 {
			c.nameAccount(i, namer.subsidiary(c.accounts[p.parent].Name, p.country))
			c.accounts[i].ParentID = c.accounts[p.parent].ID
		}
	}
}

func (c *Company) nameAccount(i int, name string) {
	p, a := &c.sims[i].profile, &c.accounts[i]
	a.External = external(i)
	a.Segment = segmentNames[p.segment]
	a.Account = customer.Account{
		ID: id.Derive[id.Account](c.namespace, a.External), Name: name, Domain: domainOf(name),
		Since: c.date(p.since), CreatedAt: c.date(p.since), UpdatedAt: c.date(p.since),
	}
}

func (c *Company) makeProfile(i int) profile {
	r := c.rng(streamProfile, i)
	employees := max(8, int(math.Round(r.lognormal(employeesMedian, employeesSD))))
	employees = min(employees, 400_000)
	p := profile{employees: employees, segment: segmentOf(employees), parent: -1}
	p.industry = r.IntN(len(industries))
	p.country = r.weighted(countryWeights)
	p.since = c.drawSince(r)
	p.seats = max(3, int(math.Round(seatsPerPower*math.Pow(float64(employees), 0.75)*r.lognormal(1, 0.4))))
	p.term = 12
	switch u := r.Float64(); {
	case p.segment == digital && u < 0.35:
		p.term = 1
	case p.segment <= enterprise && u < 0.2:
		p.term = 24
	case p.segment <= enterprise && u < 0.3:
		p.term = 36
	}
	p.fit = fitSD * r.NormFloat64()
	p.intensity = r.lognormal(1, 0.35)
	return p
}

// drawSince returns the day of the first subscription: over the three years
// before the history for the old accounts, during it for the others.
func (c *Company) drawSince(r rng) int {
	d := -r.between(30, 3*365)
	if !r.chance(oldShare) {
		d = r.IntN(max(1, c.days-20))
	}
	return c.termStart(d)
}

// termStart moves a day so that terms may start on it: not after the 28th, so
// that renewals keep their day of the month, and not on that of End, so that no
// renewal is due at the very instant at which the history stops.
func (c *Company) termStart(d int) int {
	dom := c.date(d).Day()
	if dom > 28 {
		d -= dom - 28
		dom = 28
	}
	switch {
	case dom != c.cfg.End.Day():
		return d
	case dom == 1:
		return d + 1
	}
	return d - 1
}

// makeGroups gives about groupShare of the accounts a parent among the larger
// ones; groups are one level deep.
func (c *Company) makeGroups() {
	r := c.rng(streamCompany, 2)
	var heads []int
	for i := range c.sims {
		if c.sims[i].segment <= enterprise {
			heads = append(heads, i)
		}
	}
	if len(heads) == 0 {
		return
	}
	r.Shuffle(len(heads), func(a, b int) { heads[a], heads[b] = heads[b], heads[a] })
	want := int(math.Round(groupShare * float64(len(c.sims))))
	heads = heads[:min(len(heads), want/3+1)]
	isHead := make(map[int]bool, len(heads))
	for _, h := range heads {
		isHead[h] = true
	}
	for tries := 0; want > 0 && tries < 20*len(c.sims); tries++ {
		child := r.IntN(len(c.sims))
		if isHead[child] || c.sims[child].parent >= 0 {
			continue
		}
		head := pick(r, heads)
		c.sims[child].parent = head
		c.sims[child].industry = c.sims[head].industry
		want--
	}
}

// makeSeason lays out how busy office workers are on each day: weekends are
// quiet, July and August slower, the turn of the year slowest.
func (c *Company) makeSeason() {
	weekday := [...]float64{0.08, 1.0, 1.08, 1.06, 1.02, 0.85, 0.06}
	c.season = make([]float64, c.days)
	c.weekMean = make([]float64, c.weeks)
	for d := range c.season {
		t := c.date(d)
		c.season[d] = weekday[t.Weekday()] * yearly(t)
		c.weekMean[d/7] += c.season[d]
	}
	for w := range c.weekMean {
		c.weekMean[w] /= float64(min(7, c.days-7*w))
	}
}

func yearly(t time.Time) float64 {
	switch n := t.YearDay(); {
	case t.Month() == time.December && t.Day() >= 22, t.Month() == time.January && t.Day() <= 2:
		return 0.4
	case t.Month() == time.December && t.Day() >= 15:
		return 0.8
	case n >= 180 && n <= 245:
		return 1 - 0.25*math.Sin(math.Pi*float64(n-180)/65)
	}
	return 1
}
