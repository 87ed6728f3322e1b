package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"kept/internal/connector"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/jobs"
)

var (
	_ connector.Store = (*Store)(nil)
	_ jobs.Store      = (*Store)(nil)
	_ jobs.Enqueuer   = (*Tx)(nil)
)

var connectionTable = table{
	name: "connection",
	columns: []string{
		"id", "name", "kind", "config", "sealed", "secret_set_at", "mapping", "schedule_seconds", "paused", "next_run_at",
		"last_run_at", "last_ok_at", "failures", "last_error", "created_at", "updated_at",
	},
	key:  []string{"id"},
	keep: []string{"created_at"},
}

const selectConnection = "SELECT id, name, kind, config, sealed, secret_set_at, mapping, schedule_seconds, paused, next_run_at, " +
	"last_run_at, last_ok_at, failures, last_error, created_at, updated_at FROM connection"

func scanConnection(rows *sql.Rows, c *connector.Connection) error {
	var config string
	var seconds int64
	err := rows.Scan(&c.ID, &c.Name, &c.Kind, &config, &c.Sealed, instant{&c.SecretSetAt}, &c.Mapping, &seconds, &c.Paused, instant{&c.NextRunAt},
		instant{&c.LastRunAt}, instant{&c.LastOKAt}, &c.Failures, &c.LastError, instant{&c.CreatedAt}, instant{&c.UpdatedAt})
	if err != nil {
		return err //nolint:wrapcheck // collect says what was read
	}
	c.Every = time.Duration(seconds) * time.Second
	return fault.Wrap(json.Unmarshal([]byte(config), &c.Config), "read the settings")
}

// PutConnection implements connector.Store. A second one with the same name is a
// Conflict.
func (s *Store) PutConnection(ctx context.Context, c connector.Connection) error {
	if err := checkID("id", c.ID); err != nil {
		return err
	}
	for field, v := range map[string]string{"name": c.Name, "kind": c.Kind} {
		if err := required(field, v, "a connection has a name and a kind"); err != nil {
			return err
		}
	}
	if c.Config == nil {
		c.Config = map[string]string{}
	}
	config, err := json.Marshal(c.Config)
	if err != nil {
		return fault.Wrap(err, "store the settings")
	}
	return s.Write(ctx, func(tx *Tx) error {
		same, err := collect(ctx, tx.reader, from("SELECT id FROM connection").add(" WHERE name = ? AND id <> ?", c.Name, string(c.ID)), "look for the name",
			func(rows *sql.Rows, v *string) error { return rows.Scan(v) })
		if err != nil {
			return err
		}
		if len(same) > 0 {
			return &fault.Error{Kind: fault.Conflict, Field: "name", Msg: "another connection is called " + c.Name + ": choose another name"}
		}
		created := c.CreatedAt
		if created.IsZero() {
			created = tx.now
		}
		return tx.insert(ctx, connectionTable, [][]any{{
			string(c.ID), c.Name, c.Kind, string(config), c.Sealed, micros(c.SecretSetAt), c.Mapping, int64(c.Every / time.Second), c.Paused,
			micros(c.NextRunAt), micros(c.LastRunAt), micros(c.LastOKAt), c.Failures, c.LastError, micros(created), micros(tx.now),
		}})
	})
}

// Connection implements connector.Store.
func (r reader) Connection(ctx context.Context, ref id.Connection) (connector.Connection, error) {
	rows, err := collect(ctx, r, from(selectConnection).add(" WHERE id = ?", string(ref)), "read the connection", scanConnection)
	return first(rows, err, "there is no connection %q", string(ref))
}

// Connections implements connector.Store, by name.
func (r reader) Connections(ctx context.Context) ([]connector.Connection, error) {
	return collect(ctx, r, from(selectConnection+" ORDER BY name"), "read the connections", scanConnection)
}

// DeleteConnection implements connector.Store.
func (s *Store) DeleteConnection(ctx context.Context, ref id.Connection) error {
	return s.Write(ctx, func(tx *Tx) error {
		for _, name := range []string{"connection_cursor", "connection_run", "connection_waiting", "connection_message"} {
			if _, err := tx.exec(ctx, "delete the connection", "DELETE FROM "+name+" WHERE connection_id = $1", string(ref)); err != nil {
				return err
			}
		}
		n, err := tx.exec(ctx, "delete the connection", "DELETE FROM connection WHERE id = $1", string(ref))
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "there is no connection %q", string(ref))
		}
		return err
	})
}

