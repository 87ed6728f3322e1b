package app

import (
	"context"
	"log/slog"
	"time"

	"kept/internal/connector"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/identity"
	"kept/internal/jobs"
	"kept/internal/usage"
)

// proposeEvery is how often accounts are looked at that may be one, when the
// record changed.
const proposeEvery = time.Minute

// propose keeps the queue of proposed merges up to date until ctx ends. Where one
// system alone brings accounts there is nothing to find.
func (e *env) propose(ctx context.Context, in *instance) {
	seen := int64(-1)
	for pause(ctx, proposeEvery) {
		_, seq, err := in.records.Changes(ctx, max(seen, 0))
		if err == nil && seq == seen {
			continue
		}
		if err == nil {
			seen = seq
			_, err = in.records.ProposeMerges(ctx)
		}
		if err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "accounts that may be one not looked for", slog.Any("error", err))
		}
	}
}

// moveEvents is the handler of identity.MoveJob: it brings the events to where the
// merge, as it stands now, says that they belong.
func (in *instance) moveEvents(ctx context.Context, j jobs.Job) error {
	ref, err := identity.JobMerge(j.Payload)
	if err != nil {
		return jobs.Permanent(err)
	}
	m, err := in.records.Merge(ctx, ref)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return jobs.Permanent(err)
		}
		return err
	}
	move := usage.Move{ID: string(m.ID), From: m.Drop, To: m.Keep}
	if m.Kind == identity.Parted {
		move = usage.Move{ID: string(m.ID), From: m.Keep, To: m.Drop, Source: m.Source}
	}
	if m.State == identity.Done {
		_, err = in.events.MoveEvents(ctx, move)
	} else {
		_, err = in.events.UndoMove(ctx, move)
		if err == nil && m.Kind == identity.Parted { // what came to the part since
			_, err = in.events.MoveEvents(ctx, usage.Move{ID: string(m.ID) + "/rest", From: m.Drop, To: m.Keep})
		}
	}
	if err != nil {
		return err
	}
	_, err = in.engine.Refresh(ctx)
	return err
}

// mergedBySystem follows a system that made one of two of its own companies. A pair
// that a person has decided on stays as it was decided.
func (in *instance) mergedBySystem(ctx context.Context, source string, m connector.Merged) error {
	if m.Kind != "account" || m.From == m.To {
		return nil
	}
	found, err := in.records.Resolve(ctx, source, "account", []string{m.From, m.To})
	if err != nil {
		return err
	}
	keep, drop := id.Account(found[m.To]), id.Account(found[m.From])
	if keep == "" || drop == "" || keep == drop {
		return nil
	}
	_, err = in.records.MakeMerge(ctx, identity.Merge{Keep: keep, Drop: drop, Note: source + " made one of " + m.From + " and " + m.To})
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}
