package metric

import (
	"context"
	"math"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/usage"
)

// Why says where a value comes from. It is computed by itself, slowly and
// obviously, and its value equals that of Evaluate.
type Why struct {
	Metric  string   `json:"metric"`
	Kind    Kind     `json:"kind"`
	Product string   `json:"product,omitempty"` // of a value per relationship
	Value   *float64 `json:"value"`             // nil when missing
	// AgeDays is as Values.AgeDays; nil when the value does not age.
	AgeDays *float64 `json:"age_days,omitempty"`
	// Missing says in words why there is no value.
	Missing string `json:"missing,omitempty"`
	// Assumed says that the value is the zero of an empty cell.
	Assumed bool `json:"assumed,omitempty"`

	// Window is what an event metric looks at, Previous what a change compares
	// it with.
	Window   *Window `json:"window,omitempty"`
	Previous *Window `json:"previous,omitempty"`
	// Terms are the subscriptions that a subscription metric reads.
	Terms []Term `json:"terms,omitempty"`
	// Facts are the facts that an attribute or manual metric rests on.
	Facts []customer.Fact `json:"facts,omitempty"`
	// Expr and Inputs are the formula and what it reads, in its order.
	Expr   string `json:"expr,omitempty"`
	Inputs []Why  `json:"inputs,omitempty"`
	// Account is whose value an input is, where a roll-up gathers child accounts, and
	// Weight its ARR where that counts.
	Account id.Account `json:"account,omitempty"`
	Weight  *float64   `json:"weight,omitempty"`
	// Peers are those that a value was placed among.
	Peers *Peers `json:"peers,omitempty"`
}

// Peers describe the values of the accounts that a value was compared with, its
// own included.
type Peers struct {
	Group  string   `json:"group,omitempty"` // key of the segment; empty for all accounts
	Count  int      `json:"count"`
	Least  float64  `json:"least"`
	Median float64  `json:"median"`
	Most   float64  `json:"most"`
	Mean   float64  `json:"mean"`
	SD     *float64 `json:"sd"` // nil for a single one
}

// Window is a window of events and what is in it.
type Window struct {
	From   time.Time `json:"from,omitzero"`   // zero: since the beginning
	To     time.Time `json:"to"`              // not included
	Events []string  `json:"events"`          // the names that count; empty means all
	Where  string    `json:"where,omitempty"` // the condition over properties
	Count  int       `json:"count"`           // events that were read, with a value or without
	First  time.Time `json:"first,omitzero"`
	Last   time.Time `json:"last,omitzero"`
	Value  *float64  `json:"value"` // the aggregate of the window; nil when there is nothing
}

// Term is the state of a subscription as of the instant.
type Term struct {
	Subscription id.Subscription   `json:"subscription"`
	InForce      bool              `json:"in_force"`
	State        customer.Revision `json:"state"`
}

// WhyQuery names one value.
type WhyQuery struct {
	Metric    string
	Account   id.Account
	Product   string // key; for a metric per relationship
	Instant   time.Time
	KnownOnly bool
	// Group is as Query.Group; it is asked about the one instant.
	Group func(v *Values, account, instant int) string
}

// Why explains one value. It fails with NotFound for an unknown metric or
// account. Where Populated says so, data.Accounts have to be all there are.
func (s *Set) Why(ctx context.Context, data Data, q WhyQuery) (*Why, error) {
	m, ok := s.index[q.Metric]
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no metric %q", q.Metric)
	}
	a := slices.IndexFunc(data.Accounts, func(f AccountFacts) bool { return f.ID == q.Account })
	if a < 0 {
		return nil, fault.New(fault.NotFound, "there is no account %q", q.Account)
	}
	if _, err := seconds([]time.Time{q.Instant}); err != nil {
		return nil, err
	}
	x := &explainer{set: s, q: q, facts: &data.Accounts[a], products: map[string]id.Product{}, done: map[whyKey]Why{}, data: &data, account: a, ctx: ctx, failed: new(error)}
	if s.Historical() {
		x.begun = Begin(data.Columns)
	}
	for product, key := range data.Products {
		x.products[key] = product
	}
	if data.Columns != nil {
		x.run, x.labels = data.Columns.Runs([]id.Account{q.Account})[0], data.Columns.Labels()
	}
	x.since = unix(x.facts.Since)
	if s.metrics[m].per == PerRelationship {
		sub := subjectOf(x.facts, data.Products, productsIn(&x.run, x.labels))
		r, found := slices.BinarySearch(sub.products, q.Product)
		if !found {
			return nil, fault.New(fault.NotFound, "the account has no relationship with the product %q", q.Product)
		}
		x.relSince = sub.since[r]
	}
	why := x.explain(m)
	if *x.failed != nil {
		return nil, *x.failed
	}
	return &why, nil
}

