package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// ConnectionDraft is what a person enters for a connection.
type ConnectionDraft struct {
	Name         string            `json:"name" maxLength:"80"`
	Kind         string            `json:"kind" maxLength:"40"`
	Config       map[string]string `json:"config" doc:"The settings of the kind, secrets included. Secrets that are left out stay as they are."`
	Mapping      string            `json:"mapping,omitempty" maxLength:"1048576" doc:"YAML; absent for the mapping that ships with the kind."`
	EverySeconds int64             `json:"every_seconds" minimum:"0" maximum:"2592000" doc:"0 for by hand only."`
	Paused       bool              `json:"paused,omitempty"`
}

type draftInput struct {
	Body ConnectionDraft
}

type draftPathInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body ConnectionDraft
}

type tryInput struct {
	Body struct {
		ConnectionDraft
		ID string `json:"id,omitempty" maxLength:"40" doc:"The stored connection whose secrets stand in for those left out."`
	}
}

type resetInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Stream string `json:"stream,omitempty" maxLength:"200" doc:"Absent for all streams."`
	}
}

type connectionRunsInput struct {
	ID string `path:"id" maxLength:"40"`
	Paged
}

func (s *Server) connectionRoutes() {
	const tag, base = "data", "/connections"
	one := base + "/{id}"
	get(s, endpoint{id: "list-connectors", method: http.MethodGet, path: "/connectors", tag: tag, need: canRead, summary: "Systems that Kept can read"}, s.connectors)
	get(s, endpoint{id: "list-connections", method: http.MethodGet, path: base, tag: tag, need: canRead, summary: "Connected systems"}, s.connections)
	get(s, endpoint{id: "create-connection", method: http.MethodPost, path: base, tag: tag, need: canData, status: http.StatusCreated, maxBody: maxDraft, summary: "Connect a system"}, s.createConnection)
	get(s, endpoint{id: "test-connection", method: http.MethodPost, path: base + "/test", tag: tag, need: canData, maxBody: maxDraft, summary: "Reach a system with settings that are not stored yet"}, s.testConnection)
	get(s, endpoint{id: "preview-connection", method: http.MethodPost, path: base + "/preview", tag: tag, need: canData, maxBody: maxDraft, summary: "What a mapping would make of the start of each stream"}, s.previewConnection)
	get(s, endpoint{id: "get-connection", method: http.MethodGet, path: one, tag: tag, need: canRead, summary: "One connection with its cursors"}, s.connection)
	get(s, endpoint{id: "replace-connection", method: http.MethodPut, path: one, tag: tag, need: canData, maxBody: maxDraft, summary: "Change a connection"}, s.replaceConnection)
	act(s, endpoint{id: "delete-connection", method: http.MethodDelete, path: one, tag: tag, need: canData, summary: "Forget a connection; what it brought stays"}, s.deleteConnection)
	get(s, endpoint{id: "run-connection", method: http.MethodPost, path: one + "/run", tag: tag, need: canData, status: http.StatusAccepted, summary: "Read a connection now"}, s.runConnection)
	get(s, endpoint{id: "stop-connection", method: http.MethodPost, path: one + "/stop", tag: tag, need: canData, summary: "Stop a running reading; what is stored stays"}, s.stopConnection)
	get(s, endpoint{id: "pause-connection", method: http.MethodPost, path: one + "/pause", tag: tag, need: canData, summary: "Stop reading on schedule"}, s.pauseConnection)
	get(s, endpoint{id: "resume-connection", method: http.MethodPost, path: one + "/resume", tag: tag, need: canData, summary: "Read on schedule again"}, s.resumeConnection)
	get(s, endpoint{id: "reset-connection", method: http.MethodPost, path: one + "/reset", tag: tag, need: canData, summary: "Forget cursors: the next run reads everything again"}, s.resetConnection)
	get(s, endpoint{id: "list-connection-runs", method: http.MethodGet, path: one + "/runs", tag: tag, need: canRead, summary: "Runs of a connection, newest first"}, s.connectionRuns)
	get(s, endpoint{id: "list-waiting-rows", method: http.MethodGet, path: one + "/waiting", tag: tag, need: canData, summary: "Rows that refer to something that has not arrived"}, s.waitingRows)
	get(s, endpoint{id: "get-connection-run", method: http.MethodGet, path: "/connection-runs/{id}", tag: tag, need: canRead, summary: "One run with its report"}, s.connectionRun)
	raw(s, endpoint{id: "get-connection-run-rejects", method: http.MethodGet, path: "/connection-runs/{id}/rejects.csv", tag: tag, need: canData, summary: "Rejected rows with stream, id, column and reason"}, func(op *huma.Operation) {
		describeCSV()(op)
		op.Parameters = append(op.Parameters, &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
	}, s.connectionRejects)
	raw(s, endpoint{id: "receive-webhook", method: http.MethodPost, path: "/hooks/{kind}/{id}", tag: tag, need: anyone, summary: "Webhooks that a connected system sends; its signature is the authorization"}, s.describeHook, s.receiveHook)
}

// maxDraft bounds a draft: settings and a mapping.
const maxDraft = 2 << 20

func (s *Server) describeHook(op *huma.Operation) {
	text := &huma.Schema{Type: huma.TypeString}
	op.Parameters = append(op.Parameters, &huma.Param{Name: "kind", In: "path", Required: true, Schema: text}, &huma.Param{Name: "id", In: "path", Required: true, Schema: text})
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}}}
	schema := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[HookAnswer](), true, "HookAnswer")
	op.Responses["200"] = &huma.Response{Description: "Taken", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}
