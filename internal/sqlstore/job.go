package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/jobs"
)

var jobTable = table{
	name: "job",
	columns: []string{
		"id", "kind", "job_key", "payload", "state", "run_at", "attempts", "max_attempts", "lease_until", "last_error", "created_at", "finished_at",
	},
	key: []string{"id"},
}

const selectJob = "SELECT id, kind, job_key, payload, state, run_at, attempts, max_attempts, lease_until, last_error, created_at, finished_at FROM job"

func scanJob(rows *sql.Rows, j *jobs.Job) error {
	var payload string
	err := rows.Scan(&j.ID, &j.Kind, &j.Key, &payload, &j.State, instant{&j.RunAt}, &j.Attempts, &j.MaxAttempts,
		instant{&j.LeaseUntil}, &j.LastError, instant{&j.CreatedAt}, instant{&j.FinishedAt})
	j.Payload = json.RawMessage(payload)
	return err //nolint:wrapcheck // collect says what was read
}

func jobValues(j *jobs.Job) []any {
	return []any{
		string(j.ID), j.Kind, j.Key, string(j.Payload), string(j.State), micros(j.RunAt), j.Attempts, j.MaxAttempts,
		micros(j.LeaseUntil), j.LastError, micros(j.CreatedAt), micros(j.FinishedAt),
	}
}

// Enqueue implements jobs.Enqueuer: the jobs exist when the transaction commits,
// and not otherwise.
func (tx *Tx) Enqueue(ctx context.Context, rows ...jobs.Job) error {
	for i := range rows {
		j := rows[i]
		if err := checkID("id", j.ID); err != nil {
			return err
		}
		if err := required("kind", j.Kind, "a job says who works it off"); err != nil {
			return err
		}
		if !json.Valid(j.Payload) {
			return fault.At("payload", "is not JSON")
		}
		if j.Key != "" {
			waits, err := scalar[int64](ctx, tx.reader, "look for the job", "SELECT count(*) FROM job WHERE kind = $1 AND job_key = $2 AND state = $3",
				j.Kind, j.Key, string(jobs.Waiting))
			if err != nil {
				return err
			}
			if waits > 0 {
				continue
			}
		}
		j.State, j.CreatedAt = jobs.Waiting, tx.now
		if j.RunAt.IsZero() {
			j.RunAt = tx.now
		}
		if j.MaxAttempts == 0 {
			j.MaxAttempts = jobs.DefaultAttempts
		}
		if err := tx.insert(ctx, jobTable, [][]any{jobValues(&j)}); err != nil {
			return err
		}
	}
	return nil
}

// Enqueue stores jobs in a transaction of their own.
func (s *Store) Enqueue(ctx context.Context, rows ...jobs.Job) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.Enqueue(ctx, rows...) })
}

// LeaseJobs implements jobs.Store. Nothing is written while nothing is due.
func (s *Store) LeaseJobs(ctx context.Context, kinds []string, now time.Time, lease time.Duration, limit int) ([]jobs.Job, error) {
	due := func() *query {
		q := from(selectJob).add(" WHERE (state = ? AND run_at <= ? OR state = ? AND lease_until <= ?)",
			string(jobs.Waiting), now.UnixMicro(), string(jobs.Running), now.UnixMicro())
		return in(q, s.d, "AND", "kind", kinds).add(" ORDER BY run_at, id LIMIT ?", limit)
	}
	found, err := collect(ctx, s.reader, due(), "look for jobs", scanJob)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	err = s.Write(ctx, func(tx *Tx) (err error) {
		if found, err = collect(ctx, tx.reader, due(), "take jobs", scanJob); err != nil {
			return err
		}
		for i := range found {
			found[i].State, found[i].LeaseUntil = jobs.Running, now.Add(lease)
			if err := tx.insert(ctx, jobTable, [][]any{jobValues(&found[i])}); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// FinishJob implements jobs.Store.
func (s *Store) FinishJob(ctx context.Context, j jobs.Job) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.insert(ctx, jobTable, [][]any{jobValues(&j)}) })
}

// SweepJobs implements jobs.Store.
func (s *Store) SweepJobs(ctx context.Context, before time.Time) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "delete old jobs", "DELETE FROM job WHERE state = $1 AND finished_at < $2", string(jobs.Done), before.UnixMicro())
		return err
	})
}

// Job returns one job.
func (r reader) Job(ctx context.Context, ref id.Job) (jobs.Job, error) {
	rows, err := collect(ctx, r, from(selectJob).add(" WHERE id = ?", string(ref)), "read the job", scanJob)
	return first(rows, err, "there is no job %q", string(ref))
}
