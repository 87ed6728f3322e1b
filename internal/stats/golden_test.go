package stats_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var goldenDir = flag.String("golden-dir", "", "folder of reference cases (default ../shared/golden/stats beside the repository)")

// runner computes everything a kind may be asked about: a tree of maps with the
// same keys as the case's "expected". A leaf may be a func() any, which is called
// only when the case asks for it. Keys nobody asked for are ignored; a key that
// the case expects and the tree lacks fails.
type runner func(c *golden) (map[string]any, error)

// registry holds a runner for every kind; each family adds its own.
var registry = merge(survivalKinds, glmKinds, discrimKinds, propKinds, resampleKinds, metaKinds, linearKinds, causalKinds, simulateKinds, boostKinds)

func merge(families ...map[string]runner) map[string]runner {
	all := map[string]runner{}
	for _, f := range families {
		maps.Copy(all, f)
	}
	return all
}

// golden is one reference case.
type golden struct {
	ID, Kind, Title, Data string
	Columns               map[string]any
	Params                map[string]any
	Expected              map[string]any
	Tol                   tolerance
	Tool, Notes           string

	dir string
}

type tolerance struct{ Abs, Rel float64 }

func TestGolden(t *testing.T) {
	dir := *goldenDir
	if dir == "" {
		dir = defaultDir()
		if _, err := os.Stat(dir); err != nil {
			t.Skipf("the reference cases are not here: %s does not exist and no -golden-dir was given", dir)
		}
	} else if !filepath.IsAbs(dir) {
		dir = fromRoot(dir)
	}
	files, err := filepath.Glob(filepath.Join(dir, "cases", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s holds no cases (cases/*.json): %v", dir, err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".json"), func(t *testing.T) { runCase(t, dir, f) })
	}
}

func runCase(t *testing.T, dir, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := golden{dir: dir}
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	run, ok := registry[c.Kind]
	if !ok {
		t.Fatalf("kind %q has no runner", c.Kind)
	}
	if len(c.Expected) == 0 {
		t.Fatalf("%s expects nothing", c.ID)
	}
	got, err := run(&c)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	diffs := compare("", c.Expected, got, c.Tol)
	for i, d := range diffs {
		if i == 12 {
			t.Errorf("and %d more", len(diffs)-i)
			break
		}
		t.Error(d)
	}
}

// defaultDir is ../shared/golden/stats seen from the repository or from a
// directory above it, since work trees lie deeper than the main one.
func defaultDir() string {
	root := repoRoot()
	for up := root; ; up = filepath.Dir(up) {
		d := filepath.Join(up, "shared", "golden", "stats")
		if _, err := os.Stat(d); err == nil {
			return d
		}
		if up == filepath.Dir(up) {
			return filepath.Join(filepath.Dir(root), "shared", "golden", "stats")
		}
	}
}

func repoRoot() string {
	d, _ := filepath.Abs(".")
	for up := d; up != filepath.Dir(up); up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			return up
		}
	}
	return d
}

// fromRoot resolves a relative folder against the repository first, because
// that is where the command is typed, then against the package.
func fromRoot(dir string) string {
	if d := filepath.Join(repoRoot(), dir); exists(d) {
		return d
	}
	return dir
}

func exists(p string) bool { _, err := os.Stat(p); return err == nil }

// compare lists where got differs from want, by path.
func compare(path string, want, got any, tol tolerance) []string {
	if f, ok := got.(func() any); ok {
		got = f()
	}
	if err, ok := got.(error); ok {
		return []string{fmt.Sprintf("%s: %v", path, err)}
	}
	if l, ok := got.(loose); ok {
		if err := l.near(want); err != nil {
			return []string{fmt.Sprintf("%s: %v", path, err)}
		}
		return nil
	}
	switch w := want.(type) {
	case map[string]any:
		return compareMap(path, w, got, tol)
	case []any:
		return compareList(path, w, got, tol)
	case bool:
		if g, ok := got.(bool); !ok || g != w {
			return []string{fmt.Sprintf("%s: got %v, want %v", path, got, w)}
		}
		return nil
	case nil:
		if got == nil {
			return nil
		}
		if g, ok := number(got); ok && math.IsNaN(g) {
			return nil
		}
		return []string{fmt.Sprintf("%s: got %v, want null", path, got)}
	}
	g, gNum := number(got)
	w, wNum := number(want)
	// A label may look like a number ("1"): text is then compared as text.
	if s, ok := got.(string); ok && s == fmt.Sprint(want) {
		return nil
	}
	if !gNum || !wNum {
		return []string{fmt.Sprintf("%s: got %v (%T), want %v", path, got, got, want)}
	}
	if !tol.match(g, w) {
		return []string{fmt.Sprintf("%s: got %.12g, want %.12g (off by %.3g)", path, g, w, math.Abs(g-w))}
	}
	return nil
}

func compareMap(path string, want map[string]any, got any, tol tolerance) (diffs []string) {
	g, ok := got.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s: got %T, want an object", path, got)}
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		at := strings.TrimPrefix(path+"."+k, ".")
		v, ok := g[k]
		if !ok {
			diffs = append(diffs, at+": the runner does not know this key")
			continue
		}
		diffs = append(diffs, compare(at, want[k], v, tol)...)
	}
	return diffs
}

func compareList(path string, want []any, got any, tol tolerance) (diffs []string) {
	v := reflect.ValueOf(got)
	if v.Kind() != reflect.Slice {
		if len(want) == 1 { // one-element vectors may be written as scalars and back
			return compare(path, want[0], got, tol)
		}
		return []string{fmt.Sprintf("%s: got %T, want a list of %d", path, got, len(want))}
	}
	if v.Len() != len(want) {
		return []string{fmt.Sprintf("%s: got %d values, want %d", path, v.Len(), len(want))}
	}
	for i := range want {
		diffs = append(diffs, compare(fmt.Sprintf("%s[%d]", path, i), want[i], v.Index(i).Interface(), tol)...)
	}
	return diffs
}

func (tol tolerance) match(got, want float64) bool {
	switch {
	case math.IsNaN(want) || math.IsNaN(got):
		return math.IsNaN(want) && math.IsNaN(got)
	case math.IsInf(want, 0) || math.IsInf(got, 0):
		return got == want
	}
	return math.Abs(got-want) <= tol.Abs+tol.Rel*math.Abs(want)
}

// number reads a JSON number, one of the strings that stand for NA and the
// infinities, or any Go number.
func number(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int:
		return float64(x), true
	case bool:
		return 0, false
	case string:
		switch x {
		case "NA", "NaN":
			return math.NaN(), true
		case "Inf", "+Inf":
			return math.Inf(1), true
		case "-Inf":
			return math.Inf(-1), true
		}
		f, err := strconv.ParseFloat(x, 64)
		return f, err == nil
	}
	return 0, false
}

// floats reads a list of numbers; a scalar is a list of one.
func floats(v any) []float64 {
	list, ok := v.([]any)
	if !ok {
		if f, ok := number(v); ok {
			return []float64{f}
		}
		return nil
	}
	out := make([]float64, len(list))
	for i := range list {
		f, ok := number(list[i])
		if !ok {
			f = math.NaN()
		}
		out[i] = f
	}
	return out
}

// param reads a numeric parameter; def stands for absent or null.
func (c *golden) param(name string, def float64) float64 {
	if f, ok := number(c.Params[name]); ok {
		return f
	}
	return def
}

// col names the column of a role, "" when the role is absent or null.
func (c *golden) col(role string) string {
	s, _ := c.Columns[role].(string)
	return s
}

// cols names the columns of a role that may have several.
func (c *golden) cols(role string) []string {
	switch v := c.Columns[role].(type) {
	case string:
		return []string{v}
	case []any:
		out := make([]string, len(v))
		for i := range v {
			out[i] = fmt.Sprint(v[i])
		}
		return out
	}
	return nil
}

// expects returns the expected value at a path of keys, nil if there is none.
// Some kinds keep their inputs (the times to evaluate at) there.
func (c *golden) expects(keys ...string) any {
	var v any = c.Expected
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// table is a data file with named columns of text.
type table struct {
	names []string
	rows  [][]string
}

// load reads the case's data, keeps the rows of params.filter, and drops those
// with an empty cell in any column the case uses.
func (c *golden) load() (*table, error) {
	return c.loadFile(c.Data, true)
}

func (c *golden) loadFile(name string, header bool) (*table, error) {
	raw, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		return nil, err
	}
	all, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if !header {
		return &table{rows: all}, nil
	}
	t := &table{names: all[0], rows: all[1:]}
	if f, ok := c.Params["filter"].(map[string]any); ok {
		i := t.index(fmt.Sprint(f["col"]))
		if i < 0 {
			return nil, fmt.Errorf("filter column %v is not in %s", f["col"], name)
		}
		t.rows = slices.DeleteFunc(t.rows, func(r []string) bool { return !sameCell(r[i], f["value"]) })
	}
	for role := range c.Columns {
		for _, n := range c.cols(role) {
			i := t.index(n)
			if i < 0 {
				return nil, fmt.Errorf("column %q is not in %s", n, name)
			}
			t.rows = slices.DeleteFunc(t.rows, func(r []string) bool { return r[i] == "" || r[i] == "NA" })
		}
	}
	return t, nil
}

func sameCell(cell string, v any) bool {
	a, okA := number(cell)
	b, okB := number(v)
	return okA && okB && a == b || cell == fmt.Sprint(v)
}

func (t *table) index(name string) int { return slices.Index(t.names, name) }

// text returns a column as it stands in the file.
func (t *table) text(name string) []string {
	i := t.index(name)
	out := make([]string, len(t.rows))
	for r := range t.rows {
		out[r] = t.rows[r][i]
	}
	return out
}

// num returns a column of numbers; an empty cell is NaN.
func (t *table) num(name string) []float64 {
	i := t.index(name)
	if i < 0 {
		return nil
	}
	out := make([]float64, len(t.rows))
	for r := range t.rows {
		f, ok := number(t.rows[r][i])
		if !ok {
			f = math.NaN()
		}
		out[r] = f
	}
	return out
}

// design returns the named columns as a flat row-major matrix.
func (t *table) design(names []string) []float64 {
	n, p := len(t.rows), len(names)
	x := make([]float64, n*p)
	for j, name := range names {
		for i, v := range t.num(name) {
			x[i*p+j] = v
		}
	}
	return x
}

// levels returns the distinct values of a column in ascending order (as numbers
// when they are) and the index of each row's value among them.
func (t *table) levels(name string) (labels []string, code []int) {
	cells := t.text(name)
	labels = slices.Clone(cells)
	slices.SortFunc(labels, func(a, b string) int {
		x, okA := number(a)
		y, okB := number(b)
		if okA && okB && x != y {
			if x < y {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	labels = slices.Compact(labels)
	code = make([]int, len(cells))
	for i, v := range cells {
		code[i] = slices.Index(labels, v)
	}
	return labels, code
}

// square cuts a flat n×n matrix into rows, as the cases write it.
func square(a []float64, n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = a[i*n : (i+1)*n]
	}
	return out
}
