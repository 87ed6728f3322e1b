package sqlstoretest

import (
	"encoding/json"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/sqlstore"
)

func testModels(t *testing.T, e *env) {
	if _, err := e.LatestModel(t.Context()); !fault.Is(err, fault.NotFound) {
		t.Errorf("the latest model of an empty store: %v", err)
	}
	first := sqlstore.ModelVersion{Author: "usr_1", Note: "start", YAML: "metrics: []\n", Checksum: "c1"}
	if v := must(e.SaveModel(t.Context(), first))(t); v != 1 {
		t.Fatalf("the first version is %d", v)
	}
	if _, err := e.SaveModel(t.Context(), first); !fault.Is(err, fault.Conflict) {
		t.Errorf("a stale base is %v, want a conflict", err)
	}
	second := sqlstore.ModelVersion{Version: 1, YAML: "metrics: [x]\n", Checksum: "c2"}
	e.clk.hour()
	if v := must(e.SaveModel(t.Context(), second))(t); v != 2 {
		t.Fatalf("the second version is %d", v)
	}
	second.Version, second.CreatedAt = 2, start.Add(time.Hour)
	same(t, "latest", must(e.LatestModel(t.Context()))(t), second)
	first.Version, first.CreatedAt = 1, start
	same(t, "version 1", must(e.Model(t.Context(), 1))(t), first)
	if _, err := e.Model(t.Context(), 3); !fault.Is(err, fault.NotFound) {
		t.Errorf("a missing version: %v", err)
	}
	first.YAML, second.YAML = "", ""
	same(t, "list", must(e.Models(t.Context()))(t), []sqlstore.ModelVersion{second, first})
}

