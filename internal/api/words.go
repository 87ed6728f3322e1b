package api

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/health"
	"kept/internal/metric"
)

// inWords says how a metric is computed, as a person would.
func inWords(d *metric.Definition) string {
	window := "since the beginning"
	if d.Window != "" {
		window = "in " + inDays(d.Window)
	}
	if d.Offset != "" {
		window += ", ending " + inDays(d.Offset) + " before"
	}
	of := "events"
	if len(d.Events) > 0 {
		of = strings.Join(d.Events, ", ")
	}
	if d.Product != "" {
		of += " of " + d.Product
	}
	var s string
	switch d.Kind {
	case metric.Count:
		s = "number of " + of + " " + window
	case metric.Sum:
		s = "sum of the values of " + of + " " + window
	case metric.Mean:
		s = "mean value of " + of + " " + window
	case metric.DistinctActors:
		s = "people seen in " + of + " " + window
	case metric.ActiveDays:
		s = "days with " + of + " " + window
	case metric.Recency:
		s = "days since the last of " + of
	case metric.Latest:
		s = "value of the last of " + of + " " + window
	case metric.Change:
		s = "relative change of " + d.Of + " against the window before"
		if d.As == metric.Difference {
			s = "difference of " + d.Of + " to the window before"
		}
	case metric.Subscription:
		s = map[metric.Field]string{
			metric.ARR: "ARR of the subscriptions in force", metric.Seats: "seats of the subscriptions in force",
			metric.DaysToRenewal: "days to the nearest end of a subscription in force", metric.Tenure: "days since the first subscription began",
			metric.Subscriptions: "number of subscriptions in force",
		}[d.Field]
	case metric.Attribute:
		s = "attribute " + d.Key
	case metric.Manual:
		s = "judgement " + d.Key + ", entered by hand"
	case metric.Formula:
		s = d.Expr
	}
	if d.Per == "relationship" {
		s += ", per product line"
	}
	return s
}

func inDays(window string) string {
	n, ok := strings.CutSuffix(window, "d")
	if !ok {
		return window
	}
	if n == "1" {
		return "1 day"
	}
	return n + " days"
}

// curveInWords says how a value becomes a measure score.
func curveInWords(m *health.Measure) string {
	var parts []string
	for _, k := range m.Cases {
		parts = append(parts, num(k.Score)+" when "+k.When)
	}
	if m.Otherwise != nil {
		parts = append(parts, "otherwise "+num(*m.Otherwise))
	}
	for _, p := range m.Points {
		parts = append(parts, num(p.X)+" → "+num(p.Score))
	}
	if len(parts) > 0 {
		return strings.Join(parts, ", ") + ", linear between"
	}
	if m.Below != nil && len(m.Steps) > 0 {
		parts = append(parts, "below "+num(m.Steps[0].From)+" → "+num(*m.Below))
	}
	for _, s := range m.Steps {
		parts = append(parts, "from "+num(s.From)+" → "+num(s.Score))
	}
	return strings.Join(parts, ", ")
}

func num(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func termInWords(r customer.Revision) string {
	s := fmt.Sprintf("%s %s a year, %d seats, from %s", strconv.FormatFloat(r.ARR.Major(), 'f', -1, 64), r.ARR.Currency, r.Seats, r.Start.Format(time.DateOnly))
	if !r.End.IsZero() {
		s += " until " + r.End.Format(time.DateOnly)
	}
	if r.Trial {
		s += " (trial)"
	}
	return s
}
