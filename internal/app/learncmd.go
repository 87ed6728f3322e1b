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
	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/model"
)

type learnCmd struct {
	config.Stores
	config.Remote
	Scorecard string `placeholder:"KEY" help:"The scorecard; the first when absent."`
	Horizon   string `default:"90d" placeholder:"DAYS" help:"How far ahead the score is asked to see, such as ${default}: 7d to 730d."`
	Grace     string `default:"30d" placeholder:"DAYS" help:"How long a lapse may last before it counts as leaving, such as ${default}."`
	Outcome   string `default:"auto" placeholder:"WHAT" help:"What counts as leaving: left, event:NAME, or auto."`
	AsOf      string `name:"as-of" placeholder:"DATE" help:"Know nothing after this instant; now when absent."`
	Accounts  int    `default:"10" placeholder:"N" help:"How many of the riskiest accounts are listed."`
	JSON      bool   `name:"json" help:"Print one report as JSON."`
	YAML      bool   `name:"yaml" help:"Print the scorecard with the learned weights, to be put into a model."`
}

// Run prints what the data say about weights. Nothing is changed; that nothing
// can be learned is an answer and no failure.
func (c *learnCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	params := api.LearnedParams{Horizon: c.Horizon, Grace: c.Grace, Outcome: c.Outcome, Accounts: c.Accounts}
	spec, err := params.Spec(c.Scorecard, c.AsOf)
	if err != nil {
		return asAnyFlag(err)
	}
	var out api.LearnedWeights
	if c.Server != "" {
		out, err = c.remote(ctx, e)
	} else {
		err = e.with(ctx, &c.Stores, func(in *instance) error {
			if err := in.load(ctx); err != nil {
				return err
			}
			l, err := in.engine.Learn(ctx, spec)
			if err == nil {
				out = api.LearnedOf(l, c.Accounts)
			}
			return err
		})
	}
	if err != nil {
		return asAnyFlag(err)
	}
	switch {
	case c.YAML && out.Proposal == nil:
		return fault.New(fault.Invalid, "there is no scorecard to print: %s%s", out.Why, out.WhyNot)
	case c.YAML:
		_, err = e.Out.Write(model.Marshal(&model.Model{Scorecards: []health.Scorecard{*out.Proposal}}))
		return err
	case c.JSON:
		return printJSON(e, &out)
	}
	return printLearned(e.Out, &out)
}

func (c *learnCmd) remote(ctx context.Context, e *env) (out api.LearnedWeights, err error) {
	client := e.client(&c.Remote)
	key := c.Scorecard
	if key == "" {
		var cards struct {
			Items []struct {
				Key string `json:"key"`
			} `json:"items"`
		}
		if err := client.call(ctx, http.MethodGet, "/scorecards", nil, &cards); err != nil {
			return out, err
		}
		if len(cards.Items) == 0 {
			return out, fault.New(fault.NotFound, "the model has no scorecard")
		}
		key = cards.Items[0].Key
	}
	query := url.Values{"horizon": {c.Horizon}, "grace": {c.Grace}, "outcome": {c.Outcome}, "accounts": {strconv.Itoa(c.Accounts)}}
	if c.AsOf != "" {
		query.Set("as_of", c.AsOf)
	}
	err = client.call(ctx, http.MethodGet, "/scorecards/"+url.PathEscape(key)+"/learned?"+query.Encode(), nil, &out)
	return out, err
}

func printLearned(out io.Writer, l *api.LearnedWeights) error {
	fmt.Fprintf(out, "%s\n\n", l.Headline)
	if !l.Learned {
		fmt.Fprintln(out, l.Why)
		return nil
	}
	for _, s := range l.Sentences {
		fmt.Fprintf(out, "* %s\n", s)
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "measure\tyours\tlearned\t90 % interval\tverdict\t")
	percent := func(f float64) string { return strconv.FormatFloat(100*f, 'f', 1, 64) + " %" }
	for i := range l.Weights {
		x := &l.Weights[i]
		interval := "–"
		if x.Low != nil && x.High != nil {
			interval = percent(*x.Low) + " to " + percent(*x.High)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", x.Title, percent(x.Hand), percent(x.Learned), interval, x.Verdict)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(l.Accounts) > 0 {
		fmt.Fprintf(out, "\nThe riskiest of %d accounts, within %d days\n\n", l.AccountsTotal, l.HorizonDays)
		w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "account\tprobability\tlearned score\tyour score\t")
		for i := range l.Accounts {
			a := &l.Accounts[i]
			hand := "–"
			if a.Hand != nil {
				hand = strconv.FormatFloat(*a.Hand, 'f', 1, 64)
			}
			fmt.Fprintf(w, "%s\t%s\t%.1f ± %.1f\t%s\t\n", a.Name, percent(a.P), a.Score, a.Uncertainty, hand)
		}
		return w.Flush()
	}
	return nil
}
