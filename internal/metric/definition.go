// Package metric turns events and facts into numbers: a Definition says how, and
// an evaluation gives its value for many accounts at many instants in one pass.
// It reads no clock and does no I/O.
package metric

import "kept/internal/usage"

// Kind is how a metric is computed.
type Kind string

// The kinds. Those before Change aggregate events over a window; the first seven
// are the engine's own too (see usage.Kind).
const (
	Count          Kind = Kind(usage.Count)
	Sum            Kind = Kind(usage.Sum)
	Mean           Kind = Kind(usage.Mean)
	DistinctActors Kind = Kind(usage.DistinctActors)
	ActiveDays     Kind = Kind(usage.ActiveDays)
	Recency        Kind = Kind(usage.Recency)
	Latest         Kind = Kind(usage.Latest)
	First          Kind = "first"  // value of the first event that has one
	Min            Kind = "min"    // of values
	Max            Kind = "max"    // of values
	Median         Kind = "median" // of values; the mean of the two in the middle
	// Percentile of values (P): between two of them in proportion, as P 50 is Median.
	Percentile Kind = "percentile"
	// DistinctEvents counts how many of the named events happened: breadth.
	DistinctEvents Kind = "distinct_events"
	// CurrentStreak and LongestStreak count days or weeks (By) in a row with an
	// event; the current one ends with the window's last day, or the one before.
	CurrentStreak Kind = "current_streak"
	LongestStreak Kind = "longest_streak"
	// Open counts what Events have opened and ClosedBy not yet closed.
	Open Kind = "open"
	// Change compares a windowed metric with the window just before it.
	Change Kind = "change"
	// Subscription reads the state of the subscriptions in force (Field).
	Subscription Kind = "subscription"
	// Attribute reads a number, truth or date attribute (Key).
	Attribute Kind = "attribute"
	// Manual reads a manual value (Key, without the "manual." prefix).
	Manual Kind = "manual"
	// Quotient divides one metric (Of) by another (Over).
	Quotient Kind = "ratio"
	// Rollup condenses the values of an account's relationships or child accounts.
	Rollup Kind = "rollup"
	// Peer places an account's value among those of other accounts.
	Peer Kind = "peer"
	// Formula computes from other metrics in CEL (Expr).
	Formula Kind = "formula"
)

// Field is what a subscription metric reads.
type Field string

// The subscription fields.
const (
	ARR           Field = "arr"             // sum in major units over subscriptions in force, trials left out
	Seats         Field = "seats"           // sum of seats over subscriptions in force
	DaysToRenewal Field = "days_to_renewal" // days to the nearest end among subscriptions in force that have one
	Tenure        Field = "tenure"          // days since the earliest start of a subscription, counting while one is in force
	Subscriptions Field = "subscriptions"   // number in force
)

// As is how Change expresses itself.
type As string

// The expressions of a change from p (previous window) to c (current window).
const (
	Ratio      As = "ratio"      // c/p − 1; missing when p is 0
	Difference As = "difference" // c − p
)

// Percent expresses a quotient as a share of 100; Ratio is one of 1.
const Percent As = "percent"

// The expressions of a recency: in days with their fraction, or as the difference
// of two dates of the calendar, where an event later on the instant's own day
// counts and gives 0.
const (
	Days         As = "days"
	CalendarDays As = "calendar_days"
)

// Includes says which ends of a window belong to it.
type Includes string

// The ends. The start without the end is the default: windows side by side then
// hold every event once.
const (
	IncludesStart   Includes = "start"
	IncludesEnd     Includes = "end"
	IncludesBoth    Includes = "both"
	IncludesNeither Includes = "neither"
)

// Only limits the instants at which a metric has a value.
type Only string

// OnlyActive means only while a subscription is in force.
const OnlyActive Only = "active"

// Precision is how a value is rounded.
type Precision string

// Single rounds every division, and the value, to IEEE 754 single precision: as a
// system does that keeps its numbers in columns of type real.
const Single Precision = "single"

// By is what a streak counts.
type By string

// The units of streaks. Weeks begin on Monday.
const (
	ByDay  By = "day"
	ByWeek By = "week"
)

// Empty is the value of a cell for which there is nothing to count.
type Empty string

// The empty rules. The default is Zero for count, sum, the distinct
// ones, active_days, the streaks and open (of an account that exists at the instant), and Missing for the rest.
const (
	Zero    Empty = "zero"
	Missing Empty = "missing"
)

