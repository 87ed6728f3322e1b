package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"kept/internal/api"
	"kept/internal/config"
	"kept/internal/evaluate"
	"kept/internal/money"
	"kept/internal/revenue"
)

type bridgeCmd struct {
	config.Stores
	config.Remote
	From       string `required:"" placeholder:"DATE" help:"First day (00:00 UTC), or an RFC 3339 instant."`
	To         string `required:"" placeholder:"DATE" help:"Last day, as --from."`
	Step       string `default:"month" enum:"month,quarter,year,whole" help:"Length of the periods: ${enum}."`
	By         string `default:"none" enum:"none,segment,owner,cohort,product" help:"Groups: ${enum}."`
	Currency   string `placeholder:"CODE" help:"Only subscriptions in this currency; needed when there are several."`
	Trials     bool   `help:"Count trials as paying."`
	Overlap    string `default:"successor" enum:"successor,sum" help:"While a term and its early renewal both run: ${enum}."`
	Returned   string `name:"left-and-returned" default:"endpoint" enum:"endpoint,path" help:"An account that left and is back: compare the two ends, or follow the path."`
	Escalators string `default:"included" enum:"included,apart" help:"More money for as many seats: ${enum}."`
	Known      string `default:"then" enum:"then,now" help:"Each day as it was known then, or all as known now."`
	JSON       bool   `name:"json" help:"Print the bridge as JSON."`
}

// Run prints the ARR bridge.
func (c *bridgeCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	p := api.RevenueParams{
		From: c.From, To: c.To, By: c.By, Currency: c.Currency, Trials: c.Trials, Overlap: c.Overlap, Returned: c.Returned, Escalators: c.Escalators, Known: c.Known,
	}
	var b api.RevenueBridge
	var err error
	if c.Server != "" {
		b, err = remoteBridge(ctx, e, &c.Remote, &p, c.Step)
	} else {
		b, err = localBridge(ctx, e, &c.Stores, &p, c.Step)
	}
	if err != nil {
		return asAnyFlag(err)
	}
	if c.JSON {
		return printJSON(e, &b)
	}
	return printBridge(e.Out, &b)
}

func localBridge(ctx context.Context, e *env, stores *config.Stores, p *api.RevenueParams, step string) (b api.RevenueBridge, err error) {
	q, err := p.Query(step, "--", e.clock.Now())
	if err != nil {
		return b, err
	}
	err = e.with(ctx, stores, func(in *instance) error {
		if err := in.load(ctx); err != nil {
			return err
		}
		if b, err = api.Bridge(ctx, in.engine, q); err != nil {
			return err
		}
		return in.titleGroups(ctx, &b)
	})
	return b, err
}

func remoteBridge(ctx context.Context, e *env, remote *config.Remote, p *api.RevenueParams, step string) (b api.RevenueBridge, err error) {
	query := url.Values{
		"from": {p.From}, "to": {p.To}, "by": {p.By}, "step": {step}, "trials": {strconv.FormatBool(p.Trials)}, "overlap": {p.Overlap},
		"left_and_returned": {p.Returned}, "escalators": {p.Escalators}, "known": {p.Known},
	}
	if p.Currency != "" {
		query.Set("currency", p.Currency)
	}
	err = e.client(remote).call(ctx, http.MethodGet, "/revenue/bridge?"+query.Encode(), nil, &b)
	return b, err
}

// titleGroups names segments and products; owners keep their ids, and cohorts are
// their own names.
func (in *instance) titleGroups(ctx context.Context, b *api.RevenueBridge) error {
	titles := map[string]string{}
	switch evaluate.RevenueBy(b.By) {
	case evaluate.BySegment:
		_, m := in.engine.Model()
		for i := range m.Model.Segments {
			titles[m.Model.Segments[i].Key] = m.Model.Segments[i].Title
		}
	case evaluate.ByProduct:
		products, err := in.records.Products(ctx)
		if err != nil {
			return err
		}
		for i := range products {
			titles[string(products[i].ID)] = products[i].Name
		}
	case evaluate.ByOwner, evaluate.ByCohort, evaluate.ByNothing:
	}
	for i := range b.Group {
		g := &b.Group[i]
		if g.Title = g.Key; titles[g.Key] != "" {
			g.Title = titles[g.Key]
		}
		if g.Title == "" {
			g.Title = "(none)"
		}
	}
	return nil
}

func printBridge(out io.Writer, b *api.RevenueBridge) error {
	amount := func(minor int64) string {
		a := money.Amount{Minor: minor, Currency: b.Currency}
		return strconv.FormatFloat(a.Major(), 'f', b.Currency.Exponent(), 64)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "Annual amounts in %s\t\t\t\t\t\t\t\t\t\t\t\n", b.Currency)
	fmt.Fprintln(w, "\topening\tnew\treactivated\texpansion\tprices\tcontraction\tchurn\tclosing\tNRR\tGRR\tlogos\t")
	line := func(name string, r *revenue.Row) {
		l, m := &r.Line, &r.Measures
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, amount(l.OpeningMinor), amount(l.NewMinor), amount(l.ReactivationMinor), amount(l.ExpansionMinor),
			amount(l.EscalationMinor), amount(-l.ContractionMinor), amount(-l.ChurnMinor), amount(l.ClosingMinor), share(m.NRR), share(m.GRR), share(m.LogoRetention))
	}
	for i := range b.Periods {
		line(b.Periods[i].From.Format(time.DateOnly), &b.Periods[i].Row)
	}
	if len(b.Periods) > 1 {
		line("in all", &b.Whole)
	}
	for i := range b.Group {
		line(b.Group[i].Title, &b.Group[i].Whole)
	}
	return w.Flush()
}

// share prints a ratio in per cent, or a dash for none.
func share(f *float64) string {
	if f == nil {
		return "–"
	}
	return strconv.FormatFloat(100**f, 'f', 2, 64) + " %"
}
