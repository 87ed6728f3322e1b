package api

import "net/http"

func (s *Server) sourceRoutes() {
	get(s, endpoint{id: "list-sources", method: http.MethodGet, path: "/sources", tag: "data", need: canRead, summary: "Where data come from"}, s.sources)
	get(s, endpoint{id: "get-freshness", method: http.MethodGet, path: "/freshness", tag: "data", need: canRead, summary: "How new the data are"}, s.freshness)
}
