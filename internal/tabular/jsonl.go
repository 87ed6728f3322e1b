package tabular

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// maxDepth is how deep objects are unfolded into columns; what lies deeper
// stays JSON text.
const maxDepth = 16

// JSONL reads one JSON object a line. Nested objects become columns with dots
// in their names ("address.city"); arrays stay JSON text; null is empty.
type JSONL struct {
	src    io.Reader
	count  *counter
	lines  *lines
	header *names
	cells  []string
}

// NewJSONL returns a reader of JSON lines in the encoding. It closes r, when r
// is a Closer, on Close.
func NewJSONL(r io.Reader, encoding string) (*JSONL, error) {
	count := &counter{in: r}
	text, err := asUTF8(count, encoding)
	if err != nil {
		return nil, err
	}
	return &JSONL{src: r, count: count, lines: newLines(text), header: newNames()}, nil
}

// Columns returns the names seen so far.
func (j *JSONL) Columns() []string { return j.header.list }

// Offset returns how many bytes were read from the file.
func (j *JSONL) Offset() int64 { return offsetOf(j.src, j.count) }

// Close closes the file.
func (j *JSONL) Close() error {
	if closer, ok := j.src.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// Next returns the next row; blank lines are passed over.
func (j *JSONL) Next() (Row, error) {
	for {
		one, err := j.lines.next()
		if err != nil {
			return Row{}, err
		}
		if len(bytes.TrimSpace(one.text)) == 0 && !one.tooLong {
			continue
		}
		row := Row{Line: one.no, names: j.header}
		if row.Bad = checkLine(one); row.Bad == nil {
			row.Bad = j.parse(one.text)
		}
		if row.Bad == nil {
			row.cells = j.cells
		}
		return row, nil
	}
}

func (j *JSONL) parse(text []byte) *Bad {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		return &Bad{Value: short(string(text)), Raw: cut(string(text)), Reason: "the line is not a JSON object: " + jsonReason(err)}
	}
	if object == nil {
		return &Bad{Value: short(string(text)), Raw: cut(string(text)), Reason: "the line is not a JSON object: it is null"}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return &Bad{Value: short(string(text)), Raw: cut(string(text)), Reason: "more text follows the JSON object: write one object a line"}
	}
	j.cells = j.cells[:0]
	for range j.header.list {
		j.cells = append(j.cells, "")
	}
	return j.unfold("", object, 0)
}

func (j *JSONL) unfold(prefix string, object map[string]any, depth int) *Bad {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		name := prefix + key
		value := object[key]
		if inner, ok := value.(map[string]any); ok && depth < maxDepth {
			if bad := j.unfold(name+".", inner, depth+1); bad != nil {
				return bad
			}
			continue
		}
		text := jsonText(value)
		if len(text) > MaxField {
			return &Bad{Column: short(name), Value: short(text), Reason: fmt.Sprintf("the value is longer than %d bytes", MaxField)}
		}
		if _, known := j.header.index[name]; !known && (len(j.header.list) >= MaxColumns || len(name) > 1000) {
			return &Bad{Column: short(name), Reason: fmt.Sprintf("the file has more than %d different keys, or a key of more than 1000 bytes", MaxColumns)}
		}
		i := j.header.add(name)
		for len(j.cells) <= i {
			j.cells = append(j.cells, "")
		}
		j.cells[i] = text
	}
	return nil
}

func jsonText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

func jsonReason(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("%s at byte %d", syntax.Error(), syntax.Offset)
	case errors.As(err, &kind):
		return "its type is " + kind.Value
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "it ends too early"
	}
	return err.Error()
}
