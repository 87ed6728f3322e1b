package health

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
	Score   *float64 `json:"score"` // 0 to 100, or points; nil when it does not count
	// Nominal and Effective are shares of the whole in [0,1], before and after
	// missing weights are redistributed. Under AddPoints, Nominal is the share of
	// what all measures can move, and Effective the weight that multiplies.
	Nominal   float64 `json:"nominal"`
	Effective float64 `json:"effective"`
	// PointsPico is the exact contribution in 1e-12 points: these add up, as
	// integers, to ScorePico of the result together with the adjustments.
	PointsPico int64   `json:"-"`
	Points     float64 `json:"points"`
	Loss       float64 `json:"loss"` // effective × (best − score); best is 100 but for points
	Stale      bool    `json:"stale,omitempty"`
	// Assumed is set when the value is missing and the measure counts all the
	// same, as 50 (neutral), 0 (worst) or fixed, because its on_null policy says so.
	Assumed OnNull `json:"assumed,omitempty"`
	// Case is the condition that gave the score of a measure by cases.
	Case string `json:"case,omitempty"`
	// Why says why it does not count, in words; empty when it does.
	Why string `json:"why,omitempty"`
	// AgeDays is the age of the newest data; nil when it does not age.
	AgeDays *float64 `json:"age_days,omitempty"`
}

// Adjustment is a part of the score that belongs to no measure: of its
// computation (start, rounding, clamp, relationships, hierarchy), an exception or
// the override.
type Adjustment struct {
	Kind       string  `json:"kind"` // one of the Adjust constants
	Key        string  `json:"key"`
	Why        string  `json:"why"`
	PointsPico int64   `json:"-"`
	Points     float64 `json:"points"`
	Band       string  `json:"band,omitempty"`
}

// Result is the health of one account at one instant.
type Result struct {
	Scorecard     string   `json:"scorecard"`
	Why           string   `json:"why"`   // why this scorecard
	Score         *float64 `json:"score"` // nil when it cannot be said
	ScorePico     int64    `json:"-"`
	Band          string   `json:"band"` // "" when there is no score, unless an override names one
	ComputedScore *float64 `json:"computed_score"`
	ComputedBand  string   `json:"computed_band"`
	Coverage      float64  `json:"coverage"`
	// Scale is the scale to show scores in, when it is not 0 to 100; Combine says
	// how the groups made the score, when it is not the weighted mean.
	Scale         *Scale         `json:"scale,omitempty"`
	Combine       Combine        `json:"combine,omitempty"`
	Contributions []Contribution `json:"contributions"`
	Adjustments   []Adjustment   `json:"adjustments"`
	// Rolled says how relationships and child accounts entered.
	Rolled []Rolled `json:"rolled,omitempty"`
	// Reason says why there is no score.
	Reason     string    `json:"reason,omitempty"`
	Overridden *Override `json:"overridden,omitempty"`
	// Notes says what could not be applied, such as an override that names a band
	// which this scorecard does not have.
	Notes []string `json:"notes,omitempty"`

	groups []float64 // scores of the groups, NaN for none; nil when nobody asked
}
