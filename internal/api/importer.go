package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/ingest"
	"kept/internal/sqlstore"
)

// ImportStore keeps import runs.
type ImportStore interface {
	PutImportRun(ctx context.Context, r sqlstore.ImportRun) error
	ImportRun(ctx context.Context, ref id.Import) (sqlstore.ImportRun, error)
	ImportRuns(ctx context.Context, after id.Import, limit int) ([]sqlstore.ImportRun, error)
	UnfinishedImports(ctx context.Context) ([]sqlstore.ImportRun, error)
}

// ImporterOptions are what an Importer works with.
type ImporterOptions struct {
	Store ImportStore
	Deps  ingest.Deps
	Clock clock.Clock
	Log   *slog.Logger
	Dir   string // uploads and rejects live under it
	// Done is called after an import that may have written something.
	Done func(context.Context)
	// Count is told how many rows became of an import, by outcome; nil for nobody.
	Count func(outcome string, rows int64)
}

// Importer runs imports one after another, away from the request that asked for
// them. What it does survives the request and the process: at the next start an
// unfinished import goes on from its last checkpoint.
type Importer struct {
	ImporterOptions
	queue chan job

	stopping atomic.Bool // the process ends: imports are to go on later

	mu      sync.Mutex
	cancel  map[id.Import]context.CancelFunc
	current map[id.Import]progress
}

type job struct {
	ctx     context.Context //nolint:containedctx // a job carries its own end
	run     sqlstore.ImportRun
	mapping *ingest.Mapping
	files   []string
}

type progress struct {
	ingest.Progress
	since time.Time
}

// maxQueued is how many imports wait; more are refused.
const maxQueued = 16

// NewImporter returns an importer whose Run has to be started.
func NewImporter(opt ImporterOptions) *Importer {
	return &Importer{ImporterOptions: opt, queue: make(chan job, maxQueued), cancel: map[id.Import]context.CancelFunc{}, current: map[id.Import]progress{}}
}

// Run works until ctx ends.
func (im *Importer) Run(ctx context.Context) error {
	if err := im.sweep(ctx); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case j := <-im.queue:
			stop := context.AfterFunc(ctx, func() {
				im.stopping.Store(true)
				im.Cancel(j.run.ID)
			})
			im.work(ctx, j)
			stop()
		}
	}
}

// sweep takes up what an earlier process left unfinished; what cannot go on is
// ended.
func (im *Importer) sweep(ctx context.Context) error {
	left, err := im.Store.UnfinishedImports(ctx)
	if err != nil {
		return err
	}
	for _, r := range left {
		if im.takeUp(ctx, r) {
			continue
		}
		r.State, r.FinishedAt, r.Message = sqlstore.RunFailed, im.Clock.Now(), "Kept stopped before the import was over: start it again, nothing is doubled"
		if err := im.Store.PutImportRun(ctx, r); err != nil {
			return err
		}
	}
	return im.sweepUploads()
}

// takeUp queues an import of an earlier process again, when its files are there.
func (im *Importer) takeUp(ctx context.Context, r sqlstore.ImportRun) bool {
	m, err := ingest.Parse("mapping.yaml", []byte(r.MappingYAML))
	if err != nil {
		return false
	}
	folder := filepath.Join(im.Folder(r.ID), inputFolder)
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) == 0 {
		return false
	}
	files := make([]string, len(entries))
	for i, e := range entries {
		files[i] = filepath.Join(folder, e.Name())
	}
	return im.enqueue(ctx, job{run: r, mapping: m, files: files})
}

// enqueue lets an import wait for its turn, with an end of its own; false when too
// many wait already.
func (im *Importer) enqueue(ctx context.Context, j job) bool {
	var cancel context.CancelFunc
	j.ctx, cancel = context.WithCancel(context.WithoutCancel(ctx))
	im.mu.Lock()
	im.cancel[j.run.ID] = cancel
	im.mu.Unlock()
	select {
	case im.queue <- j:
		return true
	default:
		cancel()
		return false
	}
}

