package tabular

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"kept/internal/fault"
)

// XLSXOptions say which part of a workbook is the table.
type XLSXOptions struct {
	Sheet     string   // name of the sheet; empty means the first
	Columns   []string // names of the columns of a sheet without a header row
	SkipLines int      // rows before the header
}

// XLSX reads one sheet of a workbook row by row, as it stands in the file: only
// the table of shared texts is held, at most maxSharedText bytes. Cells that are
// formatted as dates come as 2006-01-02 or 2006-01-02T15:04:05, whatever the
// format shows; numbers in shortest form; truths as true and false. A cell with
// an error or with a formula that was never computed comes with a CellError mark
// in front, so that it costs only rows that need it.
type XLSX struct {
	file   string
	closer io.Closer
	size   int64
	sheet  io.ReadCloser
	whole  int64 // bytes of the sheet, unpacked
	guard  *xmlGuard
	dec    *xml.Decoder
	book   *workbook
	opts   XLSXOptions
	header *names
	cells  []string
	text   []byte
	row    int
}

// CellError stands in front of what a cell shows in place of a value, such as
// #N/A. No ordinary cell can start with it, as it is a zero byte.
const CellError = "\x00"

// NewXLSX opens a sheet of the workbook in r, of size bytes. File is its name,
// for errors. It closes closer on Close, and when it fails.
func NewXLSX(file string, r io.ReaderAt, size int64, closer io.Closer, opts XLSXOptions) (*XLSX, error) {
	x := &XLSX{file: file, closer: closer, size: size, opts: opts, header: newNames()}
	if err := x.open(r); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

func (x *XLSX) open(r io.ReaderAt) error {
	var start [8]byte
	n, _ := r.ReadAt(start[:], 0) // a short file is found out below
	if bytes.HasPrefix(start[:n], []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		return fault.At(x.file, "is an old .xls workbook, or one with a password: save it as .xlsx without a password")
	}
	archive, err := zip.NewReader(r, x.size)
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Field: x.file, Msg: "is not an .xlsx workbook, or only a part of one: save it again", Err: err}
	}
	if x.book, err = readWorkbook(x.file, archive, x.opts.Sheet); err != nil {
		return err
	}
	sheet, err := x.book.sheetFile.Open()
	if err != nil {
		return x.damaged(err)
	}
	x.sheet, x.whole = sheet, int64(min(x.book.sheetFile.UncompressedSize64, 1<<62)) //nolint:gosec // bounded
	x.guard = guard(x.book.sheetFile, sheet)
	x.dec = xml.NewDecoder(x.guard)
	if err := x.seekData(); err != nil {
		return err
	}
	return x.readHeader()
}

func (x *XLSX) damaged(err error) error {
	if errors.Is(err, errBomb) {
		return &fault.Error{Kind: fault.TooLarge, Field: x.file, Msg: "the workbook unpacks to more than 200 times its size: no table does", Err: err}
	}
	if errors.Is(err, errLongText) {
		return &fault.Error{Kind: fault.TooLarge, Field: x.file, Msg: fmt.Sprintf("a cell is longer than %d bytes", MaxField), Err: err}
	}
	return &fault.Error{Kind: fault.Invalid, Field: x.file, Msg: "the workbook is damaged: open it in a spreadsheet program and save it again", Err: err}
}

// seekData goes to the first row.
func (x *XLSX) seekData() error {
	for {
		t, err := x.dec.RawToken()
		if errors.Is(err, io.EOF) {
			return fault.At(x.file, "the sheet has no rows")
		}
		if err != nil {
			return x.damaged(err)
		}
		if s, ok := t.(xml.StartElement); ok && s.Name.Local == "sheetData" {
			return nil
		}
	}
}

func (x *XLSX) readHeader() error {
	if len(x.opts.Columns) > 0 {
		return setColumns(x.header, x.file, 1, x.opts.Columns)
	}
	for {
		row, err := x.Next()
		switch {
		case errors.Is(err, io.EOF):
			return fault.At(x.file, "the sheet is empty: it needs a header row with the names of its columns")
		case err != nil:
			return err
		case row.Bad != nil:
			return fault.At(fmt.Sprintf("%s:%d", x.file, row.Line), "the header row cannot be read: %s", row.Bad.Reason)
		case row.Line <= x.opts.SkipLines:
			continue
		}
		columns := bytesClone(row.cells)
		for i := range columns {
			columns[i] = strings.TrimPrefix(columns[i], CellError)
		}
		return setColumns(x.header, x.file, row.Line, columns)
	}
}

// Columns returns the names of the header row.
func (x *XLSX) Columns() []string { return x.header.list }

// Sheets returns the names of the workbook's sheets.
func (x *XLSX) Sheets() []string { return x.book.sheets }

// Offset estimates how many bytes of the file were read, from the share of the
// sheet.
func (x *XLSX) Offset() int64 {
	if x.guard == nil || x.whole == 0 {
		return 0
	}
	return int64(float64(x.size) * min(1, float64(x.guard.n)/float64(x.whole)))
}

// Close closes the file.
func (x *XLSX) Close() error {
	var errs []error
	if x.sheet != nil {
		errs = append(errs, x.sheet.Close())
		x.sheet = nil
	}
	if x.closer != nil {
		errs = append(errs, x.closer.Close())
		x.closer = nil
	}
	return errors.Join(errs...)
}

