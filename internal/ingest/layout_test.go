package ingest_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kept/internal/fault"
	"kept/internal/ingest"
)

// TestDetectedLayouts imports one table in every encoding and with every
// delimiter, and a mapping that says neither.
func TestDetectedLayouts(t *testing.T) {
	const text = "id,name,since,parent,seats\n1,Zürich \"A, B; C|D\",2026-01-01,,5\n2,Ångström,2026-02-01,1,6\n"
	written := func(delimiter string) string {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		for i, line := range lines {
			cells := strings.Split(strings.ReplaceAll(line, `Zürich "A, B; C|D"`, "\x01"), ",")
			lines[i] = strings.ReplaceAll(strings.Join(cells, delimiter), "\x01", `"Zürich ""A, B; C|D"""`)
		}
		return strings.Join(lines, "\r\n")
	}
	plain := strings.ReplaceAll(text, ` "A, B; C|D"`, "")
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	latin, err := charmap.Windows1252.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"semicolon": written(";"), "tab": written("\t"), "pipe": written("|"), "comma": written(","),
		"utf-8 with a mark": "\xEF\xBB\xBF" + written(","),
		"utf-16":            utf16,
		"windows-1252":      latin,
	} {
		d := deps(t)
		rep, rejects, err := importTexts(t, d, head+accountsFile, map[string]string{"accounts.csv": file}, ingest.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c := counts(rep, "accounts"); c.Created != 2 {
			t.Errorf("%s: %+v\n%s", name, c, rejects)
		}
		for _, id := range []string{"1", "2"} {
			refs, err := d.Records.Resolve(t.Context(), "crm", "account", []string{id})
			if err != nil || len(refs) != 1 {
				t.Errorf("%s: account %s: %v %v", name, id, refs, err)
			}
		}
		wantFinding := int64(0)
		if name == "semicolon" || name == "tab" || name == "pipe" || name == "utf-16" || name == "windows-1252" {
			wantFinding = 1
		}
		if got := finding(rep, "file_layout_detected"); got != wantFinding {
			t.Errorf("%s: %d findings about the layout, want %d", name, got, wantFinding)
		}
	}
}

func TestDatesAreDeclaredAndNeverGuessed(t *testing.T) {
	ambiguous := "id;name;since;seats\n1;Acme;03/04/2026;5\n2;Beta;05/06/2026;6\n"
	found, err := ingest.Inspect(strings.NewReader(ambiguous), "accounts.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(found.Columns[2].Formats, " "); got != "us_date uk_date" {
		t.Errorf("candidates %q", got)
	}
	_, err = ingest.Parse("m.yaml", []byte(found.ProposedMapping))
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), `the dates of "since" can be read as us_date or uk_date`) {
		t.Errorf("an undecided mapping: %v\n%s", err, found.ProposedMapping)
	}
	decided := strings.Replace(found.ProposedMapping, `"us_date or uk_date"`, "uk_date", 1)
	d := deps(t)
	if rep, rejects, err := importTexts(t, d, decided, map[string]string{"accounts.csv": ambiguous}, ingest.Options{}); err != nil || counts(rep, "accounts").Created != 2 {
		t.Errorf("decided: %v %v\n%s", rep.Objects, err, rejects)
	}
	// One row that only one format reads decides the column.
	found, err = ingest.Inspect(strings.NewReader(ambiguous+"3;Gamma;31/12/2025;1\n"), "accounts.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(found.ProposedMapping, `since: {column: since, format: "uk_date"}`) {
		t.Errorf("proposal:\n%s", found.ProposedMapping)
	}
	// Two formats that read one text as two days are refused.
	_, err = ingest.Parse("m.yaml", []byte("kept: 1\nsource: crm\ndate_formats: [us_date, uk_date]\nfiles:\n"+accountsFile))
	if err == nil || !strings.Contains(err.Error(), "us_date and uk_date read 2/3/2001 as two different days") {
		t.Errorf("two formats: %v", err)
	}
	_, err = ingest.Parse("m.yaml", []byte("kept: 1\nsource: crm\ndate_formats: [date, us_date, eu_date, datetime]\nfiles:\n"+accountsFile))
	if err != nil {
		t.Errorf("formats that cannot be mistaken: %v", err)
	}
}

func TestGzipBomb(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	piece := make([]byte, 1<<20)
	for range 300 {
		if _, err := z.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	mapping := strings.Replace(head+accountsFile, "accounts.csv", "accounts.csv.gz", 1)
	_, _, err := importTexts(t, deps(t), mapping, map[string]string{"accounts.csv.gz": "id,name\n"}, ingest.Options{})
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("no gzip: %v", err)
	}
	_, _, err = importTexts(t, deps(t), mapping, map[string]string{"accounts.csv.gz": b.String()}, ingest.Options{})
	if err == nil || fault.KindOf(err) == fault.Internal {
		t.Errorf("a bomb of %d bytes: %v", b.Len(), err)
	}
}
