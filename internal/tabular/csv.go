package tabular

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"kept/internal/fault"
)

// CSVOptions say how a delimited file is written. The zero value is RFC 4180 in
// UTF-8 with a header line.
type CSVOptions struct {
	Delimiter byte     // 0 means a comma
	Encoding  string   // see Encodings; "" means utf-8
	NoQuotes  bool     // a quote character is an ordinary one
	Columns   []string // names of the columns of a file without a header line
	SkipLines int      // lines before the header
}

// CSV reads delimited text. A broken row costs that row only: after a quote that
// never closes, reading goes on with the line after the one that opened it.
type CSV struct {
	src    io.Reader
	count  *counter
	lines  *lines
	opts   CSVOptions
	header *names
	cells  []string
}

// NewCSV reads the header of a delimited file. File is its name, for errors. It
// closes r, when r is a Closer, on Close.
func NewCSV(file string, r io.Reader, opts CSVOptions) (*CSV, error) {
	if opts.Delimiter == 0 {
		opts.Delimiter = ','
	}
	count := &counter{in: r}
	text, err := asUTF8(count, opts.Encoding)
	if err != nil {
		return nil, err
	}
	c := &CSV{src: r, count: count, lines: newLines(text), opts: opts, header: newNames()}
	for range opts.SkipLines {
		if _, err := c.lines.next(); err != nil {
			break
		}
	}
	if len(opts.Columns) > 0 {
		return c, c.setHeader(file, 1, opts.Columns)
	}
	row, err := c.Next()
	switch {
	case ended(err):
		return nil, fault.At(file, "the file is empty: it needs a header line with the names of its columns")
	case err != nil:
		return nil, readFault(file, err)
	case row.Bad != nil:
		return nil, fault.At(fmt.Sprintf("%s:%d", file, row.Line), "the header line cannot be read: %s", row.Bad.Reason)
	}
	return c, c.setHeader(file, row.Line, bytesClone(row.cells))
}

func bytesClone(in []string) []string { return append([]string(nil), in...) }

func (c *CSV) setHeader(file string, no int, columns []string) error {
	return setColumns(c.header, file, no, columns)
}

func setColumns(header *names, file string, no int, columns []string) error {
	for i, name := range columns {
		name = strings.TrimSpace(name)
		if name == "" {
			name = "column_" + strconv.Itoa(i+1)
		}
		if _, twice := header.index[name]; twice {
			return fault.At(fmt.Sprintf("%s:%d", file, no), "two columns are called %.80q: give each its own name", name)
		}
		header.add(name)
	}
	return nil
}

// Columns returns the names of the header line.
func (c *CSV) Columns() []string { return c.header.list }

// Offset returns how many bytes were read from the file.
func (c *CSV) Offset() int64 { return offsetOf(c.src, c.count) }

