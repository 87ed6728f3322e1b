package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

// User is one of our own staff, as far as an import needs them.
type User struct {
	ID       id.User
	Email    string // in lower case
	Name     string
	Disabled bool
}

// Users are who can own accounts.
type Users interface {
	// Users returns all of them.
	Users(ctx context.Context) ([]User, error)
	// AddPlaceholder stores a user who owns accounts before they are let in: one
	// that cannot sign in. An equal one that is there already is left as it is.
	AddPlaceholder(ctx context.Context, u User) error
}

// staff resolves what a source writes for one of our users. A CRM's export comes
// before its owners have signed in here, so an unknown one becomes a placeholder
// instead of a rejected account: ownership is kept, and access stays closed until
// an administrator opens it.
type staff struct {
	known map[string][]User // by id, e-mail and name, in lower case
	made  []User            // placeholders that are not stored yet
}

// loadStaff reads the users when the mapping names any.
func (r *runner) loadStaff(ctx context.Context) error {
	place := r.m.namesUsers()
	if place == "" {
		return nil
	}
	if r.deps.Users == nil {
		return fault.At(place, "owners cannot be set here: leave the field out")
	}
	all, err := r.deps.Users.Users(ctx)
	if err != nil {
		return err
	}
	r.staff = &staff{known: map[string][]User{}}
	for _, u := range all {
		r.staff.add(u)
	}
	return nil
}

// namesUsers returns the place of the first field that names one of our users.
func (m *Mapping) namesUsers() string {
	for i := range m.Files {
		for j := range m.Files[i].Rows {
			t := &m.Files[i].Rows[j]
			for _, name := range []string{"owner", "user"} {
				if e, ok := t.Fields[name]; ok {
					return e.place
				}
			}
			// The key of an attribute may be a column: it may turn out to be the owner.
			if e := t.Fields["key"]; t.Kind == KindAttribute && !e.IsCol && e.Const == customer.FactOwner {
				return e.place
			}
		}
	}
	return ""
}

func (s *staff) add(u User) {
	keys := []string{string(u.ID), fold(u.Email)}
	if name := fold(u.Name); name != keys[1] {
		keys = append(keys, name)
	}
	for _, key := range keys {
		s.known[key] = append(s.known[key], u)
	}
}

// fold makes names comparable: case and runs of spaces mean nothing.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// find returns the user that a text means; of several the only one who is not
// disabled. The count is how many it may mean.
func (s *staff) find(text string) (User, int) {
	found := s.known[fold(text)]
	if len(found) == 0 {
		found = s.known[text] // an id is written as it is
	}
	var active []User
	for _, u := range found {
		if !u.Disabled {
			active = append(active, u)
		}
	}
	if len(active) > 0 {
		found = active
	}
	if len(found) != 1 {
		return User{}, len(found)
	}
	return found[0], 1
}

// owner returns the user whom a row names as owner. Two of one name leave the
// account without one; an unknown one becomes a placeholder.
func (r *runner) owner(f *source, d *decoder, text, name string) id.User {
	place := placeIn(f.name, d.row.Line)
	if r.staff == nil {
		d.fail(d.column("key"), customer.FactOwner, "owners in a column of keys are not taken: write a target attribute with key: {const: owner}")
		return ""
	}
	u, n := r.staff.find(text)
	if n == 0 && name != "" && strings.Contains(text, "@") {
		// The same person, entered here with another e-mail or as a placeholder.
		if u, n = r.staff.find(name); n > 1 {
			n = 0
		}
	}
	switch n {
	case 1:
		return u.ID
	case 0:
	default:
		r.quality.add(ruleOwnerAmbiguous, place, "%q names %d users", text, n)
		return ""
	}
	if len(text) > 200 || len(name) > 200 {
		d.fail(d.column("owner"), text, "this is too long for an e-mail or a name")
		return ""
	}
	u = placeholder(text, name)
	r.quality.add(ruleOwnerUnknown, "", "%s: %q", place, text)
	r.staff.add(u)
	r.staff.made = append(r.staff.made, u)
	return u.ID
}

// placeholder makes the user for a text that nobody here answers to. Its id
// derives from the text, so that every run makes the same one; a name gets an
// address under .invalid, which nobody can receive mail at (RFC 2606).
func placeholder(text, name string) User {
	email := fold(text)
	u := User{ID: id.Derive[id.User]("owner", email), Email: email, Name: strings.Join(strings.Fields(name), " "), Disabled: true}
	at := strings.IndexByte(email, '@')
	if at > 0 && at < len(email)-1 && !strings.ContainsAny(email, " \t<>,;\"") {
		if u.Name == "" {
			u.Name = text[:strings.IndexByte(text, '@')]
		}
		return u
	}
	if u.Name == "" {
		u.Name = strings.Join(strings.Fields(text), " ")
	}
	sum := sha256.Sum256([]byte(email))
	u.Email = "owner-" + hex.EncodeToString(sum[:6]) + "@placeholder.invalid"
	return u
}

// makeOwners stores the placeholders that the rows decoded so far need. It comes
// before the rows, which name them; a dry run makes none.
func (r *runner) makeOwners(ctx context.Context) error {
	if r.staff == nil || len(r.staff.made) == 0 {
		return nil
	}
	made := r.staff.made
	r.staff.made = nil
	if r.opts.DryRun {
		return nil
	}
	for _, u := range made {
		if err := r.deps.Users.AddPlaceholder(ctx, u); err != nil {
			return err
		}
	}
	return nil
}
