package ingest

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/usage"
)

// phases are the passes over the files: whatever is referred to is written
// before what refers to it, in whatever order the files come.
var phases = []struct {
	name  string
	kinds []Kind
}{
	{"accounts", []Kind{KindProduct, KindAccount}},
	{"subscriptions", []Kind{KindContact, KindRelationship, KindSubscription}},
	{"tickets", []Kind{KindAttribute, KindTicket, KindActivity}},
	{"events", []Kind{KindChurn, KindNPS, KindCSAT, KindEvent}},
}

const eventPhase = 3

// objects is how the report names what a target makes.
var objects = map[Kind]string{
	KindProduct: "products", KindAccount: "accounts", KindContact: "contacts", KindRelationship: "relationships",
	KindSubscription: "subscriptions", KindAttribute: "attributes", KindTicket: "tickets", KindActivity: "activities",
	KindChurn: "churn_events", KindNPS: "nps_answers", KindCSAT: "csat_answers", KindEvent: "events",
}

const (
	defaultBatch = 10_000
	maxBatch     = 100_000
	derived      = "derived_events"
	attributes   = "attributes"
)

// runner is the state of one run.
type runner struct {
	deps    Deps
	m       *Mapping
	opts    Options
	now     time.Time
	cutoff  time.Time // dates from here on lie in the future
	files   []*source
	rep     Report
	rejects *rejects
	quality *quality
	checks  *checker
	known   *identities
	tx      customer.Tx // the one transaction of a dry run; nil otherwise
	seen    map[string]*seenIDs
	done    int64 // bytes of finished passes
	total   int64
	read    int64
	batch   batch
	// appended is the room of the last batch that was given to the event store.
	appended []usage.Event
	defined  bool // attributes are declared
	// rehearsed holds the hashes of the message ids that a dry run would have
	// stored: two rows with one id count once, as in the store.
	rehearsed *memo
	staff     *staff // nil when the mapping names no user
	parents   []orphanChild
	renewals  []renewal
	lookups   map[string]map[string]string // by name: codes and what they stand for
	point     *Checkpoint                  // what every checkpoint of the run says; nil when none is made
	resume    *Checkpoint                  // until the run has come there
}

// source is one file of the run.
type source struct {
	spec   *File
	path   string
	name   string
	rows   int64
	failed int64
	passes int
	told   bool // how it is written was reported
}

// errRollback ends a dry run's transaction.
var errRollback = errors.New("dry run")

// Run imports the files by the mapping. Rows that do not fit are rejected one by
// one; the rest is written in batches, each whole or not at all. A run that was
// interrupted goes on from its last Checkpoint, or is repeated from the start: what
// is stored already is unchanged.
// The error is Invalid when a file cannot be read as the mapping says; the report
// then tells what was done until there.
func Run(ctx context.Context, deps Deps, m *Mapping, files []string, opts Options) (Report, error) {
	r := &runner{
		deps: deps, m: m, opts: opts, now: deps.Clock.Now().UTC(), quality: newQuality(), checks: newChecker(m),
		known: newIdentities(), seen: map[string]*seenIDs{}, rehearsed: newMemo(deps.TempDir),
	}
	defer r.forget()
	if r.opts.BatchRows <= 0 {
		r.opts.BatchRows = defaultBatch
	}
	r.opts.BatchRows = min(r.opts.BatchRows, maxBatch)
	r.cutoff = m.Cutoff
	if r.cutoff.IsZero() {
		r.cutoff = r.now
	}
	r.rep = Report{Objects: map[string]*Counts{}, RejectsFile: opts.RejectsFile, DryRun: opts.DryRun, StartedAt: r.now}
	var err error
	written := int64(0)
	if opts.Resume != nil && !opts.DryRun {
		written = opts.Resume.RejectsBytes
	}
	if r.rejects, err = newRejects(opts.Rejects, opts.Rejected, written); err != nil {
		return r.report(), err
	}
	if err := r.plan(ctx, files); err != nil {
		return r.report(), err
	}
	if err := r.startFrom(); err != nil {
		return r.report(), err
	}
	if err := r.loadStaff(ctx); err != nil {
		return r.report(), err
	}
	err = r.all(ctx)
	if flushed := r.rejects.flush(); err == nil {
		err = flushed
	}
	if err == nil {
		read := map[string]bool{}
		for _, f := range r.files {
			read[f.spec.Key] = true
		}
		r.checks.report(r.quality, read)
		r.accountRules()
	}
	return r.report(), err
}

// forget gives the room of what was remembered back.
func (r *runner) forget() {
	r.rehearsed.close()
	for _, s := range r.seen {
		s.rows.close()
		s.times.close()
	}
}

