package metric

import (
	"slices"
	"strings"
)

// perOfChange gives a change that does not say so the subject of its metric.
func (c *compiler) perOfChange() {
	for i := range c.set.metrics {
		m := &c.set.metrics[i]
		if m.Kind != Change || m.of < 0 || c.set.metrics[m.of].per == "" {
			continue
		}
		of := c.set.metrics[m.of].per
		if m.Per != "" && m.per != of {
			c.errs.Add(at(i, "per"), "%q is per %s, so its change is too: remove per", m.Of, of)
		}
		m.per = of
	}
}

// levels reports a metric per account that reads one without an account value.
func (c *compiler) levels() {
	for i := range c.set.metrics {
		m := &c.set.metrics[i]
		if m.Kind == Change && m.tenure < 0 || m.per != PerAccount {
			continue
		}
		for _, j := range m.inputs {
			in := &c.set.metrics[j]
			gathers := m.Kind == Rollup && m.From == FromRelationships && j == m.of
			if gathers && in.per == PerAccount {
				c.errs.Add(at(i, "of"), "%q has one value per account and none per relationship: name a metric with per: relationship, or use from: children", in.Name)
			}
			if in.per == PerRelationship && !gathers {
				c.errs.Add(at(i, m.reads(j)), "%q has a value per relationship and none per account: add per: relationship here, or use an account metric", in.Name)
			}
		}
	}
}

// sort finds an order in which every metric follows what it reads, or reports
// the cycles.
func (c *compiler) sort() {
	const (
		fresh = iota
		open
		done
	)
	state := make([]int, len(c.set.metrics))
	var path []int
	var visit func(i int)
	visit = func(i int) {
		switch state[i] {
		case done:
			return
		case open:
			start := slices.Index(path, i)
			names := make([]string, 0, len(path)-start+1)
			for _, j := range path[start:] {
				names = append(names, c.set.metrics[j].Name)
			}
			names = append(names, c.set.metrics[i].Name)
			c.errs.Add(at(i, c.set.metrics[i].reads(path[len(path)-1])), "the metrics depend on each other in a circle: %s: break it", strings.Join(names, " -> "))
			return
		}
		state[i] = open
		path = append(path, i)
		for _, j := range c.set.metrics[i].inputs {
			visit(j)
		}
		path = path[:len(path)-1]
		state[i] = done
		c.set.order = append(c.set.order, i)
	}
	for i := range c.set.metrics {
		visit(i)
	}
}

// reads returns the key under which a metric names another one.
func (m *compiled) reads(j int) string {
	switch {
	case m.tenure == j && m.of != j && m.over != j:
		return "tenure"
	case m.over == j && m.of != j:
		return "over"
	case slices.Contains([]Kind{Change, Quotient, Rollup, Peer}, m.Kind):
		return "of"
	default:
		return "expr"
	}
}
