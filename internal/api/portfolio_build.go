package api

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"kept/internal/id"
	"kept/internal/money"
	"kept/internal/usage"
)

// How many accounts a portfolio's lists name.
const (
	maxMovers   = 8
	maxRenewals = 20
	maxRisks    = 10
)

// minMove is the least change of score, in points, that makes a mover.
const minMove = 1

func (s *Server) portfolio(ctx context.Context, in *portfolioInput) (Portfolio, error) {
	var out Portfolio
	v, err := s.viewAt(ctx, in.AsOfParam)
	if err != nil {
		return out, err
	}
	owner := in.Owner
	if owner == meKey {
		owner = callerOf(ctx).me()
	} else if owner != "all" {
		if _, err := id.Parse[id.User]("owner", owner); err != nil {
			return out, err
		}
	}
	// Over all accounts of a large company this takes half a second, and Home is
	// what everybody opens: it is kept until the data change.
	out, err = s.portfolios.get(v.orderKey(owner), func() (Portfolio, error) { return s.buildPortfolio(ctx, v, owner) })
	if err != nil {
		return out, err
	}
	out.Freshness, err = s.freshnessNow(ctx)
	return out, err
}

// maxPortfolios is how many are kept.
const maxPortfolios = 64

func (s *Server) buildPortfolio(ctx context.Context, v *view, owner string) (out Portfolio, err error) {
	rows := v.owned(owner)
	out.Stamp, out.Owner = v.stamp(), owner
	out.Totals = v.totals(rows)
	out.Bands = v.bandTotals(rows)
	out.MoversUp, out.MoversDown = v.movers(rows)
	out.Renewals, out.RenewalsTotal = v.renewals(rows)
	out.Risks = v.risks(rows)
	out.Trend = v.trend(rows)
	out.Activity, err = s.portfolioActivity(ctx, v, rows)
	return out, err
}

// owned returns the rows of accounts that are customers and belong to the owner.
func (v *view) owned(owner string) []int32 {
	rows := []int32{}
	for i := range v.Rows {
		r := &v.Rows[i]
		gone := !r.Account.ChurnedAt.IsZero() && !r.Account.ChurnedAt.After(v.AsOf)
		if !gone && (owner == "all" || string(r.Owner) == owner) {
			rows = append(rows, int32(i)) //nolint:gosec // accounts are far fewer than 2^31
		}
	}
	return rows
}

func (v *view) totals(rows []int32) PortfolioTotals {
	t := PortfolioTotals{Accounts: len(rows)}
	t.ARR = v.sum(rows)
	var weight, now, moved, then float64
	for _, i := range rows {
		r := &v.Rows[i]
		if r.ARR.Currency != t.ARR.Currency || r.ARR.Minor <= 0 || !r.HasScore() {
			continue
		}
		w := float64(r.ARR.Minor)
		weight += w
		now += w * r.Score
		if d := finite(r.Delta30); d != nil {
			moved += w * *d
			then += w
		}
	}
	if weight > 0 {
		t.ScoreMeanARRWeighted = finite(now / weight)
	}
	if then > 0 {
		t.Delta30 = finite(moved / then)
	}
	return t
}

// noneChip stands for accounts without a score.
var noneChip = BandChip{Key: noneKey, Title: "No score", Color: "grey", Letter: "–"}

// bandTotals counts by band now and 30 days before, by today's ARR: so that what
// differs is health and not growth.
func (v *view) bandTotals(rows []int32) []BandTotal {
	currency := v.currency(rows)
	chips := append(slices.Clone(v.look.bands), noneChip)
	out := make([]BandTotal, len(chips))
	at := map[string]int{}
	for i, c := range chips {
		at[c.Key] = i
		out[i] = BandTotal{BandChip: c, ARR: money.Amount{Currency: currency}, ARRBefore: money.Amount{Currency: currency}}
	}
	for _, i := range rows {
		r := &v.Rows[i]
		arr := int64(0)
		if r.ARR.Currency == currency {
			arr = r.ARR.Minor
		}
		now := &out[at[cmp.Or(r.Band, noneKey)]]
		now.Accounts++
		now.ARR.Minor += arr
		if before, existed := v.BandBefore(int(i)); existed {
			then := &out[at[cmp.Or(before, noneKey)]]
			then.AccountsBefore++
			then.ARRBefore.Minor += arr
		}
	}
	return out
}

func (v *view) movers(rows []int32) (up, down []AccountRow) {
	moved := slices.DeleteFunc(slices.Clone(rows), func(i int32) bool {
		d := finite(v.Rows[i].Delta30)
		return d == nil || *d < minMove && *d > -minMove
	})
	slices.SortFunc(moved, func(a, b int32) int {
		return cmp.Or(cmp.Compare(v.Rows[b].Delta30, v.Rows[a].Delta30), cmp.Compare(a, b))
	})
	var ups, downs []int32
	for _, i := range moved {
		if v.Rows[i].Delta30 > 0 && len(ups) < maxMovers {
			ups = append(ups, i)
		}
	}
	for k := len(moved) - 1; k >= 0 && len(downs) < maxMovers && v.Rows[moved[k]].Delta30 < 0; k-- {
		downs = append(downs, moved[k])
	}
	return v.rows(ups), v.rows(downs)
}

