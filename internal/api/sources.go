package api

import "net/http"

func (s *Server) sourceRoutes() {
	get(s, endpoint{id: "list-sources", method: http.MethodGet, path: "/sources", tag: "data", need: canRead, summary: "Where data come from"}, soon[none, List[SourceRow]])
	get(s, endpoint{id: "get-freshness", method: http.MethodGet, path: "/freshness", tag: "data", need: canRead, summary: "How new the data are"}, soon[none, Freshness])
}
