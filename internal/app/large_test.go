package app

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestLargeImport imports a quarter of a million and then a million rows, and
// wants the memory of the second to be that of the first: with KEPT_LARGE=1.
func TestLargeImport(t *testing.T) {
	if os.Getenv("KEPT_LARGE") != "1" {
		t.Skip("this takes a minute: run it with KEPT_LARGE=1")
	}
	mapping := filepath.Join(writeFiles(t, map[string]string{"m.yaml": `kept: 1
source: product
data_cutoff: 2026-01-31
files:
  - {path: accounts.csv, rows: [{target: account, id: id, name: name, since: since}]}
  - path: usage.csv
    rows: [{target: event, id: event_id, account: account, actor: user, name: event, at: time, value: n}]
`}), "m.yaml")
	var peaks []int64
	for _, rows := range []int{250_000, 1_000_000} {
		dir := t.TempDir()
		usageFile(t, dir, rows)
		start := time.Now()
		out := must(t, map[string]string{"KEPT_DATA": t.TempDir()}, "import", "--mapping", mapping, dir)
		took := time.Since(start)
		if !strings.Contains(out, fmt.Sprintf("events             %10d %10d", rows, rows)) {
			t.Errorf("the import says:\n%s", out)
		}
		peaks = append(peaks, peakMemory(t))
		t.Logf("%d rows in %.1f s: %.0f rows/s; peak memory %d MiB", rows, took.Seconds(), float64(rows)/took.Seconds(), peaks[len(peaks)-1]>>20)
	}
	// Ids are remembered, to find repeated ones, here and in the event store, and
	// the engine fills its own cache; rows are not held: 750,000 of them, decoded,
	// would take 300 MiB and more.
	if more := peaks[1] - peaks[0]; more > 150<<20 {
		t.Errorf("750,000 more rows took %d MiB more", more>>20)
	}
}

func usageFile(t *testing.T, dir string, rows int) {
	t.Helper()
	const accounts = 2000
	write := func(name, head string, n int, line func(w *bufio.Writer, i int)) {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(f)
		_, _ = w.WriteString(head)
		for i := range n {
			line(w, i)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write("accounts.csv", "id,name,since\n", accounts, func(w *bufio.Writer, i int) { fmt.Fprintf(w, "a%d,Account %d,2024-01-01\n", i, i) })
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	write("usage.csv", "event_id,account,user,event,time,n\n", rows, func(w *bufio.Writer, i int) {
		at := start.Add(time.Duration(i) * 25 * time.Second)
		fmt.Fprintf(w, "e%d,a%d,u%d,feature_%d,%s,%d\n", i, i%accounts, i*7919%60000, i%37, at.Format(time.RFC3339), i%9+1)
	})
}

// peakMemory returns the largest resident size of the process so far, in bytes.
func peakMemory(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("the peak memory is read from /proc, which is not here")
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("/proc/self/status does not tell the peak memory")
	return 0
}
