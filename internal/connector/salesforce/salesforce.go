// Package salesforce reads accounts, contacts, opportunities, tasks and events of
// Salesforce by SOQL: what changed since the last time, deleted and merged records
// included.
package salesforce

import (
	"context"
	_ "embed" // the mapping
	"fmt"
	"net/http"
	"net/url"
	"slices"
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
		Name: "salesforce", Title: "Salesforce", Guide: "salesforce", Mapping: Mapping, Every: 30 * time.Minute,
		Help: "Accounts with their hierarchy and owners, contacts, won and lost opportunities, calls, e-mails and meetings.",
		Fields: []connector.Field{
			{Name: "base_url", Title: "Address", Target: true, Required: true, Example: "https://acme.my.salesforce.com", Help: "Your My Domain address"},
			{Name: "client_id", Title: "Consumer key", Required: true, Help: "Of a connected app with the client credentials flow"},
			{Name: "client_secret", Title: "Consumer secret", Required: true, Secret: true, Help: "Of the same connected app"},
			{Name: "extra_fields", Title: "Further fields", Long: true, Example: "accounts: ARR__c, Region__c", Help: "Lines of STREAM: FIELD, FIELD that the mapping can use"},
		},
		Open: open,
	}
}

// stream is one object of Salesforce.
type stream struct {
	name, object string
	fields       []string
}

var streams = []stream{
	{"accounts", "Account", []string{"Name", "ParentId", "MasterRecordId", "Website", "Industry", "Type", "NumberOfEmployees", "AnnualRevenue", "BillingCountry", "OwnerId"}},
	{"contacts", "Contact", []string{"AccountId", "MasterRecordId", "Name", "Email", "Title"}},
	{"opportunities", "Opportunity", []string{"AccountId", "Name", "StageName", "Amount", "CloseDate", "Type", "IsWon", "IsClosed"}},
	{"tasks", "Task", []string{"AccountId", "WhoId", "OwnerId", "Subject", "Description", "ActivityDate", "CompletedDateTime", "TaskSubtype", "Status", "IsClosed"}},
	{"events", "Event", []string{"AccountId", "WhoId", "OwnerId", "Subject", "Description", "StartDateTime", "IsChild"}},
}

// always are the fields without which an object cannot be followed.
var always = []string{"Id", "IsDeleted", "CreatedDate", "SystemModstamp"}

const api = "/services/data/v62.0"

type system struct {
	login  *connector.Client
	client *connector.Client
	env    connector.Env
	form   url.Values
	base   *url.URL
	extra  map[string][]string
	token  string
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
	extra, err := connector.Lists("config.extra_fields", cfg["extra_fields"], names)
	if err != nil {
		return nil, err
	}
	s := &system{env: env, base: base, extra: extra, form: url.Values{
		"grant_type": {"client_credentials"}, "client_id": {cfg["client_id"]}, "client_secret": {cfg["client_secret"]},
	}}
	s.login = connector.NewClient(base, env, func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") })
	return s, nil
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

// signIn fetches an access token.
func (s *system) signIn(ctx context.Context) error {
	var got struct {
		AccessToken string `json:"access_token"`
		InstanceURL string `json:"instance_url"`
	}
	at := *s.base
	at.Path += "/services/oauth2/token"
	err := s.login.Do(ctx, http.MethodPost, at.String(), []byte(s.form.Encode()), &got)
	if err != nil && fault.Is(err, fault.Invalid) {
		return &fault.Error{Kind: fault.Unauthorized, Msg: "Salesforce refused the consumer key or secret, or the app has no client credentials flow: enter them again", Err: err}
	}
	if err != nil {
		return err
	}
	instance, err := url.Parse(got.InstanceURL)
	if err != nil || got.AccessToken == "" || instance.Scheme != s.base.Scheme || instance.Host != s.base.Host && !ours(instance.Hostname()) {
		return fault.New(fault.Invalid, "Salesforce's answer to the sign-in is not what is expected: check the address")
	}
	instance.Path = ""
	s.token = got.AccessToken
	s.client = connector.NewClient(instance, s.env, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+s.token) })
	return nil
}

