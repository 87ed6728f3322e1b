package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/customer"
	"kept/internal/identity"
	"kept/internal/sqlstore"
)

func TestIdentity(t *testing.T) {
	s := newSite(t, 0)
	ctx := t.Context()
	acme, other, lone := "acc_"+strings.Repeat("1", 24), "acc_"+strings.Repeat("2", 24), "acc_"+strings.Repeat("3", 24)
	err := s.records.Write(ctx, func(tx *sqlstore.Tx) error {
		now := s.server.clock.Now().AddDate(0, -3, 0)
		_, err := tx.PutAccounts(ctx, []customer.Account{
			{ID: "acc_111111111111111111111111", Name: "Acme GmbH", Domain: "acme.example", Since: now},
			{ID: "acc_222222222222222222222222", Name: "ACME", Domain: "acme.example", Since: now.AddDate(0, 0, 1)},
			{ID: "acc_333333333333333333333333", Name: "Globex", Since: now},
		})
		if err != nil {
			return err
		}
		_, err = tx.AddFacts(ctx, []customer.Fact{
			{AccountID: "acc_111111111111111111111111", Key: "plan", Value: customer.TextValue("pro"), ValidFrom: now, KnownAt: now, Source: "crm"},
			{AccountID: "acc_222222222222222222222222", Key: "plan", Value: customer.TextValue("basic"), ValidFrom: now, KnownAt: now, Source: "billing"},
			{AccountID: "acc_222222222222222222222222", Key: "country", Value: customer.TextValue("DE"), ValidFrom: now, KnownAt: now, Source: "billing"},
		})
		if err != nil {
			return err
		}
		return tx.PutExternalRefs(ctx, []customer.ExternalRef{
			{Source: "crm", Kind: "account", External: "c1", ObjectID: acme},
			{Source: "billing", Kind: "account", External: "b1", ObjectID: other},
			{Source: "billing", Kind: "account", External: "b3", ObjectID: lone},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := call[Proposed](s, http.MethodPost, "/identity/propose", nil, http.StatusOK); got.Waiting != 1 {
		t.Fatalf("waiting: %+v", got)
	}
	queue := call[List[MergeRow]](s, http.MethodGet, "/identity/merges?state=proposed", nil, http.StatusOK)
	if queue.Total != 1 || string(queue.Items[0].Keep.ID) != acme || len(queue.Items[0].Reasons) == 0 || queue.Items[0].Drop.Sources[0] != "billing" {
		t.Fatalf("queue: %+v", queue)
	}
	at := "/identity/merges/" + string(queue.Items[0].ID)
	side := call[MergeDetail](s, http.MethodGet, at, nil, http.StatusOK)
	want := map[string][3]string{"name": {"Acme GmbH", "ACME", "Acme GmbH"}, "domain": {"acme.example", "acme.example", "acme.example"}, "plan": {"pro", "basic", "pro"}, "country": {"", "DE", "DE"}}
	for _, f := range side.Fields {
		if want[f.Field] != [3]string{f.Keep, f.Drop, f.After} || f.Why == "" {
			t.Errorf("%+v, want %v", f, want[f.Field])
		}
		delete(want, f.Field)
	}
	if len(want) != 0 || len(side.Counts) != 4 {
		t.Errorf("missing: %v, counts %v", want, side.Counts)
	}
	// With an order the preview is what the merge then does.
	orders := map[string]any{"items": []any{map[string]any{"field": "", "sources": []string{"billing", "crm"}}}}
	call[SourceOrders](s, http.MethodPut, "/identity/orders", orders, http.StatusOK)
	side = call[MergeDetail](s, http.MethodGet, at, nil, http.StatusOK)
	after := map[string]string{}
	for _, f := range side.Fields {
		after[f.Field] = f.After
	}
	if after["name"] != "ACME" || after["plan"] != "basic" {
		t.Errorf("with an order: %v", after)
	}
	done := call[MergeDetail](s, http.MethodPost, at+"/accept", map[string]any{"note": "same company"}, http.StatusOK)
	if done.State != "done" || done.Drop.Exists || done.Drop.Name != "ACME" || done.Records == 0 {
		t.Errorf("done: %+v", done)
	}
	fields := call[List[FieldRow]](s, http.MethodGet, "/accounts/"+acme+"/fields", nil, http.StatusOK)
	for _, f := range fields.Items {
		if f.Value != after[f.Field] || f.Why == "" {
			t.Errorf("%s holds %q (%s), the preview said %q", f.Field, f.Value, f.Why, after[f.Field])
		}
		if f.Field == "plan" && (f.Source != "billing" || !f.Differ || len(f.Claims) != 2) {
			t.Errorf("plan: %+v", f)
		}
	}
	if w := s.request(http.MethodGet, basePath+"/accounts/"+other, adminToken, nil); w.Code != http.StatusNotFound {
		t.Errorf("the merged account: %d %s", w.Code, w.Body)
	}
	undone := call[MergeDetail](s, http.MethodPost, at+"/undo", nil, http.StatusOK)
	if undone.State != "undone" || !undone.Drop.Exists {
		t.Errorf("undone: %+v", undone)
	}
	if got := call[AccountDetail](s, http.MethodGet, "/accounts/"+other, nil, http.StatusOK); got.Name != "ACME" {
		t.Errorf("the account that came back: %+v", got)
	}
	if got := call[AccountDetail](s, http.MethodGet, "/accounts/"+acme, nil, http.StatusOK); got.Name != "Acme GmbH" {
		t.Errorf("the account that stayed: %+v", got.Name)
	}
	// The other way round, by hand, and a split.
	made := call[MergeDetail](s, http.MethodPost, "/identity/merges", map[string]any{"keep": other, "drop": acme}, http.StatusCreated)
	if string(made.Keep.ID) != other {
		t.Errorf("by hand: %+v", made)
	}
	split := call[MergeDetail](s, http.MethodPost, "/identity/splits", map[string]any{"account": other, "source": "crm", "name": "Acme again"}, http.StatusCreated)
	if split.Kind != "split" || split.Drop.Name != "Acme again" || split.Drop.Sources[0] != "crm" {
		t.Errorf("split: %+v", split)
	}
	call[MergeDetail](s, http.MethodPost, "/identity/merges/"+string(split.ID)+"/undo", nil, http.StatusOK)
	missing := strings.Repeat("0", 24)
	for name, b := range map[string]struct {
		method, path string
		body         any
		status       int
	}{
		"a missing merge":         {http.MethodGet, "/identity/merges/mrg_" + missing, nil, 404},
		"an id of another kind":   {http.MethodGet, "/identity/merges/" + acme, nil, 422},
		"an unknown state":        {http.MethodGet, "/identity/merges?state=x", nil, 422},
		"undo what is undone":     {http.MethodPost, "/identity/merges/" + string(split.ID) + "/undo", nil, 409},
		"reject what is done":     {http.MethodPost, at + "/reject", map[string]any{}, 409},
		"accept what is done":     {http.MethodPost, at + "/accept", map[string]any{}, 409},
		"with itself":             {http.MethodPost, "/identity/merges", map[string]any{"keep": lone, "drop": lone}, 422},
		"with a contact":          {http.MethodPost, "/identity/merges", map[string]any{"keep": lone, "drop": "con_" + missing}, 422},
		"with nobody":             {http.MethodPost, "/identity/merges", map[string]any{"keep": lone, "drop": "acc_" + missing}, 404},
		"without one":             {http.MethodPost, "/identity/merges", map[string]any{"keep": lone}, 422},
		"an unknown key":          {http.MethodPost, "/identity/merges", map[string]any{"keep": lone, "drop": other, "force": true}, 422},
		"splitting the only one":  {http.MethodPost, "/identity/splits", map[string]any{"account": lone, "source": "billing"}, 409},
		"splitting a stranger":    {http.MethodPost, "/identity/splits", map[string]any{"account": lone, "source": "zendesk"}, 422},
		"splitting nobody":        {http.MethodPost, "/identity/splits", map[string]any{"account": "acc_" + missing, "source": "crm"}, 404},
		"a system named twice":    {http.MethodPut, "/identity/orders", map[string]any{"items": []any{map[string]any{"field": "name", "sources": []string{"a", "a"}}}}, 422},
		"a field ordered twice":   {http.MethodPut, "/identity/orders", map[string]any{"items": []any{map[string]any{"field": "x", "sources": []string{"a"}}, map[string]any{"field": "x", "sources": []string{"b"}}}}, 422},
		"an order without system": {http.MethodPut, "/identity/orders", map[string]any{"items": []any{map[string]any{"field": "name", "sources": []string{}}}}, 422},
		"fields of nobody":        {http.MethodGet, "/accounts/acc_" + missing + "/fields", nil, 404},
	} {
		w := s.request(b.method, basePath+b.path, adminToken, b.body)
		var p Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != b.status || p.Detail == "" {
			t.Errorf("%s: %d, want %d: %s", name, w.Code, b.status, w.Body)
		}
	}
	if w := s.request(http.MethodPost, basePath+"/identity/merges", s.tokens[access.CSM], map[string]any{"keep": other, "drop": lone}); w.Code != http.StatusForbidden {
		t.Errorf("a CSM merges: %d", w.Code)
	}
	if left, err := s.records.Merges(ctx, identity.Done); err != nil || len(left) != 1 {
		t.Errorf("done: %d, %v", len(left), err)
	}
}
