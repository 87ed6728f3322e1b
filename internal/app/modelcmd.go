package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kept/internal/api"
	"kept/internal/config"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/model"
)

// modelFlags are those of the commands about the model.
type modelFlags struct {
	config.Stores
	config.Remote
	Path string `arg:"" help:"Model: a YAML file, or a folder of them."`
	JSON bool   `name:"json" help:"Print one report as JSON."`

	weeks int    // of history to show; 0 for a short answer
	draft string // the name of the draft to keep; empty to put it in force
}

type planCmd struct {
	modelFlags
	Impact bool `help:"Show who changes band, their ARR, and the last weeks under both models beside what was recorded."`
	Weeks  int  `default:"26" help:"With --impact: weeks of history, 1 to 104."`
}

type applyCmd struct {
	modelFlags
	Note  string `help:"Why: kept with the version."`
	Draft string `placeholder:"NAME" help:"Keep it as a draft of this name instead, which is not in force."`
}

// read parses the model of the path; its errors have lines.
func (c *modelFlags) read() (*model.Model, error) {
	info, err := os.Stat(c.Path)
	if err != nil {
		return nil, fault.At("PATH", "%s cannot be read: %v", c.Path, err)
	}
	dir, only := c.Path, ""
	if !info.IsDir() {
		dir, only = filepath.Split(c.Path)
		if dir == "" {
			dir = "."
		}
	}
	var files []model.File
	switch {
	case only == "":
		files, err = readModel(os.DirFS(dir), ".")
	case info.Size() > model.MaxFileBytes:
		err = fault.New(fault.TooLarge, "%s is larger than %d bytes: split it", c.Path, model.MaxFileBytes)
	default:
		var raw []byte
		raw, err = os.ReadFile(c.Path)
		files = []model.File{{Path: only, Data: raw}}
	}
	if err != nil {
		return nil, err
	}
	return model.Parse(files)
}

// planReport is what plan and apply print as JSON.
type planReport struct {
	Changes []model.Change `json:"changes"`
	Base    int64          `json:"base_version"`
	Version int64          `json:"version,omitempty"`
	Impact  *planImpact    `json:"impact,omitempty"`
	Draft   id.Draft       `json:"draft,omitempty"`
}

type planImpact struct {
	Accounts int `json:"accounts"`
	Rescored int `json:"rescored"`
	Moved    int `json:"moved"`
	// Detail is given on request.
	Detail *api.Impact `json:"detail,omitempty"`
}

// Run shows what the model would change.
func (c *planCmd) Run(ctx context.Context, e *env) error {
	if c.Weeks < 1 || c.Weeks > 104 {
		return fault.At("--weeks", "is %d: from 1 to 104", c.Weeks)
	}
	c.weeks = 0
	if c.Impact {
		c.weeks = c.Weeks
	}
	return c.plan(ctx, e, nil, "")
}

// Run makes a new version of the model.
func (c *applyCmd) Run(ctx context.Context, e *env) error {
	c.draft = c.Draft
	return c.plan(ctx, e, func(report *planReport, save func() (int64, error)) error {
		if len(report.Changes) == 0 {
			tellLine(e.Err, "Nothing to do: the model is in force already.")
			return nil
		}
		version, err := save()
		if err != nil {
			return err
		}
		if c.draft != "" {
			tell(e.Err, "The draft %q is kept; it is not in force.\n", c.draft)
			return nil
		}
		report.Version = version
		tell(e.Err, "Version %d of the model is in force.\n", version)
		return nil
	}, c.Note)
}

// applyFunc saves what a plan found, if it is worth it.
type applyFunc func(report *planReport, save func() (int64, error)) error

func (c *modelFlags) plan(ctx context.Context, e *env, apply applyFunc, note string) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	m, err := c.read()
	if err != nil {
		return err
	}
	compiled, err := m.Compile()
	if err != nil {
		return err
	}
	report := &planReport{Changes: []model.Change{}}
	if c.Server != "" {
		return c.planRemote(ctx, e, report, m, apply, note)
	}
	return e.with(ctx, &c.Stores, func(in *instance) error {
		version, have := in.engine.Model()
		report.Base, report.Changes = version, model.Diff(have.Model, m)
		if err := in.load(ctx); err != nil {
			return err
		}
		impact, err := in.engine.Impact(ctx, compiled, time.Time{}, c.weeks)
		if err != nil {
			return err
		}
		report.Impact = &planImpact{Accounts: impact.Accounts, Rescored: impact.Rescored, Moved: len(impact.Moved)}
		if c.weeks > 0 {
			report.Impact.Detail = api.ImpactOf(impact)
		}
		if err := c.say(e, report, apply == nil); err != nil || apply == nil {
			return err
		}
		err = apply(report, func() (int64, error) {
			if c.draft != "" {
				d, err := in.saveDraft(ctx, e, m, version, c.draft, note)
				report.Draft = d.ID
				return 0, err
			}
			saved, err := in.saveModel(ctx, m, version, note)
			return saved.Version, err
		})
		if err == nil && c.JSON {
			err = printJSON(e, report)
		}
		return err
	})
}

