package app

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"kept/internal/config"
	"kept/internal/connector"
	"kept/internal/outbound"
)

const (
	tellEvery      = 5 * time.Second
	keepDeliveries = 30 * 24 * time.Hour
	// A connection is silent when it brought nothing for so many of its intervals,
	// and at least for so long.
	silentIntervals = 4
	silentLeast     = time.Hour
)

// sender returns what sends webhooks.
func (in *instance) sender(e *env, cfg *config.Server) *outbound.Sender {
	return &outbound.Sender{Store: in.records, Box: in.box, Clock: e.clock, Log: e.log, Env: connector.Env{Clock: e.clock, Local: cfg.AllowLocalTargets}}
}

// tell watches, until ctx ends, for what is worth telling and no single change
// causes: an account in another band, a source that fell silent.
func (e *env) tell(ctx context.Context, in *instance) {
	var seen struct {
		generation, model int64
		asOf              time.Time
	}
	var hourly time.Time
	for ; ; pause(ctx, tellEvery) {
		if ctx.Err() != nil {
			return
		}
		now := e.clock.Now()
		if now.Sub(hourly) > time.Hour {
			hourly = now
			if err := in.records.SweepDeliveries(ctx, now.Add(-keepDeliveries)); err != nil && ctx.Err() == nil {
				e.log.ErrorContext(ctx, "old deliveries not deleted", slog.Any("error", err))
			}
		}
		kinds, err := e.wanted(ctx, in)
		if err != nil || len(kinds) == 0 {
			continue
		}
		if slices.Contains(kinds, outbound.SourceSilent) {
			if err := e.tellSilence(ctx, in, now); err != nil && ctx.Err() == nil {
				e.log.ErrorContext(ctx, "silent sources not told", slog.Any("error", err))
			}
		}
		if !slices.Contains(kinds, outbound.BandChanged) {
			continue
		}
		snap, err := in.engine.At(ctx, time.Time{})
		if err != nil || snap.Generation == seen.generation && snap.ModelVersion == seen.model && snap.AsOf.Equal(seen.asOf) {
			continue
		}
		rows := make([]outbound.Standing, len(snap.Rows))
		for i := range snap.Rows {
			r := &snap.Rows[i]
			rows[i] = outbound.Standing{Account: r.Account.ID, Name: r.Account.Name, Band: r.Band}
			if r.HasScore() {
				rows[i].Score = &r.Score
			}
		}
		if _, err := outbound.Watch(ctx, in.records, now, snap.ModelVersion, rows); err != nil {
			if ctx.Err() == nil {
				e.log.ErrorContext(ctx, "changes of bands not told", slog.Any("error", err))
			}
			continue
		}
		seen.generation, seen.model, seen.asOf = snap.Generation, snap.ModelVersion, snap.AsOf
	}
}

// wanted lists the kinds that some webhook subscribes to.
func (e *env) wanted(ctx context.Context, in *instance) ([]string, error) {
	hooks, err := in.records.Webhooks(ctx)
	var out []string
	for i := range hooks {
		if !hooks[i].Paused {
			out = append(out, hooks[i].Kinds...)
		}
	}
	return out, err
}

// tellSilence tells once of each silence: its id is when the last good run was.
func (e *env) tellSilence(ctx context.Context, in *instance, now time.Time) error {
	all, err := in.records.Connections(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		c := &all[i]
		if c.Paused || c.Every == 0 || c.LastOKAt.IsZero() || now.Sub(c.LastOKAt) < max(silentIntervals*c.Every, silentLeast) {
			continue
		}
		err := in.records.Emit(ctx, "", outbound.Event{
			ID: outbound.EventID(outbound.SourceSilent, string(c.ID), c.LastOKAt.Format(time.RFC3339Nano)), Kind: outbound.SourceSilent, At: now,
			Data: map[string]any{"source": map[string]any{"id": string(c.ID), "name": c.Name, "last_good_at": c.LastOKAt.Format(time.RFC3339), "error": c.LastError}},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
