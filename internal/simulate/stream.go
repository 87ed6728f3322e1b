package simulate

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"kept/internal/fault"
	"kept/internal/usage"
)

// Kinds of usage event, as the generator keeps them within a day.
const (
	kindLogin = iota
	kindReport
	kindQuery
	kindExport
	kindDashboard
	kindRun
	kindWorkflow
	kindSync
	kindCall
	kindError
	kindRecord // actor is the index of the record event
)

var (
	kindName = [...]string{
		"login", "report_viewed", "query_run", "export_run", "dashboard_created",
		"workflow_run", "workflow_created", "integration_synced", "api_call", "error",
	}
	sessionRate  = [numProducts]float64{0.25, 0.3, 1.2} // a day, per seat^0.8, before scaling
	sessionSize  = [numProducts]float64{4.6, 2.5, 1}    // events in the mean
	actionStay   = 0.72                                 // chance of one more action in a session
	errorChance  = 0.012
	outageErrors = 0.35
)

const (
	weekNoise = 0.2
	usageLag  = 2 // weeks by which usage follows latent health
	dayMillis = int64(day / time.Millisecond)
)

// moment is one event of a day before it gets its strings.
type moment struct {
	ms    int32
	kind  uint8
	prod  int8
	actor int32 // -1 for none
	value float32
}

// streamer generates the events of one account day by day.
type streamer struct {
	c      *Company
	i      int
	s      *sim
	r      rng
	day    int
	noise  float64
	step   [numProducts]int
	today  []moment
	next   int // record event to emit next
	seq    uint64
	prefix string
	names  []string // of actors, made when first seen
	offset int32    // milliseconds from local business hours to UTC
	pilot  bool     // has a few logins before its first subscription
}

// Events calls fn with every event of account i in the order of time, ties in a
// fixed order, and stops at fn's first error, which it returns. Nothing is kept:
// memory does not grow with the number of events. The events do not depend on
// which other accounts were asked for. An index out of range is an Invalid error.
func (c *Company) Events(i int, fn func(usage.Event) error) error {
	if i < 0 || i >= len(c.sims) {
		return fault.At("account", "there is no account %d: choose 0 to %d", i, len(c.sims)-1)
	}
	s := &c.sims[i]
	g := streamer{c: c, i: i, s: s, r: c.rng(streamUsage, i), prefix: c.tag + base32(uint64(i)) + "-"}
	g.names = make([]string, s.actors)
	g.offset = int32(countries[s.country].utc) * 3_600_000
	g.pilot = s.since > pilotDays && g.r.chance(pilotShare)
	first := max(0, min(s.since-pilotDays, c.days))
	for g.day = first; g.day < c.days; g.day++ {
		g.today = g.today[:0]
		g.fill()
		g.addRecords()
		if err := g.emit(fn); err != nil {
			return err
		}
	}
	return nil
}

// The one defined leak: a share of the accounts logs in during the last days
// before its first subscription starts.
const (
	pilotShare = 0.05
	pilotDays  = 10
)

func (g *streamer) fill() {
	if g.day%7 == 0 || g.noise == 0 {
		g.noise = g.r.lognormal(1, weekNoise)
	}
	if g.pilot && g.day < g.s.since && g.r.chance(0.4) {
		g.today = append(g.today, moment{ms: g.clock(), kind: kindLogin, prod: analytics})
	}
	for p := range numProducts {
		steps := g.s.usage[p]
		for g.step[p] < len(steps) && steps[g.step[p]].day <= g.day {
			g.step[p]++
		}
		if g.step[p] == 0 {
			continue
		}
		now := steps[g.step[p]-1]
		if now.seats == 0 {
			continue
		}
		season := g.c.season[g.day]
		if p == connect {
			season = 0.6 + 0.4*season
		}
		mean := g.c.rate(g.s, p, now, g.day) * g.c.volume * season * g.noise
		g.sessions(p, now, g.r.poisson(mean))
	}
}

// rate is the mean number of sessions on a day, but for season, noise and scale.
func (c *Company) rate(s *sim, p int, now seatStep, d int) float64 {
	h := s.at(d/7 - usageLag)
	return sessionRate[p] * s.intensity * now.power * adoption(h) * s.ramp(p, d) * s.decline(d)
}

// adoption is how much of the seats' potential is used.
func adoption(h float64) float64 { return logisticTable(1.5*h + 0.2) }

