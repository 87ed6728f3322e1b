package duckstore_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"kept/internal/duckstore"
	"kept/internal/id"
	"kept/internal/usage"
)

// benchEvents is the number of events of the benchmarks: KEPT_BENCH_EVENTS, or
// few enough for a look.
func benchEvents(b *testing.B) int {
	b.Helper()
	n, err := strconv.Atoi(os.Getenv("KEPT_BENCH_EVENTS"))
	if err != nil {
		return 200_000
	}
	return n
}

// company draws events of a company: accounts of log-normal size, 10 actors
// each, 731 days, 6 names, random 128-bit message ids. As of each call they come in
// the order of time.
type company struct {
	rnd      *rand.Rand
	accounts []id.Account
	bounds   []float64 // cumulative weights
	n, of    int
}

func newCompany(events int) *company {
	c := &company{rnd: rand.New(rand.NewPCG(1, 2)), of: events}
	total := 0.0
	for i := range max(events/2500, 20) {
		c.accounts = append(c.accounts, id.Derive[id.Account]("bench", strconv.Itoa(i)))
		total += math.Exp(c.rnd.NormFloat64())
		c.bounds = append(c.bounds, total)
	}
	return c
}

func (c *company) next(n int) []usage.Event {
	out := make([]usage.Event, n)
	names := []string{"login", "report_viewed", "export", "invite_sent", "api_call", "nps_answer"}
	for i := range out {
		x := c.rnd.Float64() * c.bounds[len(c.bounds)-1]
		lo, hi := 0, len(c.bounds)-1
		for lo < hi {
			if mid := (lo + hi) / 2; c.bounds[mid] <= x {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		at := start.Add(time.Duration(float64(731*24*time.Hour) * float64(c.n) / float64(c.of)))
		out[i] = usage.Event{
			MessageID: fmt.Sprintf("%016x%016x", c.rnd.Uint64(), c.rnd.Uint64()),
			At:        at, KnownAt: at.Add(time.Duration(c.rnd.IntN(90)) * time.Second), Account: c.accounts[lo],
			Actor: fmt.Sprintf("app:%d-%d", lo, c.rnd.IntN(10)), Product: []string{"core", "core", "insights"}[c.rnd.IntN(3)],
			Name: names[c.rnd.IntN(len(names))], Value: float64(c.rnd.IntN(100)), HasValue: c.rnd.IntN(3) == 0, Source: "app",
		}
		c.n++
	}
	return out
}

func BenchmarkAppend(b *testing.B) {
	n := benchEvents(b)
	for _, size := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("batches of %d", size), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s, c := open(b, b.TempDir()), newCompany(n)
				b.StartTimer()
				for range n / size {
					b.StopTimer()
					batch := c.next(size)
					b.StartTimer()
					must[usage.AppendResult](b)(s.Append(b.Context(), batch))
				}
			}
			b.ReportMetric(float64(n/size*size*b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// benchDir has the store of the benchmarks, filled once; TestMain removes it.
var benchDir string

// filledStore opens the store with the benchmark's events.
func filledStore(b *testing.B) *duckstore.Store {
	b.Helper()
	n := benchEvents(b)
	if benchDir == "" {
		benchDir = must[string](b)(os.MkdirTemp("", "kept-bench-")) //nolint:usetesting // it outlives the benchmark
	}
	dir := benchDir
	s := open(b, dir)
	have, _, _, err := s.Bounds(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if have > 0 {
		return s
	}
	c := newCompany(n)
	for c.n < n {
		must[usage.AppendResult](b)(s.Append(b.Context(), c.next(min(100_000, n-c.n))))
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, duckstore.FileName))
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d events: %.1f bytes each on disk", n, float64(info.Size())/float64(n))
	return open(b, dir)
}

// BenchmarkDuplicates appends what is stored already: as it was, and with
// another time.
func BenchmarkDuplicates(b *testing.B) {
	n := benchEvents(b)
	for name, shift := range map[string]time.Duration{"same time": 0, "another time": -time.Hour * 24 * 400} {
		b.Run(name, func(b *testing.B) {
			s := filledStore(b)
			must[usage.AppendResult](b)(s.Append(b.Context(), newCompany(n).next(1))) // loads the ids
			c := newCompany(n)
			b.ResetTimer()
			total := 0
			for range b.N {
				b.StopTimer()
				if c.n+10_000 > n {
					c = newCompany(n)
				}
				batch := c.next(10_000)
				for i := range batch {
					batch[i].At = batch[i].At.Add(shift)
				}
				b.StartTimer()
				total += must[usage.AppendResult](b)(s.Append(b.Context(), batch)).Duplicates
			}
			if total != b.N*10_000 {
				b.Errorf("%d duplicates, want %d", total, b.N*10_000)
			}
			b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkLoadIDs measures the first Append after opening.
func BenchmarkLoadIDs(b *testing.B) {
	for range b.N {
		b.StopTimer()
		s := filledStore(b)
		batch := newCompany(benchEvents(b)).next(1)
		b.StartTimer()
		must[usage.AppendResult](b)(s.Append(b.Context(), batch))
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// benchMetrics are the 13 metrics of an account that engines are compared by.
func benchMetrics() []usage.Aggregate {
	var out []usage.Aggregate
	for _, days := range []int{7, 28, 90} {
		out = append(out, usage.Aggregate{Kind: usage.Count, Days: days}, usage.Aggregate{Kind: usage.DistinctActors, Days: days})
	}
	return append(
		out,
		usage.Aggregate{Kind: usage.Sum, Days: 28, Names: []string{"export"}},
		usage.Aggregate{Kind: usage.Mean, Days: 90, Names: []string{"nps_answer"}},
		usage.Aggregate{Kind: usage.ActiveDays, Days: 28},
		usage.Aggregate{Kind: usage.Count, Days: 28, Offset: 28},
		usage.Aggregate{Kind: usage.Count, Days: 28, Product: "insights"},
		usage.Aggregate{Kind: usage.Recency},
		usage.Aggregate{Kind: usage.Latest, Names: []string{"nps_answer"}},
	)
}

func BenchmarkAggregate(b *testing.B) {
	for _, instants := range []int{1, 104} {
		b.Run(fmt.Sprintf("13 metrics at %d instants", instants), func(b *testing.B) {
			s := filledStore(b)
			q := usage.AggregateQuery{Aggregates: benchMetrics()}
			for i := range instants {
				q.Instants = append(q.Instants, start.Add(time.Duration(731-7*(instants-1-i))*24*time.Hour))
			}
			cells := 0
			for b.Loop() {
				cells = len(must[[]usage.Cell](b)(s.Aggregate(b.Context(), q)))
			}
			b.ReportMetric(float64(cells), "cells")
		})
	}
}

func BenchmarkScan(b *testing.B) {
	n := float64(benchEvents(b))
	b.Run("columns", func(b *testing.B) {
		s := filledStore(b)
		for b.Loop() {
			total := 0
			err := s.ScanColumns(b.Context(), nil, func(c *usage.ColumnChunk) error { total += c.Len(); return nil })
			if err != nil || total == 0 {
				b.Fatal(total, err)
			}
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("rows", func(b *testing.B) {
		s := filledStore(b)
		for b.Loop() {
			if err := s.Scan(b.Context(), nil, func([]usage.Event) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
}

// ordered hides that a store can scan without order.
type ordered struct {
	usage.Store
	usage.ColumnScanner
}

// BenchmarkLoadColumns fills the projection, with the sort in Go and with the
// engine's. The peak of the heap is a sample; the engine's own memory is not in it.
func BenchmarkLoadColumns(b *testing.B) {
	for _, how := range []string{"unordered", "ordered"} {
		b.Run(how, func(b *testing.B) {
			s := filledStore(b)
			var from usage.Store = s
			if how == "ordered" {
				from = ordered{s, s}
			}
			var columns *usage.Columns
			runtime.GC()
			stop, peak := make(chan struct{}), make(chan uint64)
			go func() {
				most := uint64(0)
				for {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapInuse)
					select {
					case <-stop:
						peak <- most
						return
					case <-time.After(20 * time.Millisecond):
					}
				}
			}()
			before := cpu(b)
			for b.Loop() {
				columns = must[*usage.Columns](b)(usage.LoadColumns(b.Context(), from))
			}
			b.ReportMetric((cpu(b)-before).Seconds()/float64(b.N), "cpu-s/op")
			close(stop)
			b.ReportMetric(float64(<-peak)/(1<<20), "peak-heap-MB")
			b.ReportMetric(float64(columns.Bytes())/(1<<20), "columns-MB")
			b.ReportMetric(float64(columns.Len()*b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// cpu is the processor time that the process has taken.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkList(b *testing.B) {
	s := filledStore(b)
	account := newCompany(benchEvents(b)).accounts[3]
	for _, q := range []usage.ListQuery{{}, {Account: account}, {Account: account, Name: "export", From: start.Add(600 * 24 * time.Hour)}} {
		b.Run(fmt.Sprintf("account %t, name %t", q.Account != "", q.Name != ""), func(b *testing.B) {
			for b.Loop() {
				must[usage.ListPage](b)(s.List(b.Context(), q))
			}
		})
	}
}
