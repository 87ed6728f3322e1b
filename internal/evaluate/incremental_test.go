package evaluate_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/duckstore"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/usage"
)

// handClock is a clock that a test moves.
type handClock struct{ now time.Time }

func (c *handClock) Now() time.Time { return c.now }

// history makes random changes to a house and tells its engine to follow.
type history struct {
	*house
	rng     *rand.Rand
	clock   *handClock
	n       int
	version int64
	models  []*model.Compiled
	sent    []usage.Event
	expect  map[id.Account]bool // accounts that Changes must name
}

func (h *history) account() id.Account {
	all := h.company.Accounts()
	return all[h.rng.IntN(len(all))].ID
}

func (h *history) event(at time.Time) usage.Event {
	h.n++
	e := usage.Event{
		MessageID: fmt.Sprintf("made-%d", h.n), At: at, KnownAt: at, Account: h.account(), Product: "analytics",
		Actor: fmt.Sprintf("app:made-%d", h.rng.IntN(4)), Name: []string{"login", "report_viewed", "ticket_escalated", usage.EventNPS}[h.rng.IntN(4)],
	}
	if e.Name == usage.EventNPS {
		e.Value, e.HasValue = float64(h.rng.IntN(11)), true
	}
	return e
}

// step makes one change and says what it was.
func (h *history) step(t *testing.T) string {
	t.Helper()
	ctx, now := t.Context(), h.clock.now
	h.expect = map[id.Account]bool{}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(fn func(customer.Tx) error) { check(h.records.InTx(ctx, fn)) }
	ago := func(days int) time.Time {
		return now.Add(-time.Duration(h.rng.IntN(days*24*3600)) * time.Second).Truncate(time.Microsecond)
	}
	switch h.rng.IntN(9) {
	case 0: // events that arrive in time, some in one second
		var batch []usage.Event
		for range 1 + h.rng.IntN(5) {
			batch = append(batch, h.event(now.Add(-time.Duration(h.rng.IntN(3000))*time.Millisecond)))
		}
		return h.append(t, batch, "new events")
	case 1: // events of the past: known then, or only now
		e, late := h.event(ago(100)), h.event(ago(100))
		late.KnownAt = now
		return h.append(t, []usage.Event{e, late}, "late events")
	case 2: // the same again
		if len(h.sent) > 0 {
			h.n++
			fresh := h.event(ago(10))
			return h.append(t, []usage.Event{h.sent[h.rng.IntN(len(h.sent))], fresh, fresh}, "duplicates")
		}
		return "nothing"
	case 3:
		a := h.account()
		h.expect[a] = true
		put(func(tx customer.Tx) error {
			_, err := tx.AddFacts(ctx, []customer.Fact{{
				AccountID: a, Key: "manual.csm_sentiment", Value: customer.NumberValue(float64(1 + h.rng.IntN(5))),
				ValidFrom: ago(30), KnownAt: now, Reason: fmt.Sprint("heard ", h.n),
			}})
			return err
		})
		h.n++
		return "a fact"
	case 4: // an account moves under another, or to the top
		a, parent := h.account(), h.account()
		err := h.records.InTx(ctx, func(tx customer.Tx) error {
			rows, err := tx.Accounts(ctx, customer.Filter{Accounts: []id.Account{a}, Page: customer.Page{Limit: 1}})
			if err != nil {
				return err
			}
			if rows[0].ParentID = parent; h.rng.IntN(3) == 0 || parent == a {
				rows[0].ParentID = ""
			}
			rows[0].Name += "."
			_, err = tx.PutAccounts(ctx, rows)
			return err
		})
		if fault.Is(err, fault.Invalid) {
			return "nothing" // it would be its own ancestor
		}
		check(err)
		h.expect[a] = true
		return "a parent"
	case 5: // a new account, with events that nobody's account had
		h.n++
		a := id.Account(fmt.Sprintf("acc_%024d", h.n))
		put(func(tx customer.Tx) error {
			_, err := tx.PutAccounts(ctx, []customer.Account{{ID: a, Name: fmt.Sprint("New ", h.n), Since: ago(60), CreatedAt: now, UpdatedAt: now}})
			return err
		})
		e := h.event(ago(20))
		e.Account, e.Actor = "", fmt.Sprintf("app:nobody-%d", h.n)
		_, err := h.events.Append(ctx, []usage.Event{e})
		check(err)
		_, err = h.events.Attribute(ctx, e.Actor, a)
		check(err)
		h.expect[a] = true
		return "a new account"
	case 6:
		h.version++
		h.engine.SetModel(h.version, h.model())
		return "another model"
	case 7:
		a := h.account()
		_, err := h.events.Erase(ctx, a)
		check(err)
		return "an erasure"
	default:
		h.clock.now = now.Add(time.Duration(1+h.rng.IntN(20*60)) * time.Second)
		if h.rng.IntN(4) == 0 {
			h.clock.now = now.AddDate(0, 0, h.rng.IntN(9))
		}
		return "time"
	}
}

func (h *history) model() *model.Compiled { return h.models[int(h.version)%len(h.models)] }

