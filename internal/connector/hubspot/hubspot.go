// Package hubspot reads companies, contacts, deals, tickets and engagements of
// HubSpot's CRM: what changed since the last time, with associations, merges and
// archived records.
package hubspot

import (
	"context"
	_ "embed" // the mapping
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/connector"
	"kept/internal/fault"
)

// Mapping is what ships.
//
//go:embed mapping.yaml
var Mapping string

// Kind returns the system.
func Kind() *connector.Kind {
	return &connector.Kind{
		Name: "hubspot", Title: "HubSpot", Guide: "hubspot", Mapping: Mapping, Every: 30 * time.Minute,
		Help: "Companies with their owners, contacts, won and lost deals, tickets, calls, meetings, e-mails and notes.",
		Fields: []connector.Field{
			{Name: "token", Title: "Access token of a private app", Required: true, Secret: true, Example: "pat-eu1-…", Help: "With the right to read companies, contacts, deals, tickets and owners"},
			{Name: "extra_properties", Title: "Further properties", Long: true, Example: "companies: arr, customer_tier", Help: "Lines of STREAM: PROPERTY, PROPERTY that the mapping can use"},
			{Name: "base_url", Title: "Address", Target: true, Default: "https://api.hubapi.com", Help: "Leave it as it is, unless you test"},
		},
		Open: open,
	}
}

// stream is one object of the CRM.
type stream struct {
	name       string
	changed    string // the property with the instant of the last change
	properties []string
	company    bool // rows belong to a company
	archived   bool // archived rows are read, too
	merges     string
}

const modified = "hs_lastmodifieddate"

var streams = []stream{
	{"companies", modified, []string{"name", "domain", "createdate", "industry", "country", "numberofemployees", "annualrevenue", "hubspot_owner_id", "lifecyclestage", "hs_merged_object_ids"}, false, true, "account"},
	{"contacts", "lastmodifieddate", []string{"email", "firstname", "lastname", "jobtitle", "createdate", "hs_merged_object_ids"}, true, true, "contact"},
	{"deals", modified, []string{"dealname", "amount", "closedate", "createdate", "dealstage", "pipeline", "dealtype", "hs_is_closed_won", "hs_is_closed"}, true, false, ""},
	{"tickets", modified, []string{"subject", "createdate", "closed_date", "first_agent_reply_date", "hs_ticket_priority", "hs_ticket_category", "hs_pipeline_stage"}, true, true, ""},
	{"calls", modified, []string{"hs_timestamp", "hs_call_title", "hs_call_body", "hubspot_owner_id"}, true, false, ""},
	{"meetings", modified, []string{"hs_timestamp", "hs_meeting_title", "hs_meeting_body", "hs_meeting_start_time", "hs_meeting_outcome", "hubspot_owner_id"}, true, false, ""},
	{"notes", modified, []string{"hs_timestamp", "hs_note_body", "hubspot_owner_id"}, true, false, ""},
	{"emails", modified, []string{"hs_timestamp", "hs_email_subject", "hs_email_direction", "hubspot_owner_id"}, true, false, ""},
}

const (
	pageSize = 100
	// maxSearch is where a search ends: HubSpot hands out no more of it.
	maxSearch = 10_000
	// pace keeps within five searches a second.
	pace = 250 * time.Millisecond
)

type system struct {
	client *connector.Client
	extra  map[string][]string
	owners map[string]map[string]any // by id; nil until they are read
}

func open(cfg connector.Config, env connector.Env) (connector.System, error) {
	base, err := cfg.URL("base_url", env)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(streams))
	for i := range streams {
		names[i] = streams[i].name
	}
	extra, err := connector.Lists("config.extra_properties", cfg["extra_properties"], names)
	if err != nil {
		return nil, err
	}
	token := cfg["token"]
	if strings.ContainsAny(token, " \t") {
		return nil, fault.At("config.token", "holds a space: copy the token alone")
	}
	client := connector.NewClient(base, env, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) })
	client.Pace = pace
	return &system{client: client, extra: extra}, nil
}

// Close does nothing.
func (s *system) Close() error { return nil }

// Streams lists the streams.
func (s *system) Streams() []connector.Stream {
	out := make([]connector.Stream, len(streams))
	for i := range streams {
		out[i] = connector.Stream{Name: streams[i].name}
	}
	return out
}

