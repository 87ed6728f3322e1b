package app

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"kept/internal/config"
	"kept/internal/connector/singer"
	"kept/internal/fault"
)

type singerCmd struct {
	config.Stores
	Mapping string `required:"" placeholder:"FILE" help:"Mapping: what the records of each stream mean; a stream is read as STREAM.jsonl."`
	Rejects string `placeholder:"FILE" help:"Where rejected lines go (default: imports/rejects-DATE.csv in the data directory)."`
	Report  string `placeholder:"FILE" help:"Where the report goes as JSON."`
}

// Run takes a tap's messages on standard input, and writes on standard output
// each state when all before it is stored.
func (c *singerCmd) Run(ctx context.Context, e *env) error {
	_, m, err := (&importCmd{Mapping: c.Mapping}).readMapping()
	if err != nil {
		return err
	}
	return e.with(ctx, &c.Stores, func(in *instance) (err error) {
		name := c.Rejects
		if name == "" {
			dir := filepath.Join(in.dir, "imports")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return fault.Wrap(err, "make the folder of imports")
			}
			name = filepath.Join(dir, "rejects-"+e.clock.Now().Format("20060102-150405")+".csv")
		}
		rejects, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // the operator names the file
		if err != nil {
			return fault.At("--rejects", "%s cannot be written: %v", name, err)
		}
		defer func() { err = errors.Join(err, fault.Wrap(rejects.Close(), "close the rejects file")) }()
		b := e.bar("Singer "+m.Source, "records")
		report, err := singer.Run(ctx, singer.Options{
			Deps: in.ingestDeps(e), Mapping: m, In: e.In, Out: e.Out, Rejects: rejects,
			Progress: func(records int64) { b.set(records, 0) },
		})
		if err != nil {
			return err
		}
		b.done(report.Records)
		report.RejectsFile = name
		if c.Report != "" {
			if err := writeReport(c.Report, report); err != nil {
				return err
			}
		}
		quiet := *e
		quiet.Out = e.Err // standard output belongs to the states
		return (&importCmd{}).print(&quiet, &report.Report)
	})
}

func writeReport(path string, report singer.Report) error {
	raw, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fault.Wrap(err, "write the report")
	}
	if err := os.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		return fault.At("--report", "%s cannot be written: %v", path, err)
	}
	return nil
}
