package outbound

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kept/internal/clock"
	"kept/internal/connector"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/jobs"
	"kept/internal/secret"
)

func checkURL(text string, local bool, errs *fault.List) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || len(text) > 2000:
		errs.Add("url", "%.80q is not a web address: use https://example.com/hook", text)
	case u.User != nil:
		errs.Add("url", "holds a user name or password: the signature is what tells Kept apart")
	case u.Fragment != "":
		errs.Add("url", "holds a fragment: leave out what follows #")
	case u.Scheme == "https", u.Scheme == "http" && local:
	default:
		errs.Add("url", "is not https: what is sent there would be readable on the way")
	}
}

// Sender sends deliveries; its Work handles DeliverJob.
type Sender struct {
	Store Store
	Box   *secret.Box
	Clock clock.Clock
	Log   *slog.Logger
	Env   connector.Env // whether local addresses are allowed, and the transport
}

const (
	sendTimeout  = 15 * time.Second
	maxResponse  = 1000
	maxRetryWait = time.Hour
)

// payload is what a job says.
type payload struct {
	Delivery id.Delivery `json:"delivery"`
}

// JobPayload returns the payload of the job that sends a delivery.
func JobPayload(ref id.Delivery) (json.RawMessage, error) {
	raw, err := json.Marshal(payload{ref})
	return raw, fault.Wrap(err, "queue a delivery")
}

// Work sends one delivery and logs what the receiver answered. Any 2xx is a
// success; 410 ends it at once; everything else is tried again later.
func (s *Sender) Work(ctx context.Context, j jobs.Job) error {
	var p payload
	if err := json.Unmarshal(j.Payload, &p); err != nil {
		return jobs.Permanent(err)
	}
	d, err := s.Store.Delivery(ctx, p.Delivery)
	if fault.Is(err, fault.NotFound) {
		return nil // its webhook was deleted
	}
	if err != nil {
		return err
	}
	if d.State == Delivered {
		return nil
	}
	w, err := s.Store.Webhook(ctx, d.WebhookID)
	if err != nil {
		return err
	}
	start := s.Clock.Now()
	wait, err := s.send(ctx, &w, &d)
	d.Took = s.Clock.Now().Sub(start)
	d.Attempts++
	gone := d.LastStatus == http.StatusGone
	last := gone || j.Attempts+1 >= j.MaxAttempts
	d.NextAt, d.FinishedAt, d.State = time.Time{}, s.Clock.Now().Truncate(time.Microsecond), Delivered
	if err != nil {
		if ctx.Err() != nil {
			return err // stopping: no attempt
		}
		d.State = Dead
		if !last {
			d.State, d.FinishedAt = Waiting, time.Time{}
			d.NextAt = s.Clock.Now().Add(max(wait, jobs.Backoff(j.Attempts+1, 0.5))).Truncate(time.Microsecond)
		}
	}
	if serr := s.Store.FinishDelivery(ctx, d); serr != nil {
		return errors.Join(err, serr)
	}
	switch {
	case err == nil:
		return nil
	case gone:
		return jobs.Permanent(err)
	case wait > 0:
		return jobs.After(err, wait)
	}
	return err
}

// send makes one attempt; wait is the pause that the receiver asks for.
func (s *Sender) send(ctx context.Context, w *Webhook, d *Delivery) (wait time.Duration, err error) {
	d.LastStatus, d.LastResponse, d.LastError = 0, "", ""
	defer func() {
		if err != nil {
			d.LastError = short(message(err))
		}
	}()
	key, err := s.Box.Open(string(w.ID), w.Sealed)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	body := []byte(d.Body)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return 0, fault.New(fault.Invalid, "the address is not right: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "kept")
	r.Header.Set(SignatureHeader, Sign(string(key), s.Clock.Now(), body))
	r.Header.Set("Kept-Event", d.Kind)
	r.Header.Set("Kept-Delivery", string(d.ID))
	res, err := connector.HTTPClient(s.Env).Do(r)
	if err != nil {
		if own, ok := errors.AsType[*fault.Error](err); ok {
			return 0, own
		}
		return 0, &fault.Error{Kind: fault.Unavailable, Msg: "the receiver cannot be reached: " + connector.Reach(err), Err: err}
	}
	defer res.Body.Close() //nolint:errcheck // read to its end or given up
	raw, _ := io.ReadAll(io.LimitReader(res.Body, maxResponse))
	d.LastStatus, d.LastResponse = res.StatusCode, printable(raw)
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return 0, nil
	}
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n > 0 {
		wait = min(time.Duration(n)*time.Second, maxRetryWait)
	}
	return wait, fault.New(fault.Unavailable, "the receiver answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
}

// printable keeps what a person can read of an answer.
func printable(raw []byte) string {
	return strings.Map(func(r rune) rune {
		if r == 0 || r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(raw), ""))
}

func message(err error) string {
	if own, ok := errors.AsType[*fault.Error](err); ok {
		return cmp.Or(own.Msg, string(own.Kind))
	}
	return "something went wrong in Kept"
}

func short(s string) string {
	if len(s) > maxResponse {
		return strings.ToValidUTF8(s[:maxResponse], "") + "…"
	}
	return s
}
