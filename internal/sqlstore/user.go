package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/id"
)

var _ access.Store = (*Store)(nil)

var (
	userTable = table{
		name:    "app_user",
		columns: []string{"id", "email", "name", "role", "department", "disabled", "password_hash", "created_at", "updated_at"},
		key:     []string{"id"},
		keep:    []string{"created_at"},
	}
	credentialTable = table{
		name: "credential",
		columns: []string{
			"id", "kind", "hash", "hint", "name", "user_id", "role", "source",
			"created_at", "expires_at", "last_used_at", "revoked_at",
		},
	}
)

const (
	userColumns       = "u.id, u.email, u.name, u.role, u.department, u.disabled, u.password_hash, u.created_at, u.updated_at"
	selectUser        = "SELECT " + userColumns + " FROM app_user u"
	credentialColumns = "c.id, c.kind, c.hash, c.hint, c.name, c.user_id, c.role, c.source, " +
		"c.created_at, c.expires_at, c.last_used_at, c.revoked_at"
	selectCredential = "SELECT " + credentialColumns + " FROM credential c"
)

func userTargets(u *access.User) []any {
	return []any{
		&u.ID, &u.Email, &u.Name, &u.Role, &u.Department, &u.Disabled, &u.PasswordHash,
		instant{&u.CreatedAt},
		instant{&u.UpdatedAt},
	}
}

func credentialTargets(c *access.Credential) []any {
	return []any{
		&c.ID, &c.Kind, &c.Hash, &c.Hint, &c.Name,
		maybe[id.User]{&c.UserID},
		&c.Role, &c.Source,
		instant{&c.CreatedAt},
		instant{&c.ExpiresAt},
		instant{&c.LastUsedAt},
		instant{&c.RevokedAt},
	}
}

func scanUser(rows *sql.Rows, u *access.User) error { return rows.Scan(userTargets(u)...) }

func scanCredential(rows *sql.Rows, c *access.Credential) error {
	return rows.Scan(credentialTargets(c)...)
}

// CountUsers implements access.Store.
func (r reader) CountUsers(ctx context.Context) (int, error) {
	return scalar[int](ctx, r, "count the users", "SELECT COUNT(*) FROM app_user WHERE NOT disabled")
}

// User implements access.Store.
func (r reader) User(ctx context.Context, ref id.User) (access.User, error) {
	rows, err := collect(ctx, r, from(selectUser).add(" WHERE u.id = ?", string(ref)), "read the user", scanUser)
	return first(rows, err, "there is no user %q", string(ref))
}

// UserByEmail implements access.Store.
func (r reader) UserByEmail(ctx context.Context, email string) (access.User, error) {
	rows, err := collect(ctx, r, from(selectUser).add(" WHERE u.email = ?", email), "read the user", scanUser)
	return first(rows, err, "there is no user with this e-mail")
}

// Users implements access.Store.
func (r reader) Users(ctx context.Context) ([]access.User, error) {
	return collect(ctx, r, from(selectUser+" ORDER BY u.email"), "read the users", scanUser)
}

// PutUser implements access.Store.
func (s *Store) PutUser(ctx context.Context, u access.User) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.PutUser(ctx, u) })
}

// PutUser inserts or replaces a user.
func (tx *Tx) PutUser(ctx context.Context, u access.User) error {
	return tx.insert(ctx, userTable, [][]any{{
		string(u.ID), u.Email, u.Name, string(u.Role), u.Department, u.Disabled, u.PasswordHash,
		u.CreatedAt.UnixMicro(), u.UpdatedAt.UnixMicro(),
	}})
}

// CreateFirstUser implements access.Store.
func (s *Store) CreateFirstUser(ctx context.Context, u access.User) error {
	return s.Write(ctx, func(tx *Tx) error {
		n, err := tx.CountUsers(ctx)
		if err == nil && n > 0 {
			err = fault.New(fault.Conflict, "the first administrator exists already: sign in, or ask an administrator for an account")
		}
		if err != nil {
			return err
		}
		return tx.PutUser(ctx, u)
	})
}

