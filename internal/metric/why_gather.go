package metric

import (
	"math"
	"time"

	"kept/internal/id"
)

// gather explains a roll-up: every part is an input.
func (x *explainer) gather(w *Why, def *compiled) (v, age float64, why string) {
	g := newGathering()
	add := func(part Why, owner *AccountFacts, product id.Product, all bool) {
		if def.Take == TakeARR {
			weight := arrOf(owner, product, all, x.q.Instant)
			part.Weight = &weight
		}
		w.Inputs = append(w.Inputs, part)
		if part.Value == nil {
			return
		}
		old, weight := -1.0, 0.0
		if part.AgeDays != nil {
			old = *part.AgeDays
		}
		if part.Weight != nil {
			weight = *part.Weight
		}
		g.add(*part.Value, weight, old)
	}
	if def.From == FromChildren {
		for a := range x.data.Accounts {
			if child := &x.data.Accounts[a]; child.Parent == x.facts.ID && child.Parent != "" {
				part := x.of(a).explain(def.of)
				part.Account = child.ID
				add(part, child, "", true)
			}
		}
		w.Expr = string(def.Take) + " of " + def.Of + " over child accounts"
	} else {
		sub := subjectOf(x.facts, x.data.Products, productsIn(&x.run, x.labels))
		for r, key := range sub.products {
			one := *x
			one.q.Product, one.relSince = key, sub.since[r]
			product, ok := x.products[key]
			if !ok {
				product = noProduct
			}
			add(one.explain(def.of), x.facts, product, false)
		}
		w.Expr = string(def.Take) + " of " + def.Of + " over product lines"
	}
	better := x.set.metrics[def.of].better()
	if v, ok := g.take(def.Take, better); ok {
		return v, g.age, ""
	}
	if len(w.Inputs) == 0 {
		return 0, -1, "there is nothing to gather"
	}
	return 0, -1, "no part has a value"
}

// of is the explainer of another account.
func (x *explainer) of(account int) *explainer {
	y := *x
	y.account, y.facts, y.done = account, &x.data.Accounts[account], map[whyKey]Why{}
	y.q.Account = y.facts.ID
	y.since = unix(y.facts.Since)
	if x.data.Columns != nil {
		y.run = x.data.Columns.Runs([]id.Account{y.facts.ID})[0]
	}
	return &y
}

// placed explains where a value stands among its peers, whose values are evaluated
// and not explained one by one.
func (x *explainer) placed(w *Why, def *compiled) (v, age float64, why string) {
	input := x.explain(def.of)
	w.Inputs = append(w.Inputs, input)
	w.Expr = string(def.As) + " of " + def.Of
	if input.Value == nil {
		return 0, -1, def.Of + " is missing"
	}
	pop, group, err := x.population(def)
	if err != nil {
		*x.failed = err
		return 0, -1, "the peers could not be computed"
	}
	w.Peers = &Peers{
		Group: group, Count: len(pop.sorted), Least: pop.sorted[0], Median: quantile(pop.sorted, 0.5),
		Most: pop.sorted[len(pop.sorted)-1], Mean: pop.mean,
	}
	if !math.IsNaN(pop.sd) {
		w.Peers.SD = &pop.sd
	}
	age = -1
	if input.AgeDays != nil {
		age = *input.AgeDays
	}
	if v, why = pop.place(*input.Value, def.As, x.set.metrics[def.of].better()); why != "" {
		age = -1
	}
	return v, age, why
}

// population gathers the peers of the account, one by one.
func (x *explainer) population(def *compiled) (*population, string, error) {
	names := []string{x.set.metrics[def.of].Name}
	if def.Within == WithinSegment {
		for _, m := range x.set.groupBy {
			names = append(names, x.set.metrics[m].Name)
		}
	}
	v, err := x.set.Evaluate(x.ctx, *x.data, Query{Instants: []time.Time{x.q.Instant}, KnownOnly: x.q.KnownOnly, Metrics: names, Group: x.q.Group})
	if err != nil {
		return nil, "", err
	}
	group := func(a int) string {
		if def.Within != WithinSegment {
			return ""
		}
		return x.q.Group(v, a, 0)
	}
	mine := group(x.account)
	var values []float64
	for a := range v.Accounts {
		if value, ok := v.Account(def.Of, a, 0); ok && group(a) == mine {
			values = append(values, value)
		}
	}
	return newPopulation(values), mine, nil
}
