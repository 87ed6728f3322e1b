package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestWebhooks(t *testing.T) {
	s := newSite(t, 0)
	draft := map[string]any{"name": "Chat", "url": "https://chat.example/hook", "kinds": []string{"account.band_changed"}}
	made := call[NewWebhook](s, http.MethodPost, "/webhooks", draft, http.StatusCreated)
	if !strings.HasPrefix(made.Secret, "kept_whsec_") || made.Name != "Chat" {
		t.Fatalf("made: %+v", made)
	}
	at := "/webhooks/" + string(made.ID)
	if body := s.request(http.MethodGet, basePath+at, adminToken, nil).Body.String(); strings.Contains(body, made.Secret) || strings.Contains(body, "k1:") {
		t.Errorf("the secret is shown again: %s", body)
	}
	if again := call[NewWebhook](s, http.MethodPost, at+"/rotate", nil, http.StatusOK); again.Secret == made.Secret || again.Secret == "" {
		t.Error("the new secret is the old one")
	}
	if w := s.request(http.MethodPost, basePath+at+"/test", adminToken, nil); w.Code != http.StatusAccepted {
		t.Errorf("test: %d %s", w.Code, w.Body)
	}
	log := call[List[DeliveryRow]](s, http.MethodGet, at+"/deliveries", nil, http.StatusOK)
	if log.Total != 1 || log.Items[0].Kind != "webhook.test" {
		t.Fatalf("log: %+v", log)
	}
	missing := strings.Repeat("0", 24)
	for name, b := range map[string]struct {
		method, path string
		body         any
		status       int
	}{
		"the name of another":       {http.MethodPost, "/webhooks", draft, 409},
		"no address":                {http.MethodPost, "/webhooks", map[string]any{"name": "x", "url": "", "kinds": []string{"import.finished"}}, 422},
		"an unknown kind":           {http.MethodPost, "/webhooks", map[string]any{"name": "x", "url": "https://a.example", "kinds": []string{"*"}}, 422},
		"no kinds":                  {http.MethodPost, "/webhooks", map[string]any{"name": "x", "url": "https://a.example", "kinds": []string{}}, 422},
		"a file":                    {http.MethodPut, at, map[string]any{"name": "x", "url": "file:///x", "kinds": []string{"import.finished"}}, 422},
		"an unknown key":            {http.MethodPut, at, map[string]any{"name": "x", "url": "https://a.example", "kinds": []string{"import.finished"}, "secret": "mine"}, 422},
		"kinds that are a text":     {http.MethodPut, at, map[string]any{"name": "x", "url": "https://a.example", "kinds": "all"}, 422},
		"a missing one":             {http.MethodGet, "/webhooks/whk_" + missing, nil, 404},
		"an id of another kind":     {http.MethodGet, "/webhooks/cnx_" + missing, nil, 422},
		"rotating a missing one":    {http.MethodPost, "/webhooks/whk_" + missing + "/rotate", nil, 404},
		"testing a missing one":     {http.MethodPost, "/webhooks/whk_" + missing + "/test", nil, 404},
		"deleting a missing one":    {http.MethodDelete, "/webhooks/whk_" + missing, nil, 404},
		"sending what is under way": {http.MethodPost, "/webhook-deliveries/" + string(log.Items[0].ID) + "/redeliver", nil, 409},
		"sending a missing one":     {http.MethodPost, "/webhook-deliveries/dlv_" + missing + "/redeliver", nil, 404},
		"a wrong cursor":            {http.MethodGet, at + "/deliveries?cursor=x", nil, 422},
	} {
		w := s.request(b.method, basePath+b.path, adminToken, b.body)
		var p Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != b.status || p.Detail == "" {
			t.Errorf("%s: %d, want %d: %s", name, w.Code, b.status, w.Body)
		}
	}
	if w := s.request(http.MethodDelete, basePath+at, adminToken, nil); w.Code != http.StatusNoContent {
		t.Errorf("delete: %d %s", w.Code, w.Body)
	}
}
