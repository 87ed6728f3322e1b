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
	MaxDepth     = 40   // of nesting
	MaxObjects   = 2000 // metrics, segments, scorecards or attributes, each
	maxErrors    = 100  // reported at once
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

// Place is a place in a file; lines and columns count from 1.
type Place struct {
	File   string
	Line   int
	Column int
}
