package simulate

import (
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/usage"
)

// Events that Kept knows only by name: they repeat no record.
const (
	eventInvoiceOverdue    = "invoice_overdue" // value: the invoice, major units
	eventGoalReached       = "goal_reached"
	eventTrainingCompleted = "training_completed" // value: people trained
	eventProgramEnrolled   = "program_enrolled"   // property "program": its key
	eventNPS               = usage.EventNPS
)

// recordNames lists the events beside usage; a stored one keeps its index.
var recordNames = []string{
	usage.EventTicketOpened, usage.EventTicketSolved, usage.EventTicketEscalated, usage.EventCSAT, eventNPS,
	usage.EventActivity + string(customer.ActivityCall), usage.EventActivity + string(customer.ActivityMeeting),
	usage.EventActivity + string(customer.ActivityEmail), usage.EventActivity + string(customer.ActivityNote),
	usage.EventSubStarted, usage.EventSubRenewed, usage.EventSubExpanded, usage.EventSubContracted, usage.EventSubEnded,
	usage.EventAccountChurned, eventInvoiceOverdue, eventGoalReached, eventTrainingCompleted, eventProgramEnrolled,
}

// programKeys lists the programmes; a stored event keeps the index, from 1.
var programKeys = []string{academyKey, sponsorKey}

// recordEvent is an event that repeats a record, or happens beside usage.
type recordEvent struct {
	name    string
	product int // -1 for none
	contact int // index of the contact who did it, from 1; 0 for none
	value   float64
	valued  bool
	program string
}

// storedEvent is a recordEvent in 24 bytes: there are a hundred an account.
type storedEvent struct {
	ms      int64 // since the start of the history
	value   float64
	contact uint16
	name    uint8
	product int8
	program uint8
	valued  bool
}

// addEvent keeps an event if it lies within the history.
func (s *sim) addEvent(c *Company, at time.Time, e recordEvent) {
	if at.Before(c.start) || !at.Before(c.cfg.End) {
		return
	}
	s.records = append(s.records, storedEvent{
		ms: at.Sub(c.start).Milliseconds(), value: e.value, valued: e.valued, contact: uint16(e.contact),
		name: uint8(slices.Index(recordNames, e.name)), product: int8(e.product), program: uint8(slices.Index(programKeys, e.program) + 1),
	})
}

// fill copies a stored event into an event of the stream.
func (e storedEvent) fill(out *usage.Event, a *Account) {
	out.Name, out.Value, out.HasValue = recordNames[e.name], e.value, e.valued
	if e.contact > 0 {
		out.Actor = a.ContactActors[e.contact-1]
	}
	if e.product >= 0 {
		out.Product = productKeys[e.product]
	}
	if e.program > 0 {
		out.Properties = map[string]any{"program": programKeys[e.program-1]}
	}
}
