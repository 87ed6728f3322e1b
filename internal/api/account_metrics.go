package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/usage"
)

// SeriesRange are the parameters of every series over time.
type SeriesRange struct {
	From string `query:"from" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD; absent means 26 weeks before to."`
	To   string `query:"to" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD; absent means now."`
	Step string `query:"step" enum:"day,week" default:"week"`
}

type accountMetricInput struct {
	AccountPath
	Name string `path:"name" maxLength:"100"`
	AsOfParam
	SeriesRange
}

type accountUsageInput struct {
	AccountPath
	AsOfParam
	SeriesRange
	Product string `query:"product" maxLength:"64" doc:"Product key."`
}

func (s *Server) accountMetricRoutes() {
	get(s, endpoint{id: "list-account-metrics", method: http.MethodGet, path: "/accounts/{id}/metrics", tag: "accounts", need: canRead, summary: "Every metric of an account"}, s.accountMetrics)
	get(s, endpoint{id: "get-account-metric", method: http.MethodGet, path: "/accounts/{id}/metrics/{name}", tag: "accounts", need: canRead, summary: "One metric over time, explained as of an instant"}, s.accountMetric)
	get(s, endpoint{id: "get-account-usage", method: http.MethodGet, path: "/accounts/{id}/usage", tag: "accounts", need: canRead, summary: "Usage charts of an account"}, s.accountUsage)
}

// maxPoints bounds a series.
const maxPoints = 400

// instants returns the points of a series: the end, and steps back to the start.
func (p SeriesRange) instants(asOf time.Time) ([]time.Time, error) {
	to, err := parseInstant("to", p.To)
	if err != nil {
		return nil, err
	}
	if to.IsZero() || to.After(asOf) {
		to = asOf
	}
	from, err := parseInstant("from", p.From)
	if err != nil {
		return nil, err
	}
	step := 7 * day
	if p.Step == "day" {
		step = day
	}
	if from.IsZero() {
		from = to.Add(-25 * 7 * day)
	}
	if !from.Before(to) {
		return nil, fault.At("from", "is not before to: choose an earlier day")
	}
	if n := int(to.Sub(from)/step) + 1; n > maxPoints {
		return nil, fault.At("from", "this asks for %d points: at most %d; choose a later from, or step=week", n, maxPoints)
	}
	var out []time.Time
	for t := to; !t.Before(from); t = t.Add(-step) {
		out = append(out, t)
	}
	slices.Reverse(out)
	return out, nil
}

func (s *Server) accountMetrics(ctx context.Context, in *accountInput) (NumberList[AccountMetric], error) {
	var out NumberList[AccountMetric]
	v, at, err := s.locate(ctx, in.ID, in.AsOfParam)
	if err != nil {
		return out, err
	}
	account := v.Rows[at].Account.ID
	values, err := v.engine.MetricSeries(ctx, account, nil, []time.Time{v.AsOf.Add(-30 * day), v.AsOf})
	if err != nil {
		return out, err
	}
	out.Stamp, out.Items = v.stamp(), []AccountMetric{}
	for i := range v.model.Model.Metrics {
		out.Items = append(out.Items, metricRow(&v.model.Model.Metrics[i], values))
	}
	out.Total = int64(len(out.Items))
	return out, nil
}

func metricRow(def *metric.Definition, values *metric.Values) AccountMetric {
	row := AccountMetric{
		Name: def.Name, Title: titleOr(def.Title, def.Name), Unit: def.Unit, Kind: def.Kind, Formula: inWords(def),
		Higher: def.HigherIsBetter, PerProduct: []ProductMetric{},
	}
	if def.Per == "relationship" {
		for _, p := range values.Products(0) {
			cell := ProductMetric{Product: p}
			if f, ok := values.Relationship(def.Name, 0, p, 1); ok {
				cell.Value = finite(f)
			}
			row.PerProduct = append(row.PerProduct, cell)
		}
		return row
	}
	if f, ok := values.Account(def.Name, 0, 0); ok {
		row.Previous = finite(f)
	}
	if f, ok := values.Account(def.Name, 0, 1); ok {
		row.Value = finite(f)
		if age := values.AgeDays(def.Name, 0, 1); age >= 0 {
			row.AgeDays = finite(age)
		}
	}
	return row
}

