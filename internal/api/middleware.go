package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"kept/internal/fault"
)

type ctxKey int

const (
	keyRequestID ctxKey = iota
	keyCaller
)

// requestID returns the id of the request that ctx belongs to.
func requestID(ctx context.Context) string {
	v, _ := ctx.Value(keyRequestID).(string)
	return v
}

// maxRequestID bounds an id that a proxy hands on.
const maxRequestID = 64

// Handler returns everything the server answers, with logging, headers and
// recovery around it.
func (s *Server) Handler() http.Handler {
	return s.identify(s.observe(headers(s.rescue(s.mux))))
}

// identify gives the request an id, or keeps the one a proxy gave it.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Get("X-Request-Id")
		if given == "" || len(given) > maxRequestID || strings.Trim(given, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != "" {
			var rawID [8]byte
			_, _ = rand.Read(rawID[:]) // it never fails
			given = hex.EncodeToString(rawID[:])
		}
		w.Header().Set("X-Request-Id", given)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), keyRequestID, given)))
	})
}

// observe measures every request and logs it: the route and never the query,
// the path's values or the body, which can name people.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.clock.Now()
		rec := &recorder{ResponseWriter: w}
		next.ServeHTTP(rec, r)
		took := s.clock.Now().Sub(start)
		route := r.Pattern // set by the mux on this very request
		if route == "" {
			route = "unmatched"
		}
		s.metrics.request(route, rec.code(), took)
		level := slog.LevelInfo
		if rec.code() < http.StatusBadRequest && !strings.Contains(route, basePath) {
			level = slog.LevelDebug // files and probes
		}
		s.log.Log(r.Context(), level, "request",
			slog.String("route", route), slog.Int("status", rec.code()), slog.Duration("took", took),
			slog.Int64("bytes", rec.bytes), slog.String("request_id", requestID(r.Context())))
	})
}

// The content policy allows the app's own files and nothing else; inline styles
// are what the component library and the charts set on elements.
const contentPolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

// rescue turns a panic into an answer with a code and keeps the process alive.
func (s *Server) rescue(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { //nolint:contextcheck // the request has its own
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v) //nolint:forbidigo // the server's own way to drop a connection
			}
			p := s.internal(r.Context(), fault.New(fault.Internal, "panic: %s\n%s", fmt.Sprint(v), debug.Stack()))
			if rec, ok := w.(*recorder); !ok || rec.status == 0 {
				writeProblem(w, p)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// WriteHeader remembers the first status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err //nolint:wrapcheck // a ResponseWriter hands on the connection's error
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
