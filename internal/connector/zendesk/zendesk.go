// Package zendesk reads organizations, users and tickets through Zendesk's
// incremental exports: what changed since the last time, deleted tickets included.
package zendesk

import (
	"context"
	_ "embed" // the mapping
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
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
		Name: "zendesk", Title: "Zendesk", Guide: "zendesk", Mapping: Mapping, Every: 15 * time.Minute,
		Help: "Organizations become accounts, end users contacts; tickets come with first reply, solution and rating.",
		Fields: []connector.Field{
			{Name: "base_url", Title: "Address", Target: true, Required: true, Example: "https://acme.zendesk.com", Help: "Where your agents sign in"},
			{Name: "email", Title: "E-mail of the agent", Required: true, Example: "kept@acme.example", Help: "The agent to whom the token belongs; an administrator, as exports need one"},
			{Name: "api_token", Title: "API token", Required: true, Secret: true, Help: "From Admin Center, Apps and integrations, Zendesk API"},
		},
		Open: open,
	}
}

// The streams, in the order in which they are read.
const (
	organizations = "organizations"
	users         = "users"
	tickets       = "tickets"
)

const (
	// pace keeps within the 10 requests a minute of incremental exports.
	pace     = 6 * time.Second
	pageSize = "1000"
	// first is the start of all exports.
	first = 1
)

type system struct{ client *connector.Client }

func open(cfg connector.Config, env connector.Env) (connector.System, error) {
	base, err := cfg.URL("base_url", env)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(cfg["email"], "@") {
		return nil, fault.At("config.email", "%.60q is not an e-mail address: enter that of the agent to whom the token belongs", cfg["email"])
	}
	token := base64.StdEncoding.EncodeToString([]byte(cfg["email"] + "/token:" + cfg["api_token"]))
	client := connector.NewClient(base, env, func(r *http.Request) { r.Header.Set("Authorization", "Basic "+token) })
	client.Pace = pace
	return &system{client}, nil
}

// Close does nothing.
func (s *system) Close() error { return nil }

// Streams lists the streams.
func (s *system) Streams() []connector.Stream {
	return []connector.Stream{{Name: organizations}, {Name: users}, {Name: tickets}}
}

// Check asks who the token belongs to.
func (s *system) Check(ctx context.Context) (string, error) {
	s.client.Pace = 0
	defer func() { s.client.Pace = pace }()
	var me struct {
		User struct {
			Name string `json:"name"`
			Role string `json:"role"`
		} `json:"user"`
	}
	if err := s.client.Get(ctx, "/api/v2/users/me.json", nil, &me); err != nil {
		return "", err
	}
	switch me.User.Role {
	case "admin":
		return "Zendesk answers; the token belongs to " + me.User.Name + ", an administrator", nil
	case "":
		return "", fault.New(fault.Unauthorized, "Zendesk does not know the token: enter it again, and switch token access on in the Admin Center")
	}
	return "", fault.New(fault.Forbidden, "the token belongs to %s, whose role is %s: exports need an administrator", me.User.Name, me.User.Role)
}

// Read hands out the pages of an export.
func (s *system) Read(ctx context.Context, stream, cursor string, emit func(connector.Page) error) error {
	switch stream {
	case organizations:
		return s.byTime(ctx, cursor, emit)
	case users:
		return s.byCursor(ctx, "/api/v2/incremental/users/cursor.json", users, cursor, emit)
	case tickets:
		return s.byCursor(ctx, "/api/v2/incremental/tickets/cursor.json", tickets, cursor, emit)
	}
	return fault.New(fault.Internal, "Zendesk has no stream %s", stream)
}

// byCursor reads an export that has cursors. The end of the stream gives one,
// too, from which the next run goes on.
func (s *system) byCursor(ctx context.Context, path, stream, cursor string, emit func(connector.Page) error) error {
	for {
		q := url.Values{"per_page": {pageSize}}
		if stream == tickets {
			q.Set("include", "metric_sets")
		}
		if cursor == "" {
			q.Set("start_time", strconv.Itoa(first))
		} else {
			q.Set("cursor", cursor)
		}
		var page map[string]any
		if err := s.client.Get(ctx, path, q, &page); err != nil {
			return err
		}
		if _, ok := page[stream].([]any); !ok {
			return fault.New(fault.Invalid, "Zendesk's answer has no %s: check the address", stream)
		}
		rows, err := shape(stream, page)
		if err != nil {
			return err
		}
		next := connector.Text(page, "after_cursor")
		end := connector.True(page, "end_of_stream")
		if next == "" {
			if !end {
				return fault.New(fault.Invalid, "Zendesk's answer has no cursor to go on with")
			}
			next = cursor
		}
		if !end && next == cursor {
			return fault.New(fault.Invalid, "Zendesk gives the same cursor again: nothing would come after it")
		}
		if err := emit(connector.Page{Rows: rows, Cursor: next}); err != nil || end {
			return err
		}
		cursor = next
	}
}

