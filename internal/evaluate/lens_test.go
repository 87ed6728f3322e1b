package evaluate_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/usage"
)

// text is a snapshot written out to the last bit.
func text(s *evaluate.Snapshot) string {
	var b bytes.Buffer
	for i := range s.Rows {
		r := &s.Rows[i]
		fmt.Fprintf(&b, "%s %x %x %s %s %s %d %x %x\n", r.Account.ID, math.Float64bits(r.Score), math.Float64bits(r.Coverage), r.Band, r.Segment, r.Status,
			r.ARR.Minor, math.Float64bits(r.Delta30), math.Float64bits(r.Delta90))
		for _, m := range s.Metrics {
			fmt.Fprintf(&b, "%x ", math.Float64bits(s.Metric(m)[i]))
		}
	}
	return b.String()
}

// late adds, today, a fact, an event and a revision that hold since before an
// old day.
func late(t *testing.T, h *house, account id.Account, old time.Time) {
	t.Helper()
	ctx := t.Context()
	_, err := h.events.Append(ctx, []usage.Event{{MessageID: "late", At: old.AddDate(0, 0, -3), KnownAt: end.Add(-time.Hour), Account: account, Name: "ticket_escalated"}})
	if err != nil {
		t.Fatal(err)
	}
	err = h.records.InTx(ctx, func(tx customer.Tx) error {
		_, err := tx.AddFacts(ctx, []customer.Fact{{
			AccountID: account, Key: "manual.csm_sentiment", Value: customer.NumberValue(1),
			ValidFrom: old.AddDate(0, 0, -1), KnownAt: end.Add(-time.Hour), Reason: "learned late",
		}})
		if err != nil {
			return err
		}
		subs, err := tx.Subscriptions(ctx, customer.Filter{Accounts: []id.Account{account}, Page: customer.Page{Limit: customer.Everything}})
		if err != nil {
			return err
		}
		for i := range subs {
			if r, ok := subs[i].At(old); ok && r.InForce(old) {
				r.ARR.Minor *= 2
				r.KnownAt = end.Add(-time.Hour)
				subs[i].Revisions = []customer.Revision{r}
				_, err = tx.PutSubscriptions(ctx, subs[i:i+1])
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheOldDayStays: what becomes known later changes no past evaluation to the
// last bit, but for those that ask for it, and these say what was corrected.
func TestTheOldDayStays(t *testing.T) {
	h := build(t, 30)
	ctx := t.Context()
	old := end.AddDate(0, 0, -45)
	before := at(t, h.engine, old)
	row := -1
	for i := range before.Rows {
		if r := &before.Rows[i]; r.Active && r.HasScore() && r.Scorecard == "default" && r.Band != "red" {
			row = i
			break
		}
	}
	if row < 0 {
		t.Fatal("no active account was better than red")
	}
	account := before.Rows[row].Account.ID
	want := text(before)
	corrected := h.engine.Through(evaluate.Lens{Known: evaluate.AsCorrected})
	if got := text(at(t, corrected, old)); got != want {
		t.Error("nothing was corrected, and the corrected past is another one")
	}
	late(t, h, account, old)
	refresh(t, h.engine)
	fresh := evaluate.New(evaluate.Options{Records: h.records, Events: h.events, Overrides: h.overrides, Clock: clock.Fixed(end)})
	fresh.SetModel(1, defaultModel(t))
	refresh(t, fresh)
	for name, e := range map[string]*evaluate.Engine{"the same engine": h.engine, "a fresh engine": fresh} {
		if got := text(at(t, e, old)); got != want {
			t.Errorf("%s: the old day changed", name)
		}
		now := at(t, e.Through(evaluate.Lens{Known: evaluate.AsCorrected}), old)
		i, _ := now.Find(account)
		if r := &now.Rows[i]; r.Band != "red" || r.ARR.Minor <= before.Rows[row].ARR.Minor {
			t.Errorf("%s: as corrected %s with %d, want red with more than %d", name, r.Band, r.ARR.Minor, before.Rows[row].ARR.Minor)
		}
		for i := range now.Rows {
			if now.Rows[i].Account.ID != account && now.Rows[i].Score != before.Rows[i].Score && before.Rows[i].HasScore() {
				t.Errorf("%s: %s changed, about which nothing was learned", name, now.Rows[i].Account.Name)
			}
		}
		found, err := e.Corrections(account, old)
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[evaluate.CorrectionKind]evaluate.Correction{}
		for _, c := range found {
			kinds[c.Kind] = c
		}
		if len(found) != 3 || kinds[evaluate.CorrectedEvents].Key != "ticket_escalated" || kinds[evaluate.CorrectedFact].Now != "1" || kinds[evaluate.CorrectedSubscription].Count != 1 {
			t.Errorf("%s: corrections %+v", name, found)
		}
		total, err := e.CorrectionTotal(old)
		if err != nil || total != (evaluate.CorrectionTotal{Accounts: 1, Facts: 1, Revisions: 1, Events: 1}) {
			t.Errorf("%s: in all %+v, %v", name, total, err)
		}
	}
	// After the instant at which it was learned it counts, whatever the lens.
	a, b := at(t, h.engine, end), at(t, corrected, end)
	for i := range a.Rows {
		if a.Rows[i].Score != b.Rows[i].Score && a.Rows[i].HasScore() {
			t.Errorf("%s: today differs as corrected", a.Rows[i].Account.Name)
		}
	}
	if _, err := h.engine.Through(evaluate.Lens{Known: "then"}).At(ctx, old); err == nil {
		t.Error("an unknown lens is accepted")
	}
}

// TestModelOfThen evaluates an old day under the model that was in force.
func TestModelOfThen(t *testing.T) {
	h := build(t, 20)
	old := end.AddDate(0, 0, -45)
	want := text(at(t, h.engine, old))
	harsh := *defaultModel(t).Model
	harsh.Scorecards = append([]health.Scorecard{}, harsh.Scorecards...)
	for i := range harsh.Scorecards {
		harsh.Scorecards[i].Bands = []health.Band{{Key: "red"}, {Key: "green", Min: 99}}
	}
	now, err := harsh.Compile()
	if err != nil {
		t.Fatal(err)
	}
	h.engine.SetModel(2, now)
	if text(at(t, h.engine, old)) == want {
		t.Error("another model gives the same bands")
	}
	then := h.engine.Through(evaluate.Lens{Version: 1, Model: defaultModel(t)})
	s := at(t, then, old)
	if text(s) != want || s.ModelVersion != 1 {
		t.Errorf("version %d: the model of then gives another past", s.ModelVersion)
	}
	if v, _ := then.Model(); v != 1 {
		t.Errorf("the lens has version %d", v)
	}
}

func at(t *testing.T, e *evaluate.Engine, asOf time.Time) *evaluate.Snapshot {
	t.Helper()
	s, err := e.At(t.Context(), asOf)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// memory keeps records in memory, as the store does: a repetition is left out.
type memory struct{ rows []evaluate.Record }

func (m *memory) Record(_ context.Context, rows []evaluate.Record) (int, error) {
	n := 0
	for _, r := range rows {
		if !m.has(&r) {
			m.rows = append(m.rows, r)
			n++
		}
	}
	return n, nil
}

func (m *memory) has(r *evaluate.Record) bool {
	for i := range m.rows {
		if o := &m.rows[i]; o.Account == r.Account && o.AsOf.Equal(r.AsOf) && o.ModelVersion == r.ModelVersion && o.Origin == r.Origin {
			return true
		}
	}
	return false
}

func (m *memory) Records(_ context.Context, q evaluate.HistoryQuery) ([]evaluate.Record, error) {
	var out []evaluate.Record
	for _, r := range m.rows {
		if !r.AsOf.Before(q.From) && !r.AsOf.After(q.To) {
			out = append(out, r)
		}
	}
	return out, nil
}

func (m *memory) RecordedInstants(context.Context) ([]time.Time, error) { return nil, nil }

// TestRecordedHistoryStays: a preview and a new model re-draw what is recomputed
// and leave alone what was recorded; both stand side by side.
func TestRecordedHistoryStays(t *testing.T) {
	h := build(t, 25)
	ctx := t.Context()
	store := &memory{}
	engine := evaluate.New(evaluate.Options{Records: h.records, Events: h.events, Overrides: h.overrides, History: store, Clock: clock.Fixed(end)})
	engine.SetModel(1, defaultModel(t))
	refresh(t, engine)
	monday := time.Date(2026, 5, 25, 0, 0, 0, 0, time.UTC)
	if _, err := engine.RecordEvaluations(ctx, []time.Time{monday}, evaluate.Scheduled, nil); err != nil {
		t.Fatal(err)
	}
	recorded := append([]evaluate.Record{}, store.rows...)
	harsh := *defaultModel(t).Model
	harsh.Scorecards = append([]health.Scorecard{}, harsh.Scorecards...)
	for i := range harsh.Scorecards {
		harsh.Scorecards[i].Bands = []health.Band{{Key: "red"}, {Key: "yellow", Min: 98}, {Key: "green", Min: 99}}
	}
	candidate, err := harsh.Compile()
	if err != nil {
		t.Fatal(err)
	}
	impact, err := engine.Impact(ctx, candidate, time.Time{}, evaluate.ImpactWeeks)
	if err != nil {
		t.Fatal(err)
	}
	if len(impact.History) != evaluate.ImpactWeeks || impact.ARRMoved.Minor <= 0 {
		t.Errorf("%d weeks, %d moved", len(impact.History), impact.ARRMoved.Minor)
	}
	for _, p := range impact.History {
		switch {
		case p.AsOf.Equal(monday):
			if p.Recorded == nil || fmt.Sprint(p.Recorded) != fmt.Sprint(p.Before) || fmt.Sprint(p.Recorded) == fmt.Sprint(p.After) {
				t.Errorf("recorded %v, before %v, after %v", p.Recorded, p.Before, p.After)
			}
		case p.Recorded != nil:
			t.Errorf("%s: nothing was recorded, and %v", p.AsOf, p.Recorded)
		}
	}
	engine.SetModel(2, candidate)
	late(t, h, live(t, engine).Rows[0].Account.ID, monday)
	refresh(t, engine)
	again, err := engine.Impact(ctx, candidate, time.Time{}, evaluate.ImpactWeeks)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range again.History {
		if fmt.Sprint(p.Recorded) != fmt.Sprint(impact.History[i].Recorded) {
			t.Errorf("%s: recorded %v is now %v", p.AsOf, impact.History[i].Recorded, p.Recorded)
		}
	}
	if fmt.Sprint(store.rows) != fmt.Sprint(recorded) {
		t.Error("recorded rows changed")
	}
}
