// Package simulate makes up a company with customers: realistic in shape,
// deterministic by seed, and with the truth (latent health, hazards, effects of
// programmes) written beside it. It feeds the demo, the benchmarks and the tests
// of everything that claims to estimate something. It knows no storage: it
// yields domain objects and streams of events.
package simulate

import (
	"math"
	"strconv"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

// Config says which company to make up. The zero value of a field takes the
// default that stands beside it.
type Config struct {
	Seed uint64
	// Accounts is how many there are in all, churned ones included: 1 to
	// 200,000; 0 means 400.
	Accounts int
	// Months is the length of the recorded history: 3 to 120; 0 means 24.
	Months int
	// End is the company's "today", at 00:00 UTC: everything happened before it.
	End time.Time
	// AnnualChurn is the expected number of churned accounts per account-year:
	// 0.01 to 0.5; 0 means 0.12.
	AnnualChurn float64
	// EventsTarget is the expected number of events in all; 0 means 260 per
	// account and month of history.
	EventsTarget int64
}

// Source is the name that the made-up company's events, facts and external ids
// carry.
const Source = "simulate"

// The limits and defaults of Config.
const (
	DefaultAccounts    = 400
	DefaultMonths      = 24
	DefaultAnnualChurn = 0.12

	maxAccounts           = 200_000
	minMonths             = 3
	maxMonths             = 120
	minChurn              = 0.01
	maxChurn              = 0.5
	maxEvents       int64 = 5_000_000_000
	naturalPerMonth       = 260
	day                   = 24 * time.Hour
)

// checked returns the configuration with its defaults, or an Invalid error that
// names the flag.
func (cfg Config) checked() (Config, error) {
	if cfg.Accounts == 0 {
		cfg.Accounts = DefaultAccounts
	}
	if cfg.Months == 0 {
		cfg.Months = DefaultMonths
	}
	if cfg.AnnualChurn == 0 {
		cfg.AnnualChurn = DefaultAnnualChurn
	}
	switch {
	case cfg.Accounts < 1 || cfg.Accounts > maxAccounts:
		return cfg, fault.At("accounts", "%d accounts cannot be made up: choose 1 to %d", cfg.Accounts, maxAccounts)
	case cfg.Months < minMonths || cfg.Months > maxMonths:
		return cfg, fault.At("months", "%d months of history cannot be made up: choose %d to %d", cfg.Months, minMonths, maxMonths)
	case math.IsNaN(cfg.AnnualChurn) || cfg.AnnualChurn < minChurn || cfg.AnnualChurn > maxChurn:
		return cfg, fault.At("churn", "an annual churn of %v cannot be made up: choose a share from %v to %v, such as 0.12", cfg.AnnualChurn, minChurn, maxChurn)
	case cfg.EventsTarget < 0 || cfg.EventsTarget > maxEvents:
		return cfg, fault.At("events", "%d events cannot be made up: choose 1 to %d, or 0 for a natural number", cfg.EventsTarget, maxEvents)
	case cfg.End.IsZero():
		return cfg, fault.At("end", "is missing: give the day on which the history ends, such as 2026-01-31")
	case cfg.End.Year() < 1990 || cfg.End.Year() > 2200:
		return cfg, fault.At("end", "the year %d is out of range: choose a day from 1990 to 2200", cfg.End.Year())
	}
	if end := cfg.End.UTC(); !end.Truncate(day).Equal(end) {
		return cfg, fault.At("end", "%s is not the start of a day: give a date, or 00:00 UTC", cfg.End.Format(time.RFC3339))
	}
	cfg.End = cfg.End.UTC()
	if cfg.EventsTarget == 0 {
		cfg.EventsTarget = naturalPerMonth * int64(cfg.Accounts) * int64(cfg.Months)
	}
	return cfg, nil
}

// User is one of our own staff.
type User struct {
	ID         id.User   `json:"id"`
	Name       string    `json:"name"`
	Email      string    `json:"email"`
	Role       string    `json:"role"` // csm, leader, admin, support, sales
	Department string    `json:"department"`
	Since      time.Time `json:"since"`
	LeftAt     time.Time `json:"left_at,omitzero"`
}

// Account is an account with everything that is recorded about it but its
// events.
type Account struct {
	customer.Account
	// External is the account's number in the made-up source, "AC-0001".
	External string
	Segment  string // strategic, enterprise, growth or digital
	Contacts []customer.Contact
	// ContactActors names each contact's actor in the events, "" for those who
	// do not use the product.
	ContactActors []string
	Relationships []customer.Relationship
	Subscriptions []customer.Subscription // with revisions, by product and start
	Tickets       []customer.Ticket       // oldest first
	Activities    []customer.Activity     // oldest first
	Facts         []customer.Fact         // in customer.SortFacts order, Seq 0
}

// Company is a made-up company. It is immutable: its methods may be called at
// the same time from many goroutines, and what they return must not be changed.
type Company struct {
	cfg       Config
	start     time.Time // 00:00 UTC, Months before End
	days      int       // from start to End
	weeks     int
	namespace string
	tag       string // two characters of the seed, in front of message ids

	products []customer.Product
	users    []User
	books    []book
	accounts []Account

	sims      []sim
	outages   []outage
	intercept float64
	volume    float64 // events per unit of rate
	season    []float64
	weekMean  []float64 // mean season of each week
}

// sim is what the generator remembers about one account beside its record.
type sim struct {
	profile
	latent
	spans     []span
	decisions []decision
	usage     [numProducts][]seatStep
	records   []storedEvent
	actorBase int32
	actors    int32
}

// New makes the company up, everything but its usage events.
func New(cfg Config) (*Company, error) {
	cfg, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	c := &Company{cfg: cfg, namespace: "simulate/" + strconv.FormatUint(cfg.Seed, 10)}
	c.tag = messageTag(cfg.Seed)
	c.start = cfg.End.AddDate(0, -cfg.Months, 0)
	c.days = int(cfg.End.Sub(c.start) / day)
	c.weeks = (c.days + 6) / 7
	c.makeSeason()
	c.makeProducts()
	c.makeProfiles()
	c.makeOutages()
	for i := range c.sims {
		c.makeLatent(i)
		c.makeDecisions(i)
	}
	c.calibrate()
	c.makeStaff()
	var actors int32
	for i := range c.sims {
		c.makeSpans(i)
		c.makeContracts(i)
		c.sims[i].actorBase = actors
		actors += c.sims[i].actors
		c.makeRecords(i)
	}
	c.scaleVolume()
	return c, nil
}

// Config returns the configuration, defaults filled in.
func (c *Company) Config() Config { return c.cfg }

// Start returns the first instant of the recorded history. Contracts may be
// older; events, tickets and activities are not.
func (c *Company) Start() time.Time { return c.start }

// Products returns the product lines.
func (c *Company) Products() []customer.Product { return c.products }

// AttributeDefs declares the attributes that the accounts' facts hold.
func (c *Company) AttributeDefs() []customer.AttributeDef {
	return []customer.AttributeDef{
		{Key: "employees", Title: "Employees", Type: customer.Number},
		{Key: "industry", Title: "Industry", Type: customer.Text},
		{Key: "country", Title: "Country", Type: customer.Text},
		{Key: "region", Title: "Region", Type: customer.Text},
		{Key: "plan", Title: "Plan", Type: customer.Text},
		{Key: "program." + academyKey, Title: "Onboarding academy", Type: customer.Text},
		{Key: "program." + sponsorKey, Title: "Executive sponsor", Type: customer.Text},
	}
}

// Users returns our own staff, those who left included.
func (c *Company) Users() []User { return c.users }

// Accounts returns the accounts in the order of their external numbers.
func (c *Company) Accounts() []Account { return c.accounts }

// date returns 00:00 UTC of a day counted from the start; days before it are
// negative.
func (c *Company) date(d int) time.Time { return c.start.AddDate(0, 0, d) }

// dayOf returns the day that an instant lies in.
func (c *Company) dayOf(t time.Time) int {
	n := t.Sub(c.start)
	if n < 0 {
		return -int((-n + day - 1) / day)
	}
	return int(n / day)
}

// external returns the external number of account i, "AC-0001".
func external(i int) string { return "AC-" + padded(i+1, 4) }

func padded(n, width int) string {
	s := strconv.Itoa(n)
	for len(s) < width {
		s = "0" + s
	}
	return s
}
