package tabular_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"kept/internal/fault"
	"kept/internal/tabular"
)

// workbook writes a workbook with another program's library and returns its bytes.
func workbook(t *testing.T, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t *testing.T, f *excelize.File, sheet, cell string, value any) {
	t.Helper()
	if err := f.SetCellValue(sheet, cell, value); err != nil {
		t.Fatal(err)
	}
}

func openBook(raw []byte, opts tabular.XLSXOptions) (*tabular.XLSX, error) {
	return tabular.NewXLSX("b.xlsx", bytes.NewReader(raw), int64(len(raw)), nil, opts)
}

func table(t *testing.T, r tabular.Reader) (out []string) {
	t.Helper()
	out = append(out, strings.Join(r.Columns(), "|"))
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if row.Bad != nil {
			out = append(out, "bad "+row.Bad.Column+": "+row.Bad.Reason)
			continue
		}
		out = append(out, strings.Join(row.Cells(), "|"))
	}
}

func TestXLSXReadsCellsAsWhatTheyAre(t *testing.T) {
	raw := workbook(t, func(f *excelize.File) {
		for i, v := range []any{"id", "name", "since", "at", "arr", "trial", "note"} {
			cell, _ := excelize.CoordinatesToCellName(i+1, 1)
			set(t, f, "Sheet1", cell, v)
		}
		set(t, f, "Sheet1", "A2", 1)
		set(t, f, "Sheet1", "B2", "Äcme & <Söhne>")
		set(t, f, "Sheet1", "C2", time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC))
		set(t, f, "Sheet1", "D2", time.Date(2026, 1, 31, 15, 4, 5, 0, time.UTC))
		set(t, f, "Sheet1", "E2", 0.1)
		set(t, f, "Sheet1", "F2", true)
		// Row 3 is empty; row 4 has a number formatted as a date of the workbook's own.
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: new("dd.mm.yyyy;@")})
		if err != nil {
			t.Fatal(err)
		}
		set(t, f, "Sheet1", "A4", 12345678901)
		set(t, f, "Sheet1", "C4", 46053)
		if err := f.SetCellStyle("Sheet1", "C4", "C4", style); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellFormula("Sheet1", "G4", "1/0"); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellRichText("Sheet1", "B4", []excelize.RichTextRun{{Text: "Be"}, {Text: "ta"}}); err != nil {
			t.Fatal(err)
		}
		set(t, f, "Sheet1", "I5", "too far right")
	})
	x, err := openBook(raw, tabular.XLSXOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	want := []string{
		"id|name|since|at|arr|trial|note",
		"1|Äcme & <Söhne>|2026-01-31|2026-01-31T15:04:05|0.1|true|",
		"12345678901|Beta|2026-01-31||||" + tabular.CellError + "a formula without its value",
		"bad : the row has 9 cells and the header has 7 columns",
	}
	if diff := cmp.Diff(want, table(t, x)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := x.Offset(); got != int64(len(raw)) {
		t.Errorf("offset %d at the end of %d bytes", got, len(raw))
	}
}

func TestXLSXSheets(t *testing.T) {
	raw := workbook(t, func(f *excelize.File) {
		if _, err := f.NewSheet("Second one"); err != nil {
			t.Fatal(err)
		}
		set(t, f, "Sheet1", "A1", "first")
		set(t, f, "Second one", "A1", "a title")
		set(t, f, "Second one", "A3", "second")
		set(t, f, "Second one", "A4", "x")
	})
	x, err := openBook(raw, tabular.XLSXOptions{Sheet: "Second one", SkipLines: 2})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"second", "x"}, table(t, x)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	_, err = openBook(raw, tabular.XLSXOptions{Sheet: "Third"})
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "Sheet1, Second one") {
		t.Errorf("a sheet that is not there: %v", err)
	}
}

