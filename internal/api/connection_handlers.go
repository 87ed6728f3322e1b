package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"kept/internal/connector"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/ingest"
)

func (s *Server) connectors(context.Context, *none) (List[ConnectorRow], error) {
	var out []ConnectorRow
	for _, k := range s.opt.Connections.Kinds {
		out = append(out, ConnectorRow{
			Kind: k.Name, Title: k.Title, Help: k.Help, Guide: k.Guide, Fields: k.Fields, Mapping: k.Mapping,
			EverySeconds: int64(k.Every / time.Second), Webhooks: k.Receive != nil,
		})
	}
	slices.SortFunc(out, func(a, b ConnectorRow) int { return cmp.Compare(a.Title, b.Title) })
	return all(out), nil
}

func (s *Server) connections(ctx context.Context, _ *none) (List[ConnectionRow], error) {
	found, err := s.opt.Connections.Store.Connections(ctx)
	if err != nil {
		return List[ConnectionRow]{}, err
	}
	rows := make([]ConnectionRow, 0, len(found))
	for i := range found {
		row, err := s.connectionRow(ctx, &found[i])
		if err != nil {
			return List[ConnectionRow]{}, err
		}
		rows = append(rows, row)
	}
	return all(rows), nil
}

func (s *Server) connectionRow(ctx context.Context, c *connector.Connection) (ConnectionRow, error) {
	m := s.opt.Connections
	row := ConnectionRow{
		ID: c.ID, Name: c.Name, Kind: c.Kind, Title: c.Kind, Config: c.Config, Secrets: orEmpty(m.Secrets(c)), SecretSetAt: c.SecretSetAt, Mapping: c.Mapping,
		OwnMapping: c.Mapping != "", EverySeconds: int64(c.Every / time.Second), Paused: c.Paused, NextRunAt: c.NextRunAt, LastRunAt: c.LastRunAt, LastOKAt: c.LastOKAt,
		Failures: c.Failures, LastError: c.LastError, CreatedAt: c.CreatedAt, Cursors: []connector.Cursor{},
	}
	if k := m.Kinds[c.Kind]; k != nil {
		row.Title = k.Title
		row.Mapping = cmp.Or(row.Mapping, k.Mapping)
		if k.Receive != nil {
			row.WebhookPath = basePath + "/hooks/" + c.Kind + "/" + string(c.ID)
		}
	}
	if row.Config == nil {
		row.Config = map[string]string{}
	}
	var err error
	if row.Waiting, err = m.Store.CountWaiting(ctx, c.ID); err != nil {
		return row, err
	}
	row.Running = s.activeRun(ctx, c.ID)
	row.State = stateOf(c, row.Running != nil)
	return row, nil
}

func stateOf(c *connector.Connection, running bool) string {
	switch {
	case running:
		return "running"
	case c.Paused:
		return "paused"
	case c.Failures > 0:
		return "failing"
	case c.LastOKAt.IsZero():
		return "new"
	case c.Every == 0:
		return "manual"
	}
	return "ok"
}

func (s *Server) findConnection(ctx context.Context, ref string) (connector.Connection, error) {
	one, err := id.Parse[id.Connection]("id", ref)
	if err != nil {
		return connector.Connection{}, err
	}
	return s.opt.Connections.Store.Connection(ctx, one)
}

func (s *Server) connection(ctx context.Context, in *idPath) (ConnectionRow, error) {
	c, err := s.findConnection(ctx, in.ID)
	if err != nil {
		return ConnectionRow{}, err
	}
	return s.wholeConnection(ctx, &c)
}

func (s *Server) wholeConnection(ctx context.Context, c *connector.Connection) (ConnectionRow, error) {
	row, err := s.connectionRow(ctx, c)
	if err != nil {
		return row, err
	}
	cursors, err := s.opt.Connections.Store.Cursors(ctx, c.ID)
	row.Cursors = orEmpty(cursors)
	return row, err
}