func (c *modelFlags) planRemote(ctx context.Context, e *env, report *planReport, m *model.Model, apply applyFunc, note string) error {
	text := string(model.Marshal(m))
	var current api.ModelText
	var plan api.ModelPlan
	cl := e.client(&c.Remote)
	if err := cl.call(ctx, http.MethodGet, "/model", nil, &current); err != nil {
		return err
	}
	body := map[string]any{"yaml": text, "base_version": current.Version}
	if c.weeks > 0 {
		body["weeks"] = c.weeks
	}
	if err := cl.call(ctx, http.MethodPost, "/model/plan", body, &plan); err != nil {
		return err
	}
	report.Base = current.Version
	for _, ch := range plan.Changes {
		report.Changes = append(report.Changes, model.Change{Kind: model.ChangeKind(ch.Kind), Object: model.Object(ch.Object), Name: ch.Name, Details: ch.Details})
	}
	if plan.Impact != nil {
		report.Impact = &planImpact{Accounts: plan.Impact.Accounts, Rescored: plan.Impact.Rescored}
		for _, mv := range plan.Impact.BandMoves {
			report.Impact.Moved += mv.Accounts
		}
		if c.weeks > 0 {
			report.Impact.Detail = plan.Impact
		}
	}
	if err := c.say(e, report, apply == nil); err != nil || apply == nil {
		return err
	}
	err := apply(report, func() (int64, error) {
		if c.draft != "" {
			var d api.DraftText
			err := cl.call(ctx, http.MethodPost, "/model/drafts", map[string]any{"name": c.draft, "yaml": text, "base_version": current.Version, "note": note}, &d)
			report.Draft = d.ID
			return 0, err
		}
		var saved api.ModelVersion
		err := cl.call(ctx, http.MethodPost, "/model/apply", map[string]any{"yaml": text, "base_version": current.Version, "note": note}, &saved)
		return saved.Version, err
	})
	if err == nil && c.JSON {
		err = printJSON(e, report)
	}
	return err
}

// say prints the plan: as JSON when that is all, for a person otherwise.
func (c *modelFlags) say(e *env, r *planReport, last bool) error {
	if c.JSON {
		if last {
			return printJSON(e, r)
		}
		return nil
	}
	w := e.Out
	if !last {
		w = e.Err
	}
	if len(r.Changes) == 0 {
		tellLine(w, "No difference.")
		return nil
	}
	if err := model.Print(w, r.Changes); err != nil {
		return fault.Wrap(err, "print the plan")
	}
	if r.Impact != nil {
		tell(w, "%d of %d accounts get another score, %d another band.\n", r.Impact.Rescored, r.Impact.Accounts, r.Impact.Moved)
		if r.Impact.Detail != nil {
			return printImpact(w, r.Impact.Detail)
		}
	}
	return nil
}

func printJSON(e *env, v any) error {
	enc := json.NewEncoder(e.Out)
	enc.SetIndent("", "  ")
	return fault.Wrap(enc.Encode(v), "print the report")
}

type exportCmd struct {
	config.Stores
	config.Remote
	Events string `placeholder:"FILE" help:"Write all events as Parquet to this file instead of the model."`
}

// Run writes the model to standard output, or the events to a file.
func (c *exportCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	if c.Server != "" {
		if c.Events != "" {
			return fault.At("--events", "is for the data directory: run it where the server runs, with the server stopped")
		}
		var m api.ModelText
		if err := e.client(&c.Remote).call(ctx, http.MethodGet, "/model", nil, &m); err != nil {
			return err
		}
		_, err := fmt.Fprint(e.Out, m.YAML)
		return fault.Wrap(err, "write the model")
	}
	return e.with(ctx, &c.Stores, func(in *instance) error {
		if c.Events != "" {
			if _, err := os.Stat(c.Events); err == nil || !errors.Is(err, os.ErrNotExist) {
				return fault.At("--events", "%s exists already: choose another name", c.Events)
			}
			return in.events.ExportParquet(ctx, c.Events)
		}
		m, err := in.records.LatestModel(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(e.Out, m.YAML)
		return fault.Wrap(err, "write the model")
	})
}
