package usagetest

import (
	"slices"
	"time"

	"kept/internal/id"
	"kept/internal/usage"
)

func changeExamples() []Example {
	return []Example{
		{"touched follows appends", touchedAppends},
		{"touched follows attribution and erasure", touchedChanges},
		{"attribute gives an actor's events to an account", attribute},
		{"attribute many actors and groups", attributeAll},
		{"merge actors", mergeActors},
		{"move an account's events and give them back", moveEvents},
		{"erase removes an account", erase},
		{"close", closeStore},
	}
}

// touched returns the accounts changed after a mark, checked against want, and
// the new mark.
func touched(t TB, s usage.Store, since int64, want ...id.Account) int64 {
	t.Helper()
	got, mark, err := s.Touched(t.Context(), since)
	if err != nil {
		t.Fatalf("Touched(%d): %v", since, err)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("Touched(%d): got %q, want %q", since, got, want)
	}
	if mark < since {
		t.Errorf("Touched(%d): the mark went back to %d", since, mark)
	}
	return mark
}

func touchedAppends(t TB, s usage.Store) {
	put(t, s, event("1", "x", noon), event("2", "x", noon, of(globex)))
	mark := touched(t, s, 0, acme, globex)
	touched(t, s, mark)
	put(t, s, event("3", "x", noon.Add(-700*day), of(globex))) // late, as it comes
	next := touched(t, s, mark, globex)
	if next <= mark {
		t.Errorf("the mark did not move: %d, then %d", mark, next)
	}
	put(t, s, event("3", "x", noon), event("1", "x", noon)) // only duplicates
	touched(t, s, next)
	put(t, s, event("4", "x", noon, of("")))
	touched(t, s, next)
	touched(t, s, 0, acme, globex)
}

func touchedChanges(t TB, s usage.Store) {
	put(t, s, event("1", "x", noon), event("2", "x", noon, of(""), by("app:bob")))
	mark := touched(t, s, 0, acme)
	if _, err := s.Attribute(t.Context(), "app:bob", umbra); err != nil {
		t.Fatal(err)
	}
	mark = touched(t, s, mark, umbra)
	if _, err := s.Attribute(t.Context(), "app:bob", globex); err != nil {
		t.Fatal(err)
	}
	touched(t, s, mark) // nothing was left to attribute
	if _, err := s.Erase(t.Context(), acme); err != nil {
		t.Fatal(err)
	}
	mark = touched(t, s, mark, acme)
	touched(t, s, 0, umbra)
	put(t, s, event("9", "x", noon))
	touched(t, s, mark, acme)
}

func attribute(t TB, s usage.Store) {
	put(t, s,
		event("1", "x", noon, of(""), by("app:bob")),
		event("2", "x", noon.Add(-day), of(""), by("app:bob")),
		event("3", "x", noon.Add(-2*day), of(""), by("crm:bob")),
		event("4", "x", noon.Add(-3*day), of(globex), by("app:bob")),
		event("5", "x", noon.Add(-4*day), of(""), by("")),
	)
	n, err := s.Attribute(t.Context(), "app:bob", acme)
	if n != 2 || err != nil {
		t.Errorf("Attribute: %d, %v; want 2", n, err)
	}
	wantMessages(t, "acme", all(t, s, usage.ListQuery{Account: acme}), "1", "2")
	wantMessages(t, "globex", all(t, s, usage.ListQuery{Account: globex}), "4")
	no := false
	wantMessages(t, "unattributed", all(t, s, usage.ListQuery{Attributed: &no}), "3", "5")
	if n, err := s.Attribute(t.Context(), "app:nobody", acme); n != 0 || err != nil {
		t.Errorf("Attribute of an unknown actor: %d, %v", n, err)
	}
	_, err = s.Attribute(t.Context(), "", acme)
	wantInvalid(t, "Attribute without an actor", err)
	_, err = s.Attribute(t.Context(), "app:bob", "")
	wantInvalid(t, "Attribute without an account", err)
	wantResult(t, "an attributed event again", put(t, s, event("1", "x", noon, of(""), by("app:bob"))), 0, 1)
	// What comes later from the same actor is not attributed by itself.
	put(t, s, event("6", "x", noon, of(""), by("app:bob")))
	wantMessages(t, "unattributed later", all(t, s, usage.ListQuery{Attributed: &no}), "6", "3", "5")
}

func attributor(t TB, s usage.Store) usage.Attributor {
	t.Helper()
	a, ok := s.(usage.Attributor)
	if !ok {
		t.Fatalf("%T is no usage.Attributor", s)
	}
	return a
}

func inGroup(source string) func(*usage.Event) {
	return func(e *usage.Event) {
		e.Source = source
		e.Properties = map[string]any{usage.GroupProperty: "o'1", "n": 1.0}
	}
}