// Close closes the file.
func (c *CSV) Close() error {
	if closer, ok := c.src.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// Next returns the next row; empty lines are passed over.
func (c *CSV) Next() (Row, error) {
	for {
		first, err := c.lines.next()
		if err != nil {
			return Row{}, err
		}
		if len(first.text) == 0 && !first.tooLong {
			continue
		}
		row := Row{Line: first.no, names: c.header}
		row.Bad = c.parse(first)
		row.cells = c.cells
		if row.Bad == nil {
			row.Bad = c.checkWidth()
		}
		if row.Bad != nil {
			row.cells = nil
		}
		return row, nil
	}
}

func (c *CSV) checkWidth() *Bad {
	want := len(c.header.list)
	if want == 0 || len(c.cells) == want {
		return nil
	}
	whole := strings.Join(c.cells, string(rune(c.opts.Delimiter)))
	return &Bad{
		Value:  short(whole),
		Raw:    cut(whole),
		Reason: fmt.Sprintf("the row has %d cells and the header has %d columns", len(c.cells), want),
	}
}

// parse splits one record into c.cells. It may take further lines for a cell
// with line ends; when the record is broken it gives all but the first back.
func (c *CSV) parse(first line) *Bad {
	c.cells = c.cells[:0]
	if bad := checkLine(first); bad != nil {
		return bad
	}
	rest := string(first.text)
	whole := rest
	var taken []line
	size := len(rest)
	fail := func(reason string) *Bad {
		c.lines.unread(taken)
		return &Bad{Column: c.columnName(len(c.cells)), Value: short(rest), Raw: cut(whole), Reason: reason}
	}
	for {
		if c.opts.NoQuotes || rest == "" || rest[0] != '"' {
			end := strings.IndexByte(rest, c.opts.Delimiter)
			cell := rest
			if end >= 0 {
				cell = rest[:end]
			}
			if !c.opts.NoQuotes && strings.IndexByte(cell, '"') >= 0 {
				return fail(`a quote stands inside an unquoted cell: quote the whole cell and write "" for a quote in it`)
			}
			if reason := c.push(cell); reason != "" {
				return fail(reason)
			}
			if end < 0 {
				return nil
			}
			rest = rest[end+1:]
			continue
		}
		cell, after, more, reason := c.quoted(rest[1:])
		taken = append(taken, more...)
		for _, one := range more {
			size += len(one.text)
		}
		if reason == "" && size > MaxRecord {
			reason = fmt.Sprintf("the row is longer than %d bytes", MaxRecord)
		}
		if reason == "" {
			reason = c.push(cell)
		}
		if reason != "" {
			return fail(reason)
		}
		if after == "" {
			return nil
		}
		if after[0] != c.opts.Delimiter {
			c.cells = c.cells[:len(c.cells)-1]
			return fail(`text follows a closing quote: write "" for a quote inside a quoted cell`)
		}
		rest = after[1:]
	}
}

// quoted reads a quoted cell after its opening quote, over as many lines as it
// has; it returns what follows the closing quote, and the lines it took.
func (c *CSV) quoted(text string) (cell, after string, taken []line, reason string) {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '"')
		if i >= 0 && i+1 < len(text) && text[i+1] == '"' {
			b.WriteString(text[:i+1])
			text = text[i+2:]
			continue
		}
		if i >= 0 {
			b.WriteString(text[:i])
			return b.String(), text[i+1:], taken, ""
		}
		b.WriteString(text)
		b.WriteByte('\n')
		if b.Len() > MaxField {
			return "", "", taken, fmt.Sprintf("a quote is not closed within %d bytes", MaxField)
		}
		next, err := c.lines.next()
		if err != nil {
			return "", "", taken, "a quote is opened and never closed"
		}
		next.text = bytes.Clone(next.text)
		taken = append(taken, next)
		if bad := checkLine(next); bad != nil {
			return "", "", taken, "a quote is opened and not closed before a line that cannot be read"
		}
		text = string(next.text)
	}
}

func (c *CSV) push(cell string) string {
	if len(cell) > MaxField {
		return fmt.Sprintf("the cell is longer than %d bytes", MaxField)
	}
	if len(c.cells) >= MaxColumns {
		return fmt.Sprintf("the row has more than %d cells", MaxColumns)
	}
	c.cells = append(c.cells, cell)
	return ""
}

func (c *CSV) columnName(i int) string {
	if i < len(c.header.list) {
		return c.header.list[i]
	}
	return ""
}

func checkLine(l line) *Bad {
	switch {
	case l.tooLong:
		return &Bad{Value: short(string(l.text[:min(len(l.text), 200)])), Reason: fmt.Sprintf("the line is longer than %d bytes", MaxRecord)}
	case bytes.IndexByte(l.text, 0) >= 0:
		return &Bad{Value: short(string(l.text)), Reason: "the line has a zero byte: is it another encoding, such as utf-16?", Raw: cut(strings.ReplaceAll(string(l.text), "\x00", "␀"))}
	case !utf8.Valid(l.text):
		return &Bad{Value: short(strings.ToValidUTF8(string(l.text), "\uFFFD")), Reason: "the line is not valid UTF-8: declare the file's encoding in the mapping, such as latin-1", Raw: cut(strings.ToValidUTF8(string(l.text), "\uFFFD"))}
	}
	return nil
}

// maxRaw bounds what is kept of a line that cannot be split into cells.
const maxRaw = 4 << 10

func cut(s string) string {
	if len(s) <= maxRaw {
		return s
	}
	return strings.ToValidUTF8(s[:maxRaw], "") + "…"
}

// short cuts a text for a report.
func short(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func readFault(file string, err error) error {
	return &fault.Error{Kind: fault.Invalid, Field: file, Msg: "the file cannot be read to its end", Err: err}
}
