package metric

import (
	"math"

	"kept/internal/customer"
)

// quotient explains a metric divided by another.
func (x *explainer) quotient(w *Why, def *compiled) (v, age float64, why string) {
	w.Expr = def.Of + " / " + def.Over
	if def.As == Percent {
		w.Expr = "100 × " + w.Expr
	}
	age = -1
	side := map[int]float64{}
	for _, in := range []int{def.of, def.over} {
		input := x.explain(in)
		w.Inputs = append(w.Inputs, input)
		side[in] = math.NaN()
		if input.Value != nil {
			side[in] = *input.Value
		}
		if input.AgeDays != nil {
			age = max(age, *input.AgeDays)
		}
	}
	v, why = def.quotient(side[def.of], side[def.over])
	if why != "" {
		age = -1
	}
	return v, age, why
}

// guard applies what limits and rounds the values of a metric.
func (x *explainer) guard(w *Why, def *compiled, product string, since int64, v float64) (float64, string) {
	if !def.guarded() {
		return v, ""
	}
	t := x.q.Instant.Unix()
	tenure := sinceBegin(t, since)
	if def.tenure >= 0 {
		input := x.explain(def.tenure)
		w.Inputs = append(w.Inputs, input)
		tenure = math.NaN()
		if input.Value != nil {
			tenure = *input.Value
		}
	}
	id, all := x.product(product)
	active := inForce(x.facts.Subscriptions, func(s *customer.Subscription) bool { return all || s.ProductID == id }, x.q.Instant)
	g := guard{def: def, begun: x.begun}
	return g.apply(v, tenure, active, t)
}
