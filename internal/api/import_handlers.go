package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/ingest"
	"kept/internal/sqlstore"
)

// Limits on what is uploaded.
const (
	maxUpload   = 4 << 30 // bytes, of all files of one import
	maxMapping  = 1 << 20
	maxFiles    = 50
	maxJSONBody = maxMapping + 4096
)

// createImport streams the files to disk and queues the import. Nothing is kept
// of an upload that is refused.
func (s *Server) createImport(w http.ResponseWriter, r *http.Request) error {
	dry, err := dryRun(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	now := s.clock.Now()
	run := sqlstore.ImportRun{DryRun: dry, UserID: callerOf(ctx).UserID}
	if run.ID, err = id.New[id.Import](now, rand.Reader); err != nil {
		return err
	}
	folder := filepath.Join(s.opt.Imports.Folder(run.ID), inputFolder)
	var files []string
	media, _, merr := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case merr == nil && media == "application/json":
		run.MappingYAML, files, err = s.fromUpload(r, folder)
	case merr == nil && media == "multipart/form-data":
		run.MappingYAML, files, err = readUpload(r, folder)
	default:
		err = fault.At("header.Content-Type", "has to be multipart/form-data with mapping and file, or application/json with mapping and upload_id")
	}
	if err == nil {
		run, err = s.opt.Imports.Submit(ctx, run, files)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(s.opt.Imports.Folder(run.ID)))
	}
	if err := s.audit(ctx, "start", "import", string(run.ID), run.MappingName); err != nil {
		return err
	}
	return writeJSON(w, http.StatusAccepted, s.importRow(ctx, &run))
}

func dryRun(r *http.Request) (bool, error) {
	for name, values := range r.URL.Query() {
		if name != "dry_run" {
			return false, fault.At("query."+name, "is not a parameter of this address")
		}
		switch values[0] {
		case "true", "1":
			return true, nil
		case "false", "0", "":
			return false, nil
		}
		return false, fault.At("query.dry_run", "%.20q is neither true nor false", values[0])
	}
	return false, nil
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(err, "write the answer")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // the caller has gone
	return nil
}

// readUpload reads a multipart stream part by part: mapping and files in any
// order.
func readUpload(r *http.Request, folder string) (mapping string, files []string, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, fault.New(fault.Invalid, "the body is not a multipart form: %w", err)
	}
	left := int64(maxUpload)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", nil, fault.New(fault.Invalid, "the multipart form broke off: send it again (%w)", err)
		}
		switch part.FormName() {
		case "mapping":
			raw, rerr := io.ReadAll(io.LimitReader(part, maxMapping+1))
			if rerr != nil || len(raw) > maxMapping {
				return "", nil, fault.New(fault.TooLarge, "the mapping is larger than %d bytes", maxMapping)
			}
			mapping = string(raw)
		case "file":
			path, size, serr := savePart(part, folder, left)
			if serr != nil {
				return "", nil, serr
			}
			left -= size
			if files = append(files, path); len(files) > maxFiles {
				return "", nil, fault.New(fault.TooLarge, "more than %d files: import them in turns", maxFiles)
			}
		default:
			return "", nil, fault.At(part.FormName(), "is not a part of this form: send mapping and file")
		}
	}
	if mapping == "" {
		return "", nil, fault.At("mapping", "is missing: send the mapping's YAML as a part called mapping")
	}
	if len(files) == 0 {
		return "", nil, fault.At("file", "is missing: send at least one file as a part called file")
	}
	return mapping, files, nil
}

func savePart(part *multipart.Part, folder string, left int64) (string, int64, error) {
	name, err := fileName("file", part.FileName())
	if err != nil {
		return "", 0, err
	}
	return save(folder, name, part, left)
}

