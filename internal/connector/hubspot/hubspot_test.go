package hubspot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kept/internal/connector"
	"kept/internal/connectortest"
	"kept/internal/customer"
	"kept/internal/fault"
)

// fake is a HubSpot filled from recorded field data.
type fake struct {
	t        *testing.T
	rows     map[string][]map[string]any
	archived map[string][]map[string]any
	company  map[string]string // "deals/1" → company
	owners   []map[string]any
	page     int
	asked    map[string][]string // properties of the last search
}

// null is what HubSpot writes for an empty property.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (f *fake) add(kind, id, created string, properties map[string]any) {
	if created == "" {
		created = "2020-01-01T00:00:00Z"
	}
	for i := range streams {
		if streams[i].name == kind {
			properties[streams[i].changed] = created
		}
	}
	properties["createdate"] = created
	f.rows[kind] = append(f.rows[kind], map[string]any{"id": id, "properties": properties, "createdAt": created, "updatedAt": created, "archived": false})
}

// newFake joins the seeds, whose associations do not join, round robin.
func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, page: 10, rows: map[string][]map[string]any{}, archived: map[string][]map[string]any{}, company: map[string]string{}, asked: map[string][]string{}}
	const set = "fivetran-hubspot"
	at := func(s string) string { return connectortest.Instant(t, s) }
	var companies []string
	for _, c := range connectortest.Seeds(t, set, "company_data") {
		companies = append(companies, c["id"])
		f.add("companies", c["id"], at(c["property_createdate"]), map[string]any{
			"name": null(c["property_name"]), "domain": "www." + c["id"] + ".example", "industry": null(c["property_industry"]), "country": null(c["property_country"]),
			"annualrevenue": null(c["property_annualrevenue"]), "numberofemployees": nil, "hubspot_owner_id": "1", "lifecyclestage": "customer", "hs_merged_object_ids": nil,
			"hs_all-funky-a9384-syntax": null(c["property_hs_all-funky-a9384-syntax"]),
		})
	}
	join := func(kind, id string, i int) { f.company[kind+"/"+id] = companies[i%len(companies)] }
	for i, c := range connectortest.Seeds(t, set, "contact_data") {
		join("contacts", c["id"], i)
		f.add("contacts", c["id"], at(c["property_createdate"]), map[string]any{
			"email": null(c["property_email"]), "firstname": null(c["property_firstname"]), "lastname": null(c["property_lastname"]), "jobtitle": null(c["property_jobtitle"]),
			"hs_merged_object_ids": null(c["property_hs_merged_object_ids"]),
		})
	}
	for i, d := range connectortest.Seeds(t, set, "deal_data") {
		join("deals", d["deal_id"], i)
		f.add("deals", d["deal_id"], at(d["property_createdate"]), map[string]any{
			"dealname": null(d["property_dealname"]), "amount": null(d["property_amount"]), "closedate": null(at(d["property_closedate"])), "dealstage": "closedwon", "dealtype": nil, "hs_is_closed": "true", "hs_is_closed_won": "true",
		})
	}
	for i, k := range connectortest.Seeds(t, set, "ticket_data") {
		join("tickets", k["id"], i)
		f.add("tickets", k["id"], at(k["property_createdate"]), map[string]any{
			"subject": null(k["property_subject"]), "closed_date": null(at(k["property_closed_date"])), "first_agent_reply_date": null(at(k["property_first_agent_reply_date"])), "hs_ticket_priority": null(k["property_hs_ticket_priority"]),
		})
	}
	for i, m := range connectortest.Seeds(t, set, "engagement_meeting_data") {
		join("meetings", m["engagement_id"], i)
		f.add("meetings", m["engagement_id"], at(m["start_time"]), map[string]any{
			"hs_timestamp": at(m["start_time"]), "hs_meeting_start_time": at(m["start_time"]), "hs_meeting_title": null(m["title"]), "hs_meeting_body": null(m["body"]), "hs_meeting_outcome": null(m["meeting_outcome"]),
		})
	}
	f.owners = []map[string]any{{"id": "1", "email": "ada@acme.example", "firstName": "Ada", "lastName": "L"}}
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer pat-secret" {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"status": "error", "message": "Authentication credentials not found"}`))
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.URL.Path == "/crm/v3/owners":
		connectortest.Answer(w, map[string]any{"results": f.owners})
	case strings.HasPrefix(r.URL.Path, "/crm/v4/associations/"):
		var in struct{ Inputs []struct{ ID string } }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			f.t.Error(err)
		}
		results := []any{}
		for _, one := range in.Inputs {
			if to := f.company[parts[3]+"/"+one.ID]; to != "" {
				results = append(results, map[string]any{"from": map[string]any{"id": one.ID}, "to": []any{
					map[string]any{"toObjectId": json.Number("1"), "associationTypes": []any{map[string]any{"label": nil}}},
					map[string]any{"toObjectId": json.Number(to), "associationTypes": []any{map[string]any{"label": nil}, map[string]any{"label": "Primary"}}},
				}})
			}
		}
		w.WriteHeader(http.StatusMultiStatus)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "COMPLETE", "results": results})
	case strings.HasSuffix(r.URL.Path, "/search"):
		f.search(w, r, parts[3])
	case r.URL.Query().Get("archived") == "true":
		f.answer(w, f.archived[parts[3]], r.URL.Query().Get("after"))
	default:
		f.answer(w, f.rows[parts[3]], r.URL.Query().Get("after"))
	}
}

