package ingest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
	"kept/internal/usage"
)

// item is an object that a row became, with its place and what it refers to.
type item[T any] struct {
	line     int
	external string
	refs     refs
	obj      T
}

// refs are external ids of the same source; empty means none.
type refs struct{ account, product, contact, subscription, parent, renewal string }

// batch is what was decoded and not yet written.
type batch struct {
	products      []item[customer.Product]
	accounts      []item[accountRow]
	contacts      []item[customer.Contact]
	relationships []item[customer.Relationship]
	subscriptions []item[subscriptionRow]
	facts         []item[factRow]
	tickets       []item[customer.Ticket]
	activities    []item[customer.Activity]
	events        []item[eventRow]
}

func (b *batch) size() int {
	return len(b.products) + len(b.accounts) + len(b.contacts) + len(b.relationships) + len(b.subscriptions) +
		len(b.facts) + len(b.tickets) + len(b.activities) + len(b.events)
}

type accountRow struct {
	customer.Account
	facts  []factRow
	others []customer.ExternalRef // ids of other sources that name the same account
	mapped struct{ domain, parent bool }
}

// factRow is a fact; snapshot is set when the row does not say since when it
// holds, only what holds when the file was made.
type factRow struct {
	customer.Fact
	snapshot bool
	told     bool // the row says since when it is known
}

type subscriptionRow struct {
	customer.Subscription
	base  customer.Revision
	ended time.Time
	// reason is why it ended; it is known when it has ended, not before.
	reason string
}

type eventRow struct {
	usage.Event
	kind       Kind
	reactivate bool
}

// target decodes one target of a row into the batch, or rejects it.
func (r *runner) target(f *source, i int, row *rowT) {
	t := &f.spec.Rows[i]
	if !holds(t.When, row, &f.spec.Cells) {
		return
	}
	c := r.counts(objects[t.Kind])
	c.Read++
	d := &decoder{target: t, row: row, cells: &f.spec.Cells, lookups: r.lookups}
	if !r.m.Cutoff.IsZero() {
		d.cutoff = r.snapshot()
	}
	external := d.id()
	if d.bad == nil && r.repeated(f, d, external) {
		c.Unchanged++
		return
	}
	if d.bad == nil {
		r.decode(f, d, r.nth(f, d, external))
	}
	if d.bad != nil {
		c.Rejected++
		f.failed++
		r.rejects.add(f.name, row.Line, *d.bad)
	}
}

// snapshot is the instant for which a file that does not say since when a value
// holds is taken to speak: the declared last day of the data, or now.
func (r *runner) snapshot() time.Time {
	if r.m.Cutoff.IsZero() {
		return r.now.Truncate(time.Second)
	}
	return r.m.Cutoff.In(r.m.Zone).AddDate(0, 0, -1).UTC()
}

func (r *runner) decode(f *source, d *decoder, external string) {
	line, b := d.row.Line, &r.batch
	own := refs{account: d.text("account"), product: d.text("product"), contact: d.text("contact"), subscription: d.text("subscription")}
	switch d.target.Kind {
	case KindProduct:
		p := customer.Product{Key: d.text("key"), Name: d.text("name"), CreatedAt: r.now}
		if p.Name == "" {
			p.Name = p.Key
		}
		b.products = keep(b.products, d, item[customer.Product]{line, external, own, p})
	case KindAccount:
		a := r.account(f, d)
		own.parent = d.text("parent")
		b.accounts = keep(b.accounts, d, item[accountRow]{line, external, own, a})
	case KindContact:
		c := customer.Contact{
			Name: d.text("name"), Email: d.text("email"), Title: d.text("title"), Since: d.date("since"), LeftAt: d.date("left_at"),
			Role: r.role(f, d),
		}
		b.contacts = keep(b.contacts, d, item[customer.Contact]{line, external, own, c})
	case KindRelationship:
		b.relationships = keep(b.relationships, d, item[customer.Relationship]{line, external, own, customer.Relationship{Since: d.date("since")}})
	case KindSubscription:
		own.renewal = d.text("renewal_of")
		b.subscriptions = keep(b.subscriptions, d, item[subscriptionRow]{line, external, own, r.subscription(f, d)})
	case KindAttribute:
		key := d.text("key")
		fact := factRow{Fact: customer.Fact{
			Key: key, Value: r.factValue(f, d, key), ValidFrom: d.date("valid_from"),
			ValidTo: d.date("valid_to"), KnownAt: d.date("known_at"), Source: r.m.Source,
		}}
		if fact.told = !fact.KnownAt.IsZero(); !fact.told {
			fact.KnownAt = fact.ValidFrom
		}
		b.facts = keep(b.facts, d, item[factRow]{line, external, own, fact})
	case KindTicket:
		b.tickets = keep(b.tickets, d, item[customer.Ticket]{line, external, own, r.ticket(f, d)})
	case KindActivity:
		a := r.activity(f, d)
		b.activities = keep(b.activities, d, item[customer.Activity]{line, external, own, a})
	case KindEvent, KindChurn, KindNPS, KindCSAT:
		e := r.event(f, d, own, external)
		if d.bad == nil && own.account == "" && own.subscription == "" && e.Actor == "" {
			d.fail("", "", "the row names neither an account nor an actor")
		}
		b.events = keep(b.events, d, item[eventRow]{line, external, own, e})
	}
}

