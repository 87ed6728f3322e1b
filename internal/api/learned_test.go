package api

import (
	"net/http"
	"strings"
	"testing"
)

func TestLearnedWeights(t *testing.T) {
	s := newSite(t, 400)
	got := call[LearnedWeights](s, http.MethodGet, "/scorecards/default/learned?outcome=left&horizon=30d&accounts=3", nil, http.StatusOK)
	if got.Scorecard != "default" || got.HorizonDays != 30 || got.Headline == "" || got.Learned != (got.Proposal != nil) || got.Learned == (got.Why != "") {
		t.Fatalf("%+v", got)
	}
	if !got.Learned {
		t.Fatalf("the site of the test has nothing to learn from: %s", got.Why)
	}
	if len(got.Accounts) != 3 || got.AccountsTotal < 100 || len(got.Weights) < 10 {
		t.Errorf("%d of %d accounts, %d weights", len(got.Accounts), got.AccountsTotal, len(got.Weights))
	}
	// Adopting makes a version; the version before it can be brought back.
	before := call[ModelText](s, http.MethodGet, "/model", nil, http.StatusOK)
	body := map[string]any{"base_version": got.ModelVersion, "outcome": "left", "horizon": "30d"}
	made := call[ModelVersion](s, http.MethodPost, "/scorecards/default/learned/adopt", body, http.StatusCreated)
	if made.Version != got.ModelVersion+1 || !strings.Contains(made.Note, "Learned weights") {
		t.Errorf("%+v", made)
	}
	card := call[ScorecardDetail](s, http.MethodGet, "/scorecards/default", nil, http.StatusOK)
	if card.Scorecard.Groups[0].Weight != got.Proposal.Groups[0].Weight {
		t.Errorf("group weight %v, proposed %v", card.Scorecard.Groups[0].Weight, got.Proposal.Groups[0].Weight)
	}
	w := s.request(http.MethodPost, basePath+"/scorecards/default/learned/adopt", adminToken, body)
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "look at the learned weights again") {
		t.Errorf("adopted twice: %d %s", w.Code, w.Body)
	}
	undone := call[ModelVersion](s, http.MethodPost, "/model/apply", map[string]any{"yaml": before.YAML, "base_version": made.Version, "note": "back"}, http.StatusCreated)
	after := call[ModelText](s, http.MethodGet, "/model", nil, http.StatusOK)
	if undone.Version != made.Version+1 || after.YAML != before.YAML {
		t.Error("going back does not bring the text back")
	}
	for query, want := range map[string]struct {
		status int
		says   string
	}{
		"nope/learned":                     {http.StatusNotFound, "there is no scorecard"},
		"default/learned?horizon=1d":       {http.StatusUnprocessableEntity, "7d to 730d"},
		"default/learned?outcome=event:no": {http.StatusUnprocessableEntity, "on record"},
		"default/learned?accounts=5000":    {http.StatusUnprocessableEntity, "accounts"},
		"default/learned?as_of=1990-01-01": {http.StatusOK, `"learned":false`},
	} {
		w := s.request(http.MethodGet, basePath+"/scorecards/"+query, adminToken, nil)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.says) {
			t.Errorf("%s = %d %.300s, want %d with %q", query, w.Code, w.Body, want.status, want.says)
		}
	}
}
