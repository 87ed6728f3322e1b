package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/money"
)

const day = 24 * time.Hour

// locate returns the view as of an instant and the account's row in it.
func (s *Server) locate(ctx context.Context, ref string, p AsOfParam) (*view, int, error) {
	account, err := id.Parse[id.Account]("id", ref)
	if err != nil {
		return nil, 0, err
	}
	v, err := s.viewAt(ctx, p)
	if err != nil {
		return nil, 0, err
	}
	at, ok := v.Find(account)
	if ok {
		return v, at, nil
	}
	stored, err := s.opt.Records.Account(ctx, account)
	if err != nil {
		return nil, 0, err
	}
	return nil, 0, fault.New(fault.NotFound, "%s became a customer on %s: choose a later day", stored.Name, stored.Since.Format(time.DateOnly))
}

func (s *Server) account(ctx context.Context, in *accountInput) (AccountDetail, error) {
	v, at, err := s.locate(ctx, in.ID, in.AsOfParam)
	if err != nil {
		return AccountDetail{}, err
	}
	return s.detail(ctx, v, at)
}

func (s *Server) detail(ctx context.Context, v *view, at int) (AccountDetail, error) {
	d := AccountDetail{Stamp: v.stamp(), AccountRow: v.row(at)}
	account := v.Rows[at].Account.ID
	one := customer.Filter{Accounts: []id.Account{account}, Page: customer.Page{Limit: customer.Everything}}
	refs, err := s.opt.Records.ExternalRefs(ctx, "account", []string{string(account)})
	if err != nil {
		return d, err
	}
	for _, r := range refs {
		d.ExternalIDs = append(d.ExternalIDs, ExternalID{Source: r.Source, External: r.External})
	}
	if p := d.ParentID; p != "" {
		if i, ok := v.Find(p); ok {
			d.Parent = &Ref{ID: string(p), Name: v.Rows[i].Account.Name}
		}
	}
	if err := s.countRecords(ctx, v, one, &d); err != nil {
		return d, err
	}
	if err := s.products(ctx, v, one, &d); err != nil {
		return d, err
	}
	d.Children = []ChildAccount{}
	for i := range v.Rows {
		if r := &v.Rows[i]; r.Account.ParentID == account {
			d.Children = append(d.Children, ChildAccount{ID: r.Account.ID, Name: r.Account.Name, ARR: amount(r.ARR), Score: finite(r.Score), Band: v.chip(r.Scorecard, r.Band)})
		}
	}
	d.NewestEventAt = v.newestEvent(at)
	cmp, err := v.engine.Compare(ctx, account, v.AsOf.Add(-30*day), v.AsOf)
	if err != nil {
		return d, err
	}
	d.Summary = v.sentence(&cmp)
	d.NextActions = v.nextActions(at, &d)
	return d, nil
}

// countRecords counts what was there at the instant.
func (s *Server) countRecords(ctx context.Context, v *view, one customer.Filter, d *AccountDetail) error {
	contacts, err := s.opt.Records.Contacts(ctx, one)
	if err != nil {
		return err
	}
	for _, c := range contacts {
		if !c.Since.After(v.AsOf) && (c.LeftAt.IsZero() || c.LeftAt.After(v.AsOf)) {
			d.ContactsCount++
		}
	}
	tickets, err := s.opt.Records.Tickets(ctx, one)
	if err != nil {
		return err
	}
	for i := range tickets {
		if openAt(&tickets[i], v.AsOf) {
			d.TicketsOpen++
		}
	}
	activities, err := s.opt.Records.Activities(ctx, one)
	if err != nil {
		return err
	}
	for _, a := range activities {
		if a.At.After(v.AsOf) {
			continue
		}
		d.ActivitiesCount++
		if d.LastActivityAt == nil || a.At.After(*d.LastActivityAt) {
			at := a.At
			d.LastActivityAt = &at
		}
	}
	return nil
}

func openAt(t *customer.Ticket, asOf time.Time) bool {
	return !t.OpenedAt.After(asOf) && (t.SolvedAt.IsZero() && t.State == customer.TicketOpen || t.SolvedAt.After(asOf))
}

