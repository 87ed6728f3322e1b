package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"kept/internal/config"
	"kept/internal/duckstore"
	"kept/internal/fault"
)

type doctorCmd struct {
	config.Stores
	config.Server
	JSON bool `name:"json" help:"Print one report as JSON."`
}

// finding is one check of doctor and what to do about it.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"`
}

// minFree is the room below which a store may fail to grow.
const minFree = 1 << 30

// Run checks and reports; it fails when something needs doing.
func (c *doctorCmd) Run(ctx context.Context, e *env) error {
	if err := c.Stores.Resolve(e.getenv); err != nil {
		return err
	}
	if err := c.Server.Resolve(); err != nil {
		return err
	}
	settings := config.Dump(c.Stores, c.Server, config.Log{})
	found := []finding{
		{Check: "version", OK: true, Says: "kept " + config.Version + ", " + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH},
		checkClock(e),
		checkDirectory(c.Data),
		checkDisk(c.Data),
	}
	if _, err := os.Stat(filepath.Join(c.Data, recordsFile)); err == nil || c.DatabaseURL != "" {
		found = append(found, c.checkStores(ctx, e)...)
	} else {
		found = append(found, finding{Check: "stores", OK: true, Says: "there are none yet: kept serve creates them"})
	}
	bad := 0
	for _, f := range found {
		if !f.OK {
			bad++
		}
	}
	if c.JSON {
		plain := map[string]string{}
		for _, s := range settings {
			plain[s.Name] = s.Value
		}
		if err := printJSON(e, map[string]any{"settings": plain, "checks": found}); err != nil {
			return err
		}
	} else {
		c.print(e, settings, found)
	}
	if bad > 0 {
		return errReported
	}
	return nil
}

func (c *doctorCmd) print(e *env, settings []config.Setting, found []finding) {
	for _, s := range settings {
		if s.Value != "" {
			tell(e.Out, "%-26s %s\n", s.Name, s.Value)
		}
	}
	tellLine(e.Out)
	for _, f := range found {
		mark := "ok  "
		if !f.OK {
			mark = "FAIL"
		}
		tell(e.Out, "%s  %-12s %s\n", mark, f.Check, f.Says)
		if f.Do != "" {
			tell(e.Out, "      %-12s %s\n", "", f.Do)
		}
	}
}

func checkClock(e *env) finding {
	now := e.clock.Now()
	if now.Year() < 2026 {
		return finding{Check: "clock", Says: "the machine says it is " + now.Format(time.RFC3339), Do: "set the clock: every number is as of an instant"}
	}
	return finding{Check: "clock", OK: true, Says: now.Format(time.RFC3339)}
}

func checkDirectory(dir string) finding {
	f := finding{Check: "directory", Says: dir}
	info, err := os.Stat(dir)
	switch {
	case os.IsNotExist(err):
		return finding{Check: "directory", OK: true, Says: dir + " does not exist yet: kept serve creates it"}
	case err != nil:
		f.Do = "make it readable: " + err.Error()
	case !info.IsDir():
		f.Do = "it is not a directory: choose another with --data"
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		f.Do = "others can read it: chmod 700 " + dir
	default:
		probe, err := os.CreateTemp(dir, ".doctor-*")
		if err != nil {
			f.Do = "it cannot be written: " + err.Error()
			return f
		}
		name := probe.Name()
		if err := probe.Close(); err != nil {
			f.Do = "it cannot be written: " + err.Error()
			return f
		}
		if err := os.Remove(name); err != nil {
			f.Do = "it cannot be written: " + err.Error()
			return f
		}
		f.OK = true
	}
	return f
}

func checkDisk(dir string) finding {
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
	}
	free, known := freeBytes(dir)
	f := finding{Check: "disk", OK: true, Says: "free space is not known on this system"}
	if known {
		f.Says = fmt.Sprintf("%.1f GiB free", float64(free)/(1<<30))
		if f.OK = free >= minFree; !f.OK {
			f.Do = "make room: with less than 1 GiB the stores may fail to grow"
		}
	}
	return f
}

// checkStores opens them as the server would.
func (c *doctorCmd) checkStores(ctx context.Context, e *env) []finding {
	var out []finding
	err := e.with(ctx, &c.Stores, func(in *instance) error {
		current, known, err := in.records.Schema(ctx)
		if err != nil {
			return err
		}
		accounts, err := in.records.CountAccounts(ctx)
		if err != nil {
			return err
		}
		users, err := in.records.CountUsers(ctx)
		if err != nil {
			return err
		}
		out = append(out, finding{Check: "records", OK: true, Says: fmt.Sprintf("%s, schema %d of %d, %d accounts, %d users", in.records.Engine(), current, known, accounts, users)})
		events, first, last, err := in.events.Bounds(ctx)
		if err != nil {
			return err
		}
		says := fmt.Sprintf("%s, %d events", duckstore.FileName, events)
		if events > 0 {
			says += fmt.Sprintf(" from %s to %s", first.Format(time.DateOnly), last.Format(time.DateOnly))
		}
		out = append(out, finding{Check: "events", OK: true, Says: says})
		version, m := in.engine.Model()
		out = append(out, finding{Check: "model", OK: true, Says: fmt.Sprintf("version %d: %d metrics, %d scorecards, %d segments", version, len(m.Model.Metrics), len(m.Model.Scorecards), len(m.Model.Segments))})
		return nil
	})
	if err != nil {
		do := err.Error()
		if fault.Is(err, fault.Conflict) {
			do += " (a running server is no fault: stop it for this check)"
		}
		out = append(out, finding{Check: "stores", Says: "cannot be opened", Do: do})
	}
	return out
}
