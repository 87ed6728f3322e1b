package simulate

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// recorder writes everything about one account that is not contract or usage.
type recorder struct {
	c      *Company
	s      *sim
	a      *Account
	owners []tenure
}

func (c *Company) makeRecords(i int) {
	w := &recorder{c: c, s: &c.sims[i], a: &c.accounts[i]}
	w.owners = c.owners(i, c.rng(streamStaff, i+2))
	w.contacts(c.rng(streamPeople, i))
	w.tickets(c.rng(streamSupport, i))
	w.surveys(c.rng(streamSupport, i+1<<24))
	w.milestones(c.rng(streamSupport, i+2<<24))
	w.activities(c.rng(streamActivity, i))
	w.facts(c.rng(streamFacts, i))
	slices.SortStableFunc(w.s.records, func(x, y storedEvent) int { return cmp.Compare(x.ms, y.ms) })
	w.s.records = trim(w.s.records)
	w.a.Contacts, w.a.ContactActors = trim(w.a.Contacts), trim(w.a.ContactActors)
	w.a.Tickets, w.a.Subscriptions, w.a.Facts = trim(w.a.Tickets), trim(w.a.Subscriptions), trim(w.a.Facts)
}

// trim gives back the room that append left over: with 100,000 accounts it is a
// quarter of the memory.
func trim[T any](s []T) []T {
	if len(s) == cap(s) {
		return s
	}
	return append(make([]T, 0, len(s)), s...)
}

// contactCount is how many people are known at a start, by segment.
var contactCount = [...]int{8, 6, 4, 2}

func (w *recorder) contacts(r rng) {
	c, s := w.c, w.s
	roles := []customer.ContactRole{customer.RoleChampion, customer.RoleSponsor, customer.RoleAdmin, customer.RoleUser, customer.RoleBilling}
	titles := map[customer.ContactRole][]string{
		customer.RoleChampion: championTitles, customer.RoleSponsor: sponsorTitles, customer.RoleAdmin: adminTitles,
		customer.RoleUser: userTitles, customer.RoleBilling: billingTitles,
	}
	seen := map[string]bool{}
	add := func(role customer.ContactRole, since int, actor string) {
		name := person(r, s.country)
		for seen[name] {
			name = person(r, r.IntN(len(countries)))
		}
		seen[name] = true
		w.a.Contacts = append(w.a.Contacts, customer.Contact{
			ID: id.Derive[id.Contact](c.namespace, w.a.External+"/contact/"+strconv.Itoa(len(w.a.Contacts))), AccountID: w.a.ID,
			Name: name, Email: emailOf(name, w.a.Domain), Title: pick(r, titles[role]), Role: role, Since: c.date(since), UpdatedAt: c.date(since),
		})
		w.a.ContactActors = append(w.a.ContactActors, actor)
	}
	n := contactCount[s.segment] + r.IntN(3) - 1
	actor := int32(0)
	for k := range max(1, n) {
		role := customer.RoleUser
		if k < len(roles) {
			role = roles[k]
		}
		name := ""
		if role != customer.RoleSponsor && role != customer.RoleBilling && actor < s.actors {
			name = actorName(s.actorBase + actor)
			actor++
		}
		add(role, s.since, name)
	}
	if _, on := s.active(s.champLeft); !on {
		return
	}
	champion := &w.a.Contacts[0]
	champion.LeftAt = c.date(s.champLeft)
	champion.UpdatedAt = champion.LeftAt
	if _, on := s.active(s.champFound); on && s.champFound < c.days {
		add(customer.RoleChampion, s.champFound, "")
	}
}

// contactAt returns one of the people who are there on a day, and -1 when all
// have left.
func (w *recorder) contactAt(at time.Time, r rng) int {
	k := r.IntN(len(w.a.Contacts))
	for range w.a.Contacts {
		p := &w.a.Contacts[k]
		if !at.Before(p.Since) && (p.LeftAt.IsZero() || at.Before(p.LeftAt)) {
			return k
		}
		k = (k + 1) % len(w.a.Contacts)
	}
	return -1
}

// seatsOn returns the seats of a product on a day.
func (s *sim) seatsOn(p, d int) int32 {
	var n int32
	for _, st := range s.usage[p] {
		if st.day > d {
			break
		}
		n = st.seats
	}
	return n
}

// productOn draws one of the products in force on a day, the core one mostly.
func (s *sim) productOn(d int, r rng) int {
	p := r.IntN(numProducts)
	if r.chance(0.5) || s.seatsOn(p, d) == 0 {
		return analytics
	}
	return p
}

// surveys asks the key contacts every quarter how likely they are to recommend.
func (w *recorder) surveys(r rng) {
	c, s := w.c, w.s
	for d := max(0, s.since) + r.between(40, 90); d < c.days; d += 91 {
		if _, on := s.active(d); !on {
			continue
		}
		for k := range w.a.Contacts {
			p := &w.a.Contacts[k]
			at := c.stamp(d+r.IntN(12), r)
			asked := k < 4 && !at.Before(p.Since) && (p.LeftAt.IsZero() || at.Before(p.LeftAt))
			if answered := r.chance(0.32); !asked || !answered || c.dayOf(at) >= c.days {
				continue
			}
			if _, on := s.active(c.dayOf(at)); !on {
				continue
			}
			v := math.Round(8.2 + 1.4*s.at(d/7-3) + 1.9*r.NormFloat64())
			s.addEvent(c, at, recordEvent{name: eventNPS, product: -1, contact: k + 1, value: min(max(v, 0), 10), valued: true})
		}
	}
}

// milestones are invoices overdue, goals reached, trainings and enrolments.
func (w *recorder) milestones(r rng) {
	c, s := w.c, w.s
	event := func(d int, name string, product int, value float64, valued bool) {
		if _, on := s.active(d); on && d >= 0 && d < c.days {
			s.addEvent(c, c.stamp(d, r), recordEvent{name: name, product: product, value: value, valued: valued})
		}
	}
	for d := max(0, s.since) + r.between(20, 60); d < c.days; d += 91 {
		h := s.at(d / 7)
		if r.chance(min(0.9, 0.06*math.Exp(-0.6*h))) {
			event(d, eventInvoiceOverdue, -1, math.Round(float64(s.seatsOn(analytics, d))*seatPrice[analytics]/4), true)
		}
		if r.chance(min(0.9, 0.14*math.Exp(0.4*h))) {
			event(d+r.IntN(80), eventGoalReached, -1, 0, false)
		}
		if r.chance(0.1) {
			event(d+r.IntN(80), eventTrainingCompleted, s.productOn(d, r), float64(r.between(1, 12)), true)
		}
	}
	for k := range 3 {
		if s.since >= 0 && r.chance(0.6) {
			event(s.since+10+18*k+r.IntN(12), eventTrainingCompleted, analytics, float64(r.between(2, 15)), true)
		}
	}
	enrol := func(key string, a assignment) {
		if _, on := s.active(a.day); on && a.arm == armTreated {
			s.addEvent(c, c.stamp(a.day, r), recordEvent{name: eventProgramEnrolled, product: -1, program: key})
		}
	}
	enrol(academyKey, s.academy)
	enrol(sponsorKey, s.sponsor)
}
