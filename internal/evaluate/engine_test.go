package evaluate_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/model"
	"kept/internal/simulate"
	"kept/internal/sqlstore"
	"kept/internal/usage"
)

var end = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// overrides holds manual decisions in memory.
type overrides []evaluate.AccountOverride

func (o *overrides) HealthOverrides(_ context.Context, ids []id.Account) ([]evaluate.AccountOverride, error) {
	var out []evaluate.AccountOverride
	for _, row := range *o {
		if slices.Contains(ids, row.Account) {
			out = append(out, row)
		}
	}
	return out, nil
}

type house struct {
	records   *sqlstore.Store
	events    usage.Store
	overrides *overrides
	company   *simulate.Company
	engine    *evaluate.Engine
}

func defaultModel(t testing.TB) *model.Compiled {
	t.Helper()
	const dir = "../../examples/default/model"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []model.File
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, model.File{Path: entry.Name(), Data: data})
	}
	m, err := model.Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func build(t testing.TB, accounts int) *house {
	t.Helper()
	return buildMonths(t, accounts, 14)
}

// buildMonths loads a sample company with a history of some months.
func buildMonths(t testing.TB, accounts, months int) *house {
	t.Helper()
	return buildSeed(t, accounts, months, 7)
}

func buildSeed(t testing.TB, accounts, months int, seed uint64) *house {
	t.Helper()
	ctx := t.Context()
	h := &house{overrides: &overrides{}, events: usage.NewMemoryStore()}
	var err error
	h.records, err = sqlstore.Open(ctx, filepath.Join(t.TempDir(), "kept.db"), clock.Fixed(end))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.records.Close() })
	if _, err := h.records.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	h.company, err = simulate.New(simulate.Config{Seed: seed, Accounts: accounts, Months: months, End: end, EventsTarget: int64(accounts) * 300})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.company.Load(ctx, h.records, h.events, nil); err != nil {
		t.Fatal(err)
	}
	h.engine = evaluate.New(evaluate.Options{Records: h.records, Events: h.events, Overrides: h.overrides, Clock: clock.Fixed(end)})
	h.engine.SetModel(1, defaultModel(t))
	if _, err := h.engine.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestNotReady(t *testing.T) {
	e := evaluate.New(evaluate.Options{Clock: clock.Fixed(end)})
	if _, err := e.At(t.Context(), end); !fault.Is(err, fault.Unavailable) {
		t.Errorf("At before loading = %v, want unavailable", err)
	}
}

