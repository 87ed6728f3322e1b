package api

import "net/http"

// maxModel bounds the text of a model.
const maxModel = 4 << 20

type versionPath struct {
	Version int64 `path:"version" minimum:"1"`
}

type modelCheckInput struct {
	Body struct {
		YAML string `json:"yaml" maxLength:"2000000"`
	}
}

type modelPlanInput struct {
	Body struct {
		YAML        string `json:"yaml" maxLength:"2000000"`
		BaseVersion int64  `json:"base_version,omitempty" doc:"The version to compare with; absent for the newest."`
		Weeks       int    `json:"weeks,omitempty" minimum:"1" maximum:"104" doc:"Weeks of history to re-draw; absent for 26, or fewer when there are many accounts."`
	}
}

type modelApplyInput struct {
	Body struct {
		YAML        string `json:"yaml" maxLength:"2000000"`
		BaseVersion int64  `json:"base_version" doc:"The version the text was written against."`
		Note        string `json:"note,omitempty" maxLength:"1000"`
	}
}

func (s *Server) modelRoutes() {
	const tag = "model"
	get(s, endpoint{id: "get-model", method: http.MethodGet, path: "/model", tag: tag, need: canRead, summary: "The model in force, as text"}, s.modelText)
	get(s, endpoint{id: "list-model-versions", method: http.MethodGet, path: "/model/versions", tag: tag, need: canRead, summary: "Versions, newest first"}, s.modelVersions)
	get(s, endpoint{id: "get-model-version", method: http.MethodGet, path: "/model/versions/{version}", tag: tag, need: canRead, summary: "One version, as text"}, s.modelVersion)
	get(s, endpoint{id: "check-model", method: http.MethodPost, path: "/model/check", tag: tag, need: canRead, maxBody: maxModel, summary: "What is wrong with a text; 200 with errors in the body"}, s.checkModel)
	get(s, endpoint{id: "plan-model", method: http.MethodPost, path: "/model/plan", tag: tag, need: canRead, maxBody: maxModel, summary: "What a text would change, and what that would do to the scores"}, s.planModel)
	get(s, endpoint{id: "apply-model", method: http.MethodPost, path: "/model/apply", tag: tag, need: canModel, maxBody: maxModel, status: http.StatusCreated, summary: "Make a new version"}, s.applyModel)
	get(s, endpoint{id: "list-metrics", method: http.MethodGet, path: "/metrics", tag: tag, need: canRead, summary: "The metrics catalogue"}, s.catalogue)
	get(s, endpoint{id: "get-metric", method: http.MethodGet, path: "/metrics/{name}", tag: tag, need: canRead, summary: "One metric: what it means, how it spreads and moved, and who uses it"}, s.metricDetail)
	get(s, endpoint{id: "try-metric", method: http.MethodPost, path: "/metrics/{name}/try", tag: tag, need: canRead, summary: "What a text would make of a metric, without saving it; errors in the body"}, s.tryMetric)
	get(s, endpoint{id: "list-segments", method: http.MethodGet, path: "/segments", tag: tag, need: canRead, summary: "Segments with their accounts"}, s.segments)
}
