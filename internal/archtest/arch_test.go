// Package archtest holds the shape of the code as failing tests: who may import
// whom, who may do I/O, and which package owns which module.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const mod = "kept/internal/"

// layer orders the packages: a package may import only packages of a lower
// layer. Every package under internal/ has to be listed, so that adding one
// means deciding where it belongs.
var layer = map[string]int{
	"fault": 0, "clock": 1, "id": 1, "money": 1,
	"stats/num": 3, "stats/glm": 4, "stats/linear": 4, "stats/meta": 4, "stats/prop": 4, "stats": 5,
	"plainyaml": 10,
	"customer":  11, "usage": 12, "condition": 13, "metric": 14, "health": 15,
	"segment": 16, "revenue": 16, "identity": 16, "validate": 17, "churn": 18, "drivers": 18, "maturity": 18, "model": 19,
	"access": 20, "tabular": 20, "secret": 20, "jobs": 20, "ingest": 21, "collect": 21,
	"evaluate": 22, "simulate": 22,
	"connector": 28, "outbound": 29,
	"sqlstore": 30, "duckstore": 30,
	"connector/stripe": 30, "connector/zendesk": 30, "connector/salesforce": 30, "connector/hubspot": 30, "connector/sqlsource": 30, "connector/singer": 30,
	"config": 31, "api": 31,
	"app":     40,
	"testfix": 50, "usagetest": 51, "sqlstoretest": 51, "connectortest": 51, "archtest": 51,
}

// place returns the entry of layer and of only that a package falls under: its
// own path, or else its first element, so that "stats/survival" is "stats".
func place(pkg string) string {
	if _, ok := layer[pkg]; ok {
		return pkg
	}
	first, _, _ := strings.Cut(pkg, "/")
	return first
}

// firstAdapter is the lowest layer that may do I/O, and firstTestOnly the
// lowest whose packages only tests may import.
const (
	firstAdapter  = 20
	firstTestOnly = 50
)

// effects lists the standard packages that a domain package must not use: it
// neither stores, nor serves, nor logs.
var effects = []string{"database/sql", "net/http", "os", "log/slog"}

// only names the packages that may import a module (by prefix). In the domain a
// module is allowed only if it stands here.
var only = map[string][]string{
	"github.com/duckdb/duckdb-go":   {"duckstore"},
	"modernc.org/sqlite":            {"sqlstore"},
	"github.com/jackc/pgx":          {"sqlstore", "testfix", "connector/sqlsource"},
	"github.com/pressly/goose":      {"sqlstore"},
	"github.com/danielgtaylor/huma": {"api"},
	"cel.dev/cel-go":                {"condition"},
	"github.com/xuri/excelize":      {}, // tests write workbooks with it
	"github.com/goccy/go-yaml":      {"plainyaml", "model", "ingest"},
	"gonum.org/v1/gonum":            {"stats"},
}

// TestImports reads the source itself rather than running "go list", because
// the test cache notices a changed file that the test opened and does not
// notice one that a child process opened.
func TestImports(t *testing.T) {
	documented := map[string]int{}
	eachFile(t, "..", func(path, pkg string, f *ast.File) {
		from, ok := layer[place(pkg)]
		if !ok {
			t.Errorf("package internal/%s has no layer: add it to the table in this file", pkg)
			return
		}
		documented[pkg] += 0
		if f.Doc != nil {
			documented[pkg]++
		}
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			for _, msg := range forbidden(pkg, from, imp) {
				t.Errorf("%s: %s", path, msg)
			}
		}
	})
	if len(documented) < 8 {
		t.Errorf("only %d packages were read: the walk does not reach the source", len(documented))
	}
	for pkg, n := range documented {
		if n != 1 {
			t.Errorf("package internal/%s has %d package comments, want 1", pkg, n)
		}
	}
}

func forbidden(pkg string, from int, imp string) (msgs []string) {
	dep, ours := strings.CutPrefix(imp, mod)
	first, _, _ := strings.Cut(imp, "/")
	to, known := layer[place(dep)]
	if ours && !known {
		msgs = append(msgs, "imports "+dep+", which has no layer")
	}
	if ours && to >= from {
		msgs = append(msgs, "imports "+dep+", which is not in a lower layer than "+pkg)
	}
	if ours && to >= firstTestOnly && from < firstTestOnly {
		msgs = append(msgs, "imports "+dep+", which is for tests only")
	}
	owned := false
	for prefix, owners := range only {
		if strings.HasPrefix(imp, prefix) {
			top, _, _ := strings.Cut(pkg, "/")
			owned = slices.Contains(owners, top) || slices.Contains(owners, pkg)
			if !owned {
				msgs = append(msgs, "imports "+imp+", which only "+strings.Join(owners, ", ")+" may")
			}
		}
	}
	third := !ours && strings.Contains(first, ".")
	if from < firstAdapter && (slices.Contains(effects, imp) || third && !owned) {
		msgs = append(msgs, "is in the domain and imports "+imp)
	}
	return msgs
}

// TestForbidden makes sure that the rule can fail.
func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		pkg, imp string
		bad      bool
	}{
		{"customer", "errors", false},
		{"customer", mod + "fault", false},
		{"customer", "database/sql", true},
		{"customer", "github.com/google/uuid", true},
		{"customer", mod + "metric", true},
		{"customer", mod + "nowhere", true},
		{"condition", "cel.dev/cel-go/cel", false},
		{"metric", "cel.dev/cel-go/cel", true},
		{"sqlstore", mod + "api", true},
		{"sqlstore", "database/sql", false},
		{"stats/glm", mod + "stats/num", false},
		{"stats/glm", mod + "stats/survival", true},
		{"stats/survival", "gonum.org/v1/gonum/mathext", false},
		{"evaluate", mod + "stats/survival", false},
		{"stats/glm", "os", true},
		{"api", "github.com/duckdb/duckdb-go/v2", true},
		{"app", mod + "archtest", true},
		{"sqlstoretest", mod + "testfix", false},
		{"testfix", mod + "sqlstoretest", true},
	} {
		if got := len(forbidden(c.pkg, layer[place(c.pkg)], c.imp)) > 0; got != c.bad {
			t.Errorf("%s importing %s: forbidden = %t, want %t", c.pkg, c.imp, got, c.bad)
		}
	}
}

func eachFile(t *testing.T, root string, fn func(path, pkg string, f *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return fs.SkipDir
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		fn(path, filepath.ToSlash(dir), f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
