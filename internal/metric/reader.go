package metric

import (
	"math"

	"kept/internal/customer"
	"kept/internal/id"
)

// reader returns a function that gives the value of a metric of a scope at an
// instant, the age of its data in days (negative for none), and whether there is
// one. Whether the scope exists at the instant is the caller's affair.
func (w *worker) reader(a, m int, in scope, rel int) func(i int) (value, age float64, ok bool) {
	def := &w.set.metrics[m]
	switch def.Kind {
	case Change:
		return w.change(a, m, in, rel)
	case Quotient:
		return w.quotient(a, m, rel)
	case Rollup:
		return w.gather(a, m)
	case Peer:
		return w.placed(a, m)
	case Subscription:
		product, all := w.productOf(def, in, rel)
		if def.Gap != "" {
			return func(i int) (float64, float64, bool) {
				v, ok := tenureOf(&w.data.Accounts[a], product, all, def.gap, w.instants[i])
				return v, -1, ok
			}
		}
		held := w.holdingsOf(a, product, all)
		return func(i int) (float64, float64, bool) {
			v, ok := held[i].read(def.Field)
			return v, -1, ok
		}
	case Attribute, Manual:
		product, _ := w.productOf(def, in, rel)
		facts := factsOf(w.data.Accounts[a].Facts, product, factKey(def))
		return func(i int) (float64, float64, bool) {
			if len(facts) == 0 {
				return 0, -1, false
			}
			return fact(facts, w.instants[i])
		}
	case Formula:
		return w.formula(a, m, rel)
	default:
		if def.walked() {
			out := w.walked(a, m, def, in, rel, span{})
			return func(i int) (float64, float64, bool) { return out[i].v, out[i].age, out[i].ok }
		}
		return w.aggregate(m, in, rel)
	}
}

// walked walks over the events of a scope for a metric.
func (w *worker) walked(a, m int, def *compiled, in scope, rel int, by span) []value {
	product := def.Product
	if rel >= 0 {
		product = in.product
	}
	return w.walk.walk(streamOf(def, w.data, a, w.run(a), w.labels), m, def, product, by, w.sweep.instants, w.plan.knownOnly)
}

// limiter returns what guards and rounds the values of a metric, nil for nothing.
func (w *worker) limiter(a, m int, in scope, rel int) func(i int, v float64) (float64, bool) {
	def := &w.set.metrics[m]
	if !def.guarded() {
		return nil
	}
	g := guard{def: def, begun: w.begun}
	product, all := w.productOf(def, in, rel)
	subs := w.data.Accounts[a].Subscriptions
	mine := func(s *customer.Subscription) bool { return all || s.ProductID == product }
	return func(i int, v float64) (float64, bool) {
		t := w.sweep.instants[i]
		tenure := sinceBegin(t, in.since)
		if def.tenure >= 0 {
			tenure = *w.input(a, def.tenure, rel, i)
		}
		active := def.Only == "" || inForce(subs, mine, w.instants[i])
		v, why := g.apply(v, tenure, active, t)
		return v, why == ""
	}
}

// input returns the value of a metric that another one reads.
func (w *worker) input(a, m, rel, instant int) *float64 {
	cell, _ := w.at(a, w.level(m, rel), instant, m)
	return cell
}

// quotient divides one metric by another.
func (w *worker) quotient(a, m, rel int) func(i int) (float64, float64, bool) {
	def := &w.set.metrics[m]
	return func(i int) (float64, float64, bool) {
		oldest := -1.0
		for _, in := range []int{def.of, def.over} {
			if _, age := w.at(a, w.level(in, rel), i, in); age != nil {
				oldest = max(oldest, *age)
			}
		}
		v, why := def.quotient(*w.input(a, def.of, rel, i), *w.input(a, def.over, rel, i))
		return v, oldest, why == ""
	}
}

// level returns the relationship under which a metric that another one reads is
// kept: −1 when it is one of the account.
func (w *worker) level(m, rel int) int {
	if w.set.metrics[m].per == PerAccount {
		return -1
	}
	return rel
}

