package app

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"

	"kept/internal/api"
	"kept/internal/config"
	"kept/internal/fault"
)

// numbersFlags are those of the commands that print numbers.
type numbersFlags struct {
	config.Stores
	config.Remote
	AsOf   string `name:"as-of" placeholder:"DATE,…" help:"Instants: 2026-01-31 (00:00 UTC of that day) or RFC 3339; now when absent."`
	Known  string `enum:"as_of,now" default:"as_of" help:"Of a past instant: what was known then (as_of), or also what became known since (now)."`
	Model  string `enum:"now,then" default:"now" help:"Of a past instant: the model in force today (now), or the one of that time (then)."`
	Format string `enum:"csv,json" default:"csv" help:"${enum}."`
}

type metricsCmd struct {
	numbersFlags
	Metric []string `placeholder:"NAME,…" help:"Only these metrics."`
}

type scoresCmd struct {
	numbersFlags
	Explain   string `placeholder:"ACCOUNT" help:"Explain the score of this account (id, external id or name) down to the events and facts; with two instants, also what moved between them."`
	Scorecard string `placeholder:"KEY" help:"With --explain: this scorecard, whether it applies or not."`
	JSON      bool   `name:"json" help:"With --explain: print it as JSON."`
}

// Run prints metric values.
func (c *metricsCmd) Run(ctx context.Context, e *env) error {
	query := url.Values{}
	if len(c.Metric) > 0 {
		query.Set("metric", strings.Join(c.Metric, ","))
	}
	return c.print(ctx, e, "/exports/metrics.csv", query, func(n api.NumberSource, w io.Writer) error {
		instants, err := api.ParseInstants("--as-of", c.AsOf, n.Engine.Now())
		if err != nil {
			return err
		}
		return asFlag(n.WriteMetrics(ctx, w, c.Metric, instants), "metric")
	})
}

// Run prints scores.
func (c *scoresCmd) Run(ctx context.Context, e *env) error {
	if c.Explain != "" {
		return c.explain(ctx, e)
	}
	if c.Scorecard != "" || c.JSON {
		return fault.At("--explain", "is missing: --scorecard and --json go with it (of all accounts, --format json prints JSON)")
	}
	return c.print(ctx, e, "/exports/scores.csv", url.Values{}, func(n api.NumberSource, w io.Writer) error {
		instants, err := api.ParseInstants("--as-of", c.AsOf, n.Engine.Now())
		if err != nil {
			return err
		}
		return n.WriteScores(ctx, w, instants)
	})
}

// asFlag names the flag of a wrong parameter.
func asFlag(err error, field string) error {
	var fe *fault.Error
	if errors.As(err, &fe) && fe.Field == field {
		return fault.At("--"+field, "%s", fe.Msg)
	}
	return err
}

// print writes the numbers of a server or of the data directory, as CSV or as
// JSON lines of the same fields.
func (c *numbersFlags) print(ctx context.Context, e *env, path string, query url.Values, local func(api.NumberSource, io.Writer) error) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	write := func(w io.Writer) error {
		if c.Server != "" {
			if c.AsOf != "" {
				query.Set("as_of", c.AsOf)
			}
			if c.past() {
				query.Set("known", c.Known)
				query.Set("model", c.Model)
			}
			return e.client(&c.Remote).download(ctx, path+"?"+query.Encode(), w)
		}
		return e.with(ctx, &c.Stores, func(in *instance) error {
			if err := in.load(ctx); err != nil {
				return err
			}
			n := api.NumberSource{Engine: in.engine, Records: in.records}
			if c.past() {
				n.Lens = api.Lenses(in.records, c.Known, c.Model)
			}
			return local(n, w)
		})
	}
	if c.Format == "csv" {
		return write(e.Out)
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	return toJSON(r, e.Out)
}

// past reports whether the past is looked at in another way than usual.
func (c *numbersFlags) past() bool { return c.Known != "as_of" || c.Model != "now" }

// numeric are the columns whose cells are numbers in JSON.
var numeric = map[string]bool{"value": true, "score": true, "coverage": true}

// toJSON turns CSV into one JSON array of objects; an empty number is null.
func toJSON(r io.Reader, w io.Writer) error {
	in := csv.NewReader(r)
	head, err := in.Read()
	if err != nil {
		return err //nolint:wrapcheck // the writer's own error comes through the pipe
	}
	sep := "[\n"
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		obj := make(map[string]any, len(head))
		for i, name := range head {
			obj[name] = row[i]
			if numeric[name] {
				obj[name] = nil
				if f, err := strconv.ParseFloat(row[i], 64); err == nil {
					obj[name] = f
				}
			}
		}
		raw, err := json.Marshal(obj)
		if err != nil {
			return fault.Wrap(err, "write JSON")
		}
		if _, err := io.WriteString(w, sep+string(raw)); err != nil {
			return fault.Wrap(err, "write JSON")
		}
		sep = ",\n"
	}
	end := "\n]\n"
	if sep == "[\n" {
		end = "[]\n"
	}
	_, err = io.WriteString(w, end)
	return fault.Wrap(err, "write JSON")
}