func keep[T any](list []item[T], d *decoder, one item[T]) []item[T] {
	if d.bad != nil {
		return list
	}
	return append(list, one)
}

func (r *runner) account(f *source, d *decoder) accountRow {
	a := accountRow{Account: customer.Account{Name: d.text("name"), Domain: strings.ToLower(d.text("domain")), Since: d.date("since")}}
	_, a.mapped.domain = d.target.Fields["domain"]
	_, a.mapped.parent = d.target.Fields["parent"]
	r.future(f, d.row.Line, "since", a.Since)
	known := d.date("known_at")
	add := func(key string, value customer.Value, e *Expr) {
		fact := factRow{Fact: customer.Fact{Key: key, Value: value, ValidFrom: a.Since, Source: r.m.Source}, snapshot: e.ValidFrom == ""}
		switch e.ValidFrom {
		case "":
		case ImportTime:
			fact.ValidFrom = r.now.Truncate(time.Second)
		case DataCutoff:
			fact.ValidFrom = r.snapshot()
		default:
			if text := d.cell(e.ValidFrom); text != "" {
				fact.ValidFrom = d.parseDate(e.ValidFrom, text, nil)
			}
		}
		fact.KnownAt = fact.ValidFrom
		if known.After(fact.KnownAt) {
			fact.KnownAt = known
		}
		if !value.IsZero() {
			a.facts = append(a.facts, fact)
		}
	}
	for i := range d.target.Attributes {
		n := &d.target.Attributes[i]
		add(n.Name, d.value(&n.Expr), &n.Expr)
	}
	// Stage and owner move: without a date they hold from the day of the file on,
	// not since the account signed up.
	moving := func(name, key string, value customer.Value) {
		e := d.target.Fields[name]
		dated := e.ValidFrom
		if dated != DataCutoff && dated != ImportTime && d.cell(dated) == "" {
			dated = ""
		}
		if dated == "" {
			e.ValidFrom = DataCutoff
		}
		before := len(a.facts)
		add(key, value, &e)
		if len(a.facts) > before {
			a.facts[before].snapshot = dated == ""
		}
	}
	if stage := d.text("stage"); stage != "" {
		moving("stage", customer.FactStage, stageValue(d, "stage", stage))
	}
	if owner := d.text("owner"); owner != "" {
		if user := r.owner(f, d, owner, d.text("owner_name")); user != "" {
			moving("owner", customer.FactOwner, customer.TextValue(string(user)))
		}
	}
	for i := range d.target.External {
		n := &d.target.External[i]
		if other := d.eval(&n.Expr); other != "" {
			a.others = append(a.others, customer.ExternalRef{Source: n.Name, Kind: refAccount, External: other})
		}
	}
	return a
}

func stageValue(d *decoder, field, stage string) customer.Value {
	if !slices.Contains(customer.Stages(), customer.Stage(stage)) {
		d.fail(d.column(field), stage, "this is not a lifecycle stage: map it to one of %v", customer.Stages())
	}
	return customer.TextValue(stage)
}

// factValue reads the value of a dated attribute. The owner and the stage are
// facts too: a file of their changes gives their history.
func (r *runner) factValue(f *source, d *decoder, key string) customer.Value {
	e := d.target.Fields["value"]
	if key != customer.FactOwner && key != customer.FactStage {
		return d.value(&e)
	}
	text := d.text("value")
	switch {
	case d.bad != nil || text == "":
		return customer.Value{}
	case key == customer.FactStage:
		return stageValue(d, "value", text)
	}
	user := r.owner(f, d, text, "")
	if user == "" {
		d.fail(e.Column, text, "several users have this name: write an e-mail")
	}
	return customer.TextValue(string(user))
}

