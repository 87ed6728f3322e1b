package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kept/internal/api"
	"kept/internal/config"
	"kept/internal/fault"
	"kept/internal/ingest"
)

type importCmd struct {
	config.Stores
	config.Remote
	Mapping string   `required:"" placeholder:"FILE" help:"Mapping: what the rows of the files mean."`
	DryRun  bool     `name:"dry-run" help:"Write nothing, and report what would be written."`
	JSON    bool     `name:"json" help:"Print the report as JSON."`
	Rejects string   `placeholder:"FILE" help:"Where rejected rows go (default: imports/rejects-DATE.csv in the data directory)."`
	Restart bool     `name:"restart" help:"Start from the beginning, although the same import broke off before."`
	Path    []string `arg:"" help:"Files, or folders of them."`
}

const (
	maxMappingFile = 1 << 20
	maxImportFiles = 10_000
)

// Run imports the files.
func (c *importCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	text, m, err := c.readMapping()
	if err != nil {
		return err
	}
	files, err := c.files()
	if err != nil {
		return err
	}
	if c.Server != "" {
		return c.remote(ctx, e, text, files)
	}
	return e.with(ctx, &c.Stores, func(in *instance) error { return c.local(ctx, e, in, text, m, files) })
}

func (c *importCmd) readMapping() (string, *ingest.Mapping, error) {
	f, err := os.Open(c.Mapping)
	if err != nil {
		return "", nil, fault.At("--mapping", "%s cannot be read: %v", c.Mapping, err)
	}
	defer f.Close() //nolint:errcheck // read only
	raw, err := io.ReadAll(io.LimitReader(f, maxMappingFile+1))
	if err != nil || len(raw) > maxMappingFile {
		return "", nil, fault.At("--mapping", "%s cannot be read, or is larger than %d bytes", c.Mapping, maxMappingFile)
	}
	m, err := ingest.Parse(filepath.Base(c.Mapping), raw)
	return string(raw), m, err
}

// files returns the regular files that the paths name, folders one level deep.
func (c *importCmd) files() ([]string, error) {
	var out []string
	for _, p := range c.Path {
		info, err := os.Stat(p)
		if err != nil {
			return nil, fault.At("PATH", "%s cannot be read: %v", p, err)
		}
		if !info.IsDir() {
			out = append(out, p)
			continue
		}
		entries, err := os.ReadDir(p)
		if err != nil {
			return nil, fault.At("PATH", "%s cannot be read: %v", p, err)
		}
		for _, entry := range entries {
			if entry.Type().IsRegular() || entry.Type()&fs.ModeSymlink != 0 {
				if !strings.HasPrefix(entry.Name(), ".") {
					out = append(out, filepath.Join(p, entry.Name()))
				}
			}
		}
	}
	if len(out) == 0 || len(out) > maxImportFiles {
		return nil, fault.At("PATH", "names %d files: name 1 to %d", len(out), maxImportFiles)
	}
	slices.Sort(out)
	return out, nil
}

func (c *importCmd) print(e *env, r *ingest.Report) error {
	w := e.Out
	if r.DryRun {
		tellLine(w, "Nothing was written: this was a dry run.")
	}
	kinds := make([]string, 0, len(r.Objects))
	for kind := range r.Objects {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	tell(w, "%-18s %10s %10s %10s %10s %10s\n", "", "read", "created", "updated", "unchanged", "rejected")
	for _, kind := range kinds {
		n := r.Objects[kind]
		tell(w, "%-18s %10d %10d %10d %10d %10d\n", kind, n.Read, n.Created, n.Updated, n.Unchanged, n.Rejected)
	}
	if len(r.Quality) > 0 {
		tellLine(w, "\nData quality")
	}
	width := 0
	for _, f := range r.Quality {
		width = max(width, len(f.Rule))
	}
	for _, f := range r.Quality {
		tell(w, "  %-8s %-*s %7d  %s\n           for example %s\n", f.Severity, width, f.Rule, f.Count, f.Says, f.Example)
		if f.WhatToDo != "" {
			tell(w, "           %s\n", f.WhatToDo)
		}
	}
	if r.Rejects > 0 {
		tell(w, "\n%d rejected rows are in %s\n", r.Rejects, r.RejectsFile)
	}
	return nil
}

// remote sends the files to a server and follows the import.
func (c *importCmd) remote(ctx context.Context, e *env, mapping string, files []string) error {
	cl := e.client(&c.Remote)
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() { w.CloseWithError(sendForm(form, mapping, files)) }()
	path := "/imports"
	if c.DryRun {
		path += "?dry_run=true"
	}
	res, err := cl.do(ctx, http.MethodPost, path, form.FormDataContentType(), r)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	var row api.ImportRow
	if err := errors.Join(decodeBody(res, &row)); err != nil {
		return err
	}
	b := e.bar("Import "+row.Name, "bytes")
	for row.State == "queued" || row.State == "running" {
		if !pause(ctx, 300*time.Millisecond) {
			return ctx.Err()
		}
		if err := cl.call(ctx, http.MethodGet, "/imports/"+string(row.ID), nil, &row); err != nil {
			return err
		}
		b.setRows(row.Progress.DoneBytes, row.Progress.TotalBytes, row.Progress.Read)
	}
	if c.JSON && row.Report != nil {
		if err := printJSON(e, row.Report); err != nil {
			return err
		}
	} else if row.Report != nil {
		for kind, n := range row.Report.Objects {
			tell(e.Out, "%-18s read %d, created %d, updated %d, unchanged %d, rejected %d\n", kind, n.Read, n.Created, n.Updated, n.Unchanged, n.Rejected)
		}
	}
	if row.State != "done" {
		return fault.New(fault.Invalid, "the import ended as %s: %s", row.State, row.Error)
	}
	return nil
}

func sendForm(form *multipart.Writer, mapping string, files []string) error {
	if err := form.WriteField("mapping", mapping); err != nil {
		return err //nolint:wrapcheck // the reader of the pipe has it
	}
	for _, path := range files {
		if err := sendFile(form, path); err != nil {
			return err
		}
	}
	return form.Close() //nolint:wrapcheck // as above
}

func sendFile(form *multipart.Writer, path string) error {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return fault.At("PATH", "%s cannot be read: %v", path, err)
	}
	defer f.Close() //nolint:errcheck // read only
	part, err := form.CreateFormFile("file", filepath.Base(path))
	if err == nil {
		_, err = io.Copy(part, f)
	}
	return err //nolint:wrapcheck // the reader of the pipe has it
}
