package outbound_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v82/webhook"

	"kept/internal/connector"
	"kept/internal/connectortest"
	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/jobs"
	"kept/internal/outbound"
	"kept/internal/sqlstore"
)

const signingSecret = "kept_whsec_of_the_test"

// site is a store with a webhook to a receiver that the test makes up.
type site struct {
	t       *testing.T
	store   *sqlstore.Store
	hands   *connectortest.Hands
	sender  *outbound.Sender
	worker  *jobs.Worker
	hook    outbound.Webhook
	mu      sync.Mutex
	answers []http.HandlerFunc
	got     []*http.Request
	bodies  []string
}

func newSite(t *testing.T) *site {
	t.Helper()
	k := connectortest.New(t)
	s := &site{t: t, hands: k.Hands, store: k.Records}
	server := httptest.NewServer(http.HandlerFunc(s.receive))
	t.Cleanup(server.Close)
	s.hook = outbound.Webhook{ID: "whk_1", Name: "Receiver", URL: server.URL + "/hook", Kinds: []string{outbound.AccountChurned, outbound.BandChanged, outbound.ImportFinished}}
	var err error
	if s.hook.Sealed, err = k.Box.Seal("whk_1", []byte(signingSecret)); err != nil {
		t.Fatal(err)
	}
	if err := s.store.PutWebhook(t.Context(), s.hook); err != nil {
		t.Fatal(err)
	}
	s.sender = &outbound.Sender{Store: s.store, Box: k.Box, Clock: k.Hands, Log: slog.New(slog.DiscardHandler), Env: connector.Env{Local: true}}
	s.worker = &jobs.Worker{Store: s.store, Clock: k.Hands, Log: s.sender.Log, Handlers: map[string]jobs.Handler{outbound.DeliverJob: s.sender.Work}}
	return s
}

func (s *site) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.got, s.bodies = append(s.got, r), append(s.bodies, string(body))
	var answer http.HandlerFunc
	if len(s.answers) > 0 {
		answer, s.answers = s.answers[0], s.answers[1:]
	}
	s.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	_, _ = w.Write([]byte("thanks"))
}

