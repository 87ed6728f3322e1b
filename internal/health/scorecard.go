// Package health turns metric values into a score from 0 to 100 (100 = healthy)
// that explains itself: every point belongs to a measure, and the points add up
// to the score exactly. It reads no clock and does no I/O.
package health

import "time"

// Scorecard is the health definition: groups of weighted measures, bands, and
// the policies of frameworks.md §2.3.
type Scorecard struct {
	Key         string `yaml:"key" json:"key"`
	Title       string `yaml:"title" json:"title"`
	Description string `yaml:"description,omitempty" json:"description,omitempty"`
	// When is a CEL condition over the account and its metrics; empty matches
	// every account. Among the scorecards that match, the lowest Priority wins.
	When     string `yaml:"when,omitempty" json:"when,omitempty"`
	Priority int    `yaml:"priority,omitempty" json:"priority,omitempty"`

	Groups         []Group        `yaml:"groups" json:"groups"`
	Bands          []Band         `yaml:"bands" json:"bands"` // worst first, ascending Min
	BandBounds     BandBounds     `yaml:"band_bounds,omitempty" json:"band_bounds,omitempty"`
	Redistribution Redistribution `yaml:"redistribution,omitempty" json:"redistribution,omitempty"`
	// MinCoverage is the smallest share of nominal weight with a value for which
	// a score is given, in [0,1]; nil means 0.5.
	MinCoverage *float64    `yaml:"min_coverage,omitempty" json:"min_coverage,omitempty"`
	Exceptions  []Exception `yaml:"exceptions,omitempty" json:"exceptions,omitempty"`
}

// Group is a weighted set of measures.
type Group struct {
	Key      string    `yaml:"key" json:"key"`
	Title    string    `yaml:"title,omitempty" json:"title,omitempty"`
	Weight   float64   `yaml:"weight" json:"weight"`
	Measures []Measure `yaml:"measures" json:"measures"`
}

// Measure is one weighted input: a metric and the curve that turns its value
// into 0 to 100. Exactly one of Points and Steps is set.
type Measure struct {
	Key    string  `yaml:"key" json:"key"`
	Title  string  `yaml:"title,omitempty" json:"title,omitempty"`
	Metric string  `yaml:"metric" json:"metric"`
	Weight float64 `yaml:"weight" json:"weight"`
	// Points is a piecewise-linear curve, ascending in X, flat outside.
	Points []Point `yaml:"points,omitempty" json:"points,omitempty"`
	// Steps is a banded curve: the score of the last step whose From ≤ value,
	// and Below for a value under the first.
	Steps []Step   `yaml:"steps,omitempty" json:"steps,omitempty"`
	Below *float64 `yaml:"below,omitempty" json:"below,omitempty"`

	OnNull OnNull `yaml:"on_null,omitempty" json:"on_null,omitempty"`
	// StaleAfter and ExpiresAfter are durations such as "90d": a value whose data
	// are older is flagged, respectively treated as missing.
	StaleAfter   string `yaml:"stale_after,omitempty" json:"stale_after,omitempty"`
	ExpiresAfter string `yaml:"expires_after,omitempty" json:"expires_after,omitempty"`
	// GraceNew treats the measure as missing while the account is younger.
	GraceNew string `yaml:"grace_new,omitempty" json:"grace_new,omitempty"`
}

// Point is a corner of a piecewise-linear curve.
type Point struct {
	X     float64 `yaml:"x" json:"x"`
	Score float64 `yaml:"score" json:"score"`
}

// Step is a step of a banded curve.
type Step struct {
	From  float64 `yaml:"from" json:"from"`
	Score float64 `yaml:"score" json:"score"`
}

// Band is a named range of the score.
type Band struct {
	Key   string  `yaml:"key" json:"key"`
	Title string  `yaml:"title,omitempty" json:"title,omitempty"`
	Min   float64 `yaml:"min" json:"min"`
	// Color is red, orange, yellow, lime, green or grey.
	Color string `yaml:"color,omitempty" json:"color,omitempty"`
}

// BandBounds says to which band a score on a bound belongs.
type BandBounds string

// The conventions. LowerInclusive: score ≥ Min. UpperInclusive: a band reaches
// up to and including the next band's Min (Gainsight: 0–50, 51–75, 76–100).
const (
	LowerInclusive BandBounds = "lower_inclusive"
	UpperInclusive BandBounds = "upper_inclusive"
)

// Redistribution says who inherits the weight of a missing measure.
type Redistribution string

