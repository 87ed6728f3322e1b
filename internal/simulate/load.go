package simulate

import (
	"context"
	"slices"

	"kept/internal/customer"
	"kept/internal/usage"
)

const (
	loadAccounts = 200
	loadEvents   = 100_000
)

// Progress says how far a Load has come.
type Progress struct {
	Accounts, TotalAccounts int
	Events                  int64
}

// Load writes the company into the stores. Repeating it adds nothing. Parents
// come before their children, because the record refuses an unknown parent.
func (c *Company) Load(ctx context.Context, records customer.Store, events usage.Store, progress func(Progress)) error {
	if progress == nil {
		progress = func(Progress) {}
	}
	if err := records.InTx(ctx, func(tx customer.Tx) error { return c.loadDefinitions(ctx, tx) }); err != nil {
		return err
	}
	order := make([]int, 0, len(c.accounts))
	for i := range c.accounts {
		if c.accounts[i].ParentID == "" {
			order = append(order, i)
		}
	}
	for i := range c.accounts {
		if c.accounts[i].ParentID != "" {
			order = append(order, i)
		}
	}
	done := Progress{TotalAccounts: len(order)}
	for part := range slices.Chunk(order, loadAccounts) {
		if err := records.InTx(ctx, func(tx customer.Tx) error { return c.loadRecords(ctx, tx, part) }); err != nil {
			return err
		}
		done.Accounts += len(part)
		progress(done)
	}
	return c.loadEvents(ctx, events, &done, progress)
}

func (c *Company) loadDefinitions(ctx context.Context, tx customer.Tx) error {
	if _, err := tx.PutProducts(ctx, c.products); err != nil {
		return err
	}
	return tx.PutAttributeDefs(ctx, c.AttributeDefs())
}

func (c *Company) loadRecords(ctx context.Context, tx customer.Tx, part []int) error {
	var accounts []customer.Account
	var contacts []customer.Contact
	var relationships []customer.Relationship
	var subscriptions []customer.Subscription
	var tickets []customer.Ticket
	var activities []customer.Activity
	var facts []customer.Fact
	var refs []customer.ExternalRef
	for _, i := range part {
		a := &c.accounts[i]
		accounts = append(accounts, a.Account)
		contacts = append(contacts, a.Contacts...)
		relationships = append(relationships, a.Relationships...)
		subscriptions = append(subscriptions, a.Subscriptions...)
		tickets = append(tickets, a.Tickets...)
		activities = append(activities, a.Activities...)
		facts = append(facts, a.Facts...)
		refs = append(refs, customer.ExternalRef{Source: Source, Kind: "account", External: a.External, ObjectID: string(a.ID)})
	}
	steps := []func() error{
		func() error { return put(ctx, tx.PutAccounts, accounts) },
		func() error { return put(ctx, tx.PutContacts, contacts) },
		func() error { return put(ctx, tx.PutRelationships, relationships) },
		func() error { return put(ctx, tx.PutSubscriptions, subscriptions) },
		func() error { return put(ctx, tx.PutTickets, tickets) },
		func() error { return put(ctx, tx.PutActivities, activities) },
		func() error { return put(ctx, tx.AddFacts, facts) },
		func() error { return tx.PutExternalRefs(ctx, refs) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func put[T any](ctx context.Context, write func(context.Context, []T) ([]customer.Outcome, error), rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := write(ctx, rows)
	return err
}

func (c *Company) loadEvents(ctx context.Context, events usage.Store, done *Progress, progress func(Progress)) error {
	batch := make([]usage.Event, 0, loadEvents)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if _, err := events.Append(ctx, batch); err != nil {
			return err
		}
		done.Events += int64(len(batch))
		batch = batch[:0]
		progress(*done)
		return nil
	}
	for i := range c.accounts {
		err := c.Events(i, func(e usage.Event) error {
			batch = append(batch, e)
			if len(batch) == cap(batch) {
				return flush()
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return flush()
}
