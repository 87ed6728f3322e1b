package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"kept/internal/fault"
	"kept/internal/tabular"
)

const (
	inspectBytes = 1 << 20
	inspectRows  = 1000
	maxSamples   = 3
)

// Inspect looks at the first megabyte of a file and proposes a mapping. Name is
// the file's name: its extension tells the format, or else its first character.
// The error is Invalid when nothing can be read.
func Inspect(sample io.Reader, name string) (Inspection, error) {
	name = path.Base(name)
	text, err := io.ReadAll(io.LimitReader(sample, inspectBytes))
	if err != nil {
		return Inspection{}, &fault.Error{Kind: fault.Invalid, Field: name, Msg: "the file cannot be read", Err: err}
	}
	if strings.HasSuffix(strings.ToLower(name), ".gz") {
		if text, err = unzip(name, text); err != nil {
			return Inspection{}, err
		}
	}
	if isWorkbook(name, text) {
		return Inspection{}, fault.At(name, "a workbook cannot be looked into from its start alone: save it as a file")
	}
	if IsParquet(name, text) {
		return Inspection{}, fault.At(name, "Parquet files cannot be looked into here: write the mapping by hand, with the column names of the table")
	}
	out := Inspection{Encoding: tabular.DetectEncoding(text)}
	format := formatOf(name)
	if trimmed := bytes.TrimLeft(text, "\xEF\xBB\xBF \t\r\n"); format == "" || format == JSONL {
		format = CSV
		if bytes.HasPrefix(trimmed, []byte("{")) {
			format = JSONL
		}
	}
	in, err := openSample(name, text, format, &out)
	if err != nil {
		return Inspection{}, err
	}
	return out.of(in, name, format)
}

// InspectTable looks at the first rows of a table whose reader the caller
// opened, and closes it: so a Parquet file is inspected.
func InspectTable(in tabular.Reader, name string, format Format) (Inspection, error) {
	out := Inspection{Encoding: "utf-8"}
	found, err := out.of(in, path.Base(name), format)
	return found, closing(in, err)
}

// InspectFile looks at the start of a file on the disk, of any format that
// deps can read.
func InspectFile(ctx context.Context, deps *Deps, file string) (Inspection, error) {
	name := path.Base(filepath.ToSlash(file))
	f, err := os.Open(file) //nolint:gosec // the caller names the file
	if err != nil {
		return Inspection{}, fault.Wrap(err, "read the file")
	}
	defer f.Close() //nolint:errcheck // read only
	var start [8]byte
	n, err := f.ReadAt(start[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Inspection{}, fault.Wrap(err, "read the file")
	}
	switch {
	case deps.Parquet != nil && IsParquet(name, start[:n]):
		rows, err := deps.Parquet(ctx, file)
		if err != nil {
			return Inspection{}, err
		}
		return InspectTable(rows, name, Parquet)
	case isWorkbook(name, start[:n]):
		info, err := f.Stat()
		if err != nil {
			return Inspection{}, fault.Wrap(err, "read the file")
		}
		rows, err := tabular.NewXLSX(name, f, info.Size(), nil, tabular.XLSXOptions{})
		if err != nil {
			return Inspection{}, err
		}
		out := Inspection{Encoding: "utf-8", Sheets: rows.Sheets()}
		found, err := out.of(rows, name, XLSX)
		return found, closing(rows, err)
	}
	return Inspect(f, name)
}

// isWorkbook reports whether a file is a workbook, by its name or by how it starts.
func isWorkbook(name string, start []byte) bool {
	return formatOf(name) == XLSX || bytes.HasPrefix(start, []byte("PK\x03\x04")) || bytes.HasPrefix(start, []byte{0xD0, 0xCF, 0x11, 0xE0})
}

// IsParquet reports whether a file is one, by its name or by how it starts.
func IsParquet(name string, start []byte) bool {
	return formatOf(name) == Parquet || bytes.HasPrefix(start, []byte("PAR1"))
}

func (out *Inspection) of(in tabular.Reader, name string, format Format) (Inspection, error) {
	if err := out.look(in); err != nil {
		return Inspection{}, err
	}
	if len(out.Columns) == 0 {
		return Inspection{}, fault.At(name, "no column can be recognised: the file needs a header line, or one JSON object a line")
	}
	out.Format = format
	out.ProposedMapping = propose(name, format, out)
	return *out, nil
}

func unzip(name string, text []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, fault.At(name, "the file is not gzip, although its name ends in .gz")
	}
	// The end of the sample cuts the stream: what was unpacked until then counts.
	plain, err := io.ReadAll(io.LimitReader(z, inspectBytes))
	if err != nil && len(plain) == 0 {
		return nil, fault.At(name, "the gzip file cannot be unpacked")
	}
	return plain, nil
}

