// Package id defines the typed identifiers of Kept: a three-letter prefix that
// says what it names, and 24 characters that sort by creation time. Distinct Go
// types keep an account from being passed for a contact.
package id

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"io"
	"strings"
	"time"

	"kept/internal/fault"
)

// The identifiers. Their zero value means "none".
//
//nolint:revive // one comment says it for all of them
type (
	Account      string
	Contact      string
	Product      string
	Relationship string
	Subscription string
	Ticket       string
	Activity     string
	User         string
	Token        string
	Session      string
	Import       string
	Source       string
	Override     string
	View         string
	Draft        string
	Connection   string
	Run          string
	Job          string
	Webhook      string
	Delivery     string
	Merge        string
	Rating       string
)

// prefixed is any identifier type of this package.
type prefixed interface {
	~string
	Prefix() string
}

// Prefix is what an Account identifier begins with.
func (Account) Prefix() string { return "acc" }

// Prefix is what a Contact identifier begins with.
func (Contact) Prefix() string { return "con" }

// Prefix is what a Product identifier begins with.
func (Product) Prefix() string { return "prd" }

// Prefix is what a Relationship identifier begins with.
func (Relationship) Prefix() string { return "rel" }

// Prefix is what a Subscription identifier begins with.
func (Subscription) Prefix() string { return "sub" }

// Prefix is what a Ticket identifier begins with.
func (Ticket) Prefix() string { return "tkt" }

// Prefix is what an Activity identifier begins with.
func (Activity) Prefix() string { return "act" }

// Prefix is what a User identifier begins with.
func (User) Prefix() string { return "usr" }

// Prefix is what a Token identifier begins with.
func (Token) Prefix() string { return "tok" }

// Prefix is what a Session identifier begins with.
func (Session) Prefix() string { return "ses" }

// Prefix is what an Import identifier begins with.
func (Import) Prefix() string { return "imp" }

// Prefix is what a Source identifier begins with.
func (Source) Prefix() string { return "src" }

// Prefix is what a Draft identifier begins with.
func (Draft) Prefix() string { return "drf" }

// Prefix is what an Override identifier begins with.
func (Override) Prefix() string { return "ovr" }

// Prefix is what a View identifier begins with.
func (View) Prefix() string { return "viw" }

// Prefix is what a Connection identifier begins with.
func (Connection) Prefix() string { return "cnx" }

// Prefix is what a Run identifier begins with.
func (Run) Prefix() string { return "run" }

// Prefix is what a Job identifier begins with.
func (Job) Prefix() string { return "job" }

// Prefix is what a Webhook identifier begins with.
func (Webhook) Prefix() string { return "whk" }

// Prefix is what a Delivery identifier begins with.
func (Delivery) Prefix() string { return "dlv" }

// Prefix is what a Merge identifier begins with.
func (Merge) Prefix() string { return "mrg" }

// Prefix is what a Rating identifier begins with.
func (Rating) Prefix() string { return "rat" }

const bodyLen = 24

var encoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// New returns an identifier whose first 48 bits are now in milliseconds and
// whose other 72 bits come from random. It fails only when random does.
func New[T prefixed](now time.Time, random io.Reader) (T, error) {
	var raw [15]byte
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(now.UnixMilli())) //nolint:gosec // after 1970
	copy(raw[:6], stamp[2:])
	if _, err := io.ReadFull(random, raw[6:]); err != nil {
		return "", fault.Wrap(err, "draw an identifier")
	}
	return format[T](raw), nil
}

// Derive returns the identifier that belongs to a key within a namespace, the
// same on every machine: an import that is repeated, and a simulated company,
// name the same things alike.
func Derive[T prefixed](namespace, key string) T {
	sum := sha256.Sum256([]byte(namespace + "\x00" + key))
	var raw [15]byte
	copy(raw[:], sum[:15])
	return format[T](raw)
}

// Parse checks the form of s and returns it as an identifier.
func Parse[T prefixed](field, s string) (T, error) {
	var zero T
	body, ok := strings.CutPrefix(s, zero.Prefix()+"_")
	if !ok || len(body) != bodyLen {
		return zero, fault.At(field, "%q is not an identifier of this kind: it must start with %q and have %d characters after it", s, zero.Prefix()+"_", bodyLen)
	}
	if _, err := encoding.DecodeString(body); err != nil {
		return zero, fault.At(field, "%q is not an identifier: it holds a character other than 0-9 and a-v", s)
	}
	return T(s), nil
}

func format[T prefixed](raw [15]byte) T {
	var zero T
	return T(zero.Prefix() + "_" + encoding.EncodeToString(raw[:]))
}