// The policies.
const (
	WithinGroup Redistribution = "within_group"
	OverAll     Redistribution = "over_all"
)

// OnNull says what a missing value counts as.
type OnNull string

// The policies: leave out, 50, or 0.
const (
	Ignore  OnNull = "ignore"
	Neutral OnNull = "neutral"
	Worst   OnNull = "worst"
)

// Exception changes the outcome when a condition holds. Exactly one of
// ForceBand, Cap and Floor is set. They apply in listed order.
type Exception struct {
	Key   string `yaml:"key" json:"key"`
	Title string `yaml:"title,omitempty" json:"title,omitempty"`
	// When is CEL over metric values (by name), "measure" (map of measure
	// scores by key) and "band" (map of measure bands by key).
	When      string   `yaml:"when" json:"when"`
	ForceBand string   `yaml:"force_band,omitempty" json:"force_band,omitempty"`
	Cap       *float64 `yaml:"cap,omitempty" json:"cap,omitempty"`
	Floor     *float64 `yaml:"floor,omitempty" json:"floor,omitempty"`
}

// Override is a manual decision about an account's health, with owner, reason
// and expiry; at expiry the computed value returns. Exactly one of Band and
// Score is set.
type Override struct {
	Band      string    `json:"band,omitempty"`
	Score     *float64  `json:"score,omitempty"`
	Author    string    `json:"author"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	// EndedAt is when it was lifted early; zero otherwise.
	EndedAt time.Time `json:"ended_at,omitzero"`
}

// InForce reports whether the override holds at the instant.
func (o Override) InForce(at time.Time) bool {
	return !at.Before(o.CreatedAt) && at.Before(o.ExpiresAt) && (o.EndedAt.IsZero() || at.Before(o.EndedAt))
}

// Input is what is known about one measure of one account at the instant.
type Input struct {
	Value float64
	Has   bool
	// AgeDays is the age of the newest data behind the value; negative when it
	// does not age (a count over a window).
	AgeDays float64
}

// Contribution is one measure's part of the score.
type Contribution struct {
	Group   string   `json:"group"`
	Measure string   `json:"measure"`
	Metric  string   `json:"metric"`
	Value   *float64 `json:"value"` // the metric value; nil when missing
	Score   *float64 `json:"score"` // 0 to 100; nil when it does not count
	// Nominal and Effective are shares of the whole in [0,1], before and after
	// missing weights are redistributed.
	Nominal   float64 `json:"nominal"`
	Effective float64 `json:"effective"`
	// PointsPico is the exact contribution in 1e-12 points: these add up, as
	// integers, to ScorePico of the result together with the adjustments.
	PointsPico int64   `json:"-"`
	Points     float64 `json:"points"`
	Loss       float64 `json:"loss"` // effective × (100 − score)
	Stale      bool    `json:"stale,omitempty"`
	// Assumed is set when the value is missing and the measure counts all the
	// same, as 50 (neutral) or 0 (worst), because its on_null policy says so.
	Assumed OnNull `json:"assumed,omitempty"`
	// Why says why it does not count, in words; empty when it does.
	Why string `json:"why,omitempty"`
	// AgeDays is the age of the newest data; nil when it does not age.
	AgeDays *float64 `json:"age_days,omitempty"`
}

// Adjustment is a change of score or band after the sum: an exception or an override.
type Adjustment struct {
	Kind       string  `json:"kind"` // "cap", "floor", "force_band", "override_band", "override_score"
	Key        string  `json:"key"`
	Why        string  `json:"why"`
	PointsPico int64   `json:"-"`
	Points     float64 `json:"points"`
	Band       string  `json:"band,omitempty"`
}

// Result is the health of one account at one instant.
type Result struct {
	Scorecard     string         `json:"scorecard"`
	Why           string         `json:"why"`   // why this scorecard
	Score         *float64       `json:"score"` // nil when it cannot be said
	ScorePico     int64          `json:"-"`
	Band          string         `json:"band"` // "" when there is no score, unless an override names one
	ComputedScore *float64       `json:"computed_score"`
	ComputedBand  string         `json:"computed_band"`
	Coverage      float64        `json:"coverage"`
	Contributions []Contribution `json:"contributions"`
	Adjustments   []Adjustment   `json:"adjustments"`
	// Reason says why there is no score.
	Reason     string    `json:"reason,omitempty"`
	Overridden *Override `json:"overridden,omitempty"`
	// Notes says what could not be applied, such as an override that names a band
	// which this scorecard does not have.
	Notes []string `json:"notes,omitempty"`
}
