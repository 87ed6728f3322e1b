// Command bench measures Kept against plain SQL on the same events and prints
// the table of docs/benchmarks.md. Every ratio comes from one run on one machine;
// see scripts/bench for how it is started.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"kept/internal/clock"
	"kept/internal/duckstore"
	"kept/internal/model"
	"kept/internal/simulate"
	"kept/internal/sqlstore"
)

// options are the sizes of a run.
type options struct {
	Dir          string   `help:"Work directory; sets that an earlier run of the same sizes left there are used again." default:"tmp/bench"`
	Accounts     int      `help:"Accounts of the large set." default:"20000"`
	Events       int64    `help:"Events of the large set." default:"50000000"`
	SmallAccount int      `name:"small-accounts" help:"Accounts of the set that PostgreSQL gets too." default:"2000"`
	SmallEvents  int64    `name:"small-events" help:"Events of the set that PostgreSQL gets too." default:"5000000"`
	Postgres     string   `help:"URL of a PostgreSQL server; empty leaves the comparison out."`
	Binary       string   `help:"The kept binary, for the HTTP figures." default:"bin/kept"`
	HTTPAccounts int      `name:"http-accounts" help:"Accounts behind the HTTP figures; 0 leaves them out." default:"100000"`
	HTTPEvents   int64    `name:"http-events" help:"Events behind the HTTP figures." default:"5000000"`
	Growth       []int64  `help:"Numbers of events for the table of growth; 100000000 needs 12 GB of memory and as much disk." default:"1000000,10000000"`
	DuckWeeks    bool     `name:"duck-weeks" help:"Also the 104 weeks of the large set in DuckDB's SQL, which takes minutes."`
	Only         []string `help:"Only some tables: small, large, growth, http." enum:"small,large,growth,http" default:"small,large,growth,http"`
	Profile      string   `help:"Write a profile of the processor's time of one part of the large set to this file."`
	Part         string   `help:"Which part: day, weeks, scores or start." enum:"day,weeks,scores,start" default:"day"`
	Times        int      `help:"How often each short part is repeated." default:"9"`
	Model        string   `help:"Directory of the model." default:"examples/default/model"`
}

// end is the simulated company's last day; fixed, so that runs are comparable.
var end = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

func main() {
	var o options
	kong.Parse(&o, kong.Description("Measure Kept against plain SQL on the same events."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	t := &table{out: os.Stdout}
	compiled, err := loadModel(o.Model)
	if err != nil {
		return err
	}
	wanted := func(table string) bool { return slices.Contains(o.Only, table) }
	if wanted("small") {
		t.section(fmt.Sprintf("Small set: %s accounts, %s events", group(int64(o.SmallAccount)), group(o.SmallEvents)))
		if err := measureSet(ctx, t, compiled, o, set{filepath.Join(o.Dir, "small"), o.SmallAccount, o.SmallEvents, o.Postgres, true}); err != nil {
			return err
		}
	}
	if wanted("large") {
		t.section(fmt.Sprintf("Large set: %s accounts, %s events", group(int64(o.Accounts)), group(o.Events)))
		if err := measureSet(ctx, t, compiled, o, set{filepath.Join(o.Dir, "large"), o.Accounts, o.Events, "", o.DuckWeeks}); err != nil {
			return err
		}
	}
	if wanted("growth") {
		t.section("Growth: ten metrics, 2,500 events an account")
		for _, n := range o.Growth {
			if err := measureGrowth(ctx, t, o, n); err != nil {
				return err
			}
		}
	}
	if wanted("http") && o.HTTPAccounts > 0 {
		t.section(fmt.Sprintf("HTTP: %s accounts, %s events", group(int64(o.HTTPAccounts)), group(o.HTTPEvents)))
		return measureHTTP(ctx, t, o)
	}
	return nil
}

// set is a simulated company to measure on.
type set struct {
	dir       string
	accounts  int
	events    int64
	postgres  string
	duckWeeks bool
}

func loadModel(dir string) (*model.Compiled, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []model.File
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, model.File{Path: e.Name(), Data: data})
	}
	m, err := model.Parse(files)
	if err != nil {
		return nil, err
	}
	return m.Compile()
}

// stores opens the record and event stores in a fresh directory and loads a
// simulated company into them.
func stores(ctx context.Context, dir string, accounts int, events int64) (*simulate.Company, *sqlstore.Store, *duckstore.Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, nil, nil, err
	}
	company, err := simulate.New(simulate.Config{Seed: 1, Accounts: accounts, Months: 24, End: end, EventsTarget: events})
	if err != nil {
		return nil, nil, nil, err
	}
	records, err := sqlstore.Open(ctx, filepath.Join(dir, "kept.db"), clock.System())
	if err != nil {
		return nil, nil, nil, err
	}
	if _, err := records.Migrate(ctx); err != nil {
		return nil, nil, nil, err
	}
	store, err := duckstore.Open(ctx, dir, duckstore.Options{Clock: clock.System()})
	if err != nil {
		return nil, nil, nil, err
	}
	if n, _, _, err := store.Bounds(ctx); err != nil || n > 0 {
		return company, records, store, err // an earlier run has filled the directory
	}
	last := time.Now()
	err = company.Load(ctx, records, store, func(p simulate.Progress) {
		if time.Since(last) > 5*time.Second {
			last = time.Now()
			fmt.Fprintf(os.Stderr, "  loading: %d/%d accounts, %s events\n", p.Accounts, p.TotalAccounts, group(p.Events))
		}
	})
	return company, records, store, err
}
