package ingest

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// synonyms lists, for what a mapping needs, the column names that usually hold
// it, best first; names are compared without case, spaces and signs.
var synonyms = map[string][]string{
	"account":      {"account_id", "customer_id", "company_id", "organization_id", "organisation_id", "org_id", "client_id", "group_id", "workspace_id", "tenant_id", "account", "customer", "company"},
	"account_name": {"account_name", "company_name", "customer_name", "organization_name", "org_name", "name", "company", "account", "title"},
	"since":        {"signup_date", "sign_up_date", "signed_up_at", "customer_since", "since", "created_at", "created_date", "createddate", "created", "start_date", "onboarded_at"},
	"domain":       {"domain", "website", "url"},
	"parent":       {"parent_id", "parent_account_id", "parentid"},
	"contact":      {"contact_id", "user_id", "person_id", "member_id", "id"},
	"person":       {"full_name", "contact_name", "name", "first_name", "email"},
	"email":        {"email", "email_address", "e_mail"},
	"job":          {"title", "job_title", "position"},
	"subscription": {"subscription_id", "contract_id", "plan_subscription_id", "sub_id"},
	"start":        {"start_date", "started_at", "start", "current_period_start", "valid_from", "begin_date"},
	"end":          {"end_date", "ends_at", "end", "renewal_date", "current_period_end", "valid_to", "expires_at"},
	"arr":          {"arr", "arr_amount", "annual_recurring_revenue", "acv"},
	"mrr":          {"mrr", "mrr_amount", "monthly_recurring_revenue", "amount"},
	"seats":        {"seats", "licenses", "licences", "quantity", "users"},
	"plan":         {"plan", "plan_tier", "plan_name", "tier"},
	"trial":        {"is_trial", "trial"},
	"auto_renew":   {"auto_renew", "auto_renew_flag", "autorenew"},
	"ticket":       {"ticket_id", "case_id", "issue_id", "ticket_number"},
	"opened_at":    {"submitted_at", "opened_at", "created_at", "created", "open_date"},
	"solved_at":    {"closed_at", "solved_at", "resolved_at", "close_date"},
	"priority":     {"priority", "severity"},
	"subject":      {"subject", "title", "summary"},
	"satisfaction": {"satisfaction_score", "satisfaction", "csat", "rating"},
	"escalated":    {"escalated", "escalation_flag", "is_escalated"},
	"event":        {"event", "event_name", "event_type", "action", "feature_name", "feature"},
	"at":           {"timestamp", "occurred_at", "event_time", "event_date", "time", "date", "usage_date", "created_at", "at", "ts"},
	"event_id":     {"message_id", "event_id", "usage_id", "uuid", "insert_id"},
	"actor":        {"user_id", "actor", "distinct_id", "anonymous_id", "email"},
	"value":        {"value", "count", "usage_count", "quantity", "amount"},
	"score":        {"nps", "nps_score", "score"},
	"id":           {"id", "external_id", "key"},
}

