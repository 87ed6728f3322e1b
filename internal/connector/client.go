package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kept/internal/fault"
)

// Limits of one request to another system.
const (
	requestTimeout = 60 * time.Second
	maxAnswer      = 64 << 20
	attempts       = 5
	maxRetryAfter  = 5 * time.Minute
)

// Client asks a JSON service: with a bound on time and size, and with pauses
// where the service asks for them. It follows no redirect, as that could lead a
// credential elsewhere.
type Client struct {
	Base *url.URL
	// Sign adds the credential to a request.
	Sign func(r *http.Request)
	// Pace is the least time between two requests; 0 for none.
	Pace time.Duration
	env  Env
	http *http.Client
	last time.Time
}

// NewClient returns a client of the service at base.
func NewClient(base *url.URL, env Env, sign func(*http.Request)) *Client {
	return &Client{Base: base, Sign: sign, env: env, http: HTTPClient(env)}
}

// HTTPClient returns the client that every request to another system goes
// through.
func HTTPClient(env Env) *http.Client {
	transport := env.Transport
	if transport == nil {
		transport = guarded(env.Local)
	}
	return &http.Client{
		Transport: transport, Timeout: requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// guarded refuses to connect to the own machine and network unless allowed: an
// address that a user typed must not reach what only the server can reach.
func guarded(local bool) http.RoundTripper {
	d := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if !local {
		d.Control = only(public, "the address leads into the own network: "+allowLocal)
	}
	return &http.Transport{
		DialContext: d.DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: requestTimeout,
		MaxIdleConnsPerHost: 4, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true,
	}
}

const allowLocal = "set KEPT_ALLOW_LOCAL_TARGETS=true when that is meant"

// DatabaseDialer returns what connects to a database that a user named. Databases
// live in private networks, so those are open; the own machine, where Kept's own
// stores and the services of its host listen, is not unless local allows it.
func DatabaseDialer(local bool) *net.Dialer {
	d := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if !local {
		d.Control = only(elsewhere, "the address leads to Kept's own machine: "+allowLocal)
	}
	return d
}

// only is a Control of a net.Dialer: it sees the address after names were resolved,
// so that a name that resolves differently the second time changes nothing.
func only(allowed func(netip.Addr) bool, msg string) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(at.Addr().Unmap()) {
			return &fault.Error{Kind: fault.Invalid, Msg: msg}
		}
		return nil
	}
}

func elsewhere(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsLoopback() && !a.IsLinkLocalUnicast()
}

func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !netip.MustParsePrefix("100.64.0.0/10").Contains(a)
}

// StatusError is an answer that is not a success.
type StatusError struct {
	Status int
	Body   string // its start
}

// Error names the status.
func (e *StatusError) Error() string {
	return "the system answered " + strconv.Itoa(e.Status) + " " + http.StatusText(e.Status)
}

// Get asks for a path below the base with a query, and reads the JSON answer.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	return c.Do(ctx, http.MethodGet, c.address(path, query), nil, out)
}

// Post sends JSON.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return fault.Wrap(err, "write a request")
	}
	return c.Do(ctx, http.MethodPost, c.address(path, nil), raw, out)
}

func (c *Client) address(path string, query url.Values) string {
	u := *c.Base
	u.Path += path
	u.RawQuery = query.Encode()
	return u.String()
}

// Follow asks for an address that the service gave, which has to lead to the
// service itself.
func (c *Client) Follow(ctx context.Context, address string, out any) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" && (u.Scheme != c.Base.Scheme || u.Host != c.Base.Host) {
		return fault.New(fault.Invalid, "the system gave an address of another system for its next page: it is not followed")
	}
	if u.Host == "" {
		u.Scheme, u.Host = c.Base.Scheme, c.Base.Host
	}
	return c.Do(ctx, http.MethodGet, u.String(), nil, out)
}

// Do sends a request, again after a failure that may pass: a broken connection,
// a time-out, 429 and 5xx. Its faults are Unauthorized for a refused credential,
// Forbidden, NotFound, Invalid for another refusal, Unavailable for what may pass.
func (c *Client) Do(ctx context.Context, method, address string, body []byte, out any) error {
	var last error
	for n := range attempts {
		if err := c.wait(ctx); err != nil {
			return err
		}
		pause, err := c.once(ctx, method, address, body, out)
		if err == nil || !fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
			return err
		}
		last = err
		if n == attempts-1 {
			break
		}
		if pause == 0 {
			pause = time.Second << n
			pause += time.Duration(rand.Float64() * float64(pause)) //nolint:gosec // spreads load, guards nothing
		}
		if pause > maxRetryAfter {
			break // the run ends and comes back
		}
		if err := c.env.Sleep(ctx, pause); err != nil {
			return fault.New(fault.Unavailable, "stopped while waiting for the system: %w", err)
		}
	}
	return last
}

