package condition

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kept/internal/fault"
)

func testEnv(t testing.TB) *Env {
	t.Helper()
	vars := append(AccountVars(), Metrics([]string{"logins", "tickets", "nps", "arr"})...)
	vars = append(vars, Var{Name: "measure", Type: Numbers, Keys: []string{"adoption", "csm-mood"}},
		Var{Name: "measure_band", Type: Texts, Keys: []string{"adoption"}})
	env, err := NewEnv(vars...)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func testRow(env *Env) *Row {
	r := env.NewRow()
	r.Set("logins", 12.0)
	r.Set("tickets", 0.0)
	r.Set("arr", 5000.0)
	r.Set("name", "Acme Ltd")
	r.Set("stage", "adoption")
	r.Set("measure.adoption", 40.0)
	r.Set("measure_band.adoption", "red")
	r.SetTextAttr("attr.industry", "retail")
	r.SetNumberAttr("attr.sites", 7)
	r.SetTruthAttr("attr.vip", true)
	r.SetTextAttr("attr.go_live", "2026-01-31T00:00:00Z")
	return r
}

func TestCondition(t *testing.T) {
	const (
		y, n, u = "true", "false", "unknown"
	)
	for expr, want := range map[string]string{
		`logins > 10`:                                   y,
		`logins >= 12 && tickets == 0`:                  y,
		`logins < 10`:                                   n,
		`nps > 0`:                                       u, // nps is missing
		`!(nps > 0)`:                                    u,
		`nps > 0 || logins > 1`:                         y, // decided without it
		`nps > 0 && logins > 99`:                        n,
		`nps > 0 && logins > 1`:                         u,
		`known(nps)`:                                    n,
		`known(nps) && nps > 0`:                         n,
		`coalesce(nps, 0) == 0`:                         y,
		`known(logins / tickets)`:                       n, // a division by zero has no result
		`logins / tickets > 3`:                          u,
		`tickets / tickets > 3`:                         u,
		`nps > 0 ? true : false`:                        u,
		`logins > 1 ? tickets < 1 : nps > 0`:            y,
		`name.startsWith("Acme")`:                       y,
		`name.contains("x") || domain.endsWith(".com")`: u,
		`size(name) == 8`:                               y,
		`stage in ["adoption", "mature"]`:               y,
		`stage in ["mature"]`:                           n,
		`domain in ["a"]`:                               u,
		`logins in [1, 12]`:                             y,
		`arr > 1000`:                                    y,
		`attr.industry == "retail"`:                     y,
		`attr["industry"] != "retail"`:                  n,
		`attr.sites > 5 && attr.sites * 2 == 14`:        y,
		`attr.industry == 3`:                            n, // of different types, as in CEL
		`attr.industry > 3`:                             u,
		`attr.vip`:                                      y,
		`!attr.vip || attr.sites == 1`:                  n,
		`attr.nothing == 1`:                             u,
		`has(attr.industry) && !has(attr.nothing)`:      y,
		`attr.go_live < "2026-02-01T00:00:00Z"`:         y,
		`measure.adoption < 50`:                         y,
		`measure["csm-mood"] < 50`:                      u,
		`has(measure.adoption)`:                         y,
		`measure_band.adoption == "red"`:                y,
		`min(logins, 5) == 5 && max(logins, 50) == 50 && abs(-logins) == 12`: y,
		`known(sqrt(0 - logins))`: n,
		`known(pow(nps, 0))`:      n,
		`true`:                    y,
		`1 < 2`:                   y,
	} {
		env := testEnv(t)
		c, err := env.Condition("when", expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		got := u
		if holds, known := c.Holds(testRow(env)); known {
			got = map[bool]string{true: y, false: n}[holds]
		}
		if got != want {
			t.Errorf("%s is %s, want %s", expr, got, want)
		}
	}
}

func TestFormula(t *testing.T) {
	for expr, want := range map[string]float64{
		`logins * 2 + 1`:                25,
		`-logins`:                       -12,
		`logins / 5`:                    2.4,
		`logins / tickets`:              math.NaN(),
		`0 / tickets`:                   math.NaN(),
		`nps + 1`:                       math.NaN(),
		`coalesce(nps, logins) / 2`:     6,
		`tickets > 0 ? nps : arr`:       5000,
		`nps > 0 ? 1 : 2`:               math.NaN(),
		`1e308 * 10`:                    math.NaN(),
		`round(2.5) + floor(-0.5)`:      2,
		`exp(ln(8))`:                    8.000000000000002,
		`measure.adoption * attr.sites`: 280,
		`attr.industry + 1`:             math.NaN(),
		`attr.sites + attr.sites`:       14,
	} {
		env := testEnv(t)
		f, err := env.Formula("expr", expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		got, ok := f.Number(testRow(env))
		if ok == math.IsNaN(want) || ok && math.Abs(got-want) > 1e-9 {
			t.Errorf("%s = %v %t, want %v", expr, got, ok, want)
		}
	}
}

func TestErrors(t *testing.T) {
	env := testEnv(t)
	for _, c := range []struct{ expr, field, msg string }{
		{"logns > 3", "x:1:1", `did you mean "logins"?`},
		{"logins >\n\n  3 +", "x:3:6", "Syntax error"},
		{"logins + 1", "x:1:8", "has to give true or false"},
		{"", "x", "is empty"},
		{strings.Repeat("1 + ", 2000) + "1 > 0", "x", "is the most"},
		{"name > 3", "x:1:6", "no matching overload"},
		{"measure.adoptoin > 3", "x:1:8", `did you mean "adoption"?`},
		{"name.matches('a')", "x:1:13", "is not available"},
		{"[1, 2].exists(i, i > 1)", "x:1:14", "not known here"},
		{"timestamp('2026-01-01T00:00:00Z') > timestamp('2025-01-01T00:00:00Z')", "x:1:10", "is not available"},
		{"has(logins)", "x:1:5", "use known(x)"},
		{"attr == 3", "x:1:6", "no matching overload"},
		{strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200), "x", "recursion"},
		{strings.Repeat("!", 200) + "true", "x", ""},
	} {
		_, err := env.Condition("x", c.expr)
		var errs fault.List
		if !errors.As(err, &errs) {
			if c.msg == "" && err == nil {
				continue
			}
			t.Errorf("%s: error = %v, want a list", c.expr, err)
			continue
		}
		if !strings.HasPrefix(errs[0].Field, c.field) || !strings.Contains(err.Error(), c.msg) || !fault.Is(err, fault.Invalid) {
			t.Errorf("%.40s: %v, want %s: …%s", c.expr, err, c.field, c.msg)
		}
	}
	if _, err := env.Formula("x", "logins > 3"); err == nil || !strings.Contains(err.Error(), "has to give a number") {
		t.Errorf("a condition as a formula: %v", err)
	}
}

func TestNames(t *testing.T) {
	c, err := testEnv(t).Condition("x", `tickets > 1 && (logins > 1 || has(attr.a)) && measure.adoption < 5 && attr["b"] == stage`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Names(), []string{"attr.a", "attr.b", "logins", "measure.adoption", "stage", "tickets"}; !slices.Equal(got, want) {
		t.Errorf("Names() = %v, want %v", got, want)
	}
}

func TestNewEnvErrors(t *testing.T) {
	for _, vars := range [][]Var{
		{{Name: "Logins", Type: Number}},
		{{Name: "in", Type: Number}},
		{{Name: "x", Type: "money"}},
		append(AccountVars(), Var{Name: "name", Type: Number}),
	} {
		if _, err := NewEnv(vars...); !fault.Is(err, fault.Invalid) {
			t.Errorf("NewEnv(%v) = %v, want an invalid one", vars[len(vars)-1], err)
		}
	}
}

// drawNumber and drawTruth draw well-typed expressions over a, b and c.
func drawNumber(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"a", "b", "c", "m", "0.0", "1.0", "2.5"}).Draw(t, "leaf")
	}
	x := func() string { return drawNumber(t, depth-1) }
	switch rapid.IntRange(0, 7).Draw(t, "number") {
	case 0:
		return "(" + x() + " + " + x() + ")"
	case 1:
		return "(" + x() + " - " + x() + ")"
	case 2:
		return "(" + x() + " * " + x() + ")"
	case 3:
		return "(" + x() + " / 4.0)"
	case 4:
		return "(" + drawTruth(t, depth-1) + " ? " + x() + " : " + x() + ")"
	case 5:
		return "coalesce(" + x() + ", " + x() + ")"
	case 6:
		return "min(" + x() + ", -" + x() + ")"
	}
	return x()
}

