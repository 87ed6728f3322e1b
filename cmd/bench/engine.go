package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"kept/internal/clock"
	"kept/internal/duckstore"
	"kept/internal/evaluate"
	"kept/internal/id"
	"kept/internal/sqlstore"
	"kept/internal/usage"
)

// measureEngine measures the evaluation as the server runs it: starts with and
// without the copy of the projection, history with scores, one account after one
// event, and a day's events.
func measureEngine(ctx context.Context, t *table, records *sqlstore.Store, store *duckstore.Store, o options) error {
	ten, err := tenModel()
	if err != nil {
		return err
	}
	start := func() (*evaluate.Engine, time.Duration, error) {
		settle()
		e := evaluate.New(evaluate.Options{Records: records, Events: store, Clock: clock.Fixed(end)})
		e.SetModel(1, ten)
		begin := time.Now()
		_, err := e.Refresh(ctx)
		return e, time.Since(begin), err
	}
	weeks := weekly()
	grid := func(e *evaluate.Engine) error { _, err := e.ScoreGrid(ctx, weeks); return err }
	timed := func(fn func() error) (time.Duration, error) {
		begin := time.Now()
		err := fn()
		return time.Since(begin), err
	}

	if o.Profile != "" && o.Part == "start" {
		stop, err := profile(o)
		if err != nil {
			return err
		}
		_, _, err = start()
		stop()
		return err
	}
	e, cold, err := start()
	if err != nil {
		return err
	}
	first, err := timed(func() error { return grid(e) })
	if err != nil {
		return err
	}
	t.row("start without a copy of the projection", short(cold), "", "")
	t.row("from there to the scores of 104 weeks", short(cold+first), "", "")
	took, err := timed(func() error { _, err := e.KeepProjection(ctx); return err })
	if err != nil {
		return err
	}
	t.row("write the copy", short(took), "", "")
	e, warm, err := start()
	if err != nil {
		return err
	}
	loaded, err := usageOnly(ctx, store)
	if err != nil {
		return err
	}
	first, err = timed(func() error { return grid(e) })
	if err != nil {
		return err
	}
	t.row("start with the copy", short(warm)+", of which the projection "+short(loaded), "", "")
	t.row("from there to the scores of 104 weeks", short(warm+first), "", "")
	settle()
	stop := func() {}
	if o.Profile != "" {
		if stop, err = profile(o); err != nil {
			return err
		}
	}
	cpu := cpuTime()
	hot, err := median(o.Times, func() error { return grid(e) })
	stop()
	if err != nil {
		return err
	}
	t.row("ten metrics and scores, 104 weeks, hot", short(hot)+busy((cpuTime()-cpu)/time.Duration(o.Times)), "", "")
	t.row("peak memory of that, record and all", megabytes(peakMemory()), "", "")
	return measureLive(ctx, t, e, store)
}

func usageOnly(ctx context.Context, store usage.Store) (time.Duration, error) {
	begin := time.Now()
	c, err := usage.LoadColumns(ctx, store)
	if err == nil && !c.Copied() {
		err = errors.New("the copy of the projection is not used")
	}
	return time.Since(begin), err
}

// measureLive measures what follows a change. The events it adds are taken away
// again only with the work directory.
func measureLive(ctx context.Context, t *table, e *evaluate.Engine, store *duckstore.Store) error {
	snap, err := e.At(ctx, time.Time{})
	if err != nil {
		return err
	}
	// After what an earlier run may have left: a day that follows all others.
	_, _, last, err := store.Bounds(ctx)
	if err != nil {
		return err
	}
	next := last.Truncate(time.Second).Add(time.Second)
	n := 0
	run := strconv.FormatInt(time.Now().UnixNano(), 10)
	event := func(account id.Account, at time.Time) usage.Event {
		n++
		return usage.Event{MessageID: fmt.Sprint("bench-", run, "-", n), At: at, KnownAt: at, Account: account, Name: "login", Product: "analytics", Actor: "app:bench"}
	}
	var appends, refreshes, evaluations []time.Duration
	for i := range 21 {
		account := snap.Rows[i*len(snap.Rows)/21].Account.ID
		begin := time.Now()
		if _, err := store.Append(ctx, []usage.Event{event(account, next.Add(time.Duration(n)*time.Second))}); err != nil {
			return err
		}
		appends = append(appends, time.Since(begin))
		begin = time.Now()
		if _, err := e.Refresh(ctx); err != nil {
			return err
		}
		refreshes = append(refreshes, time.Since(begin))
		begin = time.Now()
		if _, err := e.Health(ctx, account, time.Time{}); err != nil {
			return err
		}
		evaluations = append(evaluations, time.Since(begin))
	}
	t.row("store one event, on disk", short(middle(appends[1:])), "", "")
	t.row("take one event in, evaluate its account", short(middle(refreshes[1:])+middle(evaluations[1:])),
		"take in "+short(middle(refreshes[1:]))+", evaluate "+short(middle(evaluations[1:])), "")
	begin := time.Now()
	if _, err := e.At(ctx, time.Time{}); err != nil {
		return err
	}
	t.row("the list of all accounts after that", short(time.Since(begin)), "", "")

	var day []usage.Event
	for i := range 68_000 {
		day = append(day, event(snap.Rows[(i*7919)%len(snap.Rows)].Account.ID, next.Add(time.Minute+time.Duration(i)*time.Second)))
		if len(day) == 4000 {
			if _, err := store.Append(ctx, day); err != nil {
				return err
			}
			day = day[:0]
		}
	}
	begin = time.Now()
	if _, err := e.Refresh(ctx); err != nil {
		return err
	}
	took := time.Since(begin)
	begin = time.Now()
	if _, err := e.At(ctx, next.Add(24*time.Hour).Truncate(time.Second)); err != nil {
		return err
	}
	t.row("a day's 68,000 events: take in, evaluate all as of the next day", short(took+time.Since(begin)), "take in "+short(took)+", evaluate "+short(time.Since(begin)), "")
	return nil
}

func middle(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}
