package api

import (
	"net/http"
	"strings"
	"testing"

	"kept/internal/drivers"
)

func TestDrivers(t *testing.T) {
	s := newSite(t, 400)
	r := call[drivers.Report](s, http.MethodGet, "/drivers?horizon=30d", nil, http.StatusOK)
	if r.Outcome != "left" || r.HorizonDays != 30 || r.Headline == "" || (r.Refusal == "") != (len(r.Drivers) > 0) {
		t.Errorf("%+v", r)
	}
	for query, want := range map[string]struct {
		status int
		says   string
	}{
		"?outcome=nothing":         {http.StatusUnprocessableEntity, "no account metric"},
		"?horizon=1d":              {http.StatusUnprocessableEntity, "7d to 730d"},
		"?event=event:never":       {http.StatusUnprocessableEntity, "on record"},
		"?event=maybe":             {http.StatusUnprocessableEntity, "event:NAME"},
		"?as_of=soon":              {http.StatusUnprocessableEntity, "not an instant"},
		"?as_of=1990-01-01":        {http.StatusOK, "cannot say"},
		"?outcome=active_users_7d": {http.StatusUnprocessableEntity, "no account metric"},
		"?outcome=arr":             {http.StatusOK, `"outcome":"arr"`},
	} {
		w := s.request(http.MethodGet, basePath+"/drivers"+query, adminToken, nil)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.says) {
			t.Errorf("%s = %d %.300s, want %d with %q", query, w.Code, w.Body, want.status, want.says)
		}
	}
}
