package app

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kept/internal/api"
	"kept/internal/churn"
	"kept/internal/config"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/validate"
)

type churnCmd struct {
	config.Stores
	config.Remote
	Horizon  string `default:"90d" placeholder:"DAYS" help:"How far ahead, such as ${default}: 30d to 365d."`
	Renewals bool   `help:"Only accounts of which a subscription ends within the horizon, by the day on which it does."`
	Top      int    `default:"20" placeholder:"N" help:"How many accounts to print; 0 for all."`
	AsOf     string `name:"as-of" placeholder:"DATE" help:"Know nothing after this instant; now when absent."`
	JSON     bool   `name:"json" help:"Print one report as JSON, with all accounts."`
}

// churnReport is the JSON report of the command.
type churnReport struct {
	HorizonDays int          `json:"horizon_days"`
	Forecast    *churn.Model `json:"forecast"`
	Accounts    []churnLine  `json:"accounts"`
}

type churnLine struct {
	Account     string            `json:"account"`
	Name        string            `json:"name"`
	Scorecard   string            `json:"scorecard"`
	Segment     string            `json:"segment,omitempty"`
	State       churn.State       `json:"state"`
	Refusal     string            `json:"refusal,omitempty"`
	Probability validate.Estimate `json:"probability"`
	Renewal     *churn.Renewal    `json:"renewal,omitempty"`
}

// Run prints who is how likely to leave. A refusal is an answer; a leak check that
// fails is a failure of the command.
func (c *churnCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	if c.Top < 0 {
		return fault.At("--top", "%d is out of range: use the number of accounts to print, or 0 for all", c.Top)
	}
	spec, err := api.ChurnParams{Horizon: c.Horizon}.Spec()
	if err != nil {
		return asAnyFlag(err)
	}
	if spec.AsOf, err = api.ParseInstant("--as-of", c.AsOf); err != nil {
		return err
	}
	out := churnReport{HorizonDays: int(spec.Horizon / validate.Day), Accounts: []churnLine{}}
	if c.Server != "" {
		err = c.remote(ctx, e, &out)
	} else {
		err = c.local(ctx, e, spec, &out)
	}
	if err != nil {
		return asAnyFlag(err)
	}
	if c.JSON {
		err = printJSON(e, out)
	} else {
		err = c.print(e, &out)
	}
	if err != nil {
		return err
	}
	if out.Forecast.Status == churn.StatusStopped {
		tell(e.Err, "kept: %s\n", out.Forecast.Headline)
		return errReported
	}
	return nil
}

func (c *churnCmd) local(ctx context.Context, e *env, spec churn.Spec, out *churnReport) error {
	return e.with(ctx, &c.Stores, func(in *instance) error {
		if err := in.load(ctx); err != nil {
			return err
		}
		snap, err := in.engine.At(ctx, spec.AsOf)
		if err != nil {
			return err
		}
		if out.Forecast, err = in.engine.Forecast(ctx, spec, true); err != nil {
			return err
		}
		c.assess(snap, spec, out)
		return nil
	})
}

// assess adds the paying accounts under a scorecard.
func (c *churnCmd) assess(snap *evaluate.Snapshot, spec churn.Spec, out *churnReport) {
	for i := range snap.Rows {
		r := &snap.Rows[i]
		facts, contract := snap.ChurnFacts(i)
		if r.Scorecard == "" || !contract.Paying && (!contract.Unrecorded || r.Status == evaluate.StatusChurned) {
			continue
		}
		a := churn.Assess(out.Forecast, spec.Horizon, facts, contract, snap.AsOf)
		if c.Renewals && (a.Renewal == nil || a.Renewal.Days > out.HorizonDays) {
			continue
		}
		out.Accounts = append(out.Accounts, churnLine{
			Account: string(r.Account.ID), Name: r.Account.Name, Scorecard: r.Scorecard, Segment: r.Segment, State: a.State, Refusal: a.Refusal,
			Probability: a.Probability, Renewal: a.Renewal,
		})
	}
	slices.SortStableFunc(out.Accounts, func(a, b churnLine) int {
		if c.Renewals {
			return a.Renewal.At.Compare(b.Renewal.At)
		}
		return compareMissingLast(b.Probability.Value, a.Probability.Value)
	})
}

// compareMissingLast compares, nil after everything when the first argument is the
// second element of a falling order.
func compareMissingLast(b, a *float64) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	case *b > *a:
		return 1
	case *b < *a:
		return -1
	}
	return 0
}

