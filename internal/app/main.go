// Package app wires Kept together: the subcommands, the server's life from
// first start to graceful stop, the sample company, backups. It is the only
// package that knows every other.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/alecthomas/kong"

	"kept/internal/clock"
	"kept/internal/config"
	"kept/internal/fault"
)

// Stdio are the streams of the process. Reports and data go to Out, everything
// else (progress, log, questions, errors) to Err.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
}

// Exit codes of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

type commands struct {
	config.Log

	Serve    serveCmd    `cmd:"" help:"Serve the web app and the API."`
	Demo     demoCmd     `cmd:"" help:"Create a sample company and serve it."`
	Import   importCmd   `cmd:"" help:"Import files by a mapping."`
	Singer   singerCmd   `cmd:"" name:"singer-target" help:"Take what a Singer tap writes."`
	Simulate simulateCmd `cmd:"" help:"Write a made-up company, with the truth about it beside it."`
	Plan     planCmd     `cmd:"" help:"Show what a model would change."`
	Apply    applyCmd    `cmd:"" help:"Make a new version of the model."`
	Export   exportCmd   `cmd:"" help:"Write the model as YAML, or the data as files."`
	Metrics  metricsCmd  `cmd:"" help:"Print metric values of every account."`
	Scores   scoresCmd   `cmd:"" help:"Print scores of every account."`
	Validate validateCmd `cmd:"" help:"Say whether the scores predict who leaves."`
	Churn    churnCmd    `cmd:"" help:"Say how probable it is that each account leaves, and by each renewal."`
	Survival survivalCmd `cmd:"" help:"Say how long customers stay, by segment, cohort or product line."`
	Drivers  driversCmd  `cmd:"" help:"Say which metrics predict who leaves, or another outcome."`
	Learn    learnCmd    `cmd:"" help:"Say what the data say about the weights of a scorecard."`
	Measures measuresCmd `cmd:"" help:"Print retention of revenue and accounts between two days."`
	Bridge   bridgeCmd   `cmd:"" help:"Print how ARR moved from period to period."`
	Token    tokenCmd    `cmd:"" help:"Make, list and revoke API tokens."`
	Backup   backupCmd   `cmd:"" help:"Write a verified copy of the data."`
	Restore  restoreCmd  `cmd:"" help:"Put a backup into an empty data directory."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the record store to this program's schema."`
	OpenAPI  openapiCmd  `cmd:"" name:"openapi" help:"Print the OpenAPI document."`
	Doctor   doctorCmd   `cmd:"" help:"Check the installation and say what to do."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// env is what a command gets besides its flags.
type env struct {
	Stdio
	clock  clock.Clock
	log    *slog.Logger
	getenv func(string) string
}

// exitError stops the parser of the command line where it would end the process.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// Main runs one command and returns the exit code: 0 done, 1 failed, 2 usage.
func Main(ctx context.Context, args []string, stdio Stdio, getenv func(string) string) (code int) {
	var cmds commands
	defer func() {
		if v := recover(); v != nil {
			e, ok := v.(exitError)
			if !ok {
				panic(v) // not ours: keep the crash
			}
			code = int(e)
		}
	}()
	parser, err := kong.New(&cmds,
		kong.Name("kept"), kong.Description("Customer Success: what is known of every customer, how they are, and why."),
		kong.Writers(stdio.Out, stdio.Err), kong.Exit(func(c int) { panic(exitError(c)) }), // caught above
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.UsageOnError())
	if err != nil {
		tellLine(stdio.Err, "kept:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		tell(stdio.Err, "kept: %v\nRun \"kept --help\" for the commands.\n", err)
		return exitUsage
	}
	e := &env{Stdio: stdio, clock: clock.System(), log: newLogger(stdio.Err, cmds.Log), getenv: getenv}
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(e); err != nil {
		return e.fail(ctx, err)
	}
	return exitDone
}

// fail prints an error for a person. Wrong input of the command line itself is a
// matter of usage; all else failed.
func (e *env) fail(ctx context.Context, err error) int {
	if errors.Is(err, errReported) {
		return exitFailed
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		tellLine(e.Err, "kept: interrupted")
		return exitFailed
	}
	if list, ok := errors.AsType[fault.List](err); ok {
		for _, one := range list {
			tellLine(e.Err, "kept:", one)
		}
	} else {
		tellLine(e.Err, "kept:", err)
	}
	var one *fault.Error
	if errors.As(err, &one) && one.Kind == fault.Invalid && len(one.Field) > 2 && one.Field[:2] == "--" {
		return exitUsage
	}
	return exitFailed
}

// tell writes words for a person. A terminal that has gone cannot be told so.
func tell(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// tellLine writes a line for a person.
func tellLine(w io.Writer, args ...any) { _, _ = fmt.Fprintln(w, args...) }

// errReported stops a command that has said already what is wrong.
var errReported = errors.New("reported")

func newLogger(w io.Writer, cfg config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo // the parser of the command line allows no other
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
