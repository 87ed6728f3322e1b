package api

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kept/internal/access"
	"kept/internal/fault"
)

const (
	sessionCookie = "kept_session"
	// csrfHeader is a header that a form or an image of another site cannot set.
	csrfHeader = "X-Kept-CSRF"
)

func unwrap(ctx huma.Context) (*http.Request, http.ResponseWriter) { return humago.Unwrap(ctx) }

// caller is who a request comes from, and how.
type caller struct {
	access.Principal
	secret  string // of the session, to end it
	address string // for throttling
}

// me is the caller as an owner; a token without a user owns nothing.
func (c caller) me() string {
	if c.UserID == "" {
		return nobody
	}
	return string(c.UserID)
}

// callerOf returns the caller that authorize put into the context.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(keyCaller).(caller)
	return c
}

// authorize stands before every operation: it finds out who calls and holds the
// operation's permission against it.
func (s *Server) authorize(hctx huma.Context, next func(huma.Context)) {
	r, w := unwrap(hctx)
	who, err := s.admit(r, hctx.Operation())
	if err != nil {
		p := s.problem(r.Context(), err)
		if p.Status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Bearer realm="kept"`)
			if s.setupNeeded(r.Context()) {
				p.Code, p.Detail = codeSetupRequired, "there is no user yet: create the first admin with the setup code that kept serve printed"
			}
		}
		writeProblem(w, p)
		return
	}
	next(huma.WithValue(hctx, keyCaller, who))
}

func (s *Server) admit(r *http.Request, op *huma.Operation) (caller, error) {
	who := caller{address: remoteHost(r)}
	need, declared := op.Metadata[needKey].(permission)
	if !declared {
		return who, fault.New(fault.Internal, "operation %s declares no permission", op.OperationID)
	}
	secret, fromCookie := credential(r)
	if need == anyone {
		return who, sameOrigin(r)
	}
	principal, err := s.opt.Access.Authenticate(r.Context(), secret)
	if err != nil {
		return who, err
	}
	who.Principal, who.secret = principal, secret
	if fromCookie && changes(r.Method) {
		if r.Header.Get(csrfHeader) != "1" {
			return who, fault.New(fault.Forbidden, "a change with a session cookie needs the header %s: 1", csrfHeader)
		}
		if err := sameOrigin(r); err != nil {
			return who, err
		}
	}
	if fromCookie && principal.Kind != access.Session || !fromCookie && principal.Kind == access.Session {
		return who, fault.New(fault.Unauthorized, "send a session in its cookie and a token in the header Authorization: Bearer TOKEN")
	}
	if principal.Kind == access.WriteKey {
		return who, fault.New(fault.Forbidden, "a write key sends events and can do nothing else: use an API token")
	}
	if need != signedIn && !principal.Can(need) {
		return who, fault.New(fault.Forbidden, "this needs the permission %s, which your role does not have: ask an administrator", need)
	}
	return who, nil
}

// credential returns the secret of a request: the header wins over the cookie.
func credential(r *http.Request) (secret string, fromCookie bool) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(token), false
		}
		return "", false
	}
	if c, err := r.Cookie(sessionCookie); err == nil {
		return c.Value, true
	}
	return "", false
}

func changes(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// sameOrigin refuses a change that a page of another site sends.
func sameOrigin(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if !changes(r.Method) || origin == "" {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil || !strings.EqualFold(u.Host, r.Host) {
		return fault.New(fault.Forbidden, "a page of another site must not do this")
	}
	return nil
}

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// setupNeeded is true while there is no user; once there is one it never asks again.
func (s *Server) setupNeeded(ctx context.Context) bool {
	if s.hasUsers.Load() {
		return false
	}
	needed, err := s.opt.Access.SetupNeeded(ctx)
	if err != nil {
		return false // the refusal stands; readiness tells of the store
	}
	if !needed {
		s.hasUsers.Store(true)
	}
	return needed
}
