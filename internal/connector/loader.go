package connector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/ingest"
)

// Loader puts rows of streams into the record by a mapping, batch by batch, and
// adds up what became of them.
type Loader struct {
	deps    ingest.Deps
	mapping *ingest.Mapping
	streams map[string]*ingest.Mapping
	report  ingest.Report
	quality map[string]*ingest.Finding
	reject  Reject
}

// Suffix is what a stream's name has after it in a mapping's path.
const Suffix = ".jsonl"

// Reject is told of a row, or a target of a row, that cannot be used.
type Reject func(stream string, row *Row, r ingest.Reject) error

// NewLoader returns a loader; reject may be nil.
func NewLoader(deps ingest.Deps, m *ingest.Mapping, reject Reject) *Loader {
	return &Loader{
		deps: deps, mapping: m, reject: reject, streams: map[string]*ingest.Mapping{}, quality: map[string]*ingest.Finding{},
		report: ingest.Report{Objects: map[string]*ingest.Counts{}, StartedAt: deps.Clock.Now().UTC()},
	}
}

// RejectsCSV returns a Reject that writes CSV with the header
// stream,id,column,value,reason, and what writes the rest of it out.
func RejectsCSV(to io.Writer) (Reject, func() error, error) {
	w := csv.NewWriter(to)
	if err := w.Write([]string{"stream", "id", "column", "value", "reason"}); err != nil {
		return nil, nil, fault.Wrap(err, "write the rejects file")
	}
	one := func(stream string, row *Row, r ingest.Reject) error {
		return fault.Wrap(w.Write([]string{stream, ingest.SafeCell(row.Key), r.Column, ingest.SafeCell(r.Value), r.Reason}), "write the rejects file")
	}
	flush := func() error {
		w.Flush()
		return fault.Wrap(w.Error(), "write the rejects file")
	}
	return one, flush, nil
}

// Maps reports whether the mapping reads a stream.
func (l *Loader) Maps(stream string) bool { return l.of(stream) != nil }

// of returns the part of the mapping that reads a stream; nil when none does.
func (l *Loader) of(stream string) *ingest.Mapping {
	if m, ok := l.streams[stream]; ok {
		return m
	}
	part := *l.mapping
	part.Files, part.Checks = nil, nil
	for _, f := range l.mapping.Files {
		if f.Matches(stream + Suffix) {
			f.Format = ingest.JSONL
			part.Files = []ingest.File{f}
			break
		}
	}
	one := &part
	if len(part.Files) == 0 {
		one = nil
	}
	l.streams[stream] = one
	return one
}

// Orphan is a row that refers to something that is not known yet.
type Orphan struct {
	Row Row
	ingest.Reject
}

// Load stores rows of one stream and returns those that refer to something
// unknown. Of several rows with one key the last counts. When it returns nil the
// rest is stored, or rejected for good and reported.
func (l *Loader) Load(ctx context.Context, stream string, rows []Row) ([]Orphan, error) {
	m := l.of(stream)
	if m == nil || len(rows) == 0 {
		return nil, nil
	}
	rows = newest(rows)
	text, err := lines(rows)
	if err != nil {
		return nil, err
	}
	var orphans []Orphan
	deps := l.deps
	deps.Size, deps.Parquet = nil, nil
	deps.Open = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	var failed error
	waits := map[int]bool{}
	report, err := ingest.Run(ctx, deps, m, []string{stream + Suffix}, ingest.Options{Rejected: func(r ingest.Reject) {
		if r.Line < 1 || r.Line > len(rows) {
			return
		}
		row := rows[r.Line-1]
		if r.Orphan {
			if !waits[r.Line] {
				waits[r.Line] = true
				orphans = append(orphans, Orphan{row, r})
			}
			return
		}
		if l.reject != nil && failed == nil {
			failed = l.reject(stream, &row, r)
		}
	}})
	l.add(&report)
	if err == nil {
		err = failed
	}
	return orphans, err
}

// newest keeps the last row of each key, in the order of their last appearance.
func newest(rows []Row) []Row {
	at := make(map[string]int, len(rows))
	for i := range rows {
		if rows[i].Key != "" {
			at[rows[i].Key] = i
		}
	}
	out := make([]Row, 0, len(rows))
	for i := range rows {
		if rows[i].Key == "" || at[rows[i].Key] == i {
			out = append(out, rows[i])
		}
	}
	return out
}

func lines(rows []Row) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i := range rows {
		if err := enc.Encode(rows[i].Data); err != nil {
			return nil, fault.Wrap(err, "write a row as JSON")
		}
	}
	return b.Bytes(), nil
}

// orphanRule is how ingest reports rows that refer to something unknown; they
// wait here instead of being lost.
const orphanRule = "orphan_row"

func (l *Loader) add(r *ingest.Report) {
	for object, c := range r.Objects {
		sum := l.report.Objects[object]
		if sum == nil {
			sum = &ingest.Counts{}
			l.report.Objects[object] = sum
		}
		sum.Read += c.Read
		sum.Created += c.Created
		sum.Updated += c.Updated
		sum.Unchanged += c.Unchanged
		sum.Rejected += c.Rejected
	}
	l.report.Rejects += r.Rejects
	for i := range r.Files {
		f := r.Files[i]
		f.File = strings.TrimSuffix(f.File, Suffix)
		at := slices.IndexFunc(l.report.Files, func(have ingest.FileReport) bool { return have.File == f.File })
		if at < 0 {
			l.report.Files = append(l.report.Files, f)
			continue
		}
		l.report.Files[at].Rows += f.Rows
		l.report.Files[at].Rejected += f.Rejected
	}
	for i := range r.Quality {
		f := r.Quality[i]
		if f.Rule == orphanRule {
			f.Says = "rows refer to something that has not arrived; they are kept and tried again in the next runs"
			f.WhatToDo = "Nothing, if it arrives later. Otherwise look at the waiting rows: what they refer to is missing in the source, or is not read."
		}
		l.find(f)
	}
}

// Note adds a finding about the source.
func (l *Loader) Note(n Note) {
	l.find(ingest.Finding{Rule: n.Rule, Severity: ingest.Warning, Count: 1, Says: n.Says, WhatToDo: n.WhatToDo})
}

func (l *Loader) find(f ingest.Finding) {
	key := f.Rule + "\x00" + f.Says
	if have := l.quality[key]; have != nil {
		have.Count += f.Count
		return
	}
	l.quality[key] = &f
}

// Report returns the sum of all batches so far.
func (l *Loader) Report() ingest.Report {
	rank := map[ingest.Severity]int{ingest.Error: 0, ingest.Warning: 1, ingest.Info: 2}
	out := l.report
	out.Quality = []ingest.Finding{}
	for _, key := range slices.Sorted(maps.Keys(l.quality)) {
		out.Quality = append(out.Quality, *l.quality[key])
	}
	slices.SortStableFunc(out.Quality, func(a, b ingest.Finding) int {
		return cmp.Or(cmp.Compare(rank[a.Severity], rank[b.Severity]), cmp.Compare(b.Count, a.Count))
	})
	out.FinishedAt = l.deps.Clock.Now().UTC()
	return out
}