func (r *runner) report() Report {
	for _, f := range r.files {
		r.rep.Files = append(r.rep.Files, FileReport{File: f.name, Rows: f.rows, Rejected: f.failed})
	}
	if r.rejects != nil {
		r.rep.Rejects = r.rejects.n
	}
	r.rep.Quality = r.quality.list()
	r.rep.FinishedAt = r.deps.Clock.Now().UTC()
	return r.rep
}

// plan matches the given files with the mapping's, in the mapping's order.
func (r *runner) plan(ctx context.Context, files []string) error {
	if len(files) == 0 {
		return fault.At("files", "no file is given: name the files or the directory that the mapping reads")
	}
	taken := map[string]bool{}
	names := map[string]bool{}
	lookedUp := map[string]bool{}
	for i := range r.m.Files {
		spec := &r.m.Files[i]
		found := false
		for _, file := range files {
			if taken[file] || !spec.Matches(file) {
				continue
			}
			taken[file], found = true, true
			name := filepath.Base(file)
			if names[name] {
				name = file
			}
			names[name] = true
			one := &source{spec: spec, path: file, name: name}
			for p := range phases {
				if len(spec.targets(p)) > 0 {
					one.passes++
				}
			}
			if r.deps.Size != nil {
				r.total += r.deps.Size(file) * int64(one.passes)
			}
			r.files = append(r.files, one)
		}
		if !found {
			r.quality.add(ruleMissingFile, "", "%s", spec.Path)
		}
	}
	if err := r.readLookups(ctx, files, lookedUp); err != nil {
		return err
	}
	for _, file := range files {
		if !taken[file] && !lookedUp[file] {
			r.quality.add(ruleUnmappedFile, "", "%s", filepath.Base(file))
		}
	}
	if len(r.files) == 0 {
		want := make([]string, len(r.m.Files))
		for i := range r.m.Files {
			want[i] = r.m.Files[i].Path
		}
		return fault.At("files", "none of the given files is in the mapping: it reads %s", strings.Join(want, ", "))
	}
	return nil
}

// Matches reports whether a file is meant, by its base name or the end of its path.
func (f *File) Matches(file string) bool {
	file = filepath.ToSlash(file)
	if ok, err := path.Match(f.Path, path.Base(file)); err == nil && ok {
		return true
	}
	parts := strings.Count(f.Path, "/")
	if parts == 0 {
		return false
	}
	tail := strings.Split(file, "/")
	tail = tail[max(0, len(tail)-parts-1):]
	ok, err := path.Match(f.Path, strings.Join(tail, "/"))
	return err == nil && ok
}

// targets returns the targets of a phase, as indexes into Rows.
func (f *File) targets(phase int) []int {
	var out []int
	for i := range f.Rows {
		if slices.Contains(phases[phase].kinds, f.Rows[i].Kind) {
			out = append(out, i)
		}
	}
	return out
}

