package stripe

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v82/webhook"

	"kept/internal/connector"
	"kept/internal/connectortest"
	"kept/internal/fault"
	"kept/internal/jobs"
	"kept/internal/money"
)

const signingSecret = "whsec_test_of_kept_0123456789"

func settings(base string) map[string]string {
	return map[string]string{"base_url": base, "api_key": "sk_test_kept0123456789", "webhook_secret": signingSecret}
}

// object reads JSON as the client does.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var o map[string]any
	if err := dec.Decode(&o); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return o
}

// TestMock reads Stripe's own mock, which serves Stripe's own specification.
func TestMock(t *testing.T) {
	k := connectortest.New(t, Kind())
	base := connectortest.StripeMock(t)
	if said, err := k.Test(t.Context(), "", connector.Draft{Name: "s", Kind: "stripe", Config: settings(base)}); err != nil || !strings.Contains(said, "test mode") {
		t.Fatalf("test: %q, %v", said, err)
	}
	c := k.Connect("stripe", settings(base), "")
	run, report := k.Read(c.ID, connector.Succeeded)
	if run.RowsRead < 4 {
		t.Fatalf("%d rows", run.RowsRead)
	}
	if report.Objects["accounts"].Created == 0 || report.Objects["products"].Created == 0 {
		t.Errorf("objects: %+v", report.Objects)
	}
	// The mock's subscription names a customer that its list may not have: it waits.
	if len(k.Subscriptions())+int(run.RowsWaiting) == 0 && report.Objects["subscriptions"].Read == 0 {
		t.Errorf("the subscription is nowhere: %+v", report)
	}
	// Afterwards events say what changed; the mock has one, about a plan.
	second, _ := k.Read(c.ID, connector.Succeeded)
	if second.RowsRead != 0 {
		t.Errorf("the second run read %d rows", second.RowsRead)
	}
	// A wrong kind of key is refused by Stripe's rules, in words.
	bad := settings(base)
	bad["api_key"] = "nonsense"
	if _, err := k.Test(t.Context(), "", connector.Draft{Name: "s", Kind: "stripe", Config: bad}); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a wrong key: %v", err)
	}
}

// fake is a Stripe with what a test puts into it.
type fake struct {
	lists  map[string][]map[string]any // by path
	events []map[string]any
	page   int
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer sk_test") || r.Header.Get("Stripe-Version") != apiVersion {
		connectortest.Status(http.StatusUnauthorized)(w, r)
		return
	}
	q := r.URL.Query()
	rows := f.lists[r.URL.Path]
	if r.URL.Path == "/v1/events" {
		since, _ := strconv.ParseInt(q.Get("created[gte]"), 10, 64)
		rows = nil
		for _, e := range f.events {
			at, _ := connector.Whole(e, "created")
			if at >= since && slices.Contains(q["types[]"], connector.Text(e, "type")) {
				rows = append(rows, e)
			}
		}
	} else if _, list := f.lists[r.URL.Path]; !list {
		at := strings.LastIndexByte(r.URL.Path, '/')
		for _, o := range f.lists[r.URL.Path[:at]] {
			if o["id"] == r.URL.Path[at+1:] {
				connectortest.Answer(w, o)
				return
			}
		}
		connectortest.Status(http.StatusNotFound)(w, r)
		return
	}
	from := 0
	if after := q.Get("starting_after"); after != "" {
		from = slices.IndexFunc(rows, func(o map[string]any) bool { return o["id"] == after }) + 1
	}
	to := min(from+f.page, len(rows))
	connectortest.Answer(w, map[string]any{"object": "list", "data": rows[from:to], "has_more": to < len(rows)})
}

func subscription(id, who, extra string, items ...string) string {
	return `{"id": "` + id + `", "object": "subscription", "customer": "` + who + `", "currency": "usd", "start_date": 1735689600, "created": 1735689600,
		"items": {"data": [` + strings.Join(items, ",") + `]}` + extra + `}`
}

