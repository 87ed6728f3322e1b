package revenue

import (
	"time"

	"kept/internal/fault"
	"kept/internal/money"
)

// Policy is how revenue is counted. Two figures can be compared only when their
// policies are equal, so every figure carries the one it was made under. The zero
// value is the default of every switch; Switches says what each means and why.
type Policy struct {
	// Currency is what amounts are reported in. Without Exchange it limits the
	// figures to subscriptions in it, and empty takes the only one there is; with
	// several of them, that is an error.
	Currency money.Currency `json:"currency"`
	// Exchange says at which rates other currencies are converted.
	Exchange Exchange `json:"exchange,omitempty" enum:"constant,reported"`
	// Trials counts trials in force as paying; usually they do not count.
	Trials bool `json:"trials"`
	// Overlap says what a subscription and its renewal are worth while both run.
	Overlap Overlap `json:"overlap,omitempty" enum:"sum"`
	// Returned says what becomes of an account that left and is back at the end.
	Returned Returned `json:"left_and_returned,omitempty" enum:"path"`
	// Escalators says whether a dearer term at equal seats is a line of its own.
	Escalators Escalators `json:"escalators,omitempty" enum:"apart"`
	// KnownAt sees all instants as known at one later instant, so that corrections
	// since count; zero sees each as it was known then, and the past stays.
	KnownAt time.Time `json:"known_at,omitzero"`
}

// Exchange is the policy for other currencies.
type Exchange string

// The rates at which other currencies count.
const (
	OneCurrency Exchange = ""         // they do not: no rates are known
	Constant    Exchange = "constant" // those of the first instant, at all instants
	Reported    Exchange = "reported" // those of each instant; what they move is a line of its own
)

// Overlap is the policy for a renewal that begins before the term it renews ends.
type Overlap string

// What an early renewal is worth.
const (
	Successor  Overlap = ""    // the renewal alone, from its first day
	SumOverlap Overlap = "sum" // both, while both are in force
)

// Returned is the policy for accounts that left and came back between two instants.
type Returned string

// What came between two instants.
const (
	Endpoint Returned = ""     // does not count: only the two ends are compared
	Path     Returned = "path" // every change counts: churn, then reactivation
)

// Escalators is the policy for price rises.
type Escalators string

// Where a higher price for as many seats stands.
const (
	Included Escalators = ""      // in the expansion: most sources cannot tell it from an upgrade
	Apart    Escalators = "apart" // a line of its own in NRR; it hides no contraction in GRR
)

// Switch describes one switch of a policy, for the card beside a figure.
type Switch struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Options []Option `json:"options"` // the first is the default
	Why     string   `json:"why"`
	Source  string   `json:"source,omitempty"`
}

// Option is one position of a switch.
type Option struct {
	Value string `json:"value"`
	Means string `json:"means"`
}

// Switches lists the switches that a Policy has, in the order of a card.
func Switches() []Switch {
	return []Switch{
		{
			Name: "cohort", Title: "Who is counted",
			Options: []Option{{"closed_positive_arr", "the accounts that pay at the start, frozen; those that leave stay in with nothing"}},
			Why:     "Looking back from those who are still there leaves out everybody who left.",
			Source:  "SaaS Capital 2019; the wording of annual reports",
		},
		{
			Name: "exchange", Title: "Other currencies",
			Options: []Option{
				{string(OneCurrency), "left out: one currency at a time"},
				{string(Constant), "at the rates of the first day, so that no rate moves a figure"},
				{string(Reported), "at the rates of each day; what rates move is a line of its own"},
			},
			Why: "A rate is nobody's retention; finance reports it all the same.",
		},
		{
			Name: "trials", Title: "Trials",
			Options: []Option{{"false", "do not count until they pay"}, {"true", "count while they are in force"}},
			Why:     "A trial has committed to nothing.",
		},
		{
			Name: "overlap", Title: "Early renewals",
			Options: []Option{
				{string(Successor), "a renewal replaces the term it renews from its first day"},
				{string(SumOverlap), "both count while both run"},
			},
			Why: "A renewal that begins early is no expansion for a month and no contraction after it.",
		},
		{
			Name: "left_and_returned", Title: "Left and came back",
			Options: []Option{
				{string(Endpoint), "does not count as churn: only the two days are compared"},
				{string(Path), "counts as churn, then as reactivation"},
			},
			Why: "Comparing two days is what annual reports do; the path shows what happened between them.",
		},
		{
			Name: "reactivation", Title: "Reactivated accounts",
			Options: []Option{{"bridge_only", "in the bridge, in no retention figure"}},
			Why:     "They are not of the opening accounts: counting them makes GRR exceed what was kept.",
			Source:  "ChartMogul counts them; a closed cohort does not",
		},
		{
			Name: "escalators", Title: "Price rises",
			Options: []Option{
				{string(Included), "part of the expansion"},
				{string(Apart), "more money for as many seats of one subscription is a line of its own; it counts in NRR and hides no contraction in GRR"},
			},
			Why:    "A price rise can hide that an account shrinks. Few sources tell it from an upgrade of the plan, so it is no line of its own unless you ask.",
			Source: "SaaS Capital: price rises in net, not in gross",
		},
		{
			Name: "known_at", Title: "What was known",
			Options: []Option{
				{"", "each day as it was known then: a published figure stays what it was"},
				{"an instant", "every day as known at that instant: with the corrections since"},
			},
			Why: "Finance and Customer Success disagree most about figures that moved after they were shown.",
		},
		{
			Name: "downgrade_to_zero", Title: "Nothing left",
			Options: []Option{{"churn", "an account without a paid subscription has churned"}},
			Why:     "Fixed: an account that pays nothing is no customer with a contraction of 100 %.",
		},
		{
			Name: "churn_date", Title: "When it left",
			Options: []Option{{"contract_end", "when the term ends; notice is kept apart"}},
			Why:     "Until then it pays.",
		},
		{
			Name: "zero_denominator", Title: "Nothing under the line",
			Options: []Option{{"undefined", "a dash"}},
			Why:     "Neither 0 % nor 100 % is true of nobody.",
		},
	}
}

// check refuses a policy with an unknown switch.
func (p *Policy) check(rates *Rates) error {
	switch {
	case p.Exchange != OneCurrency && p.Exchange != Constant && p.Exchange != Reported:
		return fault.At("exchange", "%q is not a way to convert: use constant, reported or leave it out", p.Exchange)
	case p.Exchange != OneCurrency && p.Currency == "":
		return fault.At("currency", "say which currency amounts are converted to")
	case p.Exchange != OneCurrency && rates == nil:
		return fault.At("exchange", "no exchange rates are known: put them in the model, or leave other currencies out")
	case p.Overlap != Successor && p.Overlap != SumOverlap:
		return fault.At("overlap", "%q is not a way to count overlaps: use sum or leave it out", p.Overlap)
	case p.Returned != Endpoint && p.Returned != Path:
		return fault.At("left_and_returned", "%q is unknown: use path or leave it out", p.Returned)
	case p.Escalators != Included && p.Escalators != Apart:
		return fault.At("escalators", "%q is unknown: use apart or leave it out", p.Escalators)
	}
	return nil
}
