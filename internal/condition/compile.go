package condition

import (
	"math"
	"strings"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"kept/internal/fault"
)

// builder turns a checked expression into closures. Numbers and truths have
// closures of their own type, because they are what is evaluated a million times.
type builder struct {
	env   *Env
	ast   *celast.AST
	field string
	names map[string]bool
	errs  fault.List
}

func (b *builder) typeOf(e celast.Expr) *cel.Type {
	t := b.ast.GetType(e.ID())
	switch {
	case t == nil:
		return cel.DynType
	case t.Kind() == types.IntKind:
		return cel.DoubleType // size() counts in int
	}
	return t
}

func (b *builder) fail(e celast.Expr, format string, args ...any) {
	at := b.ast.SourceInfo().GetStartLocation(e.ID())
	b.errs.Add(place(b.field, at.Line(), at.Column()+1), format, args...)
}

// unsupported reports what CEL has and Kept has not, once for a whole branch.
func (b *builder) unsupported(e celast.Expr) {
	what := "this kind of expression"
	if e.Kind() == celast.CallKind {
		what = "the function or operator " + strings.Trim(e.AsCall().FunctionName(), "_@")
	}
	b.fail(e, "%s is not available for these operands: see the README of conditions for what is", what)
}

// number builds an expression that gives a number; NaN is missing.
func (b *builder) number(e celast.Expr) func(*Row) float64 {
	switch e.Kind() {
	case celast.LiteralKind:
		if v, ok := e.AsLiteral().(types.Double); ok {
			x := float64(v)
			return func(*Row) float64 { return x }
		}
	case celast.IdentKind:
		if slot, ok := b.env.numbers[e.AsIdent()]; ok {
			b.names[e.AsIdent()] = true
			return numberSlot(slot)
		}
	case celast.CallKind:
		if fn := b.numberCall(e); fn != nil {
			return fn
		}
	default:
	}
	if name, v, ok := b.keyed(e); ok && v.Type == Numbers {
		return numberSlot(b.env.numbers[name])
	}
	if dyn := b.dynamic(e); dyn != nil {
		return func(r *Row) float64 {
			if v := dyn(r); v.kind == isNumber {
				return v.n
			}
			return math.NaN()
		}
	}
	b.unsupported(e)
	return func(*Row) float64 { return math.NaN() }
}

func numberSlot(slot int) func(*Row) float64 {
	return func(r *Row) float64 { return r.numbers[slot] }
}

// noInfinity turns what is not finite into missing: no infinity ever leaves an
// expression, and a division by zero has no result.
func noInfinity(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.NaN()
	}
	return x
}

func (b *builder) numberCall(e celast.Expr) func(*Row) float64 {
	call := e.AsCall()
	args := call.Args()
	name := call.FunctionName()
	switch {
	case name == operators.Conditional:
		cond, then, otherwise := b.truth(args[0]), b.number(args[1]), b.number(args[2])
		return func(r *Row) float64 {
			switch cond(r) {
			case yes:
				return then(r)
			case no:
				return otherwise(r)
			case unknown:
			}
			return math.NaN()
		}
	case name == "size" && len(args)+boolInt(call.IsMemberFunction()) == 1:
		of := call.Target()
		if !call.IsMemberFunction() {
			of = args[0]
		}
		if b.typeOf(of).Kind() != types.StringKind {
			return nil
		}
		s := b.text(of)
		return func(r *Row) float64 {
			if v, ok := s(r); ok {
				return float64(len([]rune(v)))
			}
			return math.NaN()
		}
	case call.IsMemberFunction():
		return nil
	case name == operators.Negate:
		x := b.number(args[0])
		return func(r *Row) float64 { return -x(r) }
	case name == "double" && b.isNumeric(args[0]):
		return b.number(args[0])
	case name == "coalesce":
		x, y := b.number(args[0]), b.number(args[1])
		return func(r *Row) float64 {
			if v := x(r); !math.IsNaN(v) {
				return v
			}
			return y(r)
		}
	}
	if fn, ok := unaryFunctions[name]; ok {
		x := b.number(args[0])
		return func(r *Row) float64 { return noInfinity(fn(x(r))) }
	}
	if fn, ok := binaryFunctions[name]; ok {
		x, y := b.number(args[0]), b.number(args[1])
		return func(r *Row) float64 {
			v, w := x(r), y(r)
			if math.IsNaN(v) || math.IsNaN(w) { // pow(NaN, 0) is 1, and a missing value is not
				return math.NaN()
			}
			return noInfinity(fn(v, w))
		}
	}
	return b.arithmetic(e)
}

func (b *builder) arithmetic(e celast.Expr) func(*Row) float64 {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	switch name {
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide:
	default:
		return nil
	}
	if !b.isNumeric(args[0]) || !b.isNumeric(args[1]) {
		return nil
	}
	x, y := b.number(args[0]), b.number(args[1])
	switch name {
	case operators.Add:
		return func(r *Row) float64 { return noInfinity(x(r) + y(r)) }
	case operators.Subtract:
		return func(r *Row) float64 { return noInfinity(x(r) - y(r)) }
	case operators.Multiply:
		return func(r *Row) float64 { return noInfinity(x(r) * y(r)) }
	}
	return func(r *Row) float64 { return noInfinity(x(r) / y(r)) }
}

