package zendesk

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"kept/internal/connector"
	"kept/internal/connectortest"
	"kept/internal/customer"
)

// fake is a Zendesk filled from recorded field data.
type fake struct {
	t                             *testing.T
	organizations, users, tickets []map[string]any
	metrics                       []map[string]any
	page                          int // rows a page of the cursor exports
}

func number(t *testing.T, text string) any {
	t.Helper()
	if text == "" {
		return nil
	}
	if _, err := strconv.ParseInt(text, 10, 64); err != nil {
		t.Fatalf("%q is not an id", text)
	}
	return json.Number(text)
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// newFake joins the seeds' tickets to their organizations, round robin, as the
// seeds themselves join almost nothing.
func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, page: 4}
	for _, o := range connectortest.Seeds(t, "fivetran-zendesk", "organization_data") {
		f.organizations = append(f.organizations, map[string]any{
			"id": number(t, o["id"]), "name": o["name"], "created_at": connectortest.Instant(t, o["created_at"]), "updated_at": connectortest.Instant(t, o["updated_at"]),
			"domain_names": []any{o["name"] + ".example"}, "external_id": text(o["external_id"]), "deleted_at": nil,
		})
	}
	for i, u := range connectortest.Seeds(t, "fivetran-zendesk", "user_data") {
		f.users = append(f.users, map[string]any{
			"id": number(t, u["id"]), "name": u["name"], "email": u["email"], "role": u["role"], "created_at": connectortest.Instant(t, u["created_at"]),
			"organization_id": f.organizations[i%len(f.organizations)]["id"], "active": u["active"] == "TRUE",
		})
	}
	for i, k := range connectortest.Seeds(t, "fivetran-zendesk", "ticket_data") {
		f.tickets = append(f.tickets, map[string]any{
			"id": number(t, k["id"]), "subject": k["subject"], "status": k["status"], "priority": text(k["priority"]), "type": text(k["type"]),
			"created_at": connectortest.Instant(t, k["created_at"]), "updated_at": connectortest.Instant(t, k["updated_at"]),
			"organization_id": f.organizations[i%len(f.organizations)]["id"], "satisfaction_rating": map[string]any{"score": "unoffered"},
		})
	}
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if who, _, ok := r.BasicAuth(); !ok || who != "kept@acme.example/token" {
		connectortest.Status(http.StatusUnauthorized)(w, r)
		return
	}
	q := r.URL.Query()
	switch r.URL.Path {
	case "/api/v2/users/me.json":
		connectortest.Answer(w, map[string]any{"user": map[string]any{"name": "Ada", "role": "admin"}})
	case "/api/v2/incremental/organizations.json":
		since, _ := strconv.ParseInt(q.Get("start_time"), 10, 64)
		rows, end := []map[string]any{}, since
		for _, o := range f.organizations {
			at, err := time.Parse(time.RFC3339, o["updated_at"].(string))
			if err != nil {
				f.t.Error(err)
			}
			if at.Unix() >= since {
				rows, end = append(rows, o), max(end, at.Unix())
			}
		}
		connectortest.Answer(w, map[string]any{"organizations": rows, "count": len(rows), "end_time": end, "end_of_stream": true})
	case "/api/v2/incremental/users/cursor.json":
		f.export(w, r, "users", f.users)
	case "/api/v2/incremental/tickets/cursor.json":
		f.export(w, r, "tickets", f.tickets)
	default:
		connectortest.Status(http.StatusNotFound)(w, r)
	}
}

func (f *fake) export(w http.ResponseWriter, r *http.Request, name string, rows []map[string]any) {
	at, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	end := min(at+f.page, len(rows))
	answer := map[string]any{
		name: rows[at:end], "after_cursor": strconv.Itoa(end), "after_url": "unused", "end_of_stream": end == len(rows), "count": end - at,
	}
	if name == "tickets" && r.URL.Query().Get("include") == "metric_sets" {
		answer["metric_sets"] = f.metrics
	}
	connectortest.Answer(w, answer)
}

func settings(url string) map[string]string {
	return map[string]string{"base_url": url, "email": "kept@acme.example", "api_token": "zd-secret-token"}
}

