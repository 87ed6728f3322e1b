package salesforce

import (
	"net/http"
	"net/url"
	"regexp"
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

// fake is a Salesforce filled from recorded field data.
type fake struct {
	t       *testing.T
	base    string
	rows    map[string][]map[string]any // by object
	without map[string]bool             // fields that are not there: "Account.Industry"
	token   string
	page    int
	queries []string
}

func stamp(at string) string {
	return strings.TrimSuffix(at, "Z") + ".000+0000"
}

func truth(s string) bool { return strings.EqualFold(s, "true") }

// newFake joins the seeds, whose references are hashed, round robin.
func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, page: 3, token: "token-1", without: map[string]bool{}, rows: map[string][]map[string]any{}}
	when := stamp("2020-01-01T00:00:00Z")
	const set = "fivetran-salesforce"
	for _, a := range connectortest.Seeds(t, set, "sf_account_data") {
		f.add("Account", map[string]any{
			"Id": a["id"], "Name": a["name"], "ParentId": nil, "MasterRecordId": nil, "Website": "https://www." + a["id"] + ".example/x", "Industry": a["industry"], "Type": a["type"],
			"NumberOfEmployees": nil, "AnnualRevenue": nil, "BillingCountry": nil, "OwnerId": "0051G00000600MlQAI", "Owner": map[string]any{"Email": "ada@acme.example", "Name": "Ada"},
			"IsDeleted": false, "CreatedDate": when, "SystemModstamp": when,
		})
	}
	accounts := f.rows["Account"]
	of := func(i int) string { return accounts[i%len(accounts)]["Id"].(string) }
	for i, c := range connectortest.Seeds(t, set, "sf_contact_data") {
		f.add("Contact", map[string]any{
			"Id": c["id"], "AccountId": of(i)[:15], "MasterRecordId": nil, "Name": "Person " + strconv.Itoa(i), "Email": c["email"], "Title": c["title"], "IsDeleted": truth(c["is_deleted"]),
			"CreatedDate": stamp(connectortest.Instant(t, c["created_date"])), "SystemModstamp": stamp(connectortest.Instant(t, c["system_modstamp"])),
		})
	}
	for i, o := range connectortest.Seeds(t, set, "sf_opportunity_data") {
		amount, err := strconv.ParseFloat(o["amount"], 64)
		if err != nil {
			amount = 0
		}
		day := connectortest.Instant(t, o["close_date"])
		f.add("Opportunity", map[string]any{
			"Id": o["id"], "AccountId": of(i), "Name": o["name"], "StageName": o["stage_name"], "Amount": amount, "CloseDate": day[:10], "Type": o["type"], "IsWon": truth(o["is_won"]), "IsClosed": truth(o["is_closed"]),
			"IsDeleted": truth(o["is_deleted"]), "CreatedDate": stamp(connectortest.Instant(t, o["created_date"])), "SystemModstamp": when,
		})
	}
	for i, o := range connectortest.Seeds(t, set, "sf_task_data") {
		f.add("Task", map[string]any{
			"Id": o["id"], "AccountId": of(i), "WhoId": o["who_id"], "OwnerId": o["owner_id"], "Owner": map[string]any{"Email": nil, "Name": nil}, "Subject": o["subject"], "Description": o["description"],
			"ActivityDate": connectortest.Instant(t, o["activity_date"])[:10], "CompletedDateTime": nil, "TaskSubtype": o["task_subtype"], "Status": o["status"], "IsClosed": truth(o["is_closed"]), "IsDeleted": truth(o["is_deleted"]),
			"CreatedDate": stamp(connectortest.Instant(t, o["created_date"])), "SystemModstamp": stamp(connectortest.Instant(t, o["system_modstamp"])),
		})
	}
	for i, o := range connectortest.Seeds(t, set, "sf_event_data") {
		f.add("Event", map[string]any{
			"Id": o["id"], "AccountId": of(i), "WhoId": o["who_id"], "OwnerId": o["owner_id"], "Owner": map[string]any{"Email": nil, "Name": nil}, "Subject": o["subject"], "Description": nil, "IsChild": truth(o["is_child"]),
			"StartDateTime": stamp(connectortest.Instant(t, o["start_date_time"])), "IsDeleted": truth(o["is_deleted"]),
			"CreatedDate": stamp(connectortest.Instant(t, o["created_date"])), "SystemModstamp": stamp(connectortest.Instant(t, o["system_modstamp"])),
		})
	}
	return f
}

