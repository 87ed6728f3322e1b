package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"

	"kept/internal/api"
	"kept/internal/config"
	"kept/internal/drivers"
)

type driversCmd struct {
	config.Stores
	config.Remote
	Outcome string `default:"left" placeholder:"WHAT" help:"What is to be predicted: left (who leaves), or the name of a metric."`
	Horizon string `default:"90d" placeholder:"DAYS" help:"For left: how far ahead, such as ${default}: 7d to 730d."`
	Event   string `default:"auto" placeholder:"WHAT" help:"For left: what counts as leaving: left, event:NAME, or auto."`
	AsOf    string `name:"as-of" placeholder:"DATE" help:"Know nothing after this instant; now when absent."`
	All     bool   `help:"Also the metrics that are not shown to predict."`
	JSON    bool   `name:"json" help:"Print one report as JSON."`
}

// Run prints what predicts an outcome. A refusal is an answer and no failure.
func (c *driversCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	q, err := api.DriverParams{Outcome: c.Outcome, Horizon: c.Horizon, Event: c.Event}.Query(c.AsOf)
	if err != nil {
		return asAnyFlag(err)
	}
	var r drivers.Report
	if c.Server != "" {
		query := url.Values{"outcome": {c.Outcome}, "horizon": {c.Horizon}, "event": {c.Event}}
		if c.AsOf != "" {
			query.Set("as_of", c.AsOf)
		}
		err = e.client(&c.Remote).call(ctx, http.MethodGet, "/drivers?"+query.Encode(), nil, &r)
	} else {
		err = e.with(ctx, &c.Stores, func(in *instance) error {
			if err := in.load(ctx); err != nil {
				return err
			}
			found, err := in.engine.Drivers(ctx, q)
			if err == nil {
				r = *found
			}
			return err
		})
	}
	if err != nil {
		return asAnyFlag(err)
	}
	if c.JSON {
		return printJSON(e, &r)
	}
	return printDrivers(e.Out, &r, c.All)
}

func printDrivers(out io.Writer, r *drivers.Report, all bool) error {
	fmt.Fprintf(out, "%s\n\n", r.Headline)
	if r.Refusal != "" {
		fmt.Fprintln(out, r.Refusal)
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "metric\tdays before\teffect (95 %)\tq\t")
	shown := 0
	for i := range r.Drivers {
		d := &r.Drivers[i]
		if d.Verdict != drivers.Predicts && !all {
			continue
		}
		shown++
		effect, q := "–", "–"
		if e := d.Effect; e.Value != nil && e.Low != nil && e.High != nil {
			effect = fmt.Sprintf("%.3g (%.3g to %.3g)", *e.Value, *e.Low, *e.High)
		}
		for _, l := range d.Lags {
			if l.Days == d.LagDays && l.Q != nil {
				q = strconv.FormatFloat(*l.Q, 'f', 4, 64)
			}
		}
		verdict := ""
		if d.Verdict != drivers.Predicts {
			verdict = string(d.Verdict)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", d.Title, d.LagDays, effect, q, verdict)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	unit := "by how much the outcome changes"
	if r.Outcome == "left" {
		unit = "how many times the odds of leaving"
	}
	if shown > 0 {
		fmt.Fprintf(out, "\nEffect: %s with half of the accounts' spread more of the metric.\n", unit)
	}
	fmt.Fprintf(out, "\n%d tests over drivers and lags; q is the chance that it is a false discovery. Predicts, which is not causes.\n", r.Tests)
	return nil
}
