package app

import (
	"context"
	"log/slog"
	"time"

	"kept/internal/clock"
	"kept/internal/evaluate"
)

// lastNightly is the setting that holds the last day that was evaluated.
const lastNightly = "evaluation.last_day"

// maxCatchUp is how many missed days are evaluated later.
const maxCatchUp = 31

// scheduler records the evaluation of every midnight (UTC). What a night was
// missed is computed later and marked as such: it knows more than the night did.
type scheduler struct {
	in    *instance
	clock clock.Clock
	log   *slog.Logger
}

func (s *scheduler) tick(ctx context.Context) {
	if err := s.run(ctx); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "scheduled evaluation failed", slog.Any("error", err))
	}
}

func (s *scheduler) run(ctx context.Context) error {
	today := s.clock.Now().UTC().Truncate(24 * time.Hour)
	text, known, err := s.in.records.Setting(ctx, lastNightly)
	if err != nil {
		return err
	}
	last, perr := time.Parse(time.DateOnly, text)
	if known && perr == nil && !last.Before(today) || s.in.engine.Stats().Accounts == 0 {
		return nil
	}
	if _, err := s.in.engine.Refresh(ctx); err != nil {
		return err
	}
	var missed []time.Time
	if known && perr == nil {
		for d := last.AddDate(0, 0, 1); d.Before(today); d = d.AddDate(0, 0, 1) {
			missed = append(missed, d)
		}
	}
	missed = missed[max(0, len(missed)-maxCatchUp):]
	if len(missed) > 0 {
		if _, err := s.in.engine.RecordEvaluations(ctx, missed, evaluate.Backfill, nil); err != nil {
			return err
		}
	}
	n, err := s.in.engine.RecordEvaluations(ctx, []time.Time{today}, evaluate.Scheduled, nil)
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "evaluation recorded", slog.Time("as_of", today), slog.Int("accounts", n), slog.Int("caught_up", len(missed)))
	return s.in.records.PutSetting(ctx, lastNightly, today.Format(time.DateOnly))
}
