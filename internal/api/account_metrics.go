package api

import "net/http"

type seriesRange struct {
	From string `query:"from" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD; absent means 26 weeks before to."`
	To   string `query:"to" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD; absent means now."`
	Step string `query:"step" enum:"day,week" default:"week"`
}

type accountMetricInput struct {
	accountPath
	Name string `path:"name" maxLength:"100"`
	asOf
	seriesRange
}

type accountUsageInput struct {
	accountPath
	seriesRange
	Product string `query:"product" maxLength:"64" doc:"Product key."`
}

func (s *Server) accountMetricRoutes() {
	get(s, endpoint{id: "list-account-metrics", method: http.MethodGet, path: "/accounts/{id}/metrics", tag: "accounts", need: canRead, summary: "Every metric of an account"}, soon[accountInput, NumberList[AccountMetric]])
	get(s, endpoint{id: "get-account-metric", method: http.MethodGet, path: "/accounts/{id}/metrics/{name}", tag: "accounts", need: canRead, summary: "One metric over time, explained as of an instant"}, soon[accountMetricInput, AccountMetricDetail])
	get(s, endpoint{id: "get-account-usage", method: http.MethodGet, path: "/accounts/{id}/usage", tag: "accounts", need: canRead, summary: "Usage charts of an account"}, soon[accountUsageInput, AccountUsage])
}
