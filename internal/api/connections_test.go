package api

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v82/webhook"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/connector"
	"kept/internal/connector/sqlsource"
	"kept/internal/connector/stripe"
	"kept/internal/connector/zendesk"
	"kept/internal/ingest"
	"kept/internal/secret"
)

// connect makes the site's connections; nothing runs but by hand.
func (s *site) connect(clk clock.Clock, dir string) {
	s.t.Helper()
	box, err := secret.New(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		s.t.Fatal(err)
	}
	kinds := connector.Kinds{}
	for _, k := range append(sqlsource.Kinds(), stripe.Kind(), zendesk.Kind()) {
		kinds[k.Name] = k
	}
	s.connections = connector.NewManager(connector.Options{
		Store: s.records, Kinds: kinds, Box: box, Clock: clk, Log: slog.New(slog.DiscardHandler), Dir: filepath.Join(dir, "runs"),
		Deps: ingest.Deps{Records: s.records, Events: s.events, Clock: clk}, Env: connector.Env{Local: true},
	})
}

const hookSecret = "whsec_of_the_test_0123456789"

func stripeDraft(base string) map[string]any {
	return map[string]any{
		"name": "Billing", "kind": "stripe", "every_seconds": 900,
		"config": map[string]any{"base_url": base, "api_key": "sk_test_very_secret_key", "webhook_secret": hookSecret},
	}
}

