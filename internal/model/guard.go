package model

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

// syntax parses one file into its tree, or adds what is wrong with it. The
// guards run on the tokens, before anything that recurses sees the input.
func syntax(f File, errs *fault.List) ast.Node {
	at := Place{File: f.Path, Line: 1, Column: 1}
	if len(f.Data) > MaxFileBytes {
		*errs = append(*errs, &fault.Error{
			Kind: fault.TooLarge, Field: at.String(),
			Msg: fmt.Sprintf("the file has %d bytes: the limit is %d; split it", len(f.Data), MaxFileBytes),
		})
		return nil
	}
	if !utf8.Valid(f.Data) {
		errs.Add(at.String(), "the file is not UTF-8: save it as UTF-8")
		return nil
	}
	node, err := parse(f, errs)
	if err != nil {
		*errs = append(*errs, err)
	}
	return node
}

func parse(f File, errs *fault.List) (node ast.Node, failed *fault.Error) {
	// The YAML library is not ours: an input that makes it panic is a bad input.
	defer func() {
		if r := recover(); r != nil {
			node, failed = nil, fault.At(f.Path+":1:1", "the file is not YAML that can be read; check quotes and indentation")
		}
	}()
	tokens := lexer.Tokenize(string(f.Data))
	if tk := tokens.InvalidToken(); tk != nil {
		return nil, fault.At(place(f.Path, tk).String(), "this is not YAML: %s", tk.Error)
	}
	if err := guard(f.Path, tokens); err != nil {
		return nil, err
	}
	tree, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxError(f.Path, err)
	}
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if node != nil {
			errs.Add(place(f.Path, start(doc.Body)).String(), "a second document begins here: write one document a file")
			break
		}
		node = doc.Body
	}
	return node, nil
}

// guard refuses what the model language leaves out and what could blow up:
// anchors, aliases, tags, merge keys, and nesting beyond any use.
func guard(path string, tokens token.Tokens) *fault.Error {
	depth := 0
	entries, line := 0, 0 // "-" on one line
	keys := map[int]int{} // of the open block mappings, by column
	for _, tk := range tokens {
		what := ""
		switch tk.Type {
		case token.AnchorType:
			what = "an anchor (&)"
		case token.AliasType:
			what = "an alias (*)"
		case token.MergeKeyType:
			what = "a merge key (<<)"
		case token.TagType:
			what = "a tag (!)"
		case token.DirectiveType:
			what = "a directive (%)"
		case token.MappingKeyType:
			what = "a complex key (?)"
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			if tk.Position.Line != line {
				entries, line = 0, tk.Position.Line
			}
			entries++
			closeDeeper(keys, tk.Position.Column)
		case token.MappingValueType:
			if depth > 0 || tk.Prev == nil {
				break
			}
			// The library's time is quadratic in the keys of one block mapping.
			column := tk.Prev.Position.Column
			closeDeeper(keys, column)
			if keys[column]++; keys[column] > maxKeys {
				return fault.At(place(path, tk.Prev).String(), "a set has more than %d keys: no part of a model has as many", maxKeys)
			}
		}
		if what != "" {
			return fault.At(place(path, tk).String(), "%s is not part of the model language: write the value out, in quotes if it is text", what)
		}
		if depth > MaxDepth || entries > MaxDepth {
			return fault.At(place(path, tk).String(), "the nesting is deeper than %d levels: no model needs that", MaxDepth)
		}
	}
	return nil
}

// closeDeeper forgets the mappings that end where something begins at a column.
func closeDeeper(keys map[int]int, column int) {
	for c := range keys {
		if c > column {
			delete(keys, c)
		}
	}
}

func syntaxError(path string, err error) *fault.Error {
	var withToken interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &withToken) && withToken.GetToken() != nil {
		return fault.At(place(path, withToken.GetToken()).String(), "this is not YAML: %s", withToken.GetMessage())
	}
	return fault.At(path+":1:1", "this is not YAML: %s", err.Error())
}

func place(path string, tk *token.Token) Place {
	p := Place{File: path, Line: 1, Column: 1}
	if tk != nil && tk.Position != nil {
		p.Line, p.Column = max(tk.Position.Line, 1), max(tk.Position.Column, 1)
	}
	return p
}

// String returns "file:line:column".
func (p Place) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }
