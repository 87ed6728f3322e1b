package collect

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// text is a JSON value that has to be a text and is not always: clients send
// numbers and objects as ids. These become their JSON text; null is empty.
type text string

// UnmarshalJSON implements json.Unmarshaler; it never fails on valid JSON.
func (t *text) UnmarshalJSON(raw []byte) error {
	switch raw[0] {
	case '"':
		// Most texts have neither escapes nor anything to repair.
		if body := raw[1 : len(raw)-1]; plain(body) {
			*t = text(body)
			return nil
		}
		var s string
		err := json.Unmarshal(raw, &s)
		*t = text(s)
		return err //nolint:wrapcheck // the decoder says where
	case 'n':
		*t = ""
		return nil
	}
	var b bytes.Buffer
	err := json.Compact(&b, raw)
	*t = text(b.String())
	return err //nolint:wrapcheck // as above
}

func plain(b []byte) bool {
	for _, c := range b {
		if c == '\\' || c < 0x20 || c >= 0x80 {
			return false
		}
	}
	return true
}

// object is a JSON value that has to be an object; odd says that it was
// something else, and not null.
type object struct {
	m   map[string]any
	odd bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *object) UnmarshalJSON(raw []byte) error {
	if raw[0] != '{' {
		o.m, o.odd = nil, raw[0] != 'n'
		return nil
	}
	return json.Unmarshal(raw, &o.m) //nolint:wrapcheck // the decoder says where
}

// when is an instant as clients write it; odd says that it cannot be read.
type when struct {
	at  time.Time
	odd bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (w *when) UnmarshalJSON(raw []byte) error {
	*w = when{}
	if raw[0] == 'n' {
		return nil
	}
	var s text
	if err := s.UnmarshalJSON(raw); err != nil {
		return err
	}
	if s == "" {
		return nil
	}
	w.at, w.odd = parseWhen(string(s))
	return nil
}

// layouts are the forms of an instant besides RFC 3339; without a zone it is UTC.
var layouts = []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700", time.DateOnly, time.RFC1123}

func parseWhen(s string) (at time.Time, odd bool) {
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at.UTC(), false
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		// Seconds until the year 5138, beyond that milliseconds.
		if math.Abs(n) < 1e11 {
			n *= 1000
		}
		if math.Abs(n) > 1e15 || math.IsNaN(n) {
			return time.Time{}, true
		}
		return time.UnixMicro(int64(n * 1000)).UTC(), false
	}
	s = strings.TrimSpace(s)
	for _, layout := range layouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), false
		}
	}
	return time.Time{}, true
}
