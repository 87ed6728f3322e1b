package model_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/fault"
	"kept/internal/model"
)

const small = `kept: 1
metrics:
  - {name: logins, kind: count, events: [login], window: 28d}
  - {name: per_seat, kind: formula, expr: logins / seats}
  - {name: seats, kind: subscription, field: seats}
segments:
  - {key: big, when: seats > 100}
  - {key: rest}
scorecards:
  - key: main
    title: Main
    groups:
      - key: usage
        weight: 1
        measures:
          - {key: logins, metric: logins, weight: 1, points: [{x: 0, score: 0}, {x: 10, score: 100}]}
    bands:
      - {key: red, min: 0}
      - {key: green, min: 50}
    exceptions:
      - {key: low, when: measure.logins < 10 && band.logins == 'red', cap: 20}
`

func TestParse(t *testing.T) {
	m, err := model.Parse([]model.File{{Path: "m.yaml", Data: []byte(small)}})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Where("scorecards[0].groups[0].measures[0].metric").String(); got != "m.yaml:16:35" {
		t.Errorf("the metric of the measure stands at %s", got)
	}
	if got := m.Where("scorecards[0].nowhere.at[3].all").String(); got != "m.yaml:10:5" {
		t.Errorf("an unknown path leads to %s", got)
	}
	c, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"seats"}, c.Names); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
}

