package api

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/maturity"
)

// TestAnswersFitTheDocument reads every GET operation with real data and holds
// the answer against the schema that the web app's types come from: no null where
// the document promises a list, no missing field.
func TestAnswersFitTheDocument(t *testing.T) {
	s := newSite(t, 12)
	account := string(s.company.Accounts()[0].ID)
	call[AttributeRow](s, http.MethodPost, "/accounts/"+account+"/manual", map[string]any{"key": "csm_sentiment", "value": 20, "reason": "champion left"}, http.StatusCreated)
	call[OverrideRow](s, http.MethodPost, "/accounts/"+account+"/overrides", map[string]any{"score": 10, "reason": "they told us", "expires_at": "2026-05-01"}, http.StatusCreated)
	call[ViewRow](s, http.MethodPost, "/views", map[string]any{"name": "Mine", "page": "accounts", "scope": "team", "definition": map[string]any{"sort": "-score"}}, http.StatusCreated)
	answers := map[string]int{}
	for _, d := range maturity.Dimensions() {
		answers[strconv.Itoa(d.Questions[0].Number)] = 2
	}
	if w := s.request(http.MethodPost, basePath+"/maturity/ratings", s.tokenOf("ada@k.example", "Ada", access.CSM), map[string]any{"answers": answers, "notes": map[string]string{"1": "since May"}}); w.Code != http.StatusCreated {
		t.Fatal(w.Body)
	}
	draft := call[DraftText](s, http.MethodPost, "/model/drafts", map[string]any{"name": "Mine", "yaml": "kept: 1\n", "base_version": 1}, http.StatusCreated)
	connection := call[ConnectionRow](s, http.MethodPost, "/connections", stripeDraft(emptyStripe(t)), http.StatusCreated)
	run := call[ConnectionRunRow](s, http.MethodPost, "/connections/"+string(connection.ID)+"/run", nil, http.StatusAccepted)
	hook := call[NewWebhook](s, http.MethodPost, "/webhooks", map[string]any{"name": "Chat", "url": "https://chat.example/hook", "kinds": []string{"import.finished"}}, http.StatusCreated)
	all := s.company.Accounts()
	merge := call[MergeDetail](s, http.MethodPost, "/identity/merges", map[string]any{"keep": string(all[10].ID), "drop": string(all[11].ID)}, http.StatusCreated)
	call[MergeDetail](s, http.MethodPost, "/identity/merges/"+string(merge.ID)+"/undo", nil, http.StatusOK)
	values := strings.NewReplacer("/merges/{id}", "/merges/"+string(merge.ID), "/drafts/{id}", "/drafts/"+string(draft.ID), "/webhooks/{id}", "/webhooks/"+string(hook.ID), "/connections/{id}", "/connections/"+string(connection.ID), "/connection-runs/{id}", "/connection-runs/"+string(run.ID), "{key}/history", "owner/history", "{version}", "1", "{name}", "arr", "/scorecards/{key}", "/scorecards/default", "/accounts/{id}", "/accounts/"+account)
	checked := 0
	for _, op := range operations(s.server) {
		res := op.Responses["200"]
		if op.Method != http.MethodGet || res == nil || res.Content["application/json"] == nil || op.Path == basePath+"/imports/{id}" {
			continue
		}
		path := values.Replace(op.Path)
		switch op.OperationID {
		case "search":
			path += "?q=a"
		case "get-measures", "get-revenue-bridge", "list-revenue-movements":
			path += "?from=2025-03-01&to=2026-03-01"
		}
		w := s.request(http.MethodGet, path, adminToken, nil)
		if w.Code != http.StatusOK {
			t.Errorf("%s = %d %s", op.OperationID, w.Code, w.Body)
			continue
		}
		var body any
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Errorf("%s: %v", op.OperationID, err)
			continue
		}
		var found huma.ValidateResult
		huma.Validate(s.server.huma.OpenAPI().Components.Schemas, res.Content["application/json"].Schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, body, &found)
		for _, err := range found.Errors {
			t.Errorf("%s: %v", op.OperationID, err)
		}
		checked++
	}
	if checked < 30 {
		t.Errorf("only %d operations were read", checked)
	}
}

