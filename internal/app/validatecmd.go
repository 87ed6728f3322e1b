package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"kept/internal/api"
	"kept/internal/config"
	"kept/internal/fault"
	"kept/internal/validate"
)

type validateCmd struct {
	config.Stores
	config.Remote
	Scorecard string `placeholder:"KEY" help:"Only this scorecard; all when absent."`
	Horizon   string `default:"90d" placeholder:"DAYS" help:"How far ahead the score is asked to see, such as ${default}: 7d to 730d."`
	Grace     string `default:"30d" placeholder:"DAYS" help:"How long a lapse may last before it counts as leaving, such as ${default}."`
	Outcome   string `default:"auto" placeholder:"WHAT" help:"What counts as leaving: left, event:NAME, or auto (left, unless nobody left and churn events are on record)."`
	History   string `default:"recomputed" enum:"recomputed,recorded" help:"Judge the scorecard in force on what was known then, or what was said at the time: ${enum}."`
	Capacity  int    `placeholder:"N" help:"Accounts that the team can look after within the horizon; as many as were in the worst band when absent."`
	From      string `placeholder:"DATE" help:"Only cut-offs from this day on."`
	PastFrom  string `placeholder:"DATE" help:"After a deliberate back-fill: compare the rebuilt past only with evaluations recorded from this day on."`
	AsOf      string `name:"as-of" placeholder:"DATE" help:"Know nothing after this instant; now when absent."`
	JSON      bool   `name:"json" help:"Print one report as JSON."`
}

// validations is the JSON report of the command.
type validations struct {
	Reports []*validate.Report `json:"reports"`
}

// Run judges scorecards by what happened. A leak check that fails is a failure
// of the command; a refusal is an answer.
func (c *validateCmd) Run(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	params := api.ValidationParams{Horizon: c.Horizon, Grace: c.Grace, Outcome: c.Outcome, History: c.History, Capacity: c.Capacity, From: c.From, PastFrom: c.PastFrom}
	spec, err := params.Spec(c.Scorecard, c.AsOf)
	if err != nil {
		return asAnyFlag(err)
	}
	var out validations
	if c.Server != "" {
		out, err = c.remote(ctx, e, params)
	} else {
		out, err = c.local(ctx, e, spec)
	}
	if err != nil {
		return asAnyFlag(err)
	}
	if c.JSON {
		err = printJSON(e, out)
	} else {
		err = printValidations(e.Out, out)
	}
	if err != nil {
		return err
	}
	for _, r := range out.Reports {
		if r.Status == validate.StatusStopped {
			tell(e.Err, "kept: %s: %s\n", r.Scorecard, r.Headline)
			err = errReported
		}
	}
	return err
}

// asAnyFlag names the flag of a wrong parameter.
func asAnyFlag(err error) error {
	var fe *fault.Error
	if errors.As(err, &fe) && fe.Field != "" && !strings.HasPrefix(fe.Field, "--") {
		return &fault.Error{Kind: fe.Kind, Field: "--" + strings.ReplaceAll(strings.TrimPrefix(fe.Field, "query."), "_", "-"), Msg: fe.Msg, Err: fe.Err}
	}
	return err
}

func (c *validateCmd) local(ctx context.Context, e *env, spec validate.Spec) (out validations, err error) {
	err = e.with(ctx, &c.Stores, func(in *instance) error {
		if err := in.load(ctx); err != nil {
			return err
		}
		version, m := in.engine.Model()
		stored, err := in.records.Model(ctx, version)
		if err != nil {
			return err
		}
		keys := []string{c.Scorecard}
		if c.Scorecard == "" {
			keys = keys[:0]
			for _, card := range m.Scorecards.Cards() {
				keys = append(keys, card.Key())
			}
		}
		for _, key := range keys {
			one := spec
			one.Scorecard = key
			r, err := in.engine.Validate(ctx, one, stored.CreatedAt)
			if err != nil {
				return err
			}
			out.Reports = append(out.Reports, r)
		}
		return nil
	})
	return out, err
}

