package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// SavedView is a named state of one page: its filter, columns, sort and the
// like, as the web app wrote it.
type SavedView struct {
	ID id.View `json:"id"`
	// Owner is the user whose view it is; empty for a view of the whole team.
	Owner      id.User         `json:"owner,omitempty"`
	Page       string          `json:"page"`
	Name       string          `json:"name"`
	Definition json.RawMessage `json:"definition"`
	CreatedAt  time.Time       `json:"created_at"`
	UpdatedAt  time.Time       `json:"updated_at"`
}

var viewTable = table{
	name:    "saved_view",
	columns: []string{"id", "owner_id", "page", "name", "definition", "created_at", "updated_at"},
	key:     []string{"id"},
	keep:    []string{"created_at"},
}

const selectView = "SELECT id, owner_id, page, name, definition, created_at, updated_at FROM saved_view"

func scanView(rows *sql.Rows, v *SavedView) error {
	var definition string
	err := rows.Scan(&v.ID, &v.Owner, &v.Page, &v.Name, &definition, instant{&v.CreatedAt}, instant{&v.UpdatedAt})
	v.Definition = json.RawMessage(definition)
	return err
}

// PutSavedView inserts or replaces a view. A second view of one owner and page
// with the same name is a Conflict. The store sets the instants.
func (s *Store) PutSavedView(ctx context.Context, v SavedView) error {
	if err := checkID("id", v.ID); err != nil {
		return err
	}
	for field, value := range map[string]string{"page": v.Page, "name": v.Name} {
		if err := required(field, value, "a view belongs to a page and has a name"); err != nil {
			return err
		}
	}
	if !json.Valid(v.Definition) {
		return fault.At("definition", "is not JSON")
	}
	return s.Write(ctx, func(tx *Tx) error {
		return tx.insert(ctx, viewTable, [][]any{{
			string(v.ID), string(v.Owner), v.Page, v.Name, string(v.Definition), tx.now.UnixMicro(), tx.now.UnixMicro(),
		}})
	})
}

// SavedView returns one view.
func (r reader) SavedView(ctx context.Context, ref id.View) (SavedView, error) {
	rows, err := collect(ctx, r, from(selectView).add(" WHERE id = ?", string(ref)), "read the view", scanView)
	return first(rows, err, "there is no view %q", string(ref))
}

// SavedViews lists the user's and the team's views by page and name; an empty
// page means every page.
func (r reader) SavedViews(ctx context.Context, user id.User, page string) ([]SavedView, error) {
	q := from(selectView).add(" WHERE (owner_id = '' OR owner_id = ?)", string(user))
	if page != "" {
		q.add(" AND page = ?", page)
	}
	return collect(ctx, r, q.add(" ORDER BY page, name, owner_id"), "read the views", scanView)
}

// DeleteSavedView deletes a view.
func (s *Store) DeleteSavedView(ctx context.Context, ref id.View) error {
	return s.Write(ctx, func(tx *Tx) error {
		n, err := tx.exec(ctx, "delete the view", "DELETE FROM saved_view WHERE id = $1", string(ref))
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "there is no view %q", string(ref))
		}
		return err
	})
}
