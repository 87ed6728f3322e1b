package simulate

import (
	"testing"
	"time"

	"kept/internal/usage"
)

var end = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)

func TestSmoke(t *testing.T) {
	t0 := time.Now()
	c, err := New(Config{Seed: 1, End: end})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("new", time.Since(t0))
	t0 = time.Now()
	n := 0
	names := map[string]int{}
	for i := range c.Accounts() {
		if err := c.Events(i, func(e usage.Event) error { n++; names[e.Name]++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(n, time.Since(t0), names, c.intercept, c.volume, len(c.users), len(c.books))
	churned, ys, reg := 0, 0.0, map[string]int{}
	var tk, ac, fa, su int
	for i := range c.accounts {
		a := &c.accounts[i]
		s := &c.sims[i]
		reg[a.Segment]++
		tk += len(a.Tickets)
		ac += len(a.Activities)
		fa += len(a.Facts)
		su += len(a.Subscriptions)
		ys += float64(min(c.days, s.spans[0].end)-max(0, s.since)) / 365
		if s.spans[0].end < c.days {
			churned++
		}
	}
	t.Log(reg, churned, ys, float64(churned)/ys, c.expectedChurn(), tk, ac, fa, su)
	sp := 0
	for i := range c.sims {
		if c.sims[i].sponsor.arm == armTreated {
			sp++
		}
	}
	t.Log("sponsor", sp, "outages", c.outages)
	for i := range 5 {
		t.Logf("%+v", c.accounts[i].Account)
		t.Logf("%+v", c.accounts[i].Subscriptions)
		t.Logf("%+v", c.accounts[i].Activities[:min(3, len(c.accounts[i].Activities))])
	}
}
