package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/money"
	"kept/internal/revenue"
)

// RevenueParams say what a bridge asks; package app takes them from flags.
type RevenueParams struct {
	From       string `query:"from" required:"true" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD (00:00 UTC of that day)." example:"2026-01-01"`
	To         string `query:"to" required:"true" maxLength:"40" doc:"As from; later than it, and not in the future." example:"2026-04-01"`
	By         string `query:"by" enum:"none,segment,owner,cohort,product" default:"none" doc:"Groups: segments and owners as of the end; the quarter in which an account first paid; products, each account's life with each of them by itself."`
	Currency   string `query:"currency" maxLength:"3" doc:"Only subscriptions in this currency; needed when there are several."`
	Trials     bool   `query:"trials" doc:"Count trials as paying."`
	Overlap    string `query:"overlap" enum:"successor,sum" default:"successor" doc:"While a term and its early renewal both run: the renewal alone, or both."`
	Returned   string `query:"left_and_returned" enum:"endpoint,path" default:"endpoint" doc:"An account that left and is back at the end: nothing happened, or churn and reactivation."`
	Escalators string `query:"escalators" enum:"included,apart" default:"included" doc:"More money for as many seats: part of the expansion, or a line of its own."`
	Known      string `query:"known" enum:"then,now" default:"then" doc:"Each day as it was known then, or all as known today."`
}

type bridgeInput struct {
	RevenueParams
	Step string `query:"step" enum:"month,quarter,year,whole" default:"month" doc:"Length of the periods; the last one may be shorter."`
}

type movementsInput struct {
	RevenueParams
	Kind  string `query:"kind" enum:"any,opening,new,reactivation,expansion,escalation,contraction,churn,closing" default:"any"`
	Group string `query:"group" maxLength:"100" doc:"Key of a group, with by; none for what is in no group."`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}

// RevenueBridge is ARR from period to period, by group.
type RevenueBridge struct {
	Instants []time.Time     `json:"instants" doc:"Ends of the periods: one more than periods."`
	Currency money.Currency  `json:"currency"`
	Periods  []RevenuePeriod `json:"periods"`
	// Whole is the bridge from the first instant to the last.
	Whole revenue.Row    `json:"whole"`
	By    string         `json:"by"`
	Group []RevenueGroup `json:"groups"`
	// Trailing is the retention of twelve months, ending with each instant.
	Trailing []revenue.Measures `json:"trailing"`
	Policy   revenue.Policy     `json:"policy"`
	Switches []revenue.Switch   `json:"switches"`
	Others   []OtherPolicy      `json:"others" doc:"The figures of the whole under each other position of a switch."`
}

// RevenuePeriod is one period of a bridge.
type RevenuePeriod struct {
	From time.Time   `json:"from"`
	To   time.Time   `json:"to"`
	Row  revenue.Row `json:"row"`
}

// RevenueGroup is a group over the whole time, and its closing by period.
type RevenueGroup struct {
	Key     string        `json:"key"`
	Title   string        `json:"title"`
	Whole   revenue.Row   `json:"whole"`
	Closing []int64       `json:"closing_minor"`
	Periods []revenue.Row `json:"periods"`
	Few     bool          `json:"few" doc:"Fewer than 20 accounts at the start: too few to judge retention by."`
}

// OtherPolicy is what a figure would be under another position of one switch.
type OtherPolicy struct {
	Switch   string   `json:"switch"`
	Value    string   `json:"value"`
	NRR      *float64 `json:"nrr"`
	GRR      *float64 `json:"grr"`
	Logo     *float64 `json:"logo_retention"`
	Opening  int64    `json:"arr_opening_minor"`
	Closing  int64    `json:"arr_closing_minor"`
	InForce  bool     `json:"in_force"`
	Accounts int      `json:"accounts_opening"`
}

