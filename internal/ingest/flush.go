package ingest

import (
	"context"
	"errors"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/tabular"
)

// flush writes the batch, kind after kind, each in a transaction of its own.
func (r *runner) flush(ctx context.Context, f *source) error {
	b := r.batch
	// Events are most of a large file: their room is used again. Nothing keeps a
	// part of it, as the stores copy what they are given.
	r.batch = batch{events: b.events[:0]}
	if err := r.lookUpAll(ctx, &b); err != nil {
		return err
	}
	if err := r.makeOwners(ctx); err != nil {
		return err
	}
	steps := []func() error{
		func() error { return r.putProducts(ctx, f, b.products) },
		func() error { return r.putAccounts(ctx, f, b.accounts) },
		func() error { return r.putContacts(ctx, f, b.contacts) },
		func() error { return r.putRelationships(ctx, f, b.relationships) },
		func() error { return r.putSubscriptions(ctx, f, b.subscriptions) },
		func() error { return r.putFacts(ctx, f, b.facts) },
		func() error { return r.putTickets(ctx, f, b.tickets) },
		func() error { return r.putActivities(ctx, f, b.activities) },
		func() error { return r.putEvents(ctx, f, b.events) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return r.rejects.flush()
}

func (r *runner) lookUpAll(ctx context.Context, b *batch) error {
	var all []*refs
	all = append(all, refsOf(b.contacts)...)
	all = append(all, refsOf(b.relationships)...)
	all = append(all, refsOf(b.subscriptions)...)
	all = append(all, refsOf(b.facts)...)
	all = append(all, refsOf(b.tickets)...)
	all = append(all, refsOf(b.activities)...)
	all = append(all, refsOf(b.events)...)
	return r.lookUp(ctx, all)
}

func refsOf[T any](items []item[T]) []*refs {
	out := make([]*refs, len(items))
	for i := range items {
		out[i] = &items[i].refs
	}
	return out
}

// refuse rejects a row after it was decoded.
func (r *runner) refuse(f *source, kind Kind, line int, bad tabular.Bad) {
	r.refuseAs(f, kind, line, bad, false)
}

func (r *runner) refuseAs(f *source, kind Kind, line int, bad tabular.Bad, orphan bool) {
	r.counts(objects[kind]).Rejected++
	f.failed++
	r.rejects.note(f.name, line, bad, orphan)
}

// linked fills in what the rows refer to, and rejects the orphans.
func linked[T any](r *runner, f *source, kind Kind, items []item[T], link func(*T, *account, product, *refs)) []item[T] {
	out := items[:0]
	for _, one := range items {
		a := r.known.accounts[one.refs.account]
		p, known := r.known.products[one.refs.product]
		what, external := "", ""
		switch {
		case a == nil:
			what, external = "account", one.refs.account
		case one.refs.product != "" && !known:
			what, external = "product", one.refs.product
		}
		if what != "" {
			r.orphan(f, kind, one.line, what, external)
			continue
		}
		link(&one.obj, a, p, &one.refs)
		out = append(out, one)
	}
	return out
}

func (r *runner) orphan(f *source, kind Kind, line int, what, external string) {
	r.quality.add(ruleOrphan, placeIn(f.name, line), "%s %q is not known", what, external)
	r.refuseAs(f, kind, line, tabular.Bad{Column: what, Value: external, Reason: "there is no " + what + " with this id, neither in the files nor in Kept"}, true)
}

// write puts rows in one transaction. When the store refuses the batch because
// of a row, halves are tried, until only the rows at fault are left out.
func write[T any](ctx context.Context, r *runner, f *source, kind Kind, items []item[T], put func(customer.Tx, []item[T]) ([]customer.Outcome, error)) ([]item[T], error) {
	if len(items) == 0 {
		return nil, nil
	}
	if r.skipsWrite(kind) {
		return items, nil
	}
	var outcomes []customer.Outcome
	err := r.inTx(ctx, func(tx customer.Tx) error {
		var err error
		outcomes, err = put(tx, items)
		return err
	})
	if err == nil {
		c := r.counts(objects[kind])
		for _, o := range outcomes {
			c.add(o)
		}
		return items, nil
	}
	if !mendable(err) {
		return nil, err
	}
	if len(items) == 1 {
		r.refuse(f, kind, items[0].line, tabular.Bad{Value: items[0].external, Reason: reason(err)})
		return nil, nil
	}
	half := len(items) / 2
	left, err := write(ctx, r, f, kind, items[:half:half], put)
	if err != nil {
		return nil, err
	}
	right, err := write(ctx, r, f, kind, items[half:], put)
	return append(left, right...), err
}

func (c *Counts) add(o customer.Outcome) {
	switch o {
	case customer.Created:
		c.Created++
	case customer.Updated:
		c.Updated++
	case customer.Unchanged:
		c.Unchanged++
	}
}

// mendable reports whether an error is about the rows, not about the store.
func mendable(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.NotFound, fault.TooLarge:
		return true
	default:
		return false
	}
}

func reason(err error) string {
	if one, ok := errors.AsType[*fault.Error](err); ok {
		return one.Msg
	}
	return err.Error()
}

// objectsOf returns the objects of items.
func objectsOf[T any](items []item[T]) []T {
	out := make([]T, len(items))
	for i := range items {
		out[i] = items[i].obj
	}
	return out
}

// refer returns the external references of items; ids says what they became.
func refer[T any](source, kind string, items []item[T], object func(*T) string) []customer.ExternalRef {
	out := make([]customer.ExternalRef, 0, len(items))
	for i := range items {
		if items[i].external != "" {
			out = append(out, customer.ExternalRef{Source: source, Kind: kind, External: items[i].external, ObjectID: object(&items[i].obj)})
		}
	}
	return out
}

// externalsOf returns the external ids of items.
func externalsOf[T any](items []item[T]) []string {
	out := make([]string, len(items))
	for i := range items {
		out[i] = items[i].external
	}
	return out
}
