package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

const benchToken = "kept_bench_0123456789abcdef0123456789abcdef"

// measureHTTP starts the real binary on a large company and measures what a
// person waits for, over loopback.
func measureHTTP(ctx context.Context, t *table, o options) error {
	dir := filepath.Join(o.Dir, "http")
	company, records, store, err := stores(ctx, dir, o.HTTPAccounts, o.HTTPEvents)
	if err != nil {
		return err
	}
	ids := make([]string, 0, 500)
	for i, a := range company.Accounts() {
		if i%(1+o.HTTPAccounts/500) == 0 && len(ids) < cap(ids) {
			ids = append(ids, string(a.ID))
		}
	}
	if err := errors.Join(records.Close(), store.Close()); err != nil {
		return err
	}
	s, err := serve(ctx, o.Binary, dir)
	if err != nil {
		return err
	}
	defer s.stop()
	t.row("from start to ready", short(s.ready), "", "")
	first, err := s.get(ctx, "/api/v1/accounts?limit=50&sort=-score")
	if err != nil {
		return err
	}
	t.row("first account list (everything is computed)", short(first), "", "")

	pages := []struct {
		what  string
		paths []string
	}{
		{"account list, 50 rows, sorted by score, filtered", lists()},
		{"account page (account, health, timeline)", accountPages(ids)},
		{"portfolio of everyone", []string{"/api/v1/portfolio?owner=all"}},
	}
	for _, p := range pages {
		p50, p99, n, err := s.quantiles(ctx, p.paths)
		if err != nil {
			return err
		}
		t.row(fmt.Sprintf("%s: p50 / p99 of %d requests", p.what, n), short(p50)+" / "+short(p99), "", "")
	}
	t.row("resident memory of the server", megabytes(s.resident()), "", "")
	return nil
}

// lists are the requests of somebody who works with the table: sorts, filters
// and pages that repeat, as they do in life, and some that nobody made before.
func lists() []string {
	var out []string
	filters := []string{"", `band == "red"`, `segment == "enterprise" && score < 60`, `arr > 20000`, `band != "green" && days_to_renewal < 90`, `attr.country == "DE"`}
	sorts := []string{"score", "-score", "-arr", "renewal_at", "name", "delta_30"}
	for _, f := range filters {
		for _, s := range sorts {
			out = append(out, "/api/v1/accounts?limit=50&sort="+url.QueryEscape(s)+"&filter="+url.QueryEscape(f))
		}
	}
	for i := range 60 {
		out = append(out, "/api/v1/accounts?limit=50&sort=score&filter="+url.QueryEscape(fmt.Sprintf("score < %d", 30+i)))
	}
	return out
}

func accountPages(ids []string) []string {
	var out []string
	for _, id := range ids {
		for _, part := range []string{"", "/health", "/timeline"} {
			out = append(out, "/api/v1/accounts/"+id+part)
		}
	}
	return out
}

type server struct {
	base  string
	cmd   *exec.Cmd
	ready time.Duration
}

func serve(ctx context.Context, binary, dir string) (*server, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	start := time.Now()
	cmd := exec.CommandContext(ctx, binary, "serve", "--addr", addr, "--data", dir) //nolint:gosec // the binary the caller named
	cmd.Env = append(os.Environ(), "KEPT_BOOTSTRAP_TOKEN="+benchToken)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	log, err := os.Create(filepath.Join(dir, "serve.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() //nolint:errcheck // the child has its own handle
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{base: "http://" + addr, cmd: cmd}
	for time.Since(start) < 5*time.Minute {
		if _, err := s.get(ctx, "/readyz"); err == nil {
			s.ready = time.Since(start)
			return s, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("the server did not become ready: see %s", log.Name())
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

// get makes one request and returns how long it took until the last byte.
func (s *server) get(ctx context.Context, path string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+benchToken)
	start := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(res.Body)
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK || path != "/readyz" && !json.Valid(body) {
		return 0, fmt.Errorf("GET %s: %s %.300s", path, res.Status, body)
	}
	return took, nil
}

// quantiles asks for every path three times, in one order.
func (s *server) quantiles(ctx context.Context, paths []string) (p50, p99 time.Duration, n int, err error) {
	var times []time.Duration
	for range max(3, 200/len(paths)) {
		for _, p := range paths {
			took, err := s.get(ctx, p)
			if err != nil {
				return 0, 0, 0, err
			}
			times = append(times, took)
		}
	}
	slices.Sort(times)
	n = len(times)
	return times[n/2], times[n*99/100], n, nil
}

func (s *server) resident() int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	var pages, resident int64
	if _, err := fmt.Sscan(string(raw), &pages, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}
