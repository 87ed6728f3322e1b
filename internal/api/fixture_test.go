package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"kept/examples"
	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/connector"
	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/id"
	"kept/internal/ingest"
	"kept/internal/model"
	"kept/internal/simulate"
	"kept/internal/sqlstore"
	"kept/internal/usage"
)

// testNow is the instant of every test: the sample company's history ends there.
var testNow = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

const (
	adminToken = "bootstrap-token-0123456789"
	writeKey   = "bootstrap-write-key-0123456789"
)

// site is a server with a small sample company behind it, on real SQLite and the
// reference event store.
type site struct {
	t       testing.TB
	server  *Server
	handler http.Handler
	users   *access.Service
	records *sqlstore.Store
	events  usage.Store
	company *simulate.Company
	log     *bytes.Buffer
	tokens  map[access.Role]string

	connections *connector.Manager
}

type testOverrides struct{ *sqlstore.Store }

func (o testOverrides) HealthOverrides(ctx context.Context, ids []id.Account) ([]evaluate.AccountOverride, error) {
	rows, err := o.Overrides(ctx, ids)
	var out []evaluate.AccountOverride
	for _, r := range rows {
		out = append(out, evaluate.AccountOverride{Account: r.AccountID, Scorecard: r.Scorecard, Override: r.Override})
	}
	return out, err
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newSite(t testing.TB, accounts int) *site {
	t.Helper()
	return newSiteOver(t, accounts, 6)
}

// newSiteOver is newSite with a history of some months.
func newSiteOver(t testing.TB, accounts, months int) *site {
	t.Helper()
	ctx := t.Context()
	s := &site{t: t, log: &bytes.Buffer{}, tokens: map[access.Role]string{}, events: usage.NewMemoryStore()}
	clk := clock.Fixed(testNow.Add(-300 * time.Millisecond)) // writes hardly ever fall on a whole second
	dir := t.TempDir()
	s.records = must[*sqlstore.Store](t)(sqlstore.Open(ctx, filepath.Join(dir, "kept.db"), clk))
	t.Cleanup(func() { _ = s.records.Close() })
	must[int64](t)(s.records.Migrate(ctx))
	engine := evaluate.New(evaluate.Options{Records: s.records, Events: s.events, Overrides: testOverrides{s.records}, Clock: clk})
	text := defaultModel(t)
	version := must[int64](t)(s.records.SaveModel(ctx, sqlstore.ModelVersion{YAML: text, Checksum: "x", Note: "default"}))
	m := must[*model.Model](t)(model.Parse([]model.File{{Path: "m.yaml", Data: []byte(text)}}))
	engine.SetModel(version, must[*model.Compiled](t)(m.Compile()))
	s.users = must[*access.Service](t)(access.New(access.Config{
		Store: s.records, Clock: clk, SetupCode: "setup-code", Cost: access.Cost{MemoryKiB: 64, Time: 1, Threads: 1},
	}))
	if err := s.users.Bootstrap(ctx, adminToken, writeKey); err != nil {
		t.Fatal(err)
	}
	if accounts > 0 {
		s.load(ctx, accounts, months)
	}
	must[bool](t)(engine.Refresh(ctx))
	importer := NewImporter(ImporterOptions{
		Store: s.records, Clock: clk, Log: slog.New(slog.DiscardHandler), Dir: filepath.Join(dir, "imports"),
		Deps: ingest.Deps{Records: s.records, Events: s.events, Clock: clk},
	})
	work, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- importer.Run(work) }()
	t.Cleanup(func() { stop(); <-done })
	s.connect(clk, dir)
	s.server = New(Options{
		Log: slog.New(slog.NewTextHandler(s.log, nil)), Clock: clk, Version: "test", Company: "Test", Access: s.users, Engine: engine,
		Records: s.records, Events: s.events, Product: s.records, Imports: importer, Connections: s.connections, Identity: s.records, Webhooks: Webhooks{Store: s.records, Box: s.connections.Box, Local: true},
		Web: fstest.MapFS{
			"index.html": {Data: []byte("<html>app</html>")}, "assets/a-1.js": {Data: []byte("js")}, "assets/a-1.js.gz": {Data: []byte("zipped")},
		},
	})
	s.handler = s.server.Handler()
	by := access.Principal{Kind: access.Token, Name: "test", Role: access.Admin}
	for _, role := range access.Roles() {
		secret, _, err := s.users.CreateToken(ctx, by, access.NewToken{Name: string(role), Role: role, Alone: true})
		if err != nil {
			t.Fatal(err)
		}
		s.tokens[role] = secret
	}
	return s
}

func defaultModel(t testing.TB) string {
	t.Helper()
	entries, err := examples.DefaultModel.ReadDir("default/model")
	if err != nil {
		t.Fatal(err)
	}
	var files []model.File
	for _, e := range entries {
		raw, err := examples.DefaultModel.ReadFile("default/model/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, model.File{Path: e.Name(), Data: raw})
	}
	m, err := model.Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	return string(model.Marshal(m))
}

func (s *site) load(ctx context.Context, accounts, months int) {
	s.t.Helper()
	c, err := simulate.New(simulate.Config{Accounts: accounts, Months: months, Seed: 3, End: testNow, EventsTarget: int64(accounts) * 200})
	if err != nil {
		s.t.Fatal(err)
	}
	s.company = c
	for _, u := range c.Users() {
		if err := s.records.PutUser(ctx, access.User{ID: u.ID, Email: u.Email, Name: u.Name, Role: access.CSM, CreatedAt: u.Since, UpdatedAt: testNow}); err != nil {
			s.t.Fatal(err)
		}
	}
	err = s.records.InTx(ctx, func(tx customer.Tx) error {
		if _, err := tx.PutProducts(ctx, c.Products()); err != nil {
			return err
		}
		var all []customer.Account
		for _, a := range c.Accounts() {
			all = append(all, a.Account)
		}
		if _, err := tx.PutAccounts(ctx, all); err != nil {
			return err
		}
		for _, a := range c.Accounts() {
			for _, put := range []func() error{
				func() error { _, err := tx.PutContacts(ctx, a.Contacts); return err },
				func() error { _, err := tx.PutRelationships(ctx, a.Relationships); return err },
				func() error { _, err := tx.PutSubscriptions(ctx, a.Subscriptions); return err },
				func() error { _, err := tx.PutTickets(ctx, a.Tickets); return err },
				func() error { _, err := tx.PutActivities(ctx, a.Activities); return err },
				func() error { _, err := tx.AddFacts(ctx, a.Facts); return err },
			} {
				if err := put(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range c.Accounts() {
		var batch []usage.Event
		if err := c.Events(i, func(e usage.Event) error { batch = append(batch, e); return nil }); err != nil {
			s.t.Fatal(err)
		}
		if _, err := s.events.Append(ctx, batch); err != nil {
			s.t.Fatal(err)
		}
	}
}

// request sends a request with a bearer token ("" for none) and a JSON body.
func (s *site) request(method, path, token string, in any) *httptest.ResponseRecorder {
	s.t.Helper()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			s.t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, body)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return s.send(r)
}

func (s *site) send(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// call sends a request as an admin, wants a status and reads the answer.
func call[T any](s *site, method, path string, in any, status int) T {
	s.t.Helper()
	var out T
	w := s.request(method, basePath+path, adminToken, in)
	if w.Code != status {
		s.t.Fatalf("%s %s = %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			s.t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
		}
	}
	return out
}
