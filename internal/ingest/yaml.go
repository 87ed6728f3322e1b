package ingest

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"kept/internal/fault"
)

// Limits of a mapping's text, so that a hostile one costs neither time nor stack.
const (
	maxMapping = 256 << 10
	maxNesting = 32
)

type nodeKind int

const (
	isNull nodeKind = iota
	isScalar
	isMap
	isList
)

// node is YAML reduced to what a mapping may use, with places.
type node struct {
	kind  nodeKind
	text  string
	keys  []entry
	items []*node
	place string
}

type entry struct {
	key   string
	place string
	value *node
}

func (n *node) get(key string) *node {
	for _, e := range n.keys {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// readYAML parses the text into nodes. The parser is a guest: what it panics on
// is a bad mapping, not a crash.
func readYAML(file string, text []byte, errs *fault.List) (root *node) {
	defer func() {
		if recover() != nil {
			errs.Add(file+":1:1", "the mapping is not valid YAML")
			root = nil
		}
	}()
	if err := checkText(file, text); err != nil {
		errs.Join("", err)
		return nil
	}
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			pos := syntax.GetToken().Position
			errs.Add(fmt.Sprintf("%s:%d:%d", file, pos.Line, pos.Column), "the YAML cannot be read: %s", syntax.GetMessage())
			return nil
		}
		errs.Add(file+":1:1", "the YAML cannot be read: %s", strings.SplitN(err.Error(), "\n", 2)[0])
		return nil
	}
	var docs []ast.Node
	for _, d := range parsed.Docs {
		if d != nil && d.Body != nil {
			docs = append(docs, d.Body)
		}
	}
	if len(docs) != 1 {
		errs.Add(file+":1:1", "a mapping is one YAML document; this file has %d", len(docs))
		return nil
	}
	w := walker{file: file, errs: errs}
	return w.walk(docs[0], 0)
}

// checkText refuses what the YAML parser would spend too long on.
func checkText(file string, text []byte) error {
	switch {
	case len(text) > maxMapping:
		return &fault.Error{Kind: fault.TooLarge, Field: file, Msg: fmt.Sprintf("a mapping is at most %d bytes", maxMapping)}
	case !utf8.Valid(text):
		return fault.At(file+":1:1", "the mapping is not valid UTF-8")
	}
	for i, line := range strings.Split(string(text), "\n") {
		if strings.Count(line, "[")+strings.Count(line, "{") > 200 || strings.Count(line, "- ") > 200 || strings.Count(line, ": ") > 200 || strings.Count(line, "? ") > 200 {
			return fault.At(fmt.Sprintf("%s:%d:1", file, i+1), "the line holds too many nested values")
		}
	}
	if strings.Count(string(text), "[")+strings.Count(string(text), "{") > 5000 {
		return fault.At(file+":1:1", "the mapping holds too many bracketed values")
	}
	return nil
}

type walker struct {
	file string
	errs *fault.List
}

func (w *walker) place(n ast.Node) string {
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		return fmt.Sprintf("%s:%d:%d", w.file, tk.Position.Line, tk.Position.Column)
	}
	return w.file + ":1:1"
}

func (w *walker) walk(n ast.Node, depth int) *node {
	if n == nil {
		return &node{place: w.file + ":1:1"}
	}
	out := &node{place: w.place(n)}
	if depth > maxNesting {
		w.errs.Add(out.place, "values are nested more than %d deep", maxNesting)
		return out
	}
	switch v := n.(type) {
	case *ast.NullNode:
		return out
	case *ast.LiteralNode:
		out.kind, out.text = isScalar, strings.TrimRight(v.Value.Value, "\n")
	case *ast.StringNode:
		out.kind, out.text = isScalar, v.Value
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		out.kind, out.text = isScalar, n.GetToken().Value
	case *ast.MappingNode:
		out.kind = isMap
		for _, pair := range v.Values {
			w.pair(out, pair, depth)
		}
		if len(v.Values) > 0 {
			out.place = w.place(v.Values[0].Key)
		}
	case *ast.MappingValueNode:
		out.kind = isMap
		w.pair(out, v, depth)
		out.place = w.place(v.Key)
	case *ast.SequenceNode:
		out.kind = isList
		for _, item := range v.Values {
			out.items = append(out.items, w.walk(item, depth+1))
		}
	default:
		w.errs.Add(out.place, "anchors, aliases, tags and merge keys have no place in a mapping: write the value out")
	}
	return out
}

func (w *walker) pair(out *node, pair *ast.MappingValueNode, depth int) {
	place := w.place(pair.Key)
	var key string
	switch k := pair.Key.(type) {
	case *ast.StringNode:
		key = k.Value
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		key = k.GetToken().Value
	case *ast.NullNode:
		key = "null"
	default:
		w.errs.Add(place, "this cannot be a key: use a plain word")
		return
	}
	for _, e := range out.keys {
		if e.key == key {
			w.errs.Add(place, "%q stands here twice", key)
			return
		}
	}
	out.keys = append(out.keys, entry{key: key, place: place, value: w.walk(pair.Value, depth+1)})
}
