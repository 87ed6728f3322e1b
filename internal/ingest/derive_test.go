package ingest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/customer"
	"kept/internal/ingest"
	"kept/internal/money"
	"kept/internal/testfix"
	"kept/internal/usage"
)

// told writes events as "day name value".
func told(events []usage.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, strings.Join([]string{e.At.Format(time.DateOnly), e.Name, customer.NumberValue(e.Value).String()}, " "))
	}
	return out
}

func TestSubscriptionEvents(t *testing.T) {
	s := testfix.Subscription(testfix.AccountID("a"), "s", 1200_00)
	more := s.Revisions[0]
	more.ValidFrom, more.KnownAt = testfix.Day(2025, 4, 1), testfix.Day(2025, 4, 1)
	more.ARR = money.Amount{Minor: 1500_00, Currency: "USD"}
	less := more
	less.ValidFrom, less.KnownAt, less.ARR.Minor = testfix.Day(2025, 6, 1), testfix.Day(2025, 6, 1), 1400_00
	s.Revisions = append(s.Revisions, more, less)
	for until, want := range map[time.Time][]string{
		testfix.Day(2025, 5, 1): {"2025-01-01 subscription_started 1200", "2025-04-01 subscription_expanded 300"},
		testfix.Day(2026, 5, 1): {
			"2025-01-01 subscription_started 1200", "2025-04-01 subscription_expanded 300",
			"2025-06-01 subscription_contracted 100", "2026-01-01 subscription_ended 1400",
		},
	} {
		if diff := cmp.Diff(want, told(ingest.SubscriptionEvents(&s, "p", "test", until))); diff != "" {
			t.Errorf("until %v (-want +got):\n%s", until, diff)
		}
	}
}

func TestTicketEvents(t *testing.T) {
	k := testfix.Ticket(testfix.AccountID("a"), "k", testfix.Day(2025, 1, 1))
	rating := 4.0
	k.Escalated, k.Satisfaction, k.SolvedAt, k.State = true, &rating, testfix.Day(2025, 1, 3), customer.TicketSolved
	want := []string{"2025-01-01 ticket_opened 0", "2025-01-01 ticket_escalated 0", "2025-01-03 ticket_solved 48", "2025-01-03 csat_answer 4"}
	events := ingest.TicketEvents(&k, "p", "test")
	if diff := cmp.Diff(want, told(events)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if err := usage.CheckBatch(events); err != nil {
		t.Error(err)
	}
}
