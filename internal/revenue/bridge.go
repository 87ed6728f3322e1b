package revenue

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
)

// Line is the ARR bridge of a group over a period. Amounts are annual, in minor
// units, and not negative but for the currency:
//
//	closing = opening + in − out + new + reactivation + expansion + escalation
//	          − contraction − churn + currency
type Line struct {
	OpeningMinor      int64 `json:"opening_minor"`
	InMinor           int64 `json:"in_minor"`  // of accounts that came from another group, at the start
	OutMinor          int64 `json:"out_minor"` // of accounts that went to another group, at the start
	NewMinor          int64 `json:"new_minor"`
	ReactivationMinor int64 `json:"reactivation_minor"`
	ExpansionMinor    int64 `json:"expansion_minor"`
	EscalationMinor   int64 `json:"escalation_minor"`
	ContractionMinor  int64 `json:"contraction_minor"`
	ChurnMinor        int64 `json:"churn_minor"`
	CurrencyMinor     int64 `json:"currency_minor"`
	ClosingMinor      int64 `json:"closing_minor"`

	// Accounts that pay; those that move are counted once per movement.
	Opening     int `json:"accounts_opening"`
	In          int `json:"accounts_in"`
	Out         int `json:"accounts_out"`
	New         int `json:"accounts_new"`
	Reactivated int `json:"accounts_reactivated"`
	Expanded    int `json:"accounts_expanded"`
	Contracted  int `json:"accounts_contracted"`
	Churned     int `json:"accounts_churned"`
	Closing     int `json:"accounts_closing"`

	// QuickRatio is (new + expansion) / (contraction + churn), without
	// reactivation; nil when nothing was lost.
	QuickRatio *float64 `json:"quick_ratio"`
}

// Row is what happened to a group in a period: its bridge, and the retention of
// the accounts that were in the group at the start of the period, wherever they
// are at its end.
type Row struct {
	Line     Line     `json:"bridge"`
	Measures Measures `json:"retention"`
}

// Table is the bridge by period and group. A period begins where the one before
// it ends, so its opening is the closing of that one.
type Table struct {
	Instants []time.Time `json:"instants"`
	Groups   []string    `json:"groups"`
	Rows     [][]Row     `json:"rows"`  // [period][group]
	Total    []Row       `json:"total"` // [period]
	Policy   Policy      `json:"policy"`
}

// Grouping puts accounts in groups. Of returns the group of an account at an
// instant, by their indexes; every account is in one, so that groups add up.
type Grouping struct {
	Names []string
	Of    func(account, instant int) int
}

// Everyone is one group with every account.
func Everyone() Grouping {
	return Grouping{Names: []string{"all"}, Of: func(int, int) int { return 0 }}
}

// Bridge follows the ARR of accounts from instant to instant; each element of
// accounts is the subscriptions of one account (or of one parent with all below
// it), with their revisions. Rates may be nil where the policy converts nothing.
// It fails (Invalid) when the instants do not ascend, when the policy is not
// complete and when a sum does not fit. The formulas are those of Line and
// Measures; the classification of movements follows the policy.
func Bridge(accounts [][]customer.Subscription, instants []time.Time, g Grouping, p Policy, rates *Rates) (*Table, error) {
	if len(instants) < 2 {
		return nil, fault.At("instants", "a bridge needs two instants at least")
	}
	for i := 1; i < len(instants); i++ {
		if !instants[i].After(instants[i-1]) {
			return nil, fault.At("to", "%s does not come after from, %s", instants[i].Format(time.RFC3339), instants[i-1].Format(time.RFC3339))
		}
	}
	if err := p.check(rates); err != nil {
		return nil, err
	}
	if rates != nil && p.Exchange != OneCurrency && rates.base != p.Currency {
		return nil, fault.At("currency", "the exchange rates are those to %s: report in it", rates.base)
	}
	var err error
	if p.Currency, err = p.currency(accounts, instants); err != nil {
		return nil, err
	}
	t := &Table{Instants: instants, Groups: g.Names, Policy: p}
	// Accounts are added in any order: sums of whole numbers do not depend on it.
	parts := make([]*walker, max(1, min(runtime.GOMAXPROCS(0), len(accounts)/512)))
	var wait sync.WaitGroup
	for i := range parts {
		w := &walker{counter: counter{Policy: p, rates: rates, fixed: instants[0]}, instants: instants, group: g, cells: make([]cell, (len(instants)-1)*len(g.Names))}
		parts[i] = w
		from, to := i*len(accounts)/len(parts), (i+1)*len(accounts)/len(parts)
		wait.Go(func() {
			for a := from; a < to; a++ {
				w.account(a, accounts[a])
			}
		})
	}
	wait.Wait()
	return t, t.collect(parts)
}

