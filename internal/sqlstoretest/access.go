package sqlstoretest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/id"
)

func testUsers(t *testing.T, e *env) {
	ctx := t.Context()
	user := func(ref, email string) access.User {
		return access.User{ID: id.User(ref), Email: email, Name: ref, Role: access.CSM, PasswordHash: "$x", CreatedAt: start, UpdatedAt: start}
	}
	early := user("usr_0", "0@example.com")
	early.Disabled = true
	if err := e.PutUser(ctx, early); err != nil {
		t.Fatal(err)
	}
	first := user("usr_1", "b@example.com")
	if err := e.CreateFirstUser(ctx, first); err != nil {
		t.Fatal(err)
	}
	if err := e.CreateFirstUser(ctx, user("usr_2", "a@example.com")); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second first user: %v", err)
	}
	second := user("usr_2", "a@example.com")
	if err := e.PutUser(ctx, second); err != nil {
		t.Fatal(err)
	}
	if err := e.PutUser(ctx, user("usr_3", "a@example.com")); !fault.Is(err, fault.Conflict) {
		t.Errorf("a taken e-mail: %v", err)
	}
	second.Disabled, second.Role, second.Department = true, access.Leader, "EMEA"
	if err := e.PutUser(ctx, second); err != nil {
		t.Fatal(err)
	}
	same(t, "users", must(e.Users(ctx))(t), []access.User{early, second, first})
	same(t, "user", must(e.User(ctx, "usr_1"))(t), first)
	same(t, "user by e-mail", must(e.UserByEmail(ctx, "a@example.com"))(t), second)
	if n := must(e.CountUsers(ctx))(t); n != 1 {
		t.Errorf("CountUsers = %d", n)
	}
	for _, err := range []error{
		errOf(e.User(ctx, "usr_none")), errOf(e.UserByEmail(ctx, "nobody@example.com")), errOf(e.Credential(ctx, "tok_none")),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("a missing row: %v", err)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

func testCredentials(t *testing.T, e *env) {
	ctx := t.Context()
	u := access.User{ID: "usr_1", Email: "a@example.com", Name: "A", Role: access.CSM, CreatedAt: start, UpdatedAt: start}
	if err := e.PutUser(ctx, u); err != nil {
		t.Fatal(err)
	}
	cred := func(ref string, kind access.Kind, owner id.User, made time.Time) access.Credential {
		return access.Credential{
			ID: id.Token(ref), Kind: kind, Hash: "hash " + ref, Hint: "kept_t…" + ref, Name: ref,
			UserID: owner, Role: access.CSM, CreatedAt: made,
		}
	}
	token, alone := cred("tok_1", access.Token, u.ID, start), cred("tok_2", access.Token, "", start.Add(time.Hour))
	alone.ExpiresAt = start.AddDate(1, 0, 0)
	fresh, old := cred("tok_3", access.Session, u.ID, start), cred("tok_4", access.Session, u.ID, start.AddDate(0, 0, -8))
	for _, c := range []access.Credential{token, alone, fresh, old} {
		if err := e.AddCredential(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	twin := cred("tok_9", access.Token, "", start)
	twin.Hash = token.Hash
	if err := e.AddCredential(ctx, twin); !fault.Is(err, fault.Conflict) {
		t.Errorf("one hash twice: %v", err)
	}
	if err := e.AddCredential(ctx, cred("tok_9", access.Token, "usr_none", start)); !fault.Is(err, fault.NotFound) {
		t.Errorf("a token of nobody: %v", err)
	}
	same(t, "tokens", must(e.Credentials(ctx, access.Token))(t), []access.Credential{alone, token})
	for _, want := range []struct {
		c access.Credential
		u access.User
	}{{token, u}, {alone, access.User{}}} {
		c, owner, err := e.CredentialByHash(ctx, want.c.Hash)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "credential", c, want.c)
		same(t, "its user", owner, want.u)
	}
	if _, _, err := e.CredentialByHash(ctx, "no such hash"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown hash: %v", err)
	}
	at := start.Add(time.Minute)
	if err := e.TouchCredentials(ctx, map[id.Token]time.Time{token.ID: at, "tok_none": at}); err != nil {
		t.Fatal(err)
	}
	if err := e.RevokeCredential(ctx, token.ID, at); err != nil {
		t.Fatal(err)
	}
	if err := e.RevokeCredential(ctx, token.ID, at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	token.LastUsedAt, token.RevokedAt = at, at
	same(t, "revoked token", must(e.Credential(ctx, token.ID))(t), token)

	if err := e.SweepSessions(ctx, start, start.AddDate(0, 0, -7)); err != nil {
		t.Fatal(err)
	}
	same(t, "sessions after the sweep", must(e.Credentials(ctx, access.Session))(t), []access.Credential{fresh})
	other := cred("tok_5", access.Session, u.ID, start)
	if err := e.AddCredential(ctx, other); err != nil {
		t.Fatal(err)
	}
	if err := e.EndSessions(ctx, u.ID, fresh.ID); err != nil {
		t.Fatal(err)
	}
	same(t, "sessions", must(e.Credentials(ctx, access.Session))(t), []access.Credential{fresh})
	if err := e.EndSessions(ctx, u.ID, ""); err != nil {
		t.Fatal(err)
	}
	same(t, "no sessions", must(e.Credentials(ctx, access.Session))(t), []access.Credential{}, cmpopts.EquateEmpty())
	if got := must(e.Credentials(ctx, access.Token))(t); len(got) != 2 {
		t.Errorf("ending the sessions ended tokens: %d left, want 2", len(got))
	}
}
