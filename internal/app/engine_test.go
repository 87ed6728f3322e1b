package app

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/sqlstore"
	"kept/internal/testfix"
)

// kept runs a command line as a user would, and returns what it printed.
func kept(t *testing.T, environ map[string]string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	setenv(t, environ)
	code = Main(t.Context(), args, Stdio{In: strings.NewReader(""), Out: &out, Err: &errs}, func(name string) string { return environ[name] })
	return out.String(), errs.String(), code
}

// setenv sets the variables in the process, where the parser of the command line
// looks, and clears those of an earlier command.
func setenv(t *testing.T, environ map[string]string) {
	t.Helper()
	for _, name := range []string{"KEPT_DATA", "KEPT_DATABASE_URL", "KEPT_ADDR", "KEPT_BOOTSTRAP_TOKEN", "KEPT_SERVER", "KEPT_TOKEN"} {
		t.Setenv(name, environ[name])
	}
}

// must is kept for a command that has to succeed.
func must(t *testing.T, environ map[string]string, args ...string) string {
	t.Helper()
	out, errs, code := kept(t, environ, args...)
	if code != exitDone {
		t.Fatalf("kept %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// ravenstack is a handful of rows in the form of that data set.
var ravenstack = map[string]string{
	"ravenstack_accounts.csv": "account_id,account_name,industry,country,signup_date,referral_source,plan_tier,seats,is_trial,churn_flag\n" +
		"A-2e4581,Company_0,EdTech,US,2024-01-16,partner,Basic,9,FALSE,FALSE\nA-43a9e3,Company_1,FinTech,IN,2023-08-17,other,Basic,18,FALSE,TRUE\n" +
		"A-0a282f,Company_2,DevTools,UK,2024-08-27,organic,Basic,1,FALSE,FALSE\n",
	"ravenstack_subscriptions.csv": "subscription_id,account_id,start_date,end_date,plan_tier,seats,mrr_amount,arr_amount,is_trial,upgrade_flag,downgrade_flag,churn_flag,billing_frequency,auto_renew_flag\n" +
		"S-1,A-2e4581,2024-01-20,,Pro,17,833,9996,FALSE,FALSE,FALSE,FALSE,monthly,TRUE\nS-2,A-2e4581,2024-03-01,,Enterprise,14,2786,33432,FALSE,TRUE,FALSE,FALSE,monthly,TRUE\n" +
		"S-3,A-43a9e3,2023-09-01,2024-10-12,Basic,4,76,912,FALSE,FALSE,FALSE,TRUE,monthly,TRUE\nS-4,A-0a282f,2024-09-01,,Pro,3,147,1764,FALSE,FALSE,FALSE,FALSE,annual,FALSE\n",
	"ravenstack_feature_usage.csv": "usage_id,subscription_id,usage_date,feature_name,usage_count,usage_duration_secs,error_count,is_beta_feature\n" +
		"U-1,S-1,2024-11-27,feature_20,9,5004,0,False\nU-2,S-1,2024-12-07,feature_5,11,369,2,False\nU-3,S-3,2024-09-07,feature_3,9,1458,0,True\n" +
		"U-4,S-4,2024-12-28,feature_3,20,777,1,False\nU-5,S-2,2024-12-30,feature_1,7,100,0,False\nU-1,S-4,2024-12-30,feature_1,7,100,0,False\n",
	"ravenstack_support_tickets.csv": "ticket_id,account_id,submitted_at,closed_at,resolution_time_hours,priority,first_response_time_minutes,satisfaction_score,escalation_flag\n" +
		"T-1,A-2e4581,2024-12-08,2024-12-09 3:00,27,high,74,4,FALSE\nT-2,A-43a9e3,2024-09-08,2024-09-09 3:00,27,urgent,144,,TRUE\n",
	"ravenstack_churn_events.csv": "churn_event_id,account_id,churn_date,reason_code,refund_amount_usd,preceding_upgrade_flag,preceding_downgrade_flag,is_reactivation,feedback_text\n" +
		"C-1,A-43a9e3,2024-10-12,pricing,4.03,FALSE,FALSE,FALSE,switched to competitor\n",
}

// TestEnginesAgree does the main job on SQLite and on PostgreSQL, and wants the
// same numbers byte for byte.
func TestEnginesAgree(t *testing.T) {
	files := writeFiles(t, ravenstack)
	results := map[string]map[string]string{}
	for name, environ := range map[string]map[string]string{
		"sqlite": {}, "postgres": {"KEPT_DATABASE_URL": testfix.Postgres(t)},
	} {
		environ["KEPT_DATA"] = t.TempDir()
		results[name] = mainJob(t, environ, files)
		if name == "postgres" {
			if _, err := os.Stat(filepath.Join(environ["KEPT_DATA"], recordsFile)); err == nil {
				t.Error("with a PostgreSQL URL the records went into a file")
			}
			environ["KEPT_ADDR"] = "127.0.0.1:0"
			signInSmoke(t, environ)
		}
	}
	if diff := cmp.Diff(results["sqlite"], results["postgres"]); diff != "" {
		t.Errorf("the engines disagree (-sqlite +postgres):\n%s", diff)
	}
	if metrics := results["sqlite"]["metrics"]; !strings.Contains(metrics, "A-2e4581,2024-12-31T00:00:00Z,arr,43428\n") {
		t.Errorf("the ARR of A-2e4581 is not the sum of its subscriptions:\n%.2000s", metrics)
	}
	if scores := results["sqlite"]["scores"]; strings.Count(scores, "\n") < 4 {
		t.Errorf("scores:\n%s", scores)
	}
}

func mainJob(t *testing.T, environ map[string]string, files string) map[string]string {
	t.Helper()
	mapping := filepath.Join("..", "..", "examples", "ravenstack", "mapping.yaml")
	model := filepath.Join("..", "..", "examples", "ravenstack", "model")
	out := map[string]string{}
	for _, again := range []string{"first import", "second import"} {
		report := must(t, environ, "import", "--json", "--mapping", mapping, files)
		var r map[string]any
		if err := json.Unmarshal([]byte(report), &r); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal([]any{r["objects"], r["quality"], r["rejects"]})
		if err != nil {
			t.Fatal(err)
		}
		out[again] = string(text)
	}
	must(t, environ, "apply", model)
	out["model"] = must(t, environ, "export")
	out["metrics"] = must(t, environ, "metrics", "--as-of", "2024-06-30,2024-12-31", "--format", "csv")
	out["scores"] = must(t, environ, "scores", "--as-of", "2024-06-30,2024-12-31", "--format", "csv")
	return out
}

// lines is where a server writes while a test reads.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startServer serves until the test ends, and returns its address and what the
// setup needs.
func startServer(t *testing.T, environ map[string]string) (address, setupCode string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	setenv(t, environ)
	var said lines
	done := make(chan int, 1)
	go func() {
		done <- Main(ctx, []string{"serve"}, Stdio{In: strings.NewReader(""), Out: &said, Err: &said}, func(name string) string { return environ[name] })
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != exitDone {
			t.Errorf("serve ended with %d:\n%s", code, said.String())
		}
	})
	invitation := regexp.MustCompile(`Open (http://\S+) and create the first admin with this setup code:\s+(\S+)`)
	for range 300 {
		if m := invitation.FindStringSubmatch(said.String()); m != nil {
			return m[1], m[2]
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the server does not say how to sign in:\n%s", said.String())
	return "", ""
}

// post sends a body and returns the answer.
func post(t *testing.T, c *http.Client, url, kind string, body io.Reader) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// signInSmoke serves, creates the first admin, signs in and reads accounts.
func signInSmoke(t *testing.T, environ map[string]string) {
	t.Helper()
	address, code := startServer(t, environ)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: time.Minute}
	if status, body := post(t, c, address+"/api/v1/setup", "application/json", strings.NewReader(
		`{"code":"`+code+`","email":"ada@ours.example","name":"Ada","password":"correct horse battery"}`)); status != http.StatusCreated {
		t.Fatalf("setup: %d %s", status, body)
	}
	fresh, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Jar = fresh
	if status, body := post(t, c, address+"/api/v1/session", "application/json", strings.NewReader(
		`{"email":"ada@ours.example","password":"correct horse battery"}`)); status != http.StatusOK {
		t.Fatalf("sign-in: %d %s", status, body)
	}
	for range 100 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/api/v1/accounts?as_of=2024-12-31", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode == http.StatusOK && strings.Contains(string(body), `"total":3`) {
			return
		}
		if res.StatusCode != http.StatusServiceUnavailable && res.StatusCode != http.StatusOK {
			t.Fatalf("accounts: %d %s", res.StatusCode, body)
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("the accounts do not come")
}

// TestParquet imports a file that DuckDB wrote, by the command line, and looks
// into it by the API.
func TestParquet(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "accounts.parquet")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `SET TimeZone = 'UTC'; COPY (
		SELECT * FROM (VALUES
			(9007199254740993::BIGINT, 'Müller & Söhne', TIMESTAMP '2026-01-02 03:04:05.678', 1234567.89::DECIMAL(18,2), true, 12::INTEGER, DATE '2026-02-28', 0.1::DOUBLE, TIMESTAMPTZ '2026-03-01 12:00:00+02'),
			(2::BIGINT, 'Beta', TIMESTAMP '2026-01-03 00:00:00', NULL, false, NULL, NULL, 1e6::DOUBLE, NULL)
		) AS t(id, name, created, arr, live, seats, renewed, ratio, seen)) TO '`+path+`' (FORMAT parquet)`); err != nil {
		t.Fatal(err)
	}
	mapping := filepath.Join(writeFiles(t, map[string]string{"m.yaml": `kept: 1
source: lake
currency: EUR
data_cutoff: 2026-06-30
files:
  - path: "*.parquet"
    rows:
      - target: account
        id: id
        name: name
        since: created
        attributes:
          live: {column: live, type: bool}
          seats: {column: seats, type: int}
          paid: {column: arr, type: money}
          renewed: {column: renewed, type: date}
          ratio: {column: ratio, type: number}
          seen: {column: seen, type: date}
      - {target: subscription, id: id, account: id, arr: arr, start: created, seats: seats}
`}), "m.yaml")
	environ := map[string]string{"KEPT_DATA": t.TempDir()}
	if out := must(t, environ, "import", "--mapping", mapping, path); !strings.Contains(out, "accounts                    2          2") {
		t.Errorf("the import says:\n%s", out)
	}
	if out := must(t, environ, "import", "--json", "--mapping", mapping, path); !strings.Contains(out, `"created": 0`) || strings.Contains(out, `"created": 2`) {
		t.Errorf("the second import says:\n%s", out)
	}
	checkParquet(t, filepath.Join(environ["KEPT_DATA"], recordsFile))

	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"cut": whole[:len(whole)/2], "text": []byte("id,name\n"), "empty": nil} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, errs, code := kept(t, environ, "import", "--mapping", mapping, path)
		if code != exitFailed || !strings.Contains(errs, "accounts.parquet") || !strings.Contains(errs, "is not a Parquet file that can be read") {
			t.Errorf("%s: exit %d, %s; want an error that names the file", name, code, errs)
		}
	}
	environ["KEPT_ADDR"], environ["KEPT_BOOTSTRAP_TOKEN"] = "127.0.0.1:0", "bootstrap-token-0123456789"
	inspectParquet(t, environ, whole)
}

