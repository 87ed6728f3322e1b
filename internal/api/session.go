package api

import (
	"net/http"
)

type setupInput struct {
	Body struct {
		Code     string `json:"code" minLength:"1" maxLength:"100" doc:"The setup code that kept serve printed at its first start."`
		Email    string `json:"email" minLength:"3" maxLength:"254"`
		Name     string `json:"name" minLength:"1" maxLength:"120"`
		Password string `json:"password" minLength:"10" maxLength:"256"`
	}
}

type signInInput struct {
	Body struct {
		Email    string `json:"email" minLength:"1" maxLength:"254"`
		Password string `json:"password" minLength:"1" maxLength:"256"`
	}
}

// sessionOutput sets the session cookie.
type sessionOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      SessionInfo
}

type signOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *Server) sessionRoutes() {
	custom(s, endpoint{id: "setup", method: http.MethodPost, path: "/setup", tag: "session", need: anyone, status: http.StatusCreated, summary: "Create the first admin"}, soon[setupInput, *sessionOutput])
	custom(s, endpoint{id: "sign-in", method: http.MethodPost, path: "/session", tag: "session", need: anyone, summary: "Sign in"}, soon[signInInput, *sessionOutput])
	get(s, endpoint{id: "get-session", method: http.MethodGet, path: "/session", tag: "session", need: signedIn, summary: "Who is signed in"}, soon[none, SessionInfo])
	custom(s, endpoint{id: "sign-out", method: http.MethodDelete, path: "/session", tag: "session", need: signedIn, status: http.StatusNoContent, summary: "Sign out"}, soon[none, *signOutOutput])
}
