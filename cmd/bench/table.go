package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// table prints rows of Markdown as they are measured.
type table struct {
	out io.Writer
}

func (t *table) section(title string) {
	_, _ = fmt.Fprintf(t.out, "\n### %s\n\n| What | Kept | Compared with | Ratio |\n|---|---|---|---|\n", title)
}

func (t *table) row(what, kept, other, ratio string) {
	_, _ = fmt.Fprintf(t.out, "| %s | %s | %s | %s |\n", what, kept, other, ratio)
}

func ratio(other, kept time.Duration) string {
	return fmt.Sprintf("%.3g×", float64(other)/float64(kept))
}

// median runs fn n times and returns the middle duration.
func median(n int, fn func() error) (time.Duration, error) {
	times := make([]time.Duration, 0, n)
	for range n {
		start := time.Now()
		if err := fn(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return times[n/2], nil
}

func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}

func megabytes(n int64) string { return group(n/1_000_000) + " MB" }

func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// peakMemory is the high-water mark of this process's resident memory, in bytes;
// 0 where the system does not say.
func peakMemory() int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err == nil {
				return kb * 1024
			}
		}
	}
	return 0
}

// resetPeak sets the high-water mark back to what is resident now.
func resetPeak() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200)
}