// products fills relationships and whitespace.
func (s *Server) products(ctx context.Context, v *view, one customer.Filter, d *AccountDetail) error {
	all, err := s.opt.Records.Products(ctx)
	if err != nil {
		return err
	}
	relationships, err := s.opt.Records.Relationships(ctx, one)
	if err != nil {
		return err
	}
	subscriptions, err := s.opt.Records.Subscriptions(ctx, one)
	if err != nil {
		return err
	}
	d.Relationships, d.Whitespace = []RelationshipLine{}, []ProductRef{}
	lines := map[id.Product]*RelationshipLine{}
	since := map[id.Product]time.Time{}
	for _, r := range relationships {
		if !r.Since.After(v.AsOf) {
			since[r.ProductID] = r.Since
		}
	}
	for i := range subscriptions {
		rev, ok := subscriptions[i].At(v.AsOf)
		if !ok || !rev.InForce(v.AsOf) {
			continue
		}
		d.SubscriptionsCount++
		p := subscriptions[i].ProductID
		if lines[p] == nil {
			lines[p] = &RelationshipLine{}
		}
		lines[p].add(rev)
		if s, ok := since[p]; !ok || rev.Start.Before(s) {
			since[p] = rev.Start
		}
	}
	users, err := s.activeUsers(ctx, d.ID, v)
	if err != nil {
		return err
	}
	for _, p := range all {
		ref := ProductRef{ID: p.ID, Key: p.Key, Name: p.Name}
		from, has := since[p.ID]
		if !has {
			d.Whitespace = append(d.Whitespace, ref)
			continue
		}
		line := RelationshipLine{}
		if l := lines[p.ID]; l != nil {
			line = *l
		}
		line.Product, line.Since, line.ActiveUsers = ref, from, users[p.Key]
		d.Relationships = append(d.Relationships, line)
	}
	return nil
}

// add takes in a revision in force; another currency than the first is left out.
func (l *RelationshipLine) add(rev customer.Revision) {
	seats := float64(rev.Seats)
	if l.Seats != nil {
		seats += *l.Seats
	}
	l.Seats = &seats
	if rev.Trial {
		return
	}
	if l.ARR == nil {
		l.ARR = &money.Amount{Currency: rev.ARR.Currency}
	}
	if l.ARR.Currency == rev.ARR.Currency {
		l.ARR.Minor += rev.ARR.Minor
	}
}

// newestEvent reads the newest event off the model's recency metrics, which are
// in memory; nil when the model has none or nothing happened.
func (v *view) newestEvent(at int) *time.Time {
	var newest *time.Time
	for _, def := range v.model.Model.Metrics {
		if def.Kind != metric.Recency || def.Offset != "" || def.As == metric.CalendarDays || def.Per == "relationship" {
			continue
		}
		column := v.Metric(def.Name)
		if column == nil || finite(column[at]) == nil {
			continue
		}
		t := v.AsOf.Add(-time.Duration(column[at] * float64(day))).Truncate(time.Second)
		if newest == nil || t.After(*newest) {
			newest = &t
		}
	}
	return newest
}

// nextActions are plain rules over what the page shows; each says why.
func (v *view) nextActions(at int, d *AccountDetail) []NextAction {
	r := &v.Rows[at]
	link := "/accounts/" + string(d.ID)
	out := []NextAction{}
	worst := v.worst(r)
	if d.DaysToRenewal != nil && *d.DaysToRenewal >= 0 && *d.DaysToRenewal <= 90 {
		text := fmt.Sprintf("Prepare the renewal: %d days left", *d.DaysToRenewal)
		if worst {
			text += ", and the health is " + d.Band.Title
		}
		out = append(out, NextAction{Kind: "renewal", Text: text, Link: link + "/subscriptions"})
	}
	switch {
	case !r.Active: // It left: its score can't be mended.
	case d.Delta30 != nil && *d.Delta30 <= -10:
		out = append(out, NextAction{Kind: "risk", Text: fmt.Sprintf("Find out why the score fell %.0f points in 30 days", -*d.Delta30), Link: link + "/health"})
	case worst:
		out = append(out, NextAction{Kind: "risk", Text: "See what holds the score down", Link: link + "/health"})
	}
	if d.TicketsOpen >= 3 {
		out = append(out, NextAction{Kind: "support", Text: fmt.Sprintf("Look at the %d open tickets", d.TicketsOpen), Link: link + "/tickets"})
	}
	switch {
	case !r.Active:
	case d.LastActivityAt == nil:
		out = append(out, NextAction{Kind: "engage", Text: "Nobody has logged an activity yet: say hello", Link: link + "/timeline"})
	case v.AsOf.Sub(*d.LastActivityAt) > 45*day:
		out = append(out, NextAction{Kind: "engage", Text: fmt.Sprintf("Get in touch: the last activity was %.0f days ago", v.AsOf.Sub(*d.LastActivityAt).Hours()/24), Link: link + "/timeline"})
	}
	if d.Owner == nil && r.Active {
		out = append(out, NextAction{Kind: "owner", Text: "Give the account an owner", Link: link})
	}
	return out
}

// worst reports whether the row is in the lowest band of its scorecard.
func (v *view) worst(r *evaluate.Row) bool {
	bands := v.look.cards[r.Scorecard].Bands
	return len(bands) > 0 && r.Band == bands[0].Key
}

// sorted returns items in an order that a comparison gives, leaving the input.
func sorted[T any](items []T, by func(a, b T) int) []T {
	out := slices.Clone(items)
	slices.SortStableFunc(out, by)
	return out
}
