package access

import (
	"context"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// Users lists everybody, by e-mail. Whoever may read may know the colleagues.
func (s *Service) Users(ctx context.Context, by Principal) ([]User, error) {
	if err := by.require(Read); err != nil {
		return nil, err
	}
	return s.Store.Users(ctx)
}

// User returns one user.
func (s *Service) User(ctx context.Context, by Principal, ref id.User) (User, error) {
	if err := by.require(Read); err != nil {
		return User{}, err
	}
	return s.Store.User(ctx, ref)
}

// CreateUser adds a user; a taken e-mail is a Conflict.
func (s *Service) CreateUser(ctx context.Context, by Principal, n NewUser) (User, error) {
	if err := by.require(ManageUsers); err != nil {
		return User{}, err
	}
	u, err := s.newUser(ctx, n)
	if err != nil {
		return User{}, err
	}
	s.users.Lock()
	defer s.users.Unlock()
	if err := s.freeEmail(ctx, u); err != nil {
		return User{}, err
	}
	return u, s.Store.PutUser(ctx, u)
}

// UserChange is a change of a user; nil fields stay as they are.
type UserChange struct {
	Email      *string
	Name       *string
	Role       *Role
	Department *string
	Disabled   *bool
}

// UpdateUser changes a user. Disabling one ends their sessions at once. The
// last administrator who can sign in can be neither disabled nor demoted.
func (s *Service) UpdateUser(ctx context.Context, by Principal, ref id.User, c UserChange) (User, error) {
	if err := by.require(ManageUsers); err != nil {
		return User{}, err
	}
	s.users.Lock()
	defer s.users.Unlock()
	old, err := s.Store.User(ctx, ref)
	if err != nil {
		return User{}, err
	}
	u := old
	set(&u.Name, c.Name)
	set(&u.Role, c.Role)
	set(&u.Department, c.Department)
	set(&u.Disabled, c.Disabled)
	u.Name = strings.TrimSpace(u.Name)
	if c.Email != nil {
		if u.Email, err = cleanEmail("email", *c.Email); err != nil {
			return User{}, err
		}
	}
	if err := checkUser(&u); err != nil {
		return User{}, err
	}
	if u == old {
		return u, nil
	}
	if err := s.freeEmail(ctx, u); err != nil {
		return User{}, err
	}
	if old.administers() && !u.administers() {
		if err := s.keepAdmin(ctx, ref); err != nil {
			return User{}, err
		}
	}
	u.UpdatedAt = s.Clock.Now().Truncate(time.Microsecond)
	err = s.Store.PutUser(ctx, u)
	if err == nil && u.Disabled {
		err = s.Store.EndSessions(ctx, ref, "")
	}
	s.invalidate()
	return u, err
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (u User) administers() bool { return u.Role == Admin && !u.Disabled && u.PasswordHash != "" }

func (s *Service) keepAdmin(ctx context.Context, except id.User) error {
	all, err := s.Store.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.ID != except && u.administers() {
			return nil
		}
	}
	return fault.New(fault.Conflict, "this is the last administrator who can sign in: make another one first")
}

// freeEmail gives a taken e-mail its field; the store's unique index is what
// guarantees it.
func (s *Service) freeEmail(ctx context.Context, u User) error {
	other, err := s.Store.UserByEmail(ctx, u.Email)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err == nil && other.ID != u.ID:
		return &fault.Error{Kind: fault.Conflict, Field: "email", Msg: "another user has this e-mail"}
	}
	return err
}

// ChangePassword sets a password: one's own with the current one, or anybody's
// by an administrator. It ends every session of the user but the caller's own.
func (s *Service) ChangePassword(ctx context.Context, by Principal, ref id.User, current, next string) error {
	own := by.UserID == ref && by.Kind == Session
	if !own {
		if err := by.require(ManageUsers); err != nil {
			return err
		}
	}
	if err := CheckPassword("password", next); err != nil {
		return err
	}
	u, err := s.Store.User(ctx, ref)
	if err != nil {
		return err
	}
	if own && u.PasswordHash != "" {
		if err := s.confirm(ctx, u, current); err != nil {
			return err
		}
	}
	phc, err := s.hash(ctx, next)
	if err != nil {
		return err
	}
	s.users.Lock()
	defer s.users.Unlock()
	if u, err = s.Store.User(ctx, ref); err != nil {
		return err
	}
	u.PasswordHash, u.UpdatedAt = phc, s.Clock.Now().Truncate(time.Microsecond)
	if err := s.Store.PutUser(ctx, u); err != nil {
		return err
	}
	keep := id.Token("")
	if own {
		keep = by.Credential
	}
	err = s.Store.EndSessions(ctx, ref, keep)
	s.invalidate()
	return err
}

// confirm checks the current password, as slowly as a sign-in.
func (s *Service) confirm(ctx context.Context, u User, current string) error {
	if err := s.throttle.try(s.Clock.Now(), map[string]int{"email " + u.Email: freePerEmail}); err != nil {
		return err
	}
	ok := false
	if len(current) <= maxPassword {
		var err error
		if ok, _, err = s.check(ctx, u.PasswordHash, current); err != nil {
			return err
		}
	}
	if !ok {
		return fault.At("current_password", "is wrong")
	}
	s.throttle.succeed("email " + u.Email)
	return nil
}
