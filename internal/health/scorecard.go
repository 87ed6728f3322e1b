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
	// Per is PerRelationship for a scorecard of one account's life with one product
	// line (Product, or any when empty); it scores no account by itself.
	Per     Per    `yaml:"per,omitempty" json:"per,omitempty"`
	Product string `yaml:"product,omitempty" json:"product,omitempty"`

	// Scale is the scale in which every score of this scorecard is written and
	// shown; nil means 0 to 100. Inside, scores go from 0 to 100.
	Scale *Scale `yaml:"scale,omitempty" json:"scale,omitempty"`
	// Combine says how the groups make the score.
	Combine Combine `yaml:"combine,omitempty" json:"combine,omitempty"`
	// Start is where AddPoints begins; nil means the lowest score.
	Start *float64 `yaml:"start,omitempty" json:"start,omitempty"`
	// Weights says what the weights of measures are shares of, and WeightsSum what
	// the weights of the groups, and those within a group, have to add up to.
	Weights    Weighting `yaml:"weights,omitempty" json:"weights,omitempty"`
	WeightsSum *float64  `yaml:"weights_sum,omitempty" json:"weights_sum,omitempty"`
	Rounding   Rounding  `yaml:"rounding,omitempty" json:"rounding,omitempty"`

	Groups         []Group        `yaml:"groups" json:"groups"`
	Bands          []Band         `yaml:"bands" json:"bands"` // worst first, ascending Min
	BandBounds     BandBounds     `yaml:"band_bounds,omitempty" json:"band_bounds,omitempty"`
	Redistribution Redistribution `yaml:"redistribution,omitempty" json:"redistribution,omitempty"`
	// MinCoverage is the smallest share of nominal weight with a value for which
	// a score is given, in [0,1]; nil means 0.5.
	MinCoverage *float64    `yaml:"min_coverage,omitempty" json:"min_coverage,omitempty"`
	Exceptions  []Exception `yaml:"exceptions,omitempty" json:"exceptions,omitempty"`
	// Relationships and Hierarchy say how the scores of the account's relationships
	// and of its child accounts enter its own; nil: not at all.
	Relationships *Rolling `yaml:"relationships,omitempty" json:"relationships,omitempty"`
	Hierarchy     *Rolling `yaml:"hierarchy,omitempty" json:"hierarchy,omitempty"`
}

// Per says what a scorecard scores.
type Per string

// PerRelationship is an account's life with one product; empty is the account.
const PerRelationship Per = "relationship"

// Scale is a scale from the worst score to the best.
type Scale struct {
	Min float64 `yaml:"min,omitempty" json:"min,omitempty"`
	Max float64 `yaml:"max" json:"max"`
}

// Combine says how parts make a whole.
type Combine string

// The ways. Groups know all but AddPoints.
const (
	WeightedMean Combine = "mean"   // Σ weight × score / Σ weight: the default
	AddPoints    Combine = "points" // Start + Σ weight × points, clamped to the scale
	WorstOf      Combine = "worst"  // the worst part with a weight above 0
	BestOf       Combine = "best"   // the best one
)

// Weighting says what the weights of measures are shares of.
type Weighting string

// OfGroup: of their group, the default. OfOverall: of the whole, so that a
// group's weight is the sum of its measures' and is not given.
const (
	OfGroup   Weighting = "of_group"
	OfOverall Weighting = "of_overall"
)

// Rounding says what is rounded to whole numbers of the scale, half up, before
// it is used further. What a rounding moves is an adjustment.
type Rounding string

// The policies.
const (
	DisplayOnly Rounding = "display_only" // nothing; the default
	RoundScore  Rounding = "score"        // the score
	EachLevel   Rounding = "each_level"   // the groups, and the score
)

// Group is a weighted set of measures.
type Group struct {
	Key      string    `yaml:"key" json:"key"`
	Title    string    `yaml:"title,omitempty" json:"title,omitempty"`
	Weight   float64   `yaml:"weight,omitempty" json:"weight,omitempty"`
	Combine  Combine   `yaml:"combine,omitempty" json:"combine,omitempty"`
	Measures []Measure `yaml:"measures" json:"measures"`
}

// Measure is one weighted input: a metric and the curve that turns its value
// into a score, or cases over what is known of the account. Exactly one of
// Points, Steps and Cases is set; only Cases go without a metric. Under AddPoints
// the scores are points, which may be negative.
type Measure struct {
	Key    string  `yaml:"key" json:"key"`
	Title  string  `yaml:"title,omitempty" json:"title,omitempty"`
	Metric string  `yaml:"metric,omitempty" json:"metric,omitempty"`
	Weight float64 `yaml:"weight" json:"weight"`
	// Points is a piecewise-linear curve, ascending in X, flat outside.
	Points []Point `yaml:"points,omitempty" json:"points,omitempty"`
	// Steps is a banded curve: the score of the last step whose From ≤ value,
	// and Below for a value under the first.
	Steps []Step   `yaml:"steps,omitempty" json:"steps,omitempty"`
	Below *float64 `yaml:"below,omitempty" json:"below,omitempty"`
	// StepBounds says to which step a value on its From belongs: LowerInclusive to
	// this one, UpperInclusive to the one before (tiers whose top is inclusive).
	StepBounds BandBounds `yaml:"step_bounds,omitempty" json:"step_bounds,omitempty"`
	// Outside says what a value outside the corners of Points scores.
	Outside Outside `yaml:"outside,omitempty" json:"outside,omitempty"`
	// Cases are tried in order; the first that holds gives the score, and Otherwise
	// when none does. A case that cannot be said leaves the measure missing unless
	// a later one holds.
	Cases     []Case   `yaml:"cases,omitempty" json:"cases,omitempty"`
	Otherwise *float64 `yaml:"otherwise,omitempty" json:"otherwise,omitempty"`
	// Drift lets the score grow or decay while its value stays as it is.
	Drift *Drift `yaml:"drift,omitempty" json:"drift,omitempty"`

	OnNull OnNull `yaml:"on_null,omitempty" json:"on_null,omitempty"`
	// NullScore is what a missing value scores under Fixed.
	NullScore *float64 `yaml:"null_score,omitempty" json:"null_score,omitempty"`
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

// Case is a condition over the account and its metrics, and the score when it holds.
type Case struct {
	When  string  `yaml:"when" json:"when"`
	Score float64 `yaml:"score" json:"score"`
}

// Outside says what a value outside the corners of a curve scores.
type Outside string

// Flat: as the nearest corner; the default. NoScore: it does not count.
const (
	Flat    Outside = "flat"
	NoScore Outside = "none"
)

// Drift moves the score of an ageing value by PerDay for each day that it holds:
// up from Pivot on, down below it, by Most in all.
type Drift struct {
	PerDay float64 `yaml:"per_day" json:"per_day"`
	Most   float64 `yaml:"most" json:"most"`
	Pivot  float64 `yaml:"pivot" json:"pivot"`
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

// The policies: leave out, the middle of the scale (no points under AddPoints),
// the lowest score (the fewest points), or NullScore.
const (
	Ignore  OnNull = "ignore"
	Neutral OnNull = "neutral"
	Worst   OnNull = "worst"
	Fixed   OnNull = "fixed"
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