// finder looks for columns by what they mean.
type finder struct {
	columns []Column
	used    map[string]bool
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// has returns the best column for a meaning, "" when there is none.
func (f *finder) has(meaning string) string {
	for _, want := range synonyms[meaning] {
		for _, c := range f.columns {
			if plain(c.Name) == plain(want) {
				return c.Name
			}
		}
	}
	return ""
}

// take is has, and marks the column as used.
func (f *finder) take(meaning string) string {
	c := f.has(meaning)
	f.used[c] = true
	return c
}

// propose writes a mapping for an inspected file. It parses; whether it is right
// a person has to say.
func propose(name string, format Format, in *Inspection) string {
	f := &finder{columns: in.Columns, used: map[string]bool{}}
	var b strings.Builder
	b.WriteString("# Proposed from the column names: look at every line before you import.\nkept: 1\nsource: my_source # the system that the file comes from\ntime_zone: UTC\n")
	// A name may hold what a pattern takes for a wildcard.
	pattern := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
	b.WriteString("files:\n  - path: " + quoted(pattern) + "\n    format: " + string(format) + "\n")
	if len(in.Sheets) > 0 {
		b.WriteString("    sheet: " + quoted(in.Sheets[0]) + "\n")
	}
	if in.Encoding != "utf-8" {
		b.WriteString("    encoding: " + in.Encoding + "\n")
	}
	switch in.Delimiter {
	case "", ",":
	case "\t":
		b.WriteString("    delimiter: tab\n")
	default:
		b.WriteString("    delimiter: " + quoted(in.Delimiter) + "\n")
	}
	b.WriteString("    rows:\n")
	w := &targetWriter{b: &b, f: f}
	base := strings.ToLower(strings.TrimSuffix(name, path.Ext(name)))
	switch {
	case f.has("ticket") != "" && f.has("account") != "":
		w.ticket()
	case (f.has("subscription") != "" || f.has("arr") != "" || f.has("mrr") != "") && f.has("start") != "" && f.has("account") != "" && (f.has("arr") != "" || f.has("mrr") != ""):
		w.subscription()
	case strings.Contains(base, "nps") && f.has("score") != "" && f.has("at") != "" && f.has("account") != "":
		w.nps()
	case f.has("event") != "" && f.has("at") != "" && (f.has("account") != "" || f.has("subscription") != "" || f.has("actor") != ""):
		w.event()
	case f.has("email") != "" && f.has("account") != "" && f.has("contact") != "":
		w.contact()
	default:
		w.account()
	}
	return b.String()
}

// targetWriter writes one target of a proposed mapping.
type targetWriter struct {
	b *strings.Builder
	f *finder
}

func (w *targetWriter) line(format string, args ...any) { fmt.Fprintf(w.b, format+"\n", args...) }

// field writes "name: column" when there is a column for the meaning.
func (w *targetWriter) field(name, meaning string) bool {
	column := w.f.take(meaning)
	if column == "" {
		return false
	}
	if format := w.f.dateFormat(column); format != "" && dateMeanings[meaning] {
		w.line("        %s: {column: %s, format: %s}%s", name, quoted(column), strconv.Quote(format), undecidedNote(format))
		return true
	}
	w.line("        %s: %s", name, quoted(column))
	return true
}

var dateMeanings = map[string]bool{"since": true, "start": true, "end": true, "opened_at": true, "solved_at": true, "at": true}

// dateFormat returns the format that the dates of a column need declared: ""
// for none, several joined when the values do not tell which one is right.
func (f *finder) dateFormat(column string) string {
	for i := range f.columns {
		c := &f.columns[i]
		if c.Name != column || len(c.Formats) == 0 || slices.Contains(candidates[:plainCandidates], c.Formats[0]) {
			continue
		}
		return strings.Join(c.Formats, undecided)
	}
	return ""
}

func undecidedNote(format string) string {
	if strings.Contains(format, undecided) {
		return " # the values do not tell: keep the format that is right"
	}
	return ""
}

// id writes the id column: the first meaning that has one, else the first column.
func (w *targetWriter) id(meanings ...string) {
	for _, m := range meanings {
		if w.field("id", m) {
			return
		}
	}
	column := w.f.columns[0].Name
	w.f.used[column] = true
	w.line("        id: %s # is this the identifier of a row?", quoted(column))
}

func (w *targetWriter) account() {
	w.line("      - target: account")
	w.id("account", "id")
	if !w.field("name", "account_name") {
		w.line("        name: %s # which column has the name?", quoted(w.f.columns[0].Name))
	}
	if !w.field("since", "since") {
		w.line("        since: {const: \"2020-01-01\"} # no column tells since when: say it here")
	}
	w.field("domain", "domain")
	w.field("parent", "parent")
	w.attributes()
}

// attributes takes the columns that nothing else uses.
func (w *targetWriter) attributes() {
	first := true
	names := map[string]bool{}
	for _, c := range w.f.columns {
		key := attributeKey(c.Name)
		if w.f.used[c.Name] || c.Type == "empty" || key == "" || names[key] {
			continue
		}
		names[key] = true
		if first {
			w.line("        attributes:")
			first = false
		}
		if c.Type == "text" {
			w.line("          %s: %s", key, quoted(c.Name))
			continue
		}
		if format := w.f.dateFormat(c.Name); format != "" && c.Type == "date" {
			w.line("          %s: {column: %s, type: date, format: %s}%s", key, quoted(c.Name), strconv.Quote(format), undecidedNote(format))
			continue
		}
		w.line("          %s: {column: %s, type: %s}", key, quoted(c.Name), c.Type)
	}
}

func attributeKey(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, s)
	s = strings.Trim(s, "_")
	if len(s) > 60 || slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}, s) || s != "" && s[0] <= '9' {
		return ""
	}
	return s
}

func (w *targetWriter) contact() {
	w.line("      - target: contact")
	w.field("account", "account")
	w.id("contact")
	w.field("name", "person")
	w.field("email", "email")
	w.field("title", "job")
}

func (w *targetWriter) subscription() {
	w.line("      - target: subscription")
	w.field("account", "account")
	w.id("subscription", "id")
	w.field("plan", "plan")
	if !w.field("arr", "arr") {
		w.field("mrr", "mrr")
	}
	w.field("seats", "seats")
	w.field("start", "start")
	if w.field("end", "end") {
		w.line("        # use \"ended\" instead of \"end\" when this is the day of a cancellation, which nobody knew before")
	}
	w.field("trial", "trial")
	w.field("auto_renew", "auto_renew")
}

func (w *targetWriter) ticket() {
	w.line("      - target: ticket")
	w.id("ticket")
	w.field("account", "account")
	w.field("subject", "subject")
	w.field("priority", "priority")
	if !w.field("opened_at", "opened_at") {
		w.line("        opened_at: %s # which column says when it was opened?", quoted(w.f.columns[0].Name))
	}
	w.field("solved_at", "solved_at")
	w.field("satisfaction", "satisfaction")
	w.field("escalated", "escalated")
}

func (w *targetWriter) nps() {
	w.line("      - target: nps")
	w.field("account", "account")
	w.field("actor", "actor")
	w.field("at", "at")
	w.field("value", "score")
}

func (w *targetWriter) event() {
	w.line("      - target: event")
	if w.f.has("event_id") != "" {
		w.id("event_id")
	} else {
		w.line("        duplicates: keep # rows have no id: equal rows count each")
	}
	if !w.field("account", "account") {
		w.field("subscription", "subscription")
	}
	w.field("actor", "actor")
	w.field("name", "event")
	w.field("at", "at")
	w.field("value", "value")
}

// quoted returns a YAML scalar that is always a text.
func quoted(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0 &&
		!slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}