func TestSnapshot(t *testing.T) {
	h := build(t, 60)
	ctx := t.Context()
	snap, err := h.engine.At(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if !snap.AsOf.Equal(end) {
		t.Errorf("live as of %s, want %s", snap.AsOf, end)
	}
	scored, inBand := 0, map[string]int{}
	for i := range snap.Rows {
		r := &snap.Rows[i]
		if r.Account.Since.After(end) {
			t.Errorf("%s exists before its start", r.Account.Name)
		}
		if !r.HasScore() {
			continue
		}
		scored++
		inBand[r.Band]++
		// The row, the opened-up health and the contributions must agree.
		one, err := h.engine.Health(ctx, r.Account.ID, end)
		if err != nil {
			t.Fatal(err)
		}
		if *one.Result.Score != r.Score || one.Result.Band != r.Band || one.Row.Segment != r.Segment {
			t.Errorf("%s: list says %v %s, account says %v %s", r.Account.Name, r.Score, r.Band, *one.Result.Score, one.Result.Band)
		}
		var sum int64
		for _, c := range one.Result.Contributions {
			sum += c.PointsPico
		}
		for _, a := range one.Result.Adjustments {
			sum += a.PointsPico
		}
		if sum != one.Result.ScorePico {
			t.Errorf("%s: contributions add up to %d, the score is %d", r.Account.Name, sum, one.Result.ScorePico)
		}
	}
	if scored < len(snap.Rows)/2 || len(inBand) < 2 {
		t.Errorf("%d of %d accounts have a score, bands %v: the sample says nothing", scored, len(snap.Rows), inBand)
	}
	again, err := h.engine.At(ctx, end)
	if err != nil || again != snap {
		t.Errorf("the same instant is not the same snapshot: %v", err)
	}
}

// TestTrendEqualsThePast checks that deltas and weekly scores of today are the
// differences of evaluations as of those days, computed one by one.
func TestTrendEqualsThePast(t *testing.T) {
	h := build(t, 30)
	ctx := t.Context()
	now, err := h.engine.At(ctx, end)
	if err != nil {
		t.Fatal(err)
	}
	then, err := h.engine.At(ctx, end.AddDate(0, 0, -30))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for i := range now.Rows {
		r := &now.Rows[i]
		at, existed := then.Find(r.Account.ID)
		if !existed || !then.Rows[at].HasScore() || !r.HasScore() {
			if !math.IsNaN(r.Delta30) {
				t.Errorf("%s: a change of %v from or to no score", r.Account.Name, r.Delta30)
			}
			continue
		}
		compared++
		if want := r.Score - then.Rows[at].Score; r.Delta30 != want {
			t.Errorf("%s: delta30 = %v, want %v", r.Account.Name, r.Delta30, want)
		}
		points, err := h.engine.Scores(ctx, r.Account.ID, now.WeeklyInstants())
		if err != nil {
			t.Fatal(err)
		}
		weekly := now.Weekly(i)
		offset := len(weekly) - len(points)
		for k, p := range points {
			if p.Score != weekly[offset+k] && !(math.IsNaN(p.Score) && math.IsNaN(weekly[offset+k])) {
				t.Errorf("%s week %d: %v and %v", r.Account.Name, k, p.Score, weekly[offset+k])
			}
		}
	}
	if compared < 10 {
		t.Errorf("only %d accounts were compared", compared)
	}
}

// TestIncremental checks that changes reach the live snapshot and the cached
// weekly scores, and that the result is what a fresh engine computes.
func TestIncremental(t *testing.T) {
	h := build(t, 30)
	ctx := t.Context()
	before, err := h.engine.At(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	row := slices.IndexFunc(before.Rows, func(r evaluate.Row) bool { return r.Active && r.Band == "green" && r.Segment != "digital" })
	if row < 0 {
		t.Fatal("the sample has no green account whose scorecard asks for sentiment")
	}
	account := before.Rows[row].Account.ID
	late := []usage.Event{
		{MessageID: "late-1", At: end.AddDate(0, 0, -40), KnownAt: end.AddDate(0, 0, -40), Account: account, Name: "ticket_escalated"},
		{MessageID: "late-2", At: end.AddDate(0, 0, -3), KnownAt: end.AddDate(0, 0, -3), Account: account, Name: "ticket_escalated"},
	}
	if _, err := h.events.Append(ctx, late); err != nil {
		t.Fatal(err)
	}
	err = h.records.InTx(ctx, func(tx customer.Tx) error {
		_, err := tx.AddFacts(ctx, []customer.Fact{{
			AccountID: account, Key: "manual.csm_sentiment", Value: customer.NumberValue(1),
			ValidFrom: end.AddDate(0, 0, -1), KnownAt: end.AddDate(0, 0, -1), Reason: "sponsor left",
		}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := h.engine.Refresh(ctx)
	if err != nil || !changed {
		t.Fatalf("Refresh = %t, %v", changed, err)
	}
	fresh := evaluate.New(evaluate.Options{Records: h.records, Events: h.events, Overrides: h.overrides, Clock: clock.Fixed(end)})
	fresh.SetModel(1, defaultModel(t))
	if _, err := fresh.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := h.engine.At(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := fresh.At(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if after.Rows[row].Score == before.Rows[row].Score {
		t.Error("two escalations and a red sentiment leave the score as it was")
	}
	for i := range after.Rows {
		at, ok := want.Find(after.Rows[i].Account.ID)
		if !ok {
			t.Fatalf("%s is missing in the fresh engine", after.Rows[i].Account.Name)
		}
		got, exp := after.Weekly(i), want.Weekly(at)
		for k := range got {
			if got[k] != exp[k] && !(math.IsNaN(got[k]) && math.IsNaN(exp[k])) {
				t.Errorf("%s week %d: incremental %v, fresh %v", after.Rows[i].Account.Name, k, got[k], exp[k])
			}
		}
	}
	if changed, err := h.engine.Refresh(ctx); err != nil || changed {
		t.Errorf("a second Refresh = %t, %v: nothing had changed", changed, err)
	}
}

func TestOverrideHoldsUntilItsExpiry(t *testing.T) {
	h := build(t, 20)
	ctx := t.Context()
	snap, err := h.engine.At(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	row := slices.IndexFunc(snap.Rows, func(r evaluate.Row) bool { return r.HasScore() && r.Band != "red" })
	account := snap.Rows[row].Account.ID
	*h.overrides = overrides{{Account: account, Override: health.Override{
		Band: "red", Author: "Ada", Reason: "they told us", CreatedAt: end.AddDate(0, 0, -10), ExpiresAt: end.AddDate(0, 0, -2),
	}}}
	fresh := evaluate.New(evaluate.Options{Records: h.records, Events: h.events, Overrides: h.overrides, Clock: clock.Fixed(end)})
	fresh.SetModel(1, defaultModel(t))
	if _, err := fresh.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	during, err := fresh.Health(ctx, account, end.AddDate(0, 0, -5))
	if err != nil {
		t.Fatal(err)
	}
	if during.Result.Band != "red" || during.Result.Overridden == nil {
		t.Errorf("during the override: band %q, overridden %v", during.Result.Band, during.Result.Overridden)
	}
	now, err := fresh.Health(ctx, account, end)
	if err != nil {
		t.Fatal(err)
	}
	if now.Result.Band != snap.Rows[row].Band || now.Result.Overridden != nil {
		t.Errorf("after the expiry: band %q, want the computed %q", now.Result.Band, snap.Rows[row].Band)
	}
}

func TestFilter(t *testing.T) {
	h := build(t, 40)
	snap, err := h.engine.At(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := snap.Filter("")
	if err != nil || len(all) != len(snap.Rows) {
		t.Fatalf("no filter keeps %d of %d rows, %v", len(all), len(snap.Rows), err)
	}
	got, err := snap.Filter(`band == "red" && arr > 1000 && attr.employees >= 10`)
	if err != nil {
		t.Fatal(err)
	}
	var want []int32
	for i := range snap.Rows {
		r := &snap.Rows[i]
		if r.Band == "red" && r.Active && r.ARR.Major() > 1000 && snap.Attribute(i, "employees").Num >= 10 {
			want = append(want, int32(i))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("filter keeps %v, want %v", got, want)
	}
	for _, bad := range []string{"band ==", "nonsense > 1", `score > "a"`, "1"} {
		if _, err := snap.Filter(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("Filter(%q) = %v, want an invalid-input error", bad, err)
		}
	}
}

func TestPreview(t *testing.T) {
	h := build(t, 40)
	ctx := t.Context()
	same, err := h.engine.Preview(ctx, defaultModel(t), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if same.Rescored != 0 || len(same.Moved) != 0 || same.Accounts == 0 {
		t.Errorf("the model in force moves %d scores of %d accounts", same.Rescored, same.Accounts)
	}
	for _, p := range same.History {
		for band, n := range p.Before {
			if p.After[band] != n {
				t.Errorf("%s: %d in %q before, %d after, under the same model", p.AsOf, n, band, p.After[band])
			}
		}
	}
	harsh := *defaultModel(t).Model
	harsh.Scorecards = slices.Clone(harsh.Scorecards)
	for i := range harsh.Scorecards {
		harsh.Scorecards[i].Bands = []health.Band{{Key: "red", Min: 0}, {Key: "yellow", Min: 98}, {Key: "green", Min: 99}}
	}
	candidate, err := harsh.Compile()
	if err != nil {
		t.Fatal(err)
	}
	impact, err := h.engine.Preview(ctx, candidate, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for _, m := range impact.Moves {
		moved += m.Accounts
	}
	if moved == 0 || moved != len(impact.Moved) {
		t.Errorf("%d accounts in moves, %d listed", moved, len(impact.Moved))
	}
}

func TestUnknownAccountAndTime(t *testing.T) {
	h := build(t, 5)
	ctx := t.Context()
	if _, err := h.engine.Health(ctx, "acc_000000000000000000000000", end); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown account = %v", err)
	}
	account := h.company.Accounts()[0]
	if _, err := h.engine.Health(ctx, account.ID, account.Since.AddDate(0, 0, -1)); !fault.Is(err, fault.NotFound) {
		t.Errorf("an account before its start = %v", err)
	}
	if _, err := h.engine.At(ctx, time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)); !fault.Is(err, fault.Invalid) {
		t.Errorf("the year 3000 = %v", err)
	}
}