func testOverrides(t *testing.T, e *env) {
	acc := e.accounts(t, "a", "b")
	before := must(latest(e.Changes(t.Context(), 0)))(t)
	score := 20.0
	row := sqlstore.OverrideRow{ID: "ovr_1", AccountID: acc[0].ID, Scorecard: "default", Override: health.Override{
		Score: &score, Author: "usr_1", Reason: "they told us they leave", ExpiresAt: start.AddDate(0, 1, 0),
	}}
	if err := e.PutOverride(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	if err := e.PutOverride(t.Context(), row); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second override with one id: %v", err)
	}
	row.CreatedAt = start
	same(t, "overrides", must(e.Overrides(t.Context(), []id.Account{acc[0].ID, acc[1].ID}))(t), []sqlstore.OverrideRow{row})
	if err := e.EndOverride(t.Context(), row.ID, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := e.EndOverride(t.Context(), row.ID, start.Add(2*time.Hour)); !fault.Is(err, fault.Conflict) {
		t.Errorf("ending twice: %v", err)
	}
	if err := e.EndOverride(t.Context(), "ovr_none", start); !fault.Is(err, fault.NotFound) {
		t.Errorf("ending a missing one: %v", err)
	}
	row.EndedAt = start.Add(time.Hour)
	same(t, "ended", must(e.Overrides(t.Context(), nil))(t), []sqlstore.OverrideRow{row})
	if got := must(e.Overrides(t.Context(), []id.Account{acc[1].ID}))(t); len(got) != 0 {
		t.Errorf("overrides of another account: %v", got)
	}
	changed, _, err := e.Changes(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "changes", changed, []id.Account{acc[0].ID})
	for field, spoil := range map[string]func(*sqlstore.OverrideRow){
		"override":   func(o *sqlstore.OverrideRow) { o.Band = "red" },
		"reason":     func(o *sqlstore.OverrideRow) { o.Reason = "" },
		"expires_at": func(o *sqlstore.OverrideRow) { o.ExpiresAt = start.AddDate(-1, 0, 0) },
		"account_id": func(o *sqlstore.OverrideRow) { o.AccountID = "acc_none" },
		"score":      func(o *sqlstore.OverrideRow) { n := nan(); o.Score = &n },
		"id":         func(o *sqlstore.OverrideRow) { o.ID = "" },
	} {
		bad := row
		bad.ID = "ovr_bad"
		spoil(&bad)
		e.refused(t, fault.Invalid, field, func(tx *sqlstore.Tx) error { return tx.PutOverride(t.Context(), bad) })
	}
}

func testImports(t *testing.T, e *env) {
	var want []sqlstore.ImportRun
	for i, name := range []string{"imp_1", "imp_2", "imp_3"} {
		r := sqlstore.ImportRun{
			ID: id.Import(name), MappingName: "crm", MappingYAML: "objects: {}", State: sqlstore.RunQueued,
			UserID: "usr_1", CreatedAt: start.Add(time.Duration(i/2) * time.Minute), RowsTotal: 10,
		}
		if err := e.PutImportRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		r.MappingYAML = ""
		want = append([]sqlstore.ImportRun{r}, want...)
	}
	same(t, "pages of imports", pagesOfImports(t, e), want)
	one := must(e.ImportRun(t.Context(), "imp_1"))(t)
	one.State, one.StartedAt, one.RowsRead, one.RowsRejected, one.RejectsFile = sqlstore.RunRunning, start, 5, 1, "rejects.csv"
	if err := e.PutImportRun(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if got := must(e.UnfinishedImports(t.Context()))(t); len(got) != 3 || got[0].MappingYAML == "" {
		t.Errorf("unfinished: %+v, want three with their mapping", got)
	}
	one.State, one.FinishedAt, one.Report = sqlstore.RunDone, start.Add(time.Hour), json.RawMessage(`{"quality": []}`)
	if err := e.PutImportRun(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	same(t, "import", must(e.ImportRun(t.Context(), "imp_1"))(t), one)
	if err := e.PutImportRun(t.Context(), one); !fault.Is(err, fault.Conflict) {
		t.Errorf("changing a finished import: %v", err)
	}
	if got := must(e.UnfinishedImports(t.Context()))(t); len(got) != 2 {
		t.Errorf("%d unfinished imports, want 2", len(got))
	}
	if _, err := e.ImportRun(t.Context(), "imp_none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a missing import: %v", err)
	}
	for field, bad := range map[string]sqlstore.ImportRun{
		"id":     {State: sqlstore.RunQueued},
		"state":  {ID: "imp_9", State: "lost"},
		"report": {ID: "imp_9", State: sqlstore.RunQueued, Report: json.RawMessage(`{`)},
	} {
		e.refused(t, fault.Invalid, field, func(tx *sqlstore.Tx) error { return tx.PutImportRun(t.Context(), bad) })
	}
}

func pagesOfImports(t *testing.T, e *env) (all []sqlstore.ImportRun) {
	t.Helper()
	after := id.Import("")
	for range 10 {
		page := must(e.ImportRuns(t.Context(), after, 1))(t)
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		after = page[0].ID
	}
	t.Fatal("the pages do not end")
	return nil
}

func testViews(t *testing.T, e *env) {
	view := func(ref, owner, name string) sqlstore.SavedView {
		return sqlstore.SavedView{
			ID: id.View(ref), Owner: id.User(owner), Page: "accounts", Name: name,
			Definition: json.RawMessage(`{"sort": "-score"}`), CreatedAt: start, UpdatedAt: start,
		}
	}
	mine, team, theirs := view("viw_1", "usr_1", "Mine"), view("viw_2", "", "At risk"), view("viw_3", "usr_2", "Mine")
	for _, v := range []sqlstore.SavedView{mine, team, theirs} {
		if err := e.PutSavedView(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "views", must(e.SavedViews(t.Context(), "usr_1", "accounts"))(t), []sqlstore.SavedView{team, mine})
	if got := must(e.SavedViews(t.Context(), "usr_1", "health"))(t); len(got) != 0 {
		t.Errorf("views of another page: %v", got)
	}
	if err := e.PutSavedView(t.Context(), view("viw_4", "usr_1", "Mine")); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second view with one name: %v", err)
	}
	e.clk.hour()
	mine.Name = "My accounts"
	if err := e.PutSavedView(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	mine.UpdatedAt = start.Add(time.Hour)
	same(t, "view", must(e.SavedView(t.Context(), mine.ID))(t), mine)
	if err := e.DeleteSavedView(t.Context(), mine.ID); err != nil {
		t.Fatal(err)
	}
	if err := e.DeleteSavedView(t.Context(), mine.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("deleting twice: %v", err)
	}
	bad := theirs
	bad.Definition = nil
	if err := e.PutSavedView(t.Context(), bad); !fault.Is(err, fault.Invalid) || fieldOf(err) != "definition" {
		t.Errorf("a view without a definition: %v", err)
	}
}

func testAudit(t *testing.T, e *env) {
	for _, object := range []string{"acc_1", "acc_2", "acc_1"} {
		entry := sqlstore.AuditEntry{UserID: "usr_1", Action: "account.update", ObjectKind: "account", ObjectID: object, Detail: json.RawMessage(`{"name": "x"}`)}
		if err := e.Audit(t.Context(), entry); err != nil {
			t.Fatal(err)
		}
	}
	all := must(e.AuditLog(t.Context(), sqlstore.AuditFilter{}))(t)
	if len(all) != 3 || all[0].Seq <= all[1].Seq || !all[0].At.Equal(start) || string(all[0].Detail) != `{"name": "x"}` {
		t.Fatalf("audit log: %+v", all)
	}
	rest := must(e.AuditLog(t.Context(), sqlstore.AuditFilter{Before: all[0].Seq, Limit: 1}))(t)
	same(t, "second page", rest, all[1:2])
	one := must(e.AuditLog(t.Context(), sqlstore.AuditFilter{ObjectKind: "account", ObjectID: "acc_2"}))(t)
	same(t, "one object", one, all[1:2])
	e.refused(t, fault.Invalid, "detail", func(tx *sqlstore.Tx) error {
		return tx.Audit(t.Context(), sqlstore.AuditEntry{Action: "x", Detail: json.RawMessage("{")})
	})
}

func testSettings(t *testing.T, e *env) {
	if v, ok, err := e.Setting(t.Context(), "theme"); v != "" || ok || err != nil {
		t.Errorf("an unset key: %q %t %v", v, ok, err)
	}
	for _, v := range []string{"dark", ""} {
		if err := e.PutSetting(t.Context(), "theme", v); err != nil {
			t.Fatal(err)
		}
		if got, ok, err := e.Setting(t.Context(), "theme"); got != v || !ok || err != nil {
			t.Errorf("the key holds %q %t %v, want %q", got, ok, err, v)
		}
	}
}
