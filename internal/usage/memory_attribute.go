package usage

import (
	"cmp"
	"context"
	"slices"
)

var _ Attributor = (*MemoryStore)(nil)

// AttributeAll implements Attributor.
func (s *MemoryStore) AttributeAll(ctx context.Context, list []Attribution) (int64, error) {
	for i := range list {
		if err := list[i].Check(); err != nil {
			return 0, err
		}
	}
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	var n int64
	for i := range s.rows {
		r := &s.rows[i]
		for _, a := range list {
			if r.Account == "" && a.covers(&r.Event) {
				r.Account, r.mark = a.Account, s.mark+1
				n++
			}
		}
	}
	if n > 0 {
		s.mark++
	}
	return n, nil
}

func (a *Attribution) covers(e *Event) bool {
	if a.Actor != "" {
		return e.Actor == a.Actor
	}
	return e.Source == a.Source && e.group() == a.Group
}

func (e *Event) group() string {
	g, _ := e.Properties[GroupProperty].(string)
	return g
}

// MergeActors implements Attributor.
func (s *MemoryStore) MergeActors(ctx context.Context, list []Merge) (int64, error) {
	for _, m := range list {
		if err := m.Check(); err != nil {
			return 0, err
		}
	}
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	var n int64
	for _, m := range list {
		for i := range s.rows {
			if r := &s.rows[i]; r.Actor == m.From && m.From != m.To {
				r.Actor, r.mark = m.To, s.mark+1
				n++
			}
		}
	}
	if n > 0 {
		s.mark++
	}
	return n, nil
}

// Unattributed implements Attributor.
func (s *MemoryStore) Unattributed(ctx context.Context, limit int) ([]Unattributed, int64, error) {
	if err := s.lock(ctx); err != nil {
		return nil, 0, err
	}
	defer s.mu.Unlock()
	type key struct{ source, actor, group string }
	at := map[key]int{}
	var out []Unattributed
	var events int64
	for i := range s.rows {
		e := &s.rows[i].Event
		k := key{e.Source, e.Actor, e.group()}
		if e.Account != "" || k.actor == "" && k.group == "" {
			continue
		}
		events++
		j, known := at[k]
		if !known {
			j = len(out)
			at[k] = j
			out = append(out, Unattributed{Source: e.Source, Actor: e.Actor, Group: k.group, First: e.At, Last: e.At})
		}
		u := &out[j]
		u.Events++
		if e.At.Before(u.First) {
			u.First = e.At
		}
		if e.At.After(u.Last) {
			u.Last = e.At
		}
	}
	slices.SortFunc(out, func(a, b Unattributed) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Actor, b.Actor), cmp.Compare(a.Group, b.Group))
	})
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, events, nil
}