// emptyStripe is a Stripe without objects.
func emptyStripe(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "wrong") {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = w.Write([]byte(`{"object": "list", "data": [], "has_more": false}`))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestConnections(t *testing.T) {
	s := newSite(t, 0)
	base := emptyStripe(t)
	kinds := call[List[ConnectorRow]](s, http.MethodGet, "/connectors", nil, http.StatusOK)
	if len(kinds.Items) != 5 {
		t.Fatalf("%d kinds", len(kinds.Items))
	}
	try := stripeDraft(base)
	if got := call[ConnectionTest](s, http.MethodPost, "/connections/test", try, http.StatusOK); !strings.Contains(got.Says, "Stripe answers") {
		t.Errorf("test: %+v", got)
	}
	preview := call[ConnectionPreview](s, http.MethodPost, "/connections/preview", try, http.StatusOK)
	if len(preview.Samples) != 4 || !preview.Samples[0].Mapped || preview.Mapping == "" {
		t.Errorf("preview: %+v", preview)
	}
	c := call[ConnectionRow](s, http.MethodPost, "/connections", try, http.StatusCreated)
	raw, err := json.Marshal(c)
	if err != nil || bytes.Contains(raw, []byte("very_secret")) || bytes.Contains(raw, []byte(hookSecret)) {
		t.Fatalf("the answer shows a secret: %s", raw)
	}
	if c.State != "new" || len(c.Secrets) != 2 || c.WebhookPath == "" || c.OwnMapping {
		t.Errorf("connection: %+v", c)
	}
	call[ConnectionRow](s, http.MethodPost, "/connections/"+string(c.ID)+"/pause", nil, http.StatusOK)
	if got := call[ConnectionRow](s, http.MethodGet, "/connections/"+string(c.ID), nil, http.StatusOK); got.State != "paused" || !got.NextRunAt.IsZero() {
		t.Errorf("paused: %+v", got)
	}
	call[ConnectionRow](s, http.MethodPost, "/connections/"+string(c.ID)+"/resume", nil, http.StatusOK)
	run := call[ConnectionRunRow](s, http.MethodPost, "/connections/"+string(c.ID)+"/run", nil, http.StatusAccepted)
	for range 6000 {
		if run = call[ConnectionRunRow](s, http.MethodGet, "/connection-runs/"+string(run.ID), nil, http.StatusOK); run.State != "running" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if run.State != "done" || run.Report == nil {
		t.Fatalf("run: %+v", run)
	}
	if got := s.request(http.MethodGet, basePath+"/connection-runs/"+string(run.ID)+"/rejects.csv", adminToken, nil); got.Code != http.StatusOK || !strings.HasPrefix(got.Body.String(), "stream,id,column,value,reason") {
		t.Errorf("rejects: %d %s", got.Code, got.Body)
	}
	if got := call[List[ConnectionRunRow]](s, http.MethodGet, "/connections/"+string(c.ID)+"/runs", nil, http.StatusOK); got.Total != 1 {
		t.Errorf("runs: %+v", got)
	}
	whole := call[ConnectionRow](s, http.MethodGet, "/connections/"+string(c.ID), nil, http.StatusOK)
	if whole.State != "ok" || len(whole.Cursors) != 4 {
		t.Errorf("after the run: %+v", whole)
	}
	if got := call[ConnectionRow](s, http.MethodPost, "/connections/"+string(c.ID)+"/reset", map[string]any{"stream": "customers"}, http.StatusOK); len(got.Cursors) != 3 {
		t.Errorf("after the reset: %+v", got.Cursors)
	}
	// Secrets that are left out stay; the log and the audit know none.
	change := stripeDraft(base)
	change["config"], change["name"] = map[string]any{"base_url": base}, "Payments"
	if got := call[ConnectionRow](s, http.MethodPut, "/connections/"+string(c.ID), change, http.StatusOK); got.Name != "Payments" || len(got.Secrets) != 2 {
		t.Errorf("changed: %+v", got)
	}
	audit := s.request(http.MethodGet, basePath+"/audit", adminToken, nil).Body.String()
	if strings.Contains(s.log.String()+audit, "very_secret") || !strings.Contains(audit, "connection.update") {
		t.Errorf("audit: %s", audit)
	}
	call[List[WaitingRow]](s, http.MethodGet, "/connections/"+string(c.ID)+"/waiting", nil, http.StatusOK)
	if w := s.request(http.MethodDelete, basePath+"/connections/"+string(c.ID), adminToken, nil); w.Code != http.StatusNoContent {
		t.Errorf("delete: %d %s", w.Code, w.Body)
	}
	if w := s.request(http.MethodPost, basePath+"/connections", s.tokens[access.CSM], stripeDraft(base)); w.Code != http.StatusForbidden {
		t.Errorf("a CSM connects: %d", w.Code)
	}
}

// TestBadConnections sends what is wrong: each answer is a clear 4xx.
func TestBadConnections(t *testing.T) {
	s := newSite(t, 0)
	base := emptyStripe(t)
	c := call[ConnectionRow](s, http.MethodPost, "/connections", stripeDraft(base), http.StatusCreated)
	at := "/connections/" + string(c.ID)
	draft := func(change func(map[string]any)) map[string]any {
		d := stripeDraft(base)
		d["name"] = "Another"
		change(d)
		return d
	}
	config := func(key string, v any) map[string]any {
		return draft(func(d map[string]any) { d["config"].(map[string]any)[key] = v })
	}
	long := strings.Repeat("x", 70_000)
	for _, b := range []struct {
		name, method, path string
		body               any
		status             int
	}{
		{"no body", http.MethodPost, "/connections", nil, 400},
		{"a list", http.MethodPost, "/connections", []int{1}, 422},
		{"no name", http.MethodPost, "/connections", draft(func(d map[string]any) { d["name"] = "" }), 422},
		{"an endless name", http.MethodPost, "/connections", draft(func(d map[string]any) { d["name"] = long }), 422},
		{"a name with a line break", http.MethodPost, "/connections", draft(func(d map[string]any) { d["name"] = "a\nb" }), 422},
		{"the name of another", http.MethodPost, "/connections", stripeDraft(base), 409},
		{"no kind", http.MethodPost, "/connections", draft(func(d map[string]any) { delete(d, "kind") }), 422},
		{"an unknown kind", http.MethodPost, "/connections", draft(func(d map[string]any) { d["kind"] = "oracle" }), 422},
		{"an unknown key", http.MethodPost, "/connections", draft(func(d map[string]any) { d["password"] = "x" }), 422},
		{"no settings", http.MethodPost, "/connections", draft(func(d map[string]any) { delete(d, "config") }), 422},
		{"settings that are a list", http.MethodPost, "/connections", draft(func(d map[string]any) { d["config"] = []string{"x"} }), 422},
		{"a setting that is a number", http.MethodPost, "/connections", config("api_key", 7), 422},
		{"a setting that is null", http.MethodPost, "/connections", config("api_key", nil), 422},
		{"an unknown setting", http.MethodPost, "/connections", config("region", "eu"), 422},
		{"no secret", http.MethodPost, "/connections", config("api_key", ""), 422},
		{"a publishable key", http.MethodPost, "/connections", config("api_key", "pk_live_x"), 422},
		{"an endless setting", http.MethodPost, "/connections", config("api_key", long), 422},
		{"a setting with NUL", http.MethodPost, "/connections", config("api_key", "a\x00b"), 422},
		{"a setting of two lines", http.MethodPost, "/connections", config("api_key", "a\nb"), 422},
		{"a file as address", http.MethodPost, "/connections", config("base_url", "file:///etc/passwd"), 422},
		{"another scheme", http.MethodPost, "/connections", config("base_url", "gopher://127.0.0.1"), 422},
		{"no host", http.MethodPost, "/connections", config("base_url", "https://"), 422},
		{"a password in the address", http.MethodPost, "/connections", config("base_url", "https://a:b@api.stripe.com"), 422},
		{"a fragment in the address", http.MethodPost, "/connections", config("base_url", "https://api.stripe.com/#x"), 422},
		{"an opaque address", http.MethodPost, "/connections", config("base_url", "https:api.stripe.com"), 422},
		{"an interval below zero", http.MethodPost, "/connections", draft(func(d map[string]any) { d["every_seconds"] = -1 }), 422},
		{"an interval of a second", http.MethodPost, "/connections", draft(func(d map[string]any) { d["every_seconds"] = 1 }), 422},
		{"an interval of a year", http.MethodPost, "/connections", draft(func(d map[string]any) { d["every_seconds"] = 31_536_000 }), 422},
		{"an interval in words", http.MethodPost, "/connections", draft(func(d map[string]any) { d["every_seconds"] = "hourly" }), 422},
		{"half a second", http.MethodPost, "/connections", draft(func(d map[string]any) { d["every_seconds"] = 60.5 }), 422},
		{"a mapping that is no YAML", http.MethodPost, "/connections", draft(func(d map[string]any) { d["mapping"] = "{" }), 422},
		{"a mapping of another version", http.MethodPost, "/connections", draft(func(d map[string]any) { d["mapping"] = "kept: 9" }), 422},
		{"a mapping with an unknown target", http.MethodPost, "/connections", draft(func(d map[string]any) {
			d["mapping"] = "kept: 1\nsource: x\nfiles: [{path: customers.jsonl, rows: [{target: invoice, id: id}]}]"
		}), 422},
		{"a mapping with YAML tricks", http.MethodPost, "/connections", draft(func(d map[string]any) { d["mapping"] = "a: &a [x]\nb: [*a, *a]" }), 422},
		{"a mapping that is a number", http.MethodPost, "/connections", draft(func(d map[string]any) { d["mapping"] = 1 }), 422},
		{"no mapping where one is needed", http.MethodPost, "/connections", map[string]any{"name": "w", "kind": "postgres", "every_seconds": 0, "config": map[string]string{"address": "postgres://a@b/c", "query": "SELECT 1"}}, 422},
		{"a query that writes", http.MethodPost, "/connections", map[string]any{"name": "w", "kind": "postgres", "every_seconds": 0, "mapping": stripe.Mapping, "config": map[string]string{"address": "postgres://a@b/c", "query": "DROP TABLE x"}}, 422},
		{"a mapping that the system does not have", http.MethodPost, "/connections/preview", draft(func(d map[string]any) { d["mapping"] = "kept: 1" }), 422},
		{"a test with a wrong key", http.MethodPost, "/connections/test", config("api_key", "sk_wrong"), 422},
		{"a test of what does not listen", http.MethodPost, "/connections/test", config("base_url", "ftp://127.0.0.1:1"), 422},
		{"a test for another's id", http.MethodPost, "/connections/test", draft(func(d map[string]any) { d["id"] = "acc_1" }), 422},
		{"a test for a missing id", http.MethodPost, "/connections/test", draft(func(d map[string]any) { d["id"] = "cnx_" + strings.Repeat("0", 24) }), 422},
		{"an id that is none", http.MethodGet, "/connections/x", nil, 422},
		{"an id of another kind", http.MethodGet, "/connections/acc_" + strings.Repeat("0", 24), nil, 422},
		{"a missing connection", http.MethodGet, "/connections/cnx_" + strings.Repeat("0", 24), nil, 404},
		{"changing a missing one", http.MethodPut, "/connections/cnx_" + strings.Repeat("0", 24), stripeDraft(base), 404},
		{"another kind for it", http.MethodPut, at, draft(func(d map[string]any) {
			d["kind"], d["config"] = "zendesk", map[string]any{"base_url": "https://a.zendesk.com", "email": "a@b.example", "api_token": "x"}
		}), 422},
		{"running a missing one", http.MethodPost, "/connections/cnx_" + strings.Repeat("0", 24) + "/run", nil, 404},
		{"stopping what does not run", http.MethodPost, at + "/stop", nil, 409},
		{"resetting with a number", http.MethodPost, at + "/reset", map[string]any{"stream": 1}, 422},
		{"deleting a missing one", http.MethodDelete, "/connections/cnx_" + strings.Repeat("0", 24), nil, 404},
		{"a run that is none", http.MethodGet, "/connection-runs/x", nil, 422},
		{"a missing run", http.MethodGet, "/connection-runs/run_" + strings.Repeat("0", 24), nil, 404},
		{"rejects of a missing run", http.MethodGet, "/connection-runs/run_" + strings.Repeat("0", 24) + "/rejects.csv", nil, 404},
		{"a wrong cursor", http.MethodGet, at + "/runs?cursor=x", nil, 422},
		{"a limit of none", http.MethodGet, at + "/runs?limit=0", nil, 422},
		{"an unknown parameter", http.MethodGet, at + "/runs?page=2", nil, 422},
	} {
		w := s.request(b.method, basePath+b.path, adminToken, b.body)
		var p Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code < 400 || w.Code >= 500 || w.Code != b.status || p.Detail == "" {
			t.Errorf("%s: %d, want %d: %s", b.name, w.Code, b.status, w.Body)
		}
		if strings.Contains(w.Body.String(), "very_secret") {
			t.Errorf("%s: the answer shows the secret", b.name)
		}
	}
}

func TestHooks(t *testing.T) {
	s := newSite(t, 0)
	c := call[ConnectionRow](s, http.MethodPost, "/connections", stripeDraft(emptyStripe(t)), http.StatusCreated)
	now := testNow.Add(-300 * time.Millisecond)
	body := []byte(`{"id": "evt_1", "object": "event", "type": "customer.updated", "data": {"object": {"id": "cus_1", "object": "customer"}}}`)
	send := func(path, header string, body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
		if header != "" {
			r.Header.Set("Stripe-Signature", header)
		}
		return s.send(r)
	}
	sign := func(body []byte, at time.Time) string {
		return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: hookSecret, Timestamp: at}).Header
	}
	good := sign(body, now)
	if w := send(c.WebhookPath, good, body); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"duplicate":false`) {
		t.Fatalf("a signed webhook: %d %s", w.Code, w.Body)
	}
	if w := send(c.WebhookPath, good, body); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"duplicate":true`) {
		t.Errorf("a replayed webhook: %d %s", w.Code, w.Body)
	}
	large := append([]byte(`{"id": "evt_2", "x": "`), bytes.Repeat([]byte("x"), maxHook)...)
	for name, w := range map[string]struct {
		got  *httptest.ResponseRecorder
		want int
	}{
		"no signature":         {send(c.WebhookPath, "", body), 401},
		"a wrong one":          {send(c.WebhookPath, "t=1,v1=00", body), 401},
		"an old one":           {send(c.WebhookPath, sign(body, now.Add(-time.Hour)), body), 401},
		"one for another body": {send(c.WebhookPath, good, append(body, '\n')), 401},
		"a huge body":          {send(c.WebhookPath, sign(large, now), large), 413},
		"no JSON":              {send(c.WebhookPath, sign([]byte("x"), now), []byte("x")), 422},
		"an empty body":        {send(c.WebhookPath, sign(nil, now), nil), 422},
		"an unknown kind":      {send(basePath+"/hooks/paypal/"+string(c.ID), good, body), 404},
		"another kind":         {send(basePath+"/hooks/zendesk/"+string(c.ID), good, body), 404},
		"an unknown one":       {send(basePath+"/hooks/stripe/cnx_"+strings.Repeat("0", 24), good, body), 404},
		"nonsense":             {send(basePath+"/hooks/stripe/x", good, body), 404},
	} {
		var p Problem
		if err := json.Unmarshal(w.got.Body.Bytes(), &p); err != nil || w.got.Code != w.want || p.Detail == "" {
			t.Errorf("%s: %d, want %d: %s", name, w.got.Code, w.want, w.got.Body)
		}
	}
	if strings.Contains(s.log.String(), "evt_1") {
		t.Error("the log holds what a webhook says")
	}
}
