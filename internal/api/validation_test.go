package api

import (
	"net/http"
	"strings"
	"testing"

	"kept/internal/validate"
)

func TestValidation(t *testing.T) {
	s := newSite(t, 40)
	r := call[validate.Report](s, http.MethodGet, "/scorecards/default/validation?horizon=60d&capacity=5", nil, http.StatusOK)
	if r.Scorecard != "default" || r.Setup.HorizonDays != 60 || r.Headline == "" || r.Ladder.Allows == "" {
		t.Errorf("report: %+v", r)
	}
	if r.Status == validate.StatusOK && len(r.Canaries) != 5 {
		t.Errorf("%d canaries", len(r.Canaries))
	}
	for query, want := range map[string]struct {
		status int
		says   string
	}{
		"default/validation?horizon=0":                   {http.StatusUnprocessableEntity, "out of range"},
		"default/validation?horizon=3650d":               {http.StatusUnprocessableEntity, "7d to 730d"},
		"default/validation?horizon=soon":                {http.StatusUnprocessableEntity, "number of days"},
		"default/validation?grace=400d":                  {http.StatusUnprocessableEntity, "0d to 180d"},
		"default/validation?history=imagined":            {http.StatusUnprocessableEntity, "history"},
		"default/validation?outcome=maybe":               {http.StatusUnprocessableEntity, "event:NAME"},
		"default/validation?outcome=event:nothing":       {http.StatusUnprocessableEntity, "on record"},
		"default/validation?as_of=yesterday":             {http.StatusUnprocessableEntity, "not an instant"},
		"default/validation?past_from=x":                 {http.StatusUnprocessableEntity, "past_from"},
		"nope/validation":                                {http.StatusNotFound, "there is no scorecard"},
		"default/validation?capacity=-3":                 {http.StatusUnprocessableEntity, "capacity"},
		"default/validation?horizon=90d&grace=0d":        {http.StatusOK, `"grace_days":0`},
		"default/validation?as_of=2025-03-02":            {http.StatusOK, "headline"},
		"default/validation?outcome=left":                {http.StatusOK, `"outcome":"left"`},
		"default/validation?history=recorded":            {http.StatusOK, "headline"},
		"digital/validation?horizon=7d&as_of=1980-01-01": {http.StatusOK, "refused"},
	} {
		w := s.request(http.MethodGet, basePath+"/scorecards/"+query, adminToken, nil)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.says) {
			t.Errorf("%s = %d %.300s, want %d with %q", query, w.Code, w.Body, want.status, want.says)
		}
	}
}
