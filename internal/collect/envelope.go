package collect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"kept/internal/fault"
)

// MaxMessages is how many messages one request may hold.
const MaxMessages = 100_000

// Envelope is what a request's body says about itself.
type Envelope struct {
	// Key is the write key, when the body has one.
	Key string
	// Messages is how many messages there are.
	Messages int
}

// OpenEnvelope looks whether a body can be read: a JSON object that is one
// message, when kind says so, or has a list of them. It keeps nothing of the
// body. What single messages hold is looked at later: a broken one must not cost
// the others.
func OpenEnvelope(body []byte, kind string) (Envelope, error) {
	body = trimBOM(body)
	if len(bytes.TrimSpace(body)) == 0 {
		return Envelope{}, fault.At("body", "is empty: send a JSON object")
	}
	var e struct {
		WriteKey text            `json:"writeKey"`
		APIKey   text            `json:"api_key"`
		Batch    json.RawMessage `json:"batch"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return Envelope{}, unreadable(body, err)
	}
	out := Envelope{Key: string(e.WriteKey), Messages: 1}
	if out.Key == "" {
		out.Key = string(e.APIKey)
	}
	if kind != "" {
		return out, nil
	}
	if e.Batch == nil {
		return out, fault.At("batch", "is missing: send {\"batch\": [ … ]} with the messages")
	}
	if e.Batch[0] != '[' {
		return out, fault.At("batch", "is %s: send a list of messages", jsonKind(e.Batch))
	}
	out.Messages = countItems(e.Batch)
	if out.Messages > MaxMessages {
		return out, &fault.Error{Kind: fault.TooLarge, Field: "batch", Msg: fmt.Sprintf("holds %d messages, more than %d: send smaller batches", out.Messages, MaxMessages)}
	}
	return out, nil
}

// unreadable says where the JSON breaks.
func unreadable(body []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(body[:min(int(syntax.Offset), len(body))], []byte{'\n'})
		return fault.At("body", "is not JSON at byte %d (line %d): %s", syntax.Offset, line, syntax.Error())
	case errors.As(err, &kind):
		return fault.At("body", "is %s where a JSON object has to be: send an object", kind.Value)
	}
	return fault.At("body", "is not JSON: %v", err)
}

// countItems counts the items of a valid JSON list.
func countItems(list []byte) int {
	n, depth, inText := 0, 0, false
	some := false
	for i := 0; i < len(list); i++ {
		c := list[i]
		if inText {
			switch c {
			case '\\':
				i++
			case '"':
				inText = false
			}
			continue
		}
		switch c {
		case '"':
			inText, some = true, true
		case '[', '{':
			some = some || depth > 0
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 1 {
				n++
			}
		case ' ', '\t', '\n', '\r':
		default:
			some = true
		}
	}
	if some {
		n++
	}
	return n
}

func jsonKind(raw []byte) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '"':
		return "a text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	case '[':
		return "a list"
	}
	return "a number"
}

// trimBOM drops the byte order mark that some programs begin a file with.
func trimBOM(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) }
