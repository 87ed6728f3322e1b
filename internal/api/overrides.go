package api

import "net/http"

type newOverrideInput struct {
	accountPath
	Body struct {
		Scorecard string   `json:"scorecard,omitempty" maxLength:"100" doc:"Absent for whichever scorecard the account has."`
		Band      string   `json:"band,omitempty" maxLength:"100"`
		Score     *float64 `json:"score,omitempty" minimum:"0" maximum:"100"`
		Reason    string   `json:"reason" minLength:"3" maxLength:"1000"`
		ExpiresAt string   `json:"expires_at" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD, at most a year ahead."`
	}
}

type overridePath struct {
	accountPath
	OverrideID string `path:"oid" maxLength:"40"`
}

func (s *Server) overrideRoutes() {
	get(s, endpoint{id: "list-account-overrides", method: http.MethodGet, path: "/accounts/{id}/overrides", tag: "accounts", need: canRead, summary: "Overrides of an account's health, newest first"}, soon[accountPath, List[OverrideRow]])
	get(s, endpoint{id: "create-account-override", method: http.MethodPost, path: "/accounts/{id}/overrides", tag: "accounts", need: canEdit, status: http.StatusCreated, summary: "Override an account's health until a date"}, soon[newOverrideInput, OverrideRow])
	act(s, endpoint{id: "end-account-override", method: http.MethodDelete, path: "/accounts/{id}/overrides/{oid}", tag: "accounts", need: canEdit, summary: "Lift an override"}, soonAct[overridePath])
}