func (r *runner) role(f *source, d *decoder) customer.ContactRole {
	text := d.text("role")
	switch one := customer.ContactRole(strings.ToLower(text)); one {
	case customer.RoleChampion, customer.RoleSponsor, customer.RoleAdmin, customer.RoleUser, customer.RoleBilling, customer.RoleDetractor:
		return one
	}
	if text != "" {
		r.quality.add(ruleRole, placeIn(f.name, d.row.Line), "%q", text)
	}
	return ""
}

func (r *runner) activity(f *source, d *decoder) customer.Activity {
	a := customer.Activity{Kind: customer.ActivityKind(strings.ToLower(d.text("kind"))), Subject: d.text("subject"), Body: d.text("body"), At: d.date("at")}
	if d.bad == nil && !slices.Contains(customer.ActivityKinds(), a.Kind) {
		d.fail(d.column("kind"), d.text("kind"), "this is not a kind of activity: map it to one of %v", customer.ActivityKinds())
	}
	if user := d.text("user"); user != "" && r.staff != nil {
		u, n := r.staff.find(user)
		if a.UserID = u.ID; n != 1 {
			r.quality.add(ruleUserUnknown, placeIn(f.name, d.row.Line), "%q", user)
		}
	}
	r.future(f, d.row.Line, "at", a.At)
	return a
}

func (r *runner) subscription(f *source, d *decoder) subscriptionRow {
	place := placeIn(f.name, d.row.Line)
	s := subscriptionRow{Subscription: customer.Subscription{Plan: d.text("plan")}, ended: d.date("ended"), reason: d.text("end_reason")}
	arr, hasARR := d.amount("arr")
	mrr, hasMRR := d.amount("mrr")
	year := money.Amount{Minor: mrr.Minor * 12, Currency: mrr.Currency}
	switch {
	case mrr.Minor > maxMinor || mrr.Minor < -maxMinor:
		d.fail(d.column("mrr"), d.text("mrr"), "the amount is larger than Kept can hold")
	case hasARR && hasMRR && arr != year:
		r.quality.add(ruleARR, place, "ARR %s, MRR %s", d.text("arr"), d.text("mrr"))
	case !hasARR && hasMRR:
		arr = year
	case !hasARR:
		arr = money.Amount{Currency: d.cells.Currency}
	}
	s.base = customer.Revision{
		ARR: arr, Seats: d.integer("seats"), Start: d.date("start"), End: d.date("end"),
		AutoRenew: d.boolean("auto_renew"), Trial: d.boolean("trial"),
	}
	if s.base.Seats < 0 {
		d.fail(d.column("seats"), d.text("seats"), "there cannot be fewer than no seats")
	}
	s.base.ValidFrom, s.base.KnownAt = s.base.Start, s.base.Start
	if known := d.date("known_at"); !known.IsZero() {
		s.base.KnownAt = known
	}
	for _, name := range []string{"end", "ended"} {
		end := d.date(name)
		if !end.IsZero() && end.Before(s.base.Start) {
			d.fail(d.column(name), d.text(name), "the subscription ends before it starts, on %s", s.base.Start.Format(time.DateOnly))
		}
		if !end.IsZero() && end.Equal(s.base.Start) {
			r.quality.add(ruleZeroTerm, place, "starts and ends on %s", end.Format(time.DateOnly))
		}
	}
	if s.ended.IsZero() && s.reason != "" && !s.base.End.IsZero() && s.base.End.Before(r.cutoff) {
		s.ended = s.base.End // the term was agreed on; why it was not renewed is told at its end
	}
	r.future(f, d.row.Line, "start", s.base.Start)
	r.future(f, d.row.Line, "ended", s.ended)
	return s
}

// maxMinor keeps twelve times an amount within an int64.
const maxMinor = 1 << 59

