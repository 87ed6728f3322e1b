package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"kept/internal/duckstore"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/simulate"
	"kept/internal/usage"
)

// measureSet loads a company and measures the evaluation of the model's metrics,
// against DuckDB's SQL and, where there is a server, PostgreSQL's.
func measureSet(ctx context.Context, t *table, m *model.Compiled, dir string, accounts int, events int64, postgres string) error {
	start := time.Now()
	company, records, store, err := stores(ctx, dir, accounts, events)
	if err != nil {
		return err
	}
	defer records.Close() //nolint:errcheck // a throw-away copy
	defer store.Close()   //nolint:errcheck // a throw-away copy
	loading := time.Since(start)
	n, _, _, err := store.Bounds(ctx)
	if err != nil {
		return err
	}
	t.row("events stored", group(n), "", "")
	t.row("simulate, store records and events", fmt.Sprintf("%s (%s events/s)", short(loading), group(int64(float64(n)/loading.Seconds()))), "", "")
	file, err := os.Stat(filepath.Join(dir, "events.duckdb"))
	if err != nil {
		return err
	}
	t.row("event file (DuckDB)", fmt.Sprintf("%s (%.1f bytes an event)", megabytes(file.Size()), float64(file.Size())/float64(n)), "", "")

	facts := accountFacts(company)
	products := map[id.Product]string{}
	for _, p := range company.Products() {
		products[p.ID] = p.Key
	}
	runtime.GC()
	debug.FreeOSMemory()
	resetPeak()
	start = time.Now()
	columns, err := usage.LoadColumns(ctx, store)
	if err != nil {
		return err
	}
	t.row("load the columnar projection", short(time.Since(start)), "", "")
	t.row("projection in memory", fmt.Sprintf("%s (%.1f bytes an event)", megabytes(int64(columns.Bytes())), float64(columns.Bytes())/float64(n)), "", "")
	t.row("peak memory while loading it", megabytes(peakMemory()), "", "")

	data := metric.Data{Columns: columns, Accounts: facts, Products: products}
	whole := fmt.Sprintf("all %d metrics of the model", m.Metrics.Len())
	runtime.GC()
	debug.FreeOSMemory()
	resetPeak()
	today, err := median(5, func() error { return compute(ctx, m.Metrics, data, []time.Time{end}) })
	if err != nil {
		return err
	}
	t.row(whole+", one day", short(today), "", "")
	weeks := weekly()
	history, err := median(3, func() error { return compute(ctx, m.Metrics, data, weeks) })
	if err != nil {
		return err
	}
	t.row(whole+", 104 weeks", short(history), "", "")
	t.row("peak memory of both", megabytes(peakMemory()), "", "")
	return compare(ctx, t, company, store, data, m, weeks, postgres)
}

// compare measures only the metrics that are one aggregate of events, because
// these plain SQL can express too, and checks that the numbers are equal.
func compare(ctx context.Context, t *table, company *simulate.Company, store *duckstore.Store, data metric.Data, m *model.Compiled, weeks []time.Time, postgres string) error {
	set, aggregates, err := eventMetrics(m)
	if err != nil {
		return err
	}
	today := []time.Time{end}
	one, err := median(5, func() error { return compute(ctx, set, data, today) })
	if err != nil {
		return err
	}
	many, err := median(3, func() error { return compute(ctx, set, data, weeks) })
	if err != nil {
		return err
	}
	values, err := set.Evaluate(ctx, data, metric.Query{Instants: today})
	if err != nil {
		return err
	}
	var cells []usage.Cell
	duck, err := median(3, func() error {
		cells, err = store.Aggregate(ctx, usage.AggregateQuery{Instants: today, Aggregates: aggregates})
		return err
	})
	if err != nil {
		return err
	}
	if err := same(values, set, cells); err != nil {
		return fmt.Errorf("DuckDB: %w", err)
	}
	label := fmt.Sprintf("%d event metrics", len(aggregates))
	t.row(label+", one day, against SQL on DuckDB", short(one), short(duck), ratio(duck, one))
	if postgres == "" {
		t.row(label+", 104 weeks", short(many), "", "")
		return nil
	}
	start := time.Now()
	if _, err := store.Aggregate(ctx, usage.AggregateQuery{Instants: weeks, Aggregates: aggregates}); err != nil {
		return err
	}
	duckWeeks := time.Since(start)
	t.row(label+", 104 weeks, against SQL on DuckDB", short(many), short(duckWeeks), ratio(duckWeeks, many))
	pg, err := loadPostgres(ctx, t, postgres, company)
	if err != nil {
		return err
	}
	defer pg.Close(ctx) //nolint:errcheck // a throw-away database
	pgOne, cells, err := pg.measure(ctx, aggregates, set, today, 3)
	if err != nil {
		return err
	}
	if err := same(values, set, cells); err != nil {
		return fmt.Errorf("PostgreSQL: %w", err)
	}
	t.row(label+", one day, against SQL on PostgreSQL", short(one), short(pgOne), ratio(pgOne, one))
	pgMany, _, err := pg.measure(ctx, aggregates, set, weeks, 1)
	if err != nil {
		return err
	}
	t.row(label+", 104 weeks, against SQL on PostgreSQL", short(many), short(pgMany), ratio(pgMany, many))
	return nil
}

