package api

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kept/internal/evaluate"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/money"
)

// Contribution is one measure's part of a score, with the words to show it.
type Contribution struct {
	health.Contribution
	Title       string `json:"title"`
	GroupTitle  string `json:"group_title"`
	MetricTitle string `json:"metric_title"`
	Unit        string `json:"unit,omitempty"`
	Formula     string `json:"formula" doc:"The metric in words."`
	Curve       string `json:"curve" doc:"How the value becomes a measure score, in words."`
}

// HealthResult is the health of one account at one instant.
type HealthResult struct {
	Scorecard     string              `json:"scorecard"`
	Why           string              `json:"why"`
	Score         *float64            `json:"score"`
	Band          string              `json:"band"`
	ComputedScore *float64            `json:"computed_score"`
	ComputedBand  string              `json:"computed_band"`
	Coverage      float64             `json:"coverage"`
	Contributions []Contribution      `json:"contributions"`
	Adjustments   []health.Adjustment `json:"adjustments"`
	Reason        string              `json:"reason,omitempty"`
	// Scale is the scale to show scores in; absent for 0 to 100. Combine is how the
	// groups make the score; absent for the weighted mean.
	Scale   *health.Scale  `json:"scale,omitempty"`
	Combine health.Combine `json:"combine,omitempty"`
	Shown   *float64       `json:"shown" doc:"The score on the scorecard's own scale."`
	// Words says the result in a sentence or two.
	Words          string                 `json:"words"`
	Redistribution []health.Redistributed `json:"redistribution" doc:"Who took the weight of the measures that do not count, and why."`
	Rolled         []health.Rolled        `json:"rolled,omitempty" doc:"How relationships and child accounts entered."`
	Overridden     *health.Override       `json:"overridden,omitempty"`
	Notes          []string               `json:"notes,omitempty"`
}

// MeasureChange is one measure's part of a change of score, with the words to
// show it.
type MeasureChange struct {
	health.MeasureChange
	Title      string `json:"title"`
	GroupTitle string `json:"group_title"`
}

// HealthChange is what made a score move between two instants: the points of
// measures and adjustments add up to delta exactly.
type HealthChange struct {
	Before         *float64                `json:"before"`
	After          *float64                `json:"after"`
	Delta          *float64                `json:"delta"`
	BandBefore     string                  `json:"band_before"`
	BandAfter      string                  `json:"band_after"`
	Redistribution float64                 `json:"redistribution"`
	Measures       []MeasureChange         `json:"measures"`
	Adjustments    []health.AdjustmentMove `json:"adjustments"`
	CardChanged    bool                    `json:"card_changed,omitempty"`
	ReasonBefore   string                  `json:"reason_before,omitempty"`
	ReasonAfter    string                  `json:"reason_after,omitempty"`
}

// RecordedHealth is what was recorded at the time.
type RecordedHealth struct {
	AsOf       time.Time `json:"as_of"`
	Score      *float64  `json:"score"`
	Band       string    `json:"band"`
	RecordedAt time.Time `json:"recorded_at"`
}

// HealthPoint is one point of the score's history.
type HealthPoint struct {
	AsOf         time.Time `json:"as_of"`
	Score        *float64  `json:"score"`
	Band         string    `json:"band"`
	Origin       string    `json:"origin" enum:"recorded,recomputed"`
	ModelVersion int64     `json:"model_version"`
}

// Annotation marks something on a time line.
type Annotation struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind" enum:"model,override,band"`
	Text string    `json:"text"`
}

// ScorecardHead names the scorecard of an account and why it is this one.
type ScorecardHead struct {
	Key   string     `json:"key"`
	Title string     `json:"title"`
	Why   string     `json:"why"`
	Bands []BandEdge `json:"bands"`
}

// BandEdge is a band with the score at which it begins.
type BandEdge struct {
	BandChip
	Min float64 `json:"min"`
}

// AccountHealth explains an account's score and its change.
type AccountHealth struct {
	Stamp
	CompareTo   time.Time     `json:"compare_to"`
	Scorecard   ScorecardHead `json:"scorecard"`
	Result      HealthResult  `json:"result"`
	Before      *HealthResult `json:"before,omitempty"`
	Change      HealthChange  `json:"change"`
	Sentence    string        `json:"sentence"`
	Corrections []Correction  `json:"corrections" doc:"What became known after as_of about the time up to it."`
	// Relationships are scored by scorecards per relationship.
	Relationships []RelationshipHealth `json:"relationships"`
	Recorded      *RecordedHealth      `json:"recorded,omitempty"`
	History       []HealthPoint        `json:"history"`
	Annotations   []Annotation         `json:"annotations"`
}

// RelationshipHealth is the health of an account's life with one product line.
type RelationshipHealth struct {
	Product   string        `json:"product"`
	Title     string        `json:"title"`
	Scorecard ScorecardHead `json:"scorecard"`
	Result    HealthResult  `json:"result"`
}

// Correction is something about the time up to an instant that became known
// only after it. Numbers as of the instant leave it out, and those as corrected
// since count it.
type Correction struct {
	Kind       evaluate.CorrectionKind `json:"kind" enum:"fact,subscription,events"`
	Key        string                  `json:"key" doc:"The key of a fact, the id of a subscription, or the name of events."`
	Title      string                  `json:"title"`
	Product    string                  `json:"product,omitempty"`
	Count      int                     `json:"count"`
	HeldFrom   time.Time               `json:"held_from"`
	KnownFirst time.Time               `json:"known_first"`
	KnownLast  time.Time               `json:"known_last"`
	Before     string                  `json:"before,omitempty"`
	Now        string                  `json:"now,omitempty"`
}

