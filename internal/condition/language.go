package condition

import (
	"math"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// language declares CEL as Kept speaks it: the standard operators and types, no
// comprehensions (an evaluation is linear in the length of its text), and a few
// functions. What the standard library has beyond that is refused by compile.
func language() []cel.EnvOption {
	one := []*cel.Type{cel.DoubleType}
	two := []*cel.Type{cel.DoubleType, cel.DoubleType}
	opts := []cel.EnvOption{
		cel.StdLib(),
		cel.ClearMacros(),
		cel.Macros(cel.HasMacro),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserRecursionLimit(maxDepth),
		cel.ParserExpressionSizeLimit(MaxExpression),
		cel.ParserErrorRecoveryLimit(4),
		cel.ExpressionNodeLimit(MaxExpression),
		cel.Function("known", cel.Overload("known_any", []*cel.Type{cel.DynType}, cel.BoolType, cel.OverloadIsNonStrict(),
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.Bool(!types.IsUnknownOrError(v)) }))),
		cel.Function("coalesce",
			coalesceOverload("coalesce_double", cel.DoubleType),
			coalesceOverload("coalesce_string", cel.StringType),
			coalesceOverload("coalesce_bool", cel.BoolType)),
	}
	for name, fn := range unaryFunctions {
		opts = append(opts, cel.Function(name, cel.Overload(name+"_double", one, cel.DoubleType,
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				x, _ := v.Value().(float64)
				return finite(fn(x))
			}))))
	}
	for name, fn := range binaryFunctions {
		opts = append(opts, cel.Function(name, cel.Overload(name+"_double_double", two, cel.DoubleType,
			cel.BinaryBinding(func(l, r ref.Val) ref.Val {
				x, _ := l.Value().(float64)
				y, _ := r.Value().(float64)
				return finite(fn(x, y))
			}))))
	}
	return opts
}

func coalesceOverload(name string, t *cel.Type) cel.FunctionOpt {
	return cel.Overload(name, []*cel.Type{t, t}, t, cel.OverloadIsNonStrict(),
		cel.BinaryBinding(func(l, r ref.Val) ref.Val {
			if types.IsUnknownOrError(l) {
				return r
			}
			return l
		}))
}

func finite(f float64) ref.Val {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return types.NewErr("not a finite number")
	}
	return types.Double(f)
}

// unaryFunctions and binaryFunctions are the functions of numbers. A result that
// is not finite is missing.
var unaryFunctions = map[string]func(float64) float64{
	"abs": math.Abs, "floor": math.Floor, "ceil": math.Ceil, "round": math.Round, "sqrt": math.Sqrt,
	"ln": math.Log, "exp": math.Exp,
}

var binaryFunctions = map[string]func(x, y float64) float64{
	"min": math.Min, "max": math.Max, "pow": math.Pow,
}

// asDoubles turns every integer literal, and every size, into a double: in
// Kept's expressions every number is one, and "tickets / seats * 100" and
// "size(name) == 8" have to be good CEL.
func asDoubles(root celast.Expr) {
	factory := celast.NewExprFactory()
	next := celast.MaxID(celast.NewAST(root, nil))
	celast.PostOrderVisit(root, celast.NewExprVisitor(func(e celast.Expr) {
		switch e.Kind() {
		case celast.LiteralKind:
			switch v := e.AsLiteral().(type) {
			case types.Int:
				e.SetKindCase(factory.NewLiteral(e.ID(), types.Double(v)))
			case types.Uint:
				e.SetKindCase(factory.NewLiteral(e.ID(), types.Double(v)))
			}
		case celast.CallKind:
			call := e.AsCall()
			if call.FunctionName() != "size" {
				return
			}
			next++
			inner := factory.NewCall(next, call.FunctionName(), call.Args()...)
			if call.IsMemberFunction() {
				inner = factory.NewMemberCall(next, call.FunctionName(), call.Target(), call.Args()...)
			}
			e.SetKindCase(factory.NewCall(e.ID(), "double", inner))
		default:
		}
	}))
}
