package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/sqlstore"
	"kept/internal/usage"
)

// lifeEvents are the events that belong on a time line; the rest is usage, which
// has charts. Tickets and activities stand there as records.
var lifeEvents = []string{usage.EventNPS, usage.EventCSAT, usage.EventAccountChurned}

// maxLifeEvents bounds how many of one name are read.
const maxLifeEvents = 200

// timeline merges what happened to an account, newest first.
func (s *Server) timeline(ctx context.Context, in *accountListInput) (List[TimelineItem], error) {
	one, asOf, err := s.about(ctx, in)
	if err != nil {
		return List[TimelineItem]{}, err
	}
	t := &timelineBuilder{asOf: asOf, names: s.names.all(ctx)}
	if t.products, err = s.productNames(ctx); err != nil {
		return List[TimelineItem]{}, err
	}
	for _, collect := range []func(context.Context, customer.Filter, *timelineBuilder) error{
		s.timelineRecords, s.timelineFacts, s.timelineEvents, s.timelineBands,
	} {
		if err := collect(ctx, one, t); err != nil {
			return List[TimelineItem]{}, err
		}
	}
	slices.SortStableFunc(t.items, func(a, b TimelineItem) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Ref, b.Ref))
	})
	return page(t.items, in.Paged, "timeline", in.ID, in.AsOf)
}

type timelineBuilder struct {
	asOf     time.Time
	names    map[id.User]string
	products map[id.Product]string
	items    []TimelineItem
}

func (t *timelineBuilder) add(i TimelineItem) {
	if !i.At.IsZero() && !i.At.After(t.asOf) {
		t.items = append(t.items, i)
	}
}

func (s *Server) timelineRecords(ctx context.Context, one customer.Filter, t *timelineBuilder) error {
	activities, err := s.opt.Records.Activities(ctx, one)
	if err != nil {
		return err
	}
	for i := range activities {
		a := &activities[i]
		t.add(TimelineItem{
			At: a.At, Kind: "activity", Title: titleOr("", string(a.Kind)) + ": " + a.Subject, Body: a.Body,
			Ref: string(a.ID), Actor: t.names[a.UserID], Product: t.products[a.ProductID],
		})
	}
	tickets, err := s.opt.Records.Tickets(ctx, one)
	if err != nil {
		return err
	}
	for i := range tickets {
		k := &tickets[i]
		subject := cmp.Or(k.Subject, "ticket")
		t.add(TimelineItem{At: k.OpenedAt, Kind: "ticket", Title: "Ticket opened: " + subject, Body: k.Priority, Ref: string(k.ID), Actor: k.RequesterName, Product: t.products[k.ProductID]})
		t.add(TimelineItem{At: k.SolvedAt, Kind: "ticket", Title: "Ticket solved: " + subject, Ref: string(k.ID), Product: t.products[k.ProductID]})
	}
	subscriptions, err := s.opt.Records.Subscriptions(ctx, one)
	if err != nil {
		return err
	}
	for i := range subscriptions {
		t.subscription(&subscriptions[i])
	}
	return nil
}

// subscription adds its start, its changes and its end.
func (t *timelineBuilder) subscription(s *customer.Subscription) {
	product := cmp.Or(t.products[s.ProductID], s.Plan, "subscription")
	verb := "Subscription started: "
	if s.RenewalOf != "" {
		verb = "Renewed: "
	}
	var last customer.Revision
	for i, r := range s.Revisions {
		if r.KnownAt.After(t.asOf) {
			continue
		}
		item := TimelineItem{At: r.ValidFrom, Kind: "subscription", Ref: string(s.ID), Product: t.products[s.ProductID]}
		switch {
		case i == 0:
			item.Title = verb + product + ", " + termInWords(r)
		case r.ARR.Minor > last.ARR.Minor:
			item.Title = "Expanded: " + product + ", " + termInWords(r)
		case r.ARR.Minor < last.ARR.Minor:
			item.Title = "Contracted: " + product + ", " + termInWords(r)
		default:
			item.Title = "Changed: " + product + ", " + termInWords(r)
		}
		t.add(item)
		last = r
	}
	if last.EndReason != "" {
		t.add(TimelineItem{At: last.End, Kind: "subscription", Title: "Ended: " + product, Body: last.EndReason, Ref: string(s.ID)})
	}
}

