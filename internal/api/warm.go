package api

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"kept/internal/evaluate"
)

// manyRows is the number of rows from which two processors sort faster than one.
const manyRows = 4096

// sortRows sorts rows, none equal to another, with two processors if that pays.
func sortRows(rows []int32, compare func(a, b int32) int) {
	if len(rows) < manyRows || runtime.GOMAXPROCS(0) < 2 {
		slices.SortFunc(rows, compare)
		return
	}
	half := len(rows) / 2
	left, right := slices.Clone(rows[:half]), rows[half:]
	var group sync.WaitGroup
	group.Go(func() { slices.SortFunc(left, compare) })
	slices.SortFunc(right, compare)
	group.Wait()
	// The place that is written to is never beyond the one that is read from.
	for at, k := 0, 0; k < len(left); at++ {
		if len(right) > 0 && compare(right[0], left[k]) < 0 {
			rows[at], right = right[0], right[1:]
			continue
		}
		rows[at] = left[k]
		k++
	}
}

// usedFor is how long after its last use an order is kept warm.
const usedFor = 10 * time.Minute

// usedOrders are the orders that somebody looks at lists in, and when last.
type usedOrders struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func (u *usedOrders) use(sort string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[string]time.Time{}
	}
	u.last[sort] = now
	if len(u.last) > maxOrders {
		for s, at := range u.last {
			if now.Sub(at) > usedFor || len(u.last) > 2*maxOrders {
				delete(u.last, s)
			}
		}
	}
}

// recent lists the orders in use, the usual ones among them, at most as many as
// are kept for one snapshot.
func (u *usedOrders) recent(now time.Time) []string {
	out := []string{"name", "score", "score,name", "-score", "-arr", "renewal_at"}
	u.mu.Lock()
	defer u.mu.Unlock()
	for s, at := range u.last {
		if now.Sub(at) <= usedFor && !slices.Contains(out, s) && len(out) < maxOrders/2 {
			out = append(out, s)
		}
	}
	return out
}

// Warm puts the accounts as of now into the orders in use, so that nobody waits
// for it after a change. Called after each evaluation; errors are those of a
// request, and nothing is lost by them.
func (s *Server) Warm(ctx context.Context) error {
	v, err := s.viewAt(ctx, AsOfParam{Known: string(evaluate.AsKnown), Model: "now"})
	if err != nil {
		return err
	}
	for _, sort := range s.used.recent(s.clock.Now()) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if _, err := s.order(v, sort); err != nil {
			continue // a key that the model no longer has
		}
	}
	return nil
}
