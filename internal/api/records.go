package api

import (
	"net/http"

	"kept/internal/customer"
)

type accountListInput struct {
	AccountPath
	AsOfParam
	Paged
}

type attributePath struct {
	AccountPath
	Key string `path:"key" maxLength:"100"`
}

type newActivityInput struct {
	AccountPath
	Body struct {
		Kind      customer.ActivityKind `json:"kind" enum:"note,call,meeting,email"`
		Subject   string                `json:"subject" minLength:"1" maxLength:"300"`
		Body      string                `json:"body,omitempty" maxLength:"20000"`
		At        string                `json:"at,omitempty" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD; absent means now."`
		ContactID string                `json:"contact_id,omitempty" maxLength:"40"`
		ProductID string                `json:"product_id,omitempty" maxLength:"40"`
	}
}

type newAttributeInput struct {
	AccountPath
	Body struct {
		Key       string `json:"key" minLength:"1" maxLength:"100"`
		Value     any    `json:"value" doc:"Text, number, truth or date, as the attribute is declared; null clears it."`
		ValidFrom string `json:"valid_from,omitempty" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD; absent means now."`
		Reason    string `json:"reason,omitempty" maxLength:"1000"`
	}
}

type newManualInput struct {
	AccountPath
	Body struct {
		Key     string  `json:"key" minLength:"1" maxLength:"100" example:"csm_sentiment"`
		Value   float64 `json:"value"`
		Reason  string  `json:"reason" minLength:"1" maxLength:"1000"`
		ValidTo string  `json:"valid_to,omitempty" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD; absent means until further notice."`
	}
}

type newContactInput struct {
	AccountPath
	Body struct {
		Name  string               `json:"name" minLength:"1" maxLength:"200"`
		Email string               `json:"email,omitempty" maxLength:"254"`
		Title string               `json:"title,omitempty" maxLength:"200"`
		Role  customer.ContactRole `json:"role,omitempty" enum:"champion,sponsor,admin,user,billing,detractor"`
	}
}

func (s *Server) recordRoutes() {
	const tag = "accounts"
	get(s, endpoint{id: "list-account-contacts", method: http.MethodGet, path: "/accounts/{id}/contacts", tag: tag, need: canRead, summary: "People at an account"}, s.contacts)
	get(s, endpoint{id: "create-account-contact", method: http.MethodPost, path: "/accounts/{id}/contacts", tag: tag, need: canEdit, status: http.StatusCreated, summary: "Add a person"}, s.createContact)
	get(s, endpoint{id: "list-account-subscriptions", method: http.MethodGet, path: "/accounts/{id}/subscriptions", tag: tag, need: canRead, summary: "Subscriptions as of an instant"}, s.subscriptions)
	get(s, endpoint{id: "list-account-tickets", method: http.MethodGet, path: "/accounts/{id}/tickets", tag: tag, need: canRead, summary: "Tickets, newest first"}, s.tickets)
	get(s, endpoint{id: "list-account-activities", method: http.MethodGet, path: "/accounts/{id}/activities", tag: tag, need: canRead, summary: "Activities, newest first"}, s.activities)
	get(s, endpoint{id: "create-account-activity", method: http.MethodPost, path: "/accounts/{id}/activities", tag: tag, need: canEdit, status: http.StatusCreated, summary: "Log an activity or a note"}, s.createActivity)
	get(s, endpoint{id: "list-account-attributes", method: http.MethodGet, path: "/accounts/{id}/attributes", tag: tag, need: canRead, summary: "Attributes as of an instant"}, s.attributes)
	get(s, endpoint{id: "set-account-attribute", method: http.MethodPost, path: "/accounts/{id}/attributes", tag: tag, need: canEdit, status: http.StatusCreated, summary: "Write an attribute"}, s.setAttribute)
	get(s, endpoint{id: "get-account-attribute-history", method: http.MethodGet, path: "/accounts/{id}/attributes/{key}/history", tag: tag, need: canRead, summary: "All that was ever known of an attribute, newest first"}, s.attributeHistory)
	get(s, endpoint{id: "set-account-manual", method: http.MethodPost, path: "/accounts/{id}/manual", tag: tag, need: canEdit, status: http.StatusCreated, summary: "Enter a judgement, such as the CSM's sentiment"}, s.setManual)
	get(s, endpoint{id: "get-account-timeline", method: http.MethodGet, path: "/accounts/{id}/timeline", tag: tag, need: canRead, summary: "Everything that happened, newest first"}, s.timeline)
}
