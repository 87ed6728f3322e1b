package duckstore_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
)

func record(account id.Account, asOf time.Time, edit func(*evaluate.Record)) evaluate.Record {
	r := evaluate.Record{
		Account: account, AsOf: asOf, RecordedAt: asOf.Add(time.Minute), Origin: evaluate.Scheduled, ModelVersion: 1,
		Scorecard: "default", Segment: "enter'prise", Score: 71.25, Band: "good", Coverage: 0.9, ARRMinor: 1_200_000,
		Detail: []byte(`{"score":71.25}`),
	}
	if edit != nil {
		edit(&r)
	}
	return r
}

func TestHistory(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	day := 24 * time.Hour
	rows := []evaluate.Record{
		record(globex, start, nil),
		record(acme, start.Add(day), func(r *evaluate.Record) { r.Score = math.NaN(); r.Band = ""; r.Detail = []byte{0, 1, 0xff} }),
		record(acme, start, nil),
		record(acme, start, func(r *evaluate.Record) { r.Score = 1 }), // a repeat within the batch
		record(acme, start, func(r *evaluate.Record) { r.Origin = evaluate.Backfill; r.RecordedAt = start.Add(9 * day) }),
		record(acme, start, func(r *evaluate.Record) { r.ModelVersion = 2; r.RecordedAt = start.Add(3 * day) }),
	}
	if n := must[int](t)(s.Record(t.Context(), rows)); n != 5 {
		t.Errorf("Record: %d, want 5", n)
	}
	if n := must[int](t)(s.Record(t.Context(), rows[:2])); n != 0 {
		t.Errorf("Record again: %d, want 0", n)
	}
	if n := must[int](t)(s.Record(t.Context(), nil)); n != 0 {
		t.Errorf("Record of nothing: %d", n)
	}
	all := []evaluate.Record{rows[2], rows[5], rows[4], rows[1], rows[0]}
	if acme > globex {
		all = []evaluate.Record{rows[0], rows[2], rows[5], rows[4], rows[1]}
	}
	check := func(what string, q evaluate.HistoryQuery, want []evaluate.Record) {
		t.Helper()
		if !q.WithDetail {
			want = append([]evaluate.Record{}, want...)
			for i := range want {
				want[i].Detail = nil
			}
		}
		got := must[[]evaluate.Record](t)(s.Records(t.Context(), q))
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("all", evaluate.HistoryQuery{WithDetail: true}, all)
	check("one account", evaluate.HistoryQuery{Accounts: []id.Account{globex, "nobody' --"}}, rows[:1])
	check("from and to count", evaluate.HistoryQuery{From: start.Add(day), To: start.Add(day)}, rows[1:2])
	check("before", evaluate.HistoryQuery{To: start.Add(-1)}, []evaluate.Record{})
	instants := must[[]time.Time](t)(s.RecordedInstants(t.Context()))
	if diff := cmp.Diff([]time.Time{start, start.Add(day)}, instants); diff != "" {
		t.Errorf("RecordedInstants (-want +got):\n%s", diff)
	}
	for what, edit := range map[string]func(*evaluate.Record){
		"no account": func(r *evaluate.Record) { r.Account = "" },
		"no instant": func(r *evaluate.Record) { r.AsOf = time.Time{} },
		"origin":     func(r *evaluate.Record) { r.Origin = "guess" },
	} {
		_, err := s.Record(t.Context(), []evaluate.Record{record(acme, start.Add(5*day), nil), record(acme, start.Add(5*day), edit)})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("Record with %s: %v, want Invalid", what, err)
		}
	}
	must[int64](t)(s.Erase(t.Context(), acme))
	check("after erasing", evaluate.HistoryQuery{WithDetail: true}, rows[:1])
}