// SetOutcome implements connector.Store. A schedule that a person changed
// meanwhile stays.
func (s *Store) SetOutcome(ctx context.Context, c connector.Connection) error {
	return s.Write(ctx, func(tx *Tx) error {
		was, err := tx.Connection(ctx, c.ID)
		if err != nil {
			return err
		}
		if err := tx.tellRun(ctx, &was, &c); err != nil {
			return err
		}
		_, err = tx.exec(ctx, "store the run's outcome", "UPDATE connection SET next_run_at = CASE WHEN updated_at = $1 THEN $2 ELSE next_run_at END, "+
			"last_run_at = $3, last_ok_at = $4, failures = $5, last_error = $6 WHERE id = $7",
			micros(c.UpdatedAt), micros(c.NextRunAt), micros(c.LastRunAt), micros(c.LastOKAt), c.Failures, c.LastError, string(c.ID))
		return err
	})
}

// Cursors implements connector.Store, by stream.
func (r reader) Cursors(ctx context.Context, ref id.Connection) ([]connector.Cursor, error) {
	q := from("SELECT stream, cursor_text, row_count, updated_at FROM connection_cursor").add(" WHERE connection_id = ? ORDER BY stream", string(ref))
	return collect(ctx, r, q, "read the cursors", func(rows *sql.Rows, c *connector.Cursor) error {
		return rows.Scan(&c.Stream, &c.Text, &c.Rows, instant{&c.UpdatedAt})
	})
}

// PutCursor implements connector.Store.
func (s *Store) PutCursor(ctx context.Context, ref id.Connection, c connector.Cursor) error {
	t := table{name: "connection_cursor", columns: []string{"connection_id", "stream", "cursor_text", "row_count", "updated_at"}, key: []string{"connection_id", "stream"}}
	return s.Write(ctx, func(tx *Tx) error {
		return tx.insert(ctx, t, [][]any{{string(ref), c.Stream, c.Text, c.Rows, tx.now.UnixMicro()}})
	})
}

// ResetCursors implements connector.Store.
func (s *Store) ResetCursors(ctx context.Context, ref id.Connection, stream string) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "reset the cursors", "DELETE FROM connection_cursor WHERE connection_id = $1 AND ($2 = '' OR stream = $2)", string(ref), stream)
		return err
	})
}

var connectionRunTable = table{
	name: "connection_run",
	columns: []string{
		"id", "connection_id", "state", "cause", "user_id", "started_at", "finished_at", "pages", "rows_read", "rows_rejected", "rows_waiting", "message", "report",
	},
	key:  []string{"id"},
	keep: []string{"connection_id", "started_at"},
}

const runColumns = "SELECT id, connection_id, state, cause, user_id, started_at, finished_at, pages, rows_read, rows_rejected, rows_waiting, message, "

func scanConnectionRun(rows *sql.Rows, r *connector.Run) error {
	var report string
	err := rows.Scan(&r.ID, &r.ConnectionID, &r.State, &r.Cause, &r.UserID, instant{&r.StartedAt}, instant{&r.FinishedAt},
		&r.Pages, &r.RowsRead, &r.RowsRejected, &r.RowsWaiting, &r.Message, &report)
	if report != "" {
		r.Report = json.RawMessage(report)
	}
	return err //nolint:wrapcheck // collect says what was read
}

// PutRun implements connector.Store.
func (s *Store) PutRun(ctx context.Context, r connector.Run) error {
	if err := checkID("id", r.ID); err != nil {
		return err
	}
	if len(r.Report) > 0 && !json.Valid(r.Report) {
		return fault.At("report", "is not JSON")
	}
	return s.Write(ctx, func(tx *Tx) error {
		return tx.insert(ctx, connectionRunTable, [][]any{{
			string(r.ID), string(r.ConnectionID), string(r.State), string(r.Cause), string(r.UserID), micros(r.StartedAt), micros(r.FinishedAt),
			r.Pages, r.RowsRead, r.RowsRejected, r.RowsWaiting, r.Message, string(r.Report),
		}})
	})
}

// Run implements connector.Store.
func (r reader) Run(ctx context.Context, ref id.Run) (connector.Run, error) {
	rows, err := collect(ctx, r, from(runColumns+"report FROM connection_run").add(" WHERE id = ?", string(ref)), "read the run", scanConnectionRun)
	return first(rows, err, "there is no run %q", string(ref))
}

