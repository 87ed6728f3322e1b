package ingest

import (
	"context"
	"hash/maphash"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/tabular"
	"kept/internal/usage"
)

// identify returns the id of an object: the one that its external id leads to,
// else one that derives from it.
func identify[T interface {
	~string
	Prefix() string
}](r *runner, found map[string]string, kind, external string) T {
	if to, ok := found[external]; ok {
		return T(to)
	}
	return derive[T](r.m.Source, kind, external)
}

func (r *runner) putContacts(ctx context.Context, f *source, items []item[customer.Contact]) error {
	items = linked(r, f, KindContact, items, func(c *customer.Contact, a *account, _ product, _ *refs) {
		c.AccountID = a.id
		if c.Since.IsZero() {
			c.Since = a.since
		}
	})
	found, err := r.resolve(ctx, refContact, externalsOf(items))
	if err != nil {
		return err
	}
	for i := range items {
		items[i].obj.ID = identify[id.Contact](r, found, refContact, items[i].external)
	}
	kept, err := write(ctx, r, f, KindContact, items, func(tx customer.Tx, some []item[customer.Contact]) ([]customer.Outcome, error) {
		out, err := tx.PutContacts(ctx, objectsOf(some))
		if err != nil {
			return nil, err
		}
		return out, tx.PutExternalRefs(ctx, refer(r.m.Source, refContact, some, func(c *customer.Contact) string { return string(c.ID) }))
	})
	for _, one := range kept {
		r.known.contacts[one.external] = one.obj.ID
	}
	return err
}

func (r *runner) putRelationships(ctx context.Context, f *source, items []item[customer.Relationship]) error {
	items = linked(r, f, KindRelationship, items, func(rel *customer.Relationship, a *account, p product, _ *refs) {
		rel.AccountID, rel.ProductID = a.id, p.id
		rel.ID = id.Derive[id.Relationship](string(a.id), string(p.id))
	})
	_, err := write(ctx, r, f, KindRelationship, items, func(tx customer.Tx, some []item[customer.Relationship]) ([]customer.Outcome, error) {
		return tx.PutRelationships(ctx, objectsOf(some))
	})
	return err
}

func (r *runner) putFacts(ctx context.Context, f *source, items []item[factRow]) error {
	items = linked(r, f, KindAttribute, items, func(fact *factRow, a *account, p product, _ *refs) {
		fact.AccountID, fact.ProductID = a.id, p.id
	})
	if r.skipsWrite(KindAttribute) {
		return nil
	}
	if err := r.defineKeys(ctx, items); err != nil {
		return err
	}
	if err := r.correct(ctx, items); err != nil {
		return err
	}
	return r.writeFacts(ctx, f, items, false)
}

