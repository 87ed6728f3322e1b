package connector

import (
	"encoding/json"
	"strconv"
	"time"
)

// Text reads a field of a JSON object as text; numbers keep their digits.
func Text(o map[string]any, key string) string {
	switch v := o[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// Whole reads a field as a whole number; ok is false for anything else.
func Whole(o map[string]any, key string) (int64, bool) {
	n, isNumber := o[key].(json.Number)
	if !isNumber {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

// Object reads a field as an object; nil for anything else.
func Object(o map[string]any, key string) map[string]any {
	v, _ := o[key].(map[string]any)
	return v
}

// Objects reads a field as a list of objects and leaves out anything else.
func Objects(o map[string]any, key string) []map[string]any {
	list, _ := o[key].([]any)
	out := make([]map[string]any, 0, len(list))
	for _, v := range list {
		if one, ok := v.(map[string]any); ok {
			out = append(out, one)
		}
	}
	return out
}

// True reads a field as a truth; anything else is false.
func True(o map[string]any, key string) bool {
	v, _ := o[key].(bool)
	return v
}

// Instant writes Unix seconds as RFC 3339; "" for none.
func Instant(seconds int64) string {
	if seconds <= 0 {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}
