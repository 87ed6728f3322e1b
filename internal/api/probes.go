package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Check is one thing that has to work before traffic makes sense.
type Check struct {
	Name string
	Run  func(context.Context) error
}

// checkTimeout bounds a readiness check.
const checkTimeout = 3 * time.Second

// Drain makes /readyz fail, so that a balancer sends traffic elsewhere before
// the server stops.
func (s *Server) Drain() { s.draining.Store(true) }

func (s *Server) probeRoutes() {
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	s.mux.HandleFunc("GET /readyz", s.ready)
	s.mux.Handle("GET /metrics", s.metrics.handler())
	described := &huma.Operation{OperationID: "openapi", Metadata: map[string]any{needKey: signedIn}}
	s.mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.admit(r, described); err != nil {
			writeProblem(w, s.problem(r.Context(), err))
			return
		}
		doc, err := s.OpenAPI()
		if err != nil {
			writeProblem(w, s.problem(r.Context(), err))
			return
		}
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json")
		_, _ = w.Write(doc)
	})
}

// ready answers per check; why one fails goes to the log, because a probe is
// open to anyone.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	answer := map[string]string{}
	status := http.StatusOK
	if s.draining.Load() {
		answer["server"], status = "stopping", http.StatusServiceUnavailable
	}
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	for _, c := range s.opt.Checks {
		answer[c.Name] = "ok"
		if err := c.Run(ctx); err != nil {
			answer[c.Name], status = "not ready", http.StatusServiceUnavailable
			s.log.WarnContext(ctx, "not ready", slog.String("check", c.Name), slog.Any("error", err))
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the prober has gone
}
