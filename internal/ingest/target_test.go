package ingest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/customer"
	"kept/internal/ingest"
	"kept/internal/usage"
)

// crm is a mapping of exports as a CRM, a help desk, a survey tool and a billing
// system write them, with every target.
const crm = `kept: 1
source: crm
data_cutoff: 2026-06-30
date_formats: [us_date, "%m/%d/%Y %I:%M %p", rfc3339, date]
files:
  - path: products.csv
    rows: [{target: product, id: ProductCode, key: {column: ProductCode, map: {ANL-01: analytics, MSG-01: messaging}}, name: Product Name}]
  - path: accounts.csv
    rows:
      - target: account
        id: Account ID
        name: Account Name
        domain: Website
        parent: Parent Account ID
        since: Created Date
        owner: {column: Owner Email, valid_from: Owner Since}
        owner_name: Account Owner
        stage: {column: Type, map: {"Customer - Live": mature, "Customer - Implementing": onboarding, "Customer - Trial": trial}}
        external: {billing: Stripe ID}
        attributes: {industry: Industry, employees: {column: Employees, type: int}}
      - {target: relationship, account: Account ID, product: {const: ANL-01}, since: Created Date}
  - path: contacts.csv
    rows: [{target: contact, id: Contact ID, account: Account ID, name: Full Name, email: Email, title: Title, role: {column: Role, default: user}, left_at: No Longer There}]
  - path: contracts.csv
    rows:
      - target: subscription
        id: Contract Number
        account: Account ID
        product: Product
        renewal_of: Renews
        plan: Tier
        mrr: {column: MRR}
        currency: Currency
        seats: Seats
        start: Start
        end: End
        end_reason: Lost Reason
        auto_renew: Auto Renew
  - path: history.csv
    rows:
      - {target: attribute, account: Account ID, key: {const: owner}, value: New Owner, valid_from: Edit Date, when: {column: Field, equals: Account Owner}}
      - {target: attribute, account: Account ID, key: {const: lifecycle_stage}, value: {column: New Value, map: {Live: mature, Renewing: renewal}}, valid_from: Edit Date, when: {column: Field, equals: Type}}
      - {target: attribute, account: Account ID, key: {const: tier}, value: New Value, valid_from: Edit Date, when: {column: Field, equals: Tier}}
  - path: zendesk.csv
    rows: [{target: ticket, id: Id, account: Organization, requester: Requester, subject: Subject, priority: Priority, opened_at: Created at, solved_at: Solved at, first_reply_minutes: First reply time, escalated: Escalated, satisfaction: {column: Satisfaction, map: {Good: "5", Bad: "1", Offered: ""}}}]
  - path: activities.csv
    rows: [{target: activity, id: Activity ID, account: Account ID, contact: Contact ID, user: Assigned, kind: {column: Type, map: {Call: call, Meeting: meeting, Email: email}, else: note}, subject: Subject, body: Comments, at: Date}]
  - path: nps.csv
    rows: [{target: nps, id: response_id, account: account, actor: email, at: responded_at, value: score, properties: {comment: comment}}]
  - path: csat.csv
    rows: [{target: csat, id: response_id, account: account, at: responded_at, value: {column: stars, times: 20}}]
  - path: cancellations.csv
    rows: [{target: churn, id: id, account: account, at: day, reason: why, reactivation: back}]
  - path: logins.csv
    rows: [{target: event, duplicates: keep, account: workspace, actor: user, name: {column: event, map: {"Signed in": login, "Ran report": report_run}}, at: time, value: n, when: {column: internal, not_equals: "true"}}]
`

