// Package condition checks and evaluates conditions (true or false) and formulas
// (a number) over accounts and metrics, written in a subset of CEL. CEL parses
// and type-checks them; Kept evaluates them itself, because a value may be
// missing, and because a filter over 100,000 accounts must not take a second.
package condition

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"

	"kept/internal/fault"
)

// Type is the type of a variable.
type Type string

// The types of variables.
const (
	Number  Type = "number"  // float64
	Text    Type = "text"    // string
	Numbers Type = "numbers" // numbers by key: measure.adoption
	Texts   Type = "texts"   // texts by key: band.adoption
	// Attributes are values by key whose type is known only at evaluation:
	// attr.industry. A date is text in RFC 3339, UTC, which compares as text.
	Attributes Type = "attributes"
)

// Var declares a variable that an expression may use.
type Var struct {
	Name string
	Type Type
	// Keys are the keys of Numbers and Texts, and none other may be used.
	Keys []string
}

// MaxExpression is the greatest length of an expression in bytes, maxDepth the
// greatest nesting.
const (
	MaxExpression = 4 << 10
	maxDepth      = 64
)

// Env knows the variables that expressions may use. It is safe for concurrent use.
type Env struct {
	cel  *cel.Env
	vars map[string]Var
	// Slots of a row: number and text variables by name, those of Numbers and
	// Texts by "name.key".
	numbers map[string]int
	texts   map[string]int

	mu    sync.Mutex
	attrs map[string]int // slots of attribute values by "name.key", as programs use them
}

// AccountVars declares what a condition about accounts may use beside metrics.
// The zero of a number or text that an account does not have is "missing".
func AccountVars() []Var {
	return []Var{
		{Name: "name", Type: Text},
		{Name: "domain", Type: Text},
		{Name: "owner", Type: Text}, // the user's id
		{Name: "stage", Type: Text},
		{Name: "status", Type: Text}, // active, trial, churned or inactive
		{Name: "segment", Type: Text},
		{Name: "scorecard", Type: Text},
		{Name: "band", Type: Text},
		{Name: "score", Type: Number},
		{Name: "arr", Type: Number}, // major units
		{Name: "coverage", Type: Number},
		{Name: "attr", Type: Attributes},
	}
}

// Metrics declares number variables, one for each name.
func Metrics(names []string) []Var {
	out := make([]Var, len(names))
	for i, n := range names {
		out[i] = Var{Name: n, Type: Number}
	}
	return out
}

// NewEnv returns an environment with the variables. Declaring a name again with
// the same type is allowed, so that a metric may be called as an account's
// number is ("arr"): they are then one variable. The errors are a fault.List
// whose fields are the names.
func NewEnv(vars ...Var) (*Env, error) {
	e := &Env{vars: map[string]Var{}, numbers: map[string]int{}, texts: map[string]int{}, attrs: map[string]int{}}
	var errs fault.List
	opts := language()
	for _, v := range vars {
		if err := CheckName(v.Name, v.Name); err != nil {
			errs = append(errs, err)
			continue
		}
		if before, ok := e.vars[v.Name]; ok {
			if before.Type != v.Type || len(v.Keys)+len(before.Keys) > 0 {
				errs.Add(v.Name, "is declared twice, as %s and as %s: give the metric another name", before.Type, v.Type)
			}
			continue
		}
		e.vars[v.Name] = v
		switch v.Type {
		case Number:
			e.numbers[v.Name] = len(e.numbers)
			opts = append(opts, cel.Variable(v.Name, cel.DoubleType))
		case Text:
			e.texts[v.Name] = len(e.texts)
			opts = append(opts, cel.Variable(v.Name, cel.StringType))
		case Numbers:
			for _, k := range v.Keys {
				e.numbers[v.Name+"."+k] = len(e.numbers)
			}
			opts = append(opts, cel.Variable(v.Name, cel.MapType(cel.StringType, cel.DoubleType)))
		case Texts:
			for _, k := range v.Keys {
				e.texts[v.Name+"."+k] = len(e.texts)
			}
			opts = append(opts, cel.Variable(v.Name, cel.MapType(cel.StringType, cel.StringType)))
		case Attributes:
			opts = append(opts, cel.Variable(v.Name, cel.MapType(cel.StringType, cel.DynType)))
		default:
			errs.Add(v.Name, "has the unknown type %q", v.Type)
		}
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	inner, err := cel.NewCustomEnv(opts...)
	if err != nil {
		return nil, fault.Wrap(err, "declare the variables of conditions")
	}
	e.cel = inner
	return e, nil
}

// reserved are the words that CEL, or Kept's functions, keep for themselves.
var reserved = []string{
	"as", "bool", "break", "bytes", "const", "continue", "double", "dyn", "else", "false", "for", "function", "if",
	"import", "in", "int", "let", "list", "loop", "map", "namespace", "null", "null_type", "package", "return",
	"string", "true", "type", "uint", "var", "void", "while",
}

// CheckName reports a name that cannot stand in an expression.
func CheckName(field, name string) *fault.Error {
	ok := name != "" && len(name) <= 64 && name[0] >= 'a' && name[0] <= 'z'
	for _, r := range name {
		ok = ok && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_')
	}
	if !ok {
		return fault.At(field, "%q is not a name: use lower snake case, a letter first, at most 64 characters", name)
	}
	if slices.Contains(reserved, name) {
		return fault.At(field, "%q is a word of the expression language: use another name", name)
	}
	return nil
}

// Slot returns the place of a number variable ("logins", "measure.adoption") in
// a row's Numbers.
func (e *Env) Slot(name string) (int, bool) {
	n, ok := e.numbers[name]
	return n, ok
}

// TextSlot returns the place of a text variable for Row.SetText.
func (e *Env) TextSlot(name string) (int, bool) {
	n, ok := e.texts[name]
	return n, ok
}

// attrSlot returns the place of an attribute's value, making one if need be.
func (e *Env) attrSlot(name string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, ok := e.attrs[name]
	if !ok {
		n = len(e.attrs)
		e.attrs[name] = n
	}
	return n
}

// nearest suggests the known name that is most like an unknown one, as a
// sentence, or lists what there is when nothing is near.
func nearest(name string, known []string) string {
	sort.Strings(known)
	best, distance := "", 1+len(name)/3
	for _, k := range known {
		if d := editDistance(name, k); d <= distance && (best == "" || d < distance) {
			best, distance = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) == 0:
		return "there is nothing that could be used here"
	case len(known) > 12:
		return "there are " + strings.Join(known[:12], ", ") + " and others"
	}
	return "there are " + strings.Join(known, ", ")
}

// editDistance is Levenshtein's: insertions, deletions and replacements of a byte.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
