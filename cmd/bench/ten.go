package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"

	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/usage"
)

// tenMetrics are the work that Kept sets itself: every event counts, so that
// nothing can be skipped but what lies outside the windows.
var tenMetrics = []metric.Definition{
	{Name: "count_7d", Kind: metric.Count, Window: "7d"},
	{Name: "count_28d", Kind: metric.Count, Window: "28d"},
	{Name: "count_90d", Kind: metric.Count, Window: "90d"},
	{Name: "actors_7d", Kind: metric.DistinctActors, Window: "7d"},
	{Name: "actors_28d", Kind: metric.DistinctActors, Window: "28d"},
	{Name: "actors_90d", Kind: metric.DistinctActors, Window: "90d"},
	{Name: "active_days_28d", Kind: metric.ActiveDays, Window: "28d"},
	{Name: "recency", Kind: metric.Recency},
	{Name: "trend", Kind: metric.Change, Of: "count_28d"},
	{Name: "seats", Kind: metric.Subscription, Field: metric.Seats},
	{Name: "seat_use", Kind: metric.Formula, Expr: "actors_28d / seats"},
}

// cpuTime is the processor time of the process, which other work on the machine
// does not lengthen as it does the clock's.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func settle() {
	runtime.GC()
	debug.FreeOSMemory()
	resetPeak()
}

func measureTen(ctx context.Context, t *table, o options, m *model.Compiled) error {
	company, records, store, err := stores(ctx, filepath.Join(o.Dir, "large"), o.Accounts, o.Events)
	if err != nil {
		return err
	}
	defer records.Close() //nolint:errcheck // a throw-away copy
	defer store.Close()   //nolint:errcheck // a throw-away copy
	if o.Only == "load" {
		return nil
	}
	set, err := metric.Compile(tenMetrics)
	if err != nil {
		return err
	}
	data := metric.Data{Accounts: accountFacts(company), Products: map[id.Product]string{}}
	for _, p := range company.Products() {
		data.Products[p.ID] = p.Key
	}
	settle()
	start, cpu := time.Now(), cpuTime()
	if data.Columns, err = usage.LoadColumns(ctx, store); err != nil {
		return err
	}
	t.row("load the projection from the event store", short(time.Since(start))+" (processor "+short(cpuTime()-cpu)+")", "", "")
	n := float64(data.Columns.Len())
	t.row("projection", megabytes(int64(data.Columns.Bytes())), "", short(time.Duration(float64(data.Columns.Bytes())/n*1000))+" m bytes an event")
	rows, bytes, took, err := tailBytes(data, 90)
	if err != nil {
		return err
	}
	rate, err := stream()
	if err != nil {
		return err
	}
	t.row("90 days of times and actors, read once", short(took), megabytes(bytes)+", "+group(rows)+" rows", fmt.Sprintf("%.1f GB/s", float64(bytes)/took.Seconds()/1e9))
	t.row("the same at the bandwidth of a large array", short(time.Duration(float64(bytes)/rate*1e9)), fmt.Sprintf("%.1f GB/s", rate/1e9), "")
	for _, job := range []struct {
		name     string
		set      *metric.Set
		instants []time.Time
	}{
		{"ten, one day", set, []time.Time{end}},
		{"ten, 104 weeks", set, weekly(104)},
		{"model, one day", m.Metrics, []time.Time{end}},
		{"model, 104 weeks", m.Metrics, weekly(104)},
	} {
		if o.Job != "" && o.Job != job.name {
			continue
		}
		settle()
		if o.Profile != "" {
			f, err := os.Create(o.Profile)
			if err == nil {
				err = pprof.StartCPUProfile(f)
			}
			if err != nil {
				return err
			}
			defer pprof.StopCPUProfile()
		}
		cpu := cpuTime()
		took, err := median(o.Times, func() error { return evaluate(ctx, job.set, data, job.instants) })
		if err != nil {
			return err
		}
		t.row(job.name, short(took)+" (processor "+short((cpuTime()-cpu)/time.Duration(o.Times))+")", megabytes(peakMemory()), "")
	}
	return nil
}
