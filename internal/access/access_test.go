package access_test

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/sqlstore"
)

// cheap makes the tests fast; TestDefaultCost is about the real one.
var cheap = access.Cost{MemoryKiB: 64, Time: 1, Threads: 1}

type hands struct {
	mu sync.Mutex
	at time.Time
}

func (h *hands) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hands) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

type env struct {
	*access.Service
	store *sqlstore.Store
	clk   *hands
	admin access.Principal
}

const (
	adminEmail    = "ada@example.com"
	adminPassword = "correct horse battery"
)

// setUp returns a service with one administrator, who is signed in.
func setUp(t *testing.T) *env {
	t.Helper()
	clk := &hands{at: time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)}
	store, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "kept.db"), clk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := access.New(access.Config{Store: store, Clock: clk, SetupCode: "code-1", Cost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	e := &env{Service: s, store: store, clk: clk}
	if need, err := s.SetupNeeded(t.Context()); err != nil || !need {
		t.Fatalf("SetupNeeded = %t, %v on an empty store", need, err)
	}
	n := access.NewUser{Email: " Ada@Example.com ", Name: "Ada", Password: adminPassword}
	if _, err := s.CreateFirstAdmin(t.Context(), "wrong", n, "1.1.1.1"); !fault.Is(err, fault.Unauthorized) {
		t.Fatalf("a wrong set-up code: %v", err)
	}
	u, err := s.CreateFirstAdmin(t.Context(), "code-1", n, "1.1.1.1")
	if err != nil || u.Email != adminEmail || u.Role != access.Admin {
		t.Fatalf("first admin: %+v, %v", u, err)
	}
	if _, err := s.CreateFirstAdmin(t.Context(), "code-1", n, "1.1.1.1"); !fault.Is(err, fault.Conflict) {
		t.Fatalf("a second first admin: %v", err)
	}
	if need, err := s.SetupNeeded(t.Context()); err != nil || need {
		t.Fatalf("SetupNeeded = %t, %v with a user", need, err)
	}
	e.admin = e.who(t, e.signIn(t, adminEmail, adminPassword))
	return e
}

func (e *env) signIn(t *testing.T, email, password string) string {
	t.Helper()
	in, err := e.SignIn(t.Context(), email, password, "1.1.1.1")
	if err != nil {
		t.Fatal(err)
	}
	return in.Secret
}

func (e *env) who(t *testing.T, secret string) access.Principal {
	t.Helper()
	p, err := e.Authenticate(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (e *env) unknown(t *testing.T, what, secret string) {
	t.Helper()
	if _, err := e.Authenticate(t.Context(), secret); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("%s: %v, want unauthorized", what, err)
	}
}

func TestCan(t *testing.T) {
	want := map[access.Role]string{
		access.Admin:    "read write_record write_model import ingest manage_tokens manage_users",
		access.Operator: "read write_record write_model import ingest manage_tokens",
		access.Leader:   "read write_record write_model",
		access.CSM:      "read write_record",
		access.Viewer:   "read",
		"":              "",
		"root":          "",
	}
	for role, list := range want {
		var got []string
		for _, p := range append(access.Permissions(), "anything") {
			if access.Can(role, p) {
				got = append(got, string(p))
			}
		}
		if strings.Join(got, " ") != list {
			t.Errorf("%q may %q, want %q", role, got, list)
		}
	}
}

func TestSessions(t *testing.T) {
	e := setUp(t)
	e.unknown(t, "no secret", "")
	e.unknown(t, "an unknown secret", "kept_s_nothing")
	e.unknown(t, "a huge secret", strings.Repeat("x", 1<<20))
	secret := e.signIn(t, "ADA@example.com", adminPassword)
	p := e.who(t, secret)
	if p.Kind != access.Session || p.Name != "Ada" || p.Role != access.Admin || p.Email != adminEmail || !p.Can(access.ManageUsers) {
		t.Errorf("principal: %+v", p)
	}
	if err := e.SignOut(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	e.unknown(t, "a session that was signed out", secret)
	if err := e.SignOut(t.Context(), secret); err != nil {
		t.Errorf("signing out twice: %v", err)
	}

	// Used every six days a session lives for thirty; unused, for seven.
	used, idle := e.signIn(t, adminEmail, adminPassword), e.signIn(t, adminEmail, adminPassword)
	for range 4 {
		e.clk.move(6 * 24 * time.Hour)
		e.who(t, used)
		if err := e.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	e.unknown(t, "an idle session", idle)
	e.clk.move(5*24*time.Hour + 23*time.Hour)
	e.who(t, used)
	e.clk.move(time.Hour)
	e.unknown(t, "a session of thirty days", used)
	if err := e.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := e.store.Credentials(t.Context(), access.Session)
	if err != nil || len(left) != 0 {
		t.Errorf("dead sessions are still stored: %v, %v", left, err)
	}
}

func TestSignInRefusals(t *testing.T) {
	e := setUp(t)
	try := func(email, password, address string) error {
		_, err := e.SignIn(t.Context(), email, password, address)
		return err
	}
	wrong, unknown := try(adminEmail, "wrong password", "2.2.2.2"), try("bob@example.com", "wrong password", "2.2.2.2")
	if !fault.Is(wrong, fault.Unauthorized) || unknown == nil || wrong.Error() != unknown.Error() {
		t.Errorf("a wrong password (%v) and an unknown e-mail (%v) can be told apart", wrong, unknown)
	}
	for _, odd := range []string{"", "a\x00b@example.com", "\xff", strings.Repeat("x", 1<<16)} {
		if err := try(odd, strings.Repeat("y", 1<<16), "3.3.3.3"); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("e-mail %.10q: %v", odd, err)
		}
		if err := try(odd, "short", "3.3.3.3"); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("e-mail %.10q: %v", odd, err)
		}
	}
	// The sixth failure for one e-mail makes the next wait, longer each time.
	var throttled *access.ThrottleError
	failures := 0
	for range 20 {
		if err := try(adminEmail, "wrong password", "4.4.4.4"); errors.As(err, &throttled) {
			break
		}
		failures++
	}
	if throttled == nil || failures > 8 {
		t.Fatalf("%d failures are not throttled", failures)
	}
	if err := try(adminEmail, adminPassword, "5.5.5.5"); !errors.As(err, &throttled) {
		t.Errorf("the right password gets through while the e-mail is throttled: %v", err)
	}
	e.clk.move(throttled.After + time.Second)
	if err := try(adminEmail, adminPassword, "5.5.5.5"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	// One address that tries many e-mails is throttled too.
	throttled = nil
	for i := range 60 {
		if errors.As(try(strings.Repeat("a", i+1)+"@example.com", "wrong password", "6.6.6.6"), &throttled) {
			break
		}
	}
	if throttled == nil {
		t.Error("an address may try any number of e-mails")
	}
	if err := try(adminEmail, adminPassword, "7.7.7.7"); err != nil {
		t.Errorf("another address: %v", err)
	}
}

func TestUsers(t *testing.T) {
	e := setUp(t)
	ctx := t.Context()
	bob, err := e.CreateUser(ctx, e.admin, access.NewUser{Email: "bob@example.com", Role: access.CSM, Password: "a long password"})
	if err != nil || bob.Name != "bob" {
		t.Fatalf("%+v, %v", bob, err)
	}
	secret := e.signIn(t, "bob@example.com", "a long password")
	asBob := e.who(t, secret)
	for field, n := range map[string]access.NewUser{
		"email":      {Email: "nobody", Role: access.CSM},
		"role":       {Email: "c@example.com", Role: "root"},
		"password":   {Email: "c@example.com", Role: access.CSM, Password: "short"},
		"name":       {Email: "c@example.com", Role: access.CSM, Name: strings.Repeat("x", 300)},
		"department": {Email: "c@example.com", Role: access.CSM, Department: strings.Repeat("x", 300)},
	} {
		_, err := e.CreateUser(ctx, e.admin, n)
		var fe *fault.Error
		if !errors.As(err, &fe) || fe.Kind != fault.Invalid || fe.Field != field {
			t.Errorf("%+v: %v, want invalid %s", n, err, field)
		}
	}
	if _, err := e.CreateUser(ctx, e.admin, access.NewUser{Email: "BOB@example.com", Role: access.CSM}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a taken e-mail: %v", err)
	}
	if _, err := e.CreateUser(ctx, asBob, access.NewUser{Email: "d@example.com", Role: access.CSM}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a CSM creates users: %v", err)
	}
	off, role, taken := true, access.Viewer, adminEmail
	if _, err := e.UpdateUser(ctx, e.admin, e.admin.UserID, access.UserChange{Disabled: &off}); !fault.Is(err, fault.Conflict) {
		t.Errorf("the last administrator can be disabled: %v", err)
	}
	if _, err := e.UpdateUser(ctx, e.admin, e.admin.UserID, access.UserChange{Role: &role}); !fault.Is(err, fault.Conflict) {
		t.Errorf("the last administrator can be demoted: %v", err)
	}
	if _, err := e.UpdateUser(ctx, e.admin, bob.ID, access.UserChange{Email: &taken}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a taken e-mail: %v", err)
	}
	if _, err := e.UpdateUser(ctx, e.admin, "usr_none", access.UserChange{Role: &role}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a missing user: %v", err)
	}
	if _, err := e.UpdateUser(ctx, e.admin, bob.ID, access.UserChange{Role: &role}); err != nil {
		t.Fatal(err)
	}
	if p := e.who(t, secret); p.Role != access.Viewer {
		t.Errorf("a new role does not act at once: %s", p.Role)
	}
	if _, err := e.UpdateUser(ctx, e.admin, bob.ID, access.UserChange{Disabled: &off}); err != nil {
		t.Fatal(err)
	}
	e.unknown(t, "a disabled user's session", secret)
	if _, err := e.SignIn(ctx, "bob@example.com", "a long password", "9.9.9.9"); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a disabled user signs in: %v", err)
	}
	all, err := e.Users(ctx, e.admin)
	if err != nil || len(all) != 2 {
		t.Errorf("users: %v, %v", all, err)
	}
}

func TestPasswords(t *testing.T) {
	e := setUp(t)
	ctx := t.Context()
	bob, err := e.CreateUser(ctx, e.admin, access.NewUser{Email: "bob@example.com", Role: access.CSM, Password: "a long password"})
	if err != nil {
		t.Fatal(err)
	}
	own, other := e.signIn(t, bob.Email, "a long password"), e.signIn(t, bob.Email, "a long password")
	p := e.who(t, own)
	if err := e.ChangePassword(ctx, p, bob.ID, "wrong", "another password"); !fault.Is(err, fault.Invalid) {
		t.Errorf("without the current password: %v", err)
	}
	if err := e.ChangePassword(ctx, p, bob.ID, "a long password", "short"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short password: %v", err)
	}
	if err := e.ChangePassword(ctx, p, e.admin.UserID, "", "another password"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("somebody else's password: %v", err)
	}
	if err := e.ChangePassword(ctx, p, bob.ID, "a long password", "another password"); err != nil {
		t.Fatal(err)
	}
	e.who(t, own)
	e.unknown(t, "the other session after a change of password", other)
	e.signIn(t, bob.Email, "another password")
	if err := e.ChangePassword(ctx, e.admin, bob.ID, "", "a third password"); err != nil {
		t.Fatal(err)
	}
	e.unknown(t, "a session after an administrator's change", own)

	// A hash of another cost is made anew at the next sign-in.
	dearer, err := access.New(access.Config{Store: e.store, Clock: e.clk, Cost: access.Cost{MemoryKiB: 128, Time: 2, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := dearer.SignIn(ctx, bob.Email, "a third password", "1.1.1.1"); err != nil {
			t.Fatal(err)
		}
		u, err := e.store.User(ctx, bob.ID)
		if err != nil || !strings.HasPrefix(u.PasswordHash, "$argon2id$v=19$m=128,t=2,p=1$") {
			t.Errorf("hash %q, %v", u.PasswordHash, err)
		}
	}
}

func TestDefaultCost(t *testing.T) {
	if access.DefaultCost.MemoryKiB < 19*1024 || access.DefaultCost.Time < 2 {
		t.Errorf("the default cost %+v is below OWASP's 19 MiB and 2 passes", access.DefaultCost)
	}
}

func TestTokens(t *testing.T) {
	e := setUp(t)
	ctx := t.Context()
	bob, err := e.CreateUser(ctx, e.admin, access.NewUser{Email: "bob@example.com", Role: access.Leader, Password: "a long password"})
	if err != nil {
		t.Fatal(err)
	}
	asBob := e.who(t, e.signIn(t, bob.Email, "a long password"))
	secret, cred, err := e.CreateToken(ctx, asBob, access.NewToken{Name: "script", Role: access.CSM, ExpiresAt: e.clk.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, "kept_t_") || len(secret) < 50 || strings.Contains(cred.Hint, secret[8:20]) || cred.Hint == "" {
		t.Errorf("secret %q, hint %q", secret, cred.Hint)
	}
	if p := e.who(t, secret); p.Role != access.CSM || p.UserID != bob.ID || p.Name != "script" || p.Can(access.WriteModel) {
		t.Errorf("principal: %+v", p)
	}
	for _, c := range []struct {
		by   access.Principal
		n    access.NewToken
		kind fault.Kind
	}{
		{asBob, access.NewToken{Name: "x", Role: access.Admin}, fault.Forbidden},
		{asBob, access.NewToken{Name: "x", Role: access.CSM, Alone: true}, fault.Forbidden},
		{asBob, access.NewToken{Name: "", Role: access.CSM}, fault.Invalid},
		{asBob, access.NewToken{Name: "x", Role: "root"}, fault.Invalid},
		{asBob, access.NewToken{Name: "x", Role: access.CSM, ExpiresAt: e.clk.Now()}, fault.Invalid},
		{access.Principal{}, access.NewToken{Name: "x", Role: access.Viewer}, fault.Forbidden},
	} {
		if _, _, err := e.CreateToken(ctx, c.by, c.n); !fault.Is(err, c.kind) {
			t.Errorf("%+v: %v, want %s", c.n, err, c.kind)
		}
	}
	viewer := access.Viewer
	if _, err := e.UpdateUser(ctx, e.admin, bob.ID, access.UserChange{Role: &viewer}); err != nil {
		t.Fatal(err)
	}
	if p := e.who(t, secret); p.Role != access.Viewer {
		t.Errorf("a token keeps the role %s that its user lost", p.Role)
	}
	alone, _, err := e.CreateToken(ctx, e.admin, access.NewToken{Name: "nightly", Role: access.Operator, Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	key, keyCred, err := e.CreateWriteKey(ctx, e.admin, "site", "website")
	if err != nil {
		t.Fatal(err)
	}
	p := e.who(t, key)
	if p.Kind != access.WriteKey || p.Source != "website" || !p.Can(access.Ingest) || p.Can(access.Read) {
		t.Errorf("write key: %+v", p)
	}
	if _, err := e.Authorize(ctx, key, access.Read); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a write key reads: %v", err)
	}
	own, err := e.Tokens(ctx, asBob)
	if err != nil || len(own) != 1 {
		t.Errorf("own tokens: %v, %v", own, err)
	}
	every, err := e.Tokens(ctx, e.admin)
	if err != nil || len(every) != 2 || every[0].LastUsedAt.IsZero() == false {
		t.Errorf("all tokens: %v, %v", every, err)
	}
	if keys, err := e.WriteKeys(ctx, e.admin); err != nil || len(keys) != 1 || keys[0].ID != keyCred.ID {
		t.Errorf("write keys: %v, %v", keys, err)
	}
	if err := e.RevokeToken(ctx, asBob, keyCred.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a viewer revokes a write key: %v", err)
	}
	if err := e.RevokeToken(ctx, asBob, asBob.Credential); !fault.Is(err, fault.NotFound) {
		t.Errorf("a session is revoked as a token: %v", err)
	}
	for _, c := range []struct {
		by     access.Principal
		cred   access.Credential
		secret string
	}{{asBob, cred, secret}, {e.admin, keyCred, key}} {
		for range 2 {
			if err := e.RevokeToken(ctx, c.by, c.cred.ID); err != nil {
				t.Fatal(err)
			}
		}
		e.unknown(t, "a revoked token", c.secret)
	}
	e.clk.move(time.Hour)
	e.who(t, alone)
	short, _, err := e.CreateToken(ctx, e.admin, access.NewToken{Name: "short", Role: access.Viewer, ExpiresAt: e.clk.Now().Add(time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	e.who(t, short)
	e.clk.move(time.Second)
	e.unknown(t, "an expired token", short)
}

func TestBootstrap(t *testing.T) {
	e := setUp(t)
	ctx := t.Context()
	for range 2 {
		if err := e.Bootstrap(ctx, "first-secret", "key-secret"); err != nil {
			t.Fatal(err)
		}
	}
	if p := e.who(t, "first-secret"); p.Role != access.Admin || p.Kind != access.Token {
		t.Errorf("bootstrap token: %+v", p)
	}
	if p := e.who(t, "key-secret"); p.Kind != access.WriteKey {
		t.Errorf("bootstrap key: %+v", p)
	}
	mine, _, err := e.CreateToken(ctx, e.admin, access.NewToken{Name: "bootstrap", Role: access.Viewer, Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Bootstrap(ctx, "second-secret", ""); err != nil {
		t.Fatal(err)
	}
	e.unknown(t, "the bootstrap token that was replaced", "first-secret")
	e.who(t, "second-secret")
	e.who(t, "key-secret")
	e.who(t, mine)
	if err := e.Bootstrap(ctx, "short", ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short secret: %v", err)
	}
	if err := e.Bootstrap(ctx, "same-secret", "same-secret"); !fault.Is(err, fault.Invalid) {
		t.Errorf("one secret for both: %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	e := setUp(t)
	secret := e.signIn(t, adminEmail, adminPassword)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if _, err := e.Authenticate(t.Context(), secret); err != nil {
					t.Error(err)
				}
				if err := e.Flush(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestNewNeedsRandomness(t *testing.T) {
	if _, err := access.New(access.Config{Random: strings.NewReader("")}); err == nil {
		t.Error("a dry source of randomness is not an error")
	}
	if _, err := access.New(access.Config{Random: rand.Reader, Cost: cheap}); err != nil {
		t.Error(err)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	clk := &hands{at: time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)}
	store, err := sqlstore.Open(b.Context(), filepath.Join(b.TempDir(), "kept.db"), clk)
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	s, err := access.New(access.Config{Store: store, Clock: clk, Cost: cheap})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Bootstrap(b.Context(), "bench-secret", ""); err != nil {
		b.Fatal(err)
	}
	for name, step := range map[string]time.Duration{"cached": 0, "stored": 20 * time.Second} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				clk.move(step)
				if _, err := s.Authenticate(b.Context(), "bench-secret"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