// renewals are the terms that end within 90 days, the nearest first.
func (v *view) renewals(rows []int32) (page []AccountRow, total int) {
	soon := slices.DeleteFunc(slices.Clone(rows), func(i int32) bool {
		at := v.Rows[i].RenewalAt
		return at.IsZero() || at.Before(v.AsOf) || at.Sub(v.AsOf) > 90*day
	})
	slices.SortFunc(soon, func(a, b int32) int {
		return cmp.Or(v.Rows[a].RenewalAt.Compare(v.Rows[b].RenewalAt), cmp.Compare(v.Rows[b].ARR.Minor, v.Rows[a].ARR.Minor), cmp.Compare(a, b))
	})
	return v.rows(soon[:min(maxRenewals, len(soon))]), len(soon)
}

// risks are the accounts with a reason to worry; what is at stake decides their
// order. The rules are plain on purpose: each reason can be checked by eye.
func (v *view) risks(rows []int32) []Risk {
	type risk struct {
		row     int32
		reasons []string
	}
	var found []risk
	for _, i := range rows {
		if reasons := v.reasons(int(i)); len(reasons) > 0 {
			found = append(found, risk{i, reasons})
		}
	}
	slices.SortFunc(found, func(a, b risk) int {
		x, y := &v.Rows[a.row], &v.Rows[b.row]
		return cmp.Or(cmp.Compare(len(b.reasons), len(a.reasons)), cmp.Compare(y.ARR.Minor, x.ARR.Minor), cmp.Compare(a.row, b.row))
	})
	out := []Risk{}
	for _, r := range found[:min(maxRisks, len(found))] {
		out = append(out, Risk{Account: v.row(int(r.row)), Reasons: r.reasons})
	}
	return out
}

func (v *view) reasons(i int) []string {
	r := &v.Rows[i]
	if !r.Active {
		return nil
	}
	var reasons []string
	low := v.worst(r)
	if low {
		chip := v.chip(r.Scorecard, r.Band)
		reasons = append(reasons, "Health: "+chip.Title)
	}
	if d := finite(r.Delta30); d != nil && *d <= -10 {
		reasons = append(reasons, fmt.Sprintf("Fell %.0f points in 30 days", -*d))
	}
	if at := r.RenewalAt; !at.IsZero() && !at.Before(v.AsOf) && at.Sub(v.AsOf) <= 90*day && (low || len(reasons) > 0) {
		reasons = append(reasons, "Renews "+ahead(at.Sub(v.AsOf)))
	}
	return reasons
}

// ahead says a time to come in whole days, rounded up: "today", "in 1 day", "in 36 days".
func ahead(d time.Duration) string {
	switch n := int(math.Ceil(d.Hours() / 24)); n {
	case 0:
		return "today"
	case 1:
		return "in 1 day"
	default:
		return fmt.Sprintf("in %d days", n)
	}
}

// trend counts bands per week; ARR is today's, as in bandTotals.
func (v *view) trend(rows []int32) []TrendPoint {
	currency := v.currency(rows)
	out := []TrendPoint{}
	for week, at := range v.WeeklyInstants() {
		p := TrendPoint{AsOf: at, Counts: map[string]int64{noneKey: 0, "arr_" + noneKey: 0}}
		for _, b := range v.look.bands {
			p.Counts[b.Key], p.Counts["arr_"+b.Key] = 0, 0
		}
		for _, i := range rows {
			band, existed := v.WeeklyBand(int(i), week)
			if !existed {
				continue
			}
			key := cmp.Or(band, noneKey)
			p.Counts[key]++
			if v.Rows[i].ARR.Currency == currency {
				p.Counts["arr_"+key] += v.Rows[i].ARR.Minor
			}
		}
		out = append(out, p)
	}
	return out
}

// portfolioActivity counts meetings of the last 30 days and open tickets from
// the event stream.
func (s *Server) portfolioActivity(ctx context.Context, v *view, rows []int32) (PortfolioActivity, error) {
	var out PortfolioActivity
	key := v.orderKey("activity")
	counts, err := s.activity.get(key, func() (activityCounts, error) { return s.countActivity(ctx, v.AsOf) })
	if err != nil {
		return out, err
	}
	for _, i := range rows {
		c := counts[v.Rows[i].Account.ID]
		out.Meetings30 += int(c[0])
		out.TicketsOpen += max(0, int(c[1]-c[2]))
	}
	return out, nil
}

// activityCounts are meetings in 30 days, tickets ever opened and ever solved.
type activityCounts map[id.Account][3]float64

func (s *Server) countActivity(ctx context.Context, asOf time.Time) (activityCounts, error) {
	cells, err := s.opt.Events.Aggregate(ctx, usage.AggregateQuery{
		Instants: []time.Time{asOf.Truncate(time.Second)}, KnownOnly: true,
		Aggregates: []usage.Aggregate{
			{Kind: usage.Count, Names: []string{usage.EventActivity + "meeting"}, Days: 30},
			{Kind: usage.Count, Names: []string{usage.EventTicketOpened}},
			{Kind: usage.Count, Names: []string{usage.EventTicketSolved}},
		},
	})
	if err != nil {
		return nil, err
	}
	out := activityCounts{}
	for _, c := range cells {
		n := out[c.Account]
		n[c.Aggregate] = c.Value
		out[c.Account] = n
	}
	return out, nil
}
