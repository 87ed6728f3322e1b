package evaluate

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Leak makes the back-tests of an engine see what became known later.
func (e *Engine) Leak() { e.leaky = true }

// WithHistory gives an engine a history.
func (e *Engine) WithHistory(h History) { e.opt.History = h }

// MemoryHistory keeps recorded evaluations in memory.
type MemoryHistory struct{ Rows []Record }

// Record implements History.
func (h *MemoryHistory) Record(_ context.Context, rows []Record) (int, error) {
	h.Rows = append(h.Rows, rows...)
	return len(rows), nil
}

// Records implements History.
func (h *MemoryHistory) Records(_ context.Context, q HistoryQuery) ([]Record, error) {
	var out []Record
	for _, r := range h.Rows {
		if !r.AsOf.Before(q.From) && (q.To.IsZero() || !r.AsOf.After(q.To)) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), a.AsOf.Compare(b.AsOf), a.RecordedAt.Compare(b.RecordedAt))
	})
	return out, nil
}

// RecordedInstants implements History.
func (h *MemoryHistory) RecordedInstants(context.Context) ([]time.Time, error) {
	var out []time.Time
	for _, r := range h.Rows {
		out = append(out, r.AsOf)
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal), nil
}
