package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"kept/internal/fault"
)

// A cursor is opaque to callers: a position, and a digest of the query it
// belongs to, so that it cannot continue another list by mistake. It is not a
// secret: what it reveals is what the page before it showed.

// maxCursor bounds what is decoded.
const (
	maxCursor = 1024
	sumLen    = 6
)

// encodeCursor returns the cursor of a position (an offset or an id) within the
// list that the parts of the query name.
func encodeCursor(position string, query ...string) string {
	raw := append(cursorSum(position, query), position...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// decodeCursor returns the position, "" for the first page.
func decodeCursor(cursor string, query ...string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	if len(cursor) > maxCursor {
		return "", badCursor()
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) <= sumLen {
		return "", badCursor()
	}
	position := string(raw[sumLen:])
	if !hmac.Equal(raw[:sumLen], cursorSum(position, query)) {
		return "", badCursor()
	}
	return position, nil
}

func badCursor() error {
	return fault.At("cursor", "does not belong to this list: ask for the first page without a cursor, with the same filter and sort")
}

func cursorSum(position string, query []string) []byte {
	h := sha256.New()
	write := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	write(position)
	for _, q := range query {
		write(q)
	}
	return h.Sum(nil)[:sumLen]
}
