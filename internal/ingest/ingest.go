// Package ingest turns rows of other systems' files into the customer record and
// the event stream: a declarative mapping says what a row means, identity is the
// source's own id, and whatever does not fit is rejected row by row or reported.
package ingest

import (
	"context"
	"io"
	"time"

	"kept/internal/clock"
	"kept/internal/customer"
	"kept/internal/tabular"
	"kept/internal/usage"
)

// Deps is what a run needs from outside.
type Deps struct {
	Records customer.Store
	Events  usage.Store
	Clock   clock.Clock
	// Open opens a file of the run for reading from its start; it is called once
	// per pass. Nil opens it on the local disk.
	Open func(path string) (io.ReadCloser, error)
	// Size returns the length of a file in bytes, for progress; nil means unknown.
	Size func(path string) int64
	// Parquet opens a Parquet file; nil refuses Parquet with a clear error.
	Parquet func(ctx context.Context, path string) (tabular.Reader, error)
	// TempDir is where what a long run remembers is written when it outgrows
	// memory; "" means the system's.
	TempDir string
	// Users finds owners; nil refuses a mapping that names one.
	Users Users
}

// Options are the choices of one run.
type Options struct {
	// DryRun writes nothing and reports what would have been written.
	DryRun bool
	// Progress is called now and then, from one goroutine; nil for none.
	Progress func(Progress)
	// Rejects receives the rejected rows as CSV with the header
	// file,line,column,value,reason,row; nil drops them (they are still counted).
	Rejects io.Writer
	// Rejected is told of each rejected row, from one goroutine; nil for nobody.
	Rejected func(Reject)
	// RejectsFile is what the report says under rejects_file.
	RejectsFile string
	// Resume is where an interrupted run of the same mapping and files goes on; nil
	// starts from the beginning. Rejects then has to go on after RejectsBytes. The
	// error is a Conflict with ErrChanged when mapping or files are others.
	Resume *Checkpoint
	// Save is told of every batch that is complete; nil for nobody. An error ends
	// the run. A dry run has nothing to go on from.
	Save func(Checkpoint) error
	// BatchRows is how many rows are written in one transaction; 0 means 10,000.
	BatchRows int
}

// Reject is a row, or a target of a row, that was not used.
type Reject struct {
	File          string
	Line          int
	Column, Value string
	Reason        string
	// Orphan is set when the row refers to an object that nobody knows: it may
	// arrive later.
	Orphan bool
}

// Progress says how far a run has come.
type Progress struct {
	Phase      string `json:"phase"` // "accounts", "subscriptions", "tickets", "events"
	File       string `json:"file"`
	Read       int64  `json:"read"` // rows so far, over all passes
	DoneBytes  int64  `json:"done_bytes"`
	TotalBytes int64  `json:"total_bytes"` // over all passes; 0 when unknown
	// Replay is set while rows are read that an interrupted run has stored.
	Replay bool `json:"replay"`
}

// Counts says what became of the objects of one kind; Read is the sum of the
// other four.
type Counts struct {
	Read      int64 `json:"read"`
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Rejected  int64 `json:"rejected"`
}

// Severity ranks a finding.
type Severity string

// The severities: the data cannot be right, the data deserve a look, for information.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is one line of the data-quality report.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Count    int64    `json:"count"`
	Says     string   `json:"says"`    // what the rule found, in words
	Example  string   `json:"example"` // file:line and values of the first one
	WhatToDo string   `json:"what_to_do"`
}

// FileReport says what was read of one file.
type FileReport struct {
	File     string `json:"file"`
	Rows     int64  `json:"rows"`
	Rejected int64  `json:"rejected"` // rows that no target could take
}

// Report is the outcome of a run; its JSON is a published contract.
type Report struct {
	// Objects is keyed by what was written: accounts, contacts, products,
	// relationships, subscriptions, tickets, activities, attributes, events (from
	// rows) and derived_events (from tickets, activities and subscriptions).
	Objects     map[string]*Counts `json:"objects"`
	Files       []FileReport       `json:"files"`
	Rejects     int64              `json:"rejects"` // lines in the rejects file
	RejectsFile string             `json:"rejects_file"`
	Quality     []Finding          `json:"quality"`
	DryRun      bool               `json:"dry_run"`
	StartedAt   time.Time          `json:"started_at"`
	FinishedAt  time.Time          `json:"finished_at"`
}

// Column describes one column of an inspected file.
type Column struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"` // "text", "int", "number", "bool", "date", "empty"
	Samples []string `json:"samples"`
	Empty   int      `json:"empty"` // rows without a value, of those inspected
	// Formats are the date formats that read every value inspected. Several mean
	// that the values do not tell which one is right.
	Formats []string `json:"formats,omitempty"`
}

// Inspection is what a look at the start of a file tells.
type Inspection struct {
	Columns   []Column `json:"columns"`
	Rows      int      `json:"rows"` // rows inspected
	Delimiter string   `json:"delimiter"`
	Encoding  string   `json:"encoding"`
	Format    Format   `json:"format"`
	// Sheets are those of a workbook; the first one was inspected.
	Sheets []string `json:"sheets,omitempty"`
	// ProposedMapping is a mapping to start from; a person has to look at it before
	// it is run. It parses, unless the dates of a column can be read in several
	// ways: then it names them where one has to be chosen, and refuses to guess.
	ProposedMapping string `json:"proposed_mapping"`
}