func draftOf(d *ConnectionDraft) connector.Draft {
	return connector.Draft{Name: d.Name, Kind: d.Kind, Config: d.Config, Mapping: d.Mapping, Every: time.Duration(d.EverySeconds) * time.Second, Paused: d.Paused}
}

func (s *Server) createConnection(ctx context.Context, in *draftInput) (ConnectionRow, error) {
	c, err := s.opt.Connections.Create(ctx, draftOf(&in.Body))
	if err != nil {
		return ConnectionRow{}, err
	}
	s.opt.Connections.Wake()
	if err := s.audit(ctx, "create", "connection", string(c.ID), c.Kind); err != nil {
		return ConnectionRow{}, err
	}
	return s.wholeConnection(ctx, &c)
}

func (s *Server) replaceConnection(ctx context.Context, in *draftPathInput) (ConnectionRow, error) {
	old, err := s.findConnection(ctx, in.ID)
	if err != nil {
		return ConnectionRow{}, err
	}
	c, err := s.opt.Connections.Update(ctx, old.ID, draftOf(&in.Body))
	if err != nil {
		return ConnectionRow{}, err
	}
	what := ""
	if !c.SecretSetAt.Equal(old.SecretSetAt) {
		what = "with a new secret"
	}
	if err := s.audit(ctx, "update", "connection", string(c.ID), what); err != nil {
		return ConnectionRow{}, err
	}
	s.opt.Connections.Wake()
	return s.wholeConnection(ctx, &c)
}

func (s *Server) deleteConnection(ctx context.Context, in *idPath) error {
	c, err := s.findConnection(ctx, in.ID)
	if err != nil {
		return err
	}
	if _, _, running := s.opt.Connections.Active(c.ID); running {
		return fault.New(fault.Conflict, "the connection is being read: stop that first")
	}
	if err := s.opt.Connections.Store.DeleteConnection(ctx, c.ID); err != nil {
		return err
	}
	return s.audit(ctx, "delete", "connection", string(c.ID), c.Kind)
}

func (s *Server) tryDraft(in *tryInput) (id.Connection, connector.Draft, error) {
	d := draftOf(&in.Body.ConnectionDraft)
	if d.Name == "" {
		d.Name = d.Kind // a test needs none
	}
	if in.Body.ID == "" {
		return "", d, nil
	}
	ref, err := id.Parse[id.Connection]("id", in.Body.ID)
	return ref, d, err
}

func (s *Server) testConnection(ctx context.Context, in *tryInput) (ConnectionTest, error) {
	ref, d, err := s.tryDraft(in)
	if err != nil {
		return ConnectionTest{}, err
	}
	says, err := s.opt.Connections.Test(ctx, ref, d)
	return ConnectionTest{Says: says}, theirs(err)
}

// theirs keeps the refusal of another system apart from one of Kept's own: it is
// the settings that are wrong, not who asks.
func theirs(err error) error {
	switch fault.KindOf(err) {
	case fault.Unauthorized, fault.Forbidden, fault.NotFound, fault.Unavailable:
		if one, ok := errors.AsType[*fault.Error](err); ok {
			return &fault.Error{Kind: fault.Invalid, Field: cmp.Or(one.Field, "config"), Msg: one.Msg, Err: one.Err}
		}
	default:
	}
	return err
}

func (s *Server) previewConnection(ctx context.Context, in *tryInput) (ConnectionPreview, error) {
	ref, d, err := s.tryDraft(in)
	if err != nil {
		return ConnectionPreview{}, err
	}
	p, err := s.opt.Connections.Preview(ctx, ref, d)
	if err != nil {
		return ConnectionPreview{}, theirs(err)
	}
	out := ConnectionPreview{Samples: []StreamSample{}, Report: reportOf(&p.Report), Rejects: []PreviewReject{}, Mapping: p.Mapping}
	for _, one := range p.Samples {
		out.Samples = append(out.Samples, StreamSample{Stream: one.Stream, Mapped: one.Mapped, Rows: orEmpty(one.Rows)})
	}
	for _, r := range p.Rejects {
		out.Rejects = append(out.Rejects, PreviewReject{Stream: r[0], ID: r[1], Column: r[2], Value: r[3], Reason: r[4]})
	}
	return out, nil
}