func item(amount, quantity int, interval string, count int, extra string) string {
	return `{"id": "si_1", "quantity": ` + strconv.Itoa(quantity) + `, "current_period_end": 1798761600,
		"price": {"id": "price_1", "product": "prod_1", "unit_amount": ` + strconv.Itoa(amount) + `, "recurring": {"interval": "` + interval + `", "interval_count": ` + strconv.Itoa(count) + `}` + extra + `}}`
}

// TestYearly computes the yearly value by hand.
func TestYearly(t *testing.T) {
	for _, c := range []struct{ name, object, arr, seats string }{
		{"ten dollars a month, three seats", subscription("sub", "cus", `, "status": "active"`, item(1000, 3, "month", 1, "")), "360.00", "3"},
		{"a quarter", subscription("sub", "cus", `, "status": "active"`, item(30000, 1, "month", 3, "")), "1200.00", "1"},
		{"a year", subscription("sub", "cus", `, "status": "active"`, item(120000, 2, "year", 1, "")), "2400.00", "2"},
		{"two years", subscription("sub", "cus", `, "status": "active"`, item(120000, 1, "year", 2, "")), "600.00", "1"},
		{"a week", subscription("sub", "cus", `, "status": "active"`, item(700, 1, "week", 1, "")), "365.00", "1"},
		{"a day", subscription("sub", "cus", `, "status": "active"`, item(100, 1, "day", 1, "")), "365.00", "1"},
		{"two items", subscription("sub", "cus", `, "status": "active"`, item(1000, 1, "month", 1, ""), item(6000, 2, "year", 1, "")), "240.00", "3"},
		{"half a cent", subscription("sub", "cus", `, "status": "active"`, item(0, 1000, "month", 1, `, "unit_amount_decimal": "0.5"`)), "60.00", "1000"},
		{"yen have no cents", strings.Replace(subscription("sub", "cus", `, "status": "active"`, item(1000, 2, "month", 1, "")), "usd", "jpy", 1), "24000", "2"},
		{"dinars have mils", strings.Replace(subscription("sub", "cus", `, "status": "active"`, item(1500, 1, "month", 1, "")), "usd", "kwd", 1), "18.000", "1"},
		{"metered", subscription("sub", "cus", `, "status": "active"`, `{"price": {"id": "p", "unit_amount": 5, "recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"}}}`), "0.00", "0"},
		{"a lasting discount", subscription("sub", "cus", `, "status": "active", "discounts": [{"coupon": {"percent_off": 25, "duration": "forever"}}]`, item(1000, 1, "month", 1, "")), "90.00", "1"},
		{"a discount in its new place", subscription("sub", "cus", `, "status": "active", "discounts": [{"source": {"coupon": {"percent_off": 12.5, "duration": "forever"}}}]`, item(1000, 1, "month", 1, "")), "105.00", "1"},
		{"a passing discount", subscription("sub", "cus", `, "status": "active", "discounts": [{"coupon": {"percent_off": 50, "duration": "repeating"}}, "di_unexpanded"]`, item(1000, 1, "month", 1, "")), "120.00", "1"},
		{"no items", subscription("sub", "cus", `, "status": "active"`), "0.00", "0"},
		{"an unknown interval", subscription("sub", "cus", `, "status": "active"`, item(1000, 1, "fortnight", 1, "")), "0.00", "1"},
	} {
		row, err := shape(subscriptions, object(t, c.object))
		if err != nil {
			t.Fatal(err)
		}
		own := connector.Object(row.Data, "kept")
		if own["arr"] != c.arr || own["seats"] != c.seats {
			t.Errorf("%s: ARR %v of %v seats, want %s of %s", c.name, own["arr"], own["seats"], c.arr, c.seats)
		}
	}
}

