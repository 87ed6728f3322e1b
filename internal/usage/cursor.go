package usage

import (
	"encoding/base64"
	"encoding/binary"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
)

// Position is a place in the order of a list: newest first, ties by message id
// ascending. It names the last event of a page by its content, not by a row
// number, so that events that arrive meanwhile neither repeat nor hide others.
type Position struct {
	At        time.Time // whole microseconds
	MessageID string
}

// Cursor returns the position as the opaque text that a page hands out.
func (p Position) Cursor() string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(p.At.UnixMicro())) //nolint:gosec // times are after 1970
	return base64.RawURLEncoding.EncodeToString(append(raw, p.MessageID...))
}

// ParseCursor reads what Cursor wrote.
func ParseCursor(s string) (Position, error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil && len(raw) > 8 && len(raw) <= 8+MaxMessageIDBytes && utf8.Valid(raw[8:]) {
		micros := binary.BigEndian.Uint64(raw)
		if micros < uint64(MaxTime.UnixMicro()) { //nolint:gosec // a constant after 1970
			return Position{At: time.UnixMicro(int64(micros)).UTC(), MessageID: string(raw[8:])}, nil //nolint:gosec // below MaxTime
		}
	}
	return Position{}, fault.At("cursor", "is not a cursor of this list: use next_cursor of the page before, unchanged, or leave it out to start again")
}

// Before reports whether the event comes after the position in the list.
func (p Position) Before(e *Event) bool {
	if !e.At.Equal(p.At) {
		return e.At.Before(p.At)
	}
	return e.MessageID > p.MessageID
}
