package api

import (
	"strings"

	"kept/internal/metric"
)

// inWords says how a metric is computed, as a person would.
func inWords(d *metric.Definition) string {
	s := kindInWords(d)
	switch {
	case d.Scale != "" && d.Tenure != "":
		s += ", converted to " + inDays(d.Scale) + " (from the shorter of window and " + d.Tenure + ")"
	case d.Scale != "":
		s += ", converted to " + inDays(d.Scale)
	}
	if d.Per == "relationship" {
		s += ", per product line"
	}
	if d.Only == metric.OnlyActive {
		s += "; only while a subscription is in force"
	}
	switch {
	case d.MinTenure != "" && d.Tenure != "":
		s += "; once " + d.Tenure + " is " + inDays(d.MinTenure)
	case d.MinTenure != "":
		s += "; once the account is " + inDays(d.MinTenure) + " old"
	}
	if d.History != "" {
		s += "; once events reach back " + inDays(d.History)
	}
	return s
}

func kindInWords(d *metric.Definition) string {
	of, window := eventsInWords(d), windowInWords(d)
	values := " of the values of " + of + " " + window
	switch d.Kind {
	case metric.Count:
		return "number of " + of + " " + window
	case metric.Sum, metric.Mean, metric.Median:
		return string(d.Kind) + values
	case metric.Min:
		return "least" + values
	case metric.Max:
		return "greatest" + values
	case metric.Percentile:
		if d.P == nil {
			return "percentile" + values
		}
		return num(*d.P) + "th percentile" + values
	case metric.DistinctActors:
		return "people seen in " + of + " " + window
	case metric.DistinctEvents:
		return "how many kinds of " + of + " happened " + window
	case metric.ActiveDays:
		return "days with " + of + " " + window
	case metric.CurrentStreak:
		return string(d.By) + "s in a row with " + of + ", up to now"
	case metric.LongestStreak:
		return "most " + string(d.By) + "s in a row with " + of + " " + window
	case metric.Recency:
		if d.As == metric.CalendarDays {
			return "calendar days since the last of " + of
		}
		return "days since the last of " + of
	case metric.First:
		return "value of the first of " + of + " " + window
	case metric.Latest:
		return "value of the last of " + of + " " + window
	case metric.Open:
		s := of + " not yet closed by " + strings.Join(d.ClosedBy, ", ")
		if d.Match != "" {
			s += ", matched by " + d.Match
		}
		return s
	default:
		return derivedInWords(d)
	}
}

// derivedInWords is kindInWords for what does not read events.
func derivedInWords(d *metric.Definition) string {
	switch d.Kind {
	case metric.Change:
		s := "relative change of " + d.Of + " against the window before"
		if d.As == metric.Difference {
			s = "difference of " + d.Of + " to the window before"
		}
		return s
	case metric.Quotient:
		if d.As == metric.Percent {
			return "100 × " + d.Of + " / " + d.Over
		}
		return d.Of + " / " + d.Over
	case metric.Rollup:
		parts := "the product lines"
		if d.From == metric.FromChildren {
			parts = "the child accounts"
		}
		take := map[metric.Take]string{
			metric.TakeARR: "mean, weighted by ARR,", metric.TakeCount: "number of values", metric.TakeMin: "least", metric.TakeMax: "greatest",
		}[d.Take]
		if take == "" {
			take = string(d.Take)
		}
		return take + " of " + d.Of + " over " + parts
	case metric.Peer:
		what := map[metric.As]string{metric.AsPercentile: "percentile", metric.AsZ: "standard deviations from the mean", metric.AsRank: "rank"}[d.As]
		peers := "all accounts"
		if d.Within == metric.WithinSegment {
			peers = "the accounts of its segment"
		}
		return what + " of " + d.Of + " among " + peers
	case metric.Subscription:
		s := map[metric.Field]string{
			metric.ARR: "ARR of the subscriptions in force", metric.Seats: "seats of the subscriptions in force",
			metric.DaysToRenewal: "days to the nearest end of a subscription in force", metric.Tenure: "days since the first subscription began",
			metric.Subscriptions: "number of subscriptions in force",
		}[d.Field]
		if d.Gap != "" {
			s = "days since the subscriptions began that lead to the one in force without a gap of more than " + inDays(d.Gap)
		}
		return s
	case metric.Attribute:
		return "attribute " + d.Key
	case metric.Manual:
		return "judgement " + d.Key + ", entered by hand"
	default:
		return d.Expr
	}
}

func eventsInWords(d *metric.Definition) string {
	of := "events"
	if len(d.Events) > 0 {
		of = strings.Join(d.Events, ", ")
	}
	if d.Product != "" {
		of += " of " + d.Product
	}
	if d.Where != "" {
		of += " where " + d.Where
	}
	return of
}

func windowInWords(d *metric.Definition) string {
	window := "since the beginning"
	switch {
	case strings.Contains(d.Window, "_"):
		window = "in the " + strings.ReplaceAll(d.Window, "_", " ")
		if rest, this := strings.CutPrefix(d.Window, "this_"); this {
			window = "so far this " + rest
		}
	case d.Window != "":
		window = "in " + inDays(d.Window)
	}
	if d.Offset != "" {
		window += ", ending " + inDays(d.Offset) + " before"
	}
	switch d.Includes {
	case metric.IncludesEnd:
		window += " (without the start, with the end)"
	case metric.IncludesBoth:
		window += " (with start and end)"
	case metric.IncludesNeither:
		window += " (without start and end)"
	case metric.IncludesStart:
	}
	return window
}

// inDays spells out a length of time such as 28d or 3m.
func inDays(length string) string {
	if length == "" {
		return length
	}
	n := length[:len(length)-1]
	unit, ok := map[byte]string{'d': "day", 'w': "week", 'm': "month", 'q': "quarter", 'y': "year"}[length[len(length)-1]]
	switch {
	case !ok:
		return length
	case n == "1":
		return "1 " + unit
	}
	return n + " " + unit + "s"
}