func TestTerm(t *testing.T) {
	for _, c := range []struct{ name, extra, interval, end, ended, renew string }{
		{"monthly", `, "status": "active"`, "month", "", "", "true"},
		{"yearly", `, "status": "active"`, "year", "2027-01-01T00:00:00Z", "", "true"},
		{"stops at the end of the month", `, "status": "active", "cancel_at_period_end": true`, "month", "2027-01-01T00:00:00Z", "", "false"},
		{"stops on a day", `, "status": "active", "cancel_at": 1767225600`, "month", "2026-01-01T00:00:00Z", "", "false"},
		{"canceled", `, "status": "canceled", "ended_at": 1751328000, "canceled_at": 1751000000`, "month", "", "2025-07-01T00:00:00Z", "false"},
		{"canceled without an end", `, "status": "canceled", "canceled_at": 1751328000`, "month", "", "2025-07-01T00:00:00Z", "false"},
		{"active with an end, as in recorded data", `, "status": "active", "ended_at": 1751328000`, "month", "", "", "true"},
		{"ended before its start", `, "status": "canceled", "ended_at": 1700000000`, "month", "", "2025-01-01T00:00:00Z", "false"},
		{"period before its start", `, "status": "active", "cancel_at": 1600000000`, "month", "", "", "false"},
	} {
		row, err := shape(subscriptions, object(t, subscription("sub", "cus", c.extra, item(1000, 1, c.interval, 1, ""))))
		if err != nil {
			t.Fatal(err)
		}
		own := connector.Object(row.Data, "kept")
		if own["end"] != c.end || own["ended"] != c.ended || connector.Text(own, "auto_renew") != c.renew {
			t.Errorf("%s: end %v, ended %v, renews %v; want %s, %s, %s", c.name, own["end"], own["ended"], own["auto_renew"], c.end, c.ended, c.renew)
		}
	}
}

// newFake is a company with 5 customers in pages of 2.
func newFake(t *testing.T) *fake {
	f := &fake{page: 2, lists: map[string][]map[string]any{"/v1/products": {object(t, `{"id": "prod_1", "name": "Pro"}`)}, "/v1/subscriptions": nil, "/v1/invoices": nil}}
	for i := range 5 {
		n := strconv.Itoa(i)
		f.lists["/v1/customers"] = append(f.lists["/v1/customers"], object(t, `{"id": "cus_`+n+`", "object": "customer", "name": "Customer `+n+`", "email": "billing@c`+n+`.example", "created": 1735689600, "currency": "usd", "delinquent": false, "address": {"country": "DE"}}`))
		f.lists["/v1/subscriptions"] = append(f.lists["/v1/subscriptions"], object(t, subscription("sub_"+n, "cus_"+n, `, "status": "active"`, item(1000*(i+1), 1, "month", 1, ""))))
	}
	f.lists["/v1/invoices"] = []map[string]any{
		object(t, `{"id": "in_1", "object": "invoice", "customer": "cus_0", "currency": "jpy", "status": "paid", "created": 1738368000, "amount_due": 1200, "amount_paid": 1200, "amount_remaining": 0,
		"number": "A-1", "status_transitions": {"finalized_at": 1738368100, "paid_at": 1738368200}, "attempt_count": 1, "parent": {"subscription_details": {"subscription": "sub_0"}}}`),
		object(t, `{"id": "in_2", "object": "invoice", "customer": "cus_1", "currency": "usd", "status": "open", "created": 1738368000, "amount_due": 1200, "amount_paid": 0, "amount_remaining": 1200, "attempt_count": 2,
		"number": "A-2", "status_transitions": {"finalized_at": 1738368100}}`),
	}
	return f
}

