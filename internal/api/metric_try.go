package api

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/model"
)

type tryMetricInput struct {
	MetricPath
	AsOfParam
	Body struct {
		YAML    string `json:"yaml" minLength:"1" maxLength:"20000" doc:"The metric as a YAML map: name, kind, events and so on."`
		Account string `json:"account,omitempty" maxLength:"40" doc:"An account to see the value of."`
	}
}

// MetricTrial is what a text would make of a metric; nothing is saved.
type MetricTrial struct {
	Stamp
	Errors  []TextError `json:"errors" doc:"With line and column in the text that was sent; line 0 for what it would break elsewhere in the model."`
	InWords string      `json:"in_words,omitempty"`
	Unit    string      `json:"unit,omitempty"`
	Name    string      `json:"name,omitempty"`

	Subjects     int            `json:"subjects"`
	Changed      int            `json:"changed" doc:"Accounts or product lines whose value would be another one, or appear, or go."`
	Coverage     float64        `json:"coverage"`
	Distribution *Distribution  `json:"distribution,omitempty"`
	Histogram    []HistogramBin `json:"histogram"`
	Now          *TrialNow      `json:"now,omitempty" doc:"The metric in force; absent for a new one."`
	Account      *TrialAccount  `json:"account,omitempty"`
}

// TrialNow is the metric in force beside a text.
type TrialNow struct {
	Coverage     float64       `json:"coverage"`
	Distribution *Distribution `json:"distribution,omitempty"`
}

// TrialAccount is one account's values by a text and by the metric in force.
type TrialAccount struct {
	ID     id.Account   `json:"id"`
	Name   string       `json:"name"`
	Value  *float64     `json:"value"`
	Now    *float64     `json:"now"`
	Series []TrialPoint `json:"series"`
	// Products are the values per product line, where the metric has those.
	Products []TrialProduct `json:"products"`
}

// TrialPoint is a value over time.
type TrialPoint struct {
	At    time.Time `json:"at"`
	Value *float64  `json:"value"`
	Now   *float64  `json:"now"`
}

// TrialProduct is a value of one product line.
type TrialProduct struct {
	Product string   `json:"product"`
	Value   *float64 `json:"value"`
	Now     *float64 `json:"now"`
}

func (s *Server) tryMetric(ctx context.Context, in *tryMetricInput) (MetricTrial, error) {
	out := MetricTrial{Errors: []TextError{}, Histogram: []HistogramBin{}}
	v, err := s.viewAt(ctx, in.AsOfParam)
	if err != nil {
		return out, err
	}
	out.Stamp = v.stamp()
	candidate, errs, err := withMetric(v.model.Model, in.Name, in.Body.YAML)
	if out.Errors = errs; err != nil || len(errs) > 0 {
		return out, err
	}
	def := &candidate.Model.Metrics[len(candidate.Model.Metrics)-1]
	out.Name, out.InWords, out.Unit = def.Name, inWords(def), def.Unit
	trial, err := v.engine.MetricSamples(ctx, candidate, def.Name, []time.Time{v.AsOf})
	if err != nil {
		return out, err
	}
	out.Subjects, out.Histogram = len(trial[0].Values), histogram(trial[0].Values)
	out.Coverage, out.Distribution = spread(trial[0].Values)
	old, has := v.model.Model.Metric(in.Name)
	if has {
		now, err := v.engine.MetricSamples(ctx, nil, old.Name, []time.Time{v.AsOf})
		if err != nil {
			return out, err
		}
		out.Now = &TrialNow{}
		out.Now.Coverage, out.Now.Distribution = spread(now[0].Values)
		out.Changed = changed(&now[0], &trial[0])
	} else {
		out.Changed = len(trial[0].Values)
	}
	if in.Body.Account != "" {
		out.Account, err = s.tryAccount(ctx, v, in, candidateMetric{candidate, def}, old)
	}
	return out, err
}

// candidateMetric is a metric that is not in force, in its model.
type candidateMetric struct {
	model *model.Compiled
	def   *metric.Definition
}

