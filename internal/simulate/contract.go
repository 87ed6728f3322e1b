package simulate

import (
	"math"
	"strconv"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
	"kept/internal/usage"
)

// Currency is that of every amount of the made-up company.
const currency money.Currency = "USD"

var (
	seatPrice   = [numProducts]float64{600, 900, 1200} // a year, before the plan
	planFactor  = [...]float64{0.9, 1.15, 1, 0.8}
	seatShare   = [numProducts]float64{1, 0.4, 0.2} // of the analytics seats
	firstDay    = [numProducts]float64{1, 0.22, 0.15}
	crossHazard = [numProducts]float64{0, 0.16, 0.12} // a year
)

// seatStep says how many seats of a product there are from a day on; 0 ends it.
type seatStep struct {
	day   int
	seats int32
	power float64 // seats^0.8, what usage grows with
}

// chain builds the terms of one product within one span.
type chain struct {
	c       *Company
	i       int
	r       rng
	product int
	seats   int
	price   float64 // per seat and year
	prev    id.Subscription
}

func (c *Company) makeContracts(i int) {
	s, a := &c.sims[i], &c.accounts[i]
	a.ChurnedAt = c.churned(s)
	r := c.rng(streamContract, i)
	for p := range numProducts {
		price := seatPrice[p] * planFactor[s.segment] * (0.8 + 0.4*r.Float64())
		for k, sp := range s.spans {
			from := c.productStart(s, sp, p, r)
			if from >= min(sp.end, c.days) {
				continue
			}
			seats := max(2, int(math.Round(float64(s.seats)*seatShare[p])))
			if p == analytics {
				seats = s.seats
			}
			if k > 0 {
				seats = max(2, seats*2/3)
			}
			ch := &chain{c: c, i: i, r: r, product: p, seats: seats, price: price}
			ch.run(sp, from)
		}
	}
	for _, steps := range s.usage {
		for _, st := range steps {
			s.actors = max(s.actors, st.seats)
		}
	}
	c.addRelationships(a)
	c.churnEvents(s)
}

// productStart returns the day on which a product is first bought in a span.
func (c *Company) productStart(s *sim, sp span, p int, r rng) int {
	u, wait := r.Float64(), r.ExpFloat64()
	if p == analytics || u < firstDay[p] {
		return sp.start
	}
	rate := crossHazard[p] * math.Exp(0.5*s.fit)
	if s.segment == digital {
		rate /= 2
	}
	d := sp.start + 60 + int(wait/rate*365)
	if t := c.date(min(d, c.days+40)); t.Day() > 28 {
		d += 5
	}
	return d
}

// run adds the terms from a day on. The first term of a product bought later
// ends with the term of the account, so that all renew on one day.
func (ch *chain) run(sp span, from int) {
	s := &ch.c.sims[ch.i]
	k := 1
	for ch.c.boundary(sp.start, s.term, k) <= from {
		k++
	}
	start := from
	for {
		end := ch.c.boundary(sp.start, s.term, k)
		ch.term(sp, start, end)
		if end >= min(sp.end, ch.c.days) || sp.end < end || ch.dropped(end) {
			return
		}
		start = end
		k++
	}
}

// dropped lets an account give up a product other than the core one at the end
// of a term, with notice.
func (ch *chain) dropped(at int) bool {
	if ch.product == analytics || at <= 60 {
		return false
	}
	s, a := &ch.c.sims[ch.i], &ch.c.accounts[ch.i]
	p := 0.09 * math.Exp(-0.6*s.at(at/7-8))
	if s.term == 1 {
		p /= 12
	}
	if !ch.r.chance(min(p, 0.6)) {
		return false
	}
	sub := &a.Subscriptions[len(a.Subscriptions)-1]
	rev := sub.Current
	first := ch.c.dayOf(rev.Start)
	rev.ValidFrom = ch.c.date(max(first+1, at-ch.r.between(10, 45)))
	rev.ValidFrom = later(rev.ValidFrom, sub.Current.ValidFrom.Add(day))
	if !rev.ValidFrom.Before(rev.End) {
		return false
	}
	rev.KnownAt, rev.AutoRenew, rev.EndReason = rev.ValidFrom, false, pick(ch.r, dropReasons)
	sub.Revisions = append(sub.Revisions, rev)
	sub.Current = rev
	ch.end(at)
	return true
}