// RevenueMovement is what one account did between two instants.
type RevenueMovement struct {
	Account Ref          `json:"account"`
	Group   KeyTitle     `json:"group"`
	Line    revenue.Line `json:"line"`
}

// fewAccounts is below what retention is not judged by (frameworks, reading rules).
const fewAccounts = 20

func (s *Server) revenueRoutes() {
	get(s, endpoint{id: "get-revenue-bridge", method: http.MethodGet, path: "/revenue/bridge", tag: "revenue", need: canRead, summary: "The ARR bridge and retention by period and group, with its policies"}, s.bridge)
	get(s, endpoint{id: "list-revenue-movements", method: http.MethodGet, path: "/revenue/movements", tag: "revenue", need: canRead, summary: "The accounts behind a bar of the bridge"}, s.movements)
}

// Query reads the parameters; prefix stands before the names of parameters in
// errors, such as "--".
func (p *RevenueParams) Query(step, prefix string, now time.Time) (evaluate.RevenueQuery, error) {
	q := evaluate.RevenueQuery{By: evaluate.RevenueBy(p.By)}
	if p.By == "none" {
		q.By = evaluate.ByNothing
	}
	from, to, policy, err := ParseMeasures(p.From, p.To, p.Currency, prefix)
	if err != nil {
		return q, err
	}
	policy.Trials = p.Trials
	if p.Overlap != "successor" {
		policy.Overlap = revenue.Overlap(p.Overlap)
	}
	if p.Returned != "endpoint" {
		policy.Returned = revenue.Returned(p.Returned)
	}
	if p.Escalators != "included" {
		policy.Escalators = revenue.Escalators(p.Escalators)
	}
	if p.Known == "now" {
		policy.KnownAt = now
	}
	q.Policy = policy
	q.Instants, err = steps(from, to, step, prefix)
	return q, err
}

// maxPeriods bounds a bridge: ten years of months.
const maxPeriods = 120

// steps cuts the time between two instants at the beginnings of months, quarters
// or years; what is left over at both ends is a period of its own.
func steps(from, to time.Time, step, prefix string) ([]time.Time, error) {
	out := []time.Time{from}
	months := map[string]int{"month": 1, "quarter": 3, "year": 12}[step]
	if months > 0 {
		month := (int(from.Month())-1)/months*months + 1
		for n := 1; ; n++ {
			at := time.Date(from.Year(), time.Month(month+n*months), 1, 0, 0, 0, 0, time.UTC)
			if !at.Before(to) {
				break
			}
			if n > maxPeriods {
				return nil, fault.At(prefix+"from", "there are more than %d periods: choose a shorter time or longer periods", maxPeriods)
			}
			out = append(out, at)
		}
	}
	return append(out, to), nil
}

func (s *Server) bridge(ctx context.Context, in *bridgeInput) (RevenueBridge, error) {
	q, err := in.Query(in.Step, "", s.opt.Engine.Now())
	if err != nil {
		return RevenueBridge{}, err
	}
	out, err := Bridge(ctx, s.opt.Engine, q)
	if err != nil {
		return RevenueBridge{}, err
	}
	title, err := s.groupTitles(ctx, q.By)
	if err != nil {
		return RevenueBridge{}, err
	}
	for i := range out.Group {
		out.Group[i].Title = title(out.Group[i].Key)
	}
	return out, nil
}

// Bridger is what Bridge asks of evaluate.Engine.
type Bridger interface {
	Bridge(ctx context.Context, q evaluate.RevenueQuery) (*evaluate.RevenueTable, error)
}

