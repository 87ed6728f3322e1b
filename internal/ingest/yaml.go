package ingest

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"kept/internal/fault"
	"kept/internal/plainyaml"
)

// Limits of a mapping's text, so that a hostile one costs neither time nor stack.
const (
	maxMapping = 1 << 20
	maxNesting = 32
	maxKeys    = 1000 // of one set; the longest is a map of values
	maxErrors  = 100  // reported at once
	maxMessage = 1000 // bytes of one error: it may quote the text
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

// readYAML parses the text into nodes.
func readYAML(file string, text []byte, errs *fault.List) *node {
	limits := plainyaml.Options{Language: "mapping", MaxBytes: maxMapping, MaxDepth: maxNesting, MaxKeys: maxKeys}
	tree := plainyaml.Read(file, text, limits, errs)
	if len(*errs) > 0 {
		return nil
	}
	if tree == nil {
		errs.Add(file+":1:1", "the mapping is empty: begin it with kept: 1")
		return nil
	}
	w := walker{file: file, errs: errs}
	return w.walk(tree, 0)
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
		w.errs.Add(out.place, "this has no place in a mapping: write a value, a list, or key: value lines")
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
	if out.get(key) != nil {
		w.errs.Add(place, "%q stands here twice: remove one", key)
		return
	}
	out.keys = append(out.keys, entry{key: key, place: place, value: w.walk(pair.Value, depth+1)})
}
