package access

import (
	"context"
	"crypto/subtle"
	"net/mail"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// How many failures are free of waiting.
const (
	freePerEmail   = 5
	freePerAddress = 20
)

// SignedIn is a fresh session. Secret goes into the cookie and nowhere else.
type SignedIn struct {
	Secret  string
	Session Credential
	User    User
}

// SetupNeeded reports whether there is no user yet.
func (s *Service) SetupNeeded(ctx context.Context) (bool, error) {
	n, err := s.Store.CountUsers(ctx)
	return n == 0 && err == nil, err
}

// NewUser is what it takes to create a user.
type NewUser struct {
	Email      string
	Name       string
	Role       Role
	Department string
	Password   string // empty makes a user who cannot sign in by password yet
}

// CreateFirstAdmin creates the first user, an administrator, with the code that
// the server printed when it started. Once there is a user it is a Conflict.
// The address is the caller's, for throttling.
func (s *Service) CreateFirstAdmin(ctx context.Context, setupCode string, n NewUser, address string) (User, error) {
	if err := s.throttle.try(s.Clock.Now(), map[string]int{"setup": freePerAddress, "address " + address: freePerAddress}); err != nil {
		return User{}, err
	}
	if s.SetupCode == "" || subtle.ConstantTimeCompare([]byte(strings.TrimSpace(setupCode)), []byte(s.SetupCode)) != 1 {
		return User{}, &fault.Error{
			Kind: fault.Unauthorized, Field: "code",
			Msg: "the set-up code is wrong: the server printed it when it started",
		}
	}
	s.throttle.succeed("setup")
	n.Role = Admin
	if err := CheckPassword("password", n.Password); err != nil {
		return User{}, err
	}
	u, err := s.newUser(ctx, n)
	if err != nil {
		return User{}, err
	}
	// An import may have named the administrator as an owner before this.
	old, err := s.Store.UserByEmail(ctx, u.Email)
	switch {
	case err == nil && old.Disabled && old.PasswordHash == "":
		u.ID, u.CreatedAt = old.ID, old.CreatedAt
	case err != nil && !fault.Is(err, fault.NotFound):
		return User{}, err
	}
	return u, s.Store.CreateFirstUser(ctx, u)
}

// SignIn checks a password and starts a session. A wrong e-mail, a wrong
// password and a disabled user look the same and take the same time. Too many
// failures are Unavailable, caused by a *ThrottleError.
func (s *Service) SignIn(ctx context.Context, email, password, address string) (SignedIn, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if len(password) > maxPassword || len(email) > maxEmail {
		return SignedIn{}, wrongPassword()
	}
	now := s.Clock.Now()
	if err := s.throttle.try(now, map[string]int{"email " + email: freePerEmail, "address " + address: freePerAddress}); err != nil {
		return SignedIn{}, err
	}
	u, err := s.Store.UserByEmail(ctx, email)
	if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid) {
		return SignedIn{}, err
	}
	known := err == nil && !u.Disabled && u.PasswordHash != ""
	phc := s.dummy
	if known {
		phc = u.PasswordHash
	}
	ok, stale, err := s.check(ctx, phc, password)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok || !known {
		return SignedIn{}, wrongPassword()
	}
	s.throttle.succeed("email " + email)
	if stale {
		if u, err = s.rehash(ctx, u, password); err != nil {
			return SignedIn{}, err
		}
	}
	secret, cred, err := s.issue(Credential{Kind: Session, Name: "session", UserID: u.ID, ExpiresAt: now.Add(SessionLife)})
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Secret: secret, Session: cred, User: u}, s.Store.AddCredential(ctx, cred)
}

func wrongPassword() error {
	return fault.New(fault.Unauthorized, "the e-mail or the password is wrong")
}

// rehash stores the password at today's cost.
func (s *Service) rehash(ctx context.Context, u User, password string) (User, error) {
	phc, err := s.hash(ctx, password)
	if err != nil {
		return u, err
	}
	s.users.Lock()
	defer s.users.Unlock()
	fresh, err := s.Store.User(ctx, u.ID)
	if err != nil || fresh.PasswordHash != u.PasswordHash { // changed meanwhile
		return u, err
	}
	fresh.PasswordHash = phc
	return fresh, s.Store.PutUser(ctx, fresh)
}

// SignOut ends the session that the secret stands for; an unknown one is as
// good as ended.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	c, _, err := s.Store.CredentialByHash(ctx, hashSecret(secret))
	if fault.Is(err, fault.NotFound) || err == nil && c.Kind != Session {
		return nil
	}
	if err == nil {
		err = s.Store.RevokeCredential(ctx, c.ID, s.Clock.Now())
	}
	s.invalidate()
	return err
}

// issue makes a credential with a new secret; it stores nothing.
func (s *Service) issue(c Credential) (secret string, _ Credential, err error) {
	if secret, err = newSecret(s.Random, c.Kind); err != nil {
		return "", c, err
	}
	c.CreatedAt = s.Clock.Now()
	c.ID, err = id.New[id.Token](c.CreatedAt, s.Random)
	c.Hash, c.Hint = hashSecret(secret), hint(secret)
	return secret, c, err
}

const maxEmail = 254 // RFC 5321 §4.5.3.1.3

// cleanEmail checks an e-mail address and returns it in lower case.
func cleanEmail(field, email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > maxEmail {
		return "", fault.At(field, "%.80q is not an e-mail address: use the form name@example.com", email)
	}
	return email, nil
}

func (s *Service) newUser(ctx context.Context, n NewUser) (User, error) {
	email, err := cleanEmail("email", n.Email)
	if err != nil {
		return User{}, err
	}
	now := s.Clock.Now().Truncate(time.Microsecond)
	u := User{Email: email, Name: strings.TrimSpace(n.Name), Role: n.Role, Department: n.Department, CreatedAt: now, UpdatedAt: now}
	if err := checkUser(&u); err != nil {
		return User{}, err
	}
	if n.Password != "" {
		if err := CheckPassword("password", n.Password); err != nil {
			return User{}, err
		}
		if u.PasswordHash, err = s.hash(ctx, n.Password); err != nil {
			return User{}, err
		}
	}
	u.ID, err = id.New[id.User](now, s.Random)
	return u, err
}

// maxName bounds names and departments, in bytes.
const maxName = 200

func checkUser(u *User) error {
	if u.Name == "" {
		u.Name, _, _ = strings.Cut(u.Email, "@")
	}
	if len(u.Name) > maxName {
		return fault.At("name", "is too long: use at most %d bytes", maxName)
	}
	if len(u.Department) > maxName {
		return fault.At("department", "is too long: use at most %d bytes", maxName)
	}
	if rank[u.Role] == 0 {
		return fault.At("role", "%.40q is not a role: use one of %q", string(u.Role), Roles())
	}
	return nil
}
