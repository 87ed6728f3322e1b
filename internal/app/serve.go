package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kept/internal/access"
	"kept/internal/api"
	"kept/internal/config"
	"kept/internal/connector"
	"kept/internal/fault"
	"kept/internal/identity"
	"kept/internal/jobs"
	"kept/internal/outbound"
	"kept/web"
)

type serveCmd struct {
	config.Stores
	config.Server
}

// Run serves until the context ends.
func (c *serveCmd) Run(ctx context.Context, e *env) error {
	if err := c.Server.Resolve(); err != nil {
		return err
	}
	return e.with(ctx, &c.Stores, func(in *instance) error {
		return e.serve(ctx, in, &c.Server, nil)
	})
}

// Times of the server's life.
const (
	refreshEvery  = 2 * time.Second
	flushEvery    = time.Minute
	keepEvery     = time.Hour   // a day's events are merged in quickly at a start
	drainTime     = time.Second // for balancers to see /readyz fail
	stopTime      = 20 * time.Second
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
)

// serve runs the server and its workers until ctx ends; ready is called with the
// address once it listens.
func (e *env) serve(ctx context.Context, in *instance, cfg *config.Server, ready func(url string)) error {
	setup, err := e.setupCode(ctx, in)
	if err != nil {
		return err
	}
	users, err := in.access(e, setup)
	if err != nil {
		return err
	}
	if err := users.Bootstrap(ctx, cfg.BootstrapToken, cfg.BootstrapWriteKey); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Field: "--addr", Msg: "cannot listen on " + cfg.Addr + ": another program may; choose another address", Err: err}
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var group sync.WaitGroup
	server := e.newServer(work, &group, in, cfg, users)
	httpServer := &http.Server{
		Handler: server.Handler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(e.log.Handler(), slog.LevelWarn),
	}
	e.workers(work, &group, in, server, users)
	failed := make(chan error, 1)
	group.Go(func() { failed <- httpServer.Serve(listener) })

	address := publicURL(cfg, listener.Addr())
	e.log.InfoContext(ctx, "serving", slog.String("address", address), slog.String("version", config.Version))
	if setup != "" {
		tell(e.Err, "\nThere is no user yet. Open %s and create the first admin with this setup code:\n\n    %s\n\n", address, setup)
	}
	if ready != nil {
		ready(address)
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = e.stop(context.WithoutCancel(ctx), server, httpServer)
	}
	stop()
	group.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, users.Flush(context.WithoutCancel(ctx)))
}

// stop drains: the balancer learns first, running requests end, then the rest is
// cut.
func (e *env) stop(ctx context.Context, server *api.Server, httpServer *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	e.log.InfoContext(ctx, "stopping")
	server.Drain()
	select {
	case <-time.After(drainTime):
	case <-ctx.Done():
	}
	if err := httpServer.Shutdown(ctx); err != nil {
		return errors.Join(fault.Wrap(err, "stop the server"), httpServer.Close())
	}
	return nil
}

// newServer builds the API; its imports run until work ends.
func (e *env) newServer(work context.Context, group *sync.WaitGroup, in *instance, cfg *config.Server, users *access.Service) *api.Server {
	importer := api.NewImporter(api.ImporterOptions{
		Store: in.records, Deps: in.ingestDeps(e), Clock: e.clock, Log: e.log, Dir: filepath.Join(in.dir, "imports"),
		Done: func(ctx context.Context) {
			if _, err := in.engine.Refresh(ctx); err != nil {
				e.log.ErrorContext(ctx, "refresh after import failed", slog.Any("error", err))
			}
		},
	})
	connections := in.connections(e, cfg)
	public, _ := url.Parse(cfg.PublicURL) // config checked it
	server := api.New(api.Options{        //nolint:contextcheck // requests bring their own context
		Log: e.log, Clock: e.clock, Version: config.Version, Company: cfg.CompanyName,
		Access: users, Engine: in.engine, Records: in.records, Events: in.events, History: in.events, Product: in.records,
		Imports: importer, Connections: connections, Identity: in.records, Webhooks: api.Webhooks{Store: in.records, Box: in.box, Local: cfg.AllowLocalTargets}, Web: webFiles(), Secure: public != nil && public.Scheme == "https",
		Checks: []api.Check{
			{Name: "records", Run: in.records.Ping},
			{Name: "events", Run: func(ctx context.Context) error { _, _, _, err := in.events.Bounds(ctx); return err }},
			{Name: "evaluation", Run: func(context.Context) error {
				if in.engine.Stats().Live.IsZero() {
					return fault.New(fault.Unavailable, "the data are still loading")
				}
				return nil
			}},
		},
		Gauges: []api.Gauge{
			{Name: "kept_accounts", Help: "Accounts known to the evaluation.", Value: func() float64 { return float64(in.engine.Stats().Accounts) }},
			{Name: "kept_events", Help: "Events in the evaluation's projection.", Value: func() float64 { return float64(in.engine.Stats().Events) }},
			{Name: "kept_projection_bytes", Help: "Memory of the projection.", Value: func() float64 { return float64(in.engine.Stats().ColumnBytes) }},
		},
	})
	group.Go(func() {
		if err := connections.Run(work); err != nil {
			e.log.ErrorContext(work, "connections stopped", slog.Any("error", err))
		}
	})
	worker := &jobs.Worker{Store: in.records, Clock: e.clock, Log: e.log, Handlers: map[string]jobs.Handler{
		connector.MessageJob: connections.Work, outbound.DeliverJob: in.sender(e, cfg).Work, identity.MoveJob: in.moveEvents,
	}}
	group.Go(func() { worker.Run(work) })
	group.Go(func() { e.propose(work, in) })
	group.Go(func() {
		if err := importer.Run(work); err != nil {
			e.log.ErrorContext(work, "imports stopped", slog.Any("error", err))
		}
	})
	return server
}