// Submit queues an import of files in a directory of its own (see Folder).
func (im *Importer) Submit(ctx context.Context, r sqlstore.ImportRun, files []string) (sqlstore.ImportRun, error) {
	m, err := ingest.Parse("mapping.yaml", []byte(r.MappingYAML))
	if err != nil {
		return r, err
	}
	r.MappingName, r.State, r.CreatedAt = m.Source, sqlstore.RunQueued, im.Clock.Now().Truncate(time.Microsecond)
	if err := im.Store.PutImportRun(ctx, r); err != nil {
		return r, err
	}
	if im.enqueue(ctx, job{run: r, mapping: m, files: files}) {
		return r, nil
	}
	r.State, r.Message = sqlstore.RunFailed, "too many imports are waiting"
	err = fault.New(fault.Unavailable, "%d imports are waiting already: try again when one is done", maxQueued)
	return r, errors.Join(err, im.Store.PutImportRun(context.WithoutCancel(ctx), r))
}

// Cancel stops an import; one that is over stays as it is.
func (im *Importer) Cancel(ref id.Import) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if cancel := im.cancel[ref]; cancel != nil {
		cancel()
	}
}

// Folder returns where the files of an import live.
func (im *Importer) Folder(ref id.Import) string { return filepath.Join(im.Dir, string(ref)) }

const rejectsName = "rejects.csv"

func (im *Importer) work(ctx context.Context, j job) {
	ctx = context.WithoutCancel(ctx)
	r := j.run
	r.State, r.StartedAt = sqlstore.RunRunning, im.Clock.Now()
	if err := im.Store.PutImportRun(ctx, r); err != nil {
		im.Log.ErrorContext(ctx, "import not started", slog.String("import", string(r.ID)), slog.Any("error", err))
		return
	}
	report, err := im.run(j, &r)
	im.mu.Lock()
	delete(im.cancel, r.ID)
	delete(im.current, r.ID)
	im.mu.Unlock()
	if err != nil && j.ctx.Err() != nil && im.stopping.Load() {
		// It stays unfinished, and is taken up at the next start.
		return
	}
	r.FinishedAt = im.Clock.Now()
	switch {
	case err == nil:
		r.State = sqlstore.RunDone
	case j.ctx.Err() != nil:
		r.State, r.Message = sqlstore.RunCancelled, "stopped; what was written before stays, and repeating the import doubles nothing"
	default:
		r.State, r.Message = sqlstore.RunFailed, im.explain(ctx, err)
	}
	r.RowsRejected = report.Rejects
	if raw, merr := json.Marshal(report); merr == nil {
		r.Report = raw
	}
	if err := im.Store.PutImportRun(ctx, r); err != nil {
		im.Log.ErrorContext(ctx, "import's end not kept", slog.String("import", string(r.ID)), slog.Any("error", err))
	}
	im.count(&report)
	if !r.DryRun && im.Done != nil {
		im.Done(ctx)
	}
	im.removeInput(ctx, r.ID)
}

func (im *Importer) count(report *ingest.Report) {
	if im.Count == nil {
		return
	}
	for _, c := range report.Objects {
		im.Count("created", c.Created)
		im.Count("updated", c.Updated)
		im.Count("unchanged", c.Unchanged)
		im.Count("rejected", c.Rejected)
	}
}

// explain returns what a person may see of an error.
func (im *Importer) explain(ctx context.Context, err error) string {
	if fault.KindOf(err) == fault.Internal {
		code := errorCode()
		im.Log.ErrorContext(ctx, "import failed", slog.String("code", code), slog.Any("error", err))
		return "something went wrong in Kept: quote the code " + code + " to whoever runs it"
	}
	return err.Error()
}

func (im *Importer) run(j job, r *sqlstore.ImportRun) (report ingest.Report, err error) {
	folder := im.Folder(r.ID)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return report, fault.Wrap(err, "make the import's folder")
	}
	point := im.checkpoint(r)
	rejects, err := openRejects(filepath.Join(folder, rejectsName), point)
	if err != nil {
		return report, fault.Wrap(err, "make the rejects file")
	}
	defer func() { err = errors.Join(err, fault.Wrap(rejects.Close(), "close the rejects file")) }()
	start := im.Clock.Now()
	return ingest.Run(j.ctx, im.Deps, j.mapping, j.files, ingest.Options{
		DryRun: r.DryRun, Rejects: rejects, RejectsFile: rejectsName, Resume: point,
		Save: func(p ingest.Checkpoint) error { return im.note(r.ID, &p) },
		Progress: func(p ingest.Progress) {
			r.RowsRead = p.Read
			im.mu.Lock()
			im.current[r.ID] = progress{Progress: p, since: start}
			im.mu.Unlock()
		},
	})
}

const checkpointName = "checkpoint.json"

