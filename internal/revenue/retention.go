// Package revenue measures what customers pay and how much of it stays: retention
// between two instants, over subscriptions with revisions. It reads no clock and
// does no I/O.
package revenue

import (
	"math"
	"slices"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/money"
)

// Policy is how revenue is counted. Two figures can be compared only when their
// policies are equal, so every Measures carries the one it was made under.
type Policy struct {
	// Currency limits the measures to subscriptions in it. Empty takes the only one
	// there is; with several of them, that is an error.
	Currency money.Currency `json:"currency"`
	// Trials counts trials in force as paying; usually they do not count.
	Trials bool `json:"trials"`
	// KnownAt sees both ends as known at one later instant, so that corrections
	// since count; zero sees each end as it was known then, and the past stays.
	KnownAt time.Time `json:"known_at,omitzero"`
}

// Measures compare two instants. An account is in the opening when it pays at
// From (a subscription is in force: its start counts, its end does not). Only the
// two ends matter: one that leaves and is back at To has not churned. Amounts are
// annual, in minor units. A ratio without accounts or amounts under its line is nil.
type Measures struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Policy Policy    `json:"policy"`

	// NRR is what the opening accounts pay at To for each unit they paid at From:
	// expansion counts, new accounts do not. GRR counts no account for more than it
	// paid at From: 1 − (lost + contraction) / opening.
	NRR           *float64 `json:"nrr"`
	GRR           *float64 `json:"grr"`
	LogoRetention *float64 `json:"logo_retention"`

	OpeningMinor     int64 `json:"arr_opening_minor"`
	RetainedMinor    int64 `json:"arr_retained_minor"` // of the opening accounts at To
	LostMinor        int64 `json:"arr_lost_minor"`     // at From, of those that are gone
	ContractionMinor int64 `json:"arr_contraction_minor"`
	ExpansionMinor   int64 `json:"arr_expansion_minor"`
	NewMinor         int64 `json:"arr_new_minor"` // at To, of those not in the opening

	AccountsOpening int `json:"accounts_opening"`
	AccountsChurned int `json:"accounts_churned"`
	AccountsNew     int `json:"accounts_new"`

	// MonthlyLogoChurn and AnnualLogoChurn scale the logo churn c over the days d
	// between the ends: 1 − (1 − c)^(p/d), with p 365/12 and 365.
	MonthlyLogoChurn *float64 `json:"logo_churn_monthly"`
	AnnualLogoChurn  *float64 `json:"logo_churn_annual"`
}

