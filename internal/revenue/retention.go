// Package revenue measures what customers pay and how much of it stays: bridges,
// retention and renewals over subscriptions with revisions, under named policies.
// It reads no clock and does no I/O.
package revenue

import (
	"math"
	"time"

	"kept/internal/customer"
)

// Measures compare two instants. An account is in the opening when it pays at
// From (a subscription is in force and costs something: its start counts, its end
// does not). Only the two ends matter: one that leaves and is back at To has not
// churned, unless the policy follows the path. Amounts are annual, in minor units.
// A ratio without accounts or amounts under its line is nil.
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
	// EscalationMinor and CurrencyMinor are what prices and rates moved, where the
	// policy keeps them apart: retained = opening − lost − contraction + expansion +
	// escalation + currency.
	EscalationMinor   int64 `json:"arr_escalation_minor"`
	CurrencyMinor     int64 `json:"arr_currency_minor"`
	NewMinor          int64 `json:"arr_new_minor"`          // at To, of those that never paid before
	ReactivationMinor int64 `json:"arr_reactivation_minor"` // at To, of those that did, but not at From

	AccountsOpening int `json:"accounts_opening"`
	AccountsChurned int `json:"accounts_churned"`
	AccountsNew     int `json:"accounts_new"`
	// AccountsReactivated pay at To, paid before From and did not pay at From.
	AccountsReactivated int `json:"accounts_reactivated"`

	// MonthlyLogoChurn and AnnualLogoChurn scale the logo churn c over the days d
	// between the ends: 1 − (1 − c)^(p/d), with p 365/12 and 365.
	MonthlyLogoChurn *float64 `json:"logo_churn_monthly"`
	AnnualLogoChurn  *float64 `json:"logo_churn_annual"`
}

// Retention measures the accounts between two instants; each element is the
// subscriptions of one account, with their revisions. It is the retention of the
// Bridge of everyone, and fails as that does.
func Retention(accounts [][]customer.Subscription, from, to time.Time, p Policy) (Measures, error) {
	t, err := Bridge(accounts, []time.Time{from, to}, Everyone(), p, nil)
	if err != nil {
		return Measures{From: from, To: to, Policy: p}, err
	}
	return t.Total[0].Measures, nil
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
