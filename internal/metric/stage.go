package metric

import (
	"slices"

	"kept/internal/fault"
)

// crosses reports whether a metric reads values of other accounts: these have to
// be computed for every account before it.
func (m *compiled) crosses() bool {
	return m.Kind == Peer || m.Kind == Rollup && m.From == FromChildren
}

// stages numbers, in order, the passes over the accounts that a metric has to wait for.
func (s *Set) stages() {
	for _, m := range s.order {
		def := &s.metrics[m]
		def.stage = 0
		for _, in := range s.depends(m) {
			def.stage = max(def.stage, s.metrics[in].stage)
		}
		if def.crosses() {
			def.stage++
		}
	}
}

// Populated reports whether any of the metrics (nil: all), or what they depend on,
// needs every account in Data.Accounts to be right for one of them.
func (s *Set) Populated(names []string) bool {
	return s.any(names, func(m *compiled) bool { return m.crosses() })
}

// Grouped reports whether any of the metrics, or what they depend on, compares an
// account with those of its group, so that Query.Group is needed.
func (s *Set) Grouped(names []string) bool {
	return s.any(names, func(m *compiled) bool { return m.Kind == Peer && m.Within == WithinSegment })
}

// Compared reports whether a metric places accounts among their peers: then a
// change of one account changes others.
func (s *Set) Compared(names []string) bool {
	return s.any(names, func(m *compiled) bool { return m.Kind == Peer })
}

// Historical reports whether a metric waits until events have been recorded for
// long enough: its values change everywhere when Begin does.
func (s *Set) Historical() bool {
	return slices.ContainsFunc(s.metrics, func(m compiled) bool { return m.history > 0 })
}

func (s *Set) any(names []string, is func(*compiled) bool) bool {
	wanted, err := s.wanted(names)
	if err != nil {
		return false
	}
	for m := range s.metrics {
		if wanted[m] && is(&s.metrics[m]) {
			return true
		}
	}
	return false
}

// checkGroups makes sure that metrics which need groups get them.
func (p *program) checkGroups(q *Query) error {
	grouped := slices.ContainsFunc(p.order, func(m int) bool {
		return p.set.metrics[m].Kind == Peer && p.set.metrics[m].Within == WithinSegment
	})
	if grouped && q.Group == nil {
		return fault.New(fault.Internal, "a metric compares accounts within their segment, and nobody says which that is")
	}
	return nil
}

// Select returns the values of some accounts, by their places in Accounts, in that order.
func (v *Values) Select(places []int) *Values {
	out := *v
	out.Accounts, out.products, out.relBase = nil, nil, []int{0}
	n := len(v.Instants)
	out.cells = make([]float64, 0, len(places)*n*len(v.Metrics))
	out.ages = make([]float64, 0, len(places)*n*v.ageWidth)
	out.relCells, out.relAges = nil, nil
	for _, a := range places {
		out.Accounts = append(out.Accounts, v.Accounts[a])
		out.products = append(out.products, v.products[a])
		out.cells = append(out.cells, strip(v.cells, a, a+1, n*len(v.Metrics))...)
		out.ages = append(out.ages, strip(v.ages, a, a+1, n*v.ageWidth)...)
		from, to := v.relBase[a], v.relBase[a+1]
		out.relBase = append(out.relBase, out.relBase[len(out.relBase)-1]+to-from)
		out.relCells = append(out.relCells, strip(v.relCells, from, to, n*len(v.PerRelationship))...)
		out.relAges = append(out.relAges, strip(v.relAges, from, to, n*v.relAgeWidth)...)
	}
	return &out
}

func strip(cells []float64, from, to, width int) []float64 { return cells[from*width : to*width] }

// GroupBy tells which metrics decide about the segment of an account, so that they
// are computed before accounts are compared within one. It fails, naming the
// metric, when one of them depends on such a comparison: then neither could come
// first. To be called before the set is used.
func (s *Set) GroupBy(names []string) error {
	for _, name := range names {
		m, ok := s.index[name]
		if !ok || s.metrics[m].per != PerAccount {
			continue
		}
		if s.Grouped([]string{name}) {
			return fault.At(name, "the segments depend on %q, which compares accounts within their segment: break the circle", name)
		}
		s.groupBy = append(s.groupBy, m)
	}
	order := s.order
	s.order = nil
	done := make([]bool, len(s.metrics))
	var visit func(m int)
	visit = func(m int) {
		if done[m] {
			return
		}
		done[m] = true
		for _, in := range s.depends(m) {
			visit(in)
		}
		s.order = append(s.order, m)
	}
	for _, m := range order {
		visit(m)
	}
	s.stages()
	return nil
}

// depends lists what has to be computed before a metric.
func (s *Set) depends(m int) []int {
	def := &s.metrics[m]
	if def.Kind == Peer && def.Within == WithinSegment {
		return append(slices.Clone(def.inputs), s.groupBy...)
	}
	return def.inputs
}