func (s *Server) timelineFacts(ctx context.Context, one customer.Filter, t *timelineBuilder) error {
	facts, err := s.opt.Records.Facts(ctx, one)
	if err != nil {
		return err
	}
	defs, err := s.attributeDefs(ctx)
	if err != nil {
		return err
	}
	for i := range facts {
		f := &facts[i]
		if f.KnownAt.After(t.asOf) {
			continue
		}
		row := s.attributeRow(ctx, f, defs)
		value := fmt.Sprint(row.Value)
		if row.Value == nil {
			value = "(cleared)"
		}
		t.add(TimelineItem{At: f.ValidFrom, Kind: "fact", Title: row.Title + ": " + value, Body: f.Reason, Ref: f.Key, Actor: cmp.Or(t.names[f.Author], f.Source)})
	}
	overrides, err := s.opt.Product.Overrides(ctx, one.Accounts)
	if err != nil {
		return err
	}
	for i := range overrides {
		t.override(&overrides[i])
	}
	return nil
}

func (t *timelineBuilder) override(o *sqlstore.OverrideRow) {
	actor := cmp.Or(t.names[id.User(o.Author)], o.Author)
	t.add(TimelineItem{At: o.CreatedAt, Kind: "override", Title: "Health overridden to " + overrideTarget(&o.Override), Body: o.Reason, Ref: string(o.ID), Actor: actor})
	t.add(TimelineItem{At: o.EndedAt, Kind: "override", Title: "Override lifted", Ref: string(o.ID)})
}

func (s *Server) timelineEvents(ctx context.Context, one customer.Filter, t *timelineBuilder) error {
	for _, name := range lifeEvents {
		found, err := s.opt.Events.List(ctx, usage.ListQuery{Account: one.Accounts[0], Name: name, To: t.asOf, KnownBy: t.asOf, Limit: maxLifeEvents})
		if err != nil {
			return err
		}
		for i := range found.Events {
			e := &found.Events[i]
			title := strings.ToUpper(strings.TrimSuffix(e.Name, "_answer"))
			if e.Name == usage.EventAccountChurned {
				title = "Account churned"
			}
			if e.HasValue {
				title += fmt.Sprintf(": %g", e.Value)
			}
			t.add(TimelineItem{At: e.At, Kind: "event", Title: title, Ref: e.MessageID, Actor: e.Actor, Product: e.Product})
		}
	}
	return nil
}

// timelineBands adds the weeks in which the band of today's model changed.
func (s *Server) timelineBands(ctx context.Context, one customer.Filter, t *timelineBuilder) error {
	account, err := s.opt.Records.Account(ctx, one.Accounts[0])
	if err != nil {
		return err
	}
	var instants []time.Time
	for w := historyWeeks; w >= 0; w-- {
		if at := t.asOf.Truncate(time.Second).Add(-time.Duration(w) * 7 * day); !at.Before(account.Since) {
			instants = append(instants, at)
		}
	}
	if len(instants) == 0 {
		return nil
	}
	points, err := s.opt.Engine.Scores(ctx, account.ID, instants)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Unavailable) {
		return nil // the record is there before the evaluation knows it
	}
	if err != nil {
		return err
	}
	for i := 1; i < len(points); i++ {
		if was, is := points[i-1], points[i]; was.Band != is.Band {
			t.add(TimelineItem{At: is.AsOf, Kind: "band_change", Title: "Health went from " + bandWord(was) + " to " + bandWord(is)})
		}
	}
	return nil
}

func bandWord(p evaluate.Point) string {
	return strings.ToLower(cmp.Or(titleOr("", p.Band), "no score"))
}