func (s *Server) runConnection(ctx context.Context, in *idPath) (ConnectionRunRow, error) {
	c, err := s.findConnection(ctx, in.ID)
	if err != nil {
		return ConnectionRunRow{}, err
	}
	run, err := s.opt.Connections.Start(ctx, c.ID, callerOf(ctx).UserID)
	if err != nil {
		return ConnectionRunRow{}, err
	}
	return s.connectionRunRow(ctx, &run), s.audit(ctx, "run", "connection", string(c.ID), "")
}

func (s *Server) stopConnection(ctx context.Context, in *idPath) (ConnectionRow, error) {
	c, err := s.findConnection(ctx, in.ID)
	if err != nil {
		return ConnectionRow{}, err
	}
	if !s.opt.Connections.Stop(c.ID) {
		return ConnectionRow{}, fault.New(fault.Conflict, "the connection is not being read")
	}
	if err := s.audit(ctx, "stop", "connection", string(c.ID), ""); err != nil {
		return ConnectionRow{}, err
	}
	return s.wholeConnection(ctx, &c)
}

func (s *Server) pauseConnection(ctx context.Context, in *idPath) (ConnectionRow, error) {
	return s.setPaused(ctx, in.ID, true)
}

func (s *Server) resumeConnection(ctx context.Context, in *idPath) (ConnectionRow, error) {
	return s.setPaused(ctx, in.ID, false)
}

func (s *Server) setPaused(ctx context.Context, ref string, paused bool) (ConnectionRow, error) {
	c, err := s.findConnection(ctx, ref)
	if err != nil {
		return ConnectionRow{}, err
	}
	c, err = s.opt.Connections.SetPaused(ctx, c.ID, paused)
	if err != nil {
		return ConnectionRow{}, err
	}
	verb := map[bool]string{true: "pause", false: "resume"}[paused]
	if err := s.audit(ctx, verb, "connection", string(c.ID), ""); err != nil {
		return ConnectionRow{}, err
	}
	return s.wholeConnection(ctx, &c)
}

func (s *Server) resetConnection(ctx context.Context, in *resetInput) (ConnectionRow, error) {
	c, err := s.findConnection(ctx, in.ID)
	if err != nil {
		return ConnectionRow{}, err
	}
	if _, _, running := s.opt.Connections.Active(c.ID); running {
		return ConnectionRow{}, fault.New(fault.Conflict, "the connection is being read: stop that first")
	}
	if err := s.opt.Connections.Store.ResetCursors(ctx, c.ID, in.Body.Stream); err != nil {
		return ConnectionRow{}, err
	}
	if err := s.audit(ctx, "reset", "connection", string(c.ID), in.Body.Stream); err != nil {
		return ConnectionRow{}, err
	}
	return s.wholeConnection(ctx, &c)
}

func (s *Server) connectionRunRow(ctx context.Context, r *connector.Run) ConnectionRunRow {
	row := ConnectionRunRow{
		ID: r.ID, ConnectionID: r.ConnectionID, State: string(r.State), Cause: string(r.Cause), StartedAt: r.StartedAt, FinishedAt: r.FinishedAt,
		Pages: r.Pages, RowsRead: r.RowsRead, RowsRejected: r.RowsRejected, RowsWaiting: r.RowsWaiting, Message: r.Message,
	}
	if r.Cause == connector.ByHand {
		row.By = cmp.Or(s.names.of(ctx, r.UserID), "an API token")
	}
	var report ingest.Report
	if len(r.Report) > 0 && json.Unmarshal(r.Report, &report) == nil {
		row.Report = reportOf(&report)
	}
	return row
}

// activeRun is the run at work on a connection, with the stream at hand; nil for none.
func (s *Server) activeRun(ctx context.Context, of id.Connection) *ConnectionRunRow {
	run, stream, ok := s.opt.Connections.Active(of)
	if !ok {
		return nil
	}
	row := s.connectionRunRow(ctx, &run)
	row.Stream = stream
	return &row
}