// whyKey is a value that was explained already; product is empty for the account's own.
type whyKey struct {
	metric  int
	product string
}

type explainer struct {
	set             *Set
	q               WhyQuery
	facts           *AccountFacts
	run             usage.Run
	labels          []usage.Label
	products        map[string]id.Product
	since, relSince int64
	begun           int64 // as guard.begun
	data            *Data
	account         int
	ctx             context.Context //nolint:containedctx // an explainer lives as long as one call
	failed          *error          // shared by the explainers of other accounts
	done            map[whyKey]Why
}

// explain explains a metric. The inputs of one that several formulas share are
// spelt out where it comes first only, or a long model would explain itself in
// exponential length.
func (x *explainer) explain(m int) Why {
	key := whyKey{metric: m}
	if x.set.metrics[m].per == PerRelationship {
		key.product = x.q.Product
	}
	if w, again := x.done[key]; again {
		w.Inputs = nil
		return w
	}
	w := x.first(m)
	x.done[key] = w
	return w
}

func (x *explainer) first(m int) Why {
	def := &x.set.metrics[m]
	w := Why{Metric: def.Name, Kind: def.Kind}
	since, product := x.since, def.Product
	if def.per == PerRelationship {
		w.Product, since, product = x.q.Product, x.relSince, x.q.Product
	}
	var v float64
	var why string
	age := -1.0
	switch def.Kind {
	case Change:
		v, why = x.change(&w, def, product, since)
	case Subscription:
		v, why = x.subscription(&w, def, product)
	case Attribute, Manual:
		v, age, why = x.fact(&w, def, product)
	case Formula:
		v, age, why = x.formula(&w, def)
	case Quotient:
		v, age, why = x.quotient(&w, def)
	case Rollup:
		v, age, why = x.gather(&w, def)
	case Peer:
		v, age, why = x.placed(&w, def)
	default:
		w.Window = x.window(def, product, span{})
		v, age, why = x.ofWindow(def, w.Window)
	}
	switch {
	case x.q.Instant.Unix() < since:
		w.Missing = "it did not exist yet at this instant"
		return w
	case why != "" && def.zero:
		v, age, w.Assumed = 0, -1, true
	case why != "":
		w.Missing = why
		return w
	}
	if v, why = x.guard(&w, def, product, since, v); why != "" {
		w.Missing, w.Assumed = why, false
		return w
	}
	w.Value = &v
	if age >= 0 && !w.Assumed {
		w.AgeDays = &age
	}
	return w
}

// window condenses the events of one window by walking over all of them.
func (x *explainer) window(def *compiled, product string, by span) *Window {
	if !slices.Contains(swept, def.Kind) || def.faceted() {
		return x.walked(def, product, by)
	}
	from, to := def.frame.shifted(x.q.Instant.Unix(), by)
	w := &Window{To: time.Unix(to, 0).UTC(), Events: def.Events}
	if from != noBeginning {
		w.From = time.Unix(from, 0).UTC()
	}
	actors, activeDays := map[uint32]bool{}, map[int64]bool{}
	var sum exact
	valued, lastValue := 0, math.NaN()
	for i, t := range x.run.Time {
		l := x.labels[x.run.Code(i)]
		switch {
		case int64(t) < from || int64(t) >= to,
			x.q.KnownOnly && x.run.Known != nil && int64(x.run.Known[i]) > knownBy(x.q.Instant.Unix(), to),
			product != "" && l.Product != product,
			len(def.Events) > 0 && !slices.Contains(def.Events, l.Name):
			continue
		}
		v, has := x.run.Number(i)
		if def.Kind == Latest && !has {
			continue
		}
		at := time.Unix(int64(t), 0).UTC()
		if w.Count == 0 {
			w.First = at
		}
		w.Last = at
		w.Count++
		if x.run.Actor != nil && x.run.Actor[i] != 0 {
			actors[x.run.Actor[i]] = true
		}
		activeDays[civilDay(int64(t), def.frame.zone)] = true
		if has {
			valued++
			sum, lastValue = sum.plus(v), v
		}
	}
	var v float64
	ok := w.Count > 0
	switch def.Kind {
	case Count:
		v = float64(w.Count)
	case Sum:
		v, ok = sum.number(), valued > 0
	case Mean:
		v, ok = sum.number()/float64(valued), valued > 0
	case DistinctActors:
		v, ok = float64(len(actors)), len(actors) > 0
	case ActiveDays:
		v = float64(len(activeDays))
	case Recency:
		v = days(x.q.Instant.Unix() - w.Last.Unix())
		if def.frame.throughDay {
			v = float64(civilDay(x.q.Instant.Unix(), def.frame.zone) - civilDay(w.Last.Unix(), def.frame.zone))
		}
	default:
		v = lastValue
	}
	if ok && !math.IsNaN(v) {
		w.Value = &v
	}
	return w
}

