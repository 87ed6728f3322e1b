package api

import (
	"testing"

	"kept/internal/metric"
)

func TestInWords(t *testing.T) {
	p := 90.0
	for want, d := range map[string]metric.Definition{
		"number of login in 28 days": {Kind: metric.Count, Events: []string{"login"}, Window: "28d"},
		"sum of the values of spend of core where prop.plan == 'pro' in the previous month, ending 1 year before": {Kind: metric.Sum, Events: []string{"spend"}, Product: "core", Where: "prop.plan == 'pro'", Window: "previous_month", Offset: "1y"},
		"days with events so far this quarter": {Kind: metric.ActiveDays, Window: "this_quarter"},
		"number of drop in 84 days (without the start, with the end), converted to 28 days (from the shorter of window and tenure); once tenure is 14 days; once events reach back 56 days": {Kind: metric.Count, Events: []string{"drop"}, Window: "84d", Includes: metric.IncludesEnd, Scale: "28d", Tenure: "tenure", MinTenure: "14d", History: "56d"},
		"90th percentile of the values of rate in 3 months":                                                   {Kind: metric.Percentile, P: &p, Events: []string{"rate"}, Window: "3m"},
		"how many kinds of a, b happened in 4 weeks":                                                          {Kind: metric.DistinctEvents, Events: []string{"a", "b"}, Window: "4w"},
		"weeks in a row with login, up to now":                                                                {Kind: metric.CurrentStreak, By: metric.ByWeek, Events: []string{"login"}},
		"most days in a row with login since the beginning, per product line":                                 {Kind: metric.LongestStreak, By: metric.ByDay, Events: []string{"login"}, Per: "relationship"},
		"ticket_opened not yet closed by ticket_solved, matched by ticket":                                    {Kind: metric.Open, Events: []string{"ticket_opened"}, ClosedBy: []string{"ticket_solved"}, Match: "ticket"},
		"calendar days since the last of login; only while a subscription is in force":                        {Kind: metric.Recency, As: metric.CalendarDays, Events: []string{"login"}, Only: metric.OnlyActive},
		"100 × users / seats; once the account is 30 days old":                                                {Kind: metric.Quotient, Of: "users", Over: "seats", As: metric.Percent, MinTenure: "30d"},
		"mean, weighted by ARR, of use over the product lines":                                                {Kind: metric.Rollup, Of: "use", Take: metric.TakeARR, From: metric.FromRelationships},
		"worst of use over the child accounts":                                                                {Kind: metric.Rollup, Of: "use", Take: metric.TakeWorst, From: metric.FromChildren},
		"percentile of logins among the accounts of its segment":                                              {Kind: metric.Peer, Of: "logins", As: metric.AsPercentile, Within: metric.WithinSegment},
		"days since the subscriptions began that lead to the one in force without a gap of more than 31 days": {Kind: metric.Subscription, Field: metric.Tenure, Gap: "31d"},
	} {
		if got := inWords(&d); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