// Runs implements connector.Store, newest first and without reports.
func (r reader) Runs(ctx context.Context, of id.Connection, after id.Run, limit int) ([]connector.Run, error) {
	q, err := newestFirst(from(runColumns+"'' FROM connection_run").add(" WHERE connection_id = ?", string(of)), "AND", "started_at", "run", after, func() (time.Time, error) {
		last, err := r.Run(ctx, after)
		return last.StartedAt, err
	}, limit)
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the runs", scanConnectionRun)
}

// CountRuns implements connector.Store.
func (r reader) CountRuns(ctx context.Context, of id.Connection) (int64, error) {
	return scalar[int64](ctx, r, "count the runs", "SELECT count(*) FROM connection_run WHERE connection_id = $1", string(of))
}

// UnfinishedRuns implements connector.Store.
func (r reader) UnfinishedRuns(ctx context.Context) ([]connector.Run, error) {
	q := from(runColumns+"report FROM connection_run").add(" WHERE state = ? ORDER BY started_at, id", string(connector.Running))
	return collect(ctx, r, q, "read the runs", scanConnectionRun)
}

var waitingTable = table{
	name:    "connection_waiting",
	columns: []string{"connection_id", "stream", "external", "row_text", "reason", "tries", "first_at", "last_at"},
	key:     []string{"connection_id", "stream", "external"},
	keep:    []string{"first_at"},
}

// Waiting implements connector.Store.
func (r reader) Waiting(ctx context.Context, ref id.Connection, stream string, before time.Time, maxTries, limit int) ([]connector.Waiting, error) {
	q := from("SELECT stream, external, row_text, reason, tries, first_at, last_at FROM connection_waiting").add(" WHERE connection_id = ?", string(ref))
	if stream != "" {
		q.add(" AND stream = ?", stream)
	}
	if !before.IsZero() {
		q.add(" AND last_at < ?", before.UnixMicro())
	}
	if maxTries > 0 {
		q.add(" AND tries < ?", maxTries)
	}
	q, err := q.add(" ORDER BY last_at, stream, external").limit(pageOf(limit))
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the waiting rows", func(rows *sql.Rows, w *connector.Waiting) error {
		return rows.Scan(&w.Stream, &w.External, &w.Row, &w.Reason, &w.Tries, instant{&w.FirstAt}, instant{&w.LastAt})
	})
}

// CountWaiting implements connector.Store.
func (r reader) CountWaiting(ctx context.Context, ref id.Connection) (int64, error) {
	return scalar[int64](ctx, r, "count the waiting rows", "SELECT count(*) FROM connection_waiting WHERE connection_id = $1", string(ref))
}

// SetWaiting implements connector.Store.
func (s *Store) SetWaiting(ctx context.Context, ref id.Connection, putRows, done []connector.Waiting) error {
	return s.Write(ctx, func(tx *Tx) error {
		gone := map[string][]string{}
		for _, w := range done {
			gone[w.Stream] = append(gone[w.Stream], w.External)
		}
		for stream, list := range gone {
			for len(list) > 0 {
				n := min(len(list), chunkIDs)
				q := from("DELETE FROM connection_waiting").add(" WHERE connection_id = ? AND stream = ?", string(ref), stream)
				in(q, tx.d, "AND", "external", list[:n])
				if _, err := tx.exec(ctx, "forget waiting rows", q.text.String(), q.args...); err != nil {
					return err
				}
				list = list[n:]
			}
		}
		values := make([][]any, len(putRows))
		for i, w := range putRows {
			values[i] = []any{string(ref), w.Stream, w.External, w.Row, w.Reason, w.Tries, micros(w.FirstAt), micros(w.LastAt)}
		}
		return tx.insert(ctx, waitingTable, values)
	})
}

// Accept implements connector.Store.
func (s *Store) Accept(ctx context.Context, ref id.Connection, m connector.Message, j jobs.Job) (bool, error) {
	fresh := false
	err := s.Write(ctx, func(tx *Tx) error {
		if err := checkText("id", []any{m.ID, m.Kind}); err != nil {
			return err
		}
		n, err := tx.exec(ctx, "note the message", "INSERT INTO connection_message (connection_id, external, kind, received_at) VALUES ($1, $2, $3, $4) "+
			"ON CONFLICT (connection_id, external) DO NOTHING", string(ref), m.ID, m.Kind, tx.now.UnixMicro())
		if err != nil || n == 0 {
			return err
		}
		fresh = true
		return tx.Enqueue(ctx, j)
	})
	return fresh && err == nil, err
}

// SweepMessages implements connector.Store.
func (s *Store) SweepMessages(ctx context.Context, before time.Time) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "delete old messages", "DELETE FROM connection_message WHERE received_at < $1", before.UnixMicro())
		return err
	})
}
