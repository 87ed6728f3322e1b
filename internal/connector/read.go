package connector

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/ingest"
)

// reading is one run at work.
type reading struct {
	m      *Manager
	c      *Connection
	r      *Run
	loader *Loader
	source string
	rows   []Row
	page   Page // the newest one whose rows are in rows
	cursor Cursor
	waits  int64 // rows of the connection that wait
}

// read reads every stream of the connection that its mapping knows.
func (m *Manager) read(ctx context.Context, r *Run) (report ingest.Report, err error) {
	c, err := m.Store.Connection(ctx, r.ConnectionID)
	if err != nil {
		return report, err
	}
	sys, k, err := m.Open(&c)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, sys.Close()) }()
	mapping, _, err := m.MappingOf(&c, k)
	if err != nil {
		return report, err
	}
	file, err := m.rejects(r.ID)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, fault.Wrap(file.Close(), "close the rejects file")) }()
	reject, flush, err := RejectsCSV(file)
	if err != nil {
		return report, err
	}
	loader := NewLoader(m.Deps, mapping, reject)
	w := &reading{m: m, c: &c, r: r, loader: loader, source: mapping.Source}
	if w.waits, err = m.Store.CountWaiting(ctx, c.ID); err != nil {
		return report, err
	}
	err = w.streams(ctx, sys)
	if ferr := flush(); err == nil {
		err = ferr
	}
	if waits, werr := m.Store.CountWaiting(context.WithoutCancel(ctx), c.ID); werr == nil {
		r.RowsWaiting = waits
	}
	return loader.Report(), err
}

func (w *reading) streams(ctx context.Context, sys System) error {
	cursors, err := w.m.Store.Cursors(ctx, w.c.ID)
	if err != nil {
		return err
	}
	known := map[string]Cursor{}
	for _, one := range cursors {
		known[one.Stream] = one
	}
	read := 0
	for _, s := range sys.Streams() {
		if !w.loader.Maps(s.Name) {
			continue
		}
		read++
		if err := w.retry(ctx, s.Name); err != nil {
			return err
		}
		w.cursor = known[s.Name]
		w.cursor.Stream = s.Name
		err := sys.Read(ctx, s.Name, w.cursor.Text, func(p Page) error { return w.take(ctx, p) })
		if err == nil {
			err = w.store(ctx)
		} else if ctx.Err() == nil {
			// What was read before the failure is good: the next run goes on after it.
			err = errors.Join(err, w.store(ctx))
		}
		if err != nil {
			return err
		}
	}
	if read == 0 {
		return fault.At("mapping", "reads none of the streams of this system: name a path such as %s.jsonl", sys.Streams()[0].Name)
	}
	return ctx.Err() //nolint:wrapcheck // the run is told apart by its context
}

// take buffers a page, and stores when there are enough rows.
func (w *reading) take(ctx context.Context, p Page) error {
	if err := ctx.Err(); err != nil {
		return fault.New(fault.Unavailable, "the run was stopped: %w", err)
	}
	w.rows = append(w.rows, p.Rows...)
	w.page.Cursor = p.Cursor
	w.page.Merged = append(w.page.Merged, p.Merged...)
	for _, n := range p.Notes {
		w.loader.Note(n)
	}
	w.r.Pages++
	w.r.RowsRead += int64(len(p.Rows))
	w.m.progress(w.r, w.cursor.Stream)
	if len(w.rows) < batchRows {
		return nil
	}
	return w.store(ctx)
}

// store puts the buffered rows into the record and then keeps the cursor: a run
// that is cut off between the two stores the same rows again, which changes nothing.
func (w *reading) store(ctx context.Context) error {
	rows, page := w.rows, w.page
	w.rows, w.page = nil, Page{}
	orphans, err := w.loader.Load(ctx, w.cursor.Stream, rows)
	if err != nil {
		return err
	}
	if err := w.keep(ctx, w.cursor.Stream, rows, orphans, nil); err != nil {
		return err
	}
	for _, one := range page.Merged {
		if w.m.Merged == nil {
			break
		}
		if err := w.m.Merged(ctx, w.source, one); err != nil {
			return err
		}
	}
	if page.Cursor != "" && (page.Cursor != w.cursor.Text || len(rows) > 0) {
		w.cursor.Text, w.cursor.UpdatedAt = page.Cursor, w.m.Clock.Now().Truncate(time.Microsecond)
		w.cursor.Rows += int64(len(rows))
		if err := w.m.Store.PutCursor(ctx, w.c.ID, w.cursor); err != nil {
			return err
		}
	}
	if len(rows) > 0 && w.m.Stored != nil {
		w.m.Stored(ctx)
	}
	return nil
}

// keep notes which rows wait, and forgets those that have found what they refer to.
func (w *reading) keep(ctx context.Context, stream string, rows []Row, orphans []Orphan, tried map[string]Waiting) error {
	return w.m.keepWaiting(ctx, w.c.ID, stream, rows, orphans, tried, &w.waits)
}

func (m *Manager) keepWaiting(ctx context.Context, ref id.Connection, stream string, rows []Row, orphans []Orphan, tried map[string]Waiting, waits *int64) error {
	if len(orphans) == 0 && *waits == 0 {
		return nil
	}
	now := m.Clock.Now().Truncate(time.Microsecond)
	lost := map[string]bool{}
	var put, done []Waiting
	for _, o := range orphans {
		lost[o.Row.Key] = true
		was, again := tried[o.Row.Key]
		if o.Row.Key == "" || !again && *waits >= maxWaiting {
			continue
		}
		raw, err := json.Marshal(o.Row.Data)
		if err != nil {
			return fault.Wrap(err, "keep a row that waits")
		}
		if !again {
			was = Waiting{Stream: stream, External: o.Row.Key, FirstAt: now}
			*waits++
		}
		was.Row, was.Reason, was.LastAt = string(raw), o.Reason, now
		was.Tries++
		put = append(put, was)
	}
	for i := range rows {
		if !lost[rows[i].Key] && rows[i].Key != "" {
			done = append(done, Waiting{Stream: stream, External: rows[i].Key})
		}
	}
	return m.Store.SetWaiting(ctx, ref, put, done)
}

// retry tries the rows again that wait for something.
func (w *reading) retry(ctx context.Context, stream string) error {
	for w.waits > 0 {
		rows, err := w.m.Store.Waiting(ctx, w.c.ID, stream, w.r.StartedAt, maxTries, batchRows)
		if err != nil || len(rows) == 0 {
			return err
		}
		tried := make(map[string]Waiting, len(rows))
		batch := make([]Row, 0, len(rows))
		for _, one := range rows {
			tried[one.External] = one
			var data map[string]any
			if err := decode([]byte(one.Row), &data); err != nil {
				return err
			}
			batch = append(batch, Row{Key: one.External, Data: data})
		}
		orphans, err := w.loader.Load(ctx, stream, batch)
		if err != nil {
			return err
		}
		if err := w.keep(ctx, stream, batch, orphans, tried); err != nil {
			return err
		}
	}
	return nil
}

func (m *Manager) progress(r *Run, stream string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.active[r.ConnectionID]; a != nil {
		a.run, a.stream = *r, stream
	}
}