// TestParseErrors breaks the small model in one place at a time. An error is
// wanted as the text that stands where it points, and a part of its message.
func TestParseErrors(t *testing.T) {
	type at map[string]string
	for _, c := range []struct {
		name, old, new string
		want           at
	}{
		{"version missing", "kept: 1\n", "", at{"metrics:": "begin the file with kept: 1"}},
		{"version of tomorrow", "kept: 1", "kept: 2", at{"2": "reads 1"}},
		{"version in words", "kept: 1", "kept: one", at{"one": `whole number, not the text "one"`}},
		{"unknown section", "segments:", "segment:", at{"segment:": `did you mean "segments"?`}},
		{"unknown key", "events: [login]", "event: [login]", at{"event:": `did you mean "events"?`}},
		{"repeated key", "title: Main", "title: Main\n    title : Twin", at{"title :": `"title" stands here twice`}},
		{"number for text", "title: Main", "title: 55", at{"55": "must be text, not the number 55: put it in quotes"}},
		{"text for number", "weight: 1\n", "weight: heavy\n", at{"heavy": `must be a number, not the text "heavy"`}},
		{"infinite number", "weight: 1\n", "weight: .inf\n", at{".inf": "must be a number"}},
		{"list for text", "title: Main", "title: [aa]", at{"[aa]": "must be text, not a list"}},
		{"text for list", "events: [login]", "events: enter", at{"enter": "must be a list"}},
		{"text for object", "- {key: rest}", "- rest", at{"rest": "must be a set of keys"}},
		{"no value", "title: Main", "title:", at{"title:": "title has no value"}},
		{"anchor", "title: Main", "title: &a Main", at{"&a": "an anchor"}},
		{"alias", "title: Main", "title: *a", at{"*a": "an alias"}},
		{"tag", "title: Main", "title: !!str Main", at{"!!str": "a tag"}},
		{"merge key", "title: Main", "<<: {title: Main}", at{"<<": "a merge key"}},
		{"second document", "segments:", "---\nkept : 1\nsegments:", at{"---\nkept :": "second document"}},
		{"tabs", "    title: Main", "\ttitle: Main", at{"\ttitle": "not YAML"}},
		{"open quote", "title: Main", `title: "Main`, at{`"Main`: "not YAML"}},
		{"duplicate metric", "{name: seats,", "{name : logins,", at{"{name :": `defined at m.yaml:3:5 already`}},
		{"unknown metric", "metric: logins", "metric: loginz", at{"loginz": `scorecards[main].groups[usage].measures[logins].metric: there is no account metric "loginz"`}},
		{"unknown kind", "kind: count", "kind: counter", at{"counter": `metrics[logins].kind: "counter" is not a kind`}},
		{"bad window", "window: 28d", "window: monthly", at{"monthly": `metrics[logins].window: "monthly"`}},
		{"unknown name in a formula", "expr: logins / seats", "expr: logins / seat", at{"seat}": `metrics[per_seat].expr: "seat" is not known here: did you mean "seats"?`}},
		{"bad segment condition", "when: seats > 100", "when: seats > > 100", at{"> 100": "segments[big].when"}},
		{"in a quoted condition", "when: seats > 100", `when: "seatz > 100"`, at{"seatz > 100": `did you mean "seats"?`}},
		{"in a folded condition", "{key: big, when: seats > 100}", "key: big\n    when: >-\n      seats > 3\n      && seatz > 100", at{">-": `did you mean "seats"?`}},
		{"segment in a segment", "when: seats > 100", "when: segment == 'x'", at{"segment ==": `"segment" is not known here`}},
		{"no default segment", "  - {key: rest}\n", "", at{"seats > 100": "segments[big].when: the last segment"}},
		{"unknown measure", "measure.logins <", "measure.login <", at{".login <": `did you mean "logins"?`}},
		{"descending curve", "{x: 10, score", "{x: -1, score", at{"[{x": "points: the x values are not ascending"}},
		{"score out of range", "score: 100}", "score: 101}", at{"101": "scores go from 0 to 100"}},
		{"band order", "min: 50", "min: 0.0", at{"0.0": "worst first"}},
		{"negative weight", "weight: 1\n", "weight: -1\n", at{"-1": "is -1"}},
		{"no scorecard for all", "title: Main", "when: seats > 1", at{"- key: main": "no scorecard applies to every account"}},
		{"several", "kind: count, events: [login]", "kind: 7, evnts: [login]", at{"7, evnts": "must be text", "evnts": `did you mean "events"?`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(small, c.old) {
				t.Fatalf("%q is not in the model", c.old)
			}
			text := strings.Replace(small, c.old, c.new, 1)
			_, err := model.Parse([]model.File{{Path: "m.yaml", Data: []byte(text)}})
			var list fault.List
			if !errors.As(err, &list) || !fault.Is(err, fault.Invalid) || len(list) != len(c.want) {
				t.Fatalf("errors:\n%v\nwant %d", err, len(c.want))
			}
			for place, part := range c.want {
				offset := strings.Index(text, place)
				line := strings.Count(text[:offset], "\n") + 1
				field := fmt.Sprintf("m.yaml:%d:%d", line, offset-strings.LastIndex(text[:offset], "\n"))
				if !slices.ContainsFunc(list, func(e *fault.Error) bool { return e.Field == field && strings.Contains(e.Msg, part) }) {
					t.Errorf("got  %s\nwant %s: %s", err, field, part)
				}
			}
		})
	}
}

