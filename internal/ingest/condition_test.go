package ingest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kept/internal/fault"
	"kept/internal/ingest"
)

// TestWhen filters the rows of one file by every comparison.
func TestWhen(t *testing.T) {
	const rows = "id,name,since,kind,n,on,day\n" +
		"1,A,2026-01-01,live,5,TRUE,2026-03-01\n" +
		"2,B,2026-01-01,trial,10,no,2026-04-01\n" +
		"3,C,2026-01-01,N/A,-3.5,,\n" +
		"4,D,2026-01-01,Live,,1,2026-03-15\n"
	for when, want := range map[string]string{
		"{column: kind, equals: live}":                                 "A",
		"{column: kind, not_equals: live}":                             "B C D", // also one without a value
		"{column: kind, in: [trial, Live]}":                            "B D",
		"{column: kind, empty: true}":                                  "C", // N/A is a null value
		"{column: kind, not_empty: true}":                              "A B D",
		"{column: on, equals: true}":                                   "A", // words of truth are alike
		"{column: on, equals: \"false\"}":                              "B",
		"{column: on, equals: 1}":                                      "D", // a digit is a number first
		"{column: n, gt: 5}":                                           "B",
		"{column: n, gte: 5}":                                          "A B",
		"{column: n, lt: 5}":                                           "C", // an empty cell is not less than anything
		"{column: n, lte: 5}":                                          "A C",
		"{column: n, gt: -10}":                                         "A B C",
		"{column: day, gte: \"2026-03-15\"}":                           "B D",
		"{column: day, lt: \"2026-03-15\"}":                            "A",
		"[{column: n, gte: 5}, {column: day, gt: \"2026-03-15\"}]":     "B",
		"[{column: n, not_empty: true}, {column: on, not_equals: no}]": "A C",
	} {
		d := deps(t)
		mapping := "kept: 1\nsource: crm\n\"null\": [N/A]\nfiles:\n  - path: a.csv\n    rows: [{target: account, id: id, name: name, since: since, when: " + when + "}]\n"
		rep, rejects, err := importTexts(t, d, mapping, map[string]string{"a.csv": rows}, ingest.Options{})
		if err != nil || rep.Rejects > 0 {
			t.Errorf("%s: %v %s", when, err, rejects)
			continue
		}
		var got []string
		for _, name := range []string{"A", "B", "C", "D"} {
			if hasAccount(t, d, name) {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != want || counts(rep, "accounts").Read != int64(len(got)) {
			t.Errorf("%s takes %v, want %s", when, got, want)
		}
	}
}

// TestWhenErrors wants the line and the column of what is wrong with a filter.
func TestWhenErrors(t *testing.T) {
	for when, want := range map[string]string{
		"live":                               "5:13: a condition must be a mapping (key: value lines)",
		"{equals: live}":                     `5:14: "column" is missing or empty`,
		"{column: kind}":                     "5:14: the condition compares nothing: add equals, not_equals, in, empty, not_empty, gt, gte, lt or lte",
		"{column: kind, like: l}":            `5:28: "like" is not known here: use one of column, equals, not_equals, in, empty, not_empty, gt, gte, lt, lte`,
		"{column: kind, in: live}":           "5:32: in needs a list of values",
		"{column: kind, in: [[a]]}":          "5:33: a value must be a single value",
		"{column: kind, empty: false}":       "5:35: write empty: true",
		"{column: kind, equals: [a]}":        "5:36: the value of a comparison must be a single value",
		"{column: kind, gt: 1, lt: 2}":       "5:35: a condition has one comparison: write a list of conditions, all of which must hold",
		"[{column: [kind], not_empty: yes}]": `5:23: "column" must be a single value`,
	} {
		text := "kept: 1\nsource: crm\nfiles:\n  - {path: a.csv, rows: [{target: account, id: id, name: name, since: since,\n      when: " + when + "}]}\n"
		_, err := ingest.Parse("m.yaml", []byte(text))
		var list fault.List
		if !errors.As(err, &list) {
			t.Errorf("%s: %v, want a list of faults", when, err)
			continue
		}
		if diff := cmp.Diff("m.yaml:"+want, fmt.Sprint(list[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
}