// ours reports whether a host is one of Salesforce's.
func ours(host string) bool {
	for _, end := range []string{".salesforce.com", ".force.com", ".salesforce.mil", ".cloudforce.com"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}

// get asks with a token, and with a new one when the old one has run out.
func (s *system) get(ctx context.Context, address string, out any) error {
	if s.client == nil {
		if err := s.signIn(ctx); err != nil {
			return err
		}
	}
	err := s.client.Follow(ctx, address, out)
	if fault.Is(err, fault.Unauthorized) {
		if err := s.signIn(ctx); err != nil {
			return err
		}
		err = s.client.Follow(ctx, address, out)
	}
	return err
}

// Check signs in and looks at the objects.
func (s *system) Check(ctx context.Context) (string, error) {
	for i := range streams {
		if _, _, err := s.describe(ctx, &streams[i]); err != nil {
			return "", fmt.Errorf("look at %s: %w", streams[i].object, err)
		}
	}
	return "Salesforce answers; accounts, contacts, opportunities, tasks and events can be read", nil
}

// describe returns the fields of an object that are there and wanted, which of
// them hold ids, and which are missing.
func (s *system) describe(ctx context.Context, one *stream) (fields []string, found described, err error) {
	var got struct {
		Fields []struct {
			Name string `json:"name"`
			Type string `json:"type"`
		} `json:"fields"`
	}
	if err := s.get(ctx, api+"/sobjects/"+one.object+"/describe", &got); err != nil {
		return nil, found, err
	}
	found.ids = map[string]bool{}
	have := map[string]bool{}
	for _, f := range got.Fields {
		have[f.Name] = true
		if f.Type == "id" || f.Type == "reference" {
			found.ids[f.Name] = true
		}
	}
	for _, name := range always {
		if !have[name] {
			return nil, found, fault.New(fault.Forbidden, "Salesforce does not show the field %s of %s: let the app's user see it", name, one.object)
		}
	}
	fields = append(fields, always...)
	for _, name := range slices.Concat(one.fields, s.extra[one.name]) {
		switch {
		case slices.Contains(fields, name):
		case have[name]:
			fields = append(fields, name)
			if name == "OwnerId" {
				fields = append(fields, "Owner.Email", "Owner.Name")
			}
		default:
			found.missing = append(found.missing, name)
		}
	}
	return fields, found, nil
}

type described struct {
	ids     map[string]bool
	missing []string
}

// page is what a query answers.
type page struct {
	Records []map[string]any `json:"records"`
	Done    bool             `json:"done"`
	Next    string           `json:"nextRecordsUrl"`
}

// Read hands out what changed since the cursor, an instant of SystemModstamp.
// Rows of that very instant come again, which changes nothing.
func (s *system) Read(ctx context.Context, name, cursor string, emit func(connector.Page) error) error {
	at := slices.IndexFunc(streams, func(one stream) bool { return one.name == name })
	if at < 0 {
		return fault.New(fault.Internal, "Salesforce has no stream %s", name)
	}
	one := &streams[at]
	fields, found, err := s.describe(ctx, one)
	if err != nil {
		return err
	}
	where := ""
	if cursor != "" {
		since, err := parse(cursor)
		if err != nil {
			return fault.New(fault.Invalid, "the cursor of %s is damaged: reset it, which reads everything again", name)
		}
		where = " WHERE SystemModstamp >= " + since.Format("2006-01-02T15:04:05.000Z")
	}
	query := "SELECT " + strings.Join(fields, ", ") + " FROM " + one.object + where + " ORDER BY SystemModstamp, Id"
	address := api + "/queryAll?" + url.Values{"q": {query}}.Encode()
	var notes []connector.Note
	for _, field := range found.missing {
		notes = append(notes, connector.Note{
			Rule: "field_missing", Says: one.object + " has no field " + field + ", or the app's user may not see it",
			WhatToDo: "Give the user the right to see it, or take it out of the mapping and the further fields.",
		})
	}
	for {
		var got page
		if err := s.get(ctx, address, &got); err != nil {
			return err
		}
		if got.Records == nil || !got.Done && got.Next == "" {
			return fault.New(fault.Invalid, "Salesforce's answer to the query is not what is expected: check the address")
		}
		out := connector.Page{Cursor: cursor, Notes: notes}
		notes = nil
		for _, o := range got.Records {
			if err := shape(one, o, found.ids, &out); err != nil {
				return err
			}
		}
		cursor = out.Cursor
		if err := emit(out); err != nil || got.Done {
			return err
		}
		if got.Next == address {
			return fault.New(fault.Invalid, "Salesforce gives the same page again")
		}
		address = got.Next
	}
}

// parse reads an instant as Salesforce writes it.
func parse(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.RFC3339Nano} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fault.New(fault.Invalid, "Salesforce wrote %.40q for an instant", text)
}
