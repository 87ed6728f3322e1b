package usagetest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/usage"
)

func appendExamples() []Example {
	return []Example{
		{"append returns what it was given", roundTrip},
		{"append drops repeats within a batch", repeatsWithin},
		{"append drops repeats of earlier batches", repeatsAcross},
		{"append drops repeats of concurrent batches", repeatsConcurrent},
		{"append refuses bad events whole", badEvents},
		{"append of nothing", appendNothing},
		{"a cancelled append stores nothing", appendCancelled},
	}
}

func roundTrip(t TB, s usage.Store) {
	full := event("m-full", "report exported", noon.Add(123456*time.Microsecond), worth(-0.25), knownAt(noon.Add(time.Hour+time.Microsecond)),
		with(map[string]any{"plan": "pro", "n": 2.5, "ok": true, "none": nil, "nested": map[string]any{"list": []any{"a", 1.0, false}}}))
	bare := usage.Event{MessageID: "m-bare", Name: "x", At: noon, KnownAt: noon}
	zero := event("m-zero", "Ünïcode 'quoted' \"name\"; -- \u2028", noon.Add(-time.Second), worth(0), by("app:o'brien"), on("it's"))
	put(t, s, full, bare, zero)
	want := []usage.Event{full, bare, zero}
	if diff := cmp.Diff(want, all(t, s, usage.ListQuery{})); diff != "" {
		t.Errorf("List after Append (-want +got):\n%s", diff)
	}
	fine := event("m-fine", "x", noon.Add(-time.Hour+999*time.Nanosecond))
	fine.KnownAt = fine.At.In(time.FixedZone("x", 3600))
	put(t, s, fine)
	got := all(t, s, usage.ListQuery{To: noon.Add(-time.Minute)})
	fine.At, fine.KnownAt = noon.Add(-time.Hour), noon.Add(-time.Hour)
	if diff := cmp.Diff([]usage.Event{fine}, got); diff != "" {
		t.Errorf("nanoseconds must be cut off (-want +got):\n%s", diff)
	}
	for _, e := range got {
		if e.At.Location() != time.UTC || e.KnownAt.Location() != time.UTC {
			t.Errorf("times must come back in UTC, got %v and %v", e.At, e.KnownAt)
		}
	}
}

