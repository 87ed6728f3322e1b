package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"kept/internal/config"
	"kept/internal/fault"
	"kept/internal/simulate"
)

type simulateCmd struct {
	config.Stores
	Accounts int     `default:"400" help:"Accounts, churned ones included."`
	Months   int     `default:"24" help:"Months of history."`
	Seed     uint64  `default:"1" help:"Seed: the same one makes the same company."`
	Churn    float64 `default:"0.12" help:"Expected churned accounts per account-year."`
	Events   int64   `help:"Expected number of events; natural when absent."`
	End      string  `placeholder:"DATE" help:"The company's today (default: today)."`
	Out      string  `placeholder:"DIR" help:"Write files to this folder, the truth beside them."`
	Gzip     bool    `help:"Compress the events."`
	Load     bool    `help:"Load the company into the data directory."`
	Password string  `env:"KEPT_DEMO_PASSWORD" placeholder:"SECRET" help:"With --load: password of demo@kept.example; drawn and printed when absent."`
	JSON     bool    `name:"json" help:"Print one report as JSON."`
}

// Run makes the company up and writes or loads it.
func (c *simulateCmd) Run(ctx context.Context, e *env) error {
	if (c.Out == "") == !c.Load {
		return fault.At("--out", "say where the company goes: --out DIR for files, or --load for the data directory, and one of them")
	}
	end := e.clock.Now().UTC().Truncate(24 * time.Hour)
	if c.End != "" {
		var err error
		if end, err = time.Parse(time.DateOnly, c.End); err != nil {
			return fault.At("--end", "%q is not a date: use 2026-01-31", c.End)
		}
	}
	start := e.clock.Now()
	company, err := simulate.New(simulate.Config{Seed: c.Seed, Accounts: c.Accounts, Months: c.Months, End: end, AnnualChurn: c.Churn, EventsTarget: c.Events})
	if err != nil {
		return flagged(err)
	}
	if c.Load {
		err = e.with(ctx, &c.Stores, func(in *instance) error {
			n, err := in.records.CountAccounts(ctx)
			if err != nil {
				return err
			}
			if n > 0 {
				return fault.At("--data", "%s holds %d accounts already: choose another directory", in.dir, n)
			}
			if err := e.loadCompany(ctx, in, company); err != nil {
				return err
			}
			password, err := e.demoUser(ctx, in, c.Password)
			if err != nil {
				return err
			}
			tell(e.Err, "Sign in as %s with the password %s\n", demoEmail, password)
			return nil
		})
	} else {
		err = c.write(e, company)
	}
	if err != nil {
		return err
	}
	took := e.clock.Now().Sub(start)
	if c.JSON {
		return printJSON(e, map[string]any{"accounts": len(company.Accounts()), "seed": c.Seed, "start": company.Start(), "end": end, "seconds": took.Seconds()})
	}
	tell(e.Err, "Made up %d accounts from %s to %s in %.1f s.\n", len(company.Accounts()), company.Start().Format(time.DateOnly), end.Format(time.DateOnly), took.Seconds())
	return nil
}

func (c *simulateCmd) write(e *env, company *simulate.Company) error {
	if err := os.MkdirAll(c.Out, 0o750); err != nil {
		return fault.At("--out", "%s cannot be created: %v", c.Out, err)
	}
	entries, err := os.ReadDir(c.Out)
	if err != nil {
		return fault.At("--out", "%s cannot be read: %v", c.Out, err)
	}
	if len(entries) > 0 {
		return fault.At("--out", "%s is not empty: choose another folder", c.Out)
	}
	b := e.bar("Files", "accounts")
	n := int64(0)
	err = company.WriteFiles(func(name string) (io.WriteCloser, error) {
		f, err := os.OpenFile(filepath.Join(c.Out, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640) //nolint:gosec // the operator names the folder
		return f, fault.Wrap(err, "write the files")
	}, simulate.FileOptions{Gzip: c.Gzip, Progress: func(done, total int) {
		n = int64(done)
		b.set(n, int64(total))
	}})
	if err != nil {
		return errors.Join(err, os.RemoveAll(filepath.Join(c.Out, "events.csv")))
	}
	b.done(n)
	return nil
}
