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
}

// rejects writes the rejects file, batch by batch in the order of the lines.
type rejects struct {
	out     *csv.Writer
	tell    func(Reject)
	pending []reject
	n       int64
}

func newRejects(w io.Writer, tell func(Reject)) (*rejects, error) {
	r := &rejects{tell: tell}
	if w == nil {
		return r, nil
	}
	r.out = csv.NewWriter(w)
	return r, r.write([]string{"file", "line", "column", "value", "reason"})
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
	if r.tell != nil {
		r.tell(Reject{File: file, Line: line, Column: bad.Column, Value: bad.Value, Reason: bad.Reason, Orphan: orphan})
	}
	if r.out != nil {
		r.pending = append(r.pending, reject{file, line, bad})
	}
}

func (r *rejects) flush() error {
	if r.out == nil {
		return nil
	}
	slices.SortStableFunc(r.pending, func(a, b reject) int { return cmp.Compare(a.line, b.line) })
	for _, one := range r.pending {
		if err := r.write([]string{one.file, strconv.Itoa(one.line), one.bad.Column, SafeCell(one.bad.Value), one.bad.Reason}); err != nil {
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
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