func TestReadAndFollow(t *testing.T) {
	f := newFake(t)
	server := connectortest.Serve(t, f.ServeHTTP)
	k := connectortest.New(t, Kind())
	c := k.Connect("stripe", settings(server.URL), "")
	// The run breaks off in the middle of the customers, and the next goes on there.
	server.Fail(pass(f), pass(f), connectortest.Status(http.StatusForbidden))
	k.Read(c.ID, connector.Failed)
	if n := len(k.Accounts("stripe")); n != 2 {
		t.Fatalf("%d accounts after a run that broke off, want the first page", n)
	}
	server.Requests()
	k.Read(c.ID, connector.Succeeded)
	for _, r := range server.Requests() {
		if r.URL.Path == "/v1/customers" {
			if got := r.URL.Query().Get("starting_after"); got != "cus_1" {
				t.Errorf("the reading goes on after %q, want cus_1", got)
			}
			break
		}
	}
	if n := len(k.Accounts("stripe")); n != 5 {
		t.Fatalf("%d accounts, want 5", n)
	}
	arr := map[string]int64{}
	for _, s := range k.Subscriptions() {
		arr[string(s.AccountID)] = s.Current.ARR.Minor
	}
	for i := range 5 {
		who := k.Accounts("stripe")["cus_"+strconv.Itoa(i)]
		if got := arr[string(who.ID)]; got != int64(i+1)*12000 {
			t.Errorf("customer %d has an ARR of %d cents", i, got)
		}
	}
	names := k.Names()
	if names["invoice_paid"] != 1 || names["invoice_payment_failed"] != 1 || names["invoice_finalized"] != 2 || names["subscription_started"] != 5 {
		t.Errorf("events: %v", names)
	}
	// Events say what changed; the object is read anew, whatever the event holds.
	k.Hands.Move(time.Hour)
	now := strconv.FormatInt(k.Hands.Now().Unix(), 10)
	f.lists["/v1/subscriptions"][0] = object(t, subscription("sub_0", "cus_0", `, "status": "active"`, item(2000, 1, "month", 1, "")))
	for _, n := range []string{"1", "2", "3"} {
		f.events = append(f.events, object(t, `{"id": "evt_`+n+`", "object": "event", "type": "customer.subscription.updated", "created": `+now+`, "data": {"object": {"id": "sub_0", "object": "subscription", "status": "old news"}}}`))
	}
	f.events = append(f.events, object(t, `{"id": "evt_4", "object": "event", "type": "customer.deleted", "created": `+now+`, "data": {"object": {"id": "cus_gone", "object": "customer"}}}`))
	run, _ := k.Read(c.ID, connector.Succeeded)
	if run.RowsRead != 1 {
		t.Errorf("%d rows after three events about one object and one about nothing, want 1", run.RowsRead)
	}
	if k.Names()["subscription_expanded"] != 1 {
		t.Errorf("the expansion is not an event: %v", k.Names())
	}
	// After a month of silence events are gone: everything is read again.
	k.Hands.Move(40 * 24 * time.Hour)
	if run, _ := k.Read(c.ID, connector.Succeeded); run.RowsRead < 13 {
		t.Errorf("%d rows after a month, want all", run.RowsRead)
	}
}

func pass(f *fake) http.HandlerFunc { return f.ServeHTTP }

func event(id, kind, body string) []byte {
	return []byte(`{"id": "` + id + `", "object": "event", "api_version": "2025-08-27.basil", "type": "` + kind + `", "created": 1735689600, "data": {"object": ` + body + `}}`)
}

// signed signs with Stripe's own library.
func signed(body []byte, secret string, at time.Time) http.Header {
	p := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at})
	return http.Header{"Stripe-Signature": {p.Header}}
}