func (s *Server) tryAccount(ctx context.Context, v *view, in *tryMetricInput, c candidateMetric, old *metric.Definition) (*TrialAccount, error) {
	account, err := id.Parse[id.Account]("account", in.Body.Account)
	if err != nil {
		return nil, err
	}
	at, ok := v.Find(account)
	if !ok {
		return nil, fault.At("account", "there is no account %q on that day", in.Body.Account)
	}
	instants := append(evaluate.WeekStarts(v.AsOf, trendWeeks-1), v.AsOf)
	out := &TrialAccount{ID: account, Name: v.Rows[at].Account.Name, Series: []TrialPoint{}, Products: []TrialProduct{}}
	trial, err := v.engine.TrySeries(ctx, c.model, account, c.def.Name, instants)
	if err != nil {
		return nil, err
	}
	var now *metric.Values
	if old != nil {
		if now, err = v.engine.MetricSeries(ctx, account, []string{old.Name}, instants); err != nil {
			return nil, err
		}
	}
	last := len(instants) - 1
	if c.def.Per == "relationship" {
		for _, product := range trial.Products(0) {
			p := TrialProduct{Product: product, Value: cell(trial.Relationship(c.def.Name, 0, product, last))}
			if now != nil {
				p.Now = cell(now.Relationship(old.Name, 0, product, last))
			}
			out.Products = append(out.Products, p)
		}
		return out, nil
	}
	for t, when := range instants {
		p := TrialPoint{At: when, Value: cell(trial.Account(c.def.Name, 0, t))}
		if now != nil {
			p.Now = cell(now.Account(old.Name, 0, t))
		}
		out.Series = append(out.Series, p)
	}
	out.Value, out.Now = out.Series[last].Value, out.Series[last].Now
	return out, nil
}

func cell(v float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return finite(v)
}

// changed counts the subjects whose values differ between two samples of one instant.
func changed(now, trial *evaluate.MetricSample) int {
	was := make(map[evaluate.MetricSubject]float64, len(now.Values))
	for i, subject := range now.Subjects {
		was[subject] = now.Values[i]
	}
	n := 0
	for i, subject := range trial.Subjects {
		before, ok := was[subject]
		if !ok {
			before = math.NaN()
		}
		delete(was, subject)
		if after := trial.Values[i]; after != before && !(math.IsNaN(after) && math.IsNaN(before)) {
			n++
		}
	}
	for _, before := range was {
		if !math.IsNaN(before) {
			n++
		}
	}
	return n
}

// metricFile and restFile are what the text of the metric and the rest of the model
// are called while they are read; the text is an item of a list, behind two lines
// and indented by four.
const (
	metricFile   = "metric.yaml"
	restFile     = "model.yaml"
	metricLines  = 2
	metricIndent = 4
)

// withMetric reads the text of one metric in the place of the metric of that name;
// it is the last of the candidate's. Errors have their place in the text.
func withMetric(m *model.Model, name, text string) (*model.Compiled, []TextError, error) {
	rest := *m
	rest.Metrics = slices.DeleteFunc(slices.Clone(m.Metrics), func(d metric.Definition) bool { return d.Name == name })
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	item := "kept: 1\nmetrics:\n  - " + strings.Join(lines, "\n"+strings.Repeat(" ", metricIndent)) + "\n"
	files := []model.File{{Path: "a-" + restFile, Data: model.Marshal(&rest)}, {Path: "b-" + metricFile, Data: []byte(item)}}
	parsed, err := model.Parse(files)
	if err == nil && len(parsed.Metrics) != len(rest.Metrics)+1 {
		err = fault.At("b-"+metricFile+":3:5", "is not one metric: write its keys, such as name and kind, one a line")
	}
	if err != nil {
		return nil, inMetric(textErrors(err)), keepInternal(err)
	}
	c, err := parsed.Compile()
	return c, inMetric(textErrors(err)), keepInternal(err)
}

// inMetric turns places in the two files into places in the text.
func inMetric(errs []TextError) []TextError {
	for i := range errs {
		e := &errs[i]
		if e.File == "b-"+metricFile {
			e.Line, e.Column = max(1, e.Line-metricLines), max(1, e.Column-metricIndent)
		} else if e.File != "" {
			e.Line, e.Column = 0, 0
			e.Message = "elsewhere in the model: " + e.Message
		}
		e.File = ""
	}
	return errs
}