// TestXLSXDateFormats reads every numeric style that another library knows.
func TestXLSXDateFormats(t *testing.T) {
	for code, want := range map[string]string{
		"yyyy-mm-dd": "2026-01-31", "m/d/yy h:mm": "2026-01-31", "[$-409]d-mmm-yy": "2026-01-31", `"Day" d`: "2026-01-31",
		"[h]:mm:ss": "46053", "0.00": "46053", "#,##0": "46053", `0 "days"`: "46053", "General": "46053", "[Red]0": "46053",
	} {
		raw := workbook(t, func(f *excelize.File) {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			if err != nil {
				t.Fatal(err)
			}
			set(t, f, "Sheet1", "A1", "x")
			set(t, f, "Sheet1", "A2", 46053)
			if err := f.SetCellStyle("Sheet1", "A2", "A2", style); err != nil {
				t.Fatal(err)
			}
		})
		x, err := openBook(raw, tabular.XLSXOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := table(t, x); got[1] != want {
			t.Errorf("%s: %q, want %q", code, got[1], want)
		}
	}
}

// TestXLSXBombs gives workbooks that unpack to far more than they are.
func TestXLSXBombs(t *testing.T) {
	replace := func(part string, size int, prefix, fill string) []byte {
		raw := workbook(t, func(f *excelize.File) { set(t, f, "Sheet1", "A1", "x") })
		in, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, f := range in.File {
			w, err := z.Create(f.Name)
			if err != nil {
				t.Fatal(err)
			}
			if f.Name != part {
				r, _ := f.Open()
				if _, err := io.Copy(w, r); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if _, err := io.WriteString(w, prefix); err != nil {
				t.Fatal(err)
			}
			piece := strings.Repeat(fill, 1<<20/len(fill))
			for n := 0; n < size; n += len(piece) {
				if _, err := io.WriteString(w, piece); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	const sheet = "xl/worksheets/sheet1.xml"
	for name, raw := range map[string][]byte{
		"one endless cell":      replace(sheet, 100<<20, `<worksheet><sheetData><row r="1"><c t="str"><v>`, "a"),
		"one endless attribute": replace(sheet, 100<<20, `<worksheet a="`, "a"),
		"texts without end":     replace("xl/sharedStrings.xml", 80<<20, `<sst>`, "<si><t>0123456789abcdef0123456789abcdef0123456789abcdef</t></si>"),
		"styles without end":    replace("xl/styles.xml", 100<<20, `<styleSheet><cellXfs>`, `<xf numFmtId="1"/>`),
	} {
		_, err := openBook(raw, tabular.XLSXOptions{})
		if kind := fault.KindOf(err); err == nil || kind != fault.Invalid && kind != fault.TooLarge {
			t.Errorf("%s (%d bytes): %v", name, len(raw), err)
		}
	}
}

func FuzzXLSX(f *testing.F) {
	book := excelize.NewFile()
	_ = book.SetCellValue("Sheet1", "A1", "id")
	_ = book.SetCellValue("Sheet1", "A2", time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC))
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, err := openBook(raw, tabular.XLSXOptions{})
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("not the file's fault: %v", err)
			}
			return
		}
		for range 1000 {
			if _, err := x.Next(); err != nil {
				return
			}
		}
	})
}

// FuzzXLSXSheet fuzzes the markup of the sheet itself, inside a sound archive.
func FuzzXLSXSheet(f *testing.F) {
	f.Add([]byte(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row><row r="2"><c r="A2" s="1"><v>46053.5</v></c></row></sheetData></worksheet>`))
	book := excelize.NewFile()
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		f.Fatal(err)
	}
	in, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sheet []byte) {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, part := range in.File {
			w, err := z.Create(part.Name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(part.Name, "sheet1.xml") {
				_, _ = w.Write(sheet)
				continue
			}
			r, _ := part.Open()
			_, _ = io.Copy(w, r)
		}
		_ = z.Close()
		x, err := openBook(out.Bytes(), tabular.XLSXOptions{})
		for err == nil {
			_, err = x.Next()
		}
		if k := fault.KindOf(err); !errors.Is(err, io.EOF) && k != fault.Invalid && k != fault.TooLarge {
			t.Fatalf("not the file's fault: %v", err)
		}
	})
}

func TestXLSXIsNotOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.xlsx")
	for name, text := range map[string]string{
		"an old workbook": "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more", "text": "id,name\n1,2\n", "empty": "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := openBook([]byte(text), tabular.XLSXOptions{})
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