func (f *fake) search(w http.ResponseWriter, r *http.Request, kind string) {
	var in struct {
		FilterGroups []struct {
			Filters []struct{ PropertyName, Operator, Value string }
		}
		Sorts      []struct{ PropertyName, Direction string }
		Properties []string
		Limit      int
		After      string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.FilterGroups) != 1 || in.FilterGroups[0].Filters[0].Operator != "GTE" || in.Sorts[0].Direction != "ASCENDING" {
		f.t.Errorf("search of %s: %+v, %v", kind, in, err)
	}
	f.asked[kind] = in.Properties
	since, err := strconv.ParseInt(in.FilterGroups[0].Filters[0].Value, 10, 64)
	if err != nil {
		f.t.Error(err)
	}
	var rows []map[string]any
	for _, o := range f.rows[kind] {
		at, err := millis(o["properties"].(map[string]any)[in.Sorts[0].PropertyName].(string))
		if err != nil {
			f.t.Error(err)
		}
		if at >= since {
			rows = append(rows, o)
		}
	}
	slices.SortStableFunc(rows, func(a, b map[string]any) int {
		x := a["properties"].(map[string]any)[in.Sorts[0].PropertyName].(string)
		return strings.Compare(x, b["properties"].(map[string]any)[in.Sorts[0].PropertyName].(string))
	})
	f.answer(w, rows, in.After)
}

func (f *fake) answer(w http.ResponseWriter, rows []map[string]any, after string) {
	from, _ := strconv.Atoi(after)
	to := min(from+f.page, len(rows))
	answer := map[string]any{"total": len(rows), "results": append([]map[string]any{}, rows[from:to]...)}
	if to < len(rows) {
		answer["paging"] = map[string]any{"next": map[string]any{"after": strconv.Itoa(to)}}
	}
	connectortest.Answer(w, answer)
}

func settings(base string) map[string]string {
	return map[string]string{"base_url": base, "token": "pat-secret"}
}

func TestRead(t *testing.T) {
	f := newFake(t)
	server := connectortest.Serve(t, f.ServeHTTP)
	k := connectortest.New(t, Kind())
	cfg := settings(server.URL)
	cfg["extra_properties"] = "companies: hs_all-funky-a9384-syntax"
	mapping := strings.Replace(Mapping, "          country: properties.country\n", "          country: properties.country\n          funky: properties.hs_all-funky-a9384-syntax\n", 1)
	if said, err := k.Test(t.Context(), "", connector.Draft{Name: "h", Kind: "hubspot", Config: cfg}); err != nil || !strings.Contains(said, "1 owners") {
		t.Fatal(said, err)
	}
	c := k.Connect("hubspot", cfg, mapping)
	_, report := k.Read(c.ID, connector.Succeeded)
	if got, want := len(k.Accounts("hubspot")), len(f.rows["companies"]); got != want || report.Rejects != 1 {
		t.Fatalf("%d accounts of %d, %d rejects: %+v", got, want, report.Rejects, report.Quality)
	}
	if !slices.Contains(f.asked["companies"], "hs_all-funky-a9384-syntax") {
		t.Errorf("asked for %v", f.asked["companies"])
	}
	funky := 0
	for _, fact := range k.Facts() {
		if fact.Key == "funky" {
			funky++
		}
	}
	if funky == 0 {
		t.Error("the property with the hostile name is not there")
	}
	if got, want := len(k.Contacts()), len(f.rows["contacts"]); got != want {
		t.Errorf("%d contacts of %d", got, want)
	}
	// One recorded ticket was closed before it was opened: it is the reject.
	if got, want := len(k.Tickets()), len(f.rows["tickets"])-1; got != want {
		t.Errorf("%d tickets of %d", got, want)
	}
	if got, want := len(k.Activities()), len(f.rows["meetings"]); got != want {
		t.Errorf("%d meetings of %d", got, want)
	}
	closed := 0
	for _, d := range f.rows["deals"] {
		if d["properties"].(map[string]any)["closedate"] != nil {
			closed++
		}
	}
	if names := k.Names(); names["opportunity_created"] != int64(len(f.rows["deals"])) || names["opportunity_won"] != int64(closed) {
		t.Errorf("events: %v, want %d deals, %d closed", names, len(f.rows["deals"]), closed)
	}
	// The seeds' merged contacts.
	if !slices.Contains(k.Merges, connector.Merged{Kind: "contact", From: "76340251", To: "78971951"}) {
		t.Errorf("merges: %v", k.Merges)
	}
	_, report = k.Read(c.ID, connector.Succeeded)
	for object, n := range report.Objects {
		if n.Created+n.Updated > 0 {
			t.Errorf("a second run changed %s: %+v", object, n)
		}
	}
}

