package model

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"kept/internal/fault"
	"kept/internal/plainyaml"
)

// syntax parses one file into its tree, or adds what is wrong with it.
func syntax(f File, errs *fault.List) ast.Node {
	limits := plainyaml.Options{Language: "model", MaxBytes: MaxFileBytes, MaxDepth: MaxDepth, MaxKeys: maxKeys}
	return plainyaml.Read(f.Path, f.Data, limits, errs)
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