func drawTruth(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"true", "false", "m > 1.0"}).Draw(t, "truth leaf")
	}
	x := func() string { return drawTruth(t, depth-1) }
	switch rapid.IntRange(0, 5).Draw(t, "truth") {
	case 0:
		return "(" + x() + " && " + x() + ")"
	case 1:
		return "(" + x() + " || " + x() + ")"
	case 2:
		return "!" + x()
	case 3:
		return "known(" + drawNumber(t, depth-1) + ")"
	case 4:
		return "(" + x() + " ? " + x() + " : " + x() + ")"
	}
	op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "==", "!="}).Draw(t, "op")
	return "(" + drawNumber(t, depth-1) + " " + op + " " + drawNumber(t, depth-1) + ")"
}

// TestAgainstCEL compares Kept's evaluation with CEL's own interpreter, to which
// a missing variable is an error.
func TestAgainstCEL(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env, err := NewEnv(Metrics([]string{"a", "b", "c", "m"})...)
		if err != nil {
			t.Fatal(err)
		}
		expr := drawTruth(t, rapid.IntRange(1, 5).Draw(t, "depth"))
		c, err := env.Condition("x", expr)
		if err != nil {
			t.Skip(err) // too long
		}
		ast, issues := env.cel.Compile(expr)
		if issues.Err() != nil {
			t.Fatal(issues.Err())
		}
		program, err := env.cel.Program(ast)
		if err != nil {
			t.Fatal(err)
		}
		row, vars := env.NewRow(), map[string]any{}
		for _, name := range []string{"a", "b", "c"} {
			v := rapid.SampledFrom([]float64{-3, 0, 0.5, 1, 8}).Draw(t, name)
			row.Set(name, v)
			vars[name] = v
		}
		want, _, celErr := program.Eval(vars)
		holds, known := c.Holds(row)
		if known != (celErr == nil) || known && want.Value() != holds {
			t.Errorf("%s with %v: got %t (known %t), CEL gives %v %v", expr, vars, holds, known, want, celErr)
		}
	})
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{
		`logins > 10 && attr.industry == "retail"`, `nps > 0 ? logins : -tickets`, `has(attr["x"])`, `stage in ["a", name]`,
		`[1,2,3].map(x, x)`, `{"a": 1}.a`, "logins >", "\x00", `name.size() > size("ü")`, `coalesce(attr.a, attr.b) == null`, `dyn(1) == dyn("a")`,
		`a.b.c[0]["x"]`, `b"abc" == b"abc"`, `"a" + "b" == name`, `1u + 2u`, `9223372036854775807 + 1 > 0`, `type(logins) == double`,
	} {
		f.Add(s)
	}
	env := testEnv(f)
	f.Fuzz(func(t *testing.T, expr string) {
		c, err := env.Condition("x", expr)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%q: %v is not the sender's error", expr, err)
		}
		if err == nil {
			c.Holds(testRow(env))
		}
		g, err := env.Formula("x", expr)
		if err != nil {
			return
		}
		if v, ok := g.Number(testRow(env)); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
			t.Fatalf("%q gives %v", expr, v)
		}
	})
}

func BenchmarkCondition(b *testing.B) {
	env := testEnv(b)
	c, err := env.Condition("x", `logins > 10 && (stage == "adoption" || arr > 10000)`)
	if err != nil {
		b.Fatal(err)
	}
	row := testRow(env)
	b.ReportAllocs()
	for b.Loop() {
		c.Match(row)
	}
}

func BenchmarkFormula(b *testing.B) {
	env := testEnv(b)
	f, err := env.Formula("x", `100 * coalesce(logins, 0) / max(arr, 1)`)
	if err != nil {
		b.Fatal(err)
	}
	row := testRow(env)
	b.ReportAllocs()
	for b.Loop() {
		f.Number(row)
	}
}
