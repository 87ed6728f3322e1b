package api

import (
	"context"
	"math"
	"slices"
	"time"

	"kept/internal/evaluate"
	"kept/internal/fault"
)

// MetricDetail is one metric: what it means, how it spreads, how it moved, how new
// what stands behind it is, and who uses it.
type MetricDetail struct {
	Stamp
	CatalogueMetric
	Subjects  int            `json:"subjects" doc:"Accounts that exist, or their product lines where the metric has a value per product line."`
	Histogram []HistogramBin `json:"histogram"`
	Trend     []MetricWeek   `json:"trend" doc:"26 weeks, the oldest first, each as known then."`
	Ages      *Distribution  `json:"ages,omitempty" doc:"How old the newest data behind the values are, in days; absent for metrics that do not age."`
	Segments  []string       `json:"segments" doc:"Segments and conditions that read it."`
}

// HistogramBin counts the values of one range; the last includes its end.
type HistogramBin struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Count int     `json:"count"`
}

// MetricWeek is a metric over all accounts at an instant.
type MetricWeek struct {
	At           time.Time     `json:"at"`
	Subjects     int           `json:"subjects"`
	Coverage     float64       `json:"coverage"`
	Distribution *Distribution `json:"distribution,omitempty"`
}

// MetricPath names a metric.
type MetricPath struct {
	Name string `path:"name" maxLength:"100"`
}

type metricInput struct {
	MetricPath
	AsOfParam
}

// trendWeeks is how far back the page of a metric looks.
const trendWeeks = 26

func (s *Server) metricDetail(ctx context.Context, in *metricInput) (MetricDetail, error) {
	var out MetricDetail
	v, err := s.viewAt(ctx, in.AsOfParam)
	if err != nil {
		return out, err
	}
	def, ok := v.model.Model.Metric(in.Name)
	if !ok {
		return out, fault.New(fault.NotFound, "there is no metric %.60q in the model of that day", in.Name)
	}
	instants := append(evaluate.WeekStarts(v.AsOf, trendWeeks-1), v.AsOf)
	samples, err := v.engine.MetricSamples(ctx, nil, def.Name, instants)
	if err != nil {
		return out, err
	}
	m := v.model.Model
	out.Stamp = v.stamp()
	out.CatalogueMetric = CatalogueMetric{Definition: *def, InWords: inWords(def), UsedBy: orEmpty(usedBy(m)[def.Name])}
	now := &samples[len(samples)-1]
	out.Subjects, out.Histogram = len(now.Values), histogram(now.Values)
	out.Coverage, out.Distribution = spread(now.Values)
	_, out.Ages = spread(known(now.Ages))
	out.Trend = weeksOf(samples)
	out.Segments = []string{}
	for i := range m.Segments {
		if mentions(m.Segments[i].When, def.Name) {
			out.Segments = append(out.Segments, m.Segments[i].Key)
		}
	}
	return out, nil
}

func weeksOf(samples []evaluate.MetricSample) []MetricWeek {
	weeks := make([]MetricWeek, len(samples))
	for i := range samples {
		weeks[i] = MetricWeek{At: samples[i].At, Subjects: len(samples[i].Values)}
		weeks[i].Coverage, weeks[i].Distribution = spread(samples[i].Values)
	}
	return weeks
}

// known drops the marks of what has no age.
func known(ages []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(ages), func(f float64) bool { return f < 0 })
}

// bins is how many ranges a histogram has at most; few whole numbers have one each.
const bins = 24

// histogram counts values in ranges of equal width between the 1st and the 99th
// percentile; what lies outside is counted in the first and the last.
func histogram(values []float64) []HistogramBin {
	sorted := slices.DeleteFunc(slices.Clone(values), func(f float64) bool { return finite(f) == nil })
	out := []HistogramBin{}
	if len(sorted) == 0 {
		return out
	}
	slices.Sort(sorted)
	last := len(sorted) - 1
	low, high := sorted[last/100], sorted[last-last/100]
	whole := !slices.ContainsFunc(sorted, func(f float64) bool { return f != math.Trunc(f) })
	width, n := (high-low)/bins, bins
	switch {
	case high == low:
		width, n = 0, 1
	case whole: // ranges of whole numbers: 0 to 23.2 is nobody's range of logins
		width = math.Ceil((high - low + 1) / bins)
		n = int(math.Ceil((high - low + 1) / width))
	}
	for i := range n {
		out = append(out, HistogramBin{From: low + float64(i)*width, To: low + float64(i+1)*width})
	}
	for _, f := range sorted {
		i := 0
		if width > 0 {
			i = min(n-1, max(0, int((f-low)/width)))
		}
		out[i].Count++
	}
	return out
}
