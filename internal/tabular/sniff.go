package tabular

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Delimiters lists the delimiters that are looked for, the likeliest first.
func Delimiters() []byte { return []byte{',', ';', '\t', '|'} }

// DetectDelimiter guesses the delimiter of the start of a file: the candidate
// that splits the first lines into the most columns, the same number in each.
func DetectDelimiter(sample []byte, encoding string) byte {
	return FindDelimiter(sample, CSVOptions{Encoding: encoding}, nil)
}

// FindDelimiter is DetectDelimiter for a file that is read with opts, and that
// should have the columns wanted: a delimiter that gives all of them is right.
// With names of columns in opts, it is the one that gives as many cells.
func FindDelimiter(sample []byte, opts CSVOptions, wanted []string) byte {
	text, err := asUTF8(bytes.NewReader(sample), opts.Encoding)
	if err != nil {
		return ','
	}
	// A sample cut in the middle ends with half a character in some encodings.
	decoded, _ := io.ReadAll(io.LimitReader(text, MaxField)) // what was decoded until then is enough
	opts.Encoding = ""
	best, score := byte(','), 0
	for _, candidate := range Delimiters() {
		opts.Delimiter = candidate
		n, has := consistency(string(decoded), opts, wanted)
		if has {
			return candidate
		}
		if n > score {
			best, score = candidate, n
		}
	}
	return best
}

// consistency returns in how many columns a delimiter splits every one of the
// first lines alike, 0 when they differ; and whether these are the wanted ones.
func consistency(text string, opts CSVOptions, wanted []string) (n int, has bool) {
	named := len(opts.Columns)
	c, err := NewCSV("sample", strings.NewReader(text), opts)
	if err != nil || len(c.Columns()) < 2 {
		return 0, false
	}
	const look = 20
	bad, rows := 0, 0
	for range look {
		row, err := c.Next()
		if err != nil {
			break
		}
		rows++
		if row.Bad != nil {
			bad++
		}
	}
	if named > 0 {
		return named, rows > 0 && bad == 0
	}
	has = len(wanted) > 0
	for _, column := range wanted {
		has = has && slices.Contains(c.Columns(), column)
	}
	// The last line of a sample may be cut.
	if bad > 1 {
		return 1, has
	}
	return len(c.Columns()), has
}

// CertainEncoding is DetectEncoding for a file that nobody looks at before it is
// read: a file that has any character of UTF-8's own beyond ASCII is UTF-8, and
// its other bytes are errors of their rows.
func CertainEncoding(sample []byte) string {
	found := DetectEncoding(sample)
	if found != "windows-1252" {
		return found
	}
	for rest := sample; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r != utf8.RuneError && size > 1 || rest[0] == 0 {
			return "utf-8"
		}
		rest = rest[size:]
	}
	return found
}