// Retention measures the accounts between two instants; each element is the
// subscriptions of one account, with their revisions. It fails (Invalid) when to
// does not come after from, when several currencies are met and the policy names
// none, and when a sum does not fit.
func Retention(accounts [][]customer.Subscription, from, to time.Time, p Policy) (Measures, error) {
	m := Measures{From: from, To: to, Policy: p}
	if !to.After(from) {
		return m, fault.At("to", "%s does not come after from, %s", to.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	var err error
	if m.Policy.Currency, err = currency(accounts, []time.Time{from, to}, p); err != nil {
		return m, err
	}
	s := sums{m: &m}
	for _, subs := range accounts {
		before, was := m.Policy.paid(subs, from, &s)
		after, is := m.Policy.paid(subs, to, &s)
		s.account(before, was, after, is)
	}
	if s.overflow {
		return m, fault.New(fault.Invalid, "the sum of the revenue is larger than Kept can hold")
	}
	m.ratios()
	return m, nil
}

// paid returns what the subscriptions in force pay at an instant, and whether any is.
func (p *Policy) paid(subs []customer.Subscription, at time.Time, s *sums) (minor int64, active bool) {
	for i := range subs {
		r, ok := p.state(&subs[i], at)
		if !ok || r.Trial && !p.Trials || p.Currency != "" && r.ARR.Currency != p.Currency {
			continue
		}
		active = true
		minor = s.add(minor, r.ARR.Minor)
	}
	return minor, active
}

// state returns the revision that is in force at an instant.
func (p *Policy) state(sub *customer.Subscription, at time.Time) (customer.Revision, bool) {
	r, ok := sub.At(at)
	if !p.KnownAt.IsZero() {
		r, ok = laterKnown(sub, at, p.KnownAt)
	}
	return r, ok && r.InForce(at)
}

// laterKnown is customer.Subscription.At with the knowledge of another instant.
func laterKnown(sub *customer.Subscription, at, known time.Time) (best customer.Revision, ok bool) {
	for _, r := range sub.Revisions {
		if r.ValidFrom.After(at) || r.KnownAt.After(known) {
			continue
		}
		later := r.ValidFrom.Compare(best.ValidFrom)
		if !ok || later > 0 || later == 0 && r.KnownAt.Compare(best.KnownAt) >= 0 {
			best, ok = r, true
		}
	}
	return best, ok
}

// currency returns the currency that the policy names, or the only one in force.
func currency(accounts [][]customer.Subscription, at []time.Time, p Policy) (money.Currency, error) {
	if p.Currency != "" {
		return p.Currency, nil
	}
	var met []string
	for _, subs := range accounts {
		for i := range subs {
			for _, t := range at {
				r, ok := p.state(&subs[i], t)
				if ok && (!r.Trial || p.Trials) && !slices.Contains(met, string(r.ARR.Currency)) {
					met = append(met, string(r.ARR.Currency))
				}
			}
		}
	}
	slices.Sort(met)
	switch len(met) {
	case 0:
		return "", nil
	case 1:
		return money.Currency(met[0]), nil
	}
	return "", fault.At("currency", "subscriptions are in %s, which cannot be added: name one of them", strings.Join(met, ", "))
}

// sums adds up accounts.
type sums struct {
	m        *Measures
	overflow bool
}

func (s *sums) add(a, b int64) int64 {
	out := a + b // wraps around, which the signs tell
	s.overflow = s.overflow || (a >= 0) == (b >= 0) && (out >= 0) != (a >= 0)
	return out
}

func (s *sums) account(before int64, was bool, after int64, is bool) {
	m := s.m
	switch {
	case was && is:
		m.AccountsOpening++
		m.OpeningMinor = s.add(m.OpeningMinor, before)
		m.RetainedMinor = s.add(m.RetainedMinor, after)
		if after < before {
			m.ContractionMinor = s.add(m.ContractionMinor, before-after)
		} else {
			m.ExpansionMinor = s.add(m.ExpansionMinor, after-before)
		}
	case was:
		m.AccountsOpening++
		m.AccountsChurned++
		m.OpeningMinor = s.add(m.OpeningMinor, before)
		m.LostMinor = s.add(m.LostMinor, before)
	case is:
		m.AccountsNew++
		m.NewMinor = s.add(m.NewMinor, after)
	}
}

func (m *Measures) ratios() {
	opening := float64(m.OpeningMinor)
	if m.OpeningMinor > 0 {
		m.NRR = quotient(float64(m.RetainedMinor), opening)
		m.GRR = quotient(float64(m.OpeningMinor-m.LostMinor-m.ContractionMinor), opening)
	}
	if m.AccountsOpening == 0 {
		return
	}
	m.LogoRetention = quotient(float64(m.AccountsOpening-m.AccountsChurned), float64(m.AccountsOpening))
	churn := float64(m.AccountsChurned) / float64(m.AccountsOpening)
	days := m.To.Sub(m.From).Hours() / 24
	monthly := 1 - math.Pow(1-churn, 365.0/12/days)
	annual := 1 - math.Pow(1-churn, 365/days)
	m.MonthlyLogoChurn, m.AnnualLogoChurn = &monthly, &annual
}

func quotient(a, b float64) *float64 {
	q := a / b
	return &q
}
