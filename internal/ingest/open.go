package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/tabular"
)

// rowT shortens signatures.
type rowT = tabular.Row

func (r *runner) format(f *source) Format {
	if f.spec.Format != "" {
		return f.spec.Format
	}
	return formatOf(f.path)
}

func (r *runner) open(ctx context.Context, f *source) (tabular.Reader, error) {
	format := r.format(f)
	if format == Parquet {
		if r.deps.Parquet == nil {
			return nil, fault.At(f.name, "Parquet files cannot be read here: export the table as CSV or JSON lines")
		}
		return r.deps.Parquet(ctx, f.path)
	}
	if format == XLSX {
		return r.openWorkbook(f)
	}
	in, err := r.openBytes(f.path)
	if err != nil {
		return nil, err
	}
	if format != CSV && format != JSONL {
		return nil, closing(in, fault.At(f.name, "the name does not tell the format: add format: csv, jsonl, parquet or xlsx to the mapping"))
	}
	sample, start, err := peek(in)
	if err != nil {
		return nil, closing(in, err)
	}
	encoding := f.spec.Encoding
	if encoding == "" {
		encoding = tabular.CertainEncoding(start)
	}
	var rows tabular.Reader
	opts := f.spec.CSV
	if format == JSONL {
		rows, err = tabular.NewJSONL(sample, encoding)
	} else {
		opts.Encoding = encoding
		if opts.Delimiter == 0 {
			opts.Delimiter = r.delimiter(f, start, opts)
		}
		rows, err = tabular.NewCSV(f.name, sample, opts)
	}
	if err != nil {
		return nil, closing(in, err)
	}
	r.tellLayout(f, format, encoding, opts.Delimiter)
	return rows, nil
}

// tellLayout reports what was found out, once a file.
func (r *runner) tellLayout(f *source, format Format, encoding string, delimiter byte) {
	var found []string
	if f.spec.Encoding == "" && encoding != "utf-8" && encoding != "utf-8-bom" {
		found = append(found, "encoding: "+encoding)
	}
	if format == CSV && f.spec.CSV.Delimiter == 0 && delimiter != ',' {
		name := string(rune(delimiter))
		if delimiter == '\t' {
			name = "tab"
		}
		if name != "tab" || !strings.Contains(strings.ToLower(f.path), ".tsv") {
			found = append(found, "delimiter: "+name)
		}
	}
	if len(found) > 0 && !f.told {
		f.told = true
		r.quality.add(ruleDetected, "", "%s: %s", f.name, strings.Join(found, ", "))
	}
}

// delimiter finds the delimiter of a file whose mapping does not say it.
func (r *runner) delimiter(f *source, start []byte, opts tabular.CSVOptions) byte {
	if strings.Contains(strings.ToLower(f.path), ".tsv") {
		return '\t'
	}
	var wanted []string
	for i := range f.spec.Rows {
		wanted = append(wanted, f.spec.Rows[i].reads...)
	}
	return tabular.FindDelimiter(start, opts, wanted)
}

// peeked is a file whose start was looked at.
type peeked struct {
	*bufio.Reader
	file io.ReadCloser
}

// Close closes the file.
func (p peeked) Close() error { return p.file.Close() }

// Packed returns how many bytes of the file itself were read.
func (p peeked) Packed() int64 {
	if z, ok := p.file.(interface{ Packed() int64 }); ok {
		return z.Packed()
	}
	if c, ok := p.file.(*counted); ok {
		return c.n
	}
	return 0
}

// counted counts what is read of a file.
type counted struct {
	io.ReadCloser
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += int64(n)
	return n, err
}

const peekBytes = 64 << 10

// peek returns a reader of the file from its start, and the start.
func peek(in io.ReadCloser) (peeked, []byte, error) {
	if _, ok := in.(interface{ Packed() int64 }); !ok {
		in = &counted{ReadCloser: in}
	}
	p := peeked{bufio.NewReaderSize(in, peekBytes), in}
	start, err := p.Peek(peekBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return p, nil, err
	}
	return p, start, nil
}

