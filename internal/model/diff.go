package model

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// Object is a kind of thing that a model declares.
type Object string

// The objects.
const (
	Attribute Object = "attribute"
	Metric    Object = "metric"
	Segment   Object = "segment"
	Scorecard Object = "scorecard"
)

// ChangeKind is what happened to an object between two models.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is one difference between two models.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	Object Object     `json:"object"`
	Name   string     `json:"name"`
	// Details says what differs within a changed object, one "field: old → new" each.
	Details []string `json:"details,omitempty"`
}

// Diff lists what the new model adds, removes and changes, by section and, in a
// section, by name. Two models without a difference behave alike: the order of
// metrics and attributes is not compared, that of segments is.
func Diff(from, to *Model) []Change {
	out := []Change{}
	before, after := reflect.ValueOf(*from), reflect.ValueOf(*to)
	a, b := from.sections(), to.sections()
	for i := range a {
		out = append(out, a[i].diff(b[i], before.Field(i), after.Field(i))...)
	}
	return out
}

func (s section) diff(t section, before, after reflect.Value) []Change {
	old, now := map[string]int{}, map[string]int{}
	for i := range s.len {
		old[s.name(i)] = i
	}
	for i := range t.len {
		now[t.name(i)] = i
	}
	var out []Change
	for name, i := range now {
		j, known := old[name]
		if !known {
			out = append(out, Change{Kind: Added, Object: s.object, Name: name})
			continue
		}
		if d := details("", before.Index(j), after.Index(i)); len(d) > 0 {
			out = append(out, Change{Kind: Changed, Object: s.object, Name: name, Details: d})
		}
	}
	for name := range old {
		if _, kept := now[name]; !kept {
			out = append(out, Change{Kind: Removed, Object: s.object, Name: name})
		}
	}
	slices.SortFunc(out, func(x, y Change) int { return strings.Compare(x.Name, y.Name) })
	if s.object == Segment || s.object == Scorecard {
		if moved := order(keysOf(s.len, s.name), keysOf(t.len, t.name)); moved != "" {
			out = append(out, Change{Kind: Changed, Object: s.object, Name: "(order)", Details: []string{moved}})
		}
	}
	return out
}

func keysOf(n int, name func(int) string) []string {
	out := make([]string, n)
	for i := range n {
		out[i] = name(i)
	}
	return out
}

// order compares the order of what both lists have.
func order(before, after []string) string {
	a := slices.DeleteFunc(slices.Clone(before), func(k string) bool { return !slices.Contains(after, k) })
	b := slices.DeleteFunc(slices.Clone(after), func(k string) bool { return !slices.Contains(before, k) })
	if slices.Equal(a, b) {
		return ""
	}
	return "order: " + strings.Join(a, ", ") + " → " + strings.Join(b, ", ")
}

func details(path string, a, b reflect.Value) []string {
	if structs := a.Kind() == reflect.Pointer && a.Type().Elem().Kind() == reflect.Struct; structs && !a.IsNil() && !b.IsNil() {
		a, b = a.Elem(), b.Elem()
	}
	if a.Kind() == reflect.Slice && !flatList(a.Type()) {
		return listDetails(path, a, b)
	}
	if a.Kind() != reflect.Struct {
		if x, y := brief(a), brief(b); x != y {
			return []string{fmt.Sprintf("%s: %s → %s", path, x, y)}
		}
		return nil
	}
	var out []string
	for i := range a.NumField() {
		if name, _ := jsonName(a.Type().Field(i)); name != "" {
			out = append(out, details(join(path, name), a.Field(i), b.Field(i))...)
		}
	}
	return out
}

// listDetails compares lists of things with keys: groups, measures, bands, exceptions.
func listDetails(path string, a, b reflect.Value) []string {
	old, now := keyed(a), keyed(b)
	var out []string
	for i := range b.Len() {
		key := keyOf(b.Index(i))
		at := path + "." + key
		if j, ok := old[key]; ok {
			out = append(out, details(at, a.Index(j), b.Index(i))...)
		} else {
			out = append(out, at+": added")
		}
	}
	for i := range a.Len() {
		if key := keyOf(a.Index(i)); !has(now, key) {
			out = append(out, path+"."+key+": removed")
		}
	}
	name := func(v reflect.Value) func(int) string {
		return func(i int) string { return keyOf(v.Index(i)) }
	}
	if moved := order(keysOf(a.Len(), name(a)), keysOf(b.Len(), name(b))); moved != "" {
		out = append(out, path+" "+moved)
	}
	return out
}

func keyed(v reflect.Value) map[string]int {
	out := map[string]int{}
	for i := range v.Len() {
		out[keyOf(v.Index(i))] = i
	}
	return out
}

func has(m map[string]int, key string) bool { _, ok := m[key]; return ok }

func keyOf(v reflect.Value) string {
	if f := v.FieldByName("Key"); f.IsValid() {
		return f.String()
	}
	return brief(v)
}

// flatList reports whether a list is compared as one thing: a curve means
// something only as a whole.
func flatList(t reflect.Type) bool {
	if t.Elem().Kind() != reflect.Struct {
		return true
	}
	_, ok := t.Elem().FieldByName("Key")
	return !ok
}

// brief writes a value as a person reads it in one line of a plan.
func brief(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.String && v.String() == "" || v.Kind() == reflect.Pointer && v.IsNil() || v.Kind() == reflect.Slice && v.Len() == 0:
		return "(none)"
	case v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct:
		return flowText(v.Elem())
	case v.Kind() == reflect.Slice:
		parts := make([]string, v.Len())
		for i := range v.Len() {
			parts[i] = brief(v.Index(i))
		}
		return strings.Join(parts, ", ")
	case v.Kind() == reflect.Struct:
		parts := make([]string, v.NumField())
		for i := range v.NumField() {
			parts[i] = brief(v.Field(i))
		}
		return strings.Join(parts, "⇒")
	case v.Kind() == reflect.String:
		return v.String()
	default:
		return scalarText(v)
	}
}

// Print writes changes for a person, one a line with its details below it, and
// a count at the end; "no changes" when there are none.
func Print(w io.Writer, changes []Change) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintln(w, "no changes")
		return wrap(err)
	}
	signs := map[ChangeKind]string{Added: "+", Removed: "-", Changed: "~"}
	count := map[ChangeKind]int{}
	var b strings.Builder
	for _, c := range changes {
		count[c.Kind]++
		fmt.Fprintf(&b, "%s %s %s\n", signs[c.Kind], c.Object, c.Name)
		for _, d := range c.Details {
			fmt.Fprintf(&b, "    %s\n", d)
		}
	}
	fmt.Fprintf(&b, "%d added, %d changed, %d removed\n", count[Added], count[Changed], count[Removed])
	_, err := io.WriteString(w, b.String())
	return wrap(err)
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("print the changes: %w", err)
	}
	return nil
}
