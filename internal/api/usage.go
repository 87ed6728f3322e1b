package api

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/usage"
)

// buckets counts the events of one account per step; instant k stands for
// [instant k − step, instant k).
type buckets struct {
	instants []time.Time
	step     time.Duration
	product  string
	lines    map[[2]string][]UsagePoint // by name and product
	totals   map[[2]string]float64
	actors   []map[string]struct{}
}

func newBuckets(instants []time.Time, step time.Duration, product string) *buckets {
	return &buckets{
		instants: instants, step: step, product: product, lines: map[[2]string][]UsagePoint{},
		totals: map[[2]string]float64{}, actors: make([]map[string]struct{}, len(instants)),
	}
}

func (b *buckets) add(e *usage.Event) {
	if b.product != "" && e.Product != b.product || e.At.Before(b.instants[0].Add(-b.step)) {
		return
	}
	k := sort.Search(len(b.instants), func(i int) bool { return b.instants[i].After(e.At) })
	if k == len(b.instants) {
		return
	}
	key := [2]string{e.Name, e.Product}
	line := b.lines[key]
	if line == nil {
		line = make([]UsagePoint, len(b.instants))
		for i, t := range b.instants {
			line[i].At = t
		}
		b.lines[key] = line
	}
	line[k].Count++
	if e.HasValue {
		line[k].Sum += e.Value
	}
	b.totals[key]++
	if e.Actor != "" {
		if b.actors[k] == nil {
			b.actors[k] = map[string]struct{}{}
		}
		b.actors[k][e.Actor] = struct{}{}
	}
}

// series returns the lines with most events.
func (b *buckets) series(most int) []UsageSeries {
	out := []UsageSeries{}
	for key, points := range b.lines {
		out = append(out, UsageSeries{Name: key[0], Product: key[1], Points: points})
	}
	slices.SortFunc(out, func(x, y UsageSeries) int {
		tx, ty := b.totals[[2]string{x.Name, x.Product}], b.totals[[2]string{y.Name, y.Product}]
		return cmp.Or(cmp.Compare(ty, tx), cmp.Compare(x.Name, y.Name), cmp.Compare(x.Product, y.Product))
	})
	return out[:min(most, len(out))]
}

func (b *buckets) users() []MetricPoint {
	out := make([]MetricPoint, len(b.instants))
	for i, t := range b.instants {
		n := float64(len(b.actors[i]))
		out[i] = MetricPoint{At: t, Value: &n}
	}
	return out
}

// seats returns the seats in force at instants, of one product or all; no value
// where nothing was in force.
func (s *Server) seats(ctx context.Context, account id.Account, product string, instants []time.Time) ([]MetricPoint, error) {
	var only id.Product
	if product != "" {
		all, err := s.opt.Records.Products(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			if p.Key == product {
				only = p.ID
			}
		}
	}
	subs, err := s.opt.Records.Subscriptions(ctx, customer.Filter{Accounts: []id.Account{account}, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return nil, err
	}
	out := make([]MetricPoint, len(instants))
	for i, t := range instants {
		out[i].At = t
		for k := range subs {
			rev, ok := subs[k].At(t)
			if !ok || !rev.InForce(t) || product != "" && subs[k].ProductID != only {
				continue
			}
			n := float64(rev.Seats)
			if out[i].Value != nil {
				n += *out[i].Value
			}
			out[i].Value = &n
		}
	}
	return out, nil
}
