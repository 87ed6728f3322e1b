package api

import (
	"context"
	"net/http"
	"time"

	"kept/internal/access"
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
	custom(s, endpoint{id: "setup", method: http.MethodPost, path: "/setup", tag: "session", need: anyone, status: http.StatusCreated, summary: "Create the first admin"}, s.setup)
	custom(s, endpoint{id: "sign-in", method: http.MethodPost, path: "/session", tag: "session", need: anyone, summary: "Sign in"}, s.signIn)
	get(s, endpoint{id: "get-session", method: http.MethodGet, path: "/session", tag: "session", need: signedIn, summary: "Who is signed in"}, s.session)
	custom(s, endpoint{id: "sign-out", method: http.MethodDelete, path: "/session", tag: "session", need: signedIn, status: http.StatusNoContent, summary: "Sign out"}, s.signOut)
}

func (s *Server) setup(ctx context.Context, in *setupInput) (*sessionOutput, error) {
	who := callerOf(ctx)
	_, err := s.opt.Access.CreateFirstAdmin(ctx, in.Body.Code, access.NewUser{
		Email: in.Body.Email, Name: in.Body.Name, Role: access.Admin, Password: in.Body.Password,
	}, who.address)
	if err != nil {
		return nil, err
	}
	return s.openSession(ctx, in.Body.Email, in.Body.Password)
}

func (s *Server) signIn(ctx context.Context, in *signInInput) (*sessionOutput, error) {
	return s.openSession(ctx, in.Body.Email, in.Body.Password)
}

func (s *Server) openSession(ctx context.Context, email, password string) (*sessionOutput, error) {
	in, err := s.opt.Access.SignIn(ctx, email, password, callerOf(ctx).address)
	if err != nil {
		return nil, err
	}
	out := &sessionOutput{SetCookie: s.cookie(in.Secret, in.Session.ExpiresAt)}
	out.Body = s.sessionInfo(in.User)
	out.Body.ExpiresAt = in.Session.ExpiresAt
	return out, nil
}

func (s *Server) sessionInfo(u access.User) SessionInfo {
	info := SessionInfo{User: userRow(u), Permissions: []string{}, Company: Company{Name: s.opt.Company}, Version: s.opt.Version}
	for _, p := range access.Permissions() {
		if access.Can(u.Role, p) {
			info.Permissions = append(info.Permissions, string(p))
		}
	}
	return info
}

// session answers for a token, too: then the user is the token's, or one that
// only has the token's name.
func (s *Server) session(ctx context.Context, _ *none) (SessionInfo, error) {
	who := callerOf(ctx)
	u := access.User{Name: who.Name}
	if who.UserID != "" {
		var err error
		if u, err = s.opt.Access.Store.User(ctx, who.UserID); err != nil {
			return SessionInfo{}, err
		}
	}
	u.Role = who.Role
	return s.sessionInfo(u), nil
}

func (s *Server) signOut(ctx context.Context, _ *none) (*signOutOutput, error) {
	if who := callerOf(ctx); who.Kind == access.Session {
		if err := s.opt.Access.SignOut(ctx, who.secret); err != nil {
			return nil, err
		}
	}
	return &signOutOutput{SetCookie: s.cookie("", time.Unix(1, 0))}, nil
}

// cookie holds the session's secret: scripts cannot read it, and other sites
// cannot send it with a change.
func (s *Server) cookie(secret string, expires time.Time) http.Cookie {
	c := http.Cookie{
		Name: sessionCookie, Value: secret, Path: "/", Expires: expires,
		HttpOnly: true, Secure: s.opt.Secure, SameSite: http.SameSiteLaxMode,
	}
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}

func userRow(u access.User) UserRow {
	return UserRow{
		ID: u.ID, Email: u.Email, Name: u.Name, Role: string(u.Role), Department: u.Department,
		Disabled: u.Disabled, CreatedAt: u.CreatedAt,
	}
}