// AddCredential implements access.Store.
func (s *Store) AddCredential(ctx context.Context, c access.Credential) error {
	return s.Write(ctx, func(tx *Tx) error {
		if c.UserID != "" {
			if _, err := tx.User(ctx, c.UserID); err != nil {
				return err
			}
		}
		return tx.insert(ctx, credentialTable, [][]any{{
			string(c.ID), string(c.Kind), c.Hash, c.Hint, c.Name, null(c.UserID), string(c.Role), c.Source,
			c.CreatedAt.UnixMicro(), micros(c.ExpiresAt), micros(c.LastUsedAt), micros(c.RevokedAt),
		}})
	})
}

// CredentialByHash implements access.Store.
func (r reader) CredentialByHash(ctx context.Context, hash string) (access.Credential, access.User, error) {
	type both struct {
		c access.Credential
		u access.User
	}
	// COALESCE: a credential without a user has only NULLs on the right.
	const text = "SELECT " + credentialColumns + ", COALESCE(u.id, ''), COALESCE(u.email, ''), COALESCE(u.name, ''), " +
		"COALESCE(u.role, ''), COALESCE(u.department, ''), COALESCE(u.disabled, FALSE), COALESCE(u.password_hash, ''), " +
		"u.created_at, u.updated_at FROM credential c LEFT JOIN app_user u ON u.id = c.user_id"
	rows, err := collect(ctx, r, from(text).add(" WHERE c.hash = ?", hash), "look up the credential", func(rows *sql.Rows, b *both) error {
		return rows.Scan(append(credentialTargets(&b.c), userTargets(&b.u)...)...)
	})
	found, err := first(rows, err, "there is no such credential")
	return found.c, found.u, err
}

// Credential implements access.Store.
func (r reader) Credential(ctx context.Context, ref id.Token) (access.Credential, error) {
	rows, err := collect(ctx, r, from(selectCredential).add(" WHERE c.id = ?", string(ref)), "read the token", scanCredential)
	return first(rows, err, "there is no token %q", string(ref))
}

// Credentials implements access.Store.
func (r reader) Credentials(ctx context.Context, kind access.Kind) ([]access.Credential, error) {
	q := from(selectCredential).add(" WHERE c.kind = ? ORDER BY c.created_at DESC, c.id DESC", string(kind))
	return collect(ctx, r, q, "read the tokens", scanCredential)
}

// RevokeCredential implements access.Store. The first revocation stays.
func (s *Store) RevokeCredential(ctx context.Context, ref id.Token, at time.Time) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "revoke the token", "UPDATE credential SET revoked_at = COALESCE(revoked_at, $1) WHERE id = $2",
			at.UnixMicro(), string(ref))
		return err
	})
}

// EndSessions implements access.Store.
func (s *Store) EndSessions(ctx context.Context, user id.User, keep id.Token) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "end the sessions", "DELETE FROM credential WHERE kind = $1 AND user_id = $2 AND id <> $3",
			string(access.Session), string(user), string(keep))
		return err
	})
}

// TouchCredentials implements access.Store.
func (s *Store) TouchCredentials(ctx context.Context, used map[id.Token]time.Time) error {
	return s.Write(ctx, func(tx *Tx) error {
		for ref, at := range used {
			_, err := tx.exec(ctx, "record the use of tokens", "UPDATE credential SET last_used_at = $1 WHERE id = $2", at.UnixMicro(), string(ref))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// SweepSessions implements access.Store.
func (s *Store) SweepSessions(ctx context.Context, now, idle time.Time) error {
	// Most sweeps find nothing: look first, so that they do not wait for the writer.
	const dead = " FROM credential WHERE kind = $1 AND (expires_at <= $2 OR COALESCE(last_used_at, created_at) <= $3 OR revoked_at IS NOT NULL)"
	args := []any{string(access.Session), now.UnixMicro(), idle.UnixMicro()}
	n, err := scalar[int](ctx, s.reader, "find dead sessions", "SELECT COUNT(*)"+dead, args...)
	if err != nil || n == 0 {
		return err
	}
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "delete dead sessions", "DELETE"+dead, args...)
		return err
	})
}