func (h *history) append(t *testing.T, batch []usage.Event, what string) string {
	t.Helper()
	if _, err := h.events.Append(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for _, e := range batch {
		if !slices.ContainsFunc(h.sent, func(s usage.Event) bool { return s.MessageID == e.MessageID }) {
			h.expect[e.Account] = true
		}
	}
	h.sent = append(h.sent, batch...)
	return what
}

// TestIncrementalEqualsFresh lets an engine follow random histories, with late and
// duplicate events, facts, moved and new accounts, erasures, changes of the model
// and the passing of time, and after each step compares all that it says, of the
// live instant and of a past one, with what a new engine computes from scratch.
func TestIncrementalEqualsFresh(t *testing.T) {
	steps := 12
	if testing.Short() {
		steps = 5
	}
	for seed := range uint64(6) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			ctx := t.Context()
			h := &history{house: build(t, 12), rng: rand.New(rand.NewPCG(seed, 1)), clock: &handClock{end}, version: 1}
			if seed%2 == 1 {
				// The engine that Kept runs on hands out what is new.
				duck, err := duckstore.Open(ctx, filepath.Join(t.TempDir(), "events"), duckstore.Options{Clock: h.clock})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = duck.Close() })
				copyEvents(t, h.events, duck)
				h.events = duck
			}
			h.models = []*model.Compiled{defaultModel(t), family(t, false), family(t, true)}
			h.engine = h.fresh(t)
			if _, err := h.engine.At(ctx, time.Time{}); err != nil {
				t.Fatal(err)
			}
			past := end.AddDate(0, 0, -45)
			var trail []string
			for range steps {
				before := h.engine.Stats().Generation
				trail = append(trail, h.step(t))
				if _, err := h.engine.Refresh(ctx); err != nil {
					t.Fatal(err)
				}
				h.checkChanges(t, before, trail)
				fresh := h.fresh(t)
				for _, asOf := range []time.Time{{}, past} {
					same(t, fmt.Sprint(trail), at(t, fresh, asOf), at(t, h.engine, asOf))
				}
			}
		})
	}
}

// checkChanges asks what changed since a generation.
func (h *history) checkChanges(t *testing.T, before int64, trail []string) {
	t.Helper()
	if h.engine.Stats().Generation == before {
		return
	}
	c, err := h.engine.Changes(t.Context(), before)
	if err != nil || c.Generation != h.engine.Stats().Generation {
		t.Fatalf("%v: Changes = %+v, %v", trail, c, err)
	}
	for a := range h.expect {
		if !c.All && !slices.Contains(c.Accounts, a) {
			t.Errorf("%v: Changes leaves out %s", trail, a)
		}
	}
}

func (h *history) fresh(t *testing.T) *evaluate.Engine {
	t.Helper()
	e := evaluate.New(evaluate.Options{Records: h.records, Events: h.events, Overrides: h.overrides, Clock: h.clock})
	e.SetModel(h.version, h.model())
	if _, err := e.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// same compares two snapshots to the last bit.
func same(t *testing.T, where string, want, got *evaluate.Snapshot) {
	t.Helper()
	if !want.AsOf.Equal(got.AsOf) || len(want.Rows) != len(got.Rows) {
		t.Fatalf("%s: %d accounts as of %s, want %d as of %s", where, len(got.Rows), got.AsOf, len(want.Rows), want.AsOf)
	}
	equal := func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b }
	for i := range want.Rows {
		w := &want.Rows[i]
		k, ok := got.Find(w.Account.ID)
		if !ok {
			t.Fatalf("%s: %s is missing", where, w.Account.ID)
		}
		g := &got.Rows[k]
		if !equal(w.Score, g.Score) || !equal(w.Computed, g.Computed) || !equal(w.Coverage, g.Coverage) || !equal(w.Delta30, g.Delta30) || !equal(w.Delta90, g.Delta90) ||
			w.Band != g.Band || w.Segment != g.Segment || w.Scorecard != g.Scorecard || w.Status != g.Status || w.ARR != g.ARR || w.Account.ParentID != g.Account.ParentID || w.Stale != g.Stale {
			t.Fatalf("%s: %s is %+v, want %+v", where, w.Account.ID, *g, *w)
		}
		for _, name := range want.Metrics {
			if a, b := want.Metric(name)[i], got.Metric(name)[k]; !equal(a, b) {
				t.Fatalf("%s: %s of %s is %v, want %v", where, name, w.Account.ID, b, a)
			}
		}
		if a, b := want.Weekly(i), got.Weekly(k); !slices.EqualFunc(a, b, equal) {
			t.Fatalf("%s: the weeks of %s are %v, want %v", where, w.Account.ID, b, a)
		}
	}
}

// family is a model in which an account's score takes in those of its children,
// and a metric theirs; with peers, another one places accounts among each other.
func family(t *testing.T, peers bool) *model.Compiled {
	t.Helper()
	m := *defaultModel(t).Model
	m.Metrics = append(slices.Clone(m.Metrics), metric.Definition{Name: "logins_of_group", Kind: metric.Rollup, Of: "logins_28d", From: metric.FromChildren, Take: metric.TakeSum})
	if peers {
		m.Metrics = append(m.Metrics, metric.Definition{Name: "logins_among_peers", Kind: metric.Peer, Of: "logins_28d", As: metric.AsPercentile})
	}
	m.Scorecards = slices.Clone(m.Scorecards)
	for i := range m.Scorecards {
		m.Scorecards[i].Hierarchy = &health.Rolling{Rule: health.MeanWithParent}
	}
	c, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// copyEvents appends all events of one store to another.
func copyEvents(t *testing.T, from, to usage.Store) {
	t.Helper()
	cursor := ""
	for {
		page, err := from.List(context.Background(), usage.ListQuery{Limit: 1000, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Append(t.Context(), page.Events); err != nil {
			t.Fatal(err)
		}
		if cursor = page.Next; cursor == "" {
			return
		}
	}
}