// defineKeys declares the attributes whose names stand in a column.
func (r *runner) defineKeys(ctx context.Context, items []item[factRow]) error {
	if len(items) == 0 {
		return nil
	}
	stored, err := r.reader().AttributeDefs(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, d := range stored {
		known[d.Key] = true
	}
	var add []customer.AttributeDef
	for _, one := range items {
		if key := one.obj.Key; !known[key] && !one.obj.Value.IsZero() && !strings.HasPrefix(key, customer.ManualPrefix) && key != customer.FactOwner && key != customer.FactStage {
			known[key] = true
			add = append(add, customer.AttributeDef{Key: key, Type: one.obj.Value.Type})
		}
	}
	if len(add) == 0 {
		return nil
	}
	return r.inTx(ctx, func(tx customer.Tx) error { return tx.PutAttributeDefs(ctx, add) })
}

func (r *runner) putTickets(ctx context.Context, f *source, items []item[customer.Ticket]) error {
	items = linked(r, f, KindTicket, items, func(t *customer.Ticket, a *account, p product, _ *refs) {
		t.AccountID, t.ProductID = a.id, p.id
	})
	found, err := r.resolve(ctx, refTicket, externalsOf(items))
	if err != nil {
		return err
	}
	for i := range items {
		one := &items[i]
		one.obj.ID = identify[id.Ticket](r, found, refTicket, one.external)
		if a := r.known.accounts[one.refs.account]; one.obj.OpenedAt.Before(a.since) {
			r.quality.add(ruleTicketBeforeSignup, placeIn(f.name, one.line), "opened %s, %s signed up %s",
				one.obj.OpenedAt.Format(time.DateOnly), one.refs.account, a.since.Format(time.DateOnly))
		}
	}
	kept, err := write(ctx, r, f, KindTicket, items, func(tx customer.Tx, some []item[customer.Ticket]) ([]customer.Outcome, error) {
		out, err := tx.PutTickets(ctx, objectsOf(some))
		if err != nil {
			return nil, err
		}
		return out, tx.PutExternalRefs(ctx, refer(r.m.Source, refTicket, some, func(t *customer.Ticket) string { return string(t.ID) }))
	})
	if err != nil {
		return err
	}
	var events []usage.Event
	for i := range kept {
		events = append(events, TicketEvents(&kept[i].obj, r.known.productKeys[kept[i].obj.ProductID], r.m.Source)...)
	}
	return r.appendDerived(ctx, events)
}

func (r *runner) putActivities(ctx context.Context, f *source, items []item[customer.Activity]) error {
	items = linked(r, f, KindActivity, items, func(a *customer.Activity, owner *account, p product, own *refs) {
		a.AccountID, a.ProductID, a.ContactID = owner.id, p.id, r.known.contacts[own.contact]
		if own.contact != "" && a.ContactID == "" {
			r.quality.add(ruleContactUnknown, "", "%s: %q", f.name, own.contact)
		}
	})
	found, err := r.resolve(ctx, refActivity, externalsOf(items))
	if err != nil {
		return err
	}
	for i := range items {
		items[i].obj.ID = identify[id.Activity](r, found, refActivity, items[i].external)
	}
	kept, err := write(ctx, r, f, KindActivity, items, func(tx customer.Tx, some []item[customer.Activity]) ([]customer.Outcome, error) {
		out, err := tx.PutActivities(ctx, objectsOf(some))
		if err != nil {
			return nil, err
		}
		return out, tx.PutExternalRefs(ctx, refer(r.m.Source, refActivity, some, func(a *customer.Activity) string { return string(a.ID) }))
	})
	if err != nil {
		return err
	}
	var events []usage.Event
	for i := range kept {
		events = append(events, ActivityEvents(&kept[i].obj, r.known.productKeys[kept[i].obj.ProductID], r.m.Source)...)
	}
	return r.appendDerived(ctx, events)
}

// putEvents links events to accounts and appends them.
func (r *runner) putEvents(ctx context.Context, f *source, items []item[eventRow]) error {
	good := items[:0]
	for i := range items {
		if r.linkEvent(f, &items[i]) {
			good = append(good, items[i])
		}
	}
	return r.appendItems(ctx, f, good)
}

func (r *runner) linkEvent(f *source, one *item[eventRow]) bool {
	e, place := &one.obj, placeIn(f.name, one.line)
	var a *account
	if one.refs.subscription != "" {
		s := r.known.subscriptions[one.refs.subscription]
		if s == nil {
			r.orphan(f, e.kind, one.line, refSubscription, one.refs.subscription)
			return false
		}
		e.Account, e.Product, a = s.account, s.product.key, r.known.byID[s.account]
		switch {
		case e.At.Before(s.start):
			r.quality.add(ruleUsageBefore, place, "%s, and %s starts on %s", e.At.Format(time.DateOnly), one.refs.subscription, s.start.Format(time.DateOnly))
		case !s.end.IsZero() && e.At.After(s.end):
			r.quality.add(ruleUsageAfter, place, "%s, and %s ended on %s", e.At.Format(time.DateOnly), one.refs.subscription, s.end.Format(time.DateOnly))
		}
	}
	if one.refs.account != "" {
		if a = r.known.accounts[one.refs.account]; a == nil {
			r.orphan(f, e.kind, one.line, refAccount, one.refs.account)
			return false
		}
		e.Account = a.id
	}
	if one.refs.product != "" {
		p, ok := r.known.products[one.refs.product]
		if !ok {
			r.orphan(f, e.kind, one.line, refProduct, one.refs.product)
			return false
		}
		e.Product = p.key
	}
	if a == nil {
		return true
	}
	if e.kind == KindChurn {
		a.churns = append(a.churns, churned{e.At, e.reactivate, place})
	}
	if e.At.Before(a.since) {
		what := ruleBeforeSignup
		if e.kind == KindChurn {
			what = ruleChurnBeforeSignup
		}
		r.quality.add(what, place, "%s, and the account signed up on %s", e.At.Format(time.DateOnly), a.since.Format(time.DateOnly))
	}
	return true
}

// appendItems appends events of rows; when the store refuses the batch, halves
// are tried, until only the rows at fault are left out.
func (r *runner) appendItems(ctx context.Context, f *source, items []item[eventRow]) error {
	if len(items) == 0 || r.replays() {
		return nil
	}
	events := r.appended[:0]
	for i := range items {
		events = append(events, items[i].obj.Event)
	}
	r.appended = events
	res, err := r.appendAll(ctx, events)
	switch {
	case err == nil:
		// Every kind of a batch has its own counter; a file mixes them rarely, so
		// the split is by what each kind brought, stored ones first.
		r.share(items, res)
		return nil
	case !mendable(err):
		return err
	case len(items) == 1:
		r.refuse(f, items[0].obj.kind, items[0].line, tabular.Bad{Value: items[0].external, Reason: reason(err)})
		return nil
	}
	half := len(items) / 2
	if err := r.appendItems(ctx, f, items[:half]); err != nil {
		return err
	}
	return r.appendItems(ctx, f, items[half:])
}

func (r *runner) share(items []item[eventRow], res usage.AppendResult) {
	stored := int64(res.Stored)
	for i := range items {
		c := r.counts(objects[items[i].obj.kind])
		if stored > 0 {
			stored--
			c.Created++
		} else {
			c.Unchanged++
		}
	}
}

// appendAll appends events, or counts what appending them would do.
func (r *runner) appendAll(ctx context.Context, events []usage.Event) (usage.AppendResult, error) {
	if !r.opts.DryRun {
		return r.deps.Events.Append(ctx, events)
	}
	k, ok := r.deps.Events.(usage.Knower)
	if !ok {
		return usage.AppendResult{}, fault.New(fault.Invalid, "this event store cannot tell what it has: a dry run is not possible with it")
	}
	have, err := k.Known(ctx, events)
	if err != nil {
		return usage.AppendResult{}, err
	}
	var res usage.AppendResult
	for i, one := range have {
		key := maphash.String(seed, events[i].MessageID)
		if one {
			res.Duplicates++
			continue
		}
		if _, again := r.rehearsed.at(key); again {
			res.Duplicates++
			continue
		}
		res.Stored++
	}
	return res, nil
}

func (r *runner) appendDerived(ctx context.Context, events []usage.Event) error {
	if len(events) == 0 || r.replays() {
		return nil
	}
	res, err := r.appendAll(ctx, events)
	if err != nil {
		return err
	}
	c := r.counts(derived)
	c.Read += int64(len(events))
	c.Created += int64(res.Stored)
	c.Unchanged += int64(res.Duplicates)
	return nil
}
