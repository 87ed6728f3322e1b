package tabular

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Values adapts a reader of typed rows, such as that of Parquet files, to
// Reader: numbers in shortest form, instants as RFC 3339, nil as an empty cell.
// Lines are row numbers. next returns io.EOF after the last row.
type Values struct {
	header *Header
	next   func() ([]any, error)
	close  func() error
	cells  []string
	n      int
}

// NewValues returns a Reader of the rows that next hands out.
func NewValues(columns []string, next func() ([]any, error), closes func() error) *Values {
	return &Values{header: NewHeader(columns), next: next, close: closes}
}

// Columns returns the names of the columns.
func (v *Values) Columns() []string { return v.header.list }

// Offset returns 0: how many bytes were read is not known.
func (v *Values) Offset() int64 { return 0 }

// Close closes the source.
func (v *Values) Close() error { return v.close() }

// Next returns the next row.
func (v *Values) Next() (Row, error) {
	values, err := v.next()
	if err != nil {
		return Row{}, err
	}
	v.n++
	v.cells = v.cells[:0]
	for i, one := range values {
		text, ok := cellText(one)
		column := ""
		if i < len(v.header.list) {
			column = v.header.list[i]
		}
		switch {
		case !ok:
			return Row{Line: v.n, Bad: &Bad{Column: column, Reason: "the value is of a type that cannot be imported"}}, nil
		case len(text) > MaxField:
			return Row{Line: v.n, Bad: &Bad{Column: column, Value: short(text), Reason: "the value is longer than a cell may be"}}, nil
		case !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0:
			return Row{Line: v.n, Bad: &Bad{Column: column, Value: short(strings.ToValidUTF8(text, "\uFFFD")), Reason: "the value is not text"}}, nil
		}
		v.cells = append(v.cells, text)
	}
	return NewRow(v.n, v.header, v.cells), nil
}

func cellText(value any) (string, bool) {
	switch x := value.(type) {
	case nil:
		return "", true
	case string:
		return x, true
	case int64:
		return strconv.FormatInt(x, 10), true
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(x), true
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano), true
	}
	return "", false
}

// ended reports the end of a table.
func ended(err error) bool { return errors.Is(err, io.EOF) }