func (b *builder) isNumeric(e celast.Expr) bool {
	k := b.typeOf(e).Kind()
	return k == types.DoubleKind || k == types.DynKind
}

// text builds an expression that gives a text.
func (b *builder) text(e celast.Expr) func(*Row) (string, bool) {
	switch e.Kind() {
	case celast.LiteralKind:
		if v, ok := e.AsLiteral().(types.String); ok {
			s := string(v)
			return func(*Row) (string, bool) { return s, true }
		}
	case celast.IdentKind:
		if slot, ok := b.env.texts[e.AsIdent()]; ok {
			b.names[e.AsIdent()] = true
			return textSlot(slot)
		}
	case celast.CallKind:
		call := e.AsCall()
		args := call.Args()
		switch call.FunctionName() {
		case operators.Conditional:
			cond, then, otherwise := b.truth(args[0]), b.text(args[1]), b.text(args[2])
			return func(r *Row) (string, bool) {
				switch cond(r) {
				case yes:
					return then(r)
				case no:
					return otherwise(r)
				case unknown:
				}
				return "", false
			}
		case "coalesce":
			x, y := b.text(args[0]), b.text(args[1])
			return func(r *Row) (string, bool) {
				if s, ok := x(r); ok {
					return s, true
				}
				return y(r)
			}
		}
	default:
	}
	if name, v, ok := b.keyed(e); ok && v.Type == Texts {
		return textSlot(b.env.texts[name])
	}
	if dyn := b.dynamic(e); dyn != nil {
		return func(r *Row) (string, bool) {
			v := dyn(r)
			return v.s, v.kind == isText
		}
	}
	b.unsupported(e)
	return func(*Row) (string, bool) { return "", false }
}

func textSlot(slot int) func(*Row) (string, bool) {
	return func(r *Row) (string, bool) { t := &r.texts[slot]; return t.s, t.ok }
}

// keyed resolves "variable.key" and variable["key"].
func (b *builder) keyed(e celast.Expr) (name string, v Var, ok bool) {
	var operand celast.Expr
	var key string
	switch e.Kind() {
	case celast.SelectKind:
		operand, key = e.AsSelect().Operand(), e.AsSelect().FieldName()
	case celast.CallKind:
		args := e.AsCall().Args()
		if e.AsCall().FunctionName() != operators.Index || args[1].Kind() != celast.LiteralKind {
			return "", Var{}, false
		}
		s, isText := args[1].AsLiteral().(types.String)
		if !isText {
			return "", Var{}, false
		}
		operand, key = args[0], string(s)
	default:
		return "", Var{}, false
	}
	if operand.Kind() != celast.IdentKind {
		return "", Var{}, false
	}
	v, ok = b.env.vars[operand.AsIdent()]
	if !ok {
		return "", Var{}, false
	}
	name = v.Name + "." + key
	b.names[name] = true
	_, isNumber := b.env.numbers[name]
	_, isText := b.env.texts[name]
	if v.Type != Attributes && !isNumber && !isText {
		b.fail(e, "%s has no key %q: %s", v.Name, key, nearest(key, append([]string(nil), v.Keys...)))
	}
	return name, v, true
}

// dynamic builds an expression whose type is known at evaluation only. It
// returns nil for what is none.
func (b *builder) dynamic(e celast.Expr) func(*Row) value {
	if e.Kind() == celast.CallKind {
		call := e.AsCall()
		args := call.Args()
		switch {
		case call.FunctionName() == operators.Conditional && b.typeOf(e).Kind() == types.DynKind:
			cond, then, otherwise := b.truth(args[0]), b.value(args[1]), b.value(args[2])
			return func(r *Row) value {
				switch cond(r) {
				case yes:
					return then(r)
				case no:
					return otherwise(r)
				case unknown:
				}
				return value{}
			}
		case call.FunctionName() == "dyn" && len(args) == 1:
			return b.value(args[0])
		}
	}
	name, v, ok := b.keyed(e)
	if !ok || v.Type != Attributes {
		return nil
	}
	slot := b.env.attrSlot(name)
	return func(r *Row) value {
		if slot < len(r.attrs) {
			return r.attrs[slot]
		}
		return value{}
	}
}

// value builds any expression as one that carries its type.
func (b *builder) value(e celast.Expr) func(*Row) value {
	switch b.typeOf(e).Kind() {
	case types.DoubleKind:
		x := b.number(e)
		return func(r *Row) value {
			if v := x(r); !math.IsNaN(v) {
				return value{kind: isNumber, n: v}
			}
			return value{}
		}
	case types.StringKind:
		x := b.text(e)
		return func(r *Row) value {
			if s, ok := x(r); ok {
				return value{kind: isText, s: s}
			}
			return value{}
		}
	case types.BoolKind:
		x := b.truth(e)
		return func(r *Row) value {
			if t := x(r); t != unknown {
				return value{kind: isTruth, n: boolNumber(t == yes)}
			}
			return value{}
		}
	}
	if dyn := b.dynamic(e); dyn != nil {
		return dyn
	}
	if b.typeOf(e).Kind() == types.DynKind && e.Kind() == celast.CallKind {
		if fn := b.numberCall(e); fn != nil { // attr.a + attr.b
			return func(r *Row) value {
				if v := fn(r); !math.IsNaN(v) {
					return value{kind: isNumber, n: v}
				}
				return value{}
			}
		}
	}
	b.unsupported(e)
	return func(*Row) value { return value{} }
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
