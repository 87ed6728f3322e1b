package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"kept/internal/access"
)

var placeholder = regexp.MustCompile(`{[^}]+}`)

// operations returns every operation of the document.
func operations(s *Server) []*huma.Operation {
	var out []*huma.Operation
	for _, item := range s.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out = append(out, op)
			}
		}
	}
	return out
}

// TestEveryRouteIsGuarded goes through all operations: nobody gets 401, whoever
// lacks the permission gets 403, a write key gets 403 everywhere.
func TestEveryRouteIsGuarded(t *testing.T) {
	s := newSite(t, 0)
	if _, err := s.users.CreateUser(t.Context(), access.Principal{Kind: access.Token, Role: access.Admin}, access.NewUser{Email: "a@b.example", Role: access.Admin}); err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{}
	ops := operations(s.server)
	if len(ops) < 60 {
		t.Fatalf("only %d operations were found: the walk does not reach them", len(ops))
	}
	for _, op := range ops {
		need, ok := op.Metadata[needKey].(permission)
		if !ok {
			t.Errorf("%s declares no permission", op.OperationID)
			continue
		}
		path := placeholder.ReplaceAllString(op.Path, "x")
		if need == anyone {
			open[op.OperationID] = true
			continue
		}
		want := func(who, token string, status int) {
			t.Helper()
			w := s.request(op.Method, path, token, nil)
			if w.Code != status {
				t.Errorf("%s as %s = %d, want %d", op.OperationID, who, w.Code, status)
			}
			if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("%s as %s answers with %q, want a problem", op.OperationID, who, ct)
			}
		}
		want("nobody", "", http.StatusUnauthorized)
		want("a wrong token", "kept_t_wrong", http.StatusUnauthorized)
		want("a write key", writeKey, http.StatusForbidden)
		if need == signedIn {
			continue
		}
		for _, role := range access.Roles() {
			if !access.Can(role, need) {
				want(string(role), s.tokens[role], http.StatusForbidden)
			}
		}
	}
	// The document describes every route: whoever may use none needs it not.
	if w := s.request(http.MethodGet, "/api/openapi.json", "", nil); w.Code != http.StatusUnauthorized {
		t.Errorf("the OpenAPI document as nobody = %d, want 401", w.Code)
	}
	if w := s.request(http.MethodGet, "/api/openapi.json", s.tokens[access.Viewer], nil); w.Code != http.StatusOK {
		t.Errorf("the OpenAPI document as a viewer = %d, want 200", w.Code)
	}
	if len(open) != 3 || !open["setup"] || !open["sign-in"] || !open["receive-webhook"] {
		t.Errorf("open to anyone are %v, want setup, sign-in and signed webhooks only", open)
	}
}

func TestSetupAndSession(t *testing.T) {
	s := newSite(t, 0)
	var p Problem
	w := s.request(http.MethodGet, basePath+"/session", "", nil)
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusUnauthorized || p.Code != codeSetupRequired {
		t.Fatalf("before the set-up: %d %+v %v, want 401 %s", w.Code, p, err, codeSetupRequired)
	}
	body := map[string]string{"code": "wrong", "email": "ada@example.com", "name": "Ada", "password": "correct horse battery"}
	if w := s.request(http.MethodPost, basePath+"/setup", "", body); w.Code != http.StatusUnauthorized {
		t.Errorf("set-up with a wrong code = %d, want 401", w.Code)
	}
	body["code"] = "setup-code"
	w = s.request(http.MethodPost, basePath+"/setup", "", body)
	if w.Code != http.StatusCreated {
		t.Fatalf("set-up = %d %s", w.Code, w.Body)
	}
	cookie := w.Result().Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Name != sessionCookie {
		t.Errorf("the session cookie is not protected: %+v", cookie)
	}
	body["email"] = "eve@example.com"
	if w := s.request(http.MethodPost, basePath+"/setup", "", body); w.Code != http.StatusConflict {
		t.Errorf("a second set-up = %d, want 409", w.Code)
	}

	with := func(method, path string, headers ...string) int {
		r := httptest.NewRequestWithContext(t.Context(), method, basePath+path, strings.NewReader(`{"name":"x","role":"viewer"}`))
		r.Header.Set("Content-Type", "application/json")
		r.AddCookie(cookie)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return s.send(r).Code
	}
	for _, c := range []struct {
		what    string
		headers []string
		want    int
	}{
		{"without the CSRF header", nil, http.StatusForbidden},
		{"from another site", []string{csrfHeader, "1", "Origin", "https://evil.example"}, http.StatusForbidden},
		{"as the app does", []string{csrfHeader, "1", "Origin", "http://example.com"}, http.StatusCreated},
	} {
		if got := with(http.MethodPost, "/tokens", c.headers...); got != c.want {
			t.Errorf("a change with a cookie %s = %d, want %d", c.what, got, c.want)
		}
	}
	if got := with(http.MethodGet, "/session"); got != http.StatusOK {
		t.Errorf("reading the session = %d", got)
	}
	if got := with(http.MethodDelete, "/session", csrfHeader, "1"); got != http.StatusNoContent {
		t.Errorf("sign-out = %d", got)
	}
	if got := with(http.MethodGet, "/session"); got != http.StatusUnauthorized {
		t.Errorf("the session after sign-out = %d, want 401", got)
	}
}

