package ingest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/usage"
)

func (r *runner) putSubscriptions(ctx context.Context, f *source, items []item[subscriptionRow]) error {
	if len(items) == 0 {
		return nil
	}
	items = linked(r, f, KindSubscription, items, func(s *subscriptionRow, a *account, p product, _ *refs) {
		s.AccountID, s.ProductID = a.id, p.id
	})
	wanted := externalsOf(items)
	for i := range items {
		if of := items[i].refs.renewal; of != "" {
			wanted = append(wanted, of)
		}
	}
	found, err := r.resolve(ctx, refSubscription, wanted)
	if err != nil {
		return err
	}
	stored, err := r.storedRevisions(ctx, items, found)
	if err != nil {
		return err
	}
	histories := map[id.Subscription][]customer.Revision{}
	for i := range items {
		s := &items[i].obj
		s.ID = identify[id.Subscription](r, found, refSubscription, items[i].external)
		if renewed := r.known.subscriptions[items[i].refs.renewal]; renewed != nil {
			s.RenewalOf = renewed.id
		} else if of := items[i].refs.renewal; of != "" {
			s.RenewalOf = id.Subscription(found[of]) // of an earlier run
		}
		s.Revisions = r.revisions(s, stored[s.ID])
		histories[s.ID] = sortRevisions(slices.Concat(stored[s.ID], s.Revisions))
	}
	kept, err := write(ctx, r, f, KindSubscription, items, func(tx customer.Tx, some []item[subscriptionRow]) ([]customer.Outcome, error) {
		rows := make([]customer.Subscription, len(some))
		for i := range some {
			rows[i] = some[i].obj.Subscription
		}
		out, err := tx.PutSubscriptions(ctx, rows)
		if err != nil {
			return nil, err
		}
		return out, tx.PutExternalRefs(ctx, refer(r.m.Source, refSubscription, some, func(s *subscriptionRow) string { return string(s.ID) }))
	})
	if err != nil {
		return err
	}
	var events []usage.Event
	for i := range kept {
		one := &kept[i]
		s := one.obj.Subscription
		s.Revisions = histories[s.ID]
		key := r.known.productKeys[s.ProductID]
		r.rememberTerm(f, one, key)
		if s.RenewalOf == "" && one.refs.renewal != "" {
			// The renewed one comes later in the file: the link is made at the end.
			r.renewals = append(r.renewals, renewal{f, one.line, one.refs.renewal, one.obj.Subscription})
			s.RenewalOf = s.ID
		}
		events = append(events, SubscriptionEvents(&s, key, r.m.Source, r.cutoff)...)
	}
	return r.appendDerived(ctx, events)
}

func sortRevisions(rows []customer.Revision) []customer.Revision {
	slices.SortStableFunc(rows, func(a, b customer.Revision) int {
		return cmp.Or(a.ValidFrom.Compare(b.ValidFrom), a.KnownAt.Compare(b.KnownAt))
	})
	return rows
}