// noProduct is a product id that no subscription has.
const noProduct id.Product = "\x00"

// productOf returns the product that a subscription or fact metric reads, and
// whether it reads all of them.
func (w *worker) productOf(def *compiled, in scope, rel int) (product id.Product, all bool) {
	key := def.Product
	if rel >= 0 {
		key = in.product
	}
	if key == "" {
		return "", true
	}
	if p, ok := w.products[key]; ok {
		return p, false
	}
	return noProduct, false
}

// featureOf returns the feature of an event metric in a scope, −1 when no event
// has the scope's product.
func featureOf(of []int, byProduct []map[string]int, m int, in scope, rel int) int {
	if rel < 0 {
		return of[m]
	}
	if f, ok := byProduct[m][in.product]; ok {
		return f
	}
	return -1
}

func (w *worker) aggregate(m int, in scope, rel int) func(i int) (float64, float64, bool) {
	f := featureOf(w.now, w.relNow, m, in, rel)
	if f < 0 {
		return func(int) (float64, float64, bool) { return 0, -1, false }
	}
	out, when := w.sweep.out[f], w.sweep.when[f]
	return func(i int) (float64, float64, bool) {
		v := out[i]
		if math.IsNaN(v) {
			return 0, -1, false
		}
		if when == nil {
			return v, -1, true
		}
		return v, days(w.sweep.instants[i] - int64(when[i])), true
	}
}

// change compares the value at the instant with the one that the same metric
// had a window before; the subject has to exist then.
func (w *worker) change(a, m int, in scope, rel int) func(i int) (float64, float64, bool) {
	def := &w.set.metrics[m]
	of := &w.set.metrics[def.of]
	now, previous := w.halves(a, m, def, in, rel)
	read := func(side func(int) float64, i int) (float64, bool) {
		if v := side(i); !math.IsNaN(v) {
			return v, true
		}
		return 0, of.zero
	}
	return func(i int) (float64, float64, bool) {
		if of.frame.step().before(w.sweep.instants[i], of.frame.zone) < in.since {
			return 0, -1, false
		}
		p, ok := read(previous, i)
		c, known := read(now, i)
		if !known && def.WhenMissing == Zero {
			c, known = 0, true
		}
		if !ok || !known {
			return 0, -1, false
		}
		v, ok := def.compare(c, p)
		return v, -1, ok
	}
}

// halves returns the two windows of a change, NaN for nothing.
func (w *worker) halves(a, m int, def *compiled, in scope, rel int) (now, previous func(i int) float64) {
	of := &w.set.metrics[def.of]
	if of.swept() {
		side := func(f int) func(int) float64 {
			if f < 0 {
				return func(int) float64 { return math.NaN() }
			}
			return func(i int) float64 { return w.sweep.out[f][i] }
		}
		return side(featureOf(w.now, w.relNow, m, in, rel)), side(featureOf(w.previous, w.relPrevious, m, in, rel))
	}
	side := func(by span) func(int) float64 {
		out := w.walked(a, def.of, of, in, rel, by)
		return func(i int) float64 {
			if !out[i].ok {
				return math.NaN()
			}
			return out[i].v
		}
	}
	return side(span{}), side(of.frame.step())
}

// compare expresses the change from p to c.
func (m *compiled) compare(c, p float64) (float64, bool) {
	v := c - p
	if m.As == Ratio {
		v = m.round(c/p) - 1
	}
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

// formula evaluates CEL over the values computed before it.
func (w *worker) formula(a, m, rel int) func(i int) (float64, float64, bool) {
	def := &w.set.metrics[m]
	return func(i int) (float64, float64, bool) {
		numbers, oldest := w.row.Numbers(), -1.0
		for _, in := range def.inputs {
			cell, age := w.at(a, w.level(in, rel), i, in)
			numbers[in] = *cell
			if age != nil {
				oldest = max(oldest, *age)
			}
		}
		v, ok := def.formula.Number(w.row)
		return v, oldest, ok
	}
}
