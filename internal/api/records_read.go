package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// about reads the parts of a list request about one account: the account, the
// filter that selects all of its records, and the instant.
func (s *Server) about(ctx context.Context, in *accountListInput) (one customer.Filter, asOf time.Time, err error) {
	account, err := s.existing(ctx, in.ID)
	if err != nil {
		return one, asOf, err
	}
	if asOf, err = in.instant(); err != nil {
		return one, asOf, err
	}
	if asOf.IsZero() {
		asOf = s.clock.Now()
	}
	return customer.Filter{Accounts: []id.Account{account}, Page: customer.Page{Limit: customer.Everything}}, asOf, nil
}

func (s *Server) contacts(ctx context.Context, in *accountListInput) (List[customer.Contact], error) {
	one, asOf, err := s.about(ctx, in)
	if err != nil {
		return List[customer.Contact]{}, err
	}
	found, err := s.opt.Records.Contacts(ctx, one)
	if err != nil {
		return List[customer.Contact]{}, err
	}
	found = slices.DeleteFunc(found, func(c customer.Contact) bool {
		return c.Since.After(asOf) || !c.LeftAt.IsZero() && !c.LeftAt.After(asOf)
	})
	found = sorted(found, func(a, b customer.Contact) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return page(found, in.Paged, "contacts", in.ID, in.AsOf)
}

func (s *Server) subscriptions(ctx context.Context, in *accountListInput) (List[SubscriptionRow], error) {
	one, asOf, err := s.about(ctx, in)
	if err != nil {
		return List[SubscriptionRow]{}, err
	}
	products, err := s.productNames(ctx)
	if err != nil {
		return List[SubscriptionRow]{}, err
	}
	found, err := s.opt.Records.Subscriptions(ctx, one)
	if err != nil {
		return List[SubscriptionRow]{}, err
	}
	rows := []SubscriptionRow{}
	for i := range found {
		rev, ok := found[i].At(asOf)
		if !ok {
			continue
		}
		sub := found[i]
		sub.Current = rev
		sub.Revisions = slices.DeleteFunc(slices.Clone(sub.Revisions), func(r customer.Revision) bool { return r.KnownAt.After(asOf) })
		rows = append(rows, SubscriptionRow{Subscription: sub, ProductName: products[sub.ProductID], InForce: rev.InForce(asOf)})
	}
	rows = sorted(rows, func(a, b SubscriptionRow) int { return b.Current.Start.Compare(a.Current.Start) })
	return page(rows, in.Paged, "subscriptions", in.ID, in.AsOf)
}

func (s *Server) productNames(ctx context.Context) (map[id.Product]string, error) {
	all, err := s.opt.Records.Products(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[id.Product]string, len(all))
	for _, p := range all {
		names[p.ID] = p.Name
	}
	return names, nil
}

// tickets shows a ticket as it stood: one solved later was open.
func (s *Server) tickets(ctx context.Context, in *accountListInput) (List[customer.Ticket], error) {
	one, asOf, err := s.about(ctx, in)
	if err != nil {
		return List[customer.Ticket]{}, err
	}
	found, err := s.opt.Records.Tickets(ctx, one)
	if err != nil {
		return List[customer.Ticket]{}, err
	}
	found = slices.DeleteFunc(found, func(t customer.Ticket) bool { return t.OpenedAt.After(asOf) })
	for i := range found {
		if openAt(&found[i], asOf) {
			found[i].State, found[i].SolvedAt, found[i].Satisfaction = customer.TicketOpen, time.Time{}, nil
		}
	}
	return page(found, in.Paged, "tickets", in.ID, in.AsOf)
}

func (s *Server) activities(ctx context.Context, in *accountListInput) (List[ActivityRow], error) {
	one, asOf, err := s.about(ctx, in)
	if err != nil {
		return List[ActivityRow]{}, err
	}
	found, err := s.opt.Records.Activities(ctx, one)
	if err != nil {
		return List[ActivityRow]{}, err
	}
	found = slices.DeleteFunc(found, func(a customer.Activity) bool { return a.At.After(asOf) })
	cutOut, err := page(found, in.Paged, "activities", in.ID, in.AsOf)
	if err != nil {
		return List[ActivityRow]{}, err
	}
	out := List[ActivityRow]{Items: []ActivityRow{}, NextCursor: cutOut.NextCursor, Total: cutOut.Total}
	contacts, err := s.contactNames(ctx, one)
	if err != nil {
		return out, err
	}
	names := s.names.all(ctx)
	for _, a := range cutOut.Items {
		out.Items = append(out.Items, ActivityRow{Activity: a, UserName: names[a.UserID], ContactName: contacts[a.ContactID]})
	}
	return out, nil
}

func (s *Server) contactNames(ctx context.Context, one customer.Filter) (map[id.Contact]string, error) {
	all, err := s.opt.Records.Contacts(ctx, one)
	if err != nil {
		return nil, err
	}
	names := make(map[id.Contact]string, len(all))
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names, nil
}

func (s *Server) attributes(ctx context.Context, in *accountListInput) (List[AttributeRow], error) {
	one, asOf, err := s.about(ctx, in)
	if err != nil {
		return List[AttributeRow]{}, err
	}
	facts, err := s.opt.Records.Facts(ctx, one)
	if err != nil {
		return List[AttributeRow]{}, err
	}
	defs, err := s.attributeDefs(ctx)
	if err != nil {
		return List[AttributeRow]{}, err
	}
	rows := []AttributeRow{}
	for _, f := range holding(facts, asOf) {
		rows = append(rows, s.attributeRow(ctx, &f, defs))
	}
	return page(rows, in.Paged, "attributes", in.ID, in.AsOf)
}

func (s *Server) attributeDefs(ctx context.Context) (map[string]customer.AttributeDef, error) {
	all, err := s.opt.Records.AttributeDefs(ctx)
	if err != nil {
		return nil, err
	}
	defs := make(map[string]customer.AttributeDef, len(all))
	for _, d := range all {
		defs[d.Key] = d
	}
	return defs, nil
}

func (s *Server) attributeRow(ctx context.Context, f *customer.Fact, defs map[string]customer.AttributeDef) AttributeRow {
	row := AttributeRow{
		Key: f.Key, Title: defs[f.Key].Title, Type: f.Value.Type, Unit: defs[f.Key].Unit, Value: jsonValue(f.Value),
		ValidFrom: f.ValidFrom, ValidTo: f.ValidTo, KnownAt: f.KnownAt, Source: f.Source, Author: s.names.of(ctx, f.Author), Reason: f.Reason,
	}
	row.Title = titleOr(row.Title, strings.TrimPrefix(f.Key, customer.ManualPrefix))
	if f.Key == customer.FactOwner {
		if name := s.names.of(ctx, id.User(f.Value.Text)); name != "" {
			row.Value = name
		}
	}
	return row
}

func (s *Server) attributeHistory(ctx context.Context, in *attributePath) (List[AttributeRow], error) {
	account, err := s.existing(ctx, in.ID)
	if err != nil {
		return List[AttributeRow]{}, err
	}
	facts, err := s.opt.Records.Facts(ctx, customer.Filter{Accounts: []id.Account{account}, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return List[AttributeRow]{}, err
	}
	defs, err := s.attributeDefs(ctx)
	if err != nil {
		return List[AttributeRow]{}, err
	}
	rows := []AttributeRow{}
	for i := len(facts) - 1; i >= 0; i-- {
		if facts[i].Key == in.Key && facts[i].ProductID == "" {
			rows = append(rows, s.attributeRow(ctx, &facts[i], defs))
		}
	}
	return all(rows), nil
}
