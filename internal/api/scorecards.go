package api

import (
	"net/http"

	"kept/internal/health"
)

type scorecardPath struct {
	Key string `path:"key" maxLength:"100"`
	AsOfParam
}

type previewInput struct {
	Key  string `path:"key" maxLength:"100"`
	Body struct {
		Scorecard health.Scorecard `json:"scorecard"`
	}
}

type putScorecardInput struct {
	Key  string `path:"key" maxLength:"100"`
	Body struct {
		Scorecard   health.Scorecard `json:"scorecard"`
		Note        string           `json:"note,omitempty" maxLength:"1000"`
		BaseVersion int64            `json:"base_version"`
	}
}

func (s *Server) scorecardRoutes() {
	const tag = "model"
	get(s, endpoint{id: "list-scorecards", method: http.MethodGet, path: "/scorecards", tag: tag, need: canRead, summary: "Scorecards with the accounts they score"}, s.scorecards)
	get(s, endpoint{id: "get-scorecard", method: http.MethodGet, path: "/scorecards/{key}", tag: tag, need: canRead, summary: "One scorecard"}, s.scorecard)
	get(s, endpoint{id: "preview-scorecard", method: http.MethodPost, path: "/scorecards/{key}/preview", tag: tag, need: canRead, maxBody: maxModel, summary: "What a scorecard would do to the scores"}, s.previewScorecard)
	get(s, endpoint{id: "save-scorecard", method: http.MethodPut, path: "/scorecards/{key}", tag: tag, need: canModel, maxBody: maxModel, summary: "Save a scorecard as a new model version"}, s.saveScorecard)
}
