package api

import "net/http"

type accountHealthInput struct {
	accountPath
	asOf
	CompareTo string `query:"compare_to" maxLength:"40" doc:"The instant to compare with; absent means 30 days before as_of."`
}

func (s *Server) accountHealthRoutes() {
	get(s, endpoint{id: "get-account-health", method: http.MethodGet, path: "/accounts/{id}/health", tag: "accounts", need: canRead, summary: "An account's score, explained"}, soon[accountHealthInput, AccountHealth])
}
