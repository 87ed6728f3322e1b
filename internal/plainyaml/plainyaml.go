// Package plainyaml parses the plain part of YAML (mappings, lists and scalars)
// from hands that nobody knows: what the library spends too long or too much
// stack on is refused on the tokens, before anything that recurses sees it.
package plainyaml

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"kept/internal/fault"
)

// Options are the limits of a language, and how its errors speak of it.
type Options struct {
	Language string // "model" or "mapping"
	MaxBytes int    // of the file
	MaxDepth int    // of nesting
	MaxKeys  int    // of one mapping: the library's time is quadratic in them
}

// Read parses one document into its tree, or adds what is wrong, at
// "file:line:column", to errs. The tree of an empty file is nil. Duplicate keys
// are left in it, for the caller to report.
func Read(file string, data []byte, opt Options, errs *fault.List) ast.Node {
	if len(data) > opt.MaxBytes {
		*errs = append(*errs, &fault.Error{
			Kind: fault.TooLarge, Field: file + ":1:1",
			Msg: fmt.Sprintf("the file has %d bytes: the limit is %d; split it", len(data), opt.MaxBytes),
		})
		return nil
	}
	if !utf8.Valid(data) {
		errs.Add(file+":1:1", "the file is not UTF-8: save it as UTF-8")
		return nil
	}
	node, err := parse(file, data, opt)
	if err != nil {
		*errs = append(*errs, err)
	}
	return node
}

func parse(file string, data []byte, opt Options) (node ast.Node, failed *fault.Error) {
	// The YAML library is not ours: an input that makes it panic is a bad input.
	defer func() {
		if r := recover(); r != nil {
			node, failed = nil, fault.At(file+":1:1", "the file is not YAML that can be read; check quotes and indentation")
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if tk := tokens.InvalidToken(); tk != nil {
		return nil, fault.At(place(file, tk), "this is not YAML: %s", tk.Error)
	}
	if err := guard(file, tokens, opt); err != nil {
		return nil, err
	}
	tree, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxError(file, err)
	}
	for _, doc := range tree.Docs {
		if doc.Body != nil {
			return doc.Body, nil
		}
	}
	return nil, nil
}

// guard refuses what the languages leave out and what could blow up: anchors,
// aliases, tags, merge keys, a second document (the library's time is quadratic
// in their number), and nesting or width beyond any use.
func guard(file string, tokens token.Tokens, opt Options) *fault.Error {
	depth := 0
	entries, line := 0, 0 // "-" on one line
	keys := map[int]int{} // of the open block mappings, by column
	flow := map[int]int{} // of the open bracketed mappings, by depth
	begun, ended := false, false
	for _, tk := range tokens {
		if tk.Type == token.CommentType {
			continue
		}
		if ended || begun && tk.Type == token.DocumentHeaderType {
			return fault.At(place(file, tk), "a second document begins here: write one document a file")
		}
		begun, ended = true, tk.Type == token.DocumentEndType
		if what := foreign(tk.Type); what != "" {
			return fault.At(place(file, tk), "%s is not part of the %s language: write the value out, in quotes if it is text", what, opt.Language)
		}
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
			flow[depth] = 0
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			if tk.Position.Line != line {
				entries, line = 0, tk.Position.Line
			}
			entries++
			closeDeeper(keys, tk.Position.Column)
		case token.MappingValueType:
			if tk.Prev == nil {
				break
			}
			open, at := flow, depth
			if depth <= 0 {
				open, at = keys, tk.Prev.Position.Column
				closeDeeper(keys, at)
			}
			if open[at]++; open[at] > opt.MaxKeys {
				return fault.At(place(file, tk.Prev), "a set has more than %d keys: no part of a %s has as many", opt.MaxKeys, opt.Language)
			}
		}
		if depth > opt.MaxDepth || entries > opt.MaxDepth {
			return fault.At(place(file, tk), "the nesting is deeper than %d levels: no %s needs that", opt.MaxDepth, opt.Language)
		}
	}
	return nil
}

// foreign names a token that the languages do not have; "" for the others.
func foreign(t token.Type) string {
	switch t {
	case token.AnchorType:
		return "an anchor (&)"
	case token.AliasType:
		return "an alias (*)"
	case token.MergeKeyType:
		return "a merge key (<<)"
	case token.TagType:
		return "a tag (!)"
	case token.DirectiveType:
		return "a directive (%)"
	case token.MappingKeyType:
		return "a complex key (?)"
	default:
		return ""
	}
}

// closeDeeper forgets the mappings that end where something begins at a column.
func closeDeeper(keys map[int]int, column int) {
	for c := range keys {
		if c > column {
			delete(keys, c)
		}
	}
}

func syntaxError(file string, err error) *fault.Error {
	var withToken interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &withToken) && withToken.GetToken() != nil {
		return fault.At(place(file, withToken.GetToken()), "this is not YAML: %s", withToken.GetMessage())
	}
	return fault.At(file+":1:1", "this is not YAML: %s", err.Error())
}

func place(file string, tk *token.Token) string {
	if tk == nil || tk.Position == nil {
		return file + ":1:1"
	}
	return fmt.Sprintf("%s:%d:%d", file, max(tk.Position.Line, 1), max(tk.Position.Column, 1))
}
