package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// RunState is where an import stands.
type RunState string

// The states of an import; the last three are final.
const (
	RunQueued    RunState = "queued"
	RunRunning   RunState = "running"
	RunDone      RunState = "done"
	RunFailed    RunState = "failed"
	RunCancelled RunState = "cancelled"
)

// Final reports whether the import is over.
func (s RunState) Final() bool { return s == RunDone || s == RunFailed || s == RunCancelled }

// ImportRun is one import of files by a mapping. The mapping is kept as it was,
// so that the run can be read and repeated later.
type ImportRun struct {
	ID          id.Import `json:"id"`
	MappingName string    `json:"mapping_name"`
	MappingYAML string    `json:"mapping_yaml,omitempty"` // left out of lists
	State       RunState  `json:"state"`
	DryRun      bool      `json:"dry_run"`
	UserID      id.User   `json:"user_id,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	StartedAt   time.Time `json:"started_at,omitzero"`
	FinishedAt  time.Time `json:"finished_at,omitzero"`
	// The progress, in rows; RowsTotal is 0 while it is not known.
	RowsTotal    int64  `json:"rows_total"`
	RowsRead     int64  `json:"rows_read"`
	RowsRejected int64  `json:"rows_rejected"`
	RejectsFile  string `json:"rejects_file,omitempty"`
	// Message says why it failed.
	Message string `json:"message,omitempty"`
	// Report is a JSON object, data-quality findings included; nil until done,
	// and left out of lists.
	Report json.RawMessage `json:"report,omitempty"`
}

var importTable = table{
	name: "import_run",
	columns: []string{
		"id", "mapping_name", "mapping_yaml", "state", "dry_run", "user_id", "created_at", "started_at", "finished_at",
		"rows_total", "rows_read", "rows_rejected", "rejects_file", "message", "report",
	},
	key:  []string{"id"},
	keep: []string{"created_at"},
}

func scanImport(rows *sql.Rows, r *ImportRun) error {
	var report string
	err := rows.Scan(&r.ID, &r.MappingName, &r.MappingYAML, &r.State, &r.DryRun, &r.UserID,
		instant{&r.CreatedAt}, instant{&r.StartedAt}, instant{&r.FinishedAt},
		&r.RowsTotal, &r.RowsRead, &r.RowsRejected, &r.RejectsFile, &r.Message, &report)
	if report != "" {
		r.Report = json.RawMessage(report)
	}
	return err
}

// PutImportRun inserts or replaces an import run; a run that is over stays as
// it is (Conflict). A zero CreatedAt is now.
func (s *Store) PutImportRun(ctx context.Context, r ImportRun) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.PutImportRun(ctx, r) })
}

// PutImportRun is Store.PutImportRun within a transaction.
func (tx *Tx) PutImportRun(ctx context.Context, r ImportRun) error {
	if err := checkID("id", r.ID); err != nil {
		return err
	}
	if err := oneOf("state", r.State, RunQueued, RunRunning, RunDone, RunFailed, RunCancelled); err != nil {
		return err
	}
	if len(r.Report) > 0 && !json.Valid(r.Report) {
		return fault.At("report", "is not JSON")
	}
	if r.CreatedAt.IsZero() {
		r.CreatedAt = tx.now
	}
	old, err := tx.ImportRun(ctx, r.ID)
	switch {
	case err == nil && old.State.Final():
		return fault.New(fault.Conflict, "the import %q is over (%s): start a new one", string(r.ID), old.State)
	case err != nil && !fault.Is(err, fault.NotFound):
		return err
	}
	err = tx.insert(ctx, importTable, [][]any{{
		string(r.ID), r.MappingName, r.MappingYAML, string(r.State), r.DryRun, string(r.UserID),
		micros(r.CreatedAt), micros(r.StartedAt), micros(r.FinishedAt),
		r.RowsTotal, r.RowsRead, r.RowsRejected, r.RejectsFile, r.Message, string(r.Report),
	}})
	if err != nil {
		return err
	}
	return tx.tellImport(ctx, &r)
}

// ImportRun returns one import run.
func (r reader) ImportRun(ctx context.Context, ref id.Import) (ImportRun, error) {
	const text = "SELECT id, mapping_name, mapping_yaml, state, dry_run, user_id, created_at, started_at, finished_at, " +
		"rows_total, rows_read, rows_rejected, rejects_file, message, report FROM import_run"
	rows, err := collect(ctx, r, from(text).add(" WHERE id = ?", string(ref)), "read the import", scanImport)
	return first(rows, err, "there is no import %q", string(ref))
}

// ImportRuns lists import runs, newest first, without mapping and report, after
// the run with the id (empty for the first page). A limit of 0 means 100.
func (r reader) ImportRuns(ctx context.Context, after id.Import, limit int) ([]ImportRun, error) {
	const text = "SELECT id, mapping_name, '', state, dry_run, user_id, created_at, started_at, finished_at, " +
		"rows_total, rows_read, rows_rejected, rejects_file, message, '' FROM import_run"
	q, err := newestFirst(from(text), "WHERE", "created_at", "import", after, func() (time.Time, error) {
		last, err := r.ImportRun(ctx, after)
		return last.CreatedAt, err
	}, limit)
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the imports", scanImport)
}

// UnfinishedImports lists queued and running imports, oldest first: after a
// restart, nobody works on the running ones any more.
func (r reader) UnfinishedImports(ctx context.Context) ([]ImportRun, error) {
	const text = "SELECT id, mapping_name, mapping_yaml, state, dry_run, user_id, created_at, started_at, finished_at, " +
		"rows_total, rows_read, rows_rejected, rejects_file, message, report FROM import_run"
	q := from(text).add(" WHERE state IN (?, ?) ORDER BY created_at, id", string(RunQueued), string(RunRunning))
	return collect(ctx, r, q, "read the imports", scanImport)
}