func TestAccountList(t *testing.T) {
	s := newSite(t, 25)
	seen := map[string]bool{}
	last := 101.0
	cursor := ""
	var total int64
	for range 10 {
		page := call[AccountPage](s, http.MethodGet, "/accounts?limit=7&sort=-score,name&cursor="+cursor, nil, http.StatusOK)
		total = page.Total
		for _, a := range page.Items {
			if seen[string(a.ID)] {
				t.Fatalf("%s is on two pages", a.Name)
			}
			seen[string(a.ID)] = true
			score := -1.0
			if a.Score != nil {
				score = *a.Score
			}
			if score > last {
				t.Errorf("%s with %v comes after %v", a.Name, score, last)
			}
			last = score
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if int64(len(seen)) != total || total != 25 {
		t.Errorf("the pages hold %d accounts, the total says %d, want 25", len(seen), total)
	}
	page := call[AccountPage](s, http.MethodGet, "/accounts?limit=500", nil, http.StatusOK)
	bands, n := page.Facets.Band, 0
	for _, c := range bands {
		n += c
	}
	if n != 25 {
		t.Errorf("the band facets %v add up to %d, want 25", bands, n)
	}
	for band, want := range bands {
		if got := call[AccountPage](s, http.MethodGet, "/accounts?band="+band, nil, http.StatusOK); got.Total != int64(want) {
			t.Errorf("band %s has %d accounts, its facet says %d", band, got.Total, want)
		}
	}
	low := call[AccountPage](s, http.MethodGet, "/accounts?filter=score+%3C+50.0", nil, http.StatusOK)
	for _, a := range low.Items {
		if a.Score == nil || *a.Score >= 50 {
			t.Errorf("%s with %v passed score < 50", a.Name, a.Score)
		}
	}
	if got := call[AccountPage](s, http.MethodGet, "/accounts?owner=me", nil, http.StatusOK); got.Total != 0 {
		t.Errorf("a token without a user owns %d accounts", got.Total)
	}
	w := s.request(http.MethodGet, basePath+"/accounts/export.csv?metrics=arr", adminToken, nil)
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(rows) != 26 {
		t.Errorf("the export has %d rows, %v; want 26", len(rows), err)
	}
}

func TestHealthAddsUp(t *testing.T) {
	s := newSite(t, 15)
	scored := 0
	for _, a := range s.company.Accounts() {
		h := call[AccountHealth](s, http.MethodGet, "/accounts/"+string(a.ID)+"/health", nil, http.StatusOK)
		if h.Result.Score == nil {
			continue
		}
		scored++
		sum := 0.0
		for _, c := range h.Result.Contributions {
			sum += c.Points
		}
		for _, adj := range h.Result.Adjustments {
			sum += adj.Points
		}
		if diff := sum - *h.Result.Score; diff > 1e-9 || diff < -1e-9 {
			t.Errorf("%s: contributions add up to %v, the score is %v", a.Name, sum, *h.Result.Score)
		}
		if h.Sentence == "" {
			t.Errorf("%s has no sentence", a.Name)
		}
	}
	if scored < 5 {
		t.Errorf("only %d accounts have a score", scored)
	}
}

func TestWritesShowAtOnce(t *testing.T) {
	s := newSite(t, 5)
	made := call[AccountDetail](s, http.MethodPost, "/accounts", map[string]any{
		"name": "New & Co", "since": "2026-02-01", "external": map[string]string{"source": "crm", "external": "X1"},
	}, http.StatusCreated)
	path := "/accounts/" + string(made.ID)
	if made.Name != "New & Co" || len(made.ExternalIDs) != 1 {
		t.Errorf("created %+v", made)
	}
	owner := s.company.Users()[0]
	changed := call[AccountDetail](s, http.MethodPatch, path, map[string]any{"owner_id": owner.ID, "stage": "onboarding"}, http.StatusOK)
	if changed.Owner == nil || changed.Owner.Name != owner.Name || changed.Stage != "onboarding" {
		t.Errorf("changed to %+v %s", changed.Owner, changed.Stage)
	}
	call[AttributeRow](s, http.MethodPost, path+"/attributes", map[string]any{"key": "plan_b", "value": true}, http.StatusCreated)
	call[ActivityRow](s, http.MethodPost, path+"/activities", map[string]any{"kind": "note", "subject": "Hello", "body": "World"}, http.StatusCreated)
	timeline := call[List[TimelineItem]](s, http.MethodGet, path+"/timeline", nil, http.StatusOK)
	kinds := map[string]int{}
	for _, i := range timeline.Items {
		kinds[i.Kind]++
	}
	if kinds["activity"] != 1 || kinds["fact"] != 3 {
		t.Errorf("the time line has %v, want 1 activity and 3 facts", kinds)
	}
	o := call[OverrideRow](s, http.MethodPost, path+"/overrides", map[string]any{"band": "red", "reason": "going away", "expires_at": "2026-04-01"}, http.StatusCreated)
	if d := call[AccountDetail](s, http.MethodGet, path, nil, http.StatusOK); d.Band == nil || d.Band.Key != "red" || !d.Overridden {
		t.Errorf("with an override the band is %+v", d.Band)
	}
	call[any](s, http.MethodDelete, path+"/overrides/"+string(o.ID), nil, http.StatusNoContent)
	if d := call[AccountDetail](s, http.MethodGet, path, nil, http.StatusOK); d.Overridden {
		t.Error("the override still holds after it was lifted")
	}
	log := call[List[AuditRow]](s, http.MethodGet, "/audit", nil, http.StatusOK)
	if len(log.Items) < 4 {
		t.Errorf("the audit log has %d entries", len(log.Items))
	}
}

func TestBadInputNamesThePlace(t *testing.T) {
	s := newSite(t, 3)
	account := "/accounts/" + string(s.company.Accounts()[0].ID)
	unknown := "/accounts/acc_000000000000000000000000"
	for _, c := range []struct {
		method, path string
		body         any
		status       int
		location     string
	}{
		{http.MethodGet, "/accounts?filter=score+%3C", nil, 422, "filter"},
		{http.MethodGet, "/accounts?filter=nonsense", nil, 422, "filter"},
		{http.MethodGet, "/accounts?sort=metric:nope", nil, 422, "sort"},
		{http.MethodGet, "/accounts?metrics=nope", nil, 422, "metrics"},
		{http.MethodGet, "/accounts?as_of=yesterday", nil, 422, "as_of"},
		{http.MethodGet, "/accounts?as_of=0001-01-01", nil, 422, "as_of"},
		{http.MethodGet, "/accounts?cursor=AAAA", nil, 422, "cursor"},
		{http.MethodGet, "/accounts?limit=0", nil, 422, "query.limit"},
		{http.MethodGet, "/accounts?owner=bob", nil, 422, "owner"},
		{http.MethodGet, "/accounts/nope", nil, 422, "id"},
		{http.MethodGet, unknown, nil, 404, ""},
		{http.MethodGet, unknown + "/timeline", nil, 404, ""},
		{http.MethodGet, account + "?as_of=1999-01-01", nil, 404, ""},
		{http.MethodGet, account + "/health?compare_to=2027-01-01", nil, 422, "compare_to"},
		{http.MethodGet, account + "/metrics/nope", nil, 404, ""},
		{http.MethodGet, account + "/metrics/arr?from=1980-01-01&step=day", nil, 422, "from"},
		{http.MethodPatch, account, map[string]any{"stage": "nope"}, 422, "stage"},
		{http.MethodPatch, account, map[string]any{"owner_id": "usr_000000000000000000000000"}, 422, "owner_id"},
		{http.MethodPatch, account, map[string]any{"parent_id": strings.TrimPrefix(account, "/accounts/")}, 422, "parent_id"},
		{http.MethodPatch, account, map[string]any{"unknown": 1}, 422, "unknown"},
		{http.MethodPost, account + "/overrides", map[string]any{"band": "nope", "reason": "because", "expires_at": "2026-04-01"}, 422, "band"},
		{http.MethodPost, account + "/overrides", map[string]any{"band": "red", "reason": "because", "expires_at": "2020-01-01"}, 422, "expires_at"},
		{http.MethodPost, account + "/overrides", map[string]any{"reason": "because", "expires_at": "2026-04-01"}, 422, "band"},
		{http.MethodPost, account + "/attributes", map[string]any{"key": "Bad Key", "value": 1}, 422, "key"},
		{http.MethodPost, account + "/attributes", map[string]any{"key": "k", "value": []int{1}}, 422, "value"},
		{http.MethodPost, account + "/activities", map[string]any{"kind": "note", "subject": "x", "at": "2030-01-01"}, 422, "at"},
		{http.MethodPost, account + "/activities", map[string]any{"kind": "dance", "subject": "x"}, 422, "kind"},
		{http.MethodPost, "/accounts", map[string]any{"name": "x", "since": "2030-01-01"}, 422, "since"},
		{http.MethodPost, "/model/apply", map[string]any{"yaml": "kept: 1\nmetrics: 3\n", "base_version": 1}, 422, "model.yaml:2:10"},
		{http.MethodPost, "/model/apply", map[string]any{"yaml": defaultModel(t), "base_version": 7}, 409, ""},
		{http.MethodGet, "/model/versions/99", nil, 404, ""},
		{http.MethodGet, "/scorecards/nope", nil, 404, ""},
		{http.MethodGet, "/imports/imp_000000000000000000000000", nil, 404, ""},
		{http.MethodGet, "/events?cursor=zz", nil, 422, "cursor"},
		{http.MethodGet, "/events?account=x", nil, 422, "account"},
		{http.MethodGet, "/portfolio?owner=bob", nil, 422, "owner"},
		{http.MethodPost, "/imports", map[string]any{"mapping": "x", "upload_id": "../../etc"}, 422, "upload_id"},
	} {
		w := s.request(c.method, basePath+c.path, adminToken, c.body)
		var p Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Errorf("%s %s: %v in %s", c.method, c.path, err, w.Body)
			continue
		}
		at := ""
		if len(p.Errors) > 0 {
			at = p.Errors[0].Location
		}
		if w.Code != c.status || !strings.HasPrefix(at, c.location) || p.Detail == "" {
			t.Errorf("%s %s = %d at %q (%s), want %d at %q", c.method, c.path, w.Code, at, p.Detail, c.status, c.location)
		}
	}
}

func TestModelLifeCycle(t *testing.T) {
	s := newSite(t, 15)
	text := call[ModelText](s, http.MethodGet, "/model", nil, http.StatusOK)
	check := call[ModelCheck](s, http.MethodPost, "/model/check", map[string]any{"yaml": "kept: 1\nmetrics:\n  - name: a\n    kind: nope\n"}, http.StatusOK)
	if len(check.Errors) == 0 || check.Errors[0].Line != 4 {
		t.Errorf("check says %+v, want an error in line 4", check.Errors)
	}
	card := call[ScorecardDetail](s, http.MethodGet, "/scorecards/default", nil, http.StatusOK)
	for i := range card.Bands {
		if i > 0 {
			card.Bands[i].Min = 99 + float64(i)/10
		}
	}
	impact := call[Impact](s, http.MethodPost, "/scorecards/default/preview", map[string]any{"scorecard": card.Scorecard}, http.StatusOK)
	if len(impact.BandMoves) == 0 || impact.Accounts == 0 {
		t.Errorf("raising every bound moves nobody: %+v", impact)
	}
	saved := call[ModelVersion](s, http.MethodPut, "/scorecards/default", map[string]any{"scorecard": card.Scorecard, "base_version": text.Version, "note": "strict"}, http.StatusOK)
	if saved.Version != text.Version+1 {
		t.Errorf("saved as version %d", saved.Version)
	}
	after := call[ModelText](s, http.MethodGet, "/model", nil, http.StatusOK)
	if after.YAML == text.YAML || after.Version != saved.Version {
		t.Error("the model in force is still the old one")
	}
	plan := call[ModelPlan](s, http.MethodPost, "/model/plan", map[string]any{"yaml": text.YAML}, http.StatusOK)
	if len(plan.Changes) != 1 || plan.Changes[0].Name != "default" || plan.Impact == nil {
		t.Errorf("going back would change %+v", plan.Changes)
	}
	call[Problem](s, http.MethodPost, "/model/apply", map[string]any{"yaml": text.YAML, "base_version": text.Version}, http.StatusConflict)
	call[ModelVersion](s, http.MethodPost, "/model/apply", map[string]any{"yaml": text.YAML, "base_version": saved.Version}, http.StatusCreated)
}

func TestParseInstants(t *testing.T) {
	got, err := ParseInstants("as_of", "2026-02-01,2026-01-01,2026-01-01T00:00:00Z", testNow)
	if err != nil || fmt.Sprint(got) != fmt.Sprint([]time.Time{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{",", "2026-13-01", "2026-01-01,,2026-02-01", "9999-01-01"} {
		if _, err := ParseInstants("as_of", bad, testNow); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, want Invalid", bad, err)
		}
	}
}

func TestBandChanges(t *testing.T) {
	at := func(week int, origin, band string) HealthPoint {
		return HealthPoint{AsOf: testNow.AddDate(0, 0, 7*week), Origin: origin, Band: band}
	}
	title := func(band string) string { return "the " + band }
	recomputed := []HealthPoint{at(0, "recomputed", "green"), at(1, "recomputed", ""), at(2, "recomputed", "green"), at(3, "recomputed", "red")}
	got := bandChanges(recomputed, title)
	if len(got) != 1 || !got[0].At.Equal(recomputed[3].AsOf) || got[0].Text != "From the green to the red" {
		t.Errorf("recomputed: %+v", got)
	}
	// What was recorded at the time is what people saw then.
	both := append([]HealthPoint{at(1, "recorded", "red"), at(2, "recorded", "red"), at(3, "recorded", "yellow")}, recomputed...)
	if got := bandChanges(both, title); len(got) != 1 || got[0].Text != "From the red to the yellow" {
		t.Errorf("recorded: %+v", got)
	}
	if got := bandChanges(nil, title); len(got) != 0 {
		t.Errorf("nothing: %+v", got)
	}
}
