// Package stripe reads customers, products, subscriptions and invoices of Stripe:
// all of them once, afterwards what Stripe's events say has changed, and at once
// when Stripe sends a signed webhook.
package stripe

import (
	"context"
	_ "embed" // the mapping
	"encoding/json"
	"fmt"
	"maps"
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
		Name: "stripe", Title: "Stripe", Guide: "stripe", Mapping: Mapping, Every: 15 * time.Minute,
		Help: "Customers become accounts; subscriptions bring ARR, seats and renewals; invoices become events.",
		Fields: []connector.Field{
			{Name: "api_key", Title: "Restricted API key", Required: true, Secret: true, Example: "rk_live_…", Help: "A restricted key that may read customers, products, prices, subscriptions, invoices and events"},
			{Name: "webhook_secret", Title: "Webhook signing secret", Secret: true, Example: "whsec_…", Help: "Of the endpoint in Stripe that sends to this connection; without it changes come with the schedule"},
			{Name: "base_url", Title: "Address", Target: true, Default: "https://api.stripe.com", Help: "Leave it as it is, unless you test"},
		},
		Open: open, Receive: receive,
	}
}

// The streams, in the order in which they are read.
const (
	products      = "products"
	customers     = "customers"
	subscriptions = "subscriptions"
	invoices      = "invoices"
)

type stream struct {
	name, path string
	events     []string // types of events after which its objects are read anew
	query      url.Values
}

var streams = []stream{
	{products, "/v1/products", []string{"product.created", "product.updated", "product.deleted"}, nil},
	{customers, "/v1/customers", []string{"customer.created", "customer.updated", "customer.deleted"}, nil},
	{
		subscriptions, "/v1/subscriptions",
		[]string{
			"customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted", "customer.subscription.paused",
			"customer.subscription.resumed", "customer.subscription.trial_will_end",
		},
		url.Values{"status": {"all"}, "expand[]": {"data.discounts"}},
	},
	{
		invoices, "/v1/invoices",
		[]string{"invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_failed", "invoice.voided", "invoice.marked_uncollectible", "invoice.overdue"},
		nil,
	},
}

// objects are the streams by the object's type in a webhook.
var objects = map[string]string{"product": products, "customer": customers, "subscription": subscriptions, "invoice": invoices}

const (
	// apiVersion fixes the shape of the answers, whatever the account's default is.
	apiVersion = "2025-08-27.basil"
	pageSize   = "100"
	// overlap is read again, because events become visible a little late.
	overlap = 10 * time.Minute
	// eventLife is how far back Stripe's events go; later than that all is read again.
	eventLife = 28 * 24 * time.Hour
)

type system struct {
	client *connector.Client
	env    connector.Env
}

func open(cfg connector.Config, env connector.Env) (connector.System, error) {
	base, err := cfg.URL("base_url", env)
	if err != nil {
		return nil, err
	}
	key := cfg["api_key"]
	if strings.HasPrefix(key, "pk_") {
		return nil, fault.At("config.api_key", "is a publishable key: use a restricted key, which begins with rk_")
	}
	if strings.ContainsAny(key, " \t") {
		return nil, fault.At("config.api_key", "holds a space: copy the key alone")
	}
	client := connector.NewClient(base, env, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Stripe-Version", apiVersion)
	})
	return &system{client: client, env: env}, nil
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

// list is Stripe's page.
type list struct {
	Data    []map[string]any `json:"data"`
	HasMore bool             `json:"has_more"`
}

// Check reads one customer.
func (s *system) Check(ctx context.Context) (string, error) {
	var got list
	for _, one := range streams {
		if err := s.client.Get(ctx, one.path, url.Values{"limit": {"1"}}, &got); err != nil {
			return "", fmt.Errorf("read %s: %w", one.name, err)
		}
	}
	mode := "live"
	if len(got.Data) > 0 && !connector.True(got.Data[0], "livemode") {
		mode = "test"
	}
	return "Stripe answers, in " + mode + " mode; products, customers, subscriptions and invoices can be read", nil
}

// cursor is where a stream stands: in the first reading (After, with Since as
// its start), or following events from Since on.
type cursor struct {
	After string `json:"after,omitempty"`
	Since int64  `json:"since"` // Unix seconds
	Full  bool   `json:"full,omitempty"`
}

func (c cursor) text() string {
	raw, err := json.Marshal(c)
	if err != nil { // two numbers and a text always marshal
		return ""
	}
	return string(raw)
}