func checkParquet(t *testing.T, file string) {
	t.Helper()
	records, err := sqlstore.Open(t.Context(), file, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	accounts, err := records.Accounts(t.Context(), customer.Filter{})
	if err != nil || len(accounts) != 2 {
		t.Fatal(accounts, err)
	}
	var muller customer.Account
	for _, a := range accounts {
		if a.Name == "Müller & Söhne" {
			muller = a
		}
	}
	if want := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC); !muller.Since.Equal(want) {
		t.Errorf("since %v, want %v", muller.Since, want)
	}
	refs, err := records.ExternalRefs(t.Context(), "account", []string{string(muller.ID)})
	if err != nil || len(refs) != 1 || refs[0].External != "9007199254740993" {
		t.Errorf("refs %+v, %v: an id beyond 53 bits has to stay exact", refs, err)
	}
	facts, err := records.Facts(t.Context(), customer.Filter{Accounts: []id.Account{muller.ID}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range facts {
		got[f.Key] = string(f.Value.Type) + " " + f.Value.String()
	}
	want := map[string]string{
		"live": "bool true", "seats": "number 12", "paid": "number 1234567.89", "renewed": "date 2026-02-28T00:00:00Z",
		"ratio": "number 0.1", "seen": "date 2026-03-01T10:00:00Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	subs, err := records.Subscriptions(t.Context(), customer.Filter{Accounts: []id.Account{muller.ID}})
	if err != nil || len(subs) != 1 || subs[0].Current.ARR.Minor != 123456789 || subs[0].Current.Seats != 12 {
		t.Errorf("subscriptions %+v, %v", subs, err)
	}
}

func inspectParquet(t *testing.T, environ map[string]string, whole []byte) {
	t.Helper()
	address, _ := startServer(t, environ)
	c := &http.Client{Timeout: time.Minute, Transport: bearer(environ["KEPT_BOOTSTRAP_TOKEN"])}
	for name, want := range map[string]struct {
		content []byte
		status  int
		says    []string
	}{
		"accounts.parquet": {whole, http.StatusOK, []string{`"created","type":"date"`, `"live","type":"bool"`, `format: parquet`, `"rows":2`}},
		"no extension":     {whole, http.StatusOK, []string{`format: parquet`}},
		"broken.parquet":   {whole[:100], http.StatusUnprocessableEntity, []string{"is not a Parquet file that can be read", `"location":"broken.parquet"`}},
		"tiny.parquet":     {nil, http.StatusUnprocessableEntity, []string{"is not a Parquet file that can be read"}},
	} {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(want.content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		status, body := post(t, c, address+"/api/v1/imports/inspect", w.FormDataContentType(), &form)
		if status != want.status {
			t.Errorf("%s: %d %s, want %d", name, status, body, want.status)
		}
		for _, says := range want.says {
			if !strings.Contains(body, says) {
				t.Errorf("%s: the answer lacks %s:\n%s", name, says, body)
			}
		}
	}
}

// bearer sends a token with every request.
type bearer string

func (b bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	req.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(req) //nolint:wrapcheck // a test
}

// TestOwnerBecomesAdmin imports owners before anybody has signed in: the first
// admin can still be set up, and is the owner whom the file names.
func TestOwnerBecomesAdmin(t *testing.T) {
	dir := writeFiles(t, map[string]string{"accounts.csv": "id,name,since,owner\n1,Acme,2024-01-01,Ada@ours.example\n2,Beta,2024-01-01,Kim Lee\n3,Gamma,2024-01-01,kim lee\n"})
	mapping := filepath.Join(writeFiles(t, map[string]string{"m.yaml": "kept: 1\nsource: crm\ndata_cutoff: 2024-12-31\nfiles:\n" +
		"  - path: accounts.csv\n    rows: [{target: account, id: id, name: name, since: since, owner: owner}]\n"}), "m.yaml")
	environ := map[string]string{"KEPT_DATA": t.TempDir()}
	for i, want := range []string{"owner_not_a_user", ""} {
		out := must(t, environ, "import", "--mapping", mapping, dir)
		if strings.Contains(out, "owner_not_a_user") != (want != "") {
			t.Errorf("import %d says:\n%s", i+1, out)
		}
	}
	environ["KEPT_ADDR"] = "127.0.0.1:0"
	signInSmoke(t, environ)
	records, err := sqlstore.Open(t.Context(), filepath.Join(environ["KEPT_DATA"], recordsFile), clock.System())
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	all, err := records.Users(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("users %+v, %v; want Ada and Kim", all, err)
	}
	for _, u := range all {
		if admin := u.Email == "ada@ours.example"; admin == u.Disabled || admin != (u.Role == access.Admin) {
			t.Errorf("user %+v: only Ada is let in", u)
		}
	}
}

// TestStoredModelMixesUnits starts on a model that an earlier program accepted.
func TestStoredModelMixesUnits(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"KEPT_DATA": dir}
	must(t, env, "metrics")
	records, err := sqlstore.Open(t.Context(), filepath.Join(dir, recordsFile), clock.System())
	if err != nil {
		t.Fatal(err)
	}
	stored, err := records.LatestModel(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stored.YAML = strings.Replace(stored.YAML, "metrics:\n", "metrics:\n  - {name: mixed, kind: formula, expr: arr + tenure_days}\n", 1)
	if _, err := records.SaveModel(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	if err := records.Close(); err != nil {
		t.Fatal(err)
	}
	_, errs, code := kept(t, env, "metrics")
	if code != exitDone || !strings.Contains(errs, "cannot be added") {
		t.Errorf("exit %d\n%s", code, errs)
	}
}