func (c *validateCmd) remote(ctx context.Context, e *env, p api.ValidationParams) (out validations, err error) {
	client := e.client(&c.Remote)
	keys := []string{c.Scorecard}
	if c.Scorecard == "" {
		var list api.NumberList[api.ScorecardRow]
		if err := client.call(ctx, http.MethodGet, "/scorecards", nil, &list); err != nil {
			return out, err
		}
		keys = keys[:0]
		for i := range list.Items {
			keys = append(keys, list.Items[i].Key)
		}
	}
	query := url.Values{"horizon": {p.Horizon}, "grace": {p.Grace}, "outcome": {p.Outcome}, "history": {p.History}}
	for name, value := range map[string]string{"from": p.From, "past_from": p.PastFrom, "as_of": c.AsOf} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if p.Capacity > 0 {
		query.Set("capacity", strconv.Itoa(p.Capacity))
	}
	for _, key := range keys {
		r := new(validate.Report)
		if err := client.call(ctx, http.MethodGet, "/scorecards/"+url.PathEscape(key)+"/validation?"+query.Encode(), nil, r); err != nil {
			return out, err
		}
		out.Reports = append(out.Reports, r)
	}
	return out, nil
}

// printer writes text and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// table writes rows whose cells are parted by tabs.
func (p *printer) table(rows ...string) {
	if p.err != nil {
		return
	}
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		_, _ = fmt.Fprintln(t, "  "+r) // Flush reports
	}
	p.err = t.Flush()
}

func printValidations(w io.Writer, out validations) error {
	p := &printer{w: w}
	for i, r := range out.Reports {
		if i > 0 {
			p.line("")
		}
		p.report(r)
	}
	return fault.Wrap(p.err, "print the report")
}

func (p *printer) report(r *validate.Report) {
	s := &r.Setup
	p.line("%s (%s), model version %d", r.Title, r.Scorecard, r.ModelVersion)
	p.line("%s", r.Headline)
	if r.Refusal != "" {
		p.line("%s", r.Refusal)
	}
	for _, one := range r.Sentences {
		p.line("- %s", one)
	}
	p.line("")
	if len(s.CutOffs) == 0 {
		p.line("%s", s.OutcomeWords)
		return
	}
	cutOffs := "one cut-off"
	if n := len(s.CutOffs); n > 1 {
		cutOffs = fmt.Sprintf("%d cut-offs every %d days", n, s.StepDays)
	}
	p.line("%s scores, %d days ahead, %s, data from %s to %s.", s.History, s.HorizonDays, cutOffs, s.DataStart.Format(time.DateOnly), s.DataEnd.Format(time.DateOnly))
	p.line("%s", s.OutcomeWords)
	for _, note := range s.Notes {
		p.line("Note: %s", note)
	}
	p.line("Evidence: %s %s", r.Ladder.Allows, r.Ladder.Next)
	if len(r.Canaries) > 0 {
		p.line("\nLeak checks")
		rows := []string{}
		for _, c := range r.Canaries {
			rows = append(rows, strings.ReplaceAll(string(c.State), "_", " ")+"\t"+c.Title+"\t"+c.Words)
		}
		p.table(rows...)
	}
	if r.Status == validate.StatusStopped {
		return
	}
	p.figures(r)
}

