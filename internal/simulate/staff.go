package simulate

import (
	"math"
	"strconv"
	"time"

	"kept/internal/id"
)

const (
	ownDomain   = "northlight.example"
	csmLeave    = 0.18 // a year; the successor takes the book
	handOver    = 0.04 // a year and account: moves to another book of its segment
	supportTeam = 6
)

// bookTarget is how many accounts of a segment fill one CSM's book.
var bookTarget = [...]float64{24, 32, 45, 58}

// book is a portfolio of accounts with the CSMs who hold it, one after another.
type book struct {
	segment int
	holders []holder
}

type holder struct {
	user     int // index into users
	from, to int // days, half-open
}

// makeStaff hires leaders, support and as many CSMs as the accounts need, and
// deals the accounts into books.
func (c *Company) makeStaff() {
	r := c.rng(streamStaff, 0)
	used := map[string]bool{}
	hire := func(role, department string, from int) int {
		where := r.weighted(countryWeights)
		name := person(r, where)
		for k := 0; used[name]; k++ {
			name = person(r, r.IntN(len(countries)))
			if k > 30 {
				name = pick(r, givenNames[0]) + " " + pick(r, rootHeads) + pick(r, rootTails)
			}
		}
		used[name] = true
		c.users = append(c.users, User{
			ID: id.Derive[id.User](c.namespace, "user/"+strconv.Itoa(len(c.users))), Name: name, Email: emailOf(name, ownDomain),
			Role: role, Department: department, Since: c.date(from),
		})
		return len(c.users) - 1
	}
	hire("leader", "Customer Success", -1500)
	hire("leader", "Customer Success", -900)
	hire("admin", "Operations", -1400)
	hire("sales", "Sales", -1300)
	hire("sales", "Sales", -700)
	for range supportTeam {
		hire("support", "Support", -r.between(100, 1200))
	}
	c.dealBooks()
	for b := range c.books {
		from := -r.between(1130, 2200)
		for {
			to := max(from, 0) + 30 + int(r.ExpFloat64()/csmLeave*365)
			if to >= c.days {
				to = never
			}
			u := hire("csm", "Customer Success", from)
			c.books[b].holders = append(c.books[b].holders, holder{u, from, to})
			if to == never {
				break
			}
			c.users[u].LeftAt = c.date(to)
			from = to
		}
	}
}

// dealBooks cuts the accounts, by segment and then at random, into books of
// equal load.
func (c *Company) dealBooks() {
	r := c.rng(streamStaff, 1)
	order := r.Perm(len(c.sims))
	load := 0.0
	for _, s := range c.sims {
		load += 1 / bookTarget[s.segment]
	}
	n := max(1, int(math.Ceil(load)))
	c.books = make([]book, n)
	sum := 0.0
	for seg := strategic; seg <= digital; seg++ {
		for _, i := range order {
			if c.sims[i].segment != seg {
				continue
			}
			b := min(int(sum/load*float64(n)), n-1)
			c.sims[i].book = b
			c.books[b].segment = seg
			sum += 1 / bookTarget[seg]
		}
	}
}

// tenure is a stretch of days in which a user owns an account.
type tenure struct {
	user     int
	from, to int
	reason   string
}

// owners returns who owns an account when, without gaps from its start on.
func (c *Company) owners(i int, r rng) []tenure {
	s := &c.sims[i]
	b := s.book
	change := max(0, s.since) + 60 + int(r.ExpFloat64()/handOver*365)
	other := b
	if b+1 < len(c.books) && c.books[b+1].segment == c.books[b].segment {
		other = b + 1
	} else if b > 0 && c.books[b-1].segment == c.books[b].segment {
		other = b - 1
	}
	if other == b || change >= c.days {
		change = never
	}
	var out []tenure
	add := func(from, to, book int, why string) {
		for _, h := range c.books[book].holders {
			lo, hi := max(from, h.from), min(to, h.to)
			if lo < hi {
				reason := why
				if lo > from {
					reason = "took over the book of " + c.users[out[len(out)-1].user].Name
				}
				out = append(out, tenure{h.user, lo, hi, reason})
			}
		}
	}
	add(s.since, min(change, never), b, "")
	if change < never {
		add(change, never, other, "books rebalanced")
	}
	return out
}

// owner returns the index of the user who owns the account at an instant.
func ownerAt(owners []tenure, d int) int {
	for _, t := range owners {
		if d < t.to {
			return t.user
		}
	}
	return owners[len(owners)-1].user
}

// stamp places something at an hour of a day.
func (c *Company) stamp(d int, r rng) time.Time {
	return c.date(d).Add(time.Duration(8*3600+r.IntN(9*3600)) * time.Second)
}
