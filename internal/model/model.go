// Package model reads, checks, writes and compares the declarative model: the
// metrics, segments and scorecards of a company as text. It does no I/O: the
// caller hands it the files.
package model

import (
	"kept/internal/customer"
	"kept/internal/health"
	"kept/internal/metric"
	"kept/internal/segment"
)

// Format is the version of the language that this package reads and writes. It
// stands in every file as "kept: 1".
const Format = 1

// Limits on what is read, so that no input can take the process down.
const (
	MaxFiles     = 200
	MaxFileBytes = 1 << 20
	MaxBytes     = 4 << 20 // of all files together
	MaxDepth     = 40      // of nesting
	MaxObjects   = 2000    // metrics, segments, scorecards or attributes, each
	maxErrors    = 100     // reported at once
	maxKeys      = 1000    // of one set, right or wrong
)

// File is one YAML file of a model. Path is used for the order of merging and
// in error messages only.
type File struct {
	Path string
	Data []byte
}

// Model is what a company declares. The order of metrics and attributes means
// nothing; that of segments does.
type Model struct {
	Attributes []customer.AttributeDef `json:"attributes,omitempty"`
	Metrics    []metric.Definition     `json:"metrics,omitempty"`
	Segments   []segment.Segment       `json:"segments,omitempty"`
	Scorecards []health.Scorecard      `json:"scorecards,omitempty"`

	places map[string]Place
}

// Metric returns the definition of a metric.
func (m *Model) Metric(name string) (*metric.Definition, bool) {
	for i := range m.Metrics {
		if m.Metrics[i].Name == name {
			return &m.Metrics[i], true
		}
	}
	return nil, false
}

// Place is a place in a file; lines and columns count from 1.
type Place struct {
	File   string
	Line   int
	Column int
	// text says how a text is written there, which decides where its own lines
	// and columns are in the file.
	text writing
}

// writing is how a text is written.
type writing uint8

// A plain text begins at its place, a quoted one behind the quote, and the lines
// of a block are not those of the file once it is folded.
const (
	plainText writing = iota
	quotedText
	blockText
)

// inside returns the place of a line and column (from 1) of the text at p.
func (p Place) inside(line, column int) Place {
	if line < 1 || column < 1 || p.text == blockText {
		return p
	}
	if line > 1 {
		return Place{File: p.File, Line: p.Line + line - 1, Column: column}
	}
	p.Column += column - 1
	if p.text == quotedText {
		p.Column++
	}
	return p
}
