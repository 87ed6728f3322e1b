// Package singer is a target of the Singer protocol: it takes what any tap writes
// on its standard output and puts it into the record by a mapping.
package singer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/connector"
	"kept/internal/fault"
	"kept/internal/ingest"
)

// Options are what a run works with.
type Options struct {
	Deps    ingest.Deps
	Mapping *ingest.Mapping
	In      io.Reader // the tap's messages, one JSON object a line
	Out     io.Writer // the states, each after what came before it is stored
	Rejects io.Writer // CSV with the header line,stream,column,value,reason; nil for none
	// Progress is told now and then how many records were read; nil for nobody.
	Progress func(records int64)
}

// Report is what became of a run.
type Report struct {
	ingest.Report
	Lines    int64 `json:"lines"`
	Records  int64 `json:"records"`
	BadLines int64 `json:"bad_lines"`
	Unmapped int64 `json:"unmapped"` // records of streams that the mapping does not read
	States   int64 `json:"states"`
}

// Limits of a run.
const (
	maxLine    = 16 << 20
	batchRows  = 2000
	batchTime  = 30 * time.Second
	maxOrphans = 100_000
	maxStreams = 1000
)

// message is one line of a tap.
type message struct {
	Type          string          `json:"type"`
	Stream        string          `json:"stream"`
	Record        json.RawMessage `json:"record"`
	Schema        json.RawMessage `json:"schema"`
	KeyProperties []string        `json:"key_properties"`
	Value         json.RawMessage `json:"value"`
}

type target struct {
	Options
	loader  *connector.Loader
	rejects *csv.Writer
	rep     Report
	keys    map[string][]string // by stream, since its SCHEMA
	pending map[string][]connector.Row
	rows    int
	orphans map[string][]connector.Orphan
	waiting int
	state   json.RawMessage // the newest one that is not written yet
	stored  time.Time
}

// Run reads to the end of the tap's messages. A line that cannot be used is
// rejected with its number and the rest goes on. A state is written only when
// every record before it is stored or rejected for good.
func Run(ctx context.Context, opt Options) (Report, error) {
	t := &target{
		Options: opt, keys: map[string][]string{}, pending: map[string][]connector.Row{}, orphans: map[string][]connector.Orphan{}, stored: opt.Deps.Clock.Now(),
	}
	if opt.Rejects != nil {
		t.rejects = csv.NewWriter(opt.Rejects)
		if err := t.rejects.Write([]string{"line", "stream", "column", "value", "reason"}); err != nil {
			return t.rep, fault.Wrap(err, "write the rejects file")
		}
	}
	t.loader = connector.NewLoader(opt.Deps, opt.Mapping, func(stream string, row *connector.Row, r ingest.Reject) error {
		return t.write(row.Line, stream, r.Column, r.Value, r.Reason)
	})
	err := t.read(ctx)
	if err == nil {
		err = t.finish(ctx)
	}
	if t.rejects != nil {
		t.rejects.Flush()
		err = errors.Join(err, fault.Wrap(t.rejects.Error(), "write the rejects file"))
	}
	bad := t.rep
	bad.Report = t.loader.Report()
	bad.Rejects += bad.BadLines
	return bad, err
}

func (t *target) write(line int, stream, column, value, reason string) error {
	if t.rejects == nil {
		return nil
	}
	return fault.Wrap(t.rejects.Write([]string{strconv.Itoa(line), stream, column, ingest.SafeCell(value), reason}), "write the rejects file")
}

func (t *target) bad(line int, stream, value, reason string) error {
	t.rep.BadLines++
	return t.write(line, stream, "", value, reason)
}

func (t *target) read(ctx context.Context) error {
	in := bufio.NewReaderSize(t.In, 1<<16)
	for line := 1; ; line++ {
		text, long, err := next(in)
		if len(text) == 0 && !long && errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fault.New(fault.Invalid, "the tap's messages broke off in line %d: what was stored stays, and the last state says where to go on (%w)", line, err)
		}
		t.rep.Lines++
		if cerr := ctx.Err(); cerr != nil {
			return fault.New(fault.Unavailable, "stopped; what was stored stays, and the last state says where to go on: %w", cerr)
		}
		switch {
		case long:
			if err := t.bad(line, "", string(text[:40]), "the line is longer than 16 MiB"); err != nil {
				return err
			}
		case len(bytes.TrimSpace(text)) > 0:
			if err := t.take(ctx, line, text); err != nil {
				return err
			}
		}
	}
}

// next reads a line of any length and keeps at most maxLine of it.
func next(in *bufio.Reader) (text []byte, long bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if !long && len(text)+len(part) > maxLine+1 {
			long, text = true, append(text, part...)[:100]
		} else if !long {
			text = append(text, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, long, err //nolint:wrapcheck // the caller adds the line
		}
	}
}

func (t *target) take(ctx context.Context, line int, text []byte) error {
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return t.bad(line, "", string(text[:min(len(text), 200)]), "the line is not a message of Singer: it is no JSON object")
	}
	switch m.Type {
	case "SCHEMA":
		return t.schema(line, &m)
	case "RECORD":
		return t.record(ctx, line, &m)
	case "STATE":
		if len(m.Value) == 0 {
			return t.bad(line, "", "", "the STATE has no value")
		}
		t.state = m.Value
		if t.rows == 0 {
			return t.emit()
		}
		return nil
	case "ACTIVATE_VERSION":
		t.loader.Note(connector.Note{
			Rule: "version_activated", Says: "the tap replaced the whole of " + m.Stream + ": Kept keeps what is no longer there",
			WhatToDo: "Nothing. What a source deletes stays in the record with its history; map a column that marks deleted rows to see it.",
		})
		return nil
	case "BATCH":
		return fault.New(fault.Invalid, "line %d is a BATCH message: switch batches off in the tap's settings", line)
	}
	return t.bad(line, m.Stream, m.Type, "the type of the message is not SCHEMA, RECORD, STATE or ACTIVATE_VERSION")
}