func wantResult(t TB, what string, got usage.AppendResult, stored, duplicates int) {
	t.Helper()
	if want := (usage.AppendResult{Stored: stored, Duplicates: duplicates}); got != want {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

func repeatsWithin(t TB, s usage.Store) {
	res := put(t, s, event("a", "first", noon), event("b", "first", noon), event("a", "second", noon.Add(-400*day)))
	wantResult(t, "batch with a repeat", res, 2, 1)
	got := all(t, s, usage.ListQuery{})
	wantMessages(t, "stored", got, "a", "b")
	if len(got) > 0 && got[0].Name != "first" {
		t.Errorf("of two events with one id, the first of the batch counts, got %q", got[0].Name)
	}
}

func repeatsAcross(t TB, s usage.Store) {
	wantResult(t, "first", put(t, s, event("a", "x", noon), event("b", "x", noon)), 2, 0)
	wantResult(t, "retry", put(t, s, event("a", "x", noon), event("b", "x", noon)), 0, 2)
	wantResult(t, "partly new", put(t, s, event("b", "x", noon), event("c", "x", noon)), 1, 1)
	// The same id with another time, name and account is still the same message.
	wantResult(t, "another time", put(t, s, event("a", "y", noon.Add(300*day), of(globex)), event("d", "x", noon)), 1, 1)
	wantResult(t, "far earlier", put(t, s, event("b", "y", time.Unix(1, 0))), 0, 1)
	wantMessages(t, "stored", all(t, s, usage.ListQuery{}), "a", "b", "c", "d")
}

func repeatsConcurrent(t TB, s usage.Store) {
	const writers, each = 4, 50
	var wg sync.WaitGroup
	results := make([]usage.AppendResult, writers)
	errs := make([]error, writers)
	for w := range writers {
		wg.Go(func() {
			for k := range 5 {
				var batch []usage.Event
				for i := range each {
					batch = append(batch, event(fmt.Sprintf("m%d-%d", k, i), "x", noon.Add(time.Duration(w)*time.Hour)))
				}
				res, err := s.Append(t.Context(), batch)
				results[w].Stored += res.Stored
				results[w].Duplicates += res.Duplicates
				if err != nil {
					errs[w] = err
				}
			}
		})
	}
	wg.Wait()
	total := usage.AppendResult{}
	for w := range writers {
		if errs[w] != nil {
			t.Errorf("writer %d: %v", w, errs[w])
		}
		total.Stored += results[w].Stored
		total.Duplicates += results[w].Duplicates
	}
	wantResult(t, "sum over the writers", total, 5*each, (writers-1)*5*each)
	if n, _, _, err := s.Bounds(t.Context()); err != nil || n != 5*each {
		t.Errorf("Bounds: %d events, %v; want %d", n, err, 5*each)
	}
}

func badEvents(t TB, s usage.Store) {
	deep := any("x")
	for range 40 {
		deep = []any{deep}
	}
	bad := map[string]usage.Event{
		"no id":               event("", "x", noon),
		"long id":             event(strings.Repeat("m", 256), "x", noon),
		"no name":             event("a", "", noon),
		"long name":           event("a", strings.Repeat("n", 201), noon),
		"broken UTF-8":        event("a", "x\xff", noon),
		"NUL":                 event("a\x00", "x", noon),
		"no time":             event("a", "x", time.Time{}, knownAt(noon)),
		"before 1970":         event("a", "x", time.Unix(-1, 0)),
		"after 2105":          event("a", "x", time.Date(2106, 1, 1, 0, 0, 0, 0, time.UTC)),
		"no known-at":         event("a", "x", noon, knownAt(time.Time{})),
		"NaN":                 event("a", "x", noon, worth(math.NaN())),
		"infinite":            event("a", "x", noon, worth(math.Inf(-1))),
		"integer property":    event("a", "x", noon, with(map[string]any{"n": 1})),
		"NaN property":        event("a", "x", noon, with(map[string]any{"n": math.NaN()})),
		"deep property":       event("a", "x", noon, with(map[string]any{"n": deep})),
		"broken property":     event("a", "x", noon, with(map[string]any{"n": "\xff"})),
		"too many properties": event("a", "x", noon, with(map[string]any{"n": strings.Repeat("x", 64<<10)})),
	}
	for what, e := range bad {
		_, err := s.Append(t.Context(), []usage.Event{event("good", "x", noon), e})
		wantInvalid(t, what, err)
	}
	wantMessages(t, "after refused batches", all(t, s, usage.ListQuery{}))
	wantResult(t, "the good event later", put(t, s, event("good", "x", noon)), 1, 0)
}

func appendNothing(t TB, s usage.Store) {
	wantResult(t, "nil", put(t, s), 0, 0)
	n, first, last, err := s.Bounds(t.Context())
	if n != 0 || !first.IsZero() || !last.IsZero() || err != nil {
		t.Errorf("Bounds of an empty store: %d, %v, %v, %v", n, first, last, err)
	}
	if accounts, mark, err := s.Touched(t.Context(), 0); len(accounts) != 0 || mark != 0 || err != nil {
		t.Errorf("Touched of an empty store: %v, %d, %v", accounts, mark, err)
	}
	names, err := s.Names(t.Context())
	if len(names) != 0 || err != nil {
		t.Errorf("Names of an empty store: %v, %v", names, err)
	}
}

func appendCancelled(t TB, s usage.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Append(ctx, []usage.Event{event("a", "x", noon)}); err == nil {
		t.Errorf("Append with a cancelled context succeeded")
	}
	wantResult(t, "again", put(t, s, event("a", "x", noon)), 1, 0)
}