// term adds one subscription, its changes inside the term, and its end when the
// account leaves with it.
func (ch *chain) term(sp span, start, end int) {
	c, s, a := ch.c, &ch.c.sims[ch.i], &ch.c.accounts[ch.i]
	before := ch.arr()
	renewal := ch.prev != ""
	oldSeats := ch.seats
	if renewal {
		ch.renew(start)
	}
	key := a.External + "/" + productKeys[ch.product] + "/" + strconv.Itoa(start)
	sub := customer.Subscription{
		ID: id.Derive[id.Subscription](c.namespace, key), AccountID: a.ID, ProductID: c.products[ch.product].ID,
		RenewalOf: ch.prev, Plan: planNames[s.segment],
	}
	at := c.date(start)
	rev := customer.Revision{ValidFrom: at, KnownAt: at, ARR: ch.amount(), Seats: int64(ch.seats), Start: at, End: c.date(end), AutoRenew: true}
	sub.Revisions = []customer.Revision{rev}
	ch.step(start)
	switch {
	case renewal:
		ch.event(start, usage.EventSubRenewed, rev.ARR.Major())
		ch.changed(start, oldSeats, before)
	default:
		ch.event(start, usage.EventSubStarted, rev.ARR.Major())
	}
	last := min(end, sp.end)
	if sp.end <= end {
		last = min(last, sp.notice)
	}
	rev = ch.changes(&sub, rev, start, last)
	if sp.end <= end && sp.end < c.days {
		notice := max(sp.notice, start)
		rev.ValidFrom = later(c.date(notice), rev.ValidFrom)
		rev.KnownAt, rev.AutoRenew, rev.EndReason = rev.ValidFrom, false, sp.reason
		rev.End = c.date(sp.end)
		sub.Revisions = append(sub.Revisions, rev)
		ch.end(sp.end)
	} else if sp.end <= end && sp.end < never && sp.notice < c.days && sp.notice > start {
		// Notice is given and the end lies ahead of us.
		rev.ValidFrom = later(c.date(sp.notice), rev.ValidFrom)
		rev.KnownAt, rev.AutoRenew, rev.EndReason = rev.ValidFrom, false, sp.reason
		sub.Revisions = append(sub.Revisions, rev)
	}
	sub.Current = rev
	sub.Revisions = trim(sub.Revisions)
	a.Subscriptions = append(a.Subscriptions, sub)
	ch.prev = sub.ID
}

// renew changes price and seats at a renewal: an uplift of 0 to 7 %, more seats
// for the well, fewer for the unwell.
func (ch *chain) renew(at int) {
	s := &ch.c.sims[ch.i]
	h := s.at(at/7 - 4)
	if s.term == 1 && !ch.r.chance(1.0/12) {
		return
	}
	ch.price *= 1 + 0.07*ch.r.Float64()
	switch u := ch.r.Float64(); {
	case u < 0.25*math.Exp(0.7*h):
		ch.seats += max(1, int(float64(ch.seats)*(0.05+0.3*ch.r.Float64())))
	case u > 1-0.15*math.Exp(-0.8*h):
		ch.seats = max(2, int(float64(ch.seats)*(0.6+0.3*ch.r.Float64())))
	}
}

// changes adds the revisions inside a term, decided monthly.
func (ch *chain) changes(sub *customer.Subscription, rev customer.Revision, start, end int) customer.Revision {
	s := &ch.c.sims[ch.i]
	for d := start + 60; d < min(end-30, ch.c.days); d += 30 {
		h := s.at(d / 7)
		old, before := ch.seats, ch.arr()
		switch u := ch.r.Float64(); {
		case u < 0.014*math.Exp(0.7*h):
			ch.seats += max(1, int(float64(ch.seats)*(0.08+0.3*ch.r.Float64())))
		case u > 1-0.004*math.Exp(-0.9*h):
			ch.seats = max(2, int(float64(ch.seats)*(0.7+0.2*ch.r.Float64())))
		}
		if ch.seats == old {
			continue
		}
		rev.ValidFrom = ch.c.date(d)
		rev.KnownAt, rev.ARR, rev.Seats = rev.ValidFrom, ch.amount(), int64(ch.seats)
		sub.Revisions = append(sub.Revisions, rev)
		ch.step(d)
		ch.changed(d, old, before)
	}
	return rev
}

// changed writes the event of a change of seats: what was gained or lost in ARR.
func (ch *chain) changed(at, oldSeats int, before float64) {
	switch diff := ch.arr() - before; {
	case ch.seats > oldSeats:
		ch.event(at, usage.EventSubExpanded, diff)
	case ch.seats < oldSeats && diff < 0:
		ch.event(at, usage.EventSubContracted, -diff)
	}
}

func (ch *chain) end(at int) {
	ch.event(at, usage.EventSubEnded, ch.arr())
	s := &ch.c.sims[ch.i]
	s.usage[ch.product] = append(s.usage[ch.product], seatStep{day: at})
}

func (ch *chain) step(at int) {
	s := &ch.c.sims[ch.i]
	s.usage[ch.product] = append(s.usage[ch.product], seatStep{day: at, seats: int32(ch.seats), power: math.Pow(float64(ch.seats), 0.8)})
}

// arr is the yearly price in whole dollars.
func (ch *chain) arr() float64 { return math.Round(float64(ch.seats) * ch.price) }

func (ch *chain) amount() money.Amount {
	return money.Amount{Minor: 100 * int64(ch.arr()), Currency: currency}
}

func (ch *chain) event(at int, name string, value float64) {
	ch.c.sims[ch.i].addEvent(ch.c, ch.c.date(at), recordEvent{name: name, product: ch.product, value: value, valued: true})
}

func (c *Company) churnEvents(s *sim) {
	for _, sp := range s.spans {
		if sp.end < c.days {
			s.addEvent(c, c.date(sp.end), recordEvent{name: usage.EventAccountChurned, product: -1})
		}
	}
}

// addRelationships derives the account's life with each product line from its
// subscriptions.
func (c *Company) addRelationships(a *Account) {
	for p := range numProducts {
		product := c.products[p].ID
		for k := range a.Subscriptions {
			if a.Subscriptions[k].ProductID == product {
				a.Relationships = append(a.Relationships, customer.Relationship{
					ID:        id.Derive[id.Relationship](c.namespace, a.External+"/"+productKeys[p]),
					AccountID: a.ID, ProductID: product, Since: a.Subscriptions[k].Current.Start,
				})
				break
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
