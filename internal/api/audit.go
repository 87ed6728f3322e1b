package api

import "net/http"

type auditInput struct {
	paged
}

func (s *Server) auditRoutes() {
	get(s, endpoint{id: "list-audit", method: http.MethodGet, path: "/audit", tag: "people", need: canAdmin, summary: "Who changed what, newest first"}, soon[auditInput, List[AuditRow]])
}