func compute(ctx context.Context, set *metric.Set, data metric.Data, instants []time.Time) error {
	_, err := set.Evaluate(ctx, data, metric.Query{Instants: instants})
	return err
}

// benchWeeks is how many weeks of history are evaluated.
const benchWeeks = 104

func weekly() []time.Time {
	out := make([]time.Time, benchWeeks)
	for i := range out {
		out[i] = end.AddDate(0, 0, -7*(benchWeeks-1-i))
	}
	return out
}

func accountFacts(c *simulate.Company) []metric.AccountFacts {
	all := c.Accounts()
	out := make([]metric.AccountFacts, len(all))
	for i := range all {
		a := &all[i]
		out[i] = metric.AccountFacts{
			ID: a.ID, Since: a.Since, ChurnedAt: a.ChurnedAt,
			Subscriptions: a.Subscriptions, Terms: metric.PrepareTerms(a.Subscriptions), Facts: a.Facts, Relationships: a.Relationships,
		}
	}
	return out
}

// eventMetrics returns the account metrics that are one aggregate of events, and
// the same as aggregates, in one order.
func eventMetrics(m *model.Compiled) (*metric.Set, []usage.Aggregate, error) {
	var defs []metric.Definition
	var aggregates []usage.Aggregate
	kinds := []metric.Kind{metric.Count, metric.Sum, metric.Mean, metric.DistinctActors, metric.ActiveDays, metric.Recency, metric.Latest}
	for _, d := range m.Model.Metrics {
		if !slices.Contains(kinds, d.Kind) || d.Per == metric.PerRelationship {
			continue
		}
		days, offset := 0, 0 // the model was checked: a window that is there can be read
		if d.Window != "" {
			days, _ = metric.ParseDays(d.Window, 1)
		}
		if d.Offset != "" {
			offset, _ = metric.ParseDays(d.Offset, 0)
		}
		d.Empty = metric.Missing // an absent cell of the SQL
		defs = append(defs, d)
		aggregates = append(aggregates, usage.Aggregate{Kind: usage.Kind(d.Kind), Names: d.Events, Days: days, Offset: offset, Product: d.Product})
	}
	set, err := metric.Compile(defs)
	return set, aggregates, err
}

// same compares every cell of an engine with Kept's values.
func same(values *metric.Values, set *metric.Set, cells []usage.Cell) error {
	names := set.Names()
	at := map[id.Account]int{}
	for i, a := range values.Accounts {
		at[a] = i
	}
	seen := 0
	for _, c := range cells {
		got, ok := values.Account(names[c.Aggregate], at[c.Account], c.Instant)
		if !ok || math.Abs(got-c.Value) > 1e-9*max(1, math.Abs(c.Value)) {
			return fmt.Errorf("%s of %s: Kept has %v (%t), SQL has %v", names[c.Aggregate], c.Account, got, ok, c.Value)
		}
		seen++
	}
	total := 0
	for a := range values.Accounts {
		for _, v := range values.Row(a, 0) {
			if !math.IsNaN(v) {
				total++
			}
		}
	}
	if seen != total {
		return fmt.Errorf("SQL has %d cells, Kept has %d", seen, total)
	}
	return nil
}
