package api

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/access"
)

const testMapping = `kept: 1
source: crm
time_zone: UTC
currency: USD
date_formats: [date]
files:
  - name: accounts
    path: accounts.csv
    rows:
      - target: account
        id: id
        name: name
        since: since
`

const testAccounts = "id,name,since\na1,Ada Ltd,2025-01-01\na2,Bob Ltd,not a day\n"

// upload sends a form with parts of (name, file name, content).
func (s *site) upload(path, token string, parts ...[3]string) *httptest.ResponseRecorder {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		if p[1] == "" {
			_ = form.WriteField(p[0], p[2])
			continue
		}
		w, err := form.CreateFormFile(p[0], p[1])
		if err != nil {
			s.t.Fatal(err)
		}
		_, _ = w.Write([]byte(p[2]))
	}
	_ = form.Close()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, basePath+path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+token)
	return s.send(r)
}

func (s *site) finished(ref string) ImportRow {
	s.t.Helper()
	for range 6000 {
		row := call[ImportRow](s, http.MethodGet, "/imports/"+ref, nil, http.StatusOK)
		if row.State != "queued" && row.State != "running" {
			return row
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.t.Fatal("the import does not end")
	return ImportRow{}
}

func TestImport(t *testing.T) {
	s := newSite(t, 0)
	mapping, file := [3]string{"mapping", "", testMapping}, [3]string{"file", "accounts.csv", testAccounts}
	started := func(w *httptest.ResponseRecorder) ImportRow {
		t.Helper()
		var row ImportRow
		if err := json.Unmarshal(w.Body.Bytes(), &row); err != nil || w.Code != http.StatusAccepted {
			t.Fatalf("start = %d %s", w.Code, w.Body)
		}
		return s.finished(string(row.ID))
	}
	dry := started(s.upload("/imports?dry_run=true", adminToken, mapping, file))
	if dry.State != "done" || !dry.DryRun || dry.Report == nil || dry.Report.Rejects != 1 {
		t.Errorf("the dry run ended as %+v", dry)
	}
	if n, err := s.records.CountAccounts(t.Context()); n != 0 || err != nil {
		t.Errorf("a dry run wrote %d accounts, %v", n, err)
	}
	row := started(s.upload("/imports", adminToken, file, mapping))
	if row.State != "done" || row.Report.Objects["accounts"].Created != 1 || row.Report.Objects["accounts"].Rejected != 1 {
		t.Errorf("the import ended as %+v", row)
	}
	w := s.request(http.MethodGet, basePath+"/imports/"+string(row.ID)+"/rejects.csv", adminToken, nil)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "accounts.csv,3,since,not a day") {
		t.Errorf("the rejects are %d %q", w.Code, w.Body)
	}
	call[Problem](s, http.MethodPost, "/imports/"+string(row.ID)+"/cancel", nil, http.StatusConflict)
	if list := call[List[ImportRow]](s, http.MethodGet, "/imports?limit=1", nil, http.StatusOK); list.Total != 2 || list.NextCursor == "" || list.Items[0].Report == nil {
		t.Errorf("the list has total %d and cursor %q", list.Total, list.NextCursor)
	}
	left, err := filepath.Glob(filepath.Join(s.server.opt.Imports.Dir, "*", inputFolder))
	if err != nil || len(left) != 0 {
		t.Errorf("uploaded files were left behind: %v, %v", left, err)
	}
}

func TestInspectThenImport(t *testing.T) {
	s := newSite(t, 0)
	w := s.upload("/imports/inspect", adminToken, [3]string{"file", "accounts.csv", testAccounts})
	var found Inspection
	if err := json.Unmarshal(w.Body.Bytes(), &found); err != nil || w.Code != http.StatusOK || len(found.Columns) != 3 || found.ProposedMapping == "" {
		t.Fatalf("inspect = %d %s", w.Code, w.Body)
	}
	body := map[string]string{"mapping": testMapping, "upload_id": found.UploadID}
	row := call[ImportRow](s, http.MethodPost, "/imports", body, http.StatusAccepted)
	if done := s.finished(string(row.ID)); done.State != "done" || done.Report.Objects["accounts"].Created != 1 {
		t.Errorf("the import of the upload ended as %+v", done)
	}
	call[Problem](s, http.MethodPost, "/imports", body, http.StatusUnprocessableEntity)
}

func TestUploadRefused(t *testing.T) {
	s := newSite(t, 0)
	mapping, file := [3]string{"mapping", "", testMapping}, [3]string{"file", "accounts.csv", testAccounts}
	for name, c := range map[string]struct {
		parts    [][3]string
		path     string
		location string
	}{
		"no mapping":      {[][3]string{file}, "/imports", "mapping"},
		"no file":         {[][3]string{mapping}, "/imports", "file"},
		"same name":       {[][3]string{mapping, file, file}, "/imports", "file"},
		"hidden file":     {[][3]string{mapping, {"file", "..", "x"}}, "/imports", "file"},
		"unknown part":    {[][3]string{mapping, file, {"more", "", "x"}}, "/imports", "more"},
		"broken mapping":  {[][3]string{{"mapping", "", "kept: ["}, file}, "/imports", "mapping.yaml"},
		"bad parameter":   {[][3]string{mapping, file}, "/imports?dry_run=maybe", "query.dry_run"},
		"other parameter": {[][3]string{mapping, file}, "/imports?dry=1", "query.dry"},
		"nothing":         {nil, "/imports/inspect", "file"},
	} {
		w := s.upload(c.path, adminToken, c.parts...)
		var p Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Errorf("%s: %v in %s", name, err, w.Body)
			continue
		}
		if w.Code < 400 || w.Code >= 500 || len(p.Errors) == 0 || !strings.HasPrefix(p.Errors[0].Location, c.location) {
			t.Errorf("%s = %d %s, want a refusal at %s", name, w.Code, w.Body, c.location)
		}
	}
	entries, err := os.ReadDir(s.server.opt.Imports.Dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != uploadsFolder {
			t.Errorf("a refused upload left %s behind", e.Name())
		}
	}
	if w := s.upload("/imports", s.tokens[access.CSM], mapping, file); w.Code != http.StatusForbidden {
		t.Errorf("an import by a CSM = %d, want 403", w.Code)
	}
}