var crmFiles = map[string]string{
	"products.csv": "ProductCode,Product Name\nANL-01,Analytics\nMSG-01,Messaging\n",
	"accounts.csv": "Account ID,Account Name,Website,Parent Account ID,Created Date,Account Owner,Owner Email,Owner Since,Type,Stripe ID,Industry,Employees\n" +
		"0015e1,\"Northwind Traders, Inc.\",northwind.example,,1/5/2026,Dana Ruiz,dana.ruiz@ours.example,1/9/2026,Customer - Live,cus_N1,Retail,240\n" +
		"0015e2,Northwind GmbH,NORTHWIND.example/de,0015e1,2/14/2026,Kim Lee,Kim.Lee@ours.example,,Customer - Implementing,,Retail,31\n" +
		"0015e3,Fabrikam,fabrikam.example,,3/1/2026,Dana  RUIZ,,,Customer - Trial,cus_F3,,\n" +
		"0015e4,Contoso,contoso.example,,3/1/2026,,,,Prospect,,,\n",
	"contacts.csv": "Contact ID,Account ID,Full Name,Email,Title,Role,No Longer There\n" +
		"0031,0015e1,María Gómez,maria@northwind.example,VP Ops,Champion,\n0032,0015e1,Bo Li,bo@northwind.example,Analyst,Guru,5/1/2026\n0033,0015e9,Nobody,,,,\n",
	"contracts.csv": "Contract Number,Account ID,Product,Renews,Tier,MRR,Currency,Seats,Start,End,Lost Reason,Auto Renew\n" +
		"C-1,0015e1,ANL-01,,Pro,\"1000.50\",EUR,20,1/5/2026,4/5/2026,,yes\nC-2,0015e1,ANL-01,C-1,Pro,1200,EUR,25,4/5/2026,4/5/2027,,yes\n" +
		"C-3,0015e3,MSG-01,,Basic,90,USD,3,3/1/2026,5/1/2026,Budget cut,no\n",
	"history.csv": "Account ID,Field,New Value,New Owner,Edit Date\n0015e1,Account Owner,,sam@ours.example,4/1/2026\n0015e1,Type,Renewing,,6/1/2026\n0015e1,Tier,Gold,,2/1/2026\n0015e1,Tier,Platinum,,5/1/2026\n",
	"zendesk.csv": "Id,Organization,Requester,Subject,Priority,Created at,Solved at,First reply time,Escalated,Satisfaction\n" +
		"881,0015e1,María Gómez,\"Export \"\"hangs\"\"\nsince Monday\",high,05/04/2026 09:15 AM,05/05/2026 04:00 PM,42,true,Good\n882,0015e3,Lee,Invoice?,,05/06/2026 01:00 PM,,,false,Offered\n",
	"activities.csv": "Activity ID,Account ID,Contact ID,Assigned,Type,Subject,Comments,Date\n" +
		"00T1,0015e1,0031,Dana Ruiz,Meeting,QBR,Went well,6/2/2026\n00T2,0015e1,0099,Ex Colleague,Fax,Sent a fax,,6/3/2026\n",
	"nps.csv":           "response_id,account,email,responded_at,score,comment\nr1,0015e1,maria@northwind.example,2026-05-20T10:00:00Z,9,\"Fast, friendly\"\nr2,0015e3,,2026-05-21T10:00:00Z,11,\n",
	"csat.csv":          "response_id,account,responded_at,stars\nc1,0015e1,2026-05-20T10:00:00Z,4\n",
	"cancellations.csv": "id,account,day,why,back\nx1,0015e3,5/1/2026,Budget cut,no\n",
	"logins.csv":        "workspace,user,event,time,n,internal\n0015e1,u1,Signed in,2026-06-01T08:00:00+02:00,,false\n0015e1,u1,Ran report,2026-06-01T08:05:00+02:00,3,false\n0015e1,root,Signed in,2026-06-01T09:00:00Z,,true\n",
}

// users are our own staff in a test.
type users struct{ list []ingest.User }

func (u *users) Users(context.Context) ([]ingest.User, error) { return u.list, nil }

func (u *users) AddPlaceholder(_ context.Context, one ingest.User) error {
	u.list = append(u.list, one)
	return nil
}

