package ingest

import (
	"time"

	"kept/internal/money"
	"kept/internal/tabular"
)

// Mapping says what the rows of a source's files mean. Parse makes it.
type Mapping struct {
	Source   string
	Products []ProductLine
	Lookups  []Lookup
	Files    []File
	Checks   []Check
	// Cutoff is the first instant after the data: what is dated later is in the
	// future. Zero means the clock decides.
	Cutoff time.Time
	Zone   *time.Location
	file   string
	sum    string // hash of the text
}

// ProductLine is a product that the source does not list in a file of its own.
type ProductLine struct{ ID, Key, Name string }

// File says how one file (or all that match its pattern) is read.
type File struct {
	Key      string // for checks; the pattern without its extension by default
	Path     string // base name or glob
	Format   Format
	Encoding string
	CSV      tabular.CSVOptions
	Sheet    string // of a workbook; the first one by default
	Cells    Cells
	Rows     []Target
	place    string
}

// Format is a file's format.
type Format string

// The formats; empty means by the extension.
const (
	CSV     Format = "csv"
	JSONL   Format = "jsonl"
	Parquet Format = "parquet"
	XLSX    Format = "xlsx"
)

// Cells says how the texts of a file's cells are read.
type Cells struct {
	Nulls    map[string]bool
	Layouts  []string
	Zone     *time.Location
	Decimal  byte
	Currency money.Currency
}

// Kind is what a target makes of a row.
type Kind string

// The targets, in the order in which they are written.
const (
	KindProduct      Kind = "product"
	KindAccount      Kind = "account"
	KindContact      Kind = "contact"
	KindRelationship Kind = "relationship"
	KindSubscription Kind = "subscription"
	KindAttribute    Kind = "attribute"
	KindTicket       Kind = "ticket"
	KindActivity     Kind = "activity"
	KindChurn        Kind = "churn"
	KindNPS          Kind = "nps"
	KindCSAT         Kind = "csat"
	KindEvent        Kind = "event"
)

// Duplicates says what to do with a row whose id another row of the run had.
type Duplicates string

// The policies. Keep makes of every row an event or subscription of its own, also
// of identical ones, told apart by their order in the file; First keeps the first
// and reports the others.
const (
	First Duplicates = "first"
	Keep  Duplicates = "keep"
)

// Target is one thing that a row becomes.
type Target struct {
	Kind       Kind
	ID         []string // columns that together are the external id
	When       []Condition
	Fields     map[string]Expr
	Attributes []Named // of accounts: facts; of events: properties
	External   []Named // of accounts: ids in other sources, by source
	Duplicates Duplicates
	place      string
	reads      []string // every column it reads, in order of name
}

// Named is an expression with a name.
type Named struct {
	Name string
	Expr Expr
}

// Expr says where a value comes from: a column or a constant, then a map.
type Expr struct {
	Column string
	Const  string
	IsCol  bool
	Map    map[string]string
	Lookup string // name of a table in a file, in place of Map
	// Else is what a value outside Map or Lookup becomes; without it such a row is rejected.
	Else    string
	HasElse bool
	Default string // for an empty cell
	Times   float64
	Type    ValueType
	// Layouts are how dates are written here, when not as in the rest of the file.
	Layouts []string
	// ValidFrom is the column (or "data_cutoff") from which an attribute holds.
	ValidFrom string
	place     string
}

// ValueType is how the text of an attribute is understood.
type ValueType string

// The types of attributes and properties.
const (
	TypeText   ValueType = "text"
	TypeInt    ValueType = "int"
	TypeNumber ValueType = "number"
	TypeMoney  ValueType = "money"
	TypeBool   ValueType = "bool"
	TypeDate   ValueType = "date"
)

// DataCutoff is the word that stands for the mapping's cutoff in place of a column.
const DataCutoff = "data_cutoff"

// ImportTime is the word for the instant of the import: right for what a system
// that is asked now says of now.
const ImportTime = "import_time"

// Op is a comparison.
type Op string

// The comparisons. Ordered ones compare numbers, or dates written year first.
const (
	Equals    Op = "equals"
	NotEquals Op = "not_equals"
	In        Op = "in"
	Empty     Op = "empty"
	NotEmpty  Op = "not_empty"
	GT        Op = "gt"
	GTE       Op = "gte"
	LT        Op = "lt"
	LTE       Op = "lte"
)

// Condition is a comparison of one column; all of a list have to hold.
type Condition struct {
	Column string
	Op     Op
	Values []string
	place  string
}

// Check is a comparison that the data should pass; what fails it is reported.
// It compares, per key (such as an account id), a value taken from one file with
// one from another, or, when Sequence is set, a row with the one before it.
type Check struct {
	Rule, Says, WhatToDo string
	Severity             Severity
	Left, Right          *Take
	Reports              Compare
	Sequence             *Sequence
	place                string
}

// Compare is which relation of left and right is reported.
type Compare string

// The relations.
const (
	Differs Compare = "differs"
	Same    Compare = "same"
	Less    Compare = "less"
	Greater Compare = "greater"
)

// Take condenses the rows of one file to one value per key.
type Take struct {
	File   string
	By     string // the key's column
	Column string
	Take   TakeKind
	Order  string // Newest: the column by which the newest row is chosen
	When   []Condition
	Bool   bool // compare as truth
	place  string
}

// TakeKind is how rows are condensed.
type TakeKind string

// The ways. Value is the first one; Exists and None are truths.
const (
	Value  TakeKind = "value"
	Newest TakeKind = "newest"
	Sum    TakeKind = "sum"
	Count  TakeKind = "count"
	Exists TakeKind = "exists"
)

// Sequence compares each row of a key with the one before it in order, by the
// rank of a column: a row whose Flag says that it went Up (or down) while the
// ranks say otherwise is reported, and with Missed also the other way round.
type Sequence struct {
	File   string
	By     string
	Order  string
	Column string
	Rank   map[string]string
	Flag   string
	Claims string // "higher" or "lower"
	Missed bool
	place  string
}
