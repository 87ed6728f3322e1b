package duckstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/duckstore"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/usage"
	"kept/internal/usagetest"
)

var (
	acme   = id.Derive[id.Account]("duckstore", "acme")
	globex = id.Derive[id.Account]("duckstore", "globex")
	start  = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
)

// some returns n events, every minute one, in turns of two accounts.
func some(prefix string, n int) []usage.Event {
	out := make([]usage.Event, n)
	for i := range out {
		at := start.Add(time.Duration(i) * time.Minute)
		out[i] = usage.Event{
			MessageID: fmt.Sprintf("%s-%06d", prefix, i), At: at, KnownAt: at.Add(time.Second), Account: acme,
			Actor: fmt.Sprintf("app:u%d", i%7), Product: "core", Name: []string{"login", "export", "invite"}[i%3],
			Value: float64(i) / 4, HasValue: i%2 == 0, Source: "app",
		}
		if i%2 == 1 {
			out[i].Account = globex
		}
		if i%5 == 0 {
			out[i].Properties = map[string]any{"i": float64(i)}
		}
	}
	return out
}

func must[V any](tb testing.TB) func(V, error) V {
	tb.Helper()
	return func(v V, err error) V {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func list(tb testing.TB, s usage.Store) []usage.Event {
	tb.Helper()
	var out []usage.Event
	q := usage.ListQuery{Limit: usage.MaxPageSize}
	for {
		page := must[usage.ListPage](tb)(s.List(tb.Context(), q))
		out = append(out, page.Events...)
		if page.Next == "" {
			return out
		}
		q.Cursor = page.Next
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	s := must[*duckstore.Store](t)(duckstore.Open(t.Context(), dir, duckstore.Options{}))
	events := some("m", 5000)
	must[usage.AppendResult](t)(s.Append(t.Context(), events))
	want := list(t, s)
	must[int64](t)(s.Erase(t.Context(), globex))
	_, mark, err := s.Touched(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	want = slices.DeleteFunc(want, func(e usage.Event) bool { return e.Account == globex })
	if diff := cmp.Diff(want, list(t, s)); diff != "" {
		t.Errorf("after reopening (-want +got):\n%s", diff)
	}
	if _, again, err := s.Touched(t.Context(), 0); again != mark || err != nil {
		t.Errorf("mark after reopening: %d, %v; want %d", again, err, mark)
	}
	// The erased half can come again, the rest cannot: also with other times.
	for i := range events {
		events[i].At = events[i].At.Add(-1000 * time.Hour)
	}
	if res := must[usage.AppendResult](t)(s.Append(t.Context(), events)); res.Stored != 2500 || res.Duplicates != 2500 {
		t.Errorf("append again after reopening: %+v, want 2500 and 2500", res)
	}
	if _, next, err := s.Touched(t.Context(), mark); next <= mark || err != nil {
		t.Errorf("mark after the next append: %d, %v; want more than %d", next, err, mark)
	}
}

func TestSecondOpen(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	_, err := duckstore.Open(t.Context(), dir, duckstore.Options{})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "KEPT_SERVER") {
		t.Errorf("second Open: %v; want an Unavailable fault that names the fix", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	damaged := filepath.Join(dir, "damaged")
	odd := filepath.Join(dir, "a?b")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Mkdir(damaged, 0o700),
		os.WriteFile(filepath.Join(damaged, duckstore.FileName), []byte(strings.Repeat("not a database", 1000)), 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]fault.Kind{file: fault.Invalid, filepath.Join(file, "below"): fault.Invalid, odd: fault.Invalid, damaged: fault.Unavailable} {
		s, err := duckstore.Open(t.Context(), path, duckstore.Options{})
		if !fault.Is(err, kind) {
			t.Errorf("Open(%s): %v, want %s", path, err, kind)
		}
		if err == nil {
			s.Close()
		}
	}
}

func TestOddDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's an \"odd\" ünïcode dir; --")
	s := open(t, dir)
	must[usage.AppendResult](t)(s.Append(t.Context(), some("m", 10)))
	if err := s.ExportParquet(t.Context(), filepath.Join(dir, "o'ut.parquet")); err != nil {
		t.Error(err)
	}
}

// TestSchemaOfTheFuture opens a file that a newer Kept has migrated.
func TestSchemaOfTheFuture(t *testing.T) {
	dir := t.TempDir()
	s := must[*duckstore.Store](t)(duckstore.Open(t.Context(), dir, duckstore.Options{}))
	if err := errors.Join(duckstore.SetVersion(t.Context(), s, 999), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := duckstore.Open(t.Context(), dir, duckstore.Options{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("Open: %v, want a Conflict", err)
	}
}

func TestBackup(t *testing.T) {
	s := open(t, t.TempDir())
	must[usage.AppendResult](t)(s.Append(t.Context(), some("m", 3000)))
	must[int64](t)(s.Attribute(t.Context(), "app:u1", acme))
	dest := t.TempDir()
	path := filepath.Join(dest, duckstore.FileName)
	done := make(chan error)
	go func() {
		var err error
		for i := range 20 {
			_, one := s.Append(context.Background(), some(fmt.Sprintf("during%d", i), 100))
			err = errors.Join(err, one)
		}
		done <- err
	}()
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatalf("Backup: %v", err)
	}
	if err := <-done; err != nil {
		t.Fatalf("Append during a backup: %v", err)
	}
	got := list(t, open(t, dest))
	if n := len(got); n < 3000 || n > 5000 || n%100 != 0 {
		t.Errorf("the backup has %d events: want the first 3,000 and whole batches of what came meanwhile", n)
	}
	if err := s.Backup(t.Context(), filepath.Join(dest, "no", "such", "dir")); !fault.Is(err, fault.Invalid) {
		t.Errorf("Backup into a directory that does not exist: %v, want Invalid", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "second")); err != nil {
		t.Errorf("second Backup: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ctx, path); err == nil {
		t.Errorf("Backup with a cancelled context succeeded")
	}
	if err := s.Backup(t.Context(), path); err != nil {
		t.Errorf("Backup after a cancelled one: %v", err)
	}
}

func TestExport(t *testing.T) {
	usagetest.RunExport(t, func(tb testing.TB) usage.Store { return open(tb, tb.TempDir()) }, readExport)
}

// readExport reads the events of an export with the reader of imports.
func readExport(path string) (out []usage.Event, err error) {
	rows, err := duckstore.ReadTable(context.Background(), path, duckstore.ReadOptions{})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	want := []string{"message_id", "happened_at", "known_at", "account", "product", "actor", "name", "value", "properties", "source"}
	if !slices.Equal(rows.Columns(), want) {
		return nil, fmt.Errorf("columns %q, want %q", rows.Columns(), want)
	}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			if int64(len(out)) != rows.Total() {
				err = fmt.Errorf("%d rows, and Total is %d", len(out), rows.Total())
			} else {
				err = nil
			}
			return out, err
		}
		if err != nil {
			return nil, err
		}
		e := usage.Event{
			MessageID: row[0].(string), At: row[1].(time.Time), KnownAt: row[2].(time.Time), Account: id.Account(row[3].(string)),
			Product: row[4].(string), Actor: row[5].(string), Name: row[6].(string), Source: row[9].(string),
		}
		e.Value, e.HasValue = row[7].(float64)
		if text, ok := row[8].(string); ok {
			if err := json.Unmarshal([]byte(text), &e.Properties); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
}

func TestCancelledScan(t *testing.T) {
	s := open(t, t.TempDir())
	must[usage.AppendResult](t)(s.Append(t.Context(), some("m", 20000)))
	ctx, cancel := context.WithCancel(t.Context())
	err := s.ScanColumns(ctx, nil, func(*usage.ColumnChunk) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ScanColumns: %v, want context.Canceled", err)
	}
	if res := must[usage.AppendResult](t)(s.Append(t.Context(), some("n", 10))); res.Stored != 10 {
		t.Errorf("Append after a cancelled scan: %+v", res)
	}
}
