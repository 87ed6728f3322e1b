package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"kept/internal/duckstore"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/model"
	"kept/internal/simulate"
	"kept/internal/usage"
)

// measureSet loads a company and measures on it, against DuckDB's SQL and, where
// there is a server, PostgreSQL's.
func measureSet(ctx context.Context, t *table, m *model.Compiled, o options, of set) error {
	start := time.Now()
	company, records, store, err := stores(ctx, of.dir, of.accounts, of.events)
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
	t.row("simulate, store records and events (or find them there)", short(loading), "", "")
	file, err := os.Stat(filepath.Join(of.dir, duckstore.FileName))
	if err != nil {
		return err
	}
	t.row("event file (DuckDB)", fmt.Sprintf("%s (%.1f bytes an event)", megabytes(file.Size()), float64(file.Size())/float64(n)), "", "")
	_ = os.Remove(filepath.Join(of.dir, duckstore.KeptName))
	data, err := load(ctx, t, company, store)
	if err != nil {
		return err
	}
	if err := measureTen(ctx, t, data, o); err != nil {
		return err
	}
	if err := measureModel(ctx, t, data, m, o); err != nil {
		return err
	}
	if o.Profile != "" && (o.Part == "day" || o.Part == "weeks") {
		return nil
	}
	if err := compareSQL(ctx, t, company, store, data, m, of); err != nil {
		return err
	}
	return measureEngine(ctx, t, records, store, o)
}

// load fills the projection from the events.
func load(ctx context.Context, t *table, company *simulate.Company, store *duckstore.Store) (metric.Data, error) {
	data := metric.Data{Accounts: accountFacts(company), Products: map[id.Product]string{}}
	for _, p := range company.Products() {
		data.Products[p.ID] = p.Key
	}
	settle()
	start, cpu := time.Now(), cpuTime()
	var err error
	if data.Columns, err = usage.LoadColumns(ctx, store); err != nil {
		return data, err
	}
	t.row("load the columnar projection from the events", short(time.Since(start))+busy(cpuTime()-cpu), "", "")
	t.row("projection in memory", fmt.Sprintf("%s (%.1f bytes an event)", megabytes(int64(data.Columns.Bytes())), float64(data.Columns.Bytes())/float64(data.Columns.Len())), "", "")
	t.row("peak memory while loading it", megabytes(peakMemory()), "", "")
	return data, nil
}

// measureModel measures all metrics of the default model.
func measureModel(ctx context.Context, t *table, data metric.Data, m *model.Compiled, o options) error {
	if o.Profile != "" {
		return nil
	}
	whole := fmt.Sprintf("all %d metrics of the default model", m.Metrics.Len())
	settle()
	for _, part := range []struct {
		name     string
		instants []time.Time
		times    int
	}{{"one day", []time.Time{end}, 5}, {"104 weeks", weekly(), 3}} {
		cpu := cpuTime()
		took, err := median(part.times, func() error { return compute(ctx, m.Metrics, data, part.instants) })
		if err != nil {
			return err
		}
		t.row(whole+", "+part.name, short(took)+busy((cpuTime()-cpu)/time.Duration(part.times)), "", "")
	}
	t.row("peak memory of both", megabytes(peakMemory()), "", "")
	return nil
}

// compareSQL compares with SQL: metrics that are one aggregate of events, because
// these plain SQL can express too. Every number must be equal.
func compareSQL(ctx context.Context, t *table, company *simulate.Company, store *duckstore.Store, data metric.Data, m *model.Compiled, of set) error {
	// SQL does not know since when an account exists.
	data.Accounts = slices.Clone(data.Accounts)
	for i := range data.Accounts {
		data.Accounts[i].Since = time.Time{}
	}
	var pg *pgEvents
	if of.postgres != "" {
		var err error
		if pg, err = loadPostgres(ctx, t, of.postgres, company); err != nil {
			return err
		}
		defer pg.Close(ctx) //nolint:errcheck // a throw-away database
	}
	ten, err := tenModel()
	if err != nil {
		return err
	}
	for _, work := range []struct {
		name string
		of   *model.Compiled
	}{{"of the ten", ten}, {"of the default model", m}} {
		defs, aggregates, err := eventMetrics(work.of)
		if err != nil {
			return err
		}
		c := comparison{label: fmt.Sprintf("%d event metrics %s", len(aggregates), work.name), set: defs, aggregates: aggregates}
		if err := c.run(ctx, t, store, data, pg, []time.Time{end}, "one day"); err != nil {
			return err
		}
		if of.duckWeeks {
			if err := c.run(ctx, t, store, data, pg, weekly(), "104 weeks"); err != nil {
				return err
			}
		}
	}
	return nil
}

// comparison is the same metrics for Kept and for SQL.
type comparison struct {
	label      string
	set        *metric.Set
	aggregates []usage.Aggregate
}

func (c *comparison) run(ctx context.Context, t *table, store *duckstore.Store, data metric.Data, pg *pgEvents, instants []time.Time, when string) error {
	times := 3
	if len(instants) > 1 {
		times = 1
	}
	kept, err := median(5, func() error { return compute(ctx, c.set, data, instants) })
	if err != nil {
		return err
	}
	values, err := c.set.Evaluate(ctx, data, metric.Query{Instants: instants})
	if err != nil {
		return err
	}
	var cells []usage.Cell
	duck, err := median(times, func() error {
		cells, err = store.Aggregate(ctx, usage.AggregateQuery{Instants: instants, Aggregates: c.aggregates})
		return err
	})
	if err != nil {
		return err
	}
	if err := same(values, c.set, cells); err != nil {
		return fmt.Errorf("DuckDB: %w", err)
	}
	t.row(c.label+", "+when, short(kept), "SQL on DuckDB: "+short(duck), ratio(duck, kept))
	if pg == nil {
		return nil
	}
	took, cells, err := pg.measure(ctx, c.aggregates, c.set, instants, times)
	if err != nil {
		return err
	}
	if err := same(values, c.set, cells); err != nil {
		return fmt.Errorf("PostgreSQL: %w", err)
	}
	t.row(c.label+", "+when, short(kept), "SQL on PostgreSQL: "+short(took), ratio(took, kept))
	return nil
}

func compute(ctx context.Context, set *metric.Set, data metric.Data, instants []time.Time) error {
	_, err := set.Evaluate(ctx, data, metric.Query{Instants: instants})
	return err
}

// weekly are the instants of two years of weeks.
func weekly() []time.Time {
	out := make([]time.Time, 104)
	for i := range out {
		out[i] = end.AddDate(0, 0, -7*(len(out)-1-i))
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
		for i := range values.Instants {
			for _, v := range values.Row(a, i) {
				if !math.IsNaN(v) {
					total++
				}
			}
		}
	}
	if seen != total {
		return fmt.Errorf("SQL has %d cells, Kept has %d", seen, total)
	}
	return nil
}
