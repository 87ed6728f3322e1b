package api

import "net/http"

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
	get(s, endpoint{id: "list-views", method: http.MethodGet, path: "/views", tag: tag, need: canRead, summary: "Saved views: one's own and the team's"}, soon[viewsInput, List[ViewRow]])
	get(s, endpoint{id: "create-view", method: http.MethodPost, path: "/views", tag: tag, need: canRead, status: http.StatusCreated, summary: "Save a view"}, soon[newViewInput, ViewRow])
	get(s, endpoint{id: "change-view", method: http.MethodPatch, path: "/views/{id}", tag: tag, need: canRead, summary: "Change a view"}, soon[changeViewInput, ViewRow])
	act(s, endpoint{id: "delete-view", method: http.MethodDelete, path: "/views/{id}", tag: tag, need: canRead, summary: "Delete a view"}, soonAct[idPath])
}
