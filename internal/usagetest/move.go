package usagetest

import (
	"kept/internal/usage"
)

func moveEvents(t TB, s usage.Store) {
	m, ok := s.(usage.Mover)
	if !ok {
		t.Fatalf("%T cannot move events", s)
	}
	put(t, s,
		event("1", "x", noon),
		event("2", "x", noon.Add(-day), sent("crm")),
		event("3", "x", noon.Add(-2*day), of(globex)),
		event("4", "x", noon.Add(-3*day), of(""), by("app:bob")),
	)
	mark := touched(t, s, 0, acme, globex)
	all1 := usage.Move{ID: "mrg_1", From: acme, To: globex}
	do := func(name string, fn func() (int64, error), want int64) {
		t.Helper()
		if n, err := fn(); n != want || err != nil {
			t.Errorf("%s: %d, %v; want %d", name, n, err, want)
		}
	}
	move := func(m1 usage.Move) func() (int64, error) {
		return func() (int64, error) { return m.MoveEvents(t.Context(), m1) }
	}
	undo := func(m1 usage.Move) func() (int64, error) {
		return func() (int64, error) { return m.UndoMove(t.Context(), m1) }
	}
	do("move", move(all1), 2)
	mark = touched(t, s, mark, acme, globex)
	wantMessages(t, "acme after the move", all(t, s, usage.ListQuery{Account: acme}))
	wantMessages(t, "globex after the move", all(t, s, usage.ListQuery{Account: globex}), "1", "2", "3")
	do("the same move again", move(all1), 0)
	touched(t, s, mark)
	put(t, s, event("5", "x", noon.Add(-4*day))) // it was on its way
	do("what came since", move(all1), 1)
	put(t, s, event("6", "x", noon.Add(-5*day), of(globex)))
	mark = touched(t, s, mark, acme, globex)
	do("undo", undo(all1), 3)
	touched(t, s, mark, acme, globex)
	wantMessages(t, "acme after the undo", all(t, s, usage.ListQuery{Account: acme}), "1", "2", "5")
	wantMessages(t, "globex after the undo", all(t, s, usage.ListQuery{Account: globex}), "3", "6")
	do("undo twice", undo(all1), 0)
	do("undo of what never was", undo(usage.Move{ID: "mrg_x", From: acme, To: umbra}), 0)
	one := usage.Move{ID: "mrg_2", From: acme, To: umbra, Source: "crm"}
	do("one source", move(one), 1)
	wantMessages(t, "umbra", all(t, s, usage.ListQuery{Account: umbra}), "2")
	do("one source back", undo(one), 1)
	wantMessages(t, "acme with all again", all(t, s, usage.ListQuery{Account: acme}), "1", "2", "5")
	for _, bad := range []usage.Move{{From: acme, To: globex}, {ID: "m", To: globex}, {ID: "m", From: acme}, {ID: "m", From: acme, To: acme}} {
		_, err := m.MoveEvents(t.Context(), bad)
		wantInvalid(t, "a bad move", err)
		_, err = m.UndoMove(t.Context(), bad)
		wantInvalid(t, "a bad undo", err)
	}
}

func sent(source string) func(*usage.Event) { return func(e *usage.Event) { e.Source = source } }