func (r *runner) ticket(f *source, d *decoder) customer.Ticket {
	place := placeIn(f.name, d.row.Line)
	t := customer.Ticket{
		Subject: d.text("subject"), Priority: d.text("priority"), RequesterName: d.text("requester"), State: customer.TicketOpen,
		OpenedAt: d.date("opened_at"), SolvedAt: d.date("solved_at"), FirstReplyAt: d.date("first_reply_at"),
		Escalated: d.boolean("escalated"), Satisfaction: d.number("satisfaction"),
	}
	if !t.SolvedAt.IsZero() {
		t.State = customer.TicketSolved
	}
	if minutes := d.number("first_reply_minutes"); minutes != nil && t.FirstReplyAt.IsZero() {
		if *minutes < 0 || *minutes > 1e7 {
			d.fail(d.column("first_reply_minutes"), d.text("first_reply_minutes"), "this is not a number of minutes to a reply")
		} else {
			t.FirstReplyAt = t.OpenedAt.Add(time.Duration(*minutes * float64(time.Minute)))
		}
	}
	stated := d.number("resolution_hours")
	if d.bad != nil {
		return t
	}
	r.future(f, d.row.Line, "opened_at", t.OpenedAt)
	r.future(f, d.row.Line, "solved_at", t.SolvedAt)
	if t.SolvedAt.IsZero() {
		return t
	}
	took := t.SolvedAt.Sub(t.OpenedAt)
	if took < 0 {
		r.quality.add(ruleTicketOrder, place, "opened %s, closed %s", t.OpenedAt.Format(time.RFC3339), t.SolvedAt.Format(time.RFC3339))
		d.fail(d.column("solved_at"), d.text("solved_at"), "the ticket is closed before it is opened, at %s", t.OpenedAt.Format(time.RFC3339))
	}
	if stated != nil && abs(*stated-took.Hours()) > 1.0/60 {
		r.quality.add(ruleResolution, place, "says %s h, the instants say %s h", short(*stated), short(took.Hours()))
	}
	if t.FirstReplyAt.After(t.SolvedAt) {
		r.quality.add(ruleReplyAfterClose, place, "closed %s, first reply %s", t.SolvedAt.Format(time.RFC3339), t.FirstReplyAt.Format(time.RFC3339))
	}
	return t
}

func abs(f float64) float64 { return max(f, -f) }

func short(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// event decodes an event and gives it its message id.
func (r *runner) event(f *source, d *decoder, own refs, external string) eventRow {
	e := eventRow{kind: d.target.Kind, Event: usage.Event{
		At: d.date("at"), KnownAt: d.date("known_at"), Name: d.text("name"),
		Properties: d.properties(), Source: r.m.Source,
	}}
	if actor := d.text("actor"); actor != "" {
		e.Actor = r.m.Source + ":" + actor
	}
	if v := d.number("value"); v != nil {
		e.Value, e.HasValue = *v, true
	}
	switch d.target.Kind {
	case KindNPS:
		e.Name = usage.EventNPS
		if e.Value < 0 || e.Value > 10 {
			d.fail(d.column("value"), d.text("value"), "an NPS answer lies between 0 and 10")
		}
	case KindCSAT:
		e.Name = usage.EventCSAT
	case KindChurn:
		e.Name, e.reactivate = usage.EventAccountChurned, d.boolean("reactivation")
		if reason := d.text("reason"); reason != "" {
			if e.Properties == nil {
				e.Properties = map[string]any{}
			}
			e.Properties["reason"] = reason
		}
	default:
	}
	if e.KnownAt.IsZero() {
		e.KnownAt = e.At
	}
	if d.bad != nil {
		return e
	}
	e.MessageID = "checked below"
	if err := e.Check(); err != nil {
		d.fail("", e.Name, "%s", err.Error())
		return e
	}
	r.future(f, d.row.Line, "at", e.At)
	e.MessageID = r.messageID(f, d, own, external, &e)
	return e
}

// messageID names an event alike in every run. With an id column it is the id;
// without, or where duplicates are kept, what the event is about tells rows
// apart, and equal ones are numbered in the order of the file. Properties count
// only for rows without an id, so that mapping one more does not double history.
func (r *runner) messageID(f *source, d *decoder, own refs, external string, e *eventRow) string {
	h := sha256.New()
	part := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	for _, s := range []string{r.m.Source, f.spec.Key, e.Name, external} {
		part(s)
	}
	about := func() {
		for _, s := range []string{own.account, own.subscription, own.product, e.Actor, e.At.Format(time.RFC3339Nano)} {
			part(s)
		}
	}
	s := r.seenIDs(f, d.target)
	switch {
	case external != "" && d.target.Duplicates != Keep:
	case external == "" && d.target.Duplicates != Keep:
		about()
		part(strconv.FormatFloat(e.Value, 'g', -1, 64))
		for _, k := range sortedKeys(e.Properties) {
			part(k)
			part(fmt.Sprint(e.Properties[k]))
		}
	default:
		about()
		times, _ := s.times.at(binary.BigEndian.Uint64(h.Sum(nil)))
		part(strconv.FormatUint(*times, 10))
		*times++
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// future reports a date after the end of the data.
func (r *runner) future(f *source, line int, what string, at time.Time) {
	if !at.IsZero() && !at.Before(r.cutoff) {
		r.quality.add(ruleFuture, placeIn(f.name, line), "%s is %s", what, at.Format(time.RFC3339))
	}
}

// derive returns the identifier that a source's object gets when it is new.
func derive[T interface {
	~string
	Prefix() string
}](source, kind, external string) T {
	return id.Derive[T](source, kind+"\x00"+external)
}
