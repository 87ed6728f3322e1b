package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// ModelVersion is one version of the declarative model, as the text it was
// applied as. Versions count from 1 without gaps and never change.
type ModelVersion struct {
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	Author    id.User   `json:"author,omitempty"`
	Note      string    `json:"note,omitempty"`
	YAML      string    `json:"yaml,omitempty"` // left out of lists
	Checksum  string    `json:"checksum"`
}

var modelTable = table{
	name: "model_version", columns: []string{"version", "created_at", "author_id", "note", "yaml", "checksum"},
}

func scanModel(rows *sql.Rows, m *ModelVersion) error {
	return rows.Scan(&m.Version, instant{&m.CreatedAt}, &m.Author, &m.Note, &m.YAML, &m.Checksum)
}

// SaveModel stores a new version and returns its number. m.Version is the
// version that the change is based on (0 for none): when that is not the latest
// any more, somebody else saved meanwhile and it is a Conflict. A zero
// CreatedAt is now.
func (s *Store) SaveModel(ctx context.Context, m ModelVersion) (version int64, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		version, err = tx.SaveModel(ctx, m)
		return err
	})
	return version, err
}

// SaveModel is Store.SaveModel within a transaction.
func (tx *Tx) SaveModel(ctx context.Context, m ModelVersion) (int64, error) {
	latest, err := scalar[int64](ctx, tx.reader, "read the model's version", "SELECT COALESCE(MAX(version), 0) FROM model_version")
	if err != nil {
		return 0, err
	}
	if m.Version != latest {
		return 0, fault.New(fault.Conflict, "the model changed meanwhile: this change is based on version %d, the latest is %d; "+
			"load the latest and make the change again", m.Version, latest)
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = tx.now
	}
	row := []any{latest + 1, m.CreatedAt.UnixMicro(), string(m.Author), m.Note, m.YAML, m.Checksum}
	return latest + 1, tx.insert(ctx, modelTable, [][]any{row})
}

// LatestModel returns the newest version, or NotFound before the first.
func (r reader) LatestModel(ctx context.Context) (ModelVersion, error) {
	const text = "SELECT version, created_at, author_id, note, yaml, checksum FROM model_version ORDER BY version DESC LIMIT 1"
	rows, err := collect(ctx, r, from(text), "read the model", scanModel)
	return first(rows, err, "there is no model yet: apply one")
}

// Model returns one version.
func (r reader) Model(ctx context.Context, version int64) (ModelVersion, error) {
	const text = "SELECT version, created_at, author_id, note, yaml, checksum FROM model_version"
	rows, err := collect(ctx, r, from(text).add(" WHERE version = ?", version), "read the model", scanModel)
	return first(rows, err, "there is no version %d of the model", version)
}

// Models lists the versions without their text, newest first.
func (r reader) Models(ctx context.Context) ([]ModelVersion, error) {
	const text = "SELECT version, created_at, author_id, note, '', checksum FROM model_version ORDER BY version DESC"
	return collect(ctx, r, from(text), "read the model's versions", scanModel)
}