// work runs what is due and returns how many jobs that were.
func (s *site) work() int {
	s.t.Helper()
	n, err := s.worker.Once(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *site) log() []outbound.Delivery {
	s.t.Helper()
	out, err := s.store.Deliveries(s.t.Context(), s.hook.ID, "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *site) account(ref, name string) customer.Account {
	s.t.Helper()
	a := customer.Account{ID: id.Account(ref), Name: name, Since: connectortest.Start.AddDate(-1, 0, 0)}
	err := s.store.InTx(s.t.Context(), func(tx customer.Tx) error { _, err := tx.PutAccounts(s.t.Context(), []customer.Account{a}); return err })
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func TestDelivery(t *testing.T) {
	s := newSite(t)
	a := s.account("acc_1", "Acme")
	churn := func(at time.Time) error {
		return s.store.InTx(t.Context(), func(tx customer.Tx) error { return tx.MarkChurned(t.Context(), a.ID, at) })
	}
	if err := churn(s.hands.Now().AddDate(0, 0, -1)); err != nil {
		t.Fatal(err)
	}
	if n := s.work(); n != 1 || len(s.got) != 1 {
		t.Fatalf("%d jobs, %d requests", n, len(s.got))
	}
	// Stripe's own library checks the signature: the scheme is the same.
	header := s.got[0].Header.Get(outbound.SignatureHeader)
	if err := webhook.ValidatePayloadIgnoringTolerance([]byte(s.bodies[0]), header, signingSecret); err != nil {
		t.Errorf("the signature %q: %v", header, err)
	}
	if err := webhook.ValidatePayloadIgnoringTolerance([]byte(s.bodies[0]), header, "another"); err == nil {
		t.Error("another secret fits as well")
	}
	var e outbound.Event
	if err := json.Unmarshal([]byte(s.bodies[0]), &e); err != nil || e.Kind != outbound.AccountChurned || e.ID == "" {
		t.Errorf("the body is %s: %v", s.bodies[0], err)
	}
	if d := s.log()[0]; d.State != outbound.Delivered || d.LastStatus != 200 || d.LastResponse != "thanks" || d.Attempts != 1 {
		t.Errorf("the log: %+v", d)
	}
	// The same change again, and one of long ago, tell nothing.
	if err := churn(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := churn(s.hands.Now().AddDate(0, 0, -1)); err != nil {
		t.Fatal(err)
	}
	if err := churn(s.hands.Now().AddDate(0, -6, 0)); err != nil {
		t.Fatal(err)
	}
	if n := len(s.log()); n != 1 {
		t.Errorf("%d deliveries of one change", n)
	}
	// Sent again by hand: the same event, a fresh signature.
	s.hands.Move(time.Hour)
	if err := s.store.Redeliver(t.Context(), s.log()[0].ID); err != nil {
		t.Fatal(err)
	}
	if s.work() != 1 || s.bodies[1] != s.bodies[0] || s.got[1].Header.Get(outbound.SignatureHeader) == header {
		t.Error("a redelivery is not the same event with a new signature")
	}
}

// TestInTheChange rolls a change back: nothing is told of it.
func TestInTheChange(t *testing.T) {
	s := newSite(t)
	a := s.account("acc_1", "Acme")
	err := s.store.InTx(t.Context(), func(tx customer.Tx) error {
		if err := tx.MarkChurned(t.Context(), a.ID, s.hands.Now()); err != nil {
			return err
		}
		return fault.New(fault.Conflict, "changed my mind")
	})
	if !fault.Is(err, fault.Conflict) || len(s.log()) != 0 || s.work() != 0 {
		t.Errorf("a change that was rolled back is told of: %v, %v", err, s.log())
	}
	run := sqlstore.ImportRun{ID: "imp_1", MappingName: "crm", State: sqlstore.RunRunning}
	for _, state := range []sqlstore.RunState{sqlstore.RunRunning, sqlstore.RunDone} {
		run.State = state
		if err := s.store.PutImportRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.log(); len(got) != 1 || got[0].Kind != outbound.ImportFinished {
		t.Errorf("an import that is done: %+v", got)
	}
}

func TestRetries(t *testing.T) {
	s := newSite(t)
	status := connectortest.Status
	s.answers = []http.HandlerFunc{status(500), status(429, "Retry-After", "900"), connectortest.Hang, status(302, "Location", "https://elsewhere.example")}
	if err := s.store.Emit(t.Context(), s.hook.ID, outbound.Event{ID: "evt_1", Kind: outbound.Test, At: s.hands.Now()}); err != nil {
		t.Fatal(err)
	}
	for n := range 4 {
		if s.work() != 1 {
			t.Fatalf("attempt %d is not due", n+1)
		}
		d := s.log()[0]
		if d.State != outbound.Waiting || d.Attempts != n+1 || d.LastError == "" || d.NextAt.IsZero() {
			t.Errorf("after attempt %d: %+v", n+1, d)
		}
		if s.work() != 0 {
			t.Errorf("after attempt %d there is no pause", n+1)
		}
		if n == 1 {
			s.hands.Move(10 * time.Minute)
			if s.work() != 0 {
				t.Error("the receiver's wish for a pause is not kept")
			}
		}
		s.hands.Move(20 * time.Minute)
	}
	if s.work() != 1 || s.log()[0].State != outbound.Delivered || s.log()[0].Attempts != 5 {
		t.Errorf("in the end: %+v", s.log()[0])
	}
	// What is gone is not asked for again.
	s.answers = []http.HandlerFunc{status(410)}
	if err := s.store.Emit(t.Context(), s.hook.ID, outbound.Event{ID: "evt_2", Kind: outbound.Test, At: s.hands.Now()}); err != nil {
		t.Fatal(err)
	}
	s.work()
	s.hands.Move(24 * time.Hour)
	if got := s.log()[0]; got.State != outbound.Dead || got.FinishedAt.IsZero() || s.work() != 0 {
		t.Errorf("a receiver that is gone: %+v", got)
	}
	// A receiver that never answers well is given up at last.
	for range jobs.DefaultAttempts {
		s.answers = append(s.answers, status(503))
	}
	if err := s.store.Emit(t.Context(), s.hook.ID, outbound.Event{ID: "evt_3", Kind: outbound.Test, At: s.hands.Now()}); err != nil {
		t.Fatal(err)
	}
	for range jobs.DefaultAttempts {
		s.work()
		s.hands.Move(jobs.MaxPause)
	}
	if got := s.log()[0]; got.State != outbound.Dead || got.Attempts != jobs.DefaultAttempts {
		t.Errorf("a receiver that fails: %+v", got)
	}
	total, dead, waiting, err := s.store.CountDeliveries(t.Context(), s.hook.ID)
	if err != nil || total != 3 || dead != 2 || waiting != 0 {
		t.Errorf("%d deliveries, %d dead, %d waiting, %v", total, dead, waiting, err)
	}
}

func TestWatch(t *testing.T) {
	s := newSite(t)
	score := 42.5
	look := func(bands ...string) int {
		t.Helper()
		s.hands.Move(time.Minute)
		var rows []outbound.Standing
		for i, band := range bands {
			rows = append(rows, outbound.Standing{Account: id.Account("acc_" + string(rune('a'+i))), Name: "A", Band: band, Score: &score})
		}
		n, err := outbound.Watch(t.Context(), s.store, s.hands.Now(), 3, rows)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i, c := range []struct {
		bands []string
		want  int
	}{
		{[]string{"green", "yellow"}, 0},
		{[]string{"green", "yellow"}, 0},
		{[]string{"red", "yellow"}, 1},
		{[]string{"red", "yellow"}, 0},
		{[]string{"green", "red", "green"}, 2},
		{[]string{"", "red", "green"}, 1},
		{[]string{"red", "red", "green"}, 1},
	} {
		if got := look(c.bands...); got != c.want {
			t.Errorf("look %d at %v tells of %d changes, want %d", i, c.bands, got, c.want)
		}
	}
	var e outbound.Event
	last := s.log()[0]
	if err := json.Unmarshal([]byte(last.Body), &e); err != nil || e.Data["from"] != nil || e.Data["to"] != "red" || e.Data["score"] != 42.5 {
		t.Errorf("the last one is %s", last.Body)
	}
	if n := len(s.log()); n != 5 {
		t.Errorf("%d deliveries, want 5", n)
	}
}

func TestCheck(t *testing.T) {
	good := outbound.Webhook{Name: "a", URL: "https://example.com/hook?x=1", Kinds: []string{outbound.BandChanged}}
	if err := good.Check(false); err != nil {
		t.Fatal(err)
	}
	for field, list := range map[string][]func(*outbound.Webhook){
		"name": {func(w *outbound.Webhook) { w.Name = " " }, func(w *outbound.Webhook) { w.Name = strings.Repeat("x", 81) }, func(w *outbound.Webhook) { w.Name = "a\nb" }},
		"url": {
			func(w *outbound.Webhook) { w.URL = "" }, func(w *outbound.Webhook) { w.URL = "example.com" }, func(w *outbound.Webhook) { w.URL = "http://example.com" },
			func(w *outbound.Webhook) { w.URL = "file:///etc/passwd" }, func(w *outbound.Webhook) { w.URL = "https://a:b@example.com" }, func(w *outbound.Webhook) { w.URL = "https://example.com/#x" },
			func(w *outbound.Webhook) { w.URL = "https://example.com/" + strings.Repeat("x", 2000) }, func(w *outbound.Webhook) { w.URL = "https:example.com" },
		},
		"kinds":    {func(w *outbound.Webhook) { w.Kinds = nil }},
		"kinds[0]": {func(w *outbound.Webhook) { w.Kinds = []string{"*"} }},
		"kinds[1]": {func(w *outbound.Webhook) { w.Kinds = []string{outbound.BandChanged, outbound.BandChanged} }},
	} {
		for i, spoil := range list {
			w := good
			w.Kinds = slices.Clone(good.Kinds)
			spoil(&w)
			err := w.Check(false)
			list, ok := err.(fault.List) //nolint:errorlint // it is the list itself
			if !ok || list[0].Field != field {
				t.Errorf("%s %d: %v", field, i, err)
			}
		}
	}
}
