package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/sqlstore"
)

type viewsInput struct {
	Page string `query:"page" maxLength:"40" doc:"Absent for every page." example:"accounts"`
}

type newViewInput struct {
	Body struct {
		Name       string         `json:"name" minLength:"1" maxLength:"80"`
		Page       string         `json:"page" minLength:"1" maxLength:"40"`
		Scope      string         `json:"scope" enum:"mine,team"`
		Definition ViewDefinition `json:"definition"`
	}
}

type changeViewInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Name       *string         `json:"name,omitempty" minLength:"1" maxLength:"80"`
		Scope      *string         `json:"scope,omitempty" enum:"mine,team"`
		Definition *ViewDefinition `json:"definition,omitempty"`
	}
}

func (s *Server) viewRoutes() {
	const tag = "views"
	get(s, endpoint{id: "list-views", method: http.MethodGet, path: "/views", tag: tag, need: canRead, summary: "Saved views: one's own and the team's"}, s.views)
	get(s, endpoint{id: "create-view", method: http.MethodPost, path: "/views", tag: tag, need: canRead, status: http.StatusCreated, summary: "Save a view"}, s.createView)
	get(s, endpoint{id: "change-view", method: http.MethodPatch, path: "/views/{id}", tag: tag, need: canRead, summary: "Change a view"}, s.changeView)
	act(s, endpoint{id: "delete-view", method: http.MethodDelete, path: "/views/{id}", tag: tag, need: canRead, summary: "Delete a view"}, s.deleteView)
}

// maxViews bounds what one user sees.
const maxViews = 500

func (s *Server) views(ctx context.Context, in *viewsInput) (List[ViewRow], error) {
	found, err := s.opt.Product.SavedViews(ctx, callerOf(ctx).UserID, in.Page)
	if err != nil {
		return List[ViewRow]{}, err
	}
	rows := []ViewRow{}
	for i := range found {
		row, err := viewRow(&found[i], callerOf(ctx).UserID)
		if err != nil {
			return List[ViewRow]{}, err
		}
		rows = append(rows, row)
	}
	return all(rows), nil
}

func viewRow(v *sqlstore.SavedView, user id.User) (ViewRow, error) {
	row := ViewRow{ID: v.ID, Name: v.Name, Page: v.Page, Scope: "team", Mine: v.Owner != "" && v.Owner == user, UpdatedAt: v.UpdatedAt}
	if v.Owner != "" {
		row.Scope = "mine"
	}
	return row, fault.Wrap(json.Unmarshal(v.Definition, &row.Definition), "read the view")
}

func (s *Server) createView(ctx context.Context, in *newViewInput) (ViewRow, error) {
	who := callerOf(ctx)
	if in.Body.Scope == "mine" && who.UserID == "" {
		return ViewRow{}, fault.At("scope", "a token that belongs to nobody has no views of its own: use team")
	}
	existing, err := s.opt.Product.SavedViews(ctx, who.UserID, "")
	if err != nil {
		return ViewRow{}, err
	}
	if len(existing) >= maxViews {
		return ViewRow{}, fault.New(fault.TooLarge, "there are %d views already: delete one first", len(existing))
	}
	now := s.clock.Now()
	v := sqlstore.SavedView{Page: in.Body.Page, Name: in.Body.Name, CreatedAt: now, UpdatedAt: now}
	if v.ID, err = id.New[id.View](now, rand.Reader); err != nil {
		return ViewRow{}, err
	}
	return s.saveView(ctx, v, in.Body.Scope, &in.Body.Definition)
}

// saveView stores a view; those of the team need the right to change records.
func (s *Server) saveView(ctx context.Context, v sqlstore.SavedView, scope string, def *ViewDefinition) (ViewRow, error) {
	who := callerOf(ctx)
	switch scope {
	case "mine":
		v.Owner = who.UserID
	case "team":
		v.Owner = ""
	}
	if v.Owner == "" && !who.Can(access.WriteRecord) {
		return ViewRow{}, fault.New(fault.Forbidden, "a view of the whole team needs the permission %s: save it as your own", access.WriteRecord)
	}
	if def != nil {
		raw, err := json.Marshal(def)
		if err != nil {
			return ViewRow{}, fault.Wrap(err, "write the view")
		}
		v.Definition = raw
	}
	if err := s.opt.Product.PutSavedView(ctx, v); err != nil {
		return ViewRow{}, err
	}
	stored, err := s.opt.Product.SavedView(ctx, v.ID)
	if err != nil {
		return ViewRow{}, err
	}
	return viewRow(&stored, who.UserID)
}

// ownView reads a view that the caller may change.
func (s *Server) ownView(ctx context.Context, ref string) (sqlstore.SavedView, error) {
	view, err := id.Parse[id.View]("id", ref)
	if err != nil {
		return sqlstore.SavedView{}, err
	}
	v, err := s.opt.Product.SavedView(ctx, view)
	if err != nil {
		return v, err
	}
	who := callerOf(ctx)
	if v.Owner != "" && v.Owner != who.UserID {
		return v, fault.New(fault.NotFound, "there is no view %q", ref)
	}
	if v.Owner == "" && !who.Can(access.WriteRecord) {
		return v, fault.New(fault.Forbidden, "a view of the whole team needs the permission %s", access.WriteRecord)
	}
	return v, nil
}

func (s *Server) changeView(ctx context.Context, in *changeViewInput) (ViewRow, error) {
	v, err := s.ownView(ctx, in.ID)
	if err != nil {
		return ViewRow{}, err
	}
	if in.Body.Name != nil {
		v.Name = *in.Body.Name
	}
	scope := ""
	if in.Body.Scope != nil {
		scope = *in.Body.Scope
	}
	return s.saveView(ctx, v, scope, in.Body.Definition)
}

func (s *Server) deleteView(ctx context.Context, in *idPath) error {
	v, err := s.ownView(ctx, in.ID)
	if err != nil {
		return err
	}
	return s.opt.Product.DeleteSavedView(ctx, v.ID)
}
