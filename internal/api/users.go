package api

import "net/http"

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
	get(s, endpoint{id: "list-users", method: http.MethodGet, path: "/users", tag: "people", need: canRead, summary: "All users"}, soon[none, List[UserRow]])
	get(s, endpoint{id: "create-user", method: http.MethodPost, path: "/users", tag: "people", need: canAdmin, status: http.StatusCreated, summary: "Add a user"}, soon[newUserInput, UserRow])
	get(s, endpoint{id: "change-user", method: http.MethodPatch, path: "/users/{id}", tag: "people", need: canAdmin, summary: "Change a user"}, soon[changeUserInput, UserRow])
	act(s, endpoint{id: "set-password", method: http.MethodPost, path: "/users/{id}/password", tag: "people", need: signedIn, summary: "Set a password: one's own, or as an admin anyone's"}, soonAct[passwordInput])
}
