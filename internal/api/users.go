package api

import (
	"context"
	"net/http"
	"time"

	"kept/internal/access"
	"kept/internal/id"
)

type newUserInput struct {
	Body struct {
		Email      string `json:"email" minLength:"3" maxLength:"254"`
		Name       string `json:"name" minLength:"1" maxLength:"120"`
		Role       string `json:"role" minLength:"1" maxLength:"40"`
		Department string `json:"department,omitempty" maxLength:"80"`
		Password   string `json:"password,omitempty" maxLength:"256" doc:"Absent for a user who cannot sign in yet."`
	}
}

type changeUserInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Name       *string `json:"name,omitempty" minLength:"1" maxLength:"120"`
		Role       *string `json:"role,omitempty" minLength:"1" maxLength:"40"`
		Department *string `json:"department,omitempty" maxLength:"80"`
		Disabled   *bool   `json:"disabled,omitempty"`
	}
}

type passwordInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Password string `json:"password" minLength:"10" maxLength:"256"`
		Current  string `json:"current,omitempty" maxLength:"256" doc:"Needed to change one's own."`
	}
}

func (s *Server) userRoutes() {
	get(s, endpoint{id: "list-users", method: http.MethodGet, path: "/users", tag: "people", need: canRead, summary: "All users"}, s.users)
	get(s, endpoint{id: "create-user", method: http.MethodPost, path: "/users", tag: "people", need: canUsers, status: http.StatusCreated, summary: "Add a user"}, s.createUser)
	get(s, endpoint{id: "change-user", method: http.MethodPatch, path: "/users/{id}", tag: "people", need: canUsers, summary: "Change a user"}, s.changeUser)
	act(s, endpoint{id: "set-password", method: http.MethodPost, path: "/users/{id}/password", tag: "people", need: signedIn, summary: "Set a password: one's own, or as an admin anyone's"}, s.setPassword)
}

func (s *Server) users(ctx context.Context, _ *none) (List[UserRow], error) {
	found, err := s.opt.Access.Users(ctx, callerOf(ctx).Principal)
	if err != nil {
		return List[UserRow]{}, err
	}
	sessions, err := s.opt.Access.Store.Credentials(ctx, access.Session)
	if err != nil {
		return List[UserRow]{}, err
	}
	seen := map[id.User]time.Time{}
	for _, c := range sessions {
		for _, at := range []time.Time{c.CreatedAt, c.LastUsedAt} {
			if at.After(seen[c.UserID]) {
				seen[c.UserID] = at
			}
		}
	}
	rows := make([]UserRow, len(found))
	for i, u := range found {
		rows[i] = userRow(u)
		rows[i].LastSeenAt = seen[u.ID]
	}
	return all(rows), nil
}

func (s *Server) createUser(ctx context.Context, in *newUserInput) (UserRow, error) {
	u, err := s.opt.Access.CreateUser(ctx, callerOf(ctx).Principal, access.NewUser{
		Email: in.Body.Email, Name: in.Body.Name, Role: access.Role(in.Body.Role), Department: in.Body.Department, Password: in.Body.Password,
	})
	if err != nil {
		return UserRow{}, err
	}
	s.names.forget()
	return userRow(u), s.audit(ctx, "create", "user", string(u.ID), "")
}

func (s *Server) changeUser(ctx context.Context, in *changeUserInput) (UserRow, error) {
	ref, err := id.Parse[id.User]("id", in.ID)
	if err != nil {
		return UserRow{}, err
	}
	u, err := s.opt.Access.UpdateUser(ctx, callerOf(ctx).Principal, ref, access.UserChange{
		Name: in.Body.Name, Role: (*access.Role)(in.Body.Role), Department: in.Body.Department, Disabled: in.Body.Disabled,
	})
	if err != nil {
		return UserRow{}, err
	}
	s.names.forget()
	return userRow(u), s.audit(ctx, "change", "user", string(u.ID), "")
}

func (s *Server) setPassword(ctx context.Context, in *passwordInput) error {
	ref, err := id.Parse[id.User]("id", in.ID)
	if err != nil {
		return err
	}
	if err := s.opt.Access.ChangePassword(ctx, callerOf(ctx).Principal, ref, in.Body.Current, in.Body.Password); err != nil {
		return err
	}
	return s.audit(ctx, "set_password", "user", string(ref), "")
}