func TestWebhooks(t *testing.T) {
	f := newFake(t)
	server := connectortest.Serve(t, f.ServeHTTP)
	k := connectortest.New(t, Kind())
	c := k.Connect("stripe", settings(server.URL), "")
	now := k.Hands.Now()
	body := event("evt_1", "customer.subscription.created", `{"id": "sub_3", "object": "subscription", "customer": "cus_3"}`)
	fresh, err := k.Receive(t.Context(), "stripe", c.ID, signed(body, signingSecret, now), body)
	if err != nil || !fresh {
		t.Fatalf("a signed webhook: %t, %v", fresh, err)
	}
	if fresh, err = k.Receive(t.Context(), "stripe", c.ID, signed(body, signingSecret, now), body); err != nil || fresh {
		t.Errorf("a replayed webhook: fresh %t, %v", fresh, err)
	}
	later := event("evt_2", "customer.subscription.updated", `{"id": "sub_3", "object": "subscription", "customer": "cus_3"}`)
	if fresh, err = k.Receive(t.Context(), "stripe", c.ID, signed(later, signingSecret, now), later); err != nil || !fresh {
		t.Errorf("another webhook: %t, %v", fresh, err)
	}
	worker := &jobs.Worker{Store: k.Records, Clock: k.Hands, Log: k.Log, Handlers: map[string]jobs.Handler{connector.MessageJob: k.Work}}
	n, err := worker.Once(t.Context())
	if err != nil || n != 1 {
		t.Fatalf("%d jobs for two webhooks about one object, %v", n, err)
	}
	subs := k.Subscriptions()
	if len(subs) != 1 || subs[0].Current.ARR != (money.Amount{Minor: 48000, Currency: "USD"}) {
		t.Fatalf("after the webhook: %+v", subs)
	}
	if got := k.Accounts("stripe")["cus_3"]; got.Name != "Customer 3" {
		t.Errorf("the customer did not come along: %+v", got)
	}
	// Two secrets at once, while the endpoint's secret is rolled.
	both := event("evt_3", "customer.updated", `{"id": "cus_3", "object": "customer"}`)
	old, fitting := signed(both, "whsec_another_secret", now).Get("Stripe-Signature"), signed(both, signingSecret, now).Get("Stripe-Signature")
	_, mac, _ := strings.Cut(fitting, "v1=")
	header := http.Header{"Stripe-Signature": {old + ",v1=" + mac}}
	if fresh, err = k.Receive(t.Context(), "stripe", c.ID, header, both); err != nil || !fresh {
		t.Errorf("several signatures: %t, %v", fresh, err)
	}
}