func (p *printer) figures(r *validate.Report) {
	if len(r.Bands) > 0 {
		p.line("\nWhat became of each band within %d days", r.Setup.HorizonDays)
		rows := []string{"band\taccounts at a cut-off\tleft\tshare (95 %)"}
		for i := range r.Bands {
			b := &r.Bands[i]
			rows = append(rows, fmt.Sprintf("%s\t%d\t%d\t%s", b.Title, b.Rows, b.Left, shareOf(b.Rate)))
		}
		p.table(rows...)
	}
	if r.Status != validate.StatusOK {
		return
	}
	m := &r.Metrics
	p.line("\nFigures, pooled over the cut-offs")
	p.table(
		"figure\tvalue (95 %)\tn\tdepartures\tevidence",
		row("AUC", m.AUC), row("AUC by ARR", m.AUCByARR), row("PR-AUC (base rate "+number(m.BaseRate.Value)+")", m.PRAUC),
		row("Brier score", m.Brier), row("Brier skill", m.BrierSkill), row("log loss (base rate "+number(m.LogLossBase.Value)+")", m.LogLoss),
		row("expected over observed", m.Expected), row("calibration in the large", m.CalibrationLarge), row("calibration slope", m.Slope),
		row("calibration error (by chance "+number(m.ECENull)+")", m.ECE),
		row("Harrell's C", r.Timing.Harrell), row("Uno's C", r.Timing.Uno),
		row("ARR that left", r.ARR.LeftRate), row("ARR that left or shrank", r.ARR.LostRate),
	)
	p.line("\nThe ranking, by days ahead")
	ahead := []string{"days\tAUC (95 %)\tnot watched for so long"}
	for i := range r.Timing.Points {
		t := &r.Timing.Points[i]
		ahead = append(ahead, fmt.Sprintf("%d\t%s\t%d", t.Days, interval(t.AUC), t.Unseen))
	}
	p.table(ahead...)
	if c := &r.Recalibrated; c.Miscalibration != nil {
		p.line("\nBrier score = miscalibration %s - discrimination %s + uncertainty %s", number(c.Miscalibration), number(c.Discrimination), number(c.Uncertainty))
	}
	if len(r.Lift) > 0 {
		p.line("\nLooking at the accounts most at risk")
		rows := []string{"who\taccounts\tfound\tby chance\tlift (95 %)\tof all departures (95 %)\tof their ARR (95 %)"}
		for i := range r.Lift {
			l := &r.Lift[i]
			rows = append(rows, fmt.Sprintf("%s\t%d\t%s\t%s\t%s\t%s\t%s", l.Title, l.LookedAt, number(&l.Found), number(&l.ByChance), interval(l.Lift), shareOf(l.Capture), shareOf(l.CaptureByARR)))
		}
		p.table(rows...)
	}
	p.line("\nBy cut-off")
	rows := []string{"cut-off\taccounts\tleft\ttrained on\texpected\tAUC (95 %)"}
	for i := range r.Folds {
		f := &r.Folds[i]
		expected := "-"
		if f.Predicted != nil {
			expected = fmt.Sprintf("%.1f", *f.Predicted*float64(f.Rows))
		}
		rows = append(rows, fmt.Sprintf("%s\t%d\t%d\t%d (%d left)\t%s\t%s", f.CutOff.Format(time.DateOnly), f.Rows, f.Left, f.TrainRows, f.TrainLeft, expected, interval(f.AUC)))
	}
	p.table(rows...)
	if len(r.Measures) > 0 {
		p.line("\nWhat each input tells alone")
		rows := []string{"input\tAUC (95 %)\tthose who leave have\tp (Holm)"}
		for i := range r.Measures {
			one := &r.Measures[i]
			rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s", one.Title, interval(one.AUC), one.Direction, number(one.PAdjusted)))
		}
		p.table(rows...)
	}
}

func row(name string, e validate.Estimate) string {
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%s", name, interval(e), e.N, e.Events, e.Evidence)
}

// interval writes an estimate with its limits, or why there is none.
func interval(e validate.Estimate) string {
	if e.Value == nil {
		return "- " + e.Why
	}
	return fmt.Sprintf("%s (%s to %s)", number(e.Value), number(e.Low), number(e.High))
}

func shareOf(e validate.Estimate) string {
	if e.Value == nil {
		return "- " + e.Why
	}
	return fmt.Sprintf("%.1f %% (%.1f to %.1f)", *e.Value*100, *e.Low*100, *e.High*100)
}

func number(f *float64) string {
	if f == nil {
		return "-"
	}
	if math.Abs(*f) >= 100 {
		return strconv.FormatFloat(*f, 'f', 0, 64)
	}
	return strconv.FormatFloat(*f, 'g', 3, 64)
}