// polls is how often a server is asked until its forecast is there, and pollPause how
// long it is left alone between.
const (
	polls     = 300
	pollPause = time.Second
)

func (c *churnCmd) remote(ctx context.Context, e *env, out *churnReport) error {
	client := e.client(&c.Remote)
	query := url.Values{"horizon": {c.Horizon}}
	if c.AsOf != "" {
		query.Set("as_of", c.AsOf)
	}
	list := url.Values{"limit": {"500"}, "renewing": {strconv.FormatBool(c.Renewals)}}
	maps.Copy(list, query)
	for n := 0; ; n++ {
		var answer api.ChurnAnswer
		if err := client.call(ctx, http.MethodGet, "/churn?"+query.Encode(), nil, &answer); err != nil {
			return err
		}
		if out.Forecast = answer.Forecast; out.Forecast != nil {
			break
		}
		if n == polls {
			return fault.New(fault.Unavailable, "the server is still calculating the forecast: try again in a minute")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollPause):
		}
	}
	for {
		var page api.ChurnPage
		if err := client.call(ctx, http.MethodGet, "/churn/accounts?"+list.Encode(), nil, &page); err != nil {
			return err
		}
		for i := range page.Items {
			r := &page.Items[i]
			line := churnLine{Account: string(r.ID), Name: r.Name, Scorecard: r.Scorecard, State: r.State, Refusal: r.Refusal, Probability: r.Probability, Renewal: r.Renewal}
			if r.Segment != nil {
				line.Segment = r.Segment.Key
			}
			out.Accounts = append(out.Accounts, line)
		}
		if page.NextCursor == "" {
			return nil
		}
		list.Set("cursor", page.NextCursor)
	}
}

func (c *churnCmd) print(e *env, out *churnReport) error {
	p := &printer{w: e.Out}
	p.forecast(out.Forecast)
	ready := slices.DeleteFunc(slices.Clone(out.Accounts), func(l churnLine) bool { return l.State != churn.StateReady && !c.Renewals })
	if len(ready) == 0 {
		return fault.Wrap(p.err, "print the report")
	}
	shown := ready
	if c.Top > 0 {
		shown = ready[:min(c.Top, len(ready))]
	}
	what := fmt.Sprintf("Leaves within %d days", out.HorizonDays)
	if c.Renewals {
		what = fmt.Sprintf("Renewals of the next %d days", out.HorizonDays)
	}
	p.line("\n%s: %d of %d", what, len(shown), len(ready))
	rows := []string{"account\tprobability (95 %)\tevidence\trenewal\tleaves by then (95 %)"}
	for _, l := range shown {
		at, by := "-", "-"
		if r := l.Renewal; r != nil {
			at, by = r.At.Format(time.DateOnly), shareOf(r.Probability)
		}
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%s", l.Name, shareOf(l.Probability), l.Probability.Evidence, at, by))
	}
	p.table(rows...)
	return fault.Wrap(p.err, "print the report")
}

func (p *printer) forecast(m *churn.Model) {
	p.line("%d days ahead, as of %s, model version %d", m.HorizonDays, m.AsOf.Format(time.DateOnly), m.ModelVersion)
	p.line("%s", m.Headline)
	if m.Refusal != "" {
		p.line("%s", m.Refusal)
	}
	for _, s := range m.Sentences {
		p.line("- %s", s)
	}
	l := m.Learned
	if l.Snapshots > 0 {
		p.line("Learned from %d accounts at %d cut-offs (%d snapshots, %d of which left); left within the horizon: %s.", l.Accounts, l.CutOffs, l.Snapshots, l.Departures, shareOf(m.BaseRate))
	}
	if m.Status != churn.StatusOK {
		for _, c := range m.Backtest.Canaries {
			if c.State == validate.Fired {
				p.line("Failed: %s. %s", c.Title, c.Words)
			}
		}
		return
	}
	b := &m.Backtest.Metrics
	p.line("\nBack-test, walking forward")
	p.table("figure\tvalue (95 %)\tn\tdepartures\tevidence", row("AUC", b.AUC), row("Brier score", b.Brier), row("Brier skill", b.BrierSkill),
		row("expected over observed", b.Expected), row("calibration slope", b.Slope))
	p.line("\nWhat moves the risk in a month (factor on the odds, 95 %%)")
	rows := []string{}
	for _, w := range m.Weights {
		rows = append(rows, fmt.Sprintf("%s\t%s (%s to %s)", w.Title, number(&w.Odds), number(&w.Low), number(&w.High)))
	}
	p.table(rows...)
}