func TestRead(t *testing.T) {
	f := newFake(t)
	f.metrics = []map[string]any{{
		"ticket_id": f.tickets[1]["id"], "solved_at": "2020-12-23T00:00:00Z", "reply_time_in_minutes": map[string]any{"calendar": json.Number("90")},
	}}
	f.tickets[1]["satisfaction_rating"] = map[string]any{"score": "bad"}
	server := connectortest.Serve(t, f.ServeHTTP)
	k := connectortest.New(t, Kind())
	if said, err := k.Test(t.Context(), "", connector.Draft{Name: "z", Kind: "zendesk", Config: settings(server.URL)}); err != nil {
		t.Fatal(said, err)
	}
	c := k.Connect("zendesk", settings(server.URL), "")
	run, report := k.Read(c.ID, connector.Succeeded)
	if report.Objects["accounts"].Created != 10 || report.Objects["tickets"].Created != 10 || report.Rejects != 0 {
		t.Fatalf("the first run: %+v %+v", report.Objects["accounts"], report.Objects["tickets"])
	}
	if run.Pages != 1+3+3 || run.RowsRead != 30 {
		t.Errorf("%d pages, %d rows", run.Pages, run.RowsRead)
	}
	customers := 0
	for _, u := range f.users {
		if u["role"] == "end-user" {
			customers++
		}
	}
	if got := len(k.Contacts()); got != customers || customers == 0 {
		t.Errorf("%d contacts, want the %d end users", got, customers)
	}
	byExternal := map[string]customer.Ticket{}
	for _, ticket := range k.Tickets() {
		byExternal[ticket.Subject+ticket.OpenedAt.String()] = ticket
		if ticket.State == customer.TicketOpen {
			t.Errorf("ticket %q is open, and all of the seeds are solved, closed or deleted", ticket.Subject)
		}
	}
	rated := slices.IndexFunc(k.Tickets(), func(one customer.Ticket) bool { return one.Satisfaction != nil })
	if rated < 0 {
		t.Fatal("no ticket is rated")
	}
	if one := k.Tickets()[rated]; *one.Satisfaction != 0 || one.SolvedAt.Format(time.DateOnly) != "2020-12-23" || one.FirstReplyAt.Sub(one.OpenedAt) != 90*time.Minute {
		t.Errorf("the rated ticket: %+v", one)
	}
	// Ten requests a minute, not more.
	slept := k.Hands.Slept()
	if len(slept) != 6 || slices.Max(slept) > pace {
		t.Errorf("pauses of the first run: %v", slept)
	}
	// Nothing new: nothing changes, and the next run begins where this one ended.
	server.Requests()
	_, report = k.Read(c.ID, connector.Succeeded)
	if n := report.Objects["tickets"]; n != nil && n.Created+n.Updated > 0 {
		t.Errorf("a second run changed tickets: %+v", n)
	}
	for _, r := range server.Requests() {
		if r.URL.Path == "/api/v2/incremental/tickets/cursor.json" && r.URL.Query().Get("cursor") != "10" {
			t.Errorf("the second run asks for %s", r.URL.RawQuery)
		}
	}
	names := k.Names()
	if names["ticket_opened"] != 10 || names["ticket_solved"] != 10 || names["csat_answer"] != 1 {
		t.Errorf("events: %v", names)
	}
}

