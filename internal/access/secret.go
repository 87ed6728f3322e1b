package access

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"io"
	"strings"

	"kept/internal/fault"
)

// secretPrefix starts every secret that we make, so that scanners find leaked
// ones; the letter after it says the kind.
const secretPrefix = "kept_"

var letters = map[Kind]string{Session: "s", Token: "t", WriteKey: "w"}

const secretBytes = 32

var secretEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSecret returns a secret of 256 random bits.
func newSecret(random io.Reader, kind Kind) (string, error) {
	raw := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fault.Wrap(err, "draw a secret")
	}
	return secretPrefix + letters[kind] + "_" + strings.ToLower(secretEncoding.EncodeToString(raw)), nil
}

// hashSecret needs neither salt nor stretching: a secret of 256 random bits
// cannot be guessed, and its hash has to be an index.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// hint shows enough of a secret to tell it from others: nothing of the middle,
// and of a short one that somebody chose only the last two characters.
func hint(secret string) string {
	if len(secret) < 24 {
		return "…" + secret[max(0, len(secret)-2):]
	}
	start := ""
	if strings.HasPrefix(secret, secretPrefix) {
		start = secret[:len(secretPrefix)+1]
	}
	return start + "…" + secret[len(secret)-4:]
}