func TestChanges(t *testing.T) {
	f := newFake(t)
	server := connectortest.Serve(t, f.ServeHTTP)
	k := connectortest.New(t, Kind())
	c := k.Connect("hubspot", settings(server.URL), "")
	k.Read(c.ID, connector.Succeeded)
	now := connectortest.Start.Format(time.RFC3339)
	first := f.rows["companies"][0]
	p := first["properties"].(map[string]any)
	p["name"], p[modified] = "Renamed", now
	last := f.rows["companies"][1]
	p["hs_merged_object_ids"] = last["id"]
	f.rows["companies"] = slices.Delete(f.rows["companies"], 1, 2)
	gone := f.rows["contacts"][0]
	gone["archived"], gone["archivedAt"] = true, now
	f.archived["contacts"] = []map[string]any{gone}
	ticket := f.rows["tickets"][1]
	ticket["archived"], ticket["archivedAt"] = true, now
	f.archived["tickets"] = []map[string]any{ticket}
	run, _ := k.Read(c.ID, connector.Succeeded)
	if got := k.Accounts("hubspot")[first["id"].(string)].Name; got != "Renamed" {
		t.Errorf("the account is called %q", got)
	}
	if !slices.Contains(k.Merges, connector.Merged{Kind: "account", From: last["id"].(string), To: first["id"].(string)}) {
		t.Errorf("merges: %v", k.Merges)
	}
	left := 0
	for _, one := range k.Contacts() {
		if !one.LeftAt.IsZero() {
			left++
		}
	}
	if left != 1 {
		t.Errorf("%d contacts have left", left)
	}
	_ = run
	again, _ := k.Read(c.ID, connector.Succeeded)
	if again.RowsRead > run.RowsRead {
		t.Errorf("the archived rows pile up: %d rows after %d", again.RowsRead, run.RowsRead)
	}
	if slices.ContainsFunc(k.Tickets(), func(one customer.Ticket) bool { return one.OpenedAt.IsZero() }) {
		t.Error("a ticket has no date")
	}
}

// TestLongSearch goes on where HubSpot's search ends.
func TestLongSearch(t *testing.T) {
	f := newFake(t)
	f.page = 100
	for i := range 10_300 {
		f.add("notes", strconv.Itoa(100_000+i), time.Unix(1_700_000_000+int64(i), 0).UTC().Format(time.RFC3339), map[string]any{"hs_timestamp": "2023-11-14T22:13:20Z", "hs_note_body": fmt.Sprint("note ", i)})
	}
	server := connectortest.Serve(t, f.ServeHTTP)
	k := connectortest.New(t, Kind())
	c := k.Connect("hubspot", settings(server.URL), "kept: 1\nsource: hubspot\nfiles: [{path: notes.jsonl, rows: [{target: event, id: id, name: {const: note}, actor: id, at: properties.hs_timestamp}]}]\n")
	k.Read(c.ID, connector.Succeeded)
	if n := k.Names()["note"]; n != 10_300 {
		t.Errorf("%d notes, want 10,300", n)
	}
}

func TestFailures(t *testing.T) {
	f := newFake(t)
	server := connectortest.Serve(t, f.ServeHTTP)
	k := connectortest.New(t, Kind())
	bad := settings(server.URL)
	bad["token"] = "pat-wrong"
	if _, err := k.Test(t.Context(), "", connector.Draft{Name: "h", Kind: "hubspot", Config: bad}); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a wrong token: %v", err)
	}
	c := k.Connect("hubspot", settings(server.URL), "")
	server.Fail(connectortest.Status(http.StatusTooManyRequests, "Retry-After", "11"), connectortest.Hang, connectortest.Status(http.StatusGatewayTimeout))
	k.Read(c.ID, connector.Succeeded)
	if slept := k.Hands.Slept(); !slices.Contains(slept, 11*time.Second) {
		t.Errorf("pauses: %v", slept[:min(len(slept), 9)])
	}
	for name, answer := range map[string]string{
		"no results": `{}`, "a row without id": `{"results": [{"properties": {"hs_lastmodifieddate": "2024-01-01T00:00:00Z"}}]}`, "a row without date": `{"results": [{"id": "1", "properties": {}}]}`,
		"no JSON": `<html>`, "a list": `[]`,
	} {
		server.Fail(f.ServeHTTP, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) })
		if run, _ := k.Read(c.ID, connector.Failed); run.Message == "" {
			t.Errorf("%s: no message", name)
		}
	}
	for name, change := range map[string][2]string{"no token": {"token", ""}, "two words": {"token", "a b"}, "an unknown stream": {"extra_properties", "leads: x"}, "an address": {"base_url", "javascript:alert(1)"}} {
		cfg := settings("https://api.hubapi.com")
		cfg[change[0]] = change[1]
		if _, err := k.Create(t.Context(), connector.Draft{Name: name, Kind: "hubspot", Config: cfg}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