// activeUsers returns the value per product of the model's first metric that
// counts distinct actors per relationship.
func (s *Server) activeUsers(ctx context.Context, account id.Account, v *view) (map[string]*float64, error) {
	out := map[string]*float64{}
	for i := range v.model.Model.Metrics {
		def := &v.model.Model.Metrics[i]
		if def.Kind != metric.DistinctActors || def.Per != "relationship" {
			continue
		}
		values, err := v.engine.MetricSeries(ctx, account, []string{def.Name}, []time.Time{v.AsOf})
		if err != nil {
			return nil, err
		}
		for _, p := range values.Products(0) {
			if f, ok := values.Relationship(def.Name, 0, p, 0); ok {
				out[p] = finite(f)
			}
		}
		return out, nil
	}
	return out, nil
}

func (s *Server) accountMetric(ctx context.Context, in *accountMetricInput) (AccountMetricDetail, error) {
	var out AccountMetricDetail
	v, at, err := s.locate(ctx, in.ID, in.AsOfParam)
	if err != nil {
		return out, err
	}
	i := slices.IndexFunc(v.model.Model.Metrics, func(d metric.Definition) bool { return d.Name == in.Name })
	if i < 0 {
		return out, fault.New(fault.NotFound, "there is no metric %.60q in the model", in.Name)
	}
	instants, err := in.instants(v.AsOf)
	if err != nil {
		return out, err
	}
	account := v.Rows[at].Account.ID
	out.Stamp, out.Series = v.stamp(), []MetricPoint{}
	if v.model.Model.Metrics[i].Per == "relationship" {
		out.Why = MetricWhy{
			Name: in.Name, Title: titleOr(v.model.Model.Metrics[i].Title, in.Name), Kind: v.model.Model.Metrics[i].Kind,
			Formula: inWords(&v.model.Model.Metrics[i]), Events: []string{}, Facts: []FactRef{}, Rows: []EventRows{}, Inputs: []MetricWhy{},
			Note: "this metric has a value per product line: see the list of metrics",
		}
		return out, nil
	}
	values, err := v.engine.MetricSeries(ctx, account, []string{in.Name}, instants)
	if err != nil {
		return out, err
	}
	for k, t := range instants {
		p := MetricPoint{At: t}
		if f, ok := values.Account(in.Name, 0, k); ok {
			p.Value = finite(f)
		}
		out.Series = append(out.Series, p)
	}
	why, err := v.engine.Why(ctx, account, in.Name, "", v.AsOf)
	if err != nil {
		return out, err
	}
	out.Why, err = v.why(account, why)
	return out, err
}

// why turns the engine's explanation into the one that the drawer shows.
func (v *view) why(account id.Account, w *metric.Why) (MetricWhy, error) {
	out := MetricWhy{
		Name: w.Metric, Title: titleOr("", w.Metric), Kind: w.Kind, Value: w.Value, Note: w.Missing,
		Events: []string{}, Facts: []FactRef{}, Rows: []EventRows{}, Inputs: []MetricWhy{},
	}
	product := w.Product
	if def := v.metricDef(w.Metric); def != nil {
		out.Title, out.Unit, out.Formula = titleOr(def.Title, def.Name), def.Unit, inWords(def)
		if product == "" {
			product = def.Product
		}
	}
	switch {
	case w.Account != "":
		account = w.Account
		out.Title = v.nameOf(account)
	case w.Product != "":
		out.Title += " · " + w.Product
	}
	if p := w.Peers; p != nil {
		among := "all accounts"
		if p.Group != "" {
			among = "the segment " + p.Group
		}
		out.Note = fmt.Sprintf("among %d of %s: from %s to %s, median %s, mean %s", p.Count, among, short(p.Least), short(p.Most), short(p.Median), short(p.Mean))
	}
	if w.Weight != nil {
		out.Note = strings.TrimPrefix(out.Note+"; weight "+short(*w.Weight), "; ")
	}
	if w.Assumed {
		out.Note = "nothing to count, which this metric takes as 0"
	}
	var err error
	if w.Window != nil {
		out.WindowFrom, out.WindowTo, out.NEvents = w.Window.From, w.Window.To, int64(w.Window.Count)
		out.Events = orEmpty(w.Window.Events)
		if out.Rows, err = v.eventRows(account, w.Window, product); err != nil {
			return out, err
		}
	}
	if p := w.Previous; p != nil {
		rows, err := v.eventRows(account, p, product)
		if err != nil {
			return out, err
		}
		out.Inputs = append(out.Inputs, MetricWhy{
			Name: w.Metric, Title: "The window before", Kind: w.Kind, Value: p.Value, WindowFrom: p.From, WindowTo: p.To,
			NEvents: int64(p.Count), Events: orEmpty(p.Events), Facts: []FactRef{}, Rows: rows, Inputs: []MetricWhy{},
		})
	}
	for _, t := range w.Terms {
		if t.InForce {
			out.Facts = append(out.Facts, FactRef{Key: string(t.Subscription), Value: termInWords(t.State), ValidFrom: t.State.ValidFrom, KnownAt: t.State.KnownAt, Source: "subscription"})
		}
	}
	for i := range w.Facts {
		f := &w.Facts[i]
		author := v.names[f.Author]
		out.Facts = append(out.Facts, FactRef{Key: f.Key, Value: f.Value.String(), ValidFrom: f.ValidFrom, KnownAt: f.KnownAt, Source: f.Source, Author: author, Reason: f.Reason})
	}
	for i := range w.Inputs {
		in, err := v.why(account, &w.Inputs[i])
		if err != nil {
			return out, err
		}
		out.Inputs = append(out.Inputs, in)
	}
	return out, nil
}

