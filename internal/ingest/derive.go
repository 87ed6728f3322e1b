package ingest

import (
	"strconv"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
	"kept/internal/usage"
)

// The functions of this file are the one place where a record becomes events.
// Message ids derive from the object's id, so that writing a record again never
// counts twice. Product is the product's key, empty for none; source is where
// the record came from. KnownAt equals At: a caller that learns of it live and
// late overwrites it.

// TicketEvents returns what a ticket counts as: opened; escalated (at its
// opening, as no source says when); solved; and its rating, given when it was
// solved, or at its opening while it is not.
func TicketEvents(t *customer.Ticket, product, source string) []usage.Event {
	props := map[string]any{"ticket": string(t.ID)}
	if t.Priority != "" {
		props["priority"] = t.Priority
	}
	one := func(name string, at time.Time) usage.Event {
		return usage.Event{
			MessageID: string(t.ID) + ":" + name, At: at, KnownAt: at, Account: t.AccountID,
			Product: product, Name: name, Properties: props, Source: source,
		}
	}
	out := []usage.Event{one(usage.EventTicketOpened, t.OpenedAt)}
	if t.Escalated {
		out = append(out, one(usage.EventTicketEscalated, t.OpenedAt))
	}
	if !t.SolvedAt.IsZero() {
		// The instant is part of the id: a ticket that is reopened is solved twice.
		e := one(usage.EventTicketSolved, t.SolvedAt)
		e.MessageID += ":" + strconv.FormatInt(t.SolvedAt.Unix(), 10)
		e.Value, e.HasValue = t.SolvedAt.Sub(t.OpenedAt).Hours(), true
		out = append(out, e)
	}
	if t.Satisfaction != nil {
		at := t.SolvedAt
		if at.IsZero() {
			at = t.OpenedAt
		}
		e := one(usage.EventCSAT, at)
		e.Value, e.HasValue = *t.Satisfaction, true
		out = append(out, e)
	}
	return out
}

// ActivityEvents returns what an activity counts as: one event named after its kind.
func ActivityEvents(a *customer.Activity, product, source string) []usage.Event {
	name := usage.EventActivity + string(a.Kind)
	e := usage.Event{
		MessageID: string(a.ID) + ":" + name, At: a.At, KnownAt: a.At, Account: a.AccountID,
		Product: product, Name: name, Source: source, Properties: map[string]any{"activity": string(a.ID)},
	}
	if a.ContactID != "" {
		e.Properties["contact"] = string(a.ContactID)
	}
	return []usage.Event{e}
}

// SubscriptionEvents returns what the revisions of a subscription count as:
// started (or renewed, when it renews another) at its start, with its ARR;
// expanded and contracted where the ARR changes while it is in force, with the
// difference; ended at its end, once that is known to have come, with the ARR lost.
// Until is the instant up to which the source is known: an end after it is a
// plan, not an event. Values are in major units.
func SubscriptionEvents(s *customer.Subscription, product, source string, until time.Time) []usage.Event {
	if len(s.Revisions) == 0 {
		return nil
	}
	var out []usage.Event
	add := func(name string, at, known time.Time, amount money.Amount, trial bool) {
		out = append(out, usage.Event{
			MessageID: string(s.ID) + ":" + name + ":" + strconv.FormatInt(at.Unix(), 10), At: at, KnownAt: later(at, known),
			Account: s.AccountID, Product: product, Name: name, Value: amount.Major(), HasValue: true, Source: source,
			Properties: map[string]any{"subscription": string(s.ID), "trial": trial, "plan": s.Plan},
		})
	}
	first := s.Revisions[0]
	name := usage.EventSubStarted
	if s.RenewalOf != "" {
		name = usage.EventSubRenewed
	}
	if !first.Start.After(until) {
		add(name, first.Start, first.KnownAt, first.ARR, first.Trial)
	}
	for i := 1; i < len(s.Revisions); i++ {
		was, now := s.Revisions[i-1], s.Revisions[i]
		diff := now.ARR.Minor - was.ARR.Minor
		if diff == 0 || now.ValidFrom.Equal(was.ValidFrom) || now.ARR.Currency != was.ARR.Currency || !was.InForce(now.ValidFrom) || now.ValidFrom.After(until) {
			continue
		}
		change := money.Amount{Minor: max(diff, -diff), Currency: now.ARR.Currency}
		name := usage.EventSubExpanded
		if diff < 0 {
			name = usage.EventSubContracted
		}
		add(name, now.ValidFrom, now.KnownAt, change, now.Trial)
	}
	last := s.Revisions[len(s.Revisions)-1]
	if !last.End.IsZero() && !last.End.After(until) {
		add(usage.EventSubEnded, last.End, last.End, last.ARR, last.Trial)
	}
	return out
}

// ChurnEvent returns the event of an account that left; key tells several of
// one account apart (the source's own id).
func ChurnEvent(account id.Account, key string, at time.Time, reason, source string) usage.Event {
	e := usage.Event{
		MessageID: string(account) + ":" + usage.EventAccountChurned + ":" + key, At: at, KnownAt: at,
		Account: account, Name: usage.EventAccountChurned, Source: source,
	}
	if reason != "" {
		e.Properties = map[string]any{"reason": reason}
	}
	return e
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
