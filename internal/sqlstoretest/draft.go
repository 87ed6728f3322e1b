package sqlstoretest

import (
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/sqlstore"
)

func testDrafts(t *testing.T, e *env) {
	draft := func(ref, name string) sqlstore.ModelDraft {
		return sqlstore.ModelDraft{ID: id.Draft(ref), Name: name, BaseVersion: 3, Author: "usr_1", Note: "why", YAML: "kept: 1\n"}
	}
	none := time.Time{}
	one := must(e.PutDraft(t.Context(), draft("drf_1", "Heavier adoption"), none))(t)
	if !one.CreatedAt.Equal(start) || !one.UpdatedAt.Equal(start) {
		t.Errorf("saved at %v, %v", one.CreatedAt, one.UpdatedAt)
	}
	same(t, "draft", must(e.Draft(t.Context(), "drf_1"))(t), one)
	if _, err := e.PutDraft(t.Context(), draft("drf_2", "Heavier adoption"), none); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second draft of one name: %v", err)
	}
	if _, err := e.PutDraft(t.Context(), draft("drf_1", "x"), none); !fault.Is(err, fault.Conflict) {
		t.Errorf("saving over a draft unseen: %v", err)
	}
	e.clk.hour()
	next := draft("drf_1", "Heavier adoption")
	next.Author, next.YAML = "usr_2", "kept: 1\nmetrics: []\n"
	saved := must(e.PutDraft(t.Context(), next, one.UpdatedAt))(t)
	if !saved.CreatedAt.Equal(start) || !saved.UpdatedAt.Equal(start.Add(time.Hour)) {
		t.Errorf("saved again at %v, %v", saved.CreatedAt, saved.UpdatedAt)
	}
	if _, err := e.PutDraft(t.Context(), next, one.UpdatedAt); !fault.Is(err, fault.Conflict) {
		t.Errorf("saving what somebody else saved meanwhile: %v", err)
	}
	// At one instant of the clock two saves are two all the same.
	again := must(e.PutDraft(t.Context(), next, saved.UpdatedAt))(t)
	if !again.UpdatedAt.After(saved.UpdatedAt) {
		t.Error("a second save at one instant leaves no trace")
	}
	e.clk.hour()
	two := must(e.PutDraft(t.Context(), draft("drf_2", "Lighter"), none))(t)
	two.YAML, again.YAML = "", ""
	same(t, "drafts", must(e.Drafts(t.Context()))(t), []sqlstore.ModelDraft{two, again})
	if err := e.DeleteDraft(t.Context(), "drf_1"); err != nil {
		t.Fatal(err)
	}
	if err := e.DeleteDraft(t.Context(), "drf_1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("deleting twice: %v", err)
	}
	if _, err := e.PutDraft(t.Context(), next, again.UpdatedAt); !fault.Is(err, fault.Conflict) {
		t.Errorf("saving a draft that was deleted: %v", err)
	}
	if _, err := e.PutDraft(t.Context(), sqlstore.ModelDraft{ID: "drf_3"}, none); !fault.Is(err, fault.Invalid) || fieldOf(err) != "name" {
		t.Errorf("a draft without a name: %v", err)
	}
}
