// Package connectortest runs connections in tests: on a real record store, with a
// clock that moves when somebody waits, against servers that a test makes up from
// recorded field data.
package connectortest

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/connector"
	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/ingest"
	"kept/internal/secret"
	"kept/internal/sqlstore"
	"kept/internal/testfix"
	"kept/internal/usage"
)

// Kit is a manager with everything behind it.
type Kit struct {
	*connector.Manager
	T       testing.TB
	Records *sqlstore.Store
	Events  usage.Store
	Hands   *Hands
	DB      string // the database file
	Merges  []connector.Merged
}

// Start is where the clock of a kit begins.
var Start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// New returns a kit of the kinds.
func New(t testing.TB, kinds ...*connector.Kind) *Kit {
	t.Helper()
	k := &Kit{T: t, Hands: &Hands{at: Start}, Events: usage.NewMemoryStore(), DB: filepath.Join(t.TempDir(), "kept.db")}
	var err error
	if k.Records, err = sqlstore.Open(t.Context(), k.DB, k.Hands); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Records.Close() })
	if _, err := k.Records.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	box, err := secret.New([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	all := connector.Kinds{}
	for _, one := range kinds {
		all[one.Name] = one
	}
	k.Manager = connector.NewManager(connector.Options{
		Store: k.Records, Kinds: all, Box: box, Clock: k.Hands, Log: slog.New(slog.DiscardHandler), Dir: t.TempDir(),
		Deps: ingest.Deps{Records: k.Records, Events: k.Events, Clock: k.Hands, Users: nobody{}},
		Env:  connector.Env{Clock: k.Hands, Sleep: k.Hands.Sleep, Local: true},
		Merged: func(_ context.Context, _ string, m connector.Merged) error {
			k.Merges = append(k.Merges, m)
			return nil
		},
	})
	return k
}

// nobody is a staff without members.
type nobody struct{}

// Users finds nobody.
func (nobody) Users(context.Context) ([]ingest.User, error) { return nil, nil }

// AddPlaceholder adds nobody.
func (nobody) AddPlaceholder(context.Context, ingest.User) error { return nil }

// Hands is a clock that a test moves, and that waiting moves.
type Hands struct {
	mu    sync.Mutex
	at    time.Time
	slept []time.Duration
}

// Now returns the time.
func (h *Hands) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

// Move sets the clock forward.
func (h *Hands) Move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// Sleep moves the clock instead of waiting.
func (h *Hands) Sleep(ctx context.Context, d time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
	h.slept = append(h.slept, d)
	return ctx.Err() //nolint:wrapcheck // as the real one
}

// Slept returns how long was waited, pause by pause, since the last call.
func (h *Hands) Slept() []time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.slept
	h.slept = nil
	return out
}

// Connect stores a connection that runs by hand.
func (k *Kit) Connect(kind string, cfg map[string]string, mapping string) connector.Connection {
	k.T.Helper()
	c, err := k.Create(k.T.Context(), connector.Draft{Name: kind, Kind: kind, Config: cfg, Mapping: mapping})
	if err != nil {
		k.T.Fatal(err)
	}
	return c
}

// Read runs a connection once and wants the state.
func (k *Kit) Read(ref id.Connection, want connector.RunState) (connector.Run, ingest.Report) {
	k.T.Helper()
	k.Hands.Move(time.Second)
	r, err := k.RunNow(k.T.Context(), ref)
	if err != nil {
		k.T.Fatal(err)
	}
	if r.State != want {
		k.T.Fatalf("the run is %s (%s), want %s: %s", r.State, r.Message, want, r.Report)
	}
	var report ingest.Report
	if err := json.Unmarshal(r.Report, &report); err != nil {
		k.T.Fatal(err)
	}
	return r, report
}

// Everything in the record, as a filter.
var everything = customer.Filter{Page: customer.Page{Limit: customer.Everything}}

