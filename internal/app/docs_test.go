package app

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"kept/internal/access"
)

var update = flag.Bool("update", false, "rewrite the generated tables of the guides")

const root = "../.."

// documents are the Markdown files of the repository by their path from its root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist" || d.Name() == "testdata" || d.Name() == "test-results" || d.Name() == "bin" || d.Name() != ".." && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		raw, err := os.ReadFile(path) //nolint:gosec // our own documents
		rel, rerr := filepath.Rel(root, path)
		if rerr != nil {
			return rerr
		}
		docs[filepath.ToSlash(rel)] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := docs["README.md"]; !ok || len(docs) < 10 {
		t.Fatalf("found %d documents: the search is broken", len(docs))
	}
	return docs
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence    = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```")
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	inline   = regexp.MustCompile("`([^`\n]+)`")
	notWords = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the names that GitHub gives to the headings of a document.
func anchors(doc string) []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(doc, ""), -1) {
		name := notWords.ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(name, " ", "-"))
	}
	return out
}

func TestDocumentsLinkToWhatExists(t *testing.T) {
	docs := documents(t)
	for _, bad := range deadLinks(docs, func(path string) bool {
		_, err := os.Stat(filepath.Join(root, path))
		return err == nil
	}) {
		t.Error(bad)
	}
	// The check itself has to be able to fail.
	wrong := map[string]string{"docs/a.md": "# A b\n[x](b.md) [y](#a-b) [z](#nowhere) [w](https://example.com)"}
	if got := deadLinks(wrong, func(string) bool { return false }); len(got) != 2 {
		t.Errorf("a dead link and a dead anchor: found %q", got)
	}
}

func deadLinks(docs map[string]string, exists func(path string) bool) []string {
	var out []string
	for path, doc := range docs {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(doc, ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file := path
			if target != "" {
				file = filepath.ToSlash(filepath.Join(filepath.Dir(path), target))
				if !exists(file) {
					out = append(out, fmt.Sprintf("%s: there is no %s", path, m[1]))
					continue
				}
			}
			if other, ok := docs[file]; ok && anchor != "" && !slices.Contains(anchors(other), anchor) {
				out = append(out, fmt.Sprintf("%s: %s has no heading #%s", path, file, anchor))
			}
		}
	}
	slices.Sort(out)
	return out
}

func commandLine(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("kept"))
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

func TestDocumentsNameCommandsThatExist(t *testing.T) {
	app := commandLine(t)
	checked := 0
	for path, doc := range documents(t) {
		for _, line := range commandsIn(doc) {
			checked++
			if err := checkCommand(app, line); err != nil {
				t.Errorf("%s: %q: %v", path, line, err)
			}
		}
	}
	if checked < 30 {
		t.Errorf("checked %d command lines: the search is broken", checked)
	}
	for _, wrong := range []string{"kept nonsense", "kept serve --nonsense", "kept token nonsense", "KEPT_X=1 bin/kept doctor --jsn"} {
		lines := commandsIn("```sh\n" + wrong + "\n```\n")
		if len(lines) != 1 || checkCommand(app, lines[0]) == nil {
			t.Errorf("%q passes", wrong)
		}
	}
}

var invocation = regexp.MustCompile(`(?:^|[\s;|&(])(?:[\w./-]*/)?kept ((?:[a-z]|--)[^|&;()#>]*)`)

// commandsIn finds the command lines of shell blocks and of inline code.
func commandsIn(doc string) []string {
	var out []string
	take := func(text string) {
		for _, m := range invocation.FindAllStringSubmatch(text, -1) {
			out = append(out, "kept "+strings.TrimSpace(m[1]))
		}
	}
	for _, m := range fence.FindAllStringSubmatch(doc, -1) {
		if m[1] != "sh" && m[1] != "console" && m[1] != "ini" {
			continue
		}
		text := strings.ReplaceAll(m[2], "\\\n", " ")
		for line := range strings.SplitSeq(text, "\n") {
			if m[1] == "console" && !strings.HasPrefix(line, "$ ") {
				continue // what the command printed
			}
			take(strings.TrimPrefix(line, "#"))
		}
	}
	for _, m := range inline.FindAllStringSubmatch(fence.ReplaceAllString(doc, ""), -1) {
		if strings.HasPrefix(m[1], "kept ") || strings.HasPrefix(m[1], "bin/kept ") {
			take(m[1])
		}
	}
	return out
}

