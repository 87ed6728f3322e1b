package usagetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/usage"
)

func listExamples() []Example {
	return []Example{
		{"list filters", listFilters},
		{"list pages through ties", listPages},
		{"list pages while events arrive", listPagesMoving},
		{"list refuses bad queries", listBad},
		{"names and bounds", namesAndBounds},
	}
}

func listFilters(t TB, s usage.Store) {
	put(t, s,
		event("1", "login", noon),
		event("2", "login", noon.Add(-time.Hour), of(globex), by("app:bob"), on("")),
		event("3", "export", noon.Add(-2*time.Hour), of(""), by("app:cat"), knownAt(noon.Add(day))),
		event("4", "export", noon.Add(-3*time.Hour), on("extra")),
	)
	yes, no := true, false
	for _, c := range []struct {
		what string
		q    usage.ListQuery
		want []string
	}{
		{"all", usage.ListQuery{}, []string{"1", "2", "3", "4"}},
		{"account", usage.ListQuery{Account: acme}, []string{"1", "4"}},
		{"unknown account", usage.ListQuery{Account: umbra}, nil},
		{"product", usage.ListQuery{Product: "core"}, []string{"1", "3"}},
		{"actor", usage.ListQuery{Actor: "app:bob"}, []string{"2"}},
		{"unknown actor", usage.ListQuery{Actor: "app:' OR true --"}, nil},
		{"name", usage.ListQuery{Name: "export"}, []string{"3", "4"}},
		{"name of another kind of word", usage.ListQuery{Name: "core"}, nil},
		{"attributed", usage.ListQuery{Attributed: &yes}, []string{"1", "2", "4"}},
		{"unattributed", usage.ListQuery{Attributed: &no}, []string{"3"}},
		{"from counts", usage.ListQuery{From: noon.Add(-time.Hour)}, []string{"1", "2"}},
		{"from between microseconds", usage.ListQuery{From: noon.Add(-time.Hour + 1)}, []string{"1"}},
		{"to does not count", usage.ListQuery{To: noon.Add(-2 * time.Hour)}, []string{"4"}},
		{"to between microseconds", usage.ListQuery{To: noon.Add(-2*time.Hour + 1)}, []string{"3", "4"}},
		{"empty range", usage.ListQuery{From: noon, To: noon.Add(-day)}, nil},
		{"known by", usage.ListQuery{KnownBy: noon}, []string{"1", "2", "4"}},
		{"known at the instant", usage.ListQuery{KnownBy: noon.Add(day)}, []string{"1", "2", "3", "4"}},
		{"all at once", usage.ListQuery{Account: acme, Name: "login", Product: "core", Actor: "app:ann", Attributed: &yes, From: noon, To: noon.Add(1), KnownBy: noon}, []string{"1"}},
	} {
		page, err := s.List(t.Context(), c.q)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		wantMessages(t, c.what, page.Events, c.want...)
		if page.Total != int64(len(c.want)) || page.Next != "" {
			t.Errorf("%s: total %d, next %q; want %d and none", c.what, page.Total, page.Next, len(c.want))
		}
	}
}

func listPages(t TB, s usage.Store) {
	var batch []usage.Event
	var want []string
	for i := range 25 {
		batch = append(batch, event(fmt.Sprintf("m%02d", i), "x", noon.Add(-time.Duration(i/5)*time.Microsecond)))
		want = append(want, fmt.Sprintf("m%02d", i)) // newest first, ties by id
	}
	slices.Reverse(batch)
	put(t, s, batch...)
	for _, size := range []int{1, 3, 5, 24, 25, 26} {
		var got []string
		q := usage.ListQuery{Limit: size, To: noon.Add(1)}
		for pages := 0; ; pages++ {
			page, err := s.List(t.Context(), q)
			if err != nil {
				t.Fatalf("page size %d: %v", size, err)
			}
			if page.Total != 25 {
				t.Errorf("page size %d: total %d, want 25 on every page", size, page.Total)
			}
			got = append(got, messages(page.Events)...)
			if page.Next == "" {
				break
			}
			if len(page.Events) != size || pages > 25 {
				t.Fatalf("page size %d: a page of %d events that is not the last", size, len(page.Events))
			}
			q.Cursor = page.Next
		}
		if !slices.Equal(got, want) {
			t.Errorf("page size %d: got %q", size, got)
		}
	}
}

func listPagesMoving(t TB, s usage.Store) {
	put(t, s, event("1", "x", noon), event("2", "x", noon.Add(-1*time.Hour)), event("3", "x", noon.Add(-2*time.Hour)))
	page, err := s.List(t.Context(), usage.ListQuery{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, event("0", "x", noon.Add(time.Hour)), event("2b", "x", noon.Add(-90*time.Minute)))
	page, err = s.List(t.Context(), usage.ListQuery{Limit: 2, Cursor: page.Next})
	if err != nil {
		t.Fatal(err)
	}
	wantMessages(t, "second page", page.Events, "2b", "3")
}

func listBad(t TB, s usage.Store) {
	put(t, s, event("1", "x", noon))
	for _, q := range []usage.ListQuery{
		{Limit: -1}, {Limit: 1001}, {Cursor: "x"}, {Cursor: "AAAA"}, {Cursor: "!"}, {Cursor: "__________________8x"},
	} {
		_, err := s.List(t.Context(), q)
		wantInvalid(t, fmt.Sprintf("%+v", q), err)
	}
}

func namesAndBounds(t TB, s usage.Store) {
	put(t, s, event("1", "b", noon), event("2", "a", noon.Add(time.Hour)), event("3", "b", noon.Add(2*time.Hour), of("")))
	names, err := s.Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []usage.NameStat{
		{Name: "a", Count: 1, First: noon.Add(time.Hour), Last: noon.Add(time.Hour)},
		{Name: "b", Count: 2, First: noon, Last: noon.Add(2 * time.Hour)},
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("Names (-want +got):\n%s", diff)
	}
	n, first, last, err := s.Bounds(t.Context())
	if n != 3 || !first.Equal(noon) || !last.Equal(noon.Add(2*time.Hour)) || err != nil {
		t.Errorf("Bounds: %d, %v, %v, %v", n, first, last, err)
	}
}
