package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

type importsInput struct {
	Paged
}

func (s *Server) importRoutes() {
	const tag = "data"
	raw(s, endpoint{id: "create-import", method: http.MethodPost, path: "/imports", tag: tag, need: canData, summary: "Import files with a mapping"}, s.describeUpload(
		map[string]*huma.Schema{
			"mapping": {Type: huma.TypeString, Description: "The mapping's YAML."},
			"file":    {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		},
		map[string]*huma.Schema{
			"mapping":   {Type: huma.TypeString},
			"upload_id": {Type: huma.TypeString, Description: "From POST /imports/inspect."},
		}, "202", reflect.TypeFor[ImportRow](), "dry_run"), s.createImport)
	get(s, endpoint{id: "list-imports", method: http.MethodGet, path: "/imports", tag: tag, need: canRead, summary: "Imports, newest first"}, s.imports)
	raw(s, endpoint{id: "inspect-file", method: http.MethodPost, path: "/imports/inspect", tag: tag, need: canData, summary: "What a file looks like, with a mapping to start from"}, s.describeUpload(
		map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}}, nil, "200", reflect.TypeFor[Inspection]()), s.inspectFile)
	get(s, endpoint{id: "get-import", method: http.MethodGet, path: "/imports/{id}", tag: tag, need: canRead, summary: "One import with progress and report"}, s.importOf)
	raw(s, endpoint{id: "get-import-rejects", method: http.MethodGet, path: "/imports/{id}/rejects.csv", tag: tag, need: canData, summary: "Rejected rows with file, line, column and reason"}, func(op *huma.Operation) {
		describeCSV()(op)
		op.Parameters = append(op.Parameters, &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
	}, s.rejects)
	get(s, endpoint{id: "cancel-import", method: http.MethodPost, path: "/imports/{id}/cancel", tag: tag, need: canData, summary: "Stop an import; what was not written is not"}, s.cancelImport)
}

// describeUpload documents an operation that reads a multipart stream.
func (s *Server) describeUpload(multipart, json map[string]*huma.Schema, status string, out reflect.Type, query ...string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		content := map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: multipart, Required: []string{"file"}}}}
		if json != nil {
			content["application/json"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeObject, Properties: json, Required: []string{"mapping", "upload_id"}}}
		}
		op.RequestBody = &huma.RequestBody{Required: true, Content: content}
		for _, name := range query {
			op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeBoolean}})
		}
		schema := s.huma.OpenAPI().Components.Schemas.Schema(out, true, out.Name())
		op.Responses[status] = &huma.Response{Description: http.StatusText(map[string]int{"200": 200, "202": 202}[status]), Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	}
}