// Definition is one metric of the model. Names are lower snake case.
type Definition struct {
	Name        string   `yaml:"name" json:"name"`
	Title       string   `yaml:"title,omitempty" json:"title,omitempty"`
	Description string   `yaml:"description,omitempty" json:"description,omitempty"`
	Unit        string   `yaml:"unit,omitempty" json:"unit,omitempty"`
	Kind        Kind     `yaml:"kind" json:"kind"`
	Events      []string `yaml:"events,omitempty" json:"events,omitempty"`
	// Where is a condition in CEL over the properties of each event: prop.plan ==
	// 'pro' && value > 3.
	Where string `yaml:"where,omitempty" json:"where,omitempty"`
	// ClosedBy and Match are of Open: the events that close, and the property by
	// which they find what they close.
	ClosedBy []string `yaml:"closed_by,omitempty" json:"closed_by,omitempty"`
	Match    string   `yaml:"match,omitempty" json:"match,omitempty"`
	P        *float64 `yaml:"p,omitempty" json:"p,omitempty"`           // Percentile: 0 to 100
	By       By       `yaml:"by,omitempty" json:"by,omitempty"`         // streaks
	Window   string   `yaml:"window,omitempty" json:"window,omitempty"` // "28d", "3m", "this_month"; empty means since the beginning
	Offset   string   `yaml:"offset,omitempty" json:"offset,omitempty"` // "7d": the window ends that much before the instant
	Includes Includes `yaml:"includes,omitempty" json:"includes,omitempty"`
	TimeZone string   `yaml:"time_zone,omitempty" json:"time_zone,omitempty"` // of months, calendar windows and days; UTC when empty
	Product  string   `yaml:"product,omitempty" json:"product,omitempty"`
	Of       string   `yaml:"of,omitempty" json:"of,omitempty"`     // Change: the metric it compares; Quotient: the numerator
	Over     string   `yaml:"over,omitempty" json:"over,omitempty"` // Quotient: the denominator
	As       As       `yaml:"as,omitempty" json:"as,omitempty"`
	// From and Take are of Rollup; Within is of Peer.
	From   From   `yaml:"from,omitempty" json:"from,omitempty"`
	Take   Take   `yaml:"take,omitempty" json:"take,omitempty"`
	Within Within `yaml:"within,omitempty" json:"within,omitempty"`
	// WhenZero is the value of a quotient whose denominator is 0; WhenMissing
	// whether a missing numerator, or a missing value at the end of a change, counts
	// as 0. Both are Missing when empty.
	WhenZero    Empty  `yaml:"when_zero,omitempty" json:"when_zero,omitempty"`
	WhenMissing Empty  `yaml:"when_missing,omitempty" json:"when_missing,omitempty"`
	Field       Field  `yaml:"field,omitempty" json:"field,omitempty"`
	Gap         string `yaml:"gap,omitempty" json:"gap,omitempty"` // Tenure: "31d": pauses up to so long do not interrupt it
	Key         string `yaml:"key,omitempty" json:"key,omitempty"`
	Expr        string `yaml:"expr,omitempty" json:"expr,omitempty"`
	Empty       Empty  `yaml:"empty,omitempty" json:"empty,omitempty"`
	// Scale converts what was counted in a window into so long a time: "28d" of a
	// window of 84d is a third. With Tenure, a metric in days, a shorter tenure
	// takes the place of the window's length.
	Scale  string `yaml:"scale,omitempty" json:"scale,omitempty"`
	Tenure string `yaml:"tenure,omitempty" json:"tenure,omitempty"`
	// MinTenure ("14d") leaves out subjects of a shorter Tenure; without Tenure, of
	// a shorter time since the account began.
	MinTenure string `yaml:"min_tenure,omitempty" json:"min_tenure,omitempty"`
	Only      Only   `yaml:"only,omitempty" json:"only,omitempty"`
	// History ("56d") is for how long events must have been recorded, of whatever
	// account, before the metric has any value.
	History   string    `yaml:"history,omitempty" json:"history,omitempty"`
	Precision Precision `yaml:"precision,omitempty" json:"precision,omitempty"`
	// Per is "account" (default) or "relationship": then the metric has a value
	// per account × product, and no account value.
	Per string `yaml:"per,omitempty" json:"per,omitempty"`
	// HigherIsBetter colours changes in the web app; nil means neither.
	HigherIsBetter *bool `yaml:"higher_is_better,omitempty" json:"higher_is_better,omitempty"`
}
