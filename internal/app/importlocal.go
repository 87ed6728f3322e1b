package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"kept/internal/fault"
	"kept/internal/ingest"
)

// interrupted is the note of an import that broke off, in the data directory.
type interrupted struct {
	Rejects string            `json:"rejects"`
	At      time.Time         `json:"at"`
	Point   ingest.Checkpoint `json:"point"`
}

// noteName tells the notes of different mappings and files apart.
func noteName(mapping string, files []string) string {
	h := sha256.New()
	_, _ = io.WriteString(h, mapping)
	for _, f := range files {
		abs, err := filepath.Abs(f)
		if err != nil {
			abs = f
		}
		_, _ = io.WriteString(h, "\x00"+abs)
	}
	return "interrupted-" + hex.EncodeToString(h.Sum(nil)[:8]) + ".json"
}

// readNote returns the note of an import that broke off; nil for none, also
// when it cannot be read: then the import starts from the beginning.
func readNote(path string) *interrupted {
	raw, err := os.ReadFile(path) //nolint:gosec // in the data directory
	if err != nil {
		return nil
	}
	var n interrupted
	if json.Unmarshal(raw, &n) != nil {
		return nil
	}
	return &n
}

// writeNote replaces a note whole.
func writeNote(path string, note any) error {
	raw, err := json.Marshal(note)
	if err != nil {
		return fault.Wrap(err, "note how far the import is")
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return fault.Wrap(err, "note how far the import is")
	}
	return fault.Wrap(os.Rename(tmp, path), "note how far the import is")
}

// rejectsFrom opens the rejects file of an import, at the place where an
// interrupted one goes on; one that moved is copied that far.
func rejectsFrom(name string, note *interrupted) (*os.File, error) {
	flags := os.O_CREATE | os.O_RDWR
	if note == nil {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(name, flags, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fault.At("--rejects", "%s cannot be written: %v", name, err)
	}
	if note == nil {
		return f, nil
	}
	if name == note.Rejects {
		err = f.Truncate(note.Point.RejectsBytes)
		if info, serr := f.Stat(); err == nil && serr == nil && info.Size() < note.Point.RejectsBytes {
			err = io.ErrUnexpectedEOF
		}
	} else if err = f.Truncate(0); err == nil {
		err = copyStart(note.Rejects, f, note.Point.RejectsBytes)
	}
	if err == nil {
		_, err = f.Seek(note.Point.RejectsBytes, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fault.At("--rejects", "the rejects of the interrupted import in %s cannot be gone on with (%v): add --restart", note.Rejects, err), f.Close())
	}
	return f, nil
}

func copyStart(from string, to io.Writer, n int64) error {
	in, err := os.Open(from) //nolint:gosec // named by our own note
	if err != nil {
		return err //nolint:wrapcheck // the caller says what it is about
	}
	defer in.Close() //nolint:errcheck // read only
	_, err = io.CopyN(to, in, n)
	return err //nolint:wrapcheck // as above
}

// local imports into the open data directory. An import that breaks off leaves
// a note there, and the same command goes on from it.
func (c *importCmd) local(ctx context.Context, e *env, in *instance, text string, m *ingest.Mapping, files []string) (err error) {
	dir := filepath.Join(in.dir, "imports")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Wrap(err, "make the folder of imports")
	}
	path := filepath.Join(dir, noteName(text, files))
	var note *interrupted
	if !c.DryRun && !c.Restart {
		note = readNote(path)
	}
	name := c.Rejects
	switch {
	case name == "" && note != nil:
		name = note.Rejects
	case name == "":
		name = filepath.Join(dir, "rejects-"+e.clock.Now().Format("20060102-150405")+".csv")
	}
	rejects, err := rejectsFrom(name, note)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fault.Wrap(rejects.Close(), "close the rejects file")) }()
	opts := ingest.Options{DryRun: c.DryRun, Rejects: rejects, RejectsFile: name}
	if note != nil {
		opts.Resume = &note.Point
		tell(e.Err, "Going on with the import that broke off at %s, after %s rows.\n", note.At.Local().Format("2006-01-02 15:04"), thousands(note.Point.Read))
	}
	if !c.DryRun {
		opts.Save = func(p ingest.Checkpoint) error {
			return writeNote(path, interrupted{Rejects: name, At: e.clock.Now(), Point: p})
		}
	}
	report, read, err := c.run(ctx, e, in, m, files, opts)
	if errors.Is(err, ingest.ErrChanged) {
		return fmt.Errorf("%w (add --restart)", err)
	}
	if err != nil {
		if readNote(path) != nil && !c.DryRun {
			tell(e.Err, "\nThe import broke off after %s rows. The same command goes on from there.\n", thousands(read))
		}
		return err
	}
	if !c.DryRun {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fault.Wrap(err, "remove the note of the import")
		}
	}
	if c.JSON {
		return printJSON(e, report)
	}
	return c.print(e, &report)
}

// run imports with a progress bar.
func (c *importCmd) run(ctx context.Context, e *env, in *instance, m *ingest.Mapping, files []string, opts ingest.Options) (ingest.Report, int64, error) {
	b := e.bar("Import "+m.Source, "bytes")
	read := int64(0)
	opts.Progress = func(p ingest.Progress) {
		read = p.Read
		b.label = "Import " + m.Source + ", " + p.Phase
		if p.Replay {
			b.label = "Reading again what is stored"
		}
		b.setRows(p.DoneBytes, p.TotalBytes, p.Read)
	}
	report, err := ingest.Run(ctx, in.ingestDeps(e), m, files, opts)
	if err == nil {
		b.label, b.unit = "Import "+m.Source, "rows"
		b.done(read)
	}
	return report, read, err
}
