package duckstore_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"kept/internal/duckstore"
	"kept/internal/usage"
)

// crashDir tells the test binary to be the process that is killed.
const crashDir = "KEPT_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		appendUntilKilled(dir)
		os.Exit(1)
	}
	// Half of rapid's 100 random histories: each opens a file. The flag still wins.
	if err := flag.Set("rapid.checks", "50"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if benchDir != "" {
		_ = os.RemoveAll(benchDir)
	}
	os.Exit(code)
}

// appendUntilKilled appends batches of 200 and says so after each.
func appendUntilKilled(dir string) {
	s, err := duckstore.Open(context.Background(), dir, duckstore.Options{})
	for i := 0; err == nil; i++ {
		_, err = s.Append(context.Background(), some(fmt.Sprintf("batch%05d", i), 200))
		if err == nil {
			_, err = fmt.Println("stored", i)
		}
	}
	fmt.Fprintln(os.Stderr, err)
}

// TestCrash kills a writing process without warning, several times on one
// file, and looks for what it had acknowledged.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	acknowledged := -1
	for round := range 3 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), crashDir+"="+dir)
		out := must[io.ReadCloser](t)(cmd.StdoutPipe())
		var stderr strings.Builder
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 5+17*round && lines.Scan(); n++ {
			var batch int
			if _, err := fmt.Sscanf(lines.Text(), "stored %d", &batch); err != nil {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
			acknowledged = max(acknowledged, batch)
		}
		time.Sleep(time.Duration(round) * 3 * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil || stderr.String() != "" {
			t.Fatalf("the writer ended by itself: %v\n%s", err, stderr.String())
		}
	}
	s := open(t, dir)
	n, _, _, err := s.Bounds(t.Context())
	if err != nil || n%200 != 0 || n < int64(acknowledged+1)*200 {
		t.Errorf("%d events after the kills, %v; want whole batches of 200, at least %d", n, err, acknowledged+1)
	}
	for i := range acknowledged + 1 {
		res := must[usage.AppendResult](t)(s.Append(t.Context(), some(fmt.Sprintf("batch%05d", i), 200)))
		if res.Stored != 0 {
			t.Errorf("batch %d was acknowledged and %d of its events are lost", i, res.Stored)
		}
	}
}
