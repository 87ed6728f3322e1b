package api

import (
	"context"
	"net/http"

	"kept/internal/access"
	"kept/internal/id"
)

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
	get(s, endpoint{id: "list-tokens", method: http.MethodGet, path: "/tokens", tag: "people", need: canRead, summary: "API tokens"}, s.tokens)
	get(s, endpoint{id: "create-token", method: http.MethodPost, path: "/tokens", tag: "people", need: canRead, status: http.StatusCreated, summary: "Make an API token"}, s.createToken)
	act(s, endpoint{id: "revoke-token", method: http.MethodDelete, path: "/tokens/{id}", tag: "people", need: canRead, summary: "Revoke an API token"}, s.revokeToken)
	get(s, endpoint{id: "list-write-keys", method: http.MethodGet, path: "/write-keys", tag: "data", need: canToken, summary: "Write keys of sources"}, s.writeKeys)
	get(s, endpoint{id: "create-write-key", method: http.MethodPost, path: "/write-keys", tag: "data", need: canToken, status: http.StatusCreated, summary: "Make a write key"}, s.createWriteKey)
	act(s, endpoint{id: "revoke-write-key", method: http.MethodDelete, path: "/write-keys/{id}", tag: "data", need: canToken, summary: "Revoke a write key"}, s.revokeToken)
}

func (s *Server) tokens(ctx context.Context, _ *none) (List[TokenRow], error) {
	found, err := s.opt.Access.Tokens(ctx, callerOf(ctx).Principal)
	if err != nil {
		return List[TokenRow]{}, err
	}
	rows := []TokenRow{}
	for _, c := range found {
		if c.RevokedAt.IsZero() {
			rows = append(rows, s.tokenRow(ctx, c))
		}
	}
	return all(rows), nil
}

func (s *Server) tokenRow(ctx context.Context, c access.Credential) TokenRow {
	return TokenRow{
		ID: c.ID, Name: c.Name, Role: string(c.Role), Hint: c.Hint, CreatedAt: c.CreatedAt,
		CreatedBy: s.names.of(ctx, c.UserID), ExpiresAt: c.ExpiresAt, LastUsedAt: c.LastUsedAt,
	}
}

func (s *Server) createToken(ctx context.Context, in *newTokenInput) (NewToken, error) {
	expires, err := parseInstant("expires_at", in.Body.ExpiresAt)
	if err != nil {
		return NewToken{}, err
	}
	secret, c, err := s.opt.Access.CreateToken(ctx, callerOf(ctx).Principal, access.NewToken{
		Name: in.Body.Name, Role: access.Role(in.Body.Role), ExpiresAt: expires,
	})
	if err != nil {
		return NewToken{}, err
	}
	return NewToken{TokenRow: s.tokenRow(ctx, c), Secret: secret}, s.audit(ctx, "create", "token", string(c.ID), "")
}

func (s *Server) revokeToken(ctx context.Context, in *idPath) error {
	ref, err := id.Parse[id.Token]("id", in.ID)
	if err != nil {
		return err
	}
	if err := s.opt.Access.RevokeToken(ctx, callerOf(ctx).Principal, ref); err != nil {
		return err
	}
	return s.audit(ctx, "revoke", "token", string(ref), "")
}

func (s *Server) writeKeys(ctx context.Context, _ *none) (List[WriteKeyRow], error) {
	found, err := s.opt.Access.WriteKeys(ctx, callerOf(ctx).Principal)
	if err != nil {
		return List[WriteKeyRow]{}, err
	}
	rows := []WriteKeyRow{}
	for _, c := range found {
		if c.RevokedAt.IsZero() {
			rows = append(rows, writeKeyRow(c))
		}
	}
	return all(rows), nil
}

func writeKeyRow(c access.Credential) WriteKeyRow {
	return WriteKeyRow{ID: string(c.ID), Name: c.Name, Source: c.Source, Hint: c.Hint, CreatedAt: c.CreatedAt, LastUsedAt: c.LastUsedAt}
}

func (s *Server) createWriteKey(ctx context.Context, in *newWriteKeyInput) (NewWriteKey, error) {
	source := in.Body.Source
	if source == "" {
		source = in.Body.Name
	}
	secret, c, err := s.opt.Access.CreateWriteKey(ctx, callerOf(ctx).Principal, in.Body.Name, source)
	if err != nil {
		return NewWriteKey{}, err
	}
	return NewWriteKey{WriteKeyRow: writeKeyRow(c), Secret: secret}, s.audit(ctx, "create", "write_key", string(c.ID), "")
}