// ramp rises from a quarter to one in the first 75 days with a product.
func (s *sim) ramp(p, d int) float64 {
	return min(1, 0.25+0.01*float64(d-s.usage[p][0].day))
}

// decline falls to a quarter in the last weeks before the account leaves.
func (s *sim) decline(d int) float64 {
	length := 75
	if s.term == 1 {
		length = 30
	}
	for _, sp := range s.spans {
		if left := sp.end - d; !sp.early && left > 0 && left < length {
			return 0.25 + 0.75*float64(left)/float64(length)
		}
	}
	return 1
}

func (g *streamer) sessions(p int, now seatStep, n int) {
	if n == 0 {
		return
	}
	h := g.s.at(g.day/7 - usageLag)
	active := max(1, int(math.Ceil(float64(now.seats)*min(1, (0.25+0.7*logisticTable(0.8*h+0.4))*g.s.ramp(p, g.day)))))
	bad := errorChance
	for _, o := range g.c.outages {
		if o.product == p && g.day >= o.day && g.day <= o.day+o.hours/24 {
			bad = outageErrors
		}
	}
	for range n {
		at := g.clock()
		who := g.who(active)
		switch p {
		case analytics:
			at = g.visit(at, who, adoption(h))
		case automate:
			at = g.runs(at, who)
		default:
			g.sync(at)
		}
		if g.r.chance(bad) {
			g.add(moment{ms: at + 500, kind: kindError, prod: int8(p), actor: who, value: 1})
		}
	}
}

// who draws an actor: a power law, so that a few do most of it. The champion is
// actor 0 and is gone once it has left.
func (g *streamer) who(active int) int32 {
	u := g.r.Float64()
	a := int32(float64(active) * u * u)
	if a == 0 && g.day >= g.s.champLeft && active > 1 {
		a = 1
	}
	return a
}

// visit is a person's session in analytics: a login and what follows. Those who
// adopt more build dashboards and export more, the others read.
func (g *streamer) visit(at, who int32, depth float64) int32 {
	report, query, export := 0.7-0.25*depth, 0.88-0.1*depth, 0.98-0.05*depth
	g.add(moment{ms: at, kind: kindLogin, prod: analytics, actor: who})
	for {
		at += 15_000 + int32(g.r.Uint32N(300_000))
		kind := uint8(kindDashboard)
		switch u := g.r.Float64(); {
		case u < report:
			kind = kindReport
		case u < query:
			kind = kindQuery
		case u < export:
			kind = kindExport
		}
		g.add(moment{ms: at, kind: kind, prod: analytics, actor: who})
		if g.r.Float64() >= actionStay {
			return at
		}
	}
}

// runs is a series of workflow runs; value: seconds.
func (g *streamer) runs(at, who int32) int32 {
	if g.r.chance(0.05) {
		g.add(moment{ms: at, kind: kindWorkflow, prod: automate, actor: who})
	}
	for {
		at += 5_000 + int32(g.r.Uint32N(600_000))
		seconds := float32(math.Round(10*g.r.lognormal(12, 1))) / 10
		g.add(moment{ms: at, kind: kindRun, prod: automate, actor: who, value: seconds})
		if g.r.Float64() >= 0.6 {
			return at
		}
	}
}

// sync is a scheduled job without an actor; value: rows, or calls.
func (g *streamer) sync(at int32) {
	m := moment{ms: at, kind: kindSync, prod: connect, actor: -1, value: float32(math.Round(g.r.lognormal(800, 1.2)))}
	if g.r.chance(0.4) {
		m.kind, m.value = kindCall, float32(math.Round(g.r.lognormal(150, 1)))
	}
	g.add(m)
}

func (g *streamer) add(m moment) {
	m.ms = min(m.ms, int32(dayMillis-1))
	g.today = append(g.today, m)
}

// clock draws an instant of the local business day, as milliseconds of the UTC
// day; what falls beyond midnight wraps around.
func (g *streamer) clock() int32 {
	local := int32(7*3_600_000) + int32(g.r.Uint32N(6*3_600_000)) + int32(g.r.Uint32N(5*3_600_000))
	ms := local - g.offset
	if ms < 0 {
		return ms + int32(dayMillis)
	}
	return ms % int32(dayMillis)
}