func webFiles() fs.FS { return web.Files() }

// workers start what runs beside the requests.
func (e *env) workers(ctx context.Context, group *sync.WaitGroup, in *instance, server *api.Server, users *access.Service) {
	loaded := make(chan struct{})
	group.Go(func() {
		start := e.clock.Now()
		for in.load(ctx) != nil {
			if !pause(ctx, refreshEvery) {
				return
			}
		}
		if _, err := in.engine.At(ctx, time.Time{}); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "first evaluation failed", slog.Any("error", err))
		}
		server.ObserveEvaluation(e.clock.Now().Sub(start))
		e.warm(ctx, server)
		e.log.InfoContext(ctx, "data loaded", slog.Int("accounts", in.engine.Stats().Accounts), slog.Int("events", in.engine.Stats().Events), slog.Duration("took", e.clock.Now().Sub(start)))
		close(loaded)
		e.keep(ctx, in)
		kept := e.clock.Now()
		for pause(ctx, refreshEvery) {
			e.refresh(ctx, in, server)
			if now := e.clock.Now(); now.Sub(kept) >= keepEvery {
				kept = now
				e.keep(ctx, in)
			}
		}
		e.keep(context.WithoutCancel(ctx), in)
	})
	group.Go(func() {
		select {
		case <-ctx.Done():
			return
		case <-loaded:
		}
		s := scheduler{in: in, clock: e.clock, log: e.log}
		for {
			s.tick(ctx)
			if !pause(ctx, flushEvery) {
				return
			}
		}
	})
	group.Go(func() {
		select {
		case <-ctx.Done():
		case <-loaded:
			e.tell(ctx, in)
		}
	})
	group.Go(func() {
		for pause(ctx, flushEvery) {
			now := e.clock.Now()
			err := errors.Join(users.Flush(ctx), in.records.SweepSessions(ctx, now, now.Add(-access.SessionIdle)))
			if err != nil && ctx.Err() == nil {
				e.log.ErrorContext(ctx, "sessions not tidied", slog.Any("error", err))
			}
		}
	})
}

// refresh follows the stores; what changed is evaluated before anybody asks.
func (e *env) refresh(ctx context.Context, in *instance, server *api.Server) {
	changed, err := in.engine.Refresh(ctx)
	if err == nil && changed {
		start := e.clock.Now()
		_, err = in.engine.At(ctx, time.Time{})
		server.ObserveEvaluation(e.clock.Now().Sub(start))
		e.warm(ctx, server)
	}
	if err != nil && ctx.Err() == nil {
		e.log.ErrorContext(ctx, "refresh failed", slog.Any("error", err))
	}
}

// warm prepares what people are about to ask for.
func (e *env) warm(ctx context.Context, server *api.Server) {
	if err := server.Warm(ctx); err != nil && ctx.Err() == nil {
		e.log.DebugContext(ctx, "lists not prepared", slog.Any("error", err))
	}
}

// keep writes the projection down, so that the next start is quick.
func (e *env) keep(ctx context.Context, in *instance) {
	start := e.clock.Now()
	wrote, err := in.engine.KeepProjection(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		e.log.WarnContext(ctx, "the projection is not written down: the next start takes longer", slog.Any("error", err))
	case wrote:
		e.log.DebugContext(ctx, "projection written down", slog.Duration("took", e.clock.Now().Sub(start)))
	}
}

// pause waits, and reports false when ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// setupCode returns a fresh code while there is no user.
func (e *env) setupCode(ctx context.Context, in *instance) (string, error) {
	n, err := in.records.CountUsers(ctx)
	if err != nil || n > 0 {
		return "", err
	}
	return secretWord(12)
}

// secretWord draws a word that a person can type, in groups of four.
func secretWord(chars int) (string, error) {
	raw := make([]byte, chars)
	if _, err := rand.Read(raw); err != nil {
		return "", fault.Wrap(err, "draw a secret")
	}
	word := strings.ToLower(base32.StdEncoding.EncodeToString(raw))[:chars]
	var groups []string
	for i := 0; i < len(word); i += 4 {
		groups = append(groups, word[i:min(i+4, len(word))])
	}
	return strings.Join(groups, "-"), nil
}

func publicURL(cfg *config.Server, addr net.Addr) string {
	if cfg.PublicURL != "" {
		return cfg.PublicURL
	}
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
