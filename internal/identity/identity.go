// Package identity says which accounts of different systems may be one, and which
// system is believed about each field. It is pure: whoever calls it decides.
package identity

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

// Candidate is what is known of an account for matching.
type Candidate struct {
	ID      id.Account
	Name    string
	Domain  string
	Since   time.Time
	Sources []string // systems that know the account
	// External are ids in those systems, and ids that one system keeps of another.
	External []string
	// Emails are the e-mail domains of its contacts.
	Emails []string
}

// Rule is why two accounts may be one.
type Rule string

// The rules, from strong to weak.
const (
	ByExternalID Rule = "external_id"
	ByDomain     Rule = "domain"
	ByEmail      Rule = "email_domain"
	ByName       Rule = "name"
)

// Reason is one rule that holds, with what it found and how sure it makes.
type Reason struct {
	Rule   Rule    `json:"rule"`
	Says   string  `json:"says"`
	Weight float64 `json:"weight"` // in (0, 1)
}

// Proposal says that Drop may be Keep.
type Proposal struct {
	Keep, Drop id.Account
	Score      float64 // 1 − Π (1 − weight), in (0, 1)
	Reasons    []Reason
}

// The weights are our own choice: how often, in our experience with CRM data, a
// pair that the rule finds is one company.
const (
	weightExternal  = 0.97
	weightDomain    = 0.90
	weightEmail     = 0.75
	weightSameName  = 0.70
	weightAlikeName = 0.45
	// Least is the score below which a pair is not proposed.
	Least = 0.6
	// alike is how similar two names have to be.
	alike = 0.86
	// maxBlock bounds the pairs of one key: what very many share tells nothing.
	maxBlock = 50
)

// Propose finds pairs of accounts that may be one. Two accounts that one system
// both knows are never proposed: it says itself that they are two. Proposals are
// sorted by score, then by ids.
func Propose(list []Candidate) []Proposal {
	found := map[[2]int][]Reason{}
	add := func(i, j int, r Reason) {
		if i > j {
			i, j = j, i
		}
		if i == j || share(list[i].Sources, list[j].Sources) {
			return
		}
		pair := [2]int{i, j}
		if !slices.ContainsFunc(found[pair], func(have Reason) bool { return have.Rule == r.Rule }) {
			found[pair] = append(found[pair], r)
		}
	}
	pairs := func(keys func(c *Candidate) []string, fn func(key string, i, j int)) {
		blocks := map[string][]int{}
		for i := range list {
			for _, key := range unique(keys(&list[i])) {
				blocks[key] = append(blocks[key], i)
			}
		}
		for key, block := range blocks {
			if len(block) > maxBlock {
				continue
			}
			for x, i := range block {
				for _, j := range block[x+1:] {
					fn(key, i, j)
				}
			}
		}
	}
	pairs(func(c *Candidate) []string { return long(c.External) }, func(key string, i, j int) {
		add(i, j, Reason{ByExternalID, "both are called " + key + " by their systems", weightExternal})
	})
	pairs(func(c *Candidate) []string { return own(c.Domain) }, func(key string, i, j int) {
		add(i, j, Reason{ByDomain, "both have the domain " + key, weightDomain})
	})
	pairs(func(c *Candidate) []string { return own(append(slices.Clone(c.Emails), c.Domain)...) }, func(key string, i, j int) {
		if domain(list[i].Domain) != key || domain(list[j].Domain) != key {
			add(i, j, Reason{ByEmail, "people of both write from " + key, weightEmail})
		}
	})
	pairs(func(c *Candidate) []string { return blocks(c.Name) }, func(_ string, i, j int) {
		a, b := Normal(list[i].Name), Normal(list[j].Name)
		switch {
		case a == b:
			add(i, j, Reason{ByName, "both are called " + list[i].Name, weightSameName})
		case Similar(a, b) >= alike:
			add(i, j, Reason{ByName, list[i].Name + " is much like " + list[j].Name, weightAlikeName})
		}
	})
	var out []Proposal
	for pair, reasons := range found {
		left := 1.0
		for _, r := range reasons {
			left *= 1 - r.Weight
		}
		if score := 1 - left; score >= Least {
			keep, drop := Order(&list[pair[0]], &list[pair[1]])
			slices.SortFunc(reasons, func(a, b Reason) int { return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Rule, b.Rule)) })
			out = append(out, Proposal{Keep: keep, Drop: drop, Score: score, Reasons: reasons})
		}
	}
	slices.SortFunc(out, func(a, b Proposal) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Keep, b.Keep), cmp.Compare(a.Drop, b.Drop))
	})
	return out
}

// Order says which of two accounts is kept: the one that more systems know, then
// the older one, then the one with the lower id.
func Order(a, b *Candidate) (keep, drop id.Account) {
	switch d := cmp.Or(cmp.Compare(len(b.Sources), len(a.Sources)), a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)); {
	case d <= 0:
		return a.ID, b.ID
	default:
		return b.ID, a.ID
	}
}

