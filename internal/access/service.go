package access

import (
	"context"
	"crypto/rand"
	"io"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/id"
)

// How long a session lives: absolutely, and without being used.
const (
	SessionLife = 30 * 24 * time.Hour
	SessionIdle = 7 * 24 * time.Hour
)

const (
	// cacheLife is how long another process may go on believing in a credential
	// that was revoked elsewhere. Within one process a revocation acts at once.
	cacheLife = 10 * time.Second
	maxCached = 10_000
	// useGrain is how exactly the last use is kept.
	useGrain = time.Minute
	// maxHashing bounds the memory that sign-ins at once take.
	maxHashing = 4
	// maxSecret is longer than any secret; a header may be much longer.
	maxSecret = 512
)

// Config is what a Service needs.
type Config struct {
	Store Store
	Clock clock.Clock
	// SetupCode is what the first administrator has to enter: it proves that
	// they can read the server's output. Empty refuses the set-up.
	SetupCode string
	Random    io.Reader // nil means crypto/rand
	Cost      Cost      // zero means DefaultCost
}

// Service is safe for concurrent use.
type Service struct {
	Config
	throttle *throttle
	hashing  chan struct{}
	dummy    string // the hash that an unknown e-mail is checked against

	users sync.Mutex // serial changes of users: the last admin must stay

	mu         sync.Mutex
	generation int64
	cache      map[string]cached
	used       map[id.Token]time.Time // last uses that are not stored yet
}

type cached struct {
	cred  Credential
	user  User
	until time.Time
}

// New returns a service.
func New(cfg Config) (*Service, error) {
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	if cfg.Cost == (Cost{}) {
		cfg.Cost = DefaultCost
	}
	dummy, err := hashPassword(cfg.Random, cfg.Cost, "nobody's password")
	if err != nil {
		return nil, err
	}
	return &Service{
		Config: cfg, dummy: dummy,
		throttle: newThrottle(),
		hashing:  make(chan struct{}, maxHashing),
		cache:    map[string]cached{},
		used:     map[id.Token]time.Time{},
	}, nil
}

var errUnknown = &fault.Error{Kind: fault.Unauthorized, Msg: "the token or session is not valid: sign in again, or use another token"}

// Authenticate returns who a bearer token, session cookie or write key stands
// for. Unknown, expired, revoked and disabled are one and the same Unauthorized.
func (s *Service) Authenticate(ctx context.Context, secret string) (Principal, error) {
	if secret == "" {
		return Principal{}, fault.New(fault.Unauthorized, "nobody is signed in: sign in, or send the header Authorization: Bearer TOKEN")
	}
	if len(secret) > maxSecret {
		return Principal{}, errUnknown
	}
	now := s.Clock.Now()
	entry, err := s.lookUp(ctx, hashSecret(secret), now)
	if err != nil {
		return Principal{}, err
	}
	c, u := entry.cred, entry.user
	if !c.RevokedAt.IsZero() || !c.ExpiresAt.IsZero() && !now.Before(c.ExpiresAt) || c.UserID != "" && (u.ID == "" || u.Disabled) {
		return Principal{}, errUnknown
	}
	if c.Kind == Session && now.Sub(s.lastUse(c)) >= SessionIdle {
		return Principal{}, errUnknown
	}
	s.markUsed(c, now)
	p := Principal{Kind: c.Kind, Credential: c.ID, UserID: c.UserID, Name: c.Name, Role: c.Role, Source: c.Source}
	if c.UserID != "" {
		p.Email = u.Email
		if c.Kind == Session || !u.Role.atLeast(c.Role) {
			p.Role = u.Role
		}
		if c.Kind == Session {
			p.Name = u.Name
		}
	}
	return p, nil
}

// Authorize is Authenticate and a check of one permission.
func (s *Service) Authorize(ctx context.Context, secret string, p Permission) (Principal, error) {
	who, err := s.Authenticate(ctx, secret)
	if err != nil {
		return Principal{}, err
	}
	return who, who.require(p)
}

func (p Principal) require(permission Permission) error {
	if p.Can(permission) {
		return nil
	}
	return fault.New(fault.Forbidden, "this needs the permission %s, which your role does not have: ask an administrator", permission)
}

func (s *Service) lookUp(ctx context.Context, hash string, now time.Time) (cached, error) {
	s.mu.Lock()
	entry, ok := s.cache[hash]
	generation := s.generation
	s.mu.Unlock()
	if ok && now.Before(entry.until) {
		return entry, nil
	}
	cred, user, err := s.Store.CredentialByHash(ctx, hash)
	if fault.Is(err, fault.NotFound) {
		return cached{}, errUnknown
	}
	if err != nil {
		return cached{}, err
	}
	entry = cached{cred, user, now.Add(cacheLife)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation == generation { // or else it may be from before a revocation
		if len(s.cache) >= maxCached {
			clear(s.cache)
		}
		s.cache[hash] = entry
	}
	return entry, nil
}

// invalidate makes every later Authenticate read the store.
func (s *Service) invalidate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	clear(s.cache)
}

func (s *Service) lastUse(c Credential) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := c.CreatedAt
	for _, t := range []time.Time{c.LastUsedAt, s.used[c.ID]} {
		if t.After(last) {
			last = t
		}
	}
	return last
}

func (s *Service) markUsed(c Credential, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.used[c.ID]
	if c.LastUsedAt.After(last) {
		last = c.LastUsedAt
	}
	if now.Sub(last) >= useGrain {
		s.used[c.ID] = now
	}
}

// Flush stores when credentials were last used and deletes dead sessions. Call
// it every minute and when the server stops: requests themselves never wait for
// a write.
func (s *Service) Flush(ctx context.Context) error {
	s.mu.Lock()
	used := s.used
	s.used = make(map[id.Token]time.Time, len(used))
	s.mu.Unlock()
	now := s.Clock.Now()
	var err error
	if len(used) > 0 {
		err = s.Store.TouchCredentials(ctx, used)
	}
	if err == nil {
		s.invalidate() // the cached last uses are old now
		return s.Store.SweepSessions(ctx, now, now.Add(-SessionIdle))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for ref, at := range used {
		if s.used[ref].Before(at) {
			s.used[ref] = at
		}
	}
	return err
}

// hash and check take turns, so that many sign-ins at once do not take all the
// memory.

func (s *Service) hash(ctx context.Context, password string) (string, error) {
	release, err := s.turn(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return hashPassword(s.Random, s.Cost, password)
}

func (s *Service) check(ctx context.Context, phc, password string) (ok, stale bool, err error) {
	release, err := s.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer release()
	return checkHash(phc, password, s.Cost)
}

func (s *Service) turn(ctx context.Context) (release func(), err error) {
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing }, nil
	case <-ctx.Done():
		return nil, &fault.Error{Kind: fault.Unavailable, Msg: "the request was cancelled", Err: ctx.Err()}
	}
}