func (f *fake) add(object string, o map[string]any) { f.rows[object] = append(f.rows[object], o) }

var soql = regexp.MustCompile(`^SELECT (.+) FROM (\w+)(?: WHERE SystemModstamp >= (\S+))? ORDER BY SystemModstamp, Id$`)

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/services/oauth2/token" {
		if r.FormValue("client_id") != "key" || r.FormValue("client_secret") != "sf-secret" || r.FormValue("grant_type") != "client_credentials" {
			connectortest.Status(http.StatusBadRequest)(w, r)
			return
		}
		connectortest.Answer(w, map[string]any{"access_token": f.token, "instance_url": f.base})
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+f.token {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`[{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]`))
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, api)
	if !ok {
		connectortest.Status(http.StatusNotFound)(w, r)
		return
	}
	if object, ok := strings.CutSuffix(strings.TrimPrefix(path, "/sobjects/"), "/describe"); ok {
		f.describe(w, object)
		return
	}
	if path == "/queryAll" {
		f.query(w, r.URL.Query().Get("q"), 0)
		return
	}
	if rest, ok := strings.CutPrefix(path, "/query/"); ok {
		n, at, _ := strings.Cut(rest, "-")
		which, _ := strconv.Atoi(n)
		from, _ := strconv.Atoi(at)
		f.query(w, f.queries[which], from)
		return
	}
	connectortest.Status(http.StatusNotFound)(w, r)
}

func (f *fake) describe(w http.ResponseWriter, object string) {
	var fields []map[string]any
	for name := range f.rows[object][0] {
		kind := "string"
		if name == "Id" {
			kind = "id"
		} else if strings.HasSuffix(name, "Id") {
			kind = "reference"
		}
		if name != "Owner" && !f.without[object+"."+name] {
			fields = append(fields, map[string]any{"name": name, "type": kind})
		}
	}
	connectortest.Answer(w, map[string]any{"fields": fields})
}

