package model

import (
	"reflect"
	"strconv"
	"strings"
)

// speak writes a path with keys for indices: "scorecards[default].groups[usage].weight".
// What it cannot follow it leaves as it is.
func (m *Model) speak(path string) string {
	var b strings.Builder
	v := reflect.ValueOf(*m)
	for i, part := range strings.Split(path, ".") {
		if i > 0 {
			b.WriteByte('.')
		}
		name, index, indexed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		b.WriteString(name)
		v = follow(v, name)
		if !indexed {
			continue
		}
		label := index
		if n, err := strconv.Atoi(index); err == nil && v.Kind() == reflect.Slice && n >= 0 && n < v.Len() {
			v = v.Index(n)
			if key := labelOf(v); key != "" {
				label = key
			}
		} else {
			v = reflect.Value{}
		}
		b.WriteString("[" + label + "]")
	}
	return b.String()
}

func follow(v reflect.Value, name string) reflect.Value {
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	i, ok := fieldOf(v.Type(), name)
	if !ok {
		return reflect.Value{}
	}
	return v.Field(i)
}

// labelOf returns the key or name of an object.
func labelOf(v reflect.Value) string {
	if v.Kind() != reflect.Struct {
		return ""
	}
	for _, name := range []string{"key", "name"} {
		if i, ok := fieldOf(v.Type(), name); ok && v.Field(i).Kind() == reflect.String && v.Field(i).String() != "" {
			return v.Field(i).String()
		}
	}
	return ""
}