// openWorkbook opens a sheet; a workbook is read at places, so it has to be a
// file or small.
func (r *runner) openWorkbook(f *source) (tabular.Reader, error) {
	if strings.HasSuffix(strings.ToLower(f.path), ".gz") {
		return nil, fault.At(f.name, "a workbook is compressed already: unpack the .gz")
	}
	in, err := r.openBytes(f.path)
	if err != nil {
		return nil, err
	}
	at, size, err := randomAccess(f.name, in)
	if err != nil {
		return nil, closing(in, err)
	}
	rows, err := tabular.NewXLSX(f.name, at, size, in, tabular.XLSXOptions{Sheet: f.spec.Sheet, Columns: f.spec.CSV.Columns, SkipLines: f.spec.CSV.SkipLines})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// maxHeldWorkbook bounds a workbook that is not a file, which is held whole.
const maxHeldWorkbook = 64 << 20

func randomAccess(name string, in io.Reader) (io.ReaderAt, int64, error) {
	if file, ok := in.(interface {
		io.ReaderAt
		Stat() (os.FileInfo, error)
	}); ok {
		info, err := file.Stat()
		if err != nil {
			return nil, 0, fault.Wrap(err, "look at the workbook")
		}
		return file, info.Size(), nil
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxHeldWorkbook+1))
	if err != nil {
		return nil, 0, &fault.Error{Kind: fault.Invalid, Field: name, Msg: "the file cannot be read", Err: err}
	}
	if len(raw) > maxHeldWorkbook {
		return nil, 0, fault.New(fault.TooLarge, "%s is larger than %d MiB: save the sheet as CSV", name, maxHeldWorkbook>>20)
	}
	return bytes.NewReader(raw), int64(len(raw)), nil
}

func closing(c io.Closer, err error) error {
	if closed := c.Close(); err == nil {
		return closed
	}
	return err
}

func openLocal(path string) (io.ReadCloser, error) {
	return os.Open(path) //nolint:gosec // the user names the file
}

func (r *runner) openBytes(path string) (io.ReadCloser, error) {
	in, err := r.openRaw(path)
	if err != nil || !strings.HasSuffix(strings.ToLower(path), ".gz") {
		return in, err
	}
	return tabular.Gunzip(path, in)
}

// columns returns the columns that a target reads, with the place in the mapping.
func (t *Target) columns() map[string]string {
	out := map[string]string{}
	add := func(e Expr) {
		if e.IsCol {
			out[e.Column] = e.place
		}
		if e.ValidFrom != "" && e.ValidFrom != DataCutoff && e.ValidFrom != ImportTime {
			out[e.ValidFrom] = e.place
		}
	}
	for _, column := range t.ID {
		out[column] = t.place
	}
	for _, c := range t.When {
		out[c.Column] = c.place
	}
	for _, e := range t.Fields {
		add(e)
	}
	for _, list := range [][]Named{t.Attributes, t.External} {
		for _, n := range list {
			add(n.Expr)
		}
	}
	return out
}

// checkColumns refuses a mapping that reads columns which the file does not
// have. The keys of JSON lines are not known beforehand; see absentKeys.
func (f *File) checkColumns(name string, have []string, targets []int, format Format) error {
	if format == JSONL {
		return nil
	}
	var errs fault.List
	for _, i := range targets {
		wanted := f.Rows[i].columns()
		for _, column := range sortedKeys(wanted) {
			if !slices.Contains(have, column) {
				errs.Add(wanted[column], "%s has no column %q: it has %s", name, column, shortList(have))
			}
		}
	}
	return errs.Err()
}

func shortList(names []string) string {
	const most = 30
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " …"
	}
	return strings.Join(names, ", ")
}

func (r *runner) absentKeys(f *source, have []string) {
	for i := range f.spec.Rows {
		for _, column := range sortedKeys(f.spec.Rows[i].columns()) {
			if !slices.Contains(have, column) {
				r.quality.add(ruleNoColumn, "", "%s: %s", f.name, column)
			}
		}
	}
}