func TestEveryTarget(t *testing.T) {
	d := deps(t)
	staff := &users{list: []ingest.User{{ID: "usr_dana", Email: "dana.ruiz@ours.example", Name: "Dana Ruiz"}}}
	d.Users = staff
	rehearsal, _, err := importTexts(t, d, crm, crmFiles, ingest.Options{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(staff.list) != 1 {
		t.Fatalf("a dry run made users: %v", staff.list)
	}
	rep, rejects, err := importTexts(t, d, crm, crmFiles, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rehearsal.Objects, rep.Objects); diff != "" {
		t.Errorf("the dry run counted otherwise (-dry +real):\n%s", diff)
	}
	if diff := cmp.Diff(rehearsal.Quality, rep.Quality); diff != "" {
		t.Errorf("the dry run judged otherwise (-dry +real):\n%s", diff)
	}
	const want = `file,line,column,value,reason,row
accounts.csv,5,Type,Prospect,"the value is not in the mapping's map: add it, or an else"
contacts.csv,4,account,0015e9,"there is no account with this id, neither in the files nor in Kept"
nps.csv,3,score,11,an NPS answer lies between 0 and 10
`
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		if !strings.Contains(rejects, line) {
			t.Errorf("the rejects lack %q:\n%s", line, rejects)
		}
	}
	for object, want := range map[string]ingest.Counts{
		"products": {Read: 2, Created: 2}, "accounts": {Read: 4, Created: 3, Rejected: 1}, "contacts": {Read: 3, Created: 2, Rejected: 1},
		"relationships": {Read: 4, Created: 3, Rejected: 1}, "subscriptions": {Read: 3, Created: 3}, "tickets": {Read: 2, Created: 2},
		"activities": {Read: 2, Created: 2}, "nps_answers": {Read: 2, Created: 1, Rejected: 1}, "csat_answers": {Read: 1, Created: 1},
		"churn_events": {Read: 1, Created: 1}, "events": {Read: 2, Created: 2},
	} {
		if diff := cmp.Diff(want, counts(rep, object)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", object, diff)
		}
	}
	for rule, want := range map[string]int64{
		"owner_not_a_user": 2, "contact_role_unknown": 1, "contact_unknown": 1, "user_unknown": 1, "orphan_row": 2,
	} {
		if got := finding(rep, rule); got != want {
			t.Errorf("%s = %d, want %d", rule, got, want)
		}
	}
	checkCRM(t, d, staff)

	again, _, err := importTexts(t, d, crm, crmFiles, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for object, c := range again.Objects {
		if c.Created+c.Updated > 0 {
			t.Errorf("the second run changed %s: %+v", object, *c)
		}
	}
	if len(staff.list) != 3 || finding(again, "owner_not_a_user") != 0 {
		t.Errorf("the second run made users: %v", staff.list)
	}
}

func checkCRM(t *testing.T, d ingest.Deps, staff *users) {
	t.Helper()
	ctx, everything := t.Context(), customer.Filter{Page: customer.Page{Limit: customer.Everything}}
	accounts, err := d.Records.Accounts(ctx, everything)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]customer.Account{}
	for _, a := range accounts {
		byName[a.Name] = a
	}
	inc, gmbh, fabrikam := byName["Northwind Traders, Inc."], byName["Northwind GmbH"], byName["Fabrikam"]
	if gmbh.ParentID != inc.ID || inc.Domain != "northwind.example" {
		t.Errorf("parent %q, domain %q", gmbh.ParentID, inc.Domain)
	}
	if want := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC); !fabrikam.ChurnedAt.Equal(want) {
		t.Errorf("Fabrikam churned at %v, want %v", fabrikam.ChurnedAt, want)
	}
	if len(staff.list) != 3 || !staff.list[1].Disabled || !staff.list[2].Disabled {
		t.Fatalf("users %+v, want two placeholders", staff.list)
	}
	kim, sam := staff.list[1], staff.list[2]
	if kim.Email != "kim.lee@ours.example" || kim.Name != "Kim Lee" || sam.Email != "sam@ours.example" || sam.Name != "sam" {
		t.Errorf("placeholders %+v", staff.list[1:])
	}
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 12, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		account customer.Account
		key     string
		at      time.Time
		want    string
	}{
		{inc, customer.FactOwner, day(1, 8), ""},
		{inc, customer.FactOwner, day(1, 9), "usr_dana"},
		{inc, customer.FactOwner, day(4, 1), string(sam.ID)},
		{gmbh, customer.FactOwner, day(6, 29), ""},
		{gmbh, customer.FactOwner, day(6, 30), string(kim.ID)},
		{fabrikam, customer.FactOwner, day(6, 30), ""}, // the column with the e-mail is empty
		{inc, customer.FactStage, day(5, 31), ""},
		{inc, customer.FactStage, day(6, 1), "renewal"},
		{inc, customer.FactStage, day(6, 30), "mature"},
		{gmbh, customer.FactStage, day(6, 30), "onboarding"},
		{inc, "tier", day(2, 1), "Gold"},
		{inc, "tier", day(5, 1), "Platinum"},
		{inc, "employees", day(1, 6), "240"},
	} {
		facts, err := d.Records.Facts(ctx, customer.Filter{Accounts: []accountID{c.account.ID}})
		if err != nil {
			t.Fatal(err)
		}
		var some []customer.Fact
		for _, f := range facts {
			if f.Key == c.key {
				some = append(some, f)
			}
		}
		if f, _ := customer.Holds(some, c.at); f.Value.String() != c.want {
			t.Errorf("%s of %s on %s is %q, want %q", c.key, c.account.Name, c.at.Format(time.DateOnly), f.Value, c.want)
		}
	}
	subs, err := d.Records.Subscriptions(ctx, everything)
	if err != nil || len(subs) != 3 {
		t.Fatal(len(subs), err)
	}
	for i := range subs {
		s := &subs[i]
		switch s.AccountID {
		case fabrikam.ID:
			if s.Current.EndReason != "Budget cut" || s.Revisions[0].EndReason != "" || s.Revisions[0].End.IsZero() {
				t.Errorf("revisions %+v: the term is known from the start, the reason of its end is not", s.Revisions)
			}
		case inc.ID:
			if (s.RenewalOf != "") != s.Current.Start.Equal(time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC)) || s.Current.ARR.Currency != "EUR" {
				t.Errorf("subscription %+v", s)
			}
		}
	}
	tickets, err := d.Records.Tickets(ctx, customer.Filter{Accounts: []accountID{inc.ID}})
	if err != nil || len(tickets) != 1 || *tickets[0].Satisfaction != 5 || tickets[0].FirstReplyAt.Sub(tickets[0].OpenedAt) != 42*time.Minute {
		t.Errorf("tickets %+v, %v", tickets, err)
	}
	activities, err := d.Records.Activities(ctx, everything)
	if err != nil || len(activities) != 2 || activities[1].UserID != "usr_dana" || activities[1].ContactID == "" || activities[0].Kind != customer.ActivityNote {
		t.Errorf("activities %+v, %v", activities, err)
	}
	for name, want := range map[string]float64{usage.EventNPS: 9, usage.EventCSAT: 80, "report_run": 3} {
		page, err := d.Events.List(ctx, usage.ListQuery{Name: name, Limit: 10})
		ok := false
		for _, e := range page.Events {
			ok = ok || e.Account == inc.ID && e.Value == want
		}
		if err != nil || !ok {
			t.Errorf("%s: %+v, %v; want the value %v", name, page, err, want)
		}
	}
}