// CorrectionTotal sums up the corrections of all accounts.
type CorrectionTotal struct {
	AsOf      time.Time `json:"as_of"`
	Accounts  int       `json:"accounts"`
	Facts     int       `json:"facts"`
	Revisions int       `json:"revisions"`
	Events    int       `json:"events"`
}

// MeasureRows is a measure with what stands behind its value.
type MeasureRows struct {
	Measure string    `json:"measure"`
	Why     MetricWhy `json:"why"`
}

// ExplainedAt is an account's score at one instant, down to the rows.
type ExplainedAt struct {
	AsOf      time.Time     `json:"as_of"`
	Scorecard ScorecardHead `json:"scorecard"`
	Result    HealthResult  `json:"result"`
	Measures  []MeasureRows `json:"measures"`
}

// Explanation is an account's score at one instant, or at two and what moved
// between them.
type Explanation struct {
	Stamp
	Account       Ref                  `json:"account"`
	After         ExplainedAt          `json:"after"`
	Relationships []RelationshipHealth `json:"relationships"`
	Before        *ExplainedAt         `json:"before,omitempty"`
	Change        *HealthChange        `json:"change,omitempty"`
	Sentence      string               `json:"sentence"`
	Corrections   []Correction         `json:"corrections"`
}

// OverrideRow is an override as it is kept.
type OverrideRow struct {
	ID        id.Override `json:"id"`
	Scorecard string      `json:"scorecard,omitempty"`
	Band      string      `json:"band,omitempty"`
	Score     *float64    `json:"score,omitempty"`
	Author    Ref         `json:"author"`
	Reason    string      `json:"reason"`
	CreatedAt time.Time   `json:"created_at"`
	ExpiresAt time.Time   `json:"expires_at"`
	EndedAt   time.Time   `json:"ended_at,omitzero"`
	InForce   bool        `json:"in_force"`
}

// GridMeasure is a column of the health grid.
type GridMeasure struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Group string `json:"group"`
}

// GridCell is one measure of one account.
type GridCell struct {
	Measure string   `json:"measure"`
	Score   *float64 `json:"score"`
	Band    string   `json:"band"`
	Value   *float64 `json:"value"`
	Why     string   `json:"why,omitempty"`
	Stale   bool     `json:"stale"`
}

// GridRow is a row of the health grid.
type GridRow struct {
	Account AccountRow `json:"account"`
	Cells   []GridCell `json:"cells"`
}

// Grid is a page of accounts × measures.
type Grid struct {
	NumberList[GridRow]
	Scorecard KeyTitle      `json:"scorecard"`
	Measures  []GridMeasure `json:"measures"`
}

// BandTotal is a band of the portfolio now and 30 days before.
type BandTotal struct {
	BandChip
	Accounts       int          `json:"accounts"`
	ARR            money.Amount `json:"arr"`
	AccountsBefore int          `json:"accounts_before"`
	ARRBefore      money.Amount `json:"arr_before"`
}

// PortfolioTotals sums a portfolio.
type PortfolioTotals struct {
	Accounts             int          `json:"accounts"`
	ARR                  money.Amount `json:"arr"`
	ScoreMeanARRWeighted *float64     `json:"score_mean_arr_weighted"`
	Delta30              *float64     `json:"delta_30"`
}

// Risk is an account at risk and why.
type Risk struct {
	Account AccountRow `json:"account"`
	Reasons []string   `json:"reasons"`
}

// PortfolioActivity counts what happened.
type PortfolioActivity struct {
	Meetings30  int `json:"meetings_30"`
	TicketsOpen int `json:"tickets_open"`
}

// TrendPoint is the portfolio's bands at one instant. As JSON it is flat: as_of,
// a count per band key and "none", and "arr_" + key in minor units.
type TrendPoint struct {
	AsOf   time.Time
	Counts map[string]int64
}

// MarshalJSON writes the flat form.
func (p TrendPoint) MarshalJSON() ([]byte, error) {
	flat := make(map[string]any, len(p.Counts)+1)
	for k, n := range p.Counts {
		flat[k] = n
	}
	flat["as_of"] = p.AsOf
	return json.Marshal(flat)
}

// Schema describes the flat form.
func (TrendPoint) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type:                 huma.TypeObject,
		Description:          "as_of, a count per band key and for none, and arr_ + key in minor units.",
		Properties:           map[string]*huma.Schema{"as_of": {Type: huma.TypeString, Format: "date-time"}},
		Required:             []string{"as_of"},
		AdditionalProperties: &huma.Schema{Type: huma.TypeInteger, Format: "int64"},
	}
}

// Portfolio is the home page.
type Portfolio struct {
	Stamp
	Owner      string          `json:"owner"`
	Totals     PortfolioTotals `json:"totals"`
	Bands      []BandTotal     `json:"bands"`
	MoversUp   []AccountRow    `json:"movers_up"`
	MoversDown []AccountRow    `json:"movers_down"`
	Renewals   []AccountRow    `json:"renewals"`
	// RenewalsTotal is how many there are; Renewals has the nearest of them.
	RenewalsTotal int               `json:"renewals_total"`
	Risks         []Risk            `json:"risks"`
	Activity      PortfolioActivity `json:"activity"`
	Trend         []TrendPoint      `json:"trend"`
	Freshness     Freshness         `json:"freshness"`
}
