package plainyaml_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/plainyaml"
)

const mib = 1 << 20

// TestHostile gives the reader the shapes that the library alone takes minutes
// or its whole stack for. The bound is generous: on a busy machine a second of
// work takes several.
func TestHostile(t *testing.T) {
	opt := plainyaml.Options{Language: "mapping", MaxBytes: mib, MaxDepth: 40, MaxKeys: 1000}
	indents := &strings.Builder{}
	for i := 0; indents.Len() < mib-2000; i++ {
		fmt.Fprintf(indents, "%sa:\n", strings.Repeat(" ", i))
	}
	fill := func(s string) string { return strings.Repeat(s, mib/len(s)) }
	some := func(s string) string { return strings.Repeat(s, mib/4/len(s)) } // of what is parsed whole
	var distinct, nested strings.Builder
	for i := 0; distinct.Len() < mib-20; i++ {
		fmt.Fprintf(&distinct, "k%d: 1\n", i)
	}
	for i := 0; nested.Len() < mib/4; i++ {
		nested.WriteString("- x:\n")
		for j := range 990 {
			fmt.Fprintf(&nested, "    k%d: 1\n", j)
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"keys of one mapping":  {distinct.String(), "more than 1000 keys"},
		"the same key":         {fill("a: b\n"), "more than 1000 keys"},
		"quoted keys":          {fill("'a': \"b\"\n"), "more than 1000 keys"},
		"wide mappings":        {nested.String(), ""},
		"brackets":             {fill("["), "nesting is deeper"},
		"braces":               {fill("{a: "), "nesting is deeper"},
		"dashes":               {fill("- "), "nesting is deeper"},
		"complex keys":         {fill("? "), "complex key"},
		"indents":              {indents.String(), ""},
		"keys of one flow map": {"{" + fill("a: 1, ")[:mib-10] + "b: 2}", "more than 1000 keys"},
		"items of a flow list": {"[" + some("a, ") + "b]", ""},
		"items of a list":      {some("- a\n"), ""},
		"an anchor":            {"a: &a [x, x]\nb: [*a, *a]\n", "an anchor"},
		"a tag":                {"a: !!binary x", "a tag"},
		"one line":             {fill("x"), ""},
		"quotes":               {"\"" + fill(`\"`)[:mib-4], ""},
		"colons":               {fill("a:"), ""},
		"a block":              {"a: |\n" + some("  x\n"), ""},
		"comments":             {fill("# x\n"), ""},
		"documents":            {fill("---\na\n"), "second document"},
		"empty documents":      {fill("---\n"), "second document"},
		"ends of documents":    {fill("a\n...\n"), "second document"},
		"too long":             {fill("x") + "y", "the limit is"},
	} {
		t.Run(name, func(t *testing.T) {
			var errs fault.List
			start := time.Now()
			node := plainyaml.Read("m.yaml", []byte(c.text), opt, &errs)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			} else {
				t.Logf("took %v", took)
			}
			if c.want != "" && (len(errs) == 0 || !strings.Contains(errs.Error(), c.want)) {
				t.Errorf("got %.200v, want %q", errs, c.want)
			}
			if node == nil && len(errs) == 0 && c.text[0] != '#' {
				t.Error("neither a tree nor an error")
			}
		})
	}
}

func TestOneDocument(t *testing.T) {
	opt := plainyaml.Options{Language: "model", MaxBytes: 100, MaxDepth: 4, MaxKeys: 4}
	for text, want := range map[string]string{
		"# a\n---\n# b\na: 1\n...\n# c\n": "",
		"a: 1\n---\nb: 1\n":               "m.yaml:2:1: a second document begins here: write one document a file",
		"a: 1\n...\nb: 1\n":               "m.yaml:3:1: a second document begins here: write one document a file",
		"a: [\n":                          "m.yaml:1:4: this is not YAML: sequence end token ']' not found",
	} {
		var errs fault.List
		node := plainyaml.Read("m.yaml", []byte(text), opt, &errs)
		got := ""
		if err := errs.Err(); err != nil {
			got = err.Error()
		}
		if got != want || (node == nil) != (want != "") {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