func TestBadWebhooks(t *testing.T) {
	k := connectortest.New(t, Kind())
	c := k.Connect("stripe", settings("https://stripe.example"), "")
	bare := settings("https://stripe.example")
	delete(bare, "webhook_secret")
	silent, err := k.Create(t.Context(), connector.Draft{Name: "silent", Kind: "stripe", Config: bare})
	if err != nil {
		t.Fatal(err)
	}
	now := k.Hands.Now()
	good := event("evt_1", "customer.updated", `{"id": "cus_1", "object": "customer"}`)
	header := func(s string) http.Header { return http.Header{"Stripe-Signature": {s}} }
	sign := func(body []byte) http.Header { return signed(body, signingSecret, now) }
	genuine := sign(good).Get("Stripe-Signature")
	stamp, mac, _ := strings.Cut(genuine, ",")
	for _, c2 := range []struct {
		name   string
		header http.Header
		body   []byte
		kind   fault.Kind
	}{
		{"no header", http.Header{}, good, fault.Unauthorized},
		{"an empty header", header(""), good, fault.Unauthorized},
		{"no time", header(mac), good, fault.Unauthorized},
		{"no signature", header(stamp), good, fault.Unauthorized},
		{"a time that is none", header("t=soon," + mac), good, fault.Unauthorized},
		{"an old scheme", header(stamp + ",v0=" + strings.TrimPrefix(mac, "v1=")), good, fault.Unauthorized},
		{"no pairs", header("nonsense"), good, fault.Unauthorized},
		{"no hexadecimal", header(stamp + ",v1=zz"), good, fault.Unauthorized},
		{"half a signature", header(genuine[:len(genuine)-20]), good, fault.Unauthorized},
		{"a long header", header(genuine + strings.Repeat(",v1=00", 2000)), good, fault.Unauthorized},
		{"another secret", signed(good, "whsec_wrong", now), good, fault.Unauthorized},
		{"another body", sign(good), append(slices.Clone(good), ' '), fault.Unauthorized},
		{"301 seconds old", signed(good, signingSecret, now.Add(-301*time.Second)), good, fault.Unauthorized},
		{"from the future", signed(good, signingSecret, now.Add(301*time.Second)), good, fault.Unauthorized},
		{"another time than signed", header("t=" + strconv.FormatInt(now.Unix()-1, 10) + "," + mac), good, fault.Unauthorized},
		{"no JSON", sign([]byte("hello")), []byte("hello"), fault.Invalid},
		{"an empty body", sign([]byte{}), []byte{}, fault.Invalid},
		{"a list", sign([]byte("[]")), []byte("[]"), fault.Invalid},
		{"null", sign([]byte("null")), []byte("null"), fault.Invalid},
		{"another object", sign([]byte(`{"id": "evt_1", "object": "charge", "type": "x"}`)), []byte(`{"id": "evt_1", "object": "charge", "type": "x"}`), fault.Invalid},
		{"no type", sign([]byte(`{"id": "evt_1", "object": "event", "data": {"object": {}}}`)), []byte(`{"id": "evt_1", "object": "event", "data": {"object": {}}}`), fault.Invalid},
		{"no id", sign(event("", "x", "{}")), event("", "x", "{}"), fault.Invalid},
		{"another's id", sign(event("cus_1", "x", "{}")), event("cus_1", "x", "{}"), fault.Invalid},
		{"a thin payload", sign([]byte(`{"id": "evt_1", "object": "event", "type": "x"}`)), []byte(`{"id": "evt_1", "object": "event", "type": "x"}`), fault.Invalid},
		{"a type that is a number", sign([]byte(`{"id": "evt_1", "object": "event", "type": 7}`)), []byte(`{"id": "evt_1", "object": "event", "type": 7}`), fault.Invalid},
		{"an endless id", sign(event("evt_"+strings.Repeat("x", 300), "x", "{}")), event("evt_"+strings.Repeat("x", 300), "x", "{}"), fault.Invalid},
		{"an endless reference", sign(event("evt_1", "x", `{"id": "`+strings.Repeat("x", 300)+`"}`)), event("evt_1", "x", `{"id": "`+strings.Repeat("x", 300)+`"}`), fault.Invalid},
		{"a broken text", sign([]byte("{\"id\": \"evt_\xff\"")), []byte("{\"id\": \"evt_\xff\""), fault.Invalid},
	} {
		if fresh, err := k.Receive(t.Context(), "stripe", c.ID, c2.header, c2.body); fresh || !fault.Is(err, c2.kind) {
			t.Errorf("%s: fresh %t, %v; want %s", c2.name, fresh, err, c2.kind)
		}
	}
	if _, err := k.Receive(t.Context(), "stripe", "cnx_none", sign(good), good); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown connection: %v", err)
	}
	if _, err := k.Receive(t.Context(), "zendesk", c.ID, sign(good), good); !fault.Is(err, fault.NotFound) {
		t.Errorf("another kind: %v", err)
	}
	if _, err := k.Receive(t.Context(), "stripe", silent.ID, sign(good), good); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a connection without signing secret: %v", err)
	}
	// An object that Kept does not read is taken and means nothing.
	other := event("evt_9", "charge.refunded", `{"id": "ch_1", "object": "charge"}`)
	if fresh, err := k.Receive(t.Context(), "stripe", c.ID, sign(other), other); !fresh || err != nil {
		t.Errorf("another object: %t, %v", fresh, err)
	}
}