// uploadForm is what an upload's id looks like; it becomes part of a path.
var uploadForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// fromUpload takes the files that were sent for inspection.
func (s *Server) fromUpload(r *http.Request, folder string) (mapping string, files []string, err error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxJSONBody+1))
	if err != nil || len(raw) > maxJSONBody {
		return "", nil, fault.New(fault.TooLarge, "the body is larger than %d bytes", maxJSONBody)
	}
	var in struct {
		Mapping  string `json:"mapping"`
		UploadID string `json:"upload_id"`
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return "", nil, fault.New(fault.Invalid, "the body is not the JSON that this address takes: %w", err)
	}
	if !uploadForm.MatchString(in.UploadID) {
		return "", nil, fault.At("upload_id", "is not the id of an upload: take it from POST /imports/inspect")
	}
	if in.Mapping == "" {
		return "", nil, fault.At("mapping", "is missing: send the mapping's YAML")
	}
	from := filepath.Join(s.opt.Imports.Dir, uploadsFolder, in.UploadID)
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		return "", nil, fault.Wrap(err, "make the import's folder")
	}
	if err := os.Rename(from, folder); err != nil {
		return "", nil, &fault.Error{Kind: fault.Invalid, Field: "upload_id", Msg: "the upload is gone: uploads are kept for a day and taken once; send the file again", Err: err}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", nil, fault.Wrap(err, "read the upload")
	}
	for _, e := range entries {
		files = append(files, filepath.Join(folder, e.Name()))
	}
	return in.Mapping, files, nil
}

func (s *Server) inspectFile(w http.ResponseWriter, r *http.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "the body is not a multipart form with a file: %w", err)
	}
	part, err := parts.NextPart()
	if err != nil || part.FormName() != "file" {
		return fault.At("file", "is missing: send one file as a part called file")
	}
	var rawID [16]byte
	_, _ = rand.Read(rawID[:]) // it never fails
	upload := hex.EncodeToString(rawID[:])
	folder := filepath.Join(s.opt.Imports.Dir, uploadsFolder, upload)
	path, _, err := savePart(part, folder, maxUpload)
	if err != nil {
		return errors.Join(err, os.RemoveAll(folder))
	}
	found, err := ingest.InspectFile(r.Context(), &s.opt.Imports.Deps, path)
	if err != nil {
		return errors.Join(renamed(err, filepath.Base(path)), os.RemoveAll(folder))
	}
	out := Inspection{
		Rows: int64(found.Rows), Delimiter: found.Delimiter, Encoding: found.Encoding, ProposedMapping: found.ProposedMapping,
		Format: string(found.Format), Sheets: found.Sheets, UploadID: upload, Columns: []InspectedColumn{},
	}
	for _, c := range found.Columns {
		out.Columns = append(out.Columns, InspectedColumn{Name: c.Name, Type: c.Type, Samples: orEmpty(c.Samples), Empty: int64(c.Empty), Formats: c.Formats})
	}
	return writeJSON(w, http.StatusOK, out)
}

// renamed lets an error speak of the file by the name that the client knows.
func renamed(err error, name string) error {
	if one, ok := errors.AsType[*fault.Error](err); ok {
		return &fault.Error{Kind: one.Kind, Field: name, Msg: one.Msg, Err: one.Err}
	}
	return err
}

func (s *Server) imports(ctx context.Context, in *importsInput) (List[ImportRow], error) {
	after, err := decodeCursor(in.Cursor, "imports")
	if err != nil {
		return List[ImportRow]{}, err
	}
	limit := limitOf(in.Paged)
	found, err := s.opt.Imports.Store.ImportRuns(ctx, id.Import(after), limit+1)
	if err != nil {
		return List[ImportRow]{}, err
	}
	out := List[ImportRow]{Items: []ImportRow{}}
	for i := range found[:min(limit, len(found))] {
		// The store lists without reports, and the list shows what was written.
		whole, err := s.opt.Imports.Store.ImportRun(ctx, found[i].ID)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, s.importRow(ctx, &whole))
	}
	if len(found) > limit {
		out.NextCursor = encodeCursor(string(found[limit-1].ID), "imports")
	}
	every, err := s.opt.Imports.Store.ImportRuns(ctx, "", 10_000)
	out.Total = int64(len(every))
	return out, err
}

