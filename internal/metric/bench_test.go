package metric

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"kept/internal/id"
	"kept/internal/usage"
)

// The size of the benchmarks: KEPT_BENCH_EVENTS (default 1,000,000) events of
// KEPT_BENCH_ACCOUNTS (default 2,000) accounts over 731 days, log-normal
// activity, ten actors an account on average, values with some of the events.
func benchSize() (events, accounts int) {
	size := func(name string, usual int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return usual
	}
	return size("KEPT_BENCH_EVENTS", 1_000_000), size("KEPT_BENCH_ACCOUNTS", 2_000)
}

const benchDays = 731

var benchStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// synthetic is an event store that makes its events up, column by column.
type synthetic struct {
	usage.Store
	events, accounts int
	late             bool
}

func (s *synthetic) Touched(context.Context, int64) ([]id.Account, int64, error) { return nil, 1, nil }

func benchAccount(a int) id.Account { return id.Account(fmt.Sprintf("acc_%08d", a)) }

func (s *synthetic) ScanColumns(_ context.Context, _ []id.Account, fn func(*usage.ColumnChunk) error) error {
	rng := rand.New(rand.NewPCG(1, 2))
	weights, total := make([]float64, s.accounts), 0.0
	for a := range weights {
		weights[a] = math.Exp(1.2 * rng.NormFloat64())
		total += weights[a]
	}
	dict := &usage.Dictionary{Accounts: []id.Account{""}, Actors: []string{""}, Products: []string{"", "core", "insights", "connect"}}
	for n := range 8 {
		dict.Names = append(dict.Names, "event_"+strconv.Itoa(n))
	}
	for a := range weights {
		n := int(weights[a] / total * float64(s.events))
		first, people := uint32(len(dict.Actors)), uint32(1+n/250)
		dict.Accounts = append(dict.Accounts, benchAccount(a))
		for p := range people {
			dict.Actors = append(dict.Actors, fmt.Sprintf("u:%d:%d", a, p))
		}
		c := &usage.ColumnChunk{Dict: dict}
		at, gap := 0.0, float64(benchDays*secondsPerDay)/float64(n+1)
		for range n {
			at += gap * rng.ExpFloat64()
			if at >= benchDays*secondsPerDay {
				break
			}
			u := rng.Uint64()
			t := benchStart.Unix() + int64(at)
			value := math.NaN()
			name := uint32(u & 7)
			if name < 2 {
				value = float64(u >> 8 & 63)
			}
			known := t
			if s.late {
				known += int64(u >> 48 & 1023)
			}
			c.Account = append(c.Account, uint32(a+1))
			c.Time = append(c.Time, t)
			c.Known = append(c.Known, known)
			c.Name = append(c.Name, name)
			c.Product = append(c.Product, 1+uint32(u>>16)%3)
			c.Actor = append(c.Actor, first+uint32(u>>24)%people)
			c.Value = append(c.Value, value)
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

var (
	benchOnTime = sync.OnceValues(func() (Data, error) { return makeBenchData(false) })
	benchLate   = sync.OnceValues(func() (Data, error) { return makeBenchData(true) })
)

func makeBenchData(late bool) (Data, error) {
	events, accounts := benchSize()
	columns, err := usage.LoadColumns(context.Background(), &synthetic{events: events, accounts: accounts, late: late})
	data := Data{Columns: columns}
	for a := range accounts {
		data.Accounts = append(data.Accounts, AccountFacts{ID: benchAccount(a)})
	}
	return data, err
}

// benchMetrics are the thirteen of the measurements in the design: counts over
// three windows, sums, averages, actors over three windows, active days,
// recency, a trend, a ratio and a key event.
var benchMetrics = []Definition{
	{Name: "count_7d", Kind: Count, Window: "7d"},
	{Name: "count_28d", Kind: Count, Window: "28d"},
	{Name: "count_90d", Kind: Count, Window: "90d"},
	{Name: "sum_28d", Kind: Sum, Window: "28d"},
	{Name: "mean_90d", Kind: Mean, Window: "90d"},
	{Name: "actors_7d", Kind: DistinctActors, Window: "7d"},
	{Name: "actors_28d", Kind: DistinctActors, Window: "28d"},
	{Name: "actors_90d", Kind: DistinctActors, Window: "90d"},
	{Name: "days_28d", Kind: ActiveDays, Window: "28d"},
	{Name: "recency", Kind: Recency},
	{Name: "trend", Kind: Change, Of: "count_28d"},
	{Name: "per_actor", Kind: Formula, Expr: "count_28d / actors_28d"},
	{Name: "key_28d", Kind: Count, Events: []string{"event_3"}, Window: "28d"},
}

func benchmarkEvaluate(b *testing.B, instants int, late bool) {
	b.Helper()
	source := benchOnTime
	if late {
		source = benchLate
	}
	data, err := source()
	if err != nil {
		b.Fatal(err)
	}
	set, err := Compile(benchMetrics)
	if err != nil {
		b.Fatal(err)
	}
	q := Query{KnownOnly: late}
	for i := range instants {
		q.Instants = append(q.Instants, benchStart.AddDate(0, 0, benchDays-7*(instants-1-i)))
	}
	runtime.GC()
	before := usageOfProcess(b)
	b.ResetTimer()
	for b.Loop() {
		if _, err := set.Evaluate(b.Context(), data, q); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(data.Columns.Len()), "events")
	b.ReportMetric(float64(data.Columns.Bytes())/float64(data.Columns.Len()), "B/event")
	after := usageOfProcess(b)
	b.ReportMetric((time.Duration(after.Utime.Nano())-time.Duration(before.Utime.Nano())).Seconds()*1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(after.Maxrss)/1024, "peak-MB")
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/op")
}

// usageOfProcess tells processor time, which other processes do not lengthen as
// they do the clock's, and the peak of memory.
func usageOfProcess(b *testing.B) syscall.Rusage {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u
}

func BenchmarkEvaluate1(b *testing.B)   { benchmarkEvaluate(b, 1, false) }
func BenchmarkEvaluate104(b *testing.B) { benchmarkEvaluate(b, 104, false) }

// The same with events that become known up to 17 minutes late, as known at
// each instant.
func BenchmarkEvaluateLate1(b *testing.B)   { benchmarkEvaluate(b, 1, true) }
func BenchmarkEvaluateLate104(b *testing.B) { benchmarkEvaluate(b, 104, true) }
