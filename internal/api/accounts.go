package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// accountSelection are the parameters that choose and order accounts.
type accountSelection struct {
	asOf
	Sort       string `query:"sort" maxLength:"200" doc:"Comma list of keys, - before one for descending: name, score, delta_30, delta_90, arr, renewal_at, segment, owner, coverage, since, stage, metric:NAME." example:"-score,name"`
	Filter     string `query:"filter" maxLength:"4000" doc:"CEL condition over the account and its metrics." example:"arr > 10000.0 && band == \"red\""`
	Q          string `query:"q" maxLength:"200" doc:"Words in the name or domain."`
	Band       string `query:"band" maxLength:"200" doc:"Comma list of band keys; none for no score."`
	Segment    string `query:"segment" maxLength:"400" doc:"Comma list of segment keys."`
	Owner      string `query:"owner" maxLength:"800" doc:"Comma list of user ids; me for the caller, none for no owner."`
	Metrics    string `query:"metrics" maxLength:"2000" doc:"Comma list of metrics to include."`
	Attributes string `query:"attributes" maxLength:"2000" doc:"Comma list of attributes to include."`
}

type accountsInput struct {
	paged
	accountSelection
}

type newAccountInput struct {
	Body struct {
		Name     string      `json:"name" minLength:"1" maxLength:"200"`
		Domain   string      `json:"domain,omitempty" maxLength:"253"`
		ParentID string      `json:"parent_id,omitempty" maxLength:"40"`
		Since    string      `json:"since" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD."`
		External *ExternalID `json:"external,omitempty"`
	}
}

type changeAccountInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Name     *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Domain   *string `json:"domain,omitempty" maxLength:"253"`
		ParentID *string `json:"parent_id,omitempty" maxLength:"40" doc:"Empty for none."`
		OwnerID  *string `json:"owner_id,omitempty" maxLength:"40" doc:"Empty for none."`
		Stage    *string `json:"stage,omitempty" maxLength:"40"`
	}
}

type accountInput struct {
	accountPath
	asOf
}

func (s *Server) accountRoutes() {
	get(s, endpoint{id: "list-accounts", method: http.MethodGet, path: "/accounts", tag: "accounts", need: canRead, summary: "Accounts with their numbers"}, soon[accountsInput, AccountPage])
	raw(s, endpoint{id: "export-accounts", method: http.MethodGet, path: "/accounts/export.csv", tag: "accounts", need: canRead, summary: "The same accounts as CSV, all pages"}, describeCSV(accountParams()...), soonRaw)
	get(s, endpoint{id: "create-account", method: http.MethodPost, path: "/accounts", tag: "accounts", need: canEdit, status: http.StatusCreated, summary: "Add an account"}, soon[newAccountInput, AccountDetail])
	get(s, endpoint{id: "get-account", method: http.MethodGet, path: "/accounts/{id}", tag: "accounts", need: canRead, summary: "One account"}, soon[accountInput, AccountDetail])
	get(s, endpoint{id: "change-account", method: http.MethodPatch, path: "/accounts/{id}", tag: "accounts", need: canEdit, summary: "Change an account; owner and stage are written as facts"}, soon[changeAccountInput, AccountDetail])
}

// accountParams are the query parameters of the export.
func accountParams() []string {
	return []string{"as_of", "sort", "filter", "q", "band", "segment", "owner", "metrics", "attributes"}
}

// describeCSV documents an operation that answers with a CSV file.
func describeCSV(params ...string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		for _, name := range params {
			op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeString}})
		}
		op.Responses["200"] = &huma.Response{Description: "A CSV file", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}
	}
}
