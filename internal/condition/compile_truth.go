package condition

import (
	"math"
	"strings"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// truth builds an expression that is true, false or cannot be said.
func (b *builder) truth(e celast.Expr) func(*Row) truth {
	switch e.Kind() {
	case celast.LiteralKind:
		if v, ok := e.AsLiteral().(types.Bool); ok {
			t := truthOf(bool(v))
			return func(*Row) truth { return t }
		}
	case celast.SelectKind:
		if e.AsSelect().IsTestOnly() {
			return b.has(e)
		}
	case celast.CallKind:
		if fn := b.truthCall(e); fn != nil {
			return fn
		}
	default:
	}
	if dyn := b.dynamic(e); dyn != nil {
		return func(r *Row) truth {
			if v := dyn(r); v.kind == isTruth {
				return truthOf(v.n != 0)
			}
			return unknown
		}
	}
	b.unsupported(e)
	return func(*Row) truth { return unknown }
}

// has builds has(variable.key): whether there is a value.
func (b *builder) has(e celast.Expr) func(*Row) truth {
	name, v, ok := b.keyed(e)
	if !ok {
		b.fail(e, hasTakes)
		return func(*Row) truth { return unknown }
	}
	switch v.Type {
	case Numbers:
		x := numberSlot(b.env.numbers[name])
		return func(r *Row) truth { return truthOf(!math.IsNaN(x(r))) }
	case Texts:
		x := textSlot(b.env.texts[name])
		return func(r *Row) truth { _, ok := x(r); return truthOf(ok) }
	default:
		slot := b.env.attrSlot(name)
		return func(r *Row) truth { return truthOf(slot < len(r.attrs) && r.attrs[slot].kind != isMissing) }
	}
}

func (b *builder) truthCall(e celast.Expr) func(*Row) truth {
	call := e.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case operators.LogicalAnd:
		x, y := b.truth(args[0]), b.truth(args[1])
		return func(r *Row) truth {
			l := x(r)
			if l == no {
				return no
			}
			if m := y(r); m != yes {
				return m // false, or cannot be said
			}
			return l
		}
	case operators.LogicalOr:
		x, y := b.truth(args[0]), b.truth(args[1])
		return func(r *Row) truth {
			l := x(r)
			if l == yes {
				return yes
			}
			if m := y(r); m != no {
				return m
			}
			return l
		}
	case operators.LogicalNot:
		x := b.truth(args[0])
		return func(r *Row) truth {
			switch x(r) {
			case yes:
				return no
			case no:
				return yes
			case unknown:
			}
			return unknown
		}
	case operators.Conditional:
		cond, then, otherwise := b.truth(args[0]), b.truth(args[1]), b.truth(args[2])
		return func(r *Row) truth {
			switch cond(r) {
			case yes:
				return then(r)
			case no:
				return otherwise(r)
			case unknown:
			}
			return unknown
		}
	case "known":
		x := b.value(args[0])
		return func(r *Row) truth { return truthOf(x(r).kind != isMissing) }
	case "coalesce":
		x, y := b.truth(args[0]), b.truth(args[1])
		return func(r *Row) truth {
			if t := x(r); t != unknown {
				return t
			}
			return y(r)
		}
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return b.comparison(call.FunctionName(), args[0], args[1])
	case operators.In:
		return b.in(args[0], args[1])
	case "contains", "startsWith", "endsWith":
		return b.search(call)
	}
	return nil
}

func (b *builder) search(call celast.CallExpr) func(*Row) truth {
	if !call.IsMemberFunction() {
		return nil
	}
	test := strings.Contains
	switch call.FunctionName() {
	case "startsWith":
		test = strings.HasPrefix
	case "endsWith":
		test = strings.HasSuffix
	}
	x, y := b.text(call.Target()), b.text(call.Args()[0])
	return func(r *Row) truth {
		s, ok := x(r)
		part, known := y(r)
		if !ok || !known {
			return unknown
		}
		return truthOf(test(s, part))
	}
}

// comparison picks closures by the types of both sides.
func (b *builder) comparison(op string, l, r celast.Expr) func(*Row) truth {
	lt, rt := b.typeOf(l).Kind(), b.typeOf(r).Kind()
	switch {
	case lt == types.DoubleKind && rt == types.DoubleKind:
		x, y := b.number(l), b.number(r)
		return compareNumbers(op, x, y)
	case lt == types.StringKind && rt == types.StringKind:
		x, y := b.text(l), b.text(r)
		accept := acceptOf(op)
		return func(row *Row) truth {
			s, ok := x(row)
			t, known := y(row)
			if !ok || !known {
				return unknown
			}
			return truthOf(accept[1+strings.Compare(s, t)])
		}
	}
	x, y := b.value(l), b.value(r)
	accept := acceptOf(op)
	equality := op == operators.Equals || op == operators.NotEquals
	return func(row *Row) truth {
		v, w := x(row), y(row)
		switch {
		case v.kind == isMissing || w.kind == isMissing:
			return unknown
		case v.kind != w.kind && equality:
			return truthOf(op == operators.NotEquals) // as in CEL, things of different types are not equal
		case v.kind != w.kind:
			return unknown
		}
		return truthOf(accept[1+v.compare(w)])
	}
}

func (v value) compare(w value) int {
	switch {
	case v.kind == isText:
		return strings.Compare(v.s, w.s)
	case v.n < w.n:
		return -1
	case v.n > w.n:
		return 1
	}
	return 0
}

// acceptOf says which of less, equal and greater satisfy an operator.
func acceptOf(op string) [3]bool {
	switch op {
	case operators.Equals:
		return [3]bool{false, true, false}
	case operators.NotEquals:
		return [3]bool{true, false, true}
	case operators.Less:
		return [3]bool{true, false, false}
	case operators.LessEquals:
		return [3]bool{true, true, false}
	case operators.Greater:
		return [3]bool{false, false, true}
	}
	return [3]bool{false, true, true}
}

func compareNumbers(op string, x, y func(*Row) float64) func(*Row) truth {
	test := func(v, w float64) bool { return v == w }
	switch op {
	case operators.NotEquals:
		test = func(v, w float64) bool { return v != w }
	case operators.Less:
		test = func(v, w float64) bool { return v < w }
	case operators.LessEquals:
		test = func(v, w float64) bool { return v <= w }
	case operators.Greater:
		test = func(v, w float64) bool { return v > w }
	case operators.GreaterEquals:
		test = func(v, w float64) bool { return v >= w }
	}
	return func(r *Row) truth {
		v, w := x(r), y(r)
		if math.IsNaN(v) || math.IsNaN(w) {
			return unknown
		}
		return truthOf(test(v, w))
	}
}

// in builds x in [a, b, c]: true when one is equal, else false when all can be
// compared.
func (b *builder) in(x, list celast.Expr) func(*Row) truth {
	if list.Kind() != celast.ListKind {
		return nil
	}
	elements := list.AsList().Elements()
	tests := make([]func(*Row) truth, len(elements))
	for i, e := range elements {
		tests[i] = b.comparison(operators.Equals, x, e)
	}
	known := b.value(x)
	return func(r *Row) truth {
		if known(r).kind == isMissing {
			return unknown
		}
		out := no
		for _, test := range tests {
			switch test(r) {
			case yes:
				return yes
			case unknown:
				out = unknown
			case no:
			}
		}
		return out
	}
}