// Check reads one row of each object that the mapping needs most.
func (s *system) Check(ctx context.Context) (string, error) {
	for _, name := range []string{"companies", "contacts", "deals", "tickets"} {
		var got list
		if err := s.client.Get(ctx, "/crm/v3/objects/"+name, url.Values{"limit": {"1"}}, &got); err != nil {
			return "", err
		}
	}
	if err := s.loadOwners(ctx); err != nil {
		return "", err
	}
	return "HubSpot answers; companies, contacts, deals, tickets and " + strconv.Itoa(len(s.owners)) + " owners can be read", nil
}

// list is HubSpot's page.
type list struct {
	Results []map[string]any `json:"results"`
	Paging  struct {
		Next struct {
			After string `json:"after"`
		} `json:"next"`
	} `json:"paging"`
}

// cursor is where a stream stands: the newest change in milliseconds, of the rows
// and of the archived ones.
type cursor struct {
	Since    int64 `json:"since"`
	Archived int64 `json:"archived,omitempty"`
}

func (c cursor) text() string {
	raw, err := json.Marshal(c)
	if err != nil { // two numbers always marshal
		return ""
	}
	return string(raw)
}

// Read hands out what changed since the cursor, and then what was archived.
func (s *system) Read(ctx context.Context, name, text string, emit func(connector.Page) error) error {
	at := slices.IndexFunc(streams, func(one stream) bool { return one.name == name })
	if at < 0 {
		return fault.New(fault.Internal, "HubSpot has no stream %s", name)
	}
	var c cursor
	if text != "" {
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return fault.New(fault.Invalid, "the cursor of %s is damaged: reset it, which reads everything again (%w)", name, err)
		}
	}
	if err := s.loadOwners(ctx); err != nil {
		return err
	}
	one := &streams[at]
	c, err := s.search(ctx, one, c, emit)
	if err != nil || !one.archived {
		return err
	}
	return s.gone(ctx, one, c, emit)
}

// search follows the changes in their order. A search ends after 10,000 rows: the
// next one begins with the last change of the one before.
func (s *system) search(ctx context.Context, one *stream, c cursor, emit func(connector.Page) error) (cursor, error) {
	since, after := c.Since, ""
	for {
		in := map[string]any{
			"filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": one.changed, "operator": "GTE", "value": strconv.FormatInt(since, 10)}}}},
			"sorts":        []any{map[string]any{"propertyName": one.changed, "direction": "ASCENDING"}},
			"properties":   s.properties(one), "limit": pageSize,
		}
		if after != "" {
			in["after"] = after
		}
		var got list
		if err := s.client.Post(ctx, "/crm/v3/objects/"+one.name+"/search", in, &got); err != nil {
			return c, err
		}
		if got.Results == nil {
			return c, fault.New(fault.Invalid, "HubSpot's answer has no results: check the address")
		}
		page, err := s.page(ctx, one, got.Results)
		if err != nil {
			return c, err
		}
		for _, o := range got.Results {
			at, err := millis(connector.Text(connector.Object(o, "properties"), one.changed), connector.Text(o, "updatedAt"))
			if err != nil {
				return c, err
			}
			c.Since = max(c.Since, at)
		}
		page.Cursor = c.text()
		if err := emit(page); err != nil {
			return c, err
		}
		next := got.Paging.Next.After
		if next == "" {
			return c, nil
		}
		if next == after {
			return c, fault.New(fault.Invalid, "HubSpot gives the same page again")
		}
		after = next
		if n, err := strconv.Atoi(after); err == nil && n >= maxSearch {
			if c.Since == since {
				return c, fault.New(fault.Invalid, "more than 10,000 %s of HubSpot changed in one millisecond: nothing would come after them", one.name)
			}
			since, after = c.Since, ""
		}
	}
}