func (f *fake) query(w http.ResponseWriter, q string, from int) {
	m := soql.FindStringSubmatch(q)
	if m == nil {
		f.t.Errorf("the query is %q", q)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	rows := []map[string]any{}
	for _, o := range f.rows[m[2]] {
		at, err := parse(o["SystemModstamp"].(string))
		if err != nil {
			f.t.Error(err)
		}
		if m[3] != "" {
			since, err := time.Parse(time.RFC3339, m[3])
			if err != nil {
				f.t.Error(err)
			}
			if at.Before(since) {
				continue
			}
		}
		one := map[string]any{"attributes": map[string]any{"type": m[2], "url": "/x"}}
		for field := range strings.SplitSeq(m[1], ", ") {
			if strings.HasPrefix(field, "Owner.") {
				one["Owner"] = o["Owner"]
				continue
			}
			if _, ok := o[field]; !ok || f.without[m[2]+"."+field] {
				f.t.Errorf("the query asks for %s.%s, which is not there", m[2], field)
			}
			one[field] = o[field]
		}
		rows = append(rows, one)
	}
	slices.SortStableFunc(rows, func(a, b map[string]any) int {
		return strings.Compare(a["SystemModstamp"].(string), b["SystemModstamp"].(string))
	})
	to := min(from+f.page, len(rows))
	answer := map[string]any{"totalSize": len(rows), "done": to == len(rows), "records": rows[from:to]}
	if to < len(rows) {
		f.queries = append(f.queries, q)
		answer["nextRecordsUrl"] = api + "/query/" + strconv.Itoa(len(f.queries)-1) + "-" + strconv.Itoa(to)
	}
	connectortest.Answer(w, answer)
}

func serve(t *testing.T, f *fake) *connectortest.Server {
	s := connectortest.Serve(t, f.ServeHTTP)
	f.base = s.URL
	return s
}

func settings(base string) map[string]string {
	return map[string]string{"base_url": base, "client_id": "key", "client_secret": "sf-secret"}
}

func TestRead(t *testing.T) {
	f := newFake(t)
	server := serve(t, f)
	child := f.rows["Account"][3]
	child["ParentId"] = f.rows["Account"][7]["Id"].(string)[:15]
	k := connectortest.New(t, Kind())
	if said, err := k.Test(t.Context(), "", connector.Draft{Name: "s", Kind: "salesforce", Config: settings(server.URL)}); err != nil {
		t.Fatal(said, err)
	}
	c := k.Connect("salesforce", settings(server.URL), "")
	_, report := k.Read(c.ID, connector.Succeeded)
	accounts := k.Accounts("salesforce")
	if len(accounts) != len(f.rows["Account"]) || report.Rejects != 0 {
		t.Fatalf("%d accounts, %d rejects, %+v", len(accounts), report.Rejects, report.Objects)
	}
	if got := accounts[child["Id"].(string)]; got.ParentID == "" || got.ParentID != accounts[f.rows["Account"][7]["Id"].(string)].ID {
		t.Errorf("the child's parent is %q", got.ParentID)
	}
	if got := accounts[child["Id"].(string)].Domain; got != strings.ToLower(child["Id"].(string))+".example" {
		t.Errorf("its domain is %q", got)
	}
	if got, want := len(k.Contacts()), len(f.rows["Contact"]); got != want {
		t.Errorf("%d contacts, want %d: their account ids have 15 characters", got, want)
	}
	open, won := 0, 0
	for _, o := range f.rows["Opportunity"] {
		if o["IsDeleted"] == false {
			open++
			if o["IsWon"] == true {
				won++
			}
		}
	}
	names := k.Names()
	if names["opportunity_created"] != int64(open) || names["opportunity_won"] != int64(won) {
		t.Errorf("events: %v, want %d created and %d won", names, open, won)
	}
	closed := 0
	for _, o := range f.rows["Task"] {
		if o["IsClosed"] == true && o["IsDeleted"] == false {
			closed++
		}
	}
	meetings := 0
	for _, o := range f.rows["Event"] {
		if o["IsDeleted"] == false && o["IsChild"] == false {
			meetings++
		}
	}
	if got := len(k.Activities()); got != closed+meetings {
		t.Errorf("%d activities, want %d tasks and %d meetings", got, closed, meetings)
	}
	// Again: rows of the newest instant, nothing else, and nothing changes.
	_, report = k.Read(c.ID, connector.Succeeded)
	for object, n := range report.Objects {
		if n.Created+n.Updated > 0 {
			t.Errorf("a second run changed %s: %+v", object, n)
		}
	}
}

func TestChanges(t *testing.T) {
	f := newFake(t)
	server := serve(t, f)
	k := connectortest.New(t, Kind())
	c := k.Connect("salesforce", settings(server.URL), "")
	k.Read(c.ID, connector.Succeeded)
	now := stamp(connectortest.Start.Format(time.RFC3339))
	change := func(o map[string]any, field string, v any) { o[field], o["SystemModstamp"] = v, now }
	change(f.rows["Account"][0], "Name", "Renamed")
	change(f.rows["Account"][1], "IsDeleted", true)
	change(f.rows["Account"][2], "MasterRecordId", f.rows["Account"][0]["Id"])
	f.rows["Account"][2]["IsDeleted"] = true
	change(f.rows["Contact"][0], "IsDeleted", true)
	// The token ran out meanwhile, and a field is gone.
	f.token = "token-2"
	f.without["Account.Industry"] = true
	_, report := k.Read(c.ID, connector.Succeeded)
	if got := k.Accounts("salesforce")[f.rows["Account"][0]["Id"].(string)].Name; got != "Renamed" {
		t.Errorf("the account is called %q", got)
	}
	want := connector.Merged{Kind: "account", From: f.rows["Account"][2]["Id"].(string), To: f.rows["Account"][0]["Id"].(string)}
	if len(k.Merges) != 1 || k.Merges[0] != want {
		t.Errorf("merges: %v, want %v", k.Merges, want)
	}
	left := slices.ContainsFunc(k.Contacts(), func(c2 customer.Contact) bool { return !c2.LeftAt.IsZero() })
	if !left {
		t.Error("the deleted contact has not left")
	}
	if rules := connectortest.Rules(&report); !slices.Contains(rules, "field_missing") {
		t.Errorf("findings: %v", rules)
	}
}

func TestFailures(t *testing.T) {
	f := newFake(t)
	server := serve(t, f)
	k := connectortest.New(t, Kind())
	wrong := settings(server.URL)
	wrong["client_secret"] = "guess"
	if _, err := k.Test(t.Context(), "", connector.Draft{Name: "s", Kind: "salesforce", Config: wrong}); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a wrong secret: %v", err)
	}
	c := k.Connect("salesforce", settings(server.URL), "")
	server.Fail(connectortest.Status(http.StatusServiceUnavailable), connectortest.Hang, connectortest.Status(http.StatusTooManyRequests, "Retry-After", "7"))
	k.Read(c.ID, connector.Succeeded)
	if slept := k.Hands.Slept(); !slices.Contains(slept, 7*time.Second) {
		t.Errorf("pauses: %v", slept)
	}
	f.base = "http://elsewhere.example"
	run, _ := k.Read(c.ID, connector.Failed)
	if !strings.Contains(run.Message, "sign-in") {
		t.Errorf("an instance elsewhere: %q", run.Message)
	}
	for name, next := range map[string]string{"elsewhere": "https://elsewhere.example/x", "nothing": "", "no address": "::"} {
		f.base = server.URL
		pass := f.ServeHTTP
		server.Fail(pass, pass, func(w http.ResponseWriter, _ *http.Request) {
			connectortest.Answer(w, map[string]any{"records": []any{}, "done": false, "nextRecordsUrl": next})
		})
		if run, _ := k.Read(c.ID, connector.Failed); run.Message == "" {
			t.Errorf("a next page %s: no message", name)
		}
	}
}

