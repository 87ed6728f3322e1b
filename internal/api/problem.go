package api

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"kept/internal/access"
	"kept/internal/fault"
)

// ProblemDetail is one place in the request and what is wrong with it.
type ProblemDetail struct {
	Location string `json:"location,omitempty"`
	Message  string `json:"message"`
	Value    any    `json:"value,omitempty"`
}

// Problem is the body of every refusal (RFC 9457). Code is the fault kind, for
// programs; Instance is an error code that is in the log of a 5xx.
type Problem struct {
	Type     string          `json:"type"`
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail"`
	Code     string          `json:"code,omitempty"`
	Instance string          `json:"instance,omitempty"`
	Errors   []ProblemDetail `json:"errors,omitempty"`

	header http.Header
}

// GetHeaders returns what the answer says beside its body, such as Retry-After.
func (p *Problem) GetHeaders() http.Header { return p.header }

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names the media type of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// codeSetupRequired tells the web app to show the first-run page.
const codeSetupRequired = "setup_required"

// statuses translates fault kinds; this is the only place that does.
var statuses = map[fault.Kind]int{
	fault.Invalid:      http.StatusUnprocessableEntity,
	fault.Unauthorized: http.StatusUnauthorized,
	fault.Forbidden:    http.StatusForbidden,
	fault.NotFound:     http.StatusNotFound,
	fault.Conflict:     http.StatusConflict,
	fault.TooLarge:     http.StatusRequestEntityTooLarge,
	fault.Unavailable:  http.StatusServiceUnavailable,
	fault.Internal:     http.StatusInternalServerError,
}

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code}
}

// problem turns an error into what the caller may see. An internal error is
// logged with a code, and only the code goes out.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return newProblem(499, "canceled", "the caller went away")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return newProblem(http.StatusServiceUnavailable, string(fault.Unavailable), "this took too long: try again, or ask for less at once")
	}
	if throttled, ok := errors.AsType[*access.ThrottleError](err); ok {
		p := newProblem(http.StatusTooManyRequests, "too_many_requests", "too many attempts failed: wait a little and try again")
		p.header = http.Header{"Retry-After": {strconv.Itoa(int(throttled.After.Seconds()) + 1)}}
		return p
	}
	kind := fault.KindOf(err)
	if kind == fault.Internal {
		return s.internal(ctx, err)
	}
	status, ok := statuses[kind]
	if !ok {
		return s.internal(ctx, err)
	}
	p = newProblem(status, string(kind), "")
	var list fault.List
	if errors.As(err, &list) && len(list) > 0 {
		p.Detail = list[0].Msg
		for _, e := range list {
			p.Errors = append(p.Errors, ProblemDetail{Location: e.Field, Message: e.Msg})
		}
		return p
	}
	if fe, ok := errors.AsType[*fault.Error](err); ok {
		p.Detail = fe.Msg
		if fe.Field != "" {
			p.Errors = []ProblemDetail{{Location: fe.Field, Message: fe.Msg}}
		}
	}
	return p
}

func (s *Server) internal(ctx context.Context, err error) *Problem {
	code := errorCode()
	s.log.ErrorContext(ctx, "request failed", slog.String("code", code), slog.String("request_id", requestID(ctx)), slog.Any("error", err))
	p := newProblem(http.StatusInternalServerError, string(fault.Internal),
		"Something went wrong in Kept. Nothing was half-written. Quote the code "+code+" to whoever runs it: it is in the log.")
	p.Instance = code
	return p
}

// errorCode draws a short code that a person can read out.
func errorCode() string {
	var raw [5]byte
	_, _ = rand.Read(raw[:]) // it never fails
	return "E" + base32.StdEncoding.EncodeToString(raw[:])
}

// writeProblem answers outside huma: middleware, unknown paths, raw routes.
func writeProblem(w http.ResponseWriter, p *Problem) {
	maps.Copy(w.Header(), p.header)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller has gone; the access log has the status
}

// installProblems makes huma's own refusals (validation, body limits) problems
// of our form. It sets huma's package variables, hence once.
var installProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		code := string(fault.Invalid)
		for kind, st := range statuses {
			if st == status {
				code = string(kind)
			}
		}
		p := newProblem(status, code, msg)
		for _, err := range errs {
			if err == nil {
				continue
			}
			var d huma.ErrorDetailer
			if errors.As(err, &d) {
				detail := d.ErrorDetail()
				p.Errors = append(p.Errors, ProblemDetail{Location: strings.TrimPrefix(detail.Location, "body."), Message: detail.Message, Value: shortValue(detail.Value)})
				continue
			}
			p.Errors = append(p.Errors, ProblemDetail{Message: err.Error()})
		}
		if len(p.Errors) > 0 && status < 500 {
			first := p.Errors[0]
			p.Detail = first.Message
			if first.Location != "" {
				p.Detail = first.Location + ": " + first.Message
			}
		}
		return p
	}
	huma.NewErrorWithContext = func(_ huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return huma.NewError(status, msg, errs...)
	}
})

// shortValue echoes back what was sent only when it is short and not a
// container: a whole body must not come back, nor a password in it.
func shortValue(v any) any {
	switch v := v.(type) {
	case string:
		if len(v) > 80 {
			return v[:80] + "…"
		}
		return v
	case float64, bool, int, int64:
		return v
	}
	return nil
}
