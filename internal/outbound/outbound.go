// Package outbound tells other systems what happened in Kept: signed webhooks,
// stored in the transaction of the change, sent at least once, with a log of every
// delivery.
package outbound

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// The kinds of events.
const (
	BandChanged         = "account.band_changed"
	AccountChurned      = "account.churned"
	ImportFinished      = "import.finished"
	ConnectionFailed    = "connection.failed"
	ConnectionRecovered = "connection.recovered"
	SourceSilent        = "source.silent"
	Test                = "webhook.test"
)

// KindInfo says when an event is sent.
type KindInfo struct {
	Kind string `json:"kind"`
	When string `json:"when"`
}

// Kinds lists what a webhook can subscribe to.
func Kinds() []KindInfo {
	return []KindInfo{
		{BandChanged, "an account's health moves to another band"},
		{AccountChurned, "an account's last subscription has ended"},
		{ImportFinished, "an import of files is done, failed or cancelled"},
		{ConnectionFailed, "reading a connected system fails, after it went well"},
		{ConnectionRecovered, "reading a connected system goes well again"},
		{SourceSilent, "a source has brought nothing for longer than it should"},
	}
}

// Event is something to tell. ID names it: the same event is told once.
type Event struct {
	ID   string         `json:"id"`
	Kind string         `json:"kind"`
	At   time.Time      `json:"at"`
	Data map[string]any `json:"data"`
}

// Webhook is a subscription.
type Webhook struct {
	ID     id.Webhook `json:"id"`
	Name   string     `json:"name"`
	URL    string     `json:"url"`
	Kinds  []string   `json:"kinds"`
	Sealed string     `json:"-"` // the signing secret
	Paused bool       `json:"paused"`

	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// State is where a delivery stands.
type State string

// The states; the last two are final, until somebody sends it again.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	Dead      State = "dead"
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID        id.Delivery `json:"id"`
	WebhookID id.Webhook  `json:"webhook_id"`
	EventID   string      `json:"event_id"`
	Kind      string      `json:"kind"`
	Body      string      `json:"body"`
	State     State       `json:"state"`
	Attempts  int         `json:"attempts"`
	// LastStatus is what the receiver answered; 0 when it did not.
	LastStatus   int           `json:"last_status"`
	LastResponse string        `json:"last_response,omitempty"` // its start
	LastError    string        `json:"last_error,omitempty"`
	Took         time.Duration `json:"-"`
	CreatedAt    time.Time     `json:"created_at"`
	NextAt       time.Time     `json:"next_at,omitzero"`
	FinishedAt   time.Time     `json:"finished_at,omitzero"`
}

// DeliverJob is the kind of the jobs that send a delivery.
const DeliverJob = "outbound.deliver"

// Store keeps webhooks and deliveries.
type Store interface {
	PutWebhook(ctx context.Context, w Webhook) error
	Webhook(ctx context.Context, ref id.Webhook) (Webhook, error)
	Webhooks(ctx context.Context) ([]Webhook, error)
	DeleteWebhook(ctx context.Context, ref id.Webhook) error

	// Emit stores an event for every webhook that subscribes to its kind, with the
	// jobs that send it. only, if set, is the one webhook that gets it, whatever it
	// subscribes to.
	Emit(ctx context.Context, only id.Webhook, events ...Event) error
	Delivery(ctx context.Context, ref id.Delivery) (Delivery, error)
	Deliveries(ctx context.Context, of id.Webhook, after id.Delivery, limit int) ([]Delivery, error)
	CountDeliveries(ctx context.Context, of id.Webhook) (total, dead, waiting int64, err error)
	FinishDelivery(ctx context.Context, d Delivery) error
	// Redeliver sends a delivery again.
	Redeliver(ctx context.Context, ref id.Delivery) error
	// SweepDeliveries deletes deliveries that were over before the instant.
	SweepDeliveries(ctx context.Context, before time.Time) error

	// Bands returns the band that each account was last told to be in.
	Bands(ctx context.Context) (map[id.Account]string, error)
	// SetBands stores bands, and the events of their changes, in one transaction.
	SetBands(ctx context.Context, bands map[id.Account]string, events []Event) error
}

// secretPrefix is what a signing secret begins with.
const secretPrefix = "kept_whsec_"

// NewSecret draws a signing secret.
func NewSecret() (string, error) {
	raw := make([]byte, 30)
	if _, err := rand.Read(raw); err != nil {
		return "", fault.Wrap(err, "draw a signing secret")
	}
	return secretPrefix + strings.ToLower(base32.StdEncoding.EncodeToString(raw)), nil
}

// SignatureHeader carries the signature.
const SignatureHeader = "Kept-Signature"

// Sign returns the header t=<unix>,v1=<hex>: HMAC-SHA256 of "t.body" with the
// secret. A receiver computes the same, compares in constant time, and refuses
// what is older than some minutes.
func Sign(secret string, at time.Time, body []byte) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// EventID names an event by what makes it this one and no other.
func EventID(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + strings.Join(parts, "\x00")))
	return "evt_" + hex.EncodeToString(sum[:12])
}

// Body returns what is sent of an event.
func (e *Event) Body() (string, error) {
	raw, err := json.Marshal(e)
	return string(raw), fault.Wrap(err, "write an event")
}

// Wants reports whether a webhook is told of a kind.
func (w *Webhook) Wants(kind string) bool { return !w.Paused && slices.Contains(w.Kinds, kind) }

// Check refuses a webhook that cannot be; local allows plain http.
func (w *Webhook) Check(local bool) error {
	var errs fault.List
	switch {
	case strings.TrimSpace(w.Name) == "":
		errs.Add("name", "is missing: say what receives the webhook")
	case len(w.Name) > 80 || strings.ContainsAny(w.Name, "\x00\r\n"):
		errs.Add("name", "is longer than 80 bytes, or has a line break")
	}
	checkURL(w.URL, local, &errs)
	if len(w.Kinds) == 0 {
		errs.Add("kinds", "is empty: choose at least one kind of event")
	}
	known := Kinds()
	for i, kind := range w.Kinds {
		if !slices.ContainsFunc(known, func(k KindInfo) bool { return k.Kind == kind }) {
			errs.Add("kinds["+strconv.Itoa(i)+"]", "%.60q is not a kind of event", kind)
		} else if slices.Contains(w.Kinds[:i], kind) {
			errs.Add("kinds["+strconv.Itoa(i)+"]", "%q is named twice", kind)
		}
	}
	return errs.Err()
}
