package condition

import (
	"maps"
	"slices"
	"strings"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Unit is what a number counts: a product of powers of base units such as "days"
// or "currency". The zero Unit is not known, which goes with everything.
type Unit struct {
	known bool
	free  bool // a number as it is written: goes with every unit, and takes none away
	dims  map[string]int
}

// Unknown is the unit of what says nothing about it.
var Unknown = Unit{}

// UnitOf returns the unit with a name. Shares have none, and the empty name is
// unknown.
func UnitOf(name string) Unit {
	switch name {
	case "":
		return Unknown
	case "ratio", "percent", "fraction", "%":
		return Unit{known: true}
	case "day":
		name = "days"
	}
	return Unit{known: true, dims: map[string]int{name: 1}}
}

// Base returns the name of a unit that is one base unit and nothing else, "ratio"
// for a pure number, and false for all others.
func (u Unit) Base() (string, bool) {
	switch {
	case !u.known || u.free || len(u.dims) > 1:
		return "", false
	case len(u.dims) == 0:
		return "ratio", true
	}
	for name, power := range u.dims {
		return name, power == 1
	}
	return "", false
}

// String writes the unit: "days", "currency/seats".
func (u Unit) String() string {
	if !u.known {
		return "an unknown unit"
	}
	var over, under []string
	for _, name := range slices.Sorted(maps.Keys(u.dims)) {
		for range max(u.dims[name], 0) {
			over = append(over, name)
		}
		for range max(-u.dims[name], 0) {
			under = append(under, name)
		}
	}
	text := strings.Join(over, "·")
	if text == "" {
		text = "a share"
		if len(under) > 0 {
			text = "1"
		}
	}
	if len(under) > 0 {
		text += "/" + strings.Join(under, "/")
	}
	return text
}

// Over returns the unit of a quotient.
func (u Unit) Over(v Unit) Unit { return u.times(v, -1) }

func (u Unit) times(v Unit, sign int) Unit {
	if !u.known || !v.known {
		return Unknown
	}
	out := Unit{known: true, free: u.free && v.free, dims: maps.Clone(u.dims)}
	for name, power := range v.dims {
		if out.dims == nil {
			out.dims = map[string]int{}
		}
		if out.dims[name] += sign * power; out.dims[name] == 0 {
			delete(out.dims, name)
		}
	}
	return out
}

// Units checks the units of a formula or condition that Formula or Condition
// accepts: it adds, subtracts and compares only what counts the same thing. of
// tells the unit of a name. It returns the unit of the result; errors are as
// those of Formula.
func (e *Env) Units(field, expr string, of func(name string) Unit) (Unit, error) {
	root, b, err := e.check(field, expr)
	if err != nil {
		return Unknown, err
	}
	u := unitWalker{b, of}.unit(root)
	return u, b.errs.Err()
}

type unitWalker struct {
	*builder
	of func(string) Unit
}

func (w unitWalker) unit(e celast.Expr) Unit {
	switch e.Kind() {
	case celast.LiteralKind:
		if _, ok := e.AsLiteral().(types.Double); ok {
			return Unit{known: true, free: true}
		}
	case celast.IdentKind:
		if _, ok := w.env.numbers[e.AsIdent()]; ok {
			return w.of(e.AsIdent())
		}
	case celast.CallKind:
		return w.call(e)
	case celast.ListKind:
		for _, item := range e.AsList().Elements() {
			w.unit(item)
		}
	default:
	}
	return Unknown
}

func (w unitWalker) call(e celast.Expr) Unit {
	call := e.AsCall()
	var units []Unit
	if call.IsMemberFunction() {
		w.unit(call.Target())
	}
	for _, arg := range call.Args() {
		units = append(units, w.unit(arg))
	}
	switch name := call.FunctionName(); name {
	case operators.Add:
		return w.same(e, "added", units)
	case operators.Subtract:
		return w.same(e, "subtracted", units)
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals, operators.Equals, operators.NotEquals:
		w.same(e, "compared", units)
	case operators.Conditional:
		return w.same(e, "put in place of each other", units[1:])
	case "min", "max", "coalesce":
		return w.same(e, "put in place of each other", units)
	case operators.Negate, "abs", "floor", "ceil", "round":
		return units[0]
	case operators.Multiply:
		return units[0].times(units[1], 1)
	case operators.Divide:
		return units[0].times(units[1], -1)
	}
	return Unknown // double(x) among others: it takes the unit away
}

// same wants all the units to be one.
func (w unitWalker) same(e celast.Expr, what string, units []Unit) Unit {
	out := Unknown
	all := true
	for _, u := range units {
		switch {
		case !u.known:
			all = false
		case !out.known || out.free && !u.free:
			out = u
		case !u.free && !maps.Equal(out.dims, u.dims):
			w.fail(e, "%s and %s cannot be %s: they count different things (double(x) takes the unit of x away)", out, u, what)
			return Unknown
		}
	}
	if !all {
		return Unknown
	}
	return out
}
