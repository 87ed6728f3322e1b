package tabular

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
)

// Limits on workbooks.
const (
	maxSheetRows  = 1 << 20   // what the format allows
	maxParts      = 10_000    // files in the archive
	maxPart       = 32 << 20  // bytes of the parts that are read whole
	maxSharedText = 256 << 20 // bytes of texts that cells share
	// maxMarkup is how far a sheet may go on without a tag: longer is no cell.
	maxMarkup = 4 << 20
)

// workbook is what a sheet's cells refer to.
type workbook struct {
	sheets    []string
	sheetFile *zip.File
	dates     []bool // by style: the numbers are dates
	texts     *sharedTexts
	epoch     time.Time
}

// readWorkbook finds a sheet and reads what its cells refer to.
func readWorkbook(file string, archive *zip.Reader, want string) (*workbook, error) {
	if len(archive.File) > maxParts {
		return nil, fault.At(file, "the workbook has %d parts: it is not one that can be read", len(archive.File))
	}
	parts := make(map[string]*zip.File, len(archive.File))
	for _, f := range archive.File {
		parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	const main = "xl/workbook.xml"
	if parts[main] == nil {
		return nil, fault.At(file, "is a zip file and not an .xlsx workbook")
	}
	b := &workbook{epoch: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	ids, err := b.readSheets(parts[main])
	if err != nil {
		return nil, damagedPart(file, main, err)
	}
	targets, err := readRels(parts["xl/_rels/workbook.xml.rels"])
	if err != nil {
		return nil, damagedPart(file, "workbook.xml.rels", err)
	}
	i := 0
	if want != "" {
		for i = 0; i < len(b.sheets) && b.sheets[i] != want; i++ {
			continue
		}
	}
	if i >= len(b.sheets) {
		return nil, fault.At(file, "the workbook has no sheet %.60q: it has %s", want, shortNames(b.sheets))
	}
	target := targets[ids[i]]
	if strings.HasPrefix(target, "/") {
		target = target[1:]
	} else {
		target = path.Join("xl", target)
	}
	if b.sheetFile = parts[target]; b.sheetFile == nil {
		return nil, fault.At(file, "the sheet %.60q is not in the workbook: save it again", b.sheets[i])
	}
	if b.dates, err = readStyles(parts["xl/styles.xml"]); err != nil {
		return nil, damagedPart(file, "styles.xml", err)
	}
	if b.texts, err = readSharedTexts(parts["xl/sharedStrings.xml"]); err != nil {
		if errors.Is(err, errBomb) {
			return nil, &fault.Error{Kind: fault.TooLarge, Field: file, Msg: "the workbook unpacks to more than 200 times its size: no table does", Err: err}
		}
		if errors.Is(err, errSharedTooLarge) {
			return nil, &fault.Error{Kind: fault.TooLarge, Field: file, Msg: fmt.Sprintf("the texts of the workbook are larger than %d MiB: save the sheet as CSV", maxSharedText>>20), Err: err}
		}
		return nil, damagedPart(file, "sharedStrings.xml", err)
	}
	return b, nil
}

func damagedPart(file, part string, err error) error {
	return &fault.Error{Kind: fault.Invalid, Field: file, Msg: "the workbook is damaged in " + part + ": open it in a spreadsheet program and save it again", Err: err}
}

func shortNames(list []string) string {
	const most = 20
	if len(list) > most {
		return strings.Join(list[:most], ", ") + " …"
	}
	return strings.Join(list, ", ")
}

// each hands every start tag of a part to fn.
func each(f *zip.File, fn func(xml.StartElement)) error {
	if f == nil {
		return nil
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // read only
	dec := xml.NewDecoder(guard(f, io.LimitReader(in, maxPart)))
	for {
		t, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if s, ok := t.(xml.StartElement); ok {
			fn(s)
		}
	}
}

func (b *workbook) readSheets(f *zip.File) (ids []string, err error) {
	err = each(f, func(s xml.StartElement) {
		switch s.Name.Local {
		case "workbookPr":
			if v := attr(s.Attr, "date1904"); v == "1" || v == "true" {
				b.epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
			}
		case "sheet":
			b.sheets = append(b.sheets, attr(s.Attr, "name"))
			ref := ""
			for _, a := range s.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" {
					ref = a.Value
				}
			}
			ids = append(ids, ref)
		}
	})
	return ids, err
}

func readRels(f *zip.File) (map[string]string, error) {
	out := map[string]string{}
	err := each(f, func(s xml.StartElement) {
		if s.Name.Local == "Relationship" {
			out[attr(s.Attr, "Id")] = attr(s.Attr, "Target")
		}
	})
	return out, err
}

// readStyles says of each cell style whether it shows numbers as dates.
func readStyles(f *zip.File) ([]bool, error) {
	var out []bool
	custom := map[string]string{}
	inCells := false
	err := each(f, func(s xml.StartElement) {
		switch s.Name.Local {
		case "numFmt":
			custom[attr(s.Attr, "numFmtId")] = attr(s.Attr, "formatCode")
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if inCells {
				id := attr(s.Attr, "numFmtId")
				code, own := custom[id]
				out = append(out, own && dateCode(code) || !own && dateFormat(id))
			}
		}
	})
	return out, err
}

// dateFormat reports whether a built-in number format shows a date or a time of
// day; those of spans ([h]:mm:ss) do not.
func dateFormat(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && (n >= 14 && n <= 22 || n >= 27 && n <= 36 || n == 45 || n == 47 || n >= 50 && n <= 58)
}

// dateCode reports whether a number format of a workbook's own shows a date.
func dateCode(code string) bool {
	code, _, _ = strings.Cut(strings.ToLower(code), ";")
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return false
			}
			if span := code[i+1 : i+end]; strings.Trim(span, "h") == "" || strings.Trim(span, "m") == "" || strings.Trim(span, "s") == "" {
				return false
			}
			i += end
		default:
			b.WriteByte(code[i])
		}
	}
	plain := strings.ReplaceAll(b.String(), "general", "")
	return strings.ContainsAny(plain, "yd") || strings.Contains(plain, "h:") || strings.Contains(plain, "mmm") || strings.Contains(plain, "m/") || strings.Contains(plain, "m:")
}

