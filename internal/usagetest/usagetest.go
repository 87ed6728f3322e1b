// Package usagetest is the conformance suite of usage.Store. Every engine runs
// it, the reference implementation too; what it does not demand, nobody may
// rely on.
package usagetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/usage"
)

// Opener opens a fresh, empty store and closes it when the test ends.
type Opener func(t testing.TB) usage.Store

// Run runs the whole suite: Examples, then random data under random queries.
func Run(t *testing.T, open Opener) {
	t.Helper()
	for _, e := range Examples() {
		t.Run(e.Name, func(t *testing.T) { e.Check(t, open(t)) })
	}
	t.Run("random queries", func(t *testing.T) { runRandom(t, open) })
}

// TB is what a check needs of a test. It is less than testing.TB, so that a test
// can run a check on a broken store under a recorder and see it fail.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
	Context() context.Context
}

// Example is one case of the suite: Check fails t when an empty store does not
// behave.
type Example struct {
	Name  string
	Check func(t TB, s usage.Store)
}

// Examples lists the cases with known answers.
func Examples() []Example {
	return slices.Concat(appendExamples(), listExamples(), aggregateExamples(), changeExamples(), scanExamples())
}

// The accounts of the examples; their ids are not in the order in which they
// come into the stores.
var (
	acme   = id.Derive[id.Account]("usagetest", "acme")
	globex = id.Derive[id.Account]("usagetest", "globex")
	umbra  = id.Derive[id.Account]("usagetest", "umbra")
)

// noon is the instant around which the examples happen.
var noon = time.Date(2024, 6, 30, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// event returns an event of acme with sensible defaults, changed by edits.
func event(message, name string, at time.Time, edits ...func(*usage.Event)) usage.Event {
	e := usage.Event{
		MessageID: message, Name: name, At: at, KnownAt: at, Account: acme,
		Actor: "app:ann", Product: "core", Source: "app",
	}
	for _, edit := range edits {
		edit(&e)
	}
	return e
}

func of(a id.Account) func(*usage.Event)   { return func(e *usage.Event) { e.Account = a } }
func by(actor string) func(*usage.Event)   { return func(e *usage.Event) { e.Actor = actor } }
func on(product string) func(*usage.Event) { return func(e *usage.Event) { e.Product = product } }
func worth(v float64) func(*usage.Event) {
	return func(e *usage.Event) { e.Value, e.HasValue = v, true }
}
func knownAt(at time.Time) func(*usage.Event)  { return func(e *usage.Event) { e.KnownAt = at } }
func with(p map[string]any) func(*usage.Event) { return func(e *usage.Event) { e.Properties = p } }
func put(t TB, s usage.Store, events ...usage.Event) usage.AppendResult {
	t.Helper()
	res, err := s.Append(t.Context(), events)
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	return res
}

// all lists every event, newest first.
func all(t TB, s usage.Store, q usage.ListQuery) []usage.Event {
	t.Helper()
	q.Limit = usage.MaxPageSize
	page, err := s.List(t.Context(), q)
	if err != nil {
		t.Fatalf("List(%+v): %v", q, err)
	}
	return page.Events
}

// messages returns the message ids of events.
func messages(events []usage.Event) []string {
	out := make([]string, len(events))
	for i := range events {
		out[i] = events[i].MessageID
	}
	return out
}

func wantMessages(t TB, what string, got []usage.Event, want ...string) {
	t.Helper()
	if !slices.Equal(messages(got), want) {
		t.Errorf("%s: got %q, want %q", what, messages(got), want)
	}
}

func wantInvalid(t TB, what string, err error) {
	t.Helper()
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
		t.Errorf("%s: got %v, want an Invalid fault", what, err)
	}
}
