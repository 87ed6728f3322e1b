package ingest

import (
	"context"
	"slices"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

func (r *runner) putProducts(ctx context.Context, f *source, items []item[customer.Product]) error {
	found, err := r.resolve(ctx, refProduct, externalsOf(items))
	if err != nil || len(items) == 0 {
		return err
	}
	stored, err := r.reader().Products(ctx)
	if err != nil {
		return err
	}
	byKey := map[string]customer.Product{}
	for _, p := range stored {
		byKey[p.Key] = p
	}
	for i := range items {
		one := &items[i]
		one.obj.ID = id.Product(found[one.external])
		if one.obj.ID == "" {
			// A product line with the same key is the same product line, whoever named it first.
			one.obj.ID = byKey[one.obj.Key].ID
		}
		if one.obj.ID == "" {
			one.obj.ID = derive[id.Product](r.m.Source, refProduct, one.external)
		}
	}
	if f.spec == nil {
		r.counts(objects[KindProduct]).Read += int64(len(items))
	}
	kept, err := write(ctx, r, f, KindProduct, items, func(tx customer.Tx, some []item[customer.Product]) ([]customer.Outcome, error) {
		out, err := tx.PutProducts(ctx, objectsOf(some))
		if err != nil {
			return nil, err
		}
		return out, tx.PutExternalRefs(ctx, refer(r.m.Source, refProduct, some, func(p *customer.Product) string { return string(p.ID) }))
	})
	for _, one := range kept {
		r.known.products[one.external] = product{one.obj.ID, one.obj.Key}
		r.known.productKeys[one.obj.ID] = one.obj.Key
	}
	return err
}

func (r *runner) putAccounts(ctx context.Context, f *source, items []item[accountRow]) error {
	if len(items) == 0 {
		return nil
	}
	existing, err := r.identifyAccounts(ctx, items)
	if err != nil {
		return err
	}
	if err := r.defineAttributes(ctx); err != nil {
		return err
	}
	if err := r.holdFacts(ctx, items, existing); err != nil {
		return err
	}
	facts := r.counts(attributes)
	kept, err := write(ctx, r, f, KindAccount, items, func(tx customer.Tx, some []item[accountRow]) ([]customer.Outcome, error) {
		rows := make([]customer.Account, len(some))
		refs := refer(r.m.Source, refAccount, some, func(a *accountRow) string { return string(a.ID) })
		for i := range some {
			rows[i] = some[i].obj.Account
			for _, other := range some[i].obj.others {
				other.ObjectID = string(rows[i].ID)
				refs = append(refs, other)
			}
		}
		if err := r.settleAccounts(ctx, tx, some, rows, existing); err != nil {
			return nil, err
		}
		out, err := tx.PutAccounts(ctx, rows)
		if err != nil {
			return nil, err
		}
		return out, tx.PutExternalRefs(ctx, refs)
	})
	if err != nil {
		return err
	}
	var rows []item[factRow]
	for _, one := range kept {
		a := &account{id: one.obj.ID, since: one.obj.Since}
		r.known.accounts[one.external], r.known.byID[a.id] = a, a
		if one.refs.parent != "" && one.obj.ParentID == "" {
			r.parents = append(r.parents, orphanChild{f, one})
		}
		for _, fact := range one.obj.facts {
			fact.AccountID = a.id
			facts.Read++
			if fact.ValidFrom.IsZero() { // holds already: see holdFacts
				facts.Unchanged++
				continue
			}
			rows = append(rows, item[factRow]{line: one.line, external: one.external, obj: fact})
		}
	}
	return r.writeFacts(ctx, f, rows, true)
}

// writeFacts stores facts; those that are not settled yet are held against what
// other systems say about the same accounts.
func (r *runner) writeFacts(ctx context.Context, f *source, rows []item[factRow], settled bool) error {
	_, err := write(ctx, r, f, KindAttribute, rows, func(tx customer.Tx, some []item[factRow]) ([]customer.Outcome, error) {
		facts := make([]customer.Fact, len(some))
		for i := range some {
			facts[i] = some[i].obj.Fact
		}
		if settled {
			return tx.AddFacts(ctx, facts)
		}
		return r.addSettled(ctx, tx, facts)
	})
	return err
}

// identifyAccounts gives every account its id: the one that its external id
// leads to, else the one that an id of another source leads to, else a new one
// that derives from the external id. It returns the stored ones.
func (r *runner) identifyAccounts(ctx context.Context, items []item[accountRow]) (map[id.Account]customer.Account, error) {
	found, err := r.resolve(ctx, refAccount, externalsOf(items))
	if err != nil {
		return nil, err
	}
	others := map[string][]string{}
	for _, one := range items {
		for _, o := range one.obj.others {
			others[o.Source] = append(others[o.Source], o.External)
		}
	}
	foundOther := map[string]map[string]string{}
	for _, source := range sortedKeys(others) {
		if foundOther[source], err = r.reader().Resolve(ctx, source, refAccount, others[source]); err != nil {
			return nil, err
		}
	}
	parents := map[string]bool{}
	var ids []id.Account
	for i := range items {
		one := &items[i]
		to := found[one.external]
		for _, o := range one.obj.others {
			if to == "" {
				to = foundOther[o.Source][o.External]
			}
		}
		if one.obj.ID = id.Account(to); to != "" {
			ids = append(ids, one.obj.ID)
		} else {
			one.obj.ID = derive[id.Account](r.m.Source, refAccount, one.external)
		}
		if one.refs.parent != "" {
			parents[one.refs.parent] = true
		}
	}
	storedParents, err := r.resolve(ctx, refAccount, sortedKeys(parents))
	if err != nil {
		return nil, err
	}
	existing := map[id.Account]customer.Account{}
	if len(ids) > 0 {
		stored, err := r.reader().Accounts(ctx, customer.Filter{Accounts: ids, Page: customer.Page{Limit: customer.Everything}})
		if err != nil {
			return nil, err
		}
		for _, a := range stored {
			existing[a.ID] = a
		}
	}
	for i := range items {
		one := &items[i]
		was := existing[one.obj.ID]
		// What the mapping does not speak of stays as it is.
		if !one.obj.mapped.domain {
			one.obj.Domain = was.Domain
		}
		if one.obj.ParentID = id.Account(storedParents[one.refs.parent]); !one.obj.mapped.parent {
			one.obj.ParentID = was.ParentID
		}
	}
	return existing, nil
}

// orphanChild is an account whose parent was not stored when it was.
type orphanChild struct {
	file *source
	item item[accountRow]
}

// flushParents links children to parents that came later in the files.
func (r *runner) flushParents(ctx context.Context, p int) error {
	if p != 0 || len(r.parents) == 0 {
		return nil
	}
	waiting := r.parents
	r.parents = nil
	for _, one := range waiting {
		parent := r.known.accounts[one.item.refs.parent]
		place := placeIn(one.file.name, one.item.line)
		if parent == nil {
			r.quality.add(ruleOrphan, place, "parent account %q is not known; the account was imported without a parent", one.item.refs.parent)
			if r.rejects.tell != nil {
				r.rejects.tell(Reject{
					File: one.file.name, Line: one.item.line, Column: "parent", Value: one.item.refs.parent, Orphan: true,
					Reason: "the parent account is not known: the account is stored without it",
				})
			}
			continue
		}
		row := one.item.obj.Account
		row.ParentID = parent.id
		err := r.inTx(ctx, func(tx customer.Tx) error {
			_, err := tx.PutAccounts(ctx, []customer.Account{row})
			return err
		})
		switch {
		case err != nil && mendable(err):
			r.quality.add(ruleOrphan, place, "%s", reason(err))
		case err != nil:
			return err
		}
	}
	return nil
}

// defineAttributes declares the attributes that the mapping gives a type and
// nobody has declared; one with another type is the mapping's mistake.
func (r *runner) defineAttributes(ctx context.Context) error {
	if r.defined {
		return nil
	}
	r.defined = true
	stored, err := r.reader().AttributeDefs(ctx)
	if err != nil {
		return err
	}
	var errs fault.List
	var add []customer.AttributeDef
	for i := range r.m.Files {
		for j := range r.m.Files[i].Rows {
			t := &r.m.Files[i].Rows[j]
			if t.Kind != KindAccount {
				continue
			}
			for _, n := range t.Attributes {
				want := customer.AttributeDef{Key: n.Name, Type: n.Expr.Type.stored()}
				same := func(d customer.AttributeDef) bool { return d.Key == want.Key }
				at := slices.IndexFunc(stored, same)
				switch {
				case at < 0:
					stored, add = append(stored, want), append(add, want)
				case stored[at].Type != want.Type:
					errs.Add(n.Expr.place, "the attribute %q is declared as %s already; here it is %s", n.Name, stored[at].Type, want.Type)
				}
			}
		}
	}
	if err := errs.Err(); err != nil || len(add) == 0 {
		return err
	}
	return r.inTx(ctx, func(tx customer.Tx) error { return tx.PutAttributeDefs(ctx, add) })
}

// holdFacts compares the attributes that a file states without a date with what
// holds: an equal one adds nothing (its ValidFrom is cleared), a different one
// holds from the day of the file on instead of rewriting the past.
func (r *runner) holdFacts(ctx context.Context, items []item[accountRow], existing map[id.Account]customer.Account) error {
	if len(existing) == 0 {
		return nil
	}
	ids := make([]id.Account, 0, len(existing))
	for one := range existing {
		ids = append(ids, one)
	}
	slices.Sort(ids)
	stored, err := r.reader().Facts(ctx, customer.Filter{Accounts: ids, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return err
	}
	type place struct {
		account id.Account
		key     string
	}
	history := map[place][]customer.Fact{}
	for _, f := range stored {
		if f.ProductID == "" {
			history[place{f.AccountID, f.Key}] = append(history[place{f.AccountID, f.Key}], f)
		}
	}
	for i := range items {
		for j := range items[i].obj.facts {
			f := &items[i].obj.facts[j]
			past := history[place{items[i].obj.ID, f.Key}]
			if !f.snapshot || len(past) == 0 {
				continue
			}
			if newest := past[len(past)-1]; newest.Value == f.Value {
				f.ValidFrom = newest.ValidTo // zero unless that one ended
				continue
			}
			f.ValidFrom, f.KnownAt = r.snapshot(), r.snapshot()
		}
	}
	return nil
}
