package condition

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"kept/internal/fault"
)

// Condition is a checked expression that is true, false, or cannot be said. It
// is immutable and safe for concurrent use with a Row for each goroutine.
type Condition struct {
	expr  string
	names []string
	eval  func(*Row) truth
}

// Match reports whether the condition holds; one that cannot be said, because a
// value is missing, does not.
func (c *Condition) Match(r *Row) bool { return c.eval(r) == yes }

// Holds returns whether the condition holds, and false for known when a missing
// value keeps it from being said.
func (c *Condition) Holds(r *Row) (holds, known bool) {
	t := c.eval(r)
	return t == yes, t != unknown
}

// Names lists the variables that the condition reads, ascending; those with
// keys as "name.key".
func (c *Condition) Names() []string { return c.names }

// String returns the expression.
func (c *Condition) String() string { return c.expr }

// Formula is a checked expression that gives a number, or none. It is immutable
// and safe for concurrent use with a Row for each goroutine.
type Formula struct {
	expr  string
	names []string
	eval  func(*Row) float64
}

// Number returns the number, and false when it is missing. It is never an
// infinity or NaN.
func (f *Formula) Number(r *Row) (float64, bool) {
	v := f.eval(r)
	return v, !math.IsNaN(v)
}

// Names lists the variables that the formula reads, ascending; those with keys
// as "name.key".
func (f *Formula) Names() []string { return f.names }

// String returns the expression.
func (f *Formula) String() string { return f.expr }

// Condition checks an expression that is to give true or false. Errors are a
// fault.List; the field of each is the given one, and line and column (from 1)
// inside the expression: "segments[2].when:1:7".
func (e *Env) Condition(field, expr string) (*Condition, error) {
	root, b, err := e.check(field, expr)
	if err != nil {
		return nil, err
	}
	if t := b.typeOf(root); t != cel.BoolType && t.Kind() != types.DynKind {
		b.fail(root, "gives %s, and a condition has to give true or false: compare it with something", typeWord(t))
		return nil, b.errs.Err()
	}
	c := &Condition{expr: expr, eval: b.truth(root)}
	c.names = slices.Sorted(maps.Keys(b.names))
	return c, b.errs.Err()
}

// Formula checks an expression that is to give a number. Errors are as those of
// Condition.
func (e *Env) Formula(field, expr string) (*Formula, error) {
	root, b, err := e.check(field, expr)
	if err != nil {
		return nil, err
	}
	if t := b.typeOf(root); t != cel.DoubleType && t.Kind() != types.DynKind {
		b.fail(root, "gives %s, and a formula has to give a number: write cond ? 1 : 0 to count a condition", typeWord(t))
		return nil, b.errs.Err()
	}
	f := &Formula{expr: expr, eval: b.number(root)}
	f.names = slices.Sorted(maps.Keys(b.names))
	return f, b.errs.Err()
}

// check parses and type-checks the expression.
func (e *Env) check(field, expr string) (celast.Expr, *builder, error) {
	if strings.TrimSpace(expr) == "" {
		return nil, nil, fault.List{fault.At(field, "is empty: write an expression such as logins_28d > 10")}
	}
	if len(expr) > MaxExpression {
		return nil, nil, fault.List{fault.At(field, "has %d bytes, and %d is the most: split it into several metrics", len(expr), MaxExpression)}
	}
	parsed, issues := e.cel.Parse(expr)
	if issues.Err() == nil {
		asDoubles(parsed.NativeRep().Expr())
		parsed, issues = e.cel.Check(parsed)
	}
	if issues.Err() != nil {
		return nil, nil, e.issues(field, issues)
	}
	ast := parsed.NativeRep()
	return ast.Expr(), &builder{env: e, ast: ast, field: field, names: map[string]bool{}}, nil
}

// issues translates CEL's complaints; it names the place, and the nearest known
// name for an unknown one.
func (e *Env) issues(field string, issues *cel.Issues) error {
	var errs fault.List
	for _, issue := range issues.Errors() {
		msg := issue.Message
		if name, ok := between(msg, "undeclared reference to '", "'"); ok {
			msg = fmt.Sprintf("%q is not known here: %s", name, nearest(name, append(slices.Collect(maps.Keys(e.vars)), functionNames()...)))
		}
		if strings.Contains(msg, "has() macro") {
			msg = hasTakes
		}
		msg = strings.ReplaceAll(msg, "double", "number")
		errs.Add(place(field, issue.Location.Line(), issue.Location.Column()+1), "%s", strings.TrimSpace(msg))
		if len(errs) == 10 {
			break
		}
	}
	return errs.Err()
}

const hasTakes = "has() takes a keyed value such as attr.industry: use known(x) for anything else"

func place(field string, line, column int) string {
	return fmt.Sprintf("%s:%d:%d", field, max(line, 1), max(column, 1))
}

func between(s, before, after string) (string, bool) {
	_, rest, ok := strings.Cut(s, before)
	if !ok {
		return "", false
	}
	inner, _, ok := strings.Cut(rest, after)
	return inner, ok
}

func functionNames() []string {
	out := []string{"has", "known", "coalesce"}
	out = slices.AppendSeq(out, maps.Keys(unaryFunctions))
	return slices.AppendSeq(out, maps.Keys(binaryFunctions))
}

func typeWord(t *cel.Type) string {
	switch t.Kind() {
	case types.DoubleKind:
		return "a number"
	case types.StringKind:
		return "a text"
	case types.BoolKind:
		return "true or false"
	case types.ListKind:
		return "a list"
	case types.MapKind:
		return "a set of keyed values (add .key)"
	default:
		return "a value of type " + t.String()
	}
}
