package tabular

import (
	"bytes"
	"io"
	"strings"
)

// DetectDelimiter guesses the delimiter of the start of a file: the candidate
// that splits the first lines into the most columns, the same number in each.
func DetectDelimiter(sample []byte, encoding string) byte {
	text, err := asUTF8(bytes.NewReader(sample), encoding)
	if err != nil {
		return ','
	}
	// A sample cut in the middle ends with half a character in some encodings.
	decoded, _ := io.ReadAll(io.LimitReader(text, MaxField)) // what was decoded until then is enough
	best, score := byte(','), 0
	for _, candidate := range []byte{',', ';', '\t', '|'} {
		if n := consistency(string(decoded), candidate); n > score {
			best, score = candidate, n
		}
	}
	return best
}

// consistency returns in how many columns a delimiter splits every one of the
// first lines alike; 0 when they differ.
func consistency(text string, delimiter byte) int {
	c, err := NewCSV("sample", strings.NewReader(text), CSVOptions{Delimiter: delimiter})
	if err != nil || len(c.Columns()) < 2 {
		return 0
	}
	const look = 20
	bad := 0
	for range look {
		row, err := c.Next()
		if err != nil {
			break
		}
		if row.Bad != nil {
			bad++
		}
	}
	// The last line of a sample may be cut.
	if bad > 1 {
		return 1
	}
	return len(c.Columns())
}
