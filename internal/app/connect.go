package app

import (
	"context"
	"log/slog"
	"path/filepath"

	"kept/internal/config"
	"kept/internal/connector"
	"kept/internal/connector/hubspot"
	"kept/internal/connector/salesforce"
	"kept/internal/connector/sqlsource"
	"kept/internal/connector/stripe"
	"kept/internal/connector/zendesk"
)

// kinds are the systems that Kept can read.
func kinds() connector.Kinds {
	out := connector.Kinds{}
	for _, k := range append(sqlsource.Kinds(), stripe.Kind(), zendesk.Kind(), salesforce.Kind(), hubspot.Kind()) {
		out[k.Name] = k
	}
	return out
}

// connections returns the manager of connections; it runs when its Run is called.
func (in *instance) connections(e *env, cfg *config.Server) *connector.Manager {
	return connector.NewManager(connector.Options{
		Store: in.records, Kinds: kinds(), Deps: in.ingestDeps(e), Box: in.box, Clock: e.clock, Log: e.log,
		Dir: filepath.Join(in.dir, "runs"), Env: connector.Env{Local: cfg.AllowLocalTargets},
		Merged: in.mergedBySystem,
		Stored: func(ctx context.Context) {
			if _, err := in.engine.Refresh(ctx); err != nil && ctx.Err() == nil {
				e.log.ErrorContext(ctx, "refresh after reading a connection failed", slog.Any("error", err))
			}
		},
	})
}
