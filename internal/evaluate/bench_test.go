package evaluate_test

import (
	"os"
	"strconv"
	"syscall"
	"testing"

	"kept/internal/evaluate"
)

// BenchmarkAt computes a snapshot with all its weekly columns, as after a change of the
// model, for KEPT_BENCH_ACCOUNTS accounts (default 500).
func BenchmarkAt(b *testing.B) {
	accounts := 500
	if n, err := strconv.Atoi(os.Getenv("KEPT_BENCH_ACCOUNTS")); err == nil {
		accounts = n
	}
	h := build(b, accounts)
	compiled := defaultModel(b)
	version := int64(1)
	before := processor(b)
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		version++
		h.engine.SetModel(version, compiled)
		s, err := h.engine.At(b.Context(), end)
		if err != nil {
			b.Fatal(err)
		}
		rows += len(s.Rows) * (evaluate.Weeks + 2)
	}
	b.ReportMetric((processor(b)-before)/float64(rows)*1e9, "cpu-ns/account-instant")
}

// processor returns the seconds of processor time that the process has taken.
func processor(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
