package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/usage"
)

// usageNames are the events that only a use of the product makes.
var usageNames = kindName[:kindError]

// TestEvents checks every event of a company against its record.
func TestEvents(t *testing.T) {
	c := company(t, Config{Seed: 7, Accounts: 150})
	seen := map[string]bool{}
	leaked, used := 0, 0
	for i := range c.Accounts() {
		a := &c.Accounts()[i]
		var before time.Time
		counts := map[string]int{}
		month := map[string]bool{}
		monthOf := -1
		err := c.Events(i, func(e usage.Event) error {
			if seen[e.MessageID] || e.MessageID == "" {
				t.Fatalf("message id %q is used twice or empty", e.MessageID)
			}
			seen[e.MessageID] = true
			if e.At.Before(before) {
				t.Fatalf("%s: %s at %s comes after %s", a.External, e.Name, e.At, before)
			}
			before = e.At
			if e.At.Before(c.Start()) || !e.At.Before(c.cfg.End) || !e.KnownAt.Equal(e.At) || e.Account != a.ID || e.Source != Source {
				t.Fatalf("%s: event out of range or of somebody else: %+v", a.External, e)
			}
			counts[e.Name]++
			if !slices.Contains(usageNames, e.Name) {
				return nil
			}
			used++
			seats, on := seatsOf(a, c, e.Product, e.At)
			if !on {
				leaked++
				if e.Name != "login" || e.At.Before(a.Since.AddDate(0, 0, -pilotDays)) || !e.At.Before(a.Since) {
					t.Errorf("%s: %s of %s at %s outside every subscription", a.External, e.Name, e.Product, e.At)
				}
				return nil
			}
			if d := c.dayOf(e.At); d/28 != monthOf {
				monthOf = d / 28
				clear(month)
			}
			if e.Actor != "" && e.Product == "analytics" && !month[e.Actor] {
				month[e.Actor] = true
				if most := maxSeats(a, c, monthOf*28, monthOf*28+28); float64(len(month)) > math.Ceil(1.1*float64(most)) {
					t.Errorf("%s: %d actors in a month with at most %d seats (now %d)", a.External, len(month), most, seats)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, c, a, counts)
	}
	t.Logf("%d usage events, %d before their subscription", used, leaked)
	if share := float64(leaked) / float64(used); leaked == 0 || share > 0.001 {
		t.Errorf("%d of %d usage events lie outside subscriptions, want a few, and below 0.1 %%", leaked, used)
	}
}

func seatsOf(a *Account, c *Company, product string, at time.Time) (int64, bool) {
	for k := range a.Subscriptions {
		s := &a.Subscriptions[k]
		if c.productKey(s.ProductID) != product {
			continue
		}
		if r, ok := s.At(at); ok && r.InForce(at) {
			return r.Seats, true
		}
	}
	return 0, false
}

func maxSeats(a *Account, c *Company, from, to int) int64 {
	var most int64
	for d := from; d < to; d++ {
		n, _ := seatsOf(a, c, "analytics", c.date(d).Add(time.Hour))
		most = max(most, n)
	}
	return most
}

// checkCounts compares the record events with the record.
func checkCounts(t *testing.T, c *Company, a *Account, got map[string]int) {
	t.Helper()
	want := map[string]int{}
	for _, k := range a.Tickets {
		want[usage.EventTicketOpened]++
		if k.State == customer.TicketSolved {
			want[usage.EventTicketSolved]++
		}
		if k.Escalated {
			want[usage.EventTicketEscalated]++
		}
		if k.Satisfaction != nil {
			want[usage.EventCSAT]++
		}
	}
	for _, k := range a.Activities {
		want[usage.EventActivity+string(k.Kind)]++
	}
	for k := range a.Subscriptions {
		s := &a.Subscriptions[k]
		if first := s.Revisions[0]; !first.ValidFrom.Before(c.Start()) {
			if s.RenewalOf != "" {
				want[usage.EventSubRenewed]++
			} else {
				want[usage.EventSubStarted]++
			}
		}
		if s.Current.EndReason != "" && s.Current.End.Before(c.cfg.End) {
			want[usage.EventSubEnded]++
		}
	}
	for _, f := range a.Facts {
		if strings.HasPrefix(f.Key, "program.") && f.Value.Text == string(armTreated) {
			want["program_enrolled"]++
		}
		if f.Key == customer.FactStage && f.Value.Text == string(customer.StageChurned) {
			want[usage.EventAccountChurned]++
		}
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s: %d events %s, the record has %d", a.External, got[name], name, n)
		}
	}
	for name, n := range got {
		record := strings.HasPrefix(name, "ticket_") || strings.HasPrefix(name, "activity_") || name == usage.EventSubStarted ||
			name == usage.EventSubRenewed || name == usage.EventSubEnded || name == "csat_answer" || name == "program_enrolled" || name == usage.EventAccountChurned
		if record && want[name] == 0 {
			t.Errorf("%s: %d events %s without a record", a.External, n, name)
		}
	}
}

// TestContracts checks terms, chains and revisions.
func TestContracts(t *testing.T) {
	for _, cfg := range []Config{
		{Seed: 7},
		{Seed: 8, Accounts: 300, AnnualChurn: 0.4, Months: 36},
		{Seed: 9, Accounts: 100, Months: 5},
		{Seed: 10, Accounts: 60, Months: 120, End: time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
		{Seed: 11, Accounts: 60, Months: 11, End: time.Date(2023, 3, 31, 0, 0, 0, 0, time.UTC), AnnualChurn: 0.5},
		{Seed: 1<<64 - 1, Accounts: 60, Months: 3, End: time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), AnnualChurn: 0.01},
	} {
		c := company(t, cfg)
		for i := range c.Accounts() {
			a := &c.Accounts()[i]
			byID := map[string]*customer.Subscription{}
			for k := range a.Subscriptions {
				s := &a.Subscriptions[k]
				byID[string(s.ID)] = s
				checkRevisions(t, c, a, s)
				if s.RenewalOf == "" {
					continue
				}
				prev := byID[string(s.RenewalOf)]
				if prev == nil || prev.ProductID != s.ProductID || !prev.Current.End.Equal(s.Current.Start) || prev.Current.EndReason != "" {
					t.Errorf("%s: %s does not continue %s", a.External, s.ID, s.RenewalOf)
				}
			}
			for k := range a.Subscriptions {
				for m := range k {
					x, y := a.Subscriptions[m].Current, a.Subscriptions[k].Current
					if a.Subscriptions[m].ProductID == a.Subscriptions[k].ProductID && x.Start.Before(y.End) && y.Start.Before(x.End) {
						t.Errorf("%s: terms of one product overlap: %v and %v", a.External, x, y)
					}
				}
			}
			inForce := slices.ContainsFunc(a.Subscriptions, func(s customer.Subscription) bool { return s.Current.InForce(c.cfg.End) })
			if inForce == (!a.ChurnedAt.IsZero() && a.ChurnedAt.Before(c.cfg.End)) {
				t.Errorf("%s: churned at %v and in force %t", a.External, a.ChurnedAt, inForce)
			}
			if a.ChurnedAt.After(c.cfg.End) || !a.Since.Before(c.cfg.End) {
				t.Errorf("%s: since %v, churned %v is in the future", a.External, a.Since, a.ChurnedAt)
			}
		}
	}
}

func checkRevisions(t *testing.T, c *Company, a *Account, s *customer.Subscription) {
	t.Helper()
	for k, r := range s.Revisions {
		bad := ""
		switch {
		case r.ARR.Minor <= 0 || r.Seats <= 0:
			bad = "no ARR or seats"
		case !r.Start.Before(r.End):
			bad = "empty term"
		case r.ValidFrom.Before(r.Start) || !r.ValidFrom.Before(r.End):
			bad = "revision outside its term"
		case !r.ValidFrom.Before(c.cfg.End) || !r.KnownAt.Equal(r.ValidFrom):
			bad = "known in the future"
		case k > 0 && r.ValidFrom.Before(s.Revisions[k-1].ValidFrom):
			bad = "revisions out of order"
		case r.Start.Before(a.Since):
			bad = "starts before the account"
		}
		if bad != "" {
			t.Errorf("%s: %s: %s: %+v", a.External, s.ID, bad, r)
		}
	}
	if s.Current != s.Revisions[len(s.Revisions)-1] {
		t.Errorf("%s: %s: current is not the newest revision", a.External, s.ID)
	}
}

// TestRecords checks times, authors and the people named.
func TestRecords(t *testing.T) {
	c := company(t, Config{Seed: 11})
	users := map[string]User{}
	emails := map[string]bool{}
	for _, u := range c.Users() {
		if emails[u.Email] {
			t.Errorf("two users have the address %s", u.Email)
		}
		users[string(u.ID)], emails[u.Email] = u, true
	}
	for i := range c.Accounts() {
		a := &c.Accounts()[i]
		if len(a.Contacts) == 0 || len(a.Contacts) != len(a.ContactActors) {
			t.Errorf("%s: %d contacts, %d actors", a.External, len(a.Contacts), len(a.ContactActors))
		}
		for _, k := range a.Tickets {
			if k.OpenedAt.Before(c.Start()) || !k.UpdatedAt.Before(c.cfg.End) || !k.SolvedAt.IsZero() && k.SolvedAt.Before(k.FirstReplyAt) || k.Subject == "" {
				t.Errorf("%s: ticket out of order: %+v", a.External, k)
			}
		}
		for _, k := range a.Activities {
			u := users[string(k.UserID)]
			if k.At.Before(c.Start()) || !k.At.Before(c.cfg.End) || k.Subject == "" || strings.Contains(k.Body, "{") {
				t.Errorf("%s: activity out of range: %+v", a.External, k)
			}
			if k.At.Before(u.Since) || !u.LeftAt.IsZero() && k.At.After(u.LeftAt.AddDate(0, 0, 1)) {
				t.Errorf("%s: %s was not there at %s", a.External, u.Name, k.At)
			}
		}
		owned := false
		for _, f := range a.Facts {
			if !f.ValidFrom.Before(c.cfg.End) || !f.KnownAt.Equal(f.ValidFrom) || f.ValidFrom.Before(a.Since) || f.Value.Check("value") != nil {
				t.Errorf("%s: fact out of range: %+v", a.External, f)
			}
			if f.Key == customer.FactOwner {
				owned = owned || f.ValidFrom.Equal(a.Since)
				if u, ok := users[f.Value.Text]; !ok || u.Role != "csm" {
					t.Errorf("%s: owner %s is no CSM", a.External, f.Value.Text)
				}
			}
		}
		if !owned {
			t.Errorf("%s: nobody owns it from its start", a.External)
		}
	}
}

// TestAnyConfiguration draws configurations and checks what must hold for all.
func TestAnyConfiguration(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		cfg := Config{
			Seed: r.Uint64(), Accounts: 1 + r.IntN(60), Months: minMonths + r.IntN(60), AnnualChurn: minChurn + (maxChurn-minChurn)*r.Float64(),
			EventsTarget: 5000, End: time.Date(2020, 1, 1+r.IntN(2000), 0, 0, 0, 0, time.UTC),
		}
		c := company(t, cfg)
		ids := map[string]bool{}
		once := func(id string) {
			if ids[id] {
				t.Errorf("%+v: id %s is used twice", cfg, id)
			}
			ids[id] = true
		}
		for i := range c.Accounts() {
			a := &c.Accounts()[i]
			once(string(a.ID))
			for k := range a.Subscriptions {
				once(string(a.Subscriptions[k].ID))
				checkRevisions(t, c, a, &a.Subscriptions[k])
			}
			for k := range a.Contacts {
				once(string(a.Contacts[k].ID))
			}
			for k := range a.Tickets {
				once(string(a.Tickets[k].ID))
			}
			for k := range a.Activities {
				once(string(a.Activities[k].ID))
			}
			checkStages(t, a)
			inForce := slices.ContainsFunc(a.Subscriptions, func(s customer.Subscription) bool { return s.Current.InForce(c.cfg.End) })
			if inForce == !a.ChurnedAt.IsZero() {
				t.Errorf("%+v: %s: churned at %v and in force %t", cfg, a.External, a.ChurnedAt, inForce)
			}
			counts := map[string]int{}
			if err := c.Events(i, func(e usage.Event) error { counts[e.Name]++; return nil }); err != nil {
				t.Fatal(err)
			}
			checkCounts(t, c, a, counts)
		}
	}
}

// checkStages wants each stage to differ from the one before, and no maturity
// between the start of a renewal and its end.
func checkStages(t *testing.T, a *Account) {
	t.Helper()
	var before customer.Fact
	for _, f := range a.Facts {
		if f.Key != customer.FactStage {
			continue
		}
		if f.Value == before.Value || f.ValidFrom.Equal(before.ValidFrom) {
			t.Errorf("%s: stage %s at %s follows %s at %s", a.External, f.Value, f.ValidFrom, before.Value, before.ValidFrom)
		}
		if before.Value.Text == string(customer.StageRenewal) && f.ValidFrom.Sub(before.ValidFrom) < 80*day && f.Value.Text == string(customer.StageMature) {
			t.Errorf("%s: mature at %s in the middle of a renewal", a.External, f.ValidFrom)
		}
		before = f
	}
}
