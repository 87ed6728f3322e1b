package api

import (
	"bytes"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"kept/internal/fault"
)

const noBuild = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Kept</title>
<body style="font:16px/1.5 system-ui;max-width:40em;margin:4em auto;padding:0 1em">
<h1>Kept is running</h1>
<p>This binary was built without the web app. Build both with <code>make build</code> (it needs Node 20 or newer),
or build the web app alone with <code>make web</code> and then <code>go build ./cmd/kept</code>.</p>
<p>The interface for programs is at <a href="/api/openapi.json">/api/openapi.json</a>.</p>
</body></html>
`

// staticRoutes serves the web app: hashed assets for ever, the page itself
// never from a cache, any path that is a place in the app as the page.
func (s *Server) staticRoutes() {
	s.mux.HandleFunc("/api/", s.unknownAPI)
	s.mux.HandleFunc("/", s.static)
}

func (s *Server) unknownAPI(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := s.mux.Handler(probe); strings.HasPrefix(pattern, method+" "+basePath) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		writeProblem(w, newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "this address answers "+strings.Join(allowed, ", ")))
		return
	}
	writeProblem(w, newProblem(http.StatusNotFound, string(fault.NotFound), "there is no such address: see /api/openapi.json"))
}

func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		writeProblem(w, newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "this address answers GET only"))
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" || strings.HasSuffix(name, ".gz") || strings.HasPrefix(path.Base(name), ".") {
		name = "index.html"
	}
	content, err := s.readWeb(name)
	if err != nil {
		if strings.HasPrefix(name, "assets/") { // an old page asks for a file that is gone
			http.Error(w, "no such file: reload the page", http.StatusNotFound)
			return
		}
		name = "index.html"
		if content, err = s.readWeb(name); err != nil {
			content = []byte(noBuild)
		}
	}
	h := w.Header()
	switch {
	case strings.HasPrefix(name, "assets/"):
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	default:
		h.Set("Cache-Control", "no-cache")
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		h.Set("Content-Type", t)
	}
	h.Add("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if packed, gerr := s.readWeb(name + ".gz"); gerr == nil {
			h.Set("Content-Encoding", "gzip")
			content = packed
		}
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

func (s *Server) readWeb(name string) ([]byte, error) {
	if s.opt.Web == nil || !fs.ValidPath(name) {
		return nil, fs.ErrNotExist
	}
	b, err := fs.ReadFile(s.opt.Web, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fs.ErrNotExist // a directory
	}
	return b, err //nolint:wrapcheck // only ErrNotExist leaves here
}