// Bridge gathers what the page of the bridge and the command show. Titles of
// groups are left to the caller.
func Bridge(ctx context.Context, e Bridger, q evaluate.RevenueQuery) (RevenueBridge, error) {
	table, err := e.Bridge(ctx, q)
	if err != nil {
		return RevenueBridge{}, err
	}
	q.Policy.Currency = table.Policy.Currency // all that follows is in one currency
	ends := q
	ends.Instants = []time.Time{q.Instants[0], q.Instants[len(q.Instants)-1]}
	whole, err := e.Bridge(ctx, ends)
	if err != nil {
		return RevenueBridge{}, err
	}
	total, wholeTotal := table.Total, whole.Total[0]
	if q.By == evaluate.ByProduct {
		// What is said of all accounts does not depend on how they are grouped.
		if total, wholeTotal, err = ofAccounts(ctx, e, q, ends); err != nil {
			return RevenueBridge{}, err
		}
	}
	by := string(q.By)
	if q.By == evaluate.ByNothing {
		by = "none"
	}
	out := RevenueBridge{
		Instants: q.Instants, Currency: table.Policy.Currency, Whole: wholeTotal, By: by, Policy: table.Policy, Switches: revenue.Switches(),
		Periods: make([]RevenuePeriod, len(total)), Group: []RevenueGroup{},
	}
	for i, row := range total {
		out.Periods[i] = RevenuePeriod{From: q.Instants[i], To: q.Instants[i+1], Row: row}
	}
	if q.By != evaluate.ByNothing {
		out.groups(table, whole)
	}
	if err := out.trailing(ctx, e, q); err != nil {
		return RevenueBridge{}, err
	}
	return out, out.others(ctx, e, ends)
}

// ofAccounts are the periods and the whole of accounts, without groups.
func ofAccounts(ctx context.Context, e Bridger, q, ends evaluate.RevenueQuery) (total []revenue.Row, whole revenue.Row, err error) {
	q.By, ends.By = evaluate.ByNothing, evaluate.ByNothing
	table, err := e.Bridge(ctx, q)
	if err != nil {
		return nil, whole, err
	}
	one, err := e.Bridge(ctx, ends)
	if err != nil {
		return nil, whole, err
	}
	return table.Total, one.Total[0], nil
}

// groups takes over the groups in which anything is paid at some instant.
func (b *RevenueBridge) groups(table, whole *evaluate.RevenueTable) {
	for g, key := range table.Groups {
		one := RevenueGroup{Key: key, Title: key, Closing: []int64{}, Periods: []revenue.Row{}}
		if i := slices.Index(whole.Groups, key); i >= 0 {
			one.Whole = whole.Rows[0][i]
		}
		paid := false
		for p := range table.Rows {
			row := table.Rows[p][g]
			paid = paid || row.Line.Opening+row.Line.Closing > 0
			one.Closing = append(one.Closing, row.Line.ClosingMinor)
			one.Periods = append(one.Periods, row)
		}
		one.Few = one.Whole.Measures.AccountsOpening < fewAccounts
		if paid {
			b.Group = append(b.Group, one)
		}
	}
}

// trailing is the retention of the twelve months before each instant.
func (b *RevenueBridge) trailing(ctx context.Context, e Bridger, q evaluate.RevenueQuery) error {
	b.Trailing = make([]revenue.Measures, len(q.Instants))
	for i, at := range q.Instants {
		year := evaluate.RevenueQuery{Instants: []time.Time{at.AddDate(-1, 0, 0), at}, Policy: q.Policy}
		t, err := e.Bridge(ctx, year)
		if err != nil {
			return err
		}
		b.Trailing[i] = t.Total[0].Measures
	}
	return nil
}