// collect adds the parts up and divides once.
func (t *Table) collect(parts []*walker) error {
	s := &sum{}
	for _, w := range parts {
		if w.wrong != nil {
			return w.wrong
		}
		s.overflow = s.overflow || w.sum.overflow
	}
	groups := len(t.Groups)
	for period := range len(t.Instants) - 1 {
		rows := make([]Row, groups)
		var total cell
		for g := range rows {
			var c cell
			for _, w := range parts {
				c.add(&w.cells[period*groups+g], s)
			}
			total.add(&c, s)
			rows[g] = t.row(&c, period, s)
		}
		all := t.row(&total, period, s)
		all.Line.In, all.Line.Out, all.Line.InMinor, all.Line.OutMinor = 0, 0, 0, 0
		t.Rows, t.Total = append(t.Rows, rows), append(t.Total, all)
	}
	if s.overflow {
		return fault.New(fault.Invalid, "the sum of the revenue is larger than Kept can hold")
	}
	return nil
}

func (t *Table) row(c *cell, period int, s *sum) Row {
	r := Row{Line: c.line, Measures: c.kept}
	l := &r.Line
	if lost := s.add(l.ContractionMinor, l.ChurnMinor); lost > 0 {
		l.QuickRatio = quotient(float64(s.add(l.NewMinor, l.ExpansionMinor)), float64(lost))
	}
	r.Measures.From, r.Measures.To, r.Measures.Policy = t.Instants[period], t.Instants[period+1], t.Policy
	r.Measures.ratios()
	return r
}

// cell is a group in a period while accounts are added.
type cell struct {
	line Line
	kept Measures
}

func (c *cell) add(x *cell, s *sum) {
	a, b := &c.line, &x.line
	for _, p := range [...]struct{ to, from *int64 }{
		{&a.OpeningMinor, &b.OpeningMinor},
		{&a.InMinor, &b.InMinor},
		{&a.OutMinor, &b.OutMinor},
		{&a.NewMinor, &b.NewMinor},
		{&a.ReactivationMinor, &b.ReactivationMinor},
		{&a.ExpansionMinor, &b.ExpansionMinor},
		{&a.EscalationMinor, &b.EscalationMinor},
		{&a.ContractionMinor, &b.ContractionMinor},
		{&a.ChurnMinor, &b.ChurnMinor},
		{&a.CurrencyMinor, &b.CurrencyMinor},
		{&a.ClosingMinor, &b.ClosingMinor},
	} {
		*p.to = s.add(*p.to, *p.from)
	}
	for _, p := range [...]struct{ to, from *int }{
		{&a.Opening, &b.Opening},
		{&a.In, &b.In},
		{&a.Out, &b.Out},
		{&a.New, &b.New},
		{&a.Reactivated, &b.Reactivated},
		{&a.Expanded, &b.Expanded},
		{&a.Contracted, &b.Contracted},
		{&a.Churned, &b.Churned},
		{&a.Closing, &b.Closing},
	} {
		*p.to += *p.from
	}
	c.kept.add(&x.kept, s)
}

// walker follows some of the accounts.
type walker struct {
	counter
	instants []time.Time
	group    Grouping
	cells    []cell // [period × group]
	sum      sum
	wrong    error
	buffers  [2][]term
}

