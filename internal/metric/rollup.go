package metric

import (
	"math"
	"time"

	"kept/internal/id"
)

// Take is how a roll-up condenses the values of its parts.
type Take string

// The roll-ups. Parts without a value do not count; without any there is none.
const (
	TakeSum  Take = "sum"
	TakeMean Take = "mean"
	TakeMin  Take = "min"
	TakeMax  Take = "max"
	// TakeWorst and TakeBest are the least or the greatest, as the metric says which
	// is better.
	TakeWorst Take = "worst"
	TakeBest  Take = "best"
	// TakeARR weighs each part with its ARR; when nobody pays, all weigh the same.
	TakeARR   Take = "arr_weighted"
	TakeCount Take = "count" // parts with a value
)

var takings = []Take{TakeSum, TakeMean, TakeMin, TakeMax, TakeWorst, TakeBest, TakeARR, TakeCount}

// From is what a roll-up gathers.
type From string

// The parts of an account.
const (
	FromRelationships From = "relationships"
	FromChildren      From = "children" // accounts whose parent it is
)

func (c *compiler) rollup(i int) {
	m := &c.set.metrics[i]
	if m.From == "" {
		m.From = FromRelationships
	}
	c.choose(i, "from", string(m.From), m.From == FromRelationships || m.From == FromChildren, list([]From{FromRelationships, FromChildren}))
	ok := false
	for _, t := range takings {
		ok = ok || t == m.Take
	}
	c.choose(i, "take", string(m.Take), ok, list(takings))
	if m.of = c.named(i, "of", m.Of, "the metric that is gathered"); m.of >= 0 {
		m.inputs = append(m.inputs, m.of)
		of := &c.set.metrics[m.of]
		if (m.Take == TakeWorst || m.Take == TakeBest) && of.HigherIsBetter == nil {
			c.errs.Add(at(i, "take"), "%q does not say whether higher_is_better: add it there, or take min or max", m.Of)
		}
	}
	if m.Per == PerRelationship {
		c.errs.Add(at(i, "per"), "a roll-up gives a value per account: remove per")
	}
}

// better reports whether a greater value of the metric is better; it is when
// nobody says otherwise.
func (m *compiled) better() bool { return m.HigherIsBetter == nil || *m.HigherIsBetter }

// gathering condenses the values of the parts of a subject.
type gathering struct {
	n, weighted  int
	sum, weights exact
	product      exact
	least, most  float64
	age          float64
}

func newGathering() gathering { return gathering{least: math.Inf(1), most: math.Inf(-1), age: -1} }

// add takes in a part; weight is its ARR, and NaN or less than 0 counts as 0.
func (g *gathering) add(v, weight, age float64) {
	g.n++
	g.sum = g.sum.plus(v)
	if weight > 0 {
		g.weighted++
		g.weights, g.product = g.weights.plus(weight), g.product.plus(v*weight)
	}
	g.least, g.most, g.age = min(g.least, v), max(g.most, v), max(g.age, age)
}

// take returns the roll-up, and false when no part has a value.
func (g *gathering) take(t Take, higherIsBetter bool) (float64, bool) {
	if g.n == 0 {
		return 0, false
	}
	var v float64
	switch t {
	case TakeSum:
		v = g.sum.number()
	case TakeCount:
		v = float64(g.n)
	case TakeMin:
		v = g.least
	case TakeMax:
		v = g.most
	case TakeWorst:
		if v = g.least; !higherIsBetter {
			v = g.most
		}
	case TakeBest:
		if v = g.most; !higherIsBetter {
			v = g.least
		}
	case TakeARR:
		if g.weighted > 0 {
			v = g.product.number() / g.weights.number()
			break
		}
		fallthrough
	default:
		v = g.sum.number() / float64(g.n)
	}
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

// gather computes a roll-up at each instant.
func (w *worker) gather(a, m int) func(i int) (float64, float64, bool) {
	def := &w.set.metrics[m]
	of := &w.set.metrics[def.of]
	return func(i int) (float64, float64, bool) {
		g := newGathering()
		part := func(account, rel int, product id.Product, all bool) {
			cell, age := w.at(account, rel, i, def.of)
			if math.IsNaN(*cell) {
				return
			}
			old, weight := -1.0, 0.0
			if age != nil {
				old = *age
			}
			if def.Take == TakeARR {
				weight = arrOf(&w.data.Accounts[account], product, all, w.instants[i])
			}
			g.add(*cell, weight, old)
		}
		if def.From == FromChildren {
			for _, child := range w.children[w.data.Accounts[a].ID] {
				part(child, -1, "", true)
			}
		} else {
			for r, key := range w.subjects[a].products {
				part(a, r, w.productID(key), false)
			}
		}
		v, ok := g.take(def.Take, of.better())
		return v, g.age, ok
	}
}

// productID returns the id of a product key; one that the record does not know has
// no subscriptions.
func (p *program) productID(key string) id.Product {
	if product, ok := p.products[key]; ok {
		return product
	}
	return noProduct
}

// arrOf returns the ARR of an account or of its subscriptions of one product; 0
// when the currencies differ.
func arrOf(a *AccountFacts, product id.Product, all bool, at time.Time) float64 {
	h := holdingOf(a, product, all, at)
	if v, ok := h.read(ARR); ok {
		return v
	}
	return 0
}

// childrenOf lists the places of the accounts under each account.
func childrenOf(accounts []AccountFacts) map[id.Account][]int {
	out := map[id.Account][]int{}
	for a := range accounts {
		if parent := accounts[a].Parent; parent != "" {
			out[parent] = append(out[parent], a)
		}
	}
	return out
}