func (c *Client) wait(ctx context.Context) error {
	if c.Pace > 0 && !c.last.IsZero() {
		if left := c.Pace - c.env.Clock.Now().Sub(c.last); left > 0 {
			if err := c.env.Sleep(ctx, left); err != nil {
				return fault.New(fault.Unavailable, "stopped while waiting for the system: %w", err)
			}
		}
	}
	c.last = c.env.Clock.Now()
	return nil
}

func (c *Client) once(ctx context.Context, method, address string, body []byte, out any) (time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, fault.New(fault.Invalid, "the address is not right: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "kept")
	if body != nil && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Sign != nil {
		c.Sign(r)
	}
	res, err := c.http.Do(r)
	if err != nil {
		if _, own := errors.AsType[*fault.Error](err); own {
			return 0, err
		}
		return 0, &fault.Error{Kind: fault.Unavailable, Msg: "the system cannot be reached: " + Reach(err), Err: err}
	}
	defer res.Body.Close() //nolint:errcheck // read to its end or given up
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return 0, &fault.Error{Kind: fault.Unavailable, Msg: "the system's answer broke off", Err: err}
	}
	if len(raw) > maxAnswer {
		return 0, fault.New(fault.TooLarge, "the system's answer is larger than %d MiB: it is not read", maxAnswer>>20)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated && res.StatusCode != http.StatusMultiStatus {
		return retryAfter(res.Header, c.env.Clock.Now()), refused(res.StatusCode, raw)
	}
	if out == nil {
		return 0, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(out); err != nil {
		return 0, fault.New(fault.Invalid, "the system's answer is not the JSON that is expected: check the address (%w)", err)
	}
	return 0, nil
}

// Reach says in a few words why a connection failed, without addresses.
func Reach(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &op) && op.Timeout():
		return "it did not answer in time"
	case errors.As(err, &dns):
		return "its name does not resolve"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at the address"
	case strings.Contains(err.Error(), "Client.Timeout"):
		return "it did not answer in time"
	case strings.Contains(err.Error(), "certificate"):
		return "its certificate is not trusted"
	}
	return "the connection failed"
}

func refused(status int, raw []byte) error {
	cause := &StatusError{Status: status, Body: string(raw[:min(len(raw), 2000)])}
	kind := fault.Invalid
	var msg string
	switch {
	case status == http.StatusUnauthorized:
		kind, msg = fault.Unauthorized, "the system refused the credential: enter it again"
	case status == http.StatusForbidden:
		kind, msg = fault.Forbidden, "the system does not let this credential read the data: give it the rights that the guide lists"
	case status == http.StatusNotFound:
		kind, msg = fault.NotFound, "the system has nothing at this address: check it"
	case status == http.StatusTooManyRequests:
		kind, msg = fault.Unavailable, "the system asks for a pause (429)"
	case status >= http.StatusInternalServerError:
		kind, msg = fault.Unavailable, "the system has a problem of its own ("+strconv.Itoa(status)+")"
	case status >= 300 && status < 400:
		msg = "the system sends to another address: enter that one"
	default:
		msg = "the system refused the request (" + strconv.Itoa(status) + "): " + saying(raw)
	}
	return &fault.Error{Kind: kind, Msg: msg, Err: cause}
}

// saying finds the sentence in the answers of the usual services.
func saying(raw []byte) string {
	var shapes struct {
		Message     string `json:"message"`
		Description any    `json:"description"`
		Error       any    `json:"error"`
	}
	var list []struct {
		Message string `json:"message"`
	}
	text := ""
	if json.Unmarshal(raw, &shapes) == nil {
		switch e := shapes.Error.(type) {
		case string:
			text = e
		case map[string]any:
			text, _ = e["message"].(string)
		}
		if shapes.Message != "" {
			text = shapes.Message
		}
		if d, ok := shapes.Description.(string); ok && d != "" {
			text = d
		}
	} else if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
		text = list[0].Message
	}
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "")
	if text == "" {
		return "it gave no reason"
	}
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	return text
}

// retryAfter reads the pause that a service asks for: seconds or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if text == "" {
		return 0
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n < 1e6 {
		return max(time.Duration(n*float64(time.Second)), time.Millisecond)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), time.Millisecond)
	}
	return 0
}

// Sleep is the real Env.Sleep.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // the caller says what it waited for
	case <-t.C:
		return nil
	}
}
