package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kept/internal/connector"
	"kept/internal/fault"
)

// tolerance is how old a signature may be, and how far ahead Stripe's clock.
const tolerance = 300 * time.Second

// receive checks a webhook's signature and finds out what it is about.
func receive(cfg connector.Config, header http.Header, body []byte, now time.Time) (connector.Message, error) {
	var m connector.Message
	secret := cfg["webhook_secret"]
	if secret == "" {
		return m, fault.New(fault.Unauthorized, "this connection has no webhook signing secret: enter it in Kept first")
	}
	if err := verify(secret, header.Get("Stripe-Signature"), body, now); err != nil {
		return m, err
	}
	var event struct {
		ID     string `json:"id"`
		Object string `json:"object"`
		Type   string `json:"type"`
		Data   struct {
			Object map[string]any `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return m, fault.At("body", "is not the JSON of an event of Stripe")
	}
	switch {
	case event.Object != "event" || event.Type == "":
		return m, fault.At("body.object", "is %.40q, and not an event of Stripe", event.Object)
	case !strings.HasPrefix(event.ID, "evt_") || len(event.ID) > 200:
		return m, fault.At("body.id", "%.40q is not the id of an event of Stripe", event.ID)
	case event.Data.Object == nil:
		return m, fault.At("body.data.object", "is missing: send snapshot payloads, not thin ones")
	}
	m = connector.Message{ID: event.ID, Kind: event.Type, Object: connector.Text(event.Data.Object, "object"), Ref: connector.Text(event.Data.Object, "id")}
	if len(m.Kind) > 200 || len(m.Ref) > 200 || len(m.Object) > 200 {
		return m, fault.At("body", "has a type or an id of more than 200 bytes")
	}
	return m, nil
}

// verify checks the header t=<unix>,v1=<hex>[,v1=<hex>…]: one of the v1 has to be
// the HMAC-SHA256 of "t.body", and t has to be recent.
func verify(secret, header string, body []byte, now time.Time) error {
	const place = "header.Stripe-Signature"
	no := func(msg string) error {
		return &fault.Error{Kind: fault.Unauthorized, Field: place, Msg: msg}
	}
	if header == "" {
		return no("is missing: this address takes webhooks of Stripe alone")
	}
	if len(header) > 4096 {
		return no("is too long")
	}
	stamp := ""
	var given [][]byte
	for part := range strings.SplitSeq(header, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return no("is malformed: it must be t=…,v1=…")
		}
		switch key {
		case "t":
			stamp = value
		case "v1":
			if raw, err := hex.DecodeString(value); err == nil {
				given = append(given, raw)
			}
		}
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return no("has no time: it must be t=…,v1=…")
	}
	if len(given) == 0 {
		return no("has no v1 signature")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	want, good := mac.Sum(nil), false
	for _, one := range given {
		good = hmac.Equal(one, want) || good
	}
	if !good {
		return no("does not fit the body: check that the signing secret is that of this very endpoint")
	}
	if age := now.Sub(time.Unix(at, 0)); age > tolerance || age < -tolerance {
		return no("is older than 300 seconds, or from the future: check the clocks")
	}
	return nil
}