func TestLong(t *testing.T) {
	// Every id of the seeds with 18 characters is what its first 15 make.
	n := 0
	for _, table := range []string{"sf_account_data", "sf_contact_data", "sf_opportunity_data", "sf_task_data", "sf_event_data", "sf_user_data"} {
		for _, o := range connectortest.Seeds(t, "fivetran-salesforce", table) {
			if len(o["id"]) != 18 {
				continue
			}
			n++
			if got, err := Long(o["id"][:15]); err != nil || got != o["id"] {
				t.Errorf("Long(%s) = %s, %v, want %s", o["id"][:15], got, err, o["id"])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d ids were compared", n)
	}
	for _, bad := range []string{"short", "0015500000Xyy0!", "0015500000Xyy06AA"} {
		if _, err := Long(bad); err == nil {
			t.Errorf("Long(%q) is accepted", bad)
		}
	}
}

func TestSettings(t *testing.T) {
	k := connectortest.New(t, Kind())
	for name, change := range map[string][2]string{
		"no address": {"base_url", ""}, "no key": {"client_id", ""}, "no secret": {"client_secret", ""}, "a strange address": {"base_url", "file:///etc/passwd"},
		"an unknown stream": {"extra_fields", "leads: X__c"}, "an injection": {"extra_fields", "accounts: Id FROM User--"}, "no name": {"extra_fields", "ARR__c"}, "an empty field": {"extra_fields", "accounts: a,,b"},
	} {
		cfg := settings("https://acme.my.salesforce.com")
		cfg[change[0]] = change[1]
		if _, err := k.Create(t.Context(), connector.Draft{Name: name, Kind: "salesforce", Config: cfg}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if u, err := url.Parse("https://x.my.salesforce.com"); err != nil || !ours(u.Hostname()) || ours("salesforce.com.evil.example") {
		t.Error("ours does not tell hosts apart")
	}
}
