package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"kept/internal/fault"
)

// Checkpoint is how far a run has come: everything up to it is stored, nothing
// after it counts. It is small, and written after every batch.
//
// A run that goes on from a checkpoint reads the rows before it again, to know
// what they told (ids, dates, findings), and writes none of their events,
// tickets, activities and attributes. Accounts, contacts and subscriptions are
// written again, which changes nothing; they are few. So the report of a run that was interrupted is
// the report of one that was not.
type Checkpoint struct {
	Mapping   string             `json:"mapping"` // hash of its text
	Files     []FileMark         `json:"files"`
	StartedAt time.Time          `json:"started_at"` // of the first attempt
	BatchRows int                `json:"batch_rows"`
	Phase     int                `json:"phase"`
	File      int                `json:"file"`    // index into Files
	Rows      int64              `json:"rows"`    // of the file in this phase
	Read      int64              `json:"read"`    // over all passes
	Objects   map[string]*Counts `json:"objects"` // as counted until here
	Rejects   int64              `json:"rejects"`
	// RejectsBytes is the length of the rejects file; what follows belongs to a
	// batch that was not completed.
	RejectsBytes int64   `json:"rejects_bytes"`
	Failed       []int64 `json:"failed"` // rejected rows by file
}

// FileMark tells whether a file is still the one that was read.
type FileMark struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Start string `json:"start"` // hash of the first 64 KiB
}

// fits reports why a checkpoint is not one of this mapping and these files; ""
// when it is.
func (c *Checkpoint) fits(now *Checkpoint) string {
	switch {
	case c.Mapping != now.Mapping:
		return "the mapping was changed"
	case !slices.Equal(c.Files, now.Files):
		return "the files were changed"
	}
	return ""
}

// marks describes the files of the run.
func (r *runner) marks() ([]FileMark, error) {
	out := make([]FileMark, len(r.files))
	for i, f := range r.files {
		out[i].Name = f.name
		if r.deps.Size != nil {
			out[i].Bytes = r.deps.Size(f.path)
		}
		in, err := r.openRaw(f.path)
		if err != nil {
			return nil, err
		}
		h := sha256.New()
		_, err = io.Copy(h, io.LimitReader(in, peekBytes))
		if err = errors.Join(err, in.Close()); err != nil {
			return nil, &fault.Error{Kind: fault.Invalid, Field: f.name, Msg: "the file cannot be read", Err: err}
		}
		out[i].Start = hex.EncodeToString(h.Sum(nil)[:16])
	}
	return out, nil
}

// ErrChanged is what a run returns whose checkpoint is of other files or of
// another mapping; nothing was read.
var ErrChanged = errors.New("not the files and mapping that the import was interrupted with")

// startFrom prepares the going on from a checkpoint, and the making of new ones.
func (r *runner) startFrom() error {
	if r.opts.DryRun || r.opts.Save == nil && r.opts.Resume == nil {
		return nil
	}
	marks, err := r.marks()
	if err != nil {
		return err
	}
	r.point = &Checkpoint{Mapping: r.m.sum, Files: marks, StartedAt: r.now, BatchRows: r.opts.BatchRows}
	from := r.opts.Resume
	if from == nil {
		return nil
	}
	if why := from.fits(r.point); why != "" {
		return &fault.Error{Kind: fault.Conflict, Field: "resume", Msg: why + " since the import was interrupted: start it anew, nothing is doubled", Err: ErrChanged}
	}
	if len(from.Failed) != len(r.files) || from.BatchRows <= 0 || from.BatchRows > maxBatch {
		return &fault.Error{Kind: fault.Conflict, Field: "resume", Msg: "the note of how far the import came is damaged: start it anew, nothing is doubled", Err: ErrChanged}
	}
	r.resume, r.opts.BatchRows = from, from.BatchRows
	r.point.StartedAt, r.point.BatchRows = from.StartedAt, from.BatchRows
	// What the run takes for now is part of what it writes.
	r.now, r.rep.StartedAt = from.StartedAt, from.StartedAt
	r.rejects.muted = true
	return nil
}

// replays reports whether the rows at hand were stored before the interruption.
func (r *runner) replays() bool { return r.resume != nil }

// reached is called when a batch is complete: it ends the replay at the
// checkpoint, and notes how far a run has come.
func (r *runner) reached(phase int, f *source, rows int64) error {
	at := slices.Index(r.files, f)
	if from := r.resume; from != nil {
		if phase == from.Phase && at == from.File && rows >= from.Rows {
			r.goOn()
		}
		return nil
	}
	if r.opts.Save == nil || r.point == nil {
		return nil
	}
	p := *r.point
	p.Phase, p.File, p.Rows, p.Read = phase, at, rows, r.read
	p.Objects = make(map[string]*Counts, len(r.rep.Objects))
	for kind, c := range r.rep.Objects {
		p.Objects[kind] = new(*c)
	}
	p.Rejects, p.RejectsBytes = r.rejects.n, r.rejects.bytes()
	p.Failed = make([]int64, len(r.files))
	for i, one := range r.files {
		p.Failed[i] = one.failed
	}
	return r.opts.Save(p)
}

// goOn takes over what was counted before the interruption.
func (r *runner) goOn() {
	from := r.resume
	r.resume = nil
	r.rep.Objects = map[string]*Counts{}
	for kind, c := range maps.All(from.Objects) {
		r.rep.Objects[kind] = new(*c)
	}
	r.rejects.n, r.rejects.pending, r.rejects.muted = from.Rejects, r.rejects.pending[:0], false
	for i, f := range r.files {
		f.failed = from.Failed[i]
	}
	r.read = from.Read
}

// openRaw opens a file as it lies on the disk.
func (r *runner) openRaw(path string) (io.ReadCloser, error) {
	open := r.deps.Open
	if open == nil {
		open = openLocal
	}
	in, err := open(path)
	if err != nil {
		if fault.KindOf(err) != fault.Internal {
			return nil, err
		}
		return nil, &fault.Error{Kind: fault.Invalid, Field: path, Msg: "the file cannot be opened", Err: err}
	}
	return in, nil
}

// skipsWrite reports whether a record of this kind need not be written again:
// nothing else in the files refers to it.
func (r *runner) skipsWrite(k Kind) bool {
	return r.replays() && (k == KindTicket || k == KindActivity || k == KindAttribute || k.isEvent())
}

// stopped is the error of a run whose context ended.
func stopped(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fault.New(fault.Unavailable, "the import was stopped; what is written stays, and running it again completes it: %w", err)
	}
	return nil
}
