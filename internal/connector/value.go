package connector

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
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

// Domain finds the domain of a web address or a name of a host, in lower case and
// without "www."; "" when there is none.
func Domain(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	text, _, _ = strings.Cut(text, "/")
	text, _, _ = strings.Cut(text, "?")
	if _, host, ok := strings.Cut(text, "@"); ok {
		text = host
	}
	text, _, _ = strings.Cut(text, ":")
	text = strings.Trim(strings.TrimPrefix(text, "www."), ".")
	if !strings.Contains(text, ".") || strings.ContainsAny(text, " \t\"'<>\\") || len(text) > 253 {
		return ""
	}
	return text
}

// Lists reads a setting of lines "name: a, b" into lists by name.
func Lists(field, text string, names []string) (map[string][]string, error) {
	out := map[string][]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, rest, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if !ok || !slices.Contains(names, name) {
			return nil, fault.At(field, "%.60q is not a line of NAME: FIELD, FIELD with one of %s", line, strings.Join(names, ", "))
		}
		for one := range strings.SplitSeq(rest, ",") {
			one = strings.TrimSpace(one)
			if one == "" || len(one) > 200 || strings.ContainsAny(one, " \t()'\";") {
				return nil, fault.At(field, "%.60q is not the name of a field", one)
			}
			out[name] = append(out[name], one)
		}
	}
	return out, nil
}