func (x *explainer) ofWindow(def *compiled, w *Window) (v, age float64, why string) {
	switch {
	case w.Value == nil && w.Count == 0:
		return 0, -1, "there is no such event in the window"
	case w.Value == nil && def.Kind == DistinctActors:
		return 0, -1, "no event in the window names an actor"
	case w.Value == nil:
		return 0, -1, "no event in the window has a value"
	case def.Kind == First:
		return *w.Value, days(x.q.Instant.Unix() - w.First.Unix()), ""
	case def.Kind == Latest || def.Kind == Recency:
		return *w.Value, max(0, days(x.q.Instant.Unix()-w.Last.Unix())), ""
	}
	return *w.Value, -1, ""
}

func (x *explainer) change(w *Why, def *compiled, product string, since int64) (v float64, why string) {
	of := &x.set.metrics[def.of]
	if of.per == PerAccount {
		product = of.Product
	}
	w.Window, w.Previous = x.window(of, product, span{}), x.window(of, product, of.frame.step())
	if of.frame.step().before(x.q.Instant.Unix(), of.frame.zone) < since {
		return 0, "it is younger than a window, so there is nothing to compare with"
	}
	read := func(w *Window) (float64, bool) {
		if w.Value != nil {
			return *w.Value, true
		}
		return 0, of.zero
	}
	c, ok := read(w.Window)
	p, known := read(w.Previous)
	if !ok && def.WhenMissing == Zero {
		c, ok = 0, true
	}
	switch {
	case !ok:
		return 0, "there is no value in this window"
	case !known:
		return 0, "there is no value in the window before"
	}
	if v, ok = def.compare(c, p); !ok {
		return 0, "the window before has 0, and a ratio to 0 says nothing"
	}
	return v, ""
}

func (x *explainer) product(key string) (product id.Product, all bool) {
	if key == "" {
		return "", true
	}
	if p, ok := x.products[key]; ok {
		return p, false
	}
	return noProduct, false
}

func (x *explainer) subscription(w *Why, def *compiled, key string) (v float64, why string) {
	product, all := x.product(key)
	state := terms(x.facts, product, all, x.q.Instant)
	inForce := 0
	for _, t := range state {
		in := t.rev.InForce(x.q.Instant)
		if in {
			inForce++
		}
		w.Terms = append(w.Terms, Term{Subscription: t.sub.ID, InForce: in, State: *t.rev})
	}
	held := holdingOf(x.facts, product, all, x.q.Instant)
	v, ok := held.read(def.Field)
	if def.Gap != "" {
		v, ok = tenureOf(x.facts, product, all, def.gap, x.q.Instant)
	}
	switch {
	case ok:
		return v, ""
	case inForce == 0:
		return 0, "no subscription is in force"
	case def.Field == ARR:
		return 0, "the subscriptions are in different currencies, which cannot be added"
	}
	return 0, "no subscription in force has an end"
}

func (x *explainer) fact(w *Why, def *compiled, key string) (v, age float64, why string) {
	product, _ := x.product(key)
	facts := factsOf(x.facts.Facts, product, factKey(def))
	held, ok := customer.Holds(facts, x.q.Instant)
	if !ok {
		return 0, -1, "nobody has entered a value that holds at this instant"
	}
	w.Facts = []customer.Fact{held}
	if v, age, ok = fact(facts, x.q.Instant); !ok {
		return 0, -1, "the value is a text and not a number"
	}
	return v, age, ""
}

func (x *explainer) formula(w *Why, def *compiled) (v, age float64, why string) {
	w.Expr = def.Expr
	row := x.set.env.NewRow()
	age = -1
	for _, in := range def.inputs {
		input := x.explain(in)
		w.Inputs = append(w.Inputs, input)
		if input.Value != nil {
			row.Numbers()[in] = *input.Value
		}
		if input.AgeDays != nil {
			age = max(age, *input.AgeDays)
		}
	}
	v, ok := def.formula.Number(row)
	if ok {
		return v, age, ""
	}
	for _, input := range w.Inputs {
		if input.Value == nil {
			return 0, -1, input.Metric + " is missing"
		}
	}
	return 0, -1, "the formula has no finite result, as when it divides by 0"
}