// all runs the phases. A dry run does the records in one transaction that is
// rolled back, so that later files see what earlier ones would have written.
func (r *runner) all(ctx context.Context) error {
	records := func() error {
		if err := r.putProductLines(ctx); err != nil {
			return err
		}
		for p := range eventPhase {
			if err := r.phase(ctx, p); err != nil {
				return err
			}
			if p == 1 {
				if err := r.markChurned(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if !r.opts.DryRun {
		if err := records(); err != nil {
			return err
		}
		return r.phase(ctx, eventPhase)
	}
	err := r.deps.Records.InTx(ctx, func(tx customer.Tx) error {
		r.tx = tx
		if err := records(); err != nil {
			return err
		}
		return errRollback
	})
	r.tx = nil
	if !errors.Is(err, errRollback) {
		return err
	}
	return r.phase(ctx, eventPhase)
}

// inTx runs fn in a transaction of its own, or in the dry run's.
func (r *runner) inTx(ctx context.Context, fn func(customer.Tx) error) error {
	if r.tx != nil {
		return fn(r.tx)
	}
	return r.deps.Records.InTx(ctx, fn)
}

// reader returns what the run sees of the record.
func (r *runner) reader() customer.Reader {
	if r.tx != nil {
		return r.tx
	}
	return r.deps.Records
}

func (r *runner) phase(ctx context.Context, p int) error {
	for _, f := range r.files {
		targets := f.spec.targets(p)
		if len(targets) == 0 {
			continue
		}
		if err := r.pass(ctx, p, f, targets); err != nil {
			return err
		}
	}
	return r.flushParents(ctx, p)
}

// pass reads one file for the targets of one phase.
func (r *runner) pass(ctx context.Context, p int, f *source, targets []int) error {
	first := p == f.firstPhase()
	in, err := r.open(ctx, f)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // a file that was only read
	if err := f.spec.checkColumns(f.name, in.Columns(), targets, r.format(f)); err != nil {
		return err
	}
	r.batch = batch{events: r.batch.events[:0]}
	r.rejects.rows.reset()
	n := 0
	for ; ; n++ {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fault.Wrap(&fault.Error{Kind: fault.Invalid, Field: f.name, Msg: "the file cannot be read to its end", Err: err}, "read rows")
		}
		if n%1000 == 999 {
			if err := stopped(ctx); err != nil {
				return err
			}
			r.progress(p, f, in.Offset())
		}
		r.read++
		if first {
			f.rows++
		}
		if row.Bad != nil {
			r.badRow(f, &row, targets, first)
		} else {
			if r.opts.Rejects != nil {
				r.rejects.rows.add(row.Line, row.Cells())
			}
			if first && len(r.m.Checks) > 0 {
				r.checks.see(f.spec, &row, placeIn(f.name, row.Line))
			}
			for _, i := range targets {
				r.target(f, i, &row)
			}
		}
		if r.batch.size() >= r.opts.BatchRows {
			if err := r.flush(ctx, f); err != nil {
				return err
			}
			r.rejects.rows.reset()
			if err := r.reached(p, f, int64(n)+1); err != nil {
				return err
			}
		}
		if len(r.rejects.rows.lines) > r.opts.BatchRows {
			// Rows that became nothing need not be handed back.
			r.rejects.rows.reset()
		}
	}
	if err := r.flush(ctx, f); err != nil {
		return err
	}
	if first && r.format(f) == JSONL && f.rows > 0 {
		r.absentKeys(f, in.Columns())
	}
	r.progress(p, f, in.Offset())
	r.done += in.Offset()
	return r.reached(p, f, int64(n))
}

func (f *source) firstPhase() int {
	for p := range phases {
		if len(f.spec.targets(p)) > 0 {
			return p
		}
	}
	return 0
}

func (r *runner) progress(p int, f *source, offset int64) {
	if r.opts.Progress != nil {
		r.opts.Progress(Progress{Phase: phases[p].name, File: f.name, Read: r.read, DoneBytes: r.done + offset, TotalBytes: r.total, Replay: r.replays()})
	}
}

func (r *runner) counts(object string) *Counts {
	c := r.rep.Objects[object]
	if c == nil {
		c = &Counts{}
		r.rep.Objects[object] = c
	}
	return c
}

// badRow counts a row that could not be split into cells, once for each kind of
// object that it would have become.
func (r *runner) badRow(f *source, row *rowT, targets []int, first bool) {
	var kinds []Kind
	for _, i := range targets {
		if k := f.spec.Rows[i].Kind; !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
			c := r.counts(objects[k])
			c.Read++
			c.Rejected++
		}
	}
	if first {
		f.failed++
		r.rejects.add(f.name, row.Line, *row.Bad)
	}
}

// Files returns the files of paths: a file as it is, a directory as the CSV,
// JSON lines and Parquet files in it, in order of name.
func Files(paths ...string) ([]string, error) {
	var out []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, &fault.Error{Kind: fault.Invalid, Field: p, Msg: "there is no such file or directory", Err: err}
		}
		if !info.IsDir() {
			out = append(out, p)
			continue
		}
		entries, err := os.ReadDir(p)
		if err != nil {
			return nil, &fault.Error{Kind: fault.Invalid, Field: p, Msg: "the directory cannot be read", Err: err}
		}
		for _, e := range entries {
			if !e.IsDir() && formatOf(e.Name()) != "" {
				out = append(out, filepath.Join(p, e.Name()))
			}
		}
	}
	if len(out) == 0 {
		return nil, fault.At("files", "there is no .csv, .tsv, .jsonl, .ndjson, .parquet or .xlsx file in %s", strings.Join(paths, ", "))
	}
	return out, nil
}

// formatOf returns the format that a file's name tells, and "" for none.
func formatOf(name string) Format {
	switch strings.ToLower(path.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz"))) {
	case ".csv", ".tsv", ".txt":
		return CSV
	case ".jsonl", ".ndjson", ".json":
		return JSONL
	case ".parquet":
		return Parquet
	case ".xlsx", ".xlsm":
		return XLSX
	}
	return ""
}

// putProductLines writes the products that the mapping itself lists.
func (r *runner) putProductLines(ctx context.Context) error {
	rows := make([]item[customer.Product], 0, len(r.m.Products))
	for i, p := range r.m.Products {
		rows = append(rows, item[customer.Product]{
			line: i + 1, external: p.ID,
			obj: customer.Product{ID: id.Derive[id.Product](r.m.Source, "product\x00"+p.ID), Key: p.Key, Name: p.Name, CreatedAt: r.now},
		})
	}
	return r.putProducts(ctx, &source{name: r.m.file + " (products)"}, rows)
}