// addRecords merges the day's record events into the day.
func (g *streamer) addRecords() {
	end := int64(g.day+1) * dayMillis
	for g.next < len(g.s.records) && g.s.records[g.next].ms < end {
		ms := max(0, g.s.records[g.next].ms-int64(g.day)*dayMillis)
		g.today = append(g.today, moment{ms: int32(ms), kind: kindRecord, actor: int32(g.next)})
		g.next++
	}
}

func (g *streamer) emit(fn func(usage.Event) error) error {
	if len(g.today) == 0 {
		return nil
	}
	slices.SortStableFunc(g.today, func(a, b moment) int { return cmp.Compare(a.ms, b.ms) })
	midnight := g.c.date(g.day)
	account := g.c.accounts[g.i].ID
	// The day's message ids share one allocation.
	buf := make([]byte, 0, len(g.today)*(len(g.prefix)+5))
	cuts := g.seq
	for range g.today {
		buf = append(buf, g.prefix...)
		buf = appendBase32(buf, g.seq)
		g.seq++
	}
	all := string(buf)
	for _, m := range g.today {
		n := len(g.prefix) + base32Len(cuts)
		at := midnight.Add(time.Duration(m.ms) * time.Millisecond)
		e := usage.Event{MessageID: all[:n], At: at, KnownAt: at, Account: account, Source: Source}
		all = all[n:]
		cuts++
		if m.kind == kindRecord {
			g.s.records[m.actor].fill(&e, &g.c.accounts[g.i])
		} else {
			e.Name, e.Product = kindName[m.kind], productKeys[m.prod]
			e.HasValue = m.kind >= kindRun && m.kind != kindWorkflow
			e.Value = float64(m.value)
			if m.kind == kindRun {
				e.Value = math.Round(10*e.Value) / 10
			}
			if m.actor >= 0 {
				e.Actor = g.actor(m.actor)
			}
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

func (g *streamer) actor(k int32) string {
	if g.names[k] == "" {
		g.names[k] = actorName(g.s.actorBase + k)
	}
	return g.names[k]
}

func actorName(n int32) string { return "app:u-" + padded(int(n)+1, 6) }

// scaleVolume finds the factor that makes the expected number of usage events
// the configured one.
func (c *Company) scaleVolume() {
	total, records := 0.0, int64(0)
	for i := range c.sims {
		s := &c.sims[i]
		records += int64(len(s.records))
		for p, steps := range s.usage {
			k := 0
			for w := max(0, s.since/7); w < c.weeks && len(steps) > 0; w++ {
				d := min(7*w+3, c.days-1)
				for k < len(steps) && steps[k].day <= d {
					k++
				}
				if k == 0 || steps[k-1].seats == 0 {
					continue
				}
				season := c.weekMean[w]
				if p == connect {
					season = 0.6 + 0.4*season
				}
				days := float64(min(7, c.days-7*w))
				total += c.rate(s, p, steps[k-1], d) * season * days * sessionSize[p]
			}
		}
	}
	c.volume = 1
	if total > 0 {
		// The mean of the weekly noise is exp(sd²/2). Record events are as many as
		// they are; they leave at least a twentieth of the target to usage.
		target := max(float64(c.cfg.EventsTarget-records), 0.05*float64(c.cfg.EventsTarget))
		c.volume = target / (total * math.Exp(weekNoise*weekNoise/2))
		c.volume = math.Round(c.volume*1e6) / 1e6
	}
}

// logisticTable is logistic, read from a table: it is called for every day.
func logisticTable(x float64) float64 {
	k := int(math.Round((x + 8) * 64))
	return logisticAt[min(max(k, 0), len(logisticAt)-1)]
}

var logisticAt = func() (t [1025]float64) {
	for k := range t {
		t[k] = logistic(float64(k)/64 - 8)
	}
	return t
}()

const digits = "0123456789abcdefghijklmnopqrstuv"

func base32(n uint64) string { return strconv.FormatUint(n, 32) }

func appendBase32(b []byte, n uint64) []byte { return strconv.AppendUint(b, n, 32) }

func base32Len(n uint64) int {
	l := 1
	for n >>= 5; n > 0; n >>= 5 {
		l++
	}
	return l
}

// messageTag keeps the message ids of companies with different seeds apart.
func messageTag(seed uint64) string {
	h := mix(seed)
	return string([]byte{digits[h&31], digits[h>>5&31]})
}
