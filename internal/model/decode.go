package model

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"kept/internal/fault"
)

// decoder turns a YAML tree into Go values: strictly (unknown and repeated keys,
// wrong types and empty values are errors), completely (it goes on after an
// error), and remembering where everything stood.
type decoder struct {
	file   string
	errs   *fault.List
	places map[string]Place
}

func (d *decoder) fail(n ast.Node, format string, args ...any) {
	d.errs.Add(place(d.file, start(n)).String(), format, args...)
}

// start returns the first token of a node: a block mapping's own token is the
// colon behind its first key.
func start(n ast.Node) *token.Token {
	switch v := n.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return start(v.Values[0])
		}
	case *ast.MappingValueNode:
		return v.Key.GetToken()
	}
	return n.GetToken()
}

func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	at := place(d.file, start(n))
	switch s := n.(type) {
	case *ast.LiteralNode:
		at.text = blockText
	case *ast.StringNode:
		if s.Token.Type == token.SingleQuoteType || s.Token.Type == token.DoubleQuoteType {
			at.text = quotedText
		}
	}
	d.places[path] = at
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		before := len(*d.errs)
		d.value(n, p.Elem(), path)
		if len(*d.errs) == before {
			v.Set(p)
		}
	case reflect.Struct:
		d.object(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) object(n ast.Node, v reflect.Value, path string) {
	var pairs []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	default:
		d.fail(n, "%s must be a set of keys (%s), not %s", last(path), strings.Join(names(v.Type()), ", "), kindOf(n))
		return
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		key := keyText(p.Key)
		i, ok := fieldOf(v.Type(), key)
		switch {
		case !ok:
			d.fail(p, "%q is not a key here%s; the keys are %s", key, nearest(key, names(v.Type())), strings.Join(names(v.Type()), ", "))
		case seen[key]:
			d.fail(p, "%q stands here twice: remove one", key)
		case empty(p.Value):
			d.fail(p, "%s has no value: give it one, or remove the key", key)
		default:
			d.value(p.Value, v.Field(i), join(path, key))
		}
		seen[key] = true
	}
}

func empty(n ast.Node) bool { return n == nil || n.Type() == ast.NullType }

// list appends to what v holds already, so that the files of a model fill the
// same lists; paths carry the index in the merged list.
func (d *decoder) list(n ast.Node, v reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fail(n, "%s must be a list (- …), not %s", last(path), kindOf(n))
		return
	}
	if len(seq.Values) > MaxObjects {
		d.fail(n, "%s has %d entries: the limit is %d", last(path), len(seq.Values), MaxObjects)
		return
	}
	for _, item := range seq.Values {
		if empty(item) {
			d.fail(seq, "%s has an empty entry: give it a value, or remove the dash", last(path))
			continue
		}
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(item, e, fmt.Sprintf("%s[%d]", path, v.Len()))
		v.Set(reflect.Append(v, e))
	}
}

func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.String:
		switch s := n.(type) {
		case *ast.StringNode:
			v.SetString(s.Value)
			return
		case *ast.LiteralNode:
			v.SetString(s.Value.Value)
			return
		case ast.ScalarNode:
			d.fail(n, "%s must be text, not %s: put it in quotes", last(path), kindOf(n))
			return
		}
		d.fail(n, "%s must be text, not %s", last(path), kindOf(n))
	case reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			d.fail(n, "%s must be true or false, not %s", last(path), kindOf(n))
			return
		}
		v.SetBool(b.Value)
	case reflect.Int, reflect.Int64:
		f, ok := number(n)
		if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			d.fail(n, "%s must be a whole number, not %s", last(path), kindOf(n))
			return
		}
		v.SetInt(int64(f))
	case reflect.Float64:
		f, ok := number(n)
		if !ok {
			d.fail(n, "%s must be a number, not %s", last(path), kindOf(n))
			return
		}
		v.SetFloat(f)
	default:
		d.fail(n, "%s cannot be written in a model", last(path))
	}
}

// number reads a finite decimal number. The text is parsed anew, because the
// library keeps integers and floats apart and takes 1e+18 for text.
func number(n ast.Node) (float64, bool) {
	switch v := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
	case *ast.StringNode:
		if v.Token.Type != token.StringType || strings.Trim(v.Value, "+-.0123456789eE") != "" {
			return 0, false
		}
	default:
		return 0, false
	}
	f, err := strconv.ParseFloat(n.GetToken().Value, 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

func kindOf(n ast.Node) string {
	switch v := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a set of keys"
	case *ast.SequenceNode:
		return "a list"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + short(n.GetToken().Value)
	case *ast.BoolNode:
		return "the truth value " + short(n.GetToken().Value)
	case *ast.StringNode:
		return fmt.Sprintf("the text %q", short(v.Value))
	case *ast.LiteralNode:
		return "a block of text"
	default:
		return "this"
	}
}

func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

func keyText(k ast.MapKeyNode) string {
	if s, ok := k.(*ast.StringNode); ok {
		return s.Value
	}
	if k.GetToken() != nil {
		return k.GetToken().Value
	}
	return k.String()
}

// jsonName returns the name of a field and whether an empty value is left out.
func jsonName(f reflect.StructField) (name string, omitEmpty bool) {
	tag, ok := f.Tag.Lookup("json")
	if !ok || !f.IsExported() {
		return "", false
	}
	name, opts, _ := strings.Cut(tag, ",")
	return name, strings.Contains(opts, "omit")
}

func fieldOf(t reflect.Type, key string) (int, bool) {
	for i := range t.NumField() {
		if name, _ := jsonName(t.Field(i)); name == key && name != "" && name != "-" {
			return i, true
		}
	}
	return 0, false
}

func names(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if name, _ := jsonName(t.Field(i)); name != "" && name != "-" {
			out = append(out, name)
		}
	}
	return out
}

// nearest suggests the option that a mistyped key probably meant.
func nearest(key string, options []string) string {
	best, dist := "", len(key)/3+1
	for _, o := range options {
		if d := distance(key, o); d <= dist && (best == "" || d < distance(key, best)) {
			best = o
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance is Levenshtein's.
func distance(a, b string) int {
	if len(a) > 100 || len(b) > 100 {
		return 100
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(prev[j+1]+1, row[j]+1, prev[j]+cost)
		}
	}
	return row[len(b)]
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// last returns the last part of a path: the word that stands in the file.
func last(path string) string {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		path = path[i+1:]
	}
	if path == "" {
		return "the file"
	}
	return path
}
