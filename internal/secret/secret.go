// Package secret seals what Kept has to keep and must not show: the passwords and
// keys of other systems. The key lies outside of the record store, so that a copy
// of the database opens nothing.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"strings"

	"kept/internal/fault"
)

// KeyFile is the name of the key in the data directory. A backup leaves it out.
const KeyFile = "secret.key"

// keyBytes makes the cipher AES-256.
const keyBytes = 32

// version is what a sealed text begins with.
const version = "k1"

// Box seals and opens texts with one key. It is safe for concurrent use.
type Box struct {
	aead cipher.AEAD
	id   string
}

// New returns a box of a 32-byte key.
func New(key []byte) (*Box, error) {
	if len(key) != keyBytes {
		return nil, fault.At("secret key", "has %d bytes, and needs %d: make one with `openssl rand -base64 32`", len(key), keyBytes)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.Wrap(err, "read the secret key")
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fault.Wrap(err, "read the secret key")
	}
	sum := sha256.Sum256(append([]byte("kept secret key id\x00"), key...))
	return &Box{aead: aead, id: hex.EncodeToString(sum[:4])}, nil
}

// ParseKey reads a key as base64 or hexadecimal text.
func ParseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString, base64.URLEncoding.DecodeString} {
		if raw, err := decode(text); err == nil && len(raw) == keyBytes {
			return raw, nil
		}
	}
	return nil, fault.At("secret key", "is not %d bytes as base64 or hexadecimal: make one with `openssl rand -base64 32`", keyBytes)
}

// LoadFile reads the key of a file, and makes one that only its owner may read
// when there is none.
func LoadFile(path string) (*Box, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // the operator's own file
	if errors.Is(err, fs.ErrNotExist) {
		return create(path)
	}
	if err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Field: path, Msg: "the secret key cannot be read: check who owns the file", Err: err}
	}
	key, err := ParseKey(string(raw))
	if err != nil {
		return nil, fault.At(path, "does not hold a secret key: restore the file, or move it away and enter the secrets of all connections again")
	}
	return New(key)
}

func create(path string) (*Box, error) {
	key := make([]byte, keyBytes)
	if _, err := rand.Read(key); err != nil {
		return nil, fault.Wrap(err, "draw a secret key")
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Field: path, Msg: "the secret key cannot be written: check that the directory may be written to", Err: err}
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fault.Wrap(err, "write the secret key")
	}
	return New(key)
}

// Seal encrypts a text for one purpose (such as a connection's id): what was
// sealed for another one does not open.
func (b *Box) Seal(purpose string, plain []byte) (string, error) {
	nonce := make([]byte, b.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", fault.Wrap(err, "draw a nonce")
	}
	out := b.aead.Seal(nonce, nonce, plain, []byte(purpose))
	return version + ":" + b.id + ":" + base64.StdEncoding.EncodeToString(out), nil
}

// Open decrypts a sealed text.
func (b *Box) Open(purpose, sealed string) ([]byte, error) {
	parts := strings.SplitN(sealed, ":", 3)
	if len(parts) != 3 || parts[0] != version {
		return nil, fault.New(fault.Invalid, "the stored secret is damaged: enter it again")
	}
	if parts[1] != b.id {
		return nil, fault.New(fault.Invalid, "the stored secret was sealed with another key: put the old %s back, or enter the secret again", KeyFile)
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) < b.aead.NonceSize() {
		return nil, fault.New(fault.Invalid, "the stored secret is damaged: enter it again")
	}
	n := b.aead.NonceSize()
	plain, err := b.aead.Open(nil, raw[:n], raw[n:], []byte(purpose))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the stored secret is damaged: enter it again")
	}
	return plain, nil
}
