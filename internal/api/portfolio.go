package api

import "net/http"

type portfolioInput struct {
	AsOfParam
	Owner string `query:"owner" maxLength:"60" default:"all" doc:"me, all, or a user id."`
}

type gridInput struct {
	Paged
	AccountSelection
	Offset    int    `query:"offset" minimum:"0" maximum:"100000000" doc:"Skip this many, to look at any place of the list; not together with cursor."`
	Scorecard string `query:"scorecard" maxLength:"100" doc:"Scorecard whose measures are the columns; absent for the one with most accounts."`
}

func (s *Server) portfolioRoutes() {
	get(s, endpoint{id: "get-portfolio", method: http.MethodGet, path: "/portfolio", tag: "portfolio", need: canRead, summary: "A portfolio in one page"}, s.portfolio)
	get(s, endpoint{id: "get-health-grid", method: http.MethodGet, path: "/health/grid", tag: "portfolio", need: canRead, summary: "Accounts × measures"}, s.grid)
}
