// Package access decides who may do what: users and their roles, passwords,
// sessions, API tokens and the write keys of ingest sources.
package access

import (
	"context"
	"time"

	"kept/internal/id"
)

// Role is what a user or a token may do, from most to least.
type Role string

// The roles.
const (
	Admin    Role = "admin"    // everything, users included
	Operator Role = "operator" // runs the data and the model: CS operations
	Leader   Role = "leader"   // leads a team: changes the model, not the users
	CSM      Role = "csm"      // works with accounts
	Viewer   Role = "viewer"   // looks
)

// Roles lists the roles, from most to least.
func Roles() []Role { return []Role{Admin, Operator, Leader, CSM, Viewer} }

// Permission is one kind of thing to do.
type Permission string

// The permissions.
const (
	Read         Permission = "read"          // every record, number and page
	WriteRecord  Permission = "write_record"  // notes, facts, overrides, owners
	WriteModel   Permission = "write_model"   // metrics, scorecards, segments
	Import       Permission = "import"        // files and sources
	Ingest       Permission = "ingest"        // send events
	ManageTokens Permission = "manage_tokens" // everybody's tokens, and write keys
	ManageUsers  Permission = "manage_users"  // users, roles, the audit log
)

// Permissions lists every permission.
func Permissions() []Permission {
	return []Permission{Read, WriteRecord, WriteModel, Import, Ingest, ManageTokens, ManageUsers}
}

// Can is the whole table of who may do what: each role may do what the next
// lower one may, and more.
func Can(role Role, p Permission) bool {
	switch p {
	case Read:
		return role.atLeast(Viewer)
	case WriteRecord:
		return role.atLeast(CSM)
	case WriteModel:
		return role.atLeast(Leader)
	case Import, Ingest, ManageTokens:
		return role.atLeast(Operator)
	case ManageUsers:
		return role.atLeast(Admin)
	}
	return false
}

var rank = map[Role]int{Admin: 5, Operator: 4, Leader: 3, CSM: 2, Viewer: 1}

func (r Role) atLeast(other Role) bool { return rank[r] >= rank[other] }

// User is one of our own staff who signs in here.
type User struct {
	ID           id.User   `json:"id"`
	Email        string    `json:"email"` // unique, in lower case
	Name         string    `json:"name"`
	Role         Role      `json:"role"`
	Department   string    `json:"department,omitempty"`
	Disabled     bool      `json:"disabled"`
	PasswordHash string    `json:"-"` // a PHC string; empty for a user who cannot sign in by password
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// Kind is the kind of a credential.
type Kind string

// The kinds of credentials.
const (
	Session  Kind = "session"   // a signed-in browser
	Token    Kind = "token"     // a program that acts for a user, or for itself
	WriteKey Kind = "write_key" // a source that sends events, and can do nothing else
)

// Credential stands for a user or a program. Its secret is shown once, when it
// is made; only its hash is kept.
type Credential struct {
	ID         id.Token  `json:"id"`
	Kind       Kind      `json:"kind"`
	Hash       string    `json:"-"`    // SHA-256 of the secret, in hexadecimal
	Hint       string    `json:"hint"` // the secret's start and last four characters
	Name       string    `json:"name"`
	UserID     id.User   `json:"user_id,omitempty"` // empty when it belongs to nobody
	Role       Role      `json:"role,omitempty"`    // of a Token
	Source     string    `json:"source,omitempty"`  // of a WriteKey
	CreatedAt  time.Time `json:"created_at"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"` // zero never expires
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
}

// Principal is who a request comes from.
type Principal struct {
	Kind       Kind     `json:"kind"`
	Credential id.Token `json:"credential"`
	UserID     id.User  `json:"user_id,omitempty"`
	Name       string   `json:"name"`
	Email      string   `json:"email,omitempty"`
	// Role is the lower of the token's and its user's; empty for a write key.
	Role   Role   `json:"role,omitempty"`
	Source string `json:"source,omitempty"` // of a write key
}

// Can reports whether the principal may.
func (p Principal) Can(permission Permission) bool {
	if p.Kind == WriteKey {
		return permission == Ingest
	}
	return Can(p.Role, permission)
}

// Store keeps users and credentials. NotFound, Conflict (a taken e-mail) and
// Invalid are faults of those kinds. Every method is one transaction.
type Store interface {
	// CountUsers counts those who are not disabled.
	CountUsers(ctx context.Context) (int, error)
	User(ctx context.Context, ref id.User) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error)
	// Users are ordered by e-mail.
	Users(ctx context.Context) ([]User, error)
	// PutUser inserts or replaces by id.
	PutUser(ctx context.Context, u User) error
	// CreateFirstUser is a Conflict when there is any user already who is not
	// disabled.
	CreateFirstUser(ctx context.Context, u User) error
	AddCredential(ctx context.Context, c Credential) error
	// CredentialByHash reads a credential and its user (zero when it has none)
	// at once; it is on the path of every request.
	CredentialByHash(ctx context.Context, hash string) (Credential, User, error)
	Credential(ctx context.Context, ref id.Token) (Credential, error)
	// Credentials are ordered newest first.
	Credentials(ctx context.Context, kind Kind) ([]Credential, error)
	RevokeCredential(ctx context.Context, ref id.Token, at time.Time) error
	// EndSessions deletes the user's sessions except the one to keep.
	EndSessions(ctx context.Context, user id.User, keep id.Token) error
	// TouchCredentials records when credentials were last used.
	TouchCredentials(ctx context.Context, used map[id.Token]time.Time) error
	// SweepSessions deletes sessions that expired before now or were last used
	// (or, if never, made) before idle.
	SweepSessions(ctx context.Context, now, idle time.Time) error
}