// newestOf is a stored run, as it stands at this moment while it is at work.
func (s *Server) newestOf(ctx context.Context, r *connector.Run) ConnectionRunRow {
	if live := s.activeRun(ctx, r.ConnectionID); live != nil && live.ID == r.ID {
		return *live
	}
	return s.connectionRunRow(ctx, r)
}

func (s *Server) connectionRuns(ctx context.Context, in *connectionRunsInput) (List[ConnectionRunRow], error) {
	out := List[ConnectionRunRow]{Items: []ConnectionRunRow{}}
	c, err := s.findConnection(ctx, in.ID)
	if err != nil {
		return out, err
	}
	after, err := decodeCursor(in.Cursor, "connection runs", in.ID)
	if err != nil {
		return out, err
	}
	limit := limitOf(in.Paged)
	found, err := s.opt.Connections.Store.Runs(ctx, c.ID, id.Run(after), limit+1)
	if err != nil {
		return out, err
	}
	for i := range found[:min(limit, len(found))] {
		out.Items = append(out.Items, s.newestOf(ctx, &found[i]))
	}
	if len(found) > limit {
		out.NextCursor = encodeCursor(string(found[limit-1].ID), "connection runs", in.ID)
	}
	out.Total, err = s.opt.Connections.Store.CountRuns(ctx, c.ID)
	return out, err
}

func (s *Server) findRun(ctx context.Context, ref string) (connector.Run, error) {
	one, err := id.Parse[id.Run]("id", ref)
	if err != nil {
		return connector.Run{}, err
	}
	return s.opt.Connections.Store.Run(ctx, one)
}

func (s *Server) connectionRun(ctx context.Context, in *idPath) (ConnectionRunRow, error) {
	r, err := s.findRun(ctx, in.ID)
	if err != nil {
		return ConnectionRunRow{}, err
	}
	return s.newestOf(ctx, &r), nil
}

func (s *Server) connectionRejects(w http.ResponseWriter, r *http.Request) error {
	run, err := s.findRun(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return sendRejects(w, s.opt.Connections.RejectsPath(run.ID), "run")
}

func (s *Server) waitingRows(ctx context.Context, in *connectionRunsInput) (List[WaitingRow], error) {
	out := List[WaitingRow]{Items: []WaitingRow{}}
	c, err := s.findConnection(ctx, in.ID)
	if err != nil {
		return out, err
	}
	const most = 10_000
	found, err := s.opt.Connections.Store.Waiting(ctx, c.ID, "", time.Time{}, 0, most)
	if err != nil {
		return out, err
	}
	rows := make([]WaitingRow, len(found))
	for i, w := range found {
		rows[i] = WaitingRow{Stream: w.Stream, ID: w.External, Reason: w.Reason, Tries: w.Tries, FirstAt: w.FirstAt, LastAt: w.LastAt}
	}
	if out, err = page(rows, in.Paged, "waiting", in.ID); err != nil {
		return out, err
	}
	out.Total, err = s.opt.Connections.Store.CountWaiting(ctx, c.ID)
	return out, err
}

// maxHook bounds a webhook: Stripe's are a few kilobytes.
const maxHook = 1 << 20

func (s *Server) receiveHook(w http.ResponseWriter, r *http.Request) error {
	ref, err := id.Parse[id.Connection]("id", r.PathValue("id"))
	if err != nil {
		return fault.New(fault.NotFound, "there is no such connection: copy the address from its page in Kept")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxHook+1))
	if err != nil {
		return fault.New(fault.Invalid, "the body broke off: send it again (%w)", err)
	}
	if len(body) > maxHook {
		return fault.New(fault.TooLarge, "the body is larger than %d bytes", maxHook)
	}
	fresh, err := s.opt.Connections.Receive(r.Context(), r.PathValue("kind"), ref, r.Header, body)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, HookAnswer{Received: true, Duplicate: !fresh})
}
