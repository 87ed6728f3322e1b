// Package metric turns events and facts into numbers: a Definition says how, and
// an evaluation gives its value for many accounts at many instants in one pass.
// It reads no clock and does no I/O.
package metric

import "kept/internal/usage"

// Kind is how a metric is computed.
type Kind string

// The kinds. The first seven aggregate events over a window (see usage.Kind).
const (
	Count          Kind = Kind(usage.Count)
	Sum            Kind = Kind(usage.Sum)
	Mean           Kind = Kind(usage.Mean)
	DistinctActors Kind = Kind(usage.DistinctActors)
	ActiveDays     Kind = Kind(usage.ActiveDays)
	Recency        Kind = Kind(usage.Recency)
	Latest         Kind = Kind(usage.Latest)
	// Change compares a windowed metric with the window just before it.
	Change Kind = "change"
	// Subscription reads the state of the subscriptions in force (Field).
	Subscription Kind = "subscription"
	// Attribute reads a number, truth or date attribute (Key).
	Attribute Kind = "attribute"
	// Manual reads a manual value (Key, without the "manual." prefix).
	Manual Kind = "manual"
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

// Empty is the value of a cell for which there is nothing to count.
type Empty string

// The empty rules. The default is Zero for count, sum, distinct_actors and
// active_days (of an account that exists at the instant), and Missing for the rest.
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
	Window      string   `yaml:"window,omitempty" json:"window,omitempty"` // "28d"; empty means since the beginning
	Offset      string   `yaml:"offset,omitempty" json:"offset,omitempty"` // "7d": the window ends that much before the instant
	Product     string   `yaml:"product,omitempty" json:"product,omitempty"`
	Of          string   `yaml:"of,omitempty" json:"of,omitempty"` // Change: the metric it compares
	As          As       `yaml:"as,omitempty" json:"as,omitempty"`
	Field       Field    `yaml:"field,omitempty" json:"field,omitempty"`
	Key         string   `yaml:"key,omitempty" json:"key,omitempty"`
	Expr        string   `yaml:"expr,omitempty" json:"expr,omitempty"`
	Empty       Empty    `yaml:"empty,omitempty" json:"empty,omitempty"`
	// Per is "account" (default) or "relationship": then the metric has a value
	// per account × product, and no account value.
	Per string `yaml:"per,omitempty" json:"per,omitempty"`
	// HigherIsBetter colours changes in the web app; nil means neither.
	HigherIsBetter *bool `yaml:"higher_is_better,omitempty" json:"higher_is_better,omitempty"`
}