func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func unique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// long leaves out ids that are too short to mean anything across systems.
func long(ids []string) []string {
	var out []string
	for _, one := range ids {
		if len(one) >= 6 {
			out = append(out, one)
		}
	}
	return out
}

// free are domains of mail services: sharing one tells nothing.
var free = map[string]bool{
	"gmail.com": true, "googlemail.com": true, "outlook.com": true, "hotmail.com": true, "live.com": true, "msn.com": true, "yahoo.com": true, "ymail.com": true,
	"icloud.com": true, "me.com": true, "mac.com": true, "aol.com": true, "gmx.de": true, "gmx.net": true, "gmx.com": true, "web.de": true, "t-online.de": true,
	"proton.me": true, "protonmail.com": true, "mail.com": true, "mail.ru": true, "yandex.ru": true, "yandex.com": true, "qq.com": true, "163.com": true, "126.com": true,
	"orange.fr": true, "free.fr": true, "wanadoo.fr": true, "laposte.net": true, "libero.it": true, "naver.com": true, "zoho.com": true, "fastmail.com": true, "example.com": true,
}

// own keeps the domains that belong to one company.
func own(domains ...string) []string {
	var out []string
	for _, one := range domains {
		if one = domain(one); one != "" && !free[one] {
			out = append(out, one)
		}
	}
	return out
}

func domain(s string) string {
	return strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "www.")
}

// Claim is what one system says about a field of an account.
type Claim struct {
	Account   id.Account     `json:"account"`
	Field     string         `json:"field"`
	Source    string         `json:"source"`
	Value     customer.Value `json:"value"`
	ValidFrom time.Time      `json:"valid_from,omitzero"`
	KnownAt   time.Time      `json:"known_at"` // since when the system says so
}

// Winner is the claim that is believed, and why.
type Winner struct {
	Claim
	Why string
}

// Priorities are orders of systems by field, best first; the order under "" is
// for fields that have none of their own.
type Priorities map[string][]string

// Of returns the order for a field.
func (p Priorities) Of(field string) []string {
	if order := p[field]; len(order) > 0 {
		return order
	}
	return p[""]
}

// Believe chooses among the claims of one field: the system that stands first in
// the order wins; among those that do not stand in it, the newest word does. A
// system that says nothing does not compete. The last claim wins a tie by the name
// of its source, so that the outcome never depends on the order of the claims.
func (p Priorities) Believe(field string, claims []Claim) (Winner, bool) {
	order := p.Of(field)
	best, at := -1, 0
	for i := range claims {
		c := &claims[i]
		if c.Value.IsZero() {
			continue
		}
		rank := slices.Index(order, c.Source)
		if rank < 0 {
			rank = len(order)
		}
		if best < 0 || rank < at || rank == at && newer(c, &claims[best]) {
			best, at = i, rank
		}
	}
	if best < 0 {
		return Winner{}, false
	}
	w := Winner{Claim: claims[best]}
	others := 0
	for i := range claims {
		if i != best && !claims[i].Value.IsZero() && claims[i].Value != w.Value {
			others++
		}
	}
	switch {
	case others == 0 && len(claims) > 1:
		w.Why = "no system says anything else"
	case others == 0:
		w.Why = "no other system speaks of it"
	case at < len(order):
		w.Why = w.Source + " stands first of those that speak of it"
	default:
		w.Why = w.Source + " changed it last, and no order of systems says otherwise"
	}
	return w, true
}

func newer(a, b *Claim) bool {
	return cmp.Or(a.KnownAt.Compare(b.KnownAt), cmp.Compare(b.Source, a.Source)) > 0
}

// Limits of orders of systems.
const (
	maxOrders  = 500
	maxSources = 100
)

// Check reports an order that names a system twice, or none.
func (p Priorities) Check() error {
	var errs fault.List
	if len(p) > maxOrders {
		errs.Add("priorities", "has more than %d fields", maxOrders)
	}
	for field, sources := range p {
		place := "priorities." + field
		switch {
		case len(field) > 200 || strings.ContainsAny(field, "\x00\r\n"):
			errs.Add(place, "is not the name of a field")
		case len(sources) == 0 || len(sources) > maxSources:
			errs.Add(place, "names no system, or more than %d: leave the field out when it has no order of its own", maxSources)
		}
		for i, s := range sources {
			if strings.TrimSpace(s) == "" || len(s) > 200 || strings.ContainsAny(s, "\x00\r\n") {
				errs.Add(place, "has an entry %d that is not the name of a system", i+1)
			} else if slices.Contains(sources[:i], s) {
				errs.Add(place, "names %q twice", s)
			}
		}
	}
	return errs.Err()
}