// checkCommand holds a command line against the parser's own description.
func checkCommand(app *kong.Application, line string) error {
	node := app.Node
	for _, word := range strings.Fields(line)[1:] {
		if name, ok := strings.CutPrefix(word, "-"); ok {
			name, _, _ = strings.Cut(strings.TrimPrefix(name, "-"), "=")
			if name = strings.Trim(name, "`'\",."); name == "" || hasFlag(node, name) {
				continue
			}
			return fmt.Errorf("%s has no flag --%s", node.FullPath(), name)
		}
		if len(node.Children) == 0 {
			continue // a value or an argument
		}
		for choice := range strings.SplitSeq(word, "|") { // plan|apply
			at := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == strings.Trim(choice, "`'\",.…") })
			if at < 0 {
				return fmt.Errorf("%s has no command %s", node.FullPath(), word)
			}
			if choice == word {
				node = node.Children[at]
			}
		}
	}
	return nil
}

func hasFlag(node *kong.Node, name string) bool {
	for _, group := range node.AllFlags(false) {
		for _, f := range group {
			if f.Name == name || f.Short != 0 && string(f.Short) == name {
				return true
			}
		}
	}
	return name == "h"
}

func TestGuideTablesAreCurrent(t *testing.T) {
	path := filepath.Join(root, "docs/guides/operate.md")
	raw, err := os.ReadFile(path) //nolint:gosec // our own document
	if err != nil {
		t.Fatal(err)
	}
	doc := string(raw)
	for name, table := range map[string]string{"configuration": configurationTable(commandLine(t)), "permissions": permissionTable()} {
		begin, end := "<!-- generated: "+name+" -->\n", "<!-- end -->"
		from := strings.Index(doc, begin)
		if from < 0 {
			t.Fatalf("%s has no %q", path, begin)
		}
		from += len(begin)
		to := from + strings.Index(doc[from:], end)
		if doc[from:to] == table {
			continue
		}
		if !*update {
			t.Errorf("the table of %s in %s is stale: go test ./internal/app -run TestGuideTables -update", name, path)
		}
		doc = doc[:from] + table + doc[to:]
	}
	if *update {
		if err := os.WriteFile(path, []byte(doc), 0o644); err != nil { //nolint:gosec // a document for everybody
			t.Fatal(err)
		}
	}
	for _, file := range []string{"../api/prom.go", "serve.go"} {
		source, err := os.ReadFile(file) //nolint:gosec // our own source
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`"(kept_\w+)"`).FindAllStringSubmatch(string(source), -1) {
			if !strings.Contains(doc, "`"+name[1]) {
				t.Errorf("operate.md does not describe %s of %s", name[1], file)
			}
		}
	}
}

// configurationTable lists the flags of kept serve as the parser knows them.
func configurationTable(app *kong.Application) string {
	var b strings.Builder
	b.WriteString("| Flag | Environment | Default | Meaning |\n|---|---|---|---|\n")
	at := slices.IndexFunc(app.Children, func(n *kong.Node) bool { return n.Name == "serve" })
	var flags []*kong.Flag
	for _, group := range app.Children[at].AllFlags(true) {
		flags = append(flags, group...)
	}
	for _, f := range flags {
		if len(f.Envs) == 0 {
			continue
		}
		standard := ""
		if f.Default != "" {
			standard = "`" + f.Default + "`"
		}
		help := strings.ReplaceAll(f.Help, f.Enum, strings.ReplaceAll(f.Enum, ",", ", "))
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s |\n", f.Name, strings.Join(f.Envs, "`, `"), standard, strings.ReplaceAll(help, "|", `\|`))
	}
	return b.String()
}

func permissionTable() string {
	var b strings.Builder
	b.WriteString("| May |")
	for _, r := range access.Roles() {
		b.WriteString(" " + string(r) + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat(":---:|", len(access.Roles())) + "\n")
	what := map[access.Permission]string{
		access.Read:         "see every record, number and page",
		access.WriteRecord:  "notes, contacts, attributes, judgements, overrides, owners, stages",
		access.WriteModel:   "metrics, segments, scorecards",
		access.Import:       "import files, see rejected rows",
		access.Ingest:       "send events",
		access.ManageTokens: "everybody's tokens, and write keys",
		access.ManageUsers:  "users, roles, passwords, the audit log",
	}
	for _, p := range access.Permissions() {
		fmt.Fprintf(&b, "| `%s`: %s |", p, what[p])
		for _, r := range access.Roles() {
			mark := " "
			if access.Can(r, p) {
				mark = " ✓ "
			}
			b.WriteString(mark + "|")
		}
		b.WriteString("\n")
	}
	return b.String()
}
