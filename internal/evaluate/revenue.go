package evaluate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/revenue"
)

// RevenueBy is how a bridge is grouped.
type RevenueBy string

// The groupings of a bridge. Segments and owners are those of the last instant;
// by product, an account's life with each product is followed by itself.
const (
	ByNothing RevenueBy = ""
	BySegment RevenueBy = "segment"
	ByOwner   RevenueBy = "owner"
	ByCohort  RevenueBy = "cohort" // the quarter in which an account first paid
	ByProduct RevenueBy = "product"
)

// RevenueQuery asks for a bridge.
type RevenueQuery struct {
	Instants []time.Time
	By       RevenueBy
	Policy   revenue.Policy
}

// RevenueTable is a bridge with the keys of its groups: of a segment, a user, a
// quarter such as 2025-Q3, a product; empty for none.
type RevenueTable struct {
	*revenue.Table
	By RevenueBy
}

// RevenueMove is what one account, or its life with one product, contributed.
type RevenueMove struct {
	Account *customer.Account
	Group   string // key
	Line    revenue.Line
}

// Bridge follows ARR from instant to instant. The errors are those of
// revenue.Bridge, and Invalid for instants that are still to come.
func (e *Engine) Bridge(ctx context.Context, q RevenueQuery) (*RevenueTable, error) {
	base, err := e.revenue(ctx, q)
	if err != nil {
		return nil, err
	}
	t, err := revenue.Bridge(base.subs, q.Instants, base.grouping, q.Policy, nil)
	if err != nil {
		return nil, err
	}
	return &RevenueTable{Table: t, By: q.By}, nil
}

// Movements lists what each account contributed to the bridge between the first
// and the last instant of the query, the largest movement first.
func (e *Engine) Movements(ctx context.Context, q RevenueQuery) ([]RevenueMove, error) {
	base, err := e.revenue(ctx, q)
	if err != nil {
		return nil, err
	}
	list, err := revenue.Accounts(base.subs, q.Instants[0], q.Instants[len(q.Instants)-1], base.grouping, q.Policy, nil)
	if err != nil {
		return nil, err
	}
	out := make([]RevenueMove, len(list))
	for i, m := range list {
		out[i] = RevenueMove{Account: &base.of[m.Account].account, Group: base.grouping.Names[m.Group], Line: m.Line}
	}
	return out, nil
}

// revenueBase are the subscriptions to follow, with the account of each element.
type revenueBase struct {
	subs     [][]customer.Subscription
	of       []*dossier
	grouping revenue.Grouping
}

func (e *Engine) revenue(ctx context.Context, q RevenueQuery) (*revenueBase, error) {
	if len(q.Instants) < 2 {
		return nil, fault.At("from", "a bridge needs two instants at least")
	}
	last := q.Instants[len(q.Instants)-1]
	if live := e.Now(); last.After(live) {
		return nil, fault.At("to", "%s is still to come: a bridge ends today at the latest", last.Format(time.DateOnly))
	}
	s, _, err := e.ready(q.Instants[0])
	if err != nil {
		return nil, err
	}
	base := &revenueBase{}
	keys := make([]string, 0, len(s.book.dossiers))
	key, err := e.groupKey(ctx, q, last)
	if err != nil {
		return nil, err
	}
	for _, d := range s.book.dossiers {
		if q.By == ByProduct {
			groups := byProduct(d.subscriptions)
			for _, product := range slices.Sorted(maps.Keys(groups)) {
				base.add(d, groups[product])
				keys = append(keys, string(product))
			}
			continue
		}
		base.add(d, d.subscriptions)
		keys = append(keys, key(d))
	}
	names := slices.Clone(keys)
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		names = []string{""}
	}
	if len(names) > maxGroups {
		return nil, fault.At("by", "there are %d groups, and a bridge shows %d at most", len(names), maxGroups)
	}
	index := make(map[string]int, len(names))
	for i, n := range names {
		index[n] = i
	}
	of := make([]int, len(keys))
	for i, k := range keys {
		of[i] = index[k]
	}
	base.grouping = revenue.Grouping{Names: names, Of: func(a, _ int) int { return of[a] }}
	return base, nil
}

// maxGroups bounds the answer of a bridge.
const maxGroups = 500

func (b *revenueBase) add(d *dossier, subs []customer.Subscription) {
	b.of = append(b.of, d)
	b.subs = append(b.subs, subs)
}

// groupKey returns the function that groups accounts.
func (e *Engine) groupKey(ctx context.Context, q RevenueQuery, last time.Time) (func(*dossier) string, error) {
	switch q.By {
	case ByNothing, ByProduct:
		return func(*dossier) string { return "" }, nil
	case ByCohort:
		return func(d *dossier) string {
			first := revenue.FirstPaid(d.subscriptions, last, q.Policy)
			if first.IsZero() {
				return ""
			}
			first = first.UTC()
			return fmt.Sprintf("%d-Q%d", first.Year(), (int(first.Month())+2)/3)
		}, nil
	case BySegment, ByOwner:
		snap, err := e.At(ctx, last)
		if err != nil {
			return nil, err
		}
		keys := make(map[id.Account]string, len(snap.Rows))
		for i := range snap.Rows {
			r := &snap.Rows[i]
			if keys[r.Account.ID] = r.Segment; q.By == ByOwner {
				keys[r.Account.ID] = string(r.Owner)
			}
		}
		return func(d *dossier) string { return keys[d.account.ID] }, nil
	}
	return nil, fault.At("by", "%q is no grouping: use segment, owner, cohort or product", q.By)
}

// byProduct takes the subscriptions of an account apart; the renewals stay with
// what they renew.
func byProduct(subs []customer.Subscription) map[id.Product][]customer.Subscription {
	out := map[id.Product][]customer.Subscription{}
	for i := range subs {
		out[subs[i].ProductID] = append(out[subs[i].ProductID], subs[i])
	}
	return out
}