// Accounts returns all accounts by their id in a source.
func (k *Kit) Accounts(source string) map[string]customer.Account {
	k.T.Helper()
	rows, err := k.Records.Accounts(k.T.Context(), everything)
	if err != nil {
		k.T.Fatal(err)
	}
	refs, err := k.Records.ExternalRefs(k.T.Context(), "account", nil)
	if err != nil {
		k.T.Fatal(err)
	}
	out := map[string]customer.Account{}
	for _, r := range refs {
		for _, a := range rows {
			if r.Source == source && string(a.ID) == r.ObjectID {
				out[r.External] = a
			}
		}
	}
	return out
}

// Tickets returns all tickets.
func (k *Kit) Tickets() []customer.Ticket { return all(k, k.Records.Tickets) }

// Contacts returns all contacts.
func (k *Kit) Contacts() []customer.Contact { return all(k, k.Records.Contacts) }

// Subscriptions returns all subscriptions.
func (k *Kit) Subscriptions() []customer.Subscription { return all(k, k.Records.Subscriptions) }

// Activities returns all activities.
func (k *Kit) Activities() []customer.Activity { return all(k, k.Records.Activities) }

// Facts returns all facts.
func (k *Kit) Facts() []customer.Fact { return all(k, k.Records.Facts) }

func all[T any](k *Kit, list func(context.Context, customer.Filter) ([]T, error)) []T {
	k.T.Helper()
	rows, err := list(k.T.Context(), everything)
	if err != nil {
		k.T.Fatal(err)
	}
	return rows
}

// Names counts the stored events by name.
func (k *Kit) Names() map[string]int64 {
	k.T.Helper()
	stats, err := k.Events.Names(k.T.Context())
	if err != nil {
		k.T.Fatal(err)
	}
	out := map[string]int64{}
	for _, s := range stats {
		out[s.Name] = s.Count
	}
	return out
}

// Server is a fake of a system: it answers with what Handle gives, after the
// failures that a test queued.
type Server struct {
	*httptest.Server
	mu       sync.Mutex
	failures []http.HandlerFunc
	requests []*http.Request
}

// Serve starts a fake that ends with the test.
func Serve(t testing.TB, handle http.HandlerFunc) *Server {
	t.Helper()
	s := &Server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r)
		var fail http.HandlerFunc
		if len(s.failures) > 0 {
			fail, s.failures = s.failures[0], s.failures[1:]
		}
		s.mu.Unlock()
		if fail != nil {
			fail(w, r)
			return
		}
		handle(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// Fail queues failures for the next requests.
func (s *Server) Fail(list ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, list...)
}

// Requests returns the requests since the last call.
func (s *Server) Requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.requests
	s.requests = nil
	return out
}

// Status answers with a status and the headers, name and value in turn.
func Status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(`{"error": "made up"}`))
	}
}

// Hang breaks the connection without an answer.
func Hang(http.ResponseWriter, *http.Request) {
	panic(http.ErrAbortHandler) //nolint:forbidigo // the server's own way to drop a connection
}

// Answer writes JSON.
func Answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// Seeds reads a CSV of recorded field data from the shared folder, as objects of
// texts; the test is skipped where the folder is absent.
func Seeds(t testing.TB, set, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(testfix.Shared(t, "data", set, "integration_tests", "seeds", name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		one := map[string]string{}
		for i, column := range rows[0] {
			one[strings.TrimSpace(column)] = strings.TrimSpace(row[i])
		}
		out = append(out, one)
	}
	return out
}

// Instant turns a seed's time into RFC 3339; "" stays.
func Instant(t testing.TB, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	text = strings.TrimSuffix(text, " UTC")
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04:05.999999", "2006-01-02 15:04", time.DateOnly, time.RFC3339Nano} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC().Format(time.RFC3339)
		}
	}
	t.Fatalf("%q is not a time of the seeds", text)
	return ""
}

// Rules returns the names of a report's findings, sorted.
func Rules(r *ingest.Report) []string {
	var out []string
	for i := range r.Quality {
		out = append(out, r.Quality[i].Rule)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
