package api

import "net/http"

type newTokenInput struct {
	Body struct {
		Name      string `json:"name" minLength:"1" maxLength:"120"`
		Role      string `json:"role" minLength:"1" maxLength:"40"`
		ExpiresAt string `json:"expires_at,omitempty" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD; absent for never."`
	}
}

type newWriteKeyInput struct {
	Body struct {
		Name   string `json:"name" minLength:"1" maxLength:"120"`
		Source string `json:"source,omitempty" maxLength:"64" doc:"Source name of what it sends; absent means the name."`
	}
}

type idPath struct {
	ID string `path:"id" maxLength:"40"`
}

func (s *Server) tokenRoutes() {
	get(s, endpoint{id: "list-tokens", method: http.MethodGet, path: "/tokens", tag: "people", need: canAdmin, summary: "API tokens"}, soon[none, List[TokenRow]])
	get(s, endpoint{id: "create-token", method: http.MethodPost, path: "/tokens", tag: "people", need: canAdmin, status: http.StatusCreated, summary: "Make an API token"}, soon[newTokenInput, NewToken])
	act(s, endpoint{id: "revoke-token", method: http.MethodDelete, path: "/tokens/{id}", tag: "people", need: canAdmin, summary: "Revoke an API token"}, soonAct[idPath])
	get(s, endpoint{id: "list-write-keys", method: http.MethodGet, path: "/write-keys", tag: "data", need: canAdmin, summary: "Write keys of sources"}, soon[none, List[WriteKeyRow]])
	get(s, endpoint{id: "create-write-key", method: http.MethodPost, path: "/write-keys", tag: "data", need: canAdmin, status: http.StatusCreated, summary: "Make a write key"}, soon[newWriteKeyInput, NewWriteKey])
	act(s, endpoint{id: "revoke-write-key", method: http.MethodDelete, path: "/write-keys/{id}", tag: "data", need: canAdmin, summary: "Revoke a write key"}, soonAct[idPath])
}
