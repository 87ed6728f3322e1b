package api

import "net/http"

type searchInput struct {
	Q string `query:"q" maxLength:"200" required:"true"`
}

func (s *Server) searchRoutes() {
	get(s, endpoint{id: "search", method: http.MethodGet, path: "/search", tag: "views", need: canRead, summary: "Go anywhere: accounts, contacts, metrics, scorecards, pages"}, s.search)
}