// TestSecretsStayHidden searches the database for the secrets.
func TestSecretsStayHidden(t *testing.T) {
	k := connectortest.New(t, Kind())
	c := k.Connect("stripe", settings("https://stripe.example"), "")
	for _, name := range []string{k.DB, k.DB + "-wal"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("sk_test_kept")) || bytes.Contains(raw, []byte(signingSecret)) {
			t.Errorf("%s shows a secret", name)
		}
		if name == k.DB+"-wal" && !bytes.Contains(raw, []byte("stripe.example")) {
			t.Error("the search does not reach the connection's row")
		}
	}
	shown, err := json.Marshal(c)
	if err != nil || bytes.Contains(shown, []byte("sk_test")) || bytes.Contains(shown, []byte("k1:")) {
		t.Errorf("a connection shows its secret: %s", shown)
	}
	// What is left out stays; what is entered replaces.
	d := connector.Draft{Name: "Billing", Kind: "stripe", Config: map[string]string{"base_url": "https://stripe.example", "api_key": "rk_test_new_0123456789"}}
	if _, err := k.Update(t.Context(), c.ID, d); err != nil {
		t.Fatal(err)
	}
	if got := k.Secrets(&c); !slices.Equal(got, []string{"api_key", "webhook_secret"}) {
		t.Errorf("secrets after an update: %v", got)
	}
	// A stored secret goes nowhere else: not by a change, not by a test of one.
	d.Config = map[string]string{"base_url": "https://elsewhere.example", "webhook_secret": signingSecret}
	for name, err := range map[string]error{
		"update":  second(k.Update(t.Context(), c.ID, d)),
		"test":    second(k.Test(t.Context(), c.ID, d)),
		"preview": second(k.Preview(t.Context(), c.ID, d)),
	} {
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "config.api_key") || strings.Contains(err.Error(), "webhook_secret") {
			t.Errorf("%s with another address: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestSeeds shapes recorded field data: money, periods on items, metadata as text.
func TestSeeds(t *testing.T) {
	plans := map[string]map[string]string{}
	for _, p := range connectortest.Seeds(t, "fivetran-stripe", "plan_data") {
		plans[p["id"]] = p
	}
	priced := 0
	for _, s := range connectortest.Seeds(t, "fivetran-stripe", "subscription_item_data") {
		p := plans[s["plan_id"]]
		if p == nil {
			continue
		}
		amount, _ := strconv.Atoi(p["amount"])
		quantity, _ := strconv.Atoi(s["quantity"])
		count, _ := strconv.Atoi(p["interval_count"])
		row, err := shape(subscriptions, object(t, subscription("sub", "cus", `, "status": "active"`, item(amount, quantity, p["interval"], count, ""))))
		if err != nil {
			t.Fatal(err)
		}
		own := connector.Object(row.Data, "kept")
		got, err := money.Parse("", own["arr"].(string), "USD")
		factor := map[string]float64{"month": 12, "year": 1, "week": 365.0 / 7, "day": 365}[p["interval"]]
		want := float64(amount*quantity) * factor / float64(count)
		if err != nil || float64(got.Minor) < want-1 || float64(got.Minor) > want+1 {
			t.Errorf("%s × %d every %s: %d cents a year, want %.0f", p["amount"], quantity, p["interval"], got.Minor, want)
		}
		priced++
	}
	if priced == 0 {
		t.Error("no item of the seeds has a plan")
	}
}

func TestSettings(t *testing.T) {
	k := connectortest.New(t, Kind())
	for name, cfg := range map[string]map[string]string{
		"no key":            {},
		"a publishable key": {"api_key": "pk_live_1"},
		"a key with spaces": {"api_key": "rk_live 1"},
		"plain text":        {"api_key": "rk_1", "base_url": "gopher://x"},
		"two lines":         {"api_key": "rk_1\nrk_2"},
		"something else":    {"api_key": "rk_1", "password": "x"},
	} {
		if _, err := k.Create(t.Context(), connector.Draft{Name: name, Kind: "stripe", Config: cfg}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
