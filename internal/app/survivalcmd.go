package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kept/internal/api"
	"kept/internal/churn"
	"kept/internal/config"
	"kept/internal/fault"
)

type survivalCmd struct {
	config.Stores
	config.Remote
	By   string `default:"segment" placeholder:"WHAT" help:"How to group lives: segment, cohort (the quarter of the start) or product_line."`
	AsOf string `name:"as-of" placeholder:"DATE" help:"Know nothing after this instant; now when absent."`
	JSON bool   `name:"json" help:"Print the curves as JSON."`
}

// Run prints how long customers stay.
func (c *survivalCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	by, err := churn.ParseBy(c.By)
	if err != nil {
		return asAnyFlag(err)
	}
	asOf, err := api.ParseInstant("--as-of", c.AsOf)
	if err != nil {
		return err
	}
	var out *churn.Survival
	if c.Server != "" {
		query := url.Values{"by": {string(by)}}
		if c.AsOf != "" {
			query.Set("as_of", c.AsOf)
		}
		out = new(churn.Survival)
		err = e.client(&c.Remote).call(ctx, http.MethodGet, "/survival?"+query.Encode(), nil, out)
	} else {
		err = e.with(ctx, &c.Stores, func(in *instance) error {
			if err := in.load(ctx); err != nil {
				return err
			}
			out, err = in.engine.Survival(ctx, by, asOf)
			return err
		})
	}
	if err != nil {
		return asAnyFlag(err)
	}
	if c.JSON {
		return printJSON(e, out)
	}
	p := &printer{w: e.Out}
	p.survival(out)
	return fault.Wrap(p.err, "print the curves")
}

// shownMonths are those of the table at risk.
var shownMonths = []int{0, 6, 12, 18, 24, 36, 48, 60}

func (p *printer) survival(s *churn.Survival) {
	p.line("%s", s.Headline)
	if s.Refusal != "" {
		p.line("%s", s.Refusal)
		return
	}
	for _, one := range s.Sentences {
		p.line("- %s", one)
	}
	p.line("Data from %s; departures are known up to %s.", s.DataStart.Format(time.DateOnly), s.DataEnd.Format(time.DateOnly))
	curves := append([]churn.Curve{s.All}, s.Groups...)
	last := 0
	for i := range curves {
		if n := len(curves[i].Points); n > 0 {
			last = max(last, curves[i].Points[n-1].Month)
		}
	}
	var months []int
	head := []string{strings.ReplaceAll(string(s.By), "_", " "), "n", "left"}
	for _, m := range shownMonths {
		if m <= last {
			months = append(months, m)
			head = append(head, fmt.Sprintf("%d months", m))
		}
	}
	p.line("\nShare still there (95 %%), those at risk after the slash; fewer than 10 in brackets")
	rows := []string{strings.Join(head, "\t")}
	for i := range curves {
		g := &curves[i]
		line := []string{g.Title, strconv.Itoa(g.N), strconv.Itoa(g.Departures)}
		if g.Refusal != "" {
			line = append(line, g.Refusal)
			rows = append(rows, strings.Join(line, "\t"))
			continue
		}
		for _, m := range months {
			line = append(line, cellAt(g, m))
		}
		rows = append(rows, strings.Join(line, "\t"))
	}
	p.table(rows...)
	if s.RestrictedTo == 0 {
		return
	}
	p.line("\nMean months of the first %.0f (95 %%)", s.RestrictedTo)
	rows = []string{strings.ReplaceAll(string(s.By), "_", " ") + "\tmonths\tdifference"}
	for i := range s.Groups {
		g := &s.Groups[i]
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s", g.Title, interval(g.Mean), interval(g.Difference)))
	}
	p.table(rows...)
}

func cellAt(g *churn.Curve, month int) string {
	for _, q := range g.Points {
		if q.Month != month {
			continue
		}
		cell := fmt.Sprintf("%.0f %% (%.0f to %.0f) / %d", 100*q.Stay, 100*q.Low, 100*q.High, q.AtRisk)
		if q.Thin {
			cell = "[" + cell + "]"
		}
		return cell
	}
	return "-"
}