// storedRevisions reads what an earlier run stored of the subscriptions.
func (r *runner) storedRevisions(ctx context.Context, items []item[subscriptionRow], found map[string]string) (map[id.Subscription][]customer.Revision, error) {
	accounts := map[id.Account]bool{}
	for _, one := range items {
		if found[one.external] != "" {
			accounts[one.obj.AccountID] = true
		}
	}
	out := map[id.Subscription][]customer.Revision{}
	if len(accounts) == 0 {
		return out, nil
	}
	ids := make([]id.Account, 0, len(accounts))
	for one := range accounts {
		ids = append(ids, one)
	}
	slices.Sort(ids)
	rows, err := r.reader().Subscriptions(ctx, customer.Filter{Accounts: ids, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return nil, err
	}
	for _, s := range rows {
		out[s.ID] = s.Revisions
	}
	return out, nil
}

// revisions returns what a row adds to the history of its subscription. An early
// end becomes known when it happens, not at the start: otherwise every past day
// would know who was about to leave.
func (r *runner) revisions(s *subscriptionRow, stored []customer.Revision) []customer.Revision {
	last := s.base
	if !s.ended.IsZero() {
		last.ValidFrom, last.KnownAt, last.End, last.EndReason = s.ended, s.ended, s.ended, s.reason
		if s.base.KnownAt.After(last.KnownAt) {
			last.KnownAt = s.base.KnownAt
		}
	}
	if len(stored) == 0 {
		// One that ends as it starts has no time in between.
		if !s.ended.After(s.base.Start) {
			return []customer.Revision{last}
		}
		return []customer.Revision{s.base, last}
	}
	newest := stored[len(stored)-1]
	if says(newest) == says(last) {
		return nil
	}
	open := s.base
	open.End = newest.End
	if !s.ended.IsZero() && s.ended.After(newest.ValidFrom) && says(newest) == says(open) {
		return []customer.Revision{last}
	}
	// Something else changed since the last import, on a day that nobody wrote down.
	at := r.snapshot()
	if at.Before(newest.ValidFrom) {
		at = newest.ValidFrom
	}
	last.ValidFrom, last.KnownAt = at, at
	return []customer.Revision{last}
}

// says returns what a revision states, apart from when and since when.
func says(v customer.Revision) customer.Revision {
	v.ValidFrom, v.KnownAt = time.Time{}, time.Time{}
	v.Start, v.End = v.Start.UTC(), v.End.UTC()
	return v
}

// rememberTerm notes when the subscription is in force, for what refers to it.
func (r *runner) rememberTerm(f *source, one *item[subscriptionRow], key string) {
	s := &one.obj
	end := s.base.End
	if !s.ended.IsZero() {
		end = s.ended
	}
	r.known.subscriptions[one.external] = &subscription{id: s.ID, account: s.AccountID, product: product{s.ProductID, key}, start: s.base.Start, end: end}
	a := r.known.byID[s.AccountID]
	a.terms = append(a.terms, term{s.ProductID, s.base.Start, end, placeIn(f.name, one.line)})
	if a.firstSub.IsZero() || s.base.Start.Before(a.firstSub) {
		a.firstSub = s.base.Start
	}
	if s.base.Start.Before(a.since) {
		r.quality.add(ruleSubBeforeSignup, placeIn(f.name, one.line), "starts %s, the account signed up %s",
			s.base.Start.Format(time.DateOnly), a.since.Format(time.DateOnly))
	}
}

// renewal is a link to a subscription that was not known yet.
type renewal struct {
	file *source
	line int
	of   string
	row  customer.Subscription
}

// linkRenewals makes the links that had to wait, and marks accounts churned
// whose last subscription has ended; one that has one in force is not.
func (r *runner) markChurned(ctx context.Context) error {
	waiting := r.renewals
	r.renewals = nil
	for _, one := range waiting {
		renewed := r.known.subscriptions[one.of]
		if renewed == nil {
			r.quality.add(ruleOrphan, placeIn(one.file.name, one.line), "renewed subscription %q is not known; the link was left out", one.of)
			continue
		}
		one.row.RenewalOf = renewed.id
		err := r.inTx(ctx, func(tx customer.Tx) error {
			_, err := tx.PutSubscriptions(ctx, []customer.Subscription{one.row})
			return err
		})
		if err != nil {
			return err
		}
	}
	ids := make([]id.Account, 0, len(r.known.byID))
	for one, a := range r.known.byID {
		if len(a.terms) > 0 {
			ids = append(ids, one)
		}
	}
	slices.Sort(ids)
	for some := range slices.Chunk(ids, 500) {
		if err := r.inTx(ctx, func(tx customer.Tx) error { return r.markSome(ctx, tx, some) }); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) markSome(ctx context.Context, tx customer.Tx, some []id.Account) error {
	f := customer.Filter{Accounts: some, Page: customer.Page{Limit: customer.Everything}}
	subs, err := tx.Subscriptions(ctx, f)
	if err != nil {
		return err
	}
	accounts, err := tx.Accounts(ctx, f)
	if err != nil {
		return err
	}
	last := map[id.Account]time.Time{}
	stays := map[id.Account]bool{}
	for i := range subs {
		v := subs[i].Current
		if v.End.IsZero() || v.End.After(r.cutoff) {
			stays[subs[i].AccountID] = true
		}
		if v.End.After(last[subs[i].AccountID]) {
			last[subs[i].AccountID] = v.End
		}
	}
	for _, a := range accounts {
		at := last[a.ID]
		switch {
		case stays[a.ID]:
			at = time.Time{}
		case at.Before(a.Since):
			at = a.Since
		}
		if at.Equal(a.ChurnedAt) {
			continue
		}
		if err := tx.MarkChurned(ctx, a.ID, at); err != nil {
			return err
		}
	}
	return nil
}

// accountRules reports what only the whole of an account's rows shows.
func (r *runner) accountRules() {
	externals := sortedKeys(r.known.accounts)
	for _, external := range externals {
		a := r.known.accounts[external]
		slices.SortStableFunc(a.terms, func(x, y term) int { return x.start.Compare(y.start) })
		until := map[id.Product]time.Time{}
		open := map[id.Product]bool{}
		for i, t := range a.terms {
			if i > 0 && (open[t.product] || t.start.Before(until[t.product])) {
				r.quality.add(ruleOverlap, t.place, "%s has another one in force on %s", external, t.start.Format(time.DateOnly))
			}
			if t.end.IsZero() {
				open[t.product] = true
			} else if t.end.After(until[t.product]) {
				until[t.product] = t.end
			}
		}
		slices.SortStableFunc(a.churns, func(x, y churned) int { return x.at.Compare(y.at) })
		for _, c := range a.churns {
			r.churnRules(external, a, c)
		}
	}
}

func (r *runner) churnRules(external string, a *account, c churned) {
	if len(a.terms) > 0 && c.at.Before(a.firstSub) {
		r.quality.add(ruleChurnBeforeSub, c.place, "%s churned on %s and first subscribed on %s", external, c.at.Format(time.DateOnly), a.firstSub.Format(time.DateOnly))
	}
	if c.reactivate && !a.churns[0].at.Before(c.at) {
		r.quality.add(ruleReactivation, c.place, "%s on %s", external, c.at.Format(time.DateOnly))
	}
	next := c.at.AddDate(0, 0, 1)
	for _, t := range a.terms {
		if !t.start.After(c.at) && (t.end.IsZero() || t.end.After(next)) {
			r.quality.add(ruleChurnInForce, c.place, "%s churned on %s with a subscription of %s in force", external, c.at.Format(time.DateOnly), t.start.Format(time.DateOnly))
			return
		}
	}
}