// account follows one account through all instants.
func (w *walker) account(a int, subs []customer.Subscription) {
	if len(subs) == 0 {
		return
	}
	before := w.terms(w.buffers[0][:0], subs, w.instants[0])
	w.buffers[0] = before
	was := w.group.Of(a, 0)
	for period := range len(w.instants) - 1 {
		to := period + 1
		after := w.terms(w.buffers[to%2][:0], subs, w.instants[to])
		w.buffers[to%2] = after
		is := w.group.Of(a, to)
		if min(was, is) < 0 || max(was, is) >= len(w.group.Names) {
			w.wrong = fmt.Errorf("account %d is in no group", a)
			return
		}
		if len(before) > 0 || len(after) > 0 || w.Returned == Path {
			w.period(period, subs, before, after, was, is)
		}
		before, was = after, is
	}
}

// period books what one account did between two instants.
func (w *walker) period(period int, subs []customer.Subscription, before, after []term, was, is int) {
	from, to := w.instants[period], w.instants[period+1]
	groups := len(w.group.Names)
	then, now := &w.cells[period*groups+was], &w.cells[period*groups+is]
	s := &w.sum
	opening, closing := w.worth(before, from, s), w.worth(after, to, s)
	if opening > 0 {
		then.line.Opening++
		then.line.OpeningMinor = s.add(then.line.OpeningMinor, opening)
		if was != is {
			then.line.Out++
			then.line.OutMinor = s.add(then.line.OutMinor, opening)
			now.line.In++
			now.line.InMinor = s.add(now.line.InMinor, opening)
		}
	}
	if closing > 0 {
		now.line.Closing++
		now.line.ClosingMinor = s.add(now.line.ClosingMinor, closing)
	}
	m := movement{opening: opening, revalued: opening, closing: closing, rises: w.rises(subs, before, after, to)}
	if w.Exchange == Reported {
		m.revalued = w.worth(before, to, s)
	}
	left := closing == 0
	if w.Returned == Path {
		left = w.path(&now.line, subs, before, after, from, to, &m) || left
	} else {
		m.again = opening == 0 && closing > 0 && w.paidBefore(subs, from, to)
		now.line.book(m, s)
	}
	kept := &then.kept
	if opening == 0 {
		kept = &now.kept
	}
	kept.book(m, left, s)
}

// path books every change between two instants, at the rates of the second, and
// reports whether the account paid nothing at some time between them.
func (w *walker) path(line *Line, subs []customer.Subscription, before, after []term, from, to time.Time, whole *movement) (left bool) {
	s := &w.sum
	line.CurrencyMinor = s.add(line.CurrencyMinor, whole.revalued-whole.opening)
	paid := whole.revalued
	step := func(next []term) {
		m := movement{opening: paid, revalued: paid, closing: w.worth(next, to, s), rises: w.rises(subs, before, next, to)}
		m.again = m.opening == 0 && m.closing > 0 && (whole.opening > 0 || left || w.paidBefore(subs, from, to))
		whole.again = whole.again || m.again
		line.book(m, s)
		left = left || m.opening > 0 && m.closing == 0
		paid, before = m.closing, next
	}
	for _, at := range w.changes(subs, from, to) {
		step(w.terms(nil, subs, at))
	}
	step(after)
	return left
}

// rises is what the same subscriptions, or their renewals, cost more at as many
// seats, where the policy keeps that apart.
func (w *walker) rises(subs []customer.Subscription, before, after []term, to time.Time) int64 {
	if w.Escalators != Apart {
		return 0
	}
	var out int64
	for _, b := range before {
		for _, a := range after {
			same := a.sub == b.sub || subs[b.sub].ID != "" && subs[a.sub].RenewalOf == subs[b.sub].ID && subs[a.sub].ProductID == subs[b.sub].ProductID
			if !same || a.rev.Seats != b.rev.Seats || a.rev.Seats <= 0 || a.rev.ARR.Currency != b.rev.ARR.Currency {
				continue
			}
			if by := w.convert(a.rev.ARR, to, &w.sum) - w.convert(b.rev.ARR, to, &w.sum); by > 0 {
				out = w.sum.add(out, by)
			}
		}
	}
	return out
}
