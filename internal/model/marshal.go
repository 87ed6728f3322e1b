package model

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Marshal writes a model in its canonical form: sections, keys and numbers
// always the same way, so that two equal models are equal bytes and a version
// control system shows what changed. Parse reads it back to the same model.
func Marshal(m *Model) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "kept: %d\n", Format)
	v := reflect.ValueOf(*m)
	for i := range v.NumField() {
		name, _ := jsonName(v.Type().Field(i))
		if name == "" || v.Field(i).Len() == 0 {
			continue
		}
		b.WriteString("\n" + name + ":\n")
		for j := range v.Field(i).Len() {
			if j > 0 {
				b.WriteByte('\n')
			}
			item(&b, v.Field(i).Index(j), 2)
		}
	}
	return b.Bytes()
}

// item writes one element of a block list.
func item(b *bytes.Buffer, v reflect.Value, indent int) {
	pad := strings.Repeat(" ", indent)
	b.WriteString(pad + "- ")
	if v.Kind() != reflect.Struct {
		b.WriteString(scalarText(v) + "\n")
		return
	}
	if flat(v.Type()) {
		b.WriteString(flowText(v) + "\n")
		return
	}
	first := true
	for i := range v.NumField() {
		name, omit := jsonName(v.Type().Field(i))
		f := v.Field(i)
		if name == "" || name == "-" || omit && f.IsZero() {
			continue
		}
		if !first {
			b.WriteString(pad + "  ")
		}
		first = false
		field(b, name, f, indent+2)
	}
	if first {
		b.WriteString("{}\n")
	}
}

// nested writes a set of keys below its name.
func nested(b *bytes.Buffer, v reflect.Value, indent int) {
	pad := strings.Repeat(" ", indent)
	for i := range v.NumField() {
		name, omit := jsonName(v.Type().Field(i))
		if name == "" || name == "-" || omit && v.Field(i).IsZero() {
			continue
		}
		b.WriteString(pad)
		field(b, name, v.Field(i), indent)
	}
}

func field(b *bytes.Buffer, name string, f reflect.Value, indent int) {
	if f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Struct {
		f = f.Elem()
	}
	if f.Kind() == reflect.Struct {
		if flat(f.Type()) {
			b.WriteString(name + ": " + flowText(f) + "\n")
			return
		}
		b.WriteString(name + ":\n")
		nested(b, f, indent+2)
		return
	}
	if f.Kind() != reflect.Slice {
		b.WriteString(name + ": " + scalarText(f) + "\n")
		return
	}
	elem := f.Type().Elem()
	switch {
	case f.Len() == 0:
		b.WriteString(name + ": []\n")
	case elem.Kind() != reflect.Struct:
		parts := make([]string, f.Len())
		for i := range f.Len() {
			parts[i] = flowScalar(f.Index(i))
		}
		b.WriteString(name + ": [" + strings.Join(parts, ", ") + "]\n")
	default:
		b.WriteString(name + ":\n")
		for i := range f.Len() {
			item(b, f.Index(i), indent+2)
		}
	}
}

// flat reports whether a struct is written on one line: corners and bands are
// easier to compare below each other.
func flat(t reflect.Type) bool {
	if t.NumField() > 4 {
		return false
	}
	for field := range t.Fields() {
		switch field.Type.Kind() {
		case reflect.Slice, reflect.Struct, reflect.Pointer, reflect.Map:
			return false
		}
	}
	return true
}

func flowText(v reflect.Value) string {
	var parts []string
	for i := range v.NumField() {
		name, omit := jsonName(v.Type().Field(i))
		if name == "" || name == "-" || omit && v.Field(i).IsZero() {
			continue
		}
		parts = append(parts, name+": "+flowScalar(v.Field(i)))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func scalarText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		return scalarText(v.Elem())
	case reflect.String:
		return quoted(v.String(), plainRunes)
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		return numberText(v.Float())
	default:
		return quoted(fmt.Sprint(v.Interface()), plainRunes)
	}
}

// flowScalar is scalarText within [ ] or { }, where commas and brackets divide.
func flowScalar(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return quoted(v.String(), "_-./%")
	}
	return scalarText(v)
}

// numberText writes the shortest decimal that reads back to the same number;
// an exponent only where plain digits would be absurd.
func numberText(f float64) string {
	if a := max(f, -f); a != 0 && (a < 1e-6 || a >= 1e15) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// plainRunes are the characters, beside letters, digits and inner spaces, that
// a text may have and still stand without quotes.
const plainRunes = "_-./%(),;+*=<>&|"

// quoted writes text plain where nothing in it could be read as something else,
// and in double quotes otherwise.
func quoted(s, allowed string) string {
	plain := s != "" && isLetter(s[0]) && s[len(s)-1] != ' '
	for _, r := range s {
		word := r < 128 && (isLetter(byte(r)) || r >= '0' && r <= '9')
		if r != ' ' && !word && !strings.ContainsRune(allowed, r) {
			plain = false
		}
	}
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n", "inf", "nan":
		plain = false
	}
	if plain || duration(s) {
		return s
	}
	return doubleQuoted(s)
}

// duration reports a text such as 28d or 3m.
func duration(s string) bool {
	n := len(s) - 1
	return n > 0 && strings.IndexByte("dwmqy", s[n]) >= 0 && strings.Trim(s[:n], "0123456789") == ""
}

// doubleQuoted escapes as YAML 1.2 does; the text is UTF-8 by construction.
func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x20 || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&b, `\x%02x`, r)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