func TestOwners(t *testing.T) {
	const mapping = "kept: 1\nsource: crm\nfiles:\n  - path: a.csv\n    rows: [{target: account, id: id, name: name, since: since, owner: owner}]\n"
	file := map[string]string{"a.csv": "id,name,since,owner\n1,A,2026-01-01,KIM  lee\n2,B,2026-01-01,usr_x\n3,C,2026-01-01,Ann Other\n4,D,2026-01-01,ann other\n5,E,2026-01-01,Pat\n6,F,2026-01-01,\n"}
	d := deps(t)
	if _, _, err := importTexts(t, d, mapping, file, ingest.Options{}); err == nil || !strings.Contains(err.Error(), "m.yaml:5:") {
		t.Errorf("without users: %v, want the place of the field", err)
	}
	staff := &users{list: []ingest.User{
		{ID: "usr_k1", Email: "kim@ours.example", Name: "Kim Lee"},
		{ID: "usr_k2", Email: "kim.old@ours.example", Name: "Kim Lee", Disabled: true},
		{ID: "usr_x", Email: "x@ours.example", Name: "X"},
		{ID: "usr_p1", Email: "p1@ours.example", Name: "Pat"},
		{ID: "usr_p2", Email: "p2@ours.example", Name: "Pat"},
	}}
	d.Users = staff
	rep, rejects, err := importTexts(t, d, mapping, file, ingest.Options{})
	if err != nil || counts(rep, "accounts").Created != 6 {
		t.Fatalf("%+v, %v\n%s", counts(rep, "accounts"), err, rejects)
	}
	if len(staff.list) != 6 || staff.list[5].Name != "Ann Other" || !strings.HasSuffix(staff.list[5].Email, "@placeholder.invalid") {
		t.Errorf("users %+v, want one placeholder for Ann Other", staff.list)
	}
	if finding(rep, "owner_ambiguous") != 1 || finding(rep, "owner_not_a_user") != 1 {
		t.Errorf("findings %+v", rep.Quality)
	}
	facts, err := d.Records.Facts(t.Context(), customer.Filter{})
	if err != nil || len(facts) != 4 {
		t.Fatalf("facts %+v, %v", facts, err)
	}
	got := map[string]int{}
	for _, f := range facts {
		got[f.Value.Text]++
	}
	if diff := cmp.Diff(map[string]int{"usr_k1": 1, "usr_x": 1, string(staff.list[5].ID): 2}, got); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
}
