package access

import (
	"context"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
)

// NewToken is what it takes to create an API token.
type NewToken struct {
	Name string
	Role Role
	// Alone makes a token that belongs to no user and outlives its maker; it
	// needs ManageTokens. Otherwise it never has more rights than its user.
	Alone     bool
	ExpiresAt time.Time // zero never expires
}

// CreateToken makes an API token and returns its secret, which cannot be read
// again. Nobody can give a token a higher role than their own.
func (s *Service) CreateToken(ctx context.Context, by Principal, n NewToken) (secret string, c Credential, err error) {
	if err := by.require(Read); err != nil {
		return "", c, err
	}
	if n.Alone || by.Kind != Session {
		if err := by.require(ManageTokens); err != nil {
			return "", c, err
		}
	}
	if rank[n.Role] == 0 {
		return "", c, fault.At("role", "%.40q is not a role: use one of %q", string(n.Role), Roles())
	}
	if !by.Role.atLeast(n.Role) {
		return "", c, &fault.Error{Kind: fault.Forbidden, Field: "role", Msg: "is higher than your own: choose at most " + string(by.Role)}
	}
	c = Credential{Kind: Token, Name: strings.TrimSpace(n.Name), Role: n.Role, ExpiresAt: n.ExpiresAt}
	if !n.Alone {
		c.UserID = by.UserID
	}
	return s.create(ctx, c)
}

// CreateWriteKey makes a write key for the source and returns its secret.
func (s *Service) CreateWriteKey(ctx context.Context, by Principal, name, source string) (secret string, c Credential, err error) {
	if err := by.require(ManageTokens); err != nil {
		return "", c, err
	}
	if source = strings.TrimSpace(source); source == "" || len(source) > maxName {
		return "", c, fault.At("source", "is missing or too long: name the source, such as website, in at most %d bytes", maxName)
	}
	return s.create(ctx, Credential{Kind: WriteKey, Name: strings.TrimSpace(name), Source: source})
}

func (s *Service) create(ctx context.Context, c Credential) (string, Credential, error) {
	if c.Name == "" || len(c.Name) > maxName {
		return "", c, fault.At("name", "is missing or too long: say what it is for, in at most %d bytes", maxName)
	}
	if !c.ExpiresAt.IsZero() && !s.Clock.Now().Before(c.ExpiresAt) {
		return "", c, fault.At("expires_at", "is in the past: choose a later instant, or leave it out")
	}
	secret, c, err := s.issue(c)
	if err != nil {
		return "", c, err
	}
	return secret, c, s.Store.AddCredential(ctx, c)
}

// Tokens lists API tokens, newest first, revoked ones included: everybody's
// with ManageTokens, otherwise one's own.
func (s *Service) Tokens(ctx context.Context, by Principal) ([]Credential, error) {
	if err := by.require(Read); err != nil {
		return nil, err
	}
	all, err := s.Store.Credentials(ctx, Token)
	if err != nil || by.Can(ManageTokens) {
		return all, err
	}
	own := []Credential{}
	for _, c := range all {
		if c.UserID != "" && c.UserID == by.UserID {
			own = append(own, c)
		}
	}
	return own, nil
}

// WriteKeys lists the write keys, newest first, revoked ones included.
func (s *Service) WriteKeys(ctx context.Context, by Principal) ([]Credential, error) {
	if err := by.require(ManageTokens); err != nil {
		return nil, err
	}
	return s.Store.Credentials(ctx, WriteKey)
}

// RevokeToken ends an API token or a write key: one's own, or anybody's with
// ManageTokens. To end a session, sign out. Revoking twice is no error.
func (s *Service) RevokeToken(ctx context.Context, by Principal, ref id.Token) error {
	c, err := s.Store.Credential(ctx, ref)
	if err == nil && c.Kind == Session {
		err = fault.New(fault.NotFound, "there is no token %q", string(ref))
	}
	if err != nil {
		return err
	}
	if own := c.UserID != "" && c.UserID == by.UserID; !own || !by.Can(Read) {
		if err := by.require(ManageTokens); err != nil {
			return err
		}
	}
	err = s.Store.RevokeCredential(ctx, ref, s.Clock.Now())
	s.invalidate()
	return err
}

// bootstrapName names the credentials that the configuration made; bootstrapID
// is what tells them apart, since anybody may choose a name.
const bootstrapName = "bootstrap"

func bootstrapID(hash string) id.Token { return id.Derive[id.Token](bootstrapName, hash) }

// minBootstrap keeps out what anybody would guess at once.
const minBootstrap = 8

// Bootstrap creates an administrator's API token and a write key from secrets
// in the configuration; an empty one is left out. It is idempotent: the same
// secret changes nothing (a revoked one stays revoked), and a new secret
// revokes the one that the configuration had before.
func (s *Service) Bootstrap(ctx context.Context, adminToken, writeKey string) error {
	if adminToken != "" && adminToken == writeKey {
		return fault.At("bootstrap_write_key", "is the same as the bootstrap token: sources must not have administrators' rights, choose another")
	}
	if err := s.bootstrap(ctx, "bootstrap_token", adminToken, Credential{Kind: Token, Role: Admin}); err != nil {
		return err
	}
	return s.bootstrap(ctx, "bootstrap_write_key", writeKey, Credential{Kind: WriteKey, Source: bootstrapName})
}

func (s *Service) bootstrap(ctx context.Context, field, secret string, c Credential) error {
	if secret == "" {
		return nil
	}
	if len(secret) < minBootstrap || len(secret) > maxSecret {
		return fault.At(field, "has to have %d to %d characters; a good one comes from: openssl rand -hex 32", minBootstrap, maxSecret)
	}
	now := s.Clock.Now()
	c.Name, c.Hash, c.Hint, c.CreatedAt = bootstrapName, hashSecret(secret), hint(secret), now
	c.ID = bootstrapID(c.Hash)
	all, err := s.Store.Credentials(ctx, c.Kind)
	if err != nil {
		return err
	}
	found := false
	for _, other := range all {
		switch {
		case other.Hash == c.Hash:
			found = true
		case other.ID == bootstrapID(other.Hash) && other.RevokedAt.IsZero():
			if err := s.Store.RevokeCredential(ctx, other.ID, now); err != nil {
				return err
			}
		}
	}
	s.invalidate()
	if found {
		return nil
	}
	return s.Store.AddCredential(ctx, c)
}
