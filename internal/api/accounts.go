package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"kept/internal/customer"
	"kept/internal/fault"
)

// AccountSelection are the parameters that choose and order accounts.
type AccountSelection struct {
	AsOfParam
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
	Paged
	AccountSelection
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
	AccountPath
	AsOfParam
}

func (s *Server) accountRoutes() {
	get(s, endpoint{id: "list-accounts", method: http.MethodGet, path: "/accounts", tag: "accounts", need: canRead, summary: "Accounts with their numbers"}, s.accounts)
	raw(s, endpoint{id: "export-accounts", method: http.MethodGet, path: "/accounts/export.csv", tag: "accounts", need: canRead, summary: "The same accounts as CSV, all pages"}, describeCSV(accountParams()...), s.exportAccounts)
	get(s, endpoint{id: "create-account", method: http.MethodPost, path: "/accounts", tag: "accounts", need: canEdit, status: http.StatusCreated, summary: "Add an account"}, s.createAccount)
	get(s, endpoint{id: "get-account", method: http.MethodGet, path: "/accounts/{id}", tag: "accounts", need: canRead, summary: "One account"}, s.account)
	get(s, endpoint{id: "change-account", method: http.MethodPatch, path: "/accounts/{id}", tag: "accounts", need: canEdit, summary: "Change an account; owner and stage are written as facts"}, s.changeAccount)
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

// The most columns that a list takes along.
const maxColumns = 40

// accounts answers from the snapshot in memory.
func (s *Server) accounts(ctx context.Context, in *accountsInput) (AccountPage, error) {
	v, at, next, c, err := s.selectPage(ctx, &in.AccountSelection, in.Paged, "accounts", "name")
	if err != nil {
		return AccountPage{}, err
	}
	out := AccountPage{Facets: c.facets}
	out.Stamp, out.Total, out.NextCursor = v.stamp(), int64(len(c.rows)), next
	out.Items = v.rows(at)
	return out, v.decorate(at, out.Items, &in.AccountSelection)
}

func (s *Server) selectPage(ctx context.Context, sel *AccountSelection, p Paged, list, defaultSort string) (*view, []int32, string, *chosen, error) {
	v, err := s.viewAt(ctx, sel.AsOfParam)
	if err != nil {
		return nil, nil, "", nil, err
	}
	c, err := s.choose(ctx, v, sel, defaultSort)
	if err != nil {
		return nil, nil, "", nil, err
	}
	at, next, err := cut(c.rows, p, sel.query(list))
	return v, at, next, c, err
}

// decorate adds the metrics and attributes that were asked for.
func (v *view) decorate(at []int32, rows []AccountRow, sel *AccountSelection) error {
	metrics, err := split("metrics", sel.Metrics, maxColumns)
	if err != nil {
		return err
	}
	for _, name := range metrics {
		column := v.Metric(name)
		if column == nil {
			return fault.At("metrics", "there is no metric %.60q", name)
		}
		for i := range rows {
			if rows[i].Metrics == nil {
				rows[i].Metrics = make(map[string]*float64, len(metrics))
			}
			rows[i].Metrics[name] = finite(column[at[i]])
		}
	}
	attributes, err := split("attributes", sel.Attributes, maxColumns)
	if err != nil {
		return err
	}
	for i := range rows {
		for _, key := range attributes {
			if val := v.Attribute(int(at[i]), key); !val.IsZero() {
				if rows[i].Attributes == nil {
					rows[i].Attributes = map[string]any{}
				}
				rows[i].Attributes[key] = jsonValue(val)
			}
		}
	}
	return nil
}

// jsonValue returns a value as JSON has it.
func jsonValue(val customer.Value) any {
	switch val.Type {
	case customer.Number:
		return val.Num
	case customer.Bool:
		return val.Num != 0
	case customer.Text, customer.Date:
		return val.Text
	}
	return nil
}
