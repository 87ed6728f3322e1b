package app

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"kept/internal/api"
	"kept/internal/config"
	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
	"kept/internal/revenue"
)

type measuresCmd struct {
	config.Stores
	config.Remote
	From     string `required:"" placeholder:"DATE" help:"First day (00:00 UTC), or an RFC 3339 instant."`
	To       string `required:"" placeholder:"DATE" help:"Last day, as --from."`
	Currency string `placeholder:"CODE" help:"Only subscriptions in this currency; needed when there are several."`
	Trials   bool   `help:"Count trials as paying."`
	By       string `default:"none" enum:"none,segment,owner,cohort,product" help:"Also by group: ${enum}."`
	JSON     bool   `name:"json" help:"Print one report as JSON."`
}

// Run prints what stayed between two days.
func (c *measuresCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	from, to, p, err := api.ParseMeasures(c.From, c.To, c.Currency, "--")
	if err != nil {
		return err
	}
	p.Trials = c.Trials
	if c.By != "none" {
		return c.grouped(ctx, e)
	}
	var m revenue.Measures
	if c.Server != "" {
		query := url.Values{"from": {from.Format(time.RFC3339)}, "to": {to.Format(time.RFC3339)}, "trials": {strconv.FormatBool(c.Trials)}}
		if p.Currency != "" {
			query.Set("currency", string(p.Currency))
		}
		if err := e.client(&c.Remote).call(ctx, http.MethodGet, "/measures?"+query.Encode(), nil, &m); err != nil {
			return err
		}
	} else {
		err := e.with(ctx, &c.Stores, func(in *instance) error {
			accounts, err := in.subscriptions(ctx)
			if err == nil {
				m, err = revenue.Retention(accounts, from, to, p)
			}
			return asFlag(err, "currency")
		})
		if err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(e, &m)
	}
	c.print(e, &m)
	return nil
}

// groupedMeasures are the measures with those of each group.
type groupedMeasures struct {
	revenue.Measures
	By     string          `json:"by"`
	Groups []measuredGroup `json:"groups"`
}

type measuredGroup struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	revenue.Measures
}

// grouped prints the measures of every group too: those of the bridge.
func (c *measuresCmd) grouped(ctx context.Context, e *env) error {
	p := api.RevenueParams{From: c.From, To: c.To, By: c.By, Currency: c.Currency, Trials: c.Trials, Overlap: "successor", Returned: "endpoint", Escalators: "included", Known: "then"}
	var b api.RevenueBridge
	var err error
	if c.Server != "" {
		b, err = remoteBridge(ctx, e, &c.Remote, &p, "whole")
	} else {
		b, err = localBridge(ctx, e, &c.Stores, &p, "whole")
	}
	if err != nil {
		return asAnyFlag(err)
	}
	if !c.JSON {
		return printBridge(e.Out, &b)
	}
	out := groupedMeasures{Measures: b.Whole.Measures, By: b.By, Groups: []measuredGroup{}}
	for i := range b.Group {
		g := &b.Group[i]
		out.Groups = append(out.Groups, measuredGroup{g.Key, g.Title, g.Whole.Measures})
	}
	return printJSON(e, &out)
}

// subscriptions reads those of every account from the record.
func (in *instance) subscriptions(ctx context.Context) ([][]customer.Subscription, error) {
	rows, err := in.records.Subscriptions(ctx, customer.Filter{Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return nil, err
	}
	var out [][]customer.Subscription
	at := map[id.Account]int{}
	for i := range rows {
		n, ok := at[rows[i].AccountID]
		if !ok {
			n = len(out)
			at[rows[i].AccountID] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], rows[i])
	}
	return out, nil
}

func (c *measuresCmd) print(e *env, m *revenue.Measures) {
	amount := func(minor int64) string {
		a := money.Amount{Minor: minor, Currency: m.Policy.Currency}
		return strconv.FormatFloat(a.Major(), 'f', m.Policy.Currency.Exponent(), 64)
	}
	tell(e.Out, "From %s to %s, annual amounts in %s\n\n", m.From.Format(time.RFC3339), m.To.Format(time.RFC3339), m.Policy.Currency)
	for _, row := range []struct{ name, value string }{
		{"Net revenue retention", share(m.NRR)},
		{"Gross revenue retention", share(m.GRR)},
		{"Logo retention", share(m.LogoRetention)},
		{"Opening ARR", amount(m.OpeningMinor)},
		{"  lost", amount(-m.LostMinor)},
		{"  contraction", amount(-m.ContractionMinor)},
		{"  expansion", amount(m.ExpansionMinor)},
		{"Retained ARR", amount(m.RetainedMinor)},
		{"New ARR", amount(m.NewMinor)},
		{"Accounts at the start", strconv.Itoa(m.AccountsOpening)},
		{"  churned", strconv.Itoa(m.AccountsChurned)},
		{"New accounts", strconv.Itoa(m.AccountsNew)},
		{"Logo churn a month, scaled", share(m.MonthlyLogoChurn)},
		{"Logo churn a year, scaled", share(m.AnnualLogoChurn)},
	} {
		tell(e.Out, "%-28s %14s\n", row.name, row.value)
	}
}
