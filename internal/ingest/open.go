package ingest

import (
	"compress/gzip"
	"context"
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
	in, err := r.openBytes(f.path)
	if err != nil {
		return nil, err
	}
	switch format {
	case CSV:
		opts := f.spec.CSV
		if opts.Delimiter == 0 && strings.Contains(strings.ToLower(f.path), ".tsv") {
			opts.Delimiter = '\t'
		}
		rows, err := tabular.NewCSV(f.name, in, opts)
		if err != nil {
			return nil, closing(in, err)
		}
		return rows, nil
	case JSONL:
		rows, err := tabular.NewJSONL(in, f.spec.Encoding)
		if err != nil {
			return nil, closing(in, err)
		}
		return rows, nil
	default:
		return nil, closing(in, fault.At(f.name, "the name does not tell the format: add format: csv, jsonl or parquet to the mapping"))
	}
}

func closing(c io.Closer, err error) error {
	if closed := c.Close(); err == nil {
		return closed
	}
	return err
}

func (r *runner) openBytes(path string) (io.ReadCloser, error) {
	open := r.deps.Open
	if open == nil {
		open = func(path string) (io.ReadCloser, error) { return os.Open(path) } //nolint:gosec // the user names the file
	}
	in, err := open(path)
	if err != nil {
		if fault.KindOf(err) != fault.Internal {
			return nil, err
		}
		return nil, &fault.Error{Kind: fault.Invalid, Field: path, Msg: "the file cannot be opened", Err: err}
	}
	if !strings.HasSuffix(strings.ToLower(path), ".gz") {
		return in, nil
	}
	unzipped, err := gzip.NewReader(in)
	if err != nil {
		return nil, closing(in, fault.At(path, "the file is not gzip, although its name ends in .gz"))
	}
	return zipped{unzipped, in}, nil
}

// zipped closes the file under the gzip reader.
type zipped struct {
	*gzip.Reader
	file io.Closer
}

// Close closes both.
func (z zipped) Close() error { return closing(z.file, z.Reader.Close()) }

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