// eventRows gives each list of events behind a window the query that shows it.
func (v *view) eventRows(account id.Account, w *metric.Window, product string) ([]EventRows, error) {
	rows, whole, err := v.engine.Rows(account, w, product, v.AsOf)
	if err != nil {
		return nil, err
	}
	out := []EventRows{}
	for _, r := range rows {
		q := url.Values{"account": {string(account)}, "to": {r.To.Format(time.RFC3339)}}
		for key, value := range map[string]string{"name": r.Name, "product": r.Product} {
			if value != "" {
				q.Set(key, value)
			}
		}
		if !r.From.IsZero() {
			q.Set("from", r.From.Format(time.RFC3339))
		}
		// A window may end before the instant: to stays, and as_of says what was known.
		q.Set("as_of", v.AsOf.Format(time.RFC3339))
		if r.KnownBy.IsZero() {
			q.Set("known", string(evaluate.AsCorrected))
		}
		out = append(out, EventRows{Name: r.Name, Product: r.Product, Count: r.Count, Query: q.Encode(), Some: !whole})
	}
	return out, nil
}

// nameOf names an account by its id.
func (v *view) nameOf(account id.Account) string {
	if at, ok := v.Find(account); ok {
		return v.Rows[at].Account.Name
	}
	return string(account)
}

// short writes a number for reading, with at most four digits after the point.
func short(f float64) string { return strconv.FormatFloat(math.Round(f*1e4)/1e4, 'f', -1, 64) }

// maxSeries is how many event names a usage chart shows; the rest is left out.
const maxSeries = 12

// accountUsage counts the account's own events per step: few enough to be read
// one by one, unlike those of all accounts.
func (s *Server) accountUsage(ctx context.Context, in *accountUsageInput) (AccountUsage, error) {
	var out AccountUsage
	v, at, err := s.locate(ctx, in.ID, in.AsOfParam)
	if err != nil {
		return out, err
	}
	instants, err := in.instants(v.AsOf)
	if err != nil {
		return out, err
	}
	account := v.Rows[at].Account.ID
	step := instants[len(instants)-1].Sub(instants[0]) / time.Duration(max(1, len(instants)-1))
	if len(instants) == 1 {
		step = 7 * day
	}
	out.Stamp, out.From, out.To = v.stamp(), instants[0].Add(-step), instants[len(instants)-1]
	b := newBuckets(instants, step, in.Product)
	err = s.opt.Events.Scan(ctx, []id.Account{account}, func(events []usage.Event) error {
		for i := range events {
			if v.known == evaluate.AsCorrected || !events[i].KnownAt.After(v.AsOf) {
				b.add(&events[i])
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return out, err
	}
	out.Series, out.ActiveUsers = b.series(maxSeries), b.users()
	out.Seats, err = s.seats(ctx, account, in.Product, instants)
	return out, err
}