// serialDate turns a day number into a date; one with a time of day but no day
// is that time.
func (b *workbook) serialDate(text string) (string, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || f < 0 || f >= 2_958_466 {
		return "", false
	}
	at := b.epoch
	if at.Year() == 1899 && f < 60 {
		at = at.AddDate(0, 0, 1) // the format has a 29 February 1900
	}
	days := int(f)
	at = at.AddDate(0, 0, days).Add(time.Duration((f - float64(days)) * float64(24*time.Hour))).Round(time.Second)
	switch {
	case days == 0:
		return at.Format(time.TimeOnly), true
	case at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0:
		return at.Format(time.DateOnly), true
	}
	return at.Format("2006-01-02T15:04:05"), true
}

// sharedTexts is the table of texts that cells name by number, in one piece.
type sharedTexts struct {
	all  []byte
	ends []uint32
}

func (t *sharedTexts) len() int { return len(t.ends) }

func (t *sharedTexts) at(i int) string {
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return string(t.all[from:t.ends[i]])
}

var errSharedTooLarge = errors.New("too many shared texts")

func readSharedTexts(f *zip.File) (*sharedTexts, error) {
	out := &sharedTexts{}
	if f == nil {
		return out, nil
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // read only
	dec := xml.NewDecoder(guard(f, in))
	inside, phonetic := false, 0
	for {
		t, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				inside = phonetic == 0
			case "rPh":
				phonetic++
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inside = false
			case "rPh":
				phonetic--
			case "si":
				out.ends = append(out.ends, uint32(len(out.all))) //nolint:gosec // below maxSharedText
			}
		case xml.CharData:
			if inside {
				out.all = append(out.all, t...)
			}
		}
		if len(out.all)+4*len(out.ends) > maxSharedText {
			return nil, errSharedTooLarge
		}
	}
}

// xmlGuard ends the reading of markup that goes on for too long without a tag,
// which the decoder would hold in memory whole.
type xmlGuard struct {
	in    io.Reader
	n     int64
	since int
	most  int64 // bytes that the part may unpack to
}

// guard bounds the reading of a part of the archive.
func guard(f *zip.File, in io.Reader) *xmlGuard {
	return &xmlGuard{in: in, most: max(freeUnpack, maxRatio*int64(min(f.CompressedSize64, 1<<40)))} //nolint:gosec // bounded
}

var (
	errLongText = errors.New("a text is too long")
	errBomb     = errors.New("the part unpacks to more than 200 times its size")
)

func (g *xmlGuard) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	g.n += int64(n)
	for _, c := range p[:n] {
		if c == '<' {
			g.since = 0
			continue
		}
		g.since++
	}
	if g.n > g.most {
		return 0, errBomb
	}
	if g.since > maxMarkup {
		return 0, errLongText
	}
	return n, err
}
