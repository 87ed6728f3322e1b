package ingest

import (
	"cmp"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"kept/internal/fault"
	"kept/internal/tabular"
)

// reject is one line of the rejects file.
type reject struct {
	file string
	line int
	bad  tabular.Bad
	row  string
}

// rejects writes the rejects file, batch by batch in the order of the lines.
type rejects struct {
	out     *csv.Writer
	tell    func(Reject)
	pending []reject
	n       int64
	rows    rowsKept
	count   *counting
	muted   bool // the rows are in the file already
}

// counting counts the bytes that pass.
type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err //nolint:wrapcheck // the caller says what it wrote
}

// bytes returns how long the rejects file is.
func (r *rejects) bytes() int64 {
	if r.count == nil {
		return 0
	}
	return r.count.n
}

// rowsKept holds the cells of the rows of the batch at hand, so that a row that
// is rejected when it is written can be handed back whole.
type rowsKept struct {
	lines []int
	ends  []int
	cells []string
}

func (k *rowsKept) add(line int, cells []string) {
	k.cells = append(k.cells, cells...)
	k.lines, k.ends = append(k.lines, line), append(k.ends, len(k.cells))
}

func (k *rowsKept) reset() {
	clear(k.cells)
	k.lines, k.ends, k.cells = k.lines[:0], k.ends[:0], k.cells[:0]
}

// maxRow bounds a row in the rejects file, in bytes.
const maxRow = 64 << 10

// of returns a row as a line of CSV, "" when it is not held.
func (k *rowsKept) of(line int) string {
	i, ok := slices.BinarySearch(k.lines, line)
	if !ok {
		return ""
	}
	from := 0
	if i > 0 {
		from = k.ends[i-1]
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	if w.Write(k.cells[from:k.ends[i]]) != nil {
		return ""
	}
	w.Flush()
	text := strings.TrimSuffix(b.String(), "\n")
	if len(text) > maxRow {
		text = strings.ToValidUTF8(text[:maxRow], "") + "…"
	}
	return strings.ReplaceAll(text, "\x00", "")
}

// newRejects writes to w; one that goes on has written so many bytes already.
func newRejects(w io.Writer, tell func(Reject), written int64) (*rejects, error) {
	r := &rejects{tell: tell}
	if w == nil {
		return r, nil
	}
	r.count = &counting{w: w, n: written}
	r.out = csv.NewWriter(r.count)
	if written > 0 {
		return r, nil
	}
	return r, r.write([]string{"file", "line", "column", "value", "reason", "row"})
}

func (r *rejects) write(record []string) error {
	if err := r.out.Write(record); err != nil {
		return fault.Wrap(err, "write the rejects file")
	}
	return nil
}

func (r *rejects) add(file string, line int, bad tabular.Bad) { r.note(file, line, bad, false) }

func (r *rejects) note(file string, line int, bad tabular.Bad, orphan bool) {
	r.n++
	if r.muted {
		return
	}
	if r.tell != nil {
		r.tell(Reject{File: file, Line: line, Column: bad.Column, Value: bad.Value, Reason: bad.Reason, Orphan: orphan})
	}
	if r.out != nil {
		row := bad.Raw
		if row == "" {
			row = r.rows.of(line)
		}
		r.pending = append(r.pending, reject{file, line, bad, row})
	}
}

func (r *rejects) flush() error {
	if r.out == nil {
		return nil
	}
	slices.SortStableFunc(r.pending, func(a, b reject) int { return cmp.Compare(a.line, b.line) })
	for _, one := range r.pending {
		if err := r.write([]string{one.file, strconv.Itoa(one.line), one.bad.Column, SafeCell(one.bad.Value), one.bad.Reason, safeCell(one.row)}); err != nil {
			return err
		}
	}
	r.pending = r.pending[:0]
	r.out.Flush()
	if err := r.out.Error(); err != nil {
		return fault.Wrap(err, "write the rejects file")
	}
	return nil
}

// SafeCell shortens a value and keeps a spreadsheet from running it as a formula.
func SafeCell(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return safeCell(s)
}

// safeCell keeps a spreadsheet from running a text as a formula.
func safeCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
