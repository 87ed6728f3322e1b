package simulate

import (
	"math"
	"strconv"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/usage"
)

var (
	priorities     = []string{"low", "normal", "high", "urgent"}
	priorityWeight = []float64{0.22, 0.5, 0.2, 0.08}
	solveHours     = [...]float64{70, 40, 18, 7}
	ticketRate     = 0.03 // a week, times the root of the seats
)

// tickets draws support cases week by week: the unwell write more, are
// escalated more, and are less content.
func (w *recorder) tickets(r rng) {
	c, s := w.c, w.s
	for week := max(0, s.since/7); week < c.weeks; week++ {
		seats := s.seatsOn(analytics, 7*week+3)
		if seats == 0 {
			continue
		}
		h := s.at(week - 1)
		fresh := 1.0
		if age := 7*week - s.since; age < 84 {
			fresh = 1.6
		}
		rate := ticketRate * math.Sqrt(float64(seats)) * math.Exp(-0.45*h) * fresh
		var bad *outage
		for k := range c.outages {
			if o := &c.outages[k]; o.day/7 == week && s.seatsOn(o.product, o.day) > 0 {
				bad = o
			}
		}
		for range min(r.poisson(rate), 40) {
			w.ticket(7*week+r.IntN(7), s.productOn(7*week, r), h, "", r)
		}
		if bad != nil && r.chance(min(0.9, 0.25+0.02*float64(seats))) {
			w.ticket(bad.day, bad.product, h-0.5, pick(r, outageSubjects), r)
		}
	}
}

func (w *recorder) ticket(d, p int, h float64, subject string, r rng) {
	c, s, a := w.c, w.s, w.a
	sp, on := s.active(d)
	if weekday := c.date(max(d, 0)).Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		d += 2
	}
	if !on || d >= c.days || d >= sp.end {
		return
	}
	opened := c.stamp(d, r)
	priority := r.weighted(priorityWeight)
	if subject == "" {
		subject = pick(r, ticketSubjects[p])
	} else {
		priority = max(priority, 2)
	}
	t := customer.Ticket{
		ID:        id.Derive[id.Ticket](c.namespace, a.External+"/ticket/"+strconv.Itoa(len(a.Tickets))),
		AccountID: a.ID, ProductID: c.products[p].ID, Subject: subject, Priority: priorities[priority], State: customer.TicketOpen,
		OpenedAt: opened, UpdatedAt: opened,
	}
	who := w.contactAt(opened, r)
	if who >= 0 {
		t.RequesterName = a.Contacts[who].Name
	}
	s.addEvent(c, opened, recordEvent{name: usage.EventTicketOpened, product: p, contact: who + 1})
	hours := r.lognormal(solveHours[priority], 0.9) * math.Exp(-0.15*h)
	if reply := opened.Add(seconds(min(hours*0.5, r.lognormal(2.5, 0.8)) * 3600)); reply.Before(c.cfg.End) {
		t.FirstReplyAt = reply
	}
	escalate := r.chance(min(0.7, (0.03+0.05*float64(priority))*math.Exp(-0.6*h)))
	after := opened.Add(seconds(hours * 0.6 * 3600))
	if escalate && after.Before(c.cfg.End) {
		t.Escalated, t.UpdatedAt = true, after
		s.addEvent(c, after, recordEvent{name: usage.EventTicketEscalated, product: p})
	}
	solved := opened.Add(seconds(hours * 3600))
	if r.chance(0.985) && solved.Before(c.cfg.End) {
		t.State, t.SolvedAt, t.UpdatedAt = customer.TicketSolved, solved, solved
		s.addEvent(c, solved, recordEvent{name: usage.EventTicketSolved, product: p, value: float64(int64(hours*10)) / 10, valued: true})
		rated := solved.Add(seconds(float64(600 + r.IntN(160_000))))
		mark := math.Round(4.1 + 0.45*h + 1.0*r.NormFloat64())
		if t.Escalated {
			mark--
		}
		if r.chance(0.35) && rated.Before(c.cfg.End) {
			mark = min(max(mark, 1), 5)
			t.Satisfaction, t.UpdatedAt = &mark, rated
			s.addEvent(c, rated, recordEvent{name: usage.EventCSAT, product: p, contact: who + 1, value: mark, valued: true})
		}
	}
	a.Tickets = append(a.Tickets, t)
}

// seconds is a duration in whole seconds.
func seconds(s float64) time.Duration { return time.Duration(int64(s)) * time.Second }

var outageSubjects = []string{
	"Nothing loads since this morning", "502 errors across the workspace", "Is there an outage?", "Jobs stuck for hours, status page?",
	"Please send the incident report", "SLA credit for the outage",
}

var ticketSubjects = [numProducts][]string{
	{
		"Dashboard shows no data for yesterday", "Report totals differ from our ledger", "How do I share a dashboard outside the team?", "Query times out after 60 seconds",
		"Export to Excel cuts off rows", "SSO login loops back", "New joiner cannot see the finance folder", "Filter on fiscal year is off by a month",
		"Scheduled report arrived twice", "Rename a metric without breaking dashboards?", "Slow dashboard on Monday mornings", "Row-level permissions for regions",
		"Chart colours wrong in dark mode", "Feature request: year-over-year in pivot", "Delete a leaver's account", "Time zone in exported file",
	},
	{
		"Workflow did not trigger last night", "Retry a failed step without rerunning all", "Approval mail goes to the wrong person", "Webhook step returns 401",
		"Loop over more than 500 rows", "Workflow disabled itself after errors", "Copy workflows between workspaces", "Variables are empty after the update",
	},
	{
		"Integration stopped syncing", "CRM sync creates duplicates", "Rate limit reached on the API", "OAuth token expires every week", "Map a custom field in the connector",
		"Backfill the last six months", "Rows rejected with 'invalid date'", "Static IP addresses for the firewall?",
	},
}
