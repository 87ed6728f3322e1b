package tabular_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kept/internal/fault"
	"kept/internal/tabular"
)

// read returns every row as "line: a|b" or "line! column: reason".
func read(t *testing.T, in tabular.Reader) []string {
	t.Helper()
	var out []string
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if row.Bad != nil {
			out = append(out, fmt.Sprintf("%d! %s: %s", row.Line, row.Bad.Column, row.Bad.Reason))
			continue
		}
		var cells []string
		for _, c := range in.Columns() {
			text, _ := row.Get(c)
			cells = append(cells, text)
		}
		out = append(out, fmt.Sprintf("%d: %s", row.Line, strings.Join(cells, "|")))
	}
}

func TestCSV(t *testing.T) {
	const notClosed = "a quote is opened and never closed"
	for _, c := range []struct {
		name, text string
		opts       tabular.CSVOptions
		want       []string
	}{
		{"plain", "a,b\n1,2\n3,4\n", tabular.CSVOptions{}, []string{"2: 1|2", "3: 3|4"}},
		{"crlf, no final line end, empty line", "a,b\r\n1,2\r\n\r\n3,4", tabular.CSVOptions{}, []string{"2: 1|2", "4: 3|4"}},
		{"byte order mark", "\xEF\xBB\xBFa,b\n1,2\n", tabular.CSVOptions{}, []string{"2: 1|2"}},
		{"quotes", "a,b\n\"x, y\",\"say \"\"hi\"\"\"\n\"\",2\n", tabular.CSVOptions{}, []string{`2: x, y|say "hi"`, "3: |2"}},
		{"line ends in a cell", "a,b\n\"one\ntwo\",2\n3,4\n", tabular.CSVOptions{}, []string{"2: one\ntwo|2", "4: 3|4"}},
		{"semicolon", "a;b\n1;2,5\n", tabular.CSVOptions{Delimiter: ';'}, []string{"2: 1|2,5"}},
		{"tab without quotes", "a\tb\n5\"\tx\"y\n", tabular.CSVOptions{Delimiter: '\t', NoQuotes: true}, []string{"2: 5\"|x\"y"}},
		{"no header", "1,2\n", tabular.CSVOptions{Columns: []string{"a", "b"}}, []string{"1: 1|2"}},
		{"skipped lines", "report\n\na,b\n1,2\n", tabular.CSVOptions{SkipLines: 2}, []string{"4: 1|2"}},
		{"empty column name", "a,\n1,2\n", tabular.CSVOptions{}, []string{"2: 1|2"}},
		{"wrong width", "a,b\n1\n1,2,3\n1,2\n", tabular.CSVOptions{}, []string{
			"2! : the row has 1 cells and the header has 2 columns", "3! : the row has 3 cells and the header has 2 columns", "4: 1|2",
		}},
		{"a quote that never closes costs one row", "a,b\n1,\"2\n3,4\n5,6\n", tabular.CSVOptions{}, []string{"2! b: " + notClosed, "3: 3|4", "4: 5|6"}},
		{"text after a quote", "a,b\n\"1\"x,2\n3,4\n", tabular.CSVOptions{}, []string{`2! a: text follows a closing quote: write "" for a quote inside a quoted cell`, "3: 3|4"}},
		{"a quote swallows up to the next one", "a,b\n1,\"2\n3,\"4\"\n5,6\n", tabular.CSVOptions{}, []string{`2! b: text follows a closing quote: write "" for a quote inside a quoted cell`, "3: 3|4", "4: 5|6"}},
		{"quote in a bare cell", "a,b\n5\" pipe,2\n3,4\n", tabular.CSVOptions{}, []string{`2! a: a quote stands inside an unquoted cell: quote the whole cell and write "" for a quote in it`, "3: 3|4"}},
		{"zero byte", "a,b\n1\x00,2\n3,4\n", tabular.CSVOptions{}, []string{"2! : the line has a zero byte: is it another encoding, such as utf-16?", "3: 3|4"}},
		{"not UTF-8", "a,b\nM\xFCller,2\n3,4\n", tabular.CSVOptions{}, []string{"2! : the line is not valid UTF-8: declare the file's encoding in the mapping, such as latin-1", "3: 3|4"}},
		{"latin-1", "a,b\nM\xFCller,2\n", tabular.CSVOptions{Encoding: "latin-1"}, []string{"2: Müller|2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, err := tabular.NewCSV("f.csv", strings.NewReader(c.text), c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, read(t, in)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if err := in.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCSVLimits(t *testing.T) {
	long := strings.Repeat("x", tabular.MaxField+1)
	line := strings.Repeat("y", tabular.MaxRecord+10)
	var swallowed strings.Builder
	for i := range 300_000 {
		fmt.Fprintf(&swallowed, "%d,ok\n", i)
	}
	text := "a,b\n" + long + ",1\n" + line + "\n1,\"open\n" + swallowed.String()
	in, err := tabular.NewCSV("f.csv", strings.NewReader(text), tabular.CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	rows := read(t, in)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("a quote that stays open took %v", took)
	}
	want := []string{
		"2! a: the cell is longer than 1048576 bytes", "3! : the line is longer than 4194304 bytes",
		"4! b: a quote is not closed within 1048576 bytes", "5: 0|ok",
	}
	if diff := cmp.Diff(want, rows[:4]); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(rows) != 3+300_000 || rows[len(rows)-1] != "300004: 299999|ok" {
		t.Errorf("%d rows, the last %q: rows after the broken one are lost", len(rows), rows[len(rows)-1])
	}
}

func TestCSVHeader(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "f.csv: the file is empty: it needs a header line with the names of its columns"},
		{"a,a\n", `f.csv:1: two columns are called "a": give each its own name`},
		{"\"a\n", "f.csv:1: the header line cannot be read: a quote is opened and never closed"},
	} {
		_, err := tabular.NewCSV("f.csv", strings.NewReader(c.text), tabular.CSVOptions{})
		if err == nil || err.Error() != c.want || fault.KindOf(err) != fault.Invalid {
			t.Errorf("NewCSV(%q) = %v, want %s", c.text, err, c.want)
		}
	}
	if _, err := tabular.NewCSV("f.csv", strings.NewReader("a"), tabular.CSVOptions{Encoding: "ebcdic"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an unknown encoding gave %v", err)
	}
}

func TestEncodings(t *testing.T) {
	const text = "name;city\nMüller;Kraków\n"
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	big, err := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	western, err := charmap.Windows1252.NewEncoder().String("name;city\nMüller;Köln – €\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ raw, encoding, want string }{
		{text, "utf-8", "2: Müller|Kraków"},
		{"\xEF\xBB\xBF" + text, "utf-8-bom", "2: Müller|Kraków"},
		{utf16, "utf-16", "2: Müller|Kraków"},
		{big, "utf-16be", "2: Müller|Kraków"},
		{western, "windows-1252", "2: Müller|Köln – €"},
	} {
		got := tabular.DetectEncoding([]byte(c.raw))
		if got != c.encoding {
			t.Errorf("DetectEncoding = %s, want %s", got, c.encoding)
		}
		if d := tabular.DetectDelimiter([]byte(c.raw), got); d != ';' {
			t.Errorf("%s: DetectDelimiter = %q, want ;", got, d)
		}
		in, err := tabular.NewCSV("f.csv", strings.NewReader(c.raw), tabular.CSVOptions{Encoding: got, Delimiter: ';'})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{c.want}, read(t, in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", got, diff)
		}
	}
}

func TestJSONL(t *testing.T) {
	text := `{"a": 1, "b": {"c": "x", "d": [1, 2]}}

{"a": null, "e": true}
[1]
{"a": 1} {"a": 2}
{"a": 
null
{"a": 12345678901234567890.10}
`
	in, err := tabular.NewJSONL(strings.NewReader(text), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1: 1|x|[1,2]", "3: |||true",
		"4! : the line is not a JSON object: its type is array", "5! : more text follows the JSON object: write one object a line",
		"6! : the line is not a JSON object: it ends too early", "7! : the line is not a JSON object: it is null",
		"8: 12345678901234567890.10|||",
	}
	if diff := cmp.Diff(want, read(t, in)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b.c", "b.d", "e"}, in.Columns()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func TestValues(t *testing.T) {
	rows := [][]any{{"x", int64(7), 0.5, true, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), nil}, {[]int{1}, nil, nil, nil, nil, nil}}
	at, closed := 0, false
	in := tabular.NewValues([]string{"a", "b", "c", "d", "e", "f"}, func() ([]any, error) {
		if at == len(rows) {
			return nil, io.EOF
		}
		at++
		return rows[at-1], nil
	}, func() error { closed = true; return nil })
	want := []string{"1: x|7|0.5|true|2026-01-02T00:00:00Z|", "2! a: the value is of a type that cannot be imported"}
	if diff := cmp.Diff(want, read(t, in)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if err := in.Close(); err != nil || !closed {
		t.Errorf("Close = %v, closed %v", err, closed)
	}
}

// drain reads to the end and makes sure that lines ascend and good rows are as
// wide as the header.
func drain(t *testing.T, in tabular.Reader, lines int) {
	t.Helper()
	last, n := 0, 0
	for {
		row, err := in.Next()
		if err != nil {
			return
		}
		if n++; n > lines {
			t.Fatalf("more rows than the %d lines of the file", lines)
		}
		if row.Line <= last {
			t.Fatalf("line %d follows line %d", row.Line, last)
		}
		last = row.Line
		if row.Bad != nil && row.Bad.Reason == "" {
			t.Fatal("a bad row without a reason")
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,\"x\ny\"\n\"\"\"\n", byte(','), "utf-8", false)
	f.Add("a;b\n1;\"\n", byte(';'), "latin-1", false)
	f.Add("a\x00,\xff\n", byte(','), "utf-16", true)
	f.Fuzz(func(t *testing.T, text string, delimiter byte, encoding string, quotes bool) {
		in, err := tabular.NewCSV("f.csv", strings.NewReader(text), tabular.CSVOptions{Delimiter: delimiter, Encoding: encoding, NoQuotes: quotes})
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatal(err)
			}
			return
		}
		drain(t, in, len(text)+1)
		tabular.DetectDelimiter([]byte(text), tabular.DetectEncoding([]byte(text)))
	})
}

func FuzzJSONL(f *testing.F) {
	f.Add("{\"a\":{\"b\":[1]}}\n{}\n")
	f.Add("{\"a\":\n\x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		in, err := tabular.NewJSONL(strings.NewReader(text), "utf-8")
		if err != nil {
			t.Fatal(err)
		}
		drain(t, in, len(text)+1)
	})
}