func (t *target) schema(line int, m *message) error {
	var schema map[string]any
	switch {
	case m.Stream == "":
		return t.bad(line, "", "", "the SCHEMA names no stream")
	case json.Unmarshal(m.Schema, &schema) != nil || schema == nil:
		return t.bad(line, m.Stream, "", "the SCHEMA has no schema")
	case len(t.keys) >= maxStreams:
		return t.bad(line, m.Stream, "", "the tap has more than 1,000 streams")
	}
	if properties, ok := schema["properties"].(map[string]any); ok {
		for _, key := range m.KeyProperties {
			if _, ok := properties[key]; !ok {
				return t.bad(line, m.Stream, key, "the SCHEMA does not have its key property")
			}
		}
	}
	t.keys[m.Stream] = append([]string{}, m.KeyProperties...)
	if !t.loader.Maps(m.Stream) {
		t.loader.Note(connector.Note{
			Rule: "stream_not_mapped", Says: "the mapping does not read the stream " + m.Stream,
			WhatToDo: "Add a file with the path " + m.Stream + connector.Suffix + " to the mapping, or leave the stream out in the tap.",
		})
	}
	return nil
}

func (t *target) record(ctx context.Context, line int, m *message) error {
	keys, known := t.keys[m.Stream]
	if !known {
		return t.bad(line, m.Stream, "", "the RECORD's stream has no SCHEMA before it")
	}
	t.rep.Records++
	if t.Progress != nil && t.rep.Records%1000 == 0 {
		t.Progress(t.rep.Records)
	}
	row := connector.Row{Line: line}
	dec := json.NewDecoder(bytes.NewReader(m.Record))
	dec.UseNumber()
	if err := dec.Decode(&row.Data); err != nil || row.Data == nil {
		return t.bad(line, m.Stream, "", "the RECORD's record is not an object")
	}
	if !t.loader.Maps(m.Stream) {
		t.rep.Unmapped++
		return nil
	}
	parts := make([]string, len(keys))
	for i, key := range keys {
		v, ok := row.Data[key]
		if !ok || v == nil {
			return t.bad(line, m.Stream, key, "the RECORD has no value for its key property")
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return fault.Wrap(err, "read a key")
		}
		parts[i] = string(raw)
	}
	row.Key = strings.Join(parts, "|")
	t.pending[m.Stream] = append(t.pending[m.Stream], row)
	t.rows++
	if t.rows >= batchRows || t.Deps.Clock.Now().Sub(t.stored) > batchTime {
		return t.store(ctx)
	}
	return nil
}

// order lists the streams with rows so that what the mapping reads first comes first.
func (t *target) order(some map[string][]connector.Row) []string {
	place := func(stream string) int {
		return slices.IndexFunc(t.Mapping.Files, func(f ingest.File) bool { return f.Matches(stream + connector.Suffix) })
	}
	out := make([]string, 0, len(some))
	for stream := range some {
		out = append(out, stream)
	}
	slices.SortFunc(out, func(a, b string) int {
		if d := place(a) - place(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return out
}

// store puts what is pending into the record, and writes the state after it. Rows
// that refer to something unknown are held until the end, and the state with
// them: they are not stored yet.
func (t *target) store(ctx context.Context) error {
	some := t.pending
	t.pending, t.rows, t.stored = map[string][]connector.Row{}, 0, t.Deps.Clock.Now()
	for _, stream := range t.order(some) {
		orphans, err := t.loader.Load(ctx, stream, some[stream])
		if err != nil {
			return err
		}
		for _, o := range orphans {
			if t.waiting >= maxOrphans {
				if err := t.write(o.Row.Line, stream, o.Column, o.Value, o.Reason); err != nil {
					return err
				}
				continue
			}
			o.Row.Key = strconv.Itoa(o.Row.Line) + "|" + o.Row.Key // every version of a row is tried again, in order
			t.orphans[stream] = append(t.orphans[stream], o)
			t.waiting++
		}
	}
	if t.waiting > 0 {
		return nil
	}
	return t.emit()
}

func (t *target) emit() error {
	if t.state == nil || t.waiting > 0 {
		return nil
	}
	var b bytes.Buffer
	if err := json.Compact(&b, t.state); err != nil {
		return fault.Wrap(err, "write the state")
	}
	b.WriteByte('\n')
	if _, err := t.Out.Write(b.Bytes()); err != nil {
		return fault.New(fault.Unavailable, "the state cannot be written: %w", err)
	}
	t.state = nil
	t.rep.States++
	return nil
}

// finish stores the rest, and tries once more what referred to something unknown;
// what still does is rejected.
func (t *target) finish(ctx context.Context) error {
	if err := t.store(ctx); err != nil {
		return err
	}
	again := map[string][]connector.Row{}
	for stream, list := range t.orphans {
		for _, o := range list {
			again[stream] = append(again[stream], o.Row)
		}
	}
	for _, stream := range t.order(again) {
		orphans, err := t.loader.Load(ctx, stream, again[stream])
		if err != nil {
			return err
		}
		for _, o := range orphans {
			if err := t.write(o.Row.Line, stream, o.Column, o.Value, o.Reason); err != nil {
				return err
			}
		}
	}
	t.waiting = 0
	return t.emit()
}
