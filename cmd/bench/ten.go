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

	"kept/internal/duckstore"
	"kept/internal/id"
	"kept/internal/metric"
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

// busy writes processor time.
func busy(d time.Duration) string { return " (processor " + short(d) + ")" }

// measureTen measures the ten metrics of every account, as of one day and of 104
// weeks, and how long it takes to read what they need.
func measureTen(ctx context.Context, t *table, data metric.Data, o options) error {
	ten, err := tenModel()
	if err != nil {
		return err
	}
	rows, bytes, bound, err := tailBytes(data, 90)
	if err != nil {
		return err
	}
	rate, err := stream()
	if err != nil {
		return err
	}
	t.row("bound: read the times and actors of 90 days once, where they lie", fmt.Sprintf("%s (%s events, %s, %.1f GB/s)", short(bound), group(rows), megabytes(bytes), float64(bytes)/bound.Seconds()/1e9), "", "")
	t.row("bound: as many bytes of one large array", fmt.Sprintf("%s (%.1f GB/s)", short(time.Duration(float64(bytes)/rate*1e9)), rate/1e9), "", "")
	for _, part := range []struct {
		key, name string
		instants  []time.Time
		times     int
	}{{"day", "ten metrics, one day", []time.Time{end}, 5 * o.Times}, {"weeks", "ten metrics, 104 weeks", weekly(), o.Times}} {
		stop := func() {}
		if o.Profile != "" {
			if part.key != o.Part {
				continue
			}
			if stop, err = profile(o); err != nil {
				return err
			}
		}
		settle()
		cpu := cpuTime()
		took, err := median(part.times, func() error { return compute(ctx, ten.Metrics, data, part.instants) })
		stop()
		if err != nil {
			return err
		}
		over := ""
		if len(part.instants) == 1 {
			over = fmt.Sprintf("%.1f× the bound", float64(took)/float64(bound))
		}
		t.row(part.name, short(took)+busy((cpuTime()-cpu)/time.Duration(part.times)), over, "")
	}
	t.row("peak memory of that", megabytes(peakMemory()), "", "")
	return nil
}

// measureGrowth measures the ten metrics on a company of its own.
func measureGrowth(ctx context.Context, t *table, o options, events int64) error {
	dir := filepath.Join(o.Dir, fmt.Sprintf("growth-%d", events))
	company, records, store, err := stores(ctx, dir, int(events/2500), events)
	if err != nil {
		return err
	}
	defer records.Close() //nolint:errcheck // a throw-away copy
	defer store.Close()   //nolint:errcheck // a throw-away copy
	ten, err := tenModel()
	if err != nil {
		return err
	}
	_ = os.Remove(filepath.Join(dir, duckstore.KeptName))
	data := metric.Data{Accounts: accountFacts(company), Products: map[id.Product]string{}}
	settle()
	start := time.Now()
	if data.Columns, err = usage.LoadColumns(ctx, store); err != nil {
		return err
	}
	cold := time.Since(start)
	if _, err := data.Columns.Keep(ctx, store); err != nil {
		return err
	}
	peak := peakMemory()
	size := float64(data.Columns.Bytes()) / float64(data.Columns.Len())
	start = time.Now()
	if data.Columns, err = usage.LoadColumns(ctx, store); err != nil {
		return err
	}
	warm := time.Since(start)
	day, err := median(5*o.Times, func() error { return compute(ctx, ten.Metrics, data, []time.Time{end}) })
	if err != nil {
		return err
	}
	weeks, err := median(3, func() error { return compute(ctx, ten.Metrics, data, weekly()) })
	if err != nil {
		return err
	}
	t.row(group(events)+" events, "+group(events/2500)+" accounts", fmt.Sprintf("one day %s, 104 weeks %s", short(day), short(weeks)),
		fmt.Sprintf("load from events %s, from the copy %s", short(cold), short(warm)), fmt.Sprintf("%.1f bytes an event, peak %s", size, megabytes(peak)))
	return nil
}