// gone reads what is archived; HubSpot lists all of it, so older ones are left out.
func (s *system) gone(ctx context.Context, one *stream, c cursor, emit func(connector.Page) error) error {
	after, newest := "", c.Archived
	for {
		q := url.Values{"archived": {"true"}, "limit": {strconv.Itoa(pageSize)}, "properties": {strings.Join(s.properties(one), ",")}}
		if after != "" {
			q.Set("after", after)
		}
		var got list
		if err := s.client.Get(ctx, "/crm/v3/objects/"+one.name, q, &got); err != nil {
			return err
		}
		var fresh []map[string]any
		for _, o := range got.Results {
			at, err := millis(connector.Text(o, "archivedAt"), connector.Text(o, "updatedAt"))
			if err != nil {
				return err
			}
			if at >= c.Archived {
				o["archived"] = true
				fresh = append(fresh, o)
				newest = max(newest, at)
			}
		}
		page, err := s.page(ctx, one, fresh)
		if err != nil {
			return err
		}
		next := got.Paging.Next.After
		page.Cursor = c.text()
		if next == "" {
			page.Cursor = cursor{Since: c.Since, Archived: newest}.text()
		}
		if err := emit(page); err != nil || next == "" {
			return err
		}
		if next == after {
			return fault.New(fault.Invalid, "HubSpot gives the same page again")
		}
		after = next
	}
}

func (s *system) properties(one *stream) []string {
	out := append(slices.Clone(one.properties), one.changed)
	for _, name := range s.extra[one.name] {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// page makes rows, with what the mapping cannot compute under "kept".
func (s *system) page(ctx context.Context, one *stream, objects []map[string]any) (connector.Page, error) {
	var out connector.Page
	companies := map[string]string{}
	if one.company && len(objects) > 0 {
		var err error
		if companies, err = s.companies(ctx, one.name, objects); err != nil {
			return out, err
		}
	}
	for _, o := range objects {
		key := connector.Text(o, "id")
		properties := connector.Object(o, "properties")
		if key == "" || properties == nil {
			return out, fault.New(fault.Invalid, "HubSpot sent one of its %s without id or properties", one.name)
		}
		if one.merges != "" {
			for from := range strings.SplitSeq(connector.Text(properties, "hs_merged_object_ids"), ";") {
				if from = strings.TrimSpace(from); from != "" && from != key {
					out.Merged = append(out.Merged, connector.Merged{Kind: one.merges, From: from, To: key})
				}
			}
		}
		o["kept"] = shape(one.name, o, properties, companies[key], s.owners[connector.Text(properties, "hubspot_owner_id")])
		out.Rows = append(out.Rows, connector.Row{Key: key, Data: o})
	}
	return out, nil
}

// companies finds the company of each row: the primary one, else the first.
func (s *system) companies(ctx context.Context, name string, objects []map[string]any) (map[string]string, error) {
	var inputs []any
	for _, o := range objects {
		inputs = append(inputs, map[string]any{"id": connector.Text(o, "id")})
	}
	var got struct {
		Results []struct {
			From map[string]any `json:"from"`
			To   []struct {
				ID    json.Number `json:"toObjectId"`
				Types []struct {
					Label string `json:"label"`
				} `json:"associationTypes"`
			} `json:"to"`
		} `json:"results"`
	}
	if err := s.client.Post(ctx, "/crm/v4/associations/"+name+"/companies/batch/read", map[string]any{"inputs": inputs}, &got); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, one := range got.Results {
		from := connector.Text(one.From, "id")
		for _, to := range one.To {
			primary := false
			for _, kind := range to.Types {
				primary = primary || kind.Label == "Primary"
			}
			if out[from] == "" || primary {
				out[from] = to.ID.String()
			}
			if primary {
				break
			}
		}
	}
	return out, nil
}

// loadOwners reads our people once a run.
func (s *system) loadOwners(ctx context.Context) error {
	if s.owners != nil {
		return nil
	}
	owners, after := map[string]map[string]any{}, ""
	for {
		q := url.Values{"limit": {strconv.Itoa(pageSize)}}
		if after != "" {
			q.Set("after", after)
		}
		var got list
		if err := s.client.Get(ctx, "/crm/v3/owners", q, &got); err != nil {
			return err
		}
		for _, o := range got.Results {
			owners[connector.Text(o, "id")] = o
		}
		next := got.Paging.Next.After
		if next == "" || next == after {
			s.owners = owners
			return nil
		}
		after = next
	}
}

// millis reads the first instant that is one.
func millis(texts ...string) (int64, error) {
	for _, text := range texts {
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return at.UnixMilli(), nil
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
			return n, nil
		}
	}
	return 0, fault.New(fault.Invalid, "HubSpot wrote %.60q for an instant", strings.Join(texts, " "))
}
