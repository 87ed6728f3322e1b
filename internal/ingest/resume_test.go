package ingest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kept/internal/fault"
	"kept/internal/ingest"
	"kept/internal/usage"
)

// broken is an event store whose disk is full after some batches.
type broken struct {
	usage.Store
	left int
}

var errFull = errors.New("no space left")

func (b *broken) Append(ctx context.Context, events []usage.Event) (usage.AppendResult, error) {
	if b.left--; b.left < 0 {
		return usage.AppendResult{}, errFull
	}
	return b.Store.Append(ctx, events)
}

const resumeMapping = head + accountsFile + subscriptionsFile + `  - path: tickets.csv
    rows:
      - {target: ticket, id: id, account: account, opened_at: at, satisfaction: score}
` + eventsFile + `  - path: named.csv
    rows:
      - {target: event, id: id, account: account, name: what, at: at}
`

func resumeFiles(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var accounts, subs, tickets, events, named strings.Builder
	accounts.WriteString("id,name,since,parent,seats\n")
	subs.WriteString("id,account,arr,mrr,start,ended\n")
	tickets.WriteString("id,account,at,score\n")
	events.WriteString("account,who,what,at,n\n")
	named.WriteString("id,account,what,at\n")
	for i := range 40 {
		seats := strconv.Itoa(i)
		if i%9 == 5 {
			seats = "many"
		}
		fmt.Fprintf(&accounts, "%d,Account %d,2025-01-01,,%s\n", i, i, seats)
		fmt.Fprintf(&subs, "s%d,%d,1200,100,2025-02-01,\n", i, i)
		for j := range 6 {
			fmt.Fprintf(&tickets, "t%d-%d,%d,2024-12-0%d,%d\n", i, j, i, j+1, j)
			// Equal rows count each, and rows of unknown accounts are rejected.
			fmt.Fprintf(&events, "%d,ann,login,2026-03-0%d,\n%d,ann,login,2026-03-0%d,\n", i, j+1, i+2, j+1)
			fmt.Fprintf(&named, "e%d,%d,seen,2026-04-01\n", (i*6+j)%200, i)
		}
	}
	var out []string
	for name, b := range map[string]*strings.Builder{"accounts.csv": &accounts, "subs.csv": &subs, "tickets.csv": &tickets, "events.csv": &events, "named.csv": &named} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		out = append(out, path)
	}
	return out
}

// TestResume breaks a run off after every possible number of event batches,
// again and again, and compares what is stored and what is reported with a run
// that was left alone.
func TestResume(t *testing.T) {
	m, err := ingest.Parse("m.yaml", []byte(resumeMapping))
	if err != nil {
		t.Fatal(err)
	}
	files := resumeFiles(t)
	size := func(path string) int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	whole := deps(t)
	whole.Size = size
	var wantRejects bytes.Buffer
	want, err := ingest.Run(t.Context(), whole, m, files, ingest.Options{BatchRows: 7, Rejects: &wantRejects})
	if err != nil {
		t.Fatal(err)
	}
	wantEvents := list(t, whole.Events)
	for _, batches := range []int{1, 2, 3, 5, 11, 50} {
		d := deps(t)
		d.Size = size
		store := d.Events
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		var saved *ingest.Checkpoint
		var rep ingest.Report
		attempts, replayed := 0, int64(0)
		for {
			attempts++
			if attempts > 200 {
				t.Fatal("it does not come further")
			}
			d.Events = &broken{store, batches}
			f, err := os.OpenFile(rejects, os.O_CREATE|os.O_RDWR, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			if saved != nil {
				if err := f.Truncate(saved.RejectsBytes); err != nil {
					t.Fatal(err)
				}
				if _, err := f.Seek(saved.RejectsBytes, 0); err != nil {
					t.Fatal(err)
				}
			}
			rep, err = ingest.Run(t.Context(), d, m, files, ingest.Options{
				BatchRows: 7, Rejects: f, Resume: saved,
				Save: func(c ingest.Checkpoint) error {
					raw, err := json.Marshal(c)
					if err != nil {
						return err
					}
					saved = new(ingest.Checkpoint)
					return json.Unmarshal(raw, saved)
				},
				Progress: func(p ingest.Progress) {
					if p.Replay {
						replayed++
					}
				},
			})
			if closed := f.Close(); closed != nil {
				t.Fatal(closed)
			}
			if err == nil {
				break
			}
			if !errors.Is(err, errFull) {
				t.Fatal(err)
			}
		}
		if attempts > 1 && replayed == 0 {
			t.Errorf("%d batches: no attempt went on from a checkpoint", batches)
		}
		ignore := cmpopts.IgnoreFields(ingest.Report{}, "StartedAt", "FinishedAt", "Objects")
		if diff := cmp.Diff(want, rep, ignore); diff != "" {
			t.Errorf("%d batches, %d attempts: report (-whole +resumed):\n%s", batches, attempts, diff)
		}
		// A batch that was stored and not noted is counted as unchanged; the sums hold.
		for kind, c := range want.Objects {
			got := rep.Objects[kind]
			if got == nil || got.Read != c.Read || got.Rejected != c.Rejected || got.Created+got.Updated+got.Unchanged != c.Created+c.Updated+c.Unchanged {
				t.Errorf("%d batches: %s %+v, want %+v", batches, kind, got, c)
			}
		}
		got, err := os.ReadFile(rejects)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wantRejects.String(), string(got)); diff != "" {
			t.Errorf("%d batches: rejects (-whole +resumed):\n%s", batches, diff)
		}
		if diff := cmp.Diff(wantEvents, list(t, store)); diff != "" {
			t.Errorf("%d batches: events (-whole +resumed):\n%s", batches, diff)
		}
	}
}

func list(t *testing.T, s usage.Store) (out []string) {
	t.Helper()
	cursor := ""
	for {
		page, err := s.List(t.Context(), usage.ListQuery{Cursor: cursor, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			out = append(out, fmt.Sprintf("%s %s %s %s", e.MessageID, e.Account, e.Name, e.At))
		}
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}

func TestResumeOfOtherFiles(t *testing.T) {
	m, err := ingest.Parse("m.yaml", []byte(resumeMapping))
	if err != nil {
		t.Fatal(err)
	}
	files := resumeFiles(t)
	var saved *ingest.Checkpoint
	d := deps(t)
	if _, err := ingest.Run(t.Context(), d, m, files, ingest.Options{Save: func(c ingest.Checkpoint) error { saved = &c; return nil }}); err != nil {
		t.Fatal(err)
	}
	changed, err := ingest.Parse("m.yaml", []byte(resumeMapping+"# a word more\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = ingest.Run(t.Context(), d, changed, files, ingest.Options{Resume: saved})
	if fault.KindOf(err) != fault.Conflict || !errors.Is(err, ingest.ErrChanged) {
		t.Errorf("another mapping: %v", err)
	}
	for _, path := range files {
		if filepath.Base(path) == "events.csv" {
			if err := os.WriteFile(path, []byte("account,who,what,at,n\n1,ann,login,2026-03-01,\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err = ingest.Run(t.Context(), d, m, files, ingest.Options{Resume: saved})
	if fault.KindOf(err) != fault.Conflict || !errors.Is(err, ingest.ErrChanged) {
		t.Errorf("another file: %v", err)
	}
}