// byTime reads the export of organizations, which has no cursors: a page ends at
// a second, and the next one begins with it.
func (s *system) byTime(ctx context.Context, cursor string, emit func(connector.Page) error) error {
	since, err := strconv.ParseInt(cursor, 10, 64)
	if cursor == "" {
		since = first
	} else if err != nil || since < first {
		return fault.New(fault.Invalid, "the cursor of organizations is damaged: reset it, which reads everything again")
	}
	for {
		q := url.Values{"start_time": {strconv.FormatInt(since, 10)}, "per_page": {pageSize}}
		var page map[string]any
		if err := s.client.Get(ctx, "/api/v2/incremental/organizations.json", q, &page); err != nil {
			return err
		}
		if _, ok := page[organizations].([]any); !ok {
			return fault.New(fault.Invalid, "Zendesk's answer has no organizations: check the address")
		}
		rows, err := shape(organizations, page)
		if err != nil {
			return err
		}
		end, ok := connector.Whole(page, "end_time")
		more := len(rows) >= 1000 && !connector.True(page, "end_of_stream")
		if !ok {
			end, more = since, false
		}
		if more && end <= since {
			return fault.New(fault.Invalid, "more than 1,000 organizations of Zendesk changed in one second: nothing would come after them")
		}
		if err := emit(connector.Page{Rows: rows, Cursor: strconv.FormatInt(end, 10)}); err != nil || !more {
			return err
		}
		since = end
	}
}

// shape makes rows, with what the mapping cannot compute under "kept".
func shape(stream string, page map[string]any) ([]connector.Row, error) {
	metrics := map[string]map[string]any{}
	for _, m := range connector.Objects(page, "metric_sets") {
		metrics[connector.Text(m, "ticket_id")] = m
	}
	list := connector.Objects(page, stream)
	rows := make([]connector.Row, 0, len(list))
	for _, o := range list {
		key := connector.Text(o, "id")
		if key == "" {
			return nil, fault.New(fault.Invalid, "Zendesk sent one of its %s without id", stream)
		}
		switch stream {
		case organizations:
			o["kept"] = map[string]any{"domain": firstOf(o["domain_names"])}
		case tickets:
			set := metrics[key]
			if set == nil {
				set = connector.Object(o, "metric_set")
			}
			o["kept"] = shapeTicket(o, set)
		}
		rows = append(rows, connector.Row{Key: key, Data: o})
	}
	return rows, nil
}

func firstOf(v any) string {
	list, _ := v.([]any)
	if len(list) == 0 {
		return ""
	}
	text, _ := list[0].(string)
	return text
}

// shapeTicket says when a ticket was solved and how it was rated. A closed or
// deleted ticket without a date of its own was solved when it was last changed.
func shapeTicket(o, set map[string]any) map[string]any {
	status := connector.Text(o, "status")
	solved := ""
	if status == "solved" || status == "closed" || status == "deleted" {
		if solved = connector.Text(set, "solved_at"); solved == "" {
			solved = connector.Text(o, "updated_at")
		}
	}
	reply := ""
	if minutes, ok := connector.Object(set, "reply_time_in_minutes")["calendar"].(json.Number); ok {
		reply = minutes.String()
	}
	rating := ""
	switch connector.Text(connector.Object(o, "satisfaction_rating"), "score") {
	case "good":
		rating = "100"
	case "bad":
		rating = "0"
	}
	subject := connector.Text(o, "subject")
	if subject == "" {
		subject = connector.Text(o, "raw_subject")
	}
	return map[string]any{
		"solved_at": solved, "first_reply_minutes": reply, "rating": rating, "subject": subject,
		"escalated": connector.Text(o, "priority") == "urgent",
	}
}