// Next returns the next row that has a value; its line is the row's number.
func (x *XLSX) Next() (Row, error) {
	for {
		t, err := x.dec.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return Row{}, x.damaged(io.ErrUnexpectedEOF)
		case err != nil:
			return Row{}, x.damaged(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local == "sheetData" {
				return Row{}, io.EOF
			}
		case xml.StartElement:
			if t.Name.Local != "row" {
				continue
			}
			x.row++
			if n, err := strconv.Atoi(attr(t.Attr, "r")); err == nil && n >= x.row && n <= maxSheetRows {
				x.row = n
			}
			row, err := x.readRow()
			if err != nil || row.Bad != nil || len(row.cells) > 0 {
				return row, err
			}
		}
	}
}

func (x *XLSX) readRow() (Row, error) {
	row := Row{Line: x.row, names: x.header}
	x.cells = x.cells[:0]
	at, size, filled := 0, 0, false
	for {
		t, err := x.dec.RawToken()
		if err != nil {
			return row, x.damaged(noEOF(err))
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local != "row" {
				continue
			}
			if row.Bad == nil && filled {
				row.Bad = x.fit()
				row.cells = x.cells
			}
			if row.Bad != nil {
				row.cells = nil
			}
			return row, nil
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			if i, ok := cellColumn(attr(t.Attr, "r")); ok && i >= at {
				at = i
			}
			style, kind := attr(t.Attr, "s"), attr(t.Attr, "t")
			text, err := x.cell(kind, style)
			if err != nil {
				return row, err
			}
			if row.Bad == nil {
				row.Bad = x.place(at, text)
			}
			if size += len(text); size > MaxRecord && row.Bad == nil {
				row.Bad = &Bad{Reason: fmt.Sprintf("the row is longer than %d bytes", MaxRecord)}
			}
			filled = filled || text != ""
			at++
		}
	}
}

// place puts a cell at its column.
func (x *XLSX) place(at int, text string) *Bad {
	column := ""
	if at < len(x.header.list) {
		column = x.header.list[at]
	}
	switch {
	case text == "":
		return nil
	case at >= MaxColumns:
		return &Bad{Value: short(text), Reason: fmt.Sprintf("the row has more than %d cells", MaxColumns)}
	case len(text) > MaxField:
		return &Bad{Column: column, Value: short(text), Reason: fmt.Sprintf("the cell is longer than %d bytes", MaxField)}
	case !utf8.ValidString(text) || strings.IndexByte(text[1:], 0) >= 0:
		return &Bad{Column: column, Value: short(strings.ToValidUTF8(text, "\uFFFD")), Reason: "the value is not text"}
	}
	for len(x.cells) <= at {
		x.cells = append(x.cells, "")
	}
	x.cells[at] = text
	return nil
}

// fit fills a row up to the header, and refuses one that is wider.
func (x *XLSX) fit() *Bad {
	want := len(x.header.list)
	if want == 0 {
		return nil
	}
	if len(x.cells) > want {
		return &Bad{Value: short(x.cells[want]), Reason: fmt.Sprintf("the row has %d cells and the header has %d columns", len(x.cells), want)}
	}
	for len(x.cells) < want {
		x.cells = append(x.cells, "")
	}
	return nil
}

// cell reads to the end of a cell and returns its text.
func (x *XLSX) cell(kind, style string) (string, error) {
	x.text = x.text[:0]
	formula, valued, inside, phonetic := false, false, false, 0
	for {
		t, err := x.dec.RawToken()
		if err != nil {
			return "", x.damaged(noEOF(err))
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "f":
				formula = true
			case "v", "t":
				inside, valued = phonetic == 0, true
			case "rPh":
				phonetic++
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "v", "t":
				inside = false
			case "rPh":
				phonetic--
			case "c":
				return x.value(kind, style, formula && !valued)
			}
		case xml.CharData:
			if inside {
				x.text = append(x.text, t...)
			}
		}
	}
}

// value says what a cell means.
func (x *XLSX) value(kind, style string, unknown bool) (string, error) {
	text := string(x.text)
	if text == "" {
		if unknown {
			return CellError + "a formula without its value", nil
		}
		return "", nil
	}
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || i < 0 || i >= x.book.texts.len() {
			return "", x.damaged(fmt.Errorf("row %d names shared text %.20q of %d", x.row, text, x.book.texts.len()))
		}
		return x.book.texts.at(i), nil
	case "b":
		if strings.TrimSpace(text) == "1" {
			return "true", nil
		}
		return "false", nil
	case "e":
		return CellError + text, nil
	case "str", "inlineStr":
		return text, nil
	case "d":
		return strings.TrimSuffix(text, "Z"), nil
	}
	i, err := strconv.Atoi(style)
	if err == nil && i >= 0 && i < len(x.book.dates) && x.book.dates[i] {
		if date, ok := x.book.serialDate(text); ok {
			return date, nil
		}
	}
	return plainNumber(text), nil
}

// plainNumber writes a stored number as a person would: 0.1 and not
// 0.10000000000000001.
func plainNumber(text string) string {
	text = strings.TrimSpace(text)
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f > 1e21 || f < -1e21 {
		return text
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// cellColumn returns the column of a reference such as "AB12", from 0.
func cellColumn(ref string) (int, bool) {
	n := 0
	for i := range len(ref) {
		c := ref[i]
		if c < 'A' || c > 'Z' {
			break
		}
		n = n*26 + int(c-'A') + 1
		if n > 1<<15 {
			return n, true
		}
	}
	return n - 1, n > 0
}

func attr(all []xml.Attr, name string) string {
	for i := range all {
		if all[i].Name.Local == name {
			return all[i].Value
		}
	}
	return ""
}