func attributeAll(t TB, s usage.Store) {
	put(t, s,
		event("1", "x", noon, of(""), by("app:bob"), inGroup("app")),
		event("2", "x", noon.Add(-day), of(""), by("app:eve"), inGroup("app")),
		event("3", "x", noon.Add(-2*day), of(""), by("app:eve"), inGroup("crm")),
		event("4", "x", noon.Add(-3*day), of(globex), by("app:bob"), inGroup("app")),
		event("5", "x", noon.Add(-4*day), of(""), by("")),
	)
	a := attributor(t, s)
	rows, total, err := a.Unattributed(t.Context(), 2)
	if err != nil || total != 3 || len(rows) != 2 || rows[0].Source != "app" || rows[0].Actor != "app:bob" || rows[0].Group != "o'1" || rows[0].Events != 1 || !rows[0].First.Equal(noon) {
		t.Errorf("Unattributed: %+v, %d, %v", rows, total, err)
	}
	mark := touched(t, s, 0, globex)
	n, err := a.AttributeAll(t.Context(), []usage.Attribution{
		{Actor: "app:bob", Account: acme},
		{Actor: "app:bob", Account: umbra},
		{Source: "app", Group: "o'1", Account: globex},
		{Actor: "app:nobody", Account: acme},
		{Source: "none", Group: "o'1", Account: acme},
	})
	if n != 2 || err != nil {
		t.Errorf("AttributeAll: %d, %v; want 2", n, err)
	}
	touched(t, s, mark, acme, globex)
	wantMessages(t, "acme", all(t, s, usage.ListQuery{Account: acme}), "1")
	wantMessages(t, "globex", all(t, s, usage.ListQuery{Account: globex}), "2", "4")
	if n, err := a.AttributeAll(t.Context(), []usage.Attribution{{Actor: "app:bob", Account: umbra}}); n != 0 || err != nil {
		t.Errorf("AttributeAll again: %d, %v", n, err)
	}
	_, err = a.AttributeAll(t.Context(), []usage.Attribution{{Source: "app", Account: acme}})
	wantInvalid(t, "AttributeAll without an actor", err)
	_, err = a.AttributeAll(t.Context(), []usage.Attribution{{Actor: "app:bob"}})
	wantInvalid(t, "AttributeAll without an account", err)
	if rows, total, err = a.Unattributed(t.Context(), 0); err != nil || total != 1 || len(rows) != 1 || rows[0].Source != "crm" {
		t.Errorf("Unattributed in the end: %+v, %d, %v", rows, total, err)
	}
}

func mergeActors(t TB, s usage.Store) {
	put(t, s,
		event("1", "x", noon, by("app:anon:1")), event("2", "x", noon.Add(-day), of(""), by("app:anon:1")),
		event("3", "x", noon.Add(-2*day), of(globex), by("app:bob")),
	)
	mark := touched(t, s, 0, acme, globex)
	a := attributor(t, s)
	n, err := a.MergeActors(t.Context(), []usage.Merge{{From: "app:anon:1", To: "app:tmp"}, {From: "app:tmp", To: "app:bob"}, {From: "app:none", To: "app:bob"}, {From: "app:bob", To: "app:bob"}})
	if n != 4 || err != nil {
		t.Errorf("MergeActors: %d, %v; want 4", n, err)
	}
	touched(t, s, mark, acme)
	wantMessages(t, "bob", all(t, s, usage.ListQuery{Actor: "app:bob"}), "1", "2", "3")
	wantMessages(t, "nobody", all(t, s, usage.ListQuery{Actor: "app:anon:1"}))
	_, err = a.MergeActors(t.Context(), []usage.Merge{{From: "", To: "app:bob"}})
	wantInvalid(t, "MergeActors of nobody", err)
}

func erase(t TB, s usage.Store) {
	put(t, s,
		event("1", "x", noon), event("2", "y", noon.Add(-day), by("app:only")),
		event("3", "x", noon, of(globex)), event("4", "x", noon, of(""), by("app:bob")),
	)
	n, err := s.Erase(t.Context(), acme)
	if n != 2 || err != nil {
		t.Errorf("Erase: %d, %v; want 2", n, err)
	}
	wantMessages(t, "after Erase", all(t, s, usage.ListQuery{}), "3", "4")
	if n, err := s.Erase(t.Context(), acme); n != 0 || err != nil {
		t.Errorf("Erase again: %d, %v; want 0", n, err)
	}
	if n, err := s.Erase(t.Context(), umbra); n != 0 || err != nil {
		t.Errorf("Erase of an unknown account: %d, %v; want 0", n, err)
	}
	_, err = s.Erase(t.Context(), "")
	wantInvalid(t, "Erase of no account", err)
	// The ids are forgotten, and the actor's name can come back.
	wantResult(t, "erased events again", put(t, s, event("2", "y", noon, by("app:only")), event("3", "x", noon)), 1, 1)
	got := all(t, s, usage.ListQuery{Actor: "app:only"})
	wantMessages(t, "the actor again", got, "2")
}

func closeStore(t TB, s usage.Store) {
	put(t, s, event("1", "x", noon))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if _, err := s.Append(t.Context(), []usage.Event{event("2", "x", noon)}); err == nil {
		t.Errorf("Append after Close succeeded")
	}
	if _, err := s.List(t.Context(), usage.ListQuery{To: noon.Add(time.Hour)}); err == nil {
		t.Errorf("List after Close succeeded")
	}
}
