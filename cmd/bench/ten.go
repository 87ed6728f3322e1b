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

// cpuTime is the processor time of the process, which other work on the machine
// does not lengthen as it does the clock's.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// profile starts a profile, if one is wanted; the function it returns ends it.
func profile(o options) (stop func(), err error) {
	if o.Profile == "" {
		return func() {}, nil
	}
	f, err := os.Create(o.Profile)
	if err != nil {
		return nil, err
	}
	return pprof.StopCPUProfile, pprof.StartCPUProfile(f)
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
	if o.Only == "engine" {
		return measureEngine(ctx, t, records, store, o)
	}
	set, err := tenSet()
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
		{"ten, 104 weeks", set, weekly()},
		{"model, one day", m.Metrics, []time.Time{end}},
		{"model, 104 weeks", m.Metrics, weekly()},
	} {
		if o.Job != "" && o.Job != job.name {
			continue
		}
		settle()
		stop, err := profile(o)
		if err != nil {
			return err
		}
		cpu := cpuTime()
		took, err := median(o.Times, func() error { return compute(ctx, job.set, data, job.instants) })
		stop()
		if err != nil {
			return err
		}
		t.row(job.name, short(took)+" (processor "+short((cpuTime()-cpu)/time.Duration(o.Times))+")", megabytes(peakMemory()), "")
	}
	return nil
}
