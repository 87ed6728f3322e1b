package app

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/ingest"
)

const killMapping = `kept: 1
source: product
data_cutoff: 2026-12-31
files:
  - path: accounts.csv
    rows: [{target: account, id: id, name: name, since: since}]
  - path: events.csv
    rows: [{target: event, duplicates: keep, account: account, actor: who, name: what, at: at}]
`

// TestImportIsKilled kills an import again and again, at random points, starts
// it again each time, and wants every row once: those that are equal as often as
// they stand in the file.
func TestImportIsKilled(t *testing.T) {
	const rows = 500_000
	dir := t.TempDir()
	data, mapping := filepath.Join(dir, "data"), filepath.Join(dir, "m.yaml")
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mapping = write(filepath.Base(mapping), killMapping)
	accounts := write("accounts.csv", "id,name,since\n1,Acme,2025-01-01\n2,Beta,2025-01-01\n")
	events := filepath.Join(dir, "events.csv")
	f, err := os.Create(events)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "account,who,what,at")
	rejected := 0
	for i := range rows {
		account := 1 + i%2
		if i%10_000 == 77 {
			account, rejected = 3, rejected+1
		}
		fmt.Fprintf(w, "%d,u%d,login,2026-%02d-%02d\n", account, i%50, 1+i%3, 1+i%20)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 7))
	kills, resumed, patience := 0, 0, time.Duration(1)
	var out, said bytes.Buffer
	for attempt := 0; ; attempt++ {
		if attempt > 60 {
			t.Fatal("it does not come to an end")
		}
		out.Reset()
		said.Reset()
		cmd := exec.Command("kept", "import", "--data", data, "--json", "--mapping", mapping, accounts, events)
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var alarm *time.Timer
		// On a slow machine nothing is stored yet after so short a time: wait twice as
		// long each time until a run has gone on with what one before it stored.
		if resumed == 0 && attempt > 0 {
			patience *= 2
		}
		if resumed == 0 || kills < 6 {
			alarm = time.AfterFunc(patience*time.Duration(250+random.IntN(450))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		err := cmd.Wait()
		if strings.Contains(said.String(), "Going on with the import") {
			resumed++
		}
		if alarm != nil {
			alarm.Stop()
		}
		if err == nil {
			break
		}
		if cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("attempt %d: %v\n%s", attempt, err, said.String())
		}
		kills++
	}
	t.Logf("killed %d times, went on %d times", kills, resumed)
	if kills == 0 || resumed == 0 {
		t.Errorf("killed %d times, went on %d times: the test proves nothing", kills, resumed)
	}
	var rep ingest.Report
	if err := json.Unmarshal(out.Bytes(), &rep); err != nil {
		t.Fatal(err)
	}
	c := rep.Objects["events"]
	if c == nil || c.Read != rows || c.Rejected != int64(rejected) || c.Created+c.Unchanged != int64(rows-rejected) {
		t.Errorf("report: %+v", c)
	}
	rejects, err := os.ReadFile(rep.RejectsFile)
	if err != nil || strings.Count(string(rejects), "\n") != rejected+1 || rep.Rejects != int64(rejected) {
		t.Errorf("%d rejects in the report, %d lines in %s (%v), want %d", rep.Rejects, strings.Count(string(rejects), "\n"), rep.RejectsFile, err, rejected+1)
	}
	again := exec.Command("kept", "import", "--data", data, "--json", "--mapping", mapping, accounts, events)
	raw, err := again.Output()
	if err != nil {
		t.Fatal(err)
	}
	rep = ingest.Report{}
	if err := json.Unmarshal(raw, &rep); err != nil {
		t.Fatal(err)
	}
	if c := rep.Objects["events"]; c.Created != 0 || c.Unchanged != int64(rows-rejected) {
		t.Errorf("the same import again: %+v, so rows were lost or are new", c)
	}
	notes, err := filepath.Glob(filepath.Join(data, "imports", "interrupted-*"))
	if err != nil || len(notes) != 0 {
		t.Errorf("notes are left: %v %v", notes, err)
	}
}
