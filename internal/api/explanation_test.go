package api

import (
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/usage"
)

// TestExplanationReachesTheRows: an explanation adds up at both ends, and each
// list of events behind a measure has as many rows as it says.
func TestExplanationReachesTheRows(t *testing.T) {
	s := newSite(t, 12)
	lists, facts := 0, 0
	var walk func(account string, w *MetricWhy)
	walk = func(account string, w *MetricWhy) {
		sum, some := 0, false
		for _, r := range w.Rows {
			page := call[EventPage](s, http.MethodGet, "/events?"+r.Query, nil, http.StatusOK)
			if page.Total != int64(r.Count) {
				t.Errorf("%s of %s: the list has %d rows, the explanation says %d (%s)", w.Name, account, page.Total, r.Count, r.Query)
			}
			sum, some = sum+r.Count, some || r.Some
			lists++
		}
		if len(w.Rows) > 0 && !some && int64(sum) != w.NEvents {
			t.Errorf("%s of %s: the lists have %d rows, the metric read %d", w.Name, account, sum, w.NEvents)
		}
		facts += len(w.Facts)
		for i := range w.Inputs {
			walk(account, &w.Inputs[i])
		}
	}
	for _, a := range s.company.Accounts() {
		path := "/accounts/" + string(a.ID) + "/explanation?as_of=" + testNow.AddDate(0, 0, -10).Format(time.DateOnly)
		x := call[Explanation](s, http.MethodGet, path+"&compare_to="+testNow.AddDate(0, 0, -60).Format(time.DateOnly), nil, http.StatusOK)
		if x.Sentence == "" || x.After.Result.Words == "" || x.Change == nil || len(x.After.Measures) != len(x.After.Result.Contributions) {
			t.Errorf("%s: %+v", a.Name, x)
		}
		for _, end := range []*ExplainedAt{&x.After, x.Before} {
			if end == nil || end.Result.Score == nil {
				continue
			}
			sum := 0.0
			for _, c := range end.Result.Contributions {
				sum += c.Points
			}
			for _, adj := range end.Result.Adjustments {
				sum += adj.Points
			}
			if math.Abs(sum-*end.Result.Score) > 1e-9 {
				t.Errorf("%s: %v adds up to %v", a.Name, *end.Result.Score, sum)
			}
			for i := range end.Measures {
				walk(string(a.ID), &end.Measures[i].Why)
			}
		}
		for _, r := range x.After.Result.Redistribution {
			given := 0.0
			for _, h := range r.To {
				given += h.Share
			}
			if math.Abs(given-r.Share) > 1e-9 || r.Words == "" || r.Why == "" {
				t.Errorf("%s: the weight of %s: %+v", a.Name, r.Measure, r)
			}
		}
	}
	if lists < 50 || facts < 10 {
		t.Errorf("%d lists and %d facts: the sample says nothing", lists, facts)
	}
	// Found by external id and by name as well; under another scorecard on request.
	a := s.company.Accounts()[0]
	err := s.records.InTx(t.Context(), func(tx customer.Tx) error {
		return tx.PutExternalRefs(t.Context(), []customer.ExternalRef{{Source: "crm", Kind: "account", External: a.External, ObjectID: string(a.ID)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{a.External, url.PathEscape(a.Name)} {
		x := call[Explanation](s, http.MethodGet, "/accounts/"+ref+"/explanation?scorecard=digital", nil, http.StatusOK)
		if x.Account.ID != string(a.ID) || x.After.Result.Scorecard != "digital" || x.Before != nil {
			t.Errorf("%s: %+v", ref, x.Account)
		}
	}
	for path, status := range map[string]int{
		"/accounts/nobody/explanation":                                                    http.StatusNotFound,
		"/accounts/" + string(a.ID) + "/explanation?scorecard=none":                       http.StatusUnprocessableEntity,
		"/accounts/" + string(a.ID) + "/explanation?compare_to=2099-01-01":                http.StatusUnprocessableEntity,
		"/accounts/" + string(a.ID) + "/explanation?known=then":                           http.StatusUnprocessableEntity,
		"/accounts/" + string(a.ID) + "/explanation?model=first&as_of=2026-01-01":         http.StatusUnprocessableEntity,
		"/accounts/" + string(a.ID) + "/explanation?as_of=1990-01-01&compare_to=1980-01-": http.StatusUnprocessableEntity,
	} {
		if w := s.request(http.MethodGet, basePath+path, adminToken, nil); w.Code != status {
			t.Errorf("%s = %d %s", path, w.Code, w.Body)
		}
	}
}

// TestKnownThroughTheAPI: an old day stays as it was known, and as corrected it
// says what was.
func TestKnownThroughTheAPI(t *testing.T) {
	s := newSite(t, 8)
	old := testNow.AddDate(0, 0, -40)
	day := "as_of=" + old.Format(time.RFC3339)
	var account string
	for _, a := range s.company.Accounts() {
		if a.Since.Before(old.AddDate(0, 0, -40)) {
			account = string(a.ID)
		}
	}
	read := func(path string) string {
		w := s.request(http.MethodGet, basePath+path, adminToken, nil)
		if w.Code != http.StatusOK {
			t.Fatalf("%s = %d %s", path, w.Code, w.Body)
		}
		return w.Body.String()
	}
	paths := []string{"/accounts?limit=500&" + day, "/exports/scores.csv?" + day, "/exports/metrics.csv?" + day, "/accounts/" + account + "/metrics?" + day}
	var before []string
	for _, p := range paths {
		before = append(before, read(p))
	}
	ctx := t.Context()
	_, err := s.events.Append(ctx, []usage.Event{{MessageID: "late", At: old.AddDate(0, 0, -2), KnownAt: testNow.Add(-time.Hour), Account: s.company.Accounts()[0].ID, Name: "ticket_escalated"}})
	if err != nil {
		t.Fatal(err)
	}
	err = s.records.InTx(ctx, func(tx customer.Tx) error {
		_, err := tx.AddFacts(ctx, []customer.Fact{{AccountID: s.company.Accounts()[0].ID, Key: "manual.csm_sentiment", Value: customer.NumberValue(1), ValidFrom: old.AddDate(0, 0, -2), KnownAt: testNow.Add(-time.Hour)}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.server.opt.Engine.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	for i, p := range paths {
		if after := read(p); after != before[i] {
			t.Errorf("%s changed though what was known then did not", p)
		}
	}
	ref := "/accounts/" + string(s.company.Accounts()[0].ID)
	then := call[AccountHealth](s, http.MethodGet, ref+"/health?"+day, nil, http.StatusOK)
	now := call[AccountHealth](s, http.MethodGet, ref+"/health?known=now&"+day, nil, http.StatusOK)
	if then.Known != "" || now.Known != "now" || len(then.Corrections) != 2 {
		t.Errorf("known %q and %q, corrections %+v", then.Known, now.Known, then.Corrections)
	}
	if then.Result.Score != nil && now.Result.Score != nil && *then.Result.Score == *now.Result.Score {
		t.Error("the correction makes no difference")
	}
	if total := call[CorrectionTotal](s, http.MethodGet, "/corrections?"+day, nil, http.StatusOK); total.Accounts != 1 || total.Facts != 1 || total.Events != 1 {
		t.Errorf("in all %+v", total)
	}
	if read("/exports/scores.csv?known=now&"+day) == read("/exports/scores.csv?"+day) {
		t.Error("the export as corrected is the other one")
	}
}

// TestModelThen: the model of then is used when asked for, the first before it.
func TestModelThen(t *testing.T) {
	s := newSite(t, 5)
	text := call[ModelText](s, http.MethodGet, "/model", nil, http.StatusOK)
	yaml := strings.Replace(text.YAML, "min: 75", "min: 99", 1)
	call[ModelVersion](s, http.MethodPost, "/model/apply", map[string]any{"yaml": yaml, "base_version": 1, "note": "harsh"}, http.StatusCreated)
	day := "as_of=" + testNow.AddDate(0, 0, -40).Format(time.DateOnly)
	if now := call[AccountPage](s, http.MethodGet, "/accounts?"+day, nil, http.StatusOK); now.ModelVersion != 2 {
		t.Errorf("version %d", now.ModelVersion)
	}
	if then := call[AccountPage](s, http.MethodGet, "/accounts?model=then&"+day, nil, http.StatusOK); then.ModelVersion != 1 {
		t.Errorf("the version of then is %d", then.ModelVersion)
	}
}

// TestDrafts: a draft changes nothing until it is applied, and an applied one is
// refused when the model moved on.
func TestDrafts(t *testing.T) {
	s := newSite(t, 6)
	text := call[ModelText](s, http.MethodGet, "/model", nil, http.StatusOK)
	yaml := strings.Replace(text.YAML, "min: 75", "min: 90", 1)
	d := call[DraftText](s, http.MethodPost, "/model/drafts", map[string]any{"name": "Harsher", "note": "fewer green", "yaml": yaml, "base_version": 1}, http.StatusCreated)
	broken := call[DraftText](s, http.MethodPost, "/model/drafts", map[string]any{"name": "Half done", "yaml": "kept: 1\nmetrics: [", "base_version": 1}, http.StatusCreated)
	if now := call[ModelText](s, http.MethodGet, "/model", nil, http.StatusOK); now.Version != 1 {
		t.Fatalf("version %d is in force after saving a draft", now.Version)
	}
	plan := call[ModelPlan](s, http.MethodGet, "/model/drafts/"+string(d.ID)+"/plan", nil, http.StatusOK)
	if len(plan.Changes) == 0 || plan.Impact == nil || len(plan.Impact.History) == 0 {
		t.Errorf("the plan of a draft: %+v", plan)
	}
	if plan := call[ModelPlan](s, http.MethodGet, "/model/drafts/"+string(broken.ID)+"/plan", nil, http.StatusOK); len(plan.Errors) == 0 {
		t.Error("a broken draft has no errors")
	}
	if w := s.request(http.MethodPost, basePath+"/model/drafts/"+string(broken.ID)+"/apply", adminToken, map[string]any{}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a broken draft is applied: %d", w.Code)
	}
	saved := call[DraftText](s, http.MethodPut, "/model/drafts/"+string(d.ID), map[string]any{"name": "Harsher", "yaml": yaml, "base_version": 1, "updated_at": d.UpdatedAt}, http.StatusOK)
	if w := s.request(http.MethodPut, basePath+"/model/drafts/"+string(d.ID), adminToken, map[string]any{"name": "Mine", "yaml": yaml, "base_version": 1, "updated_at": d.UpdatedAt}); w.Code != http.StatusConflict {
		t.Errorf("a save over another's is %d", w.Code)
	}
	other := call[DraftText](s, http.MethodPost, "/model/drafts", map[string]any{"name": "Other", "base_version": 1, "scorecard": scorecardOf(t, s, "default")}, http.StatusCreated)
	if !strings.Contains(other.YAML, "key: default") {
		t.Error("a draft of a scorecard has no text")
	}
	v := call[ModelVersion](s, http.MethodPost, "/model/drafts/"+string(saved.ID)+"/apply", map[string]any{}, http.StatusCreated)
	if v.Version != 2 || v.Note != "Harsher" {
		t.Errorf("applied as %+v", v)
	}
	if w := s.request(http.MethodPost, basePath+"/model/drafts/"+string(other.ID)+"/apply", adminToken, map[string]any{}); w.Code != http.StatusConflict {
		t.Errorf("a draft of an older version is applied: %d %s", w.Code, w.Body)
	}
	rows := call[List[DraftRow]](s, http.MethodGet, "/model/drafts", nil, http.StatusOK)
	if rows.Total != 2 || !rows.Items[0].Behind {
		t.Errorf("drafts: %+v", rows.Items)
	}
	for path, body := range map[string]map[string]any{
		"no text":    {"name": "x", "base_version": 1},
		"no version": {"name": "x", "yaml": "kept: 1", "base_version": 9},
		"one name":   {"name": "Other", "yaml": "kept: 1", "base_version": 1},
	} {
		if w := s.request(http.MethodPost, basePath+"/model/drafts", adminToken, body); w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s = %d", path, w.Code)
		}
	}
	if w := s.request(http.MethodDelete, basePath+"/model/drafts/"+string(other.ID), adminToken, nil); w.Code != http.StatusNoContent {
		t.Errorf("delete = %d", w.Code)
	}
}

func scorecardOf(t *testing.T, s *site, key string) any {
	t.Helper()
	text := call[map[string]any](s, http.MethodGet, "/scorecards/"+key, nil, http.StatusOK)
	for _, k := range []string{"as_of", "model_version", "accounts", "counts", "known", "$schema"} {
		delete(text, k)
	}
	return text
}