func TestFilesAreMerged(t *testing.T) {
	files := []model.File{
		{Path: "b.yaml", Data: []byte("kept: 1\nmetrics:\n  - {name: b, kind: count}\n")},
		{Path: "a.yaml", Data: []byte("kept: 1\nmetrics:\n  - {name: a, kind: count}\n")},
	}
	m, err := model.Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	if m.Metrics[0].Name != "a" || m.Where("metrics[1].kind").String() != "b.yaml:3:21" {
		t.Errorf("metrics %v, the second kind at %s", m.Metrics, m.Where("metrics[1].kind"))
	}
	files = append(files, model.File{Path: "c.yaml", Data: []byte("kept: 1\nmetrics:\n  - {name: a, kind: sum}\n")}, model.File{Path: "d.yaml"})
	_, err = model.Parse(files)
	for _, want := range []string{`c.yaml:3:5: the metric "a" is defined at a.yaml:3:5 already`, "d.yaml:1:1: the file is empty"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestBounds(t *testing.T) {
	nested := strings.Repeat("[", 1<<19)
	dashes := "metrics:\n  " + strings.Repeat("- ", 1<<18)
	deep := &strings.Builder{}
	for i := range 1000 {
		fmt.Fprintf(deep, "%sa:\n", strings.Repeat(" ", i))
	}
	wide := "kept: 1\nmetrics:\n" + strings.Repeat("  - {name: x, knd: y}\n", 3000)
	for name, c := range map[string]struct{ data, want string }{
		"brackets": {nested, "nesting"},
		"dashes":   {dashes, "nesting"},
		"indents":  {deep.String(), "not a key"},
		"braces":   {strings.Repeat("{a: ", 1<<17), "nesting"},
		"long set": {strings.Repeat("a: b\n", 1<<17), "more than 1000 keys"},
		"quoted":   {strings.Repeat("'a': \"b\"\n", 1<<16), "more than 1000 keys"},
		"keys":     {strings.Repeat("? ", 1<<18), "complex key"},
		"bombs":    {"a: &a [x, x]\nb: [*a, *a]\n", "anchor"},
		"big":      {strings.Repeat("# \n", model.MaxFileBytes/2), "limit"},
		"latin1":   {"kept: 1 # \xe9\n", "UTF-8"},
		"many":     {wide, "limit is 2000"},
		"one line": {"kept: 1\nmetrics: " + strings.Repeat("x", 1<<19), "must be a list"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := model.Parse([]model.File{{Path: "m.yaml", Data: []byte(c.data)}})
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 50000 {
				t.Errorf("got %.300v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := model.Parse(nil); err == nil {
		t.Error("no files are a model")
	}
	if _, err := model.Parse(make([]model.File, model.MaxFiles+1)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too many files: %v", err)
	}
	big := make([]model.File, 1+model.MaxBytes/model.MaxFileBytes)
	for i := range big {
		big[i] = model.File{Path: "m.yaml", Data: make([]byte, model.MaxFileBytes)}
	}
	if _, err := model.Parse(big); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too many bytes: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, file := range defaultFiles(f) {
		f.Add(file.Data)
	}
	f.Add([]byte("kept: 1\nmetrics: [{name: 'x', kind: \"count\"}]"))
	f.Add([]byte("- - [{? a : *b, <<: !t |2\n x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := model.Parse([]model.File{{Path: "m.yaml", Data: data}})
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("bad input is %s: %v", k, err)
			}
			return
		}
		again, err := model.Parse([]model.File{{Path: "m.yaml", Data: model.Marshal(m)}})
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, model.Marshal(m))
		}
		if d := cmp.Diff(m, again, same); d != "" {
			t.Fatalf("the model changed on its way through text:\n%s", d)
		}
	})
}

// TestStoredUnits wants a model that mixes units refused when it comes in, and
// used with a complaint when it is in force already.
func TestStoredUnits(t *testing.T) {
	mixed := strings.Replace(small, "segments:\n", "  - {name: arr, kind: subscription, field: arr}\n  - {name: sum, kind: formula, expr: arr + tenure}\n  - {name: tenure, kind: subscription, field: tenure}\nsegments:\n", 1)
	file := model.File{Path: "m.yaml", Data: []byte(mixed)}
	if _, err := model.Parse([]model.File{file}); err == nil || !strings.Contains(err.Error(), "cannot be added") {
		t.Errorf("a new model: %v", err)
	}
	c, units, err := model.ParseStored(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(units) != 1 || !strings.HasPrefix(units[0].Field, "m.yaml:7:") || !strings.Contains(units[0].Msg, "cannot be added") {
		t.Errorf("complaints: %v", units)
	}
	if c.Metrics.Len() != strings.Count(mixed, "kind: ") {
		t.Errorf("%d metrics", c.Metrics.Len())
	}
	if _, _, err := model.ParseStored(model.File{Path: "m.yaml", Data: []byte(strings.Replace(mixed, "arr + tenure", "arr + nothing", 1))}); err == nil {
		t.Error("a stored model that cannot be computed is read")
	}
}