// checkpoint returns how far an import has come before; nil for not at all.
func (im *Importer) checkpoint(r *sqlstore.ImportRun) *ingest.Checkpoint {
	raw, err := os.ReadFile(filepath.Join(im.Folder(r.ID), checkpointName))
	if err != nil || r.DryRun {
		return nil
	}
	p := new(ingest.Checkpoint)
	if json.Unmarshal(raw, p) != nil {
		return nil
	}
	return p
}

// note replaces the checkpoint whole.
func (im *Importer) note(ref id.Import, p *ingest.Checkpoint) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return fault.Wrap(err, "note how far the import is")
	}
	path := filepath.Join(im.Folder(ref), checkpointName)
	if err := os.WriteFile(path+".new", raw, 0o600); err != nil {
		return fault.Wrap(err, "note how far the import is")
	}
	return fault.Wrap(os.Rename(path+".new", path), "note how far the import is")
}

// openRejects opens the rejects file, at the place where an import goes on.
func openRejects(path string, point *ingest.Checkpoint) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // in the import's folder
	if err != nil {
		return nil, err
	}
	at := int64(0)
	if point != nil {
		at = point.RejectsBytes
	}
	err = f.Truncate(at)
	if err == nil {
		_, err = f.Seek(at, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// removeInput deletes the uploaded files of an import that is over; the rejects
// stay.
func (im *Importer) removeInput(ctx context.Context, ref id.Import) {
	if err := errors.Join(os.RemoveAll(filepath.Join(im.Folder(ref), inputFolder)), os.RemoveAll(filepath.Join(im.Folder(ref), checkpointName))); err != nil {
		im.Log.WarnContext(ctx, "uploaded files not removed", slog.String("import", string(ref)), slog.Any("error", err))
	}
}

// Progress returns how far a running import is.
func (im *Importer) Progress(ref id.Import) ImportProgress {
	im.mu.Lock()
	p, ok := im.current[ref]
	im.mu.Unlock()
	out := ImportProgress{}
	if !ok {
		return out
	}
	out.Read, out.DoneBytes, out.TotalBytes = p.Read, p.DoneBytes, p.TotalBytes
	if took := im.Clock.Now().Sub(p.since).Seconds(); took > 0 {
		out.Rate = float64(p.Read) / took
		if p.TotalBytes > p.DoneBytes && p.DoneBytes > 0 {
			eta := took * float64(p.TotalBytes-p.DoneBytes) / float64(p.DoneBytes)
			out.ETASeconds = &eta
		}
	}
	return out
}

const (
	inputFolder   = "input"
	uploadsFolder = "uploads"
	uploadLife    = 24 * time.Hour
)

// sweepUploads deletes inspected files that nobody imported within a day.
func (im *Importer) sweepUploads() error {
	root := filepath.Join(im.Dir, uploadsFolder)
	entries, err := os.ReadDir(root)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, "list the uploads")
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || im.Clock.Now().Sub(info.ModTime()) < uploadLife {
			continue
		}
		if err := os.RemoveAll(filepath.Join(root, e.Name())); err != nil {
			return fault.Wrap(err, "delete an old upload")
		}
	}
	return nil
}

// fileName keeps a name that a client gives inside of its folder.
func fileName(field, given string) (string, error) {
	name := filepath.Base(strings.ReplaceAll(given, `\`, "/"))
	if name == "." || name == ".." || name == "/" || strings.HasPrefix(name, ".") || len(name) > 200 || strings.ContainsAny(name, "\x00\n\r") {
		return "", fault.At(field, "%.60q is not a file name that can be kept: rename the file", given)
	}
	return name, nil
}

// save writes a stream to a new file and bounds it.
func save(dir, name string, from io.Reader, most int64) (path string, size int64, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", 0, fault.Wrap(err, "make the upload's folder")
	}
	path = filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // fileName keeps it in dir
	if errors.Is(err, os.ErrExist) {
		return "", 0, fault.At("file", "two files are called %.60q: rename one of them", name)
	}
	if err != nil {
		return "", 0, fault.Wrap(err, "keep the upload")
	}
	size, err = io.Copy(f, io.LimitReader(from, most+1))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", size, fault.New(fault.Invalid, "the upload broke off: send it again (%w)", err)
	}
	if size > most {
		return "", size, fault.New(fault.TooLarge, "the upload is larger than %s: split it, or use `kept import` on the server", gib(most))
	}
	return path, size, nil
}

func gib(n int64) string { return fmt.Sprintf("%d GiB", n>>30) }