// others computes the whole under each other position of a switch.
func (b *RevenueBridge) others(ctx context.Context, e Bridger, q evaluate.RevenueQuery) error {
	q.By = evaluate.ByNothing
	b.Others = []OtherPolicy{}
	for _, o := range []struct {
		name, value string
		turn        func(*revenue.Policy)
	}{
		{"trials", "false", func(p *revenue.Policy) { p.Trials = false }},
		{"trials", "true", func(p *revenue.Policy) { p.Trials = true }},
		{"overlap", "successor", func(p *revenue.Policy) { p.Overlap = revenue.Successor }},
		{"overlap", "sum", func(p *revenue.Policy) { p.Overlap = revenue.SumOverlap }},
		{"left_and_returned", "endpoint", func(p *revenue.Policy) { p.Returned = revenue.Endpoint }},
		{"left_and_returned", "path", func(p *revenue.Policy) { p.Returned = revenue.Path }},
		{"escalators", "included", func(p *revenue.Policy) { p.Escalators = revenue.Included }},
		{"escalators", "apart", func(p *revenue.Policy) { p.Escalators = revenue.Apart }},
		{"known_at", "then", func(p *revenue.Policy) { p.KnownAt = time.Time{} }},
		{"known_at", "now", func(p *revenue.Policy) { p.KnownAt = q.Instants[1].AddDate(100, 0, 0) }},
	} {
		other := q
		o.turn(&other.Policy)
		row := b.Whole
		same := other.Policy == q.Policy || o.value == "now" && !q.Policy.KnownAt.IsZero()
		if !same {
			t, err := e.Bridge(ctx, other)
			if err != nil {
				return err
			}
			row = t.Total[0]
		}
		m := &row.Measures
		b.Others = append(b.Others, OtherPolicy{Switch: o.name, Value: o.value, NRR: m.NRR, GRR: m.GRR, Logo: m.LogoRetention, Opening: row.Line.OpeningMinor, Closing: row.Line.ClosingMinor, InForce: same, Accounts: m.AccountsOpening})
	}
	return nil
}

func (s *Server) movements(ctx context.Context, in *movementsInput) (List[RevenueMovement], error) {
	q, err := in.Query("whole", "", s.opt.Engine.Now())
	if err != nil {
		return List[RevenueMovement]{}, err
	}
	if q.By == evaluate.ByProduct && in.Group == "" {
		q.By = evaluate.ByNothing // of accounts, as the bars are
	}
	list, err := s.opt.Engine.Movements(ctx, q)
	if err != nil {
		return List[RevenueMovement]{}, err
	}
	title, err := s.groupTitles(ctx, q.By)
	if err != nil {
		return List[RevenueMovement]{}, err
	}
	out := List[RevenueMovement]{Items: []RevenueMovement{}}
	for i := range list {
		m := &list[i]
		if in.Kind != "any" && !m.Line.Has(in.Kind) || in.Group != "" && in.Group != m.Group && (in.Group != noneKey || m.Group != "") {
			continue
		}
		if out.Total++; len(out.Items) < in.Limit {
			out.Items = append(out.Items, RevenueMovement{Account: Ref{ID: string(m.Account.ID), Name: m.Account.Name}, Group: KeyTitle{Key: m.Group, Title: title(m.Group)}, Line: m.Line})
		}
	}
	return out, nil
}

// groupTitles names groups by their keys.
func (s *Server) groupTitles(ctx context.Context, by evaluate.RevenueBy) (func(string) string, error) {
	titles := map[string]string{}
	none := ""
	switch by {
	case evaluate.ByNothing:
	case evaluate.BySegment:
		none = "No segment"
		_, m := s.opt.Engine.Model()
		for i := range m.Model.Segments {
			titles[m.Model.Segments[i].Key] = m.Model.Segments[i].Title
		}
	case evaluate.ByOwner:
		none = "No owner"
		for user, name := range s.names.all(ctx) {
			titles[string(user)] = name
		}
	case evaluate.ByCohort:
		none = "Never paid"
	case evaluate.ByProduct:
		none = "No product"
		products, err := s.opt.Records.Products(ctx)
		if err != nil {
			return nil, err
		}
		for i := range products {
			titles[string(products[i].ID)] = products[i].Name
		}
	default:
		return nil, fault.New(fault.Internal, "the grouping %q has no titles", by)
	}
	return func(key string) string {
		if key == "" {
			return none
		}
		return titleOr(titles[key], key)
	}, nil
}