func (s *Server) findImport(ctx context.Context, ref string) (sqlstore.ImportRun, error) {
	run, err := id.Parse[id.Import]("id", ref)
	if err != nil {
		return sqlstore.ImportRun{}, err
	}
	return s.opt.Imports.Store.ImportRun(ctx, run)
}

func (s *Server) importOf(ctx context.Context, in *idPath) (ImportRow, error) {
	run, err := s.findImport(ctx, in.ID)
	if err != nil {
		return ImportRow{}, err
	}
	return s.importRow(ctx, &run), nil
}

func (s *Server) importRow(ctx context.Context, r *sqlstore.ImportRun) ImportRow {
	row := ImportRow{
		ID: r.ID, Name: r.MappingName, State: string(r.State), DryRun: r.DryRun, Error: r.Message,
		StartedAt: cmp.Or(r.StartedAt, r.CreatedAt), FinishedAt: r.FinishedAt, By: cmp.Or(s.names.of(ctx, r.UserID), "an API token"),
		Progress: ImportProgress{Read: r.RowsRead},
	}
	if r.State == sqlstore.RunRunning {
		row.Progress = s.opt.Imports.Progress(r.ID)
	}
	var report ingest.Report
	if len(r.Report) > 0 && json.Unmarshal(r.Report, &report) == nil {
		row.Report = reportOf(&report)
	}
	return row
}

func reportOf(r *ingest.Report) *ImportReport {
	out := &ImportReport{Objects: map[string]ObjectCount{}, Quality: []QualityFinding{}, Rejects: r.Rejects}
	for kind, c := range r.Objects {
		out.Objects[kind] = ObjectCount{Read: c.Read, Created: c.Created, Updated: c.Updated, Unchanged: c.Unchanged, Rejected: c.Rejected}
	}
	for _, f := range r.Quality {
		out.Quality = append(out.Quality, QualityFinding{Rule: f.Rule, Severity: string(f.Severity), Count: f.Count, Says: f.Says, Example: f.Example, WhatToDo: f.WhatToDo})
	}
	rank := map[string]int{string(ingest.Error): 0, string(ingest.Warning): 1, string(ingest.Info): 2}
	slices.SortStableFunc(out.Quality, func(a, b QualityFinding) int {
		return cmp.Or(cmp.Compare(rank[a.Severity], rank[b.Severity]), cmp.Compare(b.Count, a.Count))
	})
	return out
}

func (s *Server) rejects(w http.ResponseWriter, r *http.Request) error {
	run, err := s.findImport(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return sendRejects(w, filepath.Join(s.opt.Imports.Folder(run.ID), rejectsName), "import")
}

// sendRejects sends the rejects file of an import or a run.
func sendRejects(w http.ResponseWriter, path, what string) error {
	f, err := os.Open(path) //nolint:gosec // of a run's own folder
	if errors.Is(err, os.ErrNotExist) {
		return fault.New(fault.NotFound, "the %s has no rejects file", what)
	}
	if err != nil {
		return fault.Wrap(err, "open the rejects file")
	}
	defer f.Close() //nolint:errcheck // read only
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="rejects.csv"`)
	_, _ = io.Copy(w, f) // the caller has gone
	return nil
}

func (s *Server) cancelImport(ctx context.Context, in *idPath) (ImportRow, error) {
	run, err := s.findImport(ctx, in.ID)
	if err != nil {
		return ImportRow{}, err
	}
	if run.State.Final() {
		return ImportRow{}, fault.New(fault.Conflict, "the import is over already (%s)", run.State)
	}
	s.opt.Imports.Cancel(run.ID)
	return s.importRow(ctx, &run), s.audit(ctx, "cancel", "import", string(run.ID), "")
}
