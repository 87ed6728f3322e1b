package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// ModelDraft is a text of the model that somebody works on. It is not in force,
// and may have errors.
type ModelDraft struct {
	ID   id.Draft `json:"id"`
	Name string   `json:"name"`
	// BaseVersion is the version of the model that it was begun from.
	BaseVersion int64     `json:"base_version"`
	Author      id.User   `json:"author,omitempty"`
	Note        string    `json:"note,omitempty"`
	YAML        string    `json:"yaml,omitempty"` // left out of lists
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

var draftTable = table{
	name:    "model_draft",
	columns: []string{"id", "name", "base_version", "author_id", "note", "yaml", "created_at", "updated_at"},
	key:     []string{"id"},
	keep:    []string{"created_at"},
}

func scanDraft(rows *sql.Rows, d *ModelDraft) error {
	return rows.Scan(&d.ID, &d.Name, &d.BaseVersion, &d.Author, &d.Note, &d.YAML, instant{&d.CreatedAt}, instant{&d.UpdatedAt})
}

// PutDraft inserts or replaces a draft; the author is whoever saved it last.
// saw is the UpdatedAt of the draft that was edited, zero for a new one: when
// another save came between it is a Conflict, as is a second draft of one name.
// It returns the draft as stored.
func (s *Store) PutDraft(ctx context.Context, d ModelDraft, saw time.Time) (ModelDraft, error) {
	if err := checkID("id", d.ID); err != nil {
		return d, err
	}
	if err := required("name", d.Name, "a draft is found by its name"); err != nil {
		return d, err
	}
	err := s.Write(ctx, func(tx *Tx) error {
		old, err := tx.Draft(ctx, d.ID)
		switch {
		case fault.Is(err, fault.NotFound):
			d.CreatedAt = tx.now
			if !saw.IsZero() {
				return fault.New(fault.Conflict, "the draft %q was deleted meanwhile: save it as a new one", d.Name)
			}
		case err != nil:
			return err
		case !old.UpdatedAt.Equal(saw):
			return fault.New(fault.Conflict, "the draft %q was saved meanwhile by somebody else: load it and make the change again", old.Name)
		default:
			d.CreatedAt = old.CreatedAt
		}
		d.UpdatedAt = tx.now
		if !d.UpdatedAt.After(old.UpdatedAt) {
			d.UpdatedAt = old.UpdatedAt.Add(time.Microsecond) // two saves within the clock's step are two
		}
		return tx.insert(ctx, draftTable, [][]any{{
			string(d.ID), d.Name, d.BaseVersion, string(d.Author), d.Note, d.YAML, d.CreatedAt.UnixMicro(), d.UpdatedAt.UnixMicro(),
		}})
	})
	return d, err
}

// Draft returns one draft with its text.
func (r reader) Draft(ctx context.Context, ref id.Draft) (ModelDraft, error) {
	rows, err := collect(ctx, r, from(draftText("yaml")).add(" WHERE id = ?", string(ref)), "read the draft", scanDraft)
	return first(rows, err, "there is no draft %q", string(ref))
}

// Drafts lists the drafts without their text, the last saved first.
func (r reader) Drafts(ctx context.Context) ([]ModelDraft, error) {
	return collect(ctx, r, from(draftText("''")).add(" ORDER BY updated_at DESC, id"), "read the drafts", scanDraft)
}

// DeleteDraft deletes a draft.
func (s *Store) DeleteDraft(ctx context.Context, ref id.Draft) error {
	return s.Write(ctx, func(tx *Tx) error {
		n, err := tx.exec(ctx, "delete the draft", "DELETE FROM model_draft WHERE id = $1", string(ref))
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "there is no draft %q", string(ref))
		}
		return err
	})
}

func draftText(yaml string) string {
	return "SELECT id, name, base_version, author_id, note, " + yaml + ", created_at, updated_at FROM model_draft"
}