// Read reads all objects of a stream once, and then those that events name.
func (s *system) Read(ctx context.Context, name, text string, emit func(connector.Page) error) error {
	at := slices.IndexFunc(streams, func(one stream) bool { return one.name == name })
	if at < 0 {
		return fault.New(fault.Internal, "Stripe has no stream %s", name)
	}
	now := s.env.Clock.Now()
	c := cursor{Since: now.Unix(), Full: true}
	if text != "" {
		c = cursor{}
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return fault.New(fault.Invalid, "the cursor of %s is damaged: reset it, which reads everything again (%w)", name, err)
		}
	}
	if !c.Full && now.Sub(time.Unix(c.Since, 0)) > eventLife {
		c = cursor{Since: now.Unix(), Full: true}
	}
	if c.Full {
		return s.readAll(ctx, &streams[at], c, emit)
	}
	return s.readChanged(ctx, &streams[at], c, now, emit)
}

func (s *system) readAll(ctx context.Context, one *stream, c cursor, emit func(connector.Page) error) error {
	for {
		q := url.Values{"limit": {pageSize}}
		maps.Copy(q, one.query)
		if c.After != "" {
			q.Set("starting_after", c.After)
		}
		var got list
		if err := s.client.Get(ctx, one.path, q, &got); err != nil {
			return err
		}
		rows := make([]connector.Row, 0, len(got.Data))
		for _, o := range got.Data {
			row, err := shape(one.name, o)
			if err != nil {
				return err
			}
			rows = append(rows, row)
			c.After = row.Key
		}
		more := got.HasMore && len(rows) > 0
		next := c
		if !more {
			next = cursor{Since: c.Since} // from here on events tell
		}
		if err := emit(connector.Page{Rows: rows, Cursor: next.text()}); err != nil || !more {
			return err
		}
	}
}

func (s *system) readChanged(ctx context.Context, one *stream, c cursor, now time.Time, emit func(connector.Page) error) error {
	since := time.Unix(c.Since, 0).Add(-overlap).Unix()
	next := cursor{Since: now.Unix()}.text()
	seen := map[string]bool{}
	after := ""
	var refs []string
	for {
		q := url.Values{"limit": {pageSize}, "created[gte]": {strconv.FormatInt(since, 10)}, "types[]": one.events}
		if after != "" {
			q.Set("starting_after", after)
		}
		var got list
		if err := s.client.Get(ctx, "/v1/events", q, &got); err != nil {
			return err
		}
		for _, e := range got.Data {
			after = connector.Text(e, "id")
			ref := connector.Text(connector.Object(connector.Object(e, "data"), "object"), "id")
			if slices.Contains(one.events, connector.Text(e, "type")) && ref != "" && !seen[ref] {
				seen[ref] = true
				refs = append(refs, ref)
			}
		}
		if !got.HasMore || len(got.Data) == 0 {
			break
		}
	}
	var rows []connector.Row
	for _, ref := range refs {
		row, err := s.fetch(ctx, one, ref)
		if fault.Is(err, fault.NotFound) {
			continue // gone for good: nothing is known of it any more
		}
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	return emit(connector.Page{Rows: rows, Cursor: next})
}

// fetch reads one object as it is now.
func (s *system) fetch(ctx context.Context, one *stream, ref string) (connector.Row, error) {
	var q url.Values
	if one.name == subscriptions {
		q = url.Values{"expand[]": {"discounts"}}
	}
	var o map[string]any
	if err := s.client.Get(ctx, one.path+"/"+url.PathEscape(ref), q, &o); err != nil {
		return connector.Row{}, err
	}
	return shape(one.name, o)
}

// Refresh reads the object of a webhook as it is now, after its product and its
// customer, which may be as new.
func (s *system) Refresh(ctx context.Context, m connector.Message) ([]connector.Refreshed, error) {
	name, ok := objects[m.Object]
	if !ok || m.Ref == "" {
		return nil, nil
	}
	at := slices.IndexFunc(streams, func(one stream) bool { return one.name == name })
	row, err := s.fetch(ctx, &streams[at], m.Ref)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []connector.Refreshed
	for _, other := range []struct {
		at  int
		ref string
	}{{0, connector.Text(connector.Object(row.Data, "kept"), "product")}, {1, connector.Text(row.Data, "customer")}} {
		if other.ref == "" || streams[other.at].name == name {
			continue
		}
		one, err := s.fetch(ctx, &streams[other.at], other.ref)
		switch {
		case err == nil:
			out = append(out, connector.Refreshed{Stream: streams[other.at].name, Rows: []connector.Row{one}})
		case !fault.Is(err, fault.NotFound):
			return nil, err
		}
	}
	return append(out, connector.Refreshed{Stream: name, Rows: []connector.Row{row}}), nil
}
