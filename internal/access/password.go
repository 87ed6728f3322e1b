package access

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"kept/internal/fault"
)

// Cost is the work of hashing one password with argon2id.
type Cost struct {
	MemoryKiB uint32
	Time      uint32
	Threads   uint8
}

// DefaultCost is OWASP's first recommendation for argon2id (Password Storage
// Cheat Sheet): 19 MiB, two passes, one lane.
var DefaultCost = Cost{MemoryKiB: 19 * 1024, Time: 2, Threads: 1}

// The bounds of a password. The upper one keeps a request from hashing
// megabytes.
const (
	minPassword = 10
	maxPassword = 1024

	saltLen = 16
	keyLen  = 32
)

// CheckPassword refuses a password that is too short or too long; length is
// what counts, not which characters (NIST SP 800-63B §5.1.1.2).
func CheckPassword(field, password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return fault.At(field, "is too short: use at least %d characters", minPassword)
	case len(password) > maxPassword:
		return fault.At(field, "is too long: use at most %d bytes", maxPassword)
	}
	return nil
}

// hashPassword returns a PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$key.
func hashPassword(random io.Reader, c Cost, password string) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fault.Wrap(err, "draw a salt")
	}
	key := argon2.IDKey([]byte(password), salt, c.Time, c.MemoryKiB, c.Threads, keyLen)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.MemoryKiB, c.Time, c.Threads,
		enc.EncodeToString(salt), enc.EncodeToString(key)), nil
}

// checkHash reports whether the password is the one of the PHC string, and
// whether the string was made at another cost than c and should be made anew.
func checkHash(phc, password string, c Cost) (ok, stale bool, err error) {
	used, salt, key, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	got := argon2.IDKey([]byte(password), salt, used.Time, used.MemoryKiB, used.Threads, keyLen)
	return subtle.ConstantTimeCompare(got, key) == 1, used != c, nil
}

// maxCost bounds what a stored hash may ask for.
var maxCost = Cost{MemoryKiB: 1 << 20, Time: 64, Threads: 64}

func parsePHC(phc string) (c Cost, salt, key []byte, err error) {
	bad := fault.New(fault.Internal, "a stored password hash is not an argon2id PHC string")
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, bad
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Time, &c.Threads); n != 3 || err != nil {
		return c, nil, nil, bad
	}
	if c.Time == 0 || c.Threads == 0 || c.MemoryKiB > maxCost.MemoryKiB || c.Time > maxCost.Time || c.Threads > maxCost.Threads {
		return c, nil, nil, bad
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(key) != keyLen {
		return c, nil, nil, bad
	}
	return c, salt, key, nil
}
