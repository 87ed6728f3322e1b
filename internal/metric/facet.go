package metric

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"

	"kept/internal/condition"
	"kept/internal/fault"
	"kept/internal/usage"
)

// whereVars are what a condition over an event may use: its value, who did it, its
// product, and its properties as prop.KEY.
func whereVars() []condition.Var {
	return []condition.Var{
		{Name: "prop", Type: condition.Attributes},
		{Name: "value", Type: condition.Number},
		{Name: "actor", Type: condition.Text},
		{Name: "product", Type: condition.Text},
	}
}

// where checks the condition over events and says which part of the stream the
// metric reads.
func (c *compiler) where(i int) {
	m := &c.set.metrics[i]
	if !m.faceted() {
		return
	}
	var keep func(*usage.Event) bool
	if m.Where != "" {
		if c.events == nil {
			env, err := condition.NewEnv(whereVars()...)
			if err != nil {
				c.errs.Add(at(i, "where"), "%s", err)
				return
			}
			c.events = env
		}
		cond, err := c.events.Condition(at(i, "where"), m.Where)
		if err != nil {
			c.join(at(i, "where"), err)
			return
		}
		keep = keeper(c.events, cond)
	}
	names := slices.Concat(m.Events, m.ClosedBy)
	slices.Sort(names)
	names = slices.Compact(names)
	m.facet = &usage.FacetSpec{ID: strings.Join([]string{strings.Join(names, "\x01"), m.Where, m.Match}, "\x00"), Names: names, Keep: keep, Key: m.Match}
}

// join adds the errors of an expression.
func (c *compiler) join(field string, err error) {
	if several, ok := errors.AsType[fault.List](err); ok {
		c.errs = append(c.errs, several...)
		return
	}
	c.errs = append(c.errs, &fault.Error{Kind: fault.KindOf(err), Field: field, Err: err})
}

// keeper returns a function that decides whether an event fulfils a condition; one
// that cannot be said, for want of a property, is not fulfilled. It is safe for
// concurrent use.
func keeper(env *condition.Env, cond *condition.Condition) func(*usage.Event) bool {
	number, _ := env.Slot("value")
	actor, _ := env.TextSlot("actor")
	product, _ := env.TextSlot("product")
	var props []string
	for _, name := range cond.Names() {
		if strings.HasPrefix(name, "prop.") {
			props = append(props, name)
		}
	}
	rows := sync.Pool{New: func() any { return env.NewRow() }}
	return func(e *usage.Event) bool {
		row, ok := rows.Get().(*condition.Row)
		if !ok {
			return false
		}
		defer rows.Put(row)
		row.Clear()
		if e.HasValue {
			row.Numbers()[number] = e.Value
		}
		if e.Actor != "" {
			row.SetText(actor, e.Actor)
		}
		if e.Product != "" {
			row.SetText(product, e.Product)
		}
		for _, name := range props {
			switch v := e.Properties[strings.TrimPrefix(name, "prop.")].(type) {
			case string:
				row.SetTextAttr(name, v)
			case float64:
				row.SetNumberAttr(name, v)
			case bool:
				row.SetTruthAttr(name, v)
			}
		}
		return cond.Match(row)
	}
}

// Facets lists the parts of the event stream that metrics (nil: all), and what they
// depend on, read beside the projection, each once, by ID: Data.Facets has to hold
// them.
func (s *Set) Facets(names []string) []*usage.FacetSpec {
	wanted, err := s.wanted(names)
	if err != nil {
		return nil // the evaluation says so
	}
	var out []*usage.FacetSpec
	for i := range s.metrics {
		if f := s.metrics[i].facet; f != nil && wanted[i] && !slices.ContainsFunc(out, func(o *usage.FacetSpec) bool { return o.ID == f.ID }) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b *usage.FacetSpec) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// checkFacets fails when a facet that a metric reads is not there: a program error.
func (s *Set) checkFacets(data *Data, wanted []int) error {
	for _, m := range wanted {
		if f := s.metrics[m].facet; f != nil && data.Facets[f.ID] == nil && data.Columns != nil {
			return fault.New(fault.Internal, "the events of the metric %s were not loaded", s.metrics[m].Name)
		}
	}
	return nil
}

// stream is the events of one account, from the projection or from a facet.
type stream struct {
	*usage.Run
	key    []uint32
	labels []usage.Label
}

// streamOf returns the events that a metric reads.
func streamOf(def *compiled, data *Data, account int, run *usage.Run, labels []usage.Label) stream {
	if def.facet == nil {
		return stream{Run: run, labels: labels}
	}
	f := data.Facets[def.facet.ID]
	if f == nil {
		return stream{Run: &usage.Run{}}
	}
	r := f.Run(data.Accounts[account].ID)
	return stream{Run: &r.Run, key: r.Key, labels: f.Labels()}
}
