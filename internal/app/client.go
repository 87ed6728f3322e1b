package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"kept/internal/config"
	"kept/internal/fault"
)

// client talks to a running server.
type client struct {
	http  *http.Client
	base  string
	token string
}

func (e *env) client(r *config.Remote) *client {
	return &client{http: &http.Client{}, base: strings.TrimRight(r.Server, "/") + "/api/v1", token: r.Token}
}

// requestTimeout bounds the small requests; streams have none.
const requestTimeout = 2 * time.Minute

func (c *client) do(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fault.At("--server", "%v", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Field: "--server", Msg: "does not answer: is kept serve running there", Err: err}
	}
	if res.StatusCode < http.StatusBadRequest {
		return res, nil
	}
	defer res.Body.Close() //nolint:errcheck // read only
	var p struct {
		Detail string `json:"detail"`
		Code   string `json:"code"`
		Errors []struct {
			Location string `json:"location"`
			Message  string `json:"message"`
		} `json:"errors"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&p); err != nil {
		return nil, fault.New(fault.Unavailable, "the server answered %s, and not as Kept does: check --server", res.Status)
	}
	var list fault.List
	for _, one := range p.Errors {
		list.Add(one.Location, "%s", one.Message)
	}
	if len(list) > 0 {
		return nil, list
	}
	return nil, fault.New(fault.Kind(p.Code), "%s", p.Detail)
}

// call sends and receives JSON; in or out may be nil.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var body io.Reader
	contentType := ""
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fault.Wrap(err, "write the request")
		}
		body, contentType = bytes.NewReader(raw), "application/json"
	}
	res, err := c.do(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read only
	if out == nil {
		return nil
	}
	return fault.Wrap(json.NewDecoder(res.Body).Decode(out), "read the server's answer")
}

// download copies an answer.
func (c *client) download(ctx context.Context, path string, w io.Writer) error {
	res, err := c.do(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, res.Body)
	return errors.Join(fault.Wrap(err, "read the server's answer"), res.Body.Close())
}

func decodeBody(res *http.Response, out any) error {
	err := json.NewDecoder(res.Body).Decode(out)
	return errors.Join(fault.Wrap(err, "read the server's answer"), res.Body.Close())
}