func TestFailures(t *testing.T) {
	f := newFake(t)
	server := connectortest.Serve(t, f.ServeHTTP)
	k := connectortest.New(t, Kind())
	c := k.Connect("zendesk", settings(server.URL), "")
	// Pauses that the system asks for are kept, failures that pass are tried again.
	server.Fail(connectortest.Status(http.StatusTooManyRequests, "Retry-After", "93"), connectortest.Status(http.StatusInternalServerError),
		connectortest.Hang, connectortest.Status(http.StatusBadGateway))
	_, report := k.Read(c.ID, connector.Succeeded)
	if slept := k.Hands.Slept(); slept[0] != 93*time.Second {
		t.Errorf("pauses: %v, want the 93 seconds first", slept)
	}
	if report.Objects["accounts"].Created != 10 {
		t.Errorf("accounts: %+v", report.Objects["accounts"])
	}
	// A refused credential ends the run at once, and says so.
	server.Fail(connectortest.Status(http.StatusUnauthorized))
	server.Requests()
	run, _ := k.Read(c.ID, connector.Failed)
	if n := len(server.Requests()); n != 1 {
		t.Errorf("a refused credential was tried %d times", n)
	}
	if stored, err := k.Records.Connection(t.Context(), c.ID); err != nil || stored.Failures != 1 || stored.LastError != run.Message {
		t.Errorf("after a failure: %+v, %v", stored, err)
	}
	// A system that stays down ends the run; the next one goes on.
	for range 5 {
		server.Fail(connectortest.Status(http.StatusServiceUnavailable))
	}
	k.Read(c.ID, connector.Failed)
	k.Read(c.ID, connector.Succeeded)
	if stored, err := k.Records.Connection(t.Context(), c.ID); err != nil || stored.Failures != 0 || stored.LastError != "" {
		t.Errorf("after a success: %+v, %v", stored, err)
	}
	for name, page := range map[string]map[string]any{
		"without the list":        {"end_of_stream": true},
		"with the same cursor":    {"tickets": []any{}, "after_cursor": "10", "end_of_stream": false},
		"without a cursor":        {"tickets": []any{}, "end_of_stream": false},
		"with a row without id":   {"tickets": []any{map[string]any{"subject": "x"}}, "after_cursor": "11", "end_of_stream": true},
		"with a list of no lists": {"tickets": "x"},
	} {
		pass := func(w http.ResponseWriter, r *http.Request) { f.ServeHTTP(w, r) }
		server.Fail(pass, pass, func(w http.ResponseWriter, _ *http.Request) { connectortest.Answer(w, page) })
		if run, _ := k.Read(c.ID, connector.Failed); run.Message == "" {
			t.Errorf("an answer %s fails without a word", name)
		}
	}
	server.Fail(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>sign in</html>")) })
	k.Read(c.ID, connector.Failed)
}

// TestLate stores a ticket although its organization arrives in a later run.
func TestLate(t *testing.T) {
	f := newFake(t)
	late := f.organizations[9]
	f.organizations = f.organizations[:9]
	server := connectortest.Serve(t, f.ServeHTTP)
	k := connectortest.New(t, Kind())
	c := k.Connect("zendesk", settings(server.URL), "")
	run, report := k.Read(c.ID, connector.Succeeded)
	if run.RowsWaiting == 0 || len(k.Tickets()) != 9 {
		t.Fatalf("%d rows wait, %d tickets", run.RowsWaiting, len(k.Tickets()))
	}
	if rules := connectortest.Rules(&report); !slices.Contains(rules, "orphan_row") {
		t.Errorf("findings: %v", rules)
	}
	late["updated_at"] = connectortest.Start.Format(time.RFC3339)
	f.organizations = append(f.organizations, late)
	run, _ = k.Read(c.ID, connector.Succeeded)
	if run.RowsWaiting != 0 || len(k.Tickets()) != 10 {
		t.Errorf("after the organization came: %d rows wait, %d tickets", run.RowsWaiting, len(k.Tickets()))
	}
}

// TestChanged follows a rename, a deletion, and a schema that loses a field.
func TestChanged(t *testing.T) {
	f := newFake(t)
	server := connectortest.Serve(t, f.ServeHTTP)
	k := connectortest.New(t, Kind())
	c := k.Connect("zendesk", settings(server.URL), "")
	k.Read(c.ID, connector.Succeeded)
	first := f.organizations[0]
	first["name"], first["updated_at"], first["deleted_at"] = "Renamed", connectortest.Start.Format(time.RFC3339), connectortest.Start.Format(time.RFC3339)
	for _, o := range f.organizations {
		delete(o, "external_id")
	}
	opened := connectortest.Start.Add(-time.Hour).Format(time.RFC3339)
	f.tickets = append(f.tickets, map[string]any{
		"id": json.Number("99999"), "subject": "new", "status": "open", "organization_id": first["id"], "created_at": opened, "updated_at": opened, "priority": "urgent",
	}, map[string]any{"id": json.Number("99998"), "subject": "nobody's", "status": "open", "organization_id": nil, "created_at": opened, "updated_at": opened})
	_, report := k.Read(c.ID, connector.Succeeded)
	id := first["id"].(json.Number).String()
	if got := k.Accounts("zendesk")[id]; got.Name != "Renamed" {
		t.Errorf("the account is called %q", got.Name)
	}
	gone := false
	for _, fact := range k.Facts() {
		gone = gone || fact.Key == "support_deleted" && fact.Value == customer.BoolValue(true) && fact.AccountID == k.Accounts("zendesk")[id].ID
	}
	if !gone {
		t.Error("the deleted organization is not marked")
	}
	if rules := connectortest.Rules(&report); !slices.Contains(rules, "column_never_present") {
		t.Errorf("a lost field is not reported: %v", rules)
	}
	open := 0
	for _, one := range k.Tickets() {
		if one.State == customer.TicketOpen {
			open++
			if !one.Escalated {
				t.Error("an urgent ticket is not escalated")
			}
		}
	}
	if open != 1 {
		t.Errorf("%d open tickets, want 1", open)
	}
}

func TestSettings(t *testing.T) {
	k := connectortest.New(t, Kind())
	for name, spoil := range map[string]func(map[string]string){
		"no address":         func(c map[string]string) { delete(c, "base_url") },
		"another scheme":     func(c map[string]string) { c["base_url"] = "ftp://acme.zendesk.com" },
		"no host":            func(c map[string]string) { c["base_url"] = "acme" },
		"a user in it":       func(c map[string]string) { c["base_url"] = "https://a:b@acme.zendesk.com" },
		"a query":            func(c map[string]string) { c["base_url"] = "https://acme.zendesk.com/?x=1" },
		"no e-mail":          func(c map[string]string) { c["email"] = "ada" },
		"no token":           func(c map[string]string) { c["api_token"] = " " },
		"two lines":          func(c map[string]string) { c["api_token"] = "a\nb" },
		"an unknown setting": func(c map[string]string) { c["subdomain"] = "acme" },
	} {
		cfg := settings("https://acme.zendesk.com")
		spoil(cfg)
		if _, err := k.Create(t.Context(), connector.Draft{Name: name, Kind: "zendesk", Config: cfg}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