func TestGuessingIsToldToWait(t *testing.T) {
	s := newSite(t, 3)
	for range 20 {
		w := s.request(http.MethodPost, basePath+"/session", "", map[string]string{"email": "nobody@example.com", "password": "a long password"})
		if w.Code == http.StatusUnauthorized {
			continue
		}
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
			t.Errorf("got %d with Retry-After %q, want 429 with a number of seconds: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
		}
		return
	}
	t.Error("twenty wrong passwords were not slowed down")
}

func TestStaticFiles(t *testing.T) {
	s := newSite(t, 0)
	for _, c := range []struct {
		path, encoding, body, cache string
		status                      int
	}{
		{"/", "", "<html>app</html>", "no-cache", 200},
		{"/accounts/acc_1/health", "", "<html>app</html>", "no-cache", 200},
		{"/assets/a-1.js", "", "js", "public, max-age=31536000, immutable", 200},
		{"/assets/a-1.js", "gzip", "zipped", "public, max-age=31536000, immutable", 200},
		{"/../../etc/passwd", "", "<html>app</html>", "no-cache", 200},
		{"/assets/gone.js", "", "", "", 404},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://example.com/", nil)
		r.URL.Path = c.path
		r.Header.Set("Accept-Encoding", c.encoding)
		w := httptest.NewRecorder()
		s.server.static(w, r)
		if w.Code != c.status || c.status == 200 && (w.Body.String() != c.body || w.Header().Get("Cache-Control") != c.cache) {
			t.Errorf("GET %s = %d %q (%s)", c.path, w.Code, w.Body, w.Header().Get("Cache-Control"))
		}
	}
	w := s.request(http.MethodGet, "/", "", nil)
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": contentPolicy, "X-Frame-Options": "DENY"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if w := s.request(http.MethodPost, basePath+"/accounts/x", adminToken, nil); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, PATCH" {
		t.Errorf("a wrong method = %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestPanicBecomesACode(t *testing.T) {
	s := newSite(t, 0)
	s.server.mux.HandleFunc("GET /boom", func(http.ResponseWriter, *http.Request) { panic("secret detail") })
	w := s.request(http.MethodGet, "/boom", "", nil)
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusInternalServerError || p.Instance == "" || strings.Contains(w.Body.String(), "secret detail") {
		t.Errorf("a panic answers %d %s", w.Code, w.Body)
	}
	if !strings.Contains(s.log.String(), p.Instance) || !strings.Contains(s.log.String(), "secret detail") {
		t.Error("the log has neither the code nor the cause")
	}
}

// TestLogHoldsNoQuery makes sure that what people search for stays out of the log.
func TestLogHoldsNoQuery(t *testing.T) {
	s := newSite(t, 2)
	s.request(http.MethodGet, basePath+"/accounts?q=jane.doe%40example.com", adminToken, nil)
	if log := s.log.String(); !strings.Contains(log, "/accounts") || strings.Contains(log, "jane") {
		t.Errorf("the access log is %q", log)
	}
}