func openSample(name string, text []byte, format Format, out *Inspection) (tabular.Reader, error) {
	if format == JSONL {
		return tabular.NewJSONL(bytes.NewReader(text), out.Encoding)
	}
	delimiter := tabular.DetectDelimiter(text[:min(len(text), 64<<10)], out.Encoding)
	out.Delimiter = string(rune(delimiter))
	return tabular.NewCSV(name, bytes.NewReader(text), tabular.CSVOptions{Delimiter: delimiter, Encoding: out.Encoding})
}

// look reads rows and describes the columns. The last row of a sample may be
// cut: it is left out like any other that cannot be read.
func (out *Inspection) look(in tabular.Reader) error {
	cells := Cells{Nulls: map[string]bool{"": true}}
	kinds := map[string]*columnKind{}
	for out.Rows < inspectRows {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if fault.KindOf(err) != fault.Internal {
				return err
			}
			return &fault.Error{Kind: fault.Invalid, Msg: "the file cannot be read", Err: err}
		}
		if row.Bad != nil {
			continue
		}
		out.Rows++
		for _, name := range in.Columns() {
			text, _ := row.Get(name)
			k := kinds[name]
			if k == nil {
				k = &columnKind{empty: out.Rows - 1}
				kinds[name] = k
			}
			k.see(strings.TrimPrefix(cells.clean(text), tabular.CellError))
		}
	}
	for _, name := range in.Columns() {
		k := kinds[name]
		if k == nil {
			k = &columnKind{}
		}
		out.Columns = append(out.Columns, Column{Name: name, Type: k.name(), Samples: k.samples, Empty: k.empty, Formats: k.formats()})
	}
	return nil
}

// columnKind narrows down what the cells of a column are.
type columnKind struct {
	n, empty          int
	notInt, notNumber bool
	notBool           bool
	dates             uint64 // the candidates that read all values
	samples           []string
}

func (k *columnKind) see(text string) {
	if text == "" {
		k.empty++
		return
	}
	k.n++
	f, err := strconv.ParseFloat(text, 64)
	k.notNumber = k.notNumber || err != nil
	k.notInt = k.notInt || err != nil || f != float64(int64(f)) || strings.ContainsAny(text, ".eE")
	_, ok := truth(text)
	k.notBool = k.notBool || !ok
	if k.n == 1 {
		k.dates = allCandidates
	}
	if k.dates != 0 {
		k.dates = fits(text, k.dates)
	}
	if len(k.samples) < maxSamples && !slices.Contains(k.samples, text) {
		if len(text) > 80 {
			text = strings.ToValidUTF8(text[:80], "") + "…"
		}
		k.samples = append(k.samples, text)
	}
}

// formats names the date formats that read all values.
func (k *columnKind) formats() []string {
	if k.n == 0 {
		return nil
	}
	return formatsOf(k.dates)
}

func (k *columnKind) name() string {
	switch {
	case k.n == 0:
		return "empty"
	case !k.notBool && (k.notInt || len(k.samples) == 2):
		return "bool"
	case !k.notInt:
		return "int"
	case !k.notNumber:
		return "number"
	case k.dates != 0:
		return "date"
	}
	return "text"
}
