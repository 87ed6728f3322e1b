package metric

import (
	"math"

	"kept/internal/id"
)

// reader returns a function that gives the value of a metric of a scope at an
// instant, the age of its data in days (negative for none), and whether there is
// one. Whether the scope exists at the instant is the caller's affair.
func (w *worker) reader(a, m int, in scope, rel int) func(i int) (value, age float64, ok bool) {
	def := &w.set.metrics[m]
	switch def.Kind {
	case Change:
		return w.change(m, in, rel)
	case Subscription:
		product, all := w.productOf(def, in, rel)
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
		return w.aggregate(m, in, rel)
	}
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
func (w *worker) change(m int, in scope, rel int) func(i int) (float64, float64, bool) {
	def := &w.set.metrics[m]
	of := &w.set.metrics[def.of]
	now, previous := featureOf(w.now, w.relNow, m, in, rel), featureOf(w.previous, w.relPrevious, m, in, rel)
	read := func(f, i int) (float64, bool) {
		if f >= 0 && !math.IsNaN(w.sweep.out[f][i]) {
			return w.sweep.out[f][i], true
		}
		return 0, of.zero
	}
	return func(i int) (float64, float64, bool) {
		if w.sweep.instants[i]-int64(of.days)*secondsPerDay < in.since {
			return 0, -1, false
		}
		p, ok := read(previous, i)
		c, known := read(now, i)
		if !ok || !known {
			return 0, -1, false
		}
		v, ok := compare(def.As, c, p)
		return v, -1, ok
	}
}

// compare expresses the change from p to c.
func compare(as As, c, p float64) (float64, bool) {
	v := c - p
	if as == Ratio {
		v = c/p - 1
	}
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

// formula evaluates CEL over the values computed before it.
func (w *worker) formula(a, m, rel int) func(i int) (float64, float64, bool) {
	def := &w.set.metrics[m]
	return func(i int) (float64, float64, bool) {
		numbers, oldest := w.row.Numbers(), -1.0
		for _, in := range def.inputs {
			from := rel
			if w.set.metrics[in].per == PerAccount {
				from = -1
			}
			cell, age := w.at(a, from, i, in)
			numbers[in] = *cell
			if age != nil {
				oldest = max(oldest, *age)
			}
		}
		v, ok := def.formula.Number(w.row)
		return v, oldest, ok
	}
}
